"""No input ends in an exception that is not ours: damaged answers, documents, settings and command lines.

The seed is fixed; a failure names the target and the number of the input, which `random.Random` makes again.
"""

from __future__ import annotations

import collections
import os
import random
import time

import pytest
from targets import Target, targets

from pdp_bridge.cli import words

SEED = 20261121


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder, and nothing of the developer's own settings."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for variable in [each for each in os.environ if each.startswith(("IOPOLE", "FACTURATION_PRO", "PDP_", "XDG_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANGUAGE", "en")
    words.choose("en")
    yield tmp_path
    words.choose("en")


def put_through(target: Target, count: int) -> dict[str, str]:
    """So many inputs; the first defect of each kind, with the number of its input."""
    found: dict[str, str] = {}
    for number in range(count):
        chance = random.Random(f"{SEED} {target.name} {number}")  # noqa: S311 - repeatable on purpose
        try:
            target.one(chance)
        except Exception as error:  # noqa: BLE001 - every kind of it is what is looked for
            trace = error.__traceback__
            while trace.tb_next is not None:
                trace = trace.tb_next
            where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
            found.setdefault(f"{type(error).__name__} at {where}", f"input {number}: {str(error)[:200]}")
    return found


def test_a_few_damaged_inputs_of_every_kind(place):
    found = {target.name: put_through(target, target.few) for target in targets(place)}
    assert {name: defects for name, defects in found.items() if defects} == {}


@pytest.mark.slow
def test_a_hundred_thousand_damaged_inputs(place):
    counts: collections.Counter[str] = collections.Counter()
    found = {}
    for target in targets(place):
        begun = time.monotonic()
        found[target.name] = put_through(target, target.share)
        counts[target.name] += target.share
        print(f"{target.share:>7} {target.name} ({time.monotonic() - begun:.0f} s)", flush=True)
    print(f"{counts.total():>7} in all")
    assert counts.total() >= 100_000
    assert {name: defects for name, defects in found.items() if defects} == {}
