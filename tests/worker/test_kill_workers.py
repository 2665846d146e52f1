"""Two workers killed at random, and PostgreSQL itself killed: each invoice is deposited exactly once.

The harness of `test_kill.py`, on a journal in PostgreSQL that two worker processes share. Counted at the platform.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import postgresql
import psycopg
import pytest
import test_kill
from test_kill import NOTHING_WRONG, environment, fill, judge, lenient

from pdp_bridge.bridge import Bridge
from pdp_bridge.errors import BridgeError
from pdp_bridge.journal.database import libpq_url
from pdp_bridge.ports import State
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load

WORKER = """
from pdp_bridge.schedule import until_signalled
from pdp_bridge.settings import load
from pdp_bridge.worker.working import Pace, work
pace = Pace(every_seconds=60, sweep_seconds=1, heartbeat_seconds=0.5, stalled_seconds=2.0, reconnect_seconds=0.5)
with until_signalled() as stop:
    work([load()], stop, pace=pace)
"""


@pytest.fixture
def sandbox():
    with Sandbox(judge=lenient) as running:
        lossy = {"method": "POST", "path": "/v1/invoice", "times": None}
        running.iopole_faults.add(
            Fault(Kind.DROP, after=True, probability=0.05, **lossy),
            Fault(Kind.DROP, probability=0.05, **{**lossy, "times": 3}),  # lost twice in a row is for a person
            Fault(Kind.STATUS, status=503, after=True, probability=0.05, **lossy),
            Fault(Kind.STATUS, status=429, retry_after="0", probability=0.03, **lossy),
        )
        yield running


@pytest.fixture
def server():
    """One that syncs, for its death is tried too."""
    running = postgresql.Server(durable=True)
    yield running
    running.stop()


class Pair:
    """Two workers, each started again when it is dead; what they tell is in a file."""

    def __init__(self, env: dict[str, str], folder) -> None:
        self._env = env
        self._log = (folder / "workers.log").open("ab")
        self._processes: list[subprocess.Popen | None] = [None, None]
        self.kills = 0

    def started(self) -> None:
        for place, process in enumerate(self._processes):
            if process is None or process.poll() is not None:
                command = [sys.executable, "-c", WORKER]
                self._processes[place] = subprocess.Popen(
                    command, env=self._env, start_new_session=True, stdout=self._log, stderr=self._log
                )

    def kill(self, place: int) -> None:
        process = self._processes[place]
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.kills += 1

    def ended(self) -> list[int]:
        """Exit codes after SIGTERM."""
        for process in self._processes:
            if process is not None and process.poll() is None:
                process.terminate()
        codes = [process.wait(timeout=60) for process in self._processes if process is not None]
        self._log.close()
        return codes


def entries_of(env) -> list:
    with Bridge(load(environ=env)) as bridge:
        return list(bridge.entries())


def truncated(url: str) -> None:
    """The queue is emptied, whoever works."""
    with suppress(psycopg.Error), psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


def harness(sandbox, server, folder, *, invoices, kills, seed, database_dies=0, truncations=0):
    """Kill either worker (or the database) at random moments, then let them finish."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    fill(sandbox, invoices)
    env = environment(sandbox, folder, server.url)
    pair = Pair(env, folder)
    acts = ["kill"] * kills + ["database"] * database_dies + ["truncate"] * truncations
    chance.shuffle(acts)
    try:
        for act in acts:
            pair.started()
            time.sleep(chance.uniform(1.0, 3.0))
            if act == "kill":
                pair.kill(chance.randrange(2))
            elif act == "database":
                server.kill()
                time.sleep(chance.uniform(0.1, 1.0))
                server.start()
            else:
                truncated(server.url)
        deadline = time.monotonic() + 120 + invoices
        entries: list = []
        while time.monotonic() < deadline:
            pair.started()
            time.sleep(2)
            with suppress(BridgeError):
                entries = entries_of(env)
            mine = [entry for entry in entries if entry.number.startswith("K-")]
            if len(mine) == invoices and all(entry.state is State.SENT for entry in mine):
                break
    finally:
        codes = pair.ended()
    return pair.kills, entries, codes


def test_two_workers_killed_each_invoice_is_deposited_once(sandbox, server, tmp_path):
    killed, entries, codes = harness(sandbox, server, tmp_path, invoices=8, kills=2, seed=5, truncations=1)
    log = (tmp_path / "workers.log").read_text()
    assert killed, log
    assert judge(sandbox, entries, 8, killed) == NOTHING_WRONG, log
    assert {entry.state for entry in entries if entry.number.startswith("K-")} == {State.SENT}, log
    assert codes == [0, 0], log


@pytest.mark.slow
def test_runs_killed_on_postgresql(server, tmp_path):
    """As on SQLite: one process at a time."""
    with Sandbox(judge=lenient) as sandbox:
        killed, entries = test_kill.harness(sandbox, tmp_path, invoices=60, kills=30, seed=8, database=server.url)
        assert killed > 5
        assert judge(sandbox, entries, 60, killed) == NOTHING_WRONG
        assert len(sandbox.iopole.deposits) == 60


@pytest.mark.slow
def test_two_hundred_invoices_and_sixty_kills(sandbox, server, tmp_path):
    killed, entries, _ = harness(sandbox, server, tmp_path, invoices=200, kills=60, seed=6, truncations=4)
    assert killed > 20
    assert judge(sandbox, entries, 200, killed) == NOTHING_WRONG
    assert len(sandbox.iopole.deposits) == 200


@pytest.mark.slow
def test_postgresql_killed_again_and_again(sandbox, server, tmp_path):
    """Durable intents are what is tried: a commit that returned is there after the database's death."""
    killed, entries, _ = harness(
        sandbox, server, tmp_path, invoices=100, kills=8, seed=7, database_dies=10, truncations=2
    )
    assert judge(sandbox, entries, 100, killed) == NOTHING_WRONG
    assert {entry.state for entry in entries if entry.number.startswith("K-")} == {State.SENT}
