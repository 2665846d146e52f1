"""What a worker does for one company: one step of one invoice, a pull, a synchronisation, a sweep.

Each may be done twice, by two workers, or be cut off anywhere: see the protocol in `pdp_bridge.worker`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, TypeVar

from pdp_bridge import afterwards, delivery, lifecycle, pipeline
from pdp_bridge.composition import Composition
from pdp_bridge.errors import (
    BridgeError,
    ConfigError,
    JournalError,
    PlatformRefused,
    PlatformUnavailable,
    Stopped,
)
from pdp_bridge.journal.duty import Duty
from pdp_bridge.journal.place import restored
from pdp_bridge.ports import Entry, MakeEach, State
from pdp_bridge.sending import Line, settle

_Result = TypeVar("_Result")

_log = logging.getLogger("pdp_bridge.worker")

SKEW_SECONDS = 10.0
"""How far a worker's clock may be from the database's; a lease lasts a minute, a search is trusted after a quarter."""

AHEAD = 1_000
"""Jobs that a sweep leaves waiting at most: more would only be written twice."""

REST_SECONDS = 300.0
"""Pause of this worker after what only a person or the platform changes: settings, rights, a wrong clock."""


class Jobs(Protocol):
    """The queue of the company, as its steps see it."""

    def add(self, source_ids: list[str]) -> int:
        """A job for each invoice that has none; how many."""
        ...

    def waiting(self) -> int:
        """How many wait."""
        ...


class Steps:
    """The steps of one company; each tells how it went in the log, and raises nothing but `JournalError`."""

    def __init__(self, parts: Composition, jobs: Jobs, *, make_each: MakeEach | None = None) -> None:
        self._parts = parts
        self._jobs = jobs
        self._make_each = make_each
        self._rests_until: datetime | None = None

    @cached_property
    def _line(self) -> Line:
        return self._parts.line() if self._make_each is None else replace(self._parts.line(), make_each=self._make_each)

    @cached_property
    def _duty(self) -> Duty:
        return self._parts.journal.duty()

    def step(self, source_id: str) -> State | None:
        """One invoice, as far as it goes now; None when there is nothing to do, or not now."""
        with self._allowed() as allowed:
            entry = self._duty.entry(source_id, self._parts.clock()) if allowed else None
            return None if entry is None else self._guarded("step", lambda: self._stepped(entry))

    def reconnected(self) -> None:
        """The database came back, perhaps another one in its place. Raises `JournalError`."""
        restored(self._parts.journal.engine, self._parts.clock())

    def pull(self) -> None:
        """News of the source; a few of what was refused or held are looked at again."""
        with self._allowed() as allowed:
            if allowed:
                self._guarded("pull", self._pulled)

    def sync(self) -> None:
        """Statuses home."""
        with self._allowed() as allowed:
            if allowed:
                self._guarded("sync", self._synced)

    def sweep(self) -> None:
        """Jobs for whatever is due or in doubt and has none; the queue may have lost them."""
        with self._allowed() as allowed:
            if allowed:
                self._guarded("sweep", self._swept)

    # -- private -----------------------------------------------------------------------------------------------

    def _stepped(self, entry: Entry) -> State:
        if entry.state is not State.SENDING:
            return delivery.process(self._line, entry)
        outcomes: dict[str, State] = {}
        settle(self._line, outcomes, [entry])
        return outcomes.get(entry.source_id, entry.state)

    def _pulled(self) -> None:
        self._parts.recognise()
        line = self._line
        found = pipeline.pull(line.source, line.journal, line.clock, self._parts.watch)
        self._look_again(line.outlook)
        self._parts.journal.ended("pull")
        _log.info("pulled seen=%d new=%d unreadable=%d", found.seen, found.new, len(found.unreadable))

    def _look_again(self, outlook: str) -> None:
        """At what was refused or held: all of it when the settings or the rules are others than the last time."""
        journal = self._parts.journal
        same = journal.looked_with() == outlook
        self._jobs.add(self._duty.stopped(pipeline.REREAD if same else None))
        if not same:
            journal.set_looked_with(outlook)

    def _synced(self) -> None:
        result = lifecycle.sync(
            self._line.platform,
            self._parts.journal,
            clock=self._parts.clock,
            reopen=self._line.reopen,
            history_interval_seconds=self._parts.settings.timing.history_interval_seconds,
            watch=self._parts.watch,
            hands=lifecycle.HANDS,
        )
        self._parts.journal.ended("sync")
        if result.unreachable:
            _log.warning("sync ended early: %s", result.unreachable)
        back = afterwards.written_back(self._parts)
        if back is not None and back.problem:
            _log.warning("write-back ended early: %s", back.problem)
        self._parts.tell()

    def _swept(self) -> None:
        journal, now = self._parts.journal, self._parts.clock()
        last = journal.last_ended().get("sweep")
        doubtful = self._duty.to_look_up(last, now, self._line.timing.settle_seconds)
        room = AHEAD - self._jobs.waiting()
        due = self._duty.waiting(now, AHEAD) if room > 0 else []
        added = self._jobs.add([*doubtful, *due])
        journal.ended("sweep")
        if not due and room == AHEAD:
            journal.ended("run")  # as when a run has gone through: nothing that is due is left
        if added:
            _log.info("swept due=%d in_doubt=%d jobs=%d", len(due), len(doubtful), added)

    @contextmanager
    def _allowed(self) -> Iterator[bool]:
        """Beside the other workers; False while somebody works alone, or while this worker rests."""
        now = self._parts.clock()
        if self._rests_until is not None and now < self._rests_until:
            yield False
            return
        self._rests_until = None
        with self._duty.together() as let_in:
            yield let_in and self._keeps_time()

    def _keeps_time(self) -> bool:
        skew = self._duty.skew_seconds(self._parts.clock())
        if skew <= SKEW_SECONDS:
            return True
        self._rest(REST_SECONDS)
        _log.error("clock is %.0f seconds from the database's: nothing is done until both agree (NTP)", skew)
        return False

    def _guarded(self, name: str, act: Callable[[], _Result]) -> _Result | None:
        """What stops the line is told, and this worker leaves the service alone for a while; the journal has the rest.

        Raises `JournalError`: without the journal nothing can be done.
        """
        try:
            return act()
        except Stopped:
            _log.info("%s stopped; what is left waits", name)
        except PlatformUnavailable as error:
            self._rest(error.retry_after or self._line.timing.retry_first_seconds)
            _log.warning("%s failed: %s", name, error)
        except (PlatformRefused, ConfigError) as error:
            self._rest(REST_SECONDS)
            _log.error("%s refused: %s", name, error)
        except BridgeError as error:
            if isinstance(error, JournalError):
                raise
            _log.warning("%s failed: %s", name, error)
        return None

    def _rest(self, seconds: float) -> None:
        self._rests_until = self._parts.clock() + timedelta(seconds=seconds)
