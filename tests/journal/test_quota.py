"""Budgets that processes share: no window holds too much, a refusal slows everybody, an outage stops everybody."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import sleep
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdp_bridge.errors import JournalError
from pdp_bridge.journal.quota import AHEAD, FAILURES, FIRST_PAUSE, LEAST, LONGEST_PAUSE, PROBE, RECOVERY, Lane
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.pacing import Window

START = datetime(2026, 11, 21, 8, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")
MINUTE = Window(requests=10, seconds=60.0)


class Time:
    """A wall clock that only moves when somebody sleeps, or when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += timedelta(seconds=seconds)

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def url(journal_url) -> str:
    return journal_url


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def journals(url, clock) -> Iterator[tuple[SqlJournal, SqlJournal]]:
    """The same journal, twice: as two processes open it."""
    with SqlJournal(url, clock=clock) as one, SqlJournal(url, clock=clock) as other:
        yield one, other


@pytest.fixture
def lanes(journals, clock) -> tuple[Lane, Lane]:
    one, other = (journal.lane("iopole/requests", (MINUTE,), sleep=clock.sleep) for journal in journals)
    return one, other


def slots(lane: Lane, clock: Time, count: int) -> list[datetime]:
    taken = []
    for _ in range(count):
        assert lane.wait()
        taken.append(clock())
    return taken


def broken(lane: Lane) -> None:
    for _ in range(FAILURES):
        assert lane.wait()
        lane.unanswered("ConnectError")


# -- windows -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Iterator[tuple[SqlJournal, Time]]:
    """One journal for many lanes, each of its own name."""
    clock = Time()
    with SqlJournal(f"sqlite:///{tmp_path_factory.mktemp('lanes') / 'journal.db'}", clock=clock) as journal:
        yield journal, clock


@settings(max_examples=40, deadline=None)
@given(
    asked=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 40)), min_size=1, max_size=40),
    few=st.integers(1, 4),
    many=st.integers(1, 12),
)
def test_no_window_ever_holds_more_than_its_requests(shelf, asked, few, many):
    """Whoever asks, whenever: two holders of one lane together keep to every window, and each waits for its slot."""
    (journal, clock), name = shelf, uuid4().hex
    windows = (Window(requests=few, seconds=20.0), Window(requests=many, seconds=90.0))
    holders = [journal.lane(name, windows, sleep=clock.sleep) for _ in range(2)]
    made = []
    for holder, gap in asked:
        clock.passes(gap)
        assert holders[holder].wait()
        made.append(clock())
    for window in windows:
        for last, first in zip(made[window.requests :], made, strict=False):
            assert last - first >= timedelta(seconds=window.seconds)


def test_two_processes_have_one_budget(lanes, clock):
    one, other = lanes
    slots(one, clock, 6)
    slots(other, clock, 4)
    assert clock() == START
    assert not one.wait(at_most=59.0)
    assert other.wait(at_most=60.0)
    assert clock() == START + timedelta(seconds=60)


def test_another_lane_is_another_budget(journals, lanes, clock):
    slots(lanes[0], clock, 10)
    slow = journals[0].lane("iopole/history", (Window(requests=1, seconds=60.0),), sleep=clock.sleep)
    assert slow.wait(at_most=0.0)
    assert not slow.wait(at_most=0.0)


def test_a_wait_too_long_takes_no_slot(lanes, clock):
    slots(lanes[0], clock, 10)
    for _ in range(20):
        assert not lanes[0].wait(at_most=30.0)
    clock.passes(60)
    slots(lanes[0], clock, 10)
    assert clock() == START + timedelta(seconds=60)


def test_old_slots_are_deleted(journals, lanes, clock):
    for _ in range(5):
        slots(lanes[0], clock, 10)
    with journals[0]._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM request_slot").scalar() == 10


def test_without_windows_there_is_only_the_pause_and_the_circuit(journals, clock):
    lane = journals[0].lane("free", (), sleep=clock.sleep)
    slots(lane, clock, 50)
    assert clock() == START
    lane.hold(30.0)
    assert lane.wait()
    assert clock() == START + timedelta(seconds=30)


def test_a_clock_that_was_wrong_blocks_nobody(lanes, clock):
    clock.passes(AHEAD.total_seconds() * 40)
    slots(lanes[0], clock, 10)
    lanes[0].hold(3600.0)
    broken_at = clock()
    clock.now = START
    assert lanes[1].wait(at_most=0.0)
    assert clock() < broken_at


# -- refusals ------------------------------------------------------------------------------------------------------


def test_a_refusal_holds_every_process(lanes, clock):
    one, other = lanes
    one.limited(37.0)
    assert not other.wait(at_most=36.0)
    assert other.wait(at_most=37.0)
    assert clock() == START + timedelta(seconds=37)


def test_a_pause_that_comes_while_another_sleeps_holds_it_too(journals, clock):
    meanwhile = journals[1].lane("one", (), sleep=clock.sleep)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock() < START + timedelta(seconds=20):
            meanwhile.limited(40.0)

    lane = journals[0].lane("one", (), sleep=sleep)
    lane.hold(10.0)
    assert lane.wait(at_most=100.0)
    assert clock() == START + timedelta(seconds=50)


def test_a_refusal_halves_the_share_which_grows_back_by_itself(lanes, clock):
    one, other = lanes
    one.limited(0.0)
    other.limited(0.0)  # of the same moment
    assert one.state().share == 50
    assert len([1 for _ in range(10) if other.wait(at_most=0.0)]) == 5
    clock.passes(RECOVERY.total_seconds() * 20)
    assert other.state().share == 70
    clock.passes(RECOVERY.total_seconds() * 100)
    assert one.state().share == 100
    assert len([1 for _ in range(12) if other.wait(at_most=0.0)]) == 10


