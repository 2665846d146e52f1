"""What a record is: facturation-pro.md §3.2, §3.3 and the numbered situations of §6.2."""

from __future__ import annotations

from datetime import date

import pytest
from bills import item, mapped, payload, stopped, warned

from pdp_bridge.model.codes import BillingFramework, InvoiceType, Operation, VatPoint
from pdp_bridge.source.facturation_pro.kinds import named_numbers

EARLIER = {"id": 5, "number": "2026-5", "issued_on": "2026-08-01", "kind": "invoice"}
DEPOSIT = {"id": 61, "number": "2026-61", "issued_on": "2026-08-20", "kind": "down_payment"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Avoir sur facture 2026-12", "2026-12"),
        ("Avoir sur facture n°FA-2026/001 du 03/04/2026", "FA-2026/001"),
        ("Annule la facture n° 2026-7, erreur d’adresse", "2026-7"),
        ("Avoir sur 2026-8", "2026-8"),
        ("AVOIR SUR FACTURE N°AB_12", "AB_12"),
    ],
)
def test_case_043_the_number_a_manual_credit_note_names(text, number):
    assert named_numbers({"title": text}, "refund") == (number,)
    assert named_numbers({"items": [{"title": text}]}, "refund") == (number,)


@pytest.mark.parametrize("text", ["Avoir commercial", "Facture annulée", "Remise de 10 %"])
def test_case_043_no_number_is_invented(text):
    assert named_numbers({"title": text}, "refund") == ()


def test_case_043_a_negative_total_is_a_credit_note():
    invoice = mapped(item("-100.0"), preceding=[EARLIER])
    assert invoice.type == InvoiceType.CREDIT_NOTE
    assert invoice.preceding[0].number == "2026-5"
    assert invoice.preceding[0].issue_date == date(2026, 8, 1)
    assert str(invoice.totals.due) == "120.00"


def test_case_044_a_reference_without_date_is_not_enough():
    undated = EARLIER | {"issued_on": None}
    assert stopped(item("-100.0"), refund_id=5, preceding=[undated]).rule == "PRECEDING_INVOICE_MISSING"


def test_case_045_credit_note_of_a_deposit():
    invoice = mapped(item("-300.0", title="Acompte n°2026-61"), preceding=[DEPOSIT])
    assert invoice.type == InvoiceType.PREPAYMENT_CREDIT_NOTE
    assert invoice.framework == BillingFramework.S1
    assert invoice.vat_point == VatPoint.PAYMENT_DATE


def test_case_045_a_free_line_does_not_make_it_a_final_invoice():
    lines = [item("-300.0", title="Acompte n°2026-61"), item("10.0", "0.0", title="Rappel")]
    assert mapped(*lines, preceding=[DEPOSIT]).type == InvoiceType.PREPAYMENT_CREDIT_NOTE


@pytest.mark.parametrize(("day", "warns"), [("2026-09-17", False), ("2026-09-18", True)])
def test_case_058_a_credit_note_dated_before_its_invoice(day, warns):
    invoice = mapped(item("-100.0"), refund_id=5, preceding=[EARLIER | {"issued_on": day}])
    assert ("CREDIT_NOTE_DATE" in warned(invoice)) is warns


@pytest.mark.parametrize(("price", "quantity"), [("-450.0", "2.0"), ("450.0", "-2.0")])
def test_case_047_credit_notes_are_positive_however_they_were_written(price, quantity):
    line = mapped(item(price, quantity), kind="refund", preceding=[EARLIER]).lines[0]
    assert (str(line.quantity), str(line.unit_price), str(line.net)) == ("2", "450", "900.00")


def test_case_047_a_line_of_the_other_sign_keeps_it():
    lines = mapped(item("-450.0", "2.0"), item("50.0"), kind="refund", preceding=[EARLIER]).lines
    assert [str(line.net) for line in lines] == ["900.00", "-50.00"]
    assert all(line.unit_price >= 0 for line in lines)


def test_case_048_a_deposit_never_has_framework_4():
    invoice = mapped(item("300.0", title="Acompte sur le devis n°5"), kind="down_payment")
    assert (invoice.type, invoice.framework) == (InvoiceType.PREPAYMENT, BillingFramework.S1)


def test_case_048_the_words_decide_only_when_the_lists_are_unavailable():
    line = item("300.0", title="Acompte sur le devis n°5")
    assert mapped(line, quote_id=5).type == InvoiceType.INVOICE
    assert mapped(line, kind_known=False).type == InvoiceType.INVOICE
    assert mapped(line, item("10.0"), quote_id=5, kind_known=False).type == InvoiceType.INVOICE
    guessed = mapped(line, quote_id=5, kind_known=False)
    assert guessed.type == InvoiceType.PREPAYMENT
    assert "TYPE_GUESSED" in warned(guessed)


