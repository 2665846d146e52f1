"""The table of the lines: one block a row, figures aligned on their decimal sign, the head repeated on each page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from pdp_bridge.document import fonts, head
from pdp_bridge.document.draft import BODY, SMALL, STRONG, Draft
from pdp_bridge.document.figures import NO_BREAK_SPACE
from pdp_bridge.document.layout import (
    CONTENT,
    GREY,
    HAIRLINE,
    INK,
    MARGIN,
    RIGHT,
    TINT,
    Block,
    Paragraph,
    Pen,
    Sheet,
    paragraph,
)
from pdp_bridge.document.texts import unit
from pdp_bridge.model.invoice import Line, LineAllowanceCharge, Row, RowKind

_GAP = 14.0
"""Between two columns."""
_ABOVE, _BELOW = 5.0, 5.5
_UNIT_WIDTH = 84.0
_NARROWEST = 42.0
_HEAD_WIDTH = 66.0
"""A wider head is cut into two lines."""
_COMMENT = Pen(8.6, fonts.ITALIC, GREY, leading=11.6)
_HEAD = Pen(7.2, fonts.BOLD, GREY, leading=9.4)


class Figure(NamedTuple):
    """A right-aligned cell and its width; `below` is a second, smaller line.

    `fraction` is the width of what follows the decimal sign, in a column that is aligned on it.
    """

    text: str
    width: float
    below: str = ""
    fraction: float = 0.0


class Column(NamedTuple):
    """One column of figures: its head, right edge, width, and the width kept for what follows the decimal sign."""

    title: str
    right: float
    width: float
    fraction: float


class LineTable:
    """The table of one invoice; column widths follow its longest figures."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._invoice = draft.invoice
        self._cells = [self._figures(line) for line in self._invoice.lines]
        self._columns = self._measured()
        self._text_width = max(CONTENT - sum(column.width + _GAP for column in self._columns), _NARROWEST)
        self._rows = self._invoice.rows or tuple(
            Row(kind=RowKind.LINE, line=index) for index in range(len(self._invoice.lines))
        )
        self._said = frozenset(_said(self._rows))

    @cached_property
    def head(self) -> Block:
        """The head of the table."""
        titles = [paragraph(column.title, _HEAD, column.width).lines for column in self._columns]
        height = max(map(len, titles)) * _HEAD.line + 8
        draft, columns = self._draft, self._columns  # not the table, which keeps this block

        def draw(sheet: Sheet, top: float) -> None:
            bottom = top + height
            sheet.text(MARGIN, bottom - 7, draft.say("description"), _HEAD)
            for column, lines in zip(columns, titles, strict=True):
                for index, line in enumerate(reversed(lines)):
                    sheet.right(column.right, bottom - 7 - index * _HEAD.line, line, _HEAD)
            sheet.rule(MARGIN, RIGHT, bottom, draft.accent, 0.9)

        return Block(height=height, draw=draw, with_next=True)

    def blocks(self, whole: float) -> Iterator[Block]:
        """The rows in printed order; a row taller than `whole`, the room of a page, is cut between its lines.

        A line that no row names is added at the end: the page shows every line of the message.
        """
        named = {row.line for row in self._rows if row.kind is RowKind.LINE}
        unnamed = (Row(kind=RowKind.LINE, line=index) for index in range(len(self._cells)) if index not in named)
        new_page = False
        for row in (*self._rows, *unnamed):
            if row.kind is RowKind.PAGE_BREAK:
                new_page = True
                continue
            yield from self._row(row, whole, new_page=new_page)
            new_page = new_page and row.kind is RowKind.SUBSIDY

    def _row(self, row: Row, whole: float, *, new_page: bool) -> Iterator[Block]:
        if row.kind is RowKind.LINE and row.line is not None:
            yield from self._line(row.line, whole, new_page=new_page)
        elif row.kind is RowKind.COMMENT:
            yield from self._text_row(row.text or "", whole, new_page=new_page)
        elif row.kind is RowKind.TITLE:
            yield self._title(row.text or "", new_page=new_page)
        elif row.kind is RowKind.SUBTOTAL:
            yield self._subtotal(row, new_page=new_page)

    # Lines

    def _line(self, index: int, whole: float, *, new_page: bool) -> Iterator[Block]:
        texts = self._texts(self._invoice.lines[index])
        parts = list(_parts(texts, whole - _ABOVE - _BELOW))
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            figures = self._cells[index] if number == 0 else ()
            yield self._ruled(part, figures, last=last, new_page=new_page and number == 0)

    def _ruled(self, part: list[Paragraph], figures: tuple[Figure, ...], *, last: bool, new_page: bool) -> Block:
        below = BODY.line + SMALL.line if any(figure.below for figure in figures) else 0.0
        height = _ABOVE + max(sum(one.height for one in part), below) + (_BELOW if last else 0.0)

        def draw(sheet: Sheet, top: float) -> None:
            y = top + _ABOVE
            for one in part:
                one.draw(sheet, MARGIN, y)
                y += one.height
            for column, figure in zip(self._columns, figures, strict=False):
                self._draw_figure(sheet, column, figure, top + _ABOVE + 9.2)
            if last:
                sheet.rule(MARGIN, RIGHT, top + height, HAIRLINE, 0.4)

        return Block(height=height, draw=draw, in_table=True, new_page=new_page)

    def _draw_figure(self, sheet: Sheet, column: Column, figure: Figure, baseline: float) -> None:
        right = column.right - (column.fraction - figure.fraction)
        sheet.text(right - figure.width, baseline, figure.text, BODY)
        if figure.below:
            sheet.right(column.right, baseline + SMALL.line, figure.below, SMALL)

    def _texts(self, line: Line) -> list[Paragraph]:
        width = self._text_width
        found = [paragraph(line.name, BODY, width)]
        if line.description:
            found.append(paragraph(line.description, SMALL, width, before=1.0))
        note = self._own_note(line)
        if note:
            found.append(paragraph(note, Pen(7.8, fonts.ITALIC, GREY, leading=10.4), width, before=1.0))
        found += [paragraph(detail, SMALL, width, before=1.0) for detail in self._details(line)]
        return found

    def _own_note(self, line: Line) -> str:
        """BT-127 without what a comment or title row already says; the message keeps it whole."""
        pieces = (" ".join(piece.split()) for piece in (line.note or "").splitlines())
        return "\n".join(piece for piece in pieces if piece and piece not in self._said)

    def _details(self, line: Line) -> Iterator[str]:
        draft, figures = self._draft, self._draft.figures
        if line.seller_item_id:
            yield f"{draft.say('reference')} {line.seller_item_id}"
        if line.period:
            yield f"{draft.say('period')}{draft.say('colon')}{head.period(draft, line.period)}"
        if line.gross_price is not None and line.gross_price != line.unit_price:
            price = draft.say("gross_price", price=figures.amount(line.gross_price))
            discount = line.price_discount
            yield price + (f", {draft.say('allowance').lower()} {figures.amount(discount)}" if discount else "")
        for allowance in line.allowances:
            yield self._allowance(allowance)

    def _allowance(self, allowance: LineAllowanceCharge) -> str:
        figures = self._draft.figures
        words = allowance.reason or self._draft.say("charge" if allowance.charge else "allowance")
        percent = f" {figures.rate(allowance.percent)}" if allowance.percent is not None else ""
        sign = "+" if allowance.charge else "-"
        return f"{words}{percent}{self._draft.say('colon')}{sign}{figures.amount(allowance.amount)}"

    # Figures

    def _figures(self, line: Line) -> tuple[Figure, ...]:
        figures = self._draft.figures
        per = ""
        if line.base_quantity is not None and line.base_quantity != 1:
            per = self._draft.say("per", quantity=figures.quantity(line.base_quantity))
        price = figures.amount(line.unit_price)
        priced = Figure(price, BODY.width(price), per, BODY.width(figures.fraction(price)))
        net = figures.amount(line.net)
        summed = Figure(net, BODY.width(net))
        if self._draft.without_vat:
            return self._quantity(line), priced, summed
        rate = figures.rate(line.rate) if line.rate is not None else "–"
        return self._quantity(line), priced, Figure(rate, BODY.width(rate)), summed

    def _quantity(self, line: Line) -> Figure:
        quantity = self._draft.figures.quantity(line.quantity)
        word = fonts.printable(line.unit_text or unit(line.unit, self._invoice.language)).strip()
        together = f"{quantity}{NO_BREAK_SPACE}{word}" if word else quantity
        width = BODY.width(together)
        return Figure(together, width) if width <= _UNIT_WIDTH else Figure(quantity, BODY.width(quantity), word)

    def _measured(self) -> list[Column]:
        say = self._draft.say
        plain = self._draft.without_vat
        titles = [say("quantity"), say("price" if plain else "unit_price")]
        titles += [say("amount")] if plain else [say("vat"), say("net")]
        columns: list[Column] = []
        right = RIGHT
        for index in reversed(range(len(titles))):
            figures = [cells[index] for cells in self._cells]
            columns.append(_column(titles[index], figures, right))
            right -= columns[-1].width + _GAP
        return columns[::-1]

    # Other rows

    def _text_row(self, text: str, whole: float, *, new_page: bool) -> Iterator[Block]:
        body = paragraph(text, _COMMENT, self._text_width)
        for number, part in enumerate(_parts([body], whole - _ABOVE - _BELOW)):
            yield self._ruled(part, (), last=True, new_page=new_page and number == 0)

    def _title(self, text: str, *, new_page: bool) -> Block:
        body = paragraph(text, STRONG, CONTENT - 12)
        height = body.height + 9

        def draw(sheet: Sheet, top: float) -> None:
            sheet.box(MARGIN, top + 2, CONTENT, height - 3, TINT)
            body.draw(sheet, MARGIN + 6, top + 4.5)

        return Block(height=height, draw=draw, in_table=True, with_next=True, new_page=new_page)

    def _subtotal(self, row: Row, *, new_page: bool) -> Block:
        label = fonts.printable(row.text or self._draft.say("subtotal")).strip()
        value = self._draft.figures.amount(row.amount) if row.amount is not None else ""
        body = paragraph(label, STRONG, CONTENT - self._columns[-1].width - _GAP)
        height = body.height + _ABOVE + _BELOW + 2

        def draw(sheet: Sheet, top: float) -> None:
            for index, line in enumerate(body.lines):
                baseline = top + _ABOVE + 9.2 + index * STRONG.line
                sheet.right(self._columns[-1].right - self._columns[-1].width - _GAP, baseline, line, STRONG)
            sheet.right(RIGHT, top + _ABOVE + 9.2, value, STRONG)
            sheet.rule(MARGIN, RIGHT, top + height - 2, INK, 0.4)

        return Block(height=height, draw=draw, in_table=True, new_page=new_page)


