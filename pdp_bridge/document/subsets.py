"""Fonts as documents embed them; the usual characters of one by a common subset, packed once per process for all.

ISO 32000-1, 9.6.3 (TrueType) and 9.10.3 (ToUnicode). The usual characters are ASCII and what else French invoices hold,
under their codes of Windows-1252; the narrow no-break space takes the place of the no-break space, which reportlab
draws as a space, and the minus sign that of DEL. Any other character goes into a further subset, made for the document
that needs it.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

from reportlab.lib.rl_accel import escapePDF
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, SUBSETN, TTFont

from pdp_bridge.document.notation import Object, flate

_ELSEWHERE = {0x7F: "\u2212", 0xA0: "\u202f"}
_ACCENTED = "ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜŒÆÑàâäçèéêëîïôöùûüÿœæáíóúñß"
_SIGNS = "’“”«»–—…€°·²³ºª§©×½"
_MOST_PAIRS = 100  # in one section of a CMap


def _usual() -> tuple[int, ...]:
    usual = [code if 32 <= code < 127 else 0 for code in range(256)]  # noqa: PLR2004 - ASCII without its controls
    for code, character in (*_ELSEWHERE.items(), *((one.encode("cp1252")[0], one) for one in _ACCENTED + _SIGNS)):
        usual[code] = ord(character)
    return tuple(usual)


USUAL = _usual()
"""The characters of the common subset by code; 0 where there is none."""

CODES = {character: code for code, character in enumerate(USUAL) if character} | {0xA0: 0x20}
"""The codes of the characters of a usual text: a no-break space is drawn as a space."""

_ONLY_USUAL = re.compile("[" + "".join(rf"\u{character:04x}" for character in CODES) + "]*")


def usual(text: str) -> bool:
    """Is the text made of characters of the common subset? A no-break space is drawn as a space."""
    return _ONLY_USUAL.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def plainly(text: str) -> str | None:
    """A usual text as a string of a content, in the codes of the common subset; None for any other."""
    return f"({escapePDF(text.translate(CODES).encode('latin-1'))})" if usual(text) else None


class SubsetFont(TTFont):  # type: ignore[misc]  # reportlab has no types
    """A TrueType font of reportlab that tells which subsets a document has used."""

    def used(self, doc: Any) -> Iterator[tuple[str, Object]]:
        """Each subset of which the document holds text, as a font dictionary, by its name in the resources."""
        for number, subset in enumerate(self.state[doc].subsets):
            yield self.getSubsetInternalName(number, doc).removeprefix("/"), _packed(self.face, number, tuple(subset))


class SharedFont(SubsetFont):
    """A font with a common first subset."""

    def splitString(self, text: str, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:  # noqa: N802 - reportlab's name
        """The text in codes, by subset."""
        self._state_in(doc)
        split: list[tuple[int, bytes]] = super().splitString(text, doc, encoding)
        return split

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:  # noqa: N802 - reportlab's name
        """The name of a subset in the resources of the document."""
        self._state_in(doc)
        name: str = super().getSubsetInternalName(subset, doc)
        return name

    def _state_in(self, doc: Any) -> None:
        """What the document has used of the font begins with the common subset."""
        if doc not in self.state:
            state = self.state[doc] = TTFont.State(asciiReadable=False, ttf=self)
            state.assignments = dict(self._codes)
            state.subsets = [USUAL]
            state.nextCode = len(USUAL)

    @cached_property
    def _codes(self) -> dict[int, int]:
        known = self.face.charToGlyph
        return {character: code for code, character in enumerate(USUAL) if character in known or not character}


@lru_cache(maxsize=64)
def _packed(face: Any, number: int, subset: tuple[int, ...]) -> Object:
    """The subset of that number in a document; the same characters are packed once for many documents."""
    base = (SUBSETN(number) + b"+" + face.name).decode("ascii")
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
    dictionary = (
        f"/Type /Font /Subtype /TrueType /BaseFont /{base} /FirstChar 0 /LastChar {len(subset) - 1} /Widths [{widths}]"
    )
    glyphs = flate(zlib.compress(font, 9), b"/Length1 %d" % len(font))
    return Object(
        b"<< %b /ToUnicode %b /FontDescriptor %b >>",
        dictionary.encode("ascii"),
        flate(zlib.compress(_to_unicode(base, subset).encode("ascii"), 9)),
        Object(b"<< %b /FontFile2 %b >>", descriptor.encode("ascii"), glyphs),
    )


def _to_unicode(base: str, subset: Sequence[int]) -> str:
    pairs = [f"<{code:02X}> <{_copied(character)}>" for code, character in enumerate(subset) if character]
    sections = [pairs[start : start + _MOST_PAIRS] for start in range(0, len(pairs), _MOST_PAIRS)]
    return _CMAP.format(
        name=base,
        last=len(subset) - 1,
        sections="\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in sections),
    )


def _copied(code: int) -> str:
    """What a glyph is copied as, in UTF-16: its character, of a joined Arabic letter the letter."""
    character = chr(code)
    plain = unicodedata.normalize("NFKC", character) if unicodedata.bidirectional(character) == "AL" else character
    return plain.encode("utf-16-be").hex().upper()


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
