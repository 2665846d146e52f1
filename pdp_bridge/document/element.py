"""The alphabet of a CII message: namespaces, and how a text, a date and a number become an element.

UN/CEFACT Cross Industry Invoice D22B, as restricted by Factur-X 1.09. No number is ever rounded here.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache

from lxml import etree

from pdp_bridge.document.fields import refusal

_DATA = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "rsm": f"{_DATA}:CrossIndustryInvoice:100",
    "qdt": f"{_DATA}:QualifiedDataType:100",
    "ram": f"{_DATA}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_DATA}:UnqualifiedDataType:100",
}
DATE_FORMAT = "102"
"""UNTDID 2379: CCYYMMDD."""

SUPPORTING_DOCUMENT = "916"
"""UNTDID 1001: the type code of BG-24 in CII."""

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything that is not a Char of XML 1.0 §2.2."""


@cache
def qualified(name: str) -> str:
    """`ram:ID` in the notation of lxml."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def group(parent: etree._Element, name: str) -> etree._Element:
    """A new child that holds other elements."""
    return etree.SubElement(parent, qualified(name))


def text(parent: etree._Element, name: str, value: str | None, term: str, **attributes: str | None) -> None:
    """A child that holds `value`; nothing when it is None or blank. Attributes that are None are left out.

    Raises `DocumentError` (`CHARACTER_ILLEGAL`) for a control character that XML cannot carry.
    """
    if value is None or not value.strip():
        return
    child = group(parent, name)
    child.text = _legal(child, value, term)
    for attribute, word in attributes.items():
        if word is not None:
            child.set(attribute, _legal(child, word, term))


def number(parent: etree._Element, name: str, value: Decimal | None, decimals: int = 0, **attributes: str) -> None:
    """A child that holds a number with at least that many decimals; nothing when it is None."""
    if value is None:
        return
    child = group(parent, name)
    child.text = plain(value, decimals)
    for attribute, word in attributes.items():
        child.set(attribute, _legal(child, word, "BT-130" if attribute == "unitCode" else "BT-5"))


def day(parent: etree._Element, name: str, value: date | None, inner: str = "udt:DateTimeString") -> None:
    """A child that holds a date in format 102; nothing when it is None."""
    if value is None:
        return
    child = group(group(parent, name), inner)
    child.text = value.isoformat().replace("-", "")
    child.set("format", DATE_FORMAT)


def indicator(parent: etree._Element, name: str, *, value: bool) -> None:
    """A child that holds true or false."""
    group(group(parent, name), "udt:Indicator").text = "true" if value else "false"


def plain(value: Decimal, decimals: int = 0) -> str:
    """The number without exponent and without needless zeros beyond `decimals`; never rounded.

    >>> plain(Decimal("20"), 2), plain(Decimal("5.5"), 2), plain(Decimal("0.3330")), plain(Decimal("3E+2"))
    ('20.00', '5.50', '0.333', '300')
    """
    whole, _, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    sign = "" if value else whole.replace("-", "")
    whole = sign or whole
    return f"{whole}.{fraction}" if fraction else whole


def _legal(child: etree._Element, value: str, term: str) -> str:
    found = _ILLEGAL.search(value)
    if found is None:
        return value
    code = f"U+{ord(found.group()):04X}"
    shown = "".join(character if unicodedata.category(character) != "Cc" else "�" for character in value)
    shown = _ILLEGAL.sub("�", shown)
    raise refusal(
        "CHARACTER_ILLEGAL",
        f"Writing the invoice: the text of {term} holds the control character {code}, which no XML file can carry. "
        f"Retype this text without it: {shown[:60]}",
        f"Écriture de la facture : le texte de {term} contient le caractère de contrôle {code}, qu’aucun fichier XML "
        f"ne peut porter. Ressaisissez ce texte sans lui : {shown[:60]}",
        term=term,
        value=shown,
        location=child.getroottree().getpath(child),
    )
