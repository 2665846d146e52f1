"""Lines, VAT and totals: facturation-pro.md §3.6, §3.11, §4 and the numbered situations of §6.4."""

from __future__ import annotations

from decimal import Decimal

import pytest
from bills import customer, item, mapped, row, stopped, warned
from effort import calls
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pdp_bridge.model.invoice import Row, RowKind
from pdp_bridge.model.money import ZERO, total


def rates(invoice):
    return [(group.category, str(group.rate)) for group in invoice.vat_breakdown]


def test_case_082_negative_unit_price():
    invoice = mapped(item("500.0"), item("-120.5"))
    line = invoice.lines[1]
    assert (str(line.quantity), str(line.unit_price), str(line.net)) == ("-1", "120.5", "-120.50")


def test_case_083_both_negative():
    line = mapped(item("-25.0", "-2.0")).lines[0]
    assert (str(line.quantity), str(line.unit_price), str(line.net)) == ("2", "25", "50.00")


def test_case_084_nothing_delivered_yet():
    lines = mapped(item("100.0"), item("80.0", "0.0")).lines
    assert (str(lines[1].quantity), str(lines[1].unit_price), str(lines[1].net)) == ("0", "80", "0.00")


def test_case_084_zero_has_no_sign_in_a_credit_note():
    earlier = {"number": "2026-5", "issued_on": "2026-08-01"}
    lines = mapped(item("-100.0"), item("80.0", "0.0"), preceding=[earlier]).lines
    assert str(lines[1].quantity) == "0"


def test_case_085_four_decimals_of_quantity_three_of_price():
    line = mapped(item("99.999", "0.3333", total="33.330"), total="33.33", total_with_vat="39.996").lines[0]
    assert (str(line.quantity), str(line.unit_price), str(line.net)) == ("0.3333", "99.999", "33.33")


@pytest.mark.parametrize(
    ("quantity", "price"), [("10.0", "100.0"), ("1000.0", "0.001"), ("0.0001", "999999999999.999")]
)
def test_case_085_numbers_stay_plain(quantity, price):
    line = mapped(item(price, quantity, total=str(Decimal(price) * Decimal(quantity)))).lines[0]
    assert "E" not in str(line.quantity) + str(line.unit_price)
    assert (line.quantity, line.unit_price) == (Decimal(quantity), Decimal(price))


def test_case_086_everything_offered():
    invoice = mapped(item("240.0"), rebate_percentage="100.0", total="0.0", total_with_vat="0.0")
    assert (invoice.totals.due, invoice.totals.allowances_total) == (ZERO, Decimal("240.00"))


@pytest.mark.parametrize("vat", ["0.2", "0.200", 0.2, "0.055", "0.021", "0.009", "0.13"])
def test_case_090_rates_in_percent_with_two_decimals(vat):
    invoice = mapped(item(vat=str(vat)) | {"vat": vat})
    assert Decimal(invoice.lines[0].rate) == Decimal(str(vat)) * 100
    assert -invoice.lines[0].rate.as_tuple().exponent == 2


def test_case_092_an_island_rate_needs_an_island():
    reunion = {"buyer": customer(zip_code="97400")}
    assert rates(mapped(item(vat="0.018"), total_with_vat="101.75", **reunion)) == [("S", "1.75")]
    assert stopped(item(vat="0.018"), buyer=customer(zip_code="75001")).rule == "VAT_RATE_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("vat", "rule"),
    [
        ("20.0", "VAT_RATE_NOT_FRACTION"),
        ("0.186", "VAT_RATE_NOT_ALLOWED"),
        (None, "VAT_RATE_MISSING"),
        ("0.0", "VAT_ZERO_WITHOUT_REASON"),
    ],
)
def test_case_091_093_094_095_rates_that_stop_an_invoice(vat, rule):
    assert stopped(item(vat=vat)).rule == rule


def test_case_095_franchise():
    invoice = mapped(item(vat="0.0"), seller="franchise")
    group = invoice.vat_breakdown[0]
    assert (group.category, group.exemption_code) == ("E", "VATEX-FR-FRANCHISE")
    assert group.exemption_text == "TVA non applicable, art. 293 B du CGI"


