"""The contracts of `ports.py`: one suite for each port, run on every implementation.

To put another implementation under a suite, add an entry to `JOURNALS`, `SOURCES` or `PLATFORMS`: a name, and a
function that opens a case and closes it afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import postgresql
import pytest

from pdp_bridge.document.assembly import build
from pdp_bridge.errors import (
    JournalError,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnavailable,
    SourceRefused,
    SourceUnavailable,
)
from pdp_bridge.journal import rebuilding
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.document import Document
from pdp_bridge.model.mark import Mark, Trouble
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.pulled import Reference, Skipped, Snapshot
from pdp_bridge.model.recipient import Reach
from pdp_bridge.model.report import XML_LAYERS, Finding, Layer, Report, Severity
from pdp_bridge.model.status import Outcome, StatusEvent
from pdp_bridge.ports import Doubt, Entry, InvoiceSource, Journal, Lease, Platform, State
from pdp_bridge.sandbox.deposits import Rules
from pdp_bridge.sandbox.facturation_pro import SourceOptions
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import USER_AGENT, Sandbox
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro import client as source_client
from pdp_bridge.source.facturation_pro.adapter import FacturationPro
from pdp_bridge.testing import (
    Answer,
    MemoryJournal,
    MemoryPlatform,
    MemorySource,
    changed,
    sample_document,
    sample_invoice,
    sample_report,
    sample_snapshot,
)
from pdp_bridge.transmission.iopole import client as platform_client
from pdp_bridge.transmission.iopole.adapter import Iopole

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


class Ticking:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


# -- Journal -------------------------------------------------------------------------------------------------------


@dataclass
class JournalCase:
    """A fresh journal; `reopened()` is the same record in another process."""

    journal: Journal
    reopened: Callable[[], Journal]
    clock: Ticking

    def pull(self, *snapshots: Snapshot) -> None:
        self.journal.pulled(snapshots, [])

    def claim(
        self, snapshot: Snapshot, *, journal: Journal | None = None, document: Document | None = None
    ) -> Document | None:
        document = document or document_of(snapshot)
        lease = Lease(at=self.clock(), until=self.clock() + timedelta(seconds=60))
        report = sample_report(document)
        claimed = (journal or self.journal).sending(snapshot.reference, document, report, lease)
        return document if claimed else None

    def deposit(self, snapshot: Snapshot, submission_id: str) -> Document:
        self.pull(snapshot)
        document = self.claim(snapshot)
        assert document is not None
        self.journal.sent(snapshot.reference.source_id, submission_id)
        return document

    def entry(self, reference: str = "1") -> Entry:
        entry = self.journal.entry(reference)
        assert entry is not None
        return entry

    def due(self, seconds: float = 0) -> list[str]:
        return [entry.source_id for entry in self.journal.due(self.clock() + timedelta(seconds=seconds))]

    def mark(self, doubt: Doubt) -> None:
        """As a restore and a rebuild do."""
        if isinstance(self.journal, MemoryJournal):
            self.journal.doubted = doubt
        else:
            rebuilding.mark(self.journal, doubt)


def document_of(snapshot: Snapshot) -> Document:
    return sample_document(sample_invoice(snapshot.reference.number, hours=snapshot.payload["invoice"]["hours"]))


@contextmanager
def memory_journal(_folder: Path) -> Iterator[JournalCase]:
    clock = Ticking()
    journal = MemoryJournal(clock=clock)
    yield JournalCase(journal, journal.reopened, clock)


@contextmanager
def _sql_journal(url: str) -> Iterator[JournalCase]:
    clock = Ticking()
    opened: list[SqlJournal] = []

    def reopened() -> SqlJournal:
        opened.append(SqlJournal(url, clock=clock))
        return opened[-1]

    try:
        yield JournalCase(reopened(), reopened, clock)
    finally:
        for journal in opened:
            journal.close()


@contextmanager
def sqlite_journal(folder: Path) -> Iterator[JournalCase]:
    with _sql_journal(f"sqlite:///{folder / 'journal.db'}") as case:
        yield case


@contextmanager
def postgresql_journal(_folder: Path) -> Iterator[JournalCase]:
    """On a real server."""
    with postgresql.journal() as url, _sql_journal(url) as case:
        yield case


JOURNALS: dict[str, Callable[[Path], AbstractContextManager[JournalCase]]] = {
    "memory": memory_journal,
    "sqlite": sqlite_journal,
    "postgresql": postgresql_journal,
}


@pytest.fixture(params=JOURNALS)
def case(request, tmp_path) -> Iterator[JournalCase]:
    with JOURNALS[request.param](tmp_path) as opened:
        yield opened


ONE = sample_snapshot("1", "FA-1")
ONE_CHANGED = sample_snapshot("1", "FA-1", hours=3)
TWO = sample_snapshot("2", "FA-2")
LOST = OutcomeUnknown("Deposit of FA-1: the answer was lost", code="TIMEOUT")
DOWN = PlatformUnavailable("Deposit of FA-1: the platform is down", code="DOWN", status=503)
NO = PlatformRefused("Deposit of FA-1: refused", code="BAD", status=400)


def event(status_id: str, submission_id: str, code: str, minute: int = 0, reason: str | None = None) -> StatusEvent:
    return StatusEvent(
        status_id=status_id,
        submission_id=submission_id,
        code=code,
        at=START + timedelta(minutes=minute),
        reason=reason,
        details=("BR-FR-05: note absente",),
        payload='{"statusId": "é"}',
    )


def refusal_report() -> Report:
    finding = Finding(rule="BR-FR-05", severity=Severity.ERROR, message="no", message_fr="non", term="BT-22")
    layer = Layer.judged("french", "rules 1", (finding,))
    return Report(layers=(layer, Layer.not_run("xsd", "x", "absent", "absent")), required=("french",), sha256="ab")


class TestPulling:
    def test_cursor_is_kept(self, case):
        assert case.journal.cursor() is None
        case.journal.set_cursor("a")
        case.journal.set_cursor("b")
        assert case.reopened().cursor() == "b"

    def test_new_invoices_are_counted_once(self, case):
        assert case.journal.pulled([ONE, TWO], []) == 2
        assert case.journal.pulled([ONE, TWO, sample_snapshot("3", "FA-3")], []) == 1
        assert case.due() == ["1", "2", "3"]

    def test_same_record_twice_on_a_page(self, case):
        assert case.journal.pulled([ONE, ONE_CHANGED], []) == 1
        assert case.journal.snapshot("1") == ONE_CHANGED

    def test_snapshot_comes_back_as_it_was(self, case):
        payload = {"invoice": {"items": [{"total": "12.50", "vat": 0.2}], "note": "é € \u2028"}, "quote": None}
        snapshot = replace(ONE, payload=payload)
        case.pull(snapshot)
        assert case.reopened().snapshot("1") == snapshot

    def test_unknown_invoice(self, case):
        assert case.journal.entry("nothing") is None
        with pytest.raises(JournalError, match="pull it first"):
            case.journal.snapshot("nothing")
        with pytest.raises(JournalError, match="pull it first"):
            case.journal.sent("nothing", "p")

    def test_oldest_issue_date_first_and_without_date_before_all(self, case):
        dates = {"a": date(2026, 9, 3), "b": date(2026, 9, 1), "c": None, "d": date(2026, 9, 2)}
        for source_id, day in dates.items():
            reference = Reference(source_id=source_id, number=f"N{source_id}", version="v", issue_date=day)
            case.pull(Snapshot(reference=reference, payload={}))
        assert case.due() == ["c", "b", "d", "a"]
        assert [entry.issue_date for entry in case.journal.entries()][:2] == [None, date(2026, 9, 1)]

    def test_more_invoices_than_one_page(self, case):
        many = [sample_snapshot(f"{n:04}", f"FA-{n}") for n in range(1203)]
        assert case.journal.pulled(many, []) == 1203
        assert case.due() == [shot.reference.source_id for shot in many]
        assert sum(1 for _ in case.journal.entries()) == 1203

    @pytest.mark.parametrize("state", [State.REFUSED, State.FAILED, State.PULLED, State.HELD])
    def test_change_before_sending_replaces_and_reopens(self, case, state):
        case.pull(ONE)
        if state is State.REFUSED:
            case.journal.refused("1", refusal_report(), None)
        if state is State.FAILED:
            case.journal.failed("1", NO, retry_at=None)
        if state is State.HELD:
            case.journal.held("1", "later", START + timedelta(days=9))
        assert case.entry().state is state
        case.pull(ONE_CHANGED)
        assert (case.entry().state, case.entry().reason) == (State.PULLED, None)
        assert case.journal.snapshot("1") == ONE_CHANGED
        assert case.claim(ONE) is None, "a document of the old content is not sent"
        assert case.claim(ONE_CHANGED)

    def test_same_content_again_changes_nothing(self, case):
        case.pull(ONE)
        case.journal.failed("1", NO, retry_at=None)
        case.pull(ONE)
        assert case.entry().state is State.FAILED

    def test_a_time_in_doubt_is_kept_until_it_is_marked_anew(self, case):
        """After a restore or a rebuild: what was sent meanwhile may be forgotten."""
        assert case.journal.doubt() is None
        for since, until in [
            (START, START + timedelta(days=2)),
            (START + timedelta(days=1), START + timedelta(days=3)),
        ]:
            case.mark(Doubt(since=since, until=until))
            assert case.journal.doubt() == case.reopened().doubt() == Doubt(since=since, until=until)
        case.deposit(ONE, "p-1")
        assert case.journal.doubt() is not None, "no single invoice ends it"

    def test_change_after_sending_is_only_flagged(self, case):
        case.deposit(ONE, "p-1")
        case.pull(ONE_CHANGED)
        assert (case.entry().state, case.entry().changed_after_send) == (State.SENT, True)
        assert case.journal.snapshot("1") == ONE
        case.pull(ONE)
        assert not case.entry().changed_after_send

    def test_change_while_sending_is_taken_up_when_nothing_arrived(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.pull(ONE_CHANGED)
        assert case.entry().changed_after_send
        assert case.journal.snapshot("1") == ONE
        case.journal.not_sent("1", resend=True)
        assert case.journal.snapshot("1") == ONE_CHANGED
        assert not case.entry().changed_after_send

    def test_deleted_at_the_source_before_sending(self, case):
        case.pull(ONE)
        case.journal.pulled([], [Skipped(source_id="1", reason="deleted"), Skipped(source_id="9", reason="draft")])
        assert case.entry().state is State.HELD
        assert "deleted" in (case.entry().reason or "")
        assert case.due(1e6) == []
        assert case.claim(ONE) is None
        case.pull(ONE)
        assert (case.entry().state, case.due()) == (State.PULLED, ["1"])

    def test_deleted_at_the_source_after_sending(self, case):
        case.deposit(ONE, "p-1")
        case.journal.pulled([], [Skipped(source_id="1", reason="deleted")])
        assert case.entry().state is State.SENT


class TestBeforeSending:
    def test_refused_keeps_report_and_is_due_again(self, case):
        case.pull(ONE)
        document = document_of(ONE)
        case.journal.refused("1", refusal_report(), document)
        entry = case.reopened().entry("FA-1")
        assert entry is not None
        assert (entry.state, entry.report, entry.reason) == (State.REFUSED, refusal_report(), "BR-FR-05")
        assert case.journal.document(document.sha256) == document.content
        assert case.due() == ["1"]

    def test_held_until_a_day(self, case):
        case.pull(ONE)
        case.journal.held("1", "dated tomorrow", START + timedelta(hours=1))
        assert case.entry().next_action_at == START + timedelta(hours=1)
        assert case.due(3599) == []
        assert case.due(3600) == ["1"]
        case.journal.held("1", "another route", None)
        assert case.due() == ["1"]

    def test_failed_with_and_without_retry(self, case):
        case.pull(ONE)
        case.journal.failed("1", DOWN, retry_at=START + timedelta(seconds=10))
        assert (case.entry().retryable, case.due(9), case.due(10)) == (True, [], ["1"])
        case.journal.failed("1", ValueError("broken"), retry_at=None)
        assert (case.entry().retryable, case.due(1e6), case.entry().reason) == (False, [], "ValueError: broken")

    def test_unexpected_errors_are_counted_until_something_else_happens(self, case):
        case.pull(ONE)
        for count in (1, 2, 3):
            case.journal.failed("1", ValueError("broken"), retry_at=None)
            assert (case.entry().failures, case.entry().quarantined) == (count, count == 3)
        assert case.reopened().entry("1").quarantined
        case.pull(ONE)
        assert case.entry().quarantined
        case.pull(ONE_CHANGED)
        assert (case.entry().failures, case.entry().state) == (0, State.PULLED)
        others = (
            lambda: case.journal.failed("1", DOWN, retry_at=None),
            lambda: case.journal.refused("1", refusal_report(), None),
            lambda: case.journal.held("1", "later", None),
            lambda: case.claim(ONE_CHANGED),
        )
        for happens in others:
            case.journal.failed("1", KeyError("x"), retry_at=None)
            assert case.entry().failures == 1
            happens()
            assert case.entry().failures == 0

    def test_an_unexpected_error_while_sending_is_counted_and_proves_nothing(self, case):
        case.pull(ONE)
        case.claim(ONE)
        for _ in range(3):
            case.journal.failed("1", ValueError("broken"), retry_at=None)
        assert (case.entry().state, case.entry().failures, case.entry().quarantined) == (State.SENDING, 3, True)
        case.journal.sent("1", "deposit-1")
        assert (case.entry().state, case.entry().failures) == (State.SENT, 0)


class TestSending:
    def test_intent_is_durable_before_the_act(self, case):
        case.pull(ONE)
        document = case.claim(ONE)
        entry = case.reopened().entry("1")
        assert document is not None
        assert entry is not None
        assert (entry.state, entry.attempt, entry.sha256) == (State.SENDING, 1, document.sha256)
        assert (entry.sending_at, entry.lease_until) == (START, START + timedelta(seconds=60))
        assert entry.report == sample_report(document)
        assert case.journal.document(document.sha256) == document.content
        assert [each.source_id for each in case.journal.in_doubt()] == ["1"]
        assert case.due(1e6) == []

    def test_only_one_claims(self, case):
        case.pull(ONE)
        assert case.claim(ONE)
        assert case.claim(ONE) is None
        case.clock.advance(1e6)
        assert case.claim(ONE, journal=case.reopened()) is None, "an old lease is looked up, never sent again blindly"
        assert case.entry().attempt == 1

    def test_a_sent_invoice_is_never_claimed(self, case):
        case.deposit(ONE, "p-1")
        assert case.claim(ONE) is None
        assert case.due(1e6) == []

    @pytest.mark.parametrize("finished", [True, False])
    def test_same_number_of_another_record(self, case, finished):
        again = sample_snapshot("77", "FA-1")
        case.pull(ONE, again)
        case.claim(ONE)
        if finished:
            case.journal.sent("1", "p-1")
        assert case.claim(again) is None
        assert case.entry("77").state is State.PULLED
        assert case.entry("FA-1").source_id == "1", "the number shows the record that was sent"

    def test_same_number_of_another_seller(self, case):
        again = sample_snapshot("77", "FA-1")
        invoice = sample_invoice("FA-1")
        other = sample_document(replace(invoice, seller=replace(invoice.seller, siren="300000007")))
        case.pull(ONE, again)
        assert case.claim(ONE)
        assert case.claim(again, document=other)

    def test_same_number_is_free_again_when_nothing_arrived(self, case):
        again = sample_snapshot("77", "FA-1")
        case.pull(ONE, again)
        case.claim(ONE)
        case.journal.failed("1", NO, retry_at=None)
        assert case.claim(again)

    def test_sent(self, case):
        document = case.deposit(ONE, "p-1")
        entry = case.reopened().entry("p-1")
        assert entry is not None
        assert (entry.source_id, entry.state, entry.submission_id) == ("1", State.SENT, "p-1")
        assert (entry.sent_at, entry.sha256) == (START, document.sha256)
        assert entry.summary is not None
        assert entry.summary.technical_status is Outcome.PENDING
        assert case.journal.in_doubt() == []
        case.journal.sent("1", "p-1")
        assert case.entry("p-1").submission_id == "p-1"

    def test_one_id_never_belongs_to_two_invoices(self, case):
        case.deposit(ONE, "p-1")
        case.pull(TWO)
        case.claim(TWO)
        with pytest.raises(JournalError, match="p-1"):
            case.journal.sent("2", "p-1")
        assert case.entry("2").state is State.SENDING

    @pytest.mark.parametrize("error", [NO, DOWN])
    def test_the_platforms_no_ends_the_sending(self, case, error):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.failed("1", error, retry_at=START if error.retryable else None)
        assert case.entry().state is State.FAILED
        assert case.journal.in_doubt() == []
        case.claim(ONE)
        assert case.entry().attempt == 2

    @pytest.mark.parametrize(
        "late",
        [
            lambda journal: journal.not_sent("1", resend=True),
            lambda journal: journal.failed("1", DOWN, retry_at=START),
            lambda journal: journal.failed("1", NO, retry_at=None),
            lambda journal: journal.still_unknown("1", LOST),
        ],
        ids=["too late to send", "unavailable", "refused", "answer lost"],
    )
    def test_who_was_cut_off_does_not_end_the_sending_of_whoever_came_after(self, case, late):
        """A network in two parts: what the first claimed was looked up, not found, and claimed by another meanwhile."""
        case.pull(ONE)
        assert case.claim(ONE)
        other = case.reopened()
        case.clock.advance(1000)
        other.not_sent("1", resend=True)
        assert case.claim(ONE, journal=other)
        late(case.journal)
        entry = case.entry()
        assert (entry.state, entry.attempt, entry.answers_lost) == (State.SENDING, 2, 0)
        assert case.claim(ONE, journal=case.reopened()) is None
        other.failed("1", NO, retry_at=None)
        assert case.entry().state is State.FAILED, "its own answer still counts"

    @pytest.mark.parametrize("error", [LOST, ValueError("bug"), JournalError("disk full")])
    def test_any_other_error_while_sending_proves_nothing(self, case, error):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.failed("1", error, retry_at=START)
        assert case.entry().state is State.SENDING
        assert case.due(1e6) == []

    def test_a_search_that_fails_proves_nothing(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.still_unknown("1", LOST)
        for journal in (case.journal, case.reopened()):
            journal.failed("1", DOWN, retry_at=START)
            journal.failed("1", NO, retry_at=None)
        assert case.entry().state is State.SENDING

    def test_a_lost_answer_is_counted_once(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.still_unknown("1", LOST)
        case.reopened().still_unknown("1", LOST)
        case.reopened().failed("1", DOWN, retry_at=START)
        assert (case.entry().attempt, case.entry().answers_lost) == (1, 1)
        case.journal.not_sent("1", resend=True)
        case.claim(ONE)
        case.journal.failed("1", DOWN, retry_at=START)
        case.claim(ONE)
        case.journal.failed("1", ValueError("bug"), retry_at=None)
        assert (case.entry().attempt, case.entry().answers_lost) == (3, 2)

    def test_other_bytes_under_the_number_are_for_a_person(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.still_unknown("1", LOST)
        case.reopened().failed("1", PlatformRefused("other bytes", code="CONFLICT"), retry_at=None)
        assert (case.entry().state, case.entry().unresolved) == (State.SENDING, True)
        case.reopened().failed("1", DOWN, retry_at=START)
        case.pull(ONE_CHANGED)
        assert (case.entry().state, case.entry().unresolved) == (State.SENDING, True)
        assert case.due(1e6) == []

    def test_a_sending_invoice_is_neither_held_nor_refused(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.held("1", "later", None)
        case.journal.refused("1", refusal_report(), None)
        assert case.entry().state is State.SENDING

    def test_a_sent_invoice_stays_sent(self, case):
        document = case.deposit(ONE, "p-1")
        case.journal.failed("1", NO, retry_at=START)
        case.journal.held("1", "later", None)
        case.journal.refused("1", refusal_report(), None)
        case.journal.still_unknown("1", LOST)
        case.journal.not_sent("1", resend=True)
        assert (case.entry().state, case.entry().report) == (State.SENT, sample_report(document))

    @pytest.mark.parametrize(("resend", "state"), [(True, State.PULLED), (False, State.SENDING)])
    def test_nothing_arrived(self, case, resend, state):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.still_unknown("1", LOST)
        assert case.entry().state is State.SENDING
        case.reopened().not_sent("1", resend=resend)
        assert (case.entry().state, case.entry().unresolved) == (state, not resend)
        assert case.due(1e6) == (["1"] if resend else [])

    def test_a_person_sends_again_what_stays_unknown(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.still_unknown("1", LOST)
        with pytest.raises(JournalError):  # the next run decides by itself
            case.reopened().taken_back("1", "ada")
        case.reopened().not_sent("1", resend=False)
        case.pull(ONE_CHANGED)
        case.reopened().taken_back("1", "ada")
        assert (case.entry().state, case.entry().unresolved) == (State.PULLED, False)
        assert case.journal.snapshot("1").reference == ONE_CHANGED.reference
        assert case.claim(ONE_CHANGED)
        assert len(case.journal.attempted("1")) == 2

    @pytest.mark.parametrize("code", ["SUBMITTED", "ISSUED", "REFUSED", "REJECTED"])
    def test_what_is_with_the_platform_is_never_reopened(self, case, code):
        case.deposit(ONE, "p-1")
        case.journal.received([event("e-1", "p-1", code)])
        with pytest.raises(JournalError):
            case.journal.taken_back("1", "ada")
        assert case.entry().state is State.SENT

    def test_the_number_of_an_unacceptable_file_is_used_again(self, case):
        case.deposit(ONE, "p-1")
        case.journal.received([event("e-1", "p-1", "UNACCEPTABLE", reason="ANTIVIRUS_FAILURE")])
        case.journal.taken_back("1", "ada")
        assert case.entry().state is State.PULLED
        case.deposit(ONE, "p-2")
        assert (case.entry().submission_id, case.entry().summary.technical_status) == ("p-2", Outcome.PENDING)
        case.journal.received([event("e-2", "p-2", "ISSUED")])
        assert case.entry().summary.technical_status is Outcome.VALIDATED
        assert [name for name, _ in case.journal.deposits("1")] == ["p-1", "p-2"]

    @pytest.mark.parametrize("before", ["pulled", "in doubt", "unresolved"])
    def test_a_deposit_is_adopted_with_its_own_bytes(self, case, before):
        case.pull(ONE)
        if before != "pulled":
            case.claim(ONE)
            case.journal.still_unknown("1", LOST)
        if before == "unresolved":
            case.journal.not_sent("1", resend=False)
        theirs = sample_document(changed(sample_invoice("FA-1")))
        case.reopened().adopted("1", "p-9", theirs, "ada")
        entry = case.entry()
        assert (entry.state, entry.submission_id, entry.sha256) == (State.SENT, "p-9", theirs.sha256)
        assert case.journal.document(theirs.sha256) == theirs.content
        assert list(case.journal.deposits("1")) == [("p-9", theirs.sha256)]
        assert not case.claim(ONE)

    def test_a_deposit_of_another_invoice_is_not_adopted(self, case):
        case.deposit(ONE, "p-1")
        again = sample_snapshot("77", "FA-1")
        case.pull(again)
        for name in ("p-1", "p-2"):
            with pytest.raises(JournalError):
                case.journal.adopted("77", name, sample_document(sample_invoice("FA-1")), "ada")
        assert case.entry("77").state is State.PULLED

    def test_too_late_to_send(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.journal.not_sent("1", resend=True)
        assert case.entry().state is State.PULLED

    def test_another_process_may_still_be_sending(self, case):
        case.pull(ONE)
        case.claim(ONE)
        other = case.reopened()
        other.not_sent("1", resend=True)
        assert case.entry().state is State.SENDING
        case.clock.advance(60)
        other.not_sent("1", resend=True)
        assert case.entry().state is State.PULLED

    def test_a_late_answer_is_kept(self, case):
        case.pull(ONE)
        case.claim(ONE)
        case.clock.advance(60)
        case.reopened().not_sent("1", resend=True)
        case.journal.sent("1", "p-1")
        assert (case.entry().state, case.entry().submission_id) == (State.SENT, "p-1")

    def test_a_late_answer_under_a_number_sent_meanwhile(self, case):
        again = sample_snapshot("77", "FA-1")
        case.pull(ONE, again)
        case.claim(ONE)
        case.clock.advance(60)
        case.reopened().not_sent("1", resend=True)
        assert case.claim(again)
        case.journal.sent("77", "p-77")
        case.journal.sent("1", "p-1")
        assert (case.entry("p-1").source_id, case.entry("p-1").state) == ("1", State.FAILED)
        assert "INVOICE_NUMBER_DUPLICATE" in (case.entry("p-1").reason or "")
        assert case.entry("FA-1").source_id == "77"

    def test_a_document_never_made(self, case):
        with pytest.raises(JournalError, match="no document"):
            case.journal.document("00" * 32)


class TestStatuses:
    def test_events_are_counted_once(self, case):
        case.deposit(ONE, "p-1")
        first, second = event("s1", "p-1", "SUBMITTED"), event("s2", "p-1", "ISSUED", 5)
        assert case.journal.received([second, first, first]) == 2
        assert case.journal.received([first]) == 0
        assert list(case.reopened().events("p-1")) == [first, second]
        summary = case.entry().summary
        assert summary is not None
        assert summary.technical_status is Outcome.VALIDATED
        assert (summary.lifecycle_status, summary.lifecycle_number, summary.lifecycle_label) == (
            "ISSUED",
            "201",
            "Émise",
        )
        assert summary.last_technical_update == START + timedelta(minutes=5)

    def test_events_before_the_id_is_known(self, case):
        case.pull(ONE)
        case.claim(ONE)
        assert case.journal.received([event("s1", "p-1", "ISSUED")]) == 1
        assert case.entry().summary is None
        case.journal.sent("1", "p-1")
        assert case.entry().summary.technical_status is Outcome.VALIDATED

    def test_unknown_code_is_kept_and_not_final(self, case):
        case.deposit(ONE, "p-1")
        case.journal.received([event("s1", "p-1", "SOMETHING_NEW")])
        summary = case.entry().summary
        assert (summary.technical_status, summary.lifecycle_status, summary.final) == (
            Outcome.PENDING,
            "SOMETHING_NEW",
            False,
        )

    def test_rejected_duplicate_never_hides_the_first(self, case):
        case.deposit(ONE, "p-1")
        case.journal.received([event("s1", "p-1", "ISSUED")])
        case.journal.sent("1", "p-2")
        case.journal.received([event("s2", "p-2", "REJECTED", 9, "DUPLICATED_INVOICE")])
        entry = case.entry()
        assert (entry.submission_id, entry.summary.technical_status) == ("p-1", Outcome.VALIDATED)
        assert case.entry("p-2").source_id == "1"
        assert len(case.journal.events("p-2")) == 1

    def test_the_first_copy_may_be_found_last(self, case):
        case.deposit(ONE, "p-2")
        case.journal.received([event("s2", "p-2", "REJECTED", 9, "DUPLICATED_INVOICE")])
        assert case.entry().summary.reason == "DUPLICATED_INVOICE"
        assert case.entry().summary.technical_status is Outcome.REJECTED
        case.journal.history_read("p-2", START)
        case.journal.sent("1", "p-1")
        assert (case.entry().submission_id, case.entry().summary.technical_status) == ("p-1", Outcome.PENDING)
        assert case.entry().history_read_at is None

    def test_a_real_rejection_is_not_taken_for_a_duplicate(self, case):
        case.deposit(ONE, "p-1")
        case.journal.sent("1", "p-2")
        case.journal.received([event("s1", "p-1", "REJECTED", 1, "ROUTING_FAILURE")])
        assert (case.entry().submission_id, case.entry().summary.reason) == ("p-1", "ROUTING_FAILURE")

    def test_awaiting_news(self, case):
        for number in range(1, 5):
            case.deposit(sample_snapshot(str(number), f"FA-{number}"), f"p-{number}")
        case.pull(sample_snapshot("5", "FA-5"))
        case.journal.received([event("s3", "p-3", "REJECTED")])
        case.journal.history_read("p-1", START)
        case.journal.history_read("p-2", START - timedelta(seconds=50))
        case.journal.history_read("unknown", START)

        def awaiting(seconds: float) -> Sequence[str]:
            entries = case.journal.awaiting_news(START + timedelta(seconds=seconds), 100)
            return [entry.source_id for entry in entries]

        assert awaiting(0) == ["4"]
        assert awaiting(50) == ["4", "2"]
        assert awaiting(100) == ["4", "2", "1"]
        assert case.entry("2").history_read_at == START - timedelta(seconds=50)


# -- InvoiceSource -------------------------------------------------------------------------------------------------


@dataclass
class SourceCase:
    """A source that holds a few issued invoices.

    `number` and `source_id` name one of them; `change` alters its business content; `break_down` makes the next
    request fail for a passing reason.
    """

    source: InvoiceSource
    number: str
    source_id: str
    change: Callable[[], None]
    break_down: Callable[[], None]


@contextmanager
def memory_source(_folder: Path) -> Iterator[SourceCase]:
    invoices = [sample_invoice(f"FA-{number}") for number in range(1, 6)]
    source = MemorySource(invoices, page_size=2)
    yield SourceCase(
        source=source,
        number="FA-2",
        source_id="2",
        change=lambda: source.add(changed(invoices[1]), "2") and None,
        break_down=lambda: source.fail(SourceUnavailable("down", code="DOWN")),
    )


@contextmanager
def facturation_pro(folder: Path) -> Iterator[SourceCase]:
    """The real adapter, over loopback, on the demo's firm; three invoices a page."""
    with Sandbox(source=SourceOptions(per_page=3), origin=DEMO_DAY) as sandbox:
        sandbox.load_demo()
        config = folder / "pdp-bridge.toml"
        config.write_text(sandbox.settings_text(), encoding="utf-8")
        firm, options = sandbox.facturation_pro, sandbox.source_options
        with source_client.Client(
            base_url=sandbox.facturation_pro_url,
            api_id=options.api_id,
            api_key=options.api_key,
            firm_id=options.firm_id,
            user_agent=USER_AGENT,
            rpm=0,
            clock=sandbox.clock,
            sleep=no_wait,
        ) as client:
            yield SourceCase(
                source=FacturationPro(client, load(config, {}).require_seller()),
                number="2026-101",
                source_id="700101",
                change=lambda: firm.edit_invoice(700101, title="Another title") and None,
                break_down=lambda: sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, status=503, times=None)),
            )


