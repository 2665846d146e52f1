"""Statements that the driver runs alone: the same values, rows and errors as when SQLAlchemy runs them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

import postgresql
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import prepared
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading, writing
from pdp_bridge.journal.running import changed, found
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.testing import sample_snapshot

PARIS = timezone(timedelta(hours=2))
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
SHOT = sample_snapshot("1", "FA-1")
MOVED = {
    "state": "sending",
    "sending_at": datetime(2026, 9, 1, 10, 0, 0, 250, tzinfo=PARIS),
    "lease_until": None,
    "unresolved": True,
    "attempt": 3,
    "seller": "100000009",
    "reason": "100 % — l'été 🧾",
}


@contextmanager
def sqlite(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as journal:
        yield journal


@contextmanager
def on_postgresql(_):
    with postgresql.journal() as url, SqlJournal(url, clock=lambda: NOW) as journal:
        yield journal


@pytest.fixture(params=[sqlite, on_postgresql], ids=["sqlite", "postgresql"])
def journal(request, tmp_path):
    with request.param(tmp_path) as journal:
        journal.pulled([SHOT], [])
        yield journal


def test_what_is_written_and_read_is_what_sqlalchemy_would(journal):
    by_us = {"of_source_id": "1", "from_state": "pulled", **MOVED}
    with writing(journal.engine) as connection:
        assert changed(connection, prepared.INVOICE_MOVED, by_us) == 1
        assert changed(connection, prepared.INVOICE_MOVED, by_us) == 0, "not from this state any more"
        ours = found(connection, prepared.INVOICE, {"of_source_id": "1"})
        theirs = connection.execute(prepared.INVOICE, {"of_source_id": "1"}).mappings().all()
    assert ours == [dict(row) for row in theirs]
    assert {name: ours[0][name] for name in ("sending_at", "lease_until", "unresolved", "attempt", "passed_over")} == {
        "sending_at": datetime(2026, 9, 1, 8, 0, 0, 250, tzinfo=UTC),
        "lease_until": None,
        "unresolved": True,
        "attempt": 3,
        "passed_over": False,
    }
    assert ours[0]["sending_at"].tzinfo is UTC


def test_bytes_and_dates(journal):
    kept = {"sha256": "ab", "media_type": "application/pdf", "content": bytes(range(256)), "made_at": NOW}
    add = prepared.added(t.document, journal.engine.dialect.name)
    with writing(journal.engine) as connection:
        assert changed(connection, add, kept) == 1
        assert changed(connection, add, kept) == 0, "it is there"
        everything = select(t.document.c.content, t.document.c.made_at)
        assert found(connection, everything, {}) == [{"content": bytes(range(256)), "made_at": NOW}]
        version = {"of_source_id": "1", "of_version": SHOT.reference.version}
        assert found(connection, prepared.LATEST_CONTENT, version) == [
            {"version": SHOT.reference.version, "number": "FA-1", "issue_date": date(2026, 9, 1)}
        ]


def test_the_id_of_a_new_row(journal):
    values = {"source_id": "1", "at": NOW, "payload": "{}"}
    with writing(journal.engine) as connection:
        first, second = (found(connection, prepared.REPORT, values)[0]["id"] for _ in range(2))
        assert connection.scalar(select(t.report.c.id).order_by(t.report.c.id.desc())) == second > first


def test_a_broken_uniqueness_is_told_without_the_values(journal):
    with pytest.raises(IntegrityError) as caught:
        attempt_twice(journal)
    assert "SECRET" not in str(caught.value)
    assert journal.attempts("1") == [], "nothing of it was written"


def attempt_twice(journal):
    values = {"source_id": "1", "number": 1, "started_at": NOW, "sha256": "ab", "code": "SECRET"}
    with writing(journal.engine) as connection:
        connection.execute(insert(t.document), {"sha256": "ab", "media_type": "x", "content": b"x", "made_at": NOW})
        changed(connection, prepared.ATTEMPT, values)
        changed(connection, prepared.ATTEMPT, values)


def test_what_nobody_commits_is_undone(journal):
    with reading(journal.engine) as connection:
        changed(connection, prepared.INVOICE_CHANGED, {"of_source_id": "1", "attempt": 7})
        assert found(connection, prepared.INVOICE, {"of_source_id": "1"})[0]["attempt"] == 7
    assert journal.entry("1").attempt == 0


def test_a_part_of_an_act_is_undone_alone(journal):
    with writing(journal.engine) as connection:
        part = connection.begin_nested()
        changed(connection, prepared.INVOICE_CHANGED, {"of_source_id": "1", "attempt": 7, "reason": "part"})
        part.rollback()
        changed(connection, prepared.INVOICE_CHANGED, {"of_source_id": "1", "attempt": 8})
    entry = journal.entry("1")
    assert (entry.attempt, entry.reason) == (8, None)


def test_a_moment_without_time_zone_is_refused(journal):
    values = {"source_id": "1", "at": NOW.replace(tzinfo=None), "from_state": None, "to_state": "sent", "detail": None}
    with pytest.raises(ValueError, match="no time zone"), writing(journal.engine) as connection:
        changed(connection, prepared.TRANSITION, values)


def test_a_server_that_is_gone_in_the_middle_of_an_act():
    """The act is undone and said so; the next one has a connection that works."""
    with on_postgresql(None) as journal:
        journal.pulled([SHOT], [])
        with pytest.raises(JournalError, match="cannot be used"):
            lose_the_server(journal)
        assert journal.entry("1").attempt == 0
        journal.set_cursor("a")


def lose_the_server(journal):
    with writing(journal.engine) as connection:
        changed(connection, prepared.INVOICE_CHANGED, {"of_source_id": "1", "attempt": 7})
        own = connection.scalar(text("SELECT pg_backend_pid()"))
        with journal.engine.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({own})"))
        found(connection, prepared.INVOICE, {"of_source_id": "1"})
