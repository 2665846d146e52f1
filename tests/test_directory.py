"""Buyers looked up before sending: held, released by themselves, remembered; a silent directory refuses nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pdp_bridge import pipeline, sending
from pdp_bridge.cli.outcome import needs_a_person
from pdp_bridge.delivery import one_by_one
from pdp_bridge.directory import Directory, Known, Overlay, require_enrolled
from pdp_bridge.errors import ConfigError, MappingError, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.pulled import Printed
from pdp_bridge.model.recipient import Demand, Reach, Recipient
from pdp_bridge.planning.planner import Stages, plan
from pdp_bridge.planning.reachability import QUESTIONS
from pdp_bridge.ports import State
from pdp_bridge.testing import (
    MemoryJournal,
    MemoryPlatform,
    MemorySource,
    sample_document,
    sample_invoice,
    sample_report,
)

BUYER = "0225:200000008"


class Counting(MemoryPlatform):
    """Counts the questions to the directory."""

    def __init__(self, **options):
        super().__init__(**options)
        self.asked = []

    def recipient(self, address, day):
        self.asked.append(address)
        return super().recipient(address, day)


class World:
    """A line in memory whose buyers are looked up."""

    def __init__(self, *numbers):
        self.now = datetime(2026, 11, 21, 8, tzinfo=UTC)
        self.source = MemorySource([sample_invoice(number) for number in numbers])
        self.platform = Counting(clock=self.clock)
        self.journal = MemoryJournal(clock=self.clock)
        self.memory = Overlay()
        self.permit = sending.permitted

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)

    @property
    def directory(self):
        return Directory(platform=self.platform, memory=self.memory, clock=self.clock)

    def run(self, **later):
        self.now += timedelta(**later)
        line = sending.Line(
            source=self.source,
            platform=self.platform,
            journal=self.journal,
            build=sample_document,
            reopen=lambda _content: None,
            judge=sample_report,
            clock=self.clock,
            sleep=self.sleep,
            directory=self.directory,
            permit=self.permit,
        )
        return pipeline.run(line)

    def plan(self):
        stages = Stages(
            make_each=one_by_one(self.source, sample_document, sample_report),
            printed=lambda _snapshot: Printed(currency="EUR"),
            public=lambda _invoice: False,
            clock=self.clock,
            watch=sending.unwatched,
            directory=Directory(platform=self.platform, memory=Overlay(self.memory), clock=self.clock),
        )
        return plan(self.source, self.journal, stages)


def test_one_question_for_all_invoices_of_a_buyer_in_a_day():
    world = World("FA-1", "FA-2", "FA-3")
    assert world.run().ended(State.SENT) == 3
    assert world.platform.asked == [BUYER]
    world.source.add(sample_invoice("FA-4"), "4")
    assert world.run(hours=23).ended(State.SENT) == 1
    assert world.platform.asked == [BUYER]
    world.source.add(sample_invoice("FA-5"), "5")
    assert world.run(hours=2).ended(State.SENT) == 1
    assert world.platform.asked == [BUYER, BUYER]


def test_an_absent_buyer_is_held_for_a_person_and_looked_up_again_by_itself():
    world = World("FA-1")
    world.platform.absent.add(BUYER)
    world.run()
    entry = world.journal.entry("FA-1")
    assert (entry.state, entry.attempt, needs_a_person(entry)) == (State.HELD, 0, True)
    assert [finding.rule for finding in entry.report.errors] == ["BUYER_NOT_IN_DIRECTORY"]
    assert world.platform.deposits == []
    world.platform.absent.clear()
    world.run(minutes=30)
    assert world.journal.entry("FA-1").state is State.HELD, "asked a short while ago"
    world.run(minutes=31)
    assert world.journal.entry("FA-1").state is State.SENT
    assert len(world.platform.asked) == 2


def test_an_upcoming_address_is_released_on_its_day_not_before():
    world = World("FA-1")
    world.platform.upcoming[BUYER] = date(2026, 11, 24)
    world.run()
    entry = world.journal.entry("FA-1")
    assert (entry.state, entry.next_action_at) == (State.HELD, datetime(2026, 11, 24, tzinfo=UTC))
    assert not needs_a_person(entry)
    assert [finding.rule for finding in entry.report.findings] == ["BUYER_ADDRESS_UPCOMING"]
    world.run(days=2)
    assert world.platform.deposits == []
    assert len(world.platform.asked) == 1, "nothing is asked while it only waits"
    world.run(hours=16, minutes=1)  # a minute past midnight
    assert world.journal.entry("FA-1").state is State.SENT


def test_an_upcoming_address_that_is_put_off_waits_on():
    world = World("FA-1")
    world.platform.upcoming[BUYER] = date(2026, 11, 24)
    world.run()
    world.platform.upcoming[BUYER] = date(2026, 12, 1)
    world.run(days=3)
    entry = world.journal.entry("FA-1")
    assert (entry.state, entry.next_action_at) == (State.HELD, datetime(2026, 12, 1, tzinfo=UTC))


def test_a_silent_directory_is_no_reason_to_refuse():
    world = World("FA-1")
    world.platform.directory_down = True
    result = world.run()
    entry = world.journal.entry("FA-1")
    assert (entry.state, entry.retryable, entry.attempt) == (State.FAILED, True, 0)
    assert result.outcomes == {"1": State.FAILED}
    world.platform.directory_down = False
    assert world.run(minutes=5).ended(State.SENT) == 1


def test_while_it_is_silent_the_last_good_answer_stands_for_a_month():
    world = World("FA-1")
    world.run()
    world.platform.directory_down = True
    world.source.add(sample_invoice("FA-2"), "2")
    assert world.run(days=29).ended(State.SENT) == 1
    world.source.add(sample_invoice("FA-3"), "3")
    assert world.run(days=2).ended(State.SENT) == 0


def test_a_directory_that_refuses_the_question_holds_nobody_for_good():
    world = World("FA-1")
    world.platform.recipient = refusing("FORBIDDEN")
    world.run()
    entry = world.journal.entry("FA-1")
    assert (entry.state, entry.retryable) == (State.FAILED, True)
    assert "policy.directory_check" in entry.reason


def refusing(code):
    def recipient(_address, _day):
        raise PlatformRefused("no", code=code, status=403)

    return recipient


def test_refused_credentials_end_the_run():
    world = World("FA-1", "FA-2")
    world.platform.recipient = refusing("AUTH_FAILED")
    assert world.run().refused == "no"
    assert world.platform.deposits == []


@pytest.mark.parametrize(
    ("demands", "invoice", "term"),
    [
        ({Demand.SERVICE}, {"order_reference": "EJ-1"}, "BT-10"),
        ({Demand.COMMITMENT}, {"buyer_reference": "SRV"}, "BT-13"),
        ({Demand.EITHER}, {}, "BT-13"),
        ({Demand.EITHER}, {"buyer_reference": "SRV"}, None),
        ({Demand.SERVICE, Demand.COMMITMENT}, {"buyer_reference": "SRV", "order_reference": "EJ-1"}, None),
    ],
)
def test_what_the_entry_of_a_public_buyer_demands(demands, invoice, term):
    world = World()
    world.platform.recipient = lambda address, _day: Recipient(
        address=address, reach=Reach.REACHABLE, demands=frozenset(demands)
    )
    document = sample_document(replace(sample_invoice(), **invoice))
    if term is None:
        world.directory.require(document)
    else:
        with pytest.raises(MappingError) as caught:
            world.directory.require(document)
        assert (caught.value.finding.rule, caught.value.finding.term) == ("B2G_REFERENCE_MISSING", term)
    assert world.memory.recall(BUYER) is None, "what it demands is asked each time"


def test_an_answer_from_the_future_is_not_believed():
    world = World()
    reachable = Recipient(address=BUYER, reach=Reach.REACHABLE)
    world.memory.remember(Known(recipient=reachable, checked_at=world.now + timedelta(days=400)))
    world.platform.absent.add(BUYER)
    assert world.directory.recipient(BUYER).reach is Reach.ABSENT


# -- the plan --------------------------------------------------------------------------------------------------------


def test_a_plan_shows_who_is_held_and_remembers_nothing():
    world = World("FA-1", "FA-2")
    world.platform.upcoming[BUYER] = date(2026, 12, 1)
    result = world.plan()
    assert [(each.group, each.until) for each in result.decisions] == [("held", date(2026, 12, 1))] * 2
    assert result.not_looked_up == 0
    assert world.platform.asked == [BUYER]
    assert world.memory.recall(BUYER) is None


def test_a_plan_does_not_wait_for_a_silent_directory():
    world = World("FA-1", "FA-2")
    world.platform.directory_down = True
    result = world.plan()
    assert [each.group for each in result.decisions] == ["send", "send"]
    assert (result.not_looked_up, len(world.platform.asked)) == (2, 1)


def test_a_plan_asks_a_few_questions_only():
    world = World()
    buyers = [f"2{number:08}" for number in range(QUESTIONS + 7)]
    for place, siren in enumerate(buyers):
        invoice = sample_invoice(f"FA-{place}")
        address = replace(invoice.buyer.electronic_address, value=siren)
        world.source.add(replace(invoice, buyer=replace(invoice.buyer, electronic_address=address)), str(place))
    result = world.plan()
    assert (len(world.platform.asked), result.not_looked_up) == (QUESTIONS, 7)


# -- the seller ------------------------------------------------------------------------------------------------------


class Enrolments:
    """When the platform last said yes."""

    at = None

    def enrolled_at(self):
        return self.at

    def was_enrolled(self, at):
        self.at = at


def test_the_enrolment_is_asked_once_a_day():
    world, memory, asked = World(), Enrolments(), []
    world.platform.enrolled = lambda siren: asked.append(siren) or True
    for _hours in range(25):
        require_enrolled(world.platform, memory, "100000009", world.clock)
        world.sleep(3600)
    assert asked == ["100000009"] * 2


def test_a_seller_who_is_not_enrolled_sends_nothing_and_is_asked_for_each_time():
    world, memory = World("FA-1"), Enrolments()
    world.platform.sellers = {"200000008"}
    world.permit = lambda: require_enrolled(world.platform, memory, "100000009", world.clock)
    result = world.run()
    assert "100000009" in result.refused
    assert (world.journal.entry("FA-1").state, world.platform.deposits) == (State.PULLED, [])
    world.platform.sellers.add("100000009")
    assert world.run().ended(State.SENT) == 1


@pytest.mark.parametrize(
    "answer", [PlatformUnavailable("down", code="DOWN"), PlatformRefused("no", code="FORBIDDEN"), None]
)
def test_an_enrolment_that_nobody_tells_forbids_nothing(answer):
    world, memory = World(), Enrolments()

    def enrolled(_siren):
        if answer is not None:
            raise answer

    world.platform.enrolled = enrolled
    require_enrolled(world.platform, memory, "100000009", world.clock)
    assert memory.at is None


def test_what_forbids_to_send_stands_before_every_deposit():
    world = World("FA-1")

    def forbidden():
        raise ConfigError("first say so", key="source.native_sending_disabled")

    world.permit = forbidden
    with pytest.raises(ConfigError):
        world.run()
    assert (world.journal.entry("FA-1").state, world.platform.deposits) == (State.PULLED, [])
