"""Where the parts of a `multipart/form-data` file are (RFC 7578): found on disk, never read whole."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from pdp_bridge.server.spool import Extent

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
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return [_part(view, extent) for extent in _extents(view, b"--" + boundary)]


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary or not boundary.isascii():
        raise NotMultipart("the content type is not multipart/form-data with a boundary")
    return boundary.encode("ascii")


def _extents(view: mmap.mmap, line: bytes) -> Iterator[Extent]:
    """Between two lines of the boundary, without the line break before the second."""
    if view[: len(line)] == line:
        start = len(line)
    else:
        preamble = view.find(b"\r\n" + line)
        if preamble < 0:
            raise NotMultipart("the boundary is nowhere in the body")
        start = preamble + 2 + len(line)
    for _ in range(MOST_PARTS + 1):
        if view[start : start + 2] == b"--":
            return
        end = view.find(b"\r\n" + line, start)
        if end < 0:
            raise NotMultipart("the body is not closed by its boundary")
        yield Extent(start=start, end=end)
        start = end + 2 + len(line)
    raise NotMultipart("the body has too many parts")


def _part(view: mmap.mmap, extent: Extent) -> Part:
    """From the end of a boundary: the rest of its line, headers, an empty line, the bytes."""
    start = view.find(b"\r\n", extent.start, extent.end)
    stop = view.find(b"\r\n\r\n", extent.start, min(extent.end, extent.start + LONGEST_HEAD))
    if start < 0 or stop < 0 or view[extent.start : start].strip():
        raise NotMultipart("a part has no headers")
    headers = Message()
    for text in view[start + 2 : stop].decode("utf-8", "replace").split("\r\n"):
        name, _, value = text.partition(":")
        headers[name.strip()] = value.strip()
    field = headers.get_param("name", failobj="", header="content-disposition")
    if not isinstance(field, str) or not field:
        raise NotMultipart("a part has no name")
    return Part(name=field, extent=Extent(start=stop + 4, end=extent.end))
