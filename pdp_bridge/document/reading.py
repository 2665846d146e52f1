"""How a text, a date and a number are taken out of a foreign XML message, and the parser that may touch it.

The parser never opens the network, never resolves an entity and refuses a DTD: an invoice has no use for one.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from lxml import etree

from pdp_bridge.document.element import qualified
from pdp_bridge.document.fields import refusal
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.money import ZERO, Amount, as_stated

MAX_BYTES = 50_000_000
"""A larger message is refused; libxml2 itself refuses a single text above 10 MB."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
"""xs:decimal, of a size that every sum of the checks can hold exactly."""
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_LONGER_DAY = re.compile(_DAY.pattern + r"[0-9]*")
"""Formats 203 and 204 of UNTDID 2379 append the time of day."""
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be", "utf-32-le"))


Element = etree._Element  # noqa: SLF001 - lxml's own name for the type of its elements
Found = dict[str, list[Element]]
"""What a message says of one thing: the elements in document order, by the words of a `Shape`."""


class Shape:
    """Where things stand in one kind of element: the path of each below that element, by the word that asks for it.

    >>> Shape(number="ram:ID", day="ram:IssueDateTime/udt:DateTimeString").of(None)
    {'number': [], 'day': []}
    """

    def __init__(self, **paths: str) -> None:
        none: list[Element] = []  # the same for all words: it is never filled
        self._nothing: Found = dict.fromkeys(paths, none)
        self._ways: _Ways = {}
        for word, path in paths.items():
            *above, last = map(qualified, path.split("/"))
            ways = self._ways
            for name in above:
                ways = ways.setdefault(name, (None, {}))[1]
            ways[last] = (word, ways.get(last, (None, {}))[1])

    def of(self, element: Element | None) -> Found:
        """Every thing as one element says it, gathered in one walk; what no word asks for is passed over."""
        found = self._nothing.copy()
        if element is not None:
            _gather(element, self._ways, found)
        return found


_Ways = dict[str, tuple[str | None, "_Ways"]]
"""By the name of an element: the word that asks for it, if any, and the ways on from there."""


def _gather(element: Element, ways: _Ways, found: Found) -> None:
    for child in element:
        way = ways.get(child.tag)
        if way is None:
            continue
        word, further = way
        if word is not None:
            elements = found[word]
            if elements:
                elements.append(child)
            else:
                found[word] = [child]
        if further:
            _gather(child, further, found)


def root_of(xml: bytes) -> Element:
    """The root of a CII invoice. Raises `DocumentError` (`XML_UNREADABLE`)."""
    if len(xml) > MAX_BYTES:
        raise unreadable(
            f"it has {len(xml)} bytes, more than the {MAX_BYTES} that an invoice may have",
            f"il compte {len(xml)} octets, plus que les {MAX_BYTES} permis à une facture",
        )
    if any(doctype in xml for doctype in (_DOCTYPES if b"\0" in xml else _DOCTYPES[:1])):
        raise _has_dtd()
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise unreadable(f"it is not well-formed XML ({error})", f"ce n’est pas du XML bien formé ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _has_dtd()
    if root.tag != qualified("rsm:CrossIndustryInvoice"):
        name = etree.QName(root).localname
        raise unreadable(
            f"its root is “{name}”, not a CII CrossIndustryInvoice",
            f"sa racine est « {name} », pas un CrossIndustryInvoice CII",
        )
    return root


def unreadable(
    why: str, why_fr: str, element: Element | None = None, term: str | None = None, value: str | None = None
) -> DocumentError:
    """The error to raise: the XML cannot be read, and why."""
    location = None if element is None else element.getroottree().getpath(element)
    return refusal(
        "XML_UNREADABLE",
        f"Reading the XML of the invoice: {why}.",
        f"Lecture du XML de la facture : {why_fr}.",
        term=term,
        value=value,
        location=location,
    )


def first(found: Found, word: str) -> Element | None:
    """The first element that the word asks for, or None."""
    elements = found[word]
    return elements[0] if elements else None


def text(found: Found, word: str) -> str | None:
    """The text of the first element without surrounding blanks; None when there is none."""
    elements = found[word]
    return said(elements[0]) if elements else None


def said(element: Element) -> str | None:
    """The text of an element without surrounding blanks; None when there is none."""
    return (element.text or "").strip() or None


def attribute(element: Element | None, name: str) -> str | None:
    """The attribute without surrounding blanks; None when it is absent or blank."""
    value = None if element is None else element.get(name)
    return (value.strip() or None) if value else None


def day(found: Found, word: str) -> date | None:
    """The first date: format 102, or the day of a longer format."""
    for element in found[word]:
        value = said(element)
        if value:
            return _day(element, value)
    return None


def _day(element: Element, value: str) -> date:
    pattern = _DAY if attribute(element, "format") in {None, "102"} else _LONGER_DAY
    found = pattern.fullmatch(value)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        found = None
    place = _place(element)
    raise unreadable(
        f"“{value[:40]}” in {place} is not a date of format 102 (YYYYMMDD)",
        f"« {value[:40]} » dans {place} n’est pas une date au format 102 (AAAAMMJJ)",
        element,
        value=value,
    )


def decimal(found: Found, word: str) -> Decimal | None:
    """The number of the first element, exactly as written; None when there is none."""
    elements = found[word]
    return number(elements[0]) if elements else None


def number(element: Element) -> Decimal | None:
    """The number of an element, exactly as written; None when it is empty."""
    value = said(element)
    if value is None:
        return None
    if _NUMBER.fullmatch(value):
        return Decimal(value)
    place = _place(element)
    raise unreadable(
        f"“{value[:40]}” in {place} is not a decimal number",
        f"« {value[:40]} » dans {place} n’est pas un nombre décimal",
        element,
        value=value,
    )


def optional_amount(found: Found, word: str) -> Amount | None:
    """The amount as the document states it, even with too many decimals."""
    value = decimal(found, word)
    return None if value is None else as_stated(value)


def amount(found: Found, word: str) -> Amount:
    """The amount; zero when there is none."""
    value = decimal(found, word)
    return ZERO if value is None else as_stated(value)


def boolean(found: Found, word: str) -> bool:
    """True for `true` or `1`."""
    return text(found, word) in {"true", "1"}


def _place(element: Element) -> str:
    parent = element.getparent()
    name = etree.QName(element).localname
    return name if parent is None else f"{etree.QName(parent).localname}/{name}"


def _has_dtd() -> DocumentError:
    return unreadable("it has a document type declaration", "il contient une déclaration de type de document")
