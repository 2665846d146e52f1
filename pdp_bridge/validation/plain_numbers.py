"""Whether a number is written as a rule wants it, answered for the usual numbers without a regular expression.

The official rules match every amount, quantity, price and rate against a pattern of digits. Such a pattern, and the
length it is asked with, cannot tell one digit from another: what holds for 000.00 holds for 174.03. So the usual shapes
are tried once, here, and the pattern itself is left for everything else.
"""

from __future__ import annotations

import re

_QUESTION = re.compile(
    r"\s*matches\(\$(?P<value>[\w.-]+), '(?P<pattern>\^(?:[-?)]|\((?!\?)|\[-\]|\\[.d]|\{\d+,\d+\})+\$)'\) and "
    r"string-length\(replace\(\$(?P=value), '\\\.', ''\)\) le (?P<longest>\d+)\s*"
)
_MAPS = "http://www.w3.org/2005/xpath-functions/map"
_SHAPES = tuple(
    "0" * units + ("." + "0" * decimals if decimals else "") for units in range(1, 10) for decimals in range(7)
)


def answered(question: str) -> str:
    """The question, its usual answers before it; any other question as it is.

    >>> print(answered("$n = 5"))
    $n = 5
    >>> quick = answered(r"matches($n, '^\\d{1,2}$') and string-length(replace($n, '\\.', '')) le 9")
    >>> quick.partition(" or ")[0]
    "Q{http://www.w3.org/2005/xpath-functions/map}contains(map{'0':1,'00':1}, translate($n, '123456789', '000000000'))"
    """
    asked = _QUESTION.fullmatch(question)
    if asked is None:
        return question
    shapes = ",".join(f"'{shape}':1" for shape in _holding(asked["pattern"], int(asked["longest"])))
    shape = f"translate(${asked['value']}, '123456789', '000000000')"
    return f"Q{{{_MAPS}}}contains(map{{{shapes}}}, {shape}) or ({question})"


def _holding(pattern: str, longest: int) -> list[str]:
    """The shapes for which the answer is yes: the few signs of `_QUESTION` mean the same to Python as to XPath."""
    try:
        wanted = re.compile(pattern)
    except re.error:
        return []
    return [shape for shape in _SHAPES if wanted.match(shape) and len(shape.replace(".", "")) <= longest]
