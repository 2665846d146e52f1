"""One invoice without settings, journal or network: drawn, and judged.

Apart from `Bridge`, so that judging a file from the command line loads neither the settings nor the adapters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pdp_bridge.model.page import PageStyle

if TYPE_CHECKING:
    from pdp_bridge.model.invoice import Invoice
    from pdp_bridge.model.report import Report


def render(invoice: Invoice, style: PageStyle | None = None) -> bytes:
    """The invoice as a Factur-X PDF/A-3: same invoice, same bytes. Raises `DocumentError`."""
    from pdp_bridge.document.assembly import build

    return build(invoice, style or PageStyle()).content


def validate(data: bytes) -> Report:
    """Every layer of validation on a Factur-X PDF or a CII XML, whoever made it. Never raises for a bad file."""
    from pdp_bridge.document.assembly import opened
    from pdp_bridge.validation.judge import judge

    return judge(opened(data))
