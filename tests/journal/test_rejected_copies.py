"""What a callback told of a second copy is looked into by the next synchronisation, once."""

from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge import lifecycle
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.status import ANNOUNCEMENT, Outcome, StatusEvent, summary
from pdp_bridge.ports import Lease
from pdp_bridge.testing import (
    MemoryJournal,
    MemoryPlatform,
    sample_document,
    sample_invoice,
    sample_report,
    sample_snapshot,
)

NOW = datetime(2026, 10, 7, 10, tzinfo=UTC)


@pytest.fixture(params=["sql", "memory"])
def journal(request, tmp_path):
    if request.param == "memory":
        yield MemoryJournal(clock=lambda: NOW)
        return
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as opened:
        yield opened


def event(status_id, code, reason=None, *, deposit="p-1", at=NOW, destination="OPERATOR"):
    return StatusEvent(
        status_id=status_id, submission_id=deposit, code=code, at=at, reason=reason, destination=destination
    )


def deposited(journal, submission_id="p-1"):
    document, snapshot = sample_document(sample_invoice("FA-1")), sample_snapshot("1", "FA-1")
    journal.pulled([snapshot], [])
    lease = Lease(at=NOW, until=NOW + timedelta(seconds=60))
    assert journal.sending(snapshot.reference, document, sample_report(document), lease)
    journal.sent("1", submission_id)
    return document


def numbers(journal):
    return [entry.number for entry in journal.rejected_copies()]


def test_only_a_copy_that_nobody_looked_into_is_told(journal):
    deposited(journal)
    assert numbers(journal) == []
    journal.received([event("s1", "REJECTED", "DUPLICATED_INVOICE")], "webhook")
    assert numbers(journal) == ["FA-1"]
    journal.history_read("p-1", NOW - timedelta(seconds=1))
    assert numbers(journal) == ["FA-1"]
    journal.history_read("p-1", NOW)
    assert numbers(journal) == []


@pytest.mark.parametrize("reason", ["VALIDATION_FAILURE", None])
def test_another_rejection_is_the_invoices_own(journal, reason):
    deposited(journal)
    journal.received([event("s1", "REJECTED", reason)], "webhook")
    assert numbers(journal) == []


class Searched(MemoryPlatform):
    """A platform that holds the first copy under `first`; its feed is empty, as with a webhook."""

    first = None
    searches = 0

    def find(self, *_):
        self.searches += 1
        return self.first

    def history(self, submission_id):
        return [event("s0", "ISSUED", deposit="p-0")] if submission_id == "p-0" else []


def synchronised(platform, journal):
    return lifecycle.sync(
        platform, journal, clock=lambda: NOW, reopen=lambda _: sample_document(), history_interval_seconds=1800
    )


def test_the_first_copy_speaks_for_the_invoice_after_a_callback_alone(journal):
    deposited(journal)
    journal.received([event("s1", "REJECTED", "DUPLICATED_INVOICE")], "webhook")
    platform = Searched()
    platform.first = "p-0"
    synchronised(platform, journal)
    entry = journal.entry("FA-1")
    assert (entry.submission_id, entry.summary.technical_status) == ("p-0", Outcome.VALIDATED)


def test_a_copy_of_nothing_of_ours_is_searched_for_once(journal):
    deposited(journal)
    journal.received([event("s1", "REJECTED", "DUPLICATED_INVOICE")], "webhook")
    platform = Searched()
    synchronised(platform, journal)
    synchronised(platform, journal)
    assert platform.searches == 1
    assert journal.entry("FA-1").summary.technical_status is Outcome.REJECTED


def test_an_announcement_changes_nothing_that_is_derived(journal):
    deposited(journal)
    later = NOW + timedelta(hours=1)
    journal.received([event("s1", "ISSUED")])
    before = journal.entry("FA-1").summary
    journal.received([event("e1", "REJECTED", "X", at=later, destination=ANNOUNCEMENT)], "webhook")
    assert journal.entry("FA-1").summary == before
    assert [each.status_id for each in journal.events("p-1")] == ["s1", "e1"]
    assert summary([event("e1", "REJECTED", destination=ANNOUNCEMENT)]).technical_status is Outcome.PENDING
