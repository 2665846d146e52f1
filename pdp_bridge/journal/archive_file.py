"""An archive file: a SQLite database of its own, written once, that anybody can read without this program.

`content` holds bytes, named by their SHA-256; `invoice` and `piece` say whose they are: the documents made for sending,
the snapshots of the record at the source, the exchanges with the platform. `about` says what the file is.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pdp_bridge.journal.archived import altered, opened

PIECES = 200
"""Given at a time."""

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE invoice (
    source_id TEXT PRIMARY KEY, firm TEXT NOT NULL, seller TEXT, number TEXT NOT NULL, issue_date TEXT NOT NULL
);
CREATE INDEX ix_invoice_number ON invoice (number);
CREATE TABLE content (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE piece (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES invoice,
    kind TEXT NOT NULL,  -- document, snapshot or exchange
    name TEXT NOT NULL,  -- of a document its media type, of a snapshot its version, of an exchange its number
    sha256 TEXT NOT NULL REFERENCES content
);
CREATE INDEX ix_piece_source_id ON piece (source_id);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something of one invoice that is archived, by the hash of its bytes."""

    source_id: str
    kind: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What one invoice weighs: its pieces, each with its bytes."""

    source_id: str
    firm: str
    seller: str | None
    number: str
    issue_date: date
    pieces: tuple[tuple[Piece, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a file holds, counted while all of it was read."""

    year: int
    invoices: int
    contents: int


def write(path: Path, about: Mapping[str, str], weights: Iterable[Weight]) -> None:
    """Fill an empty file. Raises `sqlite3.Error`, e.g. when the disk is full: then it is to be thrown away."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = OFF")  # nobody sees it before it is whole
        file.execute("PRAGMA synchronous = OFF")  # and it is synced before it is read back
        file.executescript(_TABLES)
        file.execute("BEGIN")
        file.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        for weight in weights:
            _add(file, weight)
        file.execute("COMMIT")


def _add(file: sqlite3.Connection, weight: Weight) -> None:
    invoice = (weight.source_id, weight.firm, weight.seller, weight.number, weight.issue_date.isoformat())
    file.execute("INSERT INTO invoice VALUES (?, ?, ?, ?, ?)", invoice)
    for piece, content in weight.pieces:
        file.execute("INSERT OR IGNORE INTO content VALUES (?, ?)", (piece.sha256, content))
        values = (piece.source_id, piece.kind, piece.name, piece.sha256)
        file.execute("INSERT INTO piece (source_id, kind, name, sha256) VALUES (?, ?, ?, ?)", values)


def verified(path: Path) -> Holding:
    """Read all of it again, from the disk: every content has its hash, every piece its content.

    Raises `JournalError` when it is not so.
    """
    _forget(path)
    with opened(path) as file:
        for (problem,) in file.execute("PRAGMA integrity_check"):
            if problem != "ok":
                raise altered(path, problem)
        contents = 0
        for sha256, content in file.execute("SELECT sha256, bytes FROM content ORDER BY rowid"):
            if hashlib.sha256(content).hexdigest() != sha256:
                raise altered(path, f"{sha256[:12]}… has other bytes")
            contents += 1
        for (sha256,) in file.execute("SELECT sha256 FROM piece EXCEPT SELECT sha256 FROM content"):
            raise altered(path, f"{sha256[:12]}… is missing")
        (invoices,) = file.execute("SELECT count(*) FROM invoice").fetchone()
        (year,) = file.execute("SELECT value FROM about WHERE name = 'year'").fetchone()
    return Holding(year=int(year), invoices=invoices, contents=contents)


def _forget(path: Path) -> None:
    """The file's bytes are on the disk, and its pages no longer in memory where the system can forget them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def pieces(path: Path) -> Iterator[list[Piece]]:
    """What the file holds, a few at a time, in the order of writing. Raises `JournalError`."""
    query = "SELECT source_id, kind, name, sha256 FROM piece ORDER BY id"
    with opened(path) as file:
        rows = file.execute(query)
        while found := rows.fetchmany(PIECES):
            yield [Piece(source_id=row[0], kind=row[1], name=row[2], sha256=row[3]) for row in found]


def holders(path: Path) -> Iterator[list[tuple[str, str, str]]]:
    """Source id, firm and number of the invoices of the file, a few at a time. Raises `JournalError`."""
    with opened(path) as file:
        rows: Any = file.execute("SELECT source_id, firm, number FROM invoice")
        while found := rows.fetchmany(PIECES):
            yield found