def no_wait(seconds: float) -> None:
    """Pauses are counted elsewhere."""


DEMO_DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""After the last invoice of the demo's firm."""

SOURCES: dict[str, Callable[[Path], AbstractContextManager[SourceCase]]] = {
    "memory": memory_source,
    "facturation.pro": facturation_pro,
}


@pytest.fixture(params=SOURCES)
def origin(request, tmp_path) -> Iterator[SourceCase]:
    with SOURCES[request.param](tmp_path) as opened:
        yield opened


class TestSource:
    def test_a_mark_is_written_once_and_is_no_change(self, origin):
        pages = list(origin.source.issued_since(None))
        before = origin.source.snapshot(origin.source_id).reference
        mark = Mark(source_id=origin.source_id, text="pdp:iopole:d-1:sent", deposits=frozenset({"d-1"}))
        first, again = (list(origin.source.write_back([mark])) for _ in range(2))
        assert [(each.source_id, each.text, each.asked) for each in first] == [(origin.source_id, mark.text, True)]
        assert [(each.source_id, each.text, each.asked) for each in again] == [(origin.source_id, mark.text, False)]
        news = [shot.reference for page in origin.source.issued_since(pages[-1].cursor) for shot in page.snapshots]
        assert {each.version for each in news if each.source_id == origin.source_id} <= {before.version}
        assert origin.source.snapshot(origin.source_id).reference == before

    def test_a_mark_of_somebody_else_is_left_alone(self, origin):
        theirs = Mark(source_id=origin.source_id, text="pdp:iopole:theirs:sent", deposits=frozenset({"theirs"}))
        assert [each.asked for each in origin.source.write_back([theirs])] == [True]
        ours = replace(theirs, text="pdp:iopole:ours:sent", deposits=frozenset({"ours"}))
        gone = replace(ours, source_id="99999999")
        answers = list(origin.source.write_back([ours, gone]))
        assert [(each.source_id, each.text, each.trouble) for each in answers] == [
            (origin.source_id, None, Trouble.OTHER_DEPOSIT),
            ("99999999", None, Trouble.GONE),
        ]
        both = replace(ours, deposits=frozenset({"ours", "theirs"}))
        assert [each.text for each in origin.source.write_back([both])] == [ours.text]

    def test_what_cannot_be_written_now_is_raised(self, origin):
        mark = Mark(source_id=origin.source_id, text="pdp:iopole:d-1:sent", deposits=frozenset({"d-1"}))
        origin.break_down()
        with pytest.raises(SourceUnavailable):
            list(origin.source.write_back([mark]))

    def test_a_full_scan_shows_every_invoice(self, origin):
        pages = list(origin.source.issued_since(None))
        shots = {shot.reference.source_id: shot for page in pages for shot in page.snapshots}
        assert shots[origin.source_id].reference.number == origin.number
        assert all(page.cursor for page in pages)
        assert all(shot.reference.version for shot in shots.values())

    def test_a_scan_after_a_change_shows_it(self, origin):
        pages = list(origin.source.issued_since(None))
        before = origin.source.snapshot(origin.source_id)
        origin.change()
        news = [shot for page in origin.source.issued_since(pages[-1].cursor) for shot in page.snapshots]
        after = {shot.reference.source_id: shot.reference.version for shot in news}
        assert after[origin.source_id] != before.reference.version

    def test_by_number_and_by_id(self, origin):
        assert origin.source.snapshot(origin.number).reference == origin.source.snapshot(origin.source_id).reference

    def test_known_invoices_are_read_again_in_bulk(self, origin):
        wanted = [shot.reference.source_id for page in origin.source.issued_since(None) for shot in page.snapshots]
        before = origin.source.snapshot(origin.source_id)
        origin.change()
        pages = list(origin.source.again([*wanted, "999999"]))
        shots = {shot.reference.source_id: shot for page in pages for shot in page.snapshots}
        assert set(shots) == set(wanted)
        assert shots[origin.source_id].reference.version != before.reference.version
        assert [(skip.source_id, skip.reason) for page in pages for skip in page.skipped] == [("999999", "deleted")]

    def test_the_version_depends_on_the_content_only(self, origin):
        scanned = [shot.reference for page in origin.source.issued_since(None) for shot in page.snapshots]
        assert origin.source.snapshot(origin.source_id).reference in scanned

    def test_a_snapshot_survives_the_journal(self, origin):
        snapshot = origin.source.snapshot(origin.source_id)
        stored = replace(snapshot, payload=json.loads(json.dumps(snapshot.payload)))
        invoice = origin.source.invoice(stored)
        assert invoice == origin.source.invoice(snapshot)
        assert invoice.number == origin.number

    def test_an_unknown_invoice(self, origin):
        with pytest.raises(SourceRefused):
            origin.source.snapshot("NO-SUCH-NUMBER")

    def test_a_break_down_is_retryable(self, origin):
        origin.break_down()
        with pytest.raises(SourceUnavailable) as caught:
            list(origin.source.issued_since(None))
        assert caught.value.retryable


