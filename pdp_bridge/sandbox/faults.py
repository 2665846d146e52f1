"""What may go wrong between a client and a service, on demand: declared as data, struck in order, reproducible.

A fault is declared once and strikes the requests that match its method and path:

>>> faults = Faults()
>>> faults.add(Fault(Kind.STATUS, "POST", "/v1/invoice", status=503, after=True))
>>> faults.strike("GET", "/v1/invoice") is None
True
>>> faults.strike("POST", "/v1/invoice").status
503
>>> faults.strike("POST", "/v1/invoice") is None
True
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

LONGEST_STALL = 120.0
"""Seconds; a stalled answer is bounded so that no client waits for ever."""


class Kind(StrEnum):
    """What goes wrong."""

    STATUS = "status"  # an HTTP error status, e.g. 429, 500, 503
    HTML = "html"  # a login or maintenance page instead of JSON, with status 200
    TRUNCATED = "truncated"  # the body stops half-way, inside well-formed HTTP
    BROKEN = "broken"  # the body stops half-way because the connection is reset
    DROP = "drop"  # the connection is reset without an answer
    STALL = "stall"  # nothing for `seconds`, then the connection is reset
    SLOW = "slow"  # the right answer, `seconds` late
    REORDERED = "reordered"  # statuses in another order
    REPEATED = "repeated"  # statuses given twice
    UNINDEXED = "unindexed"  # the search index has lost every deposit


DATA_KINDS = frozenset({Kind.REORDERED, Kind.REPEATED, Kind.UNINDEXED})
"""Faults of the data, applied by the service itself; the others happen on the wire."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, on requests whose method and path match (`*` and `?` as in file names).

    `after`: the service first does what was asked (a deposit is recorded), then the answer is lost or replaced.
    `times`: how many requests it strikes, None for all; `skip`: how many matching requests pass before the first.
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    after: bool = False
    status: int = 503
    retry_after: str | None = None  # seconds, or an HTTP date
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= LONGEST_STALL:
            raise ValueError(f"a fault lasts between 0 and {LONGEST_STALL:g} seconds")
        if not 0 <= self.probability <= 1:
            raise ValueError("a probability is between 0 and 1")

    def matches(self, method: str, path: str) -> bool:
        """Whether this fault concerns such a request."""
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fault:
        """A fault from its JSON object; raises `ValueError` on an unknown key or kind."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown or "kind" not in data:
            raise ValueError(f"a fault has a kind, and keys among {', '.join(sorted(known))}; unknown: {unknown}")
        return cls(**{**data, "kind": Kind(data["kind"])})


class Faults:
    """The faults of one server. The first declared fault that matches strikes; draws come from a seeded generator."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible chance is the point
        self._pending: list[_Pending] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """Declare faults, behind those already declared."""
        with self._lock:
            self._pending.extend(_Pending(fault) for fault in faults)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._pending.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any; counts it."""
        with self._lock:
            for pending in self._pending:
                if pending.fault.matches(method, path) and pending.due(self._random):
                    return pending.fault
        return None

    def shuffled(self, rows: list[Any]) -> list[Any]:
        """The rows in another order, by the same seeded generator."""
        with self._lock:
            order = list(rows)
            self._random.shuffle(order)
            return order if order != rows else order[::-1]

    def as_json(self) -> list[dict[str, Any]]:
        """Each declared fault, and how many requests it has struck."""
        with self._lock:
            return [{**asdict(pending.fault), "struck": pending.struck} for pending in self._pending]


class _Pending:
    """A declared fault and how far it is used up."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.struck = 0
        self._passed = 0

    def due(self, chance: random.Random) -> bool:
        if self.fault.times is not None and self.struck >= self.fault.times:
            return False
        if self._passed < self.fault.skip:
            self._passed += 1
            return False
        if self.fault.probability < 1 and chance.random() >= self.fault.probability:
            return False
        self.struck += 1
        return True
