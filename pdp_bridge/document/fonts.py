"""The typefaces of the page: Noto Sans for everything, DejaVu Sans for the glyphs it lacks, nothing for the rest.

A character that neither font has is an error by name (`GLYPH_MISSING`), never an empty box. Fonts are registered with
reportlab once per process; see `fonts/README.md` for their origin and licences.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from itertools import groupby

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from pdp_bridge.document.fields import refusal
from pdp_bridge.errors import DocumentError

REGULAR = "pdp-bridge-regular"
BOLD = "pdp-bridge-bold"
ITALIC = "pdp-bridge-italic"
FALLBACK = "pdp-bridge-fallback"

_FILES = {
    REGULAR: "NotoSans-Regular.ttf",
    BOLD: "NotoSans-Bold.ttf",
    ITALIC: "NotoSans-Italic.ttf",
    FALLBACK: "DejaVuSans.ttf",
}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


@cache
def _font(name: str) -> TTFont:
    data = resources.files(__package__).joinpath("fonts", _FILES[name]).read_bytes()
    font = TTFont(name, BytesIO(data), asciiReadable=False, shapable=False)
    # reportlab takes two fonts of one PostScript name for the same, and the program around us may have a Noto Sans.
    own_name, font.face.name = font.face.name, name.encode("ascii")
    pdfmetrics.registerFont(font)
    font.face.name = own_name
    return font


def ready() -> None:
    """Register every font with reportlab, once per process."""
    for name in _FILES:
        _font(name)


def printable(text: str) -> str:
    """The text as it is drawn: composed (NFC), tabs as spaces, without invisible format characters."""
    composed = unicodedata.normalize("NFC", text).replace("\t", " ")
    return "".join(character for character in composed if not _invisible(character))


def _invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or ord(character) in _VARIATION_SELECTORS


def missing(text: str) -> str | None:
    """The first character that no font has, or None. Line ends are no characters."""
    return next((one for one in printable(text) if one not in "\r\n" and _face(REGULAR, one) is None), None)


@lru_cache(maxsize=4096)
def _face(font: str, character: str) -> str | None:
    code = ord(character)
    return next((name for name in (font, FALLBACK) if code in _font(name).face.charToGlyph), None)


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """The text cut where the font changes: (font, part). Raises `DocumentError` (`GLYPH_MISSING`)."""
    faces = [(_face(font, character) or _refuse(character, text), character) for character in text]
    return [(face, "".join(one for _, one in part)) for face, part in groupby(faces, key=lambda pair: pair[0])]


def _refuse(character: str, text: str) -> str:
    raise glyph_missing(character, text)


@lru_cache(maxsize=8192)
def width(text: str, font: str, size: float) -> float:
    """Width in points of one drawn line."""
    return float(sum(pdfmetrics.stringWidth(part, face, size) for face, part in runs(text, font)))


def glyph_missing(character: str, text: str, *, term: str | None = None, location: str | None = None) -> DocumentError:
    """The error to raise for a character that no font has."""
    name = unicodedata.name(character, "unnamed")
    shown = text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - a width
    where = f" of {term}" if term else ""
    where_fr = f" de {term}" if term else ""
    return refusal(
        "GLYPH_MISSING",
        f"Drawing the page: no font can write the character “{character}” (U+{ord(character):04X} {name}) "
        f"in the text{where} “{shown}”. Replace it in Facturation.pro.",
        f"Dessin de la page : aucune police ne sait écrire « {character} » (U+{ord(character):04X} {name}) "
        f"dans le texte{where_fr} « {shown} ». Remplacez-le dans Facturation.pro.",
        term=term,
        value=character,
        location=location,
    )
