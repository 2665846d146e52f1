"""What the sandbox's platform decides about a deposited file: the pipeline of Iopole, in its order.

File, then format and validation, then routing, then uniqueness. Reasons are Iopole's (OpenAPI of October 2026; two are
known from live use only). The validation is the real one of this package: a file is judged, never waved through.
Not here: UBL, which the real platform accepts and this one answers with `UNKNOWN_INVOICE_FORMAT`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.report import LayerName, Report, Severity, Verdict

Open = Callable[[bytes], Document]
Judge = Callable[[Document], Report]

_ANTIVIRUS_TEST = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_FILE_LAYERS = frozenset({LayerName.XSD, LayerName.PDFA})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The decision: `ISSUED`, `REJECTED` or `UNACCEPTABLE`, why, and the validation errors in Iopole's shape."""

    code: str
    reason: str | None = None
    message: str = ""
    errors: tuple[dict[str, Any], ...] = ()


ISSUED = Ruling(code="ISSUED")


def unacceptable(content: bytes, document: Document) -> Ruling | None:
    """What is wrong with the file itself, before anybody reads an invoice in it; None when nothing is."""
    if not content:
        return _unacceptable("EMPTY_FILE", "The file submitted is empty (0 bytes).")
    if _ANTIVIRUS_TEST in content:
        return _unacceptable("ANTIVIRUS_FAILURE", "The file submitted did not pass the antivirus check.")
    if content.startswith(b"%PDF-"):
        if not document.xml:
            return _unacceptable("UNKNOWN_INVOICE_FLAVOR", "No invoice was found in the PDF file.")
        return None
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _xml_problem(content)
    return _unacceptable("INVALID_FILE_TYPE", "The file submitted is neither a PDF nor an XML file.")


def validated(document: Document, judge: Judge) -> Ruling:
    """The verdict of every layer of validation on a file that is acceptable."""
    report = judge(document)
    if report.sendable:
        return ISSUED
    return Ruling(
        code="REJECTED",
        reason="VALIDATION_FAILURE",
        message="The document was rejected because it failed validation",
        errors=tuple(_errors(report)),
    )


def unroutable(address: str) -> Ruling:
    """Nobody is registered under this electronic address (`scheme:value`)."""
    message = f"No route found for given key (electronicAddress : {address})"
    return Ruling(code="REJECTED", reason="ROUTING_FAILURE", message=message)


def duplicated(number: str) -> Ruling:
    """The seller has already deposited an invoice of this number."""
    message = f"An invoice with the same identifier has already been submitted ({number})"
    return Ruling(code="REJECTED", reason="DUPLICATED_INVOICE", message=message)


def media_type(content: bytes) -> MediaType:
    """By content, as the platform does; the file name says nothing."""
    return MediaType.FACTUR_X if content.startswith(b"%PDF-") else MediaType.CII


def _unacceptable(reason: str, message: str) -> Ruling:
    return Ruling(code="UNACCEPTABLE", reason=reason, message=message)


def _xml_problem(content: bytes) -> Ruling | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        return _unacceptable("SYNTAX_ERROR", f"The file submitted is not well-formed XML: {error.msg}")
    if etree.QName(root).localname != "CrossIndustryInvoice":
        return _unacceptable("UNKNOWN_INVOICE_FORMAT", "The format of the file submitted is not recognised.")
    return None


def _errors(report: Report) -> list[dict[str, Any]]:
    """The findings that stopped the document, and the layers that gave no verdict, as `rejectionDetail.errors`."""
    errors = []
    for layer in report.layers:
        kind = "SCHEMA" if layer.name in _FILE_LAYERS else "BUSINESS"
        errors += [
            {
                "reason": kind,
                "message": f"[{finding.rule}]-{finding.message}",
                "rule": finding.rule,
                "location": finding.location or "NA",
            }
            for finding in layer.findings
            if finding.severity is Severity.ERROR
        ]
        if layer.verdict is Verdict.NOT_RUN:
            errors.append({"reason": kind, "message": layer.reason or "not run", "rule": layer.name, "location": "NA"})
    return errors
