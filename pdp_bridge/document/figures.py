"""Numbers, dates and account numbers as a reader of each language expects them, never rounded.

Typography by CLDR through babel: in French `1 234,56 €` with a narrow no-break space in thousands and a no-break space
before the sign, so that no figure is ever cut at the end of a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol, get_minus_sign_symbol

NO_BREAK_SPACE = "\u00a0"

_LOCALES = {"fr": "fr_FR", "en": "en_GB", "es": "es_ES", "nl": "nl_NL"}
_DATE_PATTERNS = {"fr": "dd/MM/yyyy", "en": "d MMMM yyyy", "es": "dd/MM/yyyy", "nl": "dd-MM-yyyy"}
_PERCENT = {"fr": "\u00a0%", "en": "%", "es": "\u00a0%", "nl": "%"}


@dataclass(frozen=True, slots=True)
class _Signs:
    """How a locale writes numbers, by groups of three (CLDR patterns #,##0.00 and #,##0.######)."""

    decimal: str
    group: str
    minus: str

    def written(self, value: Decimal, decimals: int) -> str:
        """With at least that many decimals, and no needless zero beyond them."""
        whole, _, fraction = f"{abs(value):,f}".partition(".")
        if len(fraction) != decimals:
            fraction = fraction.rstrip("0").ljust(decimals, "0")
        sign = self.minus if value < 0 else ""
        whole = whole.replace(",", self.group)
        return f"{sign}{whole}{self.decimal}{fraction}" if fraction else f"{sign}{whole}"


@cache
def _signs(locale: str) -> _Signs:
    return _Signs(get_decimal_symbol(locale), get_group_symbol(locale), get_minus_sign_symbol(locale))


@cache
def _around(locale: str, currency: str, *, negative: bool) -> tuple[str, str]:
    """What stands before and after the figure of an amount with its currency."""
    one = Decimal(-1 if negative else 1)
    said = format_currency(one, currency, locale=locale, currency_digits=False, decimal_quantization=False)
    before, _, after = said.partition(_signs(locale).written(abs(one), 2))
    return before, after


@lru_cache(maxsize=1024)
def _day(value: date, pattern: str, locale: str) -> str:
    return format_date(value, format=pattern, locale=locale).replace(" ", NO_BREAK_SPACE)


class Figures:
    """The figures of one invoice: its language (French when it is another than the four) and its currency (BT-5)."""

    __slots__ = ("_currency", "_known", "_locale", "_signs")

    def __init__(self, language: str, currency: str) -> None:
        self._currency = currency
        self._known = language if language in _LOCALES else "fr"
        self._locale = _LOCALES[self._known]
        self._signs = _signs(self._locale)

    def money(self, value: Decimal, currency: str | None = None) -> str:
        """An amount with its currency."""
        before, after = _around(self._locale, currency or self._currency, negative=value < 0)
        return f"{before}{self._signs.written(abs(value), 2)}{after}"

    def amount(self, value: Decimal) -> str:
        """An amount or a price: at least two decimals, without currency."""
        return self._signs.written(value, 2)

    def quantity(self, value: Decimal) -> str:
        """A quantity: as many decimals as it has."""
        return self._signs.written(value, 0)

    def rate(self, value: Decimal) -> str:
        """A rate given in percent."""
        return f"{self.quantity(value)}{_PERCENT[self._known]}"

    def day(self, value: date) -> str:
        """A date in figures, in words for English, where day and month could be mistaken."""
        return _day(value, _DATE_PATTERNS[self._known], self._locale)

    def fraction(self, figure: str) -> str:
        """What follows the units of `amount`, with its separator: figures in a column are aligned on it."""
        head, found, tail = figure.rpartition(self._signs.decimal)
        return found + tail if head else ""

    def country(self, code: str) -> str:
        """The name of an ISO 3166-1 country; the code itself when it is unknown."""
        return str(Locale.parse(self._locale).territories.get(code, code))


def grouped(value: str, size: int = 4) -> str:
    """Groups of characters kept on one line: an IBAN by four, a SIREN by three.

    >>> grouped("FR7699999000010000123456768").replace(NO_BREAK_SPACE, " ")
    'FR76 9999 9000 0100 0012 3456 768'
    """
    compact = "".join(value.split())
    return NO_BREAK_SPACE.join(compact[start : start + size] for start in range(0, len(compact), size))


def siren(value: str) -> str:
    """A SIREN as it is read aloud; anything but nine digits is left as it is."""
    return grouped(value, 3) if len(value) == 9 and value.isdigit() else value  # noqa: PLR2004 - a SIREN


def siret(value: str) -> str:
    """A SIRET as it is read aloud: SIREN, then the five digits of the establishment."""
    if len(value) == 14 and value.isdigit():  # noqa: PLR2004 - a SIRET
        return f"{siren(value[:9])}{NO_BREAK_SPACE}{value[9:]}"
    return value


def masked(iban: str) -> str:
    """Somebody else's account: enough to recognise it, not enough to use it."""
    compact = "".join(iban.split())
    return f"{compact[:4]}{NO_BREAK_SPACE}••••{NO_BREAK_SPACE}{compact[-4:]}"
