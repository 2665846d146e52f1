"""The sandbox's clock: real time, plus whatever a test or a person has skipped."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from pdp_bridge.clock import utc_now


class SandboxClock:
    """The present instant in UTC; `advance` moves it forward without waiting. Satisfies `ports.Clock`."""

    def __init__(self, origin: datetime | None = None) -> None:
        """`origin`: the instant at which this clock starts (with its time zone); the real present by default."""
        self._skipped = timedelta(0) if origin is None else origin - utc_now()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return utc_now() + self._skipped

    def advance(self, seconds: float) -> None:
        """Let `seconds` go by at once; raises `ValueError` when negative: time never goes back."""
        if seconds < 0:
            raise ValueError("the sandbox clock only goes forward")
        with self._lock:
            self._skipped += timedelta(seconds=seconds)
