"""What was archived, found again: the one place that opens archive files, and gives nothing whose hash is another.

A row whose weight is archived names a row of the table `archive`, hence a file, and the SHA-256 of its bytes there.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, RowMapping, select

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading

Row = RowMapping | Mapping[str, Any]
"""One row by column name."""

FOLDER = "archive"
"""Beside a journal in SQLite, when the settings name no other folder."""


class Archives:
    """The archive files of one journal. Every method raises `JournalError` when it cannot answer."""

    def __init__(self, engine: Engine, folder: Path | None) -> None:
        """`folder`: where the files are; None: beside the journal, when that is a file."""
        self._engine = engine
        self._folder = folder or _beside(engine)
        self._names: dict[int, str] = {}

    @property
    def folder(self) -> Path:
        """Where the files are."""
        if self._folder is None:
            raise JournalError("Nothing says where the archive files are. Name their folder (PDP_BRIDGE_ARCHIVE).")
        return self._folder

    def listed(self) -> Sequence[RowMapping]:
        """The rows of the table `archive`, the oldest first."""
        with reading(self._engine) as connection:
            return connection.execute(select(t.archive).order_by(t.archive.c.id)).mappings().all()

    def content(self, archive: int, sha256: str) -> bytes:
        """The bytes of that hash."""
        return self.contents([(archive, sha256)])[sha256]

    def contents(self, wanted: Iterable[tuple[int, str]]) -> dict[str, bytes]:
        """The bytes of these hashes, each in its archive; a file is opened once."""
        by_archive: dict[int, list[str]] = {}
        for archive, sha256 in wanted:
            by_archive.setdefault(archive, []).append(sha256)
        return {
            sha256: content
            for archive, hashes in by_archive.items()
            for sha256, content in self._read(self._name(archive), hashes)
        }

    def whole(self, row: Row, weight: str) -> dict[str, Any]:
        """The row as it was before its weight was archived, without the columns that say where it lies."""
        return self.wholes([row], weight)[0]

    def wholes(self, rows: Sequence[Row], weight: str) -> list[dict[str, Any]]:
        """`whole`, of several rows of one table."""
        found = self.contents((row["archive"], row["sha256"]) for row in rows if row["archive"] is not None)
        return [_filled(row, weight, found) for row in rows]

    def _name(self, archive: int) -> str:
        if archive not in self._names:
            self._names |= {row["id"]: row["name"] for row in self.listed()}
        return self._names[archive]

    def _read(self, name: str, hashes: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        path = self.folder / name
        with opened(path) as file:
            for sha256 in hashes:
                row = file.execute("SELECT bytes FROM content WHERE sha256 = ?", (sha256,)).fetchone()
                if row is None or hashlib.sha256(row[0]).hexdigest() != sha256:
                    raise altered(path, f"it does not give {sha256[:12]}… as it was archived")
                yield sha256, row[0]


def _beside(engine: Engine) -> Path | None:
    path = engine.url.database
    return Path(path).parent / FOLDER if engine.dialect.name == "sqlite" and path else None


def _filled(row: Row, weight: str, found: Mapping[str, bytes]) -> dict[str, Any]:
    whole = {str(name): value for name, value in row.items() if name != "archive"}
    if row["archive"] is not None:
        content = found[row["sha256"]]
        whole[weight] = content if weight == "content" else content.decode()
    if weight != "content":
        del whole["sha256"]  # a document bears it always, the others only while they are archived
    return whole


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """An archive file, to read: nothing is locked, nothing is written beside it. Raises `JournalError`."""
    if not path.is_file():
        raise JournalError(
            f"The archive file {path} is not there: it holds invoices that the journal does not hold any more. Put it "
            "back from a copy, or name its folder (PDP_BRIDGE_ARCHIVE)."
        )
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise altered(path, str(error)) from error


def altered(path: Path, problem: str) -> JournalError:
    """The error of a file that is not what was written."""
    return JournalError(f"The archive file {path} is not what was written ({problem}). Put it back from a copy.")


def digest(path: Path) -> str:
    """SHA-256 of a file. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def problem_of(folder: Path, row: Row, *, fully: bool) -> str | None:
    """What is wrong with an archive file, by its row: it is there, has its size and, when `fully`, its bytes."""
    path = folder / row["name"]
    try:
        if path.stat().st_size != row["size"]:
            return f"{path} has {path.stat().st_size} bytes, not {row['size']}"
        if fully and digest(path) != row["sha256"]:
            return f"{path} is not what was written: its SHA-256 is another one"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    return None
