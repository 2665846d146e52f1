"""The end of the page: information, legal mentions, and the foot of every page.

Mentions: L441-9 and D441-5 of the Code de commerce (notes PMT, PMD, AAB), décret 2022-1299 (nature of the operation,
VAT on debits), R123-237 (identity of the company).
"""

from __future__ import annotations

from collections.abc import Iterator

from pdp_bridge.document.draft import BODY, FINE, STRONG, Draft
from pdp_bridge.document.figures import siren, siret
from pdp_bridge.document.layout import (
    CONTENT,
    GREY,
    HEIGHT,
    MARGIN,
    RIGHT,
    Block,
    Paragraph,
    Pen,
    Sheet,
    column,
    paragraph,
    shortened,
    space,
    space_above,
)
from pdp_bridge.document.texts import self_billed
from pdp_bridge.model.codes import NoteSubject, VatCategory, VatPoint
from pdp_bridge.model.page import PageStyle

_WHOLE_UP_TO = 12
"""A section of more lines may be cut between two pages."""
_LEGAL_SUBJECTS = (NoteSubject.LATE_PAYMENT, NoteSubject.RECOVERY_COST, NoteSubject.EARLY_PAYMENT, NoteSubject.TAX)
_FOOT_SUBJECTS = (NoteSubject.REGULATORY, NoteSubject.LEGAL)
_FOOT_BOTTOM = 26.0
_PAGE_NUMBER_WIDTH = 64.0


# Information and mentions


def notes(draft: Draft) -> Iterator[Block]:
    """Free notes first, then what the law asks for."""
    free = list(_free(draft))
    if free:
        yield from _section(draft, "information", free, Pen(8.6, leading=11.8))
    legal = list(dict.fromkeys(_legal(draft)))
    if legal:
        yield from _section(draft, "mentions", legal, FINE)


def _section(draft: Draft, key: str, texts: list[str], pen: Pen) -> Iterator[Block]:
    heading = draft.label(key, CONTENT, before=6.0)
    paragraphs = [paragraph(text, pen, CONTENT) for text in texts]
    if sum(len(one.lines) for one in paragraphs) <= _WHOLE_UP_TO:
        whole = [heading, *(space_above(one, 2.0) for one in paragraphs)]
        height = sum(one.height for one in whole)
        yield Block(height=height + 2, draw=lambda sheet, top: _draw_column(whole, sheet, top))
        return
    yield _drawn(heading, with_next=True)
    for one in paragraphs:
        for number, line in enumerate(one.lines):
            yield _drawn(Paragraph((line,), pen), with_next=number == 0 and len(one.lines) > 1)
        yield space(2.0)


def _draw_column(paragraphs: list[Paragraph], sheet: Sheet, top: float) -> None:
    column(paragraphs, sheet, MARGIN, top)


def _drawn(words: Paragraph, *, with_next: bool = False) -> Block:
    return Block(height=words.height, draw=lambda sheet, top: words.draw(sheet, MARGIN, top), with_next=with_next)


def _free(draft: Draft) -> Iterator[str]:
    invoice = draft.invoice
    elsewhere = {text.strip() for text in (invoice.title, *(row.text for row in invoice.rows)) if text}
    elsewhere |= {one.exemption_text.strip() for one in invoice.vat_breakdown if one.exemption_text}
    known = {*_LEGAL_SUBJECTS, *_FOOT_SUBJECTS, NoteSubject.TREATMENT}
    for note in invoice.notes:
        if note.subject not in known and note.text.strip() not in elsewhere:
            yield note.text.strip()
    carried = [one.filename or one.reference for one in invoice.attachments if one.content]
    if carried:
        yield draft.say("attachments") + draft.say("colon") + ", ".join(carried)


def _legal(draft: Draft) -> Iterator[str]:
    invoice = draft.invoice
    operation = (invoice.framework or "")[:1]
    if operation in {"B", "S", "M"}:
        yield f"{draft.say(f'operation_{operation}')}."
    said = " ".join(note.text for note in invoice.notes).casefold()
    taxed = any(one.category == VatCategory.STANDARD for one in invoice.vat_breakdown)
    if invoice.vat_point == VatPoint.INVOICE_DATE and taxed and operation != "B" and "débits" not in said:
        yield f"{draft.say('on_debits')}."
    if self_billed(invoice):
        yield f"{draft.say('self_billed')}."
    for subject in _LEGAL_SUBJECTS:
        yield from (note.text.strip() for note in invoice.notes if note.subject == subject and note.text.strip())


# Foot


class Foot:
    """The foot of every page: the operator's own line, the identity of the company, the page number."""

    def __init__(self, draft: Draft, style: PageStyle) -> None:
        self._draft = draft
        width = CONTENT - _PAGE_NUMBER_WIDTH
        self._words = [paragraph(style.footer, FINE, width)] if style.footer else []
        self._words.append(paragraph(" · ".join(self._identity()), FINE, width))

    def _identity(self) -> Iterator[str]:
        seller = self._draft.invoice.seller
        parts = [seller.name, *(seller.legal_text or "").splitlines()]
        if seller.siret or seller.siren:
            key, value = ("siret", siret(seller.siret)) if seller.siret else ("siren", siren(seller.siren or ""))
            parts.append(f"{self._draft.say(key)} {value}")
        if seller.vat_number:
            parts.append(f"{self._draft.say('vat_number')} {seller.vat_number}")
        parts += [note.text for note in self._draft.invoice.notes if note.subject in _FOOT_SUBJECTS]
        yield from dict.fromkeys(part.strip() for part in parts if part.strip())

    @property
    def top(self) -> float:
        """Where the flow must end."""
        return float(HEIGHT) - _FOOT_BOTTOM - sum(one.height for one in self._words) - 8

    def draw(self, sheet: Sheet, page: int, pages: int) -> None:
        """The foot of page `page` of `pages`."""
        sheet.rule(MARGIN, RIGHT, self.top + 2)
        column(self._words, sheet, MARGIN, self.top + 6)
        number = self._draft.say("page", page=str(page), pages=str(pages))
        sheet.right(RIGHT, self.top + 13, number, FINE)


def running_head(draft: Draft, sheet: Sheet, title: str) -> None:
    """The compact head of every page after the first: whose invoice, which number, which day."""
    invoice = draft.invoice
    right = f"{title} {invoice.number} · {draft.figures.day(invoice.issue_date)}"
    pen = Pen(BODY.size, color=GREY)
    sheet.text(MARGIN, 40, shortened(invoice.seller.name, pen, CONTENT - STRONG.width(right) - 20), pen)
    sheet.right(RIGHT, 40, right, STRONG)
    sheet.rule(MARGIN, RIGHT, 48)
