"""The last arrow: collect status events, record them, then acknowledge.

The platform's feed of unread events is the normal way. Where it yields nothing (a webhook of the account reads it, as
in Iopole's default sandbox) the history of each open deposit is read instead, seldom: its limit is very low.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pdp_bridge.errors import PlatformError, PlatformUnavailable
from pdp_bridge.model.status import DUPLICATE_REASONS, Outcome
from pdp_bridge.ports import Clock, Entry, Journal, Platform, Reopen, Watch

BATCHES = 10_000
"""A feed longer than this is a platform that never takes an acknowledgement."""

SETTLED_SPACING = 48
"""A validated invoice changes seldom: its history is read this many times less often than an open one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What one synchronisation brought home."""

    new_events: int = 0
    acknowledged: int = 0
    histories_read: int = 0
    unreachable: str | None = None


def sync(
    platform: Platform,
    journal: Journal,
    *,
    clock: Clock,
    reopen: Reopen,
    history_interval_seconds: float,
    watch: Watch | None = None,
) -> SyncResult:
    """Drain the feed, read the histories that are due, settle duplicates.

    A platform that cannot be reached ends the synchronisation; what was received is kept, nothing unrecorded was
    acknowledged. Raises `PlatformRefused` when the platform rejects the account itself.
    """
    new = acknowledged = read = 0
    try:
        for batch_new, batch_acknowledged in drain(platform, journal):
            new += batch_new
            acknowledged += batch_acknowledged
            if watch:
                watch("sync", acknowledged, None, "")
        due = histories_due(journal, clock(), history_interval_seconds, feed_is_silent=acknowledged == 0)
        for entry in due:
            new += read_history(platform, journal, entry, clock())
            read += 1
            if watch:
                watch("history", read, len(due), entry.number)
        adopt_first_copies(platform, journal, reopen)
    except PlatformUnavailable as error:
        return SyncResult(new_events=new, acknowledged=acknowledged, histories_read=read, unreachable=str(error))
    return SyncResult(new_events=new, acknowledged=acknowledged, histories_read=read)


def drain(platform: Platform, journal: Journal) -> list[tuple[int, int]]:
    """Read the feed to its end: store each batch, then acknowledge it. Returns (new, acknowledged) by batch."""
    counts: list[tuple[int, int]] = []
    acknowledged: set[str] = set()
    for _ in range(BATCHES):
        batch = [event for event in platform.new_events() if event.status_id not in acknowledged]
        if not batch:
            break
        new = journal.received(batch)
        for event in batch:
            platform.acknowledge(event)
            acknowledged.add(event.status_id)
        counts.append((new, len(batch)))
    return counts


def histories_due(journal: Journal, now: datetime, spacing: float, *, feed_is_silent: bool) -> list[Entry]:
    """Open deposits whose history is worth a read now.

    While the feed speaks, only those that stayed without any verdict for a whole spacing; when it is silent, every
    open one, those already validated far less often.
    """
    due: list[Entry] = []
    for entry in journal.awaiting_news(now, spacing):
        validated = entry.summary is not None and entry.summary.technical_status is Outcome.VALIDATED
        if validated and not feed_is_silent:
            continue
        patience = spacing * SETTLED_SPACING if validated else spacing
        last = entry.history_read_at or (None if feed_is_silent else entry.sent_at)
        if last is None or now - last >= timedelta(seconds=patience):
            due.append(entry)
    return due


def read_history(platform: Platform, journal: Journal, entry: Entry, now: datetime) -> int:
    """Read and record the history of one deposit; returns how many events are new."""
    if entry.submission_id is None:
        return 0
    events = platform.history(entry.submission_id)
    journal.history_read(entry.submission_id, now)
    return journal.received(events)


def adopt_first_copies(platform: Platform, journal: Journal, reopen: Reopen) -> None:
    """A deposit rejected as the duplicate of another: if the other is ours too, its statuses are the invoice's."""
    for entry in journal.entries():
        summary = entry.summary
        if summary is None or summary.reason not in DUPLICATE_REASONS or not entry.sha256 or not entry.submission_id:
            continue
        document = reopen(journal.document(entry.sha256))
        began = entry.sending_at or entry.sent_at
        if began is None:
            continue
        try:
            first = platform.find(document, began - timedelta(days=30))
        except PlatformUnavailable:
            raise
        except PlatformError:
            continue  # the number is there with other bytes: the rejection is the invoice's own
        if first is not None and first != entry.submission_id:
            journal.sent(entry.source_id, first)
            read_history(platform, journal, entry, began)
