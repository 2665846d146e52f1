"""A network cut in two while two workers send: no invoice is lost, deposited twice, or wrongly called sent.

Each worker reaches PostgreSQL and the platform by links of its own (`links.py`), which are cut, both ways or one, and
healed: then what was under way arrives late, or the kernels have given up and it is lost. Counted at the platform.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import postgresql
import pytest
from links import Link
from sqlalchemy import make_url
from test_kill import NOTHING_WRONG, environment, fill, judge, lenient
from test_kill_workers import WORKER, entries_of

from pdp_bridge.bridge import Bridge
from pdp_bridge.errors import BridgeError
from pdp_bridge.ports import State
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load

LONGEST = 3.0
"""Seconds that what is under way may be late: less than lease and settle time together, as the protocol demands."""


@pytest.fixture
def server():
    running = postgresql.Server()
    yield running
    running.stop()


@pytest.fixture
def sandbox():
    with Sandbox(judge=lenient) as running:
        yield running


class Worker:
    """One worker process behind links of its own."""

    def __init__(self, env: dict[str, str], url: str, folder, name: str) -> None:
        unix = f"{make_url(url).query['host']}/.s.PGSQL.5432"
        platform = urlsplit(env["IOPOLE_BASE_URL"])
        self.database, self.platform = Link(unix), Link((platform.hostname, platform.port))
        there = f"http://127.0.0.1:{self.platform.port}"
        self._env = {
            **env,
            "IOPOLE_BASE_URL": there,
            "IOPOLE_AUTH_URL": there,
            "PDP_BRIDGE_DATA": str(folder / name),
            "PDP_BRIDGE_DATABASE_URL": f"postgresql+psycopg://postgres@127.0.0.1:{self.database.port}/postgres",
        }
        self._log = (folder / f"{name}.log").open("ab")
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER], env=self._env, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def end(self) -> None:
        for link in (self.database, self.platform):
            link.heal()
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            finally:
                self.process.kill()
                self.process.wait()
        for link in (self.database, self.platform):
            link.__exit__()
        self._log.close()


@contextmanager
def two(sandbox, server, folder, settle):
    env = {**environment(sandbox, folder, server.url), "PDP_BRIDGE_SETTLE_SECONDS": str(settle)}
    with ExitStack() as stack:
        workers = []
        for name in ("one", "two"):
            worker = Worker(env, server.url, folder, name)
            stack.callback(worker.end)
            workers.append(worker)
        yield env, *workers


def sent(env, seconds) -> list:
    """The invoices once all of them are sent; what only a person may decide is sent again, as a person would."""
    deadline = time.monotonic() + seconds
    entries: list = []
    while time.monotonic() < deadline:
        time.sleep(1)
        with suppress(BridgeError):
            entries = [entry for entry in entries_of(env) if entry.number.startswith("K-")]
            for entry in entries:
                if entry.unresolved:
                    with Bridge(load(environ=env)) as bridge:
                        bridge.resend(entry.source_id, by="a person")
        if entries and all(entry.state is State.SENT for entry in entries):
            break
    return entries


def told(folder) -> str:
    return "".join(path.read_text(errors="replace")[-6000:] for path in sorted(folder.glob("*.log")))


@pytest.mark.slow
def test_who_was_cut_off_after_the_claim_comes_back_while_another_sends(sandbox, server, tmp_path):
    """The first worker's intent is on record and it never hears so; the second finds nothing, and sends.

    While the second waits for its answer, the first comes back: it sends nothing, and takes nothing away.
    """
    fill(sandbox, 1)
    with two(sandbox, server, tmp_path, settle=1) as (env, one, other):
        with Bridge(load(environ=env)) as bridge:
            bridge.pull()
        one.database.cut_answers_at(b"attempt 1, document", b"COMMIT")
        one.start()
        assert one.database.struck.wait(60), told(tmp_path)
        other.platform.cut_answers_at(b"POST /v1/invoice ")
        other.start()
        assert other.platform.struck.wait(60), told(tmp_path)
        one.database.heal()
        time.sleep(2)
        assert len(sandbox.iopole.deposits) == 1
        other.platform.heal()
        entries = sent(env, 60)
        time.sleep(3)  # a step that should not be there would come now
    assert judge(sandbox, entries, 1, 0) == NOTHING_WRONG, told(tmp_path)
    assert [entry.state for entry in entries] == [State.SENT], told(tmp_path)
    assert entries[0].attempt == 2


@pytest.mark.slow
def test_a_worker_cut_off_in_the_middle_of_its_claim_holds_nobody_up_for_ever(sandbox, server, tmp_path):
    """The intent is written and not committed when the network is cut; the server gives the connection up."""
    fill(sandbox, 3)
    with two(sandbox, server, tmp_path, settle=1) as (env, one, other):
        with Bridge(load(environ=env)) as bridge:
            bridge.pull()
        one.database.cut_answers_at(b"attempt 1, document")
        one.start()
        assert one.database.struck.wait(60), told(tmp_path)
        one.database.cut()
        other.start()
        time.sleep(2)
        one.database.forget(client=False)  # as `tcp_user_timeout` has it after half a minute
        entries = sent(env, 60)
        assert judge(sandbox, entries, 3, 0) == NOTHING_WRONG, told(tmp_path)
        assert {entry.state for entry in entries} == {State.SENT}, told(tmp_path)
        one.database.forget()
        one.database.heal()
        time.sleep(3)
        assert judge(sandbox, entries, 3, 0) == NOTHING_WRONG, told(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_cut_and_healed_again_and_again(sandbox, server, tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    invoices, cuts = 60, 30
    fill(sandbox, invoices)
    slowly = Fault(Kind.SLOW, "POST", "/v1/invoice", times=None, seconds=0.4)  # so that every cut meets a sending
    sandbox.iopole_faults.add(slowly)
    with two(sandbox, server, tmp_path, settle=LONGEST) as (env, *workers):
        for worker in workers:
            worker.start()
        deposits = []
        for _ in range(cuts):
            time.sleep(chance.uniform(0.1, 0.8))
            worker = chance.choice(workers)
            link = chance.choice([worker.database, worker.platform])
            link.cut(there=chance.random() < 0.6, back=chance.random() < 0.8)
            time.sleep(chance.uniform(0.1, LONGEST))
            if chance.random() < 0.4:  # too long for the kernels, each by itself
                link.forget(server=False)
                time.sleep(chance.uniform(0.0, 0.5))
                link.forget()
            link.heal()
            deposits.append(len(sandbox.iopole.deposits))
        entries = sent(env, 120 + invoices)
        codes = [worker.process.poll() for worker in workers]
    print(f"deposits as the cuts went on: {deposits}; requests {len(sandbox.iopole_exchanges)}")
    assert judge(sandbox, entries, invoices, cuts) == NOTHING_WRONG, told(tmp_path)
    assert {entry.state for entry in entries} == {State.SENT}, told(tmp_path)
    assert codes == [None, None], "a worker waits for its network, and does not end"
    assert deposits[cuts // 2] < invoices, "too few cuts met a sending"
