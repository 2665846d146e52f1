"""How a text, a date and a number are taken out of a foreign XML message, and the parser that may touch it.

The parser never opens the network, never resolves an entity and refuses a DTD: an invoice has no use for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache

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


class Part:
    """An element of the message; what is inside is sorted by name once, for all who ask."""

    __slots__ = ("_inside", "element")

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._inside: dict[str, list[Part]] | None = None

    @property
    def inside(self) -> dict[str, list[Part]]:
        """The elements just below, in document order, by their names in the notation of lxml."""
        if self._inside is None:
            self._inside = {}
            for element in self.element:
                self._inside.setdefault(element.tag, []).append(Part(element))
        return self._inside


def root_of(xml: bytes) -> Part:
    """The root of a CII invoice. Raises `DocumentError` (`XML_UNREADABLE`)."""
    if len(xml) > MAX_BYTES:
        raise unreadable(
            f"it has {len(xml)} bytes, more than the {MAX_BYTES} that an invoice may have",
            f"il compte {len(xml)} octets, plus que les {MAX_BYTES} permis à une facture",
        )
    if any(doctype in xml for doctype in _DOCTYPES):
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
    return Part(root)


def unreadable(
    why: str, why_fr: str, part: Part | None = None, term: str | None = None, value: str | None = None
) -> DocumentError:
    """The error to raise: the XML cannot be read, and why."""
    location = None if part is None else part.element.getroottree().getpath(part.element)
    return refusal(
        "XML_UNREADABLE",
        f"Reading the XML of the invoice: {why}.",
        f"Lecture du XML de la facture : {why_fr}.",
        term=term,
        value=value,
        location=location,
    )


def child(parent: Part | None, path: str = ".") -> Part | None:
    """The first element at the path, or None."""
    if parent is None or path == ".":
        return parent
    step, further = _steps(path)
    found = parent.inside.get(step)
    if found is None:
        return None
    if not further:
        return found[0]
    for part in found:
        deeper = child(part, further)
        if deeper is not None:
            return deeper
    return None


def children(parent: Part | None, path: str) -> Sequence[Part]:
    """Every element at the path, in document order."""
    if parent is None:
        return ()
    step, further = _steps(path)
    found = parent.inside.get(step, ())
    return [part for one in found for part in children(one, further)] if further else found


@cache
def _steps(path: str) -> tuple[str, str]:
    """The first name on the path, its namespace written out, and the path from there."""
    first, _, further = path.partition("/")
    return qualified(first), further


def text(parent: Part | None, path: str = ".") -> str | None:
    """The text at the path without surrounding blanks; None when there is none."""
    part = child(parent, path)
    return _text(part) if part is not None else None


def _text(part: Part) -> str | None:
    return (part.element.text or "").strip() or None


def attribute(part: Part | None, name: str) -> str | None:
    """The attribute without surrounding blanks; None when it is absent or blank."""
    value = None if part is None else part.element.get(name)
    return (value.strip() or None) if value else None


def day(parent: Part | None, path: str) -> date | None:
    """The date at the path: format 102, or the day of a longer format."""
    for part in children(parent, path):
        value = _text(part)
        if value:
            return _day(part, value)
    return None


def _day(part: Part, value: str) -> date:
    pattern = _DAY if attribute(part, "format") in {None, "102"} else _LONGER_DAY
    found = pattern.fullmatch(value)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        found = None
    place = _place(part.element)
    raise unreadable(
        f"“{value[:40]}” in {place} is not a date of format 102 (YYYYMMDD)",
        f"« {value[:40]} » dans {place} n’est pas une date au format 102 (AAAAMMJJ)",
        part,
        value=value,
    )


def decimal(parent: Part | None, path: str = ".") -> Decimal | None:
    """The number at the path, exactly as written; None when there is none."""
    part = child(parent, path)
    value = _text(part) if part is not None else None
    if part is None or value is None:
        return None
    if _NUMBER.fullmatch(value):
        return Decimal(value)
    place = _place(part.element)
    raise unreadable(
        f"“{value[:40]}” in {place} is not a decimal number",
        f"« {value[:40]} » dans {place} n’est pas un nombre décimal",
        part,
        value=value,
    )


def optional_amount(parent: Part | None, path: str = ".") -> Amount | None:
    """The amount at the path as the document states it, even with too many decimals."""
    value = decimal(parent, path)
    return None if value is None else as_stated(value)


def amount(parent: Part | None, path: str = ".") -> Amount:
    """The amount at the path; zero when there is none."""
    value = optional_amount(parent, path)
    return ZERO if value is None else value


def boolean(parent: Part | None, path: str) -> bool:
    """True for `true` or `1`."""
    return text(parent, path) in {"true", "1"}


def _place(element: etree._Element) -> str:
    parent = element.getparent()
    name = etree.QName(element).localname
    return name if parent is None else f"{etree.QName(parent).localname}/{name}"


def _has_dtd() -> DocumentError:
    return unreadable("it has a document type declaration", "il contient une déclaration de type de document")
