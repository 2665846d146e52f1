"""What is shown of an invoice is a pure function of the log of events, however they came: by the feed, by histories, by
callbacks, in any order, again and again, with unknown codes and with words that contradict each other.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdp_bridge.journal.chain import breaks
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.status import ANNOUNCEMENT, STATUS_CODES, Outcome, StatusEvent, shown, summary
from pdp_bridge.ports import Lease
from pdp_bridge.testing import MemoryJournal, sample_document, sample_invoice, sample_report, sample_snapshot

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
DEPOSITS = ("p-1", "p-2")
ORIGINS = ("feed", "history", "webhook", "rebuild")


def event(status_id, code, *, minute=0, submission_id="p-1", reason=None, destination="OPERATOR"):
    at = START + timedelta(minutes=minute)
    return StatusEvent(
        status_id=status_id, submission_id=submission_id, code=code, at=at, reason=reason, destination=destination
    )


events = st.lists(
    st.builds(
        event,
        st.sampled_from([f"s{number}" for number in range(10)]),
        st.sampled_from([*STATUS_CODES, "SOMETHING_NEW", "OUTBOUND_STATUS_INVALID"]),
        minute=st.integers(0, 3),  # often at the same instant
        submission_id=st.sampled_from(DEPOSITS),
        reason=st.sampled_from([None, "DUPLICATED_INVOICE", "ROUTING_FAILURE"]),
        destination=st.sampled_from(["OPERATOR", "PPF", ANNOUNCEMENT]),
    ),
    unique_by=lambda one: one.status_id,
    min_size=1,
    max_size=10,
)


@st.composite
def deliveries(draw, given_events):
    """The same events as they may come: cut into batches, each by some way, some of them several times."""
    order = draw(st.permutations(given_events))
    again = draw(st.lists(st.sampled_from(given_events), max_size=6))
    stream = [*order, *again]
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    places = [0, *cuts, len(stream)]
    return [(stream[start:end], draw(st.sampled_from(ORIGINS))) for start, end in pairwise(places)]


@contextmanager
def both():
    """A journal of each kind, with one invoice deposited twice."""
    with TemporaryDirectory() as folder, ExitStack() as opened:
        sql = opened.enter_context(SqlJournal(f"sqlite:///{Path(folder) / 'j.db'}", clock=lambda: START))
        journals = (MemoryJournal(clock=lambda: START), sql)
        snapshot, document = sample_snapshot("1", "FA-1"), sample_document(sample_invoice("FA-1"))
        for journal in journals:
            journal.pulled([snapshot], [])
            lease = Lease(at=START, until=START + timedelta(seconds=60))
            journal.sending(snapshot.reference, document, sample_report(document), lease)
            for submission_id in DEPOSITS:
                journal.sent("1", submission_id)
        yield journals


def expected(given_events):
    return shown([(name, [one for one in given_events if one.submission_id == name]) for name in DEPOSITS])


@settings(max_examples=30, deadline=None)
@given(events, st.data())
def test_what_is_shown_depends_on_the_log_alone(given_events, data):
    first, second = data.draw(deliveries(given_events)), data.draw(deliveries(given_events))
    with both() as journals:
        for journal, stream in zip(journals, (first, second), strict=True):
            assert sum(journal.received(batch, origin) for batch, origin in stream) == len(given_events)
            entry = journal.entry("1")
            assert (entry.submission_id, entry.summary) == expected(given_events)
            log = [one for name in DEPOSITS for one in journal.events(name)]
            assert (entry.submission_id, entry.summary) == expected(log)
        assert list(breaks(journals[1].records())) == []


@settings(max_examples=30, deadline=None)
@given(events, st.data())
def test_it_is_so_after_every_batch(given_events, data):
    """Never only in the end: each batch leaves what the log of that moment says."""
    with both() as journals:
        for batch, origin in data.draw(deliveries(given_events)):
            for journal in journals:
                journal.received(batch, origin)
                entry, log = journal.entry("1"), [one for name in DEPOSITS for one in journal.events(name)]
                assert (entry.submission_id, entry.summary) == expected(log)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("pair", "outcome", "status", "final"),
    [
        (("REJECTED", "APPROVED"), Outcome.REJECTED, "REJECTED", True),
        (("UNACCEPTABLE", "ISSUED"), Outcome.REJECTED, "UNACCEPTABLE", True),
        (("UNACCEPTABLE", "REJECTED"), Outcome.REJECTED, "REJECTED", True),
        (("REFUSED", "REJECTED"), Outcome.REJECTED, "REJECTED", True),
        (("REFUSED", "CANCELLED"), Outcome.VALIDATED, "REFUSED", True),
        (("REFUSED", "PAYMENT_RECEIVED"), Outcome.VALIDATED, "REFUSED", True),
        (("ISSUED", "RECEIVED"), Outcome.VALIDATED, "RECEIVED", False),
        (("SUBMITTED", "SOMETHING_NEW"), Outcome.PENDING, None, False),
    ],
)
def test_two_words_at_one_instant(pair, order, outcome, status, final):
    """Whichever comes first, the same is shown; an unknown code is neither a success nor an end."""
    two = [event(f"s{number}", code) for number, code in enumerate(pair)]
    with both() as journals:
        for journal in journals:
            for place in order:
                journal.received([two[place]], ORIGINS[place])
            told = journal.entry("1").summary
            assert (told.technical_status, told.final) == (outcome, final)
            assert status is None or told.lifecycle_status == status


def test_a_late_word_never_takes_a_rejection_back():
    with both() as journals:
        for journal in journals:
            journal.received([event("s1", "REJECTED", reason="VALIDATION_FAILURE")], "webhook")
            journal.received([event("s2", "APPROVED", minute=60)], "feed")
            told = journal.entry("1").summary
            assert (told.technical_status, told.reason) == (Outcome.REJECTED, "VALIDATION_FAILURE")
            assert told.last_technical_update == START + timedelta(minutes=60)


def test_the_rejection_of_a_copy_stays_with_the_copy():
    with both() as journals:
        for journal in journals:
            copy = event("s1", "REJECTED", submission_id="p-2", reason="DUPLICATED_INVOICE")
            journal.received([copy], "history")
            assert journal.entry("1").summary.technical_status is Outcome.PENDING
            journal.received([event("s2", "ISSUED")], "feed")
            assert journal.entry("1").summary.technical_status is Outcome.VALIDATED
            assert [one.code for one in journal.events("p-2")] == ["REJECTED"]


@given(
    st.lists(st.builds(event, st.just("s1"), st.sampled_from(list(STATUS_CODES)), minute=st.integers(0, 3))),
    st.randoms(),
)
def test_one_id_with_several_contents_is_one_event(given_events, random):
    """A platform that says one thing in two ways: which of them counts does not depend on the order."""
    shuffled = list(given_events)
    random.shuffle(shuffled)
    assert summary(shuffled) == summary(given_events)
