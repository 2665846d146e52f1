"""The typefaces of the page: Noto Sans, and for what it lacks DejaVu Sans, Symbola (emoji), Droid Sans Fallback (Han).

A character that no font has is an error by name (`GLYPH_MISSING`), never an empty box; so is an Arabic letter that
cannot be joined. Fonts are registered with reportlab once per process, the last two only when a text asks for them; see
`fonts/README.md` for their origin and licences.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from itertools import groupby

from reportlab.pdfbase import pdfmetrics

from pdp_bridge.document import arabic, bidi
from pdp_bridge.document.fields import refusal
from pdp_bridge.document.subsets import CODES, SharedFont, SubsetFont, usual
from pdp_bridge.errors import DocumentError

REGULAR = "pdp-bridge-regular"
BOLD = "pdp-bridge-bold"
ITALIC = "pdp-bridge-italic"
FALLBACK = "pdp-bridge-fallback"
EMOJI = "pdp-bridge-emoji"
HAN = "pdp-bridge-han"

_FILES = {
    REGULAR: "NotoSans-Regular.ttf",
    BOLD: "NotoSans-Bold.ttf",
    ITALIC: "NotoSans-Italic.ttf",
    FALLBACK: "DejaVuSans.ttf",
    EMOJI: "Symbola.ttf",
    HAN: "DroidSansFallback.ttf",
}
_MADE = dict.fromkeys((REGULAR, BOLD, ITALIC), SharedFont)
_OFTEN = (REGULAR, BOLD, ITALIC, FALLBACK)
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_JOINERS = "\u200c\u200d"
_ARABIC = re.compile("[\u0600-\u06ff]")


@cache
def _font(name: str) -> SubsetFont:
    data = resources.files(__package__).joinpath("fonts", _FILES[name]).read_bytes()
    font = _MADE.get(name, SubsetFont)(name, BytesIO(data), asciiReadable=False, shapable=False)
    # reportlab takes two fonts of one PostScript name for the same, and the program around us may have a Noto Sans.
    own_name, font.face.name = font.face.name, name.encode("ascii")
    pdfmetrics.registerFont(font)
    font.face.name = own_name
    return font


def ready() -> None:
    """Register the usual fonts with reportlab, once per process."""
    for name in _OFTEN:
        _font(name)


def printable(text: str) -> str:
    """The text to draw: composed (NFC), tabs as spaces, without invisible format characters and skin tones.

    Between Arabic letters the joiners stay, which say whether two letters join.
    """
    if usual(text):
        return text
    composed = unicodedata.normalize("NFC", text).replace("\t", " ")
    kept = _JOINERS if _ARABIC.search(composed) else ""
    return "".join(character for character in composed if character in kept or not _invisible(character))


def _invisible(character: str) -> bool:
    code = ord(character)
    return unicodedata.category(character) == "Cf" or code in _VARIATION_SELECTORS or code in _SKIN_TONES


def missing(text: str) -> str | None:
    """The first character that cannot be drawn, or None. Line ends are no characters."""
    if usual(text):
        return None
    shown = printable(text)
    lost = (one for one in shown if one not in "\r\n" and one not in _JOINERS and _face(REGULAR, one) is None)
    found = next(lost, None) or next(filter(arabic.unjoinable, shown), None)
    if found is not None:
        return found
    drawn = (one for line in shown.splitlines() for one in bidi.drawn(line))
    return next((one for one in drawn if _face(REGULAR, one) is None), None)


@lru_cache(maxsize=4096)
def _face(font: str, character: str) -> str | None:
    code = ord(character)
    return next((name for name in (font, FALLBACK, EMOJI, HAN) if code in _font(name).face.charToGlyph), None)


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """One line from left to right, cut where the font changes: (font, part).

    Raises `DocumentError` (`GLYPH_MISSING`).
    """
    if font in _MADE and usual(text):
        return [(font, text)]
    faces = [(_face(font, character) or _refuse(character, text), character) for character in bidi.drawn(text)]
    return [(face, "".join(one for _, one in part)) for face, part in groupby(faces, key=lambda pair: pair[0])]


def _refuse(character: str, text: str) -> str:
    raise glyph_missing(character, text)


@lru_cache(maxsize=8192)
def width(text: str, font: str, size: float) -> float:
    """Width in points of one drawn line."""
    try:
        return 0.001 * size * sum(map(_advances(font).__getitem__, text))
    except KeyError:  # another face is needed
        return float(sum([pdfmetrics.stringWidth(part, face, size) for face, part in runs(text, font)]))


@cache
def _advances(font: str) -> dict[str, float]:
    """The widths of the usual characters of a font, in thousandths of the size."""
    face = _font(font).face
    return {chr(code): face.getCharWidth(code) for code in CODES}


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
        f"Dessin de la page : aucune police ne sait écrire « {character} » (U+{ord(character):04X} {name}) "
        f"dans le texte{where_fr} « {shown} ». Remplacez-le dans Facturation.pro.",
        term=term,
        value=character,
        location=location,
    )
