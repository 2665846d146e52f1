"""What one command costs from nothing: a new Python process, user and system CPU."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from sample_bills import bill

from pdp_bridge.document.assembly import build
from pdp_bridge.model.page import PageStyle

_MADE_AND_PROVEN = """
from pdp_bridge import render, validate
from pdp_bridge.testing import sample_invoice
assert validate(render(sample_invoice())).sendable
"""


def cold_starts(rounds: int = 12) -> dict[str, float]:
    """CPU seconds of each, the least of the rounds: other load only adds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "invoice.pdf"
        file.write_bytes(build(bill(10), PageStyle()).content)
        commands = {
            "help": ["-m", "pdp_bridge", "--help"],
            "validate": ["-m", "pdp_bridge", "validate", str(file)],
            "made and proven": ["-c", _MADE_AND_PROVEN],
        }
        return {name: min(_spent(arguments) for _ in range(rounds)) for name, arguments in commands.items()}


def _spent(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
