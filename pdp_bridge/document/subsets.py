"""A font whose usual characters are embedded by one subset, made and packed once per process for all documents.

ISO 32000-1, 9.6.3 (TrueType) and 9.10.3 (ToUnicode). The usual characters are ASCII and what else French invoices hold,
under their codes of Windows-1252; the narrow no-break space takes the place of the no-break space, which reportlab
draws as a space, and the minus sign that of DEL. Any other character goes into a further subset, made for the document
that needs it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, SUBSETN, TTFont

_ELSEWHERE = {0x7F: "\u2212", 0xA0: "\u202f"}
_ACCENTED = "ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜŒÆÑàâäçèéêëîïôöùûüÿœæáíóúñß"
_SIGNS = "’“”«»–—…€°·²³ºª§©×½"
_FLATE = "FlateDecode"
_MOST_PAIRS = 100  # in one section of a CMap


def _usual() -> tuple[int, ...]:
    usual = [code if 32 <= code < 127 else 0 for code in range(256)]  # noqa: PLR2004 - ASCII without its controls
    for code, character in (*_ELSEWHERE.items(), *((one.encode("cp1252")[0], one) for one in _ACCENTED + _SIGNS)):
        usual[code] = ord(character)
    return tuple(usual)


USUAL = _usual()
"""The characters of the common subset by code; 0 where there is none."""

_CODES = {character: code for code, character in enumerate(USUAL) if character} | {0xA0: 0x20}
_ONLY_USUAL = re.compile("[" + "".join(rf"\u{character:04x}" for character in _CODES) + "]*")


def usual(text: str) -> bool:
    """Is the text made of characters of the common subset? A no-break space is drawn as a space."""
    return _ONLY_USUAL.fullmatch(text) is not None


def codes(text: str) -> bytes:
    """The codes of a usual text in the common subset."""
    return text.translate(_CODES).encode("latin-1")


class _Written(pdfdoc.PDFObject):  # type: ignore[misc]  # reportlab has no types
    """A dictionary already in the notation of PDF, but for the objects it refers to."""

    __RefOnly__ = 1  # reportlab's word for: an object of its own, others refer to it

    def __init__(self, notation: bytes, **references: pdfdoc.PDFObjectReference) -> None:
        self.notation = notation
        self.references = references

    def format(self, document: object) -> bytes:
        """Called by reportlab when it writes the file."""
        named = [f"/{key} ".encode() + reference.format(document) for key, reference in self.references.items()]
        return b" ".join((b"<<", self.notation, *named, b">>"))


@dataclass(frozen=True, slots=True)
class _Packed:
    """One subset as documents embed it: compressed streams, and dictionaries already written."""

    font: bytes
    length: int  # of the font before compression
    to_unicode: bytes
    dictionary: bytes
    descriptor: bytes


class SharedFont(TTFont):  # type: ignore[misc]  # reportlab has no types
    """A TrueType font of reportlab with a common first subset."""

    def splitString(self, text: str, doc: object, encoding: str = "utf-8") -> list[tuple[int, bytes]]:  # noqa: N802 - reportlab's name
        """The text in codes, by subset."""
        self._state_in(doc)
        split: list[tuple[int, bytes]] = super().splitString(text, doc, encoding)
        return split

    def getSubsetInternalName(self, subset: int, doc: object) -> str:  # noqa: N802 - reportlab's name
        """The name of a subset in the resources of the document."""
        self._state_in(doc)
        name: str = super().getSubsetInternalName(subset, doc)
        return name

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        """The objects of each subset that the document used."""
        state = self._state_in(doc)
        state.frozen = 1
        fonts = doc.idToObject["BasicFonts"].dict
        for number, subset in enumerate(state.subsets):
            base = (SUBSETN(number) + b"+" + self.face.name).decode("ascii")
            name = self.getSubsetInternalName(number, doc)[1:]
            packed = self._packed(base, subset) if number else self._common
            fonts[name] = _font(doc, name, packed)
            doc.Reference(fonts[name], name)
        del self.state[doc]

    def _state_in(self, doc: object) -> Any:
        """What the document has used of the font, beginning with the common subset."""
        state = self.state.get(doc)
        if state is None:
            state = self.state[doc] = TTFont.State(asciiReadable=False, ttf=self)
            state.assignments = dict(self._codes)
            state.subsets = [USUAL]
            state.nextCode = len(USUAL)
        return state

    @cached_property
    def _codes(self) -> dict[int, int]:
        known = self.face.charToGlyph
        return {character: code for code, character in enumerate(USUAL) if character in known or not character}

    @cached_property
    def _common(self) -> _Packed:
        return self._packed((SUBSETN(0) + b"+" + self.face.name).decode("ascii"), USUAL)

    def _packed(self, base: str, subset: Sequence[int]) -> _Packed:
        face = self.face
        font = face.makeSubset(subset)
        widths = " ".join(f"{face.getCharWidth(character):.6g}" for character in subset)
        measures = {
            "Ascent": face.ascent,
            "CapHeight": face.capHeight,
            "Descent": face.descent,
            "ItalicAngle": face.italicAngle,
            "StemV": face.stemV,
            "MissingWidth": face.defaultWidth,
        }
        box = " ".join(f"{edge:.6g}" for edge in face.bbox)
        descriptor = (
            f"/Type /FontDescriptor /FontName /{base} /Flags {face.flags & ~FF_NONSYMBOLIC | FF_SYMBOLIC} "
            f"/FontBBox [{box}] {' '.join(f'/{key} {value:.6g}' for key, value in measures.items())}"
        )
        dictionary = f"/Type /Font /Subtype /TrueType /BaseFont /{base} /FirstChar 0 /LastChar {len(subset) - 1} "
        return _Packed(
            font=zlib.compress(font, 9),
            length=len(font),
            to_unicode=zlib.compress(_to_unicode(base, subset).encode("ascii"), 9),
            dictionary=f"{dictionary}/Widths [{widths}]".encode("ascii"),
            descriptor=descriptor.encode("ascii"),
        )


def _font(doc: Any, name: str, packed: _Packed) -> _Written:
    glyphs = doc.Reference(_stream(packed.font, packed.length), f"glyphs of {name}")
    to_unicode = doc.Reference(_stream(packed.to_unicode), f"characters of {name}")
    descriptor = doc.Reference(_Written(packed.descriptor, FontFile2=glyphs), f"measures of {name}")
    return _Written(packed.dictionary, ToUnicode=to_unicode, FontDescriptor=descriptor)


def _stream(packed: bytes, length: int | None = None) -> pdfdoc.PDFStream:
    stream = pdfdoc.PDFStream(content=packed)
    stream.dictionary["Filter"] = pdfdoc.PDFName(_FLATE)
    if length is not None:
        stream.dictionary["Length1"] = length
    return stream


def _to_unicode(base: str, subset: Sequence[int]) -> str:
    pairs = [f"<{code:02X}> <{character:04X}>" for code, character in enumerate(subset) if character]
    sections = [pairs[start : start + _MOST_PAIRS] for start in range(0, len(pairs), _MOST_PAIRS)]
    return _CMAP.format(
        name=base,
        last=len(subset) - 1,
        sections="\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in sections),
    )


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def
/CMapName /{name} def
/CMapType 2 def
1 begincodespacerange
<00> <{last:02X}>
endcodespacerange
{sections}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
