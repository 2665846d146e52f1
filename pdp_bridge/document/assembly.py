"""Invoice → Document, and any file → Document: write, draw, package, then read back what was written."""

from __future__ import annotations

from pdp_bridge.document import cii
from pdp_bridge.document.comparison import differences
from pdp_bridge.document.extraction import embedded
from pdp_bridge.document.fields import refusal
from pdp_bridge.document.reader import read
from pdp_bridge.document.rereading import embedded_as_written
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.page import PageStyle
from pdp_bridge.together import Steps, alone

_PDF_MARK = b"%PDF-"
_MARK_WITHIN = 1024
"""Readers accept a PDF whose header starts in the first kilobyte."""


def build(invoice: Invoice, style: PageStyle) -> Document:
    """The Factur-X document of an invoice; `Document.invoice` is what its XML says.

    Raises `DocumentError`: `CHARACTER_ILLEGAL`, `GLYPH_MISSING`, `LOGO_UNREADABLE`, `PROFILE_UNKNOWN`, or
    `READ_BACK_DIFFERS` when the XML does not say what was meant.
    """
    return alone(building(invoice, style))


def building(invoice: Invoice, style: PageStyle) -> Steps[Document]:
    """As `build`, in steps."""
    from pdp_bridge.document import facturx, page  # noqa: PLC0415 - who only judges a file draws none, and starts faster

    xml = cii.write(invoice)
    yield
    drawn = page.draw(invoice, style)
    yield
    content = facturx.package(drawn, xml, invoice)
    yield
    read_back = embedded_as_written(content)
    said = read(embedded(content) if read_back is None else read_back)
    altered = next(differences(invoice, said), None)
    if altered is not None:
        raise refusal(
            "READ_BACK_DIFFERS",
            f"Writing invoice {invoice.number}: the XML does not say what was meant; make it again, and report "
            f"it if it stays. {altered}",
            f"Écriture de la facture {invoice.number} : le XML ne dit pas ce qui était voulu ; refaites-le, et "
            f"signalez-le si cela persiste. {altered}",
            value=altered,
        )
    return Document(content=content, xml=xml, media_type=MediaType.FACTUR_X, invoice=said)


def opened(data: bytes) -> Document:
    """The document in a file made by anybody. Never raises: what cannot be read is told in `Document.problem`."""
    if _PDF_MARK not in data[:_MARK_WITHIN]:
        return _stated(data, data, MediaType.CII)
    try:
        xml = embedded(data)
    except DocumentError as error:
        return _unread(data, b"", MediaType.FACTUR_X, error)
    return _stated(data, xml, MediaType.FACTUR_X)


def _stated(content: bytes, xml: bytes, media_type: MediaType) -> Document:
    try:
        return Document(content=content, xml=xml, media_type=media_type, invoice=read(xml))
    except DocumentError as error:
        return _unread(content, xml, media_type, error)


def _unread(content: bytes, xml: bytes, media_type: MediaType, error: DocumentError) -> Document:
    said = error.finding
    return Document(content=content, xml=xml, media_type=media_type, problem=said.message, problem_fr=said.message_fr)
