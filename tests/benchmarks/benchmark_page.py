"""The page of the benchmark, fixtures/BENCHMARKS.md, and its curve."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

Cpu = dict[tuple[str, int], float]

LABELS = {
    "naive": "naive: platypus, factur-x, schematrons compiled for each invoice",
    "careful": "careful: platypus, factur-x, schematrons compiled once",
    "unvalidated": "factur-x README, every check off",
    "ours": "pdp_bridge, every layer on, durable journal",
    "ours, code to scan": "pdp_bridge, the page with its code to scan too",
    "ours, one by one": "pdp_bridge, one invoice after the other",
}
JOURNAL = "journal, two commits"
PACKAGES = ("factur-x", "reportlab", "pypdf", "saxonche", "lxml", "pikepdf", "SQLAlchemy")
_INTRODUCTION = """# How fast

Written by `python tests/benchmarks/local_line.py`, in about three minutes. Figures are CPU, user and system of all
threads, on a shared machine of two cores; the lines, each in a process of its own, take turns in one run, on invoices
that are never the same, and the median counts. Compare ratios: another machine, or another hour, has other
milliseconds.

Python {python}, {packages}. An interpreter built from source without the usual optimisations takes a tenth more.

## CPU per invoice, in milliseconds
"""
_RIVALS = """
The rivals get the XML for nothing, draw a plainer page, keep no record and check no PDF. factur-x 7.8 itself leaves the
schematron to a server: the naive line runs the official files with saxonche, as the package did before.

## What was promised
"""


def page(cpu: Cpu, stages: dict[str, float], sizes: dict[str, int], cold: dict[str, float], *, drawn: bool) -> str:
    """The page in Markdown."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    parts = [
        _INTRODUCTION.format(python=_python(), packages=packages),
        _comparison(cpu),
        _RIVALS,
        _promises(cpu, sizes, cold),
        _missed(cpu, stages),
    ]
    parts += ["## Cost by line of invoice\n", _growth(cpu)]
    parts += ["\n![CPU by lines of invoice](benchmarks.svg)\n"] if drawn else [""]
    parts += [
        "## Where our time goes: 10 lines, no code to scan, least of the rounds, in milliseconds\n",
        _table(("Stage", "CPU"), stages.items()),
        _IN_TURN,
    ]
    return "\n".join(parts)


_IN_TURN = """
Each stage is measured alone, many times in a row. Among the others it costs more, for the code and the tables of the
others take its place near the processor: some half as much again on one invoice after the other. A run therefore makes
what is due forty at a time, stage by stage, here too; only the journal takes them one by one."""


def _python() -> str:
    whose = "the system's" if sys.base_prefix == "/usr" else "built from source or downloaded"
    return f"{platform.python_version()} ({whose})"


def _comparison(cpu: Cpu) -> str:
    sizes = sorted({lines for name, lines in cpu if name == "naive"})
    heads = ["Line"] + [f"{lines} line{'s' if lines > 1 else ''}" for lines in sizes]
    rows = [f"| {' | '.join(heads)} |", "|---" + "|---:" * len(sizes) + "|"]
    for name, label in LABELS.items():
        cells = [f"{cpu[name, lines]:.1f} ({cpu[name, lines] / cpu['ours', lines]:.1f}×)" for lines in sizes]
        rows.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _promises(cpu: Cpu, sizes: dict[str, int], cold: dict[str, float]) -> str:
    def times(name: str) -> float:
        return cpu[name, 10] / cpu["ours", 10]

    size = sizes["ours, code to scan"] / sizes["unvalidated"]
    growth = (cpu["ours", 5000] / 5000) / (cpu["ours", 100] / 100)
    rows = [
        (
            "Against the naive line, 10 lines",
            "≥ 50×",
            f"{times('naive'):.0f}×",
            times("naive") >= 50,
        ),
        (
            "Against the careful line, 10 lines",
            "≥ 8×",
            f"{times('careful'):.1f}×",
            times("careful") >= 8,
        ),
        (
            "Against the line that checks nothing",
            "> 1×",
            f"{times('unvalidated'):.1f}×",
            times("unvalidated") > 1,
        ),
        (
            f"Size of the file: {sizes['ours, code to scan']} bytes against {sizes['unvalidated']}",
            "≤ 0.7×",
            f"{size:.2f}×",
            size <= 0.7,
        ),
        (
            "Cost of a line in 5 000 lines against 100",
            "≤ 1.1×",
            f"{growth:.2f}×",
            growth <= 1.1,
        ),
        (
            "One invoice validated from nothing (`pdp-bridge validate`)",
            "< 0.6 s",
            f"{cold['validate']:.2f} s",
            cold["validate"] < 0.6,
        ),
        (
            "One invoice made and validated from nothing",
            "< 0.6 s",
            f"{cold['made and proven']:.2f} s",
            cold["made and proven"] < 0.6,
        ),
        (
            "`pdp-bridge --help`",
            "< 0.3 s",
            f"{cold['help']:.2f} s",
            cold["help"] < 0.3,
        ),
    ]
    lines = ["| What | Promise | Measured | Kept |", "|---|---:|---:|---|"]
    lines += [f"| {what} | {promise} | {found} | {'yes' if kept else 'no'} |" for what, promise, found, kept in rows]
    return "\n".join(lines) + "\n"


def _missed(cpu: Cpu, stages: dict[str, float]) -> str:
    share = stages[JOURNAL] / cpu["ours", 10]
    return (
        "The stages below say where the time goes. The journal's part of an invoice of 10 lines is "
        f"{share:.0%}: the rivals keep none. A start from nothing compiles the official files once and loads the "
        "libraries.\n"
    )


def _growth(cpu: Cpu) -> str:
    ours = sorted((lines, spent) for (name, lines), spent in cpu.items() if name == "ours")
    return _table(
        ("Lines", "CPU", "CPU per line"),
        ((f"{lines}", spent, spent / lines) for lines, spent in ours),
    )


def _table(heads: tuple[str, ...], rows: object) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    lines += [f"| {first} | {' | '.join(f'{number:.2f}' for number in rest)} |" for first, *rest in rows]
    return "\n".join(lines) + "\n"


def curve(cpu: Cpu, folder: Path) -> bool:
    """Draw CPU by number of lines, on two logarithmic axes; False when matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        return (folder / "benchmarks.svg").exists()
    import matplotlib as mpl  # noqa: PLC0415 - of the extra `bench`

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "pdp_bridge"
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after its backend is chosen

    figure, axes = plt.subplots(figsize=(7, 4.2))
    for name, label in LABELS.items():
        points = sorted((lines, spent) for (line, lines), spent in cpu.items() if line == name)
        axes.loglog(
            *zip(*points, strict=True),
            marker="o",
            label=label,
            linestyle="--" if "," in name and "ours" in name else "-",
        )
    axes.set_xlabel("lines of the invoice")
    axes.set_ylabel("CPU per invoice, ms")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(0, -0.14), ncols=2, frameon=False)
    figure.savefig(folder / "benchmarks.svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
    return True
