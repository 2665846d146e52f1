"""How numbers and dates are found on a page, and what must not be taken for them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pypdf
import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.model.money import Amount, amount
from pdp_bridge.validation.page_text import NoText, _figure, _figure_stands, _stands, _written, text_of

LANGUAGES = st.sampled_from(["fr", "en", "es", "nl", "de"])
AMOUNTS = st.decimals(min_value="0.01", max_value="99999999", places=2).map(Amount)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def found(value: str, text: str, currency: str = "EUR") -> bool:
    return _figure(amount(value), currency).search(text) is not None


@given(AMOUNTS, LANGUAGES)
def test_an_amount_is_found_as_each_language_writes_it(value, language):
    grouped = format_decimal(value, format="#,##0.00", locale=language)
    written = format_currency(value, "EUR", locale=language)
    for text in (grouped, written, f"Total {grouped} EUR", f"20 % {written}\n3", f"{value:.2f}"):
        assert _figure(value, "EUR").search(text)


@given(AMOUNTS, AMOUNTS, LANGUAGES)
def test_another_amount_is_not_taken_for_it(value, other, language):
    if value != other:
        assert not _figure(value, "EUR").search(f"Total {format_decimal(other, format='#,##0.00', locale=language)} €")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("120.00", "2 120,00"),  # a quantity, then an amount: an ordinary space separates columns
        ("1234.56", "1 234,56"),
        ("1234.56", "1\u202f234,56 €"),
        ("1234.56", "1'234.56"),
        ("-5.00", "−5,00"),
        ("-5.00", "- 5.00"),
        ("0.50", "0,50"),
    ],
)
def test_an_amount_is_found(value, text):
    assert found(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("120.00", "2\u202f120,00"),
        ("120.00", "2.120,00"),
        ("120.00", "1120,00"),
        ("120.00", "120,001"),
        ("120.00", "120"),
        ("100.00", "100 %"),
        ("20.00", "TVA 20,00 %"),
        ("5.50", "5.50%"),
        ("12.34", "12,345.00"),
        ("-5.00", "5,00"),
    ],
)
def test_an_amount_is_not_found(value, text):
    assert not found(value, text)


@given(
    AMOUNTS,
    AMOUNTS,
    LANGUAGES,
    st.sampled_from(["", "1", "1,", "1\u00a0", " ", "x", "-", ".", "%", "% "]),
    st.booleans(),
)
def test_an_amount_found_as_it_is_usually_written_is_one_that_the_rule_finds(value, other, language, edge, after):
    written = format_decimal(other, format="#,##0.00", locale=language)
    text = f"{written}\n{written}{edge[::-1]}" if after else f"{edge}{written}\n3"
    for one in (value, other, Amount(-other)):
        assert not _figure_stands(one, text) or _figure(one, "EUR").search(text)


@given(AMOUNTS, LANGUAGES)
def test_an_amount_is_found_without_a_pattern_as_each_language_writes_it(value, language):
    assert _figure_stands(value, f"20 %\n{format_currency(value, 'EUR', locale=language)}\n3")


@pytest.mark.parametrize(
    ("number", "text", "stands"),
    [
        ("FA-1", "FA-1", True),
        ("FA-1", "N° FA-1\n", True),
        ("FA-1", "FA-12", False),
        ("FA-1", "XFA-1 ", False),
        ("FA-1", "FB-1", False),
        ("", "FA-1", False),
    ],
)
def test_a_number_stands_alone(number, text, stands):
    assert _stands(number, text) is stands


def test_only_a_currency_without_cents_may_leave_them_out():
    assert found("1200.00", "1 200 ¥", "JPY")
    assert not found("1200.00", "1 200 €", "EUR")


@given(DAYS, LANGUAGES, st.sampled_from(["short", "medium", "long"]))
def test_a_date_is_found_as_each_language_writes_it(day, language, width):
    locale = "en_GB" if language == "en" else language
    assert _written(day).search(f"Date : {format_date(day, width, locale=locale)} ;")


@pytest.mark.parametrize(
    "text", ["1er janvier 2026", "January 1, 2026", "1st January 2026", "2026-01-01", "1 de enero de 2026"]
)
def test_a_date_in_words_is_found(text):
    assert _written(date(2026, 1, 1)).search(text)


@pytest.mark.parametrize("text", ["11/01/2026", "1/01/20261", "01/01/2027", "1 février 2026", "21 janvier 2026"])
def test_another_date_is_not_taken_for_it(text):
    assert not _written(date(2026, 1, 1)).search(text)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"%PDF-1.7\n%%EOF"])
def test_no_text_is_told_not_raised_as_something_else(data):
    with pytest.raises(NoText):
        text_of(data)


def test_the_words_of_the_complete_reader_are_not_repeated(monkeypatch):
    """They may quote the page, and an address in memory makes each report another one."""

    def stopping(_file):
        raise ValueError(f"no number: {object()}")

    monkeypatch.setattr(pypdf, "PdfReader", stopping)
    with pytest.raises(NoText) as told:
        text_of(b"")
    assert str(told.value) == "reading its text stops with ValueError"
    assert told.value.french == "la lecture de son texte s’arrête sur ValueError"


def test_half_a_cent_is_not_an_amount_here():
    assert _figure(Amount(Decimal("1.00")), "EUR").search("1,00")
