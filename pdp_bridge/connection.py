"""The HTTP client of both services: bounded in what it reads, and in how long it writes and reads.

httpx bounds each wait of a request; a service that takes or gives a byte at a time keeps every wait short. So an upload
has a time of its own here, and an answer in `answers`. The head of an answer has none: httpx offers no place for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import httpx

from pdp_bridge.addresses import is_loopback
from pdp_bridge.answers import ACCEPTED, bounded

UPLOAD_WITHIN = 300.0
"""Seconds from the first byte of a request's body to its last: 50 MB at 1.4 Mbit/s. A deposit gets less where the
settings decide sooner what became of it: until then it must have arrived, or never will."""

PIECE = 65_536
"""Bytes between two looks at the clock."""


class UploadTooSlow(httpx.WriteTimeout):
    """The service took the request's body too slowly: not all of it left."""


def connected(
    origin: httpx.URL,
    *,
    auth: httpx.Auth,
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    transport: httpx.BaseTransport | None,
    monotonic: Callable[[], float],
    upload_seconds: float = UPLOAD_WITHIN,
) -> httpx.Client:
    """A client of one service. A company's proxy is used, but not for this machine."""
    return httpx.Client(
        base_url=origin,
        auth=auth,
        headers={"Accept": "application/json", "Accept-Encoding": ACCEPTED, **headers},
        event_hooks={
            "request": [in_time(within=upload_seconds, monotonic=monotonic)],
            "response": [bounded(monotonic=monotonic)],
        },
        timeout=timeout,
        transport=transport,
        trust_env=not is_loopback(origin.host),
    )


def in_time(
    *, within: float = UPLOAD_WITHIN, monotonic: Callable[[], float] = time.monotonic
) -> Callable[[httpx.Request], None]:
    """A request hook: writing the body raises `UploadTooSlow`, a `httpx.TransportError`. `within` in seconds."""

    def hook(request: httpx.Request) -> None:
        if isinstance(request.stream, httpx.SyncByteStream) and not isinstance(request.stream, _Upload):
            request.stream = _Upload(request.stream, within, monotonic)

    return hook


class _Upload(httpx.SyncByteStream):
    """The bytes of a body, up to a moment; each reading has its own time, for a request may leave twice."""

    def __init__(self, stream: httpx.SyncByteStream, within: float, monotonic: Callable[[], float]) -> None:
        self._stream = stream
        self._within = within
        self._monotonic = monotonic

    def __iter__(self) -> Iterator[bytes]:
        until = self._monotonic() + self._within
        for content in self._stream:
            for start in range(0, len(content), PIECE):
                if self._monotonic() > until:
                    raise UploadTooSlow("its body was not taken in time")
                yield content[start : start + PIECE]

    def close(self) -> None:
        """Close what is read."""
        self._stream.close()
