"""Arithmetic on random invoices: what adds up passes, one cent anywhere does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import AllowanceCharge, Invoice, Line, Party, Totals, VatBreakdown
from pdp_bridge.model.money import ZERO, Amount, minus, product, rounded, total, vat_on
from pdp_bridge.model.report import Severity, Verdict
from pdp_bridge.validation import arithmetic
from pdp_bridge.validation.arithmetic import RULES, rules_for

CENT = Amount(Decimal("0.01"))
RATES = [Decimal(rate) for rate in ("20", "10.0", "5.50", "2.1")]
QUANTITIES = st.decimals(min_value="-100", max_value="1000", places=4)
PRICES = st.decimals(min_value="0", max_value="5000", places=6)
AMOUNTS = st.decimals(min_value="0.01", max_value="50", places=2).map(Amount)


def line(number: int, quantity: Decimal, price: Decimal, rate: Decimal, base_quantity: Decimal | None) -> Line:
    exact = product(quantity, price) / (base_quantity or 1)
    return Line(
        id=str(number),
        name="x",
        quantity=quantity,
        unit="C62",
        unit_price=price,
        net=rounded(exact),
        rate=rate,
        base_quantity=base_quantity,
    )


def closed(lines: list[Line], allowances: list[AllowanceCharge], paid: Amount | None) -> Invoice:
    """An invoice that adds up, by the book (EN 16931-1, 6.4)."""
    bases: dict[Decimal, Amount] = {}
    for item in lines:
        bases[item.rate] = total((bases.get(item.rate, ZERO), item.net))
    for item in allowances:
        change = item.amount if item.charge else minus(ZERO, item.amount)
        bases[item.rate] = total((bases.get(item.rate, ZERO), change))
    breakdown = tuple(VatBreakdown(category="S", rate=r, base=b, tax=vat_on(b, r)) for r, b in bases.items())
    without, tax = total(bases.values()), total(vat.tax for vat in breakdown)
    grand = total((without, tax))
    return Invoice(
        number="F1",
        issue_date=None,
        type="380",
        currency="EUR",
        seller=Party(name="A"),
        buyer=Party(name="B"),
        lines=tuple(lines),
        vat_breakdown=breakdown,
        allowances=tuple(allowances),
        framework="S1",
        totals=Totals(
            lines_total=total(item.net for item in lines),
            allowances_total=total(item.amount for item in allowances if not item.charge),
            charges_total=total(item.amount for item in allowances if item.charge),
            total_without_vat=without,
            vat_total=tax,
            total_with_vat=grand,
            paid=paid,
            due=minus(grand, paid or ZERO),
        ),
    )


@st.composite
def invoices(draw) -> Invoice:
    drawn = draw(
        st.lists(
            st.tuples(QUANTITIES, PRICES, st.sampled_from(RATES), st.sampled_from([None, Decimal(100)])),
            min_size=1,
            max_size=8,
        )
    )
    lines = [line(number, *values) for number, values in enumerate(drawn, start=1)]
    allowances = [
        AllowanceCharge(charge=charge, amount=amount, rate=rate, reason="x")
        for charge, amount, rate in draw(
            st.lists(st.tuples(st.booleans(), AMOUNTS, st.sampled_from([item.rate for item in lines])), max_size=3)
        )
    ]
    return closed(lines, allowances, draw(st.sampled_from([None, ZERO])))


def findings(invoice: Invoice) -> list[str]:
    return [finding.rule for rule in RULES for finding in rule(invoice)]


@given(invoices())
def test_an_invoice_that_adds_up_passes(invoice):
    assert findings(invoice) == []


TOTALS = {
    "lines_total": {"BR-CO-10", "BR-CO-13"},
    "allowances_total": {"BR-CO-11", "BR-CO-13"},
    "charges_total": {"BR-CO-12", "BR-CO-13"},
    "total_without_vat": {"BR-CO-13", "BR-CO-15"},
    "vat_total": {"BR-CO-14", "BR-CO-15"},
    "total_with_vat": {"BR-CO-15", "BR-CO-16"},
    "due": {"BR-CO-16"},
}


@given(invoices(), st.sampled_from(sorted(TOTALS)), st.sampled_from([CENT, minus(ZERO, CENT)]))
def test_one_cent_in_any_total_is_seen_by_its_rules(invoice, field, cent):
    moved = replace(invoice.totals, **{field: total((getattr(invoice.totals, field), cent))})
    assert set(findings(replace(invoice, totals=moved))) == TOTALS[field]


@given(invoices(), st.data())
def test_one_cent_in_a_line_is_seen(invoice, data):
    index = data.draw(st.integers(0, len(invoice.lines) - 1))
    moved = replace(invoice.lines[index], net=total((invoice.lines[index].net, CENT)))
    lines = (*invoice.lines[:index], moved, *invoice.lines[index + 1 :])
    assert {"BR-CO-10", "ARITHMETIC_VAT_BASE"} <= set(findings(replace(invoice, lines=lines)))


@given(invoices())
def test_one_cent_of_vat_is_a_warning_when_the_totals_follow_and_an_error_when_not(invoice):
    first, *rest = invoice.vat_breakdown
    vat = (replace(first, tax=total((first.tax, CENT))), *rest)
    assert "BR-CO-17" in findings(replace(invoice, vat_breakdown=vat))
    tax = total((invoice.totals.vat_total, CENT))
    grand = total((invoice.totals.total_with_vat, CENT))
    totals = replace(invoice.totals, vat_total=tax, total_with_vat=grand, due=total((invoice.totals.due, CENT)))
    following = replace(invoice, vat_breakdown=vat, totals=totals)
    told = [finding for rule in RULES for finding in rule(following)]
    assert [(f.rule, f.severity) for f in told] == [("VAT_ROUNDED_OTHERWISE", Severity.WARNING)]


def test_a_line_may_be_up_to_a_cent_beside_the_product_but_not_a_whole_one():
    exact = Decimal("10.005")
    for net, fires in (("10.00", False), ("10.01", False), ("10.02", True), ("9.99", True)):
        item = replace(line(1, Decimal(3), Decimal("3.335"), RATES[0], None), net=Amount(Decimal(net)))
        assert abs(exact - Decimal(net)) < 1
        assert bool(list(arithmetic.arithmetic_line_net(closed([item], [], None)))) is fires


def test_twenty_and_twenty_point_zero_are_one_rate():
    lines = [line(1, Decimal(1), Decimal(100), Decimal("20.0"), None)]
    invoice = closed(lines, [], None)
    renamed = replace(invoice.vat_breakdown[0], rate=Decimal("2E+1"))
    assert findings(replace(invoice, vat_breakdown=(renamed,))) == []


def test_paid_may_equal_the_total_and_a_negative_total_is_not_overpaid_by_nothing():
    invoice = closed([line(1, Decimal(1), Decimal(100), RATES[0], None)], [], None)
    paid = replace(invoice.totals, paid=invoice.totals.total_with_vat, due=ZERO)
    assert findings(replace(invoice, totals=paid)) == []
    assert findings(closed([line(1, Decimal(-1), Decimal(100), RATES[0], None)], [], ZERO)) == []


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("urn:factur-x.eu:1p0:minimum", {"br_co_15"}),
        (
            "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
            {"br_co_14", "vat_currency_same", "zero_sum_refused"},
        ),
        ("urn:cen.eu:en16931:2017", {rule.__name__ for rule in RULES}),
    ],
)
def test_a_profile_is_judged_by_the_terms_it_has(profile, expected):
    assert {rule.__name__ for rule in rules_for(profile)} == expected


def test_basic_wl_has_no_lines_to_judge():
    names = {rule.__name__ for rule in rules_for("urn:factur-x.eu:1p0:basicwl")}
    assert "br_co_15" in names
    assert not names & {"br_co_10", "arithmetic_line_net", "arithmetic_vat_base"}


def test_an_unread_message_is_not_run():
    layer = arithmetic.check(Document(content=b"", xml=b"", media_type=MediaType.CII, problem="no invoice"))
    assert (layer.verdict, layer.reason) == (Verdict.NOT_RUN, "no invoice")
