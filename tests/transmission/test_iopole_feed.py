"""The feed of statuses, where one that cannot be read hides no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_platform import Platform, exchange

from pdp_bridge.model.status import ANNOUNCEMENT, Outcome, summary
from pdp_bridge.transmission.iopole import mapping
from pdp_bridge.transmission.iopole.adapter import Iopole
from pdp_bridge.transmission.iopole.feed import feed

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
GOOD = exchange("not_seen_grouped").json()


@pytest.mark.parametrize("name", ["not_seen_grouped", "not_seen_flat", "status_history", "not_seen_empty"])
def test_what_can_be_read_is_what_it_always_was(name):
    answer = exchange(name).json()
    assert feed(answer, NOW) == mapping.events(answer, NOW)


@pytest.mark.parametrize(
    ("poison", "status_id", "deposit"),
    [
        ({"statusId": "s-1", "status": {"code": "ISSUED"}}, "s-1", ""),
        ({"invoiceId": None, "newstatus": [{"statusId": "s-2"}]}, "s-2", ""),
        ({"invoiceId": "d-1", "newstatus": ["no object"]}, None, "d-1"),
        ({"invoiceId": "d-1", "newStatus": [7]}, None, "d-1"),
        ("a word", None, ""),
        (None, None, ""),
        ([[]], None, ""),
    ],
)
def test_one_that_cannot_be_read_is_kept_as_it_came(poison, status_id, deposit):
    found = feed([*GOOD, poison], NOW)
    readable = [event for event in found if event.code != "UNREADABLE"]
    (kept,) = [event for event in found if event.code == "UNREADABLE"]
    assert readable == mapping.events(GOOD, NOW)
    assert (kept.submission_id, kept.destination, kept.at) == (deposit, ANNOUNCEMENT, NOW)
    assert kept.status_id == status_id if status_id else len(kept.status_id) == 64
    assert json.loads(kept.payload) == poison
    assert feed([*GOOD, poison], NOW) == found  # recorded once


def test_one_that_breaks_our_reading_hides_no_other(monkeypatch):
    event = mapping._event

    def broken(item, invoice_id, received_at):
        if item.get("statusId") == "boom":
            raise ZeroDivisionError
        return event(item, invoice_id, received_at)

    monkeypatch.setattr(mapping, "_event", broken)
    found = feed([*GOOD, {"invoiceId": "d-1", "newstatus": [{"statusId": "boom"}]}], NOW)
    assert [each.status_id for each in found if each.code == "UNREADABLE"] == ["boom"]
    assert len(found) == len(mapping.events(GOOD, NOW)) + 1


def test_nothing_is_derived_from_it():
    assert summary(feed([{"invoiceId": "d-1", "newstatus": ["no object"]}], NOW)).technical_status is Outcome.PENDING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "newstatus", "invoiceId", "statusId", "status", "x"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_read_or_kept(answer):
    for event in feed(answer, NOW):
        assert event.status_id
        assert event.submission_id or event.code == "UNREADABLE"


def test_the_adapter_hands_it_on_and_acknowledges_it():
    platform = Platform(
        status_not_seen=[httpx.Response(200, json=[{"statusId": "s-1"}])], mark_status_seen=["mark_as_seen_204"]
    )
    iopole = Iopole(platform.client())
    (event,) = iopole.new_events()
    iopole.acknowledge(event)
    assert platform.requests[-1].url.path.endswith("/s-1/markAsSeen")
