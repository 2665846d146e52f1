"""Hebrew, Arabic, Han and emoji on the page: each letter in its place and form, and copied as what it stands for."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_invoices import BUYER, invoice, line
from pypdf import PdfReader

from pdp_bridge.document import arabic, bidi, fonts
from pdp_bridge.document.assembly import build
from pdp_bridge.document.layout import Pen, wrapped
from pdp_bridge.model.page import PageStyle
from pdp_bridge.validation.judge import judge

MIXED = st.text(alphabet='ab 01.,-%()[]«»"שלוםابتلا٣', max_size=24)
"""Lines of both directions, without a mark on a letter."""


@pytest.mark.parametrize(
    ("logical", "drawn"),
    [
        ("plain text (1)", "plain text (1)"),
        ("שלום", "םולש"),
        ("שלום (12)", "(12) םולש"),
        ("a שלום b", "a םולש b"),
        ("שלום 12,50 €", "€ 12,50 םולש"),
        ("רחוב 12-14", "12-14 בוחר"),
        ("«abc» שלום", "«abc» םולש"),
        ("שלום «abc»", "«abc» םולש"),
        ("abc (שלום) 12", "abc (םולש) 12"),
        ("abc שלום 12", "abc 12 םולש"),
        ("\u200fabc שלום", "םולש abc"),
        ("\u200eשלום abc", "םולש abc"),
        ("שָׁלוֹם", "םוֹלשָׁ"),
    ],
)
def test_a_line_is_drawn_in_the_order_in_which_it_is_read(logical, drawn):
    assert bidi.drawn(logical) == drawn


@pytest.mark.parametrize(
    ("letters", "forms"),
    [
        ("ب", "\ufe8f"),
        ("بب", "\ufe91\ufe90"),
        ("ببب", "\ufe91\ufe92\ufe90"),
        ("دب", "\ufea9\ufe8f"),
        ("بَب", "\ufe91\u064e\ufe90"),
        ("لا", "\ufefb"),
        ("بلا", "\ufe91\ufefc"),
        ("لَا", "\ufefb\u064e"),
        ("بـ", "\ufe91\u0640"),
        ("ب\u200cب", "\ufe8f\u200c\ufe8f"),
        ("ء", "\ufe80"),
        ("abc", "abc"),
        ("", ""),
    ],
)
def test_letters_take_the_form_that_joins_them(letters, forms):
    assert arabic.joined(letters) == forms


@given(MIXED)
def test_nothing_is_lost_or_added(text):
    """Every character is drawn once; brackets may be mirrored, letters joined."""
    order = bidi.levels(text)
    assert len(order) == len(text)
    mirrored = str.maketrans("([«)]»", ")]»([«")
    shown = bidi.drawn(text)
    plain = arabic.joined(text)
    assert sorted(shown.translate(mirrored) + shown) == sorted(plain.translate(mirrored) + plain)


@given(st.text(alphabet="ab 01.,-%()", max_size=24))
def test_a_line_from_left_to_right_stays_as_it_is(text):
    assert bidi.drawn(text) == text
    assert set(bidi.levels(f"a{text}")) <= {0}


def test_a_wrapped_paragraph_keeps_its_direction_on_every_line():
    pen = Pen(9.0)
    lines = wrapped("עבור Lefèvre et Associés (Paris) תודה", pen, 90.0)
    assert len(lines) > 1
    assert all(one.startswith("\u200f") for one in lines)
    assert all(pen.width(one) <= 90.0 for one in lines)
    assert not any("\u200f" in part for one in lines for _, part in fonts.runs(one, fonts.REGULAR))


@pytest.mark.parametrize("letter", ["\u06d5", "\u0751"])
def test_a_letter_that_cannot_be_joined_is_missing(letter):
    """Uyghur, Kurdish and African letters: the font may have them, Unicode has no joined forms to draw."""
    assert arabic.unjoinable(letter)
    assert fonts.missing(f"ب{letter}") == letter


def test_joiners_stay_between_arabic_letters_only():
    assert fonts.printable("می\u200cخواهید") == "می\u200cخواهید"
    assert fonts.printable("👩\u200d💻👍🏽❤️") == "👩💻👍❤"


def written(text: str) -> str:
    made = build(invoice(line(text), buyer=replace(BUYER, name=text)), PageStyle())
    assert judge(made).sendable
    return PdfReader(BytesIO(made.content)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("שלום 12", "12 שלום"),
        ("شارع", "شارع"),
        ("網站開發（巴黎）", "網站開發（巴黎）"),
        ("ウェブサイト", "ウェブサイト"),
        ("Fusée 🚀 🎉", "Fusée 🚀 🎉"),
    ],
)
def test_what_is_drawn_is_valid_and_copied_as_its_characters(text, copied):
    """pypdf turns right-to-left runs back into the order in which they are read."""
    assert copied in written(text)


def test_the_same_page_is_the_same_bytes_whatever_was_drawn_before():
    def drawn(text):
        return build(invoice(line(text)), PageStyle()).content

    before = drawn("שלום 東京 🚀")
    drawn("أخرى 北京 🎉")
    assert drawn("שלום 東京 🚀") == before


def test_an_invoice_without_them_does_not_embed_them():
    pdf = PdfReader(BytesIO(build(invoice(), PageStyle()).content))
    names = {font.get_object()["/BaseFont"] for font in pdf.pages[0]["/Resources"]["/Font"].values()}
    assert not any("Symbola" in name or "Droid" in name for name in names)
