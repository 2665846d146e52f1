"""VAT that a source rounds line by line: refused, unless the operator says that this is how it works."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pdp_bridge.document.assembly import build
from pdp_bridge.model.money import amount
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.report import Severity
from pdp_bridge.testing import sample_invoice
from pdp_bridge.validation.judge import judge


def of_twenty_lines(vat):
    """Twenty lines of 0.33 at 20 %: 1.32 of VAT at once, 1.40 when each line is rounded to 0.07."""
    sample = sample_invoice()
    net, with_vat = amount("6.60"), amount(Decimal("6.60") + Decimal(vat))
    lines = tuple(
        replace(sample.lines[0], id=str(n), quantity=Decimal(1), unit_price=Decimal("0.33"), net=amount("0.33"))
        for n in range(1, 21)
    )
    totals = replace(
        sample.totals,
        lines_total=net,
        total_without_vat=net,
        vat_total=amount(vat),
        total_with_vat=with_vat,
        due=with_vat,
    )
    group = replace(sample.vat_breakdown[0], base=net, tax=amount(vat))
    return build(replace(sample, lines=lines, vat_breakdown=(group,), totals=totals), PageStyle())


def test_vat_rounded_line_by_line_is_an_error_unless_chosen():
    document = of_twenty_lines("1.40")
    assert [finding.rule for finding in judge(document).errors] == ["BR-CO-17"]
    report = judge(document, vat_by_line=True)
    assert report.sendable
    assert [(f.rule, f.severity) for f in report.findings] == [("BR-CO-17", Severity.WARNING)]


@pytest.mark.parametrize("vat", ["1.44", "1.20"])
def test_more_than_half_a_cent_a_line_is_no_rounding(vat):
    assert not judge(of_twenty_lines(vat), vat_by_line=True).sendable


def test_nothing_else_is_let_pass():
    sample = sample_invoice()
    wrong = replace(sample, totals=replace(sample.totals, due=amount("1.00")))
    assert {finding.rule for finding in judge(build(wrong, PageStyle()), vat_by_line=True).errors} >= {"BR-CO-16"}
