"""Zips that lie, written by hand: `zipfile` makes none that does."""

from __future__ import annotations

import struct
import zlib


def bomb(size: int) -> bytes:
    """So many bytes of nothing, deflated a thousandfold."""
    packing = zlib.compressobj(9, wbits=-15)
    return b"".join([*(packing.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)), packing.flush()])


def zip_of(name: bytes, packed: bytes, said: int, *, method: int = 8, listed: int | None = None) -> bytes:
    """One file that says it has `said` bytes, and a list of files that says it has `listed`."""
    crc = zlib.crc32(bytes(said))
    common = (0, method, 0, 33, crc, len(packed), said, len(name))
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, *common, 0) + name
    central = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, *common, 0, 0, 0, 0, 0, 0) + name
    length = len(central) if listed is None else listed
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, length, len(local) + len(packed), 0)
    return local + packed + central + end
