"""Totals of an invoice (BG-22, BG-23): from its own lines, or closed on what a source printed.

`compute` is for billing code that builds the model itself: BR-CO-10 to BR-CO-17, VAT rounded once for each category
and rate. `close` (see `closing`) is for an invoice that was already issued, whose totals are facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pdp_bridge.model import money
from pdp_bridge.model.breakdown import Group, Reason, breakdown, sum_of
from pdp_bridge.model.closing import EXTRA_TAX_AMBIGUOUS, TOTALS_MISMATCH, Closing, ClosingError, close
from pdp_bridge.model.invoice import AllowanceCharge, Line, Totals, VatBreakdown
from pdp_bridge.model.money import ZERO, Amount
from pdp_bridge.model.sharing import SourceLine, SourceTotals

__all__ = [
    "EXTRA_TAX_AMBIGUOUS",
    "TOTALS_MISMATCH",
    "Closing",
    "ClosingError",
    "Group",
    "Reason",
    "SourceLine",
    "SourceTotals",
    "close",
    "compute",
]


def compute(
    lines: Sequence[Line],
    allowances: Sequence[AllowanceCharge] = (),
    *,
    reasons: Mapping[str, Reason] | None = None,
    paid: Amount = ZERO,
    rounding: Amount | None = None,
    vat_total_accounting: Amount | None = None,
) -> tuple[tuple[VatBreakdown, ...], Totals]:
    """BG-23 and BG-22 of lines (BT-131 as given), document allowances and charges.

    `reasons` by VAT category, for those that bear no VAT (BT-120, BT-121); `paid` is BT-113, `rounding` BT-114.

    >>> from decimal import Decimal
    >>> line = Line(id="1", name="Audit", quantity=Decimal(1), unit="DAY", unit_price=Decimal("187.40"),
    ...             net=money.amount("187.40"), rate=Decimal("5.5"))
    >>> groups, totals = compute([line])
    >>> groups[0].tax, totals.total_with_vat
    (Decimal('10.31'), Decimal('197.71'))
    """
    bases: dict[Group, Amount] = {}
    for line in lines:
        _add(bases, (str(line.category), line.rate), line.net)
    for one in allowances:
        _add(bases, (str(one.category), one.rate), one.amount if one.charge else money.negated(one.amount))
    taxes = {group: money.vat_on(base, group[1]) if group[1] else ZERO for group, base in bases.items()}
    without_vat = money.total(bases.values())
    vat_total = money.total(taxes.values())
    with_vat = money.total([without_vat, vat_total])
    totals = Totals(
        lines_total=money.total(line.net for line in lines),
        allowances_total=sum_of(allowances, charge=False),
        charges_total=sum_of(allowances, charge=True),
        total_without_vat=without_vat,
        vat_total=vat_total,
        vat_total_accounting=vat_total_accounting,
        total_with_vat=with_vat,
        paid=paid or None,
        rounding=rounding,
        due=money.total([with_vat, money.negated(paid), rounding or ZERO]),
    )
    return breakdown(bases, taxes, reasons or {}), totals


def _add(bases: dict[Group, Amount], group: Group, value: Amount) -> None:
    bases[group] = money.total([bases.get(group, ZERO), value])
