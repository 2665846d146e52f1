"""A journal in PostgreSQL that is elsewhere than it was has been restored, and says so before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import postgresql
import pytest
from sqlalchemy import make_url, text

from pdp_bridge.journal import place
from pdp_bridge.journal import statements as do
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import kept
from pdp_bridge.journal.moving import move
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.ports import Doubt
from pdp_bridge.testing import sample_snapshot

THEN = datetime(2026, 10, 7, 10, tzinfo=UTC)
NOW = THEN + timedelta(days=3)


@pytest.fixture
def journal():
    with postgresql.schema() as url, SqlJournal(url, clock=lambda: THEN) as opened:
        yield opened


def noted(journal):
    with journal.engine.connect() as connection:
        return kept(connection, place.NAME)


def carried_from(journal, where):
    """As if the copy had been taken there."""
    with journal.engine.begin() as connection:
        do.put(connection, t.meta, {"firm": "", "name": place.NAME}, {"value": where})


def test_a_new_journal_has_forgotten_nothing(journal):
    assert [place.restored(journal.engine, NOW) for _ in range(2)] == [False, False]
    assert journal.doubt() is None


@pytest.mark.parametrize("part", [0, 1, 2], ids=["server", "tables", "timeline"])
def test_elsewhere_is_restored_and_told_once(journal, part, caplog):
    place.restored(journal.engine, THEN)
    journal.pulled([sample_snapshot("1", "FA-1")], [])
    parts = noted(journal).split("/")
    assert len(parts) == 3
    parts[part] = "1"
    carried_from(journal, "/".join(parts))
    assert [place.restored(journal.engine, NOW) for _ in range(2)] == [True, False]
    assert journal.doubt() == Doubt(since=THEN, until=NOW), "since the last thing that the copy knows"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_mark_of_before_is_widened(journal):
    carried_from(journal, "elsewhere")
    assert place.restored(journal.engine, NOW)
    carried_from(journal, "elsewhere again")
    assert place.restored(journal.engine, NOW + timedelta(days=1))
    assert journal.doubt() == Doubt(since=NOW, until=NOW + timedelta(days=1))


def test_a_role_that_owns_no_table_works_and_knows(journal):
    """Where one role makes the tables and another one works, as many databases are set up."""
    role = f"test_{uuid4().hex}"
    with journal.engine.begin() as connection:
        schema = connection.scalar(text("SELECT current_schema()"))
        connection.execute(text(f"CREATE ROLE {role}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
        connection.execute(text(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {role}"))
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"))
    address = make_url(journal.engine.url)
    options = f"{address.query['options']} -c role={role}"
    url = address.update_query_dict({"options": options}).render_as_string(hide_password=False)
    try:
        with SqlJournal(url, clock=lambda: THEN) as working:
            assert not place.restored(working.engine, THEN)
            working.pulled([sample_snapshot("1", "FA-1")], [])
            carried_from(working, "elsewhere")
            assert [place.restored(working.engine, NOW) for _ in range(2)] == [True, False]
            assert working.doubt() == Doubt(since=THEN, until=NOW)
    finally:
        with journal.engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))


def test_moved_on_purpose_is_not_restored(journal):
    """Nothing is forgotten by `journal move`: what one database noted of its place is nothing to the other."""
    carried_from(journal, "the old database")
    with postgresql.schema() as url:
        move(journal.engine.url.render_as_string(hide_password=False), url, lambda *_: None)
        with SqlJournal(url, clock=lambda: NOW) as moved:
            assert not place.restored(moved.engine, NOW)
            assert noted(moved) != "the old database"
            assert moved.doubt() is None


def test_a_server_that_does_not_tell_is_not_compared(journal, monkeypatch):
    monkeypatch.setattr(place, "_HERE", "SELECT no_such_function()")
    assert not place.restored(journal.engine, NOW)


def test_sqlite_has_its_own_mark(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: THEN) as journal:
        assert not place.restored(journal.engine, NOW)
