"""XSD and official schematron: what is recognised, what is refused, and that one run never touches the next."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from lxml import etree

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.report import Severity, Verdict
from pdp_bridge.validation import saxon, svrl
from pdp_bridge.validation.parsing import NotXml, guideline, parsed
from pdp_bridge.validation.rulesets import BR_FR, RulesUnavailable, for_profile, rule_sets
from pdp_bridge.validation.schema import check_br_fr, check_en16931, check_xsd

EN16931 = "urn:cen.eu:en16931:2017"
UBL = "urn:oasis:names:specification:ubl:schema:xsd"


def document(xml: str | bytes) -> Document:
    data = xml.encode() if isinstance(xml, str) else xml
    return Document(content=data, xml=data, media_type=MediaType.CII)


def rules_of(layer) -> list[str]:
    return [finding.rule for finding in layer.findings]


# XSD


def test_the_layer_names_the_edition_of_its_profile(base_xml):
    layer = check_xsd(document(base_xml))
    assert (layer.verdict, layer.rule_set) == (Verdict.PASSED, "factur-x-1.09.2/en16931")


def test_a_schema_fault_says_where_and_which_term(base_xml):
    layer = check_xsd(document(base_xml.replace("<ram:BasisAmount>180.00<", "<ram:BasisAmount>180,00<")))
    assert layer.verdict is Verdict.FAILED
    assert rules_of(layer) == ["XSD_INVALID"]
    finding = layer.findings[0]
    assert finding.term == "BT-116"
    assert finding.location.endswith("ApplicableTradeTax[2]/BasisAmount")
    assert "{urn:" not in finding.message


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "XML_MISSING"),
        (b"not xml", "XML_UNREADABLE"),
        (b"<a>", "XML_UNREADABLE"),
        (b"\xff\xfe\x00", "XML_UNREADABLE"),
        (b'<?xml version="1.0" encoding="no-such-encoding"?><a/>', "XML_UNREADABLE"),
        (b"<a/>", "FORMAT_UNKNOWN"),
        (f'<Invoice xmlns="{UBL}:Invoice-2"/>'.encode(), "FORMAT_UBL"),
        (f'<CreditNote xmlns="{UBL}:CreditNote-2"/>'.encode(), "FORMAT_UBL"),
    ],
)
def test_what_is_not_a_cii_invoice_is_refused_plainly(data, rule):
    layer = check_xsd(document(data))
    assert (layer.verdict, rules_of(layer)) == (Verdict.FAILED, [rule])


@pytest.mark.parametrize("profile", ["urn:ferd:CrossIndustryDocument:invoice:1p0:comfort", EN16931 + "#x", ""])
def test_an_unknown_profile_is_an_error_never_a_guess(profile, base_xml):
    data = base_xml.replace(f"<ram:ID>{EN16931}</ram:ID>", f"<ram:ID>{profile}</ram:ID>")
    assert rules_of(check_xsd(document(data))) == ["PROFILE_UNKNOWN"]
    assert check_en16931(document(data)).verdict is Verdict.NOT_RUN


@pytest.mark.parametrize("entity", ['<!ENTITY a "b">', '<!ENTITY a SYSTEM "file:///etc/passwd">', ""])
def test_a_document_type_is_refused_whatever_it_declares(entity, base_xml):
    data = base_xml.replace("?>", f"?><!DOCTYPE invoice [{entity}]>", 1).replace("Paris</ram", "&a;</ram")
    with pytest.raises(NotXml):
        parsed(data.encode())


def test_a_schema_is_judged_alike_in_four_threads(base_xml):
    good, bad = document(base_xml), document(base_xml.replace("<ram:TypeCode>380", "<ram:TypeKode>380", 1))
    seen: list[bool] = []

    def run() -> None:
        for _ in range(10):
            seen.append(check_xsd(good).verdict is Verdict.PASSED)
            seen.append(check_xsd(bad).verdict is Verdict.FAILED)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(seen)


# Schematron


def test_the_official_layers_name_their_editions(base_xml):
    assert check_en16931(document(base_xml)).rule_set == "factur-x-1.09.2/en16931"
    assert check_br_fr(document(base_xml)).rule_set == BR_FR


def test_a_finding_keeps_the_official_id_and_gains_term_field_and_both_languages(base_xml):
    layer = check_br_fr(document(base_xml.replace("<ram:SubjectCode>PMT", "<ram:SubjectCode>AAI")))
    finding = layer.findings[0]
    assert (finding.rule, finding.severity) == ("BR-FR-05_BT-22_PMT", Severity.ERROR)
    assert (finding.term, finding.field) == ("BT-22", "mentions.recovery_cost")
    assert "PMT" in finding.message
    assert "PMT" in finding.message_fr
    assert finding.location == "ExchangedDocument"


def test_a_finding_shows_the_present_value(base_xml):
    layer = check_br_fr(document(base_xml.replace("FA-2026-0042</ram:ID>", "FA 2026</ram:ID>")))
    assert [(f.rule, f.value) for f in layer.findings] == [("BR-FR-02_BT-1", "FA 2026")]


def test_a_flagged_warning_stays_a_warning(base_xml):
    layer = check_en16931(document(base_xml.replace("30 jours nets", "")))
    assert [(f.rule, f.severity) for f in layer.findings] == [("PEPPOL-EN16931-R008", Severity.WARNING)]
    assert layer.verdict is Verdict.PASSED


def test_an_empty_delivery_is_not_told_because_the_schema_demands_it(base_xml):
    start, end = (
        base_xml.index("<ram:ActualDeliverySupplyChainEvent>"),
        base_xml.index("</ram:ApplicableHeaderTradeDelivery>"),
    )
    without = document(base_xml[:start] + base_xml[end:])
    assert check_xsd(without).verdict is Verdict.PASSED
    assert check_en16931(without).findings == ()
    neither = (
        base_xml[: base_xml.index("<ram:ApplicableHeaderTradeDelivery>")]
        + base_xml[end + len("</ram:ApplicableHeaderTradeDelivery>") :]
    )
    assert check_xsd(document(neither)).verdict is Verdict.FAILED


def test_nor_where_the_edition_gives_the_rule_a_number_of_its_own(base_xml):
    start, end = base_xml.index("<ram:ActualDeliverySupplyChainEvent>"), base_xml.index("</ram:ApplicableHeaderTradeD")
    basic = f"{EN16931}#compliant#urn:factur-x.eu:1p0:basic"
    without = (base_xml[:start] + base_xml[end:]).replace(f">{EN16931}<", f">{basic}<")
    named = check_en16931(document(without.replace("30 jours nets", "")))
    assert "PEPPOL-EN16931-R008" in rules_of(named)  # elsewhere it is told
    assert "PEPPOL-EN16931-R008" not in rules_of(check_en16931(document(without)))


def test_a_report_without_flag_is_an_error(base_xml):
    data = base_xml.replace("<ram:DuePayableAmount>", '<ram:DuePayableAmount currencyID="EUR">')
    layer = check_en16931(document(data))
    assert [(f.rule, f.severity) for f in layer.findings] == [(svrl.NOT_USED, Severity.ERROR)]


def test_a_dynamic_error_is_not_run_and_the_next_document_is_judged_as_before(base_xml, capfd):
    before = check_en16931(document(base_xml))
    broken = check_en16931(document(base_xml.replace(">2083.64<", ">two thousand<")))
    assert broken.verdict is Verdict.NOT_RUN
    assert "stopped on this document" in broken.reason
    assert check_en16931(document(base_xml)) == before
    assert capfd.readouterr().err == ""


def test_bad_documents_never_change_the_verdict_of_others(base_xml):
    others = [base_xml.replace(">1867.50<", f">{number}.50<") for number in range(5)]
    alone = [check_br_fr(document(xml)) for xml in [base_xml, *others]]
    mixed = [check_br_fr(document(xml)) for xml in [*others, base_xml]]
    assert [*mixed[-1:], *mixed[:-1]] == alone


def test_the_engine_serves_four_threads_one_at_a_time(base_xml):
    expected = check_br_fr(document(base_xml))
    seen: list[bool] = []

    def run() -> None:
        seen.extend(check_br_fr(document(base_xml)) == expected for _ in range(5))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 20


def test_official_asserts_without_flag_are_as_many_as_the_docstring_says():
    def counted(rules) -> tuple[int, int]:
        text = rules.schematron.read_text("utf-8")
        total = text.count("<svrl:failed-assert") + text.count("<svrl:successful-report")
        return total, text.count('name="flag">warning<')

    assert counted(for_profile(EN16931)) == (627, 4)
    assert counted(for_profile(EN16931 + "#conformant#urn:factur-x.eu:1p0:extended")) == (1464, 22)
    assert counted(rule_sets()[BR_FR]) == (171, 0)


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, ({soft} << 30, {hard}))
from pdp_bridge.validation import saxon
from pdp_bridge.validation.rulesets import BR_FR, RulesUnavailable, rule_sets
try:
    saxon.transformed(rule_sets()[BR_FR].schematron, "<a/>")
    print("ran")
except RulesUnavailable as problem:
    print(problem)
"""