def test_case_096_a_stale_exemption_text_is_dropped():
    invoice = mapped(vat_exemption="art. 262 I du CGI")
    assert invoice.vat_breakdown[0].exemption_text is None
    assert "VAT_EXEMPTION_DROPPED" in warned(invoice)


def test_case_097_reverse_charge():
    group = mapped(item(vat="0.0"), vat_exemption="Autoliquidation art. 196 directive UE 2006/112/CE").vat_breakdown[0]
    assert (group.category, group.exemption_code) == ("AE", "VATEX-EU-AE")


def test_case_098_the_operator_may_say_what_a_text_means():
    words = "voir contrat"
    assert stopped(item(vat="0.0"), vat_exemption=words).rule == "VAT_EXEMPTION_UNMAPPED"
    chosen = {"policy": {"exemptions": {words: ["E", "VATEX-FR-CGI275"]}}}
    group = mapped(item(vat="0.0"), vat_exemption=words, adjust=chosen).vat_breakdown[0]
    assert (group.category, group.exemption_code, group.exemption_text) == ("E", "VATEX-FR-CGI275", words)


def test_case_100_outside_vat_removes_every_vat_number():
    opted = {"policy": {"send_exempt": True}}
    invoice = mapped(item(vat="0.0"), vat_exemption="Hors champ de la TVA", adjust=opted)
    assert (invoice.seller.vat_number, invoice.seller.tax_number, invoice.buyer.vat_number) == (None, None, None)
    assert (invoice.lines[0].category, invoice.lines[0].rate) == ("O", None)
    mixed = [item(vat="0.0"), item()]
    assert stopped(*mixed, vat_exemption="Hors champ de la TVA", adjust=opted).rule == "VAT_EXEMPTION_CONFLICT"


def test_case_101_rows_of_a_style_dress_the_page_only():
    invoice = mapped(
        row("title", "Lot 1"), item("100.0"), row("subtotal", "Sous-total"), row("new_page", ""), item("50.0")
    )
    assert [line.note for line in invoice.lines] == ["[Lot 1]", None]
    assert invoice.rows == (
        Row(kind=RowKind.TITLE, text="Lot 1"),
        Row(kind=RowKind.LINE, line=0),
        Row(kind=RowKind.SUBTOTAL, text="Sous-total", amount=Decimal("100.00")),
        Row(kind=RowKind.PAGE_BREAK),
        Row(kind=RowKind.LINE, line=1),
    )


def test_case_101_comments_before_the_first_line_and_titles_after_the_last():
    invoice = mapped(row("comment", "Bonjour"), item("100.0"), row("comment", "Fin"), row("title", "Annexes"))
    assert invoice.lines[0].note == "Bonjour\nFin\n[Annexes]"


def test_case_101_a_line_without_figures_is_a_text():
    text = {"title": "Merci", "quantity": "0.0", "unit_price": "0.0", "total": "0.0", "vat": "0.0"}
    invoice = mapped(item("100.0"), text)
    assert len(invoice.lines) == 1
    assert invoice.lines[0].note == "Merci"


def test_case_101_an_amount_on_a_title_counts_when_the_total_says_so():
    title = row("title", "Forfait", "1500.0", vat="0.2")
    counted = mapped(title, item("500.0"), total="2000.0", total_with_vat="2400.0")
    assert [line.name for line in counted.lines] == ["Forfait", "Conseil"]
    assert len(mapped(title, item("500.0")).lines) == 1
    assert stopped(title, item("500.0"), total="1700.0", total_with_vat="2040.0").rule == "TOTALS_MISMATCH"


def test_case_101_an_unknown_style():
    assert len(mapped(item("100.0"), row("sparkle", "…")).lines) == 1
    assert stopped(item("100.0"), row("sparkle", "…", "5.0")).rule == "LINE_STYLE_UNKNOWN"


