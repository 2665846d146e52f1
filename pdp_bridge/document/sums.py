"""Under the table: the VAT summary on the left, the totals on the right, one block that no page break cuts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pdp_bridge.document import fonts
from pdp_bridge.document.draft import CREDIT, SMALL, Draft
from pdp_bridge.document.layout import (
    GREY,
    HAIRLINE,
    INK,
    MARGIN,
    RIGHT,
    WHITE,
    Block,
    Paragraph,
    Pen,
    Sheet,
    column,
    paragraph,
)
from pdp_bridge.model.codes import VatCategory
from pdp_bridge.model.invoice import AllowanceCharge, Invoice, Line, RowKind, VatBreakdown
from pdp_bridge.model.money import ZERO, Amount, minus, negated, total

_TOTALS_WIDTH = 222.0
_SUMMARY_WIDTH = 248.0
_ROW = 14.6
_RULE_SPACE = 4.0
_DUE_HEIGHT = 27.0
_PLAIN = Pen(9.0)
_BOLD = Pen(9.0, fonts.BOLD)
_CELL = Pen(8.2)
_CELL_HEAD = Pen(7.0, color=GREY)
_CELL_ROW = 12.6
_FINAL = "4"
"""Last character of BT-23: final invoice after deposits."""
_DEPOSIT = re.compile(r"\b(?:acompte|deposit|down payment|anticipo|voorschot)", re.IGNORECASE)
_CATEGORY_WORDS: dict[str, str] = {
    VatCategory.REVERSE_CHARGE: "reverse_charge",
    VatCategory.EXEMPT: "exempt",
    VatCategory.INTRA_COMMUNITY: "exempt",
    VatCategory.EXPORT: "exempt",
    VatCategory.OUT_OF_SCOPE: "out_of_scope",
}


class Sum(NamedTuple):
    """One row of the totals."""

    label: str
    value: str
    pen: Pen = _PLAIN
    ruled: bool = False  # a hairline above


def block(draft: Draft) -> Block:
    """The VAT summary and the totals, side by side."""
    sums = list(_sums(draft))
    due = _due(draft)
    labels = [paragraph(one.label, one.pen, _TOTALS_WIDTH - one.pen.width(one.value) - 14) for one in sums]
    heights = [
        max(_ROW, label.height + 3) + (_RULE_SPACE if one.ruled else 0.0)
        for one, label in zip(sums, labels, strict=True)
    ]
    reasons = _reasons(draft)
    table = [] if draft.without_vat else list(draft.invoice.vat_breakdown)
    table_height = _ROW + _CELL_ROW * (len(table) + 1) + 6 if table else 0.0
    left_height = table_height + sum(one.height for one in reasons)
    height = max(sum(heights) + 4 + _DUE_HEIGHT, left_height) + 12

    def draw(sheet: Sheet, top: float) -> None:
        y = top + 8
        _draw_totals(sheet, y, sums, labels, heights)
        _draw_due(sheet, y + sum(heights) + 4, due, draft)
        if table:
            _draw_summary(sheet, y, table, draft)
        column(reasons, sheet, MARGIN, y + table_height)

    return Block(height=height + 8, draw=draw)


# Totals


def _sums(draft: Draft) -> Iterator[Sum]:
    invoice, totals, money, say = draft.invoice, draft.invoice.totals, draft.figures.money, draft.say
    plain = draft.without_vat
    yield from _deposits(draft)
    if invoice.allowances:
        yield Sum(say("lines_total_plain" if plain else "lines_total"), money(totals.lines_total))
        for allowance in invoice.allowances:
            yield _allowance(draft, allowance)
    yield Sum(say("total" if plain else "total_without_vat"), money(totals.total_without_vat), _BOLD)
    if not plain:
        yield from _taxes(draft)
        yield Sum(say("total_with_vat"), money(totals.total_with_vat), _BOLD, ruled=True)
    if totals.vat_total_accounting is not None and invoice.vat_currency:
        words = say("vat_in", currency=invoice.vat_currency)
        yield Sum(words, money(totals.vat_total_accounting, invoice.vat_currency), SMALL)
    if totals.rounding:
        yield Sum(say("rounding"), money(totals.rounding))
    yield from _paid(draft)


def _deposits(draft: Draft) -> Iterator[Sum]:
    """On a final invoice, what is sold as a whole and what the deposits take away; the rest follows."""
    invoice, money = draft.invoice, draft.figures.money
    deducted = total(line.net for line in invoice.lines if line.net < 0 and _names_deposit(line, invoice))
    if not deducted or not (invoice.framework or "").endswith(_FINAL):
        return
    suffix = "_plain" if draft.without_vat else ""
    yield Sum(draft.say(f"before_deposits{suffix}"), money(minus(invoice.totals.lines_total, deducted)))
    yield Sum(draft.say(f"deposits_deducted{suffix}"), money(deducted))


def _names_deposit(line: Line, invoice: Invoice) -> bool:
    words = f"{line.name} {line.description or ''}"
    return any(one.number in words for one in invoice.preceding) or _DEPOSIT.search(words) is not None


def _allowance(draft: Draft, allowance: AllowanceCharge) -> Sum:
    figures = draft.figures
    words = allowance.reason or draft.say("charge" if allowance.charge else "allowance")
    percent = f" {figures.rate(allowance.percent)}" if allowance.percent is not None else ""
    several = len({(one.category, one.rate) for one in draft.invoice.vat_breakdown}) > 1
    on = (
        f" ({draft.say('vat_at', rate=figures.rate(allowance.rate))})" if several and allowance.rate is not None else ""
    )
    value = allowance.amount if allowance.charge else negated(allowance.amount)
    return Sum(f"{words}{percent}{on}", figures.money(value))


def _taxes(draft: Draft) -> Iterator[Sum]:
    money, say = draft.figures.money, draft.say
    taxed = [one for one in draft.invoice.vat_breakdown if one.tax or one.category == VatCategory.STANDARD]
    for one in taxed:
        rate = draft.figures.rate(one.rate) if one.rate is not None else ""
        yield Sum(say("vat_at", rate=rate), money(one.tax))
    if not taxed:
        yield Sum(say("vat"), money(draft.invoice.totals.vat_total or ZERO))


def _paid(draft: Draft) -> Iterator[Sum]:
    money = draft.figures.money
    paid = draft.invoice.totals.paid or ZERO
    subsidies = [row for row in draft.invoice.rows if row.kind is RowKind.SUBSIDY and row.amount is not None]
    for row in subsidies:
        yield Sum(row.text or draft.say("paid"), money(-abs(row.amount or ZERO)))
    rest = minus(paid, total(Amount(abs(row.amount or ZERO)) for row in subsidies))
    if rest:
        yield Sum(draft.say("paid"), money(negated(rest)))


def _due(draft: Draft) -> Sum:
    key = "credited" if draft.credit else "due"
    return Sum(draft.say(key), draft.figures.money(draft.invoice.totals.due))


def _draw_totals(sheet: Sheet, top: float, sums: list[Sum], labels: list[Paragraph], heights: list[float]) -> None:
    left = RIGHT - _TOTALS_WIDTH
    for one, label, height in zip(sums, labels, heights, strict=True):
        drop = _RULE_SPACE if one.ruled else 0.0
        if one.ruled:
            sheet.rule(left + 8, RIGHT - 8, top + 2, HAIRLINE)
        label.draw(sheet, left + 8, top + drop + 1.5)
        sheet.right(RIGHT - 8, top + drop + 11, one.value, one.pen)
        top += height


def _draw_due(sheet: Sheet, top: float, due: Sum, draft: Draft) -> None:
    left = RIGHT - _TOTALS_WIDTH
    color, ink = (CREDIT, WHITE) if draft.credit else (draft.accent, draft.on_accent)
    value_pen = Pen(12.0, fonts.BOLD, ink).fitting(due.value, _TOTALS_WIDTH * 0.62)
    room = _TOTALS_WIDTH - value_pen.width(due.value) - 26
    label_pen = Pen(10.5, fonts.BOLD, ink).fitting(due.label, room)
    sheet.box(left, top, _TOTALS_WIDTH, _DUE_HEIGHT, color)
    sheet.text(left + 8, top + 17.6, due.label, label_pen)
    sheet.right(RIGHT - 8, top + 18, due.value, value_pen)


# VAT summary


def _draw_summary(sheet: Sheet, top: float, table: list[VatBreakdown], draft: Draft) -> None:
    figures = draft.figures
    edges = (MARGIN + 0.66 * _SUMMARY_WIDTH, MARGIN + _SUMMARY_WIDTH)
    draft.label("vat_summary", _SUMMARY_WIDTH).draw(sheet, MARGIN, top)
    y = top + _ROW + 7
    sheet.text(MARGIN, y, draft.say("rate"), _CELL_HEAD)
    for edge, key in zip(edges, ("base", "tax"), strict=True):
        sheet.right(edge, y, draft.say(key), _CELL_HEAD)
    sheet.rule(MARGIN, MARGIN + _SUMMARY_WIDTH, y + 4.2, INK, 0.4)
    for one in table:
        y += _CELL_ROW
        sheet.text(MARGIN, y + 3.2, _rate(draft, one), _CELL)
        for edge, value in zip(edges, (one.base, one.tax), strict=True):
            sheet.right(edge, y + 3.2, figures.amount(value), _CELL)


def _rate(draft: Draft, one: VatBreakdown) -> str:
    key = _CATEGORY_WORDS.get(one.category)
    if key:
        return draft.say(key)
    return draft.figures.rate(one.rate) if one.rate is not None else one.category


def _reasons(draft: Draft) -> list[Paragraph]:
    """Why no VAT is charged: the text of BT-120, which is the legal mention."""
    seen = dict.fromkeys(one.exemption_text for one in draft.invoice.vat_breakdown if one.exemption_text)
    pen = Pen(8.6, fonts.BOLD, leading=11.6) if draft.without_vat else Pen(7.8, fonts.ITALIC, leading=10.4)
    found = [paragraph(reason, pen, _SUMMARY_WIDTH, before=3.0) for reason in seen]
    reversed_charge = any(one.category == VatCategory.REVERSE_CHARGE for one in draft.invoice.vat_breakdown)
    if reversed_charge and not any("autoliquidation" in reason.casefold() for reason in seen):
        found.insert(0, paragraph("Autoliquidation", pen, _SUMMARY_WIDTH, before=3.0))
    return found
