"""The way back to the source: after sending, and after news, it shows where each invoice stands.

Only what changed is written, so many invoices a turn, and only while the budget of its own has room: pulling and
sending come first. What goes wrong is told and left to the next turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pdp_bridge.errors import SourceError, Stopped
from pdp_bridge.model.mark import Mark, Marked, Trouble, WriteBack
from pdp_bridge.pacing import Governor
from pdp_bridge.ports import Clock, InvoiceSource, Watch

TOGETHER = 20
"""Marks given to the source at once."""


class Memory(Protocol):
    """What was written, and what is to be."""

    def due(self, now: datetime, at_most: int, *, upload: bool) -> Sequence[Mark]:
        """Marks that the source does not show yet, those that wait longest first; `upload`: with their files."""
        ...

    def how_many_due(self, *, upload: bool) -> int:
        """At most so many are left."""
        ...

    def keep(self, marked: Marked, as_of: datetime) -> str | None:
        """What became of a mark that was due at `as_of`; the invoice's number when its trouble is news."""
        ...


def write_back(
    source: InvoiceSource,
    memory: Memory,
    clock: Clock,
    *,
    at_most: int,
    upload: bool,
    budget: Governor | None,
    watch: Watch,
) -> WriteBack:
    """One turn. Never raises for the source's sake; raises `JournalError`."""
    as_of = clock()
    marks = memory.due(as_of, at_most, upload=upload)
    written = uploaded = done = 0
    troubles: list[tuple[str, Trouble, str]] = []
    problem: str | None = None
    try:
        for start in range(0, len(marks), TOGETHER):
            some = _afforded(marks[start : start + TOGETHER], budget)
            for marked in source.write_back(some):
                number = memory.keep(marked, as_of)
                if number is not None and marked.trouble is not None:
                    troubles.append((number, marked.trouble, marked.detail))
                written += marked.asked
                uploaded += marked.uploaded is not None
                done += 1
                watch("write back", done, len(marks), "")
            if len(some) < len(marks[start : start + TOGETHER]):
                break
    except (SourceError, Stopped) as error:
        problem = str(error)
    left = memory.how_many_due(upload=upload) if problem or done < len(marks) or len(marks) == at_most else 0
    return WriteBack(written=written, uploaded=uploaded, left=left, troubles=tuple(troubles), problem=problem)


def _afforded(marks: Sequence[Mark], budget: Governor | None) -> Sequence[Mark]:
    """As many as the budget has room for now: a request each, and one for each file."""
    if budget is None:
        return marks
    for place, mark in enumerate(marks):
        if not all(budget.wait(at_most=0) for _ in range(2 if mark.file else 1)):
            return marks[:place]
    return marks
