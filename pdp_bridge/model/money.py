"""Amounts and the only rounding of the package: to the nearest cent, halves away from zero.

EN 16931 rounds line net amounts (BT-131) and the tax of each VAT category (BT-117), never a sum. Unit prices
(BT-146), quantities (BT-129) and rates (BT-119) are plain `Decimal`; only this module makes an `Amount`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import reduce
from operator import add
from typing import NewType

Amount = NewType("Amount", Decimal)
"""Money with exactly two decimals, in the currency of its document (BT-5)."""

_CENT = Decimal("0.01")
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Products of a 15-digit amount, a 12-digit quantity and a rate stay exact."""

ZERO = Amount(Decimal("0.00"))


class MoneyError(ValueError):
    """A value is not a number, or cannot be shared out as asked."""


def amount(value: str | int | Decimal) -> Amount:
    """An exact amount; refuses more than two decimals rather than rounding (BR-DEC-*).

    >>> amount("12.5")
    Decimal('12.50')
    >>> amount("12.505")
    Traceback (most recent call last):
        ...
    pdp_bridge.model.money.MoneyError: 12.505 has more than two decimals
    """
    try:
        exact = Decimal(value)
        quantized = exact.quantize(_CENT, context=_EXACT)
    except InvalidOperation as error:
        raise MoneyError(f"{value!r} is not an amount") from error
    if quantized != exact:
        raise MoneyError(f"{exact} has more than two decimals")
    return Amount(quantized + 0)


def as_stated(value: Decimal) -> Amount:
    """An amount as somebody else's document states it: two decimals, or more when it wrongly has more (BR-DEC-*).

    >>> as_stated(Decimal("12.5")), as_stated(Decimal("12.505"))
    (Decimal('12.50'), Decimal('12.505'))
    """
    quantized = value.quantize(_CENT, context=_EXACT)
    return Amount(quantized + 0 if quantized == value else value)


def rounded(value: Decimal) -> Amount:
    """The nearest cent, halves away from zero.

    >>> rounded(Decimal("0.125")), rounded(Decimal("-0.125"))
    (Decimal('0.13'), Decimal('-0.13'))
    """
    return Amount(value.quantize(_CENT, context=_EXACT) + 0)


def rounded_to(value: Decimal, decimals: int) -> Decimal:
    """`value` to that many decimals, halves away from zero: for unit prices (BT-146), never for amounts.

    >>> rounded_to(Decimal("10") / 3, 6)
    Decimal('3.333333')
    """
    return value.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)


def total(amounts: Iterable[Amount]) -> Amount:
    """The exact sum of amounts.

    >>> total([amount("0.10"), amount("0.20")])
    Decimal('0.30')
    """
    return Amount(sum(amounts, start=Decimal("0.00")))


def below_zero_in_binary(amounts: Iterable[Amount]) -> bool:
    """Would amounts that add up to nothing come out below zero in binary floating point, one added after the other?

    Nothing here is added that way: it is how some official rules do (`binary_sums`).

    >>> below_zero_in_binary([amount("0.08"), amount("-0.07"), amount("-0.01")])
    True
    >>> below_zero_in_binary([amount("0.10"), amount("-0.10")])
    False
    """
    stated = list(amounts)
    # Not `sum`: from Python 3.12 on it carries along what each addition of floats loses, which XPath does not.
    return not total(stated) and reduce(add, (float(one) for one in stated), 0) < 0


def minus(minuend: Amount, subtrahend: Amount) -> Amount:
    """The exact difference of two amounts."""
    return Amount(minuend - subtrahend)


def negated(value: Amount) -> Amount:
    """The amount with the other sign; zero stays a positive zero."""
    return Amount(Decimal("0.00") - value)


def product(*factors: Decimal) -> Decimal:
    """The exact product of quantities, prices and rates, unrounded."""
    result = Decimal(1)
    for factor in factors:
        result = _EXACT.multiply(result, factor)
    return result


def percent_of(base: Decimal, percent: Decimal) -> Decimal:
    """`percent` per cent of `base`, unrounded.

    >>> percent_of(Decimal("187.40"), Decimal("5.5"))
    Decimal('10.30700')
    """
    return product(base, percent, Decimal("0.01"))


def vat_on(base: Amount, rate: Decimal) -> Amount:
    """Tax of one VAT category: BT-117 from BT-116 and BT-119, in percent (BR-CO-17).

    >>> vat_on(amount("187.40"), Decimal("5.5"))
    Decimal('10.31')
    """
    return rounded(percent_of(base, rate))


def allocate(exact: Sequence[Decimal], target: Amount) -> tuple[Amount, ...]:
    """Each exact value floored or raised to a cent so that the sum is `target` (largest remainder).

    The cents left over go to the values with the largest remainder; ties to the larger absolute value, then in
    order. Every result differs from its exact value by less than a cent.

    Raises `MoneyError` when the target cannot be reached that way: the values do not add up to it.

    >>> allocate([Decimal("33.335")] * 3, amount("100.01"))
    (Decimal('33.34'), Decimal('33.34'), Decimal('33.33'))
    """
    floors = [value.quantize(_CENT, rounding=ROUND_FLOOR, context=_EXACT) for value in exact]
    cents = int((target - sum(floors, start=Decimal(0))) / _CENT)
    raisable = [index for index, value in enumerate(exact) if value > floors[index]]
    if cents < 0 or cents > len(raisable):
        raise MoneyError(f"{len(exact)} values of sum {sum(exact, start=Decimal(0))} cannot make {target}")
    order = sorted(raisable, key=lambda index: (floors[index] - exact[index], -abs(exact[index]), index))
    raised = set(order[:cents])
    return tuple(Amount(floor + _CENT if index in raised else floor + 0) for index, floor in enumerate(floors))
