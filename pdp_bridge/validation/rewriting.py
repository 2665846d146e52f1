"""The official stylesheet asked more cheaply: the same questions about the same nodes, the tree walked once.

A compiled schematron walks the whole message once for each of its sixty patterns, once more for nothing, and reads its
code lists again for every message. Here each rule is asked directly at the nodes it matches, the code lists stand in
the stylesheet, and numbers of the usual shapes need no regular expression. It is derived from the official file when
that is loaded, never written anywhere, and what is not of the expected shape is left as it is, or the whole file
refused. Told are the findings only, without their texts and in no particular order, and one may be told twice: what
counts is whether there are any.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from pdp_bridge.validation.anatomy import FINDINGS, XSL, NotAsExpected, Pattern, Rule, Stylesheet, anatomy
from pdp_bridge.validation.patterns import NodePath, NotAPath, paths
from pdp_bridge.validation.plain_numbers import answered

_KEPT = frozenset({"id", "flag", "location"})
"""Attributes of a finding that tell the one warning that is never told (see `svrl`) from the others."""
_CODE = re.compile(
    r"string-length\(\$(?P<value>[\w.-]+)\)=0 or "
    r"document\('(?P<file>[\w.-]+)'\)/codedb/cl\[@id=(?P<list>\d+)\]/enumeration\[@value=\$(?P=value)\]"
)
_MAPS = "http://www.w3.org/2005/xpath-functions/map"
_OUTSIDE = re.compile(
    r"(?:document|doc|doc-available|unparsed-text[\w-]*|collection|uri-collection|static-base-uri|resolve-uri)\s*\("
)
"""Functions that read, or know, where the stylesheet is, and any named alike: derived text is nowhere."""


@dataclass
class _Branch:
    """What there is to do at the nodes of one path, and below them."""

    below: dict[str, _Branch] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)  # asked on the spot
    modes: dict[str, None] = field(default_factory=dict)  # the pattern decides which of its rules is asked


def rewritten(official: bytes, beside: Callable[[str], bytes]) -> str:
    """The text of the cheaper stylesheet. `beside` reads a file that stands beside the official one.

    Raises `NotAsExpected`, and whatever `beside` raises.
    """
    sheet = anatomy(official)
    before = Counter(_questions(rule.body for pattern in sheet.patterns for rule in pattern.rules))
    codes, places = _Codes(beside), _Places()
    for pattern in sheet.patterns:
        for rule in pattern.rules:
            _lighten(rule, codes, places)
    for function in sheet.root.iterchildren(f"{XSL}function"):
        for result in function.iterchildren(f"{XSL}sequence"):
            result.set("select", answered(str(result.get("select"))))
    trunk = _Branch()
    walked = [pattern for pattern in sheet.patterns if not _planted(pattern, sheet.prefixes, trunk)]
    _write(sheet, trunk, walked)
    codes.declare(sheet.root)
    places.declare(sheet.root)
    _check(sheet.root, before, codes)
    return etree.tostring(sheet.root, encoding="unicode")


# One rule: the finding without words, its place told in one way, the code list without a file


def _lighten(rule: Rule, codes: _Codes, places: _Places) -> None:
    rule.template.remove(rule.template[0])  # that the rule was met is not told
    for part in rule.body:
        for finding in part.iter(*FINDINGS):
            told = [one for one in finding if one.tag == f"{XSL}attribute" and one.get("name") in _KEPT]
            finding.clear()
            for one in told:
                places.tell(finding, one)
        for question in part.iter(f"{XSL}when", f"{XSL}if"):
            question.set("test", codes.inlined(str(question.get("test"))))


class _Places:
    """What is computed to tell where a finding is, each way once: there are hundreds of findings, and one way."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def tell(self, finding: etree._Element, told: etree._Element) -> None:
        """Give the finding one attribute."""
        if len(told) == 0 and "{" not in (told.text or ""):
            finding.set(str(told.get("name")), told.text or "")
            return
        told.tail = None
        way = etree.tostring(told, encoding="unicode")
        name = self._names.setdefault(way, f"place-of-finding-{len(self._names)}")
        etree.SubElement(finding, f"{XSL}call-template", name=name)

    def declare(self, root: etree._Element) -> None:
        """The ways as templates of the stylesheet, which has no others with a name."""
        for way, name in self._names.items():
            etree.SubElement(root, f"{XSL}template", name=name).append(etree.fromstring(way))


class _Codes:
    """The code lists that the questions name, each once."""

    def __init__(self, beside: Callable[[str], bytes]) -> None:
        self._beside = beside
        self._files: dict[str, dict[int, list[str]]] = {}
        self._names: dict[tuple[str, int], str] = {}

    def inlined(self, test: str) -> str:
        """The question, put to a map where it was put to a file; any other as it is."""
        asked = _CODE.fullmatch(test)
        if asked is None:
            return test
        key = asked["file"], int(asked["list"])
        if asked["file"] not in self._files:
            self._files[asked["file"]] = dict(_lists(self._beside(asked["file"])))
        name = self._names.setdefault(key, f"codes-of-list-{len(self._names)}")
        return f"string-length(${asked['value']})=0 or Q{{{_MAPS}}}contains(${name}, string(${asked['value']}))"

    def declare(self, root: etree._Element) -> None:
        """The lists as variables of the stylesheet, under names that nothing in it bears.

        Maps, as units of measure alone are two thousand, asked for at each line; one needs no more than its keys.
        """
        taken = {one.get("name") for one in root.iter(f"{XSL}variable", f"{XSL}param")}
        if taken & set(self._names.values()):
            raise NotAsExpected("the names of the code lists are taken")
        for (file, number), name in self._names.items():
            values = (value.replace("'", "''") for value in dict.fromkeys(self._files[file].get(number, ())))
            entries = ",".join(f"'{value}':1" for value in values)
            root.append(etree.Element(f"{XSL}variable", name=name, select=f"map{{{entries}}}"))


