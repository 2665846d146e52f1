"""Sums that the official files get wrong: see `model.binary_sums` for what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from pdp_bridge.model.binary_sums import refused_zeros
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.report import Finding


def zero_sum_refused(invoice: Invoice) -> Iterator[Finding]:
    """VAT amounts, or allowances, that cancel out to 0.00 do not come out below zero when they are added in binary.

    Ours, on BR-CO-14 and BR-CO-11: the official file refuses such a total although it is right, and so does every
    platform that runs it.
    """
    yield from refused_zeros(invoice.vat_breakdown, invoice.allowances, rule="ZERO_SUM_REFUSED")
