"""How, when and where to pay: terms, account, and the code that a banking app scans.

Mentions of L441-9 of the Code de commerce: date and terms of payment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pdp_bridge.document import fonts, symbol, transfer
from pdp_bridge.document.draft import SMALL, STRONG, Draft
from pdp_bridge.document.figures import grouped, masked
from pdp_bridge.document.layout import (
    CONTENT,
    GREY,
    MARGIN,
    RIGHT,
    Block,
    Paragraph,
    Pen,
    Sheet,
    paragraph,
)
from pdp_bridge.document.texts import means_of_payment
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES
from pdp_bridge.model.invoice import Payment
from pdp_bridge.model.page import PageStyle

_LABEL = Pen(8.0, color=GREY, leading=11.6)
_VALUE = Pen(8.6, leading=11.6)
_ACCOUNT = Pen(9.0, fonts.BOLD, leading=11.6)
_ACCOUNT_WIDTH = 190.0
_GUTTER = 26.0
_CODE_SIDE = 74.0
"""26 mm: a module of the largest code is then 0.38 mm, which any telephone reads."""


@dataclass(frozen=True, slots=True)
class Code:
    """The QR code of the transfer and its caption."""

    modules: int
    runs: list[symbol.Run]
    caption: Paragraph

    @property
    def height(self) -> float:
        """With the caption."""
        return _CODE_SIDE + 4 + self.caption.height

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """The code, its caption below."""
        sheet.modules(self.runs, left, top, _CODE_SIDE / self.modules)
        self.caption.draw(sheet, left, top + _CODE_SIDE + 4)


def block(draft: Draft, style: PageStyle) -> Iterator[Block]:
    """The payment of the invoice; nothing when there is nothing to say about it.

    The account stands beside the terms, or below them when the code takes the place that their words need.
    """
    code = _code(draft) if style.qr_code else None
    room = CONTENT - (_CODE_SIDE + _GUTTER if code else 0.0)
    means = draft.invoice.payment
    account = list(_account(draft, means)) if means else []
    account_width = _pairs_width(account)
    conditions = list(_conditions(draft, room - account_width - (_GUTTER if account else 0.0)))
    if account and code and any(len(words.lines) > 1 for _, words in conditions):
        conditions, account = [*_conditions(draft, room), *account], []
    if not conditions and not account:
        return
    heading = draft.label("payment", CONTENT)
    height = max(_height(conditions), _height(account)) + heading.height + 12
    account_left = MARGIN + room - account_width if conditions else MARGIN

    def draw(sheet: Sheet, top: float) -> None:
        heading.draw(sheet, MARGIN, top + 4)
        _draw_pairs(sheet, MARGIN, top + 6 + heading.height, conditions)
        _draw_pairs(sheet, account_left, top + 6 + heading.height, account)
        if code:
            code.draw(sheet, RIGHT - _CODE_SIDE, top + 6)

    yield Block(height=max(height, code.height + 14 if code else 0.0), draw=draw)


def _code(draft: Draft) -> Code | None:
    text = transfer.payload(draft.invoice)
    if text is None:
        return None
    modules, runs = symbol.squares(text)
    return Code(modules, runs, paragraph(draft.say("scan"), SMALL, _CODE_SIDE))


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
