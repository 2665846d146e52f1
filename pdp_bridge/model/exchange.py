"""One request to the platform and its answer, kept as evidence: no credential, no token, no file content is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a request was about: a document by its number and bytes, or a deposit by its id; empty when not known."""

    number: str = ""  # BT-1
    sha256: str = ""
    submission_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what came back. `status` is None when no answer came."""

    subject: Subject
    at: datetime  # UTC, when the request left
    method: str
    url: str
    status: int | None
    milliseconds: int
    detail: str  # JSON: headers and answer
