"""Periods as people write them, and holes in the numbering: exactly those that were made."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.audit.numbering import holes, starts
from pdp_bridge.audit.period import period
from pdp_bridge.audit.rows import Standing
from pdp_bridge.audit.series import LEAP, Numbered, duplicates, gaps, place_of
from pdp_bridge.model.pulled import Skipped

OCTOBER = period("2026-10")


def numbered(number, day="2026-10-10", source_id=None):
    return Numbered(source_id=source_id or number, number=number, issue_date=date.fromisoformat(day))


def missing(*records, period=OCTOBER):
    return [number for gap in gaps(records, period) for number in gap.numbers]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-t4", "2026-10-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-10-05", "2026-10-05", "2026-10-05"),
        ("2026-10-05..2026-11-02", "2026-10-05", "2026-11-02"),
    ],
)
def test_a_period(text, start, end):
    found = period(text)
    assert (found.start.isoformat(), found.end.isoformat()) == (start, end)
    assert found.holds(found.start)
    assert found.holds(found.end)
    assert not found.holds(found.end + timedelta(days=1))
    assert not found.holds(None)


@pytest.mark.parametrize("text", ["", "x", "2026-13", "2026-Q5", "26-10", "2026-10-05..", "2026-10-05..2026-10-04"])
def test_no_period(text):
    with pytest.raises(ValueError, match=r"\w"):
        period(text)


def test_only_the_last_digits_count():
    assert missing(numbered("2026-9"), numbered("2026-12")) == ["2026-10", "2026-11"]
    assert missing(numbered("FA-1/A"), numbered("FA-3/A")) == ["FA-2/A"]
    assert missing(numbered("2025-100"), numbered("2026-1")) == []
    assert missing(numbered("F008"), numbered("F010")) == ["F009"]
    assert place_of("AVOIR") is None


def test_series_do_not_mix():
    assert missing(numbered("FA-1"), numbered("AV-2"), numbered("FA-2"), numbered("AV-3")) == []


def test_a_hole_belongs_to_the_days_around_it():
    before, after = numbered("F-1", "2026-09-30"), numbered("F-3", "2026-11-02")
    assert missing(before, after) == ["F-2"]
    assert missing(before, numbered("F-3", "2026-09-30")) == []
    assert missing(before, numbered("F-3", "2026-10-01")) == ["F-2"]
    assert missing(numbered("F-1", "2026-11-01"), after) == []
    assert missing(numbered("F-1", "2026-10-20"), numbered("F-3", "2026-09-02")) == ["F-2"], "dated in any order"


@given(st.sets(st.integers(1, 60)), st.integers(0, 3))
def test_exactly_what_is_taken_out_is_missing(taken, zeros):
    width = 2 + zeros
    kept = [rank for rank in range(62) if rank not in taken]
    records = [numbered(f"FA-{rank:0{width}d}-X") for rank in kept]
    assert missing(*records) == [f"FA-{rank:0{width}d}-X" for rank in sorted(taken)]


def test_a_leap_is_a_new_numbering_only_when_the_month_changes():
    monthly = [numbered("9017", "2026-09-30"), numbered("20001", "2026-10-01")]
    _rows, (finding,) = holes(monthly, OCTOBER, {})
    assert (finding.rule, finding.severity) == ("NUMBERING_LEAP", "warning")
    same = [numbered("1", "2026-10-02"), numbered(str(LEAP + 2), "2026-10-03")]
    rows, (finding,) = holes(same, OCTOBER, {})
    assert (rows, finding.rule, finding.severity) == ([], "NUMBER_MISSING", "error")
    assert str(LEAP) in finding.message


@pytest.mark.parametrize(
    ("before", "after"), [("20260917", "20261001"), ("2609017", "2610001"), ("F202609309", "F202610011")]
)
def test_a_count_that_begins_again_with_its_date_has_no_hole(before, after):
    assert missing(numbered(before, "2026-09-30"), numbered(after, "2026-10-01")) == []


def test_a_count_that_begins_again_may_have_lost_its_first():
    found = missing(numbered("202609017", "2026-09-30"), numbered("202610003", "2026-10-01"))
    assert found == ["202610001", "202610002"]
    assert missing(numbered("202610001"), numbered("202610003")) == ["202610002"]
    assert len(missing(numbered("202509017", "2026-09-30"), numbered("202509020", "2026-10-01"))) == 2, "not its date"


def test_a_hole_may_be_explained_by_what_was_passed_over():
    records = [numbered("F-1"), numbered("F-4")]
    passed_over = {
        "F-2": Skipped(source_id="2", number="F-2", reason="before go-live"),
        "F-3": Skipped(source_id="3", number="F-3", reason="deleted"),
    }
    rows, (finding,) = holes(records, OCTOBER, passed_over)
    assert {row.number: (row.standing, row.reason) for row in rows} == {
        "F-2": (Standing.PASSED_OVER, "before go-live"),
        "F-3": (Standing.MISSING, "deleted"),
    }
    assert "F-3" in finding.message
    assert "F-2" not in finding.message
    assert holes([*records[:1], numbered("F-3")], OCTOBER, passed_over)[1] == []


def test_a_series_that_does_not_begin_with_one():
    old = numbered("2025-900", "2025-12-31")
    (finding,) = starts([old, numbered("2026-3")], OCTOBER)
    assert (finding.rule, finding.severity) == ("SERIES_STARTS_LATE", "warning")
    assert list(starts([numbered("2026-3")], OCTOBER)) == [], "the journal itself begins here"
    assert list(starts([old, numbered("2026-1")], OCTOBER)) == []
    assert [finding.rule for finding in starts([old, numbered("AVOIR")], OCTOBER)] == ["NUMBER_WITHOUT_SERIES"]


def test_numbers_borne_twice():
    (found,) = duplicates([numbered("F-1", source_id="a"), numbered("F-2"), numbered("F-1", source_id="b")])
    assert [bearer.source_id for bearer in found] == ["a", "b"]
