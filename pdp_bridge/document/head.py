"""The top of the first page: logo, title and number, seller and buyer, dates and references, subject.

Mentions of art. 242 nonies A of annex II of the CGI and of L441-9 of the Code de commerce: identity, addresses and
identifiers of both parties, dates of issue, supply and payment, number, order, delivery address.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.lib.utils import ImageReader

from pdp_bridge.document import fonts, logo
from pdp_bridge.document.draft import BODY, SMALL, Draft
from pdp_bridge.document.figures import siren, siret
from pdp_bridge.document.layout import (
    CONTENT,
    GREY,
    MARGIN,
    RIGHT,
    TINT,
    Block,
    Paragraph,
    Pen,
    Sheet,
    column,
    paragraph,
)
from pdp_bridge.document.texts import headline
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES
from pdp_bridge.model.invoice import Address, Party, Period
from pdp_bridge.model.page import PageStyle

_BUYER_LEFT = 302.0
"""Where the window of a French envelope starts, 106 mm."""
_PADDING = 12.0
_CELLS_A_ROW = 4
_PREPAID = "2"
_FINAL = "4"
"""Last character of BT-23: paid when issued; final invoice after deposits."""


def blocks(draft: Draft, style: PageStyle) -> Iterator[Block]:
    """The whole top of the first page."""
    yield _masthead(draft, style)
    yield _parties(draft)
    yield _cells(draft)
    yield from _references(draft)


def _masthead(draft: Draft, style: PageStyle) -> Block:
    image = logo.picture(style.logo) if style.logo else None
    room = CONTENT / 2
    title = headline(draft.invoice)
    title_pen = Pen(23.0, fonts.BOLD, draft.accent).fitting(title, room)
    number = f"{draft.say('number')}\u00a0{draft.invoice.number}"
    number_pen = Pen(11.0, fonts.BOLD).fitting(number, room)
    name = paragraph(draft.invoice.seller.name, Pen(15.0, fonts.BOLD, draft.accent, leading=19.0), room - 20)

    def draw(sheet: Sheet, top: float) -> None:
        if image:
            _draw_logo(sheet, image, top)
        else:
            name.draw(sheet, MARGIN, top + 2)
        sheet.right(RIGHT, top + 19, title, title_pen)
        sheet.right(RIGHT, top + 38, number, number_pen)

    return Block(height=max(74.0, name.height + 18) if not image else 78.0, draw=draw, with_next=True)


def _draw_logo(sheet: Sheet, image: ImageReader, top: float) -> None:
    width, height = logo.size(image)
    sheet.image(image, MARGIN, top, width, height)


def _parties(draft: Draft) -> Block:
    invoice = draft.invoice
    seller_width = _BUYER_LEFT - MARGIN - 25
    buyer_width = RIGHT - _BUYER_LEFT - 2 * _PADDING
    seller = [draft.label("seller", seller_width), *_party(draft, invoice.seller, seller_width, size=9.0)]
    buyer = [draft.label("buyer", buyer_width), *_party(draft, invoice.buyer, buyer_width, size=10.0)]
    place = _delivery_place(draft, buyer_width)
    box = sum(one.height for one in buyer) + 2 * _PADDING - 4
    place_height = sum(one.height for one in place) + (10 if place else 0)

    def draw(sheet: Sheet, top: float) -> None:
        column(seller, sheet, MARGIN, top + _PADDING - 2)
        sheet.box(_BUYER_LEFT, top, RIGHT - _BUYER_LEFT, box, TINT)
        column(buyer, sheet, _BUYER_LEFT + _PADDING, top + _PADDING - 2)
        column(place, sheet, _BUYER_LEFT + _PADDING, top + box + 8)

    height = max(sum(one.height for one in seller) + _PADDING, box + place_height)
    return Block(height=height + 16, draw=draw, with_next=True)


def _party(draft: Draft, party: Party, width: float, size: float) -> list[Paragraph]:
    plain = Pen(size - 0.4, leading=size * 1.32)
    found = [paragraph(party.name, Pen(size + 0.6, fonts.BOLD, leading=size * 1.45), width)]
    if party.trading_name and party.trading_name != party.name:
        found.append(paragraph(party.trading_name, plain, width))
    if party is draft.invoice.buyer and party.contact and party.contact.name:
        found.append(paragraph(draft.say("attention", name=party.contact.name), plain, width))
    found += [paragraph(line, plain, width) for line in _postal(draft, party.address)]
    found += [paragraph(line, SMALL, width) for line in _contacts(draft, party)]
    first = True
    for line in _identities(draft, party):
        found.append(paragraph(line, SMALL, width, before=4.0 if first else 0.0))
        first = False
    return found


def _postal(draft: Draft, address: Address) -> Iterator[str]:
    yield from address.lines
    town = " ".join(part for part in (address.postcode, address.city) if part)
    if town:
        yield town
    if address.subdivision:
        yield address.subdivision
    abroad = {draft.invoice.seller.address.country, draft.invoice.buyer.address.country} - {"FR"}
    if address.country and abroad:
        yield draft.figures.country(address.country)


def _contacts(draft: Draft, party: Party) -> Iterator[str]:
    contact = party.contact
    if contact and party is draft.invoice.seller:
        yield from (line for line in (contact.name, contact.phone, contact.email) if line)


def _identities(draft: Draft, party: Party) -> Iterator[str]:
    if party.siret:
        yield f"{draft.say('siret')} {siret(party.siret)}"
    elif party.siren:
        yield f"{draft.say('siren')} {siren(party.siren)}"
    if party.siren and party.siret and not party.siret.startswith(party.siren):
        yield f"{draft.say('siren')} {siren(party.siren)}"
    if party.legal_id:
        yield f"{draft.say('legal_id')} {party.legal_id.value}"
    if party.vat_number:
        yield f"{draft.say('vat_number')} {party.vat_number}"
    elif party.tax_number and party.tax_number != party.siren:
        yield f"{draft.say('tax_number')} {party.tax_number}"


def _delivery_place(draft: Draft, width: float) -> list[Paragraph]:
    delivery = draft.invoice.delivery
    if delivery is None or delivery.address is None:
        return []
    buyer = draft.invoice.buyer
    if delivery.address == buyer.address and delivery.name in {None, buyer.name}:
        return []
    lines = [delivery.name or "", *_postal(draft, delivery.address)]
    if not delivery.address.lines and not delivery.name:
        lines = [draft.figures.country(delivery.address.country or "")]
    pen = Pen(8.4, leading=11.2)
    return [draft.label("deliver_to", width), *(paragraph(line, pen, width) for line in lines if line)]


def _cells(draft: Draft) -> Block:
    cells = list(_facts(draft))
    rows = [cells[start : start + _CELLS_A_ROW] for start in range(0, len(cells), _CELLS_A_ROW)]
    width = CONTENT / min(_CELLS_A_ROW, max(len(cells), 3))
    label_pen, value_pen = Pen(7.0, color=GREY, leading=10.0), Pen(9.3, fonts.BOLD, leading=12.0)
    drawn = [
        [(paragraph(label, label_pen, width - 10), paragraph(value, value_pen, width - 10)) for label, value in row]
        for row in rows
    ]
    heights = [max(label.height + value.height for label, value in row) + 13 for row in drawn]

    def draw(sheet: Sheet, top: float) -> None:
        sheet.rule(MARGIN, RIGHT, top, draft.accent, 0.9)
        for row, height in zip(drawn, heights, strict=True):
            for index, pair in enumerate(row):
                column(pair, sheet, MARGIN + index * width, top + 6)
            top += height
            sheet.rule(MARGIN, RIGHT, top)

    return Block(height=sum(heights) + 10, draw=draw, with_next=True)


def _facts(draft: Draft) -> Iterator[tuple[str, str]]:
    invoice, figures = draft.invoice, draft.figures
    yield draft.say("issue_date"), figures.day(invoice.issue_date)
    if invoice.due_date and invoice.type not in CREDIT_NOTE_TYPES:
        paid = (invoice.framework or "").endswith(_PREPAID)
        yield draft.say("paid_on" if paid else "due_date"), figures.day(invoice.due_date)
    if invoice.delivery and invoice.delivery.date:
        yield draft.say("delivery_date"), figures.day(invoice.delivery.date)
    if invoice.period:
        yield draft.say("period"), period(draft, invoice.period)
    for key, value in (
        ("order", invoice.order_reference),
        ("contract", invoice.contract_reference),
        ("buyer_reference", invoice.buyer_reference),
    ):
        if value:
            yield draft.say(key), value


def period(draft: Draft, both: Period) -> str:
    """A period in words; either end may be absent."""
    start = draft.figures.day(both.start) if both.start else ""
    end = draft.figures.day(both.end) if both.end else ""
    if start and end:
        return draft.say("from_to", start=start, end=end)
    return draft.say("from", start=start) if start else draft.say("until", end=end)


def _references(draft: Draft) -> Iterator[Block]:
    invoice = draft.invoice
    if invoice.preceding:
        final = (invoice.framework or "").endswith(_FINAL)
        named = [
            draft.say("dated", number=one.number, date=draft.figures.day(one.issue_date))
            if one.issue_date
            else one.number
            for one in invoice.preceding
        ]
        yield _stated(f"{draft.say('deposits' if final else 'preceding')} : ", " ; ".join(named))
    if invoice.title:
        yield _stated(f"{draft.say('subject')} : ", invoice.title)


def _stated(label: str, words: str) -> Block:
    label_pen, words_pen = BODY, Pen(9.0, fonts.BOLD, leading=12.2)
    indent = label_pen.width(label)
    body = paragraph(words, words_pen, CONTENT - indent)

    def draw(sheet: Sheet, top: float) -> None:
        paragraph(label, label_pen, CONTENT).draw(sheet, MARGIN, top)
        body.draw(sheet, MARGIN + indent, top)

    return Block(height=body.height + 5, draw=draw, with_next=True)
