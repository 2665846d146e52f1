"""What the journal in memory keeps of one invoice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from pdp_bridge.model.pulled import Reference, Snapshot
from pdp_bridge.ports import Entry, State

DEPOSITED = (State.SENDING, State.SENT)
"""With the platform, or maybe."""

_CHANGES = count(1)


@dataclass(slots=True, kw_only=True)
class Kept:
    """One invoice and what `Entry` does not show."""

    entry: Entry
    snapshots: dict[str, Snapshot]  # by version
    latest: str  # version shown last by the source
    seller: str | None = None
    passed_over: bool = False
    attempt_open: bool = False
    touched: int = 0  # place in the order of changes
    deposits: dict[str, str | None] = field(default_factory=dict)  # SHA-256 by platform id
    attempted: list[str] = field(default_factory=list)  # SHA-256 of each sending

    def move(self, state: State, **values: Any) -> None:
        """To `state`; coming back from SENDING or SENT it takes the content that the source showed meanwhile."""
        if self.entry.state in DEPOSITED and state not in DEPOSITED:
            values.update(content_of(self.snapshots[self.latest].reference))
        values = {"reason": None, "next_action_at": None, "unresolved": False, "failures": 0, **values}
        retryable = state is State.FAILED and values["next_action_at"] is not None
        self.entry = replace(self.entry, state=state, retryable=retryable, **values)
        self.touched = next(_CHANGES)

    def is_of_other_content(self, version: str | None) -> bool:
        """It shows other content by now than that of `version`; None: whatever it shows is meant."""
        return version is not None and self.entry.version != version


def content_of(reference: Reference) -> dict[str, Any]:
    """What an entry shows of the content."""
    return {"number": reference.number, "version": reference.version, "issue_date": reference.issue_date}


def is_gone(invoice: Kept | None) -> bool:
    """Unknown, or not to be sent any more."""
    return invoice is None or invoice.passed_over
