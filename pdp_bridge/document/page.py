"""Invoice → the readable page, A4, in the invoice's language: what a person reads beside the XML.

The parts come one after the other as a flow of blocks (`head`, `table`, `sums`, `payment`, `closing`), which `layout`
lays over as many pages as they need. Fonts are embedded as subsets; nothing depends on the clock, so the same invoice
and style give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pdp_bridge.document import closing, fonts, glyphs, head, payment, sums
from pdp_bridge.document.draft import Draft
from pdp_bridge.document.layout import Block, Placed, Room, Sheet, paginated, space
from pdp_bridge.document.logo import Picture
from pdp_bridge.document.notation import Object
from pdp_bridge.document.table import LineTable
from pdp_bridge.document.texts import headline
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.page import PageStyle

_FIRST_TOP = 42.0
_NEXT_TOP = 60.0
_ABOVE_FOOT = 5.0
_DRAWING = Lock()
"""The fonts, and the place where they are being read, are shared by the whole process."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pages of an invoice: what each draws, and the fonts and pictures that they name."""

    contents: tuple[bytes, ...]
    fonts: tuple[tuple[str, Object], ...]
    pictures: tuple[tuple[str, Picture], ...]
    size: tuple[float, float] = A4


def draw(invoice: Invoice, style: PageStyle) -> Drawn:
    """The pages; to make a file of them is the work of `facturx`.

    Raises `DocumentError`: `GLYPH_MISSING`, `LOGO_UNREADABLE`, `ACCENT_INVALID`.
    """
    with _DRAWING:
        fonts.ready()
        glyphs.check(invoice)
        return _drawn(Draft.of(invoice, style), style)


def _drawn(draft: Draft, style: PageStyle) -> Drawn:
    table = LineTable(draft)
    foot = closing.Foot(draft, style)
    room = Room(first_top=_FIRST_TOP, next_top=_NEXT_TOP, bottom=foot.top - _ABOVE_FOOT, table_head=table.head.height)
    whole = room.bottom - room.next_top - room.table_head
    pages = paginated(list(_flow(draft, style, table, whole)), room)
    canvas = Canvas(BytesIO(), pagesize=A4, initialFontName=fonts.REGULAR, invariant=1, pageCompression=0)
    pictures: dict[str, Picture] = {}
    for number, placed in enumerate(pages, start=1):
        sheet = Sheet(canvas)
        if number > 1:
            closing.running_head(draft, sheet, headline(draft.invoice))
        _draw_page(sheet, placed, table.head)
        foot.draw(sheet, number, len(pages))
        canvas.showPage()
        pictures |= sheet.pictures
    document = canvas._doc  # noqa: SLF001 - what the canvas has drawn, before it is made a file of
    return Drawn(
        contents=tuple(page.stream.encode("ascii") for page in document.Pages.pages),
        fonts=tuple(used for font in document.delayedFonts for used in font.used(document)),
        pictures=tuple(pictures.items()),
    )


def _flow(draft: Draft, style: PageStyle, table: LineTable, whole: float) -> Iterator[Block]:
    yield from head.blocks(draft, style)
    yield space(8.0, with_next=True)
    yield table.head
    rows = list(table.blocks(whole))
    yield from rows[:-1]
    yield from (row._replace(with_next=True) for row in rows[-1:])  # the totals never stand alone on a page
    yield sums.block(draft)
    yield from payment.block(draft, style)
    yield from closing.notes(draft)


def _draw_page(sheet: Sheet, placed: Placed, table_head: Block) -> None:
    if placed.table_head is not None:
        table_head.draw(sheet, placed.table_head)
    for top, block in placed.blocks:
        block.draw(sheet, top)
