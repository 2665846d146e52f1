"""A body on its way to disk: never whole in memory, never longer than allowed, never left behind.

Its file lies in the folder where it may have to stay, so that keeping it is one atomic move within one disk.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from pdp_bridge.durable import give_name
from pdp_bridge.server.refusal import Reason, Refused

LARGEST = 100 * 1024 * 1024
"""Bytes of a body: what Iopole says it may send."""

RECEIVE_SECONDS = 45.0
"""How long a body may take. Iopole waits 60 seconds for the answer."""

BLOCK = 1024 * 1024
"""Bytes that are held in memory at a time."""
UNFINISHED = ".part"
"""End of the name of a file that is not complete, or not known to be wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A whole body on disk, and the SHA-256 of its bytes in hexadecimal."""

    path: Path
    size: int
    sha256: str


@asynccontextmanager
async def spooled(
    request: Request, folder: Path, *, largest: int = LARGEST, seconds: float = RECEIVE_SECONDS
) -> AsyncIterator[Spooled]:
    """The body of `request` in a file of `folder`, which is gone at the end of the block.

    Raises `Refused`: `TOO_LARGE`, `SLOW`, `CUT_SHORT` or `NOT_STORED`.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > largest:
        raise Refused(Reason.TOO_LARGE)
    path = await run_in_threadpool(_new, folder)
    try:
        try:
            async with asyncio.timeout(seconds):
                body = await _written(request, path, largest)
        except TimeoutError as error:
            raise Refused(Reason.SLOW) from error
        except ClientDisconnect as error:
            raise Refused(Reason.CUT_SHORT) from error
        except OSError as error:
            raise Refused(Reason.NOT_STORED) from error
        yield body
    finally:
        path.unlink(missing_ok=True)


def _new(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=UNFINISHED)  # for its owner only
    except OSError as error:
        raise Refused(Reason.NOT_STORED) from error
    os.close(descriptor)
    return Path(name)


async def _written(request: Request, path: Path, largest: int) -> Spooled:
    digest, size, block = sha256(), 0, bytearray()
    with path.open("wb") as file:

        def put(content: bytes) -> None:
            file.write(content)
            digest.update(content)

        async for chunk in request.stream():
            size += len(chunk)
            if size > largest:
                raise Refused(Reason.TOO_LARGE)
            block += chunk
            if len(block) >= BLOCK:
                await run_in_threadpool(put, bytes(block))
                block.clear()
        await run_in_threadpool(put, bytes(block))
    return Spooled(path=path, size=size, sha256=digest.hexdigest())


def clear(folder: Path) -> int:
    """Remove what a killed process left unfinished; how many files. Nobody else may be receiving there."""
    left = list(folder.glob(f".*{UNFINISHED}")) if folder.is_dir() else []
    for path in left:
        with suppress(FileNotFoundError):
            path.unlink()
    return len(left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where some bytes of a file are: from `start` up to `end`."""

    start: int
    end: int


def digest_of(path: Path, extent: Extent) -> str:
    """SHA-256 of a part of a file, in hexadecimal."""
    digest = sha256()
    for block in _blocks(path, extent):
        digest.update(block)
    return digest.hexdigest()


def keep(path: Path, extent: Extent, target: Path) -> None:
    """Copy a part of a file to `target`, durable when this returns. Readers see all of it or nothing."""
    unfinished = _new(target.parent)
    try:
        with unfinished.open("wb") as file:
            for block in _blocks(path, extent):
                file.write(block)
        give_name(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _blocks(path: Path, extent: Extent) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(extent.start)
        left = extent.end - extent.start
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
