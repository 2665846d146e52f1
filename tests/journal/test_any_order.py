"""Derived statuses do not depend on the order or the repetition of events, and both journals always agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from pdp_bridge.errors import JournalError, OutcomeUnknown, PlatformRefused, PlatformUnavailable
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.report import Layer, Report
from pdp_bridge.model.status import STATUS_CODES, StatusEvent, shown, summary
from pdp_bridge.ports import Lease, State
from pdp_bridge.testing import (
    MemoryJournal,
    sample_document,
    sample_invoice,
    sample_report,
    sample_snapshot,
)

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
REFUSAL = Report(layers=(Layer.not_run("xsd", "1", "absent", "absent"),), required=("xsd",), sha256="")


def events(submission_ids: list[str]) -> st.SearchStrategy[list[StatusEvent]]:
    """Events with distinct ids, many at the same instant."""
    one = st.builds(
        StatusEvent,
        status_id=st.sampled_from([f"s{n}" for n in range(12)]),
        submission_id=st.sampled_from(submission_ids),
        code=st.sampled_from([*STATUS_CODES, "SOMETHING_NEW"]),
        at=st.integers(0, 3).map(lambda minutes: START + timedelta(minutes=minutes)),
        reason=st.sampled_from([None, "DUPLICATED_INVOICE", "ROUTING_FAILURE"]),
    )
    return st.lists(one, unique_by=lambda event: event.status_id, min_size=1, max_size=12)


@given(events(["p-1"]), st.data())
def test_summary_of_any_order_and_repetition(given_events, data):
    shuffled = data.draw(st.permutations(given_events))
    repeated = shuffled + data.draw(st.lists(st.sampled_from(given_events)))
    assert summary(repeated) == summary(given_events)


@given(events(["p-1", "p-2"]), st.data())
def test_the_deposit_shown_does_not_depend_on_the_order(given_events, data):
    def deposits(some):
        return [(name, [event for event in some if event.submission_id == name]) for name in ("p-1", "p-2")]

    assert shown(deposits(data.draw(st.permutations(given_events)))) == shown(deposits(given_events))


@settings(max_examples=25, deadline=None)
@given(events(["p-1", "p-2", "stranger"]), st.data())
def test_journal_fed_in_any_order(given_events, data):
    """Batches in any order, repeated, before and after the ids are known: the entry is the same."""
    shuffled = data.draw(st.permutations(given_events))
    cut, known_at = data.draw(st.integers(0, len(shuffled))), data.draw(st.integers(0, 2))
    batches = [shuffled[:cut], shuffled[cut:], data.draw(st.lists(st.sampled_from(given_events)))]
    with TemporaryDirectory() as folder, SqlJournal(f"sqlite:///{folder}/j.db", clock=lambda: START) as journal:
        deposit(journal)
        for number, batch in enumerate(batches):
            if number == known_at:
                journal.sent("1", "p-2")
            journal.received(batch)
        by_id = {name: [event for event in given_events if event.submission_id == name] for name in ("p-1", "p-2")}
        entry = journal.entry("FA-1")
        assert (entry.submission_id, entry.summary) == shown(list(by_id.items()))
        assert len(journal.events("stranger")) == len(given_events) - sum(map(len, by_id.values()))


def deposit(journal) -> None:
    snapshot, document = sample_snapshot("1", "FA-1"), sample_document(sample_invoice("FA-1"))
    journal.pulled([snapshot], [])
    lease = Lease(at=START, until=START + timedelta(seconds=60))
    assert journal.sending(snapshot.reference, document, sample_report(document), lease)
    journal.sent("1", "p-1")


IDS = st.sampled_from(["1", "2", "3"])
NUMBERS = {"1": "FA-1", "2": "FA-2", "3": "FA-1"}  # 1 and 3 bear the same number
ERRORS = st.sampled_from(
    [
        PlatformUnavailable("down", code="DOWN"),
        PlatformRefused("no", code="BAD"),
        PlatformRefused("other bytes", code="CONFLICT"),
        OutcomeUnknown("lost", code="TIMEOUT"),
        ValueError("bug"),
    ]
)
HOURS_OR_ANY = st.sampled_from([None, 1, 2])


def version_of(source_id, hours):
    """Of the content that is meant; None: whatever is there."""
    return None if hours is None else sample_snapshot(source_id, NUMBERS[source_id], hours=hours).reference.version


class TwoJournals(RuleBasedStateMachine):
    """The same acts on both journals, by two processes, in any order: always the same answers."""

    handles = Bundle("handles")

    @initialize(target=handles)
    def start(self):
        self.now = START
        self.folder = TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.folder.name) / 'j.db'}"
        self.memory, self.sql = MemoryJournal(clock=lambda: self.now), SqlJournal(self.url, clock=lambda: self.now)
        self.opened = [self.sql]
        self.deposits = 0
        snapshots = [sample_snapshot(source_id, number) for source_id, number in NUMBERS.items()]
        self.same((self.memory, self.sql), lambda journal: journal.pulled(snapshots, []))
        return (self.memory, self.sql)

    @rule(target=handles)
    def another_process(self):
        self.opened.append(SqlJournal(self.url, clock=lambda: self.now))
        return (self.memory.reopened(), self.opened[-1])

    @rule(seconds=st.sampled_from([1, 30, 60, 3600]))
    def time_goes_by(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(pair=handles, source_id=IDS, hours=st.integers(1, 2))
    def pull(self, pair, source_id, hours):
        snapshot = sample_snapshot(source_id, NUMBERS[source_id], hours=hours)
        self.same(pair, lambda journal: journal.pulled([snapshot], []))

    @rule(pair=handles, source_id=IDS)
    def skip(self, pair, source_id):
        self.same(pair, lambda journal: journal.pulled([], [Skipped(source_id=source_id, reason="deleted")]))

    @rule(pair=handles, source_id=IDS, hours=st.integers(1, 2))
    def claim(self, pair, source_id, hours):
        snapshot = sample_snapshot(source_id, NUMBERS[source_id], hours=hours)
        document = sample_document(sample_invoice(NUMBERS[source_id], hours=hours))
        lease = Lease(at=self.now, until=self.now + timedelta(seconds=60))
        before = self.memory.entry(source_id)
        claimed = self.same(
            pair, lambda journal: journal.sending(snapshot.reference, document, sample_report(document), lease)
        )
        if claimed is True:
            assert before.state not in (State.SENDING, State.SENT)

    @rule(pair=handles, source_id=IDS, fresh=st.booleans())
    def sent(self, pair, source_id, fresh):
        self.deposits += fresh
        self.same(pair, lambda journal: journal.sent(source_id, f"p-{self.deposits}"))

    @rule(pair=handles, source_id=IDS, error=ERRORS, retry=st.booleans(), hours=HOURS_OR_ANY)
    def failed(self, pair, source_id, error, retry, hours):
        retry_at, version = self.now + timedelta(seconds=10) if retry else None, version_of(source_id, hours)
        self.same(pair, lambda journal: journal.failed(source_id, error, retry_at=retry_at, version=version))

    @rule(pair=handles, source_id=IDS)
    def still_unknown(self, pair, source_id):
        self.same(pair, lambda journal: journal.still_unknown(source_id, OutcomeUnknown("lost", code="LOST")))

    @rule(pair=handles, source_id=IDS, resend=st.booleans())
    def not_sent(self, pair, source_id, resend):
        self.same(pair, lambda journal: journal.not_sent(source_id, resend=resend))

    @rule(pair=handles, source_id=IDS)
    def taken_back(self, pair, source_id):
        before = self.memory.entry(source_id)
        self.same(pair, lambda journal: journal.taken_back(source_id, "ada"))
        if self.memory.entry(source_id) != before:
            status = before.summary.lifecycle_status if before.summary else None
            assert before.unresolved or status == "UNACCEPTABLE"

    @rule(pair=handles, source_id=IDS, hours=st.integers(1, 2), fresh=st.booleans())
    def adopted(self, pair, source_id, hours, fresh):
        self.deposits += fresh
        document = sample_document(sample_invoice(NUMBERS[source_id], hours=hours))
        self.same(pair, lambda journal: journal.adopted(source_id, f"p-{self.deposits}", document, "ada"))

    @rule(pair=handles, source_id=IDS)
    def what_was_sent(self, pair, source_id):
        self.same(pair, lambda journal: list(journal.attempted(source_id)))
        self.same(pair, lambda journal: list(journal.deposits(source_id)))

    @rule(pair=handles, source_id=IDS, later=st.booleans(), hours=HOURS_OR_ANY)
    def held(self, pair, source_id, later, hours):
        until, version = self.now + timedelta(seconds=30) if later else None, version_of(source_id, hours)
        self.same(pair, lambda journal: journal.held(source_id, "later", until, version=version))

    @rule(pair=handles, source_id=IDS, hours=HOURS_OR_ANY)
    def refused(self, pair, source_id, hours):
        version = version_of(source_id, hours)
        self.same(pair, lambda journal: journal.refused(source_id, REFUSAL, None, version=version))

    @rule(pair=handles, some=events(["p-1", "p-2", "p-3"]))
    def received(self, pair, some):
        some = [replace(event, status_id=f"{event.submission_id}/{event.status_id}") for event in some]
        self.same(pair, lambda journal: journal.received(some))

    @rule(pair=handles, number=st.integers(1, 3))
    def history_read(self, pair, number):
        self.same(pair, lambda journal: journal.history_read(f"p-{number}", self.now))

    def same(self, pair, act):
        """What both journals answer; an error of one is an error of the other."""
        answers = []
        for journal in pair:
            try:
                answers.append(act(journal))
            except JournalError:
                answers.append(JournalError)
        assert answers[0] == answers[1]
        return answers[0]

    @invariant()
    def both_show_the_same(self):
        memory, sql = self.memory, self.sql
        assert list(memory.entries()) == list(sql.entries())
        assert list(memory.due(self.now)) == list(sql.due(self.now))
        waiting = [{entry.source_id for entry in j.awaiting_news(self.now, 30)} for j in (memory, sql)]
        assert waiting[0] == waiting[1]
        assert {e.source_id for e in memory.in_doubt()} == {e.source_id for e in sql.in_doubt()}

    @invariant()
    def a_number_is_with_the_platform_once(self):
        numbers = [entry.number for entry in self.sql.entries() if entry.state in (State.SENDING, State.SENT)]
        numbers = [number for number in numbers if number != "FA-1" or self.sellers_known()]
        assert len(numbers) == len(set(numbers))

    def sellers_known(self) -> bool:
        """`sent` without `sending` knows no seller, and is taken as it is."""
        return all(entry.attempt for entry in self.sql.entries() if entry.number == "FA-1")

    def teardown(self):
        for journal in getattr(self, "opened", []):
            journal.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestTwoJournals = TwoJournals.TestCase
TestTwoJournals.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
