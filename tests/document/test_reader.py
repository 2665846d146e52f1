"""Reading what anybody wrote: tolerant of profiles, deaf to entities, exact about what it refuses."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_invoices import invoice, line, two_rates

from pdp_bridge.document.cii import write
from pdp_bridge.document.reader import read
from pdp_bridge.document.reading import MAX_BYTES
from pdp_bridge.errors import DocumentError

_ROOT = (
    '<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">'
)
MINIMUM = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
{_ROOT}
 <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
  <ram:ID>urn:factur-x.eu:1p0:minimum</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>
 </rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID> F-1 </ram:ID><ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">20261105</udt:DateTimeString></ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty><ram:Name>Atelier</ram:Name><ram:SpecifiedLegalOrganization>
    <ram:ID schemeID="0002">100000009</ram:ID></ram:SpecifiedLegalOrganization></ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>Client</ram:Name></ram:BuyerTradeParty>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery/>
  <ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:TaxBasisTotalAmount>100</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">20.000</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>120.005</ram:GrandTotalAmount>
    <ram:DuePayableAmount>120.0</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>""".encode()


def refusal(xml: bytes):
    with pytest.raises(DocumentError) as caught:
        read(xml)
    assert caught.value.finding.rule == "XML_UNREADABLE"
    return caught.value.finding


def test_minimum_is_read_for_what_it_says():
    said = read(MINIMUM)

    assert (said.number, said.issue_date, said.type) == ("F-1", date(2026, 11, 5), "380")
    assert said.seller.siren == "100000009"
    assert said.lines == said.notes == said.vat_breakdown == ()
    assert said.due_date is said.payment is said.delivery is said.framework is None
    assert said.totals.vat_total == Decimal("20.00")
    assert said.totals.lines_total == 0


def test_what_is_said_of_one_price_is_not_said_of_another():
    """The schema of EXTENDED-CTC-FR lets a line state several; the first is read, as it stands."""
    xml = write(invoice(line("Vis", price="100", gross_price=Decimal(120), base_quantity=Decimal(7))))
    for name in (b"Net", b"Gross"):
        start, end = (xml.index(b"<%sram:%sPriceProductTradePrice>" % (slash, name)) for slash in (b"", b"/"))
        end = xml.index(b">", end) + 1
        price = xml[start:end]
        first = re.sub(rb"<ram:BasisQuantity.*?</ram:BasisQuantity>", b"", price)
        xml = xml.replace(price, first + price)
    (read_back,) = read(xml).lines
    assert (read_back.unit_price, read_back.gross_price, read_back.base_quantity) == (100, 120, None)


def test_an_amount_with_too_many_decimals_is_read_as_it_stands():
    assert read(MINIMUM).totals.total_with_vat == Decimal("120.005")


def test_utf_16_and_a_byte_order_mark_are_read():
    text = MINIMUM.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')

    assert read(text.encode("utf-16")).number == "F-1"
    assert read(b"\xef\xbb\xbf" + MINIMUM).number == "F-1"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("20261105", "05/11/2026", "IssueDateTime/DateTimeString"),
        ("20261105", "20260230", "IssueDateTime/DateTimeString"),
        ("20261105", "202611051200", "IssueDateTime/DateTimeString"),
        (">100<", ">1 00<", "TaxBasisTotalAmount"),
        (">100<", ">NaN<", "TaxBasisTotalAmount"),
        (">100<", ">1e2<", "TaxBasisTotalAmount"),
        (">100<", ">٣<", "TaxBasisTotalAmount"),
        (">100<", ">" + "9" * 60 + "<", "TaxBasisTotalAmount"),
    ],
)
def test_a_date_or_number_that_is_none_is_refused_with_its_element(old, new, place):
    finding = refusal(MINIMUM.replace(old.encode(), new.encode()))

    assert place in finding.message
    assert finding.location.startswith("/")


def test_the_day_of_a_longer_date_format_is_read():
    longer = MINIMUM.replace(b'"102">20261105', b'"203">202611051200')

    assert read(longer).issue_date == date(2026, 11, 5)


def test_an_invoice_without_issue_date_is_refused():
    start, end = MINIMUM.index(b"<ram:IssueDateTime>"), MINIMUM.index(b"</ram:IssueDateTime>")

    assert refusal(MINIMUM[:start] + MINIMUM[end + 20 :]).term == "BT-2"


BILLION = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE r>",
        BILLION,
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(doctype, encoding):
    declared = MINIMUM.decode().replace("<!-- made by hand -->", doctype.decode()).replace("UTF-8", encoding)

    assert "document type" in refusal(declared.encode(encoding)).message


def test_a_message_too_large_is_refused_before_it_is_parsed():
    assert str(MAX_BYTES) in refusal(b" " * (MAX_BYTES + 1)).message


@pytest.mark.parametrize("data", [b"", b"<", b"hello", b"\x00\xff", b"%PDF-1.7", b"<a/>", MINIMUM[:-30], MINIMUM[:700]])
def test_what_is_no_invoice_is_refused(data):
    refusal(data)


def test_an_invoice_in_ubl_is_refused_by_the_name_of_its_root():
    ubl = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'

    assert "“Invoice”" in refusal(ubl).message


def test_a_damaged_attachment_is_refused():
    from pdp_bridge.model.invoice import Attachment  # noqa: PLC0415 - only here

    attachment = Attachment(reference="A", filename="a.pdf", mime="application/pdf", content=b"abcdef")
    xml = write(invoice(attachments=(attachment,)))

    assert refusal(xml.replace(b"YWJjZGVm", b"YW*jZGVm")).term == "BT-125"


_XML = write(two_rates())


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_message_is_read_or_refused_but_never_a_crash(data):
    start = data.draw(st.integers(0, len(_XML) - 1))
    cut = data.draw(st.integers(0, 40))
    damaged = _XML[:start] + data.draw(st.binary(max_size=4)) + _XML[start + cut :]
    with contextlib.suppress(DocumentError):
        assert read(damaged).issue_date
