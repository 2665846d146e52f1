"""How fast and how often a service may be asked: sliding windows ahead of time, growing pauses afterwards."""

from __future__ import annotations

import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

Sleep = Callable[[float], None]

CIRCUIT_OPEN = "CIRCUIT_OPEN"
"""Code of the error of a request that did not leave, because the service has not answered for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A service that does not answer, and is left alone until `until`. Instants are UTC."""

    since: datetime  # the first failure in the row
    until: datetime  # then one request may try
    failures: int  # of the connection, in a row
    last_error: str  # without credentials

    def told(self, service: str) -> str:
        """In words, for an error."""
        return (
            f"{service} has not answered since {self.since:%Y-%m-%d %H:%M} UTC ({self.failures} failures in a row, "
            f"last: {self.last_error}), so nothing is asked before {self.until:%H:%M:%S} UTC; nothing is lost. "
            "`pdp-bridge doctor` tries at once"
        )


class Governor(Protocol):
    """When requests of one kind may leave: a `Pace` of one client, or a budget that all processes share.

    `hold`, `limited`, `answered` and `unanswered` never raise: they follow acts that the outside has seen.
    """

    def wait(self, *, at_most: float = math.inf) -> bool:
        """Take the next free slot and sleep until it comes; False, at once, when it is more than `at_most` s away."""
        ...

    def hold(self, seconds: float) -> None:
        """No request for that long."""
        ...

    def limited(self, seconds: float) -> None:
        """The service refused a request as one too many: the others wait that long, and ask less from now on."""
        ...

    def answered(self) -> None:
        """The service answered, whatever it said."""
        ...

    def unanswered(self, error: str) -> None:
        """The service did not answer, or failed; `error` in a word or two."""
        ...

    def outage(self) -> Outage | None:
        """Why `wait` refuses whatever the patience; None while the service answers."""
        ...


class Pace:
    """Waits, before each request, until every window has room; shared by the threads of one client.

    Without windows it never waits. `monotonic` and `sleep` are arguments so that tests need no time.
    """

    def __init__(
        self,
        windows: tuple[Window, ...] = (),
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._windows = windows
        self._monotonic = monotonic
        self._sleep = sleep
        self._slots: tuple[deque[float], ...] = tuple(deque(maxlen=window.requests) for window in windows)
        self._blocked_until = 0.0
        self._lock = threading.Lock()

    def wait(self, *, at_most: float = math.inf) -> bool:
        """Take the next free slot and sleep until it comes; False, at once, when it is more than `at_most` s away."""
        with self._lock:
            now = self._monotonic()
            slot = max(now, self._blocked_until)
            for window, slots in zip(self._windows, self._slots, strict=True):
                if len(slots) == window.requests:
                    slot = max(slot, slots[0] + window.seconds)
            if slot - now > at_most:
                return False
            for slots in self._slots:
                slots.append(slot)
        if slot > now:
            self._sleep(slot - now)
        return True

    def hold(self, seconds: float) -> None:
        """No request for that long: the service asked for a pause."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._monotonic() + seconds)

    def limited(self, seconds: float) -> None:
        """There are no others: who was refused waits by itself."""

    def answered(self) -> None:
        """Nothing is kept of it: one client gives up by its own count of tries."""

    def unanswered(self, error: str) -> None:
        """Nothing is kept of it."""

    def outage(self) -> Outage | None:
        """Never known here."""
        return None


class Reserved(threading.local):
    """A slot that was taken for what the same thread does next, and until when it is good."""

    until = -math.inf  # on the clock of the client that took it


def pauses(first: float, *, attempts: int, cap: float = 300.0) -> Iterator[float]:
    """Pauses in seconds before each new attempt: doubling from `first`, at most `cap`, with up to 20 % jitter.

    >>> [int(pause) for pause in pauses(10, attempts=3)] >= [8, 16, 32]
    True
    """
    for attempt in range(attempts):
        pause = min(cap, first * 2**attempt)
        yield pause * random.uniform(0.8, 1.0)  # noqa: S311 - jitter, not a secret


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or an HTTP date; None when absent or unreadable.

    >>> retry_after({"Retry-After": "37"})
    37.0
    """
    value = headers.get("Retry-After") or headers.get("retry-after")
    if not value:
        return None
    if value.isascii() and value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
