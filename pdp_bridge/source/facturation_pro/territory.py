"""Where a party stands for French VAT: at home, elsewhere in the Union, or outside it.

At home: mainland, Corsica, Guadeloupe, Martinique, La Réunion, and Monaco (CGI art. 256-0 and 294). French Guiana,
Mayotte and the overseas collectivities are French and yet export territory; their post codes tell them apart when the
country is written `FR`. Codes: ISO 3166-1; member states as of 2026.
"""

from __future__ import annotations

import re
from enum import StrEnum

EU_COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - a table
)
"""ISO 3166-1 codes of the member states; Greece is GR here and EL in VAT numbers."""

_REDUCED_RATES = frozenset({"GP", "MQ", "RE"})
_EXPORT = frozenset({"GF", "YT", "PM", "BL", "MF", "TF", "WF", "PF", "NC"})
_POSTCODE = re.compile(r"\d{5}")
_EXPORT_POSTCODES = ("97133", "97150", "973", "975", "976", "977", "978", "984", "986", "987", "988")
_REDUCED_POSTCODES = ("971", "972", "974")


class Territory(StrEnum):
    """The VAT territory of a place."""

    HOME = "home"
    UNION = "union"
    OUTSIDE = "outside"


def territory(country: str | None, postcode: str | None = None) -> Territory:
    """The VAT territory; no country means France. Saint-Barthélemy (97133) is tested before Guadeloupe (971).

    >>> territory("FR", "97133").value, territory("FR", "97110").value, territory("IE").value, territory("CH").value
    ('outside', 'home', 'union', 'outside')
    """
    place = _place(country)
    if place in _EXPORT or (place == "FR" and _bare(postcode).startswith(_EXPORT_POSTCODES)):
        return Territory.OUTSIDE
    if place in {"FR", "MC"} or place in _REDUCED_RATES:
        return Territory.HOME
    return Territory.UNION if place in EU_COUNTRIES else Territory.OUTSIDE


def reduced_rates(country: str | None, postcode: str | None = None) -> bool:
    """Guadeloupe, Martinique and La Réunion, where 8.5, 2.1, 1.75 and 1.05 % apply.

    >>> reduced_rates("FR", "97400"), reduced_rates("RE"), reduced_rates("FR", "75001"), reduced_rates("FR", "97150")
    (True, True, False, False)
    """
    if territory(country, postcode) is not Territory.HOME:
        return False
    place = _place(country)
    return place in _REDUCED_RATES or (place == "FR" and _bare(postcode).startswith(_REDUCED_POSTCODES))


def _place(country: str | None) -> str:
    return (country or "").strip().upper() or "FR"


def _bare(postcode: str | None) -> str:
    digits = "".join((postcode or "").split())
    return digits if _POSTCODE.fullmatch(digits) else ""
