"""What the numbers alone say: holes, late beginnings, numbers borne twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pdp_bridge.audit import remarks
from pdp_bridge.audit.period import Period
from pdp_bridge.audit.rows import HOLES, Row, Standing
from pdp_bridge.audit.series import LEAP, Numbered, duplicates, gaps, place_of
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.report import Finding


def holes(
    everything: Iterable[Numbered], period: Period, passed_over: Mapping[str, Skipped]
) -> tuple[list[Row], list[Finding]]:
    """Rows of the numbers that are missing, or explained by a record that was passed over; and what to say."""
    rows: list[Row] = []
    findings: list[Finding] = []
    for gap in gaps(everything, period):
        explained = {number: passed_over[number].reason for number in gap.numbers if number in passed_over}
        for number in gap.numbers:
            reason = explained.get(number)
            there = reason is not None and reason not in HOLES
            rows.append(Row(number=number, standing=Standing.PASSED_OVER if there else Standing.MISSING, reason=reason))
        absent = tuple(number for number in gap.numbers if explained.get(number, "deleted") in HOLES)
        if absent or (gap.count >= LEAP and gap.same_month):
            findings.append(remarks.missing(gap, absent))
        elif gap.count >= LEAP:
            findings.append(remarks.leap(gap))
    return rows, findings


def starts(everything: Sequence[Numbered], period: Period) -> Iterator[Finding]:
    """Series that begin in the period but not with 1, once the journal is older than the period; odd numbers."""
    firsts: dict[tuple[str, str], Numbered] = {}
    for record in everything:
        place = place_of(record.number)
        if place is None:
            if period.holds(record.issue_date):
                yield remarks.no_series(record.number)
            continue
        first = firsts.get((place.prefix, place.suffix))
        if first is None or place < (place_of(first.number) or place):
            firsts[place.prefix, place.suffix] = record
    old = any(record.issue_date and record.issue_date < period.start for record in everything)
    for record in firsts.values():
        place = place_of(record.number)
        if old and place is not None and period.holds(record.issue_date) and 1 < place.rank < LEAP:
            yield remarks.starts_late(place, record.number)


def twice(mine: Iterable[Numbered], everything: Iterable[Numbered]) -> Iterator[Finding]:
    """Numbers of the period that several records bear, whenever the others are dated."""
    concerned = {record.number for record in mine}
    for bearers in duplicates(record for record in everything if record.number in concerned):
        yield remarks.duplicate(bearers[0].number, tuple(bearer.source_id for bearer in bearers))
