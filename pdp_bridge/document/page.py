"""Invoice → the readable page."""

from __future__ import annotations

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from pdp_bridge.document import fonts
from pdp_bridge.document.texts import headline
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.page import PageStyle


def draw(invoice: Invoice, style: PageStyle) -> bytes:
    """The page as PDF bytes."""
    fonts.ready()
    buffer = BytesIO()
    canvas = Canvas(buffer, initialFontName=fonts.REGULAR, invariant=1, pageCompression=1)
    canvas.setFillColor(style.accent)
    canvas.setFont(fonts.BOLD, 20)
    canvas.drawString(50, 780, f"{headline(invoice)} {invoice.number}")
    canvas.setFont(fonts.REGULAR, 10)
    canvas.drawString(50, 760, f"{invoice.issue_date} {invoice.totals.due}")
    canvas.save()
    return buffer.getvalue()
