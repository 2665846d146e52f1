"""How much of an HTTP answer is read, and for how long: a service gone wrong fills no memory and keeps nobody waiting.

Installed as a response hook of `httpx.Client`. The limits are of the text after unpacking (RFC 9110, 8.4): a few
kilobytes of gzip can hold gigabytes. What comes before is `connection`'s affair.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator

import httpx

AT_MOST = 64_000_000
"""Bytes of one answer after unpacking; the largest that is asked for is a deposit, under 50 MB."""

WITHIN = 120.0
"""Seconds from the head of an answer to its end."""

ACCEPTED = "gzip"
"""`Accept-Encoding`: the one packing that is taken, because it can be unpacked piece by piece."""

_PIECE = 65_536
_GZIP = zlib.MAX_WBITS | 16


class AnswerTooLarge(httpx.ReadError):
    """The answer, unpacked, is longer than what is read of one."""


class AnswerTooSlow(httpx.ReadTimeout):
    """The answer began and did not end in time."""


def bounded(
    *, at_most: int = AT_MOST, within: float = WITHIN, monotonic: Callable[[], float] = time.monotonic
) -> Callable[[httpx.Response], None]:
    """A response hook: reading raises `AnswerTooLarge` or `AnswerTooSlow`, both `httpx.TransportError`.

    `within` in seconds. An answer packed otherwise than by gzip raises `httpx.DecodingError` at once.
    """

    def hook(response: httpx.Response) -> None:
        packing = response.headers.get("Content-Encoding", "").strip().lower()
        if response.is_closed or not isinstance(response.stream, httpx.SyncByteStream):
            return  # read already: a transport that plays answers
        if packing not in {"", "identity", ACCEPTED}:
            raise httpx.DecodingError("an answer packed in a way that was not asked for")
        if _announced(response) > at_most:
            raise AnswerTooLarge(f"more than {at_most} bytes")
        if packing == ACCEPTED:
            del response.headers["Content-Encoding"]  # unpacked here; httpx has nothing left to do
        begun = monotonic()
        unpacking = _Gzip() if packing == ACCEPTED else None
        response.stream = _Bounded(response.stream, unpacking, at_most, lambda: monotonic() - begun > within)

    return hook


def _announced(response: httpx.Response) -> int:
    """The length that the head gives; 0 when it gives none."""
    text = response.headers.get("Content-Length", "")
    return int(text[:20]) if text.isascii() and text.isdigit() else 0


class _Gzip:
    """Unpacks piece by piece, whatever a piece would grow to."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self.ended = True

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """What these bytes unpack to, in pieces of bounded size. Raises `httpx.DecodingError`."""
        while packed:
            try:
                piece = self._member.decompress(packed, _PIECE)
            except zlib.error as error:
                raise httpx.DecodingError("an answer that cannot be unpacked") from error
            self.ended = self._member.eof
            packed = self._member.unconsumed_tail
            if self.ended:
                packed = self._member.unused_data
                self._member = zlib.decompressobj(_GZIP)
            yield piece


class _Bounded(httpx.SyncByteStream):
    """The bytes of an answer, unpacked, up to a number and a moment."""

    def __init__(
        self, stream: httpx.SyncByteStream, unpacking: _Gzip | None, at_most: int, late: Callable[[], bool]
    ) -> None:
        self._stream = stream
        self._unpacking = unpacking
        self._at_most = at_most
        self._late = late

    def __iter__(self) -> Iterator[bytes]:
        left = self._at_most
        for chunk in self._stream:
            if self._late():
                raise AnswerTooSlow("its end did not come in time")
            for piece in self._unpacking.pieces(chunk) if self._unpacking else (chunk,):
                left -= len(piece)
                if left < 0:
                    raise AnswerTooLarge(f"more than {self._at_most} bytes")
                yield piece
        if self._unpacking and not self._unpacking.ended:
            raise httpx.DecodingError("an answer that ends in the middle")

    def close(self) -> None:
        """Close the connection below."""
        self._stream.close()
