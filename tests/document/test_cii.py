"""The CII message: bytes, numbers, order, refusals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from paper_invoices import SELLER, credit_note, invoice, line, two_rates

from pdp_bridge.document.cii import write
from pdp_bridge.document.element import NAMESPACES, plain
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.invoice import Address, Attachment, Delivery, DirectDebit, Note, Payment, Period


def found(xml: bytes, path: str) -> list[str]:
    return [element.text for element in etree.fromstring(xml).iterfind(f".//{path}", NAMESPACES)]


def test_the_same_invoice_gives_the_same_bytes():
    assert write(two_rates()) == write(two_rates())


def test_the_head_of_the_message():
    start = write(invoice())[:1200].decode()

    assert start.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<rsm:CrossIndustryInvoice xmlns:rsm="urn:')
    assert "\n  <rsm:ExchangedDocumentContext>\n    <ram:BusinessProcess" in start
    assert found(write(invoice()), "rsm:ExchangedDocument/ram:ID") == ["F2026-0042"]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("20", 2, "20.00"),
        ("5.5", 2, "5.50"),
        ("2.1000", 2, "2.10"),
        ("0", 2, "0.00"),
        ("-0.00", 2, "0.00"),
        ("-12.30", 2, "-12.30"),
        ("1E+3", 0, "1000"),
        ("1E-6", 0, "0.000001"),
        ("0.3330", 0, "0.333"),
        ("-1", 0, "-1"),
        ("1.005", 2, "1.005"),
    ],
)
def test_a_number_has_no_exponent_no_needless_zero_and_is_never_rounded(value, decimals, text):
    assert plain(Decimal(value), decimals) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.integers(0, 4))
def test_a_written_number_keeps_its_value(value, decimals):
    assert Decimal(plain(value, decimals)) == value


def test_rates_are_written_as_the_french_list_wants_them():
    rates = found(
        write(two_rates()), "ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:RateApplicablePercent"
    )

    assert rates == ["20.00", "5.50"]


def test_rebates_and_charges_say_their_vat_and_reason():
    xml = write(two_rates())
    header = "ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge"

    assert found(xml, f"{header}/ram:ChargeIndicator/udt:Indicator") == ["false", "false", "true"]
    assert found(xml, f"{header}/ram:ActualAmount") == ["50.00", "20.00", "12.40"]
    assert found(xml, f"{header}/ram:ReasonCode") == ["95", "95", "FC"]
    assert found(xml, f"{header}/ram:CategoryTradeTax/ram:RateApplicablePercent") == ["20.00", "5.50", "20.00"]


def test_a_credit_note_names_its_invoice_with_its_date():
    xml = write(credit_note())

    assert found(xml, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == ["F2026-0031"]
    assert found(xml, "ram:FormattedIssueDateTime/qdt:DateTimeString") == ["20260902"]


def test_a_direct_debit_is_spread_over_three_places():
    debit = DirectDebit(mandate="RUM-1", creditor_id="FR12ZZZ123456", debited_iban="FR7699999000010000123456768")
    xml = write(invoice(payment=Payment(means="49", direct_debit=debit)))

    assert found(xml, "ram:CreditorReferenceID") == ["FR12ZZZ123456"]
    assert found(xml, "ram:PayerPartyDebtorFinancialAccount/ram:IBANID") == ["FR7699999000010000123456768"]
    assert found(xml, "ram:SpecifiedTradePaymentTerms/ram:DirectDebitMandateID") == ["RUM-1"]


def test_an_attachment_travels_inside_the_message():
    attachment = Attachment(
        reference="BL-7", name="BON_LIVRAISON", filename="bl.pdf", mime="application/pdf", content=b"x"
    )
    xml = write(invoice(attachments=(attachment,)))

    assert found(xml, "ram:AdditionalReferencedDocument/ram:TypeCode") == ["916"]
    assert found(xml, "ram:AttachmentBinaryObject") == ["eA=="]


def test_the_totals_in_vat_currency_stand_beside_those_of_the_invoice():
    plain_invoice = invoice(currency="USD", vat_currency="EUR")
    totals = replace(plain_invoice.totals, vat_total_accounting=plain_invoice.totals.vat_total)
    root = etree.fromstring(write(replace(plain_invoice, totals=totals)))

    currencies = [element.get("currencyID") for element in root.iterfind(".//ram:TaxTotalAmount", NAMESPACES)]
    assert currencies == ["USD", "EUR"]


@pytest.mark.parametrize(
    ("broken", "term"),
    [
        (invoice(line("Vis\x0bécrou")), "BT-153"),
        (invoice(notes=(Note(text="a\x00b"),)), "BT-22"),
        (invoice(seller=replace(SELLER, name="Atelier\x1b")), "BT-27"),
        (invoice(line("Vis", unit="C\x01")), "BT-130"),
        (invoice(order_reference="\ud800"), "BT-13"),
        (invoice(order_reference="\uffff"), "BT-13"),
    ],
)
def test_a_control_character_is_refused_by_term(broken, term):
    with pytest.raises(DocumentError) as caught:
        write(broken)

    assert caught.value.finding.rule == "CHARACTER_ILLEGAL"
    assert caught.value.finding.term == term
    assert caught.value.finding.field
    assert caught.value.finding.message.encode()  # the message itself can be printed


def test_a_control_character_is_told_with_its_place():
    with pytest.raises(DocumentError) as caught:
        write(invoice(line("Vis"), line("\x02")))
    transaction = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"

    assert caught.value.finding.location == (
        f"{transaction}/ram:IncludedSupplyChainTradeLineItem[2]/ram:SpecifiedTradeProduct/ram:Name"
    )


@pytest.mark.parametrize("words", ["R&D <b> \"x\" 'y' ]]>", "une\ndeux\ttrois", "a\rb", "l’été 😀 \u0085\u2028"])
def test_every_sign_is_written_so_that_it_is_read_back(words):
    root = etree.fromstring(write(invoice(line(words, unit=words))))

    assert root.find(".//ram:SpecifiedTradeProduct/ram:Name", NAMESPACES).text == words
    assert root.find(".//ram:BilledQuantity", NAMESPACES).get("unitCode") == words


def test_a_blank_reference_leaves_no_empty_element():
    blank = {"order_reference": " ", "contract_reference": "", "buyer_reference": "\t", "framework": None}
    place = Delivery(address=Address(city=" "))
    xml = write(invoice(**blank, delivery=place, period=Period(), payment=Payment(means=""), payment_terms=" "))
    empty = [element.tag for element in etree.fromstring(xml).iter() if not len(element) and not element.text]

    assert empty == ["{%s}ApplicableHeaderTradeDelivery" % NAMESPACES["ram"]]  # noqa: UP031 - braces
