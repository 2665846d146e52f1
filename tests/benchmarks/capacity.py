"""What one machine, and each service's quota, allow in a day: `python tests/benchmarks/capacity.py`.

Measures what an invoice costs (CPU, disk) on a small batch before the sandbox servers, counts what it costs in
requests, and writes `pdp_bridge/guide/capacity.md`. The rest is division.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import batch

PAGE = Path(__file__).parents[2] / "pdp_bridge" / "guide" / "capacity.md"
DAYS = (1_000, 100_000, 10_000_000)
DAY = 86_400
STATUSES = 4  # of an invoice in its first days: 200, 201, 202, 203
FEED = 100  # statuses in one answer of Iopole's feed
LISTED = 50  # invoices in one page of Facturation.pro, with their lines
SOURCE_A_DAY = 10_000  # requests Facturation.pro takes of one account
PLATFORM_A_MINUTE = 180  # requests Iopole's documentation gives for one address
OURS_A_MINUTE = 120  # what we ask at most by default


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What one invoice costs: CPU seconds of the run and its workers, bytes of journal."""

    cpu: float
    journal: float
    measured_on: int

    def source(self, *, buyers_share: float) -> float:
        """Requests to Facturation.pro: pages of invoices, and pages of customers that are new."""
        return (1 + buyers_share) / LISTED

    def platform(self, *, buyers_share: float, webhook: bool) -> float:
        """Requests to Iopole: the deposit, its buyer in the directory, and each status read and acknowledged."""
        statuses = 0.0 if webhook else STATUSES * (1 + 1 / FEED)
        return 1 + buyers_share + statuses


def measured(count: int) -> Units:
    """A batch of `count` invoices through the whole line, in one worker."""
    with tempfile.TemporaryDirectory() as folder:
        found = batch.measured(count, 1, Path(folder))
    spent = found.cpu["the run itself"] + found.cpu["workers"]
    return Units(cpu=spent / count, journal=found.journal * 1024**2 / count, measured_on=count)


def rows(units: Units, *, buyers_share: float, webhook: bool) -> list[tuple[str, str, str, str, str, str]]:
    """A row for each number of invoices a day."""
    table = []
    for count in DAYS:
        source = count * units.source(buyers_share=buyers_share)
        platform = count * units.platform(buyers_share=buyers_share, webhook=webhook)
        cores = count * units.cpu / DAY
        table.append(
            (
                _spaced(count),
                _share(source, SOURCE_A_DAY, "accounts"),
                _share(platform, OURS_A_MINUTE * 1440, "times our default"),
                _share(platform, PLATFORM_A_MINUTE * 1440, "times the documented limit"),
                _number(cores),
                f"{_number(count * units.journal / 1024**3)} GB",
            )
        )
    return table


def _share(needed: float, allowed: float, beyond: str) -> str:
    part = needed / allowed
    return f"{part * 100:.2g} %" if part <= 1 else f"**{_number(part)} {beyond}**"


def _spaced(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 10 else _spaced(round(value))


def limit_of_platform(units: Units, *, webhook: bool, a_minute: int) -> int:
    """Invoices a day that so many requests a minute allow, buyers being asked for once each."""
    return int(a_minute * 1440 / units.platform(buyers_share=1, webhook=webhook))


def page(units: Units) -> str:
    """The page, in Markdown."""
    head = "| Invoices a day | Facturation.pro, of 10 000 requests | Iopole, of 120 a minute | Iopole, of 180 a minute "
    head += "| Cores, all day | Journal a day |\n|---:|---:|---:|---:|---:|---:|\n"
    polled = "\n".join(f"| {' | '.join(row)} |" for row in rows(units, buyers_share=1, webhook=False))
    called = "\n".join(f"| {' | '.join(row)} |" for row in rows(units, buyers_share=1, webhook=True))
    per_day = {webhook: limit_of_platform(units, webhook=webhook, a_minute=OURS_A_MINUTE) for webhook in (False, True)}
    ten = int(units.cpu * 10_000_000 / DAY) + 1
    return _wrapped(f"""# How far it goes

Computed by `python tests/benchmarks/capacity.py` from what one invoice of a small batch cost there (whole line, every
layer of validation, durable journal, {units.measured_on} invoices, shared machine): {units.cpu * 1000:.0f} ms of CPU,
{units.journal / 1024:.0f} kB of journal, and from what it costs in requests: 1/{LISTED} for its page at
Facturation.pro, as much for a buyer not seen before; at Iopole one deposit, one look into the directory for a buyer not
asked about for a day, and for each of its {STATUSES} statuses one acknowledgement and 1/{FEED} of a reading, or nothing
where Iopole calls us back. Every invoice here has a buyer of its own.

## Statuses read from the feed

{head}{polled}

## Statuses delivered by callbacks (`pdp-bridge serve`)

{head}{called}

## What limits each

**1 000 a day**: nothing. One machine, SQLite, a timer.

**100 000 a day**: Iopole first. With our default of {OURS_A_MINUTE} requests a minute one address carries about
{_spaced(per_day[False])} invoices a day when statuses are read from the feed, {_spaced(per_day[True])} with callbacks;
ask Iopole for the limit of your contract, raise `PDP_BRIDGE_PLATFORM_RPM`, use callbacks. Facturation.pro gives
10 000 requests a day to an account: 100 000 invoices fit, because they are listed {LISTED} at a time with their
lines; with write-back, which
costs one request for each change, they do not. CPU is a fraction of one core. SQLite still does, on
a disk that has room for one year and some more: settled years go into [files of their own](archive.md)
(`pdp-bridge archive`).

**10 million a day** is beyond both services as they are today: it would take the source quota of many accounts and an
agreement with the platform on its limits. On our side it is about {ten} cores of `run`, half as many
again of `pdp-bridge worker`, which makes one invoice a step but on several machines, one PostgreSQL
that takes some {10_000_000 * 6 // DAY} short transactions a second, partitioned by month, and the
files of invoices in an object store rather than in the database: the
last does not exist here.

Speed of the local line does not send faster: {OURS_A_MINUTE} requests a minute are {_spaced(OURS_A_MINUTE * 60)}
an hour whatever the machine. It shortens `plan`, `rehearse` and the day on which rules change.
""")


def _wrapped(text: str) -> str:
    """Paragraphs of 120 characters a line; tables and headings as they are."""
    parts = text.strip().split("\n\n")
    return "\n\n".join(part if part[0] in "|#" else textwrap.fill(part, 120) for part in parts) + "\n"


def main() -> None:
    """Measure and write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--invoices", type=int, default=500)
    options.add_argument("--to", type=Path, default=PAGE)
    chosen = options.parse_args()
    chosen.to.write_text(page(measured(chosen.invoices)), "utf-8")


if __name__ == "__main__":
    main()
