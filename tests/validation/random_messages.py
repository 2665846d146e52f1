"""Golden messages with a few changes made at random, the same for the same seed: nobody chose what they break."""

from __future__ import annotations

import copy
import random

from lxml import etree
from one_change import VALUES, documents

CODES = (
    "S",
    "E",
    "AE",
    "O",
    "VA",
    "FC",
    "916",
    "130",
    "50",
    "380",
    "381",
    "EUR",
    "XYZ",
    "true",
    "false",
    "0002",
    "C62",
)
FIGURES = ("0.00", "0.01", "20.00", "-3", "12.345678", "1e3", " 7 ", "0002 ", "20261121", "2026-11-21")


def random_message(seed: int, profile: str | None = None) -> str:
    """One to four changes in a golden message; stated in another profile (BT-24) when it is given."""
    draw = random.Random(seed)  # noqa: S311 - nothing secret depends on it
    known = documents()
    root = etree.fromstring(known[draw.choice(sorted(known))].encode())
    if profile is not None:
        root.find(".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID").text = profile
    for _ in range(draw.randint(1, 4)):
        elements = list(root.iterdescendants(etree.Element))
        draw.choice((dropped, doubled, said, said, marked, moved, grafted, noted))(
            draw, draw.choice(elements), elements
        )
    return etree.tostring(root, encoding="unicode")


def dropped(draw, element, elements) -> None:
    element.getparent().remove(element)


def doubled(draw, element, elements) -> None:
    element.addnext(copy.deepcopy(element))


def said(draw, element, elements) -> None:
    """Another text, in an element that has one: a value, a code, or what another element says."""
    leaves = [one for one in elements if len(one) == 0]
    draw.choice(leaves).text = draw.choice(
        (*VALUES, *CODES, *FIGURES, *(one.text for one in draw.choices(leaves, k=9)))
    )


def marked(draw, element, elements) -> None:
    """An attribute more, less or other."""
    bearer = draw.choice([one for one in elements if one.attrib] or [element])
    if bearer.attrib and draw.random() < 0.4:
        del bearer.attrib[draw.choice(list(bearer.attrib))]
    else:
        bearer.set(draw.choice(("schemeID", "unitCode", "currencyID", "format", "listID")), draw.choice(CODES))


def moved(draw, element, elements) -> None:
    """To the end of its parent."""
    element.getparent().append(element)


def grafted(draw, element, elements) -> None:
    """The copy of one element inside another, where nobody expects it: paths that the schema knows nothing of."""
    element.append(copy.deepcopy(draw.choice(elements)))


def noted(draw, element, elements) -> None:
    """A comment and an instruction, which say nothing."""
    element.addprevious(etree.Comment("916"))
    element.append(etree.ProcessingInstruction("note", "S"))
