"""Where the parts of a `multipart/form-data` file are (RFC 7578): found on disk, never read whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import BinaryIO

from pdp_bridge.server.spool import BLOCK, Extent

MOST_PARTS = 32
LONGEST_HEAD = 16 * 1024
"""Bytes of the headers of one part."""


class NotMultipart(ValueError):
    """The file is not what its content type announces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: the name of its field, and where its bytes are."""

    name: str
    extent: Extent


def parts(path: Path, content_type: str) -> list[Part]:
    """The parts in order. Raises `NotMultipart`."""
    boundary = _boundary(content_type)
    if path.stat().st_size == 0:
        raise NotMultipart("the body is empty")
    with path.open("rb") as file:
        return [_part(file, extent) for extent in _extents(file, b"--" + boundary)]


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary or not boundary.isascii():
        raise NotMultipart("the content type is not multipart/form-data with a boundary")
    return boundary.encode("ascii")


def _extents(file: BinaryIO, line: bytes) -> Iterator[Extent]:
    """Between two lines of the boundary, without the line break before the second."""
    begins = _at(file, 0, len(line)) == line
    start = len(line) if begins else _after(file, b"\r\n" + line, 0).end
    for _ in range(MOST_PARTS + 1):
        if _at(file, start, 2) == b"--":
            return
        found = _after(file, b"\r\n" + line, start)
        yield Extent(start=start, end=found.start)
        start = found.end
    raise NotMultipart("the body has too many parts")


def _after(file: BinaryIO, wanted: bytes, start: int) -> Extent:
    """Where `wanted` stands first from `start` on. Raises `NotMultipart` when it does not."""
    file.seek(start)
    window, begin = b"", start
    while block := file.read(BLOCK):
        window += block
        place = window.find(wanted)
        if place >= 0:
            return Extent(start=begin + place, end=begin + place + len(wanted))
        kept = len(window) - len(wanted) + 1  # the beginning of it may be at the end of the window
        if kept > 0:
            window, begin = window[kept:], begin + kept
    raise NotMultipart("a boundary is missing")


def _at(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)


def _part(file: BinaryIO, extent: Extent) -> Part:
    """From the end of a boundary: the rest of its line, headers, an empty line, the bytes."""
    start = _at(file, extent.start, min(LONGEST_HEAD, extent.end - extent.start))
    head, mark, _content = start.partition(b"\r\n\r\n")
    rest, _, lines = head.partition(b"\r\n")
    if not mark or rest.strip():
        raise NotMultipart("a part has no headers")
    headers = Message()
    for text in lines.decode("utf-8", "replace").split("\r\n"):
        name, _, value = text.partition(":")
        headers[name.strip()] = value.strip()
    field = headers.get_param("name", failobj="", header="content-disposition")
    if not isinstance(field, str) or not field:
        raise NotMultipart("a part has no name")
    return Part(name=field, extent=Extent(start=extent.start + len(head) + len(mark), end=extent.end))
