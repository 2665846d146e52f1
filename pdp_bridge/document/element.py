"""The alphabet of a CII message: namespaces, and how a text, a date and a number become an element.

UN/CEFACT Cross Industry Invoice D22B, as restricted by Factur-X 1.09. No number is ever rounded here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache

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
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)
_DECLARED = " ".join(f'xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMESPACES.items())


@cache
def qualified(name: str) -> str:
    """`ram:ID` in the notation of lxml."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


class Group:
    """An element that holds others, in the order in which they were added: groups, and lines already written."""

    __slots__ = ("inside", "margin", "name", "parent")

    def __init__(self, parent: Group | None, name: str) -> None:
        """A new child of a group, the last so far; the root has no parent."""
        self.name = name
        self.parent = parent
        self.margin: str = "  "  # of what is inside
        self.inside: list[Group | str] = []
        if parent is not None:
            self.margin = f"{parent.margin}  "
            parent.inside.append(self)


def text(parent: Group, name: str, value: str | None, term: str, **attributes: str | None) -> None:
    """A child that holds `value`; nothing when it is None or blank. Attributes that are None are left out.

    Raises `DocumentError` (`CHARACTER_ILLEGAL`) for a control character that XML cannot carry.
    """
    if value is None or not value.strip():
        return
    if not _plain(value):
        value = _legal(parent, name, value, term).translate(_IN_TEXT)
    said = _with(parent, name, attributes, term) if attributes else name
    parent.inside.append(f"{parent.margin}<{said}>{value}</{name}>")


def number(parent: Group, name: str, value: Decimal | None, decimals: int = 0, **attributes: str) -> None:
    """A child that holds a number with at least that many decimals; nothing when it is None."""
    if value is not None:
        said = name
        if attributes:
            said = _with(parent, name, attributes, "BT-130" if "unitCode" in attributes else "BT-5")
        parent.inside.append(f"{parent.margin}<{said}>{plain(value, decimals)}</{name}>")


def day(parent: Group, name: str, value: date | None, inner: str = "udt:DateTimeString") -> None:
    """A child that holds a date in format 102; nothing when it is None."""
    if value is not None:
        child = Group(parent, name)
        said = value.isoformat().replace("-", "")
        child.inside.append(f'{child.margin}<{inner} format="{DATE_FORMAT}">{said}</{inner}>')


def indicator(parent: Group, name: str, *, value: bool) -> None:
    """A child that holds true or false."""
    child = Group(parent, name)
    child.inside.append(f"{child.margin}<udt:Indicator>{'true' if value else 'false'}</udt:Indicator>")


def message(root: Group, mandatory: str) -> bytes:
    """The file: UTF-8, declared, indented by two spaces.

    Groups in which nothing was stated are left out: an empty element is an error to every validator. Only the one that
    is `mandatory` stays.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{root.name} {_DECLARED}>"]
    _add(root, mandatory, lines)
    return "\n".join((*lines, f"</{root.name}>", "")).encode()


def _add(parent: Group, mandatory: str, lines: list[str]) -> None:
    for child in parent.inside:
        if isinstance(child, str):
            lines.append(child)
            continue
        start = len(lines)
        lines.append(f"{parent.margin}<{child.name}>")
        _add(child, mandatory, lines)
        if len(lines) > start + 1:
            lines.append(f"{parent.margin}</{child.name}>")
        elif child.name == mandatory:
            lines[start] = f"{parent.margin}<{child.name}/>"
        else:
            del lines[start]
    parent.inside.clear()  # a group and those inside it hold each other: they would stay until rubbish is looked for


def plain(value: Decimal, decimals: int = 0) -> str:
    """The number without exponent and without needless zeros beyond `decimals`; never rounded.

    >>> plain(Decimal("20"), 2), plain(Decimal("5.5"), 2), plain(Decimal("0.3330")), plain(Decimal("3E+2"))
    ('20.00', '5.50', '0.333', '300')
    """
    written = f"{value:f}"
    whole, _, fraction = written.partition(".")
    if len(fraction) == decimals and value:
        return written
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    sign = "" if value else whole.replace("-", "")
    whole = sign or whole
    return f"{whole}.{fraction}" if fraction else whole


def _plain(value: str) -> bool:
    """Is the value written as it stands? What can be printed is legal; some of what cannot is legal too."""
    return value.isprintable() and not ("&" in value or "<" in value or ">" in value or '"' in value)


def _with(parent: Group, name: str, attributes: Mapping[str, str | None], term: str) -> str:
    """The name of an element followed by its attributes."""
    said = name
    for attribute, word in attributes.items():
        if word is not None:
            written = word if _plain(word) else _legal(parent, name, word, term).translate(_IN_ATTRIBUTE)
            said += f' {attribute}="{written}"'
    return said


def _legal(parent: Group, name: str, value: str, term: str) -> str:
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
        location=f"{_path(parent)}/{name}",
    )


def _path(child: Group) -> str:
    """Where a group stands, as XPath."""
    if child.parent is None:
        return f"/{child.name}"
    alike = [one for one in child.parent.inside if isinstance(one, Group) and one.name == child.name]
    return f"{_path(child.parent)}/{child.name}" + (f"[{len(alike)}]" if len(alike) > 1 else "")
