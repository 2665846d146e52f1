"""What the law and the portal ask beyond BR-FR, at its edges: what fires is in the mutants, here is what must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.fr import tva

from pdp_bridge.model.invoice import ElectronicAddress, Payment, Period
from pdp_bridge.model.report import Severity
from pdp_bridge.validation import portal

DIGITS = st.integers(0, 99_999_999).map(lambda number: f"{number:08d}")


def fires(rule, invoice) -> bool:
    return bool(list(rule(invoice)))


def seller(invoice, **changes):
    return replace(invoice, seller=replace(invoice.seller, **changes))


def buyer(invoice, **changes):
    return replace(invoice, buyer=replace(invoice.buyer, **changes))


@given(digits=DIGITS)
def test_one_check_digit_in_ten_is_right(base_invoice, digits):
    accepted = [d for d in "0123456789" if not fires(portal.siren_check_digit, seller(base_invoice, siren=digits + d))]
    assert accepted == [luhn.calc_check_digit(digits)]


@given(digits=DIGITS)
def test_one_vat_key_in_a_hundred_is_right(base_invoice, digits):
    siren = digits + luhn.calc_check_digit(digits)
    accepted = [
        key
        for key in range(100)
        if not fires(portal.vat_number_key, seller(base_invoice, vat_number=f"FR{key:02d}{siren}"))
    ]
    assert len(accepted) == 1
    assert siren[:3] == "000" or tva.is_valid(f"{accepted[0]:02d}{siren}")


def test_an_establishment_of_la_poste_has_its_own_sum(base_invoice):
    assert not fires(portal.siret_check_digit, buyer(base_invoice, siren="356000000", siret="35600000000048"))
    assert not fires(portal.siret_check_digit, buyer(base_invoice, siren="356000000", siret="35600000049837"))


@pytest.mark.parametrize(("issued", "expected"), [(date(2026, 12, 31), True), (date(2027, 1, 1), False)])
def test_the_portal_takes_longer_numbers_from_2027(issued, expected, base_invoice):
    invoice = replace(base_invoice, number="F" * 21, issue_date=issued)
    assert fires(portal.number_too_long_for_portal, invoice) is expected
    assert not fires(portal.number_too_long_for_portal, replace(invoice, number="F" * 20))


@pytest.mark.parametrize("number", ["BE0428759497", "DE136695976", "EL094259216", "XI432525179"])
def test_a_foreign_vat_number_that_holds_is_not_doubted(number, base_invoice):
    assert not fires(portal.vat_number_foreign, buyer(base_invoice, vat_number=number))


@pytest.mark.parametrize("number", ["CHE-123.456.788 TVA", "GB123456789", None])
def test_a_vat_number_of_outside_the_union_is_not_judged(number, base_invoice):
    invoice = buyer(base_invoice, vat_number=number)
    assert not fires(portal.vat_number_foreign, invoice)
    assert not fires(portal.vat_number_key, invoice)


def test_a_vat_key_with_letters_is_judged_by_its_own_sum(base_invoice):
    assert not fires(portal.vat_number_key, seller(base_invoice, vat_number="FRK7399859412"))
    assert fires(portal.vat_number_key, seller(base_invoice, vat_number="FRIO399859412"))


def test_a_number_of_monaco_holds_no_siren(base_invoice):
    monaco = "FR53000004605"
    assert not fires(portal.vat_number_key, seller(base_invoice, vat_number=monaco))
    assert not fires(portal.vat_number_of_another, seller(base_invoice, vat_number=monaco))


def test_no_vat_number_is_asked_out_of_scope_nor_from_consumers(base_invoice):
    without = buyer(base_invoice, vat_number=None)
    out = replace(without.vat_breakdown[0], category="O", rate=None)
    assert fires(portal.vat_number_missing, without)
    assert not fires(portal.vat_number_missing, replace(without, vat_breakdown=(out,)))
    assert not fires(portal.vat_number_missing, replace(without, notes=()))


@pytest.mark.parametrize("means", ["10", "20", "30", "42", "48", "49", "97"])
def test_the_means_that_the_portal_takes_are_not_told(means, base_invoice):
    assert not fires(portal.portal_payment_means, replace(base_invoice, payment=Payment(means=means)))
    assert not fires(portal.portal_payment_means, replace(base_invoice, payment=None))


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), (date(2026, 1, 1), None), (None, date(2026, 1, 1)), (date(2026, 1, 1), date(2026, 1, 2))],
)
def test_an_open_period_or_one_of_two_days_is_fine(start, end, base_invoice):
    assert not fires(portal.period_of_one_day, replace(base_invoice, period=Period(start=start, end=end)))


def test_an_account_that_is_no_iban_has_no_check_digits(base_invoice):
    account = replace(base_invoice.payment.account, iban="12345-67890")
    assert not fires(
        portal.iban_check_digits, replace(base_invoice, payment=replace(base_invoice.payment, account=account))
    )


def test_an_iban_is_never_shown_whole(base_invoice):
    account = replace(base_invoice.payment.account, iban="FR7699999000010000123456786")
    wrong = replace(base_invoice, payment=replace(base_invoice.payment, account=account))
    finding = next(portal.iban_check_digits(wrong))
    assert "99999000010000123456" not in f"{finding}"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("compta@example.fr", False),
        ("a.b+c@sous.example.fr", False),
        ("compta", True),
        ("a@b", True),
        ("a@b.fr;c@d.fr", True),
    ],
)
def test_an_email_address_is_one_address(address, expected, base_invoice):
    invoice = buyer(base_invoice, electronic_address=ElectronicAddress(value=address, scheme="EM"))
    assert fires(portal.email_address, invoice) is expected


@pytest.mark.parametrize("character", ["\u00a0", "\u200b", "\u202f", "\ufeff", "\u00ad"])
def test_each_invisible_character_is_seen_and_shown_as_an_escape(character, base_invoice):
    invoice = replace(base_invoice, number=f"FA{character}1")
    finding = next(portal.identifier_characters(invoice))
    assert finding.severity is Severity.ERROR
    assert character not in finding.value


def test_a_zero_credit_note_is_not_negative(base_invoice):
    invoice = replace(base_invoice, type="381")
    assert not fires(portal.credit_note_sign, invoice)
