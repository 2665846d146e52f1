"""Which language the command line speaks."""

import os
from datetime import UTC, date, datetime

import pytest

from pdp_bridge.cli import words
from pdp_bridge.model.report import Finding, Severity


@pytest.fixture(autouse=True)
def _speak_english_afterwards(monkeypatch):
    monkeypatch.setenv("LANGUAGE", os.environ.get("LANGUAGE", "en"))
    yield
    words.choose("en")


@pytest.mark.parametrize(
    ("arguments", "environ", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "fr_FR.UTF-8"}, "fr"),
        ([], {"LANG": "fr_FR.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "fr_FR.UTF-8", "PDP_BRIDGE_LANG": "en"}, "en"),
        (["status", "--lang", "fr"], {"PDP_BRIDGE_LANG": "en"}, "fr"),
        (["--lang=fr", "status"], {}, "fr"),
        (["status", "--lang"], {}, "en"),
        (["status", "--lang", "klingon"], {"LANG": "fr_FR"}, "fr"),
    ],
)
def test_order_option_variable_locale(tmp_path, monkeypatch, arguments, environ, language):
    monkeypatch.chdir(tmp_path)
    assert words.preferred(arguments, {"HOME": str(tmp_path), **environ}) == language


def test_the_settings_file_speaks_before_the_locale(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environ = {"HOME": str(tmp_path), "LANG": "en_GB"}
    (tmp_path / "pdp-bridge.toml").write_text('language = "fr"')
    assert words.preferred([], environ) == "fr"
    (tmp_path / "autre.toml").write_text('language = "en"')
    assert words.preferred(["--config", "autre.toml"], environ) == "en"


def test_a_broken_settings_file_does_not_matter_yet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pdp-bridge.toml").write_text("language = fr")
    assert words.preferred([], {"HOME": str(tmp_path), "LANG": "fr_FR"}) == "fr"
    assert words.preferred(["--config", "absent.toml"], {"HOME": str(tmp_path)}) == "en"


def test_french_is_spoken():
    words.choose("fr")
    assert words._("pulled") == "relevée"
    assert words.several("{count} error", "{count} errors", 0) == "{count} erreur"
    words.choose("en")
    assert words._("pulled") == "pulled"
    assert words.several("{count} error", "{count} errors", 0) == "{count} errors"


def test_findings_and_dates_follow_the_language(monkeypatch):
    finding = Finding(rule="X", severity=Severity.ERROR, message="Correct it.", message_fr="Corrigez-le.")
    words.choose("fr")
    assert words.sentence(finding) == "Corrigez-le."
    assert words.day(date(2026, 9, 1)) == "01/09/2026"
    assert "/2026 " in words.moment(datetime(2026, 9, 1, 12, tzinfo=UTC))
    words.choose("en")
    assert words.sentence(finding) == "Correct it."
    assert words.day(date(2026, 9, 1)) == "2026-09-01"
    assert words.day(None) == words.moment(None) == ""
