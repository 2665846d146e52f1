"""Opening the journal's database: pragmas, migrations, and errors in plain words.

SQLite: write-ahead log with a full sync on every commit (a lost intent could send an invoice twice), writers queue
for the write lock from their first statement. PostgreSQL: the driver psycopg, read committed, row locks.

After a power failure: a method of the journal that has returned is on the disk, the document's bytes with it, for they
are rows of the same transaction. SQLite syncs the log before a commit returns, and the folder when it makes the log; we
sync the folders above a new database, so that the file itself is found again. One that had not returned left nothing.
On PostgreSQL it is the server's promise: every connection asks for `synchronous_commit = on`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, String, column, create_engine, event, inspect, select, table, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from pdp_bridge.durable import sync_names
from pdp_bridge.errors import ConfigError, JournalError
from pdp_bridge.journal.tables import HEAD, VERSION_TABLE, metadata

BUSY_TIMEOUT_MS = 30_000

CONNECTIONS = 40
"""Threads of one process that may use the journal at the same time; more wait."""

CLIENT_NOTICES = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds
}
"""How libpq notices that the server is gone: seconds, but where said."""

SERVER_NOTICES = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000 "
    "-c idle_in_transaction_session_timeout=300000"
)
"""How the server notices that we are gone; the last is for a process that was halted, in milliseconds."""

_TURNS: WeakKeyDictionary[Engine, AbstractContextManager[object]] = WeakKeyDictionary()

MOVED, ARRIVING = "moved", "arriving"
"""Revisions that no program of ours uses: of a journal that is somewhere else now, and of one that is not whole yet."""

_UNUSED = {
    MOVED: (
        "The journal {name} was moved to {moved_to} and is kept as it was. Nothing was done; set the database URL "
        "(PDP_BRIDGE_DATABASE_URL) to where it is now."
    ),
    ARRIVING: (
        "A journal is being moved to {name}, or its move was cut short. Nothing was done; run the same "
        "pdp-bridge journal move again: until it ends, the old journal is the one that counts."
    ),
}

_ADVICE = {
    "BUSY": "another process has kept it locked for {seconds} seconds. Stop the other process, then try again",
    "LOCKED": "another process has kept it locked for {seconds} seconds. Stop the other process, then try again",
    "READONLY": "it is read-only. Give this user the right to write to the file and to its folder",
    "FULL": "the disk is full. Free some space and run again: what was recorded before is safe",
    "CANTOPEN": "the file cannot be opened. Check that its folder exists and that this user may write there",
    "PERM": "access is denied. Give this user the right to write to the file and to its folder",
    "NOTADB": "the file is not a journal of pdp_bridge. Check the path, and keep the file: it may be something else",
    "CORRUPT": "the file is damaged. Keep it aside, restore the latest backup, and compare before sending anything",
    "IOERR": "the disk does not answer properly. Use a local disk, not a network share, and check its health",
}


_NO_RIGHT = "42501"  # insufficient_privilege, PostgreSQL
_RIGHTS = (
    "Grant this user SELECT, INSERT, UPDATE and DELETE on the tables of the journal and USAGE on their sequences; to "
    "make the tables, CREATE on their schema"
)


def engine_for(url: str) -> Engine:
    """An engine for `url`, its database migrated to `tables.HEAD`.

    Raises `ConfigError` for a URL that cannot be used, `JournalError` for a database that cannot.
    """
    engine = unmigrated(url)
    try:
        with in_plain_words(engine):
            _migrate(engine)
    except JournalError:
        engine.dispose()
        raise
    return engine


def unmigrated(url: str) -> Engine:
    """An engine for `url`, whatever its database holds. Raises `ConfigError` for a URL that cannot be used."""
    address = _address(url)
    try:
        engine = create_engine(address, **_options(address))
    except ModuleNotFoundError as error:
        raise ConfigError(
            "PostgreSQL needs its driver: pip install 'pdp_bridge[postgres]'", key="database_url"
        ) from error
    if engine.dialect.name == "sqlite":
        _make_private(address.database)
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    return engine


def close(engine: Engine) -> None:
    """Close every connection, and let none be opened again."""
    engine.dispose()
    event.listen(engine, "do_connect", _refuse)


def _refuse(*_: object) -> None:
    raise JournalError("The journal was closed, and was asked for more. Nothing was done; please report it.")


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "The database URL cannot be read: write sqlite:////folder/journal.db or postgresql://user@host/name",
            key="database_url",
        ) from error
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ConfigError(
            f"{address.drivername} is not a database we can use: write sqlite:///… or postgresql://…",
            key="database_url",
        )
    return address


def libpq_url(url: str) -> str:
    """A URL of PostgreSQL as its own library reads it, password and all."""
    address = _address(url).set(drivername="postgresql")
    written = address.update_query_dict(_watchful(address)).render_as_string(hide_password=False)
    return written.replace("+", "%20")  # a space, to SQLAlchemy alone; a plus itself is written %2B


def _options(address: URL) -> dict[str, object]:
    if address.get_backend_name() == "sqlite":
        pool = {"pool_size": CONNECTIONS} if _is_file(address.database) else {}
        return {**pool, "connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
    return {"pool_pre_ping": True, "pool_size": CONNECTIONS, "connect_args": {**_watchful(address)}}


def _is_file(path: str | None) -> bool:
    return bool(path) and path != ":memory:" and not str(path).startswith("file:")


def _watchful(address: URL) -> dict[str, str]:
    """What every connection to PostgreSQL asks for; what the URL says of it counts, but for the last.

    A network that is cut is noticed by both ends within half a minute, not after hours: whoever waits for the other
    tries again, and what the other held locked is free. A commit that returned is on the server's disk, whatever the
    server's own setting is.
    """
    own = address.query.get("options", "")
    options = f"{SERVER_NOTICES} {own if isinstance(own, str) else ' '.join(own)} -c synchronous_commit=on"
    return {**{key: value for key, value in CLIENT_NOTICES.items() if key not in address.query}, "options": options}


def _make_private(path: str | None) -> None:
    """A new file for its owner only; SQLite gives the files beside it the same rights."""
    if path is None or not _is_file(path) or Path(path).exists():
        return
    with suppress(OSError):  # SQLite says what is wrong when it opens the file
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        for folder in Path(path).absolute().parents:
            sync_names(folder)


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see `_begin`
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            _switch_to_write_ahead_log(cursor)
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()  # nobody else does: the pool has not taken it yet
        raise


def _switch_to_write_ahead_log(cursor: DBAPICursor) -> None:
    """Once in a database's life. SQLite does not wait here for another process that does the same, so we do."""
    if cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        return
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: committed at the end, undone by any error. Raises `JournalError`."""
    with (
        in_plain_words(engine),
        turn(engine),
        engine.connect() as connection,
        connection.execution_options(writing=True).begin(),
    ):
        yield connection


def turn(engine: Engine) -> AbstractContextManager[object]:
    """Threads of one process queue here for SQLite's one writer, which would have them sleep and try again."""
    if engine.dialect.name != "sqlite":
        return nullcontext()
    return _TURNS.setdefault(engine, threading.RLock())


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One short transaction that only reads. Raises `JournalError`."""
    with in_plain_words(engine), engine.connect() as connection:
        yield connection


@contextmanager
def in_plain_words(engine: Engine) -> Iterator[None]:
    """Database errors as `JournalError`; a broken uniqueness stays what it is, for the caller to understand."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise JournalError(f"The journal {_name(engine)} cannot be used: {_advice(error.orig)}.") from error
    except sqlite3.Error as error:  # from the pragmas, before SQLAlchemy is there to wrap it
        raise JournalError(f"The journal {_name(engine)} cannot be used: {_advice(error)}.") from error


