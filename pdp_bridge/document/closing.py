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
    shortened,
    space,
    space_above,
)
from pdp_bridge.document.texts import means_of_payment, self_billed
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES, NoteSubject, VatCategory, VatPoint
from pdp_bridge.model.invoice import Payment
from pdp_bridge.model.page import PageStyle

_LABEL = Pen(8.0, color=GREY, leading=11.6)
_VALUE = Pen(8.6, leading=11.6)
_ACCOUNT = Pen(9.0, fonts.BOLD, leading=11.6)
_ACCOUNT_WIDTH = 190.0
_GUTTER = 26.0
_WHOLE_UP_TO = 12
"""A section of more lines may be cut between two pages."""
_LEGAL_SUBJECTS = (NoteSubject.LATE_PAYMENT, NoteSubject.RECOVERY_COST, NoteSubject.EARLY_PAYMENT, NoteSubject.TAX)
_FOOT_SUBJECTS = (NoteSubject.REGULATORY, NoteSubject.LEGAL)
_FOOT_BOTTOM = 26.0
_PAGE_NUMBER_WIDTH = 64.0


# Payment


def payment(draft: Draft) -> Iterator[Block]:
    """How, when and where to pay."""
    means = draft.invoice.payment
    account = list(_account(draft, means)) if means else []
    account_width = _pairs_width(account)
    conditions = list(_conditions(draft, CONTENT - account_width - (_GUTTER if account else 0.0)))
    if not conditions and not account:
        return
    heading = draft.label("payment", CONTENT)
    height = max(_height(conditions), _height(account)) + heading.height + 12
    account_left = RIGHT - account_width if conditions else MARGIN

    def draw(sheet: Sheet, top: float) -> None:
        heading.draw(sheet, MARGIN, top + 4)
        _draw_pairs(sheet, MARGIN, top + 6 + heading.height, conditions)
        _draw_pairs(sheet, account_left, top + 6 + heading.height, account)

    yield Block(height=height, draw=draw)


_Pair = tuple[str, Paragraph]


def _conditions(draft: Draft, room: float) -> Iterator[_Pair]:
    invoice = draft.invoice
    if invoice.totals.paid and not invoice.totals.due and invoice.type not in CREDIT_NOTE_TYPES:
        yield "", paragraph(draft.say("settled"), STRONG, room)
    means = invoice.payment
    rows = []
    if means and (means.means or means.text):
        rows.append(("means", means.text or means_of_payment(means.means, invoice.language) or means.means))
    if invoice.payment_terms:
        rows.append(("terms", invoice.payment_terms))
    if means and means.reference:
        rows.append(("payment_reference", means.reference))
    width = room - _label_width([draft.say(key) for key, _ in rows])
    for key, words in rows:
        yield draft.say(key), paragraph(words, _VALUE, width)


def _account(draft: Draft, means: Payment) -> Iterator[_Pair]:
    account, debit = means.account, means.direct_debit
    rows: list[tuple[str, str | None, Pen]] = []
    if account:
        rows.append(("IBAN", grouped(account.iban), _ACCOUNT))
        rows.append(("BIC", account.bic, _VALUE))
        rows.append((draft.say("holder"), account.holder, _VALUE))
    if debit:
        rows.append((draft.say("debited"), masked(debit.debited_iban) if debit.debited_iban else None, _VALUE))
        rows.append((draft.say("mandate"), debit.mandate, _VALUE))
        rows.append((draft.say("creditor_id"), debit.creditor_id, _VALUE))
    for label, words, pen in rows:
        if words:
            yield label, paragraph(words, pen, _ACCOUNT_WIDTH)


def _label_width(labels: list[str]) -> float:
    return max(map(_LABEL.width, labels), default=0.0) + 12


def _pairs_width(pairs: list[_Pair]) -> float:
    labels = [label for label, _ in pairs]
    return _label_width(labels) + max((words.width for _, words in pairs), default=0.0)


def _height(pairs: list[_Pair]) -> float:
    return sum(max(words.height, _LABEL.line) + 1.5 for _, words in pairs)


def _draw_pairs(sheet: Sheet, left: float, top: float, pairs: list[_Pair]) -> None:
    indent = _label_width([label for label, _ in pairs])
    for label, words in pairs:
        sheet.text(left, top + 8.8, label, _LABEL)
        words.draw(sheet, left + (indent if label else 0.0), top)
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
