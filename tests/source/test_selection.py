"""Which records are sent, and when one counts as changed: facturation-pro.md §1.6, §3.2, §5 and §6.2."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import golden
import pytest
from bills import payload

from pdp_bridge.model.seller import Policy
from pdp_bridge.source.facturation_pro.selection import number_of, reference, skip_reason, version

TODAY = date(2026, 9, 17)
RECORD = golden.case("plain-services").payload["invoice"]
CUSTOMER = golden.case("plain-services").payload["customer"]


def skipped(policy=None, today=TODAY, **over):
    return skip_reason(RECORD | over, today, policy or Policy())


def test_an_issued_invoice_is_not_skipped():
    assert skipped() is None


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"draft": True}, "draft"),
        ({"full_invoice_ref": None, "invoice_ref": ""}, "draft"),
        ({"external": True}, "external"),
        ({"external_ref": "F-77"}, "external"),
        ({"soft_deleted": True, "hard_delete_on": "2026-09-18"}, "deleted"),
        ({"bill_type": "notes"}, "internal note"),
        ({"soft_deleted": True, "draft": True}, "deleted"),
    ],
)
def test_case_037_to_042_records_that_are_not_sent(over, reason):
    record = skipped(**over)
    assert (record.reason, record.source_id) == (reason, str(RECORD["id"]))
    assert record.release_on is None


def test_case_038_a_draft_finalised_later_is_picked_up():
    assert skipped(draft=True, full_invoice_ref=None, invoice_ref=None).number is None
    assert skipped() is None


def test_case_056_a_future_invoice_waits_for_its_day():
    record = skipped(invoiced_on="2026-09-18")
    assert (record.reason, record.release_on, record.number) == ("future", date(2026, 9, 18), "2026-12")
    assert skipped(invoiced_on="2026-09-18", today=date(2026, 9, 18)) is None


def test_case_057_the_last_day_of_the_year_is_not_lost():
    assert skipped(invoiced_on="2026-12-31", today=date(2026, 12, 31)) is None
    assert skipped(invoiced_on="2026-12-31", today=date(2027, 1, 1)) is None


def test_invoices_before_the_start_are_not_ours():
    policy = Policy(go_live="2026-09-01")
    assert skipped(policy, invoiced_on="2026-08-31").reason == "before go-live"
    assert skipped(policy, invoiced_on="2026-09-01") is None


@pytest.mark.parametrize("day", [None, "", "0000-00-00", "demain"])
def test_an_unreadable_date_is_for_the_mapping_to_name(day):
    assert skipped(invoiced_on=day) is None
    assert reference(RECORD | {"invoiced_on": day}, CUSTOMER).issue_date is None


def test_the_reference_names_the_invoice():
    made = reference(RECORD, CUSTOMER)
    assert (made.source_id, made.number, made.issue_date) == (str(RECORD["id"]), "2026-12", TODAY)
    assert made.version == version(RECORD, CUSTOMER)
    assert len(made.version) == 64


@pytest.mark.parametrize("number", ["FA 1", "2026-1\u00a0", "a\tb"])
def test_a_number_is_never_rewritten(number):
    assert number_of({"full_invoice_ref": number}) == number


@pytest.mark.parametrize(
    "over",
    [
        {"api_custom": "pdp:iopole:42"},
        {"api_id": 7},
        {"internal_note": "vu"},
        {"followup_id": 12},
        {"category_id": 3},
        {"updated_at": "2027-01-01T00:00:00+01:00"},
        {"paid_on": None},
        {"payment_mode": 3, "payment_ref": "X"},
        {"balance": "12.0"},
        {"settlements": []},
        {"overdue_at": "2026-11-01"},
        {"files": [{"id": 1}]},
        {"a_field_of_tomorrow": "x"},
    ],
)
def test_case_032_what_changes_without_changing_the_invoice(over):
    assert version(RECORD | over, CUSTOMER) == version(RECORD, CUSTOMER)


@pytest.mark.parametrize(
    "over",
    [
        {"full_invoice_ref": "2026-13"},
        {"total": "2250.01"},
        {"invoiced_on": "2026-09-18"},
        {"term_on": "2026-10-18"},
        {"purchase_number": "BC-1"},
        {"vat_exemption": "art. 293 B"},
        {"title": "Autre objet"},
        {"refund_id": 5},
        {"items": []},
        {"items": [RECORD["items"][0] | {"quantity": "6.0"}]},
        {"items": [RECORD["items"][0] | {"title": "Autre"}]},
        {"soft_deleted": True},
    ],
)
def test_case_131_what_changes_the_invoice(over):
    assert version(RECORD | over, CUSTOMER) != version(RECORD, CUSTOMER)


@pytest.mark.parametrize(
    "over", [{"siret": "10000001700010"}, {"electronic_address": "100000041_X"}, {"street": "ailleurs"}]
)
def test_a_corrected_customer_is_a_change(over):
    assert version(RECORD, CUSTOMER | over) != version(RECORD, CUSTOMER)


@pytest.mark.parametrize("over", [{"notes": "x"}, {"updated_at": "2027"}, {"website": "x"}, {"account_code": "411X"}])
def test_what_the_invoice_does_not_say_of_the_customer_is_no_change(over):
    assert version(RECORD, CUSTOMER | over) == version(RECORD, CUSTOMER)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"total": "2250.0"}, {"total": "2250.000"}),
        ({"total": "2250"}, {"total": Decimal("2250.0")}),
        ({"refund_id": 0}, {"refund_id": None}),
        ({"purchase_number": ""}, {"purchase_number": None}),
        ({"precompte": False}, {"precompte": None}),
        ({"rebate_percentage": "0.0"}, {"rebate_percentage": None}),
        ({"information": "a\r\nb"}, {"information": "a\nb"}),
    ],
)
def test_null_empty_and_zero_are_the_same_content(one, other):
    assert version(RECORD | one, CUSTOMER) == version(RECORD | other, CUSTOMER)


def test_the_order_of_keys_does_not_matter():
    assert version(dict(reversed(RECORD.items())), dict(reversed(CUSTOMER.items()))) == version(RECORD, CUSTOMER)


def test_a_missing_customer_is_a_version_too():
    assert version(RECORD, None) != version(RECORD, CUSTOMER)


def test_the_smallest_bill_has_a_version():
    assert version(payload()["invoice"], None)
