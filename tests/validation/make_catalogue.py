"""Writes `pdp_bridge/rules/ours.json`: our rules as the source states them, and examples as the fixtures show them.

    python tests/validation/make_catalogue.py

Nothing is written by hand there. A rule function gives its sentence and its source (docstring); the calls that make a
finding give rule, term, field and words; a mutant, a fault of a PDF or a golden case that fires the rule gives a real
message in the place of a pattern, and the example.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

import test_pdfa as faults  # noqa: E402 - found once the folders of the tests are on the path
from golden import Case, cases  # noqa: E402
from lxml import etree  # noqa: E402
from make_mutants import BASE, FOLDER, MUTANTS, mutant  # noqa: E402
from one_change import applied, documents, listed  # noqa: E402

from pdp_bridge.document.assembly import build, opened  # noqa: E402
from pdp_bridge.errors import FindingError  # noqa: E402
from pdp_bridge.model.page import PageStyle  # noqa: E402
from pdp_bridge.model.report import Finding  # noqa: E402
from pdp_bridge.validation import arithmetic, french, pdfa  # noqa: E402
from pdp_bridge.validation.advice import advice_on  # noqa: E402
from pdp_bridge.validation.judge import judge  # noqa: E402
from pdp_bridge.validation.parsing import NAMESPACES  # noqa: E402

PACKAGE = ROOT / "pdp_bridge"
TARGET = PACKAGE / "rules" / "ours.json"

MAPPING = "pdp-bridge-mapping"
AREAS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pdp-bridge-xsd", ("validation/schema.py", "validation/judge.py")),
    (arithmetic.RULE_SET, ("validation/arithmetic.py", "validation/official_sums.py")),
    (french.RULE_SET, ("validation/french.py", "validation/coherence.py", "validation/portal.py")),
    (
        pdfa.RULE_SET,
        (
            "validation/pdf_structure.py",
            "validation/pdf_metadata.py",
            "validation/pdf_attachment.py",
            "validation/page_text.py",
            "validation/pdfa.py",
        ),
    ),
    (MAPPING, ("source/facturation_pro", "model")),
    ("pdp-bridge-document", ("document",)),
)
"""Which edition of ours the rules of a module belong to."""

SPEAKERS = {"error", "warning", "broken", "problem", "remark", "say", "refusal", "_refusal", "Finding", "_other_amount"}
SPEAKERS |= {"_differs", "tell", "refused_zeros"}
"""Functions whose call makes a finding, or hands a rule to one that does."""

SOURCES = {
    "pdp-bridge-xsd": "Factur-X 1.09.2: the schema of the profile that the message names (BT-24).",
    french.RULE_SET: "Ours: BR-FR is for invoices with a French party.",
    pdfa.RULE_SET: "Factur-X 1.09: the page and the XML state one invoice.",
    MAPPING: "EN 16931-1 and BR-FR ask for what the record of Facturation.pro does not say, or says twice.",
    "pdp-bridge-document": "Factur-X 1.09 and ISO 19005-3:2012: what cannot be written or drawn.",
}
"""Where the rules of a module without docstrings of their own come from."""

HOLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "XML_MISSING": (("it is empty.",), ("il est vide.",)),
    "FORMAT_UNKNOWN": (("html",), ("html",)),
    "PAGE_TEXT": (("it has no text",), ("elle n’a pas de texte",)),
    "ATTACHMENT_ALTERED": (("plan.pdf",), ("plan.pdf",)),
    "ATTACHMENT_LEFT_OUT": (("plan.dwg", "its type is not one that travels"), ("plan.dwg", "son type ne circule pas")),
    "LINE_DECIMALS": (("Hours", "6", "33.3333333"), ("Heures", "6", "33,3333333")),
    "BALANCE_DIFFERS": (("120.00", "100.00"), ("120,00", "100,00")),
    "BAD_RESPONSE": (("a number", "invoice", "total"), ("un nombre", "invoice", "total")),
    "ROUNDING_ADJUSTED": (("0.01",), ("0,01",)),
    "DATED_LATER": (("2026-101", "2026-12-01"), ("2026-101", "01/12/2026")),
    "CREDIT_NOTE_INTERNAL": (("2026-102", "2026-101"), ("2026-102", "2026-101")),
    "INVOICE_NUMBER_DUPLICATE": (("2026-101", "4211"), ("2026-101", "4211")),
    "BUYER_NOT_IN_DIRECTORY": (("2026-101", "0225:100000066"), ("2026-101", "0225:100000066")),
    "BUYER_ADDRESS_UPCOMING": (
        ("2026-101", "0225:100000066", "from 2027-01-01"),
        ("2026-101", "0225:100000066", "qu’à partir du 01/01/2027"),
    ),
    "READ_BACK_DIFFERS": (("2026-101", "BT-112: 120.00, 102.00."), ("2026-101", "BT-112 : 120,00, 102,00.")),
    "ACCENT_INVALID": (("blue",), ("bleu",)),
    "CHARACTER_ILLEGAL": (("BT-153", "U+0007", "Hours."), ("BT-153", "U+0007", "Heures.")),
    "PDF_UNREADABLE": (("it is protected by a password",), ("il est protégé par un mot de passe",)),
    "GLYPH_MISSING": (
        ("𓀀", "13000", "EGYPTIAN HIEROGLYPH A001", " of BT-153", "Hours 𓀀"),
        ("𓀀", "13000", "EGYPTIAN HIEROGLYPH A001", " de BT-153", "Heures 𓀀"),
    ),
    "LOGO_UNREADABLE": (("30000 × 20 px",), ("30000 × 20 px",)),
}
"""What stands in the place of values in a message that no fixture makes: English, French."""

_ID = re.compile(r"[A-Z][A-Z0-9]+(?:[_-][A-Z0-9]+)*")
_SHORT = 600
"""Longest example, in characters."""


@dataclass(frozen=True)
class Spoken:
    """One call that makes a finding, as written in the source; `…` stands for what only a document can fill in."""

    rule: str
    severity: str
    function: str | None
    statement: str | None
    source: str | None
    term: str | None
    field: str | None
    en: str | None
    fr: str | None


def modules(places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        path = PACKAGE / place
        yield from sorted(path.glob("*.py")) if path.is_dir() else [path]


@cache
def constants() -> dict[str, str]:
    """Texts that have a name somewhere in the package: rules handed over by name."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def text(node: ast.expr | None, near: dict[str, str]) -> str | None:
    """The text of an expression; a value that is known only when it runs is written …"""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part, near) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.Name):
        return near.get(node.id)
    return None


