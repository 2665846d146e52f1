"""The figures in the text format of Prometheus (version 0.0.4): counts and ages, no invoice, name or amount."""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pdp_bridge import __version__
from pdp_bridge.journal.counting import MOST_COUNTED
from pdp_bridge.journal.figures import Figures
from pdp_bridge.journal.queued import Line, Queued
from pdp_bridge.ports import State
from pdp_bridge.server.tally import Tally

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One family: `kind` is counter or gauge."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


def text(metrics: Iterable[Metric]) -> str:
    """The page.

    >>> print(text([Metric(name="x_total", kind="counter", help="Xs.", samples=(({"of": 'a"b'}, 2),))]), end="")
    # HELP x_total Xs.
    # TYPE x_total counter
    x_total{of="a\\"b"} 2
    """
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    name = metric.name
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.kind}"
    for labels, value in metric.samples:
        inside = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        yield f"{name}{{{inside}}} {value:.15g}" if inside else f"{name} {value:.15g}"


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def of_journal(figures: Figures, now: datetime) -> Iterator[Metric]:
    """What the journal holds."""

    def age(instant: datetime) -> float:
        return max(0.0, (now - instant).total_seconds())

    by_state = {(state.value, ""): 0 for state in State} | dict(figures.invoices)
    yield Metric(
        name="pdp_bridge_invoices",
        kind="gauge",
        help="Invoices by state in our line and technical status at the platform (empty before any deposit); "
        f"{MOST_COUNTED} means as many or more.",
        samples=tuple(({"state": state, "technical_status": said}, n) for (state, said), n in sorted(by_state.items())),
    )
    yield Metric(
        name="pdp_bridge_oldest_unsent_age_seconds",
        kind="gauge",
        help="Since when the unsent invoice of each state that waits longest is known; held ones are not counted.",
        samples=tuple(({"state": state}, age(since)) for state, since in sorted(figures.unsent_since.items())),
    )
    yield Metric(
        name="pdp_bridge_last_ended_age_seconds",
        kind="gauge",
        help="Since the last run and the last synchronisation ended, in this process or another.",
        samples=tuple(({"act": act}, age(at)) for act, at in sorted(figures.ended.items())),
    )
    yield Metric(
        name="pdp_bridge_status_events",
        kind="gauge",
        help=f"Status events in the journal by how they came first; {MOST_COUNTED} means as many or more.",
        samples=tuple(({"origin": origin}, n) for origin, n in sorted(figures.events.items())),
    )
    yield Metric(
        name="pdp_bridge_callbacks_kept",
        kind="gauge",
        help=f"Callbacks kept beside the status events, by kind; {MOST_COUNTED} means as many or more.",
        samples=tuple(({"kind": kind}, n) for kind, n in sorted(figures.callbacks.items())),
    )


def of_queues(queued: Queued, now: datetime) -> Iterator[Metric]:
    """What waits, and for how long the first has waited."""
    yield Metric(
        name="pdp_bridge_waiting",
        kind="gauge",
        help="Invoices that wait: due to be sent, in doubt, unresolved (for a person), for the platform's verdict.",
        samples=tuple(({"what": what}, line.count) for what, line in queued.invoices.items()),
    )
    yield Metric(
        name="pdp_bridge_waiting_oldest_age_seconds",
        kind="gauge",
        help="Since when the first of them has waited; 0 while none does.",
        samples=tuple(({"what": what}, _waited(line, now)) for what, line in queued.invoices.items()),
    )
    if queued.workers is None:
        return
    yield _single("pdp_bridge_workers", "Workers that have given a sign in the last half minute.", queued.workers)
    yield Metric(
        name="pdp_bridge_queue_jobs",
        kind="gauge",
        help="Jobs of the workers: todo, doing.",
        samples=tuple(({"status": status}, line.count) for status, line in queued.jobs.items()),
    )
    yield Metric(
        name="pdp_bridge_queue_oldest_age_seconds",
        kind="gauge",
        help="Since when the first job of each status has been in the queue; 0 while there is none.",
        samples=tuple(({"status": status}, _waited(line, now)) for status, line in queued.jobs.items()),
    )


def _waited(line: Line, now: datetime) -> float:
    return 0.0 if line.since is None else max(0.0, (now - line.since).total_seconds())


def of_process(tally: Tally, started: datetime) -> Iterator[Metric]:
    """What this process has done, and what it uses."""
    accepted, refused = tally.counts()
    yield Metric(
        name="pdp_bridge_callbacks_accepted_total",
        kind="counter",
        help="Callbacks answered 2xx, new or repeated.",
        samples=tuple(({"kind": kind, "outcome": outcome}, n) for (kind, outcome), n in accepted.items()),
    )
    yield Metric(
        name="pdp_bridge_callbacks_refused_total",
        kind="counter",
        help="Callbacks refused, by reason.",
        samples=tuple(({"kind": kind, "reason": reason}, n) for (kind, reason), n in refused.items()),
    )
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield Metric(
        name="process_cpu_seconds_total",
        kind="counter",
        help="User and system time.",
        samples=(({}, usage.ru_utime + usage.ru_stime),),
    )
    yield from _memory()
    yield _single("process_start_time_seconds", "Start, as a Unix time.", started.timestamp())
    yield _single("process_threads", "Threads.", threading.active_count())
    labels = {"version": __version__, "python": ".".join(map(str, sys.version_info[:3])), "pid": str(os.getpid())}
    yield Metric(name="pdp_bridge_info", kind="gauge", help="What runs here.", samples=((labels, 1),))


def _memory() -> Iterator[Metric]:
    """Where the kernel tells it (Linux): `getrusage` would tell the largest memory of the parent, too."""
    try:
        lines = Path("/proc/self/status").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return
    kilobytes = {words[0]: int(words[1]) for line in lines if (words := line.split())[0] in {"VmRSS:", "VmHWM:"}}
    if len(kilobytes) == len({"VmRSS:", "VmHWM:"}):
        yield _single("process_resident_memory_bytes", "Memory now.", kilobytes["VmRSS:"] * 1024)
        yield _single("process_resident_memory_max_bytes", "Largest memory so far.", kilobytes["VmHWM:"] * 1024)


def _single(name: str, text: str, value: float) -> Metric:
    return Metric(name=name, kind="gauge", help=text, samples=(({}, value),))
