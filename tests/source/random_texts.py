"""Words as people paste them, and how the API of Facturation.pro writes nothing and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

PLAIN = ("Conseil", "Pose d’un parquet", "Maintenance annuelle", "Farine T65", "Formation à distance")
ODD = (
    "<b>Audit</b>:\r\n- a &amp; b\r\n- c",
    "A &lt;b&gt; C &nbsp; D &eacute; &#8364;",
    "1 < 2 > 0 & \"x\" 'y'",
    "Nul\x00 cloche\x07 échap\x1b fin\x85 suite\u2028 encore",
    "Œuvre d’art ’ “citation” … – — ‰ €",
    "é combiné e\u0301 ﬁ ﬂ ½ m² n° №",
    "Ελληνικά и кириллица, tiếng Việt",
    "ltr \u202eelr\u202c \u200f\u200e espace\u200bnul\u00admou\ufeff",
    "\ufffe\uffff\ufdd0 non-caractères",
    "demi \ud83d paire",
    "\u00a0insécables\u00a0\u202f\u2009 ",
    "Bonjour {{ client.name }} %{mois}",
    "=1+1;cmd|' /C calc'!A0",
    "<script>alert(1)</script><!-- c --><![CDATA[x]]>",
    "]]> &undefined; &amp;amp; <?pi?>",
    "\t• puce\r\n\t◦ autre\r\n\r\n\r\n   retrait",
    "x" * 300,
    "mot " * 1200,
    "ligne\n" * 70,
    "Acompte versé, facture 2026-9",
    "<br/>",
    "<p></p>&nbsp;",
    "  ",
)
FOREIGN = ("Emoji 😀 👩‍👩‍👧 🧱 🇫🇷", "עברית ועוד, العربية", "漢字 かな 한글", "&#128512;")
"""Scripts that not every font has."""

NEAR = st.text(st.characters(codec="iso8859-15", exclude_categories=()), max_size=12)


def chance(draw: Draw, percent: int) -> bool:
    """True that often; shrinks to False."""
    return draw(st.integers(0, 99)) >= 100 - percent


def pick(draw: Draw, values: Sequence[Any]) -> Any:
    """One of these; shrinks to the first."""
    return draw(st.sampled_from(values))


def nothing(draw: Draw) -> Any:
    """What the API gives for "absent"."""
    return pick(draw, [None, "", " "])


def nil(draw: Draw) -> Any:
    """What it gives for a number that is absent."""
    return pick(draw, [None, "", "0.0", "0.000", 0, Decimal("0.0")])


def numeral(draw: Draw, value: Decimal) -> Any:
    """A number as the API writes it: text, with or without more zeros, or a JSON number."""
    text = f"{value:f}"
    forms: list[Any] = [text, value, f"{value:.1f}" if value == value.to_integral_value() else f"{text}0"]
    return pick(draw, forms)


def cut(value: Decimal, decimals: int) -> Decimal:
    """As a billing tool rounds."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _rare() -> st.SearchStrategy[str]:
    """Once in a while a text of any script."""
    foreign = st.one_of(st.sampled_from(FOREIGN), st.text(max_size=6))
    return st.integers(0, 40).flatmap(lambda number: foreign if number == 37 else st.sampled_from(PLAIN))


def some() -> st.SearchStrategy[str]:
    """Any text: plain, odd, or a few characters of Unicode."""
    return st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN), st.sampled_from(ODD), NEAR, _rare())


def titles() -> st.SearchStrategy[Any]:
    """The words of a line: mostly readable, rarely none."""
    usual = st.sampled_from(PLAIN)
    beside = st.builds("{} {}".format, usual, st.sampled_from(ODD))
    two = st.builds("{}\r\n{}".format, usual, st.sampled_from(ODD[:6]))
    odd = st.sampled_from(ODD[:6])
    return st.one_of(usual, usual, usual, beside, two, odd) | st.integers(0, 60).flatmap(
        lambda number: some() if number > 58 else usual
    )


def names() -> st.SearchStrategy[Any]:
    """A company name."""
    usual = st.sampled_from(["Cabinet Lefèbvre & Associés", "Boulangerie <Saint-Aubin> SARL", "Œuvre & Cie", "Ωmega"])
    return st.one_of(usual, usual, usual, usual, st.sampled_from(ODD[:14]))


def short() -> st.SearchStrategy[Any]:
    """A short field, mostly empty."""
    return st.one_of(st.sampled_from([None, "", " ", "Dupont", "C-042"]), st.sampled_from([None, "", *ODD[:9]]))


def blocks() -> st.SearchStrategy[Any]:
    """An address or a note in lines, or nothing."""
    usual = st.sampled_from(["12 rue de l’Exemple", "ZA des Saules\r\n4 allée du Bois", "a\nb\nc\nd\ne", None, ""])
    return st.one_of(usual, usual, usual, some())
