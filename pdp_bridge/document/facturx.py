"""The readable page and the XML → one PDF/A-3B file, and the XML back out of anybody's.

ISO 19005-3, Factur-X 1.09. pikepdf writes the structure; nothing comes from the clock or from chance, so the same page,
XML and invoice give the same bytes. PDF/A itself is judged by `validation`, not here.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from pdp_bridge.document.fields import refusal
from pdp_bridge.document.reading import MAX_BYTES
from pdp_bridge.document.texts import headline
from pdp_bridge.document.xmp import XML_NAME, Metadata, packet
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.invoice import Invoice

ACCEPTED_NAMES = (XML_NAME, "zugferd-invoice.xml", "xrechnung.xml")
"""Names under which the XML of an invoice may be embedded, compared without case; the first found is read."""

_SUBTYPE = Name("/text/xml")
_BROKEN = (
    pikepdf.PdfError,
    pikepdf.PasswordError,
    pikepdf.DataDecodingError,
    AttributeError,
    KeyError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What pikepdf raises on files whose structure is not what it should be."""


def package(page: bytes, xml: bytes, invoice: Invoice) -> bytes:
    """The Factur-X file: `page` as PDF/A-3B with `xml` embedded as its data.

    Raises `DocumentError` (`PROFILE_UNKNOWN`).
    """
    metadata = Metadata(
        title=f"{headline(invoice)} {invoice.number}",
        author=invoice.seller.name,
        subject=f"{headline(invoice)} {invoice.number} · {invoice.seller.name} → {invoice.buyer.name}",
        language=invoice.language,
        profile=invoice.profile,
        issue_date=invoice.issue_date,
    )
    with Pdf.open(BytesIO(page)) as pdf:
        for sheet in pdf.pages:
            if "/Trans" in sheet:
                del sheet["/Trans"]  # reportlab writes an empty transition
            _pack(sheet)
        _embed(pdf, xml, metadata)
        _describe(pdf, metadata)
        buffer = BytesIO()
        pdf.save(
            buffer,
            min_version="1.7",
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=False,  # each is packed already, but the XMP, which PDF/A readers look for in the open
        )
    return buffer.getvalue()


def _pack(sheet: pikepdf.Page) -> None:
    """Pack the content by Flate, and take the images out of the ASCII that reportlab puts them in."""
    content = sheet.obj["/Contents"]
    if "/Filter" not in content:
        content.write(zlib.compress(content.read_raw_bytes()), filter=Name.FlateDecode)
    for image in sheet.resources.get("/XObject", Dictionary()).values():
        packing = image.get("/Filter")
        if isinstance(packing, Array) and len(packing) > 1 and packing[0] == Name.ASCII85Decode:
            image.write(base64.a85decode(image.read_raw_bytes(), adobe=True), filter=Name(str(packing[1])))


def _embed(pdf: Pdf, xml: bytes, metadata: Metadata) -> None:
    stream = pdf.make_stream(b"")
    stream.write(zlib.compress(xml), filter=Name.FlateDecode)
    stream["/Type"] = Name.EmbeddedFile
    stream["/Subtype"] = _SUBTYPE
    stream["/Params"] = Dictionary(
        CheckSum=String(hashlib.md5(xml, usedforsecurity=False).digest()),
        ModDate=String(metadata.pdf_date),
        Size=len(xml),
    )
    specification = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(XML_NAME),
            UF=String(XML_NAME),
            Desc=String("Factur-X invoice"),
            AFRelationship=Name.Data,
            EF=Dictionary(F=stream, UF=stream),
        )
    )
    root = pdf.Root
    root["/Names"] = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String(XML_NAME), specification])))
    root["/AF"] = Array([specification])


