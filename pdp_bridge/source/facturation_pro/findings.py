"""How the mapping speaks: one constructor for what stops an invoice, one for what a person should read."""

from __future__ import annotations

from pdp_bridge.errors import MappingError
from pdp_bridge.model.report import Finding, Severity

_SHOWN = 80
"""Longest value repeated in a finding, in characters: enough to recognise it, not to carry a whole text."""


def problem(
    rule: str, *, term: str | None, field: str | None, value: object, message: str, message_fr: str
) -> MappingError:
    """What stops the invoice: raise the result.

    `rule` is a stable id such as `VAT_RATE_MISSING`; `term` the business term (BT-…); `field` the name of the field
    in Facturation.pro, or the key of the settings, where to correct it; `value` what it holds now.

    >>> str(problem("NO_LINES", term="BG-25", field="items", value=None, message="No line.", message_fr="Aucune."))
    'NO_LINES: No line.'
    """
    return MappingError(_finding(Severity.ERROR, rule, term, field, value, message, message_fr))


def remark(rule: str, *, term: str | None, field: str | None, value: object, message: str, message_fr: str) -> Finding:
    """A warning for `Invoice.remarks`: the invoice goes on, a person should know."""
    return _finding(Severity.WARNING, rule, term, field, value, message, message_fr)


def _finding(
    severity: Severity, rule: str, term: str | None, field: str | None, value: object, message: str, message_fr: str
) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        message_fr=message_fr,
        term=term,
        field=field,
        value=_shown(value),
    )


def _shown(value: object) -> str | None:
    if value is None:
        return None
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
