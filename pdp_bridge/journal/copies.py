"""Copies of the journal: taken while it is used, and put back in its place. SQLite only: PostgreSQL has its own tools.

A copy is complete or absent: it is written under another name, synced, opened and checked, then named. Putting one back
replaces the content of the database in one transaction, so that a process which has it open sees the old journal or the
restored one; the mark of what may have been forgotten (`doubting.py`) is part of it. The archive files that a copy
names lie in a folder beside it, which all copies of that folder share.
"""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from pdp_bridge.durable import give_name, unnamed
from pdp_bridge.errors import ConfigError, JournalError
from pdp_bridge.journal.archive_copies import ArchiveFile, carried
from pdp_bridge.journal.archived import FOLDER
from pdp_bridge.journal.doubting import NAME, read, widest, written
from pdp_bridge.journal.tables import HEAD, VERSION_TABLE
from pdp_bridge.ports import Doubt

_MAGIC = b"SQLite format 3\x00"
_TAKEN = "copied at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of a journal. `missing`: names of archive files that it needs, and that are nowhere."""

    path: Path
    taken_at: datetime  # UTC: what is in the journal is not later
    size: int  # bytes
    invoices: int
    archives: tuple[ArchiveFile, ...] = ()  # that it names
    missing: tuple[str, ...] = ()


def database_file(url: str, target: Path, *, restoring: bool = False) -> Path:
    """The file of a SQLite journal. Raises `ConfigError` for PostgreSQL, with the command that does it there."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        return Path(address.database)
    name = shlex.quote(address._replace(drivername="postgresql", password=None).render_as_string())
    command = (
        f"pg_restore --clean --if-exists --single-transaction --dbname={name} {shlex.quote(str(target))}, then "
        "pdp-bridge rebuild before any run: it finds what was sent since"
        if restoring
        else f"pg_dump --format=custom --file={shlex.quote(str(target))} {name}"
    )
    raise ConfigError(
        f"This journal is in PostgreSQL, which has its own tools: {command}. The files of archived years, if there are "
        "any (PDP_BRIDGE_ARCHIVE), are copied like any other.",
        key="database_url",
    )


def back_up(url: str, target: Path, now: datetime, archives: Path | None = None) -> Copy:
    """A copy of the journal at `target`, which may be an older copy and nothing else, and of its archive files.

    `archives`: the folder where they are, by default the one beside the journal; their copies are beside the copy.
    Raises `ConfigError` for a target that cannot be used, `JournalError` when the copy is not sound.
    """
    source = database_file(url, target)
    if not source.is_file():
        raise JournalError(f"There is no journal {source} yet: nothing was copied.")
    _require_free(source, target)
    with _beside(target) as temporary:
        with _in_plain_words(source), _opened(source) as journal, _made(temporary) as copy:
            journal.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
            copy.execute("INSERT OR REPLACE INTO meta VALUES ('', ?, ?)", (_TAKEN, now.isoformat()))
        found = inspected(temporary)
        missing = carried(found.archives, archives or source.parent / FOLDER, target.parent / FOLDER)
        give_name(temporary, target)
    return replace(found, path=target, missing=missing)


def inspected(path: Path) -> Copy:
    """What a copy holds. Raises `JournalError` when it is not a sound copy of a journal of this version."""
    with _in_plain_words(path), _opened(path) as copy:
        problems = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
        problems += [f"{row[0]} {row[1]}" for row in copy.execute("PRAGMA foreign_key_check")]
        if problems:
            raise JournalError(f"{path} is damaged ({problems[0]}): nothing was changed; take another copy.")
        revision = copy.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - our own constant
        if revision != (HEAD,):
            raise JournalError(
                f"{path} was written by another version of pdp_bridge ({revision}): nothing was changed."
            )
        (invoices,) = copy.execute("SELECT count(*) FROM invoice").fetchone()
        taken = copy.execute("SELECT value FROM meta WHERE name = ?", (_TAKEN,)).fetchone()
        latest = copy.execute("SELECT max(at) FROM transition").fetchone()
        files = copy.execute("SELECT name, size, sha256 FROM archive ORDER BY id").fetchall()
    at = datetime.fromisoformat(taken[0]) if taken else _instant(latest[0])
    archives = tuple(ArchiveFile(name=name, size=size, sha256=sha256) for name, size, sha256 in files)
    return Copy(path=path, taken_at=at, size=path.stat().st_size, invoices=invoices, archives=archives)


def _instant(text: str | None) -> datetime:
    """When a journal that was copied otherwise was used last, as far as it says."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else datetime(2000, 1, 1, tzinfo=UTC)


