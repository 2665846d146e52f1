"""Which matters are due: by where an invoice stands and how long it has been silent; the same fact is one matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge.model.notice import Altered, Circumstances, Matter, Thresholds
from pdp_bridge.model.report import Finding, Layer, Report, Severity
from pdp_bridge.model.status import StatusEvent, summary
from pdp_bridge.notices.digest import SENTENCES, Digest, sentence, together
from pdp_bridge.notices.due import due
from pdp_bridge.ports import POISON, Entry, State

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def entry(state, **more):
    return Entry(**{"source_id": "7", "number": "FA-7", "state": state, "version": "v1", **more})


def sent(*codes, ago=HOUR, reason=None, **more):
    """Deposited that long ago, the statuses in the same minute."""
    at = NOW - ago
    events = [
        StatusEvent(
            status_id=f"s{place}",
            submission_id="d",
            code=code,
            at=at + timedelta(seconds=place),
            reason=reason if place == len(codes) - 1 else None,
        )
        for place, code in enumerate(codes)
    ]
    return entry(State.SENT, sent_at=at, submission_id="d", summary=summary(events), **more)


def report(rule, severity=Severity.ERROR):
    finding = Finding(rule=rule, severity=severity, message="Dupont owes 12 €", message_fr="Dupont doit 12 €")
    return Report(layers=(Layer.judged("mapping", "test", (finding,)),), required=("mapping",), sha256="")


def matters(*entries, circumstances=None, now=NOW):
    found = due(entries, now, Thresholds(), circumstances or Circumstances(synced_at=now))
    return [(notice.matter, notice.number, notice.reason) for notice in found]


@pytest.mark.parametrize(
    ("which", "matter", "reason"),
    [
        (sent("SUBMITTED", "REJECTED", reason="ROUTING_FAILURE"), "rejected", "ROUTING_FAILURE"),
        (sent("UNACCEPTABLE", reason="EMPTY_FILE"), "rejected", "EMPTY_FILE"),
        (sent("ISSUED", "REFUSED", reason="DUPLICATE_INVOICE"), "refused_by_buyer", "DUPLICATE_INVOICE"),
        (sent("ISSUED", changed_after_send=True), "changed_after_send", None),
        (sent(ago=25 * HOUR), "no_verdict", None),
        (sent("SUBMITTED", ago=25 * HOUR), "no_verdict", None),
        (sent("SUBMITTED", "ISSUED", ago=4 * DAY), "no_receipt", "201"),
        (sent("SUBMITTED", "ISSUED", "RECEIVED", ago=4 * DAY), "no_receipt", "202"),
        (entry(State.REFUSED, report=report("BR-CO-15")), "refused", "BR-CO-15"),
        (entry(State.HELD, report=report("BUYER_NOT_IN_DIRECTORY")), "held", "BUYER_NOT_IN_DIRECTORY"),
        (entry(State.FAILED, reason="no route for Dupont"), "failed", None),
        (entry(State.FAILED, failures=POISON, reason="ValueError: Dupont"), "quarantined", "ValueError"),
        (entry(State.SENDING, failures=POISON, reason="KeyError: 1"), "quarantined", "KeyError"),
        (entry(State.SENDING, unresolved=True), "outcome_unknown", None),
        (entry(State.SENDING, sending_at=NOW - HOUR, lease_until=NOW - HOUR / 2), "outcome_unknown", None),
    ],
)
def test_what_needs_a_person(which, matter, reason):
    assert matters(which) == [(matter, "FA-7", reason)]


@pytest.mark.parametrize(
    "which",
    [
        entry(State.PULLED),
        sent("SUBMITTED", ago=23 * HOUR),
        sent(ago=23 * HOUR),
        sent("SUBMITTED", "ISSUED", ago=2 * DAY),
        sent("ISSUED", "RECEIVED", "MADE_AVAILABLE", ago=90 * DAY),
        sent("ISSUED", "IN_HAND", ago=90 * DAY),
        sent("ISSUED", "A_CODE_OF_NEXT_YEAR", ago=90 * DAY),
        entry(State.HELD, report=report("NOT_E_INVOICED")),
        entry(State.HELD, report=report("BUYER_ADDRESS_UPCOMING", Severity.WARNING)),
        entry(State.HELD, report=report("BUYER_NOT_IN_DIRECTORY"), next_action_at=NOW + DAY),
        entry(State.FAILED, retryable=True, next_action_at=NOW),
        entry(State.SENDING, sending_at=NOW, lease_until=NOW + HOUR),
    ],
)
def test_what_needs_nobody(which):
    assert matters(which) == []


def test_the_same_fact_is_one_matter_and_a_new_one_is_another():
    def key(*entries, now=NOW):
        return [notice.key for notice in due(entries, now, Thresholds(), Circumstances(synced_at=now))]

    refused = entry(State.REFUSED, report=report("BR-CO-15"))
    assert key(refused) == key(refused, now=NOW + DAY)
    assert key(refused) != key(replace(refused, report=report("BR-CO-10")))
    assert key(refused) != key(replace(refused, version="v2"))
    assert key(refused) != key(replace(refused, source_id="8"))
    silent = sent("SUBMITTED", "ISSUED", ago=4 * DAY)
    assert key(silent) != key(sent("SUBMITTED", "ISSUED", "RECEIVED", ago=4 * DAY))


def test_only_what_is_another_invoice_now_is_told_of_what_was_changed_at_the_source():
    changed, now = sent("ISSUED", changed_after_send=True), Circumstances(synced_at=NOW)

    def keys(*whats):
        altered = [Altered(source_id="7", number="FA-7", what=what) for what in whats]
        found = due([changed], NOW, Thresholds(), now, altered)
        return [(notice.matter, notice.number, notice.reason) for notice in found], [notice.key for notice in found]

    assert keys() == ([], []), "the customer's record alone"
    assert keys("BT-112, BT-131")[0] == [("changed_after_send", "FA-7", "BT-112, BT-131")]
    assert keys("BT-112")[1] != keys("deleted")[1], "another change is another matter"


def test_a_synchronisation_that_does_not_come():
    late = Circumstances(synced_at=NOW - 25 * HOUR, waiting_since=NOW - HOUR)
    assert matters(circumstances=late) == [("sync_late", None, None)]
    assert matters(circumstances=replace(late, waiting_since=None)) == [], "nothing is awaited"
    assert matters(circumstances=Circumstances(waiting_since=NOW - 25 * HOUR)) == [("sync_late", None, None)]
    assert matters(circumstances=Circumstances(waiting_since=NOW - HOUR)) == []


def test_a_service_that_does_not_answer_for_long():
    outage = Circumstances(synced_at=NOW, outages=(("iopole", NOW - 3 * HOUR), ("facturation.pro", NOW - HOUR)))
    assert matters(circumstances=outage) == [("outage", None, "iopole")]


@pytest.mark.parametrize("matter", Matter)
def test_every_matter_is_told_in_both_languages(matter):
    found = due([sent(ago=25 * HOUR)], NOW, Thresholds(), Circumstances(synced_at=NOW))[0]
    english, french = (sentence(replace(found, matter=matter), language) for language in ("en", "fr"))
    assert english != french
    assert "{" not in english + french
    assert ("FA-7" in english) == ("{number}" in SENTENCES[matter][0]) == ("FA-7" in french)


def test_a_digest_holds_no_word_of_anybody():
    entries = [
        entry(State.REFUSED, report=report("BR-CO-15")),
        entry(State.FAILED, source_id="8", reason="Dupont, 12 rue de l’Exemple: refused"),
    ]
    notices = together(due(entries, NOW, Thresholds(), Circumstances(synced_at=NOW)))
    told = Digest(notices=notices, made_at=NOW, language="fr")
    assert "Dupont" not in told.text + told.as_json().decode()
    assert told.title == "pdp-bridge\u00a0: 2 points à traiter"


def test_a_long_text_is_cut_and_the_json_is_not():
    entries = [entry(State.FAILED, source_id=str(place), number=f"FA-{place:03}") for place in range(250)]
    notices = together(due(entries, NOW, Thresholds(), Circumstances(synced_at=NOW)))
    told = Digest(notices=notices, made_at=NOW, language="en")
    assert told.text.count("\n") == 101
    assert "+150" in told.text
    assert told.as_json().count(b'"key"') == 250
