"""The lines of a random invoice, and how a billing tool sums them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import random_texts as texts
from hypothesis import strategies as st
from random_texts import Draw, chance, cut, nil, numeral, pick

RATES = ("0.2", "0.1", "0.055", "0.021")
OVERSEAS_RATES = ("0.085", "0.021", "0.018", "0.011", "0.01")
WRONG_RATES = (None, "", "20.0", "0.186", "0.22", "-0.2", "n/a", "0.018", "0.196")
MEASURES = (
    None,
    "",
    "h",
    "jour",
    "forfait",
    "M²",
    "ml",
    "kg",
    "1/2 journée",
    "zorglub",
    "pièce",
    "H",
    "%",
    "J/H",
)
WEIGHTS = ("1", "2", "3", "0.5", "0.333", "0.3333", "12.5", "100", "0.0001", "7.25")
REBATES = ("12.5", "10", "5", "33.333", "2.5", "100", "0.001", "99.999", "150", "-5", "-12.5")


def amounts(draw: Draw, decimals: int) -> Decimal:
    """A unit price of at most three decimals; whole in a currency without cents (`decimals` 0)."""
    cents = draw(st.integers(0, 99_999))
    if not decimals:
        return Decimal(cents)
    price = pick(draw, [Decimal(cents), Decimal(cents) / 100, Decimal(cents) / 1000, Decimal("33.335")])
    if chance(draw, 2):
        return Decimal("999999999.999")
    return price


def rate_of(draw: Draw, style: str, kind: str) -> Any:
    """`vat` of a line; `style` is how the invoice is taxed."""
    usual = OVERSEAS_RATES if kind == "overseas" and chance(draw, 60) else RATES
    zero = ["0.0", "0", 0, "0.000", Decimal("0.0")]
    if style == "wrong":
        return pick(draw, [*usual, *WRONG_RATES])
    if style == "exempt" or (style == "mixed" and chance(draw, 50)):
        return pick(draw, zero)
    text = pick(draw, usual)
    return pick(draw, [text, Decimal(text), f"{Decimal(text):.3f}"])


def line(draw: Draw, style: str, kind: str, decimals: int) -> dict[str, Any]:
    """One priced line; negative prices and quantities now and then."""
    quantity, price = Decimal(pick(draw, WEIGHTS)), amounts(draw, decimals)
    if chance(draw, 6):
        price = -price
    if chance(draw, 6):
        quantity = -quantity
    if chance(draw, 2):
        quantity = Decimal(0)
    total = cut(quantity * price, decimals)
    if chance(draw, 1):
        total += Decimal(pick(draw, ["0.03", "-0.04", "5"]))
    return {
        "title": draw(texts.titles()),
        "quantity": numeral(draw, quantity),
        "unit_price": numeral(draw, price),
        "total": numeral(draw, total),
        "vat": rate_of(draw, style, kind),
        "measure": draw(texts.some()) if chance(draw, 5) else pick(draw, MEASURES),
        "nature": 8 if chance(draw, 4) else pick(draw, [None, 0, "", 1, 2, 3, 2, 1, 99]),
        "style": pick(draw, [None, "", None]),
        "optional": pick(draw, [False, None, 0]),
        "position": None,
        "product_id": 17,
    }


def row(draw: Draw, decimals: int) -> dict[str, Any]:
    """A row that dresses the page, sometimes with an amount it should not bear."""
    style = pick(draw, ["comment", "title", "subtotal", "new_page", "comment", "title", "TITLE", "zorglub", None])
    worth = cut(amounts(draw, decimals), decimals) if style in ("comment", "title") and chance(draw, 8) else Decimal(0)
    vat = pick(draw, ["0.2", None, "0.0"]) if worth else pick(draw, [None, "0.0", 0, ""])
    return {
        "title": pick(draw, [None, ""]) if style in ("new_page", "subtotal") else draw(texts.titles()),
        "quantity": "1.0" if worth else nil(draw),
        "unit_price": numeral(draw, worth) if worth else nil(draw),
        "total": numeral(draw, worth) if worth else nil(draw),
        "vat": vat,
        "style": style,
        "optional": None,
        "position": None,
    }


def subsidy(draw: Draw) -> dict[str, Any]:
    worth = Decimal(draw(st.integers(1, 5000))) * pick(draw, [-1, 1]) / 100
    base = {"title": "Prime CEE", "quantity": "1.0", "unit_price": f"{worth}", "total": f"{worth}", "vat": "0.0"}
    return base | {"style": "subsidy", "optional": None, "position": None}


def number_of(item: Mapping[str, Any], key: str) -> Decimal:
    value = item.get(key)
    return Decimal(str(value)) if value not in (None, "", " ") else Decimal(0)


def turned(draw: Draw, item: dict[str, Any]) -> dict[str, Any]:
    """The line of a credit note: its sign on the price or on the quantity."""
    key = pick(draw, ["quantity", "unit_price"])
    return item | {one: str(-number_of(item, one)) for one in (key, "total")}


# -- totals --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tool:
    """How a billing tool sums: decimals, VAT per line or per rate, rebate and extra tax inside the total or not."""

    decimals: int
    per_line: bool
    rebate: Decimal = Decimal(0)
    rebate_inside: bool = True
    tax: Decimal = Decimal(0)
    tax_inside: bool = True
    tax_taxed: bool = True
    subsidies: Decimal = Decimal(0)

    def totals(self, items: Sequence[Mapping[str, Any]]) -> tuple[Decimal, Decimal]:
        """`total` and `total_with_vat` as printed."""
        gross, taxable, vat = Decimal(0), Decimal(0), {}
        for index, item in enumerate(items):
            rate = _fraction(item.get("vat"))
            worth = number_of(item, "total")
            net = worth * (1 - self.rebate / 100)
            base = net * (1 + self.tax / 100) if self.tax_taxed else net
            gross, taxable = gross + worth, taxable + net
            key = index if self.per_line else rate
            vat[key] = vat.get(key, Decimal(0)) + base * rate
        extra = taxable * self.tax / 100
        total = (taxable if self.rebate_inside else gross) + (extra if self.tax_inside else 0)
        whole = taxable + extra + sum(cut(one, self.decimals) for one in vat.values())
        return cut(total, self.decimals), cut(whole - self.subsidies, self.decimals)


def _fraction(value: Any) -> Decimal:
    """The tool knows 1.75 % and 1.05 %, its API gives three decimals."""
    try:
        fraction = Decimal(str(value))
    except ArithmeticError:
        return Decimal(0)
    repaired = {Decimal("0.018"): "0.0175", Decimal("0.011"): "0.0105", Decimal("0.010"): "0.0105"}
    return Decimal(repaired.get(fraction, str(fraction)))


def tool(draw: Draw, subsidies: Decimal, decimals: int) -> Tool:
    return Tool(
        decimals=decimals,
        per_line=chance(draw, 20),
        rebate=Decimal(pick(draw, REBATES)) if chance(draw, 20) else Decimal(0),
        rebate_inside=not chance(draw, 25),
        tax=Decimal(pick(draw, ["3", "0.5", "1.1", "-2"])) if chance(draw, 5) else Decimal(0),
        tax_inside=not chance(draw, 40),
        tax_taxed=not chance(draw, 30),
        subsidies=abs(subsidies) if chance(draw, 50) else Decimal(0),
    )
