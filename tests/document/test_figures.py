"""Figures of the page: what CLDR, through babel, writes for the same number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.document.figures import Figures

LOCALES = {"fr": "fr_FR", "en": "en_GB", "es": "es_ES", "nl": "nl_NL"}
NUMBERS = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=None)


@pytest.mark.parametrize("language", LOCALES)
@given(value=st.one_of(NUMBERS, st.decimals(-(10**6), 10**6, places=2), st.integers(-2000, 2000).map(Decimal)))
def test_a_number_is_written_as_babel_writes_it(language, value):
    figures, locale = Figures(language, "EUR"), LOCALES[language]
    as_it_is = {"locale": locale, "decimal_quantization": False}
    assert figures.amount(value) == format_decimal(value, format="#,##0.00", **as_it_is)
    assert figures.quantity(value) == format_decimal(value, format="#,##0.######", **as_it_is)
    for currency in ("EUR", "USD", "JPY", "CHF"):
        expected = format_currency(value, currency, currency_digits=False, **as_it_is)
        assert figures.money(value, currency) == expected
