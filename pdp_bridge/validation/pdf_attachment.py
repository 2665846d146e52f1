"""The files inside a Factur-X: one invoice XML, associated with the document as its data, whole.

ISO 19005-3:2012, 6.8 (embedded files), Factur-X 1.09 (name and relationship of the XML).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pikepdf import Array, Dictionary, Object, Stream

from pdp_bridge.model.document import Document
from pdp_bridge.model.report import Finding
from pdp_bridge.validation.parsing import CII_ROOT, UBL_ROOTS, NotXml, parsed
from pdp_bridge.validation.pdf_walk import Opened
from pdp_bridge.validation.wording import error, warning

XML_NAME = "factur-x.xml"
_OTHER_NAMES = frozenset({"zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "cida.xml"})
_RELATIONSHIPS = frozenset({"/Data", "/Source", "/Alternative"})
_XML_TYPES = frozenset({"/text/xml", "/application/xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One file specification of the PDF, with its stream and bytes; `stream` is None when it embeds nothing."""

    specification: Object
    name: str
    stream: Object | None
    content: bytes
    associated: bool  # listed in /AF of the document
    is_invoice: bool  # in XML


Rule = Callable[[Document, tuple[Attached, ...], tuple[Attached, ...]], Iterator[Finding]]


def attachment_findings(opened: Opened, document: Document) -> Iterator[Finding]:
    """Every finding on the embedded files."""
    everything = tuple(_attached(opened))
    invoices = tuple(attached for attached in everything if attached.is_invoice)
    for rule in RULES:
        yield from rule(document, everything, invoices)


def pdf_one_invoice(
    document: Document, _everything: tuple[Attached, ...], invoices: tuple[Attached, ...]
) -> Iterator[Finding]:
    """There is exactly one invoice XML, the one that was judged."""
    if len(invoices) != 1:
        names = ", ".join(attached.name for attached in invoices) or "none"
        yield error(
            "PDF_ONE_INVOICE",
            f"The PDF carries {len(invoices)} invoice XML files ({names}): it must carry exactly one."
            " Make the PDF again with `pdp-bridge render`.",
            f"Le PDF porte {len(invoices)} fichiers XML de facture ({names}) : il doit en porter un seul."
            " Refaites le PDF avec `pdp-bridge render`.",
            value=names,
        )
    elif invoices[0].content != document.xml:
        yield error(
            "PDF_ONE_INVOICE",
            "The XML inside the PDF is not the one that was judged: make the file again.",
            "Le XML contenu dans le PDF n’est pas celui qui a été examiné : refaites le fichier.",
        )


def pdf_attachment_name(
    _document: Document, _everything: tuple[Attached, ...], invoices: tuple[Attached, ...]
) -> Iterator[Finding]:
    """The XML is named factur-x.xml, in both names of its specification."""
    for attached in invoices:
        names = {str(attached.specification[key]) for key in ("/F", "/UF") if key in attached.specification}
        if names != {XML_NAME} or len(attached.specification.keys() & {"/F", "/UF"}) != 2:  # noqa: PLR2004
            yield error(
                "PDF_ATTACHMENT_NAME",
                f"The invoice XML is named {', '.join(sorted(names)) or '(nothing)'}: it must be {XML_NAME}, "
                "as F and as UF. Make the PDF again with `pdp-bridge render`.",
                f"Le XML de facture s’appelle {', '.join(sorted(names)) or '(rien)'} : il doit s’appeler {XML_NAME}, "
                "en F et en UF. Refaites le PDF avec `pdp-bridge render`.",
                value=attached.name,
            )


def pdf_relationship(
    _document: Document, _everything: tuple[Attached, ...], invoices: tuple[Attached, ...]
) -> Iterator[Finding]:
    """The XML is the data of the document (AFRelationship); a source or an alternative is told.

    Factur-X 1.09 recommends Data for EN 16931 and below; the platform refuses a file without relationship.
    """
    for attached in invoices:
        relationship = str(attached.specification.get("/AFRelationship", "(none)"))
        if relationship not in _RELATIONSHIPS:
            yield error(
                "PDF_RELATIONSHIP",
                f"The invoice XML is attached as {relationship.removeprefix('/')}: it must be Data."
                " Make the PDF again with `pdp-bridge render`.",
                f"Le XML de facture est joint comme {relationship.removeprefix('/')} : ce doit être Data."
                " Refaites le PDF avec `pdp-bridge render`.",
                value=relationship,
            )
        elif relationship != "/Data":
            yield warning(
                "PDF_RELATIONSHIP_UNUSUAL",
                f"The invoice XML is attached as {relationship.removeprefix('/')}: Data is what France uses."
                " Make the PDF again with `pdp-bridge render`.",
                f"Le XML de facture est joint comme {relationship.removeprefix('/')} : l’usage en France est Data."
                " Refaites le PDF avec `pdp-bridge render`.",
                value=relationship,
            )


