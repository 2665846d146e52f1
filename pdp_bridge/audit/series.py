"""Number series: which invoice numbers are missing between two that exist, and which exist twice.

A series is what stands before (and after) the last group of digits of a number; that group counts. A number is split
for nothing else: it stays opaque text everywhere (BT-1). Where the digits begin with the invoice's own date, a new
month or year begins a new count; other leaps are told as such. A sequence without gap: CGI annex II, art. 242 nonies A.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pdp_bridge.audit.period import Period

LEAP = 1_000
"""Nobody loses so many invoices in a row: from here on the numbering itself has probably changed."""

_DATES = ("%Y%m%d", "%Y%m", "%y%m", "%Y", "%y")
"""How a date may begin the digits of a number, the longest first."""

_NUMBER = re.compile(r"(?P<prefix>.*?)(?P<digits>[0-9]{1,18})(?P<suffix>[^0-9]*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """One invoice of the journal by its number."""

    source_id: str
    number: str
    issue_date: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a number stands: its series, and its rank in it."""

    prefix: str
    suffix: str
    rank: int
    digits: str

    @property
    def series(self) -> str:
        """As people write a series."""
        return f"{self.prefix}…{self.suffix}"

    def at(self, rank: int) -> str:
        """Another number of the series, padded with zeros as this one."""
        return f"{self.prefix}{str(rank).zfill(len(self.digits))}{self.suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Numbers that are missing between two invoices that follow one another in a series."""

    before: Numbered
    after: Numbered
    count: int
    numbers: tuple[str, ...]  # the missing ones; none when there are `LEAP` or more
    same_month: bool  # the two invoices are dated in the same month


def place_of(number: str) -> Place | None:
    """Its place; None for a number without digits.

    >>> place_of("FA-2026-007")
    Place(prefix='FA-2026-', suffix='', rank=7, digits='007')
    >>> place_of("AVOIR") is None
    True
    """
    found = _NUMBER.fullmatch(number)
    if found is None:
        return None
    return Place(found["prefix"], found["suffix"], int(found["digits"]), found["digits"])


def gaps(records: Iterable[Numbered], period: Period) -> Iterator[Gap]:
    """Holes that concern the period: those between two invoices, one of which or whose interval lies in it."""
    series: dict[tuple[str, str], dict[int, tuple[Place, Numbered]]] = defaultdict(dict)
    for record in records:
        place = place_of(record.number)
        if place is not None:
            series[place.prefix, place.suffix].setdefault(place.rank, (place, record))
    for _name, ranks in sorted(series.items()):
        for (place, before), (next_place, after) in pairwise(ranks[rank] for rank in sorted(ranks)):
            first = _restarted(place, before, next_place, after) or place.rank + 1
            count = next_place.rank - first
            if count > 0 and _concerns(period, before, after):
                missing = range(first, next_place.rank) if count < LEAP else range(0)
                yield Gap(
                    before=before,
                    after=after,
                    count=count,
                    numbers=tuple(next_place.at(rank) for rank in missing),
                    same_month=_month(before) == _month(after),
                )


def _restarted(place: Place, before: Numbered, next_place: Place, after: Numbered) -> int | None:
    """The first rank of a numbering that begins again with each day, month or year, which stands before the counter
    (20261001 after 20260917): only where both numbers begin with their own date. None for a plain counter.
    """
    if before.issue_date is None or after.issue_date is None or len(place.digits) != len(next_place.digits):
        return None
    for shape in _DATES:
        old, new = before.issue_date.strftime(shape), after.issue_date.strftime(shape)
        counter = next_place.digits.removeprefix(new)
        if old != new and place.digits.startswith(old) and next_place.digits.startswith(new) and counter:
            return next_place.rank - int(counter) + 1
    return None


def duplicates(records: Iterable[Numbered]) -> list[Sequence[Numbered]]:
    """The invoices that share a number, number by number."""
    bearers: dict[str, list[Numbered]] = defaultdict(list)
    for record in records:
        bearers[record.number].append(record)
    return [found for _number, found in sorted(bearers.items()) if len(found) > 1]


def _concerns(period: Period, before: Numbered, after: Numbered) -> bool:
    """What is missing was issued between the two, whichever is dated first."""
    days = sorted(day for day in (before.issue_date, after.issue_date) if day is not None)
    return bool(days) and days[0] <= period.end and days[-1] >= period.start


def _month(record: Numbered) -> tuple[int, int] | None:
    return (record.issue_date.year, record.issue_date.month) if record.issue_date else None
