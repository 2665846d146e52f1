"""The wire between a client and a sandbox service: it dates and logs every answer, and makes the faults happen.

An ASGI application around another. The reset of a connection is a real one: TCP RST, in the middle of the exchange.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pdp_bridge.sandbox.faults import DATA_KINDS, Fault, Faults, Kind

ABORT = "pdp_bridge.abort"
"""Key of the ASGI scope under which the server leaves the function that resets the connection."""

FAULT = "pdp_bridge.fault"
"""Key of the ASGI scope under which the service finds the data fault that strikes this request, or None."""

CONTROL = "/sandbox/"
"""Paths under it drive the sandbox itself: no authentication, no fault, no log."""

MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head>"
    b"<body><h1>Service en maintenance</h1><p>Merci de revenir dans quelques minutes.</p></body></html>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and the status it was answered with; None when the client got no answer."""

    method: str
    path: str
    query: str
    status: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Answer:
    """A complete HTTP response, held back until the wire decides what becomes of it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Wire:
    """`app`, reached through a network that `faults` disturbs. It remembers the last ten thousand exchanges."""

    def __init__(self, app: ASGIApp, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._faults = faults
        self._clock = clock
        self._log: deque[Exchange] = deque(maxlen=10_000)
        self._lock = threading.Lock()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was asked and answered, oldest first."""
        with self._lock:
            return tuple(self._log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        fault = self._faults.strike(scope["method"], scope["path"])
        scope[FAULT] = fault if fault is not None and fault.kind in DATA_KINDS else None
        answer = await self._answer(scope, receive, fault)
        self._record(scope, answer)
        if answer is None or (fault is not None and fault.kind is Kind.BROKEN):
            await _lose(scope, receive, send, answer)
        else:
            await _deliver(send, answer)

    async def _answer(self, scope: Scope, receive: Receive, fault: Fault | None) -> _Answer | None:
        """What goes back to the client; None when nothing does."""
        if fault is None or fault.kind in DATA_KINDS:
            return self._dated(await _ask(self._app, scope, receive))
        if fault.kind is Kind.SLOW:
            await asyncio.sleep(fault.seconds)
        real = None
        if fault.after or fault.kind in {Kind.SLOW, Kind.TRUNCATED, Kind.BROKEN}:
            real = await _ask(self._app, scope, receive)
        if fault.kind is Kind.STALL:
            await asyncio.sleep(fault.seconds)
        answer = _disturbed(fault, real)
        return None if answer is None else self._dated(answer)

    def _dated(self, answer: _Answer) -> _Answer:
        date = format_datetime(self._clock(), usegmt=True).encode("ascii")
        return replace(answer, headers=(*answer.headers, (b"date", date)))

    def _record(self, scope: Scope, answer: _Answer | None) -> None:
        exchange = Exchange(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            status=None if answer is None else answer.status,
            at=self._clock(),
        )
        with self._lock:
            self._log.append(exchange)


async def _ask(app: ASGIApp, scope: Scope, receive: Receive) -> _Answer:
    """The service's complete answer to the request."""
    status, headers, body = 500, (), bytearray()

    async def keep(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], tuple(message["headers"])
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return _Answer(status, headers, bytes(body))


def _disturbed(fault: Fault, real: _Answer | None) -> _Answer | None:
    """What the fault makes of the answer. `real` is there for the kinds that need one."""
    if fault.kind in {Kind.DROP, Kind.STALL}:
        return None
    if fault.kind is Kind.HTML:
        return _page(200, MAINTENANCE, b"text/html; charset=utf-8")
    if fault.kind is Kind.STATUS:
        answer = _page(fault.status, b"Retry later" if fault.status == 429 else b"", b"text/plain; charset=utf-8")  # noqa: PLR2004 - the HTTP status
        if fault.retry_after is not None:
            answer = replace(answer, headers=(*answer.headers, (b"retry-after", fault.retry_after.encode("latin-1"))))
        return answer
    if fault.kind is Kind.TRUNCATED and real is not None:
        body = real.body[: len(real.body) // 2]
        return replace(real, headers=_with_length(real.headers, len(body)), body=body)
    return real


def _page(status: int, body: bytes, media_type: bytes) -> _Answer:
    return _Answer(status, _with_length(((b"content-type", media_type),), len(body)), body)


def _with_length(headers: tuple[tuple[bytes, bytes], ...], length: int) -> tuple[tuple[bytes, bytes], ...]:
    kept = tuple(header for header in headers if header[0].lower() != b"content-length")
    return (*kept, (b"content-length", str(length).encode("ascii")))


async def _deliver(send: Send, answer: _Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})


async def _lose(scope: Scope, receive: Receive, send: Send, answer: _Answer | None) -> None:
    """Reset the connection, after half of the answer when there is one."""
    if answer is not None:
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
    scope[ABORT]()
    # The server must have noticed before we return, or it would answer 500 on our behalf.
    while (await receive())["type"] != "http.disconnect":
        pass
