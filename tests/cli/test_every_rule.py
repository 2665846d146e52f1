"""`explain` on every rule and every reason of Iopole, in both languages: nothing vague, nothing missing, no mixture."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from pdp_bridge.cli import rulebook, words
from pdp_bridge.rules import catalogue
from pdp_bridge.rules.screens import SCREENS, is_setting, screen
from pdp_bridge.transmission.iopole.reasons import REASONS
from pdp_bridge.transmission.iopole.sayings import SAYINGS

RULES = {**catalogue.official(), **catalogue.reasons(), **catalogue.ours()}
EXAMPLES = json.loads(resources.files("pdp_bridge.rules").joinpath("ours.json").read_text("utf-8"))["examples"]

ENGLISH = re.compile(
    r"\b(the|is|are|was|and|not|must|of|to|for|with|without|make|put|give|says|from|which|does|this|it)\b",
    re.IGNORECASE,
)
"""Words that no French sentence holds."""

QUOTED = re.compile(r"`[^`]*`|« [^»]* »|“[^”]*”|\([^()]*en anglais\).*|Le validateur dit.*")
"""Commands, values, and what a validator says in its own language."""

ORDER = re.compile(r"\b(?!chez\b|assez\b)\w+ez\b|\b(?:re|Re)?[Ff]aites\b|rien à faire|dites-")
"""An imperative, or the assurance that there is nothing to do."""


@pytest.fixture(params=["fr", "en"])
def spoken(request, monkeypatch):
    """The language that the operator reads."""
    monkeypatch.setenv("LANGUAGE", request.param)
    words.choose(request.param)
    yield request.param
    words.choose("en")


def page(rule: catalogue.Rule, capsys: pytest.CaptureFixture[str]) -> str:
    """What `explain` prints of a rule."""
    texts = [catalogue.official()[identifier].statement for identifier in rule.official]
    rulebook._print(rule, texts)
    return capsys.readouterr().out


def test_every_rule_has_its_page_with_source_and_advice(spoken, capsys):
    labels = ("Source", "Que faire") if spoken == "fr" else ("Source", "What to do")
    for name in RULES:
        rule = catalogue.find(name)
        assert rule is not None, name
        told = page(rule, capsys)
        advice = rule.advice.fr if spoken == "fr" else rule.advice.en
        assert name in told
        assert advice in told, name
        for label in labels:
            assert f"  {label}  " in told, (name, label)


def test_there_are_as_many_as_were_counted():
    assert len(RULES) > 2_000
    assert len(catalogue.ours()) > 180
    assert len(catalogue.reasons()) == len(REASONS) == len(SAYINGS)


@pytest.mark.parametrize("french", [True, False], ids=["fr", "en"])
def test_no_advice_leaves_a_value_or_a_field_open(french):
    for name, rule in RULES.items():
        told = rule.advice.fr if french else rule.advice.en
        assert "…" not in told.replace("shortened…", ""), (name, told)
        assert "…" not in (rule.advice.field or ""), name
        assert "…" not in rule.source, name
        assert told[0].isupper() or not told[0].isalpha(), (name, told)
        assert told.endswith((".", ")", "`.", ".”", "?")), (name, told)


def test_every_advice_says_what_to_put_or_that_nothing_is_to_be_done():
    assert [name for name, rule in RULES.items() if not ORDER.search(rule.advice.fr)] == []


def test_every_field_is_one_of_the_settings_or_has_a_screen():
    fields = {rule.advice.field for rule in RULES.values()} - {None}
    assert [field for field in sorted(fields) if not is_setting(field) and screen(field, french=True) is None] == []
    assert [name for name, (english, french) in SCREENS.items() if english == french or not english] == []


def test_an_example_of_the_fixtures_is_shown():
    for name, (fails, passes) in EXAMPLES.items():
        rule = catalogue.find(name)
        assert rule.example is not None, name
        assert (rule.example.fails, rule.example.passes) == (fails, passes)
        assert fails != passes, name


def test_a_reason_shows_what_the_platform_says(capsys):
    for reason, message in SAYINGS.items():
        assert message in page(catalogue.find(reason), capsys)


def test_french_is_french_and_typed_as_french():
    wrong = re.compile(r" [:;?!»]| %(?!%)|« |'(?=\w)")
    told = {name: rule.advice.fr for name, rule in RULES.items()}
    assert [name for name, rule in RULES.items() if told[name] == rule.advice.en] == []
    assert [(name, text) for name, text in told.items() if ENGLISH.search(QUOTED.sub("", text))] == []
    bare = {name: re.sub(r"`[^`]*`|Element '.*", "", text) for name, text in told.items()}
    assert [(name, text) for name, text in bare.items() if wrong.search(text)] == []


def test_a_page_in_french_holds_no_english_of_ours(monkeypatch, capsys):
    words.choose("fr")
    try:
        for name in (*catalogue.ours(), *catalogue.reasons()):
            rule = catalogue.find(name)
            lines = page(rule, capsys).splitlines()
            official = {f"  {identifier}  " for identifier in rule.official}
            end = next((place for place, line in enumerate(lines) if line.lstrip().startswith(("✗", "✓"))), len(lines))
            ours = [line for line in lines[:end] if not line.startswith(tuple(official))]
            for line in ours[1:]:
                assert not ENGLISH.search(QUOTED.sub("", line)), (name, line)
    finally:
        words.choose("en")