def test_a_storm_of_refusals_leaves_the_least_share(lanes, clock):
    for _ in range(50):
        lanes[0].limited(60.0)
        clock.passes(61)
    assert LEAST <= lanes[1].state().share <= LEAST + 3
    assert lanes[1].wait(at_most=60.0)


def test_a_day_is_not_shortened_by_a_refusal(journals, clock):
    lane = journals[0].lane("one", (Window(requests=10, seconds=86_400.0),), sleep=clock.sleep)
    lane.limited(0.0)
    assert len([1 for _ in range(12) if lane.wait(at_most=0.0)]) == 10


def test_a_pause_of_years_lasts_a_day(lanes, clock):
    lanes[0].hold(1e15)
    clock.passes(86_401)
    assert lanes[1].wait(at_most=0.0)


# -- the circuit ---------------------------------------------------------------------------------------------------


def test_failures_in_a_row_open_the_circuit_of_every_process(lanes, clock):
    one, other = lanes
    broken(one)
    assert not other.wait()
    outage = other.outage()
    assert (outage.since, outage.until) == (START, START + FIRST_PAUSE)
    assert (outage.failures, outage.last_error) == (FAILURES, "ConnectError")
    assert "`pdp-bridge doctor`" in outage.told("Iopole")
    assert clock() == START


def test_an_answer_in_between_begins_the_row_anew(lanes, clock):
    for lane in lanes * FAILURES:
        assert lane.wait()
        lane.unanswered("ConnectError")
        assert lane.wait()
        lane.answered()
    assert lanes[0].outage() is None


def test_one_probe_closes_the_circuit(lanes, clock):
    one, other = lanes
    broken(one)
    clock.passes(FIRST_PAUSE.total_seconds())
    assert other.wait()
    assert not one.wait()
    other.answered()
    assert one.wait()
    assert one.outage() is None
    assert one.state().outage is None


def test_each_probe_that_fails_opens_it_for_longer(lanes, clock):
    broken(lanes[0])
    pauses = []
    for _ in range(8):
        until = lanes[0].outage().until
        pauses.append(until - clock())
        clock.now = until
        assert lanes[1].wait()
        lanes[1].unanswered("HTTP 503")
    assert pauses[:4] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4, FIRST_PAUSE * 8]
    assert pauses[-1] == LONGEST_PAUSE
    assert lanes[0].state().outage.since == START


def test_failures_of_requests_that_left_before_do_not_lengthen_it(lanes, clock):
    broken(lanes[0])
    for _ in range(20):
        lanes[1].unanswered("ConnectError")
    assert lanes[0].outage().until == START + FIRST_PAUSE


def test_a_probe_that_died_gives_way_to_another(lanes, clock):
    broken(lanes[0])
    clock.passes(FIRST_PAUSE.total_seconds())
    assert lanes[1].wait()  # and then its process is killed
    assert not lanes[0].wait()
    clock.passes(PROBE.total_seconds())
    assert lanes[0].wait()


def test_a_person_tries_anyway_once(lanes, clock):
    broken(lanes[0])
    lanes[1].insist()
    assert lanes[1].wait()
    lanes[1].unanswered("ConnectError")
    assert not lanes[1].wait()
    lanes[1].insist()
    assert lanes[1].wait()
    lanes[1].answered()
    assert lanes[0].wait()


def test_an_error_is_kept_without_credentials(lanes):
    for _ in range(FAILURES):
        lanes[0].unanswered("Bearer abcdefghijkl at https://user:pass@host/")
    assert lanes[0].outage().last_error == "Bearer *** at https://***@host/"


# -- the journal fails ---------------------------------------------------------------------------------------------


def test_what_follows_an_act_never_raises(journals, lanes, monkeypatch):
    """The answer of a deposit is in hand: the lane's trouble must not keep its id from being recorded."""

    def failing(*_args, **_kwargs):
        raise JournalError("the disk is full")

    lanes[0].unanswered("ConnectError")
    monkeypatch.setattr("pdp_bridge.journal.quota.writing", failing)
    for act in (lanes[0].answered, lambda: lanes[0].unanswered("x"), lambda: lanes[0].limited(1.0)):
        act()
    lanes[0].hold(1.0)
    with pytest.raises(JournalError):
        lanes[0].wait()


# -- two real processes --------------------------------------------------------------------------------------------

BURST = Window(requests=10, seconds=1.0)


def now() -> datetime:
    return datetime.now(UTC)


def ask(url, start, made) -> None:
    with SqlJournal(url, clock=now) as journal:
        lane = journal.lane("burst", (BURST,), sleep=sleep)
        taken, slots, early = lane._taken, [], []

        def noted(patience):
            slots.append(taken(patience))
            return slots[-1]

        lane._taken = noted
        start.wait()
        for _ in range(12):
            assert lane.wait(at_most=3.0)
            early += [slots[-1]] if now() < slots[-1] else []
        made.put((slots, early))


def test_two_processes_at_once_keep_to_the_window(url):
    start, made = SPAWN.Barrier(2), SPAWN.Queue()
    with SqlJournal(url, clock=now):
        processes = [SPAWN.Process(target=ask, args=(url, start, made)) for _ in range(2)]
        for process in processes:
            process.start()
        (slots, early), (others, others_early) = made.get(timeout=60), made.get(timeout=60)
        for process in processes:
            process.join(timeout=60)
            assert process.exitcode == 0
    given = sorted(slots + others)
    assert len(given) == 24
    assert early + others_early == [], "a request leaves at its slot, or as late as the machine is busy"
    for last, first in zip(given[BURST.requests :], given, strict=False):
        assert last - first >= timedelta(seconds=BURST.seconds)
