"""The usual answers before a question about digits: never another than the question's own, asked of the engine."""

from __future__ import annotations

import re
from itertools import product

import pytest
from lxml import etree

from pdp_bridge.validation.plain_numbers import answered
from pdp_bridge.validation.rulesets import rule_sets
from pdp_bridge.validation.saxon import transformed

XSL = "{http://www.w3.org/1999/XSL/Transform}"
QUESTIONS = sorted(
    {
        str(result.get("select"))
        for rules in rule_sets().values()
        for result in etree.parse(rules.schematron).iter(f"{XSL}sequence")
        if answered(str(result.get("select"))) != result.get("select")
    }
)
WRITTEN = (
    *(sign + units + point for sign in ("", "-", "+", " ") for units in ("", "0", "7", "58", "0123456789") for point in
      ("", ".", ".0", ".05", ".999", ".1234", ".12345", ".654321", ".7654321", ",5", ".5.5", "e2", " ", "\u00a0")),
    *(digit * length for digit in "09" for length in (17, 18, 19, 20, 21)),
    *("9" * units + "." + "9" * decimals for units, decimals in product((13, 15, 17, 18, 19), (1, 2, 4, 6))),
    *("\u0661\u0662", "1\u0662.50", "NaN", "INF", "--1", "1-", "x", "1.00x", "0.00 0", "\uff11", "\u00b2"),
)  # fmt: skip
SHEET = """<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:f="urn:f" version="2.0"
  xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xsl:function name="f:asked" as="xs:boolean">{parameter}<xsl:sequence select="{asked}"/></xsl:function>
<xsl:function name="f:quick" as="xs:boolean">{parameter}<xsl:sequence select="{quick}"/></xsl:function>
<xsl:template match="/"><all><xsl:for-each select="/all/one">
<one asked="{{f:asked(.)}}" quick="{{f:quick(.)}}"/></xsl:for-each>
<one asked="{{f:asked(())}}" quick="{{f:quick(())}}"/></all></xsl:template>
</xsl:stylesheet>"""


def answers(question: str) -> list[tuple[str, str]]:
    """What the engine answers of each way of writing, to the question itself and with its usual answers."""
    value = re.search(r"\$([\w.-]+)", question).group(1)
    parameter = f'<xsl:param name="{value}" as="xs:string?"/>'
    sheet = SHEET.format(parameter=parameter, asked=question, quick=answered(question))
    written = etree.Element("all")
    for text in WRITTEN:
        etree.SubElement(written, "one").text = text
    told = etree.fromstring(transformed(sheet, etree.tostring(written, encoding="unicode")).encode())
    return [(str(one.get("asked")), str(one.get("quick"))) for one in told]


def test_the_rules_ask_such_questions():
    assert len(QUESTIONS) >= 5


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_the_same_however_the_number_is_written(question):
    told = answers(question)
    assert len(told) == len(WRITTEN) + 1
    assert {asked for asked, _ in told} == {"true", "false"}
    for text, (asked, quick) in zip((*WRITTEN, None), told, strict=True):
        assert quick == asked, text


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_usual_numbers_need_no_pattern(question):
    shapes = set(re.findall(r"'([0.]+)':1", answered(question)))
    assert {"0", "00", "00.00", "0.0"} <= shapes
    assert ("0000.00" in shapes) is ("le 4" not in question)


TEMPLATE = "matches($n, '{}') and string-length(replace($n, '\\.', '')) le {}"


@pytest.mark.parametrize(
    "question",
    [
        TEMPLATE.format("^[05]+$", 9),  # tells one digit from another
        TEMPLATE.format(r"^\d+$", 9),
        TEMPLATE.format(r"^(?:\d{1,2})$", 9),
        TEMPLATE.format(r"^.{1,2}$", 9),
        TEMPLATE.format(r"\d{1,2}", 9),
        TEMPLATE.format(r"^\d{1,2}$", "$longest"),
        TEMPLATE.format(r"^\d{1,2}$", 9).replace("replace($n", "replace($m"),
        TEMPLATE.format(r"^\d{1,2}$", 9).replace(" and ", " or "),
        TEMPLATE.format(r"^\d{1,2}$", 9) + " and $n != '7'",
        "not(" + TEMPLATE.format(r"^\d{1,2}$", 9) + ")",
    ],
)
def test_a_question_in_other_words_is_left_alone(question):
    assert answered(question) == question


@pytest.mark.parametrize(
    ("pattern", "longest"), [(r"^\d{2,1}$", 9), (r"^(\d{1,2}$", 9), (r"^-\d{1,2}$", 9), (r"^\d{1,2}$", 0)]
)
def test_where_no_usual_number_holds_the_pattern_answers_all(pattern, longest):
    question = TEMPLATE.format(pattern, longest)
    assert answered(question).endswith(f"contains(map{{}}, translate($n, '123456789', '000000000')) or ({question})")
