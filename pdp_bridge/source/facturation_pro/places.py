"""Where the buyer is: ISO 3166 country codes from free entries, and the territories of the reform.

Territories: facturation-pro.md §5 row 9 (art. 289 bis and 294 CGI): Guadeloupe, Martinique and Réunion are inside
e-invoicing, the other overseas parts are not. Country names are those of CLDR, through babel.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from babel import Locale

from pdp_bridge.source.facturation_pro.wording import folded

_ALIASES = {"UK": "GB", "EL": "GR"}
_NOT_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # noqa: SIM905 - a table
"""Two-letter codes of CLDR that ISO 3166-1 does not give to a country."""

DOMESTIC_CODES = frozenset({"FR", "GP", "MQ", "RE"})
"""Inside e-invoicing; the network writes all of them FR."""

EXPORT_CODES = frozenset("GF YT PM BL MF TF WF PF NC".split())  # noqa: SIM905 - a table
"""French territories outside the French VAT territory."""

EU_CODES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - a table
)

_EXPORT_POSTCODES = tuple("97133 97150 973 975 976 977 978 984 986 987 988".split())  # noqa: SIM905 - a table
"""97133 is Saint-Barthélemy and 97150 Saint-Martin, although 971 is Guadeloupe."""

_MONACO_POSTCODE = "980"
POSTCODE_LENGTH = 5


class Territory(StrEnum):
    """What a place means for the route of an invoice."""

    DOMESTIC = "domestic"
    EXPORT = "export"  # French, outside the French VAT territory
    MONACO = "monaco"  # French VAT, no SIREN directory: a person decides
    FOREIGN = "foreign"


def country_code(entry: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or of a French or English name; None when it is neither.

    >>> country_code("fr"), country_code("Royaume-Uni"), country_code("UK"), country_code("XX")
    ('FR', 'GB', 'GB', None)
    """
    code = entry.strip().upper()
    code = _ALIASES.get(code, code)
    names = _names()
    return code if code in names.values() else names.get(folded(entry))


def territory(country: str, postcode: str | None) -> Territory:
    """The territory of a French or foreign address.

    >>> territory("FR", "97410"), territory("FR", "97133"), territory("FR", "98000"), territory("BE", "1000")
    (<Territory.DOMESTIC: 'domestic'>, <Territory.EXPORT: 'export'>, <Territory.MONACO: 'monaco'>, \
<Territory.FOREIGN: 'foreign'>)
    """
    if country == "MC":
        return Territory.MONACO
    if country in EXPORT_CODES:
        return Territory.EXPORT
    if country not in DOMESTIC_CODES:
        return Territory.FOREIGN
    digits = "".join(c for c in postcode or "" if c.isdigit())
    if len(digits) == POSTCODE_LENGTH and digits.startswith(_EXPORT_POSTCODES):
        return Territory.EXPORT
    if len(digits) == POSTCODE_LENGTH and digits.startswith(_MONACO_POSTCODE):
        return Territory.MONACO
    return Territory.DOMESTIC


@cache
def _names() -> dict[str, str]:
    """Folded country name → code."""
    return {
        folded(name): code
        for language in ("en", "fr")
        for code, name in Locale(language).territories.items()
        if len(code) == len("FR") and code.isalpha() and code not in _NOT_COUNTRIES
    }
