"""Worker processes and several hands: what they make is the same, and what kills one of them concerns one invoice."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pdp_bridge import pipeline, sending
from pdp_bridge.crew import each
from pdp_bridge.delivery import MOST_LINES, TOGETHER
from pdp_bridge.errors import ConfigError, DocumentError, Held, JournalError, MappingError, Stopped
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.report import Finding, Severity
from pdp_bridge.ports import POISON, State
from pdp_bridge.testing import MemoryPlatform, MemorySource, sample_document, sample_invoice, sample_report
from pdp_bridge.together import together
from pdp_bridge.workshop import WorkerLost, Workshop

SAID = Finding(rule="R", severity=Severity.ERROR, message="no", message_fr="non", term="BT-1", value="x")


class Odd(Exception):
    """An error that cannot be made again from what it shows."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


RAISED = {
    "MAPPING": MappingError(SAID),
    "DRAWING": DocumentError(SAID),
    "HELD": Held(SAID, until=date(2026, 12, 1)),
    "FORESEEN BY NOBODY": KeyError("what"),
    "ODD": Odd("this", "that"),
    "FULL": MemoryError(),
}


def made(snapshot):
    """What a worker does here: the number says what becomes of it."""
    number = snapshot.payload["invoice"]["invoice_ref"]
    if number == "DIE":
        os.kill(os.getpid(), signal.SIGKILL)
    if number == "LEAVE":
        os._exit(7)
    if number == "HANG":
        time.sleep(60)
    if number in RAISED:
        raise RAISED[number]
    document = sample_document(sample_invoice(number))
    return document, sample_report(document)


def making(snapshot):
    yield
    return made(snapshot)


def each_made(snapshots):
    return together(making(snapshot) for snapshot in snapshots)


def recipe():
    return each_made


def no_recipe():
    os._exit(3)


def snapshot(number):
    return MemorySource().add(sample_invoice(number))


@pytest.fixture(scope="module")
def workshop():
    with Workshop(1, recipe) as one:
        yield one


def test_what_a_worker_makes_is_what_is_made_here(workshop):
    assert workshop([snapshot("FA-1")]) == [made(snapshot("FA-1"))]


@pytest.mark.parametrize("number", ["MAPPING", "DRAWING", "HELD", "FORESEEN BY NOBODY", "FULL"])
def test_what_a_worker_raises_is_raised_here_as_it_was(workshop, number):
    [raised] = workshop([snapshot(number)])
    assert type(raised) is type(RAISED[number])
    assert str(raised) == str(RAISED[number])
    assert vars(raised) == vars(RAISED[number])


def test_an_error_that_cannot_travel_is_told_in_words(workshop):
    [raised] = workshop([snapshot("ODD")])
    assert type(raised) is RuntimeError
    assert str(raised) == "Odd: this and that"


@pytest.mark.parametrize(("number", "told"), [("DIE", "signal SIGKILL"), ("LEAVE", "exit code 7")])
def test_a_worker_that_dies_is_replaced_and_its_end_told(workshop, number, told):
    [raised] = workshop([snapshot(number)])
    assert type(raised) is WorkerLost
    assert told in str(raised)
    assert workshop([snapshot("FA-1")]) == [made(snapshot("FA-1"))]


def test_a_worker_that_hangs_is_ended():
    with Workshop(1, recipe, deadline_seconds=0.3) as workshop:
        [raised] = workshop([snapshot("HANG")])
        assert type(raised) is WorkerLost
        assert "nothing of the invoice" in str(raised)
        assert workshop([snapshot("FA-1")]) == [made(snapshot("FA-1"))]


def no_memory_once(monkeypatch):
    """The next answer of a worker does not fit into the memory here."""
    whole = Connection.recv

    def too_much(_self):
        monkeypatch.setattr(Connection, "recv", whole)
        raise MemoryError

    monkeypatch.setattr(Connection, "recv", too_much)


def test_an_answer_that_could_not_be_taken_is_never_taken_for_that_to_the_next_question(workshop, monkeypatch):
    workshop([snapshot("FA-1")])
    no_memory_once(monkeypatch)
    [raised] = workshop([snapshot("FA-2")])
    assert type(raised) is WorkerLost
    assert "could not be taken (MemoryError)" in str(raised)
    assert workshop([snapshot("FA-3")]) == [made(snapshot("FA-3"))]


def test_an_answer_of_several_that_could_not_be_taken_is_asked_for_one_by_one(workshop, monkeypatch):
    workshop([snapshot("FA-1")])
    no_memory_once(monkeypatch)
    assert workshop(snapshots("FA-2", "FA-3")) == [made(snapshot("FA-2")), made(snapshot("FA-3"))]