def spoken(path: Path) -> Iterator[Spoken]:
    """Every call that makes a finding in a module."""
    tree = ast.parse(path.read_text("utf-8"))
    _sentence, _, about = (ast.get_docstring(tree) or "").partition("\n\n")
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        words, _, source = (ast.get_docstring(function) or "").partition("\n\n")
        near = {
            target.id: value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and (value := text(node.value, {}))
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        public = not function.name.startswith("_")
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if name not in SPEAKERS:
                continue
            named = constants() | near
            texts = [text(argument, named) for argument in call.args]
            rule = text(given.get("rule"), named) or next((t for t in texts if t and _ID.fullmatch(t)), None)
            if rule is None or not _ID.fullmatch(rule):
                continue
            after = texts[texts.index(rule) + 1 :] if rule in texts else []
            named_term = next((t for t in after if t and re.fullmatch(r"B[TG]-\d+", t)), None)
            sentences = [t for t in after if t and " " in t]
            yield Spoken(
                rule=rule,
                severity="warning" if name in {"warning", "remark", "say"} or warns(given) else "error",
                function=function.name,
                statement=_one_line(words) if public and path.parent.name == "validation" else None,
                source=written(source or about) if public and path.parent.name == "validation" else None,
                term=text(given.get("term"), near) or named_term,
                field=text(given.get("field"), near),
                en=text(given.get("message"), near) or (sentences[0] if sentences else None),
                fr=text(given.get("message_fr"), near) or (sentences[1] if len(sentences) > 1 else None),
            )


def warns(given: dict[str | None, ast.expr]) -> bool:
    return "severity" in given and ast.unparse(given["severity"]) == "Severity.WARNING"


def written(source: str) -> str | None:
    """Where a rule is written, without what a docstring says to programmers after it."""
    told = _one_line(source).partition("; a clause is cited in each docstring")[0].rstrip(".")
    return None if told.startswith("`") else f"{told}."


def _one_line(words: str) -> str:
    return " ".join(words.split())


# What fires a rule, and what is then said


@dataclass(frozen=True)
class Shown:
    """A finding that was really made, and the example that made it."""

    finding: Finding
    example: tuple[str, str] | None


def shown() -> dict[str, Shown]:
    """The first real finding of each rule."""
    found: dict[str, Shown] = {}
    for rule, one in (*by_mutants(), *by_faults(), *by_cases()):
        if rule not in found or (found[rule].example is None and one.example):
            found[rule] = one
    return found


def by_mutants() -> Iterator[tuple[str, Shown]]:
    base = (FOLDER / BASE).read_text("utf-8")
    for name in MUTANTS:
        rule = name.partition("__")[0]
        report = judge(opened(mutant(name, base).encode()))
        for finding in report.findings:
            if finding.rule == rule:
                yield rule, Shown(finding, snippet(name, base))
                break


def snippet(name: str, base: str) -> tuple[str, str]:
    """The lines that a mutant changes: as they fail, as they pass."""
    old, new = MUTANTS[name][0]
    start = base.rindex("\n", 0, base.index(old)) + 1 if not old.startswith("<?xml") else 0
    end = base.index("\n", base.index(old) + len(old.rstrip("\n")) - 1)
    passes = base[start:end]
    return shortened(passes.replace(old.rstrip("\n"), new.rstrip("\n"))), shortened(passes)


def shortened(lines: str) -> str:
    """Without the common indent, blank lines, or more than a screen."""
    kept = [line for line in lines.splitlines() if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in kept), default=0)
    told = "\n".join(line[indent:] for line in kept)
    return told if len(told) <= _SHORT else told[:_SHORT].rpartition("\n")[0] + "\n…"