@pytest.mark.parametrize(
    ("hard", "said"), [("resource.RLIM_INFINITY", "ran"), ("8 << 30", "36 GiB of address space")], ids=["soft", "hard"]
)
def test_a_limit_on_address_space_is_lifted_or_told_never_a_dead_process(hard, said):
    code = LIMITED.format(soft=4, hard=hard)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stdout) == (0, True), done.stderr


def test_a_stylesheet_that_does_not_compile_is_told(tmp_path):
    path = tmp_path / "broken.xslt"
    path.write_text("<xsl:stylesheet xmlns:xsl='http://www.w3.org/1999/XSL/Transform' version='2.0'><xsl:no/>", "utf-8")
    with pytest.raises(RulesUnavailable, match=r"broken\.xslt does not compile"):
        saxon.transformed(path, "<a/>")


# SVRL


def made(attributes: str, text: str) -> str:
    item = f"<svrl:failed-assert {attributes}><svrl:text>{text}</svrl:text></svrl:failed-assert>"
    return f'<svrl:schematron-output xmlns:svrl="http://purl.oclc.org/dsdl/svrl">{item}{item}</svrl:schematron-output>'


@pytest.mark.parametrize(
    ("attributes", "text", "rule", "severity"),
    [
        ('id="BR-45" location="/a"', "[BR-45]-Each VAT breakdown (BG-23) shall …", "BR-45", Severity.ERROR),
        ('id="FX-SCH-A-000047" location="/a"', "[BR-45]-Each VAT …", "BR-45", Severity.ERROR),
        ('id="FX-SCH-A-000164" location="/a"', "Element 'ram:GlobalID' may …", "FX-SCH-A-000164", Severity.ERROR),
        ('location="/a"', "Attribute @listID' marked as not used", svrl.NOT_USED, Severity.ERROR),
        ('id="X-1" flag="warning" location="/a"', "words", "X-1", Severity.WARNING),
        ('id="X-1" flag="fatal" location="/a"', "words", "X-1", Severity.ERROR),
        ('id="X-1" flag="none" location="/a"', "words", "X-1", Severity.ERROR),
    ],
)
def test_an_svrl_item_becomes_one_finding(attributes, text, rule, severity):
    found = svrl.findings(made(attributes, text), etree.fromstring("<a/>"))
    assert [(finding.rule, finding.severity) for finding in found] == [(rule, severity)]


def test_guideline_is_trimmed_and_may_be_absent():
    assert guideline(parsed(b"<a/>")) is None
