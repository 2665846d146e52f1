"""What is read back without a library of PDF is what a library reads, or nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_invoices import invoice, long_invoice, two_rates
from test_facturx import foreign, logo

from pdp_bridge.document import assembly
from pdp_bridge.document.assembly import build
from pdp_bridge.document.extraction import embedded
from pdp_bridge.document.rereading import embedded_as_written
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.page import PageStyle

_BUILT = build(invoice(), PageStyle())
_FILE = _BUILT.content


@pytest.mark.parametrize(
    ("made", "style"),
    [
        (invoice(title="Ελλάδα ✓ 中文"), PageStyle()),
        (two_rates(), PageStyle(logo=logo(), footer="endobj")),
        (long_invoice(300), PageStyle(qr_code=False)),
    ],
)
def test_the_same_is_read_as_by_a_library(made, style):
    document = build(made, style)

    assert embedded_as_written(document.content) == embedded(document.content) == document.xml


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        foreign("factur-x.xml"),
        _FILE[:-1],
        _FILE + b"\n",
        b"%" + _FILE,
        _FILE.replace(b"(factur-x.xml) ", b"(factur-y.xml) "),
        _FILE.replace(b"/Type /EmbeddedFile ", b"/Type /embeddedfile "),
        _FILE.replace(b" 0 R /UF ", b" 0 R /UG "),
        re.sub(rb"/Length (\d)(?=\d* /Filter /FlateDecode /Type /EmbeddedFile)", rb"/Length 1\1", _FILE),
        re.sub(rb"\d{10} 00000 n", b"0000000009 00000 n", _FILE),
        re.sub(rb"\d{10} 00000 n", b"9999999999 00000 n", _FILE),
        re.sub(rb"startxref\n\d+", b"startxref\n12", _FILE),
    ],
)
def test_what_is_not_as_written_is_left_to_the_library(spoilt):
    assert embedded_as_written(spoilt) is None


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(_FILE) - 1), st.integers(0, 255))
def test_a_changed_byte_changes_no_word_of_the_message(place, byte):
    spoilt = _FILE[:place] + bytes([byte]) + _FILE[place + 1 :]

    assert embedded_as_written(spoilt) in {None, _BUILT.xml}


def test_what_cannot_be_read_so_is_read_by_the_library(monkeypatch):
    monkeypatch.setattr(assembly, "embedded_as_written", lambda _content: None)

    assert build(invoice(), PageStyle()) == _BUILT


def test_a_file_that_holds_another_message_is_not_a_document(monkeypatch):
    from pdp_bridge.document import facturx  # noqa: PLC0415 - only here

    package = facturx.package
    monkeypatch.setattr(
        facturx, "package", lambda drawn, xml, made: package(drawn, xml.replace(b"Sprint 4", b"Sprint 5"), made)
    )

    with pytest.raises(DocumentError, match="READ_BACK_DIFFERS"):
        build(invoice(), PageStyle())