def test_workers_that_cannot_begin_are_no_fault_of_an_invoice():
    with Workshop(1, no_recipe) as workshop:
        [raised] = workshop([snapshot("FA-1")])
    assert type(raised) is ConfigError
    assert "exit code 3" in str(raised)


# -- several at a time -----------------------------------------------------------------------------------------------


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


def snapshots(*numbers):
    return [snapshot(number) for number in numbers]


def test_several_come_back_in_order_each_with_what_came_of_it(workshop):
    outcomes = workshop(snapshots("FA-1", "MAPPING", "FA-2", "HELD", "ODD"))
    assert kinds(outcomes) == [tuple, MappingError, tuple, Held, RuntimeError]
    assert [outcomes[0], outcomes[2]] == [made(snapshot("FA-1")), made(snapshot("FA-2"))]


def test_those_in_the_hands_of_a_worker_that_dies_are_made_all_the_same(workshop):
    outcomes = workshop(snapshots(*(f"FA-{number}" for number in range(9)), "DIE", "HELD"))
    assert kinds(outcomes) == [tuple] * 9 + [WorkerLost, Held]
    assert "SIGKILL" in str(outcomes[9])


def fragile(several):
    """A process that has no memory left for several."""
    return [MemoryError() for _ in several] if len(several) > 1 else each_made(several)


def no_room_for_several():
    return fragile


def test_of_several_that_fill_the_memory_each_has_its_chance_alone():
    with Workshop(1, no_room_for_several) as workshop:
        assert kinds(workshop(snapshots("FA-1", "FA-2", "FULL"))) == [tuple, tuple, MemoryError]


def clumsy(several):
    """What breaks over several as a whole, and over one of them alone."""
    if any(each.payload["invoice"]["invoice_ref"] == "ODD" for each in several):
        raise Odd("this", "that")
    return each_made(several)


def breaks_as_a_whole():
    return clumsy


def test_an_error_over_several_is_told_to_the_one_that_causes_it():
    with Workshop(1, breaks_as_a_whole) as workshop:
        assert kinds(workshop(snapshots("FA-1", "ODD", "FA-2"))) == [tuple, RuntimeError, tuple]


def whose(several):
    return [(len(several), os.getpid()) for _ in several]


def telling():
    return whose


def test_a_worker_that_died_between_two_invoices_is_no_fault_of_the_next():
    with Workshop(1, telling) as workshop:
        [(_, process)] = workshop(snapshots("a"))
        os.kill(process, signal.SIGKILL)
        while Path(f"/proc/{process}/stat").read_text().split()[2] != "Z":
            time.sleep(0.01)
        [(_, other)] = workshop(snapshots("b"))
    assert other != process


# -- the line --------------------------------------------------------------------------------------------------------


class Wall:
    """A clock that stands still; sleeping moves it."""

    def __init__(self):
        self.now = datetime(2026, 11, 2, 8, tzinfo=UTC)

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)


def line_of(tmp_path, numbers, workshop, *, makers=2, hands=4, watch=sending.unwatched):
    clock = Wall()
    return sending.Line(
        source=MemorySource([sample_invoice(number) for number in numbers]),
        platform=MemoryPlatform(clock=clock),
        journal=SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=clock),
        build=None,
        reopen=None,
        judge=None,
        clock=clock,
        sleep=clock.sleep,
        watch=watch,
        make_each=workshop,
        makers=makers,
        hands=hands,
    )


def deposited(line):
    return sorted(deposit.document.invoice.number for deposit in line.platform.deposits)


def test_many_hands_and_two_workers_send_each_invoice_once_and_blame_only_who_killed_a_worker(tmp_path):
    numbers = [f"FA-{number:03}" for number in range(60)]
    with Workshop(2, recipe) as workshop:
        line = line_of(tmp_path, ["DIE", *numbers, "LEAVE", "MAPPING"], workshop)
        result = pipeline.run(line)
    assert deposited(line) == numbers
    assert (result.ended(State.SENT), result.ended(State.FAILED), result.ended(State.REFUSED)) == (60, 2, 1)
    blamed = {entry.number: entry.failures for entry in line.journal.entries() if entry.failures}
    assert blamed == {"DIE": 1, "LEAVE": 1}
    line.journal.close()


def test_an_invoice_that_kills_its_worker_is_put_aside_in_the_end(tmp_path):
    with Workshop(1, recipe) as workshop:
        line = line_of(tmp_path, ["DIE"], workshop)
        for _ in range(POISON + 2):
            pipeline.run(line)
            line.sleep(2 * 3600)
        entry = line.journal.entry("DIE")
    assert (entry.quarantined, entry.failures, entry.attempt) == (True, POISON, 0)
    assert "SIGKILL" in entry.reason
    line.journal.close()


