"""The Factur-X file: PDF/A-3B, the XML inside, the same bytes every time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from paper_invoices import credit_note, invoice, long_invoice, two_rates
from pikepdf import Dictionary, Name, Pdf, String, pdfa
from PIL import Image

from pdp_bridge.document import extraction
from pdp_bridge.document.assembly import build
from pdp_bridge.document.extraction import embedded
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.page import PageStyle

_HERE = Path(__file__).parent
_EXTENSION = re.compile(
    rb'  <rdf:Description rdf:about="" xmlns:(?:pdfaExtension|fx)=.*?</rdf:Description>\n', re.DOTALL
)


def logo(mode: str = "RGBA", kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new(mode, (400, 120), (200, 30, 60, 128)[: len(mode)]).save(buffer, kind)
    return buffer.getvalue()


def violations(content: bytes) -> list[str]:
    """What pikepdf's allowlist finds once the fx properties, which it does not know, are set aside."""
    with Pdf.open(BytesIO(content)) as pdf:
        xmp = pdf.Root.Metadata.read_bytes()
        aside, removed = _EXTENSION.subn(b"", xmp)
        assert removed == 2
        pdf.Root.Metadata.write(aside)
        return [str(finding) for finding in pdfa.check(pdf, "3b").findings]


@pytest.mark.parametrize(
    ("made", "style"),
    [
        (invoice(), PageStyle()),
        (credit_note(), PageStyle(accent="#f2c14e", footer="Merci")),
        (two_rates(), PageStyle(logo=logo())),
        (two_rates(), PageStyle(logo=logo("RGB", "JPEG"))),
        (two_rates(), PageStyle(logo=logo("CMYK", "JPEG"))),
        (long_invoice(), PageStyle()),
        (invoice(title="Ελλάδα, Україна, tiếng Việt → ✓"), PageStyle()),
    ],
)
def test_the_file_is_pdf_a_3b(made, style):
    assert violations(build(made, style).content) == []


def test_the_judge_of_pdf_a_is_listening():
    content = build(invoice(), PageStyle()).content
    with Pdf.open(BytesIO(content)) as pdf:
        del pdf.Root["/OutputIntents"]
        buffer = BytesIO()
        pdf.save(buffer, fix_metadata_version=False)

    assert violations(buffer.getvalue())


def test_the_xml_is_embedded_as_the_standard_asks():
    document = build(invoice(), PageStyle())
    with Pdf.open(BytesIO(document.content)) as pdf:
        (specification,) = pdf.Root.AF
        (name, named) = pdf.Root.Names.EmbeddedFiles.Names
        stream = specification.EF.F
        assert str(name) == str(specification.F) == str(specification.UF) == "factur-x.xml"
        assert named.objgen == specification.objgen
        assert specification.AFRelationship == Name.Data
        assert stream.Subtype == Name("/text/xml")
        assert stream.read_bytes() == document.xml
        assert bytes(stream.Params.CheckSum) == hashlib.md5(document.xml, usedforsecurity=False).digest()
        assert stream.Params.Size == len(document.xml)
        assert str(stream.Params.ModDate) == "D:20261105000000+00'00'"


def test_xmp_and_information_say_the_same():
    with Pdf.open(BytesIO(build(invoice(), PageStyle()).content)) as pdf:
        info = {key: str(value) for key, value in pdf.trailer.Info.items()}
        with pdf.open_metadata() as xmp:
            assert xmp["dc:title"] == info["/Title"] == "Facture F2026-0042"
            assert xmp["dc:creator"] == [info["/Author"]] == ["Atelier Numérique SAS"]
            assert xmp["dc:description"] == info["/Subject"]
            assert xmp["pdf:Producer"] == info["/Producer"]
            assert xmp["xmp:CreatorTool"] == info["/Creator"]
            assert xmp["xmp:CreateDate"] == xmp["xmp:ModifyDate"] == "2026-11-05T00:00:00+00:00"
            assert info["/CreationDate"] == info["/ModDate"] == "D:20261105000000+00'00'"
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "B")
            fx = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
            assert xmp[f"{fx}DocumentType"] == "INVOICE"
            assert xmp[f"{fx}DocumentFileName"] == "factur-x.xml"
            assert xmp[f"{fx}Version"] == "1.0"
            assert xmp[f"{fx}ConformanceLevel"] == "EN 16931"
        assert pdf.Root.Metadata.read_bytes().count(b"<pdfaExtension:schemas>") == 1


def test_an_ampersand_in_a_name_does_not_break_the_xmp():
    made = invoice()
    made = replace(made, seller=replace(made.seller, name="Dupont & Fils <Paris>"))
    with Pdf.open(BytesIO(build(made, PageStyle()).content)) as pdf, pdf.open_metadata() as xmp:
        assert xmp["dc:creator"] == ["Dupont & Fils <Paris>"]


