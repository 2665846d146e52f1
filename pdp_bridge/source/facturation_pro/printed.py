"""What Facturation.pro printed on an invoice, for lists and totals: read as it stands, never refused.

The figures are the source's own `total` and `total_with_vat`, to the cent as the page shows them; the mapping that made
what was sent has no part in them, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pdp_bridge.errors import MappingError
from pdp_bridge.model import money
from pdp_bridge.model.invoice import RowKind
from pdp_bridge.model.pulled import Printed
from pdp_bridge.source.facturation_pro.currency import ACCOUNTING
from pdp_bridge.source.facturation_pro.items import items_of
from pdp_bridge.source.facturation_pro.record import Record
from pdp_bridge.source.facturation_pro.rows import subsidies_of


def printed(payload: Mapping[str, Any]) -> Printed:
    """The heading of a snapshot's payload. A value that cannot be read is left out.

    >>> printed({"invoice": {"total": "100.0", "total_with_vat": "120.004", "customer_name": "Martin SARL"}})
    ... # doctest: +NORMALIZE_WHITESPACE
    Printed(currency='EUR', buyer='Martin SARL', total_without_vat=Decimal('100.00'),
            total_with_vat=Decimal('120.00'))
    """
    invoice = Record(_object(payload.get("invoice")), "invoice")
    customer = Record(_object(payload.get("customer")), "customer")
    without_vat, with_vat = _number(invoice, "total"), _number(invoice, "total_with_vat")
    if without_vat is not None and with_vat is not None:
        with_vat = _with_subsidy(invoice, without_vat, with_vat)
    return Printed(
        currency=(invoice.line("currency") or ACCOUNTING).upper(),
        buyer=_buyer(customer, invoice),
        total_without_vat=None if without_vat is None else money.rounded(without_vat),
        total_with_vat=None if with_vat is None else money.rounded(with_vat),
    )


def _buyer(customer: Record, invoice: Record) -> str | None:
    person = " ".join(part for part in (customer.line("first_name"), customer.line("last_name")) if part)
    return (
        customer.line("company_name")
        or person
        or customer.line("short_name")
        or invoice.line("customer_identity", "customer_name")
    )


def _number(record: Record, key: str) -> Decimal | None:
    try:
        return record.decimal(key)
    except MappingError:
        return None


def _with_subsidy(invoice: Record, without_vat: Decimal, with_vat: Decimal) -> Decimal:
    """BT-112: where the source deducts what a third party pays, it is added again; the VAT of the lines tells."""
    try:
        items = items_of(invoice)
        lines = [item for item in items if item.kind is RowKind.LINE]
        vat = sum((item.total * (item.record.decimal("vat") or 0) for item in lines), start=Decimal(0))
    except MappingError:
        return with_vat
    subsidy = subsidies_of(items).copy_sign(without_vat)
    return min(with_vat, with_vat + subsidy, key=lambda candidate: abs(candidate - without_vat - vat))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
