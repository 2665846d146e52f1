"""What may be done next about one invoice, by where it stands: pure.

French reform: a rejected (213) or refused (210) invoice has used its number, so a credit note cancels it and a new one
replaces it; what was validated is only ever corrected so. A file found unacceptable (501) never was an invoice: it may
be corrected and sent under the same number (at Iopole, uniqueness is not tested against it). XP Z12-012; CGI art. 289.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pdp_bridge.model.hindrance import DATED_LATER
from pdp_bridge.model.status import DUPLICATE_REASONS, UNACCEPTABLE, Outcome, StatusEvent, StatusSummary, contradicted
from pdp_bridge.ports import Entry, State


class Situation(StrEnum):
    """Where an invoice stands, as far as it matters for what may be done."""

    DUE = "due"
    HELD = "held"
    EARLY = "held until its day"
    CHECKS = "refused by our checks"
    RETRIED = "tried again by itself"
    STOPPED = "stopped before any deposit"
    NUMBER_TAKEN = "number taken"
    AWAITED = "answer awaited"
    UNRESOLVED = "unresolved"
    PENDING = "pending"
    UNACCEPTABLE = "unacceptable (501)"
    REJECTED = "rejected (213)"
    DUPLICATE = "rejected as a duplicate"
    REFUSED = "refused by the buyer (210)"
    DISPUTED = "disputed (207)"
    SUSPENDED = "suspended (208)"
    CANCELLED = "cancelled"
    VALIDATED = "validated"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What the law and the platform allow. `edited`: the source shows other content than what was sent."""

    situation: Situation
    may_edit: bool = False  # its record may be corrected at the source
    by_itself: bool = False  # the next run sends what was corrected
    may_send_again: bool = False  # under the same number, when a person says so
    may_adopt: bool = False  # a deposit made elsewhere, or whose answer was lost, may be taken as its own
    credit_note: bool = False  # it is only corrected by a credit note and, where need be, a new invoice
    edited: bool = False

    @property
    def edited_in_vain(self) -> bool:
        """The record was changed at the source, and the change will never be sent."""
        return self.edited and not self.may_edit


_BEFORE = {
    State.PULLED: Situation.DUE,
    State.HELD: Situation.HELD,
    State.REFUSED: Situation.CHECKS,
}

_LATER = {
    "REFUSED": Situation.REFUSED,
    "DISPUTED": Situation.DISPUTED,
    "SUSPENDED": Situation.SUSPENDED,
    "CANCELLED": Situation.CANCELLED,
}

_OPEN = {Situation.DUE, Situation.HELD, Situation.EARLY, Situation.CHECKS, Situation.RETRIED, Situation.STOPPED}

_BY_CREDIT_NOTE = {
    Situation.NUMBER_TAKEN,
    Situation.REJECTED,
    Situation.DUPLICATE,
    Situation.REFUSED,
    Situation.DISPUTED,
    Situation.SUSPENDED,
    Situation.VALIDATED,
}


def remedy(entry: Entry, events: Sequence[StatusEvent] = ()) -> Remedy:
    """`events`: what the platform said of the deposit that speaks for the invoice."""
    situation = _situation(entry, events)
    still_open = situation in _OPEN
    return Remedy(
        situation=situation,
        may_edit=still_open or situation is Situation.UNACCEPTABLE,
        by_itself=still_open,
        may_send_again=situation in {Situation.UNRESOLVED, Situation.UNACCEPTABLE},
        may_adopt=still_open or situation in {Situation.AWAITED, Situation.UNRESOLVED, Situation.DUPLICATE},
        credit_note=situation in _BY_CREDIT_NOTE,
        edited=entry.changed_after_send,
    )


def _situation(entry: Entry, events: Sequence[StatusEvent]) -> Situation:
    if entry.state is State.HELD and _early(entry):
        return Situation.EARLY
    if entry.state in _BEFORE:
        return _BEFORE[entry.state]
    if entry.state is State.SENDING:
        return Situation.UNRESOLVED if entry.unresolved else Situation.AWAITED
    if entry.state is State.FAILED:
        if entry.sent_at is not None and entry.submission_id is not None:
            return Situation.NUMBER_TAKEN
        return Situation.RETRIED if entry.retryable else Situation.STOPPED
    return Situation.CONTRADICTED if contradicted(events) else _by_verdict(entry.summary)


def _early(entry: Entry) -> bool:
    """Its reason tells: the report may be of before its record was deleted, or made a draft again."""
    return (entry.reason or "").startswith(f"{DATED_LATER}:")


def _by_verdict(summary: StatusSummary | None) -> Situation:
    if summary is None or summary.technical_status is Outcome.PENDING:
        return Situation.PENDING
    if summary.technical_status is Outcome.VALIDATED:
        return _LATER.get(summary.lifecycle_status or "", Situation.VALIDATED)
    if summary.reason in DUPLICATE_REASONS:
        return Situation.DUPLICATE
    return Situation.UNACCEPTABLE if summary.lifecycle_status == UNACCEPTABLE else Situation.REJECTED
