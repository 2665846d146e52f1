"""Files of third parties, as `validate` meets them: each classified rightly, by the rules of its own profile, no crash.

They are made here of our own good invoice, so that nothing of anybody else is in the tree: other profiles, other
formats, other encodings, bombs, files of fifty megabytes. `test_pdfa` spoils PDF files one fault at a time.
"""

from __future__ import annotations

import io
import json
import random
import time
import zipfile

import pikepdf
import pytest
from lxml import etree
from pikepdf import AttachedFileSpec, Name, Pdf

from pdp_bridge import validate
from pdp_bridge.cli.payload import of_report
from pdp_bridge.document import facturx, page
from pdp_bridge.document.assembly import opened
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.report import PDF_LAYERS, XML_LAYERS, Report, Verdict
from pdp_bridge.validation.rulesets import for_profile, rule_sets

EN16931 = "urn:cen.eu:en16931:2017"
FACTUR_X = {
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": f"{EN16931}#compliant#urn:factur-x.eu:1p0:basic",
    "en16931": EN16931,
    "extended": f"{EN16931}#conformant#urn:factur-x.eu:1p0:extended",
}
CTC_FR = f"{EN16931}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"
MEGABYTE = 1024 * 1024


def in_profile(xml: str, profile: str) -> bytes:
    """The invoice in another profile: what its schema does not know is left out, as a tool of that profile would."""
    root = etree.fromstring(xml.encode(), etree.XMLParser(remove_blank_text=True))
    guideline = next(root.iter("{*}GuidelineSpecifiedDocumentContextParameter"))
    guideline[0].text = profile
    schema = etree.XMLSchema(etree.parse(for_profile(profile).xsd))
    while not schema.validate(root):
        fault = schema.error_log[0]
        element = root.getroottree().xpath(fault.path, namespaces={"ram": "urn:none"} | root.nsmap)[0]
        if "not expected" in fault.message:
            element.getparent().remove(element)
        else:  # MINIMUM knows the delivery as an empty element only
            assert "content is not allowed" in fault.message, fault.message
            element[:] = []
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.errors}


def whole(report: Report) -> Report:
    """A report that a program can print, whatever was in the file."""
    assert json.loads(json.dumps(of_report(report, "file")))["sendable"] is report.sendable
    assert all(layer.reason for layer in report.layers if layer.verdict is Verdict.NOT_RUN)
    return report


# Profiles: MINIMUM to EXTENDED and EXTENDED-CTC-FR, each by its own rule set


@pytest.mark.parametrize("profile", [*FACTUR_X.values(), CTC_FR], ids=[*FACTUR_X, "ctc-fr"])
def test_each_profile_is_judged_by_its_own_rules(profile, base_xml):
    report = whole(validate(in_profile(base_xml, profile)))
    sets = {layer.name: layer.rule_set for layer in report.layers}
    assert sets["xsd"] == sets["en16931"] == for_profile(profile).id
    assert sets["br-fr"] == next(rules.id for rules in rule_sets().values() if not rules.profiles)
    assert all(layer.verdict is not Verdict.NOT_RUN for layer in report.layers)
    assert tuple(report.required) == tuple(XML_LAYERS)
    assert report.layers[0].verdict is Verdict.PASSED


@pytest.mark.parametrize("level", ["basic", "en16931", "extended"])
def test_an_invoice_with_lines_passes_in_each_profile_that_has_them(level, base_xml):
    report = validate(in_profile(base_xml, FACTUR_X[level]))
    assert rules(report) == set()
    assert report.sendable


@pytest.mark.parametrize("level", ["minimum", "basicwl"])
def test_a_profile_that_cannot_say_what_france_asks_is_refused_by_the_french_rules(level, base_xml):
    """MINIMUM has no notes: the mentions of BR-FR-05 cannot be in it."""
    report = validate(in_profile(base_xml, FACTUR_X[level]))
    assert not report.sendable or level == "basicwl"
    if level == "minimum":
        assert "BR-FR-05" in rules(report)