def test_case_048_final_invoice_with_the_deposit_of_its_quote():
    lines = [item("1000.0"), item("-300.0", title="Acompte versé")]
    invoice = mapped(*lines, preceding=[DEPOSIT, EARLIER])
    assert invoice.framework == BillingFramework.S4
    assert [one.number for one in invoice.preceding] == ["2026-61"]
    assert stopped(*lines).rule == "PRECEDING_INVOICE_MISSING"


def test_case_049_the_deposits_a_final_invoice_names():
    lines = [{"title": "Acompte n°2026-63", "total": "-5"}, {"title": "Acompte nº A/64.", "total": "-5"}]
    assert named_numbers({"items": [*lines, {"title": "Acompte n°2026-99", "total": "5"}]}, "invoice") == (
        "2026-63",
        "A/64",
    )


def test_case_050_a_positive_credit_note_is_held():
    finding = stopped(item("100.0"), refund_id=5, preceding=[EARLIER])
    assert finding.rule == "CREDIT_NOTE_SIGN"


@pytest.mark.parametrize("number", ["FA 2026/001", "F°12", "A" * 36, "2026-1\u00a0", "F🧾1", "", None])
def test_case_052_numbers_that_cannot_be_sent(number):
    finding = stopped(full_invoice_ref=number, invoice_ref=None)
    assert finding.rule == "INVOICE_NUMBER_INVALID"
    assert finding.field == "full_invoice_ref"


@pytest.mark.parametrize("number", ["FA-2026/001_b+", "A" * 35, "7"])
def test_case_052_numbers_that_can(number):
    assert mapped(full_invoice_ref=number).number == number


def test_case_053_the_complete_number_wins():
    assert mapped(full_invoice_ref="2026-12", invoice_ref="12").number == "2026-12"
    assert mapped(full_invoice_ref=None, invoice_ref="12").number == "12"


@pytest.mark.parametrize("day", ["1999-12-31", "2100-01-01", "0000-00-00", "2026-02-30", None, "", "bientôt"])
def test_case_055_impossible_issue_dates(day):
    assert stopped(invoiced_on=day).rule == "DATE_INVALID"


@pytest.mark.parametrize(
    ("natures", "operation"),
    [
        ([1, 1], Operation.GOODS),
        ([2, 3], Operation.SERVICES),
        ([1, 2], Operation.MIXED),
        ([1, 8], Operation.GOODS),
        ([9, None], Operation.SERVICES),
        ([1, 9], Operation.MIXED),
    ],
)
def test_the_lines_say_goods_or_services_and_the_setting_fills_the_gaps(natures, operation):
    lines = [item(nature=nature, vat="0.2") for nature in natures]
    assert mapped(*lines).framework == BillingFramework.of(operation, suffix="1")


@pytest.mark.parametrize(("account", "letter"), [("707100", "B"), ("706200", "S"), ("701", "B"), ("758", None)])
def test_the_sales_account_comes_before_the_setting(account, letter):
    lines = [item(nature=9)]
    if letter:
        assert mapped(*lines, accounting_entry=account, adjust={"default_operation": None}).framework == f"{letter}1"
    else:
        finding = stopped(*lines, accounting_entry=account, adjust={"default_operation": None})
        assert finding.rule == "OPERATION_CATEGORY_UNKNOWN"


def test_a_deducted_deposit_says_nothing_of_goods_or_services():
    lines = [item("1000.0", nature=1), item("-300.0", title="Acompte n°2026-61", nature=2)]
    assert mapped(*lines, preceding=[DEPOSIT]).framework == BillingFramework.B4


@pytest.mark.parametrize(
    ("natures", "debits", "point"),
    [
        ([2], False, "72"),
        ([2], True, "5"),
        ([1], False, "29"),
        ([1], True, "29"),
        ([1, 2], False, None),
        ([1, 2], True, "5"),
    ],
)
def test_when_the_vat_becomes_due(natures, debits, point):
    lines = [item(nature=nature) for nature in natures]
    assert mapped(*lines, adjust={"vat_on_debits": debits}).vat_point == point


def test_a_deposit_owes_its_vat_on_receipt_even_with_the_option():
    assert mapped(kind="down_payment", adjust={"vat_on_debits": True}).vat_point == VatPoint.PAYMENT_DATE


def test_the_mapping_is_pure():
    given = payload()
    assert mapped() == mapped()
    assert given == payload()


@pytest.mark.parametrize("number", ["F 2020 12", "n°7", "E" * 36, ""])
def test_an_earlier_invoice_whose_number_cannot_travel_is_refused(number):
    earlier = {"id": 61, "number": number, "issued_on": "2026-03-01", "kind": "external"}
    finding = stopped(item("-100.0"), kind="refund", preceding=[earlier])
    assert finding.rule == ("PRECEDING_NUMBER_INVALID" if number else "PRECEDING_INVOICE_MISSING")
    deducted = item("-10.0", title=f"Acompte n°{'9' * 36}")
    assert stopped(item(), deducted).rule == "PRECEDING_NUMBER_INVALID"
