"""What can be wrong with a database, said so that a person knows what to do."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime
from uuid import uuid4

import postgresql
import pytest
from sqlalchemy import create_engine, make_url, text

from pdp_bridge.errors import ConfigError, JournalError
from pdp_bridge.journal import database
from pdp_bridge.journal.store import SqlJournal, open_journal
from pdp_bridge.testing import sample_snapshot


def now() -> datetime:
    return datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


def test_read_only(url, path):
    SqlJournal(url, clock=now).close()
    with (
        SqlJournal(f"sqlite:///file:{path}?mode=ro&uri=true", clock=now) as journal,
        pytest.raises(JournalError, match=r"it is read-only\. Give this user the right to write"),
    ):
        journal.set_cursor("a")


def test_locked(url, path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 10)
    with SqlJournal(url, clock=now) as journal:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another process has kept it locked"):
            journal.set_cursor("a")
        assert journal.cursor() is None, "reading goes on"
        other.execute("ROLLBACK")
        other.close()
        journal.set_cursor("b")


def test_closed_is_closed(url):
    """Nothing is opened again behind the back of whoever closed it."""
    with SqlJournal(url, clock=now) as journal:
        journal.set_cursor("a")
    with pytest.raises(JournalError, match="was closed"):
        journal.cursor()
    with pytest.raises(JournalError, match="was closed"):
        journal.set_cursor("b")


def test_disk_full(url):
    with SqlJournal(url, clock=now) as journal:
        journal.set_cursor("before")
        with journal._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        snapshots = [sample_snapshot(str(n), f"FA-{n}") for n in range(2000)]
        with pytest.raises(JournalError, match=r"the disk is full\. Free some space"):
            journal.pulled(snapshots, [])
        assert journal.cursor() == "before"
        assert list(journal.entries()) == []


def test_without_the_rights():
    """PostgreSQL says what is missing, and we whom to grant it: its administrator is another person."""
    role = f"test_{uuid4().hex}"
    with postgresql.journal() as url:
        admin = create_engine(url)
        with admin.begin() as connection:
            connection.execute(text(f"CREATE ROLE {role}"))
            connection.execute(
                text(f"GRANT USAGE ON SCHEMA {connection.scalar(text('SELECT current_schema()'))} TO {role}")
            )
        address = make_url(url)
        options = f"{address.query['options']} -c role={role}"
        try:
            with pytest.raises(JournalError, match=r"permission denied.*”\. Grant this user SELECT.* CREATE"):
                SqlJournal(
                    address.update_query_dict({"options": options}).render_as_string(hide_password=False), clock=now
                )
        finally:
            with admin.begin() as connection:
                connection.execute(text(f"DROP OWNED BY {role}"))
                connection.execute(text(f"DROP ROLE {role}"))
            admin.dispose()


def test_not_a_database(url, path):
    path.write_bytes(b"invoice number, total\n" * 100)
    with pytest.raises(JournalError, match="not a journal of pdp_bridge"):
        SqlJournal(url, clock=now)
    assert path.read_bytes().startswith(b"invoice number")


def test_folder_missing(tmp_path):
    with pytest.raises(JournalError, match="Check that its folder exists"):
        SqlJournal(f"sqlite:///{tmp_path / 'nowhere' / 'journal.db'}", clock=now)


@pytest.mark.parametrize("url", ["not a url", "oracle://x/y", "nosuch://x/y"])
def test_unusable_address(url):
    with pytest.raises(ConfigError, match="sqlite:///") as caught:
        SqlJournal(url, clock=now)
    assert caught.value.key == "database_url"


def test_a_password_is_never_shown(monkeypatch):
    error = database.sqlite3.OperationalError("x")
    engine = database.create_engine("sqlite:///journal.db")
    monkeypatch.setattr(engine, "url", database.make_url("postgresql://me:hunter2@host/db"))
    with pytest.raises(JournalError) as caught, database.in_plain_words(engine):
        raise error
    assert "hunter2" not in str(caught.value)


def test_files_are_for_their_owner_only(tmp_path):
    data = tmp_path / "data"
    with open_journal(data, clock=now) as journal:
        journal.set_cursor("a")
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in data.iterdir()} == {0o600}
        assert (data / "journal.db").exists()


def test_a_data_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(JournalError, match="PDP_BRIDGE_DATA"):
        open_journal(tmp_path / "file" / "data", clock=now)


def test_durability_of_sqlite(url):
    with SqlJournal(url, clock=now) as journal, journal._engine.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    assert pragmas == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
