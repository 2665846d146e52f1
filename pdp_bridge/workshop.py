"""Worker processes that state, draw and judge invoices, so that every core works and the engine's faults stay there.

A worker is given some snapshots at a time and gives back the documents and their reports: it sees no journal and no
network. When it dies, by whatever cause, those that were in its hands are given out again one by one, so that only the
one that kills is concerned, and another worker takes its place. Workers end with the process that started them: the
pipe between them is all that holds them.
"""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from queue import LifoQueue
from types import TracebackType
from typing import Self

from pdp_bridge.errors import ConfigError
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.ports import Made, MakeEach

Recipe = Callable[[], MakeEach]
"""How a worker comes by its `MakeEach`: anything that can be pickled, such as a `partial` of a function of a module."""

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


class Workshop:
    """At most `workers` processes, started when first needed. Call it from any thread, as a `MakeEach`.

    Among the outcomes may be `WorkerLost`, and `ConfigError` when no worker can be started.
    """

    def __init__(self, workers: int, recipe: Recipe, *, deadline_seconds: float = DEADLINE) -> None:
        self._recipe = recipe
        self._deadline = deadline_seconds
        self._free: LifoQueue[_Worker | None] = LifoQueue()  # None: a place without a worker
        for _ in range(workers):
            self._free.put(None)
        self._places = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(self._places):
            worker = self._free.get()
            if worker is not None:
                worker.dismiss()

    def __call__(self, snapshots: Sequence[Snapshot]) -> list[Made | Exception]:
        """As a `MakeEach`; waits while every worker is busy."""
        try:
            outcomes = self._made(snapshots)
        except WorkerLost as error:
            outcomes = [error] * len(snapshots)
        if len(snapshots) == 1:
            return outcomes
        return [
            self([one])[0] if _nobody_knows(outcome) else outcome
            for one, outcome in zip(snapshots, outcomes, strict=True)
        ]

    def _made(self, snapshots: Sequence[Snapshot]) -> list[Made | Exception]:
        worker = self._free.get()
        try:
            if worker is None or not worker.alive:
                worker = _Worker(self._recipe)
            return worker.made(snapshots, self._deadline)
        except ConfigError as error:
            return [error] * len(snapshots)
        finally:
            self._free.put(worker if worker is not None and worker.alive else None)


def _nobody_knows(outcome: Made | Exception) -> bool:
    """Of several that were made together, each may have been what killed the worker or filled its memory."""
    return isinstance(outcome, WorkerLost | MemoryError)


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
            self._end()
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

    def made(self, snapshots: Sequence[Snapshot], deadline: float) -> list[Made | Exception]:
        """What the worker answers, in order. Raises `WorkerLost`; then the worker is ended."""
        try:
            self._pipe.send(snapshots)
            outcomes: list[Made | Exception] | None = self._pipe.recv() if self._pipe.poll(deadline) else None
        except (EOFError, OSError) as error:
            self._end()
            raise WorkerLost(f"the worker process ended with the invoice in its hands ({self._fate()})") from error
        except Exception as error:  # such as no memory for the answer, which the next question would find in the pipe
            self._end()
            raise WorkerLost(f"what the worker process made could not be taken ({type(error).__name__})") from error
        if outcomes is None:
            self._end()
            raise WorkerLost(f"the worker process had made nothing of the invoice after {deadline:.0f} seconds")
        if any(isinstance(outcome, MemoryError) for outcome in outcomes):
            self._end()  # another one begins with its memory in order
        return outcomes

    def dismiss(self) -> None:
        """It ends by itself once the pipe is closed."""
        self._pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._end()

    def _end(self) -> None:
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
            pipe.send(_answer(make, pipe.recv()))


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
