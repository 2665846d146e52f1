"""The straight line on fakes: each way an answer may come, and what is left behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pdp_bridge import delivery, pipeline, sending
from pdp_bridge.errors import PlatformRefused, PlatformUnavailable, SourceUnavailable
from pdp_bridge.model.pulled import Page, Skipped
from pdp_bridge.model.report import Finding, Layer, LayerName, Report, Severity
from pdp_bridge.ports import State
from pdp_bridge.testing import (
    Answer,
    MemoryJournal,
    MemoryPlatform,
    MemorySource,
    changed,
    sample_document,
    sample_invoice,
    sample_report,
)


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now = datetime(2026, 11, 2, 8, tzinfo=UTC)
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class World:
    """A line with its ends in memory."""

    def __init__(self, *numbers, judge=sample_report):
        self.time = Time()
        self.source = MemorySource([sample_invoice(number) for number in numbers])
        self.platform = MemoryPlatform(clock=self.time)
        self.journal = MemoryJournal(clock=self.time)
        self.kept = {}
        self.judge = judge
        self.timing = sending.Timing()

    def build(self, invoice):
        document = sample_document(invoice)
        self.kept[document.content] = document
        return document

    @property
    def line(self):
        return sending.Line(
            source=self.source,
            platform=self.platform,
            journal=self.journal,
            build=self.build,
            reopen=self.kept.__getitem__,
            judge=self.judge,
            clock=self.time,
            sleep=self.time.sleep,
            timing=self.timing,
        )

    def refuse(self, *errors):
        """The next deposits meet these errors; nothing arrives."""
        waiting, send = list(errors), self.platform.send

        def refusing(document):
            if waiting:
                raise waiting.pop(0)
            return send(document)

        self.platform.send = refusing

    def run(self):
        return pipeline.run(self.line)

    @property
    def deposited(self):
        return sorted(deposit.document.invoice.number for deposit in self.platform.deposits)


def refused_report(document):
    finding = Finding(rule="BR-CO-15", severity=Severity.ERROR, message="wrong", message_fr="faux")
    layer = Layer.judged(LayerName.ARITHMETIC, "test", (finding,))
    return Report(layers=(layer,), required=(LayerName.ARITHMETIC,), sha256=document.sha256)


def not_run_report(document):
    layer = Layer.not_run(LayerName.XSD, "test", "the engine is missing", "le moteur manque")
    return Report(layers=(layer,), required=(LayerName.XSD,), sha256=document.sha256)


def test_every_issued_invoice_is_deposited_once():
    world = World("FA-1", "FA-2", "FA-3")
    assert world.run().ended(State.SENT) == 3
    assert world.run().outcomes == {}
    assert world.deposited == ["FA-1", "FA-2", "FA-3"]


def test_a_refused_invoice_is_not_sent_and_looked_at_again():
    world = World("FA-1", judge=refused_report)
    assert world.run().ended(State.REFUSED) == 1
    assert world.deposited == []
    world.judge = sample_report
    assert world.run().ended(State.SENT) == 1


def test_a_check_that_did_not_run_has_not_passed_and_says_why():
    world = World("FA-1", judge=not_run_report)
    assert world.run().ended(State.REFUSED) == 1
    assert world.deposited == []
    assert world.journal.entry("FA-1").reason == "not every check could run: xsd (the engine is missing)"


def test_one_broken_invoice_does_not_stop_the_others():
    world = World("FA-1", "FA-2")

    def build(invoice):
        if invoice.number == "FA-1":
            raise RuntimeError("boom")
        return sample_document(invoice)

    world.build = build
    result = world.run()
    assert (result.ended(State.FAILED), result.ended(State.SENT)) == (1, 1)
    assert "boom" in world.journal.entry("FA-1").reason
    assert world.time.slept == []  # nothing is gained by trying again at once


def poisoned(world, number):
    """`build` fails for this invoice in a way that nobody foresaw; counts how often it was tried."""
    tried = []
    build = world.build

    def failing(invoice):
        if invoice.number == number:
            tried.append(number)
            raise KeyError("nobody foresaw this")
        return build(invoice)

    world.build = failing
    return tried


def test_a_poison_invoice_is_put_aside_after_three_tries_and_costs_the_others_nothing():
    world = World("FA-1", "FA-2")
    tried = poisoned(world, "FA-1")
    for day in range(10):
        world.run()
        assert world.journal.entry("FA-2").state is State.SENT
        entry = world.journal.entry("FA-1")
        assert (entry.quarantined, entry.retryable) == (day >= 2, day < 2)
        world.time.now += timedelta(days=1)
    assert len(tried) == 3
    assert entry.reason == "KeyError: 'nobody foresaw this'"
    assert world.journal.cursor() is not None


def test_a_poison_invoice_is_released_by_a_change_at_the_source_or_by_a_person():
    world = World("FA-1")
    poisoned(world, "FA-1")
    for _ in range(4):
        world.run()
        world.time.now += timedelta(days=1)
    assert world.journal.entry("FA-1").quarantined
    delivery.process(world.line, world.journal.entry("FA-1"))
    assert world.journal.entry("FA-1").failures == 4
    world.source.add(sample_invoice("FA-1", hours=7), "1")
    pipeline.pull(world.source, world.journal, world.time)
    assert (world.journal.entry("FA-1").state, world.journal.entry("FA-1").failures) == (State.PULLED, 0)
    world.build = lambda invoice: World.build(world, invoice)
    assert world.run().ended(State.SENT) == 1


def test_an_unforeseen_error_while_sending_leaves_the_deposit_in_doubt_and_stops_no_other():
    world = World("FA-1", "FA-2")
    send = world.platform.send

    def broken(document):
        submission_id = send(document)
        if document.invoice.number == "FA-1":
            raise ValueError("after the deposit")
        return submission_id

    world.platform.send = broken
    world.run()
    assert {entry.state for entry in world.journal.entries()} == {State.SENT}
    assert world.deposited == ["FA-1", "FA-2"]


def test_a_deposit_whose_search_breaks_stops_no_other():
    world = World("FA-1", "FA-2")
    find = world.platform.find

    def broken(document, since, besides=()):
        if document.invoice.number == "FA-1":
            raise ZeroDivisionError
        return find(document, since, besides)

    world.platform.find = broken
    world.platform.script(Answer.LOST_AFTER, Answer.LOST_AFTER)
    for _ in range(3):
        world.run()
    entry = world.journal.entry("FA-1")
    assert (entry.state, entry.reason, entry.quarantined) == (State.SENDING, "ZeroDivisionError", True)
    assert world.journal.entry("FA-2").state is State.SENT
    world.platform.find = find
    world.run()
    assert world.journal.entry("FA-1").state is State.SENT
    assert world.deposited == ["FA-1", "FA-2"]


def test_a_page_that_cannot_be_read_moves_no_cursor_and_stops_nothing():
    world = World("FA-1", "FA-2")
    issued_since = world.source.issued_since

    def with_a_gap(cursor):
        yield from issued_since(cursor)
        yield Page(snapshots=(), skipped=(), cursor="9", problem="page 2: no JSON")

    world.source.issued_since = with_a_gap
    result = world.run()
    assert (result.pull.problems, result.ended(State.SENT)) == (("page 2: no JSON",), 2)
    assert world.journal.cursor() is None
    world.source.issued_since = issued_since
    assert world.run().pull.problems == ()
    assert world.journal.cursor() is not None


def test_a_record_that_cannot_be_read_is_read_again_by_every_pull():
    world = World("FA-1")
    world.source.skip(Skipped(source_id="2", reason="unreadable"))
    result = world.run()
    assert (result.pull.unreadable, result.ended(State.SENT)) == (("2",), 1)
    assert world.run().pull.unreadable == ("2",)
    latest = {"2": world.source.add(sample_invoice("FA-2"), "2")}
    cursor = world.journal.cursor()
    world.source.issued_since = lambda _cursor: iter([Page(snapshots=(), skipped=(), cursor=cursor)])
    result = world.run()
    assert (result.pull.unreadable, world.journal.entry("2").version) == ((), latest["2"].reference.version)
    assert world.journal.entry("FA-2").state is State.SENT


def test_a_platform_that_is_not_ready_leaves_the_invoice_unbegun():
    world = World("FA-1")

    def away():
        raise PlatformUnavailable("left alone", code="CIRCUIT_OPEN")

    world.platform.ready = away
    result = world.run()
    entry = world.journal.entry("FA-1")
    assert (result.unreachable, entry.attempt, entry.retryable) == ("left alone", 0, True)
    del world.platform.ready
    world.time.now += timedelta(minutes=1)
    assert world.run().ended(State.SENT) == 1


def test_an_unmappable_invoice_is_refused_with_its_finding():
    world = World("FA-1")
    snapshot = next(iter(world.source.issued_since(None))).snapshots[0]
    finding = Finding(rule="BUYER_SIRET_MISSING", severity=Severity.ERROR, message="no", message_fr="non", term="BT-47")
    world.source.unmappable(snapshot.reference.source_id, finding)
    assert world.run().ended(State.REFUSED) == 1
    assert world.journal.entry("FA-1").report.errors == (finding,)


def test_a_lost_answer_is_looked_up_and_never_repeated_when_the_deposit_arrived():
    world = World("FA-1")
    world.platform.script(Answer.LOST_AFTER)
    result = world.run()
    assert world.journal.entry("FA-1").state is State.SENT
    assert world.journal.entry("FA-1").submission_id == world.platform.deposits[0].submission_id
    assert (world.deposited, result.unknown) == (["FA-1"], ())


def test_a_lost_deposit_is_sent_again_once_and_only_after_the_settle_time():
    world = World("FA-1")
    world.platform.script(Answer.LOST_BEFORE, Answer.LOST_BEFORE)
    assert world.run().unknown != ()
    world.time.now += timedelta(seconds=60 + 869)
    assert world.run().unknown != ()
    assert world.journal.entry("FA-1").attempt == 1
    world.time.now += timedelta(seconds=32)
    assert world.run().unknown != ()  # sent again, lost again
    assert world.journal.entry("FA-1").attempt == 2
    for _ in range(2):
        world.time.now += timedelta(seconds=2000)
        assert world.run().unknown != ()
        entry = world.journal.entry("FA-1")
        assert (entry.state, entry.unresolved, entry.attempt) == (State.SENDING, True, 2)
    assert world.deposited == []


def test_while_the_search_is_down_nothing_is_concluded():
    world = World("FA-1")
    world.platform.script(Answer.LOST_BEFORE)
    world.run()
    world.platform.search_down = True
    world.time.now += timedelta(days=1)
    result = world.run()
    assert result.unreachable
    assert world.journal.entry("FA-1").state is State.SENDING
    assert world.deposited == []


def test_a_search_index_that_lags_does_not_make_a_second_deposit():
    world = World("FA-1")
    world.platform.search_lag_seconds = 600
    world.platform.script(Answer.LOST_AFTER)
    for _ in range(30):
        world.run()
        world.time.now += timedelta(seconds=45)
    assert world.deposited == ["FA-1"]
    assert world.journal.entry("FA-1").state is State.SENT


def test_a_platform_that_is_down_ends_the_run_and_keeps_everything_due():
    world = World(*(f"FA-{n}" for n in range(10)))
    world.platform.script(*[Answer.UNAVAILABLE] * 3)
    result = world.run()
    assert result.unreachable
    assert world.deposited == []
    world.time.now += timedelta(minutes=5)
    assert world.run().ended(State.SENT) == 10


def test_a_passing_failure_is_tried_again_in_the_same_run():
    world = World("FA-1", "FA-2")
    world.platform.script(Answer.UNAVAILABLE)
    result = world.run()
    assert result.ended(State.SENT) == 2
    assert world.time.slept


def test_too_many_requests_are_waited_for_and_the_run_goes_on():
    world = World(*(f"FA-{n}" for n in range(6)))
    world.refuse(*[PlatformUnavailable("slow down", code="RATE_LIMITED", status=429, retry_after=2.0)] * 5)
    result = world.run()
    assert (result.ended(State.SENT), result.unreachable) == (6, None)
    assert world.time.slept == [2.0] * 5
    assert len(world.deposited) == 6


def test_a_platform_that_only_limits_ends_the_run():
    world = World(*(f"FA-{n}" for n in range(10)))
    world.refuse(*[PlatformUnavailable("slow down", code="RATE_LIMITED", status=429)] * 99)
    assert world.run().unreachable
    assert world.time.slept == [10, 20, 40, 80, 160]
    assert world.deposited == []


def test_a_pause_too_long_for_one_run_is_left_to_the_next():
    world = World("FA-1", "FA-2")
    world.refuse(PlatformUnavailable("slow down", code="RATE_LIMITED", status=429, retry_after=3600.0))
    assert world.run().unreachable
    assert world.time.slept == []


def test_wrong_credentials_stop_the_run_and_condemn_no_invoice():
    world = World("FA-1", "FA-2", "FA-3")
    world.refuse(PlatformRefused("credentials refused", code="AUTH_FAILED", status=401))
    result = world.run()
    assert (result.refused, result.unreachable) == ("credentials refused", None)
    assert world.deposited == []
    assert world.run().ended(State.SENT) == 3


def test_rights_that_are_missing_for_every_invoice_stop_the_run():
    world = World(*(f"FA-{n}" for n in range(5)))
    world.refuse(*[PlatformRefused("no right", code="FORBIDDEN", status=403)] * 3)
    result = world.run()
    assert (result.refused, result.ended(State.FAILED)) == ("no right", 3)
    assert world.deposited == []
    assert world.run().ended(State.SENT) == 5


def test_a_right_missing_once_does_not_stop_the_others():
    world = World("FA-1", "FA-2", "FA-3")
    world.refuse(PlatformRefused("no right", code="FORBIDDEN", status=403))
    result = world.run()
    assert (result.refused, result.ended(State.SENT), result.ended(State.FAILED)) == ("no right", 2, 1)
    assert world.run().ended(State.SENT) == 1


def test_credentials_refused_while_looking_for_a_lost_deposit_stop_the_run():
    world = World("FA-1")
    world.platform.script(Answer.LOST_BEFORE)
    world.run()

    def find(document, since, besides=()):
        raise PlatformRefused("credentials refused", code="AUTH_FAILED", status=401)

    world.platform.find = find
    assert world.run().refused == "credentials refused"
    assert world.journal.entry("FA-1").state is State.SENDING


@pytest.mark.parametrize(("answer", "attempts"), [(Answer.LOST_BEFORE, 2), (Answer.LOST_AFTER, 1)])
def test_a_doubt_that_is_decided_soon_is_decided_in_the_same_run(answer, attempts):
    world = World("FA-1")
    world.timing = sending.Timing(retry_first_seconds=1, lease_seconds=5, settle_seconds=10)
    world.platform.search_lag_seconds = 8
    world.platform.script(answer)
    result = world.run()
    assert (result.unknown, result.outcomes) == ((), {"1": State.SENT})
    assert world.deposited == ["FA-1"]
    assert world.journal.entry("FA-1").attempt == attempts


def test_a_refusal_of_the_platform_is_final_until_the_source_changes():
    world = World("FA-1")
    world.platform.script(Answer.REFUSE)
    assert world.run().ended(State.FAILED) == 1
    world.time.now += timedelta(days=1)
    assert world.run().outcomes == {}


def test_an_invoice_of_a_later_day_is_held_until_that_day():
    world = World()
    world.source.add(sample_invoice("FA-1", date(2026, 11, 20)))
    result = world.run()
    assert (result.ended(State.HELD), result.pull.skipped) == (1, {"future": 1})
    world.time.now = datetime(2026, 11, 20, 0, 1, tzinfo=UTC)
    assert world.run().ended(State.SENT) == 1


def test_a_change_after_sending_is_flagged_and_never_sent():
    world = World("FA-1")
    world.run()
    world.source.add(changed(sample_invoice("FA-1")), world.journal.entry("FA-1").source_id)
    world.run()
    assert world.journal.entry("FA-1").changed_after_send
    assert world.deposited == ["FA-1"]


def test_skipped_records_are_counted_by_reason():
    world = World("FA-1")
    world.source.skip(Skipped(source_id="77", reason="draft"))
    world.source.skip(Skipped(source_id="78", reason="draft"))
    assert world.run().pull.skipped == {"draft": 2}


class Forgetful(MemorySource):
    """A source whose scan does not show a change made to the customer."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked = []

    def correct(self, invoice, source_id):
        self.corrected = {source_id: self.add(invoice, source_id)}
        self._changes.pop()

    def again(self, source_ids):
        self.asked.append(tuple(source_ids))
        for page in super().again(source_ids):
            shots = (getattr(self, "corrected", {}).get(shot.reference.source_id, shot) for shot in page.snapshots)
            yield replace(page, snapshots=tuple(shots))


