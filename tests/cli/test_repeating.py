"""`run` and `sync` that come back by themselves, end in time, and stop cleanly on a signal: as processes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as running:
        running.load_demo()
        yield running


@pytest.fixture
def begin(sandbox, tmp_path):
    (tmp_path / "pdp-bridge.toml").write_text(demo.settings_text(), encoding="utf-8")
    environ = {**os.environ, **sandbox.environment(), "PDP_BRIDGE_DATA": str(tmp_path / "data"), "LANG": "C"}
    running = []

    def start(*arguments):
        command = [sys.executable, "-m", "pdp_bridge", *arguments]
        running.append(
            subprocess.Popen(
                command, cwd=tmp_path, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def objects(text):
    """The JSON objects of each turn, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def wait_for(condition, process):
    deadline = time.monotonic() + 30
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stays_until_a_signal_and_tells_each_turn(begin, tmp_path, number):
    process = begin("sync", "--every", "1m", "--json")
    wait_for((tmp_path / "data" / "journal.db").exists, process)
    time.sleep(0.3)  # the first turn is short; a signal during it must be as good as one after it
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode in (0, 1), err
    assert "Stopped. What is left waits for the next time." in err
    assert [set(each) >= {"new_events", "stopped"} for each in objects(out)] in ([True], [])


def test_a_run_that_is_signalled_finishes_the_invoice_in_hand_and_the_next_takes_up_the_rest(begin, tmp_path):
    process = begin("run", "--json")
    wait_for(lambda: sent(tmp_path / "data" / "journal.db") >= 2, process)
    process.terminate()
    out, err = process.communicate(timeout=30)
    told = json.loads(out)
    assert told["stopped"], (out, err)
    assert "sending" not in told["outcomes"]
    rest = begin("run", "--json")
    out, err = rest.communicate(timeout=60)
    after = json.loads(out)
    assert after["stopped"] is None
    sent_first = {each["number"] for each in told["invoices"] if each["state"] == "sent"}
    sent_then = {each["number"] for each in after["invoices"] if each["state"] == "sent"}
    assert sent_first
    assert sent_then
    assert not sent_first & sent_then


def sent(path):
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM invoice WHERE state = 'sent'").fetchone()[0]
    except sqlite3.Error:
        return 0


@pytest.mark.parametrize("text", ["5", "5s", "0m", "5 minutes"])
def test_a_rhythm_is_a_time_of_a_minute_at_least(begin, text):
    process = begin("sync", "--every", text)
    _out, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "60 seconds at least" in err


def test_a_budget_ends_the_run_between_two_invoices(begin, sandbox):
    sandbox.iopole_faults.add(Fault(Kind.SLOW, "POST", "/v1/invoice", times=None, seconds=0.8))
    try:
        process = begin("run", "--budget", "4s", "--json")
        out, err = process.communicate(timeout=60)
    finally:
        sandbox.iopole_faults.clear()
    assert process.returncode in (0, 1, 3), err
    told = json.loads(out)
    assert told["stopped"], "the whole batch would have taken longer"
    assert told["outcomes"]["sent"] >= 1
    assert "sending" not in told["outcomes"]
