"""Worker processes that state, draw and judge invoices, so that every core works and the engine's faults stay there.

What waits is handed over several invoices at a time, since a worker makes twenty together in less time than one after
the other, and comes back with the documents and their reports: a worker sees no journal and no network. When it dies,
by whatever cause, those that were in its hands are given out again one by one, so that only the one that kills is
concerned, and another worker takes its place. Workers end with the process that started them: the pipe between them is
all that holds them.
"""

from __future__ import annotations

import json
import math
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from threading import Condition, Thread
from types import TracebackType
from typing import Self

from pdp_bridge.errors import ConfigError
from pdp_bridge.model.document import Document
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.model.report import Report

Made = tuple[Document, Report]

Make = Callable[[Snapshot], Made]
"""Snapshot → document and report. Raises `FindingError`."""

MakeEach = Callable[[Sequence[Snapshot]], Sequence[Made | Exception]]
"""The same of several: in order, what came of each, or what was raised over it."""

Recipe = Callable[[], MakeEach]
"""How a worker comes by its `MakeEach`: anything that can be pickled, such as a `partial` of a function of a module."""

TOGETHER = 20
"""Invoices handed over at once, at most: more gain nothing."""

WEIGHT = 500_000
"""Bytes of snapshots handed over at once: what is heavier goes alone, and a worker's memory stays flat."""

DEADLINE = 300.0
"""Seconds for what is handed over at once: five thousand lines take a few. Beyond, the worker is ended."""

START = 60.0
"""Seconds for a worker to import what it needs."""

_ENTRY = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from pdp_bridge.workshop import bench
bench(int(sys.argv[2]))
"""
"""A worker finds modules where its parent does, and runs nothing of the parent's main module."""


class WorkerLost(Exception):
    """The worker ended, or was ended, with the invoice in its hands. No `BridgeError`: nobody foresaw it."""


@dataclass(frozen=True, slots=True)
class _Order:
    """One snapshot on its way to a worker, and what comes of it."""

    work: bytes
    outcome: Future[Made] = field(default_factory=Future)

    def done(self, outcome: Made | Exception) -> None:
        if isinstance(outcome, Exception):
            self.outcome.set_exception(outcome)
        else:
            self.outcome.set_result(outcome)


class Workshop:
    """At most `workers` processes, started when first needed. Call it from any thread, as a `Make`.

    Raises what `Make` raises, `WorkerLost`, and `ConfigError` when no worker can be started.
    """

    def __init__(self, workers: int, recipe: Recipe, *, deadline_seconds: float = DEADLINE) -> None:
        self._recipe = recipe
        self._deadline = deadline_seconds
        self._orders: deque[_Order] = deque()
        self._idle = 0  # workers without work
        self._closed = False
        self._turn = Condition()
        self._foremen = [Thread(target=self._attend, name=f"pdp-bridge-worker-{n}") for n in range(workers)]

    def __enter__(self) -> Self:
        for foreman in self._foremen:
            foreman.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        for foreman in self._foremen:
            foreman.join()

    def __call__(self, snapshot: Snapshot) -> Made:
        """As a `Make`; waits for its turn and for the answer."""
        order = _Order(pickle.dumps(snapshot))
        with self._turn:
            self._orders.append(order)
            self._turn.notify()
        return order.outcome.result()

    def _attend(self) -> None:
        """The life of one thread, with one worker at a time: take what waits, hand it over, wait for the answer."""
        worker: _Worker | None = None
        try:
            while orders := self._taken():
                worker = self._handed(worker, orders)
        finally:
            if worker is not None:
                worker.dismiss()

    def _taken(self) -> list[_Order]:
        """What to hand over next: a fair share of what waits. Nothing once the workshop is closed."""
        with self._turn:
            self._idle += 1
            self._turn.wait_for(lambda: self._orders or self._closed)
            share = min(TOGETHER, math.ceil(len(self._orders) / self._idle))
            self._idle -= 1
            taken: list[_Order] = []
            weight = 0
            while len(taken) < share and weight < WEIGHT:
                taken.append(self._orders.popleft())
                weight += len(taken[-1].work)
            return taken

    def _handed(self, worker: _Worker | None, orders: Sequence[_Order]) -> _Worker | None:
        """The worker that is left once every order has its outcome; None when it is no more."""
        try:
            worker = worker if worker is not None and worker.alive else _Worker(self._recipe)
            outcomes = worker.made([order.work for order in orders], self._deadline)
        except WorkerLost as error:
            return self._one_by_one(orders, error)
        except Exception as error:  # noqa: BLE001 - whoever waits for an outcome is told
            outcomes = [error] * len(orders)
        full = [order for order, outcome in zip(orders, outcomes, strict=True) if isinstance(outcome, MemoryError)]
        for order, outcome in zip(orders, outcomes, strict=True):
            if order not in full:
                order.done(outcome)
        if full and worker is not None:
            worker.end()  # another one begins with its memory in order
            worker = self._one_by_one(full, MemoryError())
        return worker

    def _one_by_one(self, orders: Sequence[_Order], error: Exception) -> _Worker | None:
        """Of several together nobody knows which one it was; one alone is told."""
        if len(orders) == 1:
            orders[0].done(error)
            return None
        worker = None
        for order in orders:
            worker = self._handed(worker, [order])
        return worker


