"""The sandbox's own endpoints, under `/sandbox/`: faults, deposits, statuses and time, for a driver in another process.

Not part of either service, and without authentication: the servers listen on loopback only.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pdp_bridge.sandbox.deposits import Deposit, Operator
from pdp_bridge.sandbox.faults import Fault, Faults
from pdp_bridge.sandbox.firm import Firm
from pdp_bridge.sandbox.statuses import Detail, instant

Advance = Callable[[float], None]
Handler = Callable[[Request], Awaitable[Response]]


def shared(faults: Faults, advance: Advance) -> list[Route]:
    """On both: `GET`, `POST` and `DELETE /sandbox/faults`, `POST /sandbox/clock` with `{"advance": seconds}`."""

    async def listed(_: Request) -> Response:
        return JSONResponse(faults.as_json())

    async def declared(request: Request) -> Response:
        body = json.loads(await request.body())
        faults.add(*(Fault.from_json(item) for item in (body if isinstance(body, list) else [body])))
        return JSONResponse(faults.as_json(), 201)

    async def cleared(_: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    async def advanced(request: Request) -> Response:
        await run_in_threadpool(advance, (await _object(request))["advance"])
        return Response(status_code=204)

    return [
        _route("GET", "/sandbox/faults", listed),
        _route("POST", "/sandbox/faults", declared),
        _route("DELETE", "/sandbox/faults", cleared),
        _route("POST", "/sandbox/clock", advanced),
    ]


def of_firm(firm: Firm) -> list[Route]:
    """On Facturation.pro: add or replace invoices and customers, change or delete an invoice."""

    async def loaded(request: Request) -> Response:
        firm.load(await _object(request))
        return Response(status_code=204)

    async def edited(request: Request) -> Response:
        return JSONResponse(firm.edit_invoice(request.path_params["id"], **await _object(request)))

    async def deleted(request: Request) -> Response:
        firm.delete_invoice(request.path_params["id"])
        return Response(status_code=204)

    return [
        _route("POST", "/sandbox/firm", loaded),
        _route("PATCH", "/sandbox/invoices/{id:int}", edited),
        _route("DELETE", "/sandbox/invoices/{id:int}", deleted),
    ]


def of_operator(operator: Operator) -> list[Route]:
    """On Iopole: `GET /sandbox/deposits`, `GET /sandbox/events`, `POST /sandbox/deposits/{id}/statuses`.

    `POST /sandbox/index/loss` takes `{"seconds": n}`, `POST /sandbox/directory/unreachable` a list of SIREN, and
    `POST /sandbox/directory/addresses` the first day of addresses: `{"100000009_SUITE": "2026-12-01"}`.
    """

    async def deposits(_: Request) -> Response:
        return JSONResponse([_deposit(deposit) for deposit in operator.deposits])

    async def events(_: Request) -> Response:
        return JSONResponse(operator.events)

    async def emitted(request: Request) -> Response:
        body = await _object(request)
        detail = Detail(reason=body.get("reason"), message=body.get("message", ""))
        return JSONResponse({"id": operator.emit(request.path_params["id"], body["code"], detail)}, 201)

    async def lost(request: Request) -> Response:
        operator.lose_index((await _object(request))["seconds"])
        return Response(status_code=204)

    async def unreachable(request: Request) -> Response:
        operator.unreachable.update(json.loads(await request.body()))
        return Response(status_code=204)

    async def registered(request: Request) -> Response:
        days = await _object(request)
        operator.addresses.update({value: date.fromisoformat(day) for value, day in days.items()})
        return Response(status_code=204)

    return [
        _route("POST", "/sandbox/index/loss", lost),
        _route("POST", "/sandbox/directory/addresses", registered),
        _route("POST", "/sandbox/directory/unreachable", unreachable),
        _route("GET", "/sandbox/deposits", deposits),
        _route("GET", "/sandbox/events", events),
        _route("POST", "/sandbox/deposits/{id}/statuses", emitted),
    ]


def _deposit(deposit: Deposit) -> Mapping[str, Any]:
    """One deposit for an outside check; the bytes are at `/v1/invoice/{id}/download`."""
    return {
        "id": deposit.id,
        "number": deposit.number,
        "siren": deposit.siren,
        "sha256": deposit.sha256,
        "size": len(deposit.content),
        "state": deposit.state,
        "codes": list(deposit.codes),
        "received_at": instant(deposit.received_at),
    }


def _route(method: str, path: str, handler: Handler) -> Route:
    """A route whose mistakes are answered 400 with their reason."""

    async def call(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return Route(path, call, methods=[method])


async def _object(request: Request) -> dict[str, Any]:
    body = json.loads(await request.body())
    if not isinstance(body, dict):
        raise TypeError("a JSON object is expected")
    return body
