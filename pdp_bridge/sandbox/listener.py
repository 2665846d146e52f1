"""HTTP listeners on loopback, on one event loop in one thread, over uvicorn's h11 protocol.

uvicorn's own `Server` is not used: it looks for its end ten times a second, handles signals, and cannot reset a
connection; a sandbox starts and stops hundreds of times in a test run.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
import threading
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pdp_bridge.sandbox.wire import ABORT

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for zero seconds: closing the socket sends RST instead of FIN."""


class Listener:
    """One application on one loopback port; `port` 0 takes a free one. Raises `OSError` when the port is taken."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the sandbox listens on loopback addresses only, not on {host}")
        self._config = uvicorn.Config(
            app,
            loop="asyncio",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
        )
        self._config.load()
        self._state = ServerState()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=128)
        self._server: asyncio.Server | None = None
        bound = self._socket.getsockname()[1]
        self.url = f"http://[{host}]:{bound}" if family == socket.AF_INET6 else f"http://{host}:{bound}"

    async def open(self) -> None:
        """Start accepting connections."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Protocol(self._config, self._state, {}, loop), sock=self._socket
        )

    def close(self) -> list[asyncio.Task[None]]:
        """Stop at once: connections are reset and running requests cancelled; returns these, to be waited for."""
        if self._server is not None:
            self._server.close()
        self._socket.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        return tasks


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, which also tells the application how to reset its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        app = self.app
        connection = transport.get_extra_info("socket")
        # Head and body are written apart: Nagle's algorithm would hold the body back for 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def reset() -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()

        async def with_reset(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = reset
            await app(scope, receive, send)

        self.app = with_reset


class Serving:
    """Listeners at work, until `stop`."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """End every connection and the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        for listener in self._listeners:
            self._loop.run_until_complete(listener.open())
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        tasks = [task for listener in self._listeners for task in listener.close()]
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports tell their protocols that they are gone
        await asyncio.get_running_loop().shutdown_default_executor()
