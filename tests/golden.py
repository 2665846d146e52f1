"""The golden cases: each folder of fixtures/cases holds a source record and the files that must come of it.

A maker turns a case into named files; `MAKERS` lists them. A further stage is one more function in that list:
`artefacts` runs them all, `tests/source/test_cases.py` compares, `--update-golden` rewrites.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

from pdp_bridge.document import cii
from pdp_bridge.document.assembly import build
from pdp_bridge.errors import FindingError, Held
from pdp_bridge.model.codes import Operation
from pdp_bridge.model.document import Document
from pdp_bridge.model.invoice import Address, BankAccount, Contact, ElectronicAddress, Invoice, Party
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.seller import Mentions, Policy, Seller, VatRegime
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.validation.judge import judge

FOLDER = Path(__file__).parent.parent / "fixtures" / "cases"
GIVEN = {"source.json", "case.toml"}
"""Files written by hand; every other file of a case is expected output."""


@dataclass(frozen=True)
class Case:
    """One folder: what is given, who sells, what it shows."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def about(self) -> dict[str, Any]:
        """case.toml: `title` and what it shows: `situations`, `examples`, `routes`, `sections` (fixtures/README.md)."""
        return tomllib.loads((self.folder / "case.toml").read_text("utf-8"))

    @cached_property
    def source(self) -> dict[str, Any]:
        return json.loads((self.folder / "source.json").read_text("utf-8"), parse_float=Decimal)

    @property
    def payload(self) -> dict[str, Any]:
        return self.source["payload"]

    @property
    def seller(self) -> Seller:
        return seller(self.source.get("seller", "normal"), self.source.get("adjust", {}))

    @cached_property
    def outcome(self) -> Invoice | FindingError:
        """The invoice, or why there is none."""
        try:
            return to_invoice(self.payload, self.seller)
        except FindingError as error:
            return error

    @cached_property
    def document(self) -> Document | None:
        """The complete Factur-X; None when there is no invoice."""
        return None if isinstance(self.outcome, FindingError) else build(self.outcome, PageStyle())

    @property
    def expected(self) -> dict[str, bytes]:
        """The files that must come of it, by name."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir()) if path.name not in GIVEN}


def stated(case: Case) -> Iterator[tuple[str, bytes]]:
    """invoice.json, or error.json when the invoice is refused or held."""
    if isinstance(case.outcome, FindingError):
        yield "error.json", _text(_refusal(case.outcome))
    else:
        yield "invoice.json", _text(plain(case.outcome))


def written(case: Case) -> Iterator[tuple[str, bytes]]:
    """invoice.cii.xml, of an invoice that can be sent on its way."""
    if not isinstance(case.outcome, FindingError):
        yield "invoice.cii.xml", cii.write(case.outcome)


def judged(case: Case) -> Iterator[tuple[str, bytes]]:
    """report.json: what every layer says of the complete document."""
    if case.document is not None:
        report = judge(case.document)
        layers = [
            {
                "name": str(layer.name),
                "verdict": str(layer.verdict),
                "rule_set": layer.rule_set,
                "findings": [
                    {"rule": finding.rule, "severity": str(finding.severity), "term": finding.term}
                    for finding in layer.findings
                ],
            }
            for layer in report.layers
        ]
        yield "report.json", _text({"sendable": report.sendable, "layers": layers})


Maker = Callable[[Case], Iterator[tuple[str, bytes]]]
MAKERS: list[Maker] = [stated, written, judged]


def cases() -> list[Case]:
    return [Case(path.parent) for path in sorted(FOLDER.glob("*/source.json"))]


def case(name: str) -> Case:
    return Case(FOLDER / name)


def artefacts(one: Case) -> dict[str, bytes]:
    """Every file that comes of a case, by name."""
    return {name: content for maker in MAKERS for name, content in maker(one)}


def rewrite(one: Case) -> None:
    """Make what comes of a case now the expected files."""
    made = artefacts(one)
    for name in one.expected.keys() - made.keys():
        (one.folder / name).unlink()
    for name, content in made.items():
        (one.folder / name).write_bytes(content)


def plain(value: Any) -> Any:
    """A model value as readable JSON: absent and empty fields left out, numbers as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {name: content for name, content in fields.items() if content not in (None, [], {}, "")}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def _refusal(error: FindingError) -> dict[str, Any]:
    kind = {"error": "Held" if isinstance(error, Held) else "MappingError"}
    return kind | plain(error.finding) | ({"until": error.until.isoformat()} if getattr(error, "until", None) else {})


def _text(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def seller(name: str = "normal", adjust: Mapping[str, Any] | None = None) -> Seller:
    """A seller of sellers.json; `adjust` replaces whole keys, except that mentions and policy are merged."""
    given = json.loads((FOLDER / "sellers.json").read_text("utf-8"))[name]
    for key, value in (adjust or {}).items():
        given[key] = given.get(key, {}) | value if key in ("mentions", "policy") else value
    return _seller(given)


def _seller(given: Mapping[str, Any]) -> Seller:
    simple = {key: given[key] for key in ("creditor_id", "vat_on_debits") if key in given}
    mentions = dict(given.get("mentions", {}))
    if "extra" in mentions:
        mentions["extra"] = tuple(mentions["extra"])
    return Seller(
        party=_party(given["party"]),
        bank=BankAccount(**given["bank"]) if given.get("bank") else None,
        vat_regime=VatRegime(given.get("vat_regime", "normal")),
        default_operation=Operation(given["default_operation"]) if given.get("default_operation") else None,
        mentions=Mentions(**mentions),
        policy=_policy(given.get("policy", {})),
        **simple,
    )


def _party(given: Mapping[str, Any]) -> Party:
    parts = dict(given)
    parts["address"] = Address(**{**given["address"], "lines": tuple(given["address"]["lines"])})
    if "contact" in given:
        parts["contact"] = Contact(**given["contact"])
    if "electronic_address" in given:
        parts["electronic_address"] = ElectronicAddress(**given["electronic_address"])
    return Party(**parts)


def _policy(given: Mapping[str, Any]) -> Policy:
    parts = dict(given)
    if "public_buyers" in parts:
        parts["public_buyers"] = frozenset(parts["public_buyers"])
    if "exemptions" in parts:
        parts["exemptions"] = {text: tuple(chosen) for text, chosen in parts["exemptions"].items()}
    return Policy(**parts)
