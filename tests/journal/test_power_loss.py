"""What is promised is on the disk before it is promised: read from the system calls of a real process."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from pdp_bridge.journal.store import SqlJournal

WORKER = """
import os, sys
from datetime import UTC, datetime, timedelta
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.ports import Lease
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

now = datetime(2026, 9, 1, tzinfo=UTC)
snapshot, document = sample_snapshot("1", "FA-1"), sample_document(sample_invoice("FA-1"))
with SqlJournal(sys.argv[1], clock=lambda: now) as journal:
    journal.pulled([snapshot], [])
    os.write(2, b"MARK intent begins")
    lease = Lease(at=now, until=now + timedelta(hours=1))
    journal.sending(snapshot.reference, document, sample_report(document), lease)
    os.write(2, b"MARK the request leaves")
    journal.sent("1", "p-1")
    os.write(2, b"MARK sent is told")
"""


def traced(tmp_path):
    """The calls of the worker that write, sync or open, in order; skipped where processes cannot be watched."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log, folder = tmp_path / "calls", tmp_path / "new" / "data"
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'journal.db'}"
    calls = "trace=write,pwrite64,writev,pwritev,fsync,fdatasync,openat,close"
    command = ["strace", "-f", "-y", "-e", calls, "-o", str(log), sys.executable, "-c", WORKER, url]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode and "ptrace" in result.stderr:
        pytest.skip("this machine does not let a process be watched")
    assert result.returncode == 0, result.stderr
    return log.read_text(errors="replace").splitlines(), folder


def between(calls, start, end):
    first = next(number for number, call in enumerate(calls) if start in call)
    return calls[first : next(number for number, call in enumerate(calls) if number > first and end in call)]


def of_log(call, *names):
    return re.search(rf" ({'|'.join(names)})\(\d+<[^>]*journal\.db-wal>", call) is not None


def test_a_commit_that_returned_is_on_the_disk(tmp_path):
    calls, folder = traced(tmp_path)
    for start, end in (("intent begins", "the request leaves"), ("the request leaves", "sent is told")):
        part = between(calls, start, end)
        written = [number for number, call in enumerate(part) if of_log(call, "pwrite64", "write")]
        synced = [number for number, call in enumerate(part) if of_log(call, "fdatasync", "fsync")]
        assert written, "nothing was written: nothing was proven"
        assert max(synced, default=-1) > max(written)
    before = between(calls, "execve" if "execve" in calls[0] else calls[0], "intent begins")
    for place in (folder, folder.parent):
        assert any(re.search(rf"(fsync|fdatasync)\(\d+<{re.escape(str(place))}>", call) for call in before), place


def test_every_connection_asks_for_it(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path / 'j.db'}", clock=lambda: datetime.now(UTC)) as journal:
        connections = [journal._engine.connect() for _ in range(3)]
        asked = [
            (one.exec_driver_sql("PRAGMA synchronous").scalar(), one.exec_driver_sql("PRAGMA journal_mode").scalar())
            for one in connections
        ]
        for one in connections:
            one.close()
    assert asked == [(2, "wal")] * 3  # 2: FULL


def test_what_had_not_returned_left_nothing(tmp_path):
    """The log is cut in the middle of the last transaction, as by a power failure: the one before stands."""
    folder, cut = tmp_path / "data", tmp_path / "cut"
    folder.mkdir()
    with SqlJournal(f"sqlite:///{folder / 'journal.db'}", clock=lambda: datetime(2026, 9, 1, tzinfo=UTC)) as journal:
        journal.set_cursor("one")
        size = (folder / "journal.db-wal").stat().st_size
        journal.set_cursor("two")
        assert (folder / "journal.db-wal").stat().st_size > size
        for lost in range(0, (folder / "journal.db-wal").stat().st_size - size, 512):
            shutil.rmtree(cut, ignore_errors=True)
            cut.mkdir()
            shutil.copy(folder / "journal.db", cut)
            wal = (folder / "journal.db-wal").read_bytes()
            (cut / "journal.db-wal").write_bytes(wal[: len(wal) - lost])
            connection = sqlite3.connect(cut / "journal.db")
            (told,) = connection.execute("SELECT value FROM meta WHERE name = 'cursor'").fetchone()
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            connection.close()
            assert told == ("one" if lost else "two")
