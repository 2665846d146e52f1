"""The rules of an official schematron, read from its compiled stylesheet (SVRL in XSLT, ISO/IEC 19757-3).

The stylesheet that judges is the one that is read, so that an id, a text or a rule never lags behind an edition.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from lxml import etree

from pdp_bridge.model.report import Severity
from pdp_bridge.rules.record import Rule
from pdp_bridge.validation.advice import advice_on
from pdp_bridge.validation.rulesets import RuleSet, verify
from pdp_bridge.validation.svrl import rule_of, severity_of, term_of, without_id
from pdp_bridge.validation.terms import shortened, term_at

_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One test of a schematron: asked of every node of `context`.

    `rule` is the id that a finding shows; `xml_id` the one in the file, None for "marked as not used" reports.
    """

    rule: str
    xml_id: str | None
    context: str
    test: str
    text: str
    severity: Severity
    report: bool  # a report speaks when its test is true, an assertion when it is false

    @property
    def term(self) -> str | None:
        """The business term it is about."""
        return term_of(self.rule, self.text) or term_at(shortened(self.context))

    @property
    def always_met(self) -> bool:
        """Nothing can break it: EN 16931 states some rules that only a person can judge."""
        return not self.report and self.test == "true()"


@cache
def assertions(rules: RuleSet) -> tuple[Assertion, ...]:
    """Every assertion of the set, in the order of its file. Raises `RulesUnavailable` when a file is not as listed."""
    verify(rules)
    root = etree.parse(rules.schematron, etree.XMLParser(no_network=True, resolve_entities=False)).getroot()
    found: list[Assertion] = []
    for template in root.iter(f"{_XSL}template"):
        fired = template.find(f"{_SVRL}fired-rule")
        if fired is not None:
            context = flat(fired.get("context"))
            items = template.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
            found.extend(_assertion(item, context) for item in items)
    return tuple(found)


def official_rules(rules: RuleSet) -> dict[str, Rule]:
    """The rules of one set by the id that a finding shows, each once."""
    found: dict[str, Rule] = {}
    for assertion in assertions(rules):
        found.setdefault(
            assertion.rule,
            Rule(
                id=assertion.rule,
                rule_set=rules.id,
                statement=assertion.text,
                source=rules.origin,
                severity=assertion.severity,
                term=assertion.term,
                advice=advice_on(assertion.rule),
            ),
        )
    return found


def flat(text: str | None) -> str:
    """An XPath on one line, as two reports of the same rule can be compared."""
    return " ".join((text or "").split())


def _assertion(item: etree._Element, context: str) -> Assertion:
    given = {
        attribute.get("name"): "".join(map(str, attribute.itertext())) for attribute in item.iter(f"{_XSL}attribute")
    }
    identifier = given.get("id") or item.get("id")
    said = item.find(f"{_SVRL}text")
    official = flat("".join(map(str, said.itertext()))) if said is not None else ""
    return Assertion(
        rule=rule_of(identifier, official),
        xml_id=identifier,
        context=context,
        test=flat(item.get("test")),
        text=without_id(official),
        severity=severity_of(given.get("flag") or item.get("flag")),
        report=item.tag == f"{_SVRL}successful-report",
    )
