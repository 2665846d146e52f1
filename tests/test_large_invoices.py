"""Invoices of thousands of lines and of huge amounts: stated, drawn, judged, without a float and without a square."""

from __future__ import annotations

import io
import re
import sys
from decimal import Decimal
from pathlib import Path

import golden
import pikepdf
import pytest

sys.path.insert(0, str(Path(__file__).parent / "source"))

from bills import item, mapped, row

from pdp_bridge.document.assembly import build
from pdp_bridge.model.money import total
from pdp_bridge.model.page import PageStyle
from pdp_bridge.validation import arithmetic, french
from pdp_bridge.validation.judge import judge
from pdp_bridge.validation.page_text import text_of

LARGEST = Decimal("999999999999.999")
"""Of an amount at the source: decimal(15,3)."""


def long(count):
    """A bill of so many lines, two rates, with a title before each hundred and comments between."""
    items = []
    for number in range(count):
        if number % 100 == 0:
            items.append(row("title", f"Lot {number // 100 + 1}"))
        items.append(item("12.345", "3.0", "0.2" if number % 2 else "0.1", title=f"Article {number}"))
        if number % 10 == 0:
            items.append(row("comment", "livré"))
    return items


@pytest.mark.parametrize("count", [999, pytest.param(5000, marks=pytest.mark.slow)])
def test_case_107_thousands_of_lines_are_stated_drawn_and_judged(count):
    invoice = mapped(*long(count))
    document = build(invoice, PageStyle())
    report = judge(document)
    assert report.sendable, report.errors
    assert document.invoice.lines[-1].id == str(count)
    assert total(line.net for line in document.invoice.lines) == invoice.totals.lines_total
    with pikepdf.open(io.BytesIO(document.content)) as pdf:
        assert count / 60 < len(pdf.pages) < count / 15


def calls(act):
    """How many functions run, Python's and C's: a measure of work that no other load disturbs."""
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def whole_line(count):
    def act():
        document = build(mapped(*long(count)), PageStyle())
        arithmetic.check(document)
        french.check(document)

    return act


def test_case_107_twice_the_lines_are_twice_the_work():
    whole_line(50)()  # fonts and code lists are read once
    assert 1.5 < calls(whole_line(400)) / calls(whole_line(200)) < 2.3


@pytest.mark.parametrize("quantity", ["1.0", "-1.0", "0.0001"])
def test_case_108_the_largest_amounts_stay_exact(quantity):
    """The source's own largest number as price, as total, and as both; the rest of the invoice outweighs a negative."""
    price, several = LARGEST, Decimal(quantity)
    lines = [item(str(price)), item(str(price), quantity, total=str((price * several).quantize(Decimal("0.001"))))]
    more = [item("0.001", "0.0001", total="0.0"), item("1000.0")]
    document = build(mapped(*lines, *more), PageStyle())
    report = judge(document)
    assert report.sendable, report.errors
    amounts = [one.decode() for one in re.findall(rb"Amount[^>]*>([^<\s]+)<", document.xml)]
    assert all(re.fullmatch(r"-?[0-9]{1,17}(\.[0-9]{1,6})?", one) for one in amounts), "plain digits, never an exponent"
    assert max(sum(char.isdigit() for char in one) for one in amounts) <= 19


def test_case_108_the_page_shows_every_digit():
    shown = " ".join(text_of(golden.case("huge-amounts").document.content).split())
    assert re.search(r"1.000.000.000.000,00", shown)
    assert re.search(r"833.333.333.333,33", shown)
