"""Several acknowledgements and histories at once: recorded before, none lost, one refusal holds all, a clean end."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from test_end_to_end import AUTUMN, FEED, asked, few, lenient, opened
from test_governor import GOVERNED
from test_lifecycle import SPACING, World, silence

from pdp_bridge import State, lifecycle
from pdp_bridge.errors import PlatformUnavailable, Stopped
from pdp_bridge.sandbox.deposits import Rules
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox

MARK = "/v1/invoice/status/*/markAsSeen"
NUMBERS = [f"FA-{number}" for number in range(1, 9)]


def unwatched(*_):
    pass


def sync(world, watch=unwatched):
    return lifecycle.sync(
        world.platform,
        world.journal,
        clock=world.clock,
        reopen=world.kept.__getitem__,
        history_interval_seconds=SPACING,
        watch=watch,
        hands=lifecycle.HANDS,
    )


def test_acknowledgements_wait_for_their_answers_together_each_after_its_record():
    world = World(*NUMBERS)
    acknowledge, together = world.platform.acknowledge, threading.Barrier(lifecycle.HANDS, timeout=10)

    def at_once(event):
        assert event in world.journal.events(event.submission_id)
        together.wait()
        acknowledge(event)

    world.platform.acknowledge = at_once
    result = sync(world)
    assert (result.new_events, result.acknowledged, result.unreachable) == (16, 16, None)
    assert world.platform.new_events() == []


def test_an_event_whose_acknowledgement_is_under_way_is_not_recorded_or_acknowledged_again():
    """The feed is read while the last acknowledgements of the batch before are under way: it still shows those."""
    world = World(*NUMBERS)
    acknowledge, under_way, batches = world.platform.acknowledge, threading.Event(), []
    new_events, marked = world.platform.new_events, []

    def read():
        batches.append(new_events())
        if len(batches) > 1:
            under_way.set()
        return batches[-1]

    def slow(event):
        marked.append(event.status_id)
        if len(marked) == len(NUMBERS) * 2:  # the last one is answered when the feed has been read again
            assert under_way.wait(10)
        acknowledge(event)

    world.platform.new_events, world.platform.acknowledge = read, slow
    result = sync(world)
    assert [len(batch) > 0 for batch in batches][:2] == [True, True]
    assert (result.new_events, result.acknowledged) == (16, 16)
    assert len(set(marked)) == len(marked)


def test_histories_wait_together_and_end_together_at_their_limit():
    world = World(*NUMBERS, verdict=None)
    silence(world.platform)
    history, together = world.platform.history, threading.Barrier(lifecycle.HISTORY_HANDS, timeout=10)
    allowed = [1, 1]

    def limited(submission_id):
        if together.n_waiting < together.parties and len(allowed) == 2:  # the first three meet
            together.wait()
        try:
            allowed.pop()
        except IndexError:
            raise PlatformUnavailable("enough for now", code="RATE_LIMITED") from None
        return history(submission_id)

    world.platform.history = limited
    result = sync(world)
    assert (result.histories_read, result.histories_left, result.unreachable) == (2, 6, None)


def test_what_is_in_hand_is_finished_when_the_work_is_stopped():
    world = World(*NUMBERS)

    def stop(stage, done, *_):
        if stage == "sync" and done:
            raise Stopped("The work was asked to stop")

    first = sync(world, stop)
    assert first.stopped
    assert first.new_events == 16, "all are in the journal"
    assert 1 <= first.acknowledged <= 2 * lifecycle.HANDS
    assert len(world.platform.new_events()) == 16 - first.acknowledged
    second = sync(world)
    assert (second.new_events, second.acknowledged) == (0, 16 - first.acknowledged)


def test_a_death_among_the_acknowledgements_loses_no_event():
    world = World(*NUMBERS)
    acknowledge = world.platform.acknowledge

    def dies(event):
        if event.status_id == "status-5":
            raise KeyboardInterrupt
        acknowledge(event)

    world.platform.acknowledge = dies
    with pytest.raises(KeyboardInterrupt):
        sync(world)
    world.platform.acknowledge = acknowledge
    left = len(world.platform.new_events())
    assert left
    assert (sync(world).new_events, world.platform.new_events()) == (0, [])
    assert all(len(world.journal.events(entry.submission_id)) == 2 for entry in world.journal.entries())


def test_one_refusal_holds_all_of_them(tmp_path):
    """Those in hand have left; no other leaves before the pause is over, and everything is acknowledged in the end."""
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path, **GOVERNED) as bridge:
        few(sandbox, 6)
        assert bridge.run().ended(State.SENT) == 6
        sandbox.advance(5)
        sandbox.iopole_faults.add(Fault(Kind.STATUS, "PUT", MARK, status=429, retry_after="30", skip=3))
        sandbox.iopole_faults.add(Fault(Kind.SLOW, "PUT", MARK, seconds=0.3, times=None))  # the refusal is known first
        result = bridge.sync()
        marks = [one for one in sandbox.iopole_exchanges if one.path.endswith("/markAsSeen")]
        refused = next(one for one in marks if one.status == 429)
        soon = [one for one in marks if 0 < (one.at - refused.at).total_seconds() < 30]
        assert len(soon) < lifecycle.HANDS, "only those that had left"
        assert any((one.at - refused.at).total_seconds() >= 30 for one in marks)
        assert (result.acknowledged, result.unreachable) == (result.new_events, None)
        assert bridge.platform.new_events() == []


def test_over_loopback_every_event_is_acknowledged_once(tmp_path):
    platform = PlatformOptions(rules=Rules(verdict_delay_seconds=0.0))
    with (
        Sandbox(origin=AUTUMN, judge=lenient, platform=platform) as sandbox,
        opened(sandbox, tmp_path) as bridge,
    ):
        few(sandbox, 30)
        bridge.run()
        sandbox.advance(60)
        sandbox.iopole_faults.add(Fault(Kind.DROP, "PUT", MARK, times=3, skip=7, after=True))
        result = bridge.sync()
        assert (result.new_events, result.acknowledged, result.unreachable) == (150, 150, None)
        assert asked(sandbox, "GET", FEED) >= 2
        assert bridge.platform.new_events() == []
        events = [event for entry in bridge.entries() for event in bridge.history(entry.source_id)]
        assert len({event.status_id for event in events}) == len(events) == 150
        assert all(one.at <= two.at for one, two in pairwise(bridge.history("E-1")))
