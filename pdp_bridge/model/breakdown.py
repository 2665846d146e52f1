"""VAT groups: the lines, allowances and charges of one category and rate, and their breakdown (BG-23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.model import money
from pdp_bridge.model.invoice import AllowanceCharge, VatBreakdown
from pdp_bridge.model.money import Amount

Group = tuple[str, Decimal | None]
"""VAT category (BT-151) and rate in percent (BT-152); no rate for category O."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a VAT category bears no VAT: BT-120 and BT-121."""

    text: str | None
    code: str | None = None


def breakdown(
    bases: Mapping[Group, Amount], taxes: Mapping[Group, Amount], reasons: Mapping[str, Reason]
) -> tuple[VatBreakdown, ...]:
    """BG-23: the groups, highest rate first, then by category."""
    nothing = Reason(text=None)
    return tuple(
        VatBreakdown(
            category=category,
            rate=rate,
            base=bases[category, rate],
            tax=taxes[category, rate],
            exemption_text=reasons.get(category, nothing).text,
            exemption_code=reasons.get(category, nothing).code,
        )
        for category, rate in sorted(bases, key=lambda group: (-(group[1] or Decimal(0)), group[0]))
    )


def sum_of(allowances: Sequence[AllowanceCharge], *, charge: bool) -> Amount | None:
    """BT-107 or BT-108; None when there is none (BR-CO-11, BR-CO-12)."""
    amounts = [one.amount for one in allowances if one.charge is charge]
    return money.total(amounts) if amounts else None
