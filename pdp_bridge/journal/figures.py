"""Counts and instants of the whole journal, for those who watch it: no number, no name, no amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, false, func, select, text

from pdp_bridge.journal import tables as t
from pdp_bridge.ports import State

ENDED = "ended "
"""In `meta`, `ended run` and `ended sync`: when each of them last went through to its end."""

DORMANT = frozenset({State.HELD})
"""Not sent and rightly so: another route, or a later day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What can be counted. Instants are UTC."""

    invoices: Mapping[tuple[str, str], int]  # by state and technical status, which is empty before any deposit
    unsent_since: Mapping[str, datetime]  # by state: when the invoice that waits longest was first seen
    events: Mapping[str, int]  # by origin
    callbacks: Mapping[str, int]  # by kind, those kept apart from the events
    ended: Mapping[str, datetime]  # by act, run or sync


def figures(connection: Connection) -> Figures:
    """The figures now."""
    invoice = t.invoice.c
    by_state = select(invoice.state, invoice.technical_status, func.count()).group_by(
        invoice.state, invoice.technical_status
    )
    since = (
        select(invoice.state, func.min(invoice.pulled_at))
        .where(text(t.UNSENT), invoice.passed_over == false(), invoice.state.not_in(DORMANT))
        .group_by(invoice.state)
    )
    return Figures(
        invoices={(state, technical or ""): count for state, technical, count in connection.execute(by_state)},
        unsent_since={row[0]: row[1] for row in connection.execute(since)},
        events=_counted(connection, select(t.status_event.c.origin, func.count()).group_by(t.status_event.c.origin)),
        callbacks=_counted(connection, select(t.callback.c.kind, func.count()).group_by(t.callback.c.kind)),
        ended=last_ended(connection),
    )


def last_ended(connection: Connection) -> dict[str, datetime]:
    """When a run and a synchronisation last went through to their end, of any company."""
    meta = t.meta.c
    query = select(meta.name, func.max(meta.value)).where(meta.name.startswith(ENDED)).group_by(meta.name)
    return {row[0].removeprefix(ENDED): datetime.fromisoformat(row[1]) for row in connection.execute(query)}


def _counted(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}
