"""Sheets, pens, wrapped lines and the flow of blocks over pages; nothing here knows what an invoice is.

Lengths are in points. `y` grows downwards from the top edge of the sheet, as one reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple, NewType

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.rl_accel import escapePDF, fp_str
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas

from pdp_bridge.document import bidi, fonts
from pdp_bridge.document.logo import Picture
from pdp_bridge.document.subsets import plainly

WIDTH, HEIGHT = A4
MARGIN = 45.0
"""Left and right, 16 mm."""
CONTENT = WIDTH - 2 * MARGIN
RIGHT = WIDTH - MARGIN

_HYPHEN = re.compile(r"(?<=[^\W\d_]{2}-)(?=[^\W\d_]{2})")
"""Between two words; a number, a reference or a date keeps its hyphens on one line."""

Ink = NewType("Ink", str)
"""A colour, as the operands of `rg` and `RG`: red, green and blue from 0 to 1."""


def ink(color: Color) -> Ink:
    """A colour of reportlab."""
    return Ink(fp_str(color.red, color.green, color.blue))


INK = ink(HexColor("#1c2126"))
GREY = ink(HexColor("#5c6670"))
HAIRLINE = ink(HexColor("#d5dae0"))
TINT = ink(HexColor("#f4f6f8"))
WHITE = ink(HexColor("#ffffff"))


class Pen(NamedTuple):
    """How a text is written: in a font of the page, not one of those that stand in for it.

    `leading` is the distance between two lines.
    """

    size: float
    font: str = fonts.REGULAR
    color: Ink = INK
    leading: float = 0.0

    @property
    def line(self) -> float:
        """Height of one line."""
        return self.leading or self.size * 1.32

    def width(self, text: str) -> float:
        """Width of one line of text."""
        return fonts.width(text, self.font, self.size)

    def fitting(self, text: str, room: float) -> Pen:
        """The same pen, smaller when the text would not fit into the room."""
        needed = self.width(text)
        return self if needed <= room else Pen(self.size * room / needed, self.font, self.color)


class Sheet:
    """One page being drawn."""

    def __init__(self, canvas: Canvas) -> None:
        self._used = canvas._doc  # noqa: SLF001 - as reportlab's own text objects do
        self._add = canvas.addLiteral
        self._fill: Ink | None = None  # what letters and boxes are filled with until told otherwise
        self.pictures: dict[str, Picture] = {}  # those drawn, by name
        self._names: dict[str, str] = {}  # those that the document gives the common subsets of the fonts
        self._pen: Pen | None = None  # the last one, when what it is filled with still holds
        self._common = ""  # what chooses its font

    def text(self, x: float, baseline: float, text: str, pen: Pen) -> None:
        """One line that starts at `x`."""
        if not text:
            return
        color = "" if pen == self._pen else self._taken(pen)
        plain = plainly(text)
        if plain is None:
            said = " ".join(self._in_subsets(text, pen.font, _size(pen.size)))
        else:
            said = f"{self._common} {plain} Tj"
        self._add(f"{color}BT {x:.2f} {HEIGHT - baseline:.2f} Td {said} ET")

    def _taken(self, pen: Pen) -> str:
        """What chooses the colour of another pen; nothing when it is chosen already."""
        if pen.font not in self._names:
            self._names[pen.font] = getFont(pen.font).getSubsetInternalName(0, self._used)
        self._common = f"{self._names[pen.font]} {_size(pen.size)} Tf"
        color = self._filled(pen.color)
        self._pen = pen
        return color

    def _in_subsets(self, text: str, font: str, size: str) -> Iterator[str]:
        """The text in the codes of each subset that it needs."""
        chosen = ""
        for face, part in fonts.runs(text, font):
            typeface = getFont(face)
            for subset, codes in typeface.splitString(part, self._used):
                name = typeface.getSubsetInternalName(subset, self._used)
                yield f"({escapePDF(codes)}) Tj" if name == chosen else f"{name} {size} Tf ({escapePDF(codes)}) Tj"
                chosen = name

    def right(self, x: float, baseline: float, text: str, pen: Pen) -> None:
        """One line that ends at `x`."""
        self.text(x - pen.width(text), baseline, text, pen)

    def rule(self, left: float, right: float, y: float, color: Ink = HAIRLINE, thickness: float = 0.5) -> None:
        """A horizontal line."""
        y = HEIGHT - y
        self._add(f"{color} RG {_size(thickness)} w {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S")

    def box(self, left: float, top: float, width: float, height: float, color: Ink) -> None:
        """A filled rectangle with slightly rounded corners."""
        self._add(f"{self._filled(color)}{_rounded(left, HEIGHT - top - height, left + width, HEIGHT - top)} f")

    def band(self, top: float, height: float, color: Ink) -> None:
        """A stripe from edge to edge."""
        self._add(f"{self._filled(color)}0 {HEIGHT - top - height:.2f} {WIDTH:.2f} {height:.2f} re f")

    def image(self, picture: Picture, left: float, top: float) -> None:
        """A picture of its own size."""
        width, height = picture.size
        self.pictures[picture.name] = picture
        placed = fp_str(width, 0, 0, height, left, HEIGHT - top - height)
        self._add(f"q {placed} cm /{picture.name} Do Q")

    def modules(self, runs: Iterable[tuple[int, int, int]], left: float, top: float, side: float) -> None:
        """Dark runs (column, row, length) of squares of that side, filled as one shape: no seam between two rows."""
        squares = "\n".join(f"{x} {y} {length} 1 re" for x, y, length in runs)
        placed = f"q {fp_str(side)} 0 0 -{fp_str(side)} {fp_str(left, HEIGHT - top)} cm"
        self._add(f"{placed} {INK} rg\n{squares}\nf Q")

    def _filled(self, color: Ink) -> str:
        """What chooses the colour; nothing when it is chosen already."""
        if color == self._fill:
            return ""
        self._fill, self._pen = color, None
        return f"{color} rg "


def _rounded(left: float, bottom: float, right: float, top: float) -> str:
    """The path of a rectangle with slightly rounded corners, each a Bézier curve."""
    radius, pull = 2.5, 2.5 * 0.4477
    steps = (0.0, pull, radius)
    a, b, c, d, e, f = (f"{x:.2f}" for x in (*(left + step for step in steps), *(right - step for step in steps[::-1])))
    u, v, w, x, y, z = (f"{y:.2f}" for y in (*(bottom + step for step in steps), *(top - step for step in steps[::-1])))
    lower = f"{c} {u} m {d} {u} l {e} {u} {f} {v} {f} {w} c"
    upper = f"{f} {x} l {f} {y} {e} {z} {d} {z} c {c} {z} l {b} {z} {a} {y} {a} {x} c"
    return f"{lower} {upper} {a} {w} l {a} {v} {b} {u} {c} {u} c h"


@cache
def _size(points: float) -> str:
    """One of the few sizes of letters and lines, as a PDF writes it."""
    written: str = fp_str(points)
    return written


class Paragraph(NamedTuple):
    """Lines already cut to a width, written with one pen."""

    lines: tuple[str, ...]
    pen: Pen
    before: float = 0.0  # space above

    @property
    def height(self) -> float:
        """Space above and lines."""
        return self.before + len(self.lines) * self.pen.line

    @property
    def width(self) -> float:
        """Of the longest line."""
        return max(map(self.pen.width, self.lines), default=0.0)

    def draw(self, sheet: Sheet, x: float, top: float) -> None:
        """Write the lines, the first one below `top`."""
        pen, leading = self.pen, self.pen.line
        baseline = top + self.before + (leading + pen.size * 0.72) / 2
        for line in self.lines:
            sheet.text(x, baseline, line, pen)
            baseline += leading


@lru_cache(maxsize=2048)
def paragraph(text: str, pen: Pen, width: float, before: float = 0.0) -> Paragraph:
    """The text cut into lines of at most `width`; its own line ends are kept."""
    return Paragraph(wrapped(text, pen, width), pen, before)


def space_above(one: Paragraph, height: float) -> Paragraph:
    """The same paragraph, further down."""
    return Paragraph(one.lines, one.pen, one.before + height)


def shortened(text: str, pen: Pen, room: float) -> str:
    """The text, its end replaced by an ellipsis when it is wider than the room."""
    text = fonts.printable(text)
    if pen.width(text) <= room:
        return text
    while text and pen.width(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def column(paragraphs: Iterable[Paragraph], sheet: Sheet, x: float, top: float) -> float:
    """Draw paragraphs one below the other; returns where the last one ends."""
    for one in paragraphs:
        one.draw(sheet, x, top)
        top += one.height
    return top


def wrapped(text: str, pen: Pen, width: float) -> tuple[str, ...]:
    """Lines of at most `width`, cut at spaces and after hyphens, inside a word only when it is wider than the line."""
    lines: list[str] = []
    for piece in fonts.printable(text).strip().splitlines():
        line = piece.strip()
        lines.extend([line] if pen.width(line) <= width else bidi.anchored(piece, list(_cut(line, pen, width))))
    return tuple(lines)


def _cut(piece: str, pen: Pen, width: float) -> Iterator[str]:
    line = ""
    for word in piece.split(" "):
        for number, part in enumerate(_HYPHEN.split(word)):
            glue = " " if line and number == 0 else ""
            candidate = f"{line}{glue}{part}"
            if pen.width(candidate) <= width:
                line = candidate
                continue
            if line:
                yield line
            *chunks, line = _chopped(part, pen, width)
            yield from chunks
    yield line


def _chopped(word: str, pen: Pen, width: float) -> list[str]:
    chunks, chunk = [], ""
    for character in word:
        if chunk and pen.width(chunk + character) > width:
            chunks.append(chunk)
            chunk = ""
        chunk += character
    return [*chunks, chunk]


Drawing = Callable[[Sheet, float], None]
"""Draws something on a sheet, from a top `y` downwards."""


class Block(NamedTuple):
    """Something that is never cut: its height, and how to draw it.

    `with_next` keeps it on the page of the block that follows; `in_table` asks for the table's head when it comes first
    on a page; `new_page` starts a page.
    """

    height: float
    draw: Drawing
    with_next: bool = False
    in_table: bool = False
    new_page: bool = False


@dataclass(slots=True)
class Placed:
    """The blocks of one page with the `y` of each; `table_head` is where the table's head is repeated, if it is."""

    blocks: list[tuple[float, Block]] = field(default_factory=list)
    table_head: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where the flow may write: from `first_top` or `next_top` down to `bottom`."""

    first_top: float
    next_top: float
    bottom: float
    table_head: float  # height of the head of the table


def paginated(blocks: Sequence[Block], room: Room) -> list[Placed]:
    """The blocks over as many pages as they need; what must stay together does, when a page can hold it."""
    pages = [Placed()]
    y = room.first_top
    for chain in _chains(blocks):
        needed = sum(block.height for block in chain)
        whole = room.bottom - room.next_top - (room.table_head if chain[0].in_table else 0.0)
        if pages[-1].blocks and (chain[0].new_page or (y + needed > room.bottom and needed <= whole)):
            y = _turned(pages, chain[0], room)
        for block in chain:
            if pages[-1].blocks and y + block.height > room.bottom:
                y = _turned(pages, block, room)
            pages[-1].blocks.append((y, block))
            y += block.height
    return pages


def _turned(pages: list[Placed], first: Block, room: Room) -> float:
    pages.append(Placed(table_head=room.next_top if first.in_table else None))
    return room.next_top + (room.table_head if first.in_table else 0.0)


def _chains(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    chain: list[Block] = []
    for block in blocks:
        chain.append(block)
        if not block.with_next:
            yield chain
            chain = []
    if chain:
        yield chain


def space(height: float, *, with_next: bool = False) -> Block:
    """Nothing, of that height."""
    return Block(height=height, draw=lambda _sheet, _top: None, with_next=with_next)
