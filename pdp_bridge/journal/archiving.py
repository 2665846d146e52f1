"""Archiving settled years: the weight of an invoice goes into a read-only file, its identity stays in the journal.

The weight is what most bytes are: the documents, the snapshots, the exchanges. The rows stay for ever, with the SHA-256
of what was archived: a number is never free again, the chain of statuses and every count are untouched. The reports
stay too: they are a thirtieth of it, and every list of invoices shows them.

One file after the other: it is written under another name, synced, read back from the disk with every hash compared,
named, made read-only, recorded in the table `archive`; only then what it holds is taken out of the tables, a few rows a
transaction, each only when its bytes have the hash that lies in the file. Killed anywhere, everything is in the journal
or in a whole file, mostly in one of them; the next act goes on there. A file is never written to again.
"""

from __future__ import annotations

import errno
import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, tuple_, update

from pdp_bridge.durable import give_name, unnamed
from pdp_bridge.errors import ConfigError, JournalError
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.archive_checks import at_a_glance
from pdp_bridge.journal.archive_file import Holding, Piece, Weight, holders, pieces, verified, write
from pdp_bridge.journal.archived import digest, problem_of
from pdp_bridge.journal.database import reading, writing
from pdp_bridge.journal.reader import JournalReader
from pdp_bridge.journal.settled import issued, settled
from pdp_bridge.journal.space import Space, give_back
from pdp_bridge.ports import Watch

PAGE = 100
"""Invoices whose weight is in memory at a time."""

MOST = 50_000
"""Invoices in one file, so that the disk need not hold a whole year twice."""

_NAME = re.compile(r"(\d{4})-(\d{3,})-([0-9a-f]{8})\.sqlite")
"""Year of issue, number, and the beginning of its SHA-256, so that two files never share a name."""

_TABLES = {"document": (t.document, "content"), "snapshot": (t.snapshot, "payload"), "exchange": (t.exchange, "detail")}


@dataclass(slots=True, kw_only=True)
class Archived:
    """What an act did. `files`: rows of `archive` that were made, or gone on with."""

    files: list[Mapping[str, Any]] = field(default_factory=list)
    taken_out: int = 0  # pieces that left the journal
    kept: Mapping[str, int] = field(default_factory=dict)  # issued before, and not settled: how many, by state
    damaged: list[str] = field(default_factory=list)  # documents whose bytes are not those of their SHA-256: left alone
    strangers: list[str] = field(default_factory=list)  # files of the folder that are not of this journal, or damaged
    space: Space | None = None  # of a journal in a file


