"""The layer on the file as a PDF: PDF/A-3 structure, metadata, the embedded XML, and the page against the XML.

ISO 19005-3:2012 level B and Factur-X 1.09. It knows the faults met in invoices and those that general validators do
not see; veraPDF remains the full judge of PDF/A.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import pikepdf

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.report import Finding, Layer, LayerName
from pdp_bridge.validation.page_text import page_findings
from pdp_bridge.validation.pdf_attachment import attachment_findings
from pdp_bridge.validation.pdf_metadata import metadata_findings
from pdp_bridge.validation.pdf_structure import BYTES_RULES, PDF_RULES, without_stream
from pdp_bridge.validation.pdf_walk import Opened, opened
from pdp_bridge.validation.wording import error

RULE_SET = "pdp-bridge-pdfa-1"
"""Edition of the rules of this layer: a new number when a verdict can change."""

_BROKEN = (
    pikepdf.PdfError,
    pikepdf.DataDecodingError,
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What pikepdf raises, depending on where a file stops being what it should be."""


def check(document: Document) -> Layer:
    """The layer `pdfa`; not run on a bare XML."""
    if document.media_type is not MediaType.FACTUR_X:
        return Layer.not_run(LayerName.PDFA, RULE_SET, "the document is not a PDF", "le document n’est pas un PDF")
    found = [finding for rule in BYTES_RULES for finding in rule(document.content)]
    try:
        with opened(document.content) as pdf:
            found.extend(_findings(pdf, document))
    except pikepdf.PasswordError:
        found.append(_locked())
    except _BROKEN as problem:
        found.append(_unreadable(problem))
    return Layer.judged(LayerName.PDFA, RULE_SET, tuple(found))


def _findings(pdf: Opened, document: Document) -> Iterator[Finding]:
    for rule in PDF_RULES:
        yield from rule(pdf)
    yield from metadata_findings(pdf, document)
    yield from attachment_findings(pdf, document)
    if document.invoice is not None:
        yield from page_findings(document.invoice, document.content, pdf.text())


def _locked() -> Finding:
    return error(
        "PDF_ENCRYPTED",
        "The PDF is protected by a password: an invoice that travels must be readable by all.",
        "Le PDF est protégé par un mot de passe : une facture qui circule doit pouvoir être lue par tous.",
    )


def _unreadable(problem: BaseException) -> Finding:
    return error(
        "PDF_DAMAGED",
        "The PDF cannot be read as it stands: make it again from the invoice.",
        "Le PDF est illisible en l’état : refaites-le à partir de la facture.",
        value=without_stream(problem),
    )
