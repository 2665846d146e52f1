"""The country of an address, from what people enter: ISO 3166-1 codes, names in French or English (CLDR, by babel)."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from pdp_bridge.source.facturation_pro.wording import folded

_ALIASES = {"UK": "GB", "EL": "GR"}
_NOT_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # noqa: SIM905 - a table
"""Two-letter codes of CLDR that ISO 3166-1 does not give to a country."""

_MONACO_POSTCODE = re.compile(r"980\d\d")
_POSTCODE = re.compile(r"\d{5}")


def country_code(entry: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or of a French or English name; None when it is neither.

    >>> country_code("fr"), country_code("Royaume-Uni"), country_code("UK"), country_code("XX")
    ('FR', 'GB', 'GB', None)
    """
    code = entry.strip().upper()
    code = _ALIASES.get(code, code)
    names = _names()
    return code if code in names.values() else names.get(folded(entry))


def in_monaco(country: str, postcode: str | None) -> bool:
    """Monaco has French VAT, but its companies are not in the French directory.

    >>> in_monaco("MC", None), in_monaco("FR", "98000"), in_monaco("FR", "98800")
    (True, True, False)
    """
    return country == "MC" or (country == "FR" and bool(_MONACO_POSTCODE.fullmatch(postcode or "")))


def french_postcode(postcode: str | None) -> bool:
    """Five digits."""
    return bool(_POSTCODE.fullmatch(postcode or ""))


@cache
def _names() -> dict[str, str]:
    """Folded country name → code."""
    return {
        folded(name): code
        for language in ("en", "fr")
        for code, name in Locale(language).territories.items()
        if len(code) == len("FR") and code.isalpha() and code not in _NOT_COUNTRIES
    }