def by_changes() -> Iterator[tuple[str, list[str]]]:
    """Official rules that one change breaks: the element that is changed, or the one it was in."""
    for change in listed():
        if change.rule == "FX-NOT-USED":
            continue
        good = etree.fromstring(documents()[change.document].encode())
        spoilt = etree.fromstring(documents()[change.document].encode())
        at = applied(spoilt, change.at, change.how)
        above = change.how in {"remove", "twice"}
        place = change.at.rpartition("/")[0] if above else change.at
        passes = good.xpath(place, namespaces=NAMESPACES)[0]
        yield change.rule, list(side_by_side(xml(at), xml(passes)))


def side_by_side(fails: str, passes: str) -> tuple[str, str]:
    """Both, from where they begin to differ if that is beyond what is shown."""
    shown_of = shortened(fails), shortened(passes)
    if shown_of[0] != shown_of[1]:
        return shown_of
    lines = [text.splitlines() for text in (fails, passes)]
    same = next((place for place, (one, other) in enumerate(zip(*lines, strict=False)) if one != other), 0)
    return shortened("\n".join(lines[0][same - 1 :])), shortened("\n".join(lines[1][same - 1 :]))


def xml(element: etree._Element) -> str:
    """An element as in its message, without the namespaces that the root declares, its tail, or the indent above it."""
    told = etree.tostring(element, encoding="unicode", with_tail=False)
    told = re.sub(r' xmlns:\w+="[^"]*"', "", told)
    return f"{' ' * 2 * len(list(element.iterancestors()))}{told}"


def by_faults() -> Iterator[tuple[str, Shown]]:
    invoice = opened((FOLDER / BASE).read_bytes()).invoice
    good = build(invoice, PageStyle()).content
    spoilt = {name: (rule, faults.edited(good, edit)) for name, (rule, edit) in faults.FAULTS.items()}
    spoilt |= {name: (rule, spoil(good)) for name, (rule, spoil) in faults.BYTES.items()}
    for name, (rule, change) in faults.PAGES.items():
        page = faults.page.draw(change(invoice), PageStyle())
        spoilt[name] = (rule, faults.facturx.package(page, (FOLDER / BASE).read_bytes(), invoice))
    for name, (rule, pdf) in spoilt.items():
        said = [finding for finding in pdfa.check(opened(pdf)).findings if finding.rule == rule]
        example = (f"PDF: {name.replace('_', ' ')}", "PDF: as pdp-bridge render makes it")
        if said:
            yield rule, Shown(said[0], example)


