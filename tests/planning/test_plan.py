"""The dry run on fakes: every route, what a pull would change, what changed since, and that nothing is written."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pdp_bridge.delivery import one_by_one
from pdp_bridge.errors import Held, PlatformRefused, SourceUnavailable
from pdp_bridge.model.codes import InvoiceType
from pdp_bridge.model.hindrance import number_taken
from pdp_bridge.model.invoice import PrecedingInvoice
from pdp_bridge.model.money import amount
from pdp_bridge.model.pulled import Printed, Skipped
from pdp_bridge.model.report import Finding, Layer, LayerName, Report, Severity
from pdp_bridge.pipeline import pull, run
from pdp_bridge.planning import memory
from pdp_bridge.planning.decision import AWAY, SENT, Group, Memory
from pdp_bridge.planning.planner import Stages, plan
from pdp_bridge.ports import State
from pdp_bridge.sending import Line
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

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


class World:
    """A line with its ends in memory, and the plan of it."""

    def __init__(self, *numbers, judge=sample_report, public=lambda _invoice: False):
        self.now = NOW
        self.source = HoldingSource([sample_invoice(number) for number in numbers])
        self.platform = MemoryPlatform(clock=lambda: self.now)
        self.journal = MemoryJournal(clock=lambda: self.now)
        self.kept = {}
        self.judge = judge
        self.public = public
        self.printed = Printed(
            currency="EUR", buyer="Martin SARL", total_without_vat=amount("100"), total_with_vat=amount("120")
        )
        self.watched = []

    def build(self, invoice):
        document = sample_document(invoice)
        self.kept[document.content] = document
        return document

    def plan(self, earlier=None):
        stages = Stages(
            make_each=one_by_one(self.source, self.build, self.judge),
            printed=lambda _snapshot: self.printed,
            public=self.public,
            clock=lambda: self.now,
            watch=lambda *seen: self.watched.append(seen),
        )
        return plan(self.source, self.journal, stages, earlier)

    def run(self):
        return run(self.line)

    @property
    def line(self):
        return Line(
            source=self.source,
            platform=self.platform,
            journal=self.journal,
            build=self.build,
            reopen=self.kept.__getitem__,
            judge=self.judge,
            clock=lambda: self.now,
            sleep=self._sleep,
        )

    def _sleep(self, seconds):
        self.now += timedelta(seconds=seconds)


class HoldingSource(MemorySource):
    """Some invoices take another route."""

    def __init__(self, invoices):
        super().__init__(invoices)
        self.holds = {}

    def invoice(self, snapshot):
        if snapshot.reference.source_id in self.holds:
            raise Held(self.holds[snapshot.reference.source_id])
        return super().invoice(snapshot)


def finding(rule, value=None):
    return Finding(rule=rule, severity=Severity.ERROR, message=f"{rule}.", message_fr=f"{rule} !", value=value)


def refused_report(document):
    layer = Layer.judged(LayerName.ARITHMETIC, "test", (finding("BR-CO-15"),))
    return Report(layers=(layer,), required=(LayerName.ARITHMETIC,), sha256=document.sha256)


def groups(result):
    return {decision.number: decision.group for decision in result.decisions}


def changes(result):
    return {change.number: (change.before, change.after) for change in result.changes}


def test_nothing_is_written_and_nothing_is_sent():
    world = World("FA-1", "FA-2")
    world.run()
    world.source.add(sample_invoice("FA-3"))
    world.source.skip(Skipped(source_id="4", reason="draft"))
    before = copy.deepcopy((world.journal._cursor, world.journal._invoices, world.journal._documents))
    assert groups(world.plan()) == {"FA-3": Group.SEND}
    assert (world.journal._cursor, world.journal._invoices, world.journal._documents) == before
    assert len(world.platform.deposits) == 2


@pytest.mark.parametrize(
    ("treatment", "group"),
    [
        ("B2C", Group.B2C),
        ("B2CINT", Group.INTERNATIONAL),
        ("B2BINT", Group.INTERNATIONAL),
        ("OUTOFSCOPE", Group.OUT_OF_SCOPE),
        ("ARCHIVEONLY", Group.OUT_OF_SCOPE),
    ],
)
def test_another_route_says_why_and_its_treatment(treatment, group):
    world = World("FA-1")
    world.source.holds["1"] = finding("NOT_E_INVOICED", treatment)
    (decision,) = world.plan().decisions
    assert (decision.group, decision.treatment, decision.rules) == (group, treatment, ("NOT_E_INVOICED",))


def test_what_only_waits_is_held():
    world = World("FA-1")
    world.source.holds["1"] = finding("CREDIT_NOTE_SIGN", "120.00")
    world.source.add(replace(sample_invoice("FA-2"), issue_date=date(2026, 12, 1)))
    result = world.plan()
    assert groups(result) == {"FA-1": Group.HELD, "FA-2": Group.HELD}
    assert [decision.until for decision in result.decisions] == [None, date(2026, 12, 1)]
    assert result.of(Group.HELD)[1].rules == ("DATED_LATER",)


def test_a_public_body_is_told_apart():
    world = World("FA-1", "FA-2", public=lambda invoice: invoice.number == "FA-2")
    assert groups(world.plan()) == {"FA-1": Group.SEND, "FA-2": Group.PUBLIC}


def test_refused_by_the_mapping_and_by_the_checks():
    world = World("FA-1")
    world.source.unmappable("1", finding("BUYER_SIRET_MISSING"))
    assert world.plan().of(Group.REFUSED)[0].rules == ("BUYER_SIRET_MISSING",)
    world = World("FA-1", judge=refused_report)
    assert world.plan().of(Group.REFUSED)[0].rules == ("BR-CO-15",)


def test_a_check_that_did_not_run_is_named():
    def judge(document):
        layer = Layer.not_run(LayerName.XSD, "test", "the engine is missing", "le moteur manque")
        return Report(layers=(layer,), required=(LayerName.XSD,), sha256=document.sha256)

    (decision,) = World("FA-1", judge=judge).plan().decisions
    assert (decision.group, decision.reason) == (Group.REFUSED, "xsd: the engine is missing")
    assert [layer.reason_fr for layer in decision.idle] == ["le moteur manque"]


def test_one_broken_invoice_does_not_hide_the_others():
    world = World("FA-1", "FA-2")

    def build(invoice):
        if invoice.number == "FA-1":
            raise ZeroDivisionError("of a bug")
        return sample_document(invoice)

    world.build = build
    result = world.plan()
    assert groups(result) == {"FA-1": Group.FAILED, "FA-2": Group.SEND}
    assert result.of(Group.FAILED)[0].reason == "ZeroDivisionError: of a bug"


def test_a_number_borne_twice_goes_once():
    world = World("FA-1", "FA-1")
    result = world.plan()
    assert [decision.group for decision in result.decisions] == [Group.SEND, Group.REFUSED]
    assert result.decisions[1].findings == (number_taken("FA-1", "1"),)


def test_a_number_sent_before_is_refused_as_a_run_would():
    world = World("FA-1")
    world.run()
    world.source.add(sample_invoice("FA-1"), source_id="2")
    (decision,) = world.plan().decisions
    assert (decision.group, decision.rules) == (Group.REFUSED, ("INVOICE_NUMBER_DUPLICATE",))
    assert world.run().outcomes == {"2": State.REFUSED}


def test_what_was_sent_is_counted_and_a_change_after_it_told():
    world = World("FA-1", "FA-2")
    world.run()
    world.source.add(changed(sample_invoice("FA-2")), source_id="2")
    result = world.plan()
    assert (result.sent, result.changed_after_send, result.decisions) == (2, ("FA-2",), ())
    pull(world.source, world.journal, lambda: world.now)
    assert world.plan().changed_after_send == ("FA-2",)


def test_a_lost_answer_is_looked_up_first():
    world = World("FA-1")
    world.platform.script(Answer.LOST_BEFORE)
    world.run()
    (decision,) = world.plan().decisions
    assert decision.group is Group.IN_DOUBT
    assert decision.printed is world.printed


def test_passed_over_counts_everything_known():
    world = World("FA-1")
    world.source.skip(Skipped(source_id="2", reason="draft"))
    world.source.skip(Skipped(source_id="3", reason="external", number="EXT-1"))
    pull(world.source, world.journal, lambda: world.now)
    world.source.skip(Skipped(source_id="4", reason="draft"))
    world.source.add(sample_invoice("FA-2"), source_id="2")  # the draft was issued
    world.source.skip(Skipped(source_id="1", reason="deleted", number="FA-1"))
    result = world.plan()
    assert result.passed_over == {"draft": 1, "external": 1, "deleted": 1}
    assert groups(result) == {"FA-2": Group.SEND}


def test_what_was_passed_over_comes_back():
    world = World("FA-1")
    pull(world.source, world.journal, lambda: world.now)
    world.source.skip(Skipped(source_id="1", reason="deleted"))
    pull(world.source, world.journal, lambda: world.now)
    assert groups(world.plan()) == {}
    world.source.add(sample_invoice("FA-1"), source_id="1")
    assert groups(world.plan()) == {"FA-1": Group.SEND}


def test_what_failed_waits_for_a_person_until_it_is_edited():
    world = World("FA-1")
    pull(world.source, world.journal, lambda: world.now)
    world.journal.failed("1", PlatformRefused("no", code="HTTP_400"), retry_at=None)
    assert groups(world.plan()) == {"FA-1": Group.FAILED}
    world.source.add(changed(sample_invoice("FA-1")), source_id="1")
    assert groups(world.plan()) == {"FA-1": Group.SEND}


def test_the_first_plan_has_nothing_to_compare_with():
    result = World("FA-1").plan()
    assert (result.compared, result.since, result.changes) == (False, None, ())


def test_changes_since_the_last_run():
    world = World("FA-1", "FA-2")
    world.source.unmappable("2", finding("BUYER_SIRET_MISSING"))
    world.run()
    unchanged = world.plan()
    assert (unchanged.compared, unchanged.since, unchanged.changes) == (True, None, ())
    world.source.add(changed(sample_invoice("FA-2")), source_id="2")
    world.source.add(sample_invoice("FA-3"))
    world.source._unmappable.clear()
    result = world.plan()
    assert changes(result) == {"FA-2": (Group.REFUSED, Group.SEND), "FA-3": (None, Group.SEND)}
    assert [change.edited for change in result.changes] == [True, False]


def test_changes_since_the_last_plan():
    world = World("FA-1", "FA-2", "FA-3", "FA-4")
    world.source.unmappable("2", finding("BUYER_SIRET_MISSING"))
    earlier = memory.from_json(memory.to_json(world.plan()))
    assert world.plan(earlier).changes == ()
    world.source.unmappable("2", finding("BUYER_VAT_INVALID"))
    world.source.skip(Skipped(source_id="4", reason="deleted"))
    world.run()
    world.source.holds["3"] = finding("NOT_E_INVOICED", "B2C")
    result = world.plan(earlier)
    assert result.since == NOW
    assert changes(result) == {
        "FA-1": (Group.SEND, SENT),
        "FA-2": (Group.REFUSED, Group.REFUSED),
        "FA-3": (Group.SEND, SENT),
        "FA-4": (Group.SEND, AWAY),
    }


def test_totals_by_group_and_currency():
    world = World("FA-1", "FA-2", "FA-3")
    by_number = {
        "FA-1": world.printed,
        "FA-2": replace(world.printed, total_without_vat=amount("-10"), total_with_vat=amount("-12")),
        "FA-3": Printed(currency="USD"),
    }
    stages = Stages(
        make_each=one_by_one(world.source, world.build, sample_report),
        printed=lambda snapshot: by_number[snapshot.reference.number],
        public=lambda _invoice: False,
        clock=lambda: NOW,
        watch=lambda *_seen: None,
    )
    euros, dollars = plan(world.source, world.journal, stages).sums
    assert (euros.currency, euros.totals.invoices, euros.totals.unknown) == ("EUR", 2, 0)
    assert (euros.totals.total_without_vat, euros.totals.vat, euros.totals.total_with_vat) == (90, 18, 108)
    assert (dollars.currency, dollars.totals.invoices, dollars.totals.unknown) == ("USD", 1, 1)
    assert dollars.totals.total_with_vat == 0


def test_the_source_in_trouble_stops_the_plan():
    world = World("FA-1")
    world.source.fail(SourceUnavailable("down", code="SERVER_ERROR"))
    with pytest.raises(SourceUnavailable):
        world.plan()


@pytest.mark.parametrize("torn", [None, [], {"edition": 2}, {"edition": 1}, {"edition": 1, "made_at": "x"}])
def test_a_memory_of_another_shape_is_none(torn):
    assert memory.from_json(torn) is None


def test_a_memory_holds_neither_names_nor_amounts():
    kept = memory.to_json(World("FA-1").plan())
    assert "Martin" not in str(kept)
    assert "120" not in str(kept["invoices"]).replace(kept["invoices"][0]["version"], "")
    assert isinstance(memory.from_json(kept), Memory)


def test_the_credit_note_of_a_rejected_invoice_is_foreseen_as_the_run_holds_it():
    world = World("FA-1")
    world.platform.verdict = "REJECTED"
    world.run()
    world.journal.received(world.platform.new_events())
    preceding = (PrecedingInvoice(number="FA-1", issue_date=date(2026, 9, 1)),)
    world.source.add(replace(sample_invoice("AV-1"), type=InvoiceType.CREDIT_NOTE, preceding=preceding))
    (decision,) = world.plan().decisions
    assert (decision.number, decision.group, decision.rules) == ("AV-1", Group.HELD, ("CREDIT_NOTE_INTERNAL",))
    world.run()
    assert (world.journal.entry("AV-1").state, len(world.platform.deposits)) == (State.HELD, 1)
