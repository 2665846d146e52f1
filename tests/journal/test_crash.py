"""A process killed at the worst moment leaves what the next one needs."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge.journal.lock import Lock
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.ports import State
from pdp_bridge.testing import MemoryPlatform, sample_document, sample_invoice

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)

DIES_WHILE_SENDING = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.ports import Lease
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

now = datetime(2026, 9, 1, 8, tzinfo=UTC)
journal = SqlJournal(sys.argv[1], clock=lambda: now)
snapshot, document = sample_snapshot("1", "FA-1"), sample_document(sample_invoice("FA-1"))
journal.pulled([snapshot], [])
lease = Lease(at=now, until=now + timedelta(seconds=60))
assert journal.sending(snapshot.reference, document, sample_report(document), lease)
os.kill(os.getpid(), signal.SIGKILL)
"""

DIES_INSIDE_A_TRANSACTION = """
import os, signal, sys
from datetime import UTC, datetime
from pdp_bridge.journal import statements
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.testing import sample_snapshot

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

journal = SqlJournal(sys.argv[1], clock=lambda: datetime(2026, 9, 1, 8, tzinfo=UTC))
journal.pulled([sample_snapshot("1", "FA-1")], [])
statements.note = die
journal.pulled([sample_snapshot("2", "FA-2")], [])
"""

DIES_WITH_THE_LOCK = """
import os, signal, sys
from pathlib import Path
from pdp_bridge.journal.lock import Lock

Lock(Path(sys.argv[1])).acquire()
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(script: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture
def url(journal_url):
    return journal_url


def test_killed_between_intent_and_answer(url):
    killed(DIES_WHILE_SENDING, url)
    document = sample_document(sample_invoice("FA-1"))
    with SqlJournal(url, clock=lambda: NOW) as journal:
        (entry,) = journal.in_doubt()
        assert (entry.state, entry.attempt, entry.sha256) == (State.SENDING, 1, document.sha256)
        assert entry.lease_until == NOW + timedelta(seconds=60)
        assert journal.document(entry.sha256) == document.content
        assert entry.report is not None
        assert entry.report.sendable
        assert list(journal.due(NOW + timedelta(days=9))) == []


def test_what_was_lost_is_found_by_its_bytes(url):
    killed(DIES_WHILE_SENDING, url)
    platform = MemoryPlatform(clock=lambda: NOW)
    arrived = platform.send(sample_document(sample_invoice("FA-1")))
    with SqlJournal(url, clock=lambda: NOW) as journal:
        (entry,) = journal.in_doubt()
        found = platform.find(sample_document(sample_invoice("FA-1")), entry.sending_at)
        assert found == arrived
        journal.sent(entry.source_id, found)
        journal.received(platform.new_events())
        assert journal.entry("FA-1").summary.lifecycle_status == "ISSUED"
        assert [attempt.outcome for attempt in journal.attempts("1")] == ["sent"]
    assert len(platform.deposits) == 1


def test_killed_inside_a_transaction(url):
    killed(DIES_INSIDE_A_TRANSACTION, url)
    with SqlJournal(url, clock=lambda: NOW) as journal:
        assert [entry.number for entry in journal.entries()] == ["FA-1"]


def test_the_lock_dies_with_its_holder(tmp_path):
    killed(DIES_WITH_THE_LOCK, str(tmp_path / "run.lock"))
    with Lock(tmp_path / "run.lock").acquire():
        pass
