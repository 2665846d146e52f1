"""The lines that a user writes from the README of factur-x and the guide of reportlab; the XML is given to them.

The page is made of platypus paragraphs and a table, in the TrueType fonts that come with reportlab (PDF/A wants fonts
embedded). factur-x 7.8 leaves the schematron to a server and passes a file when none answers; its earlier versions ran
saxonche in process, a new processor for each file, which is what the naive line does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO

from facturx import generate_from_binary
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table
from saxonche import PySaxonProcessor

from pdp_bridge.model.invoice import Invoice
from pdp_bridge.validation.rulesets import BR_FR, for_profile, rule_sets

Rival = Callable[[Invoice, bytes], bytes]
_FAILED = re.compile("<svrl:(?:failed-assert|successful-report)[^>]*>")
_WARNS = re.compile("(?:flag|role)=.(?:warning|information)", re.IGNORECASE)


def unvalidated(invoice: Invoice, xml: bytes) -> bytes:
    """The README's line with every check off."""
    return generate_from_binary(page(invoice), xml, check_xsd=False)


def naive(invoice: Invoice, xml: bytes) -> bytes:
    """The README's line, then both official schematrons, compiled for this file."""
    made = generate_from_binary(page(invoice), xml, check_xsd=True)
    with PySaxonProcessor(license=False) as saxon:
        for stylesheet in stylesheets(invoice.profile):
            _require_nothing_failed(
                saxon.new_xslt30_processor()
                .compile_stylesheet(stylesheet_file=stylesheet)
                .transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml.decode()))
            )
    return made


def careful(invoice: Invoice, xml: bytes) -> bytes:
    """The same checks, every stylesheet compiled once, and factur-x told what it would find out."""
    made = generate_from_binary(
        page(invoice), xml, flavor="factur-x", level="en16931", check_xsd=True, lang="fr-FR", pdf_metadata=METADATA
    )
    saxon, compiled = _compiled(invoice.profile)
    message = saxon.parse_xml(xml_text=xml.decode())
    for stylesheet in compiled:
        _require_nothing_failed(stylesheet.transform_to_string(xdm_node=message))
    return made


METADATA = {"author": "Atelier", "keywords": "Factur-X", "title": "Facture", "subject": "Facture"}


def stylesheets(profile: str) -> list[str]:
    """The official files of the profile and of France."""
    rules = for_profile(profile)
    return [str(one.schematron) for one in (rules, rule_sets()[BR_FR]) if one is not None]


@cache
def _compiled(profile: str) -> tuple[PySaxonProcessor, list[object]]:
    saxon = PySaxonProcessor(license=False)
    compiler = saxon.new_xslt30_processor()
    return saxon, [compiler.compile_stylesheet(stylesheet_file=one) for one in stylesheets(profile)]


def _require_nothing_failed(report: str) -> None:
    broken = [found for found in _FAILED.findall(report) if not _WARNS.search(found)]
    if broken or "<svrl:fired-rule" not in report:
        raise AssertionError(f"not valid, so the comparison would mean nothing: {broken}")


# The page


@cache
def _styles() -> tuple[ParagraphStyle, ParagraphStyle]:
    for name, file in (("Vera", "Vera.ttf"), ("VeraBd", "VeraBd.ttf")):
        pdfmetrics.registerFont(TTFont(name, file))
    return ParagraphStyle("body", fontName="Vera", fontSize=9), ParagraphStyle("title", fontName="VeraBd", fontSize=18)


def page(invoice: Invoice) -> bytes:
    """What the page of ours says, as platypus lays it out; no code to scan."""
    body, title = _styles()
    buffer = BytesIO()
    story = [Paragraph(f"Facture {invoice.number}", title), Spacer(1, 12)]
    for party in (invoice.seller, invoice.buyer):
        story += [Paragraph(text, body) for text in (party.name, *party.address.lines, party.address.city or "")]
        story += [Paragraph(f"SIREN {party.siren} · TVA {party.vat_number}", body), Spacer(1, 8)]
    story += [Paragraph(f"Émise le {invoice.issue_date:%d/%m/%Y}, échéance {invoice.due_date:%d/%m/%Y}", body)]
    head = ["Désignation", "Quantité", "Prix unitaire", "TVA", "Montant"]
    rows = [
        [line.name, f"{line.quantity} h", f"{line.unit_price} €", f"{line.rate} %", f"{line.net} €"]
        for line in invoice.lines
    ]
    table = Table([[Paragraph(cell, body) for cell in row] for row in (head, *rows)], repeatRows=1)
    table.setStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey)])
    story += [Spacer(1, 12), table, Spacer(1, 12)]
    story += [Paragraph(f"Base {one.base} €, TVA {one.rate} % : {one.tax} €", body) for one in invoice.vat_breakdown]
    totals = invoice.totals
    for label, value in (
        ("Total HT", totals.total_without_vat),
        ("TTC", totals.total_with_vat),
        ("À payer", totals.due),
    ):
        story.append(Paragraph(f"{label} : {value} €", body))
    account = invoice.payment.account
    story += [Paragraph(text, body) for text in (f"IBAN {account.iban}", *(note.text for note in invoice.notes))]
    SimpleDocTemplate(buffer, pagesize=A4, initialFontName="Vera").build(story)
    return buffer.getvalue()
