"""Every golden case gives exactly the files beside it."""

from __future__ import annotations

import golden
import pytest

CASES = golden.cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case_gives_its_expected_files(case, update_golden):
    if update_golden:
        golden.rewrite(case)
    made, expected = golden.artefacts(case), case.expected
    for name, content in made.items():
        assert name in expected, f"{case.name}/{name} is new: review it, then run pytest --update-golden"
        assert content.decode() == expected[name].decode(), f"{case.name}/{name}"
    assert set(expected) == set(made)


def test_cases_say_what_they_show():
    for case in CASES:
        assert case.about["title"], case.name
        assert case.about.keys() & {"situations", "examples", "routes", "sections"}, case.name


def test_enough_situations_and_every_worked_example_are_covered():
    situations = {number for case in CASES for number in case.about.get("situations", [])}
    examples = {name for case in CASES for name in case.about.get("examples", [])}
    assert len(CASES) >= 30
    assert len(situations) >= 25
    assert examples == {"three-thirds", "rebate-two-rates", "final-after-deposit", "refund-wrong-vat"}


def test_the_fictitious_companies_are_fictitious():
    """Only numbers of the ranges that our fixtures invent: 100 0… companies, 200 0… and 110 0… public bodies."""
    for case in CASES:
        siret = (case.payload.get("customer") or {}).get("siret") or ""
        digits = "".join(c for c in siret if c.isdigit())
        assert not digits or digits.startswith(("1000", "2000", "1100", "356000000", "0")), case.name
