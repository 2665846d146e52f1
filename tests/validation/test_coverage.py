"""Every official rule that our documents meet has a case that passes it and a mutant that fails it, or says why not."""

from __future__ import annotations

import re
from functools import cache

import pytest
from make_coverage import ABSENT, ALWAYS, DATA, PAGE, STOPS, UNBROKEN, coverage, page, rendered
from one_change import asked, broken_by, changed, documents, key, listed, schema_refuses, sets

from pdp_bridge.document.assembly import opened
from pdp_bridge.model.report import Verdict
from pdp_bridge.rules.coverage import covered
from pdp_bridge.rules.official import assertions
from pdp_bridge.validation.judge import judge
from pdp_bridge.validation.saxon import Undecided

FOUND = cache(lambda: list(coverage()))


def test_the_page_and_its_data_are_what_the_fixtures_give():
    again = "run python tests/validation/make_coverage.py"
    assert DATA.read_text("utf-8") == rendered(FOUND()), again
    assert PAGE.read_text("utf-8") == page(FOUND()), again


def test_every_assertion_of_the_files_is_listed():
    assert len(covered()) == 627 + 171
    assert [one.rule for one in covered()] == [one.rule for rules in sets() for one in assertions(rules)]


def test_a_rule_that_our_documents_meet_is_passed_by_a_case_and_failed_by_a_mutant_or_says_why():
    met = [one for one in covered() if one.met]
    # The context of this one is an empty element: whoever has it breaks it.
    assert {one.rule for one in met if not one.cases} <= {"PEPPOL-EN16931-R008"}
    assert [f"{one.rule} {one.context}" for one in met if not one.mutants and not one.reason] == []
    assert len([one for one in met if one.mutants]) > len(met) * 4 // 5


def test_a_rule_that_our_documents_do_not_meet_says_why():
    assert {one.reason for one in covered() if not one.met} == {ABSENT}
    assert all(not one.cases and not one.mutants for one in covered() if not one.met)


def test_no_excuse_is_left_when_a_mutant_exists():
    excused = {one.rule for one in covered() if one.met and one.reason not in (None, ALWAYS)}
    assert excused == set(UNBROKEN)


STOPPED = {rule for rule, reason in UNBROKEN.items() if reason == STOPS}


@pytest.mark.parametrize("rule", sorted(STOPPED))
def test_the_stylesheet_stops_on_what_would_break_these(rule):
    """Two of an element that may be there once: the stylesheet stops before it counts them, and nothing is sent."""
    assertion = next(one for one in assertions(sets()[0]) if one.xml_id == rule)
    name = re.search(r"count\((ram:\w+)", assertion.test)[1]
    holder = assertion.context.partition("[")[0] if "AdditionalReferenced" in assertion.context else assertion.context
    there = f"<{name}" in documents()["base"]
    how = (f"{holder}/{name}", "twice") if there else (holder, f"add {name}=0.00 {name}=0.00")
    xml = changed("base", *how)
    with pytest.raises(Undecided):
        asked(sets()[0], xml)
    assert not judge(opened(xml.encode())).sendable


def test_a_rule_that_is_always_met_says_so_in_its_file():
    always = {one.rule for rules in sets() for one in assertions(rules) if one.always_met}
    assert {one.rule for one in covered() if one.reason == ALWAYS} <= always


@pytest.mark.parametrize("late", [False, True], ids=["the rule fires", "the schema comes first"])
def test_each_change_breaks_its_rule(late):
    """Asked alone, the rule fires; in the whole judgement the schema may have refused the message before."""
    everything = [one for rules in sets() for one in assertions(rules)]
    for change in [change for change in listed() if change.schema_first is late]:
        xml = changed(change.document, change.at, change.how)
        failed = set(broken_by(change))
        same = {key(one) for one in everything if (one.rule, one.context) == (change.rule, change.context)}
        assert same & failed, change
        assert schema_refuses(xml) is late, change


def test_what_the_schema_refuses_first_is_never_sent():
    for change in [change for change in listed() if change.schema_first][::10]:
        report = judge(opened(changed(change.document, change.at, change.how).encode()))
        assert report.layers[0].verdict is Verdict.FAILED
        assert not report.sendable


def test_the_documents_of_the_search_are_good():
    for name, xml in documents().items():
        assert not schema_refuses(xml), name
