"""What waits, as it is shown to those who watch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pdp_bridge.journal.counting import MOST_COUNTED
from pdp_bridge.journal.figures import Figures
from pdp_bridge.journal.queued import Line, Queued
from pdp_bridge.server.exposition import of_journal, of_process, of_queues, text
from pdp_bridge.server.tally import Tally

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
GUIDE = Path(__file__).parents[2] / "pdp_bridge" / "guide" / "machines.md"
INVOICES = {"due": Line(count=3, since=NOW - timedelta(hours=1)), "verdict": Line(count=0)}


def values(queued):
    lines = text(of_queues(queued, NOW)).splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_counts_and_ages_of_what_waits():
    assert values(Queued(invoices=INVOICES)) == {
        'pdp_bridge_waiting{what="due"}': 3,
        'pdp_bridge_waiting{what="verdict"}': 0,
        'pdp_bridge_waiting_oldest_age_seconds{what="due"}': 3600,
        'pdp_bridge_waiting_oldest_age_seconds{what="verdict"}': 0,
    }


def test_jobs_and_workers_are_shown_where_there_are_any():
    jobs = {"todo": Line(count=7, since=NOW + timedelta(seconds=1)), "doing": Line(count=1, since=NOW)}
    found = values(Queued(invoices={}, jobs=jobs, workers=2))
    assert found == {
        "pdp_bridge_workers": 2,
        'pdp_bridge_queue_jobs{status="todo"}': 7,
        'pdp_bridge_queue_jobs{status="doing"}': 1,
        'pdp_bridge_queue_oldest_age_seconds{status="todo"}': 0,  # the database's clock is a second ahead
        'pdp_bridge_queue_oldest_age_seconds{status="doing"}': 0,
    }


def test_what_stops_counting_says_so():
    some = Figures(invoices={}, unsent_since={}, events={"feed": 1}, callbacks={"invoice": 1}, ended={})
    told = {metric.name for metric in of_journal(some, NOW) if f"{MOST_COUNTED} means as many or more" in metric.help}
    assert told == {"pdp_bridge_invoices", "pdp_bridge_status_events", "pdp_bridge_callbacks_kept"}


def test_the_guide_watches_what_is_shown():
    some = Figures(invoices={}, unsent_since={}, events={}, callbacks={}, ended={})
    everything = Queued(invoices=INVOICES, jobs={}, workers=1)
    shown = [*of_journal(some, NOW), *of_queues(everything, NOW), *of_process(Tally(), NOW)]
    named = set(re.findall(r"`(pdp_bridge_\w+)", GUIDE.read_text()))
    assert named
    assert named <= {metric.name for metric in shown}
