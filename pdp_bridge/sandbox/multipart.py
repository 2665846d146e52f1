"""The parts of a `multipart/form-data` body (RFC 7578), bytes untouched."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its form name, file name and content type when given, and its bytes."""

    name: str
    filename: str | None
    media_type: str | None
    content: bytes


def parts(content_type: str, body: bytes) -> list[Part]:
    """The parts in order; raises `ValueError` when the body is not what its content type announces."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise ValueError("not a multipart/form-data request")
    chunks = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if len(chunks) < 2 or not chunks[-1].startswith(b"--"):  # noqa: PLR2004 - a preamble and the closing boundary
        raise ValueError("the multipart body is not closed by its boundary")
    return [_part(chunk) for chunk in chunks[1:-1]]


def _part(chunk: bytes) -> Part:
    head, separator, content = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("a part of the multipart body has no headers")
    headers = Message()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    field = headers.get_param("name", failobj="", header="content-disposition")
    if not field:
        raise ValueError("a part of the multipart body has no name")
    given_type = headers.get_content_type() if "content-type" in headers else None
    return Part(name=str(field), filename=headers.get_filename(), media_type=given_type, content=content)
