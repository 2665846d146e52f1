"""What an invoice of the journal in memory waits for."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

from pdp_bridge.model.status import DUPLICATE_REASONS, Outcome
from pdp_bridge.ports import Entry, State


def is_validated(entry: Entry) -> bool:
    """Its last deposit passed."""
    return entry.summary is not None and entry.summary.technical_status is Outcome.VALIDATED


def is_unread(entry: Entry, now: datetime, seconds: float) -> bool:
    """Its history was not read for so many seconds; never, when they are infinite."""
    if seconds == math.inf:
        return False
    return entry.history_read_at is None or entry.history_read_at <= now - timedelta(seconds=seconds)


def is_ready(entry: Entry, now: datetime) -> bool:
    """Pulled; failed or held, and the time has come."""
    come = entry.next_action_at is not None and entry.next_action_at <= now
    return entry.state is State.PULLED or (entry.state in (State.HELD, State.FAILED) and come)


def is_stopped(entry: Entry) -> bool:
    """Refused, or held without a date."""
    return entry.state is State.REFUSED or (entry.state is State.HELD and entry.next_action_at is None)


def is_unread_copy(entry: Entry) -> bool:
    """Rejected as the copy of another deposit, and not looked into since."""
    summary = entry.summary
    if summary is None or summary.technical_status is not Outcome.REJECTED or summary.reason not in DUPLICATE_REASONS:
        return False
    told = summary.last_technical_update
    return entry.history_read_at is None or (told is not None and entry.history_read_at < told)


def place(entry: Entry) -> tuple[date, str]:
    """Where an invoice stands among the others: by issue date, then by source id."""
    return (entry.issue_date or date.min, entry.source_id)