@pytest.mark.parametrize("items", [[row("comment", "Bonjour")], []])
def test_case_102_nothing_is_sold(items):
    assert stopped(item(), items=items).rule == "NO_LINES"


@pytest.mark.parametrize(
    ("amount", "printed"), [("-500.0", "1200.0"), ("500.0", "1200.0"), ("-500.0", "700.0"), ("500.0", "700.0")]
)
def test_case_103_a_subsidy_is_paid_by_a_third_party(amount, printed):
    invoice = mapped(item("1000.0"), row("subsidy", "Prime CEE", amount), total_with_vat=printed)
    totals = invoice.totals
    assert [str(value) for value in (totals.vat_total, totals.total_with_vat, totals.paid, totals.due)] == [
        "200.00",
        "1200.00",
        "500.00",
        "700.00",
    ]
    assert "Prime CEE\u00a0: 500,00 EUR, à déduire du total TTC" in [note.text for note in invoice.notes]
    assert invoice.rows[-1] == Row(kind=RowKind.SUBSIDY, text="Prime CEE", amount=Decimal("-500.00"))


def test_case_103_a_subsidy_and_the_rest_paid_at_issue():
    paid = [{"total": "700.0", "paid_on": "2026-09-17"}]
    invoice = mapped(item("1000.0"), row("subsidy", "Prime CEE", "-500.0"), settlements=paid)
    assert (str(invoice.totals.paid), str(invoice.totals.due), invoice.framework) == ("1200.00", "0.00", "S2")


def test_case_104_options():
    option = item("400.0", optional=True)
    invoice = mapped(item("1000.0"), option)
    assert len(invoice.lines) == 1
    assert invoice.rows[-1].text == "En option, non compris\u00a0: Conseil"
    assert stopped(item("1000.0"), option, total="1400.0", total_with_vat="1680.0").rule == "OPTIONAL_LINE_COUNTED"


def test_case_104_an_optional_title_with_an_amount_is_an_option_too():
    title = row("title", "Forfait", "1500.0", vat="0.2", optional=True)
    assert len(mapped(title, item("500.0")).lines) == 1
    assert stopped(title, item("500.0"), total="2000.0", total_with_vat="2400.0").rule == "OPTIONAL_LINE_COUNTED"


@pytest.mark.parametrize("left_out", [{"total": None}, {"quantity": None}, {"quantity": "", "total": None}])
def test_what_a_line_leaves_out_follows_from_the_rest(left_out):
    line = mapped(item("100.0"), items=[item("100.0") | left_out]).lines[0]
    assert (str(line.quantity), str(line.net)) == ("1", "100.00")


@pytest.mark.parametrize(
    ("positions", "order"),
    [
        ((0, 1, 2), "ABC"),
        ((2, 1, 0), "CBA"),
        ((1, 1, 1), "ABC"),
        ((None, None, None), "ABC"),
        ((2, None, 1), "CAB"),
        (("10", "9", "2"), "CBA"),
    ],
)
def test_case_105_positions(positions, order):
    lines = [item(title=title, position=position) for title, position in zip("ABC", positions, strict=True)]
    assert "".join(line.name for line in mapped(*lines).lines) == order


@pytest.mark.parametrize(
    ("title", "name", "description"),
    [
        ("<b>Audit</b>:\r\n- a", "Audit:", "- a"),
        ("Vis &amp; écrous\n• M6\n• M8", "Vis & écrous", "• M6\n• M8"),
        ("  Une   ligne  ", "Une ligne", None),
        ("A < B et B > C", "A < B et B > C", None),
        ("&lt;b&gt;", "<b>", None),
    ],
)
def test_case_106_names_and_descriptions(title, name, description):
    line = mapped(item(title=title)).lines[0]
    assert (line.name, line.description) == (name, description)


def test_case_106_a_very_long_name_is_kept_whole_below():
    title = "mot " * 1250
    line = mapped(item(title=title)).lines[0]
    assert len(line.name) <= 101
    assert line.name.endswith("…")
    assert line.description == title.strip()


