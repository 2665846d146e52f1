"""Build reads back what it wrote; opening never raises."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_invoices import credit_note, franchise, invoice, two_rates

from pdp_bridge.document import assembly, cii, page
from pdp_bridge.document.assembly import build, building, opened
from pdp_bridge.document.comparison import differences
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.document import MediaType
from pdp_bridge.model.invoice import Address, Identifier, Party
from pdp_bridge.model.page import PageStyle
from pdp_bridge.together import together


@pytest.mark.parametrize("made", [invoice(), credit_note(), franchise(), two_rates()])
def test_a_built_document_says_what_was_meant(made):
    document = build(made, PageStyle())

    assert document.media_type is MediaType.FACTUR_X
    assert document.problem is None
    assert document.invoice == made
    assert opened(document.content) == document


def test_the_invoice_of_a_document_is_the_one_read_back_not_the_one_given(monkeypatch):
    write = cii.write
    monkeypatch.setattr(cii, "write", lambda made: write(made).replace(b"Sprint 4", b"Sprint 5"))

    with pytest.raises(DocumentError, match="READ_BACK_DIFFERS") as caught:
        build(invoice(), PageStyle())
    assert "lines[0].description" in caught.value.finding.message


def test_what_cii_cannot_carry_is_refused_rather_than_dropped():
    four_lines = Party(name="Client", address=Address(lines=("a", "b", "c", "d"), country="FR"))
    two_ids = replace(invoice().buyer, legal_id=Identifier(value="X", scheme="0060"))

    for buyer in (four_lines, two_ids):
        with pytest.raises(DocumentError, match="READ_BACK_DIFFERS"):
            build(invoice(buyer=buyer), PageStyle())


def made_together(invoices):
    return together(building(one, PageStyle()) for one in invoices)


def test_made_together_each_is_what_it_is_alone():
    several = [invoice(), credit_note(), franchise(), two_rates()]

    assert made_together(several) == [build(one, PageStyle()) for one in several]


def test_what_is_wrong_with_one_touches_no_other(monkeypatch):
    draw = page.draw

    def failing(made, style):
        if made.number == "broken":
            raise ZeroDivisionError
        return draw(made, style)

    monkeypatch.setattr(page, "draw", failing)
    four_lines = Party(name="Client", address=Address(lines=("a", "b", "c", "d"), country="FR"))
    sound = invoice()

    illegal, altered, first, broken, unknown, last = made_together(
        [
            invoice(title="\ue123"),
            invoice(buyer=four_lines),
            sound,
            invoice(number="broken"),
            invoice(profile="unknown"),
            sound,
        ]
    )

    assert isinstance(illegal, DocumentError)
    assert illegal.finding.rule == "GLYPH_MISSING"
    assert isinstance(altered, DocumentError)
    assert altered.finding.rule == "READ_BACK_DIFFERS"
    assert isinstance(broken, ZeroDivisionError)
    assert isinstance(unknown, DocumentError)
    assert unknown.finding.rule == "PROFILE_UNKNOWN"
    assert first == last == build(sound, PageStyle())


def test_a_party_of_which_only_the_name_is_known_has_a_page():
    bare = Party(name="Atelier")

    assert build(invoice(seller=bare, buyer=bare), PageStyle()).invoice.seller == bare


def test_what_a_document_was_made_with_goes_at_once():
    build(two_rates(), PageStyle())  # what is kept for later documents is made
    made = two_rates()
    gc.collect()
    gc.disable()
    try:
        build(made, PageStyle())

        assert gc.collect() == 0
    finally:
        gc.enable()


def test_what_only_the_page_knows_is_not_compared():
    made = invoice()

    assert list(differences(replace(made, title="Objet", language="en"), made)) == []


def test_blank_is_absent():
    made = invoice()

    assert list(differences(replace(made, order_reference=" "), made)) == []
    assert list(differences(replace(made, order_reference="PO"), made)) == ["order_reference: 'PO' became None"]


def test_a_bare_xml_is_a_document():
    document = opened(cii.write(invoice()))

    assert document.media_type is MediaType.CII
    assert document.content == document.xml
    assert document.invoice == invoice()
    assert document.filename.endswith(".xml")


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"<Invoice/>", b"\x89PNG"])
def test_opening_what_is_no_invoice_tells_the_problem(data):
    document = opened(data)

    assert document.invoice is None
    assert document.problem


def test_a_pdf_without_xml_has_no_xml():
    from test_facturx import foreign  # noqa: PLC0415 - beside this file

    document = opened(foreign("notes.txt"))

    assert (document.xml, document.media_type) == (b"", MediaType.FACTUR_X)
    assert "factur-x.xml" in document.problem


_PDF = build(invoice(), PageStyle()).content


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_opening_a_damaged_file_never_raises(data):
    start = data.draw(st.integers(0, len(_PDF)))
    damaged = _PDF[:start] + data.draw(st.binary(max_size=8)) + _PDF[start + data.draw(st.integers(0, 400)) :]
    document = assembly.opened(damaged)

    assert (document.invoice is None) == (document.problem is not None)
