"""When to work: again and again with some jitter, each time within a time budget, until a signal asks to stop.

Work is never cut in the middle of an invoice: it ends where the line reports progress or waits (`Turn`), and the next
turn takes up what is left. Two instances exclude each other by the lock of the data folder, not here.
"""

from __future__ import annotations

import math
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from pdp_bridge.errors import Stopped

Monotonic = Callable[[], float]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often, in seconds from start to start; `jitter` is the share by which it varies, so that the installations
    of many companies do not all ask at the same second. `budget_seconds`: how long one turn may work.
    """

    every_seconds: float
    jitter: float = 0.1
    budget_seconds: float | None = None


class Stop:
    """Asked for once, by a signal or by another thread; every wait then ends at once."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether the work is to end."""
        return self._event.is_set()

    def ask(self) -> None:
        """End the work."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until asked; whether it was asked."""
        return self._event.wait(seconds)


class Turn:
    """One turn of work: the `watch` and the `sleep` of a line that ends when it is asked to, or when its time is over.

    Both raise `Stopped`, and only between two invoices.
    """

    def __init__(
        self, stop: Stop, budget_seconds: float | None = None, *, monotonic: Monotonic = time.monotonic
    ) -> None:
        self._stop = stop
        self._monotonic = monotonic
        self._end = math.inf if budget_seconds is None else monotonic() + budget_seconds

    def watch(self, stage: str, done: int, total: int | None, what: str) -> None:  # noqa: ARG002 - the shape of `Watch`
        """A place where the work may end."""
        self._require_time(0.0)

    def sleep(self, seconds: float) -> None:
        """Wait, unless the time would be over before the end of the pause."""
        self._require_time(seconds)
        if self._stop.wait(seconds):
            raise Stopped("The work was asked to stop; what is left waits for the next time")

    def _require_time(self, seconds: float) -> None:
        if self._stop.asked:
            raise Stopped("The work was asked to stop; what is left waits for the next time")
        if self._monotonic() + seconds > self._end:
            raise Stopped("The time for this turn is over; what is left waits for the next time")


def turns(
    act: Callable[[Turn], None],
    rhythm: Rhythm,
    stop: Stop,
    *,
    monotonic: Monotonic = time.monotonic,
    chance: Callable[[], float] = random.random,
) -> None:
    """`act` now, and then in the rhythm, until asked to stop. What `act` raises ends it, `Stopped` excepted."""
    while not stop.asked:
        started = monotonic()
        with suppress(Stopped):  # the next turn takes up what is left
            act(Turn(stop, rhythm.budget_seconds, monotonic=monotonic))
        if stop.wait(pause(rhythm, monotonic() - started, chance())):
            return


def pause(rhythm: Rhythm, spent_seconds: float, chance: float) -> float:
    """Seconds until the next turn; never less than a twentieth of the rhythm. `chance` is between 0 and 1.

    >>> pause(Rhythm(every_seconds=300), 60, 0.5)
    240.0
    >>> pause(Rhythm(every_seconds=300), 60, 0.0), pause(Rhythm(every_seconds=300), 1000, 1.0)
    (210.0, 15.0)
    """
    varied = rhythm.every_seconds * (1 + rhythm.jitter * (2 * chance - 1))
    return max(varied - spent_seconds, rhythm.every_seconds / 20)


@contextmanager
def until_signalled() -> Iterator[Stop]:
    """A `Stop` that SIGINT or SIGTERM asks for; a second signal does what it always does. In the main thread only."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {each: signal.getsignal(each) for each in SIGNALS}

    def asked(number: int, _frame: FrameType | None) -> None:
        stop.ask()
        signal.signal(number, before[signal.Signals(number)])

    for each in SIGNALS:
        signal.signal(each, asked)
    try:
        yield stop
    finally:
        for each in SIGNALS:
            signal.signal(each, before[each])
