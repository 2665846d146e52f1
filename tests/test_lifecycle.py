"""Collecting statuses on fakes: store first, acknowledge after, read histories seldom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge import lifecycle, pipeline, sending
from pdp_bridge.errors import PlatformRefused, PlatformUnavailable
from pdp_bridge.model.status import Outcome
from pdp_bridge.testing import Answer, MemoryJournal, MemoryPlatform, MemorySource, sample_document, sample_invoice
from pdp_bridge.testing import sample_report as judge

SPACING = 1800


class World:
    def __init__(self, *numbers, verdict="ISSUED"):
        self.now = datetime(2026, 11, 2, 8, tzinfo=UTC)
        self.platform = MemoryPlatform(clock=self.clock, verdict=verdict)
        self.journal = MemoryJournal(clock=self.clock)
        self.source = MemorySource([sample_invoice(number) for number in numbers])
        self.kept = {}
        self.run()

    def clock(self):
        return self.now

    def run(self):
        def build(invoice):
            document = sample_document(invoice)
            self.kept[document.content] = document
            return document

        pipeline.run(
            sending.Line(
                source=self.source,
                platform=self.platform,
                journal=self.journal,
                build=build,
                reopen=self.kept.__getitem__,
                judge=judge,
                clock=self.clock,
                sleep=lambda _: None,
            )
        )

    def sync(self):
        return lifecycle.sync(
            self.platform,
            self.journal,
            clock=self.clock,
            reopen=self.kept.__getitem__,
            history_interval_seconds=SPACING,
        )

    def summary(self, number="FA-1"):
        return self.journal.entry(number).summary


def silence(platform):
    """A webhook of the account reads the feed: nothing is ever unread."""
    platform.new_events = list


def test_events_come_home_and_are_acknowledged():
    world = World("FA-1", "FA-2")
    result = world.sync()
    assert (result.new_events, result.acknowledged, result.histories_read) == (4, 4, 0)
    assert world.summary().technical_status is Outcome.VALIDATED
    assert world.summary().lifecycle_number == "201"
    assert world.sync().new_events == 0


def test_a_deposit_without_verdict_is_pending_and_not_validated():
    world = World("FA-1", verdict=None)
    world.sync()
    assert world.summary().technical_status is Outcome.PENDING
    assert world.summary().lifecycle_status == "SUBMITTED"


def test_nothing_is_acknowledged_that_is_not_stored():
    world = World("FA-1")

    def broken(events, origin):
        raise OSError("disk full")

    world.journal.received = broken
    with pytest.raises(OSError, match="disk full"):
        world.sync()
    del world.journal.received
    assert world.sync().new_events == 2


def test_an_acknowledgement_that_fails_is_made_up_for_by_the_next_sync():
    world = World("FA-1")
    acknowledge = world.platform.acknowledge

    def refuse(event):
        raise PlatformUnavailable("down", code="UNREACHABLE")

    world.platform.acknowledge = refuse
    assert world.sync().unreachable
    assert world.summary().technical_status is Outcome.VALIDATED
    world.platform.acknowledge = acknowledge
    assert world.sync().new_events == 0
    assert world.platform.new_events() == []


def test_an_event_that_cannot_be_recorded_is_kept_as_raw_text_and_stops_no_other():
    world = World("FA-1", "FA-2")
    poison = world.platform.announce(world.platform.deposits[0].submission_id, "APPROVED")
    received = world.journal.received

    def fragile(events, origin):
        if poison in events:
            raise ValueError("no database takes this")
        return received(events, origin)

    world.journal.received = fragile
    result = world.sync()
    assert (result.new_events, result.unreadable, result.unreachable) == (4, 1, None)
    assert world.platform.new_events() == []
    (kept,) = world.journal.events("")
    assert (kept.status_id, kept.code, kept.destination) == (poison.status_id, "UNREADABLE", "EVENT")
    assert world.summary().lifecycle_number == "201"
    assert world.sync().unreadable == 0


def test_an_event_that_the_platform_will_not_mark_as_read_stops_no_other():
    world = World("FA-1", "FA-2")
    acknowledge = world.platform.acknowledge

    def refuse_one(event):
        if event.status_id == "status-1":
            raise PlatformRefused("Could not acknowledge status status-1: 400", code="HTTP_400", status=400)
        acknowledge(event)

    world.platform.acknowledge = refuse_one
    result = world.sync()
    assert (result.new_events, result.acknowledged) == (4, 3)
    assert result.refusals == ("Could not acknowledge status status-1: 400",)
    assert world.sync().new_events == 0


def test_an_account_that_is_refused_still_ends_the_synchronisation():
    world = World("FA-1")

    def refuse(event):
        raise PlatformRefused("no", code="FORBIDDEN", status=403)

    world.platform.acknowledge = refuse
    with pytest.raises(PlatformRefused):
        world.sync()


def test_a_feed_that_cannot_be_read_is_told_and_histories_stand_for_it():
    world = World("FA-1")

    def broken():
        raise PlatformUnavailable("not the JSON it should be", code="BAD_RESPONSE")

    world.platform.new_events = broken
    result = world.sync()
    assert (result.unreachable, result.histories_read) == ("not the JSON it should be", 1)
    assert world.summary().technical_status is Outcome.VALIDATED


def test_a_deposit_whose_history_is_refused_stops_no_other():
    world = World("FA-1", "FA-2", verdict=None)
    silence(world.platform)
    history = world.platform.history

    def refuse_one(submission_id):
        if submission_id == "deposit-1":
            raise PlatformRefused("no such deposit", code="NOT_FOUND", status=404)
        return history(submission_id)

    world.platform.history = refuse_one
    result = world.sync()
    assert (result.histories_read, result.refusals) == (1, ("no such deposit",))
    assert world.sync().refusals == ()  # asked seldom


def test_histories_beyond_their_limit_are_left_to_the_next_time():
    world = World("FA-1", "FA-2", "FA-3", verdict=None)
    silence(world.platform)
    history, allowed = world.platform.history, [1]

    def limited(submission_id):
        if not allowed:
            raise PlatformUnavailable("enough for now", code="RATE_LIMITED")
        allowed.pop()
        return history(submission_id)

    world.platform.history = limited
    for left in (2, 1, 0):
        result = world.sync()
        assert (result.histories_read, result.histories_left, result.unreachable) == (1, left, None)
        allowed.append(1)


def test_a_feed_that_never_takes_an_acknowledgement_ends():
    world = World("FA-1")
    world.platform.acknowledge = lambda _: None
    assert world.sync().acknowledged == 2


def test_histories_are_read_when_the_feed_is_silent_and_then_seldom():
    world = World("FA-1", "FA-2", verdict=None)
    silence(world.platform)
    assert world.sync().histories_read == 2
    assert world.summary().lifecycle_status == "SUBMITTED"
    assert world.sync().histories_read == 0
    world.now += timedelta(seconds=SPACING)
    assert world.sync().histories_read == 2


def test_a_validated_invoice_is_asked_about_far_less_often():
    world = World("FA-1")
    silence(world.platform)
    world.sync()
    world.now += timedelta(seconds=SPACING * 2)
    assert world.sync().histories_read == 0
    world.now += timedelta(seconds=SPACING * lifecycle.SETTLED_SPACING)
    assert world.sync().histories_read == 1


def test_while_the_feed_speaks_only_long_silence_is_worth_a_history():
    world = World("FA-1", "FA-2", verdict=None)
    for event in world.platform.new_events():
        if event.submission_id == world.journal.entry("FA-1").submission_id:
            world.platform.acknowledge(event)  # read by somebody else
    assert world.sync().histories_read == 0
    world.now += timedelta(seconds=SPACING)
    world.platform.announce(world.journal.entry("FA-2").submission_id, "ISSUED")
    assert world.sync().histories_read == 1
    assert world.summary("FA-1").lifecycle_status == "SUBMITTED"


def test_a_final_status_is_never_asked_about_again():
    world = World("FA-1", verdict="REJECTED")
    world.sync()
    silence(world.platform)
    world.now += timedelta(days=30)
    assert world.sync().histories_read == 0


def test_an_unknown_code_is_kept_shown_and_not_final():
    world = World("FA-1")
    world.sync()
    world.platform.announce(world.journal.entry("FA-1").submission_id, "BRAND_NEW", at=world.now + timedelta(seconds=9))
    world.sync()
    assert world.summary().lifecycle_status == "BRAND_NEW"
    assert world.summary().technical_status is Outcome.VALIDATED
    assert not world.summary().final


def test_refused_by_the_buyer_is_not_rejected_by_a_platform():
    world = World("FA-1")
    world.platform.announce(world.journal.entry("FA-1").submission_id, "REFUSED", at=world.now + timedelta(hours=1))
    world.sync()
    assert (world.summary().lifecycle_number, world.summary().technical_status) == ("210", Outcome.VALIDATED)


def test_the_rejection_of_a_second_copy_leaves_the_first_alone():
    world = World()
    world.source.add(sample_invoice("FA-1"))
    world.platform.script(Answer.LOST_AFTER)
    world.platform.search_lag_seconds = 10_000  # longer than anybody waits: a second copy is sent
    world.run()
    world.now += timedelta(seconds=2000)
    world.run()
    first, second = world.platform.deposits
    assert world.journal.entry("FA-1").submission_id == second.submission_id
    world.now += timedelta(seconds=20_000)
    world.sync()
    entry = world.journal.entry("FA-1")
    assert entry.submission_id == first.submission_id
    assert entry.summary.technical_status is Outcome.VALIDATED
