"""What is counted of the whole journal."""

from datetime import UTC, datetime, timedelta

from pdp_bridge.journal import counting
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.owner import Owner
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.testing import sample_snapshot

START = datetime(2026, 10, 7, 10, tzinfo=UTC)


class Hours:
    """A clock that a test moves."""

    now = START

    def __call__(self):
        return self.now


def test_an_empty_journal_counts_nothing(journal_url):
    with SqlJournal(journal_url, clock=Hours()) as journal:
        figures = journal.figures()
    assert (figures.invoices, figures.unsent_since, figures.events, figures.ended) == ({}, {}, {}, {})


def test_the_oldest_unsent_is_neither_held_nor_passed_over(journal_url):
    clock = Hours()
    with SqlJournal(journal_url, clock=clock) as journal:
        for number in range(4):
            clock.now = START + timedelta(hours=number)
            journal.pulled([sample_snapshot(str(number), f"FA-{number}")], [])
        journal.held("0", "another route", None)
        journal.pulled([], [Skipped(source_id="1", number="FA-1", reason="deleted")])
        figures = journal.figures()
    assert figures.unsent_since == {"pulled": START + timedelta(hours=2)}
    assert figures.invoices == {("held", ""): 2, ("pulled", ""): 2}


def test_a_count_stops_where_it_says(journal_url, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 2)
    with SqlJournal(journal_url, clock=lambda: START) as journal:
        journal.pulled([sample_snapshot(str(number), f"FA-{number}") for number in range(5)], [])
        journal.held("0", "another route", None)
        journal.received(
            [StatusEvent(status_id=str(n), submission_id="p", code="ISSUED", at=START) for n in range(3)], "webhook"
        )
        for number in range(3):
            journal.take_callback(f"invoice:{number}", "invoice")
        figures = journal.figures()
    assert figures.invoices == {("held", ""): 1, ("pulled", ""): 2}
    assert (figures.events, figures.callbacks) == ({"webhook": 2}, {"invoice": 2})


def test_the_last_end_is_that_of_any_company(journal_url):
    clock, url = Hours(), journal_url
    owners = [Owner(environment="sandbox", firm=firm, siren=None) for firm in ("1", "2")]
    for hours, owner in enumerate(owners):
        clock.now = START + timedelta(hours=hours)
        with SqlJournal(url, clock=clock, owner=owner) as journal:
            journal.ended("run")
    with SqlJournal(url, clock=clock, owner=owners[0]) as journal:
        assert journal.last_ended() == journal.figures().ended == {"run": START + timedelta(hours=1)}


def test_a_callback_is_taken_once(journal_url):
    with SqlJournal(journal_url, clock=Hours()) as journal:
        assert not journal.knows_callback("invoice:1")
        assert [journal.take_callback("invoice:1", "invoice") for _ in range(2)] == [True, False]
        assert journal.knows_callback("invoice:1")
        assert journal.figures().callbacks == {"invoice": 1}
