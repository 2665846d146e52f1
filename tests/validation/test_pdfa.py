"""Our own Factur-X passes our judge and an independent one; each fault put into it is seen by the rule it breaks."""

from __future__ import annotations

import inspect
import io
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf, String, pdfa

from pdp_bridge.document import facturx, page
from pdp_bridge.document.assembly import opened
from pdp_bridge.model.codes import Language
from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.money import amount, total
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.report import Severity, Verdict
from pdp_bridge.validation import page_text, pdf_attachment, pdf_metadata, pdf_structure
from pdp_bridge.validation.judge import judge
from pdp_bridge.validation.pdfa import check

Edit = Callable[[Pdf], None]


def edited(pdf: bytes, edit: Edit, **saving) -> bytes:
    """The file after one change; nothing else is rewritten."""
    buffer = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf)) as document:
        edit(document)
        document.save(
            buffer,
            fix_metadata_version=False,
            deterministic_id="encryption" not in saving,
            stream_decode_level=None if "encryption" in saving else pikepdf.StreamDecodeLevel.none,
            **saving,
        )
    return buffer.getvalue()


def untouched(_pdf: Pdf) -> None:
    """Save again, change nothing."""


def rules_of(pdf: bytes) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in check(opened(pdf)).findings}


def test_our_own_file_passes_without_a_word(base_pdf):
    layer = check(opened(base_pdf))
    assert (layer.verdict, layer.findings) == (Verdict.PASSED, ())
    assert judge(opened(base_pdf)).sendable


def test_a_file_saved_again_still_passes(base_pdf):
    assert rules_of(edited(base_pdf, untouched)) == {}


# An independent judge: pikepdf's allow-list validator knows no Factur-X, whose XMP properties are set aside.

FACTURX_NAMESPACES = ("pdfaExtension", "pdfaSchema", "pdfaProperty", "fx:", "fx=")


def independent(pdf: bytes) -> list[str]:
    with Pdf.open(io.BytesIO(pdf)) as document:
        report = pdfa.check(document, "3b")
    return [str(finding) for finding in report.findings if not any(name in str(finding) for name in FACTURX_NAMESPACES)]


def test_an_independent_judge_agrees(base_pdf):
    assert independent(base_pdf) == []


def test_the_independent_judge_is_listening(base_pdf):
    assert independent(edited(base_pdf, lambda pdf: pdf.Root.__delitem__("/OutputIntents")))
    assert independent(edited(base_pdf, unembedded_font))


# Faults in the objects


def specification(pdf: Pdf) -> pikepdf.Object:
    return pdf.Root.AF[0]


def embedded(pdf: Pdf) -> pikepdf.Object:
    return specification(pdf).EF.F


def unembedded_font(pdf: Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, Dictionary) and item.get("/Type") == "/FontDescriptor":
            for key in ("/FontFile", "/FontFile2", "/FontFile3"):
                if key in item:
                    del item[key]


def standard_font(pdf: Pdf) -> None:
    fonts = pdf.pages[0].resources.Font
    first = next(iter(fonts.keys()))
    fonts[first] = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))


def standard_font_under(name: bytes) -> Edit:
    def edit(pdf: Pdf) -> None:
        pdf.pages[0].resources.Font.Other = pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        )
        drawn(b"BT 1 2 Td %b 9 Tf (x) Tj ET" % name)(pdf)

    return edit


def standard_font_named_beyond_ascii(pdf: Pdf) -> None:
    standard_font_under("/Été".encode())(pdf)
    fonts = pdf.pages[0].resources.Font
    fonts["/Été"] = fonts.Other
    pdf.pages[0].contents_coalesce()  # one stream, as it is read at once


def standard_font_of_a_graphics_state(instructions: bytes) -> Edit:
    """ISO 32000-1, table 58: a state may choose the font and its size."""

    def edit(pdf: Pdf) -> None:
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        pdf.pages[0].resources.ExtGState = Dictionary(Large=Dictionary(Font=Array([font, 9])), Plain=Dictionary(CA=1))
        drawn(instructions)(pdf)
        pdf.pages[0].contents_coalesce()  # one stream, as it is read at once

    return edit


