"""Iopole as a local HTTP service: token, deposit, statuses, search and directory, with the quirks of the real one.

Follows its OpenAPI description of October 2026, corrected by what live clients measured.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pdp_bridge.pacing import Window
from pdp_bridge.sandbox import records, search
from pdp_bridge.sandbox.deposits import Deposit, Operator, Rules, grouped
from pdp_bridge.sandbox.faults import Fault, Faults, Kind
from pdp_bridge.sandbox.multipart import Part, parts
from pdp_bridge.sandbox.orders import BadOrder, ordered
from pdp_bridge.sandbox.quota import Quota
from pdp_bridge.sandbox.verdict import media_type
from pdp_bridge.sandbox.wire import FAULT

CLIENT_ID = "demo+sandbox@example.fr"
CLIENT_SECRET = "sandbox-secret-of-iopole"  # noqa: S105 - opens nothing but this sandbox
CUSTOMER_ID = "0199c0de-0000-7000-8000-000000000042"
TOKEN_PATH = "/realms/iopole/protocol/openid-connect/token"  # noqa: S105 - a path

_FILENAME = re.compile(r"^.*.(pdf|PDF|xml|XML|Pdf|Xml)$")
_OFFSET_CAP, _LIMIT_CAP = 1000, 200

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A further customer. `credentials`: client id and secret of its own; None: the operator's act for it too."""

    customer_id: str
    credentials: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformOptions:
    """How this Iopole behaves where the real one varies, is not documented, or may be set."""

    rules: Rules = field(default_factory=Rules)
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    customer_id: str = CUSTOMER_ID
    token_seconds: int = 1740  # as measured; the documentation says ten minutes
    limits: tuple[Window, ...] = ()
    history_limits: tuple[Window, ...] = ()  # "very low" on the real one, which gives no figure
    retry_after: bool = True  # not documented
    unsearchable: frozenset[str] = frozenset()  # fields of `records.FIELDS` that the index does not know: 400
    metadata_as_array: bool = True  # the specification says an object, the service answers an array of one
    max_bytes: int = 50 * 1024 * 1024
    tenants: tuple[Tenant, ...] = ()  # further customers

    def customers(self, client: tuple[str, str]) -> tuple[str, ...]:
        """The customers that a client id and its secret act for, its own first; none when they are wrong."""
        own = (self.client_id, self.client_secret)
        return tuple(
            customer_id
            for customer_id, credentials in (
                (self.customer_id, own),
                *((tenant.customer_id, tenant.credentials or own) for tenant in self.tenants),
            )
            if credentials == client
        )


