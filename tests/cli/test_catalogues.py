"""Every text of the command line exists in French and English, translated, compiled, well typed."""

import ast
import re
import string
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2] / "pdp_bridge"
SOURCES = sorted([*(PACKAGE / "cli").rglob("*.py"), *(PACKAGE / "settings").rglob("*.py")])
LANGUAGES = ("en", "fr")


def texts_of_source():
    """First arguments of the functions that mark a text: found by syntax, so that none hides in an f-string."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            constants = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if node.func.id in {"_", "phrase", "Wrong"} and constants:
                yield constants[0]
            elif node.func.id == "several":
                yield tuple(constants[:2])


def catalogue(language):
    folder = PACKAGE / "locales" / language / "LC_MESSAGES"
    with (folder / "pdp_bridge.po").open("rb") as file:
        return read_po(file, locale=language)


def translations(language):
    return {key(message.id): key(message.string) for message in catalogue(language) if message.id}


def key(value):
    """Babel gives plural forms as a list from one reader, as a tuple from the other."""
    return tuple(value) if isinstance(value, list | tuple) else value


def flat(value):
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_exactly_the_texts_of_the_source(language):
    assert set(translations(language)) == set(texts_of_source())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_the_same_fields(language):
    for source, translated in translations(language).items():
        assert all(flat(translated)), source
        for text in flat(translated):
            fields = {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}
            expected = {
                name for _text, name, _spec, _conv in string.Formatter().parse(flat(source)[0]) if name is not None
            }
            assert fields == expected, source
    assert not any(message.fuzzy for message in catalogue(language) if message.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_translated(language):
    folder = PACKAGE / "locales" / language / "LC_MESSAGES"
    with (folder / "pdp_bridge.mo").open("rb") as file:
        compiled = {key(message.id): key(message.string) for message in read_mo(file) if message.id}
    assert compiled == translations(language)


def test_french_typography():
    for translated in translations("fr").values():
        for text in flat(translated):
            assert "'" not in re.sub(r"'\S+'|`[^`]*`", "", text), text
            assert not re.search(
                r"(?<![\w:/\[ \u00a0]) ?[;?!](?!\S)", text.replace("\u202f;", "").replace("\u202f?", "")
            ), text
            assert not re.search(r" [:;?!»]", text), text
            assert "« " not in text, text


def test_english_is_the_source_itself():
    for source, translated in translations("en").items():
        assert flat(translated) == flat(source)
