"""What workers ask of the journal: which invoices wait for a step, and which one a step is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, false, or_, select, text

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading
from pdp_bridge.journal.presence import skew_seconds, together
from pdp_bridge.journal.reader import in_doubt_query, ready, ready_query, stopped, stopped_query
from pdp_bridge.journal.rows import entry_from
from pdp_bridge.ports import Entry, State

Enlist = Callable[[Any, Sequence[str]], None]
"""Called inside a transaction with the driver's own connection, and the source ids of invoices that have work to do."""

FIRST_LOOK = timedelta(seconds=30)
"""After the lease, a deposit in doubt is looked up at once, and then at twice the age each time."""


class Duty:
    """The questions of one company's workers. Every method raises `JournalError` when the database cannot answer."""

    def __init__(self, engine: Engine, firm: str | None) -> None:
        self._engine = engine
        self._firm = firm

    def together(self) -> AbstractContextManager[bool]:
        """Work beside others; False while somebody works alone."""
        return together(self._engine)

    def skew_seconds(self, now: datetime) -> float:
        """How far this clock is from the database's."""
        return skew_seconds(self._engine, now.timestamp())

    def entry(self, source_id: str, now: datetime) -> Entry | None:
        """The invoice, when there is a step for it now: it is due, or looked at again, or in doubt after its lease."""
        one = t.invoice.c.source_id == source_id
        in_doubt = in_doubt_query().where(t.invoice.c.lease_until <= now)
        with reading(self._engine) as connection:
            for query in (ready_query(now), stopped_query(), in_doubt):
                row = connection.execute(self._mine(query.where(one))).mappings().first()
                if row is not None:
                    return entry_from(row)
        return None

    def waiting(self, now: datetime, at_most: int) -> list[str]:
        """Source ids of what is due, the oldest issue date first."""
        invoice = t.invoice.c
        query = select(invoice.source_id).where(*ready(now)).order_by(invoice.issue_date, invoice.source_id)
        with reading(self._engine) as connection:
            return list(connection.scalars(self._mine(query).limit(at_most)))

    def stopped(self, at_most: int | None) -> list[str]:
        """Source ids of what was refused, or is held without a date, those looked at longest ago first."""
        invoice = t.invoice.c
        query = select(invoice.source_id).where(*stopped()).order_by(invoice.updated_at).limit(at_most)
        with reading(self._engine) as connection:
            return list(connection.scalars(self._mine(query)))

    def to_look_up(self, last: datetime | None, now: datetime, settle_seconds: float) -> list[str]:
        """Source ids of deposits in doubt, after their lease, whose turn came since `last`.

        A turn comes when the lease ends, when a search that finds nothing becomes a proof, and at ages that double:
        what no search finds costs less and less.
        """
        invoice = t.invoice.c
        query = select(invoice.source_id, invoice.lease_until, invoice.unresolved).where(
            text(t.IN_DOUBT), or_(invoice.lease_until.is_(None), invoice.lease_until <= now)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(self._mine(query)).all()
        settle = timedelta(seconds=settle_seconds)
        return [
            source_id
            for source_id, lease, unresolved in rows
            if lease is None
            or last is None
            or (not unresolved and now >= lease + settle)
            or _comes_of_age(last - lease, now - lease)
        ]

    def _mine(self, query: Select[Any]) -> Select[Any]:
        return query if self._firm is None else query.where(t.invoice.c.firm == self._firm)


def _comes_of_age(before: timedelta, after: timedelta) -> bool:
    """Whether a turn lies after `before` and not after `after`.

    >>> [_comes_of_age(timedelta(seconds=a), timedelta(seconds=b)) for a, b in [(-5, 0), (1, 29), (29, 31), (61, 119)]]
    [True, False, True, False]
    """
    turn = timedelta(0)
    while turn <= after:
        if before < turn:
            return True
        turn = turn * 2 or FIRST_LOOK
    return False


def enlisted(connection: Connection, source_ids: Sequence[str], enlist: Enlist) -> None:
    """Hand those of these invoices over that have work to do, in the transaction that gave it to them."""
    invoice = t.invoice.c
    query = select(invoice.source_id).where(
        invoice.source_id.in_(source_ids), invoice.state == State.PULLED, invoice.passed_over == false()
    )
    ready_ids = list(connection.scalars(query.order_by(invoice.issue_date, invoice.source_id)))
    if ready_ids:
        enlist(connection.connection.driver_connection, ready_ids)
