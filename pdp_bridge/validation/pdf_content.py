"""What a content stream draws, read in one pass when it is written plainly, as most programs do.

ISO 32000-1, 7.8.2 and 9.4. Text is given line by line as it stands on the page: pieces that touch each other make one
text, whatever the order they were drawn in. A content with anything rarer (turned text, spacing of letters, images
inside the stream, strings within strings) is not read here: `read` says None, and slower, complete libraries do it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_SPACE = rb"[\x00\t\n\f\r ]"
_NUMBER = rb"[-+]?+(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?=[\x00\t\n\f\r /(<\[\]])"
_NAME = rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*+"
_STRING = rb"\((?:[^()\\]++|\\.)*+\)"
_ARRAY = rb"\[(?:" + rb"|".join((_SPACE, _NUMBER, _STRING)) + rb")*+\]"
_OPERAND = rb"(?:" + rb"|".join((_NUMBER, _NAME, _STRING, _ARRAY)) + rb")"
_END = rb"(?:" + _SPACE + rb"++|\Z)"
_ONE = rb"((?:" + _OPERAND + _SPACE + rb"*+)*+)([A-Za-z][A-Za-z0-9]*+\*?+)" + _END
_TEXT = rb"BT (%s) (%s) Td (%s) (%s) Tf (%s) Tj ET" % (_NUMBER, _NUMBER, _NAME, _NUMBER, _STRING) + _END
_RECTANGLES = rb"(?:(?:" + _NUMBER + _SPACE + rb"++){4}re" + _SPACE + rb"++){2,}+"
_INSTRUCTION = re.compile(rb"%s|%s|%s" % (_TEXT, _RECTANGLES, _ONE), re.DOTALL)
"""One instruction, or at once what comes often: a text with its place and font, rectangles in a row."""
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}

_PLAIN = frozenset(
    b"b B b* B* c d ET f F f* g G gs h i j J k K l m M n re rg RG ri s S sc SC scn SCN v w W W* y Do TL".split()
)
"""Operators that move no text. `BI` is absent: what follows an inline image is no instruction."""
_COLOURS = frozenset({b"rg", b"RG", b"k", b"K"})
_TOUCHING = 0.15
"""In parts of the size: a narrower gap between two pieces of text is none."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One text as it was drawn: its codes in a font of the resources, and where it starts, in points.

    `follows`: it goes on where the piece before it ends.
    """

    x: float
    y: float
    follows: bool
    font: str  # with its slash
    size: float
    codes: bytes


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What the codes of a simple font say and how wide they are, in thousandths of the size."""

    says: Mapping[int, str]
    widths: tuple[float, ...]


@dataclass(slots=True)
class Drawn:
    """What one content draws: fonts chosen, colour operators and colour spaces used, text in the order of drawing.

    `pieces` is None when the text is set in a way that is not read here.
    """

    fonts: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    spaces: set[str] = field(default_factory=set)
    pieces: list[Piece] | None = field(default_factory=list)


def read(content: bytes) -> Drawn | None:
    """What the content draws; None when it is not made of plain, well-formed instructions from end to end."""
    drawn, pen, end = Drawn(), _Pen(), len(content) - len(content.lstrip(b"\x00\t\n\f\r "))
    try:
        for found in _INSTRUCTION.finditer(content, end):
            if found.start() != end:
                return None
            end = found.end()
            x, y, font, size, codes, operands, operator = found.groups()
            if codes is not None:
                pen.write(float(x), float(y), font.decode("latin-1"), float(size), codes, drawn)
            elif operator in _COLOURS:
                drawn.operators.add(operator.decode())
            elif operator is not None and operator not in _PLAIN and not pen.follow(operator, operands, drawn):
                return None
    except ValueError:  # operands that are too many, too few or no numbers
        return None
    return drawn if end == len(content) else None