# -- Platform ------------------------------------------------------------------------------------------------------


@dataclass
class PlatformCase:
    """A platform without deposits.

    `absent` and `upcoming` change the directory for an address, `sellers` says who is enrolled.
    `document(number, copy)` makes a document that the platform takes; another `copy` has the same number and other
    bytes. `script` tells what happens to the next deposit; `settle` lets the platform finish its work: searches and
    verdicts are there afterwards.
    """

    platform: Platform
    document: Callable[[str, int], Document]
    script: Callable[[Answer], None]
    settle: Callable[[], None]
    absent: Callable[[str], None]
    upcoming: Callable[[str, date], None]
    sellers: Callable[[frozenset[str]], None]
    since: datetime


@contextmanager
def memory_platform(_folder: Path) -> Iterator[PlatformCase]:
    clock = Ticking()
    platform = MemoryPlatform(clock=clock, search_lag_seconds=5)
    yield PlatformCase(
        platform=platform,
        document=lambda number, copy: sample_document(sample_invoice(number, hours=copy + 1)),
        script=platform.script,
        settle=lambda: clock.advance(10) and None,
        absent=platform.absent.add,
        upcoming=platform.upcoming.__setitem__,
        sellers=lambda sirens: setattr(platform, "sellers", sirens),
        since=START - timedelta(days=1),
    )


