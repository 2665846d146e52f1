"""The command line run in process, with its streams apart, its own folder, and the sandbox behind it."""

import json
import os
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from pdp_bridge.cli import words
from pdp_bridge.cli.app import app
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.server import Sandbox


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty present folder, and nothing of the developer's own settings."""
    monkeypatch.chdir(tmp_path)
    for variable in [each for each in os.environ if each.startswith(("IOPOLE", "FACTURATION_PRO", "PDP_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LANGUAGE", "en")
    words.choose("en")
    yield tmp_path
    words.choose("en")


@pytest.fixture
def cli(folder):
    def run(*arguments, answers=None):
        result = CliRunner().invoke(
            app, [str(argument) for argument in arguments], input=answers, prog_name="pdp-bridge"
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


@pytest.fixture
def sandbox(folder, monkeypatch):
    """Both services with the demo's invoices, and the settings that lead to them."""
    with Sandbox() as running:
        running.load_demo()
        (folder / "pdp-bridge.toml").write_text(demo.settings_text(), encoding="utf-8")
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PDP_BRIDGE_DATA", str(folder / "data"))
        yield running