def _describe(pdf: Pdf, metadata: Metadata) -> None:
    xmp = pdf.make_stream(packet(metadata))
    xmp["/Type"] = Name.Metadata
    xmp["/Subtype"] = Name.XML
    profile = pdf.make_stream(b"")
    profile.write(_srgb(), filter=Name.FlateDecode)
    profile["/N"] = 3
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
        Info=String("sRGB IEC61966-2.1"),
        RegistryName=String("http://www.color.org"),
        DestOutputProfile=profile,
    )
    root = pdf.Root
    for key in ("/PageMode", "/Outlines"):
        if key in root:
            del root[key]
    root["/Metadata"] = xmp
    root["/OutputIntents"] = Array([intent])
    root["/Lang"] = String(metadata.language)
    root["/ViewerPreferences"] = Dictionary(DisplayDocTitle=True)
    pdf.trailer["/Info"] = pdf.make_indirect(
        Dictionary(
            Title=String(metadata.title),
            Author=String(metadata.author),
            Subject=String(metadata.subject),
            Creator=String(metadata.creator),
            Producer=String(metadata.producer),
            CreationDate=String(metadata.pdf_date),
            ModDate=String(metadata.pdf_date),
        )
    )


@cache
def _srgb() -> bytes:
    """sRGB made by Little CMS (“No copyright, use freely”), its creation date frozen; packed."""
    return zlib.compress(resources.files(__package__).joinpath("srgb.icc").read_bytes(), 9)


def embedded(pdf: bytes) -> bytes:
    """The XML of the invoice inside a PDF made by anybody, under any accepted name.

    Raises `DocumentError`: `PDF_UNREADABLE` (damaged, encrypted), `XML_MISSING` (no invoice inside).
    """
    try:
        with Pdf.open(BytesIO(pdf)) as opened:
            found = {name.lower(): stream for name, stream in reversed(list(_files(opened)))}
            for name in ACCEPTED_NAMES:
                if name in found:
                    return _bytes(found[name])
    except pikepdf.PasswordError as error:
        raise _unreadable("it is protected by a password", "il est protégé par un mot de passe") from error
    except _BROKEN as error:
        raise _unreadable("it is damaged or not a PDF", "il est endommagé ou n’est pas un PDF") from error
    raise refusal(
        "XML_MISSING",
        f"Reading the PDF: no invoice is embedded in it (no file named {', '.join(ACCEPTED_NAMES)}).",
        f"Lecture du PDF : aucune facture n’y est jointe (aucun fichier nommé {', '.join(ACCEPTED_NAMES)}).",
    )


def _files(pdf: Pdf) -> Iterator[tuple[str, pikepdf.Object]]:
    """Name and stream of each embedded file: those of the name tree, then those only associated (/AF)."""
    specifications: list[pikepdf.Object] = [attached.obj for attached in pdf.attachments.values()]
    specifications += list(pdf.Root.get("/AF", Array()))
    for specification in specifications:
        names = [str(specification[key]) for key in ("/UF", "/F") if key in specification]
        files = specification.get("/EF", Dictionary())
        streams = [files[key] for key in ("/UF", "/F") if key in files]
        if names and streams:
            yield names[0], streams[0]


def _bytes(stream: pikepdf.Object) -> bytes:
    """The content, of bounded size: a small file may unpack to gigabytes."""
    if stream.get("/Filter") == Name.FlateDecode and "/DecodeParms" not in stream:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(stream.read_raw_bytes(), MAX_BYTES + 1)
    else:
        content = bytes(stream.read_bytes())
    if len(content) > MAX_BYTES:
        raise _unreadable(
            f"the embedded XML has more than {MAX_BYTES} bytes", f"le XML joint dépasse {MAX_BYTES} octets"
        )
    return content


def _unreadable(why: str, why_fr: str) -> DocumentError:
    return refusal(
        "PDF_UNREADABLE",
        f"Reading the PDF: {why}. Ask whoever made it for a sound one.",
        f"Lecture du PDF : {why_fr}. Demandez-en un bon à qui l’a fait.",
    )
