"""A firm at Facturation.pro for unit tests: an httpx transport with invoices, customers, quotes and a clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx

from pdp_bridge.source.facturation_pro.client import Client

FIRM = 77
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = "k3y-never-shown"


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def monotonic(self):
        return self.now

    def clock(self):
        return NOW

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def invoice(number, **fields):
    """One invoice as a detailed list gives it; `number` is its id too."""
    return {
        "id": number,
        "firm_id": FIRM,
        "customer_id": 500,
        "full_invoice_ref": f"2026-{number}",
        "invoice_ref": str(number),
        "invoiced_on": "2026-11-02",
        "total": "100.0",
        "total_with_vat": "120.0",
        "refund_id": 0,
        "quote_id": None,
        "draft": False,
        "external": False,
        "soft_deleted": False,
        "updated_at": (NOW - timedelta(hours=1, minutes=number)).isoformat(timespec="milliseconds"),
        "items": [{"title": "Conseil", "quantity": "1.0", "unit_price": "100.0", "total": "100.0", "vat": "0.2"}],
        "settlements": [],
    } | fields


class Firm:
    """Answers like the API; `script` holds answers to give first, `requests` what was asked."""

    def __init__(self, invoices=(), per_page=50):
        self.invoices = {row["id"]: row for row in invoices}
        self.customers = {500: {"id": 500, "firm_id": FIRM, "company_name": "Client SARL", "updated_at": "2026-01-01"}}
        self.quotes = {}
        self.deposits = set()
        self.refunds = set()
        self.per_page = per_page
        self.script = []
        self.requests = []
        self.headers = {}
        self.before = None
        self.time = Time()

    @property
    def asked(self):
        """Paths asked after the account check, without the firm."""
        return [r.url.path.removeprefix(f"/firms/{FIRM}/") for r in self.requests if r.url.path != "/account.json"]

    def client(self, **settings):
        settings = {"retry_first_seconds": 10.0, "user_agent": "pdp_bridge (test@example.fr)"} | settings
        return Client(
            **{"base_url": "https://facturation.test", "api_id": "1234", "api_key": KEY, "firm_id": FIRM} | settings,
            transport=httpx.MockTransport(self.handle),
            clock=self.time.clock,
            sleep=self.time.sleep,
            monotonic=self.time.monotonic,
        )

    def handle(self, request):
        self.requests.append(request)
        if request.url.path == "/account.json" and not (self.script and self.script[0] == "account"):
            return self.answer({"id": 1, "email": "a@example.fr", "firms": [{"id": FIRM, "name": "Atelier"}]})
        if self.script and self.script[0] == "account":
            self.script.pop(0)
        if self.script:
            scripted = self.script.pop(0)
            if isinstance(scripted, Exception):
                raise scripted
            if scripted is not None:
                return scripted(request) if callable(scripted) else scripted
        if self.before:
            self.before(request)
        return self.route(request.url.path.removeprefix(f"/firms/{FIRM}/"), dict(request.url.params))

    def answer(self, body, status=200, **headers):
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Date": format_datetime(NOW, usegmt=True),
        } | headers
        return httpx.Response(status, content=json.dumps(body).encode(), headers=headers | self.headers)

    def route(self, path, params):
        if path == "invoices.json":
            return self.page(self.chosen(params), params)
        if path == "customers.json":
            wanted = {int(one) for one in params["ids"].split(",")}
            return self.page([row for row in self.customers.values() if row["id"] in wanted], params)
        folder, _, name = path.partition("/")
        shelf = {"invoices": self.invoices, "customers": self.customers, "quotes": self.quotes}[folder]
        if path.endswith("/settlements.json"):
            return self.page([{"id": 9, "paid_on": "2026-11-02", "total": "120.0"}], params)
        found = shelf.get(int(name.removesuffix(".json")))
        return self.answer(found) if found else self.answer({}, 404)

    def chosen(self, params):
        rows = list(self.invoices.values())
        if "bill_type" in params:
            ids = {"refund": self.refunds, "down_payment": self.deposits}[params["bill_type"]]
            rows = [row for row in rows if row["id"] in ids]
        if params.get("period_type") == "billed":
            rows = [row for row in rows if params["period_start"] <= row["invoiced_on"] <= params["period_end"]]
        if "full_invoice_ref" in params:
            rows = [row for row in rows if row["full_invoice_ref"] == params["full_invoice_ref"]]
        if params.get("order") == "updated":
            rows.sort(key=lambda row: datetime.fromisoformat(row["updated_at"]), reverse=params["sort"] == "desc")
        return rows

    def page(self, rows, params):
        number = int(params.get("page", 1))
        start = (number - 1) * self.per_page
        pages = -(-len(rows) // self.per_page)
        told = {"current_page": number, "total_pages": pages, "per_page": self.per_page, "total_entries": len(rows)}
        return self.answer(rows[start : start + self.per_page], **{"X-Pagination": json.dumps(told)})