@dataclass(slots=True)
class _Pen:
    """Where text goes: origin of the coordinates (None when turned or scaled), start of the line, font."""

    origin: tuple[float, float] | None = (0.0, 0.0)
    kept: list[tuple[float, float] | None] = field(default_factory=list)
    line: tuple[float, float] = (0.0, 0.0)
    moved: bool = True
    font: str = ""
    size: float = 0.0

    def follow(self, operator: bytes, operands: bytes, drawn: Drawn) -> bool:
        """False when the instruction is unknown."""
        act = _ACTS.get(operator)
        if act is not None:
            act(self, operands.strip(), drawn)
        return act is not None

    def write(self, x: float, y: float, font: str, size: float, codes: bytes, drawn: Drawn) -> None:
        self.line, self.moved = (x, y), True
        self.font, self.size = font, size
        drawn.fonts.add(font)
        self.show(codes, drawn)

    def begin(self, _operands: bytes, _drawn: Drawn) -> None:
        self.line, self.moved = (0.0, 0.0), True

    def show(self, codes: bytes, drawn: Drawn) -> None:
        if drawn.pieces is None:
            return
        if self.origin is None or not codes.startswith(b"("):
            drawn.pieces = None
            return
        x, y = self.line[0] + self.origin[0], self.line[1] + self.origin[1]
        drawn.pieces.append(Piece(x, y, not self.moved, self.font, self.size, _unescaped(codes[1:-1])))
        self.moved = False

    def choose_font(self, operands: bytes, drawn: Drawn) -> None:
        name, size = operands.split()
        self.font, self.size = name.decode("latin-1"), float(size)
        drawn.fonts.add(self.font)

    def choose_space(self, operands: bytes, drawn: Drawn) -> None:
        drawn.spaces.add(operands.decode("latin-1"))

    def place(self, operands: bytes, drawn: Drawn) -> None:
        place = _translation(operands)
        self.line, self.moved = place or (0.0, 0.0), True
        drawn.pieces = drawn.pieces if place else None

    def move(self, operands: bytes, _drawn: Drawn) -> None:
        x, y = map(float, operands.split())
        self.line, self.moved = (self.line[0] + x, self.line[1] + y), True

    def shift(self, operands: bytes, _drawn: Drawn) -> None:
        by = _translation(operands)
        self.origin = (self.origin[0] + by[0], self.origin[1] + by[1]) if self.origin and by else None

    def keep(self, _operands: bytes, _drawn: Drawn) -> None:
        self.kept.append(self.origin)

    def restore(self, _operands: bytes, _drawn: Drawn) -> None:
        self.origin = self.kept.pop() if self.kept else self.origin

    def give_up(self, _operands: bytes, drawn: Drawn) -> None:
        drawn.pieces = None


_ACTS: Mapping[bytes, Callable[[_Pen, bytes, Drawn], None]] = {
    b"BT": _Pen.begin,
    b"Tj": _Pen.show,
    b"Tf": _Pen.choose_font,
    b"cs": _Pen.choose_space,
    b"CS": _Pen.choose_space,
    b"Tm": _Pen.place,
    b"Td": _Pen.move,
    b"cm": _Pen.shift,
    b"q": _Pen.keep,
    b"Q": _Pen.restore,
    **dict.fromkeys((b"Tc", b"Tw", b"Tz", b"Ts", b"Tr", b"TD", b"T*", b"TJ"), _Pen.give_up),
}


def _translation(operands: bytes) -> tuple[float, float] | None:
    a, b, c, d, x, y = map(float, operands.split())
    return (x, y) if (a, b, c, d) == (1.0, 0.0, 0.0, 1.0) else None


def _unescaped(codes: bytes) -> bytes:
    return _ESCAPE.sub(_unescape, codes) if b"\\" in codes else codes


def _unescape(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes((int(said, 8) & 0xFF,)) if said[:1].isdigit() else _ESCAPES.get(said, said)


# The text


def text_of(pieces: list[Piece], glyphs: Callable[[str], Glyphs | None]) -> str | None:
    """The lines of the page from top to bottom, each text of a line on its own; None when a font does not say enough.

    `glyphs` gives the glyphs of a font by its name in the resources.
    """
    fonts: dict[str, Glyphs | None] = {}
    placed: list[tuple[float, float, float, float, str]] = []
    end = 0.0
    for piece in pieces:
        if piece.font not in fonts:
            fonts[piece.font] = glyphs(piece.font)
        font = fonts[piece.font]
        if font is None or (piece.follows and not placed):
            return None
        start = end if piece.follows else piece.x
        try:
            end = start + piece.size * sum(map(font.widths.__getitem__, piece.codes)) / 1000
            placed.append((-piece.y, start, end, piece.size, "".join(map(font.says.__getitem__, piece.codes))))
        except LookupError:
            return None
    return "".join(_joined(sorted(placed)))


def _joined(placed: list[tuple[float, float, float, float, str]]) -> Iterator[str]:
    """The texts, an end of line between two that do not touch."""
    line, reached = 0.0, 0.0
    for y, start, end, size, said in placed:
        yield said if y == line and abs(start - reached) < _TOUCHING * size else f"\n{said}"
        line, reached = y, end


@lru_cache(maxsize=64)
def glyphs(to_unicode: bytes, first: int, widths: bytes) -> Glyphs | None:
    """The glyphs of a simple font from its ToUnicode CMap and its widths as written, `[ 600 572 ]`; None if unusual."""
    if _OTHER_MAPPINGS.search(to_unicode):
        return None
    said = {}
    for section in _SECTION.findall(to_unicode):
        for code, text in _PAIR.findall(section):
            said[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be", errors="replace")
    try:
        measured = tuple(map(float, widths.strip(b"[] ").split()))
    except ValueError:
        return None
    return Glyphs(said, (0.0,) * first + measured)


_SECTION = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]{2})>\s*<((?:[0-9A-Fa-f]{4})+)>")
_OTHER_MAPPINGS = re.compile(rb"beginbfrange|usecmap|<[0-9A-Fa-f]{4}>\s*endcodespacerange")
