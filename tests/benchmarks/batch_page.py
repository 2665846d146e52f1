"""The page of the batch, fixtures/BATCH.md."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batch import Measured

MEMORY = 400
"""Megabytes that the run, and each worker, may take."""

_INTRODUCTION = """# A city's quarter

Written by `python tests/benchmarks/batch.py --invoices {invoices} --workers {workers}`. The whole line, every layer on,
against the sandbox's servers in a process of their own on the same machine, without quotas: a real quota (Iopole: 120
requests a minute by default) is far slower than this machine, and is what a quarter's batch really waits for. The
platform judges nothing here. A shared machine of two cores, other work beside it; Python {python}.

## {invoices} invoices, {workers} workers

| What | Measured |
|---|---:|
"""


def page(found: Measured) -> str:
    """The page in Markdown."""
    count = found.invoices
    rows = [
        ("Recorded from the source, in pages of 50", f"{found.pull:.0f} s"),
        ("Stated, drawn, judged, deposited", f"{found.send:.0f} s, {count / found.send:.1f} invoices per second"),
        (f"{found.synced} statuses brought home and acknowledged", f"{found.sync:.0f} s"),
        ("A run more, with nothing new", f"{found.again:.1f} s"),
        ("Deposits counted at the platform; of them twice", f"{found.deposits}; {found.twice}"),
        (f"Peak memory of the run (promise: under {MEMORY} MB)", f"{found.peak_parent} MB"),
        ("Its memory half-way", f"{found.halfway_parent} MB"),
        (f"Peak memory of a worker (promise: under {MEMORY} MB)", f"{found.peak_worker} MB"),
        ("The journal", f"{found.journal} MB, {found.journal * 1024 / count:.0f} kB per invoice"),
    ]
    lines = [_INTRODUCTION.format(invoices=count, workers=found.workers, python=platform.python_version())]
    lines[0] = lines[0].rstrip("\n")
    lines += [f"| {what} | {value} |" for what, value in rows]
    lines += ["", "## Where the CPU goes, in milliseconds per invoice", "", "| Process | CPU |", "|---|---:|"]
    lines += [f"| {name} | {seconds * 1000 / count:.1f} |" for name, seconds in found.cpu.items()]
    lines += [
        "",
        "The source's pages are read by the first act and not counted with the run.",
        "",
        "## Where the time of the run's threads goes, in milliseconds per invoice",
        "",
        "Threads wait while others work: waits add up to more than the time that passes.",
        "",
        "| Stage | Time | of which CPU |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {stage} | {wall * 1000 / count:.1f} | {cpu * 1000 / count:.2f} |"
        for stage, (wall, cpu) in sorted(found.stages.items(), key=lambda each: -each[1][0])
    ]
    return "\n".join(lines) + "\n"
