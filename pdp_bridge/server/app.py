"""The HTTP side: three callbacks, a health check and metrics.

A delivery is believed only when its signature is right, and answered 2xx only once it is on disk for good. What can
be judged before the body is read is judged before. Answers are JSON: Iopole takes plain text for a failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pdp_bridge.errors import JournalError
from pdp_bridge.journal.queued import queued
from pdp_bridge.ports import Clock
from pdp_bridge.server import exposition, signature
from pdp_bridge.server.intake import Delivery, Intake, Kind, Taken, opened
from pdp_bridge.server.refusal import ANSWERS, Reason, Refused
from pdp_bridge.server.spool import LARGEST, RECEIVE_SECONDS, spooled
from pdp_bridge.server.tally import Tally

if TYPE_CHECKING:
    from pdp_bridge.journal.store import SqlJournal
    from pdp_bridge.settings import WebhookSettings

_log = logging.getLogger("pdp_bridge.server")

SIGNED_AT_ONCE, UNKNOWN_AT_ONCE = 16, 2
"""Bodies received at the same time: whose announced checksum is signed, and of whom nothing is known before the end."""

INCOMING = "incoming"
"""Folder of the data folder where received invoices are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the application works on. `largest`: bytes of a body."""

    webhook: WebhookSettings
    journal: SqlJournal
    data: Path
    clock: Clock
    largest: int = LARGEST


class Receiver:
    """`app` is the ASGI application; `tally` counts what came."""

    def __init__(self, site: Site) -> None:
        self.tally = Tally()
        self._site = site
        self._folder = site.data / INCOMING
        self._intake = Intake(site.journal, self._folder, site.clock)
        self._secrets = site.webhook.secrets
        self._started = site.clock()
        self._signed = asyncio.Semaphore(SIGNED_AT_ONCE)
        self._unknown = asyncio.Semaphore(UNKNOWN_AT_ONCE)
        self._lane = asyncio.Lock()  # one writer of ours at a time: nobody waits for the database's own lock in vain
        self.app = Starlette(
            routes=[
                *(self._route(kind) for kind in Kind),
                Route("/healthz", self._health),
                Route("/metrics", self._metrics),
            ]
        )

    def _route(self, kind: Kind) -> Route:
        async def answer(request: Request) -> Response:
            return await (self._callback(kind, request) if request.method == "POST" else self._probe())

        return Route(f"{self._site.webhook.path_prefix}/{kind}", answer, methods=["GET", "POST"])

    # -- callbacks ---------------------------------------------------------------------------------------------

    async def _probe(self) -> Response:
        """Iopole asks an address before it takes it for a webhook."""
        return JSONResponse({"ready": bool(self._secrets)}, 200 if self._secrets else ANSWERS[Reason.NO_SECRET])

    async def _callback(self, kind: Kind, request: Request) -> Response:
        try:
            taken, size = await self._received(kind, request)
        except Refused as refused:
            return self._refused(kind, refused.reason)
        except Exception:  # noqa: BLE001 - one delivery must not end the server; it is logged, and delivered again
            _log.exception("callback failed kind=%s", kind)
            return self._refused(kind, Reason.FAILED)
        self.tally.accepted(kind, new=taken.new)
        _log.info("callback taken kind=%s new=%s bytes=%d what=%s", kind, taken.new, size, taken.what)
        return JSONResponse({"recorded": True, "new": taken.new})

    def _refused(self, kind: Kind, reason: Reason) -> Response:
        self.tally.refused(kind, reason)
        hint = HINTS.get(reason, "")
        _log.warning("callback refused kind=%s reason=%s%s", kind, reason, hint and f": {hint}")
        return JSONResponse({"error": reason.value}, ANSWERS[reason])

    async def _received(self, kind: Kind, request: Request) -> tuple[Taken, int]:
        """Check, receive, check again, record. Raises `Refused`."""
        if not self._secrets:
            raise Refused(Reason.NO_SECRET)
        claimed = signature.claim(request.headers, request.method, _target(request))
        signature.check_time(claimed, self._site.clock(), self._site.webhook.replay_seconds)
        if claimed.checksum is not None:
            signature.check_signature(claimed, claimed.checksum, self._secrets)
        async with (
            _turn(self._unknown if claimed.checksum is None else self._signed),
            spooled(request, self._folder, largest=self._site.largest) as body,
        ):
            content_type = request.headers.get("content-type", "")
            delivery = await run_in_threadpool(opened, kind, body, content_type)
            signature.check_content(claimed, delivery.checksum)
            if claimed.checksum is None:
                signature.check_signature(claimed, delivery.checksum, self._secrets)
            return await self._taken(delivery), body.size

    async def _taken(self, delivery: Delivery) -> Taken:
        if delivery.kind is Kind.INVOICE:  # copying a file keeps nobody waiting
            return await run_in_threadpool(self._intake.take, delivery)
        async with self._lane:
            return await run_in_threadpool(self._intake.take, delivery)

    # -- those who watch ---------------------------------------------------------------------------------------

    async def _health(self, _: Request) -> Response:
        """200 while the journal answers. Ages in seconds, null before the first run."""
        try:
            ended = await run_in_threadpool(self._site.journal.last_ended)
        except JournalError:
            _log.exception("health check failed")
            return JSONResponse({"status": "unwell", "journal": "unreachable"}, 503)
        now = self._site.clock()
        ages = {act: (now - ended[act]).total_seconds() if act in ended else None for act in ("run", "sync")}
        return JSONResponse(
            {
                "status": "ok",
                "journal": "reachable",
                "webhooks": "accepted" if self._secrets else "refused: no secret is set",
                **{f"last_{act}_age_seconds": age for act, age in ages.items()},
            }
        )

    async def _metrics(self, _: Request) -> Response:
        now = self._site.clock()
        try:
            figures = await run_in_threadpool(self._site.journal.figures)
            waiting = await run_in_threadpool(queued, self._site.journal.engine, now)
        except JournalError:
            _log.exception("metrics failed")
            return JSONResponse({"status": "unwell", "journal": "unreachable"}, 503)
        metrics = [
            *exposition.of_journal(figures, now),
            *exposition.of_queues(waiting, now),
            *exposition.of_process(self.tally, self._started),
        ]
        return Response(exposition.text(metrics), media_type=exposition.MEDIA_TYPE)


HINTS = {
    Reason.NO_SECRET: "set webhook.secret (PDP_BRIDGE_WEBHOOK_SECRET), the same as at Iopole",
    Reason.FORGED: "the secret is not the one given to Iopole, or the proxy changes the path or the query",
    Reason.STALE: "the clock of this machine may be wrong, or an old delivery is played again",
    Reason.UNREADABLE: "signed by Iopole, but not what this address is for: compare the addresses given to Iopole",
    Reason.NOT_STORED: "the journal or the disk cannot be written; Iopole delivers again",
}
"""What the operator may look at."""


def _target(request: Request) -> str:
    """Path and query as they were asked for, before any decoding: they are signed."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


@asynccontextmanager
async def _turn(places: asyncio.Semaphore) -> AsyncIterator[None]:
    """One of `places`; raises `Refused` (`BUSY`) when none comes free in time."""
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            await places.acquire()
    except TimeoutError as error:
        raise Refused(Reason.BUSY) from error
    try:
        yield
    finally:
        places.release()
