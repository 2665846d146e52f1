"""Which invoices that were sent are no longer at the source what was sent, and in which business terms.

What was sent never changes: it is compared, as the snapshot of that day states it, with what the source shows now. A
change that is undone at the source is no drift any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pdp_bridge.errors import FindingError
from pdp_bridge.model.drift import Change, Latest, changes
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.model.report import Finding
from pdp_bridge.ports import Entry, State

Stated = Callable[[Snapshot], Invoice]
"""A snapshot in the words of EN 16931. Raises `FindingError`."""


class Sources(Protocol):
    """What drift is found with: the invoices that were transmitted, as sent and as they are now."""

    def drifted(self) -> Iterator[Entry]:
        """Sent, or maybe so, and shown otherwise since; oldest issue date first."""
        ...

    def snapshot(self, source_id: str) -> Snapshot:
        """What was sent."""
        ...

    def latest(self, source_id: str) -> Latest:
        """What the source showed last."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One invoice that was sent, and how it stands at the source now."""

    entry: Entry
    changes: tuple[Change, ...] = ()
    gone: str | None = None  # deleted, draft, external …
    problem: Finding | None = None  # why what the source shows now, or showed then, cannot be stated

    @property
    def alarming(self) -> bool:
        """The invoice itself is no longer what was sent; the customer's record alone may live on."""
        return self.gone is not None or self.problem is not None or any(not one.of_customer for one in self.changes)


def drift(entry: Entry, sources: Sources, stated: Stated) -> Drift | None:
    """How one invoice drifted; None when it was not sent, or is what was sent. Raises `JournalError`."""
    if entry.state not in {State.SENT, State.SENDING}:
        return None
    latest = sources.latest(entry.source_id)
    gone = latest.gone.reason if latest.gone else None
    if not entry.changed_after_send:
        return Drift(entry=entry, gone=gone) if gone else None
    try:
        found = changes(stated(sources.snapshot(entry.source_id)), stated(latest.snapshot))
    except FindingError as error:
        return Drift(entry=entry, gone=gone, problem=error.finding)
    # Other content that no term of the invoice shows, such as an account of the books, is no drift.
    return Drift(entry=entry, changes=found, gone=gone) if found or gone else None


def drifts(sources: Sources, stated: Stated) -> Iterator[Drift]:
    """Every invoice that was sent and drifted, oldest issue date first."""
    for entry in sources.drifted():
        found = drift(entry, sources, stated)
        if found is not None:
            yield found
