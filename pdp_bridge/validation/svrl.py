"""From the report of an official schematron (SVRL, ISO/IEC 19757-3 annex D) to findings.

An assert or report without `flag` counts as fatal, as on FNFE's own validator (France_RFE, issue 63). In Factur-X
1.09.2 that is nearly all of them: EN 16931 has 4 warnings among 627, EXTENDED 22 among 1464; all 171 of BR-FR are
flagged fatal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from pdp_bridge.model.report import Finding, Severity
from pdp_bridge.validation.advice import advice_on
from pdp_bridge.validation.terms import shortened, term_at
from pdp_bridge.validation.wording import shown

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_WARNING_FLAGS = frozenset({"warning", "warn", "information", "info"})
_BRACKETED = re.compile(r"^\[([A-Z][\w.-]+)\]\s*-?\s*")
_TERM = re.compile(r"\bB[TG]-\d+\b")
NOT_USED = "FX-NOT-USED"
"""Our name for Factur-X reports without an id: an element or attribute that the profile does not know."""
_CONTRADICTED = ("PEPPOL-EN16931-R008", "SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery")
"""Rule and place of the one warning that is not told: no element may be empty, says the rule, but the schema demands
this one even when nothing is known of the delivery. Nobody could act on it, and every such invoice would carry it."""
MOST = 100
"""Findings kept of one layer: a thousand lines with one fault each tell nothing more."""


@lru_cache(maxsize=64)
def silent(svrl: str) -> bool:
    """Whether a report has nothing to tell: remembered by its text, which is the same of one clean message and another.

    Raises `etree.XMLSyntaxError` for what is no report.
    """
    return next(_told(svrl), None) is None


def findings(svrl: str, message: etree._Element) -> tuple[Finding, ...]:
    """The findings of one SVRL report on `message` (its root element), in document order, each once."""
    return tuple(dict.fromkeys(_finding(item, message) for item in _told(svrl)))[:MOST]


def _told(svrl: str) -> Iterator[etree._Element]:
    report = etree.fromstring(svrl.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    items = report.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    return (item for item in items if not _contradicted(item))


def _finding(item: etree._Element, message: etree._Element) -> Finding:
    official = _words(item)
    text = without_id(official)
    rule = rule_of(item.get("id"), official)
    location = shortened(item.get("location") or "")
    advice = advice_on(rule)
    french = rule.startswith("BR-FR")
    told = f"French rule {rule}: {text}" if french else text
    told_fr = text if french else f"Règle officielle {rule} (en anglais) : {text}"
    if advice:
        narrow = not advice.general
        told, told_fr = (advice.en, advice.fr) if narrow else (f"{told} {advice.en}", f"{told_fr} {advice.fr}")
    return Finding(
        rule=rule,
        severity=severity_of(item.get("flag")),
        message=told,
        message_fr=told_fr,
        term=term_of(rule, text) or term_at(location),
        field=advice.field if advice else None,
        value=shown(_value(message, location)),
        location=location or None,
    )


def _contradicted(item: etree._Element) -> bool:
    rule, place = _CONTRADICTED
    return shortened(item.get("location") or "") == place and rule_of(item.get("id"), _words(item)) == rule


def _words(item: etree._Element) -> str:
    return " ".join("".join(map(str, item.itertext())).split())


def rule_of(identifier: str | None, official: str) -> str:
    """The id to show: some editions number the assert (FX-SCH-A-000047) and put the official id, BR-45, in brackets.

    >>> rule_of("FX-SCH-A-000047", "[BR-45]-Each VAT breakdown"), rule_of(None, "marked as not used")
    ('BR-45', 'FX-NOT-USED')
    """
    bracketed = _BRACKETED.match(official)
    if identifier and not (identifier.startswith("FX-SCH") and bracketed):
        return identifier
    return bracketed.group(1) if bracketed else NOT_USED


def without_id(official: str) -> str:
    """The words of a rule without the id in brackets before them."""
    bracketed = _BRACKETED.match(official)
    return official[bracketed.end() :] if bracketed else official


def severity_of(flag: str | None) -> Severity:
    """What a flag of the schematron means for us; none is fatal."""
    return Severity.WARNING if (flag or "").lower() in _WARNING_FLAGS else Severity.ERROR


def term_of(rule: str, text: str) -> str | None:
    """The business term that an id or its text names; None when only the place can tell."""
    named = _TERM.search(rule.replace("_", " ")) or (None if rule.startswith("FX-") else _TERM.search(text))
    return named.group() if named else None


def _value(message: etree._Element, location: str) -> str | None:
    """The text at a shortened location; None for an element that has children, or a location that is not there."""
    if not location:
        return None
    element = message
    for step in location.split("/"):
        name, _, position = step.rstrip("]").partition("[")
        if name.startswith("@"):
            return element.get(name[1:])
        same = list(element.iterchildren(f"{{*}}{name}"))
        index = int(position or 1) - 1
        if index >= len(same):
            return None
        element = same[index]
    return element.text if len(element) == 0 else None