def test_a_run_that_is_stopped_finishes_what_is_in_hand_and_the_next_takes_up_the_rest(tmp_path):
    numbers = [f"FA-{number:03}" for number in range(40)]

    def stop(stage, done, total, what):
        if stage == "send" and done == 5:
            raise Stopped("enough")

    with Workshop(1, recipe) as workshop:
        line = line_of(tmp_path, numbers, workshop, watch=stop)
        result = pipeline.run(line)
        assert result.stopped == "enough"
        first = len(line.platform.deposits)
        assert 5 <= first < 12
        assert not list(line.journal.in_doubt())
        assert result.ended(State.SENT) == first
        pipeline.run(replace(line, watch=sending.unwatched))
    assert deposited(line) == numbers
    line.journal.close()


def test_what_is_due_is_made_many_at_a_time(tmp_path):
    sizes = []

    def make_each(several):
        sizes.append(len(several))
        return each_made(several)

    numbers = [f"FA-{number:03}" for number in range(2 * TOGETHER + 10)]
    line = line_of(tmp_path, numbers, make_each)
    pipeline.run(line)
    assert sorted(sizes) == [10, TOGETHER, TOGETHER]
    assert deposited(line) == numbers
    line.journal.close()


@pytest.mark.parametrize("broken", [KeyboardInterrupt(), JournalError("gone")], ids=repr)
def test_a_run_that_breaks_in_the_making_ends_with_its_threads_and_the_next_takes_up_the_rest(tmp_path, broken):
    numbers, times = [f"FA-{number:03}" for number in range(3 * TOGETHER)], []

    def make_each(several):
        times.append(len(several))
        if len(times) == 2:
            raise broken
        return each_made(several)

    line = line_of(tmp_path, numbers, make_each, makers=3)
    with pytest.raises(type(broken)):
        pipeline.run(line)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pdp-bridge")]
    assert not list(line.journal.in_doubt())
    pipeline.run(replace(line, make_each=each_made))
    assert deposited(line) == numbers
    line.journal.close()


def test_long_invoices_are_made_and_delivered_a_few_at_a_time_with_workers_or_without(tmp_path):
    """What was made of forty of five thousand lines would fill a gigabyte, and a run could not be stopped meanwhile."""
    lines = [10, 10, MOST_LINES, 200, 200, 200, 5 * MOST_LINES, None, 0]
    shots = []
    for number, many in enumerate(lines):
        shot = snapshot(f"FA-{number}")
        reference = replace(shot.reference, source_id=str(number))
        items = {} if many is None else {"items": [{}] * many}
        shots.append(replace(shot, reference=reference, payload={"invoice": {**shot.payload["invoice"], **items}}))
    sizes = []

    def make_each(several):
        sizes.append((len(several), len(line.platform.deposits)))
        return each_made(several)

    line = line_of(tmp_path, [], make_each, makers=1, hands=1)
    line.journal.pulled(shots, [])
    pipeline.work(line)
    assert sizes == [(2, 0), (1, 2), (2, 3), (1, 5), (1, 6), (2, 7)]
    assert deposited(line) == [f"FA-{number}" for number in range(9)]
    line.journal.close()


def test_progress_tells_how_many_there_are_without_reading_them_all(tmp_path):
    told = []
    with Workshop(1, recipe) as workshop:
        line = line_of(tmp_path, ["FA-1", "FA-2"], workshop, watch=lambda *each: told.append(each[:3]))
        pipeline.run(line)
    assert [each for each in told if each[0] == "send"] == [("send", 1, 2), ("send", 2, 2)]
    line.journal.close()


# -- several at once -------------------------------------------------------------------------------------------------


def test_no_more_work_is_taken_than_there_are_hands():
    taken, free = [], threading.Event()

    def work():
        for number in range(100):
            taken.append(number)
            yield number

    def act(number):
        free.wait(5)
        return number

    with each(3, act, work()) as results:
        free.set()
        next(results)
        assert len(taken) <= 4
    assert len(taken) <= 4


def test_one_hand_works_in_order_in_this_thread():
    with each(1, lambda _: threading.get_ident(), range(3)) as results:
        assert list(results) == [(number, threading.get_ident()) for number in range(3)]


def test_what_is_raised_by_one_is_raised_once_the_others_are_done():
    done = []

    def act(number):
        if number == 2:
            raise KeyError(number)
        done.append(number)

    with pytest.raises(KeyError), each(2, act, range(50)) as results:
        list(results)
    assert len(done) < 50
