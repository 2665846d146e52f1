"""Counts and instants of the whole journal, for those who watch it: no number, no name, no amount."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, false, func, select, text

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.counting import counted, counted_by
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import State

ENDED = "ended "
"""In `meta`, `ended run` and `ended sync`: when each of them last went through to its end."""

ORIGINS = ("feed", "history", "webhook", "rebuild")
"""How a status event may have come first."""

_IMPATIENT = {State.PULLED: t.READY, State.FAILED: t.READY, State.REFUSED: t.STUCK}
"""Not sent yet, and the condition of the partial index that finds them among few others."""

_OTHERS = ((State.HELD, t.READY), (State.HELD, t.STOPPED), (State.SENDING, t.IN_DOUBT))
"""Held is not sent and rightly so: until a later day, or for good on another route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What can be counted. Instants are UTC.

    A number is exact while fewer than `counting.MOST_COUNTED` were counted with it: of one state before any deposit
    every technical status is counted together, and so is every kind of callback.
    """

    invoices: Mapping[tuple[str, str], int]  # by state and technical status, which is empty before any deposit
    unsent_since: Mapping[str, datetime]  # by state: when the invoice that waits longest was first seen
    events: Mapping[str, int]  # by origin
    callbacks: Mapping[str, int]  # by kind, those kept apart from the events
    ended: Mapping[str, datetime]  # by act, run or sync


def figures(connection: Connection) -> Figures:
    """The figures now."""
    event, callback = t.status_event.c, t.callback.c
    events = {origin: _count(connection, select(event.origin).where(event.origin == origin)) for origin in ORIGINS}
    return Figures(
        invoices=_added(_invoices(connection)),
        unsent_since=dict(_unsent_since(connection)),
        events={origin: count for origin, count in events.items() if count},
        callbacks={row[0]: row[1] for row in connection.execute(counted_by(select(callback.kind)))},
        ended=last_ended(connection),
    )


def _added(counts: Iterable[tuple[tuple[str, str], int]]) -> dict[tuple[str, str], int]:
    total: Counter[tuple[str, str]] = Counter()
    for key, count in counts:
        total[key] += count
    return dict(total)


def _invoices(connection: Connection) -> Iterator[tuple[tuple[str, str], int]]:
    invoice = t.invoice.c
    for status in (None, *Outcome):
        alike = invoice.technical_status.is_(None) if status is None else invoice.technical_status == status.value
        count = _count(connection, select(invoice.state).where(text(t.SENT), alike))
        if count:
            yield (State.SENT.value, "" if status is None else status.value), count
    for state, where in (*_IMPATIENT.items(), *_OTHERS):
        rows = select(invoice.technical_status).where(text(where), invoice.state == state.value)
        for technical, count in connection.execute(counted_by(rows)):
            yield (state.value, technical or ""), count


def _unsent_since(connection: Connection) -> Iterator[tuple[str, datetime]]:
    invoice = t.invoice.c
    for state, where in _IMPATIENT.items():
        waiting = (text(where), invoice.state == state.value, invoice.passed_over == false())
        since = connection.scalar(select(func.min(invoice.pulled_at)).where(*waiting))
        if since is not None:
            yield state.value, since


def _count(connection: Connection, rows: Select[Any]) -> int:
    return connection.scalar(counted(rows)) or 0


def last_ended(connection: Connection) -> dict[str, datetime]:
    """When a run and a synchronisation last went through to their end, of any company."""
    meta = t.meta.c
    query = select(meta.name, func.max(meta.value)).where(meta.name.startswith(ENDED)).group_by(meta.name)
    return {row[0].removeprefix(ENDED): datetime.fromisoformat(row[1]) for row in connection.execute(query)}