def lenient(document: Document) -> Report:
    """A judge that lets everything through: what is valid is not what these contracts are about."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


HAPPENS = {
    Answer.REFUSE: Fault(Kind.STATUS, "POST", "/v1/invoice", status=400),
    Answer.UNAVAILABLE: Fault(Kind.STATUS, "POST", "/v1/invoice", status=429, retry_after="0"),
    Answer.LOST_BEFORE: Fault(Kind.DROP, "POST", "/v1/invoice"),
    Answer.LOST_AFTER: Fault(Kind.DROP, "POST", "/v1/invoice", after=True),
}


@contextmanager
def iopole(_folder: Path, options: PlatformOptions | None = None) -> Iterator[PlatformCase]:
    """The real adapter, over loopback, with real documents."""
    with Sandbox(platform=options, judge=lenient) as sandbox:
        account = sandbox.platform_options
        with platform_client.Client(
            base_url=sandbox.iopole_url,
            auth_url=sandbox.auth_url,
            client_id=account.client_id,
            client_secret=account.client_secret,
            rpm=0,
            clock=sandbox.clock,
            sleep=no_wait,
        ) as client:
            yield PlatformCase(
                platform=Iopole(client),
                document=lambda number, copy: build(sample_invoice(number, hours=copy + 1), PageStyle()),
                script=lambda answer: sandbox.iopole_faults.add(HAPPENS[answer]),
                settle=lambda: sandbox.advance(10),
                absent=lambda address: sandbox.iopole.unreachable.add(address[5:14]),
                upcoming=lambda address, day: sandbox.iopole.addresses.update({address[5:]: day}),
                sellers=lambda sirens: setattr(sandbox.iopole, "rules", Rules(sellers=sirens)),
                since=sandbox.clock() - timedelta(days=1),
            )


PLATFORMS: dict[str, Callable[[Path], AbstractContextManager[PlatformCase]]] = {
    "memory": memory_platform,
    "iopole": iopole,
    "iopole, search without dates": partial(iopole, options=PlatformOptions(unsearchable=frozenset({"createdDate"}))),
}


@pytest.fixture(params=PLATFORMS)
def counter(request, tmp_path) -> Iterator[PlatformCase]:
    with PLATFORMS[request.param](tmp_path) as opened:
        yield opened


class TestPlatform:
    def test_a_deposit_is_found_by_its_bytes(self, counter):
        document = counter.document("FA-1", 0)
        submission_id = counter.platform.send(document)
        counter.settle()
        assert submission_id
        assert counter.platform.find(document, counter.since) == submission_id
        assert counter.platform.find(counter.document("FA-2", 0), counter.since) is None

    def test_other_bytes_under_the_number(self, counter):
        counter.platform.send(counter.document("FA-1", 0))
        counter.settle()
        with pytest.raises(PlatformRefused) as caught:
            counter.platform.find(counter.document("FA-1", 1), counter.since)
        assert caught.value.code == "CONFLICT"

    @pytest.mark.parametrize(("answer", "arrived"), [(Answer.LOST_AFTER, True), (Answer.LOST_BEFORE, False)])
    def test_a_lost_answer(self, counter, answer, arrived):
        document = counter.document("FA-1", 0)
        counter.script(answer)
        with pytest.raises(OutcomeUnknown):
            counter.platform.send(document)
        counter.settle()
        assert (counter.platform.find(document, counter.since) is not None) is arrived

    @pytest.mark.parametrize(
        ("answer", "error"), [(Answer.UNAVAILABLE, PlatformUnavailable), (Answer.REFUSE, PlatformRefused)]
    )
    def test_a_no_means_that_nothing_arrived(self, counter, answer, error):
        document = counter.document("FA-1", 0)
        counter.script(answer)
        with pytest.raises(error):
            counter.platform.send(document)
        counter.settle()
        assert counter.platform.find(document, counter.since) is None

    def test_events_stay_until_they_are_acknowledged(self, counter):
        submission_id = counter.platform.send(counter.document("FA-1", 0))
        counter.settle()
        events = list(counter.platform.new_events())
        assert {each.submission_id for each in events} == {submission_id}
        assert [each.status_id for each in counter.platform.new_events()] == [each.status_id for each in events]
        assert [each.at for each in events] == sorted(each.at for each in events)
        for each in events:
            counter.platform.acknowledge(each)
        assert list(counter.platform.new_events()) == []

    def test_history_tells_the_same_story(self, counter):
        submission_id = counter.platform.send(counter.document("FA-1", 0))
        counter.settle()
        feed = {(each.status_id, each.code) for each in counter.platform.new_events()}
        history = {(each.status_id, each.code) for each in counter.platform.history(submission_id)}
        assert feed
        assert feed == history

    def test_a_second_copy_is_rejected_as_such(self, counter):
        document = counter.document("FA-1", 0)
        first, second = counter.platform.send(document), counter.platform.send(document)
        counter.settle()
        reasons = {each.reason for each in counter.platform.history(second)}
        assert first != second
        assert "DUPLICATED_INVOICE" in reasons
        assert "DUPLICATED_INVOICE" not in {each.reason for each in counter.platform.history(first)}
        assert counter.platform.find(document, counter.since) == first

    def test_the_directory_leads_to_a_buyer(self, counter):
        found = counter.platform.recipient("0225:200000008", TODAY)
        assert (found.address, found.reach, found.since) == ("0225:200000008", Reach.REACHABLE, None)

    def test_an_absent_buyer(self, counter):
        counter.absent("0225:200000008")
        assert counter.platform.recipient("0225:200000008", TODAY).reach is Reach.ABSENT

    def test_an_address_that_begins_later(self, counter):
        begins = TODAY + timedelta(days=3)
        counter.upcoming("0225:200000008_SUITE", begins)
        found = counter.platform.recipient("0225:200000008_SUITE", TODAY)
        assert (found.reach, found.since) == (Reach.UPCOMING, begins)
        assert counter.platform.recipient("0225:200000008_SUITE", begins).reach is Reach.REACHABLE

    def test_whether_a_seller_is_enrolled(self, counter):
        assert counter.platform.enrolled("100000009") is True
        counter.sellers(frozenset({"200000008"}))
        assert counter.platform.enrolled("100000009") is False
        assert counter.platform.enrolled("200000008") is True


TODAY = date(2026, 11, 21)
