"""Amounts that cancel out: what the official file makes of them is foretold, and avoided where an order avoids it."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from golden import case

from pdp_bridge.document import cii
from pdp_bridge.document.assembly import opened
from pdp_bridge.errors import MappingError
from pdp_bridge.model.binary_sums import in_an_order_that_adds_up
from pdp_bridge.model.breakdown import breakdown
from pdp_bridge.model.money import Amount, amount, below_zero_in_binary, total
from pdp_bridge.model.report import LayerName
from pdp_bridge.rules.official import assertions
from pdp_bridge.validation import arithmetic, rulesets
from pdp_bridge.validation.judge import judge

MUTANT = Path(__file__).parents[2] / "fixtures" / "mutants" / "ZERO_SUM_REFUSED__vat_that_cancels_out.xml"


def cancelling(seed: int) -> list[Amount]:
    """Two to five amounts that add up to 0.00."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    reach = chance.choice((20, 200, 5_000, 1_000_000))
    cents = [chance.randint(-reach, reach) for _ in range(chance.randint(1, 4))]
    return [amount(f"{value / 100:.2f}") for value in (*cents, -sum(cents))]


@pytest.fixture(scope="module")
def official():
    """BR-CO-14 as the official stylesheet asks it, on amounts instead of a whole message."""
    from saxonche import PySaxonProcessor  # noqa: PLC0415 - a native library

    rules = rulesets.for_profile("urn:cen.eu:en16931:2017")
    asked = next(one.test for one in assertions(rules) if one.xml_id == "BR-CO-14")
    inside = asked.partition("sum(")[2].partition(")")[0]
    engine = PySaxonProcessor(license=False)
    xpath = engine.new_xpath_processor()

    def accepts(amounts):
        listed = "".join(f"<c>{one}</c>" for one in amounts)
        xpath.set_context(xdm_item=engine.parse_xml(xml_text=f"<r><t>{total(amounts)}</t>{listed}</r>"))
        return bool(xpath.effective_boolean_value(f"/r/t[{asked.replace(inside, '/r/c')}]"))

    return accepts


def test_what_the_official_file_refuses_is_foretold(official):
    sums = [cancelling(seed) for seed in range(1500)]
    assert all(not total(one) for one in sums)
    foretold = [below_zero_in_binary(one) for one in sums]
    assert [not official(one) for one in sums] == foretold
    assert 100 < sum(foretold) < 1000


def test_other_sums_are_none_of_its_business(official):
    assert not below_zero_in_binary([])
    for stated in (["0.10", "0.20"], ["-0.10", "-0.20"], ["0.00"], ["0.07", "-0.07"]):
        amounts = [amount(one) for one in stated]
        assert not below_zero_in_binary(amounts)
        assert official(amounts)


def groups(taxes):
    rates = ("20", "10", "5.5", "2.1", "0.9")
    keys = [("S", amount(rate)) for rate, _ in zip(rates, taxes, strict=False)]
    return breakdown(dict.fromkeys(keys, amount(1)), dict(zip(keys, taxes, strict=True)), {})


def test_an_order_that_adds_up_is_found_whenever_there_is_one():
    found = stubborn = 0
    for seed in range(400):
        given = groups(cancelling(seed))
        ordered = in_an_order_that_adds_up(given)
        assert sorted(ordered, key=repr) == sorted(given, key=repr)
        if not below_zero_in_binary(vat.tax for vat in given):
            assert ordered == tuple(given)
        elif below_zero_in_binary(vat.tax for vat in ordered):
            assert all(below_zero_in_binary(vat.tax for vat in one) for one in permutations(given))
            stubborn += 1
        else:
            found += 1
    assert found > stubborn > 0


def test_the_official_file_refuses_what_ours_says_it_refuses_although_the_total_is_right():
    document = opened(MUTANT.read_bytes())
    assert list(arithmetic.br_co_14(document.invoice)) == []
    fired = {layer.name: {finding.rule for finding in layer.findings} for layer in judge(document).layers}
    assert "BR-CO-14" in fired[LayerName.EN16931]
    assert "ZERO_SUM_REFUSED" in fired[LayerName.ARITHMETIC]


def test_the_order_is_what_makes_the_official_file_accept_an_invoice():
    invoice = case("vat-cancels-out").outcome
    assert [str(vat.tax) for vat in invoice.vat_breakdown] == ["5.50", "3.30", "-8.80"]
    assert judge(opened(cii.write(invoice))).errors == ()
    taken_back, works, books = invoice.vat_breakdown[::-1][0], *invoice.vat_breakdown[:2]
    as_billed = replace(invoice, vat_breakdown=(taken_back, works, books))
    assert {finding.rule for finding in judge(opened(cii.write(as_billed))).errors} == {"BR-CO-14", "ZERO_SUM_REFUSED"}


def test_when_no_order_helps_the_mapping_says_so_by_name():
    error = case("vat-cancels-out-in-no-order").outcome
    assert isinstance(error, MappingError)
    assert error.finding.rule == "ZERO_SUM_REFUSED"


def test_allowances_that_cancel_out_are_told_too():
    invoice = opened(MUTANT.read_bytes()).invoice
    granted = next(item for item in invoice.allowances if not item.charge)
    several = tuple(replace(granted, amount=amount(one)) for one in ("-0.07", "0.08", "-0.01"))
    told = arithmetic.zero_sum_refused(replace(invoice, allowances=several))
    assert [finding.term for finding in told] == ["BT-110", "BT-107"]