class Iopole:
    """The HTTP side of each customer's `Operator`. `app` is the ASGI application, the token endpoint beside the API."""

    def __init__(
        self, operators: Mapping[str, Operator], options: PlatformOptions, faults: Faults, clock: Callable[[], datetime]
    ) -> None:
        self._operators = operators
        self._options = options
        self._faults = faults
        self._clock = clock
        self._tokens: dict[str, tuple[datetime, tuple[str, ...]]] = {}  # until when, and for which customers
        self._quota = Quota(options.limits, clock)
        self._history_quota = Quota(options.history_limits, clock)
        self.app = Starlette(routes=self._routes())

    def _routes(self) -> list[Route]:
        invoice = "/v1/invoice/{id}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/v1.1/invoice/search", self._search),
            ("POST", "/v1/invoice", self._deposit),
            ("GET", "/v1/invoice/notSeen", self._invoices_not_seen),
            ("GET", "/v1/invoice/status/notSeen", self._not_seen),
            ("PUT", "/v1/invoice/status/{id}/markAsSeen", self._mark_status),
            ("GET", "/v1/invoice/file/{id}/download", self._download),
            ("GET", invoice, self._metadata),
            ("PUT", f"{invoice}/markAsSeen", self._mark_invoice),
            ("GET", f"{invoice}/download", self._download),
            ("GET", f"{invoice}/download/readable", self._download),
            ("GET", f"{invoice}/files", self._files),
            ("GET", f"{invoice}/status-history", self._history),
            ("POST", f"{invoice}/status", self._order),
            ("GET", "/v1/directory/french", self._directory),
            ("GET", "/v1/config/business/entity", self._entities),
        ]
        routes = [Route(path, self._guarded(handler), methods=[method]) for method, path, handler in table]
        own = Route("/v1/config/customer/id", self._guarded(self._customer, needs_customer=False), methods=["GET"])
        return [Route(TOKEN_PATH, self._token, methods=["POST"]), own, *routes]

    # -- who is calling ----------------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        """OAuth2 client credentials, form-encoded, as Keycloak answers."""
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _json({"error": "HTTP 415 Unsupported Media Type"}, 415)
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        if form.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "Unsupported grant_type", 400)
        customers = self._options.customers(_client(form, request.headers.get("authorization", "")))
        if not customers:
            return _oauth_error("invalid_client", "Invalid client credentials", 401)
        if form.get("scope"):
            return _oauth_error("invalid_scope", f"Invalid scopes: {form['scope']}", 400)
        token = secrets.token_urlsafe(1100)  # as long as the real one, a JWT of 1.5 kB
        seconds = self._options.token_seconds
        self._tokens[token] = (self._clock() + timedelta(seconds=seconds), customers)
        answer = {"access_token": token, "expires_in": seconds, "refresh_expires_in": 0, "token_type": "Bearer"}
        return _json({**answer, "not-before-policy": 0, "scope": "iopole_sandbox42"})

    def forget_tokens(self) -> None:
        """Every token given so far is refused from now on, whatever its lifetime said."""
        self._tokens.clear()

    def _guarded(self, handler: Handler, *, needs_customer: bool = True) -> Handler:
        async def call(request: Request) -> Response:
            until, customers = self._token_of(request)
            if until <= self._clock():
                return _json({"statusMessage": "Token is missing or invalid"}, 401)
            named = request.headers.get("customer-id")
            if named not in customers and (needs_customer or named is not None):
                return _json({"statusMessage": "The header customer-id is missing or not allowed"}, 403)
            limited = self._limited(self._quota)
            return limited if limited is not None else await handler(request)

        return call

    def _token_of(self, request: Request) -> tuple[datetime, tuple[str, ...]]:
        """Until when the token of the request is good, and for which customers."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self._tokens.get(bearer, (datetime.min.replace(tzinfo=UTC), ()))

    def _of(self, request: Request) -> Operator:
        """The customer that the request speaks for."""
        return self._operators[request.headers["customer-id"]]

    def _limited(self, quota: Quota) -> Response | None:
        wait = quota.take()
        if wait is None:
            return None
        response = _json({"statusMessage": "Too Many Requests"}, 429)
        if self._options.retry_after:
            response.headers["Retry-After"] = str(wait)
        return response

    async def _customer(self, request: Request) -> Response:
        """The specification says a JSON string; the service answers the bare identifier as text/html."""
        _until, customers = self._token_of(request)
        return HTMLResponse(request.headers.get("customer-id") or customers[0])

    # -- deposits ----------------------------------------------------------------------------------------------

    async def _deposit(self, request: Request) -> Response:
        if int(request.headers.get("content-length", "0")) > self._options.max_bytes:
            return _json({"statusMessage": "Payload Too Large"}, 413)
        body = await request.body()
        if len(body) > self._options.max_bytes:
            return _json({"statusMessage": "Payload Too Large"}, 413)
        try:
            file = _file(parts(request.headers.get("content-type", ""), body))
        except ValueError as error:
            return _invalid("file", str(error))
        deposit_id = await run_in_threadpool(self._of(request).receive, file.filename or "", file.content)
        return _json({"type": "INVOICE", "id": deposit_id}, 201)

    async def _metadata(self, request: Request) -> Response:
        deposit = self._known(request)
        if isinstance(deposit, Response):
            return deposit
        record = records.metadata(deposit, self._of(request).document(deposit.id))
        return _json([record] if self._options.metadata_as_array else record)

    async def _download(self, request: Request) -> Response:
        deposit = self._known(request)
        if isinstance(deposit, Response):
            return deposit
        return Response(deposit.content, media_type=media_type(deposit.content))

    async def _files(self, request: Request) -> Response:
        deposit = self._known(request)
        return deposit if isinstance(deposit, Response) else _json([records.file(deposit)])

    def _known(self, request: Request) -> Deposit | Response:
        """The deposit that the path names, or the answer when there is none."""
        key = request.path_params["id"]
        try:
            uuid.UUID(key)
        except ValueError:
            return _invalid("invoiceId", "Invalid uuid")
        deposit = self._of(request).deposit(key)
        return deposit if deposit is not None else _json({"statusMessage": "Resource not found"}, 404)

    # -- statuses ----------------------------------------------------------------------------------------------

    async def _history(self, request: Request) -> Response:
        limited = self._limited(self._history_quota)
        if limited is not None:
            return limited
        deposit = self._known(request)
        if isinstance(deposit, Response):
            return deposit
        return _json(self._disturbed(request, [status.payload for status in self._of(request).history(deposit.id)]))

    async def _not_seen(self, request: Request) -> Response:
        groups = grouped(self._of(request).not_seen())
        return _json([{**group, "newstatus": self._disturbed(request, group["newstatus"])} for group in groups])

    def _disturbed(self, request: Request, items: Sequence[Any]) -> list[Any]:
        kind = _fault_kind(request)
        if kind is Kind.REORDERED:
            return self._faults.shuffled(list(items))
        return [*items, *items] if kind is Kind.REPEATED else list(items)

    async def _mark_status(self, request: Request) -> Response:
        self._of(request).mark_seen(request.path_params["id"])
        return Response(status_code=204)

    async def _invoices_not_seen(self, request: Request) -> Response:
        return _json(self._of(request).invoices_not_seen())

    async def _mark_invoice(self, request: Request) -> Response:
        deposit = self._known(request)
        if isinstance(deposit, Response):
            return deposit
        self._of(request).mark_seen(deposit.id)
        return Response(status_code=204)

    async def _order(self, request: Request) -> Response:
        """A status sent by the operator, e.g. a payment received: taken at once, refused later and by event only."""
        deposit = self._known(request)
        if isinstance(deposit, Response):
            return deposit
        try:
            status_id = ordered(self._of(request), deposit.id, await request.body())
        except BadOrder as error:
            return _invalid(error.field, str(error))
        return _json({"type": "STATUS", "id": status_id}, 201)

    # -- look-up -----------------------------------------------------------------------------------------------

    async def _search(self, request: Request) -> Response:
        params = request.query_params
        window = _window(params)
        if window is None:
            return _invalid("limit", f"offset is 0 to {_OFFSET_CAP}, limit 1 to {_LIMIT_CAP}")
        offset, limit = window
        try:
            query = search.parse(params.get("q", ""), records.FIELDS - self._options.unsearchable)
        except search.BadQuery as error:
            return _json({"statusMessage": str(error)}, 400)
        operator = self._of(request)
        indexed = [] if _fault_kind(request) is Kind.UNINDEXED else operator.indexed()
        found = [deposit for deposit in indexed if search.satisfies(query, _fields(operator, deposit))]
        expand = frozenset(params.get("expand", "").split(","))
        data = [
            records.hit(deposit, operator.document(deposit.id), operator.history(deposit.id), expand)
            for deposit in found[offset : offset + limit]
        ]
        return _json({"data": data, "meta": {"offset": offset, "limit": limit, "count": len(found)}})

    async def _directory(self, request: Request) -> Response:
        """The French directory: every nine-digit SIREN is registered, but those declared unreachable."""
        found = re.fullmatch(r'\s*(siren|siret):"?(\d+)"?\s*', request.query_params.get("q", ""))
        if found is None:
            return _json({"statusMessage": "Unable to parse correctly query search"}, 400)
        siren, operator = found[2][:9], self._of(request)
        lines = operator.directory(siren) if len(siren) == 9 else {}  # noqa: PLR2004 - the length of a SIREN
        demands = operator.demands.get(siren, frozenset())
        return _page(request, [records.directory_entry(siren, lines, demands)] if lines else [])

    async def _entities(self, request: Request) -> Response:
        """The companies enrolled for the customer; without a list of them, whatever SIREN is searched for is one."""
        sellers = self._of(request).rules.sellers
        found = re.fullmatch(r'\s*siren:"?(\d{9})"?\s*', request.query_params.get("q", ""))
        if found is not None:
            listed = [found[1]] if sellers is None or found[1] in sellers else []
        else:
            listed = sorted(sellers or ())
        return _page(request, [records.enrolled_entity(siren) for siren in listed])


def _page(request: Request, rows: Sequence[Mapping[str, Any]]) -> Response:
    window = _window(request.query_params)
    if window is None:
        return _invalid("limit", f"offset is 0 to {_OFFSET_CAP}, limit 1 to {_LIMIT_CAP}")
    offset, limit = window
    meta = {"offset": offset, "limit": limit, "count": len(rows)}
    return _json({"data": rows[offset : offset + limit], "meta": meta})


def _fields(operator: Operator, deposit: Deposit) -> Mapping[str, str]:
    return records.fields(deposit, operator.document(deposit.id))


def _client(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    """Client id and secret, from the form or from HTTP Basic."""
    if authorization.startswith("Basic "):
        try:
            text = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        client_id, _, secret = text.partition(":")
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _file(given: Sequence[Part]) -> Part:
    """The part `file`; raises `ValueError` when it is missing or badly named."""
    file = next((part for part in given if part.name == "file"), None)
    if file is None or file.filename is None:
        raise ValueError("Required")
    if not _FILENAME.match(file.filename):
        raise ValueError(f"The file name must match {_FILENAME.pattern}")
    return file


def _window(params: Mapping[str, str]) -> tuple[int, int] | None:
    """Offset and limit of a search; None when out of bounds."""
    offset, limit = params.get("offset", "0"), params.get("limit", "50")
    if not offset.isdigit() or not limit.isdigit():
        return None
    inside = int(offset) <= _OFFSET_CAP and 1 <= int(limit) <= _LIMIT_CAP
    return (int(offset), int(limit)) if inside else None


def _fault_kind(request: Request) -> Kind | None:
    fault: Fault | None = request.scope.get(FAULT)
    return None if fault is None else fault.kind


def _oauth_error(code: str, description: str, status: int) -> Response:
    return _json({"error": code, "error_description": description}, status)


def _invalid(name: str, message: str) -> Response:
    details = {"code": "custom", "message": message, "path": [name]}
    return _json({"statusMessage": "Request validation issues", "details": details}, 400)


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, media_type="application/json; charset=utf-8")
