"""A journal carried over to another database: every row, the chain, the numbering; and never two that count."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from time import monotonic

import postgresql
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import moving
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.chain import breaks
from pdp_bridge.journal.database import engine_for, writing
from pdp_bridge.journal.moving import move
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.pacing import Window
from pdp_bridge.ports import Lease, State
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

NOW = datetime(2026, 11, 21, 8, 30, 15, 123456, tzinfo=UTC)
FAR = ("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite"), ("postgresql", "postgresql")


def silent(stage, done, total, what) -> None:
    """Nobody looks on."""


def event(number: int) -> StatusEvent:
    return StatusEvent(
        status_id=f"s-{number}",
        submission_id="p-1",
        code="ISSUED",
        at=NOW + timedelta(minutes=number),
        message="déposée — « é »",
        payload='{"statusId": "é\\u2028"}',
    )


def fill(url: str) -> None:
    with SqlJournal(url, clock=lambda: NOW) as journal:
        shots = [sample_snapshot(str(number), f"FA-{number}") for number in range(1, 6)]
        journal.pulled(shots, [Skipped(source_id="9", number="FA-9", reason="draft")])
        for shot in shots[:3]:
            document = sample_document(sample_invoice(shot.reference.number))
            lease = Lease(at=NOW, until=NOW + timedelta(seconds=60))
            assert journal.sending(shot.reference, document, sample_report(document), lease)
        journal.sent("1", "p-1")
        journal.failed("4", ValueError("é"), retry_at=NOW)
        assert journal.received([event(1), event(2)]) == 2
        journal.set_cursor("here")
        assert journal.lane("iopole", (Window(requests=10, seconds=60),), sleep=lambda _: None).wait()


@pytest.fixture(params=FAR, ids=" to ".join)
def ends(request, tmp_path):
    """URLs of an old, filled journal and of an empty database."""
    opened = []
    urls = []
    for name in request.param:
        if name == "sqlite":
            urls.append(f"sqlite:///{tmp_path / f'{len(urls)}.db'}")
        else:
            opened.append(postgresql.schema())
            urls.append(opened[-1].__enter__())
    fill(urls[0])
    yield urls
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture
def forth(tmp_path):
    """From SQLite to PostgreSQL."""
    old = f"sqlite:///{tmp_path / 'journal.db'}"
    fill(old)
    with postgresql.schema() as new:
        yield old, new


def seen(journal) -> list:
    entries = list(journal.entries())
    return [
        (
            entry,
            journal.snapshot(entry.source_id),
            journal.attempts(entry.source_id),
            journal.transitions(entry.source_id),
            journal.deposits(entry.source_id),
            entry.sha256 and journal.document(entry.sha256),
        )
        for entry in entries
    ]


def test_everything_is_there_and_goes_on(ends):
    old, new = ends
    with SqlJournal(old, clock=lambda: NOW) as journal:
        before, records = seen(journal), list(map(dict, journal.records()))
    moved = move(old, new, silent)
    assert {name: moved.rows[name] for name in ("invoice", "status_event", "attempt", "skipped", "request_slot")} == {
        "invoice": 5,
        "status_event": 2,
        "attempt": 3,
        "skipped": 1,
        "request_slot": 1,
    }
    with SqlJournal(new, clock=lambda: NOW) as journal:
        assert seen(journal) == before
        assert list(map(dict, journal.records())) == records
        assert journal.cursor() == "here"
        # What comes next is numbered after what came before, and the chain goes on.
        assert journal.received([event(3)]) == 1
        assert list(breaks(journal.records())) == []
        journal.sent("2", "p-2")
        journal.refused("5", sample_report(sample_document(sample_invoice("FA-5"))), None)
        assert journal.entry("FA-2").state is State.SENT


def test_the_old_journal_refuses_work(ends):
    old, new = ends
    with SqlJournal(old, clock=lambda: NOW) as still_open:
        move(old, new, silent)
        with pytest.raises((JournalError, DBAPIError), match="this journal was moved"):
            still_open.received([event(7)])
        assert len(list(still_open.entries())) == 5
    with pytest.raises(JournalError, match=r"was moved to .*PDP_BRIDGE_DATABASE_URL"):
        SqlJournal(old, clock=lambda: NOW)
    with pytest.raises(JournalError, match=r"was moved to .* before"):
        move(old, new, silent)


def test_a_database_that_is_not_empty(forth):
    old, new = forth
    with SqlJournal(new, clock=lambda: NOW) as journal:
        journal.set_cursor("mine")
    with pytest.raises(JournalError, match=r"holds a journal already \(table meta\).*never mixed"):
        move(old, new, silent)
    with SqlJournal(old, clock=lambda: NOW) as journal, SqlJournal(new, clock=lambda: NOW) as other:
        assert (journal.cursor(), other.cursor()) == ("here", "mine")


def test_the_same_database(forth):
    with pytest.raises(JournalError, match="there already"):
        move(forth[0], forth[0], silent)


class Death(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", ["_copy", "_number_on", "_close", "released"])
def test_a_move_that_dies_is_made_again(forth, monkeypatch, at):
    old, new = forth
    with monkeypatch.context() as patched:

        def dies(*_arguments) -> None:
            raise Death

        patched.setattr(moving._Ends if at == "released" else moving, at, dies)
        with pytest.raises(Death):
            move(old, new, silent)
    usable = []
    for url in (old, new):
        try:
            with SqlJournal(url, clock=lambda: NOW) as journal:
                usable += [url] if list(journal.entries()) else []
        except JournalError as error:
            assert "moved" in str(error)  # noqa: PT017 - one of the two may refuse
    assert usable == ([] if at == "released" else [old])
    assert move(old, new, silent).rows["invoice"] == 5
    with SqlJournal(new, clock=lambda: NOW) as journal:
        assert journal.entry("FA-1").state is State.SENT
        assert journal.received([event(3)]) == 1


def test_what_another_journal_left_half_moved_is_not_taken_away(forth, monkeypatch, tmp_path):
    old, new = forth
    with monkeypatch.context() as patched:
        patched.setattr(moving._Ends, "released", lambda _: (_ for _ in ()).throw(Death))
        with pytest.raises(Death):
            move(old, new, silent)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    fill(other)
    with pytest.raises(JournalError, match="cut short"):
        move(other, new, silent)
    assert move(old, new, silent).rows["invoice"] == 5


def test_a_broken_chain_is_not_carried_over(forth):
    old, new = forth
    engine = engine_for(old)
    with writing(engine) as connection:
        connection.execute(text("UPDATE status_event SET code = 'PAID' WHERE seq = 1"))
    engine.dispose()
    with pytest.raises(JournalError, match="does not hold at record 1"):
        move(old, new, silent)
    with SqlJournal(old, clock=lambda: NOW) as journal:
        assert len(list(journal.entries())) == 5


def test_memory_is_flat(tmp_path):
    """A hundred documents of half a megabyte."""
    old, new = (f"sqlite:///{tmp_path / name}" for name in ("old.db", "new.db"))
    engine = engine_for(old)
    with writing(engine) as connection:
        for number in range(100):
            content = bytes([number]) * 500_000
            values = {"sha256": f"{number:064}", "media_type": "application/pdf", "content": content, "made_at": NOW}
            connection.execute(insert(t.document).values(**values))
    engine.dispose()
    tracemalloc.start()
    started = monotonic()
    try:
        assert move(old, new, silent).rows["document"] == 100
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"{monotonic() - started:.1f} s, {peak / 1e6:.0f} MB")
    assert peak < 40_000_000