def pdf_associated(
    _document: Document, everything: tuple[Attached, ...], _invoices: tuple[Attached, ...]
) -> Iterator[Finding]:
    """Every embedded file is associated with the document (AF of the catalogue) and says how."""
    for attached in everything:
        if not attached.associated or "/AFRelationship" not in attached.specification:
            yield error(
                "PDF_ASSOCIATED",
                f"The attachment {attached.name} is not associated with the document (AF): make the PDF again.",
                f"La pièce jointe {attached.name} n’est pas associée au document (AF) : refaites le PDF.",
                value=attached.name,
            )


def pdf_attachment_stream(
    _document: Document, everything: tuple[Attached, ...], _invoices: tuple[Attached, ...]
) -> Iterator[Finding]:
    """Every embedded file has its type and its date; the XML is of type text/xml."""
    for attached in everything:
        kind = str(attached.stream.get("/Subtype", "")) if attached.stream is not None else ""
        dated = attached.stream is not None and "/ModDate" in attached.stream.get("/Params", Dictionary())
        if not kind or not dated or (attached.is_invoice and kind not in _XML_TYPES):
            yield error(
                "PDF_ATTACHMENT_STREAM",
                f"The attachment {attached.name} lacks its type or its modification date: make the PDF again.",
                f"La pièce jointe {attached.name} n’a pas son type ou sa date de modification : refaites le PDF.",
                value=kind or attached.name,
            )


def pdf_checksum(
    _document: Document, everything: tuple[Attached, ...], _invoices: tuple[Attached, ...]
) -> Iterator[Finding]:
    """The size and MD5 checksum of every embedded file, when given, are those of its bytes."""
    for attached in everything:
        if attached.stream is None:
            continue
        params = attached.stream.get("/Params", Dictionary())
        digest = hashlib.md5(attached.content, usedforsecurity=False)
        stated = bytes(params.get("/CheckSum", digest.digest()))
        if stated.lower() == digest.hexdigest().encode():
            yield warning(
                "PDF_CHECKSUM_TEXT",
                f"The checksum of the attachment {attached.name} is right but written as text instead of 16 bytes."
                " Make the PDF again with `pdp-bridge render`.",
                f"L’empreinte de la pièce jointe {attached.name} est juste mais écrite en texte au lieu de 16 octets."
                " Refaites le PDF avec `pdp-bridge render`.",
                value=attached.name,
            )
        elif stated != digest.digest() or ("/Size" in params and params["/Size"] != len(attached.content)):
            yield error(
                "PDF_CHECKSUM",
                f"The size or checksum of the attachment {attached.name} is not that of its content: it was altered."
                " Make the PDF again with `pdp-bridge render`.",
                f"La taille ou l’empreinte de la pièce jointe {attached.name} n’est pas celle de son contenu : "
                "il a été modifié. Refaites le PDF avec `pdp-bridge render`.",
                value=attached.name,
            )


RULES: tuple[Rule, ...] = (
    pdf_one_invoice,
    pdf_attachment_name,
    pdf_relationship,
    pdf_associated,
    pdf_attachment_stream,
    pdf_checksum,
)


def _attached(opened: Opened) -> Iterator[Attached]:
    associated = list(opened.pdf.Root.get("/AF", Array()))
    marks = {item.objgen for item in associated if item.is_indirect}
    named = [found.obj for found in opened.pdf.attachments.values()]
    seen: set[tuple[int, int]] = set()
    for specification in (*named, *associated):
        if specification.is_indirect:
            if specification.objgen in seen:
                continue
            seen.add(specification.objgen)
        yield _read(opened, specification, associated=specification.objgen in marks or specification not in named)


def _read(opened: Opened, specification: Object, *, associated: bool) -> Attached:
    files = specification.get("/EF", Dictionary())
    stream = files.get("/UF", files.get("/F"))
    stream = stream if isinstance(stream, Stream) else None
    name = str(specification.get("/UF", specification.get("/F", "")))
    content = b"" if stream is None else opened.read(stream)
    return Attached(
        specification=specification,
        name=name,
        stream=stream,
        content=content,
        associated=associated,
        is_invoice=_is_invoice(name.lower(), content),
    )


def _is_invoice(name: str, content: bytes) -> bool:
    """Is it an invoice in XML, by its name, without capitals, or by its root element?"""
    if name == XML_NAME or name in _OTHER_NAMES:
        return True
    if not name.endswith(".xml"):
        return False
    try:
        return parsed(content).tag in {CII_ROOT, *UBL_ROOTS}
    except NotXml:
        return False
