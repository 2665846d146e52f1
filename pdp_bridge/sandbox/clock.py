"""The sandbox's clock: real time, plus whatever a test or a person has skipped."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SandboxClock:
    """The present instant in UTC; `advance` moves it forward without waiting. Satisfies `ports.Clock`."""

    def __init__(self, origin: datetime | None = None) -> None:
        """`origin`: the instant at which this clock starts (with its time zone); the real present by default."""
        self._skipped = timedelta(0) if origin is None else origin - _utc_now()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return _utc_now() + self._skipped

    def advance(self, seconds: float) -> None:
        """Let `seconds` go by at once; raises `ValueError` when negative: time never goes back."""
        if seconds < 0:
            raise ValueError("the sandbox clock only goes forward")
        with self._lock:
            self._skipped += timedelta(seconds=seconds)
