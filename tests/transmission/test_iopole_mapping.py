"""Iopole's statuses in our words: every code, every shape seen, and anything else without a crash."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_platform import STATUSES, exchange, status

from pdp_bridge.model.status import STATUS_CODES, Outcome, summary
from pdp_bridge.transmission.iopole import mapping

DEPOSIT = "01a0d285-f428-7000-8000-000000000001"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
NAMES = sorted(path.stem for path in STATUSES.glob("*.json"))


def event(name):
    (found,) = mapping.events([status(name)], NOW)
    return found


def events(name):
    return mapping.events(exchange(name).json(), NOW)


def test_there_is_one_event_for_each_code_and_one_for_an_unknown_one():
    assert set(NAMES) == set(STATUS_CODES) | {"unknown_code"}


@pytest.mark.parametrize("name", NAMES)
def test_each_code_is_read(name):
    raw = status(name)
    found = event(name)
    assert (found.code, found.status_id) == (raw["status"]["code"], raw["statusId"])
    assert (found.submission_id, found.destination) == (DEPOSIT, "OPERATOR")
    assert found.at == datetime.fromisoformat(raw["date"])
    assert found.at.utcoffset() == timedelta(0)
    assert found.number == raw["status"].get("networkCode")
    assert json.loads(found.payload) == raw
    if name != "unknown_code":
        assert (found.number or found.meaning.number) == STATUS_CODES[name].number


def test_an_unknown_code_is_kept_and_ends_nothing():
    found = event("unknown_code")
    assert (found.code, found.number) == ("TRANSLATED", "228")
    assert (found.meaning.outcome, found.meaning.final) == (Outcome.PENDING, False)


def test_the_invoice_number_is_read_but_not_the_platforms_own_id():
    assert event("ISSUED").invoice_number == "FA-2026-001"
    assert status("UNACCEPTABLE")["json"]["responses"][0]["documentReference"]["issuerAssignedId"] == DEPOSIT
    assert event("UNACCEPTABLE").invoice_number is None


def test_a_rejection_says_which_rules():
    found = event("REJECTED")
    assert found.reason == "VALIDATION_FAILURE"
    assert found.message == "The document was rejected because it failed validation"
    assert found.details[0] == "ConformanceLevel: XMP node not found"
    assert found.details[1].startswith("FX-SCH-A-000130: [BR-CO-14]")
    assert len(found.details) == 2


def test_a_refusal_of_the_buyer_says_why():
    found = event("REFUSED")
    assert (found.reason, found.message) == ("PO_REFERENCE_INCORRECT_OR_MISSING", "Bon de commande absent")


def test_a_note_speaks_when_there_is_no_rejection():
    assert event("COMPLETED").message == "Bon de livraison joint."
    assert event("ISSUED").message is None


def test_further_rejections_are_details():
    raw = status("REJECTED")
    response = raw["json"]["responses"][0]
    response["rejectionDetails"] = [*response["rejectionDetails"], {"reason": "ROUTING_FAILURE", "message": "No route"}]
    (found,) = mapping.events(raw, NOW)
    assert found.reason == "VALIDATION_FAILURE"
    assert found.details[-1] == "ROUTING_FAILURE: No route"
    del response["rejectionDetail"]
    assert mapping.events(raw, NOW)[0].reason == "VALIDATION_FAILURE"
    del response["rejectionDetails"]
    assert mapping.events(raw, NOW)[0].reason is None


def test_a_batch_grouped_by_invoice_is_flattened_oldest_first():
    found = events("not_seen_grouped")
    assert [(e.code, e.submission_id[-1]) for e in found] == [("SUBMITTED", "1"), ("ISSUED", "2"), ("RECEIVED", "1")]


def test_a_flat_batch_is_the_same_events():
    grouped = {e.status_id: e for e in events("not_seen_grouped")}
    assert all(grouped[e.status_id] == e for e in events("not_seen_flat"))


def test_a_group_lends_its_invoice_to_events_without_one():
    raw = status("ISSUED")
    del raw["invoiceId"]
    for key in ("newstatus", "newStatus"):
        (found,) = mapping.events([{"invoiceId": DEPOSIT, key: [raw]}], NOW)
        assert found.submission_id == DEPOSIT
    assert mapping.events([raw], NOW) == []


def test_the_history_keeps_both_copies_of_a_status():
    found = events("status_history")
    assert [e.code for e in found] == ["SUBMITTED", "SUBMITTED", "ISSUED", "RECEIVED", "MADE_AVAILABLE"]
    assert {e.destination for e in found[:2]} == {"OPERATOR", "PPF"}
    assert summary(found).technical_status is Outcome.VALIDATED
    assert events("status_history_empty") == []


def test_a_live_rejection_without_codes_and_numbers():
    rejected = events("status_history_rejected")[-1]
    assert (rejected.code, rejected.number, rejected.invoice_number) == ("REJECTED", None, None)
    assert rejected.reason == "ROUTING_FAILURE"
    assert "No route found" in rejected.message
    assert summary(events("status_history_rejected")).technical_status is Outcome.REJECTED


def test_one_object_stands_for_a_list():
    assert mapping.events(status("ISSUED"), NOW) == mapping.events([status("ISSUED")], NOW)
    assert mapping.events({"data": [status("ISSUED")]}, NOW) == mapping.events([status("ISSUED")], NOW)


def test_a_status_may_be_a_plain_word():
    raw = status("APPROVED")
    raw["status"] = "APPROVED"
    (found,) = mapping.events(raw, NOW)
    assert (found.code, found.number) == ("APPROVED", "205")
    del raw["status"]
    assert mapping.events(raw, NOW)[0].code == "APPROVED"
    raw["json"] = None
    assert mapping.events(raw, NOW)[0].code == "UNKNOWN"


def test_an_event_without_id_or_date_is_stored_once_all_the_same():
    raw = status("ISSUED")
    del raw["statusId"]
    (first,) = mapping.events(raw, NOW)
    (second,) = mapping.events(raw, NOW)
    assert first.status_id == second.status_id
    del raw["date"]
    assert mapping.events(raw, NOW)[0].at == datetime(2026, 11, 2, 9, 0, 2, 402000, tzinfo=UTC)
    raw["json"] = {}
    assert mapping.events(raw, NOW)[0].at == NOW


def test_a_date_without_a_zone_is_utc_and_any_zone_becomes_it():
    raw = status("ISSUED")
    raw["date"] = "2026-11-02T09:00:00"
    assert mapping.events(raw, NOW)[0].at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    raw["date"] = "2026-11-02T10:00:00+01:00"
    assert mapping.events(raw, NOW)[0].at.isoformat() == "2026-11-02T09:00:00+00:00"


WORDS = (
    "invoiceId newstatus data meta count metadata businessData seller status code statusId date json responses "
    "documentReference rejectionDetail rejectionDetails errors notes details path error"
)
KEYS = list(WORDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_nothing_that_comes_in_is_a_crash(answer):
    for found in mapping.events(answer, NOW):
        assert found.submission_id
        assert found.status_id
        assert found.at.tzinfo is not None
        json.loads(found.payload)
    mapping.deposits(answer)
    mapping.checksums(answer)
    content = json.dumps(answer).encode()
    mapping.customer(content)
    mapping.deposit_id(content)
    assert mapping.failure("try", 400, content, {}).status == 400


def test_rows_of_a_search():
    rows, count = mapping.deposits(exchange("search_200").json())
    assert count == 2
    assert [(row.number, row.state, row.siren, row.outbound) for row in rows] == [
        ("FA-2026-002", "VALID", "100000009", True),
        ("FA-2026-001", "DELIVERED", "100000009", True),
    ]
    assert rows[1].created == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert mapping.deposits([{"metadata": {"invoiceId": "a", "direction": "INBOUND"}}])[0][0].outbound is False


@pytest.mark.parametrize(
    ("seller", "siren"),
    [
        ({"siren": "100000009"}, "100000009"),
        ({"siret": "10000000900018"}, "100000009"),
        ({"electronicAddress": "0225:100000009_FACT"}, "100000009"),
        ({"electronicAddress": "a@example.fr"}, None),
        ({}, None),
    ],
)
def test_the_seller_of_a_row(seller, siren):
    ((row,), _) = mapping.deposits([{"metadata": {"invoiceId": "a"}, "businessData": {"seller": seller}}])
    assert row.siren == siren


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"statusMessage": "A", "message": "B", "error": "C"}, "“A”"),
        ({"message": "B", "error": "C"}, "“B”"),
        ({"error": "C"}, "“C”"),
        ({"details": {"message": "D", "path": ["x", 1]}}, "“x.1: D”"),
        ({"statusMessage": "A", "details": [{"message": "D"}]}, "“A – D”"),
    ],
)
def test_the_words_of_an_error_by_precedence(body, words):
    assert words in str(mapping.failure("try", 400, json.dumps(body).encode(), {}))


def test_an_error_is_never_longer_than_its_use():
    body = json.dumps({"statusMessage": "x" * 10_000}).encode()
    assert len(str(mapping.failure("try", 400, body, {}))) < 400
