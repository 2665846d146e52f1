"""How much waits, and since when: for those who watch. Each count reads only what waits, however old the journal is.

The jobs of workers are in the tables of Procrastinate beside the journal's, where several machines share the work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, false, func, inspect, select, text, true

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading
from pdp_bridge.journal.reader import ready
from pdp_bridge.model.status import Outcome

_JOBS = """
SELECT job.status::text, count(*), min(event.at) FROM procrastinate_jobs job
LEFT JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
WHERE job.status IN ('todo', 'doing') GROUP BY job.status
"""
_WORKERS = """
SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - interval '30 seconds'
"""
"""Those that live: of one that has given no sign for so long the next sweep takes the jobs away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How many stand in it, and since when the first one does, UTC; None while nobody does."""

    count: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What waits, whoever's. `jobs` by status, and `workers` that live: None where there is no queue."""

    invoices: Mapping[str, Line]  # due, in_doubt, unresolved (for a person), verdict (of the platform)
    jobs: Mapping[str, Line] = field(default_factory=dict)
    workers: int | None = None


def queued(engine: Engine, now: datetime) -> Queued:
    """What waits now. Raises `JournalError`."""
    with reading(engine) as connection:
        invoices = {name: _together(connection, queries) for name, queries in queries(now).items()}
        if connection.dialect.name != "postgresql" or not inspect(connection).has_table("procrastinate_workers"):
            return Queued(invoices=invoices)
        jobs = {status: Line(count=count, since=since) for status, count, since in connection.execute(text(_JOBS))}
        return Queued(
            invoices=invoices,
            jobs={"todo": Line(count=0), "doing": Line(count=0)} | jobs,
            workers=connection.scalar(text(_WORKERS)),
        )


def queries(now: datetime) -> dict[str, list[Select[int, Any]]]:
    """By what is waited for, the questions whose counts are added: how many, and the earliest instant."""
    invoice = t.invoice.c
    in_doubt = select(func.count(), func.min(invoice.sending_at)).where(text(t.IN_DOUBT))
    return {
        "due": [select(func.count(), func.min(invoice.pulled_at)).where(*ready(now))],
        "in_doubt": [in_doubt.where(invoice.unresolved == false())],
        "unresolved": [in_doubt.where(invoice.unresolved == true())],
        "verdict": list(_without_verdict()),
    }


def _without_verdict() -> Iterator[Select[int, Any]]:
    """Deposited, and the platform has not said yet whether it takes the invoice: two places of one index."""
    invoice = t.invoice.c
    for unknown in (invoice.technical_status.is_(None), invoice.technical_status == Outcome.PENDING.value):
        yield select(func.count(), func.min(invoice.sent_at)).where(text(t.SENT), invoice.final == false(), unknown)


def _together(connection: Connection, questions: list[Select[int, Any]]) -> Line:
    found = [connection.execute(question).one() for question in questions]
    since = [earliest for _, earliest in found if earliest is not None]
    return Line(count=sum(count for count, _ in found), since=min(since, default=None))
