"""Right totals of 0.00 that an official file refuses, because it adds in binary what cancels out in decimals.

Factur-X 1.09.2 (EN 16931 1.3.16) asks BR-CO-11 and BR-CO-14 as `. = (round(sum(…)*10*10) div 100)` on values without a
type, which XPath adds as doubles: −0.07 + 0.08 − 0.01 leaves −5E-18, which rounds to a negative zero, which SaxonC 13.1
finds unequal to the 0.00 of the message. Measured on 13 989 sums of zero: 3 158 are refused, each of them foretold here.
The order decides: −0.07 − 0.01 + 0.08 leaves nothing, so the VAT groups are stated in an order that adds up, if there is
one (for three in four of those there is), and the invoice is refused by name if there is none.

The other sums are safe: BR-CO-10, BR-CO-13, BR-CO-15, BR-CO-16 and BR-S-08 to BR-O-08 add decimals, BR-CO-12 adds a
positive zero last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, permutations

from pdp_bridge.model.invoice import AllowanceCharge, VatBreakdown
from pdp_bridge.model.money import Amount, below_zero_in_binary
from pdp_bridge.model.report import Finding, Severity

_SHOWN = 5
"""Amounts repeated in a finding: enough to recognise them."""

_ORDERS = 720
"""Orders tried at most: all those of six VAT groups."""


def in_an_order_that_adds_up(breakdown: Sequence[VatBreakdown]) -> tuple[VatBreakdown, ...]:
    """BG-23 in the order given, or else in the first other order whose VAT the official file adds up rightly."""
    orders = islice(permutations(breakdown), _ORDERS)
    given = tuple(breakdown)
    return next((one for one in orders if not below_zero_in_binary(vat.tax for vat in one)), given)


def refused_zeros(
    breakdown: Iterable[VatBreakdown], allowances: Iterable[AllowanceCharge], *, rule: str
) -> Iterator[Finding]:
    """Which totals the official file would refuse, as findings of `rule`: the VAT (BT-110), the allowances (BT-107)."""
    taxes = [vat.tax for vat in breakdown]
    if below_zero_in_binary(taxes):
        yield _refused(rule, "BR-CO-14", "BT-110", ("VAT amounts", "montants de TVA"), taxes)
    granted = [item.amount for item in allowances if not item.charge]
    if below_zero_in_binary(granted):
        yield _refused(rule, "BR-CO-11", "BT-107", ("allowances", "remises"), granted)


def _refused(rule: str, official: str, term: str, what: tuple[str, str], amounts: Sequence[Amount]) -> Finding:
    shown = "; ".join(map(str, amounts[:_SHOWN])) + (" …" if len(amounts) > _SHOWN else "")
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        message=f"The {what[0]} cancel out to 0.00, which is right, but the official file adds them in binary and refuses "
        f"the total ({official}): bill what is sold and what is taken back as an invoice and a credit note.",
        message_fr=f"Les {what[1]} s’annulent à 0,00, ce qui est juste, mais le fichier officiel les additionne en "
        f"binaire et refuse le total ({official}) : facturez ce qui est vendu et ce qui est repris par une facture et "
        "un avoir.",
        term=term,
        field="items.total",
        value=shown,
    )
