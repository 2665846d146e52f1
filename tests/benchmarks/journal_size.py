"""What each question to the journal costs when it holds a million invoices; and a run and a sync without news.

    python tests/benchmarks/journal_size.py --invoices 1000000

writes `fixtures/JOURNAL.md`. The rows are made here, as years of use leave them: nearly all sent and validated, a third
of those final, two in a hundred on another route, a few in every other state. Where others work too, give it priority
(`nice -n -15`): a question that is interrupted measures them.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import insert, update

from pdp_bridge import Bridge
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.rows import report_text
from pdp_bridge.journal.standing import Standing
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load
from pdp_bridge.testing import sample_document, sample_invoice, sample_report

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
CHUNK = 20_000
ROUNDS = 25
LIMIT = 10.0  # milliseconds


def invoices(count: int, firm: str) -> Iterator[dict[str, object]]:
    """Rows of the table `invoice`, the oldest first; the thousandth are each in a state that is rare."""
    rare = ("refused", "failed", "pulled", "sending")
    for number in range(1, count + 1):
        part = number % 20_000
        state = rare[part] if part < len(rare) else "held" if number % 50 == 7 else "sent"
        final = number % 3 == 0
        rejected = number % 5_000 == 8
        pending = count - number < 200
        status = "rejected" if rejected else "pending" if pending else "validated"
        sent = state == "sent"
        yield {
            "source_id": str(number),
            "firm": firm,
            "number": f"FA-{number:07}",
            "issue_date": date(2020, 1, 1) + timedelta(days=number * 2500 // count),
            "state": state,
            "version": "v",
            "latest_version": "v",
            "passed_over": False,
            "reason": "NOT_E_INVOICED: sale to a consumer" if state == "held" else None,
            "next_action_at": None,
            "attempt": int(sent),
            "answers_lost": 0,
            "unresolved": state == "sending",
            "failures": 0,
            "seller": "100000009" if sent else None,
            "report_id": number if part < len(rare) else None,
            "sending_at": NOW if sent else None,
            "lease_until": NOW if sent else None,
            "sent_at": NOW if sent else None,
            "submission_id": f"p-{number}" if sent else None,
            "technical_status": status if sent else None,
            "final": sent and (final or rejected) and not pending,
            "history_read_at": NOW if number % 2 else None,
            "pulled_at": NOW,
            "updated_at": NOW + timedelta(seconds=number % 86_400),
        }


def filled(journal: SqlJournal, count: int, firm: str) -> None:
    """The journal with so many invoices, their deposits, and the reports of those that stand still."""
    rows = invoices(count, firm)
    report = report_text(sample_report(sample_document(sample_invoice("FA-1"))))
    with journal.engine.begin() as connection:
        while chunk := list(islice(rows, CHUNK)):
            connection.execute(insert(t.invoice), chunk)
            reported = [row for row in chunk if row["report_id"]]
            if reported:
                values = {"at": NOW, "payload": report}
                keys = [{"id": row["report_id"], "source_id": row["source_id"]} for row in reported]
                connection.execute(insert(t.report), [{**key, **values} for key in keys])
            sent = [row for row in chunk if row["submission_id"]]
            deposits = [
                {"submission_id": r["submission_id"], "source_id": r["source_id"], "attempt": 1, "known_at": NOW}
                for r in sent
            ]
            connection.execute(insert(t.submission), deposits)


def questions(journal: SqlJournal, count: int) -> dict[str, Callable[[], object]]:
    """What is asked, by whom."""
    standing = Standing(journal)
    middle = str(count // 2)
    return {
        "an invoice by its number (`status NUMBER`)": lambda: journal.entry(f"FA-{int(middle):07}"),
        "an invoice by its deposit": lambda: journal.entry(f"p-{middle}"),
        "what is due, the first (`run`)": lambda: next(iter(journal.due(NOW, 100)), None),
        "how many are due (`run`)": lambda: journal.how_many_due(NOW, 100),
        "those to read again at the source (`run`, `pull`)": lambda: journal.stopped(100),
        "deposits in doubt (`run`)": journal.in_doubt,
        "what may need a person (`run`)": lambda: list(standing.stuck()),
        "since when a status is awaited (`run`, notices)": journal.notices().circumstances,
        "open deposits, while the feed speaks (`sync`)": lambda: journal.awaiting_news(NOW, 1800, float("inf")),
        "rejected copies to look into (`sync`)": journal.rejected_copies,
        "the first page of all invoices (`status`)": lambda: list(islice(journal.entries(), 50)),
        "rejected deposits, all (`sync`)": lambda: list(standing.rejected()),
        "300 open deposits, while the feed is silent (`sync`)": lambda: journal.awaiting_news(NOW, 1800, 86_400),
        "verdicts, counted (`sync`)": standing.verdicts,
        "invoices, counted (`doctor`)": standing.invoices,
    }


def milliseconds(act: Callable[[], object]) -> float:
    """The least of some rounds: other load only adds."""
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        spent.append((time.perf_counter() - start) * 1000)
    return min(spent)


def without_news(bridge: Bridge, sandbox: Sandbox) -> dict[str, tuple[float, int]]:
    """Seconds and requests of a run and of a synchronisation when nothing is new and nothing stands still."""
    with bridge.journal.engine.begin() as connection:
        connection.execute(update(t.invoice).where(t.invoice.c.state != "sent").values(state="sent", final=True))
        connection.execute(
            update(t.invoice).where(t.invoice.c.technical_status.is_(None)).values(technical_status="validated")
        )
    bridge.journal.received([StatusEvent(status_id="s-1", submission_id="p-1", code="ISSUED", at=NOW)])
    bridge.run()
    found = {}
    acts = {"A run with nothing new": bridge.run, "A synchronisation with nothing new": bridge.sync}
    for name, act in acts.items():
        before = len(sandbox.facturation_pro_exchanges) + len(sandbox.iopole_exchanges)
        start = time.perf_counter()
        act()
        spent = time.perf_counter() - start
        found[name] = (spent, len(sandbox.facturation_pro_exchanges) + len(sandbox.iopole_exchanges) - before)
    return found


@contextmanager
def bridged(folder: Path) -> Iterator[tuple[Bridge, Sandbox]]:
    """An empty sandbox and a bridge to it, both in the autumn of the rows."""
    with Sandbox(origin=NOW) as sandbox:
        settings = folder / "pdp-bridge.toml"
        settings.write_text(demo.settings_text(), "utf-8")
        environ = {**sandbox.environment(), "PDP_BRIDGE_CONFIG": str(settings), "PDP_BRIDGE_DATA": str(folder)}
        environ["PDP_BRIDGE_HISTORY_INTERVAL_SECONDS"] = "86400"
        with Bridge(load(environ=environ), clock=sandbox.clock, sleep=sandbox.clock.advance) as bridge:
            yield bridge, sandbox


_HEAD = """# A journal of many years