def _lists(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The code lists of a file by their number."""
    parser = etree.XMLParser(remove_comments=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(data, parser)
    numbers = [one.get("id", "") for one in root.iterchildren("cl")]
    if root.tag != "codedb" or not all(re.fullmatch(r"[1-9]\d*", one) for one in numbers) or _repeated(numbers):
        raise NotAsExpected("not the code lists that were expected")
    for one in root.iterchildren("cl"):
        codes = (code.get("value") for code in one.iterchildren("enumeration"))
        yield int(one.get("id", "")), [code for code in codes if code is not None]


def _repeated(values: list[str]) -> bool:
    return len(set(values)) != len(values)


# One pattern: its rules, each at its nodes


def _planted(pattern: Pattern, prefixes: dict[str, str], trunk: _Branch) -> bool:
    """Put the rules where their nodes are; False, and nothing done, when a rule is no path of element names."""
    try:
        places = [paths(rule.match, prefixes) for rule in pattern.rules]
    except NotAPath:
        return False
    for rule, mine, alone in zip(pattern.rules, places, _alone(places), strict=True):
        for path in mine:
            branch = _branch(trunk, path)
            if alone:
                branch.rules.append(rule)
            else:
                branch.modes[pattern.mode] = None
    return True


def _alone(places: list[tuple[NodePath, ...]]) -> Iterator[bool]:
    """For each rule of a pattern, whether its nodes are matched by no other: else their priorities decide."""
    by_name: dict[str | None, list[tuple[int, NodePath]]] = {}
    for number, mine in enumerate(places):
        for path in mine:
            by_name.setdefault(path.steps[-1].local, []).append((number, path))
    for number, mine in enumerate(places):
        yield all(other == number or path.apart(theirs) for path in mine for other, theirs in _namesakes(path, by_name))


def _namesakes(path: NodePath, by_name: dict[str | None, list[tuple[int, NodePath]]]) -> Iterator[tuple[int, NodePath]]:
    """The paths that may end at an element of the same name."""
    name = path.steps[-1].local
    for other in by_name if name is None else {name, None}:
        yield from by_name.get(other, ())


def _branch(trunk: _Branch, path: NodePath) -> _Branch:
    branch = trunk.below.setdefault(path.start, _Branch())
    for step in path.steps[1:]:
        branch = branch.below.setdefault(step.text, _Branch())
    return branch


# The whole


def _write(sheet: Stylesheet, trunk: _Branch, walked: list[Pattern]) -> None:
    """Put the questions in the place of the walks, and take away the templates that nothing calls any more."""
    called, asked = set(_modes(trunk)), {id(rule) for rule in _rules(trunk)}
    for pattern in sheet.patterns:
        if pattern in walked:
            continue
        for rule in pattern.rules:
            for walk in rule.template.findall(f"{XSL}apply-templates"):
                rule.template.remove(walk)  # asked at each of its nodes, it need not walk on
            if id(rule) in asked:
                sheet.root.remove(rule.template)
        for walker in pattern.walkers if pattern.mode not in called else ():
            sheet.root.remove(walker)
    sheet.output.clear()
    for mode in (pattern.mode for pattern in walked):
        sheet.output.append(etree.Element(f"{XSL}apply-templates", mode=mode, select="/"))
    _grow(trunk, sheet.output)
    for output in sheet.root.iterchildren(f"{XSL}output"):
        output.set("indent", "no")


def _rules(branch: _Branch) -> Iterator[Rule]:
    yield from branch.rules
    for below in branch.below.values():
        yield from _rules(below)


def _modes(branch: _Branch) -> Iterator[str]:
    yield from branch.modes
    for below in branch.below.values():
        yield from _modes(below)


def _grow(branch: _Branch, parent: etree._Element) -> None:
    # Below first: the variables of a rule are not seen by what stands before them.
    for select, below in branch.below.items():
        _grow(below, etree.SubElement(parent, f"{XSL}for-each", select=select))
    for mode in branch.modes:
        parent.append(etree.Element(f"{XSL}apply-templates", mode=mode, select="."))
    for rule in branch.rules:
        parent.extend(copy.deepcopy(part) for part in rule.body)


# What must be true of it, looked at once more


def _questions(bodies: Iterable[Iterable[etree._Element]]) -> Iterator[str]:
    for body in bodies:
        for part in body:
            yield from (str(one.get("test")) for one in part.iter(f"{XSL}when", f"{XSL}if"))


def _check(root: etree._Element, before: Counter[str], codes: _Codes) -> None:
    """Every question of the official file is still asked, and none needs a file. Raises `NotAsExpected`."""
    asked = Counter(str(one.get("test")) for one in root.iter(f"{XSL}when", f"{XSL}if"))
    wanted: Counter[str] = Counter()
    for test, times in before.items():
        wanted[codes.inlined(test)] += times
    if wanted - asked:
        raise NotAsExpected(f"a question would be lost: {next(iter(wanted - asked))}")
    for element in root.iter(etree.Element):
        for value in map(str, element.values()):
            if _OUTSIDE.search(value):
                raise NotAsExpected(f"a stylesheet that reads elsewhere: {value}")
