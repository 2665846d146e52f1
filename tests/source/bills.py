"""Records to bend: the smallest bill that maps, and what comes of a variation of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import golden
import pytest

from pdp_bridge.errors import FindingError
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.report import Finding
from pdp_bridge.source.facturation_pro.mapping import to_invoice

BUYER_SIREN = "100000041"


def item(price: str = "100.0", quantity: str = "1.0", vat: str | None = "0.2", **over: Any) -> dict[str, Any]:
    """One priced line, its total computed."""
    total = Decimal(price) * Decimal(quantity)
    return {"title": "Conseil", "quantity": quantity, "unit_price": price, "total": str(total), "vat": vat} | over


def row(style: str, title: str, total: str = "0.0", **over: Any) -> dict[str, Any]:
    """One row of a style."""
    amounts = {"quantity": "1.0" if Decimal(total) else "0.0", "unit_price": total, "total": total, "vat": "0.0"}
    return {"style": style, "title": title, **amounts} | over


def customer(**over: Any) -> dict[str, Any]:
    """A French company."""
    return {
        "id": 502,
        "company_name": "Cabinet Lefèbvre & Associés",
        "individual": False,
        "siret": "10000004100010",
        "vat_number": "FR87100000041",
        "street": "27 avenue Foch",
        "zip_code": "59000",
        "city": "Lille",
        "country": "FR",
    } | over


def payload(*items: dict[str, Any], buyer: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """A payload; `over` replaces fields of the invoice, or of the payload for kind, kind_known, preceding, quote."""
    lines = list(items) or [item()]
    priced = [line for line in lines if not line.get("style") and not line.get("optional")]
    total = sum((Decimal(line["total"]) for line in priced), start=Decimal(0))
    with_vat = sum((Decimal(line["total"]) * (1 + Decimal(line["vat"] or 0)) for line in priced), start=Decimal(0))
    outer = {key: over.pop(key) for key in ("kind", "kind_known", "preceding", "quote") if key in over}
    invoice = {
        "id": 12,
        "full_invoice_ref": "2026-12",
        "invoiced_on": "2026-09-17",
        "term_on": "2026-10-17",
        "pay_before": "30-inv",
        "currency": "EUR",
        "customer_id": 502,
        "total": str(total),
        "total_with_vat": str(with_vat),
        "settlements": [],
        "items": lines,
    } | over
    who = customer() if buyer is None else buyer
    base = {"firm_id": 1, "kind": "invoice", "kind_known": True, "preceding": [], "quote": None}
    return base | outer | {"invoice": invoice, "customer": who}


def mapped(*items: dict[str, Any], seller: str = "normal", adjust: Any = None, **over: Any) -> Invoice:
    return to_invoice(payload(*items, **over), golden.seller(seller, adjust))


def stopped(*items: dict[str, Any], seller: str = "normal", adjust: Any = None, **over: Any) -> Finding:
    """What stops this bill."""
    with pytest.raises(FindingError) as stop:
        mapped(*items, seller=seller, adjust=adjust, **over)
    return stop.value.finding


def warned(invoice: Invoice) -> set[str]:
    return {remark.rule for remark in invoice.remarks}
