"""The two parties of an invoice with the terms and fields of each, so that one rule speaks of both."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pdp_bridge.model.invoice import Invoice, Party

_FRENCH_COUNTRIES = frozenset({"FR", "GP", "MQ", "RE"})
"""ISO codes of the French VAT territory: the overseas departments have their own, platforms expect FR."""


class Side(NamedTuple):
    """One party: its terms, and where each of its data is corrected (settings for the seller, the client's record).

    A tuple, made in no time: a dozen rules ask for both sides of every invoice.
    """

    party: Party
    english: str
    french: str
    ids: str  # SIRET, routing code
    legal_id: str  # SIREN
    vat: str
    address: str
    siren_field: str
    siret_field: str
    vat_field: str
    address_field: str


_SELLER = (
    *("seller", "vendeur", "BT-29", "BT-30", "BT-31", "BT-34"),
    *("seller.siren", "seller.siret", "seller.vat_number", "seller.siren"),
)
_BUYER = (
    *("customer", "client", "BT-46", "BT-47", "BT-48", "BT-49"),
    *("siret", "siret", "vat_number", "electronic_address"),
)


def sides(invoice: Invoice) -> tuple[Side, Side]:
    """The seller (BG-4), then the buyer (BG-7)."""
    return Side(invoice.seller, *_SELLER), Side(invoice.buyer, *_BUYER)


def is_french(party: Party) -> bool:
    """Is this party established in France? By its country, or because it has a SIREN."""
    return party.address.country in _FRENCH_COUNTRIES or party.siren is not None


def rates(invoice: Invoice) -> Iterator[tuple[str, Decimal]]:
    """Every VAT rate of the invoice with its term, in percent, as written."""
    stated = [("BT-103" if item.charge else "BT-96", item.rate) for item in invoice.allowances]
    stated += [("BT-119", vat.rate) for vat in invoice.vat_breakdown]
    stated += [("BT-152", line.rate) for line in invoice.lines]
    yield from ((term, rate) for term, rate in stated if rate is not None)


def categories(invoice: Invoice) -> Iterator[tuple[str, str]]:
    """Every VAT category of the invoice with its term."""
    yield from (("BT-102" if item.charge else "BT-95", item.category) for item in invoice.allowances)
    yield from (("BT-118", vat.category) for vat in invoice.vat_breakdown)
    yield from (("BT-151", line.category) for line in invoice.lines)


def decimals(number: Decimal) -> int:
    """How many decimals a number is written with, trailing zeros included.

    >>> decimals(Decimal("20.00")), decimals(Decimal("1E+2"))
    (2, 0)
    """
    return len(f"{number:f}".partition(".")[2])
