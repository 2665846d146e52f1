"""Findings, layers, verdicts: what the checks say of one document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error stops the sending; a warning is for a person to read."""

    ERROR = "error"
    WARNING = "warning"


class Verdict(StrEnum):
    """A check that did not run has not passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule, as data.

    `rule` is a stable public id: official (`BR-CO-15`, `BR-FR-05`) or ours (`BUYER_SIRET_INVALID`).
    `message` (English) and `message_fr` (French) say in one sentence what to do.
    """

    rule: str
    severity: Severity
    message: str
    message_fr: str
    term: str | None = None  # business term, e.g. "BT-47"
    field: str | None = None  # where to correct it: a field of Facturation.pro, or a key of the settings
    value: str | None = None  # the present value, shortened
    location: str | None = None  # XPath or JSON path


class LayerName(StrEnum):
    """The layers of validation, in the order they run."""

    XSD = "xsd"
    ARITHMETIC = "arithmetic"
    FRENCH = "french"
    EN16931 = "en16931"
    BR_FR = "br-fr"
    PDFA = "pdfa"


XML_LAYERS = (LayerName.XSD, LayerName.ARITHMETIC, LayerName.FRENCH, LayerName.EN16931, LayerName.BR_FR)
PDF_LAYERS = (*XML_LAYERS, LayerName.PDFA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The verdict of one check. `rule_set` names the edition of the rules used.

    `reason` (English) and `reason_fr` (French) say why it did not run; None when it ran.
    """

    name: str
    verdict: Verdict
    rule_set: str
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    reason_fr: str | None = None

    @classmethod
    def judged(cls, name: str, rule_set: str, findings: tuple[Finding, ...]) -> Layer:
        """A layer that ran: failed when any finding is an error."""
        failed = any(finding.severity is Severity.ERROR for finding in findings)
        verdict = Verdict.FAILED if failed else Verdict.PASSED
        return cls(name=name, verdict=verdict, rule_set=rule_set, findings=findings)

    @classmethod
    def not_run(cls, name: str, rule_set: str, reason: str, reason_fr: str) -> Layer:
        """A layer that could not run, and why, in English and French."""
        return cls(name=name, verdict=Verdict.NOT_RUN, rule_set=rule_set, reason=reason, reason_fr=reason_fr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All layers of one document. `required` names those that must have passed."""

    layers: tuple[Layer, ...]
    required: tuple[str, ...]
    sha256: str

    @property
    def sendable(self) -> bool:
        """True only if every required layer, by name, ran and passed, and no layer failed."""
        passed = {layer.name for layer in self.layers if layer.verdict is Verdict.PASSED}
        clean = all(layer.verdict is not Verdict.FAILED for layer in self.layers)
        return clean and bool(self.required) and set(self.required) <= passed

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of every layer, in layer order."""
        return tuple(finding for layer in self.layers for finding in layer.findings)

    @property
    def obstacle(self) -> str:
        """In a few words, why it is not sendable: the rules broken, else the checks that did not run and why."""
        broken = dict.fromkeys(finding.rule for finding in self.errors)
        ran = {layer.name for layer in self.layers if layer.verdict is not Verdict.NOT_RUN}
        why = {layer.name: f" ({layer.reason})" if layer.reason else "" for layer in self.layers}
        idle = [f"{name}{why.get(name, '')}" for name in self.required if name not in ran]
        return "; ".join(broken) or f"not every check could run: {', '.join(idle)}"

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop the sending."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)
