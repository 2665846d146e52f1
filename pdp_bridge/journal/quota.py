"""The budget of requests that every process on one journal shares, and the circuit breaker of each service.

A lane is one service, one account, one class of requests. Every request reserves its slot in one short transaction and
sleeps until it has come (engine.md §4): a process that dies wastes a slot, and no window ever holds more than it may.
A refusal ("too many requests") holds every process and halves the share of the budget in use, which grows back by
itself. A connection that fails several times in a row opens the circuit: requests are refused here, for a growing
while, then one of them is the probe, whose answer closes it.

In `lane`, `updated_at` is since when the connection has been as it is: failing (`failures` above 0) or well.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import Connection, Engine, RowMapping, Select, delete, func, insert, or_, select, update

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading, writing
from pdp_bridge.journal.redaction import redacted
from pdp_bridge.journal.statements import add
from pdp_bridge.pacing import Outage, Sleep, Window
from pdp_bridge.ports import Clock

FAILURES = 5
"""Failures of the connection in a row that open the circuit: more than one request with all its repetitions."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
"""How long an open circuit stays so: doubling with every probe that fails."""

PROBE = timedelta(seconds=60)
"""How long one probe may take before another request may be one."""

AHEAD = timedelta(hours=1)
"""The latest slot that is reserved; one that lies further ahead was written by a clock that was wrong."""

LONGEST_HOLD = timedelta(days=1)
"""The longest pause that a service is granted."""

ADAPTED = 3_600.0
"""The share is of the windows up to so many seconds: half of a day's allowance would be a day lost."""

LEAST = 10
"""Percent of the budget that no refusal takes away."""

REFUSAL_SPACING = timedelta(seconds=30)
"""Refusals within this time are one: several processes hear of the same moment."""

RECOVERY = timedelta(seconds=30)
"""The time in which the share grows back by one percent."""

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """How a lane stands now. Without windows `allowed` is 0."""

    taken: int  # slots in the shortest window
    allowed: int  # as the share leaves it
    seconds: float  # length of that window
    share: int  # percent
    held_until: datetime | None = None  # the service asked for a pause
    outage: Outage | None = None


