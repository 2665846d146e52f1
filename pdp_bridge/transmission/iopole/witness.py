"""What was asked about one invoice and answered, kept as evidence: named headers only, no file, no secret.

An answer is shortened and cleaned before it is kept: of a search, only the rows of the invoice's own number; of a file,
its size and its SHA-256; of a long text, its length. Nothing here ever raises: evidence must not stop a sending.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from pdp_bridge.model.exchange import Exchange, Subject
from pdp_bridge.transmission.iopole import mapping

SHOWN_HEADERS = frozenset(
    {
        "accept",
        "content-length",
        "content-type",
        "customer-id",
        "date",
        "retry-after",
        "server",
        "user-agent",
        "x-correlation-id",
        "x-request-id",
    }
)
"""Any other header may hold a credential, and is left out."""

LONGEST = 1000
"""Characters kept of one text in an answer: longer ones are messages or files inside the JSON."""

LARGEST = 1_000_000
"""Bytes of an answer that is read as text; a larger one is kept as its size and SHA-256."""

WAITING = 100
"""Exchanges that are handed over even if nobody asks."""

_SECRET_KEYS = ("token", "secret", "password", "authorization", "api_key", "apikey")
_TEXTUAL = ("json", "text/")

_log = logging.getLogger(__name__)

Keep = Callable[[Sequence[Exchange]], None]
"""Takes exchanges to keep them."""

Asked = tuple[str, str, Mapping[str, str]]
"""Method, address and headers of a request."""

Came = tuple[int, Mapping[str, str], bytes]
"""Status, headers and content of an answer, without what the request held of credentials."""


class _Mine(threading.local):
    """Each thread deals with an invoice of its own."""

    subject: Subject | None = None


class Witness:
    """Notes the requests made inside `about`, and hands them over when nothing waits for an answer.

    Several threads may use it: what a request is about is known for each of them.
    """

    def __init__(self, keep: Keep | None = None) -> None:
        self._keep = keep
        self._mine = _Mine()
        self._seen: deque[Exchange] = deque()
        self._handing = threading.Lock()

    @contextmanager
    def about(self, subject: Subject) -> Iterator[None]:
        """Every request made inside is about that document or deposit."""
        before, self._mine.subject = self._mine.subject, subject
        try:
            yield
        finally:
            self._mine.subject = before

    @property
    def watching(self) -> bool:
        """A request made now is noted."""
        return self._keep is not None and self._mine.subject is not None

    def answered(self, asked: Asked, came: Came, now: datetime, seconds: float) -> None:
        """An answer came at `now`, after so many seconds."""
        method, address, sent = asked
        status, headers, content = came
        detail = {
            "request": {"headers": _shown(sent), "document_sha256": self._mine.subject and self._mine.subject.sha256},
            "answer": {"headers": _shown(headers), "body": self._body(headers, content)},
        }
        self._note((method, address), status, detail, now, seconds)

    def unanswered(self, asked: tuple[str, str], problem: str, now: datetime, seconds: float) -> None:
        """No answer came to `asked`: `problem` is the kind of failure."""
        if self.watching:
            self._note(asked, None, {"problem": problem}, now, seconds)

    def hand_over(self) -> None:
        """Give what was noted to whoever keeps it."""
        if self._keep is None or not self._seen or not self._handing.acquire(blocking=False):
            return  # nothing to do, or another thread is at it
        seen = [self._seen.popleft() for _ in range(len(self._seen))]
        try:
            self._keep(seen)
        except Exception as error:  # noqa: BLE001 - evidence is no reason to stop: the sending itself is on record
            _log.warning("exchanges were not recorded count=%s problem=%s", len(seen), type(error).__name__)
        finally:
            self._handing.release()

    def noted(self, act: Callable[[], None]) -> None:
        """Run `act`, which notes an exchange; what goes wrong in it is told in the log only."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever an answer holds, the sending goes on
            _log.warning("an exchange was not noted problem=%s", type(error).__name__)

    def _note(
        self, asked: tuple[str, str], status: int | None, detail: Mapping[str, Any], now: datetime, seconds: float
    ) -> None:
        method, address = asked
        if self._mine.subject is None or "/invoice" not in address:  # whose account it is concerns no invoice
            return
        self._seen.append(
            Exchange(
                subject=self._mine.subject,
                at=now - timedelta(seconds=seconds),
                method=method,
                url=address,
                status=status,
                milliseconds=int(seconds * 1000),
                detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
            )
        )
        if len(self._seen) >= WAITING:
            self.hand_over()

    def _body(self, headers: Mapping[str, str], content: bytes) -> object:
        kind = headers.get("content-type", "").lower()
        body = mapping.body_of(content) if len(content) <= LARGEST and any(each in kind for each in _TEXTUAL) else None
        if body is not None:
            return _pruned(_own_rows(body, self._mine.subject or Subject()))
        return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() in SHOWN_HEADERS}


def _own_rows(body: Any, subject: Subject) -> Any:
    """A search without the rows of other invoices: those are other people's business."""
    rows = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        return body
    own = [row for row in rows if _is_own(row, subject)]
    return {**body, "data": own, "rows_left_out": len(rows) - len(own)}


def _is_own(row: Any, subject: Subject) -> bool:
    business = row.get("businessData") if isinstance(row, Mapping) else None
    number = business.get("invoiceId") if isinstance(business, Mapping) else None
    return isinstance(number, str) and bool(number) and subject.number.startswith(number)


def _pruned(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"({len(value)} characters)"
    if isinstance(value, list):
        return [_pruned(each) for each in value]
    if isinstance(value, Mapping):
        return {key: "***" if _is_secret(str(key)) else _pruned(each) for key, each in value.items()}
    return value


def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in _SECRET_KEYS)