def standard_font_within(place: str) -> Edit:
    """In what a page draws by name."""

    def edit(pdf: Pdf) -> None:
        fonts = Dictionary(
            Standard=pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        )
        within = pdf.make_stream(b"BT /Standard 9 Tf (x) Tj ET")
        resources = pdf.pages[0].resources
        if place == "form":
            within.Subtype = Name.Form
            resources.XObject = Dictionary(Within=within)
            resources.Font.Standard = fonts.Standard  # the form has no resources: those of the page are meant
        elif place == "pattern":
            within.PatternType, within.Resources = 1, Dictionary(Font=fonts)
            resources.Pattern = Dictionary(Within=within)
        else:
            resources.Font.Within = Dictionary(
                Type=Name.Font, Subtype=Name.Type3, CharProcs=Dictionary(a=within), Resources=Dictionary(Font=fonts)
            )

    return edit


def second_invoice(pdf: Pdf) -> None:
    stream = pdf.make_stream(bytes(embedded(pdf).read_bytes()))
    stream.Type, stream.Subtype = Name.EmbeddedFile, Name("/text/xml")
    stream.Params = Dictionary(ModDate=String("D:20261120000000Z"))
    other = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String("copy.xml"),
            UF=String("copy.xml"),
            AFRelationship=Name.Alternative,
            EF=Dictionary(F=stream, UF=stream),
        )
    )
    pdf.Root.Names.EmbeddedFiles.Names.extend([String("copy.xml"), other])
    pdf.Root.AF.append(other)


def renamed(pdf: Pdf) -> None:
    specification(pdf).F = specification(pdf).UF = String("ZUGFeRD-invoice.xml")


def xmp(old: bytes, new: bytes) -> Edit:
    def edit(pdf: Pdf) -> None:
        data = bytes(pdf.Root.Metadata.read_bytes())
        assert old in data
        pdf.Root.Metadata.write(data.replace(old, new))

    return edit


def setting(path: str, value: object) -> Edit:
    """Set a key of the catalogue, written `/Names/JavaScript` for one inside another."""

    def edit(pdf: Pdf) -> None:
        *parents, last = path.strip("/").split("/")
        target = pdf.Root
        for name in parents:
            target = target[f"/{name}"]
        target[f"/{last}"] = value() if callable(value) else value

    return edit


def removing(*path: str) -> Edit:
    def edit(pdf: Pdf) -> None:
        *parents, last = path
        target = pdf.Root
        for name in parents:
            target = target[name]
        del target[last]

    return edit


def annotated(**keys: object) -> Edit:
    def edit(pdf: Pdf) -> None:
        keys.setdefault("Rect", Array([0, 0, 10, 10]))
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(Dictionary(Type=Name.Annot, **keys))])

    return edit


def drawn(instructions: bytes) -> Edit:
    def edit(pdf: Pdf) -> None:
        pdf.pages[0].contents_add(pdf.make_stream(instructions), prepend=False)

    return edit


def image(**keys: object) -> Edit:
    def edit(pdf: Pdf) -> None:
        pixel = pdf.make_stream(b"\0\0\0")
        for key, value in {
            "Type": Name.XObject,
            "Subtype": Name.Image,
            "Width": 1,
            "Height": 1,
            "BitsPerComponent": 8,
            "ColorSpace": Name.DeviceRGB,
            **keys,
        }.items():
            pixel[f"/{key}"] = value
        resources = pdf.pages[0].resources
        if "/XObject" not in resources:
            resources.XObject = Dictionary()
        resources.XObject.Pixel = pixel

    return edit


def short_profile(pdf: Pdf) -> None:
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    profile.write(bytes(profile.read_bytes())[:-40])


