"""How Facturation.pro filters, orders and pages its lists; pure. Follows its API documentation of September 2026."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Record = Mapping[str, Any]
Query = Mapping[str, str]

_EXACT = ("api_id", "full_invoice_ref", "customer_id", "category_id", "followup_id", "user_id")
_PARTIAL = ("api_custom", "invoice_ref", "payment_ref", "title", "accounting_entry")


def invoices(records: Sequence[Record], kinds: Mapping[int, str], query: Query, today: date) -> list[Record]:
    """The invoices that a list call names, in its order. With `ids`, every other filter is ignored (February 2026)."""
    if query.get("ids"):
        rows = _by_ids(records, query["ids"])
    else:
        rows = [record for record in records if _passes(record, kinds, query, today)]
    key = _INVOICE_ORDERS.get(query.get("order", ""), _number)
    return sorted(rows, key=key, reverse=query.get("sort", "desc") != "asc")


def customers(records: Sequence[Record], query: Query) -> list[Record]:
    """The customers that a list call names: the active ones, unless `mode` or `ids` says otherwise."""
    if query.get("ids"):
        rows = _by_ids(records, query["ids"])
    else:
        rows = [record for record in records if _MODES.get(query.get("mode", ""), _active)(record)]
    key = "updated_at" if query.get("order") == "updated" else "created_at"
    return sorted(rows, key=lambda record: (str(record.get(key)), record["id"]), reverse=query.get("sort") == "desc")


def quotes(records: Sequence[Record], query: Query) -> list[Record]:
    """Quotes, newest first."""
    rows = _by_ids(records, query["ids"]) if query.get("ids") else list(records)
    return sorted(rows, key=lambda record: int(record["id"]), reverse=True)


def page(rows: Sequence[Record], query: Query, per_page: int) -> tuple[Sequence[Record], dict[str, int]]:
    """One page of rows and the content of its `X-Pagination`; a page beyond the end is empty."""
    text = query.get("page", "1")
    current = max(1, int(text)) if text.isdigit() else 1
    total = max(1, -(-len(rows) // per_page))
    pagination = {
        "current_page": current,
        "total_pages": total,
        "per_page": per_page,
        "total_entries": len(rows),
    }
    return rows[(current - 1) * per_page : current * per_page], pagination


def _by_ids(records: Sequence[Record], text: str) -> list[Record]:
    wanted = {int(part) for part in re.findall(r"\d+", text)}
    return [record for record in records if record["id"] in wanted]


def _passes(record: Record, kinds: Mapping[int, str], query: Query, today: date) -> bool:
    exact = all(str(record.get(key) or "") == query[key] for key in _EXACT if query.get(key))
    partial = all(query[key].lower() in str(record.get(key) or "").lower() for key in _PARTIAL if query.get(key))
    return exact and partial and _in_period(record, query) and _of_type(record, kinds, query, today)


def _in_period(record: Record, query: Query) -> bool:
    """By payment date, unless `period_type=billed`. A bound may be a month: its first, or its last, day counts."""
    start, end = query.get("period_start", ""), query.get("period_end", "")
    if not start and not end:
        return True
    day = str(record.get("invoiced_on" if query.get("period_type") == "billed" else "paid_on") or "")
    return bool(day) and start <= day and (not end or day <= end.ljust(10, "~"))


def _of_type(record: Record, kinds: Mapping[int, str], query: Query, today: date) -> bool:
    kind = kinds.get(record["id"], "invoice")
    paid = bool(record.get("paid_on"))
    late = not paid and bool(record.get("term_on")) and str(record["term_on"]) < today.isoformat()
    tests: dict[str, bool] = {
        "paid": paid,
        "unpaid": not paid,
        "term": late,
        "external": bool(record.get("external")),
        "draft": bool(record.get("draft")),
        "invoice": kind == "invoice" and not record.get("external") and not record.get("draft"),
    }
    wanted = query.get("bill_type", "")
    return not wanted or tests.get(wanted, kind == wanted)


def _active(record: Record) -> bool:
    return not record.get("archived") and not record.get("soft_deleted")


_MODES: dict[str, Callable[[Record], bool]] = {
    "all": lambda _: True,
    "company": lambda record: _active(record) and not record.get("individual"),
    "individual": lambda record: _active(record) and bool(record.get("individual")),
    "missing_siret": lambda record: _active(record) and not record.get("individual") and not record.get("siret"),
    "archived": lambda record: bool(record.get("archived")),
}


def _number(record: Record) -> tuple[Any, ...]:
    """Numbers in counting order: 2026-9 before 2026-10; drafts, which have none, first."""
    text = str(record.get("full_invoice_ref") or record.get("invoice_ref") or "")
    return (*((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text)),)


def _instant_of(key: str) -> Callable[[Record], tuple[Any, ...]]:
    """By instant, not by text: the offset of Paris changes in October."""
    return lambda record: (datetime.fromisoformat(str(record[key])), record["id"])


def _text_of(key: str) -> Callable[[Record], tuple[Any, ...]]:
    return lambda record: (str(record.get(key) or ""), record["id"])


_INVOICE_ORDERS: dict[str, Callable[[Record], tuple[Any, ...]]] = {
    "customer": _text_of("customer_identity"),
    "paid": _text_of("paid_on"),
    "billed": _text_of("invoiced_on"),
    "term": _text_of("term_on"),
    "created": _instant_of("created_at"),
    "updated": _instant_of("updated_at"),
    "total": lambda record: (Decimal(str(record.get("total") or 0)), record["id"]),
}