@pytest.mark.parametrize("profile", [*FACTUR_X.values(), CTC_FR], ids=[*FACTUR_X, "ctc-fr"])
def test_a_wrong_total_is_seen_in_every_profile(profile, base_xml):
    wrong = in_profile(base_xml, profile).replace(b">2083.64<", b">2093.64<")
    assert not validate(wrong).sendable
    assert rules(validate(wrong)) & {
        "BR-CO-15",
        "BR-FXEXT-CO-15",
        "BR-FREXT-CO-15",
        "BR-FXEXT-CO-15-B",
        "PAID_ABOVE_TOTAL",
    }


@pytest.mark.parametrize("level", FACTUR_X)
def test_a_pdf_of_each_profile_names_its_level(level, base_xml, base_invoice):
    xml = in_profile(base_xml, FACTUR_X[level])
    invoice = opened(xml).invoice
    pdf = facturx.package(page.draw(base_invoice, PageStyle()), xml, invoice)
    report = whole(validate(pdf))
    assert tuple(report.required) == tuple(PDF_LAYERS)
    assert report.layers[-1].name == "pdfa"
    assert "PDF_XMP_LEVEL" not in rules(report)
    assert {layer.rule_set for layer in report.layers} >= {for_profile(FACTUR_X[level]).id}


# Other formats


def ubl(kind: str) -> bytes:
    return (
        f'<?xml version="1.0"?><{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2" '
        'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
        "<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>FA-1</cbc:ID>"
        f"</{kind}>"
    ).encode()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("factur-x.xml", "<a/>")
    return buffer.getvalue()


OTHER = {
    "UBL invoice": (ubl("Invoice"), "FORMAT_UBL"),
    "UBL credit note": (ubl("CreditNote"), "FORMAT_UBL"),
    "CII of another version": (
        b'<CrossIndustryInvoice xmlns="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:200"/>',
        "FORMAT_UNKNOWN",
    ),
    "ZUGFeRD 1": (b'<CrossIndustryDocument xmlns="urn:ferd:CrossIndustryDocument:invoice:1p0"/>', "FORMAT_UNKNOWN"),
    "lifecycle message": (
        (
            b'<a:CrossDomainAcknowledgementAndResponse xmlns:a="urn:un:unece:uncefact:data:standard:'
            b'CrossDomainAcknowledgementAndResponse:100"/>'
        ),
        "FORMAT_UNKNOWN",
    ),
    "web page": (b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>", "XML_UNREADABLE"),
    "JSON": (b'{"invoice": {"number": "FA-1"}}', "XML_UNREADABLE"),
    "archive": (zipped(), "XML_UNREADABLE"),
    "picture": (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200), "XML_UNREADABLE"),
    "spaces": (b" \r\n\t ", "XML_UNREADABLE"),
    "byte order mark alone": (b"\xef\xbb\xbf", "XML_UNREADABLE"),
}


@pytest.mark.parametrize("what", OTHER)
def test_another_format_is_named_and_nothing_else_is_judged(what):
    content, rule = OTHER[what]
    report = whole(validate(content))
    assert rules(report) == {rule}
    assert [layer.verdict for layer in report.layers[1:5]] == [Verdict.NOT_RUN] * 4


# Encodings: the same message in other bytes is the same message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-15"])
def test_a_message_in_another_encoding_is_read(encoding, base_xml):
    name = {"utf-8-sig": "UTF-8"}.get(encoding, encoding.upper())
    text = base_xml.replace('encoding="UTF-8"', f'encoding="{name}"').replace("’", "'").replace("−", "-")
    report = whole(validate(text.encode(encoding)))
    assert rules(report) == set()
    assert report.sendable


def test_an_encoding_that_is_not_what_is_said_is_unreadable(base_xml):
    assert rules(validate(base_xml.encode("iso-8859-15", "replace"))) == {"XML_UNREADABLE"}


# Bombs


def laughs(levels: int) -> bytes:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a>&l{levels - 1};</a>'.encode()