@pytest.mark.parametrize("title", ["", None, " \r\n ", "<b></b>", "\u200b"])
def test_case_106_a_line_without_words(title):
    assert stopped(item(title=title)).rule == "LINE_NAME_MISSING"


def test_case_107_five_thousand_lines_cost_as_much_each_as_a_few():
    lines = [item("12.345", "3.0", title=f"Article {n}", position=n) for n in range(5000)]
    comments = [row("comment", "…") for _ in range(500)]
    invoice = mapped(*lines, *comments)
    assert total(line.net for line in invoice.lines) == invoice.totals.lines_total
    few = (*lines[:500], *comments[:50])
    assert calls(lambda: mapped(*lines[:2000], *comments[:200])) < 5 * calls(lambda: mapped(*few))


def test_case_108_very_large_amounts_stay_exact():
    invoice = mapped(item("999999999999.999", total="999999999999.999"))
    assert str(invoice.totals.lines_total) == "1000000000000.00"
    assert str(invoice.totals.total_with_vat) == "1200000000000.00"


def test_case_110_both_figures_are_told():
    finding = stopped(total="100.05", total_with_vat="120.06")
    assert finding.rule == "TOTALS_MISMATCH"
    assert "100.05" in finding.message
    assert "100" in finding.message_fr


@pytest.mark.parametrize("given", [{"total_with_vat": None}, {"total": ""}])
def test_case_111_totals_are_required(given):
    assert stopped(**given).rule == "TOTAL_WITH_VAT_ABSENT"


def test_case_112_an_extra_tax_inside_or_beside_the_total():
    tax = {"tax_title": "Taxe apparentée", "tax_percent": "3.0"}
    inside = mapped(item("1000.0"), total="1030.0", total_with_vat="1236.0", **tax)
    beside = mapped(item("1000.0"), total="1000.0", total_with_vat="1236.0", **tax)
    for invoice in (inside, beside):
        charge = invoice.allowances[0]
        assert (charge.charge, str(charge.amount), charge.reason) == (True, "30.00", "Taxe apparentée")
        assert "TOTALS_HYPOTHESIS" in warned(invoice)


@pytest.mark.parametrize(
    ("measure", "code"),
    [("ml", "LM"), ("H", "HUR"), ("Jours", "DAY"), ("forfait ", "LS"), ("M²", "MTK"), (None, "C62"), ("", "C62")],
)
def test_case_114_units(measure, code):
    line = mapped(item(measure=measure)).lines[0]
    assert (line.unit, line.note) == (code, None)


def test_case_114_a_word_without_code_is_kept():
    invoice = mapped(item(measure="zorglub"))
    assert (invoice.lines[0].unit, invoice.lines[0].note) == ("C62", "Unité\u00a0: zorglub")
    assert "UNIT_UNKNOWN" in warned(invoice)
    half = mapped(item(measure="1/2 journée"), language="en")
    assert half.lines[0].note == "Unit: 1/2 journée"
    assert not half.remarks
    assert mapped(item(measure="ml"), adjust={"policy": {"millilitre": True}}).lines[0].unit == "MLT"


@pytest.mark.parametrize("total", ["100.02", "99.96"])
def test_a_line_total_a_little_off_gives_the_price(total):
    given = {"total": total, "total_with_vat": str(Decimal(total) * Decimal("1.2"))}
    invoice = mapped(item("33.33", "3.0", total=total), **given)
    assert "LINE_TOTAL_MISMATCH" in warned(invoice)
    line = invoice.lines[0]
    assert abs(line.unit_price * line.quantity - Decimal(total)) < Decimal("0.00001")


def test_a_line_total_a_cent_off_is_the_rounding_of_the_source():
    invoice = mapped(item("33.33", "3.0", total="100.0"))
    assert not invoice.remarks
    assert str(invoice.lines[0].unit_price) == "33.33"


def test_an_amount_on_a_subtotal_never_counts():
    given = {"total": "200.0", "total_with_vat": "240.0"}
    assert stopped(item("100.0"), row("subtotal", "Sous-total", "100.0", vat="0.2"), **given).rule == "TOTALS_MISMATCH"


