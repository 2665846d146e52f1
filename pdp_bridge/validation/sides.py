"""The two parties of an invoice with the terms and fields of each, so that one rule speaks of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.model.invoice import Invoice, Party

_FRENCH_COUNTRIES = frozenset({"FR", "GP", "MQ", "RE"})
"""ISO codes of the French VAT territory: the overseas departments have their own, platforms expect FR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One party: its terms, and where each of its data is corrected (settings for the seller, the client's record)."""

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


def sides(invoice: Invoice) -> tuple[Side, Side]:
    """The seller (BG-4), then the buyer (BG-7)."""
    seller = Side(
        party=invoice.seller,
        english="seller",
        french="vendeur",
        ids="BT-29",
        legal_id="BT-30",
        vat="BT-31",
        address="BT-34",
        siren_field="seller.siren",
        siret_field="seller.siret",
        vat_field="seller.vat_number",
        address_field="seller.siren",
    )
    buyer = Side(
        party=invoice.buyer,
        english="customer",
        french="client",
        ids="BT-46",
        legal_id="BT-47",
        vat="BT-48",
        address="BT-49",
        siren_field="siret",
        siret_field="siret",
        vat_field="vat_number",
        address_field="electronic_address",
    )
    return seller, buyer


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
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