def _advice(error: BaseException | None) -> str:
    name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").split("_")[0]
    if name in _ADVICE:
        return _ADVICE[name].format(seconds=BUSY_TIMEOUT_MS // 1000)
    if getattr(error, "sqlstate", None) == _NO_RIGHT:
        return f"the database says “{str(error).splitlines()[0]}”. {_RIGHTS}"
    return f"the database says “{error}”. Check the database URL and that the server is running"


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _migrate(engine: Engine) -> None:
    with reading(engine) as connection:
        if revision(connection) == HEAD:
            return
    with writing(engine) as connection:
        bring_up_to_date(connection)


def bring_up_to_date(connection: Connection) -> None:
    """The tables of `HEAD`, inside the caller's transaction. Raises `JournalError` where they cannot be."""
    # Looked at behind the write lock: another process may just have migrated it.
    found = revision(connection)
    if found == HEAD:
        return
    if found in _UNUSED:
        moved_to = kept(connection, "moved_to") or "another database"
        raise JournalError(_UNUSED[found].format(name=_name(connection.engine), moved_to=moved_to))
    if found is None:
        _require_empty(connection)
    _upgrade(connection, found)


def kept(connection: Connection, name: str) -> str | None:
    """One value that is noted of the whole journal."""
    meta = metadata.tables["meta"].c
    return connection.scalar(select(meta.value).where(meta.firm == "", meta.name == name))


def mark(connection: Connection, state: str) -> None:
    """Write what `revision` is to say: `HEAD`, `MOVED` or `ARRIVING`."""
    version = table(VERSION_TABLE, column("version_num", String))
    connection.execute(update(version).values(version_num=state))


def revision(connection: Connection) -> str | None:
    """Which revision the tables are of, `MOVED` or `ARRIVING`; None when there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(column("version_num", String)).select_from(table(VERSION_TABLE)))


def _require_empty(connection: Connection) -> None:
    present = set(inspect(connection).get_table_names())
    foreign = present if connection.dialect.name == "sqlite" else present & set(metadata.tables)
    if foreign:
        raise JournalError(
            f"The database {_name(connection.engine)} holds tables that are not a journal of pdp_bridge "
            f"({', '.join(sorted(foreign)[:3])}). Nothing was changed; set another database URL."
        )


def _upgrade(connection: Connection, found: str | None) -> None:
    # Alembic takes a quarter of a second to import, and only a new or an old journal needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise JournalError(
            f"The journal {_name(connection.engine)} was written by a newer pdp_bridge (revision {found}, this one "
            f"knows {HEAD}). Nothing was changed; upgrade pdp_bridge: pip install --upgrade pdp_bridge."
        )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('pdp_bridge journal'))")
    command.upgrade(config, "head")
