"""The catalogue says what the source says; every rule that a finding can bear is in it, with advice and an example."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from make_catalogue import AREAS, TARGET, modules, rendered, spoken

from pdp_bridge.model.status import StatusEvent
from pdp_bridge.rules import catalogue, official, rejection
from pdp_bridge.transmission.iopole.reasons import REASONS
from pdp_bridge.validation import arithmetic, french
from pdp_bridge.validation.rulesets import BR_FR, rule_sets


def test_the_file_is_what_the_source_says():
    assert TARGET.read_text("utf-8") == rendered(), "run python tests/validation/make_catalogue.py"


@pytest.mark.parametrize("rule", catalogue.ours())
def test_each_of_our_rules_is_explained(rule):
    known = catalogue.ours()[rule]
    assert known.statement.rstrip("…").endswith((".", "?")) or "…" in known.statement
    assert known.source
    assert known.advice.en
    assert known.advice.fr
    assert known.advice.en != known.advice.fr


def test_every_rule_of_the_layers_is_there_with_a_failing_and_a_passing_example():
    written = {one.rule for _, places in AREAS for path in modules(places) for one in spoken(path)}
    assert written <= catalogue.ours().keys()
    functions = [function.__name__.upper() for function in (*arithmetic.RULES, *french.RULES)]
    for name in functions:
        rule = catalogue.ours()[name.replace("_", "-") if name.startswith("BR_") else name]
        assert rule.example.fails != rule.example.passes


def test_most_rules_of_the_mapping_show_the_field_that_is_wrong_and_a_right_one():
    mapping = [rule for rule in catalogue.ours().values() if rule.rule_set == "pdp-bridge-mapping"]
    shown = [rule for rule in mapping if rule.example]
    assert len(shown) >= len(mapping) * 2 // 3
    missing = catalogue.find("BUYER_SIRET_MISSING")
    assert (missing.example.fails, missing.advice.field, missing.term) == ("siret = null", "siret", "BT-47")


@pytest.mark.parametrize("rules", rule_sets().values(), ids=lambda rules: rules.id)
def test_every_official_rule_is_found_under_the_id_that_a_finding_shows(rules):
    listed = official.assertions(rules)
    text = rules.schematron.read_text("utf-8")
    assert len(listed) == text.count("<svrl:failed-assert") + text.count("<svrl:successful-report")
    for rule in official.official_rules(rules):
        assert catalogue.find(rule) is not None
        assert catalogue.official()[rule].statement


def test_a_french_rule_is_told_with_the_official_rules_it_stands_for():
    rule = catalogue.find("br-fr-05")
    assert rule.official == ("BR-FR-05_BT-22_PMT", "BR-FR-05_BT-22_PMD", "BR-FR-05_BT-22_AAB")
    assert catalogue.find("BR-FR-05_BT-22_PMD").rule_set == BR_FR


@pytest.mark.parametrize(
    ("typo", "rule"),
    [("BR-FR-5", "BR-FR-05"), ("BUYER_SIRT_MISSING", "BUYER_SIRET_MISSING"), ("ROUTING_FALURE", "ROUTING_FAILURE")],
)
def test_a_typo_proposes_the_nearest_rule(typo, rule):
    assert catalogue.find(typo) is None
    assert rule in catalogue.nearest(typo)


def test_nothing_is_proposed_for_nonsense():
    assert catalogue.find("?") is None
    assert catalogue.nearest("?") == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_platform_has_advice_in_two_languages(reason):
    found = catalogue.advice(reason)
    assert found.en != found.fr
    assert found.en.endswith((".", "`."))


def test_a_rejection_comes_with_our_advice_or_in_its_own_words(event):
    told = rejection.complaints(
        [
            event("VALIDATION_FAILURE", "BR-FR-05: La mention PMT est absente", "BR-FR-MAP-9: autre chose"),
            event(None, "BR-CO-15: not a rejection"),
            event("VALIDATION_FAILURE", "BR-FR-05: La mention PMT est absente", "no rule at all"),
        ]
    )
    assert [(one.rule, one.said, one.advice and one.advice.field) for one in told] == [
        ("BR-FR-05", "La mention PMT est absente", "mentions.recovery_cost"),
        ("BR-FR-MAP-9", "autre chose", None),
        (None, "no rule at all", None),
    ]


@pytest.fixture
def event():
    def made(reason, *details):
        return StatusEvent(
            status_id="s",
            submission_id="d",
            code="REJECTED",
            at=datetime(2026, 11, 21, tzinfo=UTC),
            reason=reason,
            details=details,
        )

    return made


def test_the_file_is_small():
    content = json.loads(TARGET.read_text("utf-8"))
    assert max(len(text) for pair in content["examples"].values() for text in pair) <= 610
