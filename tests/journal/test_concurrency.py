"""Two processes on one journal: each invoice is claimed by exactly one of them."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge.errors import JournalError
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.ports import Lease, State
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

INVOICES = 50
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")


def clock() -> datetime:
    return NOW


@pytest.fixture
def url(database) -> str:
    return database


def claim_all(url, start, prefix, won) -> None:
    """Claim every invoice; `prefix` chooses the source record of each number."""
    with SqlJournal(url, clock=clock) as journal:
        start.wait()
        claimed = []
        for number in range(INVOICES):
            document = sample_document(sample_invoice(f"FA-{number}"))
            snapshot = sample_snapshot(f"{prefix}{number}", f"FA-{number}")
            lease = Lease(at=NOW, until=NOW + timedelta(seconds=60))
            if journal.sending(snapshot.reference, document, sample_report(document), lease):
                claimed.append(number)
        won.put(claimed)


def open_new(url, start, won) -> None:
    start.wait()
    try:
        with SqlJournal(url, clock=clock) as journal:
            journal.set_cursor("here")
            won.put(journal.cursor())
    except JournalError as error:
        won.put(str(error))


def in_two_processes(target, *arguments) -> list:
    start, won = SPAWN.Barrier(2), SPAWN.Queue()
    processes = [
        SPAWN.Process(target=target, args=(arguments[0], start, *extra, won)) for extra in (arguments[1:] or ((), ()))
    ]
    for process in processes:
        process.start()
    results = [won.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    return results


@pytest.mark.parametrize("prefixes", [("a", "a"), ("a", "b")], ids=["one record", "two records of one number"])
def test_each_number_is_claimed_once(url, prefixes):
    with SqlJournal(url, clock=clock) as journal:
        for prefix in set(prefixes):
            journal.pulled([sample_snapshot(f"{prefix}{n}", f"FA-{n}") for n in range(INVOICES)], [])
        one, other = in_two_processes(claim_all, url, (prefixes[0],), (prefixes[1],))
        assert sorted(one + other) == list(range(INVOICES))
        sending = [entry for entry in journal.entries() if entry.state is State.SENDING]
        assert sorted(entry.number for entry in sending) == sorted(f"FA-{n}" for n in range(INVOICES))
        assert all(entry.attempt == 1 for entry in sending)


def test_a_new_journal_is_made_once(url):
    assert in_two_processes(open_new, url) == ["here", "here"]
