"""Writes `pdp_bridge/rules/coverage.json` and `fixtures/COVERAGE.md`: which official rules our documents meet.

    python tests/validation/make_coverage.py

A rule is met when its context is in the message of a golden case (the stylesheet says so: `svrl:fired-rule`). What
passes it are the cases that have the context; what fails it is a mutant, by hand (`make_mutants.py`) or of one change
(`one_change.py`).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from lxml import etree
from make_mutants import FOLDER, MUTANTS, mutant
from one_change import Change, asked, changed, documents, key, listed, schema_refuses, sets

from pdp_bridge.rules.official import Assertion, assertions
from pdp_bridge.validation.rulesets import RuleSet
from pdp_bridge.validation.saxon import Undecided

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "pdp_bridge" / "rules" / "coverage.json"
PAGE = FOLDER.parent / "COVERAGE.md"

SHOWN = 3
"""Cases and mutants named for one rule, at most."""

ALWAYS = "its test is always true: the standard leaves it to a person"
ABSENT = "nothing that we write has this context"
STOPS = "a second element stops the stylesheet itself: there is no verdict, and nothing is sent"
ONE_OBJECT = "the schema allows one object on a line: two of them are refused before they are counted"
OWN_CONTEXT = "its own context already demands what it asks"
UNBROKEN = {
    **dict.fromkeys(
        (
            "FX-SCH-A-000190",
            "FX-SCH-A-000191",
            "FX-SCH-A-000193",
            "FX-SCH-A-000290",
            "FX-SCH-A-000564",
        ),
        STOPS,
    ),
    **dict.fromkeys(("FX-SCH-A-000037", "FX-SCH-A-000413", "FX-SCH-A-000565"), OWN_CONTEXT),
    **dict.fromkeys(("BR-FR-30_BT-128", "CII-SR-474"), ONE_OBJECT),
    "CII-SR-464": "it asks for something or for nothing: true whatever the message says",
    "BR-FR-DEC-01_BT-111": "the file asks BR-FR-DEC-01_BT-110 of the same node first, and then nothing more",
    "BR-FR-MV-12_BT-128": "for a group of lines, which EN 16931 does not have: only EXTENDED-CTC-FR can break it",
}
"""Rules that our documents meet and that no change was found to break: why."""

Key = tuple[str, str | None, str]


@dataclass(frozen=True)
class Covered:
    """One assertion: the golden cases that pass it, the mutants that fail it, or why there is none."""

    rule: str
    rule_set: str
    context: str
    met: bool
    cases: tuple[str, ...]
    mutants: tuple[str, ...]
    schema_first: bool  # every message that breaks it is refused by the schema before
    reason: str | None


@dataclass(frozen=True)
class Broken:
    """What breaks an assertion."""

    mutant: str
    schema_first: bool


def broken(rules: RuleSet) -> dict[Key, list[Broken]]:
    """Assertion → the mutants that break it, those by hand first."""
    found: dict[Key, list[Broken]] = {}
    for name, xml, late in messages():
        try:
            failed = asked(rules, xml).failed
        except (Undecided, etree.XMLSyntaxError):
            continue
        for one in failed:
            found.setdefault(one, []).append(Broken(name, late))
    return found


@cache
def messages() -> tuple[tuple[str, str, bool], ...]:
    """Every mutant: its name, its message, whether the schema refuses it."""
    base = documents()["base"]
    by_hand = [(name, mutant(name, base)) for name in MUTANTS]
    readable = [(name, xml) for name, xml in by_hand if not name.startswith("XML_UNREADABLE")]
    return tuple((name, xml, schema_refuses(xml)) for name, xml in readable) + tuple(
        (named(one), changed(one.document, one.at, one.how), one.schema_first) for one in listed()
    )


def named(change: Change) -> str:
    """How a change is told on the page."""
    steps = change.at.split("/")[-2:]
    return f"{change.document}: {'/'.join(step.partition(':')[2] for step in steps)} {short(change.how)}"


def short(how: str) -> str:
    return how if len(how) <= 60 else how[:57] + "…"


def coverage() -> Iterator[Covered]:
    """Every assertion of the two sets that judge what we send."""
    for rules in sets():
        there: dict[str, list[str]] = {}
        failing: dict[Key, set[str]] = {}
        for name, xml in documents().items():
            said = asked(rules, xml)
            for context in said.contexts:
                there.setdefault(context, []).append(name)
            for one in said.failed:
                failing.setdefault(one, set()).add(name)
        by = broken(rules)
        for assertion in assertions(rules):
            yield covered(rules, assertion, there, failing, by)


def covered(
    rules: RuleSet,
    assertion: Assertion,
    there: Mapping[str, list[str]],
    failing: Mapping[Key, set[str]],
    by: Mapping[Key, list[Broken]],
) -> Covered:
    met = there.get(assertion.context, [])
    passing = [name for name in met if name not in failing.get(key(assertion), set())]
    breaking = by.get(key(assertion), []) if met else []
    reason = None
    if not met:
        reason = ABSENT
    elif not breaking:
        reason = ALWAYS if assertion.always_met else UNBROKEN.get(assertion.rule)
    return Covered(
        rule=assertion.rule,
        rule_set=rules.id,
        context=assertion.context,
        met=bool(met),
        cases=tuple(passing[:SHOWN]),
        mutants=tuple(dict.fromkeys(one.mutant for one in sorted(breaking, key=aptness(assertion.rule))))[:SHOWN],
        schema_first=bool(breaking) and all(one.schema_first for one in breaking),
        reason=reason,
    )


def aptness(rule: str) -> Callable[[Broken], tuple[bool, bool]]:
    """What the schema lets through comes first, and before all what bears the name of the rule."""
    return lambda one: (one.schema_first, not one.mutant.startswith(f"{rule}__"))


# What is written


def page(found: list[Covered]) -> str:
    """The page, in Markdown."""
    lines = [
        "# Which official rules our documents meet",
        "",
        "Written by `tests/validation/make_coverage.py`; a test compares. A rule is met when the context it speaks of",
        "is in a message of `fixtures/cases`. *Passes*: cases that have the context and meet the rule, three at most",
        "(`base` is the good message of the mutants). *Fails*: mutants that break it, of `fixtures/mutants` or of one",
        "change in a message (`fixtures/mutants/one-change.json`). *Schema first*: the XSD refuses every such message",
        "before the rule is asked; the rule was then asked alone. *Unbreakable*: the reason stands in the last column.",
        "",
        "| Rule set | Assertions | Met | Met, with a mutant | of which schema first | Met, unbreakable | Not met |",
        "|---|---|---|---|---|---|---|",
    ]
    by_set = {name: [one for one in found if one.rule_set == name] for name in dict.fromkeys(o.rule_set for o in found)}
    lines += [f"| {name} | {' | '.join(map(str, counted(mine)))} |" for name, mine in by_set.items()]
    for name, mine in by_set.items():
        lines += ["", f"## {name}", "", "| Rule | Passes | Fails |", "|---|---|---|"]
        lines += [row(one) for one in mine if one.met]
        absent = Counter(one.context for one in mine if not one.met)
        lines += ["", f"### Not met: {ABSENT}", "", "| Context | Rules |", "|---|---|"]
        for context in absent:
            rules = Counter(one.rule for one in mine if one.context == context and not one.met)
            told = ", ".join(f"{rule} × {count}" if count > 1 else rule for rule, count in rules.items())
            lines.append(f"| `{bare(context)}` | {told} |")
    return "\n".join(lines) + "\n"


def counted(found: list[Covered]) -> tuple[int, ...]:
    """As the columns of the page."""
    met = [one for one in found if one.met]
    with_mutant = [one for one in met if one.mutants]
    late = [one for one in with_mutant if one.schema_first]
    return len(found), len(met), len(with_mutant), len(late), len(met) - len(with_mutant), len(found) - len(met)


def row(one: Covered) -> str:
    fails = "; ".join(f"`{name}`" for name in one.mutants) or one.reason or ""
    late = " (schema first)" if one.schema_first else ""
    rule = one.rule if one.rule != "FX-NOT-USED" else f"{one.rule} `{bare(one.context)}`"
    return f"| {rule} | {', '.join(one.cases)} | {fails}{late} |"


def bare(context: str) -> str:
    """A context that fits a table: names without prefixes, without the root."""
    told = context.replace("ram:", "").replace("rsm:", "").replace("udt:", "").replace("qdt:", "").replace("|", "∣")
    return told.removeprefix("/").removeprefix("CrossIndustryInvoice/")


def rendered(found: list[Covered]) -> str:
    """The data, one assertion a line."""
    rows = ",\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in found)
    return f"[\n{rows}\n]\n"


def main() -> None:
    """Write the page and the data."""
    found = list(coverage())
    DATA.write_text(rendered(found), encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")
    for name in dict.fromkeys(one.rule_set for one in found):
        mine = [one for one in found if one.rule_set == name]
        sys.stdout.write(f"{name}: {counted(mine)}\n")
        for one in mine:
            if one.met and not one.mutants and not one.reason:
                sys.stdout.write(f"  unbroken: {one.rule} {one.context}\n")


if __name__ == "__main__":
    main()
