"""The data behind the sandbox's Facturation.pro: one firm, its customers, invoices and quotes, in memory.

Records are the JSON objects of the API, complete; the HTTP side decides which keys a call shows. What is given is what
the API returns, oddities included: only an absent `id`, `created_at` or `updated_at` is filled in. Instants are
written as the service writes them, with milliseconds and the offset of Paris.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]

KINDS = ("invoice", "refund", "down_payment", "notes", "nova")
"""What an invoice record is. The JSON does not say it: only the list filter `bill_type` knows."""

_PARIS = ZoneInfo("Europe/Paris")


class Firm:
    """One firm, safe to change while it is being served. Every method that gives records gives copies."""

    def __init__(self, firm_id: int, name: str, clock: Callable[[], datetime]) -> None:
        self.firm_id = firm_id
        self.name = name
        self.identification: str | None = None  # of the registration, shown in the account when it is set
        self._clock = clock
        self._lock = threading.RLock()
        self._tables: dict[str, dict[int, Record]] = {
            table: {} for table in ("invoices", "customers", "quotes", "products", "categories", "followups", "assets")
        }
        self._kinds: dict[int, str] = {}
        self._contents: dict[int, bytes] = {}
        self._next_id = 9_000_000

    def add_invoice(self, invoice: Mapping[str, Any], *, kind: str = "invoice") -> Record:
        """Add or replace an invoice. `kind` is one of `KINDS`; raises `ValueError` otherwise."""
        if kind not in KINDS:
            raise ValueError(f"an invoice is one of {', '.join(KINDS)}, not {kind!r}")
        with self._lock:
            record = self._put("invoices", invoice)
            self._kinds[record["id"]] = kind
            return record

    def add_customer(self, customer: Mapping[str, Any]) -> Record:
        """Add or replace a customer."""
        return self._put("customers", customer)

    def add_quote(self, quote: Mapping[str, Any]) -> Record:
        """Add or replace a quote."""
        return self._put("quotes", quote)

    def add_follow_up(self, title: str, status: int = 1) -> Record:
        """Add a follow-up, which invoices may then bear."""
        return self._put("followups", {"title": title, "status": status})

    def ids(self, table: str) -> frozenset[int]:
        """The ids of a table."""
        with self._lock:
            return frozenset(self._tables[table])

    def addresses(self) -> frozenset[str]:
        """The electronic addresses entered on customers, without their scheme."""
        with self._lock:
            entered = [record.get("electronic_address") for record in self._tables["customers"].values()]
        return frozenset(str(entry).strip().removeprefix("0225:") for entry in entered if entry)

    def add_settlement(self, invoice_id: int, settlement: Mapping[str, Any]) -> Record:
        """Record a payment on an invoice; raises `KeyError` when the invoice is unknown."""
        with self._lock:
            record = self._tables["invoices"][invoice_id]
            added = {"id": self._fresh_id(), **copy.deepcopy(dict(settlement))}
            record.setdefault("settlements", []).append(added)
            record["updated_at"] = self._now()
            return copy.deepcopy(added)

    def attach(self, invoice_id: int, name: str, content: bytes, *, visible: bool) -> Record:
        """Keep an uploaded file; raises `KeyError` when the invoice is unknown."""
        with self._lock:
            record = self._tables["invoices"][invoice_id]
            asset_id = self._fresh_id()
            asset = {
                "id": asset_id,
                "invoice_id": invoice_id,
                "document_name": name,
                "document_size": len(content),
                "download_url": f"/firms/{self.firm_id}/assets/{asset_id}/download",
                "visible": visible,
            }
            self._tables["assets"][asset_id] = asset
            self._contents[asset_id] = content
            record.setdefault("files", []).append(asset)
            record["updated_at"] = self._now()
            return dict(asset)

    def detach(self, asset_id: int) -> bool:
        """Remove an uploaded file; False when there is none."""
        with self._lock:
            asset = self._tables["assets"].pop(asset_id, None)
            if asset is None:
                return False
            record = self._tables["invoices"].get(asset["invoice_id"], {})
            record["files"] = [file for file in record.get("files", ()) if file["id"] != asset_id]
            del self._contents[asset_id]
            return True

    def disk_used(self) -> int:
        """Bytes of every uploaded file."""
        with self._lock:
            return sum(map(len, self._contents.values()))

    def content(self, asset_id: int) -> bytes | None:
        """The bytes of an uploaded file, or None."""
        with self._lock:
            return self._contents.get(asset_id)

    def edit_invoice(self, invoice_id: int, **fields: Any) -> Record:
        """Change an invoice as its user would, and so its `updated_at`; raises `KeyError` when it is unknown."""
        return self._edit("invoices", invoice_id, fields)

    def edit_customer(self, customer_id: int, **fields: Any) -> Record:
        """Change a customer, and so its `updated_at`; raises `KeyError` when it is unknown."""
        return self._edit("customers", customer_id, fields)

    def delete_invoice(self, invoice_id: int) -> None:
        """Remove an invoice for good; raises `KeyError` when it is unknown."""
        with self._lock:
            del self._tables["invoices"][invoice_id]
            del self._kinds[invoice_id]

    def load(self, data: Mapping[str, Any]) -> None:
        """Add a whole firm: `customers`, `quotes`, `invoices`, and the ids in `refunds` and `down_payments`."""
        kinds = dict.fromkeys(data.get("refunds", ()), "refund")
        kinds |= dict.fromkeys(data.get("down_payments", ()), "down_payment")
        for customer in data.get("customers", ()):
            self.add_customer(customer)
        for quote in data.get("quotes", ()):
            self.add_quote(quote)
        for invoice in data.get("invoices", ()):
            self.add_invoice(invoice, kind=kinds.get(invoice.get("id"), "invoice"))

    def add_snapshot(self, payload: Mapping[str, Any]) -> Record:
        """Add the invoice of a pulled payload with its customer and quote; returns the invoice."""
        if payload.get("customer"):
            self.add_customer(payload["customer"])
        quote, invoice = payload.get("quote"), payload["invoice"]
        if quote and invoice.get("quote_id"):
            self.add_quote({"id": invoice["quote_id"], **quote})
        return self.add_invoice(invoice, kind=payload.get("kind", "invoice"))

    def records(self, table: str) -> list[Record]:
        """Every record of `invoices`, `customers`, `quotes`, `products`, `categories`, `followups` or `assets`."""
        with self._lock:
            return copy.deepcopy(list(self._tables[table].values()))

    def record(self, table: str, key: int) -> Record | None:
        """One record, or None."""
        with self._lock:
            return copy.deepcopy(self._tables[table].get(key))

    def kinds(self) -> Mapping[int, str]:
        """Kind of each invoice, by id."""
        with self._lock:
            return dict(self._kinds)

    def customers_of(self, invoices: Iterable[Mapping[str, Any]]) -> list[Record]:
        """The customers of these invoices, each once."""
        wanted = {invoice.get("customer_id") for invoice in invoices}
        return [customer for customer in self.records("customers") if customer["id"] in wanted]

    def _put(self, table: str, given: Mapping[str, Any]) -> Record:
        with self._lock:
            record = copy.deepcopy(dict(given))
            record.setdefault("id", self._fresh_id())
            now = self._now()
            record.setdefault("created_at", now)
            record.setdefault("updated_at", now)
            self._tables[table][record["id"]] = record
            return copy.deepcopy(record)

    def _edit(self, table: str, key: int, fields: Mapping[str, Any]) -> Record:
        with self._lock:
            record = self._tables[table][key]
            record.update(copy.deepcopy(dict(fields)))
            if "updated_at" not in fields:
                record["updated_at"] = self._now()
            return copy.deepcopy(record)

    def _fresh_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _now(self) -> str:
        return self._clock().astimezone(_PARIS).isoformat(timespec="milliseconds")
