"""What goes on beside the receiving of callbacks: runs and synchronisations, one after the other, in a thread.

Callbacks bring statuses; new invoices still have to be asked for, and a callback that never came is found by `sync`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from pdp_bridge.bridge import Bridge
from pdp_bridge.errors import BridgeError, Busy, ConfigError, Stopped
from pdp_bridge.lifecycle import SyncResult
from pdp_bridge.pipeline import RunResult
from pdp_bridge.schedule import Rhythm, Stop, Turn, turns
from pdp_bridge.settings import Settings

_log = logging.getLogger("pdp_bridge.server")

Work = Callable[[Stop], None]
"""Anything that works until it is asked to stop."""


class Beside:
    """`work` in a thread of its own, from `with` to the end of its block; the end waits for it at most `patience` s.

    What is cut short is taken up by the next run, as after any crash.
    """

    def __init__(self, work: Work, *, patience: float = 60.0) -> None:
        self._stop = Stop()
        self._patience = patience
        self._thread = threading.Thread(target=self._guarded, args=(work,), name="beside", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.ask()
        self._thread.join(self._patience)

    def _guarded(self, work: Work) -> None:
        try:
            work(self._stop)
        except Stopped:
            _log.info("work stopped between two invoices")
        except Exception:  # noqa: BLE001 - callbacks must still be received; the log tells
            _log.exception("work beside the server has ended; callbacks are still received")


def rounds(companies: Sequence[Settings], every_seconds: float) -> Work:
    """`run` and `sync` of each company at once, then again in that rhythm."""

    def work(stop: Stop) -> None:
        def every_company(turn: Turn) -> None:
            for settings in companies:
                one_round(settings, turn)

        turns(every_company, Rhythm(every_seconds=every_seconds), stop)

    return work


def one_round(settings: Settings, turn: Turn) -> None:
    """One `run` and one `sync`, each told in a line of the log. Raises `Stopped`."""
    with Bridge(settings, sleep=turn.sleep, watch=turn.watch) as bridge:
        _told("run", bridge.run)
        _told("sync", bridge.sync)


def _told(name: str, act: Callable[[], RunResult | SyncResult]) -> None:
    """Do it, and tell how it ended: a service that is down today is there tomorrow. Raises `Stopped`."""
    started = time.monotonic()
    try:
        result = act()
    except (Stopped, ConfigError):
        raise
    except Busy:
        _log.info("%s left out: another pdp_bridge is at work", name)
    except BridgeError as error:
        _log.warning("%s failed: %s", name, error)
    except Exception:  # noqa: BLE001 - the next round must come all the same; the log tells
        _log.exception("%s failed", name)
    else:
        if result.stopped:
            raise Stopped(result.stopped)
        problem = result.unreachable or (result.refused if isinstance(result, RunResult) else None)
        _log.info("%s ended seconds=%.1f%s", name, time.monotonic() - started, f" problem={problem}" if problem else "")
