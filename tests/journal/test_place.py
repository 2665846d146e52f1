"""A journal in PostgreSQL that is elsewhere than it was has been restored, and says so before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import postgresql
import pytest
from sqlalchemy import text

from pdp_bridge.journal import place
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.ports import Doubt
from pdp_bridge.testing import sample_snapshot

THEN = datetime(2026, 10, 7, 10, tzinfo=UTC)
NOW = THEN + timedelta(days=3)


@pytest.fixture
def journal():
    with postgresql.schema() as url, SqlJournal(url, clock=lambda: THEN) as opened:
        yield opened


def noted(journal, comment):
    with journal.engine.begin() as connection:
        connection.execute(text(f"COMMENT ON TABLE meta IS '{comment}'"))


def test_a_new_journal_has_forgotten_nothing(journal):
    assert [place.restored(journal.engine, NOW) for _ in range(2)] == [False, False]
    assert journal.doubt() is None


@pytest.mark.parametrize("part", [0, 1, 2], ids=["server", "tables", "timeline"])
def test_elsewhere_is_restored_and_told_once(journal, part, caplog):
    place.restored(journal.engine, THEN)
    journal.pulled([sample_snapshot("1", "FA-1")], [])
    with journal.engine.connect() as connection:
        here = connection.scalar(text("SELECT obj_description('meta'::regclass, 'pg_class')"))
    assert here.startswith(place.PREFIX)
    parts = here.removeprefix(place.PREFIX).split("/")
    assert len(parts) == 3
    parts[part] = "1"
    noted(journal, place.PREFIX + "/".join(parts))
    assert [place.restored(journal.engine, NOW) for _ in range(2)] == [True, False]
    assert journal.doubt() == Doubt(since=THEN, until=NOW), "since the last thing that the copy knows"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_mark_of_before_is_widened(journal):
    noted(journal, f"{place.PREFIX}elsewhere")
    assert place.restored(journal.engine, NOW)
    noted(journal, f"{place.PREFIX}elsewhere again")
    assert place.restored(journal.engine, NOW + timedelta(days=1))
    assert journal.doubt() == Doubt(since=NOW, until=NOW + timedelta(days=1))


def test_a_comment_of_others_is_no_place(journal):
    noted(journal, "written by the administrator")
    assert not place.restored(journal.engine, NOW)
    assert journal.doubt() is None


def test_any_user_may_ask(journal):
    with journal.engine.begin() as connection:
        connection.execute(text("CREATE ROLE test_plain"))
        try:
            schema = connection.scalar(text("SELECT current_schema()"))
            connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO test_plain"))
            connection.execute(text("SET LOCAL ROLE test_plain"))
            assert place._here(connection)
        finally:
            connection.rollback()


def test_a_server_that_does_not_tell_is_not_compared(journal, monkeypatch):
    monkeypatch.setattr(place, "_HERE", "SELECT no_such_function()")
    assert not place.restored(journal.engine, NOW)


def test_sqlite_has_its_own_mark(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: THEN) as journal:
        assert not place.restored(journal.engine, NOW)