def test_what_is_written_in_several_lines_is_in_one_in_both():
    seller = replace(invoice().seller, name=" Atelier\r\nNumérique\tSAS\n")
    content = build(invoice(seller=seller), PageStyle()).content
    with Pdf.open(BytesIO(content)) as pdf:
        assert str(pdf.docinfo.Author) == "Atelier Numérique SAS"
        assert "<rdf:li>Atelier Numérique SAS</rdf:li>" in pdf.Root.Metadata.read_bytes().decode()


def test_nothing_stands_before_the_header_or_after_the_end():
    content = build(invoice(), PageStyle()).content

    assert content.startswith(b"%PDF-1.7\n%")
    assert content.endswith(b"%%EOF\n")
    assert b"/Trans" not in content
    assert b"/Interpolate true" not in content


def test_only_our_fonts_are_there_and_embedded():
    with Pdf.open(BytesIO(build(invoice(), PageStyle()).content)) as pdf:
        fonts = [one for one in pdf.objects if isinstance(one, Dictionary) and one.get("/Type") == Name.Font]
        assert fonts
        assert all("/FontFile2" in font.FontDescriptor and "/ToUnicode" in font for font in fonts)


_SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from paper_invoices import two_rates
from test_facturx import logo
from pdp_bridge.document.assembly import build
from pdp_bridge.document.extraction import embedded
from pdp_bridge.model.page import PageStyle
print(build(two_rates(), PageStyle(logo=logo())).sha256)
"""


def test_the_same_invoice_has_the_same_sha_256_in_every_process():
    here = build(two_rates(), PageStyle(logo=logo())).sha256
    build(long_invoice(), PageStyle())  # what was drawn before leaves no trace

    assert build(two_rates(), PageStyle(logo=logo())).sha256 == here
    for seed in ("1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"}
        run = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(_HERE)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=_HERE.parents[1],
        )
        assert run.stdout.strip() == here


def test_threads_do_not_disturb_one_another():
    made = [two_rates(), invoice(title="Ελλάδα ✓"), long_invoice(12), credit_note()] * 3
    alone = [build(one, PageStyle()).sha256 for one in made]
    with ThreadPoolExecutor(4) as pool:
        together = [document.sha256 for document in pool.map(lambda one: build(one, PageStyle()), made)]

    assert together == alone


def test_another_amount_gives_another_file():
    assert build(invoice(), PageStyle()).sha256 != build(two_rates(), PageStyle()).sha256


def test_an_unknown_profile_has_no_conformance_level():
    with pytest.raises(DocumentError, match="PROFILE_UNKNOWN"):
        build(invoice(profile="urn:example:none"), PageStyle())


# Somebody else's file


def foreign(name: str, content: bytes = b"<a/>", **save) -> bytes:
    pdf = Pdf.new()
    pdf.add_blank_page()
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)
    buffer = BytesIO()
    pdf.save(buffer, **save)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "FACTUR-X.XML"]
)
def test_every_accepted_name_is_found(name):
    assert embedded(foreign(name)) == b"<a/>"


def test_a_file_only_associated_is_found():
    pdf = Pdf.new()
    pdf.add_blank_page()
    stream = pdf.make_stream(b"<b/>")
    pdf.Root.AF = pikepdf.Array(
        [pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String("factur-x.xml"), EF=Dictionary(F=stream)))]
    )
    buffer = BytesIO()
    pdf.save(buffer)

    assert embedded(buffer.getvalue()) == b"<b/>"


def test_factur_x_comes_before_other_names():
    pdf = Pdf.open(BytesIO(foreign("xrechnung.xml", b"<x/>")))
    pdf.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(pdf, b"<f/>", filename="factur-x.xml")
    buffer = BytesIO()
    pdf.save(buffer)

    assert embedded(buffer.getvalue()) == b"<f/>"


def test_a_pdf_without_invoice_says_so():
    with pytest.raises(DocumentError, match="XML_MISSING"):
        embedded(foreign("notes.xml"))


def test_a_password_is_named():
    locked = foreign("factur-x.xml", encryption=pikepdf.Encryption(owner="a", user="b"))

    with pytest.raises(DocumentError, match="password"):
        embedded(locked)


def test_a_file_that_unpacks_to_too_much_is_refused():
    bomb = foreign("factur-x.xml", b" " * (extraction.MAX_BYTES + 1))

    with pytest.raises(DocumentError, match="PDF_UNREADABLE"):
        embedded(bomb)


@pytest.mark.parametrize("part", [0.02, 0.2, 0.5, 0.9, 0.99])
def test_a_truncated_file_never_crashes(part):
    content = build(invoice(), PageStyle()).content
    with contextlib.suppress(DocumentError):
        assert embedded(content[: int(len(content) * part)]).startswith(b"<?xml")
