"""One process at a time, and a message that names the other."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from pdp_bridge.errors import Busy, JournalError
from pdp_bridge.journal.lock import Lock

HOLD = """
import sys
from pathlib import Path
from pdp_bridge.journal.lock import Lock

with Lock(Path(sys.argv[1])).acquire():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "run.lock"


def test_the_other_process_is_named(path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Busy, match=rf"process {other.pid}\b") as caught:
            Lock(path).acquire(wait_seconds=0.1)
        assert caught.value.retryable
        other.stdin.close()
        assert Lock(path).acquire(wait_seconds=30)


def test_two_runs_in_one_process(path):
    with Lock(path).acquire(), pytest.raises(Busy, match=str(os.getpid())):
        Lock(path).acquire()
    with Lock(path):
        pass


def test_a_holder_that_left_no_name(path):
    with Lock(path).acquire():
        path.with_suffix(".pid").unlink()
        with pytest.raises(Busy, match="Another pdp_bridge is at work"):
            Lock(path).acquire()


def test_released_twice_is_harmless(path):
    lock = Lock(path).acquire()
    lock.release()
    lock.release()
    assert not path.with_suffix(".pid").exists()


def test_the_folder_is_for_its_owner_only(path):
    with Lock(path).acquire():
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(JournalError, match="PDP_BRIDGE_DATA"):
        Lock(tmp_path / "file" / "run.lock").acquire()
