"""The last arrow: collect status events, record them, then acknowledge.

The platform's feed of unread events is the normal way. Where it never yields anything (a webhook of the account reads
it, as in Iopole's default sandbox) the history of each open deposit is read instead, seldom: its limit is very low.

An event that cannot be read or recorded is kept as it came, acknowledged and told: it neither stops the others nor is
lost.

The platform takes one acknowledgement a request, so several are under way at once, each after its event is recorded.
In which order they arrive says nothing: the order of an invoice's statuses is that of their dates.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pdp_bridge.crew import each
from pdp_bridge.errors import PlatformError, PlatformRefused, PlatformUnavailable, Stopped
from pdp_bridge.model.mark import WriteBack
from pdp_bridge.model.status import ANNOUNCEMENT, DUPLICATE_REASONS, UNREADABLE, StatusEvent
from pdp_bridge.ports import Clock, Entry, Journal, Platform, Reopen, Watch

BATCHES = 10_000
"""A feed longer than this is a platform that never takes an acknowledgement."""

QUIET = timedelta(days=3)
"""A feed that brought something within this time is not taken for one that somebody else reads."""

HANDS = 8
"""Requests of one synchronisation under way at once: enough to wait for answers together, as sending does."""

HISTORY_HANDS = 3
"""Histories under way at once, at most: their limit allows one every two seconds, and an answer may take longer."""

SETTLED_SPACING = 48
"""A validated invoice changes seldom: its history is read this many times less often than an open one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What one synchronisation brought home."""

    new_events: int = 0
    acknowledged: int = 0
    histories_read: int = 0
    histories_left: int = 0  # due, and left to the next time because their limit is reached
    unreadable: int = 0  # new events kept as they came, for a person to look at
    refusals: tuple[str, ...] = ()  # what the platform refused about one event or one deposit
    unreachable: str | None = None
    stopped: str | None = None  # why it ended before everything due was read
    write_back: WriteBack | None = None  # what the source was told afterwards; None: it was not asked for


def sync(
    platform: Platform,
    journal: Journal,
    *,
    clock: Clock,
    reopen: Reopen,
    history_interval_seconds: float,
    watch: Watch | None = None,
    hands: int = 1,
) -> SyncResult:
    """Drain the feed, read the histories that are due, settle duplicates.

    `hands`: acknowledgements, then histories, under way at once; so many threads then use the platform and the journal.
    What is in hand when it ends, however it ends, is finished.

    A platform that cannot be reached ends the synchronisation; what was received is kept, nothing unrecorded was
    acknowledged. Raises `PlatformRefused` when the platform rejects the account itself.
    """
    tally = _Tally(journal)
    unreachable = stopped = None
    try:
        try:
            drain(platform, tally, watch, hands)
        except PlatformUnavailable as error:
            if error.code != "BAD_RESPONSE":
                raise
            unreachable = str(error)  # of the feed alone, for which the histories can stand
        due = histories_due(journal, clock(), history_interval_seconds, feed_is_silent=_is_silent(tally, clock()))
        read_histories(platform, tally, due, clock, watch, hands)
        tally.duplicates.update(entry.submission_id or "" for entry in journal.rejected_copies())
        for submission_id in sorted(tally.duplicates):
            adopt_first_copy(platform, tally, reopen, submission_id)
            journal.history_read(submission_id, clock())
    except PlatformUnavailable as error:
        unreachable = str(error)
    except Stopped as error:
        stopped = str(error)
    return SyncResult(
        new_events=tally.new,
        acknowledged=tally.acknowledged,
        histories_read=tally.histories_read,
        histories_left=tally.histories_left,
        unreadable=tally.unreadable,
        refusals=tuple(tally.refusals),
        unreachable=unreachable,
        stopped=stopped,
    )


class _Tally:
    """Records events and counts what came; remembers which deposits were called duplicates. Threads take turns."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.new = self.acknowledged = self.histories_read = self.histories_left = self.unreadable = 0
        self._turn = threading.Lock()
        self.refusals: list[str] = []
        self.duplicates: set[str] = set()

    def record(self, events: Sequence[StatusEvent], origin: str) -> None:
        """Together, else one by one: what the journal cannot take as it is, it takes as raw text."""
        try:
            self._keep(events, origin)
        except Exception:  # noqa: BLE001 - one event must not keep the others out; a journal that fails raises below
            for event in events:
                self._keep_one(event, origin)

    def mark(self, platform: Platform, event: StatusEvent) -> None:
        """Acknowledge an event that is recorded; a refusal of this one event is told, and stops no other."""
        try:
            platform.acknowledge(event)
        except PlatformRefused as error:
            self.refused(error)  # it comes again with the next synchronisation, and is recorded already
        else:
            with self._turn:
                self.acknowledged += 1

    def tell(self, submission_id: str, events: Sequence[StatusEvent] | PlatformRefused, now: datetime) -> None:
        """What the history of a deposit held, or why it is not shown: then it is asked for seldom."""
        with self._turn:
            if isinstance(events, PlatformRefused):
                self.refused(events)
            self.journal.history_read(submission_id, now)
            if not isinstance(events, PlatformRefused):
                self.histories_read += 1
                self.record(events, "history")

    def refused(self, error: PlatformRefused) -> None:
        """Of one event or one deposit. Raises what concerns the whole account."""
        if error.of_account and error.code != "NOT_FOUND":
            raise error
        self.refusals.append(str(error))

    def _keep_one(self, event: StatusEvent, origin: str) -> None:
        try:
            self._keep([event], origin)
        except Exception:  # noqa: BLE001 - kept as raw text instead, which raises when the journal itself fails
            self._keep([_as_it_came(event)], origin)

    def _keep(self, events: Sequence[StatusEvent], origin: str) -> None:
        unreadable = [event for event in events if event.code == UNREADABLE]
        self.new += self.journal.received([event for event in events if event.code != UNREADABLE], origin)
        self.unreadable += self.journal.received(unreadable, origin) if unreadable else 0
        self.duplicates.update(event.submission_id for event in events if event.reason in DUPLICATE_REASONS)


