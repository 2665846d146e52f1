"""Sliding-window request limits, as the two services enforce them."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime

from pdp_bridge.pacing import Window


class Quota:
    """Counts requests in every window; without windows it admits everything."""

    def __init__(self, windows: tuple[Window, ...], clock: Callable[[], datetime]) -> None:
        self.windows = windows
        self._clock = clock
        self._seen: tuple[deque[float], ...] = tuple(deque() for _ in windows)
        self._lock = threading.Lock()

    def take(self) -> int | None:
        """Count one request; None when admitted, else the whole seconds until one would be. Refusals do not count."""
        now = self._clock().timestamp()
        with self._lock:
            self._forget(now)
            waits = [
                seen[0] + window.seconds - now
                for window, seen in zip(self.windows, self._seen, strict=True)
                if len(seen) >= window.requests
            ]
            if waits:
                return max(1, math.ceil(max(waits)))
            for seen in self._seen:
                seen.append(now)
            return None

    def remaining(self) -> int | None:
        """Requests left in the tightest window; None without windows."""
        now = self._clock().timestamp()
        with self._lock:
            self._forget(now)
            left = [window.requests - len(seen) for window, seen in zip(self.windows, self._seen, strict=True)]
        return min(left) if left else None

    def _forget(self, now: float) -> None:
        for window, seen in zip(self.windows, self._seen, strict=True):
            while seen and seen[0] <= now - window.seconds:
                seen.popleft()