def put_back(url: str, copy: Path, now: datetime, archives: Path | None = None) -> tuple[Copy, Path | None]:
    """The journal becomes what the copy holds; returns what that was, and where the present journal is kept.

    Of the archive files those that are not in their folder any more are taken from beside the copy. Whoever calls
    holds the lock of the data folder. Raises `ConfigError`, or `JournalError` when the copy is not usable.
    """
    target = database_file(url, copy, restoring=True)
    if target.exists() and target.samefile(copy):
        raise ConfigError(f"{copy} is the journal itself: name a copy of it.")
    found = inspected(copy)
    with _beside(target) as temporary:
        with _in_plain_words(copy), _opened(copy) as kept, _made(temporary) as marked:
            kept.backup(marked)
            marked.execute("PRAGMA journal_mode = DELETE")
            _mark(marked, Doubt(since=found.taken_at, until=now))
        _same_journal(target, temporary)
        missing = carried(found.archives, copy.parent / FOLDER, archives or target.parent / FOLDER)
        aside = _kept_aside(target, now)
        if target.exists():
            with _in_plain_words(target), _opened(temporary) as marked, _made(target) as journal:
                journal.execute("PRAGMA synchronous = FULL")
                marked.backup(journal)
        else:
            give_name(temporary, target)
    return replace(found, missing=missing), aside


def _mark(journal: sqlite3.Connection, mark: Doubt) -> None:
    earlier = [read(row[0]) for row in journal.execute("SELECT value FROM meta WHERE firm = '' AND name = ?", (NAME,))]
    whole = widest([*earlier, mark]) or mark
    journal.execute("INSERT OR REPLACE INTO meta VALUES ('', ?, ?)", (NAME, written(whole)))


def _same_journal(target: Path, copy: Path) -> None:
    """Test and production are never mixed. Raises `JournalError`."""
    query = "SELECT value FROM meta WHERE firm = '' AND name = 'environment'"
    found = []
    for path in (target, copy):
        with suppress(sqlite3.Error), _opened(path) as journal:
            found += journal.execute(query).fetchall()
    if len(set(found)) > 1:
        raise JournalError(
            f"The copy belongs to {found[1][0]}, the present journal to {found[0][0]}: nothing was changed. Name "
            "another copy, or another data folder (PDP_BRIDGE_DATA)."
        )


def _kept_aside(target: Path, now: datetime) -> Path | None:
    """The present journal under a dated name: a copy where it can be read, else its files, moved."""
    if not target.exists():
        return None
    aside = _free_name(target, now)
    try:
        with _opened(target) as journal, _beside(aside) as temporary:
            with _made(temporary) as copy:
                journal.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                sound = copy.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            if sound:
                give_name(temporary, aside)
                return aside
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise JournalError(
                f"The journal {target} is in use: nothing was changed. Stop the other process."
            ) from error
    for suffix in ("", "-wal", "-shm"):
        part = target.with_name(target.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _free_name(target: Path, now: datetime) -> Path:
    stem = f"{target.stem}-before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    names = (target.with_name(f"{stem}{f'-{place}' if place else ''}{target.suffix}") for place in range(10_000))
    return next(name for name in names if not name.exists())


# -- files -----------------------------------------------------------------------------------------------------------


def _require_free(source: Path, target: Path) -> None:
    """The target is new, or an older copy. Raises `ConfigError`."""
    if not target.parent.is_dir():
        raise ConfigError(f"There is no folder {target.parent}: make it first, or name another one.")
    beside = {source.with_name(source.name + suffix).resolve() for suffix in ("", "-wal", "-shm")}
    if target.resolve() in beside:
        raise ConfigError(f"{target} is the journal itself: name another file.")
    if not target.exists():
        return
    with target.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ConfigError(f"{target} is there already and is no copy of a journal: nothing was written.")
    inspected(target)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """To read."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None)) as connection:
        yield connection


@contextmanager
def _made(path: Path) -> Iterator[sqlite3.Connection]:
    """To write."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        yield connection


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A file beside the target, to be named when it is whole; what SQLite laid beside it is gone in the end."""
    with unnamed(target) as temporary:
        try:
            yield temporary
        finally:
            for suffix in ("-journal", "-wal", "-shm"):
                temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)


@contextmanager
def _in_plain_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise JournalError(f"{path} cannot be used as a journal ({error}): nothing was changed.") from error
