"""What an invoice's payload carries beside the invoice: its customer, its kind, its quote, the invoices before it.

Asked in bulk wherever the API allows, and once per scan: a page of fifty invoices costs one request for the customers
and, for the whole scan, one for each of the two lists that tell credit notes and deposits apart
(facturation-pro.md §1.3, §3.2 points 4 and 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from pdp_bridge.errors import MappingError, SourceRefused
from pdp_bridge.source.facturation_pro.client import Client
from pdp_bridge.source.facturation_pro.kinds import named_numbers
from pdp_bridge.source.facturation_pro.paging import PER_PAGE
from pdp_bridge.source.facturation_pro.selection import number_of

Row = Mapping[str, Any]
Period = tuple[str, str]
"""First and last issue day, ISO, both included."""

ALWAYS: Period = ("2000-01-01", "2099-12-31")
"""Every issue date that BR-FR-03 accepts."""

REFUND, DEPOSIT, INVOICE, EXTERNAL = "refund", "down_payment", "invoice", "external"

REMEMBERED = ("id", "refund_id", "invoiced_on", "external", "external_ref", "full_invoice_ref", "invoice_ref")
"""Keys of an earlier invoice that its successors name."""

MOST_LOOKUPS = 5
"""How many numbers named in the texts of one invoice are looked up."""

_LONGEST_ID = 30


class Companions:
    """The companions of the invoices of one scan. `with_sepa` asks for mandates too (an administrator's key)."""

    def __init__(self, client: Client, *, with_sepa: bool) -> None:
        self._client = client
        self._with_sepa = with_sepa
        self._customers: dict[int, Row | None] = {}
        self._quotes: dict[int, Row | None] = {}
        self._by_id: dict[int, Row | None] = {}
        self._by_number: dict[str, Row | None] = {}
        self._kinds = _Kinds(client)

    def gather(self, rows: Sequence[Row], period: Period | None = None) -> None:
        """Fetch in bulk what these invoices need. `period` widens the one their own issue dates span."""
        for row in rows:
            self._remember(row)
        days = [str(row.get("invoiced_on") or "")[:10] for row in rows]
        spanned = (min(filter(None, days), default=ALWAYS[0]), max(filter(None, days), default=ALWAYS[1]))
        if rows:
            self._kinds.cover(period or spanned)
        self._fetch_customers(identity(row, "customer_id") for row in rows)

    def payload(self, row: Row) -> dict[str, Any]:
        """Everything the mapping reads beside `firm_id` and `pulled_at`. Raises `SourceError`."""
        kind, known = self._kinds.of(row)
        quote = self._quote(identity(row, "quote_id"))
        return {
            "invoice": row,
            "customer": self._customers.get(identity(row, "customer_id")),
            "kind": kind,
            "kind_known": known,
            "preceding": [self._told(earlier) for earlier in self._preceding(row, kind, quote)],
            "quote": quote,
        }

    # -- customers ---------------------------------------------------------------------------------------------

    def _fetch_customers(self, wanted: Iterable[int]) -> None:
        missing = sorted({customer for customer in wanted if customer} - self._customers.keys())
        for start in range(0, len(missing), PER_PAGE):
            chunk = missing[start : start + PER_PAGE]
            found = {identity(row, "id"): row for row in self._listed_customers(chunk)}
            for customer in chunk:
                # What a bulk answer leaves out (an archived customer, an option ignored) is asked one by one.
                self._customers[customer] = found.get(customer) or self._optional(
                    f"customers/{customer}.json", f"read customer {customer}"
                )

    def _listed_customers(self, ids: Sequence[int]) -> list[Row]:
        params = {"mode": "all", "ids": ",".join(map(str, ids))}
        if self._with_sepa:
            try:
                return self._rows("customers.json", {**params, "with_sepa": "1"})
            except SourceRefused as error:
                if error.code != "FORBIDDEN":
                    raise
                self._with_sepa = False  # not an administrator's key: mandates stay unknown, the rest is readable
        return self._rows("customers.json", params)

    # -- earlier invoices --------------------------------------------------------------------------------------

    def _preceding(self, row: Row, kind: str, quote: Row | None) -> list[Row]:
        """The invoices that this one corrects, or the deposits that it deducts; what is not found is left out."""
        refunded = identity(row, "refund_id")
        if refunded:
            earlier = self._invoice(refunded)
            return [earlier] if earlier else []
        named = [self._numbered(number) for number in _named(row, kind)]
        found = [earlier for earlier in named if earlier and earlier["id"] != row["id"]]
        if found or kind != INVOICE or quote is None or not _deducts(row):
            return found
        others = [self._invoice(other) for other in quote["invoice_ids"] if other != identity(row, "id")]
        return [earlier for earlier in others if earlier and self._told(earlier)["kind"] == DEPOSIT]

    def _invoice(self, source_id: int) -> Row | None:
        if source_id not in self._by_id:
            found = self._optional(f"invoices/{source_id}.json", f"read invoice {source_id}")
            self._by_id[source_id] = None
            if found:
                self._remember(found)
        return self._by_id[source_id]

    def _numbered(self, number: str) -> Row | None:
        if number not in self._by_number:
            rows = self._rows("invoices.json", {"full_invoice_ref": number})
            # The filter is exact by the documentation; a guess would put a wrong BT-25 on a legal document.
            exact = [row for row in rows if number_of(row) == number]
            self._by_number[number] = exact[0] if len(exact) == 1 else None
        return self._by_number[number]

    def _remember(self, whole: Row) -> None:
        # Only what another invoice may tell of this one: a scan of fifty thousand must not stay in memory.
        row = {key: whole[key] for key in REMEMBERED if key in whole}
        self._by_id[identity(row, "id")] = row
        number = number_of(row)
        if number and not row.get("external"):
            known = self._by_number.get(number)
            twice = known is not None and known["id"] != row["id"]
            self._by_number[number] = None if twice else row

    def _told(self, row: Row) -> dict[str, Any]:
        """An earlier invoice as the payload names it."""
        day = str(row.get("invoiced_on") or "")[:10]
        external = row.get("external_ref") if row.get("external") else None
        if day:
            self._kinds.cover((day, day))
        kind = EXTERNAL if row.get("external") else self._kinds.of(row)[0]
        return {
            "id": identity(row, "id"),
            "number": str(external or number_of(row) or ""),
            "issued_on": day or None,
            "kind": kind,
        }

    def _quote(self, source_id: int) -> Row | None:
        if not source_id:
            return None
        if source_id not in self._quotes:
            found = self._optional(f"quotes/{source_id}.json", f"read quote {source_id}")
            ids = found.get("invoice_ids") if found else None
            self._quotes[source_id] = found and {
                "quote_ref": str(found.get("quote_ref") or ""),
                "invoice_ids": [identity({"id": other}, "id") for other in ids] if isinstance(ids, list) else [],
            }
        return self._quotes[source_id]

    # -- requests ----------------------------------------------------------------------------------------------

    def _rows(self, path: str, params: Mapping[str, str]) -> list[Row]:
        return [row for listing in self._client.listing(path, params) for row in listing.rows]

    def _optional(self, path: str, what: str) -> Row | None:
        try:
            return self._client.record(path, what)
        except SourceRefused as error:
            if error.code != "NOT_FOUND":
                raise
            return None


class _Kinds:
    """The ids of credit notes and of deposits, read from the lists that the API keeps of them, period by period."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ids: dict[str, set[int]] = {REFUND: set(), DEPOSIT: set()}
        self._covered: list[Period] = []
        self._available = True

    def cover(self, period: Period) -> None:
        """Read both lists for invoices issued in this period, unless done already."""
        first, last = period
        if not self._available or any(low <= first and last <= high for low, high in self._covered):
            return
        params = {"period_type": "billed", "period_start": first, "period_end": last}
        try:
            for kind, ids in self._ids.items():
                for listing in self._client.listing("invoices.json", {"bill_type": kind, **params}):
                    ids.update(identity(row, "id") for row in listing.rows)
        except SourceRefused as error:
            if error.code != "REFUSED":
                raise
            self._available = False  # the filter is refused: the mapping falls back on the words of the lines
        self._covered.append(period)

    def of(self, row: Row) -> tuple[str, bool]:
        """The kind of an invoice, and whether the lists were there to tell."""
        source_id = identity(row, "id")
        if identity(row, "refund_id") or source_id in self._ids[REFUND]:
            return REFUND, self._available
        return (DEPOSIT if source_id in self._ids[DEPOSIT] else INVOICE), self._available


def identity(row: Row, key: str) -> int:
    """An id of the source; 0 means none, and stands for what cannot be one."""
    value = str(row.get(key) or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID else 0


def _named(row: Row, kind: str) -> tuple[str, ...]:
    """Numbers that the texts name. A negative total may be a manual credit note that no list knows yet."""
    try:
        numbers = named_numbers(row, kind)
        if kind == INVOICE and _negative(row.get("total_with_vat") or row.get("total")):
            numbers = (*named_numbers(row, REFUND), *numbers)
    except MappingError:
        return ()  # an unreadable record: the mapping says so, and where
    return tuple(dict.fromkeys(numbers))[:MOST_LOOKUPS]


def _deducts(row: Row) -> bool:
    items = row.get("items")
    return isinstance(items, list) and any(isinstance(item, dict) and _negative(item.get("total")) for item in items)


def _negative(value: object) -> bool:
    try:
        return Decimal(str(value)) < 0
    except InvalidOperation:
        return False
