"""What a content stream draws, read in one pass when it is written plainly, as most programs do.

ISO 32000-1, 7.8.2 and 9.4. Text is given line by line as it stands on the page: pieces that touch each other make one
text, whatever the order they were drawn in. A content with anything rarer (turned text, spacing of letters, images
inside the stream, strings within strings) is not read here: `read` says None, and slower, complete libraries do it.
"""

from __future__ import annotations

import re
from codecs import charmap_decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

_SPACE = rb"[\x00\t\n\f\r ]"
_NUMBER = rb"[-+]?+(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?=[\x00\t\n\f\r /(<\[\]])"
_NAME = rb"/[^\x00\t\n\f\r ()<>\[\]{}/%#\x80-\xff]*+"
"""Without escapes and in ASCII: the same name may be written, or be read, otherwise in the resources."""
_STRING = rb"\((?:[^()\\]++|\\[^89])*+\)"
_ARRAY = rb"\[(?:" + rb"|".join((_SPACE, _NUMBER, _STRING)) + rb")*+\]"
_OPERAND = rb"(?:" + rb"|".join((_NUMBER, _NAME, _STRING, _ARRAY)) + rb")"
_END = rb"(?:" + _SPACE + rb"++|\Z)"
_PLAIN = frozenset(
    b"b B b* B* c d ET f F f* g G gs h i j J k K l m M n re rg RG ri s S sc SC scn SCN v w W W* y Do TL".split()
)
"""Operators that move no text. `BI` is absent: what follows an inline image is no instruction."""
_DRAWING = rb"(?:(?:%s|%s)%s++)*+(?:%s)%s" % (
    _NUMBER,
    _NAME,
    _SPACE,
    b"|".join(map(re.escape, sorted(_PLAIN, key=len, reverse=True))),
    _END,
)
_COLOURS = frozenset({b"rg", b"RG", b"k", b"K"})
_DRAWINGS = re.compile(rb"(?:%s)++" % _DRAWING)
_BLANKS = bytes.maketrans(b"\0\v", b" _")
"""A null parts two words in a PDF, a vertical tab does not: for Python it is the other way round."""
_INSTRUCTION = re.compile(rb"((?:%s%s*+)*+)([A-Za-z][A-Za-z0-9]*+\*?+)%s" % (_OPERAND, _SPACE, _END), re.DOTALL)
_TEXT = re.compile(
    rb"BT(?<![^\x00\t\n\f\r ]BT) ([-+.0-9]++) ([-+.0-9]++) Td (%s) ([-+.0-9]++) Tf (%s) Tj ET%s"
    % (_NAME, _STRING, _END),
    re.DOTALL,
)
"""At once what comes most often: a text with its place and font. It cannot be inside a string that is read here."""
_ONE_NAME = re.compile(_NAME)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}

_SHORT, _SHORT_DRAWING = 200, 500
"""Bytes: what is longer, a text or instructions that draw, is not kept to be known again."""
_TOUCHING = 0.15
"""In parts of the size: a narrower gap between two pieces of text is none."""


