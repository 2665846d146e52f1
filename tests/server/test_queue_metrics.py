"""What waits, as it is shown to those who watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pdp_bridge.journal.queued import Line, Queued
from pdp_bridge.server.exposition import of_queues, text

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
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
