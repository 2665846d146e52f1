"""The end of the page: payment, information, legal mentions, and the foot of every page.

Mentions: L441-9 and D441-5 of the Code de commerce (notes PMT, PMD, AAB), décret 2022-1299 (nature of the operation,
VAT on debits), R123-237 (identity of the company).
"""

from __future__ import annotations

from collections.abc import Iterator

from pdp_bridge.document import fonts
from pdp_bridge.document.draft import BODY, FINE, STRONG, Draft
from pdp_bridge.document.figures import grouped, masked, siren, siret
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
    space,
)
from pdp_bridge.document.texts import means_of_payment, self_billed
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES, NoteSubject, VatCategory, VatPoint
from pdp_bridge.model.invoice import Payment
from pdp_bridge.model.page import PageStyle

_LABEL = Pen(8.0, color=GREY, leading=11.6)
_VALUE = Pen(8.6, leading=11.6)
_ACCOUNT = Pen(9.0, fonts.BOLD, leading=11.6)
_LABEL_WIDTH = 92.0
_HALF = CONTENT / 2
_WHOLE_UP_TO = 12
"""A text of more lines may be cut between two pages."""
_LEGAL_SUBJECTS = (NoteSubject.LATE_PAYMENT, NoteSubject.RECOVERY_COST, NoteSubject.EARLY_PAYMENT, NoteSubject.TAX)
_FOOT_SUBJECTS = (NoteSubject.REGULATORY, NoteSubject.LEGAL)
_FOOT_BOTTOM = 26.0
_PAGE_NUMBER_WIDTH = 64.0


# Payment


def payment(draft: Draft) -> Iterator[Block]:
    """How, when and where to pay."""
    left = list(_conditions(draft))
    right = list(_account(draft, draft.invoice.payment)) if draft.invoice.payment else []
    if not left and not right:
        return
    if not left:
        left, right = right, []
    heading = draft.label("payment", CONTENT)
    height = max(_height(left), _height(right)) + heading.height + 12

    def draw(sheet: Sheet, top: float) -> None:
        heading.draw(sheet, MARGIN, top + 4)
        _draw_pairs(sheet, MARGIN, top + 6 + heading.height, left)
        _draw_pairs(sheet, MARGIN + _HALF, top + 6 + heading.height, right)

    yield Block(height=height, draw=draw)


_Pairs = list[tuple[str, Paragraph]]


def _conditions(draft: Draft) -> Iterator[tuple[str, Paragraph]]:
    invoice, width = draft.invoice, _HALF - _LABEL_WIDTH - 12
    if invoice.totals.paid and not invoice.totals.due and invoice.type not in CREDIT_NOTE_TYPES:
        yield "", paragraph(draft.say("settled"), STRONG, _HALF - 12)
    means = invoice.payment
    if means and (means.means or means.text):
        known = means_of_payment(means.means, invoice.language)
        words = means.text or known or means.means
        yield draft.say("means"), paragraph(words, _VALUE, width)
    if invoice.payment_terms:
        yield draft.say("terms"), paragraph(invoice.payment_terms, _VALUE, width)
    if means and means.reference:
        yield draft.say("payment_reference"), paragraph(means.reference, _VALUE, width)


def _account(draft: Draft, means: Payment) -> Iterator[tuple[str, Paragraph]]:
    width = _HALF - _LABEL_WIDTH
    account, debit = means.account, means.direct_debit
    if account:
        yield "IBAN", paragraph(grouped(account.iban), _ACCOUNT.fitting(grouped(account.iban), width), width)
        if account.bic:
            yield "BIC", paragraph(account.bic, _VALUE, width)
        if account.holder:
            yield draft.say("holder"), paragraph(account.holder, _VALUE, width)
    if debit:
        if debit.debited_iban:
            yield draft.say("debited"), paragraph(masked(debit.debited_iban), _VALUE, width)
        if debit.mandate:
            yield draft.say("mandate"), paragraph(debit.mandate, _VALUE, width)
        if debit.creditor_id:
            yield draft.say("creditor_id"), paragraph(debit.creditor_id, _VALUE, width)


def _height(pairs: _Pairs) -> float:
    return sum(max(words.height, _LABEL.line) + 1.5 for _, words in pairs)


def _draw_pairs(sheet: Sheet, left: float, top: float, pairs: _Pairs) -> None:
    for label, words in pairs:
        sheet.text(left, top + 8.8, label, _LABEL)
        words.draw(sheet, left + (_LABEL_WIDTH if label else 0.0), top)
        top += max(words.height, _LABEL.line) + 1.5


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
    yield _drawn(heading, with_next=True)
    for text in texts:
        whole = paragraph(text, pen, CONTENT)
        if len(whole.lines) <= _WHOLE_UP_TO:
            yield _drawn(whole)
        else:
            for number, line in enumerate(whole.lines):
                yield _drawn(Paragraph((line,), pen), with_next=number == 0)
        yield space(2.0)


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
        return HEIGHT - _FOOT_BOTTOM - sum(one.height for one in self._words) - 8

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
    seller = BODY.fitting(invoice.seller.name, CONTENT - STRONG.width(right) - 20)
    sheet.text(MARGIN, 40, invoice.seller.name, Pen(seller.size, seller.font, GREY))
    sheet.right(RIGHT, 40, right, STRONG)
    sheet.rule(MARGIN, RIGHT, 48)
