"""Carrying a journal over to another database: all of it, or nothing, and never two that count.

Three commits. The copy is one transaction of the new database, which is marked as not whole yet; then the old journal,
locked against writing since the copy began, is marked as moved; then the new one is released. Whenever the move dies,
exactly one of them can be opened, or none and the same move ends what it began; the old one counts until it is marked.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.chain import breaks
from pdp_bridge.journal.database import (
    ARRIVING,
    MOVED,
    bring_up_to_date,
    engine_for,
    in_plain_words,
    kept,
    mark,
    reading,
    revision,
    unmigrated,
    writing,
)
from pdp_bridge.journal.place import NAME as PLACE
from pdp_bridge.journal.statements import add

MOVING, MOVED_TO = "moving", "moved_to"
"""Names in `meta`: the token of a move that has begun, and where the journal is now."""

ROWS, DOCUMENTS = 500, 20
"""Rows, and rows with a document's bytes, that are in memory at a time."""

Told = Callable[[str, int, int | None, str], None]
"""Progress: stage, how many rows, of how many, and the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What is in the new database now. `rows`: how many, by table; `address`: where, without a password."""

    rows: Mapping[str, int]
    address: str


@dataclass(frozen=True, slots=True)
class _Digest:
    """Of the rows of a table, whatever their order: how many, and the sum of their hashes."""

    rows: int = 0
    total: int = 0

    def with_rows(self, rows: list[dict[str, Any]]) -> _Digest:
        hashes = (sha256(repr(sorted(row.items())).encode()).digest() for row in rows)
        total = self.total + sum(int.from_bytes(each) for each in hashes)
        return _Digest(self.rows + len(rows), total % (1 << 256))


def move(old_url: str, new_url: str, told: Told) -> Moved:
    """Carry the journal at `old_url` over to the empty database at `new_url`; the old one is kept, and refuses work.

    To be called under the lock of the old journal. Every row is compared afterwards, and the chain of statuses
    followed. Raises `JournalError` when the new database is not empty, or anything differs: then nothing was moved.
    """
    with closing(_Ends(old_url, new_url)) as ends:
        _require_two(ends.old, ends.new)
        if not ends.is_moved():
            _carry(ends, told)
        return ends.released()


class _Ends:
    """The two databases."""

    def __init__(self, old_url: str, new_url: str) -> None:
        self.new = unmigrated(new_url)
        self.old = unmigrated(old_url)
        self.address = self.new.url.render_as_string(hide_password=True)

    def close(self) -> None:
        self.old.dispose()
        self.new.dispose()

    def is_moved(self) -> bool:
        """The old journal is marked, and the copy only waits for its release. Raises `JournalError` for another one."""
        with reading(self.old) as old, reading(self.new) as new:
            if revision(old) != MOVED:
                return False
            if revision(new) == ARRIVING and kept(new, MOVING) == kept(old, MOVING):
                return True
            raise JournalError(
                f"This journal was moved to {kept(old, MOVED_TO)} before. Nothing was moved; set the database URL to "
                "where it is now."
            )

    def released(self) -> Moved:
        """The new journal may be opened."""
        with writing(self.new) as new:
            meta = t.meta.c
            new.execute(delete(t.meta).where(meta.firm == "", meta.name.in_([MOVING, PLACE])))
            mark(new, t.HEAD)
            tables = t.metadata.sorted_tables
            rows = {table.name: new.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
        return Moved(rows=rows, address=self.address)


def _require_two(old: Engine, new: Engine) -> None:
    if old.url == new.url:
        raise JournalError("The journal is there already. Nothing was moved; name another database.")


def _carry(ends: _Ends, told: Told) -> None:
    engine_for(ends.old.url.render_as_string(hide_password=False)).dispose()  # of an older program: migrated first
    with writing(ends.old) as old:
        add(old, t.meta, {"firm": "", "name": MOVING, "value": secrets.token_hex(16)})
    with in_plain_words(ends.old), writing(ends.old) as old:
        _lock(old)
        with writing(ends.new) as new:
            _make_room(new, kept(old, MOVING) or "")
            _copy(old, new, told)
            _number_on(new)
            mark(new, ARRIVING)
        add(old, t.meta, {"firm": "", "name": MOVED_TO, "value": ends.address})
        mark(old, MOVED)
        _close(old)


def _lock(connection: Connection) -> None:
    """Nobody else writes until the end; on SQLite nobody does from the transaction's first statement on."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in t.metadata.sorted_tables)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _make_room(new: Connection, token: str) -> None:
    """Empty tables. What a move of the very same journal left before it died is taken away."""
    if revision(new) == ARRIVING and kept(new, MOVING) == token:
        _lock(new)
        for table in reversed(t.metadata.sorted_tables):
            new.execute(delete(table))
        return
    bring_up_to_date(new)
    _lock(new)
    for table in t.metadata.sorted_tables:
        if new.execute(select(table).limit(1)).first() is not None:
            raise JournalError(
                f"The database {new.engine.url.render_as_string(hide_password=True)} holds a journal already (table "
                f"{table.name}). Nothing was moved; name an empty database, for two journals are never mixed."
            )


def _copy(old: Connection, new: Connection, told: Told) -> None:
    for table in t.metadata.sorted_tables:
        there = _Digest()
        total = old.scalar(select(func.count()).select_from(table)) or 0
        for rows in _batches(old, table):
            new.execute(insert(table), rows)
            there = there.with_rows(rows)
            told("move", there.rows, total, table.name)
        arrived = _Digest()
        for rows in _batches(new, table):
            arrived = arrived.with_rows(rows)
        if arrived != there or there.rows != total:
            raise JournalError(
                f"The table {table.name} does not read the same in the new database ({arrived.rows} rows of {total}). "
                "Nothing was moved; the old journal is as it was."
            )
    for found in list(breaks(row for rows in _batches(new, t.status_event, t.status_event.c.seq) for row in rows)):
        raise JournalError(
            f"The chain of statuses does not hold at record {found.seq}: {found.problem}. Nothing was moved; the old "
            "journal is as it was, look at it with pdp-bridge verify."
        )


def _batches(connection: Connection, table: Table, order: Any = None) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table, a few at a time."""
    size = DOCUMENTS if table is t.document else ROWS
    with connection.execute(select(table).order_by(order), execution_options={"yield_per": size}) as result:
        for page in result.mappings().partitions():
            yield [dict(row) for row in page]


def _number_on(new: Connection) -> None:
    """PostgreSQL numbers the next row after the last one; SQLite does by itself."""
    if new.dialect.name != "postgresql":
        return
    for table in t.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = new.scalar(select(func.max(column)))
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            new.execute(select(func.setval(sequence, last or 1, last is not None)))


def _close(old: Connection) -> None:
    """Programs that have the old journal open cannot write to it any more: what they would record would be lost."""
    words = "this journal was moved: restart what still has it open"
    if old.dialect.name == "postgresql":
        old.execute(
            text(
                "CREATE FUNCTION pdp_bridge_moved() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
            )
        )
    for table in t.metadata.sorted_tables:
        if old.dialect.name == "postgresql":
            what = "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE"
            old.execute(text(f"CREATE TRIGGER moved {what} ON {table.name} EXECUTE FUNCTION pdp_bridge_moved()"))
            continue
        for what in ("INSERT", "UPDATE", "DELETE"):
            name = f"moved_{table.name}_{what.lower()}"
            old.execute(
                text(f"CREATE TRIGGER {name} BEFORE {what} ON {table.name} BEGIN SELECT RAISE(ABORT, '{words}'); END")
            )
