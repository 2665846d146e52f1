"""The statements of every invoice, stated once: SQLAlchemy takes longer to state one again than SQLite to run it.

Values are given when they run. A name that begins with `of_` or `from_` is a condition, never a column.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import Insert, Table, bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from pdp_bridge.journal import tables as t

_invoice, _attempt, _report, _snapshot = t.invoice.c, t.attempt.c, t.report.c, t.snapshot.c

_ASKED = (
    *(_invoice.source_id, _invoice.firm, _invoice.number, _invoice.state, _invoice.reason, _invoice.seller),
    *(_invoice.version, _invoice.latest_version, _invoice.passed_over, _invoice.sha256, _invoice.report_id),
    *(_invoice.attempt, _invoice.answers_lost, _invoice.unresolved, _invoice.failures),
    *(_invoice.sending_at, _invoice.lease_until, _invoice.sent_at, _invoice.submission_id, _invoice.lifecycle_status),
)
"""What a change asks of an invoice: every column more takes time."""

INVOICE = select(*_ASKED).where(_invoice.source_id == bindparam("of_source_id")).with_for_update()
"""One invoice, nobody else's to change until the transaction ends."""

INVOICE_CHANGED = update(t.invoice).where(_invoice.source_id == bindparam("of_source_id"))
INVOICE_MOVED = INVOICE_CHANGED.where(_invoice.state == bindparam("from_state"))

TAKEN = select(_invoice.source_id).where(
    text(t.CLAIMED),
    _invoice.seller == bindparam("of_seller"),
    _invoice.number == bindparam("of_number"),
    _invoice.source_id != bindparam("of_source_id"),
)
"""Source ids of the other records that claimed the number of this seller."""

LATEST_CONTENT = select(_snapshot.version, _snapshot.number, _snapshot.issue_date).where(
    _snapshot.source_id == bindparam("of_source_id"), _snapshot.version == bindparam("of_version")
)

TRANSITION = insert(t.transition)
ATTEMPT = insert(t.attempt)
REPORT = insert(t.report).returning(_report.id)
STATUS_EVENT = insert(t.status_event)

REPORT_MADE = select(_report.id, _report.payload).where(_report.id == bindparam("of_id"))

_OPEN = (_attempt.source_id == bindparam("of_source_id"), _attempt.ended_at.is_(None))

OPEN_ATTEMPT = select(_attempt.id).where(*_OPEN)
"""Ids of the attempt that has no outcome yet."""

ATTEMPT_CLOSED = update(t.attempt).where(*_OPEN)

OWNER = select(t.submission.c.source_id).where(t.submission.c.submission_id == bindparam("of_submission_id"))
"""Source id of a deposit."""

DEPOSITS = (
    select(t.submission.c.submission_id.label("deposit"), t.status_event)
    .join_from(
        t.submission, t.status_event, t.status_event.c.submission_id == t.submission.c.submission_id, isouter=True
    )
    .where(t.submission.c.source_id == bindparam("of_source_id"))
    .order_by(t.submission.c.id, t.status_event.c.at, t.status_event.c.status_id)
)
"""The deposits of an invoice as their ids became known, each with its events in order, or with none."""


@cache
def added(table: Table, dialect: str) -> Insert:
    """Insert unless the key is there."""
    make = sqlite_insert if dialect == "sqlite" else postgresql_insert
    return make(table).on_conflict_do_nothing()
