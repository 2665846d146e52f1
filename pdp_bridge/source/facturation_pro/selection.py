"""Which records are sent, and when one counts as changed: pure judgements on the raw JSON.

Selection follows facturation-pro.md §3.2 (steps 1 to 3) and §5 (rows 1 and 2); the version leaves out the fields that
change without changing the invoice (§1.6): payments, notes, follow-up, our own write-back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pdp_bridge.model.pulled import Reference, Skipped
from pdp_bridge.model.seller import Policy
from pdp_bridge.source.facturation_pro.record import Record

_INVOICE_NUMBERS = frozenset(
    """
    total total_with_vat rebate_percentage tax_percent discount penalty exchange_rate estimated_total_in_main_currency
    """.split()  # noqa: SIM905 - a table
)
_INVOICE_TEXTS = frozenset(
    """
    full_invoice_ref invoice_ref title information currency language pay_before purchase_number tax_title vat_exemption
    vat_country accounting_entry invoiced_on term_on delivery_on customer_id refund_id quote_id external_ref draft
    external soft_deleted precompte service_personne
    """.split()  # noqa: SIM905 - a table
)
_ITEM_NUMBERS = frozenset({"quantity", "unit_price", "total", "vat"})
_ITEM_TEXTS = frozenset({"position", "title", "measure", "nature", "style", "optional"})
_CUSTOMER_TEXTS = frozenset(
    """
    company_name civility first_name last_name short_name reference siret vat_number individual electronic_address
    invoice_email email street zip_code city country phone mobile sepa_iban sepa_rum soft_deleted
    """.split()  # noqa: SIM905 - a table
)


def skip_reason(invoice_json: Mapping[str, Any], today: date, policy: Policy) -> Skipped | None:
    """Why this record is not sent, or None when it is to be.

    Reasons: `draft`, `external`, `deleted`, `internal note`, `before go-live`, and `future`, which is looked at again
    on its release day. A record with an unreadable date is not skipped: the mapping names what to correct.
    """
    record = Record(invoice_json, "invoice")
    issued_on = _day(invoice_json.get("invoiced_on"))
    reason = _reason(record, issued_on, today, policy)
    if reason is None:
        return None
    return Skipped(
        source_id=source_id(invoice_json),
        reason=reason,
        number=number_of(invoice_json),
        release_on=issued_on if reason == "future" else None,
    )


def _reason(record: Record, issued_on: date | None, today: date, policy: Policy) -> str | None:
    go_live = _day(policy.go_live)
    reasons = (
        ("deleted", record.flag("soft_deleted")),
        ("draft", record.flag("draft") or number_of(record.data) is None),
        ("external", record.flag("external") or record.line("external_ref") is not None),
        ("internal note", record.line("bill_type") == "notes"),
        ("before go-live", bool(issued_on and go_live and issued_on < go_live)),
        ("future", bool(issued_on and issued_on > today)),
    )
    return next((reason for reason, holds in reasons if holds), None)


def number_of(invoice_json: Mapping[str, Any]) -> str | None:
    """BT-1: the complete number as printed, never rewritten; None while a draft.

    Blanks inside are kept, so that the mapping can refuse them (BR-FR-02).
    """
    for key in ("full_invoice_ref", "invoice_ref"):
        value = invoice_json.get(key)
        if value is not None and str(value).strip():
            return str(value).strip(" \t\r\n")
    return None


def source_id(invoice_json: Mapping[str, Any]) -> str:
    """The record's id at the source, as text."""
    return str(invoice_json.get("id") or "")


def reference(invoice_json: Mapping[str, Any], customer_json: Mapping[str, Any] | None) -> Reference:
    """How this invoice is named from now on."""
    return Reference(
        source_id=source_id(invoice_json),
        number=number_of(invoice_json) or "",
        version=version(invoice_json, customer_json),
        issue_date=_day(invoice_json.get("invoiced_on")),
    )


def version(invoice_json: Mapping[str, Any], customer_json: Mapping[str, Any] | None) -> str:
    """SHA-256, in hexadecimal, of the business content: of the fields that the mapping states, and of nothing else.

    "20.0" and "20.00", null and "", absent and 0 are the same content. A field that the API may add one day does not
    make every invoice look changed.
    """
    content = _content(invoice_json, _INVOICE_NUMBERS, _INVOICE_TEXTS)
    items = invoice_json.get("items")
    content["items"] = [
        # Something else than an object has no fields: the mapping says so, and where.
        _content(item, _ITEM_NUMBERS, _ITEM_TEXTS) if isinstance(item, Mapping) else _text(item)
        for item in (items if isinstance(items, Sequence) and not isinstance(items, str) else [items] if items else [])
    ]
    content["customer"] = _content(customer_json or {}, frozenset(), _CUSTOMER_TEXTS)
    canonical = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _content(data: Mapping[str, Any], numbers: frozenset[str], texts: frozenset[str]) -> dict[str, Any]:
    content = {key: _number(data.get(key)) for key in numbers} | {key: _text(data.get(key)) for key in texts}
    return {key: value for key, value in content.items() if value is not None}


def _number(value: object) -> str | None:
    if value is None or not str(value).strip():
        return None
    try:
        number = Decimal(str(value).strip())
        return f"{number.normalize():f}" if number else None
    except ArithmeticError:  # no number, or one that nothing can count with
        return str(value).strip()


def _text(value: object) -> str | None:
    if value is None or value is False or value == 0:
        return None
    return str(value).replace("\r\n", "\n").strip() or None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None
