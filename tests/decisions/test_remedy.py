"""What the law allows next, for every situation, and what no situation ever allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.cli.remedy_words import forbidden, heading, permitted, steps
from pdp_bridge.decisions.remedy import Situation, remedy
from pdp_bridge.delivery import refusal
from pdp_bridge.model.hindrance import dated_later
from pdp_bridge.model.status import STATUS_CODES, Outcome, StatusEvent, contradicted, shown
from pdp_bridge.ports import Entry, State

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
WAITING = dated_later("FA-1", date(2026, 12, 1))
DELETED = {"reason": "not to be sent any more, says the source: deleted", "report": refusal(WAITING)}


def told(code, minute=0, reason=None):
    at = START + timedelta(minutes=minute)
    return StatusEvent(status_id=f"{code}-{minute}", submission_id="p-1", code=code, at=at, reason=reason)


def sent(*events, **values):
    entry = Entry(source_id="1", number="FA-1", state=State.SENT, version="v", submission_id="p-1", sent_at=START)
    return replace(entry, summary=shown([("p-1", events)])[1], **values), events


@pytest.mark.parametrize(
    ("events", "situation", "edit", "again", "credit_note"),
    [
        ((), Situation.PENDING, False, False, False),
        ((told("SUBMITTED"),), Situation.PENDING, False, False, False),
        ((told("SOMETHING_NEW"),), Situation.PENDING, False, False, False),
        ((told("ISSUED"),), Situation.VALIDATED, False, False, True),
        ((told("ISSUED"), told("PAYMENT_RECEIVED", 1)), Situation.VALIDATED, False, False, True),
        ((told("ISSUED"), told("REFUSED", 1)), Situation.REFUSED, False, False, True),
        ((told("ISSUED"), told("DISPUTED", 1)), Situation.DISPUTED, False, False, True),
        ((told("ISSUED"), told("SUSPENDED", 1)), Situation.SUSPENDED, False, False, True),
        ((told("ISSUED"), told("CANCELLED", 1)), Situation.CANCELLED, False, False, False),
        ((told("REJECTED", reason="VALIDATION_FAILURE"),), Situation.REJECTED, False, False, True),
        ((told("ISSUED"), told("REJECTED", 1, "ROUTING_FAILURE")), Situation.REJECTED, False, False, True),
        ((told("REJECTED", reason="DUPLICATED_INVOICE"),), Situation.DUPLICATE, False, False, True),
        ((told("UNACCEPTABLE", reason="SYNTAX_ERROR"),), Situation.UNACCEPTABLE, True, True, False),
        ((told("REJECTED"), told("APPROVED", 1)), Situation.CONTRADICTED, False, False, False),
        ((told("UNACCEPTABLE"), told("ISSUED", 1)), Situation.CONTRADICTED, False, False, False),
        ((told("REJECTED"), told("REFUSED")), Situation.CONTRADICTED, False, False, False),
    ],
)
def test_after_the_deposit(events, situation, edit, again, credit_note):
    found = remedy(*sent(*events))
    assert (found.situation, found.may_edit, found.may_send_again, found.credit_note) == (
        situation,
        edit,
        again,
        credit_note,
    )
    assert not found.by_itself


@pytest.mark.parametrize(
    ("values", "situation", "by_itself", "again"),
    [
        ({"state": State.PULLED}, Situation.DUE, True, False),
        ({"state": State.HELD}, Situation.HELD, True, False),
        ({"state": State.HELD, "reason": str(WAITING), "report": refusal(WAITING)}, Situation.EARLY, True, False),
        ({"state": State.HELD, **DELETED}, Situation.HELD, True, False),
        ({"state": State.REFUSED}, Situation.CHECKS, True, False),
        ({"state": State.FAILED, "retryable": True}, Situation.RETRIED, True, False),
        ({"state": State.FAILED}, Situation.STOPPED, True, False),
        ({"state": State.FAILED, "sent_at": START, "submission_id": "p-1"}, Situation.NUMBER_TAKEN, False, False),
        ({"state": State.SENDING}, Situation.AWAITED, False, False),
        ({"state": State.SENDING, "unresolved": True}, Situation.UNRESOLVED, False, True),
    ],
)
def test_before_an_answer(values, situation, by_itself, again):
    found = remedy(Entry(source_id="1", number="FA-1", version="v", **values))
    assert (found.situation, found.by_itself, found.may_send_again) == (situation, by_itself, again)


def test_refused_and_rejected_lead_to_different_advice():
    refused, rejected = (remedy(*sent(told("ISSUED"), told(code, 1))).situation for code in ("REFUSED", "REJECTED"))
    assert steps(refused, "FA-1") != steps(rejected, "FA-1")
    assert heading(refused) != heading(rejected)


def test_a_change_that_is_never_sent_is_told():
    assert remedy(*sent(told("ISSUED"), changed_after_send=True)).edited_in_vain
    assert not remedy(*sent(told("UNACCEPTABLE"), changed_after_send=True)).edited_in_vain
    assert not remedy(*sent(told("ISSUED"))).edited_in_vain


@pytest.mark.parametrize("situation", Situation)
def test_every_situation_has_words(situation):
    assert heading(situation)
    assert heading(situation, brief=True)
    assert all("{" not in step for step in steps(situation, "FA-1"))


events = st.lists(
    st.builds(
        told,
        st.sampled_from([*STATUS_CODES, "SOMETHING_NEW"]),
        st.integers(0, 5),
        st.sampled_from([None, "DUPLICATED_INVOICE", "ROUTING_FAILURE"]),
    ),
    max_size=6,
)


@given(events)
def test_what_was_validated_or_rejected_is_never_sent_again(given_events):
    """Only a file that every status calls unacceptable frees its number."""
    found = remedy(*sent(*given_events))
    codes = {event.code for event in given_events}
    if found.may_send_again:
        assert {code for code in codes if code in STATUS_CODES} <= {"SUBMITTED", "UNACCEPTABLE"}
    assert bool(permitted(found)) or bool(forbidden(found))
    assert not (found.may_edit and found.credit_note)


@given(events, st.randoms())
def test_the_remedy_does_not_depend_on_the_order(given_events, random):
    shuffled = list(given_events)
    random.shuffle(shuffled)
    assert remedy(*sent(*shuffled)).situation is remedy(*sent(*given_events)).situation
    assert contradicted(shuffled) == contradicted(given_events)


@given(events)
def test_a_rejection_stands_whatever_is_said_after_it(given_events):
    summary = shown([("p-1", given_events)])[1]
    ended = any(e.code in STATUS_CODES and STATUS_CODES[e.code].outcome is Outcome.REJECTED for e in given_events)
    assert (summary.technical_status is Outcome.REJECTED) == ended
