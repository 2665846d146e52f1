"""The top of the first page: logo, title and number, seller and buyer, dates and references, subject.

Mentions of art. 242 nonies A of annex II of the CGI and of L441-9 of the Code de commerce: identity, addresses and
identifiers of both parties, dates of issue, supply and payment, number, order, delivery address.
"""

from __future__ import annotations

from collections.abc import Iterator

from pdp_bridge.document import fonts, logo
from pdp_bridge.document.draft import BODY, CREDIT, SMALL, Draft
from pdp_bridge.document.figures import NO_BREAK_SPACE, siren, siret
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
    space_above,
)
from pdp_bridge.document.texts import headline
from pdp_bridge.model.invoice import Address, Party, Period
from pdp_bridge.model.page import PageStyle

_BUYER_LEFT = 302.0
"""Where the window of a French envelope starts, 106 mm."""
_PADDING = 12.0
_TITLE_HEIGHT = 66.0
"""From the top of the title to the buyer."""
_CELLS_A_ROW = 4
_PREPAID = "2"
_FINAL = "4"
"""Last character of BT-23: paid when issued; final invoice after deposits."""


def blocks(draft: Draft, style: PageStyle) -> Iterator[Block]:
    """The whole top of the first page."""
    yield _letterhead(draft, style)
    yield _cells(draft)
    yield from _references(draft)


def _letterhead(draft: Draft, style: PageStyle) -> Block:
    """On the left the seller under its logo or name, on the right the title and the buyer."""
    seller_width, buyer_width = _BUYER_LEFT - MARGIN - 25, RIGHT - _BUYER_LEFT - 2 * _PADDING
    image = logo.picture(style.logo) if style.logo else None
    logo_height = image.size[1] + 16 if image else 0.0
    seller = _seller(draft, seller_width, named=image is None)
    buyer = [draft.label("buyer", buyer_width), *_party(draft, draft.invoice.buyer, buyer_width, size=10.0)]
    place = _delivery_place(draft, buyer_width)
    box = _height(buyer) + 2 * _PADDING - 4

    def draw(sheet: Sheet, top: float) -> None:
        sheet.band(0, 4.5, draft.accent)
        if image:
            sheet.image(image, MARGIN, top)
        column(seller, sheet, MARGIN, top + logo_height)
        _draw_title(sheet, top, draft)
        sheet.box(_BUYER_LEFT, top + _TITLE_HEIGHT, RIGHT - _BUYER_LEFT, box, TINT)
        column(buyer, sheet, _BUYER_LEFT + _PADDING, top + _TITLE_HEIGHT + _PADDING - 2)
        column(place, sheet, _BUYER_LEFT + _PADDING, top + _TITLE_HEIGHT + box + 8)

    right = _TITLE_HEIGHT + box + (_height(place) + 10 if place else 0.0)
    return Block(height=max(logo_height + _height(seller), right) + 18, draw=draw, with_next=True)


def _height(paragraphs: list[Paragraph]) -> float:
    return sum(one.height for one in paragraphs)


def _draw_title(sheet: Sheet, top: float, draft: Draft) -> None:
    room = RIGHT - _BUYER_LEFT
    title = headline(draft.invoice)
    number = f"{draft.say('number')}\u00a0{draft.invoice.number}"
    color = CREDIT if draft.credit else draft.accent_ink
    sheet.right(RIGHT, top + 19, title, Pen(23.0, fonts.BOLD, color).fitting(title, room))
    sheet.right(RIGHT, top + 38, number, Pen(11.0, fonts.BOLD).fitting(number, room))


def _seller(draft: Draft, width: float, *, named: bool) -> list[Paragraph]:
    """The seller; its name is the letterhead when there is no logo."""
    party = _party(draft, draft.invoice.seller, width, size=9.0)
    if not named:
        return party
    name = Pen(15.0, fonts.BOLD, draft.accent_ink, leading=19.0)
    details = [*(space_above(one, 5.0) for one in party[1:2]), *party[2:]]
    return [paragraph(draft.invoice.seller.name, name, width), *details]


def _party(draft: Draft, party: Party, width: float, size: float) -> list[Paragraph]:
    plain = Pen(size - 0.4, leading=size * 1.32)
    found = [paragraph(party.name, Pen(size + 0.6, fonts.BOLD, leading=size * 1.45), width)]
    if party.trading_name and party.trading_name != party.name:
        found.append(paragraph(party.trading_name, plain, width))
    if party is draft.invoice.buyer and party.contact and party.contact.name:
        found.append(paragraph(draft.say("attention", name=party.contact.name), plain, width))
    found += [paragraph(line, plain, width) for line in _postal(draft, party.address)]
    for lines in (_contacts(draft, party), _identities(draft, party)):
        details = [paragraph(line, SMALL, width) for line in lines]
        found += [space_above(one, 3.5) for one in details[:1]] + details[1:]
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
    numbers = []
    if party.siren:
        numbers.append(f"{draft.say('siren')} {siren(party.siren)}".replace(" ", NO_BREAK_SPACE))
    if party.siret:
        numbers.append(f"{draft.say('siret')} {siret(party.siret)}".replace(" ", NO_BREAK_SPACE))
    if numbers:
        yield " · ".join(numbers)
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
        sheet.rule(MARGIN, RIGHT, top)
        for row, height in zip(drawn, heights, strict=True):
            for index, pair in enumerate(row):
                column(pair, sheet, MARGIN + index * width, top + 6)
            top += height
            sheet.rule(MARGIN, RIGHT, top)

    return Block(height=sum(heights) + 10, draw=draw, with_next=True)


def _facts(draft: Draft) -> Iterator[tuple[str, str]]:
    invoice, figures = draft.invoice, draft.figures
    yield draft.say("issue_date"), figures.day(invoice.issue_date)
    if invoice.due_date:
        paid = (invoice.framework or "").endswith(_PREPAID)
        key = "available_on" if draft.credit else "paid_on" if paid else "due_date"
        yield draft.say(key), figures.day(invoice.due_date)
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
        yield _stated(draft.say("deposits" if final else "preceding") + draft.say("colon"), ", ".join(named))
    if invoice.title:
        yield _stated(draft.say("subject") + draft.say("colon"), invoice.title)


def _stated(label: str, words: str) -> Block:
    label_pen, words_pen = BODY, Pen(9.0, fonts.BOLD, leading=12.2)
    indent = label_pen.width(label)
    body = paragraph(words, words_pen, CONTENT - indent)

    def draw(sheet: Sheet, top: float) -> None:
        paragraph(label, label_pen, CONTENT).draw(sheet, MARGIN, top)
        body.draw(sheet, MARGIN + indent, top)

    return Block(height=body.height + 5, draw=draw, with_next=True)
