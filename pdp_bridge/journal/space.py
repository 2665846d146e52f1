"""Space that a journal in a file does not use any more, given back to the disk.

SQLite keeps the pages of what was taken out for what comes; `VACUUM` writes the database anew without them, as one
transaction. PostgreSQL does it by itself: its vacuum makes the space free for new rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from pdp_bridge.errors import JournalError
from pdp_bridge.journal.database import in_plain_words, turn

WORTH = 20
"""One part in so many is free: less is not worth writing the database anew."""

COPIES = 2
"""While it is written anew there is a second one, and the log of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Bytes of the database file, before and after. `missing`: bytes of free disk that were lacking to shrink it.

    `problem`: why it could not be shrunk although there was room.
    """

    before: int
    after: int
    missing: int = 0
    problem: str = ""


def give_back(engine: Engine, *, lighter: bool) -> Space | None:
    """Shrink the database when that is worth it: it just became `lighter`, or much of it is unused. No row changes.

    None for a database that is no file of ours. What hinders it is told, not raised: nothing depends on it, and the
    next act tries again. Raises `JournalError` when the database cannot be looked at.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or not Path(path).is_file():
        return None
    with _bare(engine) as cursor:
        pages, unused, size = (_pragma(cursor, name) for name in ("page_count", "freelist_count", "page_size"))
        before = pages * size
        if not lighter and unused * WORTH < pages:
            return Space(before=before, after=before)
        missing = (pages - unused) * size * COPIES - shutil.disk_usage(Path(path).absolute().parent).free
        if missing > 0:
            return Space(before=before, after=before, missing=missing)
        try:
            with in_plain_words(engine):
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except JournalError as error:
            return Space(before=before, after=before, problem=str(error))
        return Space(before=before, after=_pragma(cursor, "page_count") * size)


@contextmanager
def _bare(engine: Engine) -> Iterator[Any]:
    """A cursor outside any transaction."""
    with in_plain_words(engine), turn(engine):
        connection = engine.raw_connection()
        try:
            yield connection.cursor()
        finally:
            connection.close()


def _pragma(cursor: Any, name: str) -> int:
    return int(cursor.execute(f"PRAGMA {name}").fetchone()[0])
