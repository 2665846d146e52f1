"""The reconciliation to the cent: the source's snapshots, the documents that were sent, the deposits that are known.

The sent side is read back from the XML inside the exact bytes that went out. The source side by rate is the snapshot
stated again (as pulled, by the mapping); its totals are those that Facturation.pro printed, which no mapping touched. A
credit note counts negative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.model import money
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.money import ZERO, Amount, minus, negated
from pdp_bridge.model.pulled import Printed
from pdp_bridge.model.status import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """BT-109, BT-110 and BT-112 of one or several invoices; credit notes are negative."""

    without_vat: Amount = ZERO
    vat: Amount = ZERO
    with_vat: Amount = ZERO

    def plus(self, other: Totals) -> Totals:
        """The exact sum."""
        return Totals(
            without_vat=money.total((self.without_vat, other.without_vat)),
            vat=money.total((self.vat, other.vat)),
            with_vat=money.total((self.with_vat, other.with_vat)),
        )

    def less(self, other: Totals) -> Totals:
        """The exact difference."""
        return Totals(
            without_vat=minus(self.without_vat, other.without_vat),
            vat=minus(self.vat, other.vat),
            with_vat=minus(self.with_vat, other.with_vat),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One invoice that was sent, seen from each side; None where a side is not known."""

    number: str
    currency: str
    sent: Invoice
    stated: Invoice | None  # the snapshot, stated again
    printed: Totals | None
    deposited: bool  # a deposit of these very bytes is known
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLine:
    """One VAT category and rate, over the invoices whose two sides are known."""

    currency: str
    category: str  # BT-118
    rate: Decimal | None  # BT-119, in percent
    source_base: Amount
    source_tax: Amount
    sent_base: Amount
    sent_tax: Amount

    @property
    def difference(self) -> Amount:
        """What is in the source, base and tax, less what was sent: its absolute value, so that nothing cancels out."""
        base, tax = minus(self.source_base, self.sent_base), minus(self.source_tax, self.sent_tax)
        return money.total((_size(base), _size(tax)))

    @property
    def even(self) -> bool:
        """No cent differs."""
        return (self.source_base, self.source_tax) == (self.sent_base, self.sent_tax)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The totals of everything sent in one currency, on each side."""

    currency: str
    invoices: int
    source: Totals
    sent: Totals
    platform: Totals  # what the platform has by its deposits
    validated: Totals
    pending: Totals
    rejected: Totals

    @property
    def difference(self) -> Amount:
        """With VAT: between source and documents, and between documents and platform, so that nothing cancels out."""
        source, platform = self.source.less(self.sent).with_vat, self.sent.less(self.platform).with_vat
        return money.total((_size(source), _size(platform)))

    @property
    def even(self) -> bool:
        """No cent differs between the three."""
        return self.source == self.sent == self.platform


def printed_totals(printed: Printed) -> Totals | None:
    """The printed figures; None when one of them is unknown."""
    if printed.total_without_vat is None or printed.total_with_vat is None or printed.vat is None:
        return None
    return Totals(without_vat=printed.total_without_vat, vat=printed.vat, with_vat=printed.total_with_vat)


def totals_of(invoice: Invoice) -> Totals:
    """The figures of a document, in the sign of the books."""
    totals = invoice.totals
    return Totals(
        without_vat=_signed(invoice, totals.total_without_vat),
        vat=_signed(invoice, minus(totals.total_with_vat, totals.total_without_vat)),
        with_vat=_signed(invoice, totals.total_with_vat),
    )


def rates(compared: Iterable[Compared]) -> tuple[RateLine, ...]:
    """By currency, then the highest rate first."""
    groups: dict[tuple[str, str, Decimal | None], list[list[Amount]]] = {}
    for each in compared:
        if each.stated is None:
            continue
        for side, invoice in enumerate((each.stated, each.sent)):
            for group in invoice.vat_breakdown:
                rate = None if group.rate is None else group.rate.normalize()
                sides = groups.setdefault((each.currency, group.category, rate), [[], [], [], []])
                sides[side * 2].append(_signed(invoice, group.base))
                sides[side * 2 + 1].append(_signed(invoice, group.tax))
    ordered = sorted(groups, key=lambda key: (key[0], -(key[2] or Decimal(0)), key[1]))
    lines = []
    for currency, category, rate in ordered:
        source_base, source_tax, sent_base, sent_tax = (money.total(side) for side in groups[currency, category, rate])
        lines.append(
            RateLine(
                currency=currency,
                category=category,
                rate=rate,
                source_base=source_base,
                source_tax=source_tax,
                sent_base=sent_base,
                sent_tax=sent_tax,
            )
        )
    return tuple(lines)


def reconciliations(compared: Iterable[Compared]) -> tuple[Reconciliation, ...]:
    """One for each currency. An invoice whose printed totals are unknown counts as stated again, else as nothing."""
    everything = list(compared)
    found = []
    for currency in sorted({each.currency for each in everything}):
        mine = [each for each in everything if each.currency == currency]
        deposited = [each for each in mine if each.deposited]
        by_outcome = {
            outcome: _sum(totals_of(each.sent) for each in deposited if each.outcome is outcome) for outcome in Outcome
        }
        found.append(
            Reconciliation(
                currency=currency,
                invoices=len(mine),
                source=_sum(_source_totals(each) for each in mine),
                sent=_sum(totals_of(each.sent) for each in mine),
                platform=_sum(totals_of(each.sent) for each in deposited),
                validated=by_outcome[Outcome.VALIDATED],
                pending=by_outcome[Outcome.PENDING],
                rejected=by_outcome[Outcome.REJECTED],
            )
        )
    return tuple(found)


def _source_totals(each: Compared) -> Totals:
    if each.printed is not None:
        return each.printed
    return totals_of(each.stated) if each.stated else Totals()


def _sum(totals: Iterable[Totals]) -> Totals:
    result = Totals()
    for each in totals:
        result = result.plus(each)
    return result


def _signed(invoice: Invoice, value: Amount) -> Amount:
    return negated(value) if invoice.type in CREDIT_NOTE_TYPES else value


def _size(value: Amount) -> Amount:
    return negated(value) if value < 0 else value
