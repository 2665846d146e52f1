"""What waits, and since when; on a journal of 100 000 invoices no question reads those that do not wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import postgresql
import psycopg
import pytest
from sqlalchemy.dialects import sqlite
from test_query_plans import connection  # noqa: F401 - a fixture: the journal of 100 000

from pdp_bridge.journal.database import libpq_url
from pdp_bridge.journal.queued import Line, queries, queued
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.ports import Lease
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot
from pdp_bridge.worker import queue

START = datetime(2026, 10, 7, 10, tzinfo=UTC)


class Hours:
    """A clock that a test moves."""

    now = START

    def __call__(self):
        return self.now


def claim(journal, number, at):
    snapshot = sample_snapshot(number, f"FA-{number}")
    document = sample_document(sample_invoice(f"FA-{number}"))
    lease = Lease(at=at, until=at + timedelta(seconds=60))
    assert journal.sending(snapshot.reference, document, sample_report(document), lease)


def test_what_waits_and_since_when(journal_url):
    clock = Hours()
    with SqlJournal(journal_url, clock=clock) as journal:
        empty = {"due": Line(count=0), "in_doubt": Line(count=0), "unresolved": Line(count=0), "verdict": Line(count=0)}
        assert queued(journal.engine, START).invoices == empty
        for hours in range(6):
            clock.now = START + timedelta(hours=hours)
            journal.pulled([sample_snapshot(str(hours), f"FA-{hours}")], [])
        journal.held("0", "later", START + timedelta(days=9))
        for hours in (2, 3, 4, 5):
            claim(journal, str(hours), START + timedelta(hours=hours, minutes=1))
            clock.now = START + timedelta(hours=hours, minutes=2)
            if hours > 3:
                journal.sent(str(hours), f"deposit-{hours}")
        journal.not_sent("3", resend=False)
        event = StatusEvent(status_id="s", submission_id="deposit-4", code="ISSUED", at=START, number="201")
        journal.received([event])
        assert queued(journal.engine, clock.now).invoices == {
            "due": Line(count=1, since=START + timedelta(hours=1)),
            "in_doubt": Line(count=1, since=START + timedelta(hours=2, minutes=1)),
            "unresolved": Line(count=1, since=START + timedelta(hours=3, minutes=1)),
            "verdict": Line(count=1, since=START + timedelta(hours=5, minutes=2)),
        }
        clock.now = START + timedelta(days=10)
        assert queued(journal.engine, clock.now).invoices["due"].count == 2, "what was held has its turn"


def test_jobs_and_workers_where_there_is_a_queue(tmp_path):
    with postgresql.schema() as url, SqlJournal(url, clock=Hours()) as journal:
        assert queued(journal.engine, START).workers is None
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            queue.prepare(connection)
            found = queued(journal.engine, START)
            assert (found.jobs, found.workers) == ({"todo": Line(count=0), "doing": Line(count=0)}, 0)
            before = datetime.now(UTC)
            queue.enqueue(connection, "firm-1", ["1", "2"])
            connection.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1h')"
            )
            found = queued(journal.engine, START)
        assert (found.jobs["todo"].count, found.jobs["doing"].count, found.workers) == (2, 0, 1)
        assert abs((found.jobs["todo"].since - before).total_seconds()) < 60


@pytest.mark.parametrize("what", queries(START))
def test_only_what_waits_is_read(connection, what):  # noqa: F811
    for query in queries(START)[what]:
        statement = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
        assert len(plan) == 1
        assert "USING INDEX" in plan[0] or "USING COVERING INDEX" in plan[0], plan
        index = {"due": "ready", "verdict": "awaiting"}.get(what, "in_doubt")
        assert f"ix_invoice_{index}" in plan[0], plan
