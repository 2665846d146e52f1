"""Every question is answered through an index, on a journal of 100 000 invoices."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import postgresql
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.dialects import sqlite

from pdp_bridge.journal import counting, prepared
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.awaiting import awaiting_queries
from pdp_bridge.journal.notices import concerned_queries, waiting_query
from pdp_bridge.journal.reader import (
    _ENTRY,
    entry_queries,
    in_doubt_query,
    page_query,
    ready_query,
    stopped_query,
)
from pdp_bridge.journal.standing import Standing, verdict_query
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.notice import Thresholds
from pdp_bridge.model.status import ON_THE_WAY, REFUSED_BY_BUYER, Outcome
from pdp_bridge.ports import Entry, State

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
ROWS = 100_000
AFTER = Entry(source_id="5", number="FA-5", state=State.PULLED, version="v", issue_date=date(2026, 1, 1))


STILL, SENT, CHANGED = concerned_queries(Thresholds(), NOW)


def invoice_row(number: int) -> dict[str, object]:
    """Nearly all are sent; one in a thousand is in each other state."""
    others = (State.PULLED, State.FAILED, State.HELD, State.REFUSED, State.SENDING)
    state = others[number % 1000] if number % 1000 < len(others) else State.SENT
    return {
        "source_id": str(number),
        "number": f"FA-{number}",
        "issue_date": date(2026, 1, 1) + timedelta(days=number % 365),
        "state": state.value,
        "version": "v",
        "latest_version": "v",
        "passed_over": False,
        "attempt": 1,
        "answers_lost": 0,
        "failures": 0,
        "unresolved": False,
        "firm": "",
        "seller": "100000009",
        "final": number % 10 != 7,
        "sending_at": NOW,
        "pulled_at": NOW,
        "updated_at": NOW,
    }


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    with SqlJournal(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'journal.db'}", clock=lambda: NOW) as journal:
        with journal._engine.begin() as connection:
            connection.execute(insert(t.invoice), [invoice_row(number) for number in range(ROWS)])
        with journal._engine.connect() as connection:
            yield connection


def plan(connection, query) -> list[str]:
    compiled = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]


QUERIES = {
    "due, first page": (page_query(ready_query(NOW), None), "SCAN invoice USING INDEX ix_invoice_ready"),
    "due, next page": (page_query(ready_query(NOW), AFTER), "SEARCH invoice USING INDEX ix_invoice_ready"),
    "looked at again, a few": (
        stopped_query(100).where(t.invoice.c.firm == ""),
        "SEARCH invoice USING INDEX ix_invoice_stopped (passed_over=? AND firm=?)",
    ),
    "looked at again, all": (page_query(stopped_query(), None), "SEARCH invoice USING INDEX ix_invoice_stopped"),
    "may need a person": (page_query(_ENTRY.where(text(t.STUCK)), None), "SCAN invoice USING INDEX ix_invoice_stuck"),
    "rejected": (page_query(_ENTRY.where(text(t.REJECTED)), None), "SEARCH invoice USING INDEX ix_invoice_verdict"),
    "verdicts": (verdict_query(Outcome.PENDING, ""), "SEARCH invoice USING COVERING INDEX ix_invoice_verdict"),
    "waiting since": (
        waiting_query().where(t.invoice.c.firm == ""),
        "SEARCH invoice USING INDEX ix_invoice_open (firm=? AND final=?)",
    ),
    "needs a person, not sent": (
        page_query(STILL.where(t.invoice.c.firm == ""), AFTER),
        "SEARCH invoice USING INDEX ix_invoice_stuck",
    ),
    "needs a person, sent": (
        page_query(SENT.where(t.invoice.c.firm == ""), AFTER),
        "SEARCH invoice USING INDEX ix_invoice_open (firm=?)",
    ),
    "changed at the source": (
        page_query(CHANGED.where(t.invoice.c.firm == ""), None),
        "SCAN invoice USING INDEX ix_invoice_changed",
    ),
    "in doubt": (in_doubt_query(), "SCAN invoice USING INDEX ix_invoice_in_doubt"),
    **{
        f"awaiting {place}": (query, "SEARCH invoice USING INDEX ix_invoice_awaiting (final=? AND technical_status=?")
        for place, query in enumerate(awaiting_queries(_ENTRY, NOW, (1800, 86_400), 1000))
    },
    "entries, first page": (page_query(_ENTRY, None), "SCAN invoice USING INDEX ix_invoice_order"),
    "entries, next page": (page_query(_ENTRY, AFTER), "SEARCH invoice USING INDEX ix_invoice_order"),
    "by number": (entry_queries("FA-7")[0], "SEARCH invoice USING INDEX ix_invoice_number (number=?)"),
    "by source id": (entry_queries("7")[1], "SEARCH invoice USING INDEX sqlite_autoindex_invoice_1 (source_id=?)"),
    "by submission id": (entry_queries("p-7")[2], "SEARCH submission USING INDEX sqlite_autoindex_submission_1"),
    "events": (
        select(t.status_event).where(t.status_event.c.submission_id == "p"),
        "SEARCH status_event USING INDEX ix_status_event_submission_id",
    ),
    "open attempt": (
        prepared.OPEN_ATTEMPT.params(of_source_id="7"),
        "SEARCH attempt USING INDEX sqlite_autoindex_attempt_1",
    ),
    "number taken": (
        prepared.TAKEN.params(of_source_id="9", of_number="FA-7", of_seller="100000009"),
        "SEARCH invoice USING INDEX uq_invoice_seller_number (seller=? AND number=?)",
    ),
}


@pytest.mark.parametrize("query", [waiting_query(), page_query(SENT, AFTER), page_query(CHANGED, None)])
def test_on_postgresql_what_is_open_is_found_by_its_index(query):
    with postgresql.journal() as url, SqlJournal(url, clock=lambda: NOW) as journal:
        validated = {"technical_status": "validated", "lifecycle_status": "APPROVED"}
        rows = [invoice_row(number) | validated | {"lifecycle_status": "ISSUED"} for number in range(6, 9)]
        rows += [invoice_row(number) | validated for number in range(9, 5_000)]
        with journal.engine.begin() as connection:
            connection.execute(insert(t.invoice), rows)
            connection.execute(text("ANALYZE invoice"))
            asked = query.where(t.invoice.c.firm == "").compile(
                dialect=journal.engine.dialect, compile_kwargs={"literal_binds": True}
            )
            steps = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {asked}")]
    assert any("ix_invoice_open" in step or "ix_invoice_changed" in step for step in steps), steps
    assert not any("Seq Scan on invoice" in step for step in steps), steps


def test_what_is_open_is_spelled_as_the_statuses_are():
    codes = ", ".join(f"'{code}'" for code in (*ON_THE_WAY, REFUSED_BY_BUYER))
    assert f"lifecycle_status IN ({codes})" in t.OPEN
    assert f"technical_status <> '{Outcome.VALIDATED}'" in t.OPEN


@pytest.mark.parametrize("name", QUERIES)
def test_an_index_answers(connection, name):
    query, expected = QUERIES[name]
    steps = plan(connection, query)
    assert any(step.startswith(expected) for step in steps), steps
    assert not any(step in {"SCAN invoice", "SCAN report", "SCAN submission"} for step in steps), steps


@pytest.mark.parametrize(
    "name",
    [
        "due, first page",
        "due, next page",
        *(name for name in QUERIES if "awaiting" in name),
        "entries, first page",
        "entries, next page",
    ],
)
def test_pages_need_no_sorting(connection, name):
    assert not any("TEMP B-TREE" in step for step in plan(connection, QUERIES[name][0]))


def test_the_answers_are_right(connection):
    assert len(connection.execute(ready_query(NOW)).all()) == ROWS // 1000, "pulled; not the failed"
    assert len(connection.execute(stopped_query()).all()) == 2 * ROWS // 1000, "refused, held"
    assert len(connection.execute(in_doubt_query()).all()) == ROWS // 1000


def test_a_count_stops_where_it_says(connection, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 3)
    with SqlJournal(str(connection.engine.url), clock=lambda: NOW) as journal:
        assert Standing(journal).verdicts() == {None: 3}
        assert Standing(journal).invoices() == 3
        monkeypatch.setattr(counting, "MOST_COUNTED", 10 * ROWS)
        assert Standing(journal).verdicts() == {None: ROWS - 500}
        assert Standing(journal).invoices() == ROWS