Piece = tuple[float, float, bool, str, float, bytes]
"""One text as it was drawn: where it starts, x and y in points; whether it goes on instead where the piece before it
ends; its font, by its name in the resources with the slash; its size in points; its codes as written, in parentheses.

A plain tuple: a page is some hundred of them.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Glyphs:
    """What the codes of a simple font say and how wide they are, in thousandths of the size. Each is itself alone."""

    says: Mapping[int, str]
    widths: tuple[float, ...]


@dataclass(slots=True)
class Drawn:
    """What one content draws: fonts chosen, colour operators and colour spaces used, text in the order of drawing.

    `pieces` is None when the text is set in a way that is not read here. `states` holds the graphics states that are
    set, where a complete parser has looked for them.
    """

    fonts: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    spaces: set[str] = field(default_factory=set)
    pieces: list[Piece] | None = field(default_factory=list)


def read(content: bytes) -> Drawn | None:
    """What the content draws; None when it is not made of plain, well-formed instructions from end to end."""
    written = content.lstrip(b"\x00\t\n\f\r ")
    return _read(_TEXT.split(written)) or _read([written])


def _read(parts: list[bytes]) -> Drawn | None:
    """`parts`: instructions, then the five parts of a text, and so on; instructions last."""
    drawn, pen = Drawn(), _Pen()
    *texts, rest = parts
    between, fonts = texts[::6], {font: font.decode("latin-1") for font in set(texts[3::6])}
    drawn.fonts.update(fonts.values())
    drawing = {instructions for instructions in {*between, rest} if _only_draws(instructions, drawn)}
    try:
        sizes = {size: float(size) for size in set(texts[4::6])}
        written = [
            (x, y, False, fonts[font], sizes[size], codes)
            for x, y, font, size, codes in zip(
                map(float, texts[1::6]), map(float, texts[2::6]), texts[3::6], texts[4::6], texts[5::6], strict=True
            )
        ]
        start = 0
        for end, instructions in enumerate([*between, rest]):
            if instructions not in drawing:
                pen.write(written[start:end], drawn)
                if not pen.through(instructions, drawn):
                    return None
                start = end
        pen.write(written[start:], drawn)
    except ValueError:  # operands that are too many, too few or no numbers
        return None
    return drawn


def _only_draws(instructions: bytes, drawn: Drawn) -> bool:
    """False when there is among the instructions one that does more; else the colours they choose are noted."""
    colours = _drawing_again(instructions) if len(instructions) <= _SHORT_DRAWING else _drawing(instructions)
    drawn.operators.update(colours or ())
    return colours is not None


def _drawing(instructions: bytes) -> frozenset[str] | None:
    """The colour operators of instructions that only draw; None when there is another among them."""
    if instructions and not _DRAWINGS.fullmatch(instructions):
        return None
    return frozenset(_colours(instructions))


_drawing_again = lru_cache(maxsize=2048)(_drawing)
"""Between two texts a page chooses a colour, or rules a line, as the pages before it did."""


def _colours(drawings: bytes) -> Iterator[str]:
    """The colour operators, among instructions that only draw: all words stand apart in them."""
    return (word.decode() for word in _COLOURS.intersection(drawings.translate(_BLANKS).split()))


@dataclass(slots=True)
class _Pen:
    """Where text goes: origin of the coordinates (None when turned or scaled), start of the line, font.

    `kept`: origin and font of the graphics states set aside.
    """

    origin: tuple[float, float] | None = (0.0, 0.0)
    kept: list[tuple[tuple[float, float] | None, str, float]] = field(default_factory=list)
    line: tuple[float, float] = (0.0, 0.0)
    moved: bool = True
    font: str = ""
    size: float = 0.0

    def through(self, instructions: bytes, drawn: Drawn) -> bool:
        """False when the instructions are not well formed from end to end, or one is unknown."""
        at = 0
        while at < len(instructions):
            drawing = _DRAWINGS.match(instructions, at)
            if drawing is not None:
                drawn.operators.update(_colours(drawing[0]))
                at = drawing.end()
                continue
            found = _INSTRUCTION.match(instructions, at)
            if found is None or not self._follow(found[2], found[1].strip(), drawn):
                return False
            at = found.end()
        return True

    def _follow(self, operator: bytes, operands: bytes, drawn: Drawn) -> bool:
        if operator in _COLOURS:
            drawn.operators.add(operator.decode())
        act = _ACTS.get(operator)
        if act is not None:
            act(self, operands, drawn)
        return act is not None or operator in _PLAIN

    def write(self, texts: list[Piece], drawn: Drawn) -> None:
        """Texts that each have their place, before any shift, and their font."""
        if not texts:
            return
        x, y, _, self.font, self.size, _ = texts[-1]
        self.line, self.moved = (x, y), False
        if self.origin is None:
            drawn.pieces = None
        elif drawn.pieces is not None:
            left, bottom = self.origin
            drawn.pieces += (
                [(x + left, y + bottom, follows, font, size, codes) for x, y, follows, font, size, codes in texts]
                if left or bottom
                else texts
            )

    def begin(self, _operands: bytes, _drawn: Drawn) -> None:
        self.line, self.moved = (0.0, 0.0), True

    def show(self, codes: bytes, drawn: Drawn) -> None:
        if drawn.pieces is None:
            return
        if self.origin is None or not codes.startswith(b"("):
            drawn.pieces = None
            return
        (x, y), (left, bottom) = self.line, self.origin
        drawn.pieces.append((x + left, y + bottom, not self.moved, self.font, self.size, codes))
        self.moved = False

    def choose_font(self, operands: bytes, drawn: Drawn) -> None:
        name, size = operands.split()
        self.font, self.size = _name(name), float(size)
        drawn.fonts.add(self.font)

    def choose_space(self, operands: bytes, drawn: Drawn) -> None:
        drawn.spaces.add(_name(operands))

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
        self.kept.append((self.origin, self.font, self.size))

    def restore(self, _operands: bytes, _drawn: Drawn) -> None:
        if self.kept:
            self.origin, self.font, self.size = self.kept.pop()

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


def _name(operand: bytes) -> str:
    """The operand as the one name it must be. Raises `ValueError` when it is more, less or something else."""
    if _ONE_NAME.fullmatch(operand) is None:
        raise ValueError("not a name")
    return operand.decode("latin-1")


def _translation(operands: bytes) -> tuple[float, float] | None:
    a, b, c, d, x, y = map(float, operands.split())
    return (x, y) if (a, b, c, d) == (1.0, 0.0, 0.0, 1.0) else None


def _unescaped(codes: bytes) -> bytes:
    return _ESCAPE.sub(_unescape, codes) if b"\\" in codes else codes


def _unescape(found: re.Match[bytes]) -> bytes:
    return _escaped(found[1])


@cache
def _escaped(said: bytes) -> bytes:
    """What a backslash means before these bytes: one byte, a line end, or up to three octal digits."""
    return bytes((int(said, 8) & 0xFF,)) if said[:1].isdigit() else _ESCAPES.get(said, said)


# The text


def text_of(pieces: list[Piece], glyphs: Callable[[str], Glyphs | None]) -> str | None:
    """The lines of the page from top to bottom, each text of a line on its own; None when a font does not say enough.

    `glyphs` gives the glyphs of a font by its name in the resources.
    """
    fonts: dict[str, Glyphs | None] = {}
    placed: list[tuple[float, float, float, float, str]] = []
    end = 0.0
    try:
        for x, y, follows, name, size, codes in pieces:
            if name not in fonts:
                fonts[name] = glyphs(name)
            font = fonts[name]
            if font is None or (follows and not placed):
                return None
            said, width = _shown_again(font, codes) if len(codes) <= _SHORT else _shown(font, codes)
            start = end if follows else x
            end = start + size * width / 1000
            placed.append((-y, start, end, size, said))
    except (LookupError, UnicodeDecodeError):  # a code without width or without glyph
        return None
    placed.sort()
    lines: list[str] = []
    line, reached = 0.0, 0.0
    for y, start, end, size, said in placed:
        touching = y == line and abs(start - reached) < _TOUCHING * size
        lines.append(said if touching else f"\n{said}")
        line, reached = y, end
    return "".join(lines)


def _shown(font: Glyphs, codes: bytes) -> tuple[str, float]:
    """What a string says and how wide it is, in thousandths of the size.

    Raises `LookupError` or `UnicodeDecodeError` at an unknown code.
    """
    plain = _unescaped(codes[1:-1])
    width = sum(map(font.widths.__getitem__, plain))
    return charmap_decode(plain, "strict", font.says)[0], width


_shown_again = lru_cache(maxsize=4096)(_shown)
"""Labels, names and notices are the same on the pages of a seller."""


@lru_cache(maxsize=64)
def glyphs(to_unicode: bytes, first: int, written: bytes) -> Glyphs | None:
    """The glyphs of a simple font from its ToUnicode CMap and, somewhere in `written`, its widths; None if unusual.

    `written`: a text by qpdf, where they stand as `/Widths [ 600 572 ]`, the first being that of the code `first`.
    """
    widths = _WIDTHS.search(written)
    if widths is None or written.count(b"/Widths") != 1 or _OTHER_MAPPINGS.search(to_unicode):
        return None
    said = {}
    for section in _SECTION.findall(to_unicode):
        for code, text in _PAIR.findall(section):
            said[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be", errors="replace")
    try:
        measured = tuple(map(float, widths[1].split()))
    except ValueError:
        return None
    return Glyphs(said, (0.0,) * first + measured)


_WIDTHS = re.compile(rb"/Widths \[([-+.0-9 ]*+)\]")
_SECTION = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]{2})>\s*<((?:[0-9A-Fa-f]{4})+)>")
_OTHER_MAPPINGS = re.compile(rb"beginbfrange|usecmap|<[0-9A-Fa-f]{4}>\s*endcodespacerange")
