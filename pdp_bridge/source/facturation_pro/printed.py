"""What Facturation.pro printed on an invoice, for lists and totals: read as it stands, never refused.

The figures are the source's own `total` and `total_with_vat`, to the cent as the page shows them; nothing is computed
from the lines, so that they can be compared with what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pdp_bridge.errors import MappingError
from pdp_bridge.model import money
from pdp_bridge.model.money import Amount
from pdp_bridge.model.pulled import Printed
from pdp_bridge.source.facturation_pro.currency import ACCOUNTING
from pdp_bridge.source.facturation_pro.record import Record


def printed(payload: Mapping[str, Any]) -> Printed:
    """The heading of a snapshot's payload. A value that cannot be read is left out.

    >>> printed({"invoice": {"total": "100.0", "total_with_vat": "120.004", "customer_name": "Martin SARL"}})
    ... # doctest: +NORMALIZE_WHITESPACE
    Printed(currency='EUR', buyer='Martin SARL', total_without_vat=Decimal('100.00'),
            total_with_vat=Decimal('120.00'))
    """
    invoice = Record(_object(payload.get("invoice")), "invoice")
    customer = Record(_object(payload.get("customer")), "customer")
    return Printed(
        currency=(invoice.line("currency") or ACCOUNTING).upper(),
        buyer=_buyer(customer, invoice),
        total_without_vat=_amount(invoice, "total"),
        total_with_vat=_amount(invoice, "total_with_vat"),
    )


def _buyer(customer: Record, invoice: Record) -> str | None:
    person = " ".join(part for part in (customer.line("first_name"), customer.line("last_name")) if part)
    return (
        customer.line("company_name")
        or person
        or customer.line("short_name")
        or invoice.line("customer_identity", "customer_name")
    )


def _amount(invoice: Record, key: str) -> Amount | None:
    try:
        value: Decimal | None = invoice.decimal(key)
    except MappingError:
        return None
    return None if value is None else money.rounded(value)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
