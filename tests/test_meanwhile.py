"""What is made ahead of its turn: whatever happens to the invoice meanwhile, it is neither sent nor blamed wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pdp_bridge import delivery, pipeline, sending
from pdp_bridge.errors import Held, MappingError, PlatformRefused, PlatformUnavailable
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.report import Finding, Layer, LayerName, Report, Severity
from pdp_bridge.ports import Lease, State
from pdp_bridge.testing import MemoryPlatform, MemorySource, sample_document, sample_invoice, sample_report

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
FINDING = Finding(rule="R", severity=Severity.ERROR, message="no", message_fr="non", term="BT-1", value="x")


class World:
    """One invoice whose content is of two hours, made, and not yet delivered."""

    def __init__(self, folder, judge=sample_report):
        self.journals = []
        self.folder = folder
        self.judge = judge
        self.trouble = None
        self.source = MemorySource([sample_invoice("FA-1")])
        self.platform = MemoryPlatform(clock=lambda: NOW)
        self.journal = self.another_process()
        pipeline.pull(self.source, self.journal, lambda: NOW)

    def another_process(self):
        journal = SqlJournal(f"sqlite:///{self.folder / 'journal.db'}", clock=lambda: NOW)
        self.journals.append(journal)
        return journal

    def build(self, invoice):
        if self.trouble is not None:
            raise self.trouble
        return sample_document(invoice)

    @property
    def line(self):
        return sending.Line(
            source=self.source,
            platform=self.platform,
            journal=self.journal,
            build=self.build,
            reopen=None,
            judge=self.judge,
            clock=lambda: NOW,
            sleep=lambda _seconds: None,
        )

    def made(self):
        [several] = delivery.taken(self.line, [self.entry])
        [one] = delivery.prepared(self.line, several)
        return one

    def edited(self, number="FA-1", hours=7):
        """The source shows other content, which another process pulls."""
        self.source.add(sample_invoice(number, hours=hours), "1")
        pipeline.pull(self.source, self.another_process(), lambda: NOW)

    @property
    def entry(self):
        return self.journal.entry("1")

    @property
    def deposited(self):
        return [deposit.document.invoice for deposit in self.platform.deposits]


@pytest.fixture
def world(tmp_path):
    one = World(tmp_path)
    yield one
    for journal in one.journals:
        journal.close()


def refused_report(document):
    layer = Layer.judged(LayerName.ARITHMETIC, "test", (FINDING,))
    return Report(layers=(layer,), required=(LayerName.ARITHMETIC,), sha256=document.sha256)


def claimed(world, source_id="1"):
    """Another process has begun to send this record."""
    journal = world.another_process()
    shot = journal.snapshot(source_id)
    document = sample_document(world.source.invoice(shot))
    lease = Lease(at=NOW, until=NOW + timedelta(minutes=1))
    assert journal.sending(shot.reference, document, sample_report(document), lease)
    return journal, document


# -- not sent --------------------------------------------------------------------------------------------------------


def test_what_was_made_of_older_content_is_not_sent_and_the_newer_is(world):
    one = world.made()
    world.edited()
    assert delivery.deliver(world.line, one) is State.PULLED
    assert world.deposited == []
    assert pipeline.work(world.line).ended(State.SENT) == 1
    assert world.deposited == [sample_invoice("FA-1", hours=7)]


def test_what_another_process_is_sending_is_not_sent(world):
    one = world.made()
    journal, _ = claimed(world)
    assert delivery.deliver(world.line, one) is State.SENDING
    assert world.deposited == []
    journal.sent("1", "theirs")
    assert delivery.deliver(world.line, one) is State.SENT
    assert (world.deposited, world.entry.submission_id) == ([], "theirs")


def test_what_a_person_adopted_is_not_sent(world):
    one = world.made()
    world.another_process().adopted("1", "theirs", sample_document(sample_invoice("FA-1")), "somebody")
    assert delivery.deliver(world.line, one) is State.SENT
    assert (world.deposited, world.entry.submission_id) == ([], "theirs")


def test_what_is_to_be_sent_no_more_is_not_sent(world):
    one = world.made()
    world.another_process().pulled([], [Skipped(source_id="1", reason="draft")])
    assert delivery.deliver(world.line, one) is State.HELD
    assert world.deposited == []
    assert "draft" in world.entry.reason


def test_a_number_that_another_record_took_is_not_sent_twice(world):
    one = world.made()
    world.source.add(sample_invoice("FA-1"), "2")
    pipeline.pull(world.source, world.another_process(), lambda: NOW)
    claimed(world, "2")
    assert delivery.deliver(world.line, one) is State.REFUSED
    assert world.deposited == []
    assert "number" in world.entry.reason.lower()


@pytest.mark.parametrize("pauses", [1, 3])
def test_what_waits_for_the_platform_is_not_sent_when_it_changed_meanwhile(world, pauses):
    answers = [PlatformUnavailable("slow down", code="RATE_LIMITED", status=429, retry_after=2.0)] * pauses
    send = world.platform.send

    def limited(document):
        if answers:
            raise answers.pop()
        return send(document)

    world.platform.send = limited

    def sleep(_seconds):
        if not answers:
            world.edited()

    result = pipeline.work(replace(world.line, sleep=sleep))
    assert world.deposited == []
    assert result.outcomes == {"1": State.PULLED}
    assert pipeline.work(world.line).ended(State.SENT) == 1
    assert world.deposited == [sample_invoice("FA-1", hours=7)]


# -- not blamed ------------------------------------------------------------------------------------------------------


TROUBLES = [
    MappingError(FINDING),
    Held(FINDING),
    Held(FINDING, until=date(2027, 11, 2)),
    KeyError("nobody foresaw this"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
def test_what_spoke_against_older_content_is_not_held_against_the_newer(world, trouble):
    world.trouble = trouble
    one = world.made()
    world.edited()
    assert delivery.deliver(world.line, one) is State.PULLED
    assert (world.entry.reason, world.entry.report, world.entry.failures) == (None, None, 0)
    world.trouble = None
    assert pipeline.work(world.line).ended(State.SENT) == 1


def test_the_report_of_older_content_is_not_that_of_the_newer(world):
    world.judge = refused_report
    one = world.made()
    world.edited()
    assert delivery.deliver(world.line, one) is State.PULLED
    assert world.entry.report is None


def test_a_buyer_that_was_corrected_meanwhile_is_not_the_one_that_the_directory_refuses(world):
    class Directory:
        def require(self, _document):
            world.edited()
            raise PlatformRefused("no such address", code="HTTP_400", status=400)

    assert delivery.deliver(replace(world.line, directory=Directory()), world.made()) is State.PULLED
    assert world.entry.reason is None


def test_a_number_that_was_corrected_meanwhile_is_not_the_one_that_was_taken(world):
    one = world.made()
    world.source.add(sample_invoice("FA-1"), "2")
    world.edited(number="FA-2")
    claimed(world, "2")
    assert delivery.deliver(world.line, one) is State.PULLED
    assert (world.entry.number, world.entry.reason) == ("FA-2", None)


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
def test_what_speaks_against_the_content_that_is_still_there_is_recorded(world, trouble):
    world.trouble = trouble
    assert delivery.deliver(world.line, world.made()) is world.entry.state
    assert world.entry.state in {State.REFUSED, State.HELD, State.FAILED}
    assert world.entry.reason
