"""A JSON object of Facturation.pro, read with care: null, "" and 0 are one "absent", numbers are never floats.

The API writes decimals as strings and some as numbers, leaves out keys at will, and names some keys in two ways
(facturation-pro.md §1.7 and §1.8). Every key is optional here; the mapping says what it cannot do without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pdp_bridge.source.facturation_pro.findings import problem
from pdp_bridge.source.facturation_pro.wording import one_line, plain

_YEARS = range(2000, 2100)
"""BR-FR-03."""

_LARGEST, _SMALLEST = 14, -14
"""Powers of ten: no price or total of an invoice is beyond, and calculation stays exact between them."""


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object; `path` is where it stands in the payload, e.g. `invoice.items[2]`."""

    data: Mapping[str, Any]
    path: str

    def raw(self, *keys: str) -> Any:
        """The first of these keys that holds something, or None."""
        for key in keys:
            value = self.data.get(key)
            if value is not None and not (isinstance(value, str) and not value.strip()):
                return value
        return None

    def line(self, *keys: str) -> str | None:
        """A text on one line, or None."""
        value = self.raw(*keys)
        return None if value is None else one_line(str(value)) or None

    def text(self, *keys: str) -> str | None:
        """A text in lines, or None."""
        value = self.raw(*keys)
        return None if value is None else plain(str(value)) or None

    def decimal(self, *keys: str) -> Decimal | None:
        """A number, exact, or None. Raises `MappingError` (`BAD_RESPONSE`) on anything else, and on the absurd."""
        value = self.raw(*keys)
        if value is None:
            return None
        try:
            number = None if isinstance(value, bool) else Decimal(str(value).strip())
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or _absurd(number):
            raise self._unreadable(keys[0], value, "a number", "un nombre")
        return number

    def day(self, *keys: str) -> date | None:
        """A plain date, or None. Raises `MappingError` (`DATE_INVALID`) on impossible days and on years that
        BR-FR-03 refuses.
        """
        value = self.raw(*keys)
        if value is None:
            return None
        try:
            day = date.fromisoformat(str(value).strip()[:10])
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            raise self.invalid_day(keys[0], value)
        return day

    def identity(self, *keys: str) -> int | None:
        """An id of the source, or None; 0 means none."""
        value = self.raw(*keys)
        if value is None or isinstance(value, bool):
            return None
        try:
            return int(str(value).strip()) or None
        except ValueError as error:
            raise self._unreadable(keys[0], value, "an identifier", "un identifiant") from error

    def flag(self, key: str) -> bool:
        """True only for true, 1, "1" and "true"."""
        return str(self.data.get(key)).strip().lower() in ("true", "1")

    def records(self, key: str) -> Iterator[Record]:
        """The JSON objects of a list, in order."""
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self._unreadable(key, value, "a list", "une liste")
        for index, item in enumerate(value):
            if not isinstance(item, Mapping):
                raise self._unreadable(f"{key}[{index}]", item, "an object", "un objet")
            yield Record(item, f"{self.path}.{key}[{index}]")

    def record(self, key: str) -> Record | None:
        """The JSON object under a key, or None."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._unreadable(key, value, "an object", "un objet")
        return Record(value, f"{self.path}.{key}")

    def invalid_day(self, key: str, value: object) -> Exception:
        """The error of a date that is absent or cannot be one."""
        return problem(
            "DATE_INVALID",
            term=None,
            field=key,
            value=value,
            message=f"The date “{key}” is missing or impossible: correct it in Facturation.pro (years 2000 to 2099).",
            message_fr=f"La date « {key} » est absente ou impossible : corrigez-la dans Facturation.pro "
            "(années 2000 à 2099).",
        )

    def _unreadable(self, key: str, value: object, wanted: str, wanted_fr: str) -> Exception:
        return problem(
            "BAD_RESPONSE",
            term=None,
            field=key,
            value=value,
            message=f"Facturation.pro gave something that is not {wanted} in {self.path}.{key}: pull the invoice "
            "again, and report it to their support if it stays.",
            message_fr=f"Facturation.pro a donné autre chose qu’{wanted_fr} dans {self.path}.{key} : relancez la "
            "récupération, et signalez-le à leur support si cela persiste.",
        )


def _absurd(number: Decimal) -> bool:
    return bool(number) and not _SMALLEST <= number.adjusted() <= _LARGEST
