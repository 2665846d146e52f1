"""Whether the archive files of a journal hold what it names there: what `verify` looks at, and `doctor` at a glance."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.archived import opened, problem_of
from pdp_bridge.journal.database import reading
from pdp_bridge.journal.dossier import dossier
from pdp_bridge.journal.reader import JournalReader
from pdp_bridge.ports import Watch

PAGE = 5000
"""Rows of the journal, looked at in one go."""

_MEND = "Put the file back from a copy, or name its folder (PDP_BRIDGE_ARCHIVE)."


def at_a_glance(journal: JournalReader) -> str | None:
    """Each file is there and has its size; None when nothing is archived. Raises `JournalError` for one that is not."""
    rows = journal.archives.listed()
    for row in rows:
        problem = problem_of(journal.archives.folder, row, fully=False)
        if problem is not None:
            raise JournalError(f"Archived invoices cannot be read: {problem}. {_MEND}")
    if not rows:
        return None
    size = sum(row["size"] for row in rows) / 1024**2
    return f"{len(rows)} files, {size:.1f} MB, in {journal.archives.folder}"


def faults(journal: JournalReader, watch: Watch) -> Iterator[tuple[str, str]]:
    """Name of a file, and what is wrong: its bytes, or something that the journal names in it and is not there."""
    rows = journal.archives.listed()
    for done, row in enumerate(rows, start=1):
        problem = problem_of(journal.archives.folder, row, fully=True)
        if problem is not None:
            yield row["name"], problem
        else:
            yield from _missing(journal, row["id"], row["name"])
        watch("archive", done, len(rows), row["name"])


def _missing(journal: JournalReader, archive_id: int, name: str) -> Iterator[tuple[str, str]]:
    try:
        with opened(journal.archives.folder / name) as file:
            there = {sha256 for (sha256,) in file.execute("SELECT sha256 FROM content")}
    except JournalError as error:
        yield name, str(error)
        return
    for table in (t.document, t.snapshot, t.exchange):
        query = select(table.c.sha256).where(table.c.archive == archive_id)
        with reading(journal.engine) as connection:
            for page in connection.execute(query, execution_options={"yield_per": PAGE}).scalars().partitions():
                for sha256 in page:
                    if sha256 not in there:
                        yield name, f"a {table.name} that the journal names is not in it: {sha256}"


def faults_of(journal: JournalReader, source_id: str) -> Iterator[tuple[str, str]]:
    """The same of what is archived of one invoice, all of which is read."""
    try:
        dossier(journal, source_id)
    except JournalError as error:
        yield source_id, str(error)
