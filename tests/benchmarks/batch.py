"""A city's quarter through the whole line, against the sandbox servers: how fast, in how much memory, and where to.

    python tests/benchmarks/batch.py --invoices 50000 --workers 2

writes `fixtures/BATCH.md`. Three processes or more: the servers (`crowd.py`), the run, its workers. Nothing is left out
of the line: pages of the source are read and recorded, each invoice is stated, drawn, packed, read back, judged by all
layers, deposited over HTTP with its intent and its id on the disk before and after, and its status brought home.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import batch_page

from pdp_bridge import Bridge
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.sandbox import demo
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro.client import Client as SourceClient
from pdp_bridge.transmission.iopole.adapter import Iopole
from pdp_bridge.workshop import Workshop

FIXTURES = Path(__file__).parents[2] / "fixtures"
EVERY = 2.0  # seconds between two looks at the memory


@dataclass(slots=True)
class Measured:
    """What one run cost. Seconds, megabytes, invoices."""

    invoices: int
    workers: int
    pull: float = 0.0
    send: float = 0.0
    sync: float = 0.0
    again: float = 0.0  # a run with nothing new
    again_requests: int = 0
    synced: int = 0  # statuses
    peak_parent: int = 0
    peak_worker: int = 0
    halfway_parent: int = 0
    journal: int = 0
    cpu: dict[str, float] = field(default_factory=dict)
    stages: dict[str, tuple[float, float]] = field(default_factory=dict)  # wall and CPU seconds of the parent's threads
    deposits: int = 0
    twice: int = 0


class Stages:
    """Wall and CPU time of methods, over all threads."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._lock = threading.Lock()

    def watch(self, owner: type, method: str, stage: str) -> None:
        """From now on the calls of this method are timed."""
        plain = getattr(owner, method)

        def timed(*arguments: object, **named: object) -> object:
            wall, cpu = time.perf_counter(), time.thread_time()
            try:
                return plain(*arguments, **named)
            finally:
                with self._lock:
                    spent = self.spent[stage]
                    spent[0] += time.perf_counter() - wall
                    spent[1] += time.thread_time() - cpu

        setattr(owner, method, timed)


def watched() -> Stages:
    """The stages of the line in the parent."""
    stages = Stages()
    stages.watch(SourceClient, "_page", "source: a page over HTTP") if hasattr(SourceClient, "_page") else None
    stages.watch(SqlJournal, "pulled", "journal: record what a page showed")
    stages.watch(SqlJournal, "snapshot", "journal: read the snapshot")
    stages.watch(Workshop, "__call__", "worker: state, draw, judge (waited for)")
    stages.watch(Iopole, "ready", "platform: wait for a slot")
    stages.watch(SqlJournal, "sending", "journal: the intent, with the file and its report")
    stages.watch(Iopole, "send", "platform: the deposit over HTTP")
    stages.watch(SqlJournal, "sent", "journal: the id of the deposit")
    return stages


class Memory(threading.Thread):
    """Looks at the memory of this process and of its workers, now and then."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.workers: dict[int, int] = {}
        self.cpu: dict[int, float] = {}
        self.parent: list[int] = []

    def run(self) -> None:
        """Until `over`."""
        while not self.over.wait(EVERY):
            self.parent.append(_status(os.getpid(), "VmRSS"))
            for worker in _children():
                self.workers[worker] = max(self.workers.get(worker, 0), _status(worker, "VmHWM"))
                self.cpu[worker] = max(self.cpu.get(worker, 0.0), _cpu(worker))


def _children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _status(process: int, name: str) -> int:
    """Megabytes; 0 for a process that is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in text.splitlines() if line.startswith(name)), 0)


def _cpu(process: int) -> float:
    """Seconds, user and system; 0 for a process that is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(invoices: int, workers: int, folder: Path) -> Measured:
    """One batch from an empty journal to the statuses, and one run more with nothing new."""
    found = Measured(invoices, workers)
    crowd = [sys.executable, str(Path(__file__).with_name("crowd.py")), str(invoices)]
    with subprocess.Popen(crowd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
        memory, stages = Memory(), watched()
        try:
            settings = folder / "pdp-bridge.toml"
            settings.write_text(demo.settings_text(), "utf-8")
            environ = {**json.loads(servers.stdout.readline()), "PDP_BRIDGE_CONFIG": str(settings)}
            with Bridge(load(environ={**environ, "PDP_BRIDGE_DATA": str(folder)}), watch=_told()) as bridge:
                found.pull = _timed(bridge.pull)
                before = _own_cpu()
                memory.start()
                found.send = _timed(lambda: bridge.run(workers=workers))
                memory.over.set()
                found.cpu = {
                    "the run itself": _own_cpu() - before,
                    "workers": sum(memory.cpu.values()),
                    "servers": _cpu(servers.pid),
                }
                found.stages = {name: (spent[0], spent[1]) for name, spent in stages.spent.items()}
                found.again = _timed(bridge.run)
                found.sync = _timed(lambda: setattr(found, "synced", bridge.sync().new_events))
            found.journal = sum(file.stat().st_size for file in folder.glob("journal.db*")) // 1024**2
        finally:
            told = servers.communicate("")[0]
    found.peak_parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found.halfway_parent = memory.parent[len(memory.parent) // 2] if memory.parent else 0
    found.peak_worker = max(memory.workers.values(), default=0)
    counted = json.loads(told.splitlines()[-1])
    found.deposits, found.twice = counted["deposits"], counted["twice"]
    return found


def _told() -> object:
    """Progress, now and then."""
    last = 0.0

    def watch(stage: str, done: int, total: int | None, what: str) -> None:
        nonlocal last
        if time.monotonic() - last > 10:
            last = time.monotonic()
            print(f"{stage} {done}/{total} {what}", file=sys.stderr, flush=True)

    return watch


def _timed(act: object) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and write the page."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--invoices", type=int, default=50_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--to", type=Path, default=FIXTURES, help="folder for BATCH.md")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(chosen.invoices, chosen.workers, Path(folder))
    page = batch_page.page(found)
    (chosen.to / "BATCH.md").write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
