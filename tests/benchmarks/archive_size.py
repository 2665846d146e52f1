"""What archiving takes, and what it leaves in the journal: `python tests/benchmarks/archive_size.py --invoices 2000`.

The invoices went through the whole line before the sandbox servers; each is then approved, and its year over.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import batch
from sqlalchemy import select

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.archiving import archive
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.journal.verification import verify
from pdp_bridge.model.status import StatusEvent

LATER = datetime(2030, 1, 10, tzinfo=UTC)
MB = 1024**2


def silent(stage: str, done: int, total: int | None, what: str) -> None:
    """Nobody looks on."""


def approve(journal: SqlJournal) -> None:
    """Every deposit."""
    with journal.engine.connect() as connection:
        deposits = list(connection.scalars(select(t.submission.c.submission_id)))
    for each in deposits:
        journal.received([StatusEvent(status_id=f"a-{each}", submission_id=each, code="APPROVED", at=LATER)])


def main() -> None:
    """Fill, archive, tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--invoices", type=int, default=2000)
    count = options.parse_args().invoices
    with tempfile.TemporaryDirectory() as folder:
        batch.measured(count, 2, Path(folder))
        (path,) = Path(folder).rglob("journal.db")
        with SqlJournal(f"sqlite:///{path}", clock=lambda: LATER) as journal:
            approve(journal)
            wall, cpu = time.perf_counter(), time.process_time()
            done = archive(journal, LATER.year, LATER, silent)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            checked = time.perf_counter()
            sound = verify(journal).sound
            checked = time.perf_counter() - checked
        assert done.space is not None
        before, after = (each / MB for each in (done.space.before, done.space.after))
        sizes = ", ".join(f"{row['invoices']} invoices in {row['size'] / MB:.1f} MB" for row in done.files)
        print(f"journal {before:.1f} MB before, {after:.1f} after ({after * 1024 / count:.1f} kB an invoice); {sizes}")
        print(f"archived in {wall:.2f} s ({cpu:.2f} of CPU); verified in {checked:.2f} s, sound: {sound}")


if __name__ == "__main__":
    main()
