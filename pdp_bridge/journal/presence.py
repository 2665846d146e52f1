"""Who works on a journal in PostgreSQL: one alone, or many together, on whatever machine.

Advisory locks of a session: they end with the connection that holds them, however it ends. Nobody is let in before
somebody who waits to be alone. On SQLite it is `lock.py`, for one machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from pdp_bridge.errors import Busy
from pdp_bridge.journal.database import in_plain_words, unmigrated

_KEY = "hashtextextended(current_schema() || '/pdp_bridge work', 0)"
_UNAVAILABLE = "55P03"  # lock_not_available


def is_shared(url: str) -> bool:
    """Whether several machines can work on the journal at `url`."""
    return url.startswith("postgres")


@contextmanager
def alone(url: str, wait_seconds: float) -> Iterator[None]:
    """Nobody else works on the journal meanwhile. Raises `Busy`, or `JournalError` when the database cannot be used."""
    engine = unmigrated(url)
    try:
        with in_plain_words(engine):
            connection = _connected(engine)
        try:
            with in_plain_words(engine):
                _take(connection, wait_seconds)
            yield
        finally:
            _leave(connection)
    finally:
        engine.dispose()


@contextmanager
def together(engine: Engine) -> Iterator[bool]:
    """Many may work at once; False, and nobody may, while somebody works alone or waits to."""
    with in_plain_words(engine):
        connection = _connected(engine)
    try:
        with in_plain_words(engine):
            let_in = bool(connection.scalar(text(f"SELECT pg_try_advisory_lock_shared({_KEY})")))
        try:
            yield let_in
        finally:
            if let_in:
                with suppress(DBAPIError):  # a broken connection holds nothing
                    connection.execute(text(f"SELECT pg_advisory_unlock_shared({_KEY})"))
    finally:
        connection.close()


def skew_seconds(engine: Engine, now: float) -> float:
    """How far `now`, a Unix time, is from the database's clock."""
    with in_plain_words(engine), engine.connect() as connection:
        there = connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())::double precision"))
    return abs(now - (there or 0.0))


def _connected(engine: Engine) -> Connection:
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _take(connection: Connection, wait_seconds: float) -> None:
    connection.execute(text(f"SET lock_timeout = {max(1, int(wait_seconds * 1000))}"))
    try:
        connection.execute(text(f"SELECT pg_advisory_lock({_KEY})"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _UNAVAILABLE:
            raise
        raise Busy(
            "Other pdp_bridge processes are at work on this journal, on this machine or another. Nothing was done; "
            "wait until they have ended, then run the command again."
        ) from error


def _leave(connection: Connection) -> None:
    """The session ends, and its lock with it."""
    connection.invalidate()
    connection.close()
