"""`kill -9` at random moments, while the platform loses answers: each invoice must be deposited exactly once.

A real process works on a real journal against the sandbox servers and is killed again and again; then a last one may
finish. Counted at the platform, by invoice number: lost, duplicated, and wrongly called sent.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from copy import deepcopy

import pytest

from pdp_bridge.bridge import Bridge
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.ports import State
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load

WORKER = """
from pdp_bridge.bridge import Bridge
with Bridge.from_settings() as bridge:
    print("begun", flush=True)
    bridge.run()
"""


def lenient(document):
    """The platform's own judgement is not what is tested here: it would only cost time."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


@pytest.fixture
def sandbox():
    with Sandbox(judge=lenient) as running:
        yield running


def fill(sandbox, count):
    sandbox.load_demo()
    firm = sandbox.facturation_pro
    model = next(record for record in firm.records("invoices") if record["full_invoice_ref"] == "2026-101")
    for record in list(firm.records("invoices")):
        firm.edit_invoice(record["id"], draft=True)
    for number in range(1, count + 1):
        copy = deepcopy(dict(model))
        copy.update(id=800_000 + number, full_invoice_ref=f"K-{number:04}", invoice_ref=str(number), draft=False)
        firm.add_invoice(copy)


def environment(sandbox, folder, database=None):
    settings = folder / "pdp-bridge.toml"
    settings.write_text(demo.settings_text(), encoding="utf-8")
    return {
        **sandbox.environment(),
        "PDP_BRIDGE_CONFIG": str(settings),
        "PDP_BRIDGE_DATA": str(folder / "data"),
        "PDP_BRIDGE_RETRY_FIRST_SECONDS": "0.05",
        "PDP_BRIDGE_LEASE_SECONDS": "3",
        "PDP_BRIDGE_SETTLE_SECONDS": "1",
        "PATH": os.environ["PATH"],
        **({} if database is None else {"PDP_BRIDGE_DATABASE_URL": database}),
    }


def harness(sandbox, folder, *, invoices, kills, seed, database=None):
    """Kill and start again until the kills are spent, then let runs finish. Returns how many hit, and the journal."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    fill(sandbox, invoices)
    lossy = {"method": "POST", "path": "/v1/invoice", "times": None}
    sandbox.iopole_faults.add(
        Fault(Kind.DROP, after=True, probability=0.05, **lossy),
        Fault(Kind.DROP, probability=0.05, **{**lossy, "times": 3}),  # lost twice in a row is for a person
        Fault(Kind.STATUS, status=503, after=True, probability=0.05, **lossy),
        Fault(Kind.STATUS, status=429, retry_after="0", probability=0.03, **lossy),
    )
    env = environment(sandbox, folder, database)
    command, killed = [sys.executable, "-c", WORKER], 0
    for _ in range(kills):
        with subprocess.Popen(command, env=env, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()  # from here on it works
            try:
                process.wait(timeout=chance.uniform(0.02, 0.35))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                killed += 1
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        subprocess.run(command, env=env, check=True, timeout=300, stdout=subprocess.DEVNULL)
        with Bridge(load(environ=env)) as bridge:
            entries = list(bridge.entries())
        if all(entry.state is State.SENT for entry in entries if entry.number.startswith("K-")):
            break
        time.sleep(1)  # leases and settle times are real here
    return killed, entries


def judge(sandbox, entries, invoices, killed):
    """What is counted at the platform, and told."""
    deposited = [deposit.number for deposit in sandbox.iopole.deposits]
    expected = {f"K-{number:04}" for number in range(1, invoices + 1)}
    lost = expected - set(deposited)
    duplicated = len(deposited) - len(set(deposited))
    ids = {deposit.id: deposit.number for deposit in sandbox.iopole.deposits}
    false = [e.number for e in entries if e.state is State.SENT and ids.get(e.submission_id or "") != e.number]
    wrong = {"lost": len(lost), "duplicated": duplicated, "falsely sent": len(false)}
    print(f"{invoices} invoices, {killed} kills that hit, {len(deposited)} deposits: {wrong}")
    return wrong


NOTHING_WRONG = {"lost": 0, "duplicated": 0, "falsely sent": 0}


def test_killed_again_and_again_each_invoice_is_deposited_once(sandbox, tmp_path):
    killed, entries = harness(sandbox, tmp_path, invoices=20, kills=6, seed=1)
    assert killed, "no kill hit a running process: nothing was proven"
    assert judge(sandbox, entries, 20, killed) == NOTHING_WRONG
    assert {entry.state for entry in entries if entry.number.startswith("K-")} == {State.SENT}
    assert len(sandbox.iopole.deposits) == 20


@pytest.mark.slow
def test_three_hundred_invoices_and_two_hundred_kills(sandbox, tmp_path):
    killed, entries = harness(sandbox, tmp_path, invoices=300, kills=200, seed=2)
    assert killed > 150, "too few kills hit a working process"
    assert judge(sandbox, entries, 300, killed) == NOTHING_WRONG
