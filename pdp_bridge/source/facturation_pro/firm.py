"""What Facturation.pro shows of a firm beside its number: a name, and a SIREN where one can be read.

`account.json` documents `id` and `name` alone; older clients saw `identification`, a free text for the registration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pdp_bridge.model import identifiers

_FIELDS = ("siren", "siret", "identification")
_DIGITS = re.compile(r"(?<![\w])\d(?:[ .\u00a0]?\d)*(?![\w])")
_SIREN, _SIRET = 9, 14


def name_of(firm: Mapping[str, object]) -> str | None:
    """The firm's name, if it has one."""
    name = firm.get("name")
    return name.strip() or None if isinstance(name, str) else None


def siren_of(firm: Mapping[str, object]) -> str | None:
    """The only SIREN that the firm's fields show; None when they show none, or several.

    >>> siren_of({"id": 12, "identification": "RCS Paris 100 004 217"})
    '100004217'
    >>> siren_of({"id": 12, "siret": "10000421700012", "identification": "FR05100004217"})
    '100004217'
    >>> siren_of({"id": 12, "name": "Atelier"})
    """
    found = {siren for field in _FIELDS for siren in _sirens(str(firm.get(field) or ""))}
    return found.pop() if len(found) == 1 else None


def _sirens(text: str) -> set[str]:
    numbers = (re.sub(r"\D", "", match) for match in _DIGITS.findall(text))
    found: set[str] = set()
    for number in numbers:
        try:
            if len(number) == _SIREN:
                found.add(identifiers.siren(number))
            elif len(number) == _SIRET:
                found.add(identifiers.siret(number)[:_SIREN])
        except identifiers.IdentifierError:
            continue  # digits of something else
    return found
