"""The readable page and the XML → one PDF/A-3B file, written in one go by reportlab.

ISO 19005-3, Factur-X 1.09. Nothing comes from the clock or from chance, so the same drawing, XML and invoice give the
same bytes. PDF/A itself is judged by `validation`, not here.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from functools import cache
from importlib import resources

from reportlab.pdfbase.pdfdoc import BasicFonts, PDFArray, PDFDictionary, PDFDocument

from pdp_bridge.document.notation import Notation, Stream, flate, string
from pdp_bridge.document.page import Drawn
from pdp_bridge.document.texts import headline
from pdp_bridge.document.xmp import XML_NAME, Metadata, packet
from pdp_bridge.model.invoice import Invoice

_VERSION = (1, 7)


def package(drawn: Drawn, xml: bytes, invoice: Invoice) -> bytes:
    """The Factur-X file: the drawn pages as PDF/A-3B with `xml` embedded as its data.

    Raises `DocumentError` (`PROFILE_UNKNOWN`).
    """
    metadata = Metadata(
        title=_line(f"{headline(invoice)} {invoice.number}"),
        author=_line(invoice.seller.name),
        subject=_line(f"{headline(invoice)} {invoice.number} · {invoice.seller.name} → {invoice.buyer.name}"),
        language=invoice.language,
        profile=invoice.profile,
        issue_date=invoice.issue_date,
    )
    document = PDFDocument(invariant=1, pdfVersion=_VERSION)
    document.Catalog = _catalog(document, xml, metadata)
    document.info = _information(metadata)
    document.Reference(document.Catalog)
    _add_pages(document, drawn)
    written: bytes = document.format()
    return written


def _line(text: str) -> str:
    """In one line without blanks around: XML does not keep line ends as they are, the information dictionary does."""
    return re.sub(r"[\t\r\n ]+", " ", text).strip()


def _add_pages(document: PDFDocument, drawn: Drawn) -> None:
    pages = document.Reference(document.Pages)
    fonts = document.idToObject[BasicFonts]  # where reportlab keeps them
    fonts.dict.update((name, subset.written()) for name, subset in drawn.fonts)
    pictures = PDFDictionary({name: picture.written() for name, picture in drawn.pictures})
    shared = document.Reference(Notation(b"", Font=document.Reference(fonts), XObject=pictures))
    box = b"/Type /Page /MediaBox [0 0 %.4f %.4f]" % drawn.size
    for content in drawn.contents:
        document.updateSignature(content)
        document.addPage(Notation(box, Parent=pages, Resources=shared, Contents=flate(_packed(content))))


def _catalog(document: PDFDocument, xml: bytes, metadata: Metadata) -> Notation:
    xmp = packet(metadata)
    document.updateSignature(xml)
    document.updateSignature(xmp)
    specification = _specification(xml, metadata)
    return Notation(
        b"/Type /Catalog /ViewerPreferences << /DisplayDocTitle true >>",
        Pages=document.Pages,
        Names=PDFDictionary({"EmbeddedFiles": PDFDictionary({"Names": PDFArray([string(XML_NAME), specification])})}),
        AF=PDFArray([specification]),
        Metadata=Stream(xmp, b"/Type /Metadata /Subtype /XML"),  # in the open, where readers of PDF/A look for it
        OutputIntents=PDFArray([Notation(_INTENT, DestOutputProfile=flate(_srgb(), b"/N 3"))]),
        Lang=string(metadata.language),
    )


_INTENT = (
    b"/Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1) "
    b"/RegistryName (http://www.color.org)"
)


def _specification(xml: bytes, metadata: Metadata) -> Notation:
    name, check = string(XML_NAME), hashlib.md5(xml, usedforsecurity=False).hexdigest().encode()
    about = b"/Params << /CheckSum <%b> /ModDate %b /Size %d >>" % (check, string(metadata.pdf_date), len(xml))
    file = flate(_packed(xml), b"/Type /EmbeddedFile /Subtype /text#2Fxml " + about)
    return Notation(
        b"/Type /Filespec /F %b /UF %b /Desc (Factur-X invoice) /AFRelationship /Data" % (name, name),
        EF=PDFDictionary({"F": file, "UF": file}),
    )


def _information(metadata: Metadata) -> Notation:
    made = string(metadata.pdf_date)
    return Notation(
        b"",
        Title=string(metadata.title),
        Author=string(metadata.author),
        Subject=string(metadata.subject),
        Creator=string(metadata.creator),
        Producer=string(metadata.producer),
        CreationDate=made,
        ModDate=made,
    )


def _packed(content: bytes) -> bytes:
    """At a third of the cost of the usual level, for 2 % more bytes in the file of an ordinary invoice."""
    return zlib.compress(content, 3)


@cache
def _srgb() -> bytes:
    """sRGB made by Little CMS (“No copyright, use freely”), its creation date frozen; packed."""
    return zlib.compress(resources.files(__package__).joinpath("srgb.icc").read_bytes(), 9)
