"""The longer pages say what is true: every command and option that they show exists, every unit file is taken."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from pdp_bridge.cli.app import app

GUIDE = Path(__file__).parent.parent / "pdp_bridge" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))
COMMANDS = get_command(app).commands
UNITS = dict(
    re.findall(
        r"`/etc/systemd/system/([\w.-]+)`:\n\n```ini\n(.*?)```", (GUIDE / "schedule.md").read_text("utf-8"), re.DOTALL
    )
)


def shown(page):
    """Each `pdp-bridge …` of the code blocks, as its words."""
    for block in re.findall(r"```(?:sh|console|cron|ini)\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        for found in re.findall(r"(?<![\w/.-])(?:/\S+/)?pdp-bridge ((?:[\w./:+=-]+ ?)+)", block):
            yield found.split()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_and_option_exists(page):
    for words in shown(page):
        command = COMMANDS[words[0]]
        for child in words[1:]:
            if child in getattr(command, "commands", {}):
                command = command.commands[child]
        options = {option for each in command.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options, words


def test_the_units_are_systemds(tmp_path):
    assert set(UNITS) == {"pdp-bridge.service", "pdp-bridge.timer"}
    for name, text in UNITS.items():
        parsed = configparser.ConfigParser(strict=False, interpolation=None)
        parsed.read_string(text)
        assert parsed.sections()
        (tmp_path / name).write_text(text.replace("/usr/local/bin/pdp-bridge", "/bin/true"), encoding="utf-8")
    if verify := shutil.which("systemd-analyze"):
        files = [str(tmp_path / name) for name in UNITS]
        checked = subprocess.run([verify, "verify", "--man=no", *files], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_every_page_is_in_reach_of_the_readme():
    readme = (GUIDE.parent.parent / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"pdp_bridge/guide/{page.name}" not in readme] == []
