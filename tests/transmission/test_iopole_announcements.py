"""The `events` callback in our words: the shapes of Iopole's description, and what is too little to be one."""

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from deliveries import EVENT

from pdp_bridge.transmission.iopole import mapping

NOW = datetime(2026, 10, 7, 12, tzinfo=UTC)
DEPOSIT = "550e8400-e29b-41d4-a716-446655440000"
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "iopole" / "event.schema.json").read_text("utf-8"))
NOT_DELIVERED = {
    "eventId": "9e3b2f4a-1c2d-4e5f-8a6b-7c8d9e0f1a2b",
    "eventType": "OUTBOUND_INVOICE_NOT_DELIVERED",
    "timestamp": "2026-01-15T10:30:00.000Z",
    "referencedObject": {"type": "INVOICE", "id": DEPOSIT},
    "payload": {"error": {"code": "DELIVERY_ERROR", "statusCode": 502, "statusMessage": "Bad Gateway", "details": {}}},
}
REPORTING = {
    "eventId": "a7b8c9da-e0f1-42fd-8a5b-6c7d8e9fa0b1",
    "eventType": "EREPORTING_ERROR",
    "timestamp": "2026-01-15T10:30:00.000Z",
    "referencedObject": {"type": "TRANSACTION", "id": DEPOSIT},
    "payload": {"rejectionDetail": {"reason": "VALIDATION_FAILURE", "message": "no", "errors": [{"rule": "G1.52"}]}},
}


@pytest.mark.parametrize("item", [EVENT, NOT_DELIVERED, REPORTING], ids=lambda item: item["eventType"])
def test_each_described_event_is_kept_whole(item):
    jsonschema.validate(item, SCHEMA, cls=jsonschema.Draft202012Validator)
    told = mapping.announcement(item, NOW)
    assert (told.status_id, told.code, told.destination) == (item["eventId"], item["eventType"], "EVENT")
    assert json.loads(told.payload) == item
    assert told.at < NOW
    assert told.submission_id == item["referencedObject"]["id"]


def test_the_reason_and_the_words_are_found_wherever_they_stand():
    delivery = mapping.announcement(NOT_DELIVERED, NOW)
    assert (delivery.reason, delivery.message) == ("DELIVERY_ERROR", "Bad Gateway")
    report = mapping.announcement(REPORTING, NOW)
    assert (report.reason, report.message, report.details) == ("VALIDATION_FAILURE", "no", ("G1.52",))


def test_an_event_about_a_status_belongs_to_its_invoice():
    item = {**NOT_DELIVERED, "referencedObject": {"type": "STATUS", "id": "another"}, "payload": {"invoiceId": DEPOSIT}}
    assert mapping.announcement(item, NOW).submission_id == DEPOSIT


def test_without_an_id_its_content_names_it_and_without_a_date_its_arrival_dates_it():
    item = {key: value for key, value in NOT_DELIVERED.items() if key not in {"eventId", "timestamp"}}
    told, again = mapping.announcement(item, NOW), mapping.announcement(dict(reversed(item.items())), NOW)
    assert told.status_id == again.status_id
    assert len(told.status_id) == 64
    assert told.at == NOW


@pytest.mark.parametrize(
    "item", [None, [], "x", {}, {"eventType": "X"}, {"referencedObject": {"id": "1"}}, {"eventType": 1.5, "payload": 3}]
)
def test_what_names_nothing_is_no_event(item):
    assert mapping.announcement(item, NOW) is None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(item, SCHEMA, cls=jsonschema.Draft202012Validator)