@pytest.mark.parametrize("line", [item("33.33", "3.0", total="100.10"), item("5.0", "0.0", total="0.03")])
def test_a_line_total_far_off_is_refused(line):
    assert stopped(line).rule == "LINE_TOTAL_MISMATCH"


def test_a_free_item_bears_the_vat_of_what_it_goes_with():
    invoice = mapped(item("100.0"), item("10.0", vat="0.055"), item("0.0", "2.0", vat="0.0", title="Offert"))
    assert rates(invoice) == [("S", "20.00"), ("S", "5.50")]
    assert str(invoice.lines[2].rate) == "20.00"


@pytest.mark.parametrize("broken", [{"quantity": "deux"}, {"unit_price": "12,5"}, {"total": "NaN"}, {"total": True}])
def test_numbers_that_are_none(broken):
    finding = stopped(item(), items=[item() | broken])
    assert finding.rule == "BAD_RESPONSE"
    assert "items[0]" in finding.message


def test_the_rebate_bears_the_vat_of_its_lines():
    invoice = mapped(
        item("100.0"), item("50.0", vat="0.1"), rebate_percentage="10.0", total="135.0", total_with_vat="157.5"
    )
    assert [(str(one.amount), str(one.rate)) for one in invoice.allowances] == [("10.00", "20.00"), ("5.00", "10.00")]
    assert invoice.totals.total_without_vat == Decimal("135.00")


LINES = st.lists(
    st.tuples(
        st.decimals("-99999", "99999", places=3),
        st.decimals("0", "999", places=4),
        st.sampled_from(["0.2", "0.1", "0.055", "0.021"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_whatever_the_lines_the_invoice_adds_up(drawn):
    """A source that rounds each line to 3 decimals and VAT by rate always closes, to the cent."""
    places = Decimal("0.001")
    lines, groups = [], {}
    for price, quantity, vat in drawn:
        line_total = (price * quantity).quantize(places)
        lines.append(item(str(price), str(quantity), vat, total=str(line_total)))
        groups[vat] = groups.get(vat, Decimal(0)) + line_total
    net = sum(groups.values(), start=Decimal(0))
    with_vat = net + sum((base * Decimal(vat)).quantize(places) for vat, base in groups.items())
    assume(with_vat >= 0)  # below, the record is a credit note
    invoice = mapped(*lines, total=str(net), total_with_vat=str(with_vat))
    totals = invoice.totals
    assert total(line.net for line in invoice.lines) == totals.lines_total
    assert total(group.base for group in invoice.vat_breakdown) == totals.total_without_vat
    assert totals.total_without_vat + totals.vat_total == totals.total_with_vat
    assert abs(totals.total_without_vat - net) <= Decimal("0.005")
    assert abs(totals.total_with_vat - with_vat) <= Decimal("0.005")
    for line, (price, quantity, _) in zip(invoice.lines, drawn, strict=True):
        assert line.unit_price == abs(price)
        assert abs(line.quantity) == quantity


@pytest.mark.parametrize(
    ("price", "quantity", "term"),
    [("33.3333333", "3", "BT-146"), ("0.0000001", "1", "BT-146"), ("1", "0.12345", "BT-129")],
)
def test_a_line_with_more_decimals_than_a_message_holds_is_refused(price, quantity, term):
    finding = stopped(item(price, quantity, total=str(round(Decimal(price) * Decimal(quantity), 2))))
    assert (finding.rule, finding.term) == ("LINE_DECIMALS", term)
    assert mapped(item("33.333333000", "3.12340000", total="104.11"))


@pytest.mark.parametrize("absurd", ["1e400", "1e-400", "1e15", "-1e15"])
def test_a_number_no_invoice_holds_is_refused(absurd):
    assert stopped(item(unit_price=absurd)).rule == "BAD_RESPONSE"
    assert stopped(total_with_vat=absurd).rule == "BAD_RESPONSE"
