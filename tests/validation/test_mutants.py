"""Each mutant fires the rule it is named after, and each rule of ours has a mutant: the checks are listening."""

from __future__ import annotations

from functools import cache

import pytest
from make_mutants import BASE, FOLDER, MUTANTS, mutant

from pdp_bridge.document.assembly import opened
from pdp_bridge.model.report import LayerName, Severity, Verdict
from pdp_bridge.validation import arithmetic, french
from pdp_bridge.validation.judge import judge

OURS = (*arithmetic.RULES, arithmetic.currency_mixed, *french.RULES)
NAMES = sorted(path.stem for path in FOLDER.glob("*__*.xml"))
OFFICIAL = {LayerName.XSD, LayerName.EN16931, LayerName.BR_FR}


def rule_id(function) -> str:
    """`br_co_10` → BR-CO-10, `siren_check_digit` → SIREN_CHECK_DIGIT."""
    name = function.__name__.upper()
    return name.replace("_", "-") if name.startswith("BR_") else name


@cache
def report_on(name: str):
    return judge(opened((FOLDER / f"{name}.xml").read_bytes()))


def test_base_passes_every_layer():
    report = report_on(BASE.removesuffix(".xml"))
    assert report.findings == ()
    assert report.sendable


def test_files_are_what_the_script_writes(base_xml):
    assert set(NAMES) == set(MUTANTS)
    stale = [name for name in NAMES if (FOLDER / f"{name}.xml").read_text("utf-8") != mutant(name, base_xml)]
    assert stale == []


@pytest.mark.parametrize("name", NAMES)
def test_mutant_fires_its_rule(name):
    report = report_on(name)
    rule = name.partition("__")[0]
    fired = [finding for finding in report.findings if finding.rule == rule]
    assert fired, f"fired instead: {sorted({finding.rule for finding in report.findings})}"
    if any(finding.severity is Severity.ERROR for finding in fired):
        assert not report.sendable


@pytest.mark.parametrize("function", OURS, ids=rule_id)
def test_every_rule_of_ours_has_a_mutant(function):
    own = [name for name in NAMES if name.partition("__")[0] == rule_id(function)]
    assert own
    for name in own:
        document = opened((FOLDER / f"{name}.xml").read_bytes())
        subject = document if function is arithmetic.currency_mixed else document.invoice
        assert {finding.rule for finding in function(subject)} == {rule_id(function)}


def test_every_mutant_names_a_rule_that_exists():
    ours = {rule_id(function) for function in OURS} | {"NOT_FRENCH"}
    for name in NAMES:
        rule = name.partition("__")[0]
        official = {f.rule for layer in report_on(name).layers if layer.name in OFFICIAL for f in layer.findings}
        assert rule in ours | official


def test_official_layers_are_listening():
    fired = set()
    for name in NAMES:
        for layer in report_on(name).layers:
            if layer.name in {LayerName.EN16931, LayerName.BR_FR} and layer.verdict is Verdict.FAILED:
                fired |= {finding.rule for finding in layer.findings}
    assert len([rule for rule in fired if rule.startswith("BR-FR")]) >= 30
    assert len([rule for rule in fired if not rule.startswith("BR-FR")]) >= 15


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_speaks_two_languages_and_says_where(name):
    for layer in report_on(name).layers:
        for finding in layer.findings:
            assert finding.message
            assert finding.message_fr
            assert finding.message != finding.message_fr
            if layer.name in {LayerName.ARITHMETIC, LayerName.FRENCH}:
                assert finding.term