class _Worker:
    """One process, and our end of the pipe to it."""

    def __init__(self, recipe: Recipe) -> None:
        self._pipe, theirs = Pipe()
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, "-P", "-c", _ENTRY, json.dumps(sys.path), str(descriptor)]
            try:
                self._process = subprocess.Popen(command, pass_fds=(descriptor,), stdin=subprocess.DEVNULL)
            except OSError as error:
                self._pipe.close()
                raise ConfigError(f"No worker process could be started ({error.strerror}): run without them") from error
        if not self._begun(recipe):
            self.end()
            raise ConfigError(f"A worker process could not begin ({self._fate()}): run without them")

    def _begun(self, recipe: Recipe) -> bool:
        try:
            self._pipe.send(recipe)
            return self._pipe.poll(START) and self._pipe.recv() is None
        except (EOFError, OSError):
            return False

    @property
    def alive(self) -> bool:
        """It may be given work: nothing has ended it meanwhile."""
        return self._process.poll() is None

    def made(self, works: Sequence[bytes], deadline: float) -> list[Made | Exception]:
        """What the worker answers, in order. Raises `WorkerLost`."""
        try:
            self._pipe.send(works)
            if not self._pipe.poll(deadline):
                self.end()
                raise WorkerLost(f"the worker process had made nothing of the invoice after {deadline:.0f} seconds")
            answer: list[Made | Exception] = self._pipe.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise WorkerLost(f"the worker process ended with the invoice in its hands ({self._fate()})") from error
        return answer

    def dismiss(self) -> None:
        """It ends by itself once the pipe is closed."""
        self._pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self.end()

    def end(self) -> None:
        """Whatever it is doing."""
        self._pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)  # one that died by itself is left to tell how
        self._process.kill()
        self._process.wait()

    def _fate(self) -> str:
        code = self._process.returncode
        if code >= 0:
            return f"exit code {code}"
        with suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
        return f"signal {-code}"


# -- in the worker ---------------------------------------------------------------------------------------------------


def bench(descriptor: int) -> None:
    """The life of a worker: snapshots in, documents and reports out, until the pipe is closed.

    Signals for the group are the parent's affair: it finishes what is in hand, then closes the pipe.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(EOFError, OSError), Connection(descriptor) as pipe:
        make: MakeEach = pipe.recv()()
        pipe.send(None)
        while True:
            pipe.send(_answer(make, [pickle.loads(work) for work in pipe.recv()]))  # noqa: S301 - of our own parent


def _answer(make: MakeEach, snapshots: Sequence[Snapshot]) -> list[Made | Exception]:
    try:
        outcomes = make(snapshots)
    except Exception as error:  # noqa: BLE001 - raised in the parent, which records it on the invoice
        outcomes = [error] if len(snapshots) == 1 else [_answer(make, [one])[0] for one in snapshots]
    return [_portable(outcome) if isinstance(outcome, Exception) else outcome for outcome in outcomes]


def _portable(error: Exception) -> Exception:
    """The error, without its frames; in words when it cannot travel."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - of our own making, a line before
    except Exception:  # noqa: BLE001 - whatever a foreign error does when it is pickled
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