def test_a_customer_corrected_at_the_source_is_seen_by_the_next_run():
    world = World()
    world.source = Forgetful([sample_invoice("FA-1"), sample_invoice("FA-2")])
    world.judge = lambda document: sample_report(document) if len(world.source.asked) > 1 else refused_report(document)
    assert world.run().ended(State.REFUSED) == 2
    assert world.source.asked == []  # the scan has just shown them
    world.source.correct(changed(sample_invoice("FA-2")), "2")
    world.run()
    assert world.source.asked == [("1", "2")]
    world.run()
    assert world.deposited == ["FA-1", "FA-2"]
    assert world.journal.entry("FA-2").version == world.source.corrected["2"].reference.version
    world.run()
    assert world.source.asked == [("1", "2"), ("1", "2")]


def test_a_scan_cut_short_is_done_again():
    world = World("FA-1")
    world.source.fail(SourceUnavailable("down", code="UNREACHABLE"))
    with pytest.raises(SourceUnavailable):
        world.run()
    assert world.journal.cursor() is None
    assert world.run().ended(State.SENT) == 1


def test_too_late_to_be_sure_means_not_sent():
    world = World("FA-1")
    sending = world.journal.sending

    def frozen(*arguments):
        claimed = sending(*arguments)
        world.time.now += timedelta(seconds=30)
        return claimed

    world.journal.sending = frozen
    pipeline.pull(world.source, world.journal, world.time)
    entry = next(iter(world.journal.due(world.time())))
    assert delivery.process(world.line, entry) is State.PULLED
    assert world.deposited == []


def test_a_crash_of_ours_is_no_lost_answer():
    world = World("FA-1")
    send = world.platform.send

    def die(document):
        raise KeyboardInterrupt

    for _ in range(3):
        world.platform.send = die
        with pytest.raises(KeyboardInterrupt):
            world.run()
        world.journal = world.journal.reopened()
        world.time.now += timedelta(seconds=2000)
    world.platform.send = send
    world.run()
    world.time.now += timedelta(seconds=2000)
    world.run()
    assert world.deposited == ["FA-1"]


def test_two_records_with_one_number_are_not_both_sent():
    world = World("FA-1")
    world.run()
    world.source.add(sample_invoice("FA-1", hours=7), "another")
    assert world.run().ended(State.REFUSED) == 1
    assert world.deposited == ["FA-1"]
    assert world.journal.entry("another").report.errors[0].rule == "INVOICE_NUMBER_DUPLICATE"
