"""The report as a whole: layers in order, "not run" is told and never sends, any bytes give a report."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdp_bridge.document.assembly import opened
from pdp_bridge.model.report import PDF_LAYERS, XML_LAYERS, Verdict
from pdp_bridge.together import together
from pdp_bridge.validation import coherence, french
from pdp_bridge.validation.advice import advice_on
from pdp_bridge.validation.judge import judge, judging
from pdp_bridge.validation.rulesets import BR_FR, rule_sets


def verdicts(report) -> dict[str, str]:
    return {layer.name: layer.verdict.value for layer in report.layers}


def test_layers_come_in_order_and_are_all_required(base_xml, base_pdf):
    xml, pdf = judge(opened(base_xml.encode())), judge(opened(base_pdf))
    assert tuple(layer.name for layer in xml.layers) == xml.required == XML_LAYERS
    assert tuple(layer.name for layer in pdf.layers) == pdf.required == PDF_LAYERS
    assert xml.sendable
    assert pdf.sendable
    assert all(layer.rule_set for layer in pdf.layers)


def test_judged_together_each_has_the_report_it_has_alone(base_xml, base_pdf):
    contents = (
        base_xml.encode(),
        base_xml.replace("<ram:SubjectCode>PMT", "<ram:SubjectCode>AAI").encode(),  # BR-FR-05
        base_pdf,
        base_xml.replace(">2083.64<", ">2083.65<").encode(),  # the sums
        base_xml.replace("<ram:ID>", "<ram:Id>", 1).replace("</ram:ID>", "</ram:Id>", 1).encode(),  # the schema
        b"\x00\x01",
        base_xml.replace(">2083.64<", ">two thousand<").encode(),
        base_xml.encode(),
    )
    documents = [opened(content) for content in contents]
    reports = together(judging(document) for document in documents)
    assert reports == [judge(document) for document in documents]
    assert [report.sendable for report in reports] == [True, False, True, False, False, False, False, True]


def test_the_report_is_of_the_bytes_that_travel(base_pdf):
    document = opened(base_pdf)
    assert judge(document).sha256 == document.sha256


def test_no_layer_may_be_missing(base_pdf):
    report = judge(opened(base_pdf))
    for index in range(len(report.layers)):
        shorter = replace(report, layers=(*report.layers[:index], *report.layers[index + 1 :]))
        assert not shorter.sendable


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "XML_MISSING"),
        (b"\x00\x01", "XML_UNREADABLE"),
        (b"%PDF-1.7\n", "XML_MISSING"),
        (b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>', "FORMAT_UBL"),
    ],
)
def test_what_cannot_be_read_fails_first_and_stops_the_rest(data, rule):
    report = judge(opened(data))
    assert rule in {finding.rule for finding in report.layers[0].findings}
    assert report.layers[0].verdict is Verdict.FAILED
    assert {layer.verdict for layer in report.layers[1:5]} == {Verdict.NOT_RUN}
    assert all(layer.reason for layer in report.layers[1:5])
    assert not report.sendable


def test_after_a_failed_schema_the_official_rules_do_not_run(base_xml):
    report = judge(
        opened(
            base_xml.replace("<ram:TypeCode>380", "<ram:TypeKode>380")
            .replace("380</ram:TypeCode>", "380</ram:TypeKode>")
            .encode()
        )
    )
    assert verdicts(report)["xsd"] == "failed"
    assert verdicts(report)["en16931"] == verdicts(report)["br-fr"] == "not run"


def test_a_valid_message_that_nobody_can_read_is_not_sendable(base_xml):
    document = replace(opened(base_xml.encode()), invoice=None, problem="it is in a new shape")
    report = judge(document)
    assert [finding.rule for finding in report.layers[0].findings] == ["DOCUMENT_UNREADABLE"]
    assert verdicts(report)["arithmetic"] == "not run"
    assert not report.sendable


def test_the_same_document_gives_the_same_report(base_pdf):
    assert judge(opened(base_pdf)) == judge(opened(base_pdf))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_damage_to_the_xml_makes_the_judge_raise(base_xml, data):
    xml = base_xml.encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(xml) - 1)))
        xml = xml[:at] + data.draw(st.binary(max_size=5)) + xml[at + data.draw(st.integers(0, 30)) :]
    report = judge(opened(xml))
    assert tuple(layer.name for layer in report.layers) == report.required


@given(st.binary(max_size=200))
def test_any_bytes_give_a_report(data):
    assert not judge(opened(data)).sendable


# Advice


def test_every_rule_of_br_fr_has_an_advice():
    text = rule_sets()[BR_FR].schematron.read_text("utf-8")
    ids = set(re.findall(r'<svrl:failed-assert[^>]*>\s*<xsl:attribute name="id">([^<]+)', text))
    assert len(ids) == 171
    assert not {rule for rule in ids if advice_on(rule) is None or advice_on(rule).general}


@pytest.mark.parametrize(
    "rule", ["BR-CO-10", "BR-CO-15", "BR-S-08", "BR-E-10", "BR-AE-02", "BR-AE-09", "BR-G-10", "BR-DEC-23"]
)
def test_frequent_rules_of_en16931_have_an_advice(rule):
    advice = advice_on(rule)
    assert advice.en != advice.fr
    assert advice.field


def test_a_rule_on_the_format_keeps_its_official_words_before_what_to_do(base_xml):
    twice = base_xml.replace("<ram:TypeCode>380</ram:TypeCode>", "<ram:TypeCode>999</ram:TypeCode>", 1)
    (told,) = [one for one in judge(opened(twice.encode())).findings if one.rule.startswith("FX-SCH")]
    assert "is not allowed" in told.message
    assert told.message.endswith(advice_on(told.rule).en)
    assert told.message_fr.endswith(advice_on(told.rule).fr)


def test_a_rule_that_nobody_knows_has_no_advice():
    assert advice_on("XX-SR-467") is None


@pytest.mark.parametrize("rule", [*french.RULES, *coherence.RULES], ids=lambda rule: rule.__name__)
def test_every_obligation_says_what_it_asks_and_where_it_is_written(rule):
    sentence, blank, source = rule.__doc__.splitlines()[:3]
    assert sentence.endswith(".")
    assert blank == ""
    assert source.strip()


def test_a_layer_that_did_not_run_says_why_in_both_languages(base_xml):
    broken = base_xml.replace("<ram:TypeCode>380</ram:TypeCode>", "", 1).encode()
    for data in (
        broken,
        b"",
        b"%PDF-1.7 damaged",
        b"<a/>",
        base_xml.replace(":cen.eu:en16931:2017", ":nobody", 1).encode(),
    ):
        idle = [layer for layer in judge(opened(data)).layers if layer.verdict is Verdict.NOT_RUN]
        assert idle
        for layer in idle:
            assert layer.reason
            assert layer.reason_fr
            assert layer.reason_fr != layer.reason
