"""The chain of status events holds, and shows every tampering."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from pdp_bridge.journal import chain
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.status import StatusEvent


def now() -> datetime:
    return datetime(2026, 9, 1, 10, 30, 15, 123456, tzinfo=UTC)


def event(number: int, code: str = "ISSUED", message: str = "émise") -> StatusEvent:
    return StatusEvent(
        status_id=f"s{number}", submission_id=f"p{number % 2}", code=code, at=now(), message=message, details=("R: «»",)
    )


@pytest.fixture
def journal(journal_url):
    with SqlJournal(journal_url, clock=now) as opened:
        assert opened.received([event(1), event(2), event(1)], "feed") == 2
        assert opened.received([event(2), event(3)], "history") == 1
        assert opened.received([event(4)], "webhook") == 1
        yield opened


def breaks(journal):
    return [(found.seq, found.problem) for found in chain.breaks(journal.records())]


def test_it_holds(journal):
    records = list(journal.records())
    assert [(row["seq"], row["status_id"], row["origin"]) for row in records] == [
        (1, "s1", "feed"),
        (2, "s2", "feed"),
        (3, "s3", "history"),
        (4, "s4", "webhook"),
    ]
    assert [row["previous"] for row in records] == ["", *(row["hash"] for row in records[:-1])]
    assert breaks(journal) == []


def test_anybody_can_compute_it_again(journal):
    for row in journal.records(["p1"]):
        assert hashlib.sha256(chain.record_text(row).encode()).hexdigest() == row["hash"]


TAMPERING = {
    "changed": ("UPDATE status_event SET code = 'REJECTED' WHERE seq = 2", [(2, "its content is not")]),
    "taken out": ("DELETE FROM status_event WHERE seq = 2", [(3, "records 2 to 2 are missing")]),
    "first taken out": ("DELETE FROM status_event WHERE seq = 1", [(2, "records 1 to 1 are missing")]),
    "re-hashed": ("UPDATE status_event SET hash = 'aa' WHERE seq = 2", [(2, "its content"), (3, "does not follow")]),
    "origin": ("UPDATE status_event SET origin = 'feed' WHERE seq = 4", [(4, "its content")]),
    "payload": ("UPDATE status_event SET payload = '{ }' WHERE seq = 1", [(1, "its content")]),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_tampering_shows(journal, case):
    statement, expected = TAMPERING[case]
    with journal._engine.begin() as connection:
        connection.execute(text(statement))
    found = breaks(journal)
    assert [seq for seq, _ in found] == [seq for seq, _ in expected]
    assert all(words in problem for (_, problem), (_, words) in zip(found, expected, strict=True))
