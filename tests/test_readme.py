"""What the README and the pages of the guide show is run: console blocks, Python blocks, settings files."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import KEYS, companies, load
from pdp_bridge.settings.company_tables import VARIABLE

README = Path(__file__).parent.parent / "README.md"
PAGES = [README, *sorted((README.parent / "pdp_bridge" / "guide").glob("*.md"))]


def blocks(language):
    """Those of the README first, then page by page."""
    found = rf"^```{language}\n(.*?)^```"
    return [
        block
        for page in PAGES
        for block in re.findall(found, page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    ]


def commands():
    for block in blocks("console"):
        for line in block.splitlines():
            command, _, remark = line.removeprefix("$ ").partition("#")
            exit_code = re.search(r"exit (\d)", remark)
            yield command.strip(), int(exit_code.group(1)) if exit_code else 0


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A newcomer in an empty folder, with the README's settings and the sandbox for both services."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "pdp-bridge.toml").write_text(blocks("toml")[0], encoding="utf-8")
    with Sandbox() as sandbox:
        sandbox.load_demo()
        yield (
            folder,
            sandbox,
            {**sandbox.environment(), "PDP_BRIDGE_DATA": str(folder / "data"), "PATH": os.environ["PATH"], "LANG": "C"},
        )


def run(arguments, reader):
    folder, _, environment = reader
    return subprocess.run(arguments, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def test_the_settings_file_is_complete():
    one, several, _ = blocks("toml")
    assert tomllib.loads(one)["environment"] == tomllib.loads(several)["environment"] == "sandbox"


def test_its_seller_loads(tmp_path):
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(blocks("toml")[0], encoding="utf-8")
    assert load(path, {}).require_seller().party.siren == "100004217"


def test_what_is_written_back_loads(tmp_path):
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(f"{blocks('toml')[0]}\n{blocks('toml')[2]}", encoding="utf-8")
    wanted = load(path, {}).write_back
    assert (wanted.status, wanted.upload, wanted.follow_up, wanted.at_once) == (True, True, "Transmise", 200)


def test_its_companies_load(tmp_path):
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(blocks("toml")[1], encoding="utf-8")
    (tmp_path / "forge.key").write_text("a key", encoding="utf-8")
    environ = {"FACTURATION_PRO_API_KEY": "shared", "IOPOLE_CLIENT_SECRET": "shared"}
    loaded = [load(path, environ, company=name) for name in companies(path, environ)]
    assert [each.require_seller().party.siren for each in loaded] == ["100004217", "200000008"]
    assert [each.require_source().api_key.reveal() for each in loaded] == ["shared", "a key"]
    assert len({each.require_platform().customer_id for each in loaded}) == len(loaded)


def test_the_python_blocks_run(reader):
    for block in blocks("python"):
        result = run([sys.executable, "-W", "error", "-c", block], reader)
        assert result.returncode == 0, result.stderr
    reader[1].advance(10)


def test_the_commands_run_with_the_exit_codes_shown(reader):
    listed = list(commands())
    assert len(listed) >= 10
    for command, expected in listed:
        program, *arguments = shlex.split(command)
        assert program == "pdp-bridge"
        result = run([sys.executable, "-m", "pdp_bridge", *arguments], reader)
        assert result.returncode == expected, (command, result.stdout, result.stderr)


def test_every_command_of_the_program_is_listed():
    result = subprocess.run(
        [sys.executable, "-m", "pdp_bridge", "--help"], check=True, capture_output=True, text=True, env={"LANG": "C"}
    )
    text = README.read_text(encoding="utf-8")
    names = set(re.findall(r"^│ ([a-z]+)  ", result.stdout, re.MULTILINE))
    assert len(names) >= 13
    assert {name for name in names if f"`{name}" not in text} == set()


def test_every_link_leads_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_every_setting_of_the_environment_is_listed():
    text = README.read_text(encoding="utf-8")
    names = {key.variable for key in KEYS.values() if key.variable} | {"PDP_BRIDGE_CONFIG", VARIABLE}
    assert names
    assert {name for name in names if name not in text} == set()
