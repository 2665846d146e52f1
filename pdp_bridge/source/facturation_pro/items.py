"""The items of an invoice as the source lists them: which are priced lines, which only dress the page.

`style` says what an item is; people also put amounts on title rows, and options of a quote stay on its invoice. What
counts is decided by the source's own total, among few readings (facturation-pro.md §3.6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.errors import MappingError
from pdp_bridge.model import money
from pdp_bridge.model.invoice import RowKind
from pdp_bridge.model.report import Finding
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.record import Record

_STYLES = {
    "comment": RowKind.COMMENT,
    "title": RowKind.TITLE,
    "subtotal": RowKind.SUBTOTAL,
    "new_page": RowKind.PAGE_BREAK,
    "subsidy": RowKind.SUBSIDY,
}
_NEAR = Decimal("0.01")
_TOLERATED = Decimal("0.05")
_PRICE_DECIMALS = 6
"""BR-FR-DEC-03."""
_QUANTITY_DECIMALS = 4
"""BR-FR-DEC-02."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item in printed order; amounts carry the source's sign."""

    record: Record
    kind: RowKind
    quantity: Decimal
    unit_price: Decimal
    total: Decimal
    optional: bool = False

    @property
    def title(self) -> str:
        """Its words, in lines."""
        return self.record.text("title") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to understand the items: those that are priced lines. `optional` if it counts optional ones."""

    priced: tuple[Item, ...]
    optional: bool = False


def items_of(invoice: Record) -> tuple[Item, ...]:
    """Every item, by position; equal and absent positions keep the order of the list.

    Raises `MappingError`: `LINE_STYLE_UNKNOWN`, `NO_LINES`.
    """
    records = list(invoice.records("items"))
    positions = [_position(record) for record in records]
    order = sorted(range(len(records)), key=lambda index: (positions[index] is None, positions[index] or 0, index))
    items = tuple(_item(records[index]) for index in order)
    if not any(item.kind is RowKind.LINE for item in items):
        raise problem(
            "NO_LINES",
            term="BG-25",
            field="items",
            value=None,
            message="The invoice has no priced line: add at least one line with a price.",
            message_fr="La facture n’a aucune ligne chiffrée : ajoutez au moins une ligne avec un prix.",
        )
    return items


def readings(items: Sequence[Item]) -> Iterator[Reading]:
    """From the plainest to the widest: lines only, then also rows of a style that bear an amount, then options."""
    plain = tuple(item for item in items if item.kind is RowKind.LINE and not item.optional)
    styled = tuple(item for item in items if _counts(item) and not item.optional)
    wide = tuple(item for item in items if _counts(item))
    seen: list[tuple[Item, ...]] = []
    for priced in (plain, styled, wide):
        if priced and priced not in seen:
            seen.append(priced)
            yield Reading(priced=priced, optional=any(item.optional for item in priced))


def checked(item: Item) -> tuple[Decimal, Finding | None]:
    """The unit price that goes with the line's total, and a warning when it had to be recomputed.

    Raises `MappingError`: `LINE_TOTAL_MISMATCH` when quantity × price is not the line's total, `LINE_DECIMALS` when
    either has more decimals than a message may hold.
    """
    _require_decimals(item)
    gap = abs(money.product(item.quantity, item.unit_price) - item.total)
    if gap <= _NEAR:
        return item.unit_price, None
    if gap > _TOLERATED or not item.quantity:
        raise _mismatch(item)
    warning = remark(
        "LINE_TOTAL_MISMATCH",
        term="BT-146",
        field="items.unit_price",
        value=item.unit_price,
        message=f"The line “{item.title[:40]}” is worth {item.total}, a little off {item.quantity} × "
        f"{item.unit_price}: the unit price is taken from its total."
        " Nothing is to be done.",
        message_fr=f"La ligne « {item.title[:40]} » vaut {item.total}, un peu à côté de {item.quantity} × "
        f"{item.unit_price} : le prix unitaire est repris de son total."
        " Il n’y a rien à faire.",
    )
    return money.rounded_to(item.total / item.quantity, _PRICE_DECIMALS), warning


def _require_decimals(item: Item) -> None:
    for term, key, value, most in (
        ("BT-129", "quantity", item.quantity, _QUANTITY_DECIMALS),
        ("BT-146", "unit_price", item.unit_price, _PRICE_DECIMALS),
    ):
        if money.rounded_to(value, most) != value:
            raise problem(
                "LINE_DECIMALS",
                term=term,
                field=f"items.{key}",
                value=value,
                message=f"The line “{item.title[:40]}” holds a number with more than {most} decimals ({value}): enter "
                "its quantity with 4 decimals at most and its unit price with 6 at most.",
                message_fr=f"La ligne « {item.title[:40]} » porte un nombre à plus de {most} décimales ({value}) : "
                "saisissez sa quantité avec 4 décimales au plus et son prix unitaire avec 6 au plus.",
            )


def _position(record: Record) -> Decimal | None:
    return record.decimal("position")


def _counts(item: Item) -> bool:
    styled = item.kind in (RowKind.COMMENT, RowKind.TITLE) and bool(item.total)
    return item.kind is RowKind.LINE or styled


def _item(record: Record) -> Item:
    quantity, price, total = (record.decimal(key) for key in ("quantity", "unit_price", "total"))
    if total is None:
        total = money.product(quantity if quantity is not None else Decimal(1), price or Decimal(0))
    kind = _kind(record, total)
    # A free text row is often written as a line without quantity, price and VAT (a habit of the source's users).
    empty = not (quantity or price or total or record.decimal("vat"))
    return Item(
        record=record,
        kind=RowKind.COMMENT if kind is RowKind.LINE and empty else kind,
        quantity=Decimal(1) if quantity is None else quantity,
        unit_price=price or Decimal(0),
        total=total,
        optional=record.flag("optional"),
    )


def _kind(record: Record, total: Decimal) -> RowKind:
    style = (record.line("style") or "").lower()
    if not style:
        return RowKind.LINE
    if style in _STYLES:
        return _STYLES[style]
    if total:
        raise problem(
            "LINE_STYLE_UNKNOWN",
            term="BG-25",
            field="items.style",
            value=style,
            message=f"A row of the unknown style “{style}” bears an amount: tell us about this style; the invoice "
            "is not sent meanwhile.",
            message_fr=f"Une ligne du style inconnu « {style} » porte un montant : signalez-nous ce style ; la "
            "facture n’est pas envoyée en attendant.",
        )
    return RowKind.COMMENT


def _mismatch(item: Item) -> MappingError:
    return problem(
        "LINE_TOTAL_MISMATCH",
        term="BT-131",
        field="items.total",
        value=item.total,
        message=f"The line “{item.title[:40]}” is worth {item.total}, but {item.quantity} × {item.unit_price} is not: "
        "open the invoice in Facturation.pro and save it again, or report it to their support.",
        message_fr=f"La ligne « {item.title[:40]} » vaut {item.total}, mais pas {item.quantity} × {item.unit_price} : "
        "rouvrez la facture dans Facturation.pro et enregistrez-la, ou signalez-le à leur support.",
    )


def optional_counted() -> MappingError:
    """The source's total includes lines marked optional."""
    return problem(
        "OPTIONAL_LINE_COUNTED",
        term="BG-25",
        field="items.optional",
        value=True,
        message="A line marked optional is counted in the total: untick “optional” on that line, or remove it.",
        message_fr="Une ligne marquée en option est comptée dans le total : décochez « option » sur cette ligne, ou "
        "retirez-la.",
    )
