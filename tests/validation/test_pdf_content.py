"""A page read text by text says what it says instruction by instruction; an action is seen wherever it lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Dictionary, Name, Object, Pdf, String

from pdp_bridge.validation import pdf_content
from pdp_bridge.validation.pdf_structure import pdf_action, without_stream
from pdp_bridge.validation.pdf_walk import Opened

PIECES = (
    b"BT 45 700 Td /F1 9 Tf (Facture) Tj ET ",
    b"BT 90.5 700 Td /F2 9 Tf (1\\240234,56) Tj ET\n",
    b"BT 45 700 Td /F1 9 Tf (a) Tj (b) Tj ET ",
    b"BT 1-2 700 Td /F1 9 Tf (a) Tj ET ",
    b".1 .2 .3 rg ",
    b"0 0 0 1 k\n",
    b"/DeviceCMYK cs ",
    b"1 2 3 4 re f* ",
    b"[3 2] 0 d ",
    b"q ",
    b"Q ",
    b"1 0 0 1 5 7 cm ",
    b"0 1 -1 0 5 7 cm ",
    b"(BT 1 2 Td /F1 9 Tf \\(x\\) Tj ET) Tj ",
    b"(\\8) Tj ",
    b"5 ",
    b"0 Tc ",
    b"BI ID x EI ",
    b"(",
    b")",
)


def said(drawn: pdf_content.Drawn | None) -> tuple[object, ...] | None:
    return None if drawn is None else (drawn.fonts, drawn.operators, drawn.spaces, drawn.pieces)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_text_by_text_or_one_by_one_a_page_says_the_same(content):
    assert said(pdf_content.read(content)) == said(pdf_content._read([content]))


def test_a_text_and_what_is_drawn_around_it_are_read():
    drawn = pdf_content.read(b" q 1 0 0 1 10 20 cm .1 .2 .3 rg BT 45 700 Td /F1 9 Tf (ab) Tj ET 0 0 0 1 k Q")
    assert drawn is not None
    assert drawn.pieces == [(55.0, 720.0, False, "/F1", 9.0, b"(ab)")]
    assert (drawn.fonts, drawn.operators) == ({"/F1"}, {"rg", "k"})


def test_after_what_was_set_aside_the_font_is_that_of_before():
    drawn = pdf_content.read(b"BT /F1 9 Tf ET q BT 1 2 Td /F2 8 Tf (a) Tj ET Q BT (b) Tj ET")
    assert [(piece[3], piece[4]) for piece in drawn.pieces] == [("/F2", 8.0), ("/F1", 9.0)]


@pytest.mark.parametrize(
    "content",
    [
        *(b"0 Foo ", b"QBT 1 2 Td /F1 9 Tf (x) Tj ET", b"BT 1.2.3 4 Td /F1 9 Tf (x) Tj ET"),
        *(b"BT 1 2 Td /F#31 9 Tf (x) Tj ET", b"BT /F#31 9 Tf (x) Tj ET", b"/DeviceCMY#4B cs"),  # escaped names
        *(b"/F1/F2 9 Tf", b"/Cs1 /DeviceCMYK cs", b"/Cs1/DeviceCMYK CS", b"cs"),  # operands too many or too few
    ],
)
def test_what_is_not_plain_is_left_to_the_complete_reader(content):
    assert pdf_content.read(content) is None


@pytest.mark.parametrize(
    ("content", "colours"),
    [
        (b"1 0 0\x00rg\x000 G\x00", {"rg"}),  # parted by nulls
        (b"/a\x0brg gs 0 0 0 1\fk\n", {"k"}),  # a vertical tab parts nothing
        (b"/rg gs 0 g", set()),
        (b"0 0 0 1 K 1 0 0 RG 1 2 3 4 re f", {"K", "RG"}),
    ],
)
def test_colours_are_seen_whatever_parts_the_words(content, colours):
    assert pdf_content.read(content).operators == colours
    assert pdf_content.read(b"q " + content).operators == colours


WIDTHS = b"<< /FirstChar 65 /Type /Font /Widths [ 500 600.5 ] >>"
SAYS = b"2 beginbfchar <41> <0041> <42> <00420043> endbfchar"


def test_the_widths_of_a_font_are_read_where_it_is_written():
    font = pdf_content.glyphs(SAYS, 65, WIDTHS)
    assert (font.says, font.widths[64:]) == ({65: "A", 66: "BC"}, (0.0, 500.0, 600.5))
    pieces = [(10.0, 5.0, False, "/F1", 10.0, b"(A\\102)"), (21.0, 5.0, False, "/F1", 10.0, b"(A)")]
    assert pdf_content.text_of(pieces, lambda _name: font) == "\nABCA"
    for unknown in (b"(C)", b"(@)"):  # neither glyph nor width; a width alone
        assert pdf_content.text_of([(1.0, 1.0, False, "/F1", 9.0, unknown)], lambda _name: font) is None


@pytest.mark.parametrize(
    "written",
    [
        b"<< /Name (/Widths [ 1 2 ]) /Widths [ 500 600 ] >>",  # which of the two?
        b"<< /Widths 7 0 R >>",
        b"<< /Widths [ 500 8 0 R ] >>",
        b"<< /Type /Font >>",
    ],
)
def test_widths_that_are_not_plainly_there_are_left_to_the_complete_reader(written):
    assert pdf_content.glyphs(SAYS, 65, written) is None


@pytest.mark.parametrize(
    "holder",
    [
        b"<< /JS (x) >>",
        b"<< /J#53 (x) >>",
        b"<</S/Launch>>",
        b"<< /S /#4caunch /Type /Action >>",
        b"<< /A [ 1 [ << /S /ImportData >> ] ] >>",
        b"<< /A << /B << /AA << >> >> >> >>",
        b"[ << /JavaScript << >> >> ]",
    ],
)
def test_an_action_is_seen_wherever_it_lies(holder):
    with Pdf.new() as pdf:
        pdf.Root.Kept = pdf.make_indirect(Object.parse(holder))
        assert [finding.rule for finding in pdf_action(Opened(pdf))] == ["PDF_ACTION"]


def test_an_action_whose_kind_is_an_object_of_its_own_is_seen():
    with Pdf.new() as pdf:
        pdf.Root.OpenAction = pdf.make_indirect(Dictionary(S=pdf.make_indirect(Name.Launch)))
        assert [finding.value for finding in pdf_action(Opened(pdf))] == ["Launch"]


def test_an_action_in_the_dictionary_of_a_stream_is_seen():
    with Pdf.new() as pdf:
        pdf.Root.Kept = pdf.make_stream(b"", AA=Dictionary())
        assert [finding.value for finding in pdf_action(Opened(pdf))] == ["AA"]


@pytest.mark.parametrize("harmless", [String("/JS /AA"), Name("/JSON"), Name("/S"), Dictionary(S=Name.GoTo)])
def test_words_that_look_like_an_action_are_none(harmless):
    with Pdf.new() as pdf:
        pdf.Root.Kept = pdf.make_indirect(Dictionary(Said=harmless))
        assert list(pdf_action(Opened(pdf))) == []


@pytest.mark.parametrize(
    ("said_by_qpdf", "told"),
    [
        ("stream <_io.BytesIO object at 0x7f>: file is damaged", "file is damaged"),
        ("WARNING: stream <_io.BytesIO object at 0x7f> (object 6 0, offset 9): cut", "cut"),
        (
            "stream <_io.BytesIO object at 0x7f>, object 8 0 at offset 7: kid 0 is none",
            "object 8 0 at offset 7: kid 0 is none",
        ),
    ],
)
def test_a_finding_holds_no_address_in_memory(said_by_qpdf, told):
    assert without_stream(said_by_qpdf) == told
