"""What this process has done with deliveries since it began, counted for `/metrics`."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from pdp_bridge.server.intake import Kind
from pdp_bridge.server.refusal import Reason


class Tally:
    """Counts by kind and outcome; safe to use from every thread."""

    def __init__(self) -> None:
        self._accepted: Counter[tuple[str, str]] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def accepted(self, kind: Kind, *, new: bool) -> None:
        """A delivery was recorded, or had been before."""
        with self._lock:
            self._accepted[kind.value, "new" if new else "repeated"] += 1

    def refused(self, kind: Kind, reason: Reason) -> None:
        """A delivery was not taken."""
        with self._lock:
            self._refused[kind.value, reason.value] += 1

    def counts(self) -> tuple[Mapping[tuple[str, str], int], Mapping[tuple[str, str], int]]:
        """Accepted by kind and outcome, refused by kind and reason; every pair is there from the start."""
        with self._lock:
            return (
                {(kind, outcome): self._accepted[kind, outcome] for kind in Kind for outcome in ("new", "repeated")},
                {(kind, reason): self._refused[kind, reason] for kind in Kind for reason in Reason},
            )