def _column(title: str, figures: list[Figure], right: float) -> Column:
    """As wide as its widest figure, once all are aligned on the decimal sign."""
    fraction = max((figure.fraction for figure in figures), default=0.0)
    widths = [figure.width + (fraction - figure.fraction) for figure in figures]
    below = [SMALL.width(figure.below) for figure in figures if figure.below]
    return Column(title, right, max([*widths, *below, _head_width(title), _NARROWEST]), fraction)


def _said(rows: Iterable[Row]) -> Iterator[str]:
    """The lines that comment and title rows print, also as a line's note repeats them: a title in brackets."""
    for row in rows:
        if row.text and row.kind in {RowKind.COMMENT, RowKind.TITLE}:
            for text in (row.text, f"[{row.text.strip()}]"):
                yield from (" ".join(piece.split()) for piece in text.splitlines())


def _head_width(title: str) -> float:
    """The least width that shows a head on one line when it is short, on two when it is long."""
    words = title.split(" ")
    if _HEAD.width(title) <= _HEAD_WIDTH or len(words) == 1:
        return _HEAD.width(title)
    cuts = ((" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words)))
    return min(max(map(_HEAD.width, lines)) for lines in cuts) + 0.1


def _parts(texts: list[Paragraph], room: float) -> Iterator[list[Paragraph]]:
    """The paragraphs whole when they fit into the room, else cut into pieces that do."""
    if sum(one.height for one in texts) <= room:
        yield texts
        return
    part: list[Paragraph] = []
    for one in texts:
        for line in one.lines:
            piece = Paragraph((line,), one.pen)
            if part and sum(each.height for each in part) + piece.height > room:
                yield part
                part = []
            part.append(piece)
    yield part
