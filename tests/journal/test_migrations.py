"""The database that the migrations make is the one that the code expects."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from pdp_bridge.errors import JournalError
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.journal.tables import HEAD, VERSION_TABLE, metadata

OPENS = """
import sys
from datetime import UTC, datetime
from pdp_bridge.journal.store import SqlJournal

SqlJournal(sys.argv[1], clock=lambda: datetime.now(UTC)).close()
print("alembic" in sys.modules)
"""


def now() -> datetime:
    return datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


def test_migrated_database_is_the_metadata(database):
    SqlJournal(database, clock=now).close()
    engine = create_engine(database)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_partial_indexes_are_the_metadatas(url, path, tmp_path):
    """Alembic does not compare the conditions of partial indexes, so the DDL is compared."""
    SqlJournal(url, clock=now).close()
    other = tmp_path / "created.db"
    engine = create_engine(f"sqlite:///{other}")
    metadata.create_all(engine)
    engine.dispose()
    assert indexes(path) == indexes(other)


def indexes(path) -> set[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    connection.close()
    return {sql for (sql,) in rows}


def test_head_is_the_last_revision():
    config = Config()
    config.set_main_option("script_location", str(files("pdp_bridge.journal") / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_alembic_is_imported_only_when_needed(url):
    first, second = (
        subprocess.run([sys.executable, "-c", OPENS, url], check=True, capture_output=True, text=True).stdout.strip()
        for _ in range(2)
    )
    assert (first, second) == ("True", "False")


def test_a_newer_journal_is_left_alone(url, path):
    SqlJournal(url, clock=now).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608
    connection.close()
    with pytest.raises(JournalError, match=r"newer pdp_bridge \(revision 9999.*pip install --upgrade"):
        SqlJournal(url, clock=now)


def test_another_database_is_left_alone(url, path):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(JournalError, match=r"not a journal of pdp_bridge \(recipes\)"):
        SqlJournal(url, clock=now)
    connection = sqlite3.connect(path)
    assert [name for (name,) in connection.execute("SELECT name FROM sqlite_master")] == ["recipes"]
    connection.close()
