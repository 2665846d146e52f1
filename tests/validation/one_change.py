"""One change to one good message, for each official rule that it breaks: found by trying, kept as data.

    python tests/validation/one_change.py

writes `fixtures/mutants/one-change.json`: rule, document (`base`, or a golden case), place, change, and whether the
schema refuses the message before the rule is asked. The mutants of `make_mutants.py`, each written for its rule by
hand, come first: a rule that one of them breaks is not looked for here.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache

from lxml import etree
from make_mutants import BASE, FOLDER, MUTANTS, mutant

from pdp_bridge.rules.official import Assertion, assertions, flat
from pdp_bridge.validation.parsing import NAMESPACES
from pdp_bridge.validation.rulesets import BR_FR, RuleSet, for_profile, rule_sets
from pdp_bridge.validation.saxon import Undecided, transformed

TARGET = FOLDER / "one-change.json"
CASES = FOLDER.parent / "cases"
EN16931 = "urn:cen.eu:en16931:2017"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"

VALUES = ("", "-1.00", "1.23456789", "ZZ", "0", "20260230", "A" * 130)
"""What is put in the place of a text."""

TRIALS = 250
"""Changes tried for one rule before it is given up."""


@dataclass(frozen=True)
class Change:
    """`at` is a path of element names with positions; `how` one of the changes that `changed` knows."""

    rule: str
    context: str
    document: str
    at: str
    how: str
    schema_first: bool = False


def sets() -> tuple[RuleSet, RuleSet]:
    """The two official sets that judge what we send."""
    european = for_profile(EN16931)
    assert european is not None
    return european, rule_sets()[BR_FR]


@cache
def documents() -> dict[str, str]:
    """The messages of the golden cases, and that of the mutants, all valid."""
    found = {"base": (FOLDER / BASE).read_text("utf-8")}
    found |= {path.parent.name: path.read_text("utf-8") for path in sorted(CASES.glob("*/invoice.cii.xml"))}
    return found


# What a set says of a message


@dataclass(frozen=True)
class Asked:
    """What a set asked of a message: contexts that were met, and what failed there."""

    contexts: frozenset[str]
    failed: frozenset[tuple[str, str | None, str]]  # context, id, test


def asked(rules: RuleSet, xml: str) -> Asked:
    """Run the stylesheet of a set. Raises `Undecided`."""
    report = etree.fromstring(transformed(rules.schematron, xml).encode())
    contexts, failed, context = set(), set(), ""
    for item in report.iter(f"{SVRL}fired-rule", f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        if item.tag == f"{SVRL}fired-rule":
            context = flat(item.get("context"))
            contexts.add(context)
        else:
            failed.add(_key(context, item.get("id"), item.get("test")))
    return Asked(frozenset(contexts), frozenset(failed))


def key(assertion: Assertion) -> tuple[str, str | None, str]:
    """What tells an assertion from the others, in a stylesheet and in its reports."""
    return _key(assertion.context, assertion.xml_id, assertion.test)


def _key(context: str, identifier: str | None, test: str | None) -> tuple[str, str | None, str]:
    # The test in a report is not always that of the file: braces in it ({9}) are evaluated on the way.
    return context, identifier, "" if identifier else flat(test)


@cache
def schema(rules: RuleSet) -> etree.XMLSchema:
    assert rules.xsd is not None
    return etree.XMLSchema(etree.parse(rules.xsd))


def schema_refuses(xml: str) -> bool:
    return not schema(sets()[0]).validate(etree.fromstring(xml.encode()))


# Changes


def changed(document: str, at: str, how: str) -> str:
    """The text of a document after one change."""
    root = etree.fromstring(documents()[document].encode())
    applied(root, at, how)
    return etree.tostring(root, encoding="unicode")


def applied(root: etree._Element, at: str, how: str) -> etree._Element:
    """Make one change in a message; returns the element that shows it: the changed one, or its parent."""
    element = root.xpath(at, namespaces=NAMESPACES)[0]
    word, _, value = how.partition(" ")
    parent = element.getparent()
    if word in {"remove", "twice"}:
        if word == "remove":
            parent.remove(element)
        else:
            parent.insert(parent.index(element), copy.deepcopy(element))
        return parent
    if word == "text":
        element.text = value
    elif word == "without":
        del element.attrib[value]
    elif word == "attribute":
        name, _, text = value.partition("=")
        element.set(name, text)
    elif word == "add":
        inserted(element, value)
    elif word == "drop":
        for name in value.split():
            element.remove(element.xpath(name, namespaces=NAMESPACES)[0])
    else:
        raise ValueError(how)
    return element


def inserted(element: etree._Element, value: str) -> None:
    """`name=text name=text`: children at the end, none of them there before."""
    for name, _, text in (part.partition("=") for part in value.split()):
        prefix, _, local = name.partition(":")
        etree.SubElement(element, f"{{{NAMESPACES[prefix]}}}{local}").text = text or None


def place(element: etree._Element) -> str:
    """The path of an element, in names and positions."""
    steps = []
    for one in [element, *element.iterancestors()][::-1]:
        name = etree.QName(one)
        prefix = next(known for known, uri in NAMESPACES.items() if uri == name.namespace)
        parent = one.getparent()
        same = [] if parent is None else list(parent.iterchildren(one.tag))
        steps.append(f"{prefix}:{name.localname}" + (f"[{same.index(one) + 1}]" if len(same) > 1 else ""))
    return "/" + "/".join(steps)


def candidates(assertion: Assertion, document: str) -> Iterator[tuple[str, str]]:
    """Places and changes that may break the rule: about the nodes of its context first, then what its test names."""
    root = etree.fromstring(documents()[document].encode())
    spoken = re.findall(r"\b(\w+:\w+)", f"{assertion.context} {assertion.test}")
    names = dict.fromkeys(name for name in reversed(spoken) if name.partition(":")[0] in NAMESPACES)
    attributes = dict.fromkeys(re.findall(r"@(\w+)", f"{assertion.test} {assertion.text}"))
    for element in dict.fromkeys((*near(root, assertion.context), *anywhere(root, names))):
        at = place(element)
        yield from ((at, f"without {attribute}") for attribute in element.attrib)
        for attribute in (*element.attrib, *attributes):
            yield at, f"attribute {attribute}=ZZ"
            yield at, f"attribute {attribute}=?"
        if element.getparent() is not None:
            yield at, "remove"
            yield at, "twice"
        if len(element) == 0:
            yield from ((at, f"text {value}") for value in values(element))
            continue
        there = [name for name in names if element.xpath(name, namespaces=NAMESPACES)]
        if len(there) > 1:
            yield at, f"drop {' '.join(there)}"
        for absent in (name for name in names if name not in there):
            yield at, f"add {absent}=1.2345"
            yield at, f"add {absent}=1 {absent}=2"


def near(root: etree._Element, context: str) -> Iterator[etree._Element]:
    """The first nodes of a context, what is in them, and what they are in."""
    path = context if context.startswith("/") else f"/{context}"
    try:
        nodes = root.xpath(path, namespaces=NAMESPACES)[:2]
    except etree.XPathError:
        return
    for node in nodes:
        yield node
        yield from list(node.iterdescendants())[:12]
        parent = node.getparent()
        if parent is not None:
            yield from (parent, *parent)


def anywhere(root: etree._Element, names: Iterable[str]) -> Iterator[etree._Element]:
    for name in names:
        yield from root.xpath(f"//{name}", namespaces=NAMESPACES)[:3]


def values(element: etree._Element) -> tuple[str, ...]:
    """What is put in the place of a text: other codes in the place of a code."""
    name, parent = etree.QName(element).localname, element.getparent()
    if name == "CategoryCode":
        return ("S", "Z", "E", "AE", "K", "G", "L", "M", "B", "O", "ZZ")
    if name == "TypeCode":
        return ("ZZ", "30", "49", "130", "389", "381")
    if parent is not None and etree.QName(parent).localname.startswith("BusinessProcess"):
        return ("M8", "M9", "M2", "M4", "ZZ")
    return VALUES


# The search


def broken_by_hand() -> set[tuple[str, str | None, str]]:
    """What the mutants of `make_mutants.py` break."""
    found: set[tuple[str, str | None, str]] = set()
    for name in MUTANTS:
        for rules in sets():
            try:
                found |= asked(rules, mutant(name, documents()["base"])).failed
            except (Undecided, etree.XMLSyntaxError):
                continue
    return found


def search(known: list[Change]) -> Iterator[Change]:
    """A change for each assertion that our documents meet, and that no mutant, by hand or `known`, breaks."""
    by_hand = broken_by_hand() | {one for change in known for one in broken_by(change)}
    for rules in sets():
        met = {name: asked(rules, xml).contexts for name, xml in documents().items()}
        open_ = {key(one): one for one in assertions(rules) if key(one) not in by_hand and not one.always_met}
        for assertion in list(open_.values()):
            there = [name for name, contexts in met.items() if assertion.context in contexts]
            if there and key(assertion) in open_:
                yield from tried(rules, assertion, there, open_)


def tried(
    rules: RuleSet, assertion: Assertion, there: list[str], open_: dict[tuple[str, str | None, str], Assertion]
) -> Iterator[Change]:
    """Change after change until one breaks the rule; what else it breaks for the first time is kept too."""
    late: Change | None = None
    trials = ((name, at, how) for name in there[:3] for at, how in dict.fromkeys(candidates(assertion, name)))
    for _, (name, at, how) in zip(range(TRIALS), trials, strict=False):
        xml = changed(name, at, how)
        try:
            failed = asked(rules, xml).failed & open_.keys()
        except Undecided:
            continue
        refused = schema_refuses(xml) if failed else False
        if failed and not refused:
            for one in sorted(failed, key=str):
                yield Change(open_[one].rule, open_[one].context, name, at, how)
                del open_[one]
            if key(assertion) not in open_:
                return
        elif key(assertion) in failed and late is None:
            late = Change(assertion.rule, assertion.context, name, at, how, schema_first=True)
    if late is not None:
        yield late
        del open_[key(assertion)]


def broken_by(change: Change) -> Iterator[tuple[str, str | None, str]]:
    """What a change breaks."""
    for rules in sets():
        try:
            yield from asked(rules, changed(change.document, change.at, change.how)).failed
        except Undecided:
            continue


def listed() -> list[Change]:
    """The changes that are kept."""
    if not TARGET.exists():
        return []
    return [Change(**entry) for entry in json.loads(TARGET.read_text("utf-8"))]


def main() -> None:
    """Search for what is not broken yet, and write it beside what was found before."""
    known = listed()
    found = sorted((*known, *search(known)), key=lambda change: (change.rule, change.context))
    TARGET.write_text(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    late = sum(change.schema_first for change in found)
    sys.stdout.write(f"{len(found)} changes, {late} of them refused by the schema first, in {TARGET.name}\n")


if __name__ == "__main__":
    main()