def _unseen(method: Callable[Concatenate[Lane, _P], None]) -> Callable[Concatenate[Lane, _P], None]:
    """What follows an act that the outside has seen never raises: the act's own record must still be made."""

    @wraps(method)
    def quiet(self: Lane, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except JournalError as error:
            _log.warning("lane not updated lane=%s error=%s", self.name, error)

    return quiet


class Lane:
    """One lane of a journal. Implements `pacing.Governor`; `JournalError` comes only from `wait`, `outage`, `state`.

    `clock` is the wall clock in UTC, the only one that processes share. A slot is at most an hour away, whatever
    `at_most` is.
    """

    def __init__(self, engine: Engine, name: str, windows: tuple[Window, ...], *, clock: Clock, sleep: Sleep) -> None:
        self.name = name
        self._engine = engine
        self._windows = windows
        self._clock = clock
        self._sleep = sleep
        self._troubled = False  # seen failing, so an answer is news
        self._mine = _Mine()
        self._insisting = False

    def insist(self) -> None:
        """A person tries anyway: the next request leaves although the circuit is open, as its probe."""
        self._insisting = True

    def wait(self, *, at_most: float = math.inf) -> bool:
        """Take the next free slot and sleep until it comes.

        False, at once, when it is more than `at_most` seconds away, or when the circuit is open.
        """
        left = min(at_most, AHEAD.total_seconds())
        while True:
            slot = self._taken(timedelta(seconds=left))
            if slot is None:
                return False
            pause = (slot - self._clock()).total_seconds()
            if pause <= 0:
                return True
            self._sleep(pause)
            if not self._stopped_since(slot):
                return True
            left = max(0.0, left - pause)

    @_unseen
    def hold(self, seconds: float) -> None:
        """No request of any process for that long."""
        with self._row() as (connection, row, now):
            self._change(connection, held_until=_later(row["held_until"], now, seconds))

    @_unseen
    def limited(self, seconds: float) -> None:
        """As `hold`, and half of the budget from now on."""
        with self._row() as (connection, row, now):
            values: dict[str, Any] = {"held_until": _later(row["held_until"], now, seconds)}
            if row["share"] == 100 or now - row["share_at"] >= REFUSAL_SPACING:  # noqa: PLR2004 - percent
                values.update(share=max(LEAST, _share(row, now) // 2), share_at=now)
            self._change(connection, **values)

    @_unseen
    def answered(self) -> None:
        """Close the circuit."""
        if not self._troubled:
            return
        with self._row() as (connection, row, now):
            if row["failures"]:
                self._change(connection, failures=0, open_until=None, last_error=None, updated_at=now)
        self._troubled = self._mine.probing = False

    @_unseen
    def unanswered(self, error: str) -> None:
        """Count it; open the circuit when it is one too many. Requests that left before it opened are not counted."""
        with self._row() as (connection, row, now):
            self._troubled = True
            if _is_open(row, now) and not self._mine.probing:
                return
            failures = row["failures"] + 1
            values: dict[str, Any] = {"failures": failures, "last_error": redacted(error)}
            if failures >= FAILURES:
                values["open_until"] = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(10, failures - FAILURES))
            if not row["failures"]:
                values["updated_at"] = now
            self._change(connection, **values)
        self._mine.probing = False

    def outage(self) -> Outage | None:
        """Why `wait` refuses whatever the patience; None while the circuit is closed, or a request may probe it."""
        with reading(self._engine) as connection:
            row = connection.execute(self._query()).mappings().first()
        return None if row is None or not _is_open(row, self._clock()) else _outage(row)

    def state(self) -> LaneState:
        """For people: nothing is taken."""
        now = self._clock()
        window = min(self._windows, key=lambda each: each.seconds, default=Window(requests=0, seconds=0.0))
        since = now - timedelta(seconds=window.seconds)
        slots = select(func.count()).where(t.request_slot.c.lane == self.name, t.request_slot.c.at > since)
        with reading(self._engine) as connection:
            row = connection.execute(self._query()).mappings().first()
            taken = connection.scalar(slots) or 0
        share = 100 if row is None else _share(row, now)
        return LaneState(
            taken=taken,
            allowed=_allowed(window, share),
            seconds=window.seconds,
            share=share,
            held_until=None if row is None else _hold(row, now),
            outage=None if row is None or row["open_until"] is None else _outage(row),
        )

    # -- private -----------------------------------------------------------------------------------------------

    def _taken(self, patience: timedelta) -> datetime | None:
        """The slot that was reserved; None when there is none within `patience`, and then none is."""
        with self._row() as (connection, row, now):
            self._troubled = self._troubled or row["failures"] > 0
            if _is_open(row, now) and not self._insisting:
                return None
            self._forget(connection, now)
            slot = self._next(connection, row, now)
            if slot - now > patience:
                return None
            if row["open_until"] is not None:
                self._change(connection, open_until=slot + PROBE)
                self._mine.probing, self._insisting = True, False
            connection.execute(insert(t.request_slot).values(lane=self.name, at=slot))
            return slot

    def _next(self, connection: Connection, row: RowMapping, now: datetime) -> datetime:
        """Slots are given in the order of asking: the next is never before the last."""
        slot, share = max(now, _hold(row, now) or now), _share(row, now)
        at = t.request_slot.c.at
        reserved = select(at).where(t.request_slot.c.lane == self.name).order_by(at.desc()).limit(1)
        last = connection.scalar(reserved)
        slot = slot if last is None else max(slot, last)
        for window in self._windows:
            leaving = connection.scalar(reserved.offset(_allowed(window, share) - 1))
            if leaving is not None:
                slot = max(slot, leaving + timedelta(seconds=window.seconds))
        return slot

    def _forget(self, connection: Connection, now: datetime) -> None:
        longest = timedelta(seconds=max((window.seconds for window in self._windows), default=0.0))
        slot = t.request_slot.c
        useless = or_(slot.at <= now - longest, slot.at > now + AHEAD)
        connection.execute(delete(t.request_slot).where(slot.lane == self.name, useless))

    def _stopped_since(self, slot: datetime) -> bool:
        """While we slept, the service asked for a pause, or stopped answering."""
        with reading(self._engine) as connection:
            row = connection.execute(self._query()).mappings().one()
        held = row["held_until"] is not None and row["held_until"] > slot
        return held or (row["open_until"] is not None and not self._mine.probing)

    def _query(self) -> Select[Any]:
        return select(t.lane).where(t.lane.c.name == self.name)

    @contextmanager
    def _row(self) -> Iterator[tuple[Connection, RowMapping, datetime]]:
        """The row of the lane, nobody else's to change until the end, and the present instant."""
        with writing(self._engine) as connection:
            query = self._query().with_for_update()
            row = connection.execute(query).mappings().first()
            now = self._clock()
            if row is None:
                first = {"name": self.name, "share": 100, "share_at": now, "failures": 0, "updated_at": now}
                add(connection, t.lane, first)
                row = connection.execute(query).mappings().one()
            yield connection, row, now

    def _change(self, connection: Connection, **values: Any) -> None:
        connection.execute(update(t.lane).where(t.lane.c.name == self.name).values(**values))


class _Mine(threading.local):
    """What only the thread that took a slot knows of it."""

    probing = False  # it is the probe of an open circuit


def _allowed(window: Window, share: int) -> int:
    if not window.requests:
        return 0
    return max(1, window.requests * share // 100) if window.seconds <= ADAPTED else window.requests


def _share(row: RowMapping, now: datetime) -> int:
    """The share in use, in percent: as it was left by the last refusal, and grown back since."""
    grown = max(timedelta(0), now - row["share_at"]) // RECOVERY
    return int(min(100, row["share"] + grown))


def _hold(row: RowMapping, now: datetime) -> datetime | None:
    until: datetime | None = row["held_until"]
    return until if until is not None and now < until <= now + LONGEST_HOLD else None


def _later(until: datetime | None, now: datetime, seconds: float) -> datetime:
    asked = now + timedelta(seconds=min(LONGEST_HOLD.total_seconds(), seconds))
    return asked if until is None or until > now + LONGEST_HOLD else max(until, asked)


def _is_open(row: RowMapping, now: datetime) -> bool:
    """Not for longer than any circuit opens: beyond that, a clock was wrong."""
    until: datetime | None = row["open_until"]
    return until is not None and now < until <= now + LONGEST_PAUSE + AHEAD


def _outage(row: RowMapping) -> Outage:
    return Outage(
        since=row["updated_at"],
        until=row["open_until"],
        failures=row["failures"],
        last_error=row["last_error"] or "no answer",
    )