def archive(journal: JournalReader, before: int, now: datetime, watch: Watch) -> Archived:
    """Archive what was issued before that year and is settled, whoever's it is. To be called alone on the journal.

    Raises `ConfigError` for a year that is not over, `JournalError` when a file of before is not in the folder, or one
    cannot be written or read back: then nothing of what it was to hold has left the journal.
    """
    if not 1 < before <= now.year:
        raise ConfigError(f"Only years that are over are archived: --before {now.year} at the latest.")
    folder = journal.archives.folder
    at_a_glance(journal)  # no file is written where those of before are not: nobody would find them all
    with _in_plain_words(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in folder.glob(".*.sqlite.*"):  # of an act that was cut short
            leftover.unlink()
    act = _Act(journal, folder, now, watch)
    act.take_in_strays()
    act.go_on()
    for year in range(act.first_year(), before):
        act.year(year)
    act.result.kept = act.kept(before)
    act.result.space = give_back(journal.engine, lighter=act.result.taken_out > 0)
    return act.result


class _Act:
    """One run of the command."""

    def __init__(self, journal: JournalReader, folder: Path, now: datetime, watch: Watch) -> None:
        self._journal, self._engine = journal, journal.engine
        self._folder, self._now, self._watch = folder, now, watch
        self._done = 0
        self.result = Archived()

    # -- what an earlier act left ------------------------------------------------------------------------------

    def take_in_strays(self) -> None:
        """Whole files that the journal does not list: of an act killed at the last moment, or of before a restore."""
        listed = {row["name"] for row in self._journal.archives.listed()}
        for path in sorted(self._folder.glob("*.sqlite")):
            if _NAME.fullmatch(path.name) is None or path.name in listed:
                continue
            try:
                holding = verified(path)
                known = all(self._knows(found) for found in holders(path))
            except JournalError:
                known = False
            if known:
                self._record(path, holding)
            else:
                self.result.strangers.append(path.name)

    def _knows(self, found: list[tuple[str, str, str]]) -> bool:
        invoice = t.invoice.c
        query = select(invoice.source_id, invoice.firm, invoice.number).where(
            invoice.source_id.in_([source_id for source_id, _firm, _number in found])
        )
        with reading(self._engine) as connection:
            return {tuple(row) for row in connection.execute(query)} == set(found)

    def go_on(self) -> None:
        """Take out what lies in a file already."""
        for row in self._journal.archives.listed():
            if row["cleared_at"] is None:
                self._clear(row)

    # -- one year ----------------------------------------------------------------------------------------------

    def first_year(self) -> int:
        """Of the oldest invoice that has a day of issue."""
        query = select(func.min(t.invoice.c.issue_date)).where(t.invoice.c.issue_date > date.min)
        with reading(self._engine) as connection:
            oldest = connection.scalar(query)
        return oldest.year if oldest else self._now.year

    def year(self, year: int) -> None:
        """As many files as it takes."""
        weights = self._weights(year)
        while (first := next(weights, None)) is not None:
            stem = f"{year}-{self._next_number(year):03}"
            with _in_plain_words(self._folder / stem), unnamed(self._folder / f"{stem}.sqlite") as temporary:
                about = {"what": "archive of a journal of pdp_bridge", "format": "1", "year": str(year)}
                write(temporary, about | {"made_at": self._now.isoformat()}, chain([first], islice(weights, MOST - 1)))
                holding = verified(temporary)
                temporary.chmod(0o400)
                path = self._folder / f"{stem}-{digest(temporary)[:8]}.sqlite"
                give_name(temporary, path)
            self._clear(self._record(path, holding))

    def _next_number(self, year: int) -> int:
        names = [row["name"] for row in self._journal.archives.listed()]
        names += [path.name for path in self._folder.iterdir()]
        found = [_NAME.fullmatch(name) for name in names]
        return max((int(each[2]) for each in found if each and int(each[1]) == year), default=0) + 1

    def _weights(self, year: int) -> Iterator[Weight]:
        """What the settled invoices of a year weigh in the journal, by day of issue; those that weigh nothing not."""
        invoice = t.invoice.c
        place = (invoice.issue_date, invoice.source_id)
        columns = (invoice.source_id, invoice.firm, invoice.seller, invoice.number, invoice.issue_date)
        query = select(*columns).where(issued(date(year, 1, 1), date(year + 1, 1, 1)), settled())
        query = query.order_by(*place).limit(PAGE)
        after: tuple[date, str] | None = None
        while True:
            with reading(self._engine) as connection:
                further = query if after is None else query.where(tuple_(*place) > after)
                page = connection.execute(further).mappings().all()
                found = self._pieces(connection, [row["source_id"] for row in page])
            for row in page:
                if row["source_id"] in found:
                    yield Weight(**row, pieces=tuple(found[row["source_id"]]))
            if len(page) < PAGE:
                return
            after = (page[-1]["issue_date"], page[-1]["source_id"])

    def _pieces(self, connection: Connection, source_ids: list[str]) -> dict[str, list[tuple[Piece, bytes]]]:
        found: dict[str, list[tuple[Piece, bytes]]] = {}

        def add(source_id: str, kind: str, name: str, content: bytes) -> None:
            piece = Piece(source_id=source_id, kind=kind, name=name, sha256=_hash(content))
            found.setdefault(source_id, []).append((piece, content))

        of = _documents_of(connection, source_ids)
        wanted = {sha256 for hashes in of.values() for sha256 in hashes}
        heavy = select(t.document).where(t.document.c.sha256.in_(wanted), t.document.c.archive.is_(None))
        documents = {row.sha256: row for row in connection.execute(heavy)}
        for source_id, hashes in of.items():
            for row in (documents[each] for each in sorted(hashes & documents.keys())):
                if _hash(row.content) == row.sha256:
                    add(source_id, "document", row.media_type, row.content)
                else:
                    self.result.damaged.append(row.sha256)
        for kind, order in (("snapshot", t.snapshot.c.seen_at), ("exchange", t.exchange.c.id)):
            table, weight = _TABLES[kind]
            query = select(table).where(table.c.source_id.in_(source_ids), table.c.archive.is_(None)).order_by(order)
            for each in connection.execute(query).mappings():
                name = each["version"] if kind == "snapshot" else str(each["id"])
                add(each["source_id"], kind, name, each[weight].encode())
        return found

    # -- the journal gets lighter --------------------------------------------------------------------------------

    def _record(self, path: Path, holding: Holding) -> RowMapping:
        """From now on what the file holds may be found there."""
        values = {
            "name": path.name,
            "year": holding.year,
            "sha256": digest(path),
            "size": path.stat().st_size,
            "invoices": holding.invoices,
            "contents": holding.contents,
            "made_at": self._now,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(t.archive).values(**values))
            return connection.execute(select(t.archive).where(t.archive.c.name == path.name)).mappings().one()

    def _clear(self, row: RowMapping) -> None:
        """Take out what the file holds."""
        problem = problem_of(self._folder, row, fully=True)
        if problem is not None:
            raise JournalError(f"The archive file {problem}. Put it back from a copy: nothing more was taken out.")
        for some in pieces(self._folder / row["name"]):
            with writing(self._engine) as connection:
                for kind in _TABLES:
                    of_kind = [piece for piece in some if piece.kind == kind]
                    self.result.taken_out += _take_out(connection, kind, of_kind, row["id"])
            self._done += len({piece.source_id for piece in some})
            self._watch("archive", self._done, None, row["name"])
        with writing(self._engine) as connection:
            cleared = update(t.archive).where(t.archive.c.id == row["id"]).values(cleared_at=self._now)
            connection.execute(cleared)
        self.result.files.append(dict(row))

    def kept(self, before: int) -> dict[str, int]:
        """How many invoices of those years keep their weight in the journal, by state."""
        invoice = t.invoice.c
        old = issued(date.min, date(before, 1, 1))
        counted = select(invoice.state, func.count()).where(old).group_by(invoice.state)
        with reading(self._engine) as connection:
            states = {row[0]: row[1] for row in connection.execute(counted)}
            done = {row[0]: row[1] for row in connection.execute(counted.where(settled()))}
        left = {state: count - done.get(state, 0) for state, count in sorted(states.items())}
        return {state: count for state, count in left.items() if count}


def _documents_of(connection: Connection, source_ids: list[str]) -> dict[str, set[str]]:
    """Hashes of the documents of each invoice: those that were sent, or may have been."""
    found: dict[str, set[str]] = {}
    for table in (t.attempt, t.submission, t.invoice):
        query = select(table.c.source_id, table.c.sha256).where(table.c.source_id.in_(source_ids))
        for source_id, sha256 in connection.execute(query.where(table.c.sha256.is_not(None))):
            found.setdefault(source_id, set()).add(sha256)
    return found


def _take_out(connection: Connection, kind: str, some: list[Piece], archive_id: int) -> int:
    """Those of these pieces that lie in the journal with the bytes that lie in the file; how many."""
    table, weight = _TABLES[kind]
    keys = {_key(piece): piece.sha256 for piece in some}
    names = _key_columns(kind)
    first = table.c[names[0]]
    query = select(table).where(first.in_({key[0] for key in keys}), table.c.archive.is_(None)).with_for_update()
    leaving = []
    for row in connection.execute(query).mappings():
        key = tuple(row[name] for name in names)
        content = row[weight] if kind == "document" else row[weight].encode()
        if key in keys and _hash(content) == keys[key]:
            leaving.append({f"of_{name}": row[name] for name in names} | {"of_hash": keys[key]})
    if leaving:
        conditions = [table.c[name] == bindparam(f"of_{name}") for name in names]
        values: dict[str, Any] = {weight: None, "archive": archive_id, "sha256": bindparam("of_hash")}
        connection.execute(update(table).where(*conditions, table.c.archive.is_(None)).values(**values), leaving)
    return len(leaving)


def _key_columns(kind: str) -> tuple[str, ...]:
    return {"document": ("sha256",), "snapshot": ("source_id", "version"), "exchange": ("id",)}[kind]


def _key(piece: Piece) -> tuple[object, ...]:
    if piece.kind == "document":
        return (piece.sha256,)
    return (piece.source_id, piece.name) if piece.kind == "snapshot" else (int(piece.name),)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _in_plain_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(error, "errno", 0) == errno.ENOSPC
        what = "the disk is full: free some space, then run it again" if full else str(error)
        raise JournalError(
            f"The archive {path} cannot be written ({what}). Nothing of what it was to hold has left the journal."
        ) from error