Written by `python tests/benchmarks/journal_size.py --invoices {count}`: {count} invoices on SQLite, on a shared machine
of two cores. Python {python}. Milliseconds, the least of {rounds}, from the call to the last object made of a row.

| Question | ms |
|---|---:|
"""


def main() -> None:
    """Measure, and write the page."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--invoices", type=int, default=1_000_000)
    options.add_argument("--to", type=Path, default=FIXTURES, help="folder for JOURNAL.md")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name, bridged(Path(name)) as (bridge, sandbox):
        filled(bridge.journal, chosen.invoices, str(sandbox.source_options.firm_id))
        found = {what: milliseconds(ask) for what, ask in questions(bridge.journal, chosen.invoices).items()}
        news = without_news(bridge, sandbox)
        size = (Path(name) / "journal.db").stat().st_size / 1024**2
    lines = [_HEAD.format(count=chosen.invoices, python=platform.python_version(), rounds=ROUNDS).rstrip("\n")]
    lines += [f"| {what} | {spent:.1f} |" for what, spent in found.items()]
    over = [what for what, spent in found.items() if spent > LIMIT]
    lines += ["", f"Promise: under {LIMIT:.0f} ms each. Not kept: {'; '.join(over) or 'none'}.", ""]
    lines += ["| Act | s | requests |", "|---|---:|---:|"]
    lines += [f"| {what} | {spent:.2f} | {requests} |" for what, (spent, requests) in news.items()]
    lines += ["", f"The database, without documents: {size:.0f} MB.", ""]
    (chosen.to / "JOURNAL.md").write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
