"""What was made of the latest messages, kept while their other layers are judged.

Invoices that are judged together take each layer in turn, so the layers of one do not follow each other at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_Source = TypeVar("_Source", bound=str | bytes)
_Made = TypeVar("_Made")

MOST = 128
"""Kept at once: the messages of the forty invoices judged together, and more to spare for other threads."""

WEIGHT = 1_200_000
"""Bytes or characters kept at once, which bounds the memory: invoices of 500 lines in all weigh two thirds of that.
The latest is kept whatever it weighs."""


class Recent(Generic[_Source, _Made]):
    """A function of a content, which makes each thing once while it is among the latest. What it raises is not kept."""

    def __init__(self, make: Callable[[_Source], _Made], *, most: int = MOST, weight: int = WEIGHT) -> None:
        self._make = make
        self._most = most
        self._allowed = weight
        self._weight = 0
        self._made: OrderedDict[_Source, _Made] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, source: _Source) -> _Made:
        """What is made of it. Raises what the function raises."""
        with self._lock:
            if source in self._made:
                self._made.move_to_end(source)
                return self._made[source]
        made = self._make(source)
        with self._lock:
            if source not in self._made:  # another thread may have been quicker
                self._weight += len(source)
            self._made[source] = made
            self._forget()
        return made

    def __len__(self) -> int:
        return len(self._made)

    def _forget(self) -> None:
        while len(self._made) > self._most or (self._weight > self._allowed and len(self._made) > 1):
            source, _ = self._made.popitem(last=False)
            self._weight -= len(source)