def grey_profile(pdf: Pdf) -> None:
    pdf.Root.OutputIntents[0].DestOutputProfile.N = 1


def other_checksum(pdf: Pdf) -> None:
    embedded(pdf).Params.CheckSum = String(b"0123456789abcdef")


def text_checksum(pdf: Pdf) -> None:
    embedded(pdf).Params.CheckSum = String(bytes(embedded(pdf).Params.CheckSum).hex())


def title(pdf: Pdf) -> None:
    pdf.trailer.Info.Title = String("Another invoice")


def packed(*filters: object) -> Edit:
    """A stream that nothing shows, packed so; a function makes an object of its own."""

    def edit(pdf: Pdf) -> None:
        names = [pdf.make_indirect(one()) if callable(one) else one for one in filters]
        pdf.Root.Kept = pdf.make_stream(b"abc", Filter=names[0] if len(names) == 1 else Array(names))

    return edit


def script(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


FAULTS: dict[str, tuple[str, Edit]] = {
    "relationship_supplement": (
        "PDF_RELATIONSHIP",
        lambda pdf: setattr(specification(pdf), "AFRelationship", Name.Supplement),
    ),
    "relationship_missing": ("PDF_RELATIONSHIP", lambda pdf: specification(pdf).__delitem__("/AFRelationship")),
    "relationship_alternative": (
        "PDF_RELATIONSHIP_UNUSUAL",
        lambda pdf: setattr(specification(pdf), "AFRelationship", Name.Alternative),
    ),
    "checksum_of_something_else": ("PDF_CHECKSUM", other_checksum),
    "size_of_something_else": ("PDF_CHECKSUM", lambda pdf: setattr(embedded(pdf).Params, "Size", 1)),
    "checksum_as_text": ("PDF_CHECKSUM_TEXT", text_checksum),
    "second_invoice": ("PDF_ONE_INVOICE", second_invoice),
    "attachment_renamed": ("PDF_ATTACHMENT_NAME", renamed),
    "attachment_without_uf": ("PDF_ATTACHMENT_NAME", lambda pdf: specification(pdf).__delitem__("/UF")),
    "not_associated": ("PDF_ASSOCIATED", removing("/AF")),
    "attachment_without_date": ("PDF_ATTACHMENT_STREAM", lambda pdf: embedded(pdf).Params.__delitem__("/ModDate")),
    "attachment_without_params": ("PDF_ATTACHMENT_STREAM", lambda pdf: embedded(pdf).__delitem__("/Params")),
    "attachment_without_type": ("PDF_ATTACHMENT_STREAM", lambda pdf: embedded(pdf).__delitem__("/Subtype")),
    "no_output_intent": ("PDF_OUTPUT_INTENT", removing("/OutputIntents")),
    "profile_cut_short": ("PDF_OUTPUT_INTENT", short_profile),
    "profile_of_another_space": ("PDF_OUTPUT_INTENT", grey_profile),
    "font_not_embedded": ("PDF_FONT", unembedded_font),
    "standard_font": ("PDF_FONT", standard_font),
    "standard_font_by_an_escaped_name": ("PDF_FONT", standard_font_under(b"/#4fther")),
    "standard_font_of_a_graphics_state": ("PDF_FONT", standard_font_of_a_graphics_state(b"BT /Large gs (x) Tj ET")),
    "standard_font_in_a_form_without_resources": ("PDF_FONT", standard_font_within("form")),
    "standard_font_in_a_pattern": ("PDF_FONT", standard_font_within("pattern")),
    "standard_font_in_a_glyph": ("PDF_FONT", standard_font_within("glyph")),
    "standard_font_by_a_name_beyond_ascii": ("PDF_FONT", standard_font_named_beyond_ascii),
    "standard_font_after_a_needless_operand": ("PDF_FONT", standard_font_under(b"/F1 /Other")),
    "level_of_another_profile": (
        "PDF_XMP_LEVEL",
        xmp(b"<fx:ConformanceLevel>EN 16931<", b"<fx:ConformanceLevel>BASIC<"),
    ),
    "level_missing": ("PDF_XMP_LEVEL", xmp(b"<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>", b"")),
    "xmp_missing": ("PDF_XMP_MISSING", removing("/Metadata")),
    "xmp_not_xml": ("PDF_XMP_MISSING", xmp(b"</x:xmpmeta>", b"")),
    "pdfa_part_2": ("PDF_XMP_PART", xmp(b"<pdfaid:part>3<", b"<pdfaid:part>2<")),
    "extension_missing": (
        "PDF_XMP_EXTENSION",
        xmp(b">ConformanceLevel</pdfaProperty:name>", b">Conformance</pdfaProperty:name>"),
    ),
    "document_name_of_zugferd": ("PDF_XMP_DOCUMENT", xmp(b">factur-x.xml</fx", b">zugferd-invoice.xml</fx")),
    "info_of_another_invoice": ("PDF_INFO", title),
    "lzw_said_elsewhere": ("PDF_STREAM", packed(lambda: Name.LZWDecode)),
    "lzw_within_flate": ("PDF_STREAM", packed(Name.FlateDecode, Name("/LZW"))),
    "stream_in_another_file": (
        "PDF_STREAM",
        lambda pdf: pdf.Root.__setitem__("/Kept", pdf.make_stream(b"", F=String("elsewhere"))),
    ),
    "script_on_opening": ("PDF_ACTION", script),
    "additional_actions": ("PDF_ACTION", setting("/AA", Dictionary)),
    "launches_a_program": ("PDF_ACTION", setting("/OpenAction", lambda: Dictionary(S=Name.Launch, F=String("calc")))),
    "image_smoothed": ("PDF_IMAGE", image(Interpolate=True)),
    "image_with_alternates": ("PDF_IMAGE", image(Alternates=Array())),
    "annotation_hidden": ("PDF_ANNOTATION", annotated(Subtype=Name.Link, F=2)),
    "annotation_not_printed": ("PDF_ANNOTATION", annotated(Subtype=Name.Link)),
    "annotation_without_appearance": ("PDF_ANNOTATION", annotated(Subtype=Name.Square, F=4)),
    "annotation_movie": ("PDF_ANNOTATION", annotated(Subtype=Name.Movie, F=4)),
    "form_to_be_drawn": ("PDF_FORM", setting("/AcroForm", lambda: Dictionary(NeedAppearances=True, Fields=Array()))),
    "cmyk": ("PDF_COLOUR", drawn(b"0 0 0 1 k 0 0 1 1 re f")),
    "cmyk_by_an_escaped_name": ("PDF_COLOUR", drawn(b"/DeviceCMY#4B cs 0 0 0 1 sc 0 0 1 1 re f")),
    "cmyk_after_a_needless_operand": ("PDF_COLOUR", drawn(b"/Cs1 /DeviceCMYK cs 0 0 0 1 sc 0 0 1 1 re f")),
    "cmyk_image": ("PDF_COLOUR", image(ColorSpace=Name.DeviceCMYK)),
}
WARNINGS = {"PDF_RELATIONSHIP_UNUSUAL", "PDF_CHECKSUM_TEXT", "PDF_INFO"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_objects_fires_its_rule(fault, base_pdf):
    rule, edit = FAULTS[fault]
    document = opened(edited(base_pdf, edit))
    found = {finding.rule: finding.severity for finding in check(document).findings}
    assert found.get(rule) is (Severity.WARNING if rule in WARNINGS else Severity.ERROR), found
    assert judge(document).sendable is (rule in WARNINGS)


@pytest.mark.parametrize(
    "allowed",
    [
        annotated(Subtype=Name.Link, F=4),
        image(),
        drawn(b"0 0 1 rg 0 0 1 1 re f"),
        standard_font_of_a_graphics_state(b"/Plain gs 0 0 1 rg 0 0 1 1 re f"),
    ],
)
def test_what_pdfa_allows_is_not_refused(allowed, base_pdf):
    assert rules_of(edited(base_pdf, allowed)) == {}


def indirect_widths(pdf: Pdf) -> None:
    for font in pdf.pages[0].resources.Font.values():
        font.Widths = pdf.make_indirect(font.Widths)


def widths_in_words(pdf: Pdf) -> None:
    for font in pdf.pages[0].resources.Font.values():
        font.Note = String("/Widths [ 1 2 3 ]")


@pytest.mark.parametrize("allowed", [indirect_widths, widths_in_words])
def test_a_file_written_otherwise_says_the_same(allowed, base_pdf):
    assert rules_of(edited(base_pdf, allowed)) == {}


def test_what_the_information_leaves_out_is_not_compared(base_pdf):
    creator = b"/Creator (pdp_bridge)"
    assert creator in base_pdf
    assert rules_of(base_pdf.replace(creator, b"/Creator null".ljust(len(creator)))) == {}


def test_where_no_file_can_be_kept_in_memory_the_verdict_is_the_same(base_pdf, monkeypatch):
    files = [base_pdf, *(spoil(base_pdf) for _, spoil in BYTES.values())]
    findings = [check(opened(file)).findings for file in files]
    monkeypatch.delattr(os, "memfd_create")
    assert [check(opened(file)).findings for file in files] == findings


# Faults in the bytes


def encrypted(pdf: bytes, **passwords: str) -> bytes:
    return edited(pdf, untouched, encryption=pikepdf.Encryption(owner="owner", **passwords))


BYTES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "encrypted_for_all_to_read": ("PDF_ENCRYPTED", lambda pdf: encrypted(pdf, user="")),
    "protected_by_a_password": ("PDF_ENCRYPTED", lambda pdf: encrypted(pdf, user="secret")),
    "cut_short": ("PDF_END", lambda pdf: pdf[: len(pdf) * 9 // 10]),
    "bytes_after_the_end": ("PDF_END", lambda pdf: pdf + b"\n<!-- added -->"),
    "two_line_ends": ("PDF_END", lambda pdf: pdf.rstrip() + b"\n\n"),
    "bytes_before_the_header": ("PDF_HEADER", lambda pdf: b"\n" + pdf),
    "no_binary_comment": ("PDF_HEADER", lambda pdf: pdf.replace(pdf.splitlines()[1], b"%abcd", 1)),
    "no_identifier": ("PDF_TRAILER_ID", lambda pdf: pdf.replace(b"/ID ", b"/IX ", 1)),
    "lzw_of_a_page": ("PDF_STREAM", lambda pdf: b"/LZWDecode  ".join(pdf.rsplit(b"/FlateDecode", 1))),
    "lzw": ("PDF_STREAM", lambda pdf: pdf.replace(b"/FlateDecode /N 3", b"/LZWDecode   /N 3")),
    "wrong_cross_reference": ("PDF_DAMAGED", lambda pdf: pdf.replace(b"startxref\n", b"startxref\n9")),
}


@pytest.mark.parametrize("fault", BYTES)
def test_a_fault_in_the_bytes_fires_its_rule(fault, base_pdf):
    rule, spoil = BYTES[fault]
    spoilt = spoil(base_pdf)
    assert spoilt != base_pdf
    found = rules_of(spoilt)
    assert found.get(rule) is Severity.ERROR, found
    assert not judge(opened(spoilt)).sendable


# The page against the message


def renumbered(invoice: Invoice, number: str) -> Invoice:
    """With its payment reference, which repeats the number on the page."""
    return replace(invoice, number=number, payment=replace(invoice.payment, reference=number))


def with_totals(invoice: Invoice, **changes: str) -> Invoice:
    return replace(invoice, totals=replace(invoice.totals, **{key: amount(value) for key, value in changes.items()}))


PAGES: dict[str, tuple[str, Callable[[Invoice], Invoice]]] = {
    "number": ("PAGE_NUMBER", lambda invoice: renumbered(invoice, "FA-2026-0043")),
    "number_with_one_digit_more": ("PAGE_NUMBER", lambda invoice: renumbered(invoice, "FA-2026-00421")),
    "issue_date": ("PAGE_DATES", lambda invoice: replace(invoice, issue_date=date(2026, 11, 19))),
    "due_date": ("PAGE_DATES", lambda invoice: replace(invoice, due_date=date(2027, 12, 20))),
    "total_without_vat": ("PAGE_TOTALS", lambda invoice: with_totals(invoice, total_without_vat="1908.12")),
    "total_with_vat": ("PAGE_TOTALS", lambda invoice: with_totals(invoice, total_with_vat="2083.65")),
    "due": ("PAGE_TOTALS", lambda invoice: with_totals(invoice, due="12000.00")),
    "vat": (
        "PAGE_VAT",
        lambda invoice: replace(
            invoice, vat_breakdown=tuple(replace(vat, tax=total((vat.tax, vat.tax))) for vat in invoice.vat_breakdown)
        ),
    ),
}


@pytest.mark.parametrize("what", PAGES)
def test_a_page_that_says_otherwise_is_refused(what, base_xml, base_invoice):
    rule, change = PAGES[what]
    said = facturx.package(page.draw(change(base_invoice), PageStyle()), base_xml.encode(), base_invoice)
    document = opened(said)
    assert rule in {finding.rule for finding in check(document).findings}
    assert not judge(document).sendable


@pytest.mark.parametrize("language", list(Language))
def test_the_page_is_read_in_every_language_it_is_drawn_in(language, base_xml, base_invoice):
    drawn_page = page.draw(replace(base_invoice, language=language), PageStyle())
    assert rules_of(facturx.package(drawn_page, base_xml.encode(), base_invoice)) == {}


def test_a_page_without_text_is_refused(base_pdf):
    def blank(pdf: Pdf) -> None:
        pdf.pages[0].Contents = pdf.make_stream(b"")
        while len(pdf.pages) > 1:
            del pdf.pages[1]

    assert rules_of(edited(base_pdf, blank)) == {"PAGE_TEXT": Severity.ERROR}


# Every rule has its fault


def test_every_rule_of_the_layer_is_fired_by_some_fault():
    functions = [
        *pdf_structure.BYTES_RULES,
        *pdf_structure.PDF_RULES,
        *pdf_metadata.RULES,
        *pdf_attachment.RULES,
        *page_text.RULES,
    ]
    fired = {rule for rule, _ in (*FAULTS.values(), *BYTES.values(), *PAGES.values())}
    assert {function.__name__.upper() for function in functions} - fired == set()
    assert all(inspect.getdoc(function) for function in functions)


# Anybody's bytes


def test_a_bare_xml_is_not_run(base_xml):
    data = base_xml.encode()
    layer = check(Document(content=data, xml=data, media_type=MediaType.CII))
    assert layer.verdict is Verdict.NOT_RUN


def test_a_script_is_seen_in_a_catalog_that_stands_in_the_trailer(base_pdf):
    number = re.search(rb"/Root ([0-9]+) 0 R", base_pdf)
    catalog = re.search(rb"\n%b 0 obj\n<<(.*?)>>\nendobj" % number[1], base_pdf, re.DOTALL)[1]
    script = b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    assert rules_of(base_pdf.replace(number[0], b"/Root <<%b>>" % catalog)) == {}
    assert rules_of(base_pdf.replace(number[0], b"/Root <<%b%b>>" % (catalog, script))) == {
        "PDF_ACTION": Severity.ERROR
    }


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_makes_the_judge_raise(base_pdf, data):
    pdf = base_pdf
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(pdf) - 1)))
        pdf = pdf[:at] + data.draw(st.binary(max_size=6)) + pdf[at + data.draw(st.integers(0, 400)) :]
    assert judge(opened(pdf)).layers