def _as_it_came(event: StatusEvent) -> StatusEvent:
    """The event as plain text, of no deposit: nothing is derived from it, and every database takes it."""
    return StatusEvent(
        status_id=_plain(event.status_id),
        submission_id="",
        code=UNREADABLE,
        at=event.at,
        destination=ANNOUNCEMENT,
        payload=_plain(event.payload),
    )


def _plain(text: str) -> str:
    return ascii(text)[1:-1]


def drain(platform: Platform, tally: _Tally, watch: Watch | None = None, hands: int = 1) -> None:
    """Read the feed to its end: store each batch, then acknowledge it."""
    with each(hands, partial(tally.mark, platform), _recorded(platform, tally)) as results:
        for _ in results:
            if watch:
                watch("sync", tally.acknowledged, None, "")


def _recorded(platform: Platform, tally: _Tally) -> Iterator[StatusEvent]:
    """Every event of the feed once, each given only when its whole batch is in the journal for good."""
    seen: set[str] = set()
    for _ in range(BATCHES):
        # While acknowledgements are under way, their events are still shown: those are not new.
        batch = [event for event in platform.new_events() if event.status_id not in seen]
        if not batch:
            return
        tally.record(batch, "feed")
        seen.update(event.status_id for event in batch)
        yield from batch


def _is_silent(tally: _Tally, now: datetime) -> bool:
    """Nothing came, nor has of late: another program may be reading the feed. A quiet day is no silence."""
    heard = tally.journal.heard_at()
    return tally.acknowledged == 0 and (heard is None or now - heard > QUIET)


def histories_due(journal: Journal, now: datetime, spacing: float, *, feed_is_silent: bool) -> list[Entry]:
    """Open deposits whose history is worth a read now.

    While the feed speaks, only those that stayed without any verdict for a whole spacing; when it is silent, every
    open one, those already validated far less often. Of very many, those unread longest: the others have their turn.
    """
    settled = spacing * SETTLED_SPACING if feed_is_silent else math.inf
    found = journal.awaiting_news(now, spacing, settled)
    if feed_is_silent:
        return list(found)
    long_ago = now - timedelta(seconds=spacing)
    return [entry for entry in found if (entry.history_read_at or entry.sent_at or long_ago) <= long_ago]


def read_histories(
    platform: Platform,
    tally: _Tally,
    due: Sequence[Entry],
    clock: Clock,
    watch: Watch | None = None,
    hands: int = 1,
) -> None:
    """As many as their limit allows; the others are due again next time, the longest unread first."""
    refused: list[Entry] = []  # by their limit: from the first on, no further one is asked for

    def read(entry: Entry) -> None:
        try:
            read_history(platform, tally, entry, clock())
        except PlatformUnavailable as error:
            if error.code != "RATE_LIMITED":
                raise
            refused.append(entry)

    tried = 0
    with each(min(hands, HISTORY_HANDS), read, (entry for entry in due if not refused)) as results:
        for entry, _ in results:
            tried += 1
            if watch:
                watch("history", tally.histories_read, len(due), entry.number)
    tally.histories_left = len(due) - tried + len(refused)


def read_history(platform: Platform, tally: _Tally, entry: Entry, now: datetime) -> None:
    """Read and record the history of one deposit; one that the platform refuses to show is told, and asked seldom."""
    if entry.submission_id is None:
        return
    try:
        events: Sequence[StatusEvent] | PlatformRefused = platform.history(entry.submission_id)
    except PlatformRefused as error:
        events = error
    tally.tell(entry.submission_id, events, now)


def adopt_first_copy(platform: Platform, tally: _Tally, reopen: Reopen, submission_id: str) -> None:
    """A deposit rejected as the duplicate of another: if the other is ours too, its statuses are the invoice's."""
    entry = tally.journal.entry(submission_id)
    if entry is None or entry.sha256 is None or entry.sending_at is None or entry.submission_id != submission_id:
        return
    document = reopen(tally.journal.document(entry.sha256))
    try:
        first = platform.find(document, entry.sending_at - timedelta(days=30), {submission_id})
    except PlatformUnavailable:
        raise
    except PlatformError:
        return  # the number is there with other bytes: the rejection is the invoice's own
    if first is not None:
        tally.journal.sent(entry.source_id, first)
        adopted = tally.journal.entry(first)
        if adopted is not None:
            at = entry.sending_at
            read_histories(platform, tally, [adopted], lambda: at)