BOMBS = {
    "billion laughs": laughs(10),
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "remote document type": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/bomb.dtd"><a/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>',
    "a million levels": b"<a>" * 1_000_000,
    "half a million attributes": b"<a " + b" ".join(b"a%d='1'" % i for i in range(500_000)) + b"/>",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_unreadable_within_seconds_and_says_nothing_of_this_machine(bomb):
    begun = time.monotonic()
    report = whole(validate(BOMBS[bomb]))
    assert rules(report) <= {"XML_UNREADABLE", "FORMAT_UNKNOWN"}
    assert not report.sendable
    assert time.monotonic() - begun < 20


def test_an_inclusion_is_not_followed(base_xml):
    including = base_xml.replace(
        "<ram:Content>B2B</ram:Content>",
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>',
    )
    assert "XSD_INVALID" in rules(validate(including.encode()))


# Fifty megabytes


def test_a_message_of_fifty_megabytes_gets_a_report(base_xml):
    note = "<ram:IncludedNote><ram:Content>" + "x" * 9_000_000 + "</ram:Content></ram:IncludedNote>"
    large = base_xml.replace("  </rsm:ExchangedDocument>", note * 6 + "</rsm:ExchangedDocument>").encode()
    assert len(large) > 50 * MEGABYTE
    assert whole(validate(large)).layers


def test_fifty_megabytes_of_anything_get_a_report(base_pdf):
    noise = random.Random(1).randbytes(MEGABYTE) * 50  # noqa: S311 - bytes of no secret
    for large in (noise, base_pdf + noise, b"%PDF-1.7\n" + noise, b"<a>" + b"x" * 50 * MEGABYTE + b"</a>"):
        assert not whole(validate(large)).sendable


def test_a_pdf_with_an_attachment_of_fifty_megabytes_gets_a_report(base_pdf):
    large = attached(base_pdf, {"plan.bin": bytes(50 * MEGABYTE)})
    assert whole(validate(large)).layers[0].verdict is Verdict.PASSED


# Attachments


def attached(pdf: bytes, files: dict[str, bytes], **properties: str) -> bytes:
    """The PDF with further files, associated with the document as Factur-X asks."""
    buffer = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf)) as document:
        for name, content in files.items():
            given = {"mime_type": "application/octet-stream", "mod_date": "D:20261120000000Z"} | properties
            specification = AttachedFileSpec(document, content, filename=name, relationship=Name.Supplement, **given)
            document.attachments[name] = specification
            document.Root.AF.append(document.attachments[name].obj)
        document.save(buffer, fix_metadata_version=False, deterministic_id=True)
    return buffer.getvalue()


def test_several_attachments_beside_the_invoice_are_allowed(base_pdf):
    report = validate(
        attached(base_pdf, {"rib.pdf": b"%PDF-1.4", "annexe.csv": b"a;b", "données.xml": b"<not-an-invoice/>"})
    )
    assert rules(report) == set()
    assert report.sendable


@pytest.mark.parametrize("name", ["xrechnung.xml", "order.xml"])
def test_a_second_invoice_among_them_is_refused(name, base_pdf, base_xml):
    report = validate(attached(base_pdf, {name: base_xml.encode()}))
    assert "PDF_ONE_INVOICE" in rules(report)


def test_a_pdf_whose_invoice_is_ubl_is_named(base_pdf):
    with Pdf.open(io.BytesIO(base_pdf)) as document:
        document.attachments["factur-x.xml"].obj.EF.F.write(ubl("Invoice"))
        buffer = io.BytesIO()
        document.save(buffer)
    assert "FORMAT_UBL" in rules(validate(buffer.getvalue()))


def test_a_plain_pdf_has_no_invoice():
    buffer = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(buffer)
    report = whole(validate(buffer.getvalue()))
    assert "XML_MISSING" in rules(report)
    assert {"PDF_ONE_INVOICE", "PDF_XMP_MISSING"} <= rules(report)


def test_xmp_that_contradicts_the_xml_is_refused(base_xml, base_invoice):
    """A PDF that says EN 16931 around an XML of MINIMUM."""
    minimum = in_profile(base_xml, FACTUR_X["minimum"])
    pdf = facturx.package(page.draw(base_invoice, PageStyle()), minimum, base_invoice)
    assert "PDF_XMP_LEVEL" in rules(validate(pdf))
