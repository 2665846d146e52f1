"""What stands beside the priced lines: comments, titles, subtotals, page breaks and subsidies.

In the message, comments and titles become notes of their lines (BT-127) and a subsidy part of what is already paid
(BT-113) with a note; on the page, all of them are rows in their place (facturation-pro.md §3.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.model import money
from pdp_bridge.model.codes import Language
from pdp_bridge.model.invoice import Row, RowKind
from pdp_bridge.model.money import Amount
from pdp_bridge.source.facturation_pro.items import Item

_SUBSIDY = {
    Language.FRENCH: "{label}\u00a0: {amount} {currency}, à déduire du total TTC",
    Language.ENGLISH: "{label}: {amount} {currency}, deducted from the total including VAT",
    Language.SPANISH: "{label}: {amount} {currency}, a deducir del total con IVA",
    Language.DUTCH: "{label}: {amount} {currency}, in mindering op het totaal inclusief btw",
}
_OPTION = {
    Language.FRENCH: "En option, non compris\u00a0: {label}",
    Language.ENGLISH: "Optional, not included: {label}",
    Language.SPANISH: "Opcional, no incluido: {label}",
    Language.DUTCH: "Optioneel, niet inbegrepen: {label}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dressing:
    """`notes` beside each priced line, in line order; `rows` of the page, empty when it shows the lines only."""

    notes: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]


def subsidies_of(items: Sequence[Item]) -> Decimal:
    """The sum of the subsidy rows, whatever their sign: what a third party pays."""
    return abs(sum((item.total for item in items if item.kind is RowKind.SUBSIDY), start=Decimal(0)))


def subsidy_notes(items: Sequence[Item], currency: str, language: Language) -> tuple[str, ...]:
    """One sentence for each subsidy row."""
    return tuple(
        _SUBSIDY[language].format(
            label=" ".join(item.title.split()),
            amount=_printed(money.rounded(abs(item.total)), language),
            currency=currency,
        )
        for item in items
        if item.kind is RowKind.SUBSIDY and item.total
    )


def dressing_of(items: Sequence[Item], priced: Sequence[Item], nets: Sequence[Amount], language: Language) -> Dressing:
    """Notes and rows. `priced` are the items that became lines, `nets` their amounts (BT-131)."""
    index_of = {id(item): index for index, item in enumerate(priced)}
    lines = [index_of.get(id(item)) for item in items]
    rows = tuple(_rows(items, lines, nets, language))
    plainly = all(row.kind is RowKind.LINE for row in rows)
    return Dressing(notes=_notes(items, lines, len(priced)), rows=() if plainly else rows)


def _notes(items: Sequence[Item], lines: Sequence[int | None], count: int) -> tuple[tuple[str, ...], ...]:
    """A comment belongs to the line before it, a title to the one after it; at the edges, to the nearest line."""
    notes: list[list[str]] = [[] for _ in range(count)]
    before = -1
    for item, line in zip(items, lines, strict=True):
        text = item.title
        if line is not None:
            before = line
        elif item.kind is RowKind.COMMENT and text:
            notes[max(before, 0)].append(text)
        elif item.kind is RowKind.TITLE and text:
            notes[min(before + 1, count - 1)].append(f"[{text}]")
    return tuple(tuple(texts) for texts in notes)


def _rows(items: Sequence[Item], lines: Sequence[int | None], nets: Sequence[Amount], language: Language) -> list[Row]:
    rows: list[Row] = []
    running: list[Amount] = []
    for item, line in zip(items, lines, strict=True):
        text = item.title or None
        if line is not None:
            running.append(nets[line])
            rows.append(Row(kind=RowKind.LINE, line=line))
            continue
        if item.kind is RowKind.LINE:
            rows.append(Row(kind=RowKind.COMMENT, text=_OPTION[language].format(label=text or "")))
            continue
        rows.append(Row(kind=item.kind, text=text, amount=_amount(item, running)))
        if item.kind in (RowKind.SUBTOTAL, RowKind.TITLE):
            running.clear()
    return rows


def _amount(item: Item, running: Sequence[Amount]) -> Amount | None:
    """A subtotal sums the lines since the last subtotal or title; a subsidy is a deduction."""
    if item.kind is RowKind.SUBTOTAL:
        return money.total(running)
    if item.kind is RowKind.SUBSIDY:
        return money.negated(money.rounded(abs(item.total)))
    return None


def _printed(value: Amount, language: Language) -> str:
    return f"{value}" if language is Language.ENGLISH else f"{value}".replace(".", ",")
