"""What an operator may choose to let pass: VAT that the source rounds line by line (`policy.relaxed_rounding`).

The standard rounds once for each category (BR-CO-17). A source that rounds each line is off by at most half a cent a
line; its totals are legal facts and are kept. The difference is then told as a warning instead of stopping the invoice.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pdp_bridge.model.invoice import Invoice, VatBreakdown
from pdp_bridge.model.money import product, vat_on
from pdp_bridge.model.report import Layer, Severity

RULE = "BR-CO-17"
HALF_A_CENT, CENT = Decimal("0.005"), Decimal("0.01")


def vat_by_line(layer: Layer, invoice: Invoice | None) -> Layer:
    """The arithmetic layer, its BR-CO-17 errors turned into warnings when every gap is within half a cent a line."""
    if invoice is None or not all(_explained(vat, invoice) for vat in invoice.vat_breakdown):
        return layer
    findings = tuple(
        replace(finding, severity=Severity.WARNING) if finding.rule == RULE else finding for finding in layer.findings
    )
    return Layer.judged(layer.name, layer.rule_set, findings)


def _explained(vat: VatBreakdown, invoice: Invoice) -> bool:
    lines = sum((line.category, line.rate) == (vat.category, vat.rate) for line in invoice.lines)
    gap = vat.tax - vat_on(vat.base, vat.rate or Decimal(0))
    return abs(gap) <= product(HALF_A_CENT, Decimal(lines)) + CENT
