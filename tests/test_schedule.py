"""When to work: rhythm, jitter, time budget, and a clean stop."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pdp_bridge.errors import Stopped
from pdp_bridge.schedule import Rhythm, Stop, Turn, pause, turns, until_signalled


class Waits(Stop):
    """A stop whose waits take no time, and that asks by itself after so many of them."""

    def __init__(self, clock, count):
        super().__init__()
        self.clock, self.count, self.waited = clock, count, []

    def wait(self, seconds):
        self.waited.append(round(seconds, 3))
        self.clock.now += seconds
        if len(self.waited) == self.count:
            self.ask()
        return self.asked


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_turns_come_in_the_rhythm_whatever_each_takes():
    clock, begun = Clock(), []
    stop = Waits(clock, 3)

    def act(_turn):
        begun.append(clock.now)
        clock.now += 40 * len(begun)

    turns(act, Rhythm(every_seconds=300), stop, monotonic=clock, chance=lambda: 0.5)
    assert (begun, stop.waited) == ([0, 300, 600], [260, 220, 180])


def test_a_turn_longer_than_the_rhythm_is_followed_by_a_short_pause():
    assert pause(Rhythm(every_seconds=300), 4000, 0.5) == 15


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 270), (0.5, 300), (1.0, 330)])
def test_jitter_is_a_tenth_either_way(chance, seconds):
    assert pause(Rhythm(every_seconds=300), 0, chance) == pytest.approx(seconds)


def test_a_turn_ends_when_its_time_is_over_and_the_next_one_comes():
    clock, ended = Clock(), []
    stop = Waits(clock, 2)

    def act(turn):
        for _ in range(10):
            turn.watch("send", 1, 10, "")
            clock.now += 30
            ended.append(clock.now)

    turns(act, Rhythm(every_seconds=300, budget_seconds=60), stop, monotonic=clock, chance=lambda: 0.5)
    assert ended == [30, 60, 90, 330, 360, 390], "the invoice in hand is finished"


def test_a_pause_that_would_outlast_the_time_is_not_begun():
    clock = Clock()
    turn = Turn(Waits(clock, 9), 60, monotonic=clock)
    turn.sleep(30)
    with pytest.raises(Stopped, match="time for this turn"):
        turn.sleep(31)
    assert clock.now == 30


def test_asked_during_a_pause_it_stops_at_once():
    stop = Stop()
    turn = Turn(stop)
    threading.Timer(0.01, stop.ask).start()
    with pytest.raises(Stopped, match="asked to stop"):
        turn.sleep(60)
    with pytest.raises(Stopped):
        turn.watch("send", 1, 2, "")


def test_an_error_of_the_act_ends_the_turns():
    def act(_turn):
        raise ValueError("settings")

    with pytest.raises(ValueError, match="settings"):
        turns(act, Rhythm(every_seconds=60), Stop())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_and_the_old_handlers_come_back(number):
    before = signal.getsignal(number)
    with until_signalled() as stop:
        assert not stop.asked
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert signal.getsignal(number) == before, "a second signal does what it always does"
    assert signal.getsignal(number) == before


def test_outside_the_main_thread_signals_are_left_alone():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with until_signalled() as stop:
            seen.append((stop.asked, signal.getsignal(signal.SIGTERM) == before))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert seen == [(False, True)]
