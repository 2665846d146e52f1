"""What is installed is complete: a wheel, built as for publication, holds every file that the code reads."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

NEEDED = (
    "pdp_bridge/py.typed",
    "pdp_bridge/schemas/MANIFEST.toml",
    "pdp_bridge/schemas/facturation_pro/invoice.schema.json",
    "pdp_bridge/document/fonts/NotoSans-Regular.ttf",
    "pdp_bridge/journal/migrations/env.py",
    "pdp_bridge/journal/migrations/versions/",
    "pdp_bridge/locales/fr/LC_MESSAGES/pdp_bridge.mo",
    "pdp_bridge/locales/en/LC_MESSAGES/pdp_bridge.mo",
    "pdp_bridge/sandbox/demo/firm.json",
    "pdp_bridge/sandbox/demo/settings.toml",
)

TRY = """
import sys
from pathlib import Path
import pdp_bridge
assert Path(pdp_bridge.__file__).is_relative_to(sys.path[0]), pdp_bridge.__file__
from pdp_bridge.testing import sample_invoice
document = pdp_bridge.render(sample_invoice())
report = pdp_bridge.validate(document)
assert {layer.verdict.value for layer in report.layers} <= {"passed", "failed"}, report
from pdp_bridge.journal.store import SqlJournal
from datetime import UTC, datetime
SqlJournal("sqlite://", clock=lambda: datetime.now(UTC)).close()
from pdp_bridge.sandbox import demo
demo.settings_text()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("pdp_bridge-*.whl")
    return built


@pytest.mark.network
def test_it_holds_everything_that_the_code_reads(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    missing = [needed for needed in NEEDED if not any(name.startswith(needed) for name in names)]
    assert missing == []
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pdp_bridge").rglob("*.py")}
    assert code - names == set()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"pdp_bridge"}
    assert [name for name in names if "__pycache__" in name or name.endswith(".pyc")] == []


@pytest.mark.network
def test_it_works_without_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    environment = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    code = TRY.replace("sys.path[0]", repr(str(tmp_path)))
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
    told = subprocess.run(
        [sys.executable, "-m", "pdp_bridge", "--help", "--lang", "fr"],
        check=True,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "Facturation.pro" in told.stdout
    assert "Exemples" in told.stdout, "the catalogue is there"
