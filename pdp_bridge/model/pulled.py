"""What comes from a source: snapshots of issued invoices, and the records that were passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pdp_bridge.model.money import Amount, minus, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """How an invoice is named at its source. `version` changes when, and only when, its business content does."""

    source_id: str
    number: str
    version: str  # SHA-256 of the fields that make the invoice; payments, notes and our own write-back excluded
    issue_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything needed to state one invoice, frozen at first sight: mapping it again gives the same invoice."""

    reference: Reference
    payload: Mapping[str, Any]  # invoice, customer, kind, preceding …: JSON, as the source's mapping reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What the source printed on an invoice, whether or not it can be stated; a credit note's totals are negative.

    What a third party pays (a subsidy) is not deducted, as in BT-112.
    """

    currency: str  # BT-5
    buyer: str | None = None  # BT-44
    total_without_vat: Amount | None = None  # BT-109, to the cent
    total_with_vat: Amount | None = None  # BT-112, to the cent

    @property
    def vat(self) -> Amount | None:
        """BT-110; None when a total is unknown."""
        if self.total_with_vat is None or self.total_without_vat is None:
            return None
        return minus(self.total_with_vat, self.total_without_vat)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedTotals:
    """The sum of printed totals, in one currency. `unknown` invoices have no readable total and are not in it."""

    invoices: int
    unknown: int
    total_without_vat: Amount
    vat: Amount
    total_with_vat: Amount

    @classmethod
    def of(cls, shown: Iterable[Printed]) -> PrintedTotals:
        """All of them, which are in one currency."""
        everything = list(shown)
        known = [
            (each.total_without_vat, each.vat, each.total_with_vat)
            for each in everything
            if each.total_without_vat is not None and each.vat is not None and each.total_with_vat is not None
        ]
        return cls(
            invoices=len(everything),
            unknown=len(everything) - len(known),
            total_without_vat=total(amounts[0] for amounts in known),
            vat=total(amounts[1] for amounts in known),
            total_with_vat=total(amounts[2] for amounts in known),
        )


UNREADABLE = "unreadable"
"""Why a record is passed over that may well be an invoice: it is read again with every pull."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A record that is not sent, and why: `draft`, `external`, `deleted`, `future`, `before go-live`, `unreadable`."""

    source_id: str
    reason: str
    number: str | None = None
    release_on: date | None = None  # for `future`: look again from that day


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a scan. Store `cursor` only after every page of the scan is recorded, and none had a `problem`."""

    snapshots: tuple[Snapshot, ...]
    skipped: tuple[Skipped, ...]
    cursor: str
    total: int | None = None  # records announced by the source, for progress
    problem: str | None = None  # why this page could not be read: its records are unknown, the others are not
