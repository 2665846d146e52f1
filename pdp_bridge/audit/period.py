"""The days that an audit covers: a month, a quarter, a year, or from one day to another, as people write them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_YEAR = re.compile(r"(\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-[QT]([1-4])", re.IGNORECASE)  # T: trimestre


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` to `end`, both days included; `name` is what was asked for."""

    start: date
    end: date
    name: str

    def holds(self, day: date | None) -> bool:
        """The day is one of them."""
        return day is not None and self.start <= day <= self.end


def period(text: str) -> Period:
    """The period that `text` names. Raises `ValueError` when it names none.

    >>> [str(day) for day in (period("2026-Q4").start, period("2026-Q4").end)]
    ['2026-10-01', '2026-12-31']
    >>> str(period("2028-02").end), str(period("2026-10-05..2026-10-09").end)
    ('2028-02-29', '2026-10-09')
    """
    name = text.strip()
    first, dots, last = name.partition("..")
    start, end = (date.fromisoformat(first), date.fromisoformat(last)) if dots else _of_calendar(name)
    if end < start:
        raise ValueError(f"{name} ends before it begins")
    return Period(start=start, end=end, name=name)


def _of_calendar(name: str) -> tuple[date, date]:
    if found := _MONTH.fullmatch(name):
        return _months(int(found[1]), int(found[2]), int(found[2]))
    if found := _QUARTER.fullmatch(name):
        last = int(found[2]) * 3
        return _months(int(found[1]), last - 2, last)
    if found := _YEAR.fullmatch(name):
        return _months(int(found[1]), 1, 12)
    day = date.fromisoformat(name)
    return day, day


def _months(year: int, first: int, last: int) -> tuple[date, date]:
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
