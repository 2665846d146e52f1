"""How fast one machine makes and proves an invoice, against the lines a user would write: one run, CPU per invoice.

    python tests/benchmarks/local_line.py

writes `fixtures/BENCHMARKS.md`, and `fixtures/benchmarks.svg` when matplotlib is installed (extra `bench`). CPU is that
of the process, user and system, all threads. Each line has a process of its own, so that none pays for the rubbish of
another; they take turns within one run, never the same invoice twice.
"""

from __future__ import annotations

import argparse
import atexit
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import benchmark_page
import our_line
import rivals
from cold_start import cold_starts
from sample_bills import bill

from pdp_bridge.delivery import TOGETHER
from pdp_bridge.document import cii
from pdp_bridge.document.assembly import build
from pdp_bridge.document.facturx import package
from pdp_bridge.document.page import draw
from pdp_bridge.journal.store import SqlJournal, open_journal
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.report import LayerName
from pdp_bridge.validation import arithmetic, french, pdfa, schema

FIXTURES = Path(__file__).parents[2] / "fixtures"
WITH_CODE, WITHOUT_CODE = PageStyle(), PageStyle(qr_code=False)
SIZES = (1, 10, 100, 1_000)
LONGEST = 5_000
ROUNDS = 5
_NUMBERS = count(1)

Act = Callable[..., object]


@dataclass(slots=True)
class Measured:
    """CPU milliseconds per invoice by line of the comparison and by number of lines; bytes of the files of 10 lines."""

    cpu: dict[tuple[str, int], float] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    cold: dict[str, float] = field(default_factory=dict)


def spent(name: str, lines: int, times: int, first: int) -> float:
    """CPU milliseconds per invoice of a line of the comparison, over `times` invoices from the number `first`.

    The XML is given to the rivals: it is made before their clock starts.
    """
    bills = [bill(lines, first + number) for number in range(times)]
    given = [(one, cii.write(one)) for one in bills]
    start = time.process_time()
    if name in OURS:
        style, at_a_time = OURS[name]
        our_line.whole(bills, style, _journal(), at_a_time)
    else:
        for work in given:
            RIVALS[name](*work)
    return (time.process_time() - start) * 1000 / times


OURS = {
    "ours": (WITHOUT_CODE, TOGETHER),
    "ours, code to scan": (WITH_CODE, TOGETHER),
    "ours, one by one": (WITHOUT_CODE, 1),
}
RIVALS = {"naive": rivals.naive, "careful": rivals.careful, "unvalidated": rivals.unvalidated}


@cache
def _journal() -> SqlJournal:
    """The journal of this process, in a folder that goes with it."""
    folder = tempfile.mkdtemp(prefix="benchmark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return open_journal(Path(folder), clock=lambda: our_line.NOW)


def compare(sizes: tuple[int, ...], rounds: int) -> Iterator[tuple[str, int, float]]:
    """Line, number of lines, median of the rounds; the lines take turns within each round."""
    with ExitStack() as stack:
        spawn = get_context("spawn")
        workers = {name: stack.enter_context(ProcessPoolExecutor(1, mp_context=spawn)) for name in (*RIVALS, *OURS)}
        for lines in sizes:
            found: dict[str, list[float]] = {name: [] for name in workers}
            for turn in range(rounds + 1):
                for name, worker in workers.items():
                    times = _times(name, lines)
                    cpu = worker.submit(spent, name, lines, times, _next(times)).result()
                    if turn:  # the first warms up
                        found[name].append(cpu)
            yield from ((name, lines, median(values)) for name, values in found.items())
        longest = [workers["ours"].submit(spent, "ours", LONGEST, 1, _next(1)).result() for _ in range(2)]
        yield "ours", LONGEST, min(longest)


def _next(times: int) -> int:
    """The first of so many numbers that no invoice has had."""
    first, *_ = [next(_NUMBERS) for _ in range(times)]
    return first


def _times(name: str, lines: int) -> int:
    if name == "naive" or lines >= 1_000:
        return 1
    return 120 if lines <= 10 else 4


def stages(journal: SqlJournal, rounds: int) -> dict[str, float]:
    """CPU milliseconds of each stage of our line, 10 lines, without the code to scan."""
    bills = [bill(10, next(_NUMBERS)) for _ in range(20)]
    documents = [build(one, WITHOUT_CODE) for one in bills]
    pages = [(draw(one, WITHOUT_CODE), cii.write(one), one) for one in bills]
    checks = {
        LayerName.XSD: schema.check_xsd,
        LayerName.EN16931: schema.check_en16931,
        LayerName.BR_FR: schema.check_br_fr,
        LayerName.ARITHMETIC: arithmetic.check,
        LayerName.FRENCH: french.check,
        LayerName.PDFA: pdfa.check,
    }
    found = {
        "CII": _best(cii.write, bills, rounds),
        "page": _best(lambda one: draw(one, WITHOUT_CODE), bills, rounds),
        "PDF/A-3 file": _best(lambda one: package(*one), pages, rounds),
        "all of build, with the XML read back": _best(lambda one: build(one, WITHOUT_CODE), bills, rounds),
    }
    found |= {f"layer {name}": _best(check, documents, rounds) for name, check in checks.items()}
    new = [bill(10, next(_NUMBERS)) for _ in range(20)]
    judged = [(one, *made) for one, made in zip(new, our_line.proven(new, WITHOUT_CODE), strict=True)]
    our_line.pull(new, journal)
    return found | {benchmark_page.JOURNAL: _best(lambda one: our_line.record(*one, journal), judged, 1)}


def _best(act: Act, work: list[object], rounds: int) -> float:
    def once() -> float:
        start = time.process_time()
        for one in work:
            act(one)
        return (time.process_time() - start) * 1000 / len(work)

    return min(once() for _ in range(rounds))


def file_sizes() -> dict[str, int]:
    """Bytes of one invoice of 10 lines."""
    one = bill(10)
    return {
        "unvalidated": len(rivals.unvalidated(one, cii.write(one))),
        "ours": len(build(one, WITHOUT_CODE).content),
        "ours, code to scan": len(build(one, WITH_CODE).content),
    }


def measured(sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> Measured:
    """The whole comparison."""
    found = Measured()
    for name, lines, cpu in compare(sizes, rounds):
        found.cpu[name, lines] = cpu
        print(f"{name:20} {lines:5} lines {cpu:10.2f} ms", file=sys.stderr)
    found.stages = stages(_journal(), rounds)
    found.sizes = file_sizes()
    found.cold = cold_starts()
    return found


def main() -> None:
    """Measure, and write the page."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--to", type=Path, default=FIXTURES, help="folder for BENCHMARKS.md and benchmarks.svg")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = options.parse_args()
    found = measured(rounds=chosen.rounds)
    page = benchmark_page.page(
        found.cpu, found.stages, found.sizes, found.cold, drawn=benchmark_page.curve(found.cpu, chosen.to)
    )
    (chosen.to / "BENCHMARKS.md").write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
