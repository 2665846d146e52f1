"""A compiled schematron taken apart: patterns, their rules, and what each rule asks; or a refusal to know the file.

The shape is that of the ISO skeleton (schxslt's predecessor, iso_svrl_for_xslt2), which made every official file: one
mode per pattern, one template per rule, one choose or if per question. Whatever has another shape is refused by name,
because a stylesheet that is only half understood must not be touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
FINDINGS = frozenset({f"{SVRL}failed-assert", f"{SVRL}successful-report"})

_TOP = frozenset(XSL + name for name in ("output", "param", "variable", "function", "template"))
_LIBRARY = "schematron-|generate-id-"
_NAMESPACE = re.compile(rb"xmlns:([\w.-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_FOCUS = re.compile(r"\b(position|last)\s*\(")
_PREDICATE = re.compile(r"\[[^\[\]]*\]")


class NotAsExpected(Exception):
    """The stylesheet is not of the shape that is known here; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a pattern: the template, and what it asks, in order (`xsl:variable`, `xsl:choose`, `xsl:if`)."""

    match: str
    template: etree._Element
    body: tuple[etree._Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One pattern: its mode, its rules, and the two templates that walk on from a node without a rule."""

    mode: str
    rules: tuple[Rule, ...]
    walkers: tuple[etree._Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stylesheet:
    """A compiled schematron. `output` is where its report is made; `prefixes` maps each prefix to its one namespace."""

    root: etree._Element
    output: etree._Element
    patterns: tuple[Pattern, ...]
    prefixes: dict[str, str]


def anatomy(official: bytes) -> Stylesheet:
    """The parts of a compiled schematron. Raises `NotAsExpected`."""
    parser = etree.XMLParser(remove_comments=True, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(official, parser)
    except etree.XMLSyntaxError as problem:
        raise NotAsExpected(str(problem)) from problem
    _expect(root.tag == f"{XSL}stylesheet" and set(root.keys()) <= {"version"}, "the root element")
    by_mode: dict[str | None, list[etree._Element]] = {}
    for child in root.iterchildren(etree.Element):
        _expect(child.tag in _TOP or not str(child.tag).startswith(XSL), f"{child.tag} at the top")
        if child.tag == f"{XSL}template":
            _expect(set(child.keys()) <= {"match", "mode", "priority"}, f"template {child.attrib}")
            by_mode.setdefault(child.get("mode"), []).append(child)
    output = _output(by_mode.pop(None, []))
    modes = tuple(_modes(output))
    _expect(len(set(modes)) == len(modes), "a pattern that is asked twice")
    patterns = tuple(_pattern(mode, by_mode.pop(mode, [])) for mode in modes)
    _expect(all(re.match(_LIBRARY, mode or "") for mode in by_mode), f"modes that nobody asks for: {set(by_mode)}")
    _check_variables(root, patterns)
    return Stylesheet(root=root, output=output, patterns=patterns, prefixes=_prefixes(official))


# The template of the root: which patterns are asked


def _output(templates: list[etree._Element]) -> etree._Element:
    """Where the report is made. In the default mode nothing else must give anything, as its walks will not be made."""
    start = [one for one in templates if one.get("match") == "/"]
    rest = [one for one in templates if one.get("match") != "/"]
    _expect(len(start) == 1 and len(start[0]) == 1 and _bare(start[0]), "the template of the root")
    _expect(all(one.get("match") == "text()" and _empty(one) for one in rest), "the default mode")
    output = start[0][0]
    _expect(output.tag == f"{SVRL}schematron-output" and _bare(output), "the root of the report")
    return output


def _modes(output: etree._Element) -> Iterator[str]:
    for child in output:
        if child.tag == f"{XSL}apply-templates":
            _expect(set(child.keys()) == {"mode", "select"} and child.get("select") == "/", "a walk of the root")
            yield str(child.get("mode"))
        elif child.tag == f"{SVRL}active-pattern":
            silent = {f"{XSL}attribute", f"{XSL}apply-templates"}
            _expect(all(one.tag in silent for one in child) and _bare(child), "an active-pattern")
            walks = child.findall(f"{XSL}apply-templates")
            _expect(all(_empty(walk) and not walk.attrib for walk in walks), "the walk of an active-pattern")
        else:
            plain = {f"{SVRL}ns-prefix-in-attribute-values", f"{SVRL}text", f"{XSL}comment"}
            _expect(child.tag in plain, f"{child.tag} in the report")


# The templates of a pattern: its rules


def _pattern(mode: str, templates: list[etree._Element]) -> Pattern:
    walkers = [one for one in templates if one.get("match") in {"text()", "@*|node()"}]
    rules = tuple(_rule(mode, one) for one in templates if one not in walkers)
    _expect({one.get("match"): one.get("priority") for one in walkers} == {"text()": "-1", "@*|node()": "-2"}, mode)
    for walker in walkers:
        on = list(walker)
        silent = walker.get("match") == "text()"
        _expect(_empty(walker) if silent else len(on) == 1 and _walks_on(on[0], mode), f"how {mode} walks")
    _expect(all(int(rule.template.get("priority", "0")) > 0 for rule in rules), f"the priorities of {mode}")
    return Pattern(mode=mode, rules=rules, walkers=tuple(walkers))


def _rule(mode: str, template: etree._Element) -> Rule:
    """The parts of a rule: that it was met, what it asks, and the walk on to what is below (a few stop there)."""
    match = str(template.get("match"))
    where = f"the rule {match} of {mode}"
    met, *parts = template
    _expect(met.tag == f"{SVRL}fired-rule" and _empty(met) and _bare(template), where)
    _expect("{" not in "".join(str(value) for value in met.attrib.values()), where)  # it would be evaluated
    body = tuple(parts[:-1] if parts and _walks_on(parts[-1], mode) else parts)
    _expect(bool(body) and all(_known(part) for part in body), where)
    return Rule(match=match, template=template, body=body)


def _walks_on(element: etree._Element, mode: str) -> bool:
    """On to every child element (and, in some files, every attribute)."""
    walk = element.tag == f"{XSL}apply-templates" and set(element.keys()) == {"mode", "select"} and _empty(element)
    return walk and element.get("mode") == mode and element.get("select") in {"*", "@*|*"}


def _known(part: etree._Element) -> bool:
    if part.tag == f"{XSL}variable":
        return set(part.keys()) == {"name", "select"} and _empty(part) and _alone(part.get("select"))
    if part.tag == f"{XSL}if":
        return _asks(part) and _bare(part) and [one.tag in FINDINGS for one in part] == [True]
    if part.tag != f"{XSL}choose" or part.attrib or len(part) != 2 or not _bare(part):  # noqa: PLR2004 - if and else
        return False
    when, otherwise = part
    met = when.tag == f"{XSL}when" and _asks(when) and _empty(when)
    if otherwise.tag != f"{XSL}otherwise" or otherwise.attrib or not _bare(otherwise):
        return False
    return met and [one.tag in FINDINGS for one in otherwise] == [True]


def _asks(element: etree._Element) -> bool:
    return element.keys() == ["test"] and _alone(element.get("test"))


def _alone(expression: str | None) -> bool:
    """It speaks of one node, not of that node's place among those that happen to be walked with it."""
    text, before = expression or "", None
    while text != before:
        before, text = text, _PREDICATE.sub("", text)
    return not _FOCUS.search(text)


def _check_variables(root: etree._Element, patterns: Iterable[Pattern]) -> None:
    """No variable of a rule may hide one of the file: rules will stand side by side."""
    of_file = {one.get("name") for tag in ("variable", "param") for one in root.iterchildren(XSL + tag)}
    rules = (rule for pattern in patterns for rule in pattern.rules)
    of_rules = {part.get("name") for rule in rules for part in rule.body if part.tag == f"{XSL}variable"}
    _expect(not of_file & of_rules, f"variables of two kinds: {of_file & of_rules}")


# Small questions


def _prefixes(official: bytes) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for prefix, quoted in _NAMESPACE.findall(official):
        found.setdefault(prefix.decode(), set()).add(quoted[1:-1].decode())
    _expect(all(len(uris) == 1 for uris in found.values()), "a prefix of two namespaces")
    return {prefix: next(iter(uris)) for prefix, uris in found.items()}


def _bare(element: etree._Element) -> bool:
    """No text of its own beside its children."""
    texts = (element.text, *(child.tail for child in element))
    return not any(text and text.strip() for text in texts)


def _empty(element: etree._Element) -> bool:
    return len(element) == 0 and _bare(element)


def _expect(met: bool, what: str) -> None:
    if not met:
        raise NotAsExpected(f"not the stylesheet that was expected: {what}")
