"""Facturation.pro as a local HTTP service: the endpoints, parameters, limits and quirks that a connector meets.

Follows its API documentation of September 2026 (facturation.dev), with what third-party clients report of it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pdp_bridge.pacing import Window
from pdp_bridge.sandbox import listing
from pdp_bridge.sandbox.firm import Firm, Record
from pdp_bridge.sandbox.multipart import parts
from pdp_bridge.sandbox.quota import Quota

API_ID = "sandbox-42"
API_KEY = "sandbox-key-of-facturation-pro"
FIRM_ID = 4242

REAL_LIMITS = (Window(requests=600, seconds=300.0), Window(requests=10_000, seconds=86_400.0))
"""Of the real service, per account."""

WRITABLE = frozenset(
    "api_custom api_id internal_note followup_id category_id paid_on payment_mode payment_ref accounting_entry".split()  # noqa: SIM905 - a table
)
"""Fields of a finalised invoice that a PATCH may change; what bears on amounts is frozen."""

LONGEST = 255
"""Characters of `api_custom`."""

SYSTEM_FOLLOW_UPS = frozenset({None, 0, -1})
"""None, under way, done: every invoice has them."""

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """How this Facturation.pro behaves where the real one varies or is not documented."""

    api_id: str = API_ID
    api_key: str = API_KEY
    firm_id: int = FIRM_ID
    firm_name: str = "Atelier Numérique SAS"
    more_firms: Mapping[int, str] = field(default_factory=dict)  # of the same account: number → name
    per_page: int = 50
    limits: tuple[Window, ...] = ()  # `REAL_LIMITS` to enforce the real ones
    retry_after: bool = True  # documented since January 2026
    pagination_header: bool = True
    ids_keep_details: bool = True  # whether `ids=` honours with_details and with_settlements
    empty_filter_is_404: bool = False  # as reported for an exact reference without result
    patch_returns_object: bool = True  # since February 2026; an empty body before
    disk_quota: int | None = None  # bytes of all files of one firm
    admin_key: bool = False  # only the firm administrator's key may read SEPA mandates


class FacturationPro:
    """The HTTP side of the firms of one account. `app` is the ASGI application."""

    def __init__(self, firms: Sequence[Firm], options: SourceOptions, clock: Callable[[], datetime]) -> None:
        self._firms = {firm.firm_id: firm for firm in firms}
        self._options = options
        self._clock = clock
        self._quota = Quota(options.limits, clock)
        self.app = Starlette(routes=self._routes())

    def _routes(self) -> list[Route]:
        firm = "/firms/{firm:int}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/account.json", self._account),
            ("GET", f"{firm}/invoices.json", self._invoices),
            ("GET", f"{firm}/invoices/{{id:int}}.json", self._invoice),
            ("GET", f"{firm}/invoices/{{id:int}}.pdf", self._pdf),
            ("PATCH", f"{firm}/invoices/{{id:int}}.json", self._patch_invoice),
            ("GET", f"{firm}/invoices/{{id:int}}/settlements.json", self._settlements),
            ("POST", f"{firm}/invoices/{{id:int}}/upload.json", self._upload),
            ("GET", f"{firm}/customers.json", self._customers),
            ("GET", f"{firm}/customers/{{id:int}}.json", self._customer),
            ("GET", f"{firm}/customers/{{id:int}}/invoices.json", self._customer_invoices),
            ("GET", f"{firm}/quotes.json", self._quotes),
            ("GET", f"{firm}/quotes/{{id:int}}.json", self._quote),
            ("GET", f"{firm}/assets/invoices.json", self._assets),
            ("GET", f"{firm}/assets/{{id:int}}/download", self._download),
            ("DELETE", f"{firm}/assets/{{id:int}}.json", self._delete_asset),
            *(("GET", f"{firm}/{name}.json", self._table(name)) for name in ("products", "categories", "followups")),
        ]
        return [Route(path, self._guarded(handler), methods=[method]) for method, path, handler in table]

    def _guarded(self, handler: Handler) -> Handler:
        """`handler` behind what every call goes through: identification, credentials, quota, firm."""

        async def call(request: Request) -> Response:
            refusal = self._refusal(request)
            response = refusal if refusal is not None else await handler(request)
            limit = self._options.limits[0].requests if self._options.limits else REAL_LIMITS[0].requests
            left = self._quota.remaining()
            response.headers["X-RateLimit-Limit"] = str(limit)
            response.headers["X-RateLimit-Remaining"] = str(limit - 1 if left is None else left)
            return response

        return call

    def _refusal(self, request: Request) -> Response | None:
        agent = request.headers.get("user-agent", "") + request.headers.get("x-user-agent", "")
        if not agent.strip() or not agent.isascii():
            return PlainTextResponse("User-Agent with an application name and a contact is required", 403)
        if not self._known(request.headers.get("authorization", "")):
            return PlainTextResponse(
                "HTTP Basic: Access denied.\n", 401, {"WWW-Authenticate": 'Basic realm="Application"'}
            )
        wait = self._quota.take()
        if wait is not None:
            headers = {"Retry-After": str(wait)} if self._options.retry_after else {}
            return PlainTextResponse("Retry later\n", 429, headers)
        if request.path_params.get("firm", self._options.firm_id) not in self._firms:
            return Response(status_code=404)
        return None

    def _of(self, request: Request) -> Firm:
        """The firm that the path names."""
        return self._firms[request.path_params["firm"]]

    def _known(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        wanted = f"{self._options.api_id}:{self._options.api_key}".encode()
        return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)

    async def _account(self, _: Request) -> Response:
        firms = [
            {"id": firm.firm_id, "name": firm.name}
            | ({"identification": firm.identification} if firm.identification else {})
            for firm in self._firms.values()
        ]
        return _json({"id": 1, "email": "demo@example.fr", "firms": firms})

    async def _invoices(self, request: Request) -> Response:
        query = request.query_params
        today = self._clock().date()
        rows = listing.invoices(self._of(request).records("invoices"), self._of(request).kinds(), query, today)
        keep = self._options.ids_keep_details or not query.get("ids")
        details = keep and query.get("with_details") == "1"
        settlements = keep and query.get("with_settlements") == "1"
        return self._page(rows, query, lambda row: _shown(row, details=details, settlements=settlements))

    async def _invoice(self, request: Request) -> Response:
        return _one(self._of(request).record("invoices", request.path_params["id"]))

    async def _pdf(self, request: Request) -> Response:
        """A page that names the invoice; drafts and external invoices have none."""
        record = self._of(request).record("invoices", request.path_params["id"])
        if record is None or record.get("draft") or record.get("external"):
            return Response(status_code=404)
        return Response(_page(str(record.get("full_invoice_ref"))), media_type="application/pdf")

    async def _patch_invoice(self, request: Request) -> Response:
        record = self._of(request).record("invoices", request.path_params["id"])
        if record is None:
            return Response(status_code=404)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return PlainTextResponse("Content-Type must be application/json", 501)
        try:
            changes = json.loads(await request.body())
        except ValueError:
            return _json({"errors": ["invalid JSON"]}, 400)
        if not isinstance(changes, dict):
            return _json({"errors": ["invalid JSON"]}, 400)
        frozen = [] if record.get("draft") else sorted(set(changes) - WRITABLE)
        errors = {key: ["ne peut pas être modifié sur une facture validée"] for key in frozen}
        if len(str(changes.get("api_custom") or "")) > LONGEST:
            errors["api_custom"] = [f"est trop long (pas plus de {LONGEST} caractères)"]
        if changes.get("followup_id") not in SYSTEM_FOLLOW_UPS | self._of(request).ids("followups"):
            errors["followup_id"] = ["n’existe pas"]
        if errors:
            return _json({"errors": errors}, 422)
        changed = self._of(request).edit_invoice(record["id"], **changes)
        return _json(changed) if self._options.patch_returns_object else Response(status_code=200)

    async def _settlements(self, request: Request) -> Response:
        record = self._of(request).record("invoices", request.path_params["id"])
        return Response(status_code=404) if record is None else _json(record.get("settlements", []))

    async def _upload(self, request: Request) -> Response:
        record = self._of(request).record("invoices", request.path_params["id"])
        if record is None:
            return Response(status_code=404)
        try:
            given = parts(request.headers.get("content-type", ""), await request.body())
        except ValueError as error:
            return _json({"errors": [str(error)]}, 400)
        part = next((part for part in given if part.name == "upload_file"), None)
        if part is None:
            return _json({"errors": {"upload_file": ["doit être rempli"]}}, 422)
        name = request.query_params.get("filename") or part.filename or "document"
        visible = request.query_params.get("visible") == "1"
        quota, used = self._options.disk_quota, self._of(request).disk_used()
        if quota is not None and used + len(part.content) > quota:
            return _json({"errors": {"upload_file": ["espace disque insuffisant"]}}, 422)
        return _json(self._of(request).attach(record["id"], name, part.content, visible=visible), 201)

    async def _customers(self, request: Request) -> Response:
        if request.query_params.get("with_sepa") and not self._options.admin_key:
            return _json({"errors": ["SEPA: administrator key required"]}, 403)
        query = request.query_params
        return self._page(listing.customers(self._of(request).records("customers"), query), query)

    async def _customer(self, request: Request) -> Response:
        if request.query_params.get("with_sepa") and not self._options.admin_key:
            return _json({"errors": ["SEPA: administrator key required"]}, 403)
        return _one(self._of(request).record("customers", request.path_params["id"]))

    async def _customer_invoices(self, request: Request) -> Response:
        key = request.path_params["id"]
        return RedirectResponse(f"/firms/{self._of(request).firm_id}/invoices.json?customer_id={key}", 302)

    async def _quotes(self, request: Request) -> Response:
        query = request.query_params
        return self._page(listing.quotes(self._of(request).records("quotes"), query), query)

    async def _quote(self, request: Request) -> Response:
        return _one(self._of(request).record("quotes", request.path_params["id"]))

    async def _assets(self, request: Request) -> Response:
        wanted = request.query_params.get("invoice_id")
        rows = [row for row in self._of(request).records("assets") if wanted in {None, str(row["invoice_id"])}]
        return self._page(rows, request.query_params)

    async def _delete_asset(self, request: Request) -> Response:
        return Response(status_code=200 if self._of(request).detach(request.path_params["id"]) else 404)

    async def _download(self, request: Request) -> Response:
        content = self._of(request).content(request.path_params["id"])
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type="application/octet-stream")

    def _table(self, name: str) -> Handler:
        async def handler(request: Request) -> Response:
            return self._page(self._of(request).records(name), request.query_params)

        return handler

    def _page(
        self,
        rows: list[Record] | list[Mapping[str, Any]],
        query: Mapping[str, str],
        shown: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    ) -> Response:
        if not rows and query.get("full_invoice_ref") and self._options.empty_filter_is_404:
            return Response(status_code=404)
        selected, pagination = listing.page(rows, query, self._options.per_page)
        response = _json([shown(row) for row in selected])
        if self._options.pagination_header:
            response.headers["X-Pagination"] = json.dumps(pagination, separators=(",", ":"))
        return response


def _page(number: str) -> bytes:
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - a tenth of a second, only when a page is asked for

    page = io.BytesIO()
    canvas = Canvas(page, invariant=True)
    canvas.drawString(72, 720, f"Facture {number}")
    canvas.save()
    return page.getvalue()


def _shown(record: Mapping[str, Any], *, details: bool, settlements: bool) -> Mapping[str, Any]:
    """A list row: items and files only with details, settlements only when asked."""
    hidden = (set() if details else {"items", "files"}) | (set() if settlements else {"settlements"})
    return {key: value for key, value in record.items() if key not in hidden}


def _one(record: Record | None) -> Response:
    return Response(status_code=404) if record is None else _json(record)


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, media_type="application/json; charset=utf-8")
