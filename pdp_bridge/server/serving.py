"""The process that listens, until it is told to stop: SIGTERM and Ctrl-C let the request in hand finish."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from pdp_bridge.bridge import Bridge
from pdp_bridge.clock import utc_now
from pdp_bridge.errors import ConfigError
from pdp_bridge.journal.lock import Lock
from pdp_bridge.server.app import INCOMING, Receiver, Site
from pdp_bridge.server.beside import Beside, Work
from pdp_bridge.server.spool import clear
from pdp_bridge.settings import Settings

_log = logging.getLogger("pdp_bridge.server")

CLOSING_SECONDS = 60
"""How long requests in hand may take to finish: as long as Iopole waits for an answer."""

CONNECTIONS = 512


def serve(settings: Settings, *, announce: Callable[[str], None], beside: Work | None = None) -> None:
    """Receive callbacks until SIGTERM or Ctrl-C; `announce` is given the address once it can be called.

    Statuses of every company that shares the journal are taken, whichever `settings` are. `beside` works in a thread
    meanwhile. Raises `ConfigError` when the address cannot be listened on, `Busy` when
    another server works on the data folder, `JournalError`.
    """
    with ExitStack() as stack:
        bridge = stack.enter_context(Bridge(settings))
        webhook, journal = settings.webhook, bridge.journal
        receiver = Receiver(Site(webhook=webhook, journal=journal, data=settings.data, clock=utc_now))
        stack.enter_context(Lock(settings.data / "serve.lock").acquire())
        left = clear(settings.data / INCOMING)
        listening = stack.enter_context(_listening(webhook.host, webhook.port))
        if left:
            _log.info("removed unfinished files of a server that was killed count=%d", left)
        _warn(settings)
        server = server_of(receiver.app)
        stack.enter_context(_until_told(server))
        if beside is not None:
            stack.enter_context(Beside(beside))
        announce(_address(listening))
        server.run(sockets=[listening])


def server_of(app: ASGIApp) -> uvicorn.Server:
    """uvicorn as we need it: it ends when the requests in hand have, and writes no line of its own for each."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who calls is told by the signature, not by a header of the proxy
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
    )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET  # noqa: PLR2004 - IPv6
    try:
        listening = socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise ConfigError(
            f"Port {port} of {host} cannot be listened on ({error.strerror}): choose another one", key="webhook.port"
        ) from error
    with listening:
        yield listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _until_told(server: uvicorn.Server) -> Iterator[None]:
    """A signal ends the server, from before it listens to signals itself until after it has raised them again."""

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        _log.info("stopped")
        for number, handler in before.items():
            signal.signal(number, handler)


def _warn(settings: Settings) -> None:
    if not settings.webhook.secrets:
        _log.warning("no secret is set: every callback is refused; set webhook.secret (PDP_BRIDGE_WEBHOOK_SECRET)")
    if not ipaddress.ip_address(settings.webhook.host).is_loopback:
        _log.warning("listening on %s without TLS: put a proxy that ends TLS in front", settings.webhook.host)
