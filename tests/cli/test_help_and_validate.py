"""Help pages that load nothing heavy, and `validate`, which needs no settings."""

import ast
import os
import subprocess
import sys

import pytest

from pdp_bridge import render
from pdp_bridge.testing import sample_invoice

COMMANDS = (
    "demo",
    "init",
    "settings",
    "doctor",
    "pull",
    "render",
    "validate",
    "send",
    "sync",
    "run",
    "status",
    "history",
    "explain",
    "rules",
    "rehearse",
    "sandbox",
)
HEAVY = (
    "lxml",
    "saxonche",
    "sqlalchemy",
    "httpx",
    "reportlab",
    "pikepdf",
    "pypdf",
    "starlette",
    "uvicorn",
    "babel",
)
ONLY_FOR_A_BATCH = ("sqlalchemy", "httpx", "reportlab", "urllib.request", "http.client", "starlette", "babel")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_json_language_and_examples(cli, command):
    page = cli(command, "--help")
    assert page.code == 0
    for option in ("--json", "--lang", "--config", "--help", "-h"):
        assert option in page.out
    assert "Examples" in page.out
    assert f"pdp-bridge {command}" in page.out
    assert cli(command, "-h").out == page.out


def test_the_first_page_names_every_command(cli):
    page = cli("--help")
    assert all(command in page.out for command in COMMANDS)
    assert cli("--version").out.startswith("pdp-bridge ")


def test_a_wrong_command_is_exit_code_2(cli):
    assert cli("stat").code == 2
    assert cli("status", "--lang", "de").code == 2
    assert cli("status", "--nonsense").code == 2


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_loads_little(folder, arguments):
    """No library that a help page does not need; what it costs is measured by `tests/benchmarks/cold_start.py`."""
    assert loaded(HEAVY, arguments) == []


def test_a_file_is_judged_without_what_only_a_batch_needs(folder):
    (folder / "invoice.pdf").write_bytes(render(sample_invoice()))
    assert loaded(ONLY_FOR_A_BATCH, ["validate", "invoice.pdf"]) == []


def loaded(names, arguments):
    """Which of these modules a command of its own process has loaded when it ends."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print([name for name in {names!r} if name in sys.modules], file=sys.stderr))\n"
        f"sys.argv = ['pdp-bridge', *{arguments!r}]\n"
        "from pdp_bridge.cli import main\n"
        "main()\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    return ast.literal_eval(ran.stderr.splitlines()[-1])


def test_help_in_french_from_the_locale(folder):
    environ = {name: value for name, value in os.environ.items() if name not in {"LANGUAGE", "LC_ALL", "LC_MESSAGES"}}
    environ |= {"LANG": "fr_FR.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100"}
    command = [sys.executable, "-m", "pdp_bridge", "run", "--help"]
    page = subprocess.run(command, capture_output=True, text=True, env=environ, check=True).stdout
    assert "Relever, mettre en forme, contrôler et envoyer" in page
    assert "Exemples" in page
    assert "Afficher cette aide" in page


def test_validate_a_file_that_is_no_invoice(cli, folder):
    (folder / "lettre.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "x.xml").write_text("<x/>")
    judged = cli("validate", "lettre.pdf", "x.xml", "--json")
    assert judged.code == 1
    assert [report["file"] for report in judged.json] == ["lettre.pdf", "x.xml"]
    for report in judged.json:
        assert report["sendable"] is False
        assert report["layers"]
        for layer in report["layers"]:
            assert set(layer) == {"name", "verdict", "rule_set", "reason", "reason_fr", "findings"}
            assert layer["verdict"] in {"passed", "failed", "not run"}
            for finding in layer["findings"]:
                assert {"rule", "severity", "message", "message_fr", "term", "field"} <= set(finding)


def test_validate_needs_no_settings_not_even_good_ones(cli, folder):
    (folder / "pdp-bridge.toml").write_text("nonsense = [")
    (folder / "x.xml").write_text("<x/>")
    told = cli("validate", "x.xml", "--lang", "fr")
    assert told.code == 1
    assert "ne peut pas être envoyé" in told.out
    assert "facture" in told.out


def test_validate_a_missing_file_is_exit_code_2(cli, folder):
    missed = cli("validate", "absent.pdf")
    assert missed.code == 2
    assert missed.out == ""
    assert "absent.pdf" in missed.err


def test_why_a_layer_did_not_run_is_told_in_the_language_and_both_are_in_the_json(cli, tmp_path):
    file = tmp_path / "not-an-invoice.xml"
    file.write_text("<a/>")
    assert "corrigez-la d’abord" in cli("validate", str(file), "--lang", "fr").out
    assert "mend the XML first" in cli("validate", str(file), "--lang", "en").out
    (told,) = cli("validate", str(file), "--json").json
    idle = [layer for layer in told["layers"] if layer["verdict"] == "not run"]
    assert idle
    assert all(layer["reason"] and layer["reason_fr"] and layer["reason"] != layer["reason_fr"] for layer in idle)
