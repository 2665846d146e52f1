"""Totals computed from lines: BR-CO-10 to BR-CO-17, for code that builds the model itself."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pdp_bridge.model.invoice import AllowanceCharge, Line
from pdp_bridge.model.money import amount
from pdp_bridge.model.totals import Reason, compute

D = Decimal


def line(net, rate="20", category="S"):
    return Line(
        id="1",
        name="Étude",
        quantity=D(1),
        unit="C62",
        unit_price=abs(D(net)),
        net=amount(net),
        category=category,
        rate=None if rate is None else D(rate),
    )


def test_groups_come_highest_rate_first_with_their_reasons():
    reasons = {"E": Reason(text="Débours, art. 267 II 2° du CGI", code="VATEX-EU-79-C")}
    groups, totals = compute(
        [line("10", "0", "E"), line("20", "5.5"), line("30.03"), line("5", "5.5")], reasons=reasons
    )
    assert [(g.category, g.rate, g.base, g.tax) for g in groups] == [
        ("S", D("20"), D("30.03"), D("6.01")),
        ("S", D("5.5"), D("25.00"), D("1.38")),
        ("E", D("0"), D("10.00"), D("0.00")),
    ]
    assert groups[2].exemption_code == "VATEX-EU-79-C"
    assert groups[2].exemption_text == "Débours, art. 267 II 2° du CGI"
    assert groups[0].exemption_text is None
    assert (totals.total_without_vat, totals.vat_total, totals.total_with_vat) == (D("65.03"), D("7.39"), D("72.42"))


def test_rates_that_are_equal_are_one_group():
    groups, _ = compute([line("10", "20"), line("10", "20.00")])
    assert len(groups) == 1
    assert groups[0].base == D("20.00")


def test_allowances_and_charges_move_their_own_group():
    allowance = AllowanceCharge(charge=False, amount=amount("10"), rate=D(20), reason="Remise")
    charge = AllowanceCharge(charge=True, amount=amount("4"), rate=D("5.5"), reason="Port")
    groups, totals = compute([line("100"), line("50", "5.5")], [allowance, charge])
    assert [g.base for g in groups] == [D("90.00"), D("54.00")]
    assert (totals.lines_total, totals.allowances_total, totals.charges_total) == (D("150.00"), D("10.00"), D("4.00"))
    assert totals.total_without_vat == D("144.00")


def test_absent_sums_are_absent():
    _, totals = compute([line("100")])
    assert (totals.allowances_total, totals.charges_total, totals.paid, totals.rounding) == (None, None, None, None)


def test_paid_and_rounding_make_the_due_amount():
    _, totals = compute([line("100")], paid=amount("50"), rounding=amount("-0.02"))
    assert (totals.paid, totals.rounding, totals.due) == (D("50.00"), D("-0.02"), D("69.98"))


def test_outside_the_scope_has_no_rate():
    groups, totals = compute([line("100", None, "O")], reasons={"O": Reason(text="Hors champ", code="VATEX-EU-O")})
    assert (groups[0].category, groups[0].rate, groups[0].tax) == ("O", None, D("0.00"))
    assert totals.total_with_vat == D("100.00")


nets = st.decimals("-9999999.99", "9999999.99", places=2)
rates = st.sampled_from(["20", "10", "5.5", "2.1"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(nets, rates), min_size=1, max_size=30),
    st.lists(st.tuples(st.decimals("0.01", "999.99", places=2), rates, st.booleans()), max_size=5),
    nets,
)
def test_every_rule_holds_exactly(line_values, extras, paid):
    lines = [line(net, rate) for net, rate in line_values]
    allowances = [AllowanceCharge(charge=c, amount=amount(a), rate=D(r)) for a, r, c in extras]
    groups, totals = compute(lines, allowances, paid=amount(paid))
    allowed = sum((a.amount for a in allowances if not a.charge), start=D(0))
    charged = sum((a.amount for a in allowances if a.charge), start=D(0))
    assert totals.lines_total == sum(one.net for one in lines)
    assert totals.total_without_vat == totals.lines_total - allowed + charged
    assert totals.total_without_vat == sum(g.base for g in groups)
    assert totals.vat_total == sum(g.tax for g in groups)
    assert totals.total_with_vat == totals.total_without_vat + totals.vat_total
    assert totals.due == totals.total_with_vat - paid
    for group in groups:
        assert group.tax == (group.base * group.rate / 100).quantize(D("0.01"), rounding=ROUND_HALF_UP)