def by_cases() -> Iterator[tuple[str, Shown]]:
    everything = cases()
    for case in everything:
        outcome = case.outcome
        findings = [outcome.finding] if isinstance(outcome, FindingError) else list(outcome.remarks)
        for finding in findings:
            yield finding.rule, Shown(finding, fields(case, finding, everything))


def fields(case: Case, finding: Finding, everything: list[Case]) -> tuple[str, str] | None:
    """The field that is at fault, in a case that fails and in the first that holds another value and passes."""
    if finding.field is None:
        return None
    leaf = finding.field.replace("[]", "").rpartition(".")[2]
    wrong = valued(case, finding.field)
    for other in everything:
        right = valued(other, finding.field)
        good = not isinstance(other.outcome, FindingError) and not other.outcome.remarks
        if good and right not in (None, "", [], wrong):
            return f"{leaf} = {told(wrong)}", f"{leaf} = {told(right)}"
    return None


def valued(case: Case, field: str) -> object:
    """What a case holds in a field of Facturation.pro."""
    invoice, customer = case.payload["invoice"], case.payload.get("customer") or {}
    path = field.replace("[]", "").split(".")
    if path[0] == "items" and len(path) > 1:
        return next((item[path[1]] for item in invoice.get("items", []) if path[1] in item), None)
    if path[0] in {"mentions", "seller", "policy"}:
        party = case.seller if path[0] == "seller" else getattr(case.seller, path[0])
        return getattr(party, path[-1], None)
    return invoice.get(path[0], customer.get(path[0]))


def told(value: object) -> str:
    short = json.dumps(value, ensure_ascii=False, default=str)
    return short if len(short) <= _SHORT // 4 else short[: _SHORT // 4] + "…"


# Together


def catalogue() -> dict[str, object]:
    """The content of the file."""
    real = shown()
    rules: dict[str, dict[str, str]] = {}
    for rule_set, places in AREAS:
        for path in modules(places):
            for one in spoken(path):
                known = rules.setdefault(one.rule, {"id": one.rule, "rule_set": rule_set})
                fill(known, one, real.get(one.rule))
    for rule, one in real.items():
        if rule not in rules and _ID.fullmatch(rule) and "_" in rule and not rule.startswith(("BR-", "CII-", "PEPPOL")):
            rules[rule] = {"id": rule, "rule_set": MAPPING}
            fill(rules[rule], Spoken(rule, str(one.finding.severity), None, None, None, None, None, None, None), one)
    for rule in rules.values():
        rule.setdefault("statement", rule["en"])
        rule.setdefault("source", SOURCES.get(rule["rule_set"], "pdp-bridge"))
    examples = dict(by_changes()) | {rule: list(one.example) for rule, one in real.items() if one.example}
    examples = dict(sorted(examples.items()))
    return {"rules": list(rules.values()), "examples": examples}


def fill(known: dict[str, str], one: Spoken, real: Shown | None) -> None:
    """Add what this call says, unless an earlier one said it; what was really said comes first."""
    finding, general = (real.finding if real else None), advice_on(one.rule)
    found = {
        "severity": str(finding.severity) if finding else one.severity,
        "statement": one.statement or (one.en if one.en and "…" not in one.en else None),
        "source": one.source,
        "term": (finding.term if finding else None) or one.term,
        "field": (finding.field if finding else None) or (one.field or "").replace("items.…", "items.quantity"),
        "en": general.en if general else (finding.message if finding else None) or filled(one.rule, one.en, 0),
        "fr": general.fr if general else (finding.message_fr if finding else None) or filled(one.rule, one.fr, 1),
    }
    for key, value in found.items():
        if value:
            known.setdefault(key, value)


def filled(rule: str, message: str | None, language: int) -> str | None:
    """A message of the source with an example in the place of each value."""
    for value in HOLES.get(rule, ((), ()))[language]:
        message = message.replace("…", value, 1) if message else None
    return message


def rendered() -> str:
    """The file, as text."""
    return json.dumps(catalogue(), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the file."""
    TARGET.write_text(rendered(), encoding="utf-8")
    content = json.loads(TARGET.read_text("utf-8"))
    print(f"{len(content['rules'])} rules, {len(content['examples'])} examples in {TARGET.name}")


if __name__ == "__main__":
    main()
