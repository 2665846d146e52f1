"""The tables of the journal, for SQLite (3.35 or newer) and PostgreSQL.

The database that `migrations/` makes is the same, and a test compares them. Nothing is ever deleted: `snapshot`,
`document`, `report`, `attempt`, `exchange`, `submission`, `status_event` and `transition` only grow; `invoice` is the
present state of each invoice, and its status columns are derived from `status_event`, whose rows are chained by their
hashes. `lane` and `request_slot` are the quotas that all processes share. No column holds a credential.

Of settled years the weight (`document.content`, `snapshot.payload`, `exchange.detail`) may lie in a file of `archive`
instead: then the column is empty, and the row names the file and the SHA-256 of what it holds for it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from pdp_bridge.journal.columns import Instant, IssueDate

HEAD = "0001"
"""The revision of this code; `migrations/versions` ends there."""

VERSION_TABLE = "journal_version"

CLAIMED = "state IN ('sending', 'sent')"
IN_DOUBT = "state = 'sending'"
SENT = "state = 'sent'"
ARCHIVED = "archive IS NOT NULL"
REJECTED = "state = 'sent' AND technical_status = 'rejected'"
OPEN = (
    "state = 'sent' AND (technical_status IS NULL OR technical_status <> 'validated' OR "
    "lifecycle_status IN ('ISSUED', 'RECEIVED', 'REFUSED'))"
)
"""At the platform, and without verdict, rejected or refused, or still on its way."""
CHANGED = "state = 'sent' AND latest_version <> version"
READY = "(state IN ('pulled', 'failed') OR (state = 'held' AND next_action_at IS NOT NULL))"
STOPPED = "(state = 'refused' OR (state = 'held' AND next_action_at IS NULL))"
STUCK = (
    "(state IN ('refused', 'failed', 'sending') OR "
    "(state = 'held' AND next_action_at IS NULL AND substr(coalesce(reason, ''), 1, 15) <> 'NOT_E_INVOICED:'))"
)
"""What may need a person: not those on another route, of which there may be many and about which nothing is done."""

# Spelled as literals, not bound values: SQLite uses a partial index only when the query repeats its condition.


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _of_invoice() -> Column[str]:
    return Column("source_id", Text, ForeignKey("invoice.source_id"), nullable=False)


def _in_archive() -> Column[int]:
    return Column("archive", Integer, ForeignKey("archive.id"))


def _here_or_archived(weight: str) -> CheckConstraint:
    """Nothing is in neither place, or called archived without the hash by which it is found."""
    there = f"({weight} IS NULL) = (archive IS NOT NULL) AND (archive IS NULL OR sha256 IS NOT NULL)"
    return CheckConstraint(there, name=f"ck_{weight}_here_or_archived")


meta = Table(
    "meta",
    metadata,
    Column("firm", Text, primary_key=True),  # empty: of the whole journal
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""`cursor`: where the next scan of a firm starts. `environment`: sandbox or production, of the whole journal."""

company = Table(
    "company",
    metadata,
    Column("firm", Text, primary_key=True),  # number of the firm at Facturation.pro
    Column("siren", String(9)),
    Column("customer_id", Text),  # at the platform; absent until it has told
    Column("name", Text),
    Column("since", Instant, nullable=False),
)
"""Which seller and which customer of the platform belong to a firm: written once, then compared."""


def _only(condition: str) -> Any:
    """An index of these rows alone."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


invoice = Table(
    "invoice",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("firm", Text, nullable=False),  # empty: the journal was opened for no company
    Column("number", Text, nullable=False),  # BT-1
    Column("issue_date", IssueDate, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Text, nullable=False),  # of the content we work on, or have sent
    Column("latest_version", Text, nullable=False),  # what the source showed last
    Column("passed_over", Boolean, nullable=False),  # the source says now that it is not to be sent
    Column("reason", Text),
    Column("next_action_at", Instant),
    Column("attempt", Integer, nullable=False),
    Column("answers_lost", Integer, nullable=False),  # sendings whose answer never came
    Column("unresolved", Boolean, nullable=False),  # searched for in time and not found, or found with other bytes
    Column("failures", Integer, nullable=False),  # unexpected errors in a row; many put the invoice aside
    Column("seller", Text),  # SIREN, from the first sending on
    Column("sha256", String(64)),
    Column("report_id", Integer),
    Column("sending_at", Instant),
    Column("lease_until", Instant),
    Column("sent_at", Instant),
    Column("submission_id", Text),  # the deposit whose statuses are shown
    Column("technical_status", String(16)),
    Column("lifecycle_status", Text),
    Column("lifecycle_number", Text),
    Column("lifecycle_label", Text),
    Column("last_technical_update", Instant),
    Column("status_reason", Text),
    Column("status_message", Text),
    Column("final", Boolean, nullable=False),
    Column("history_read_at", Instant),
    Column("pulled_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
Index("ix_invoice_number", invoice.c.number)
Index("ix_invoice_order", invoice.c.issue_date, invoice.c.source_id)
Index("ix_invoice_ready", invoice.c.issue_date, invoice.c.source_id, **_only(READY))
Index("ix_invoice_stopped", invoice.c.passed_over, invoice.c.firm, invoice.c.updated_at, **_only(STOPPED))
Index("ix_invoice_in_doubt", invoice.c.sending_at, **_only(IN_DOUBT))
Index(
    "ix_invoice_awaiting",
    invoice.c.final,
    invoice.c.technical_status,
    invoice.c.history_read_at,
    invoice.c.sent_at,
    **_only(SENT),
)
Index(
    "ix_invoice_verdict",
    invoice.c.technical_status,
    invoice.c.firm,
    invoice.c.state,  # so that counting reads the index alone
    **_only(SENT),
)
Index("ix_invoice_open", invoice.c.firm, invoice.c.final, invoice.c.sent_at, **_only(OPEN))
Index("ix_invoice_changed", invoice.c.issue_date, invoice.c.source_id, **_only(CHANGED))
Index("ix_invoice_rejected", invoice.c.issue_date, invoice.c.source_id, **_only(REJECTED))
Index("ix_invoice_stuck", invoice.c.issue_date, invoice.c.source_id, **_only(STUCK))
Index("uq_invoice_seller_number", invoice.c.seller, invoice.c.number, unique=True, **_only(CLAIMED))

archive = Table(
    "archive",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),  # of the file, in the folder of archives
    Column("year", Integer, nullable=False),  # of issue
    Column("sha256", String(64), nullable=False),  # of the file
    Column("size", BigInteger, nullable=False),  # bytes of the file
    Column("invoices", Integer, nullable=False),
    Column("contents", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("cleared_at", Instant),  # when all that it holds had left the other tables
    UniqueConstraint("name"),
)
"""Read-only files with the weight of settled years, see `archiving.py`: none is ever written again."""

snapshot = Table(
    "snapshot",
    metadata,
    _of_invoice(),
    Column("version", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("issue_date", IssueDate, nullable=False),
    _in_archive(),
    Column("sha256", String(64)),  # of the archived payload
    Column("payload", Text),  # JSON
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("source_id", "version"),
    _here_or_archived("payload"),
)
Index("ix_snapshot_archive", snapshot.c.archive, **_only(ARCHIVED))

skipped = Table(
    "skipped",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("firm", Text, nullable=False),
    Column("number", Text),
    Column("reason", Text, nullable=False),
    Column("release_on", Date),
    Column("seen_at", Instant, nullable=False),
)

document = Table(
    "document",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String(64), nullable=False),
    _in_archive(),  # before the bytes: SQLite reads a row from its beginning
    Column("content", LargeBinary),
    Column("made_at", Instant, nullable=False),
    _here_or_archived("content"),
)
Index("ix_document_archive", document.c.archive, **_only(ARCHIVED))

report = Table(
    "report",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_invoice(),
    Column("at", Instant, nullable=False),
    Column("payload", Text, nullable=False),  # JSON
)
Index("ix_report_source_id", report.c.source_id)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_invoice(),
    Column("number", Integer, nullable=False),
    Column("sha256", String(64), ForeignKey("document.sha256"), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", String(16)),  # sent, failed, unknown, not sent; absent while it lasts, or after a crash
    Column("http_status", Integer),
    Column("code", Text),
    Column("request_id", Text),
    Column("detail", String(500)),
    UniqueConstraint("source_id", "number"),
)

submission = Table(
    "submission",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("submission_id", Text, nullable=False),
    _of_invoice(),
    Column("attempt", Integer, nullable=False),
    Column("sha256", String(64)),
    Column("known_at", Instant, nullable=False),
    UniqueConstraint("submission_id"),
)
Index("ix_submission_source_id", submission.c.source_id)

status_event = Table(
    "status_event",
    metadata,
    Column("status_id", Text, primary_key=True),
    Column("seq", Integer, nullable=False),  # place in the chain, from 1, without a gap
    Column("origin", String(16), nullable=False),  # feed, history, webhook or rebuild: how it came first
    Column("submission_id", Text, nullable=False),  # maybe unknown to us
    Column("code", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("number", Text),  # MDT-105
    Column("invoice_number", Text),
    Column("destination", Text),
    Column("reason", Text),
    Column("message", Text),
    Column("details", Text, nullable=False),  # JSON array
    Column("payload", Text, nullable=False),  # as received
    Column("seen_at", Instant, nullable=False),
    Column("previous", String(64), nullable=False),  # hash of the record before, empty for the first
    Column("hash", String(64), nullable=False),  # SHA-256 of this record and of `previous`, see `chain.py`
    UniqueConstraint("seq"),
)
Index("ix_status_event_submission_id", status_event.c.submission_id)
Index("ix_status_event_origin", status_event.c.origin, status_event.c.seen_at)

exchange = Table(
    "exchange",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_invoice(),
    Column("at", Instant, nullable=False),
    Column("method", String(8), nullable=False),
    Column("url", Text, nullable=False),
    Column("status", Integer),  # absent when no answer came
    Column("milliseconds", Integer, nullable=False),
    _in_archive(),
    Column("sha256", String(64)),  # of the archived detail
    Column("detail", Text),  # JSON: headers and answer, without credentials, file contents or tokens
    _here_or_archived("detail"),
)
Index("ix_exchange_archive", exchange.c.archive, **_only(ARCHIVED))
Index("ix_exchange_source_id", exchange.c.source_id)

callback = Table(
    "callback",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("seen_at", Instant, nullable=False),
)
"""Webhook deliveries already taken, by their idempotency key."""

recipient = Table(
    "recipient",
    metadata,
    Column("address", Text, primary_key=True),  # scheme and value: 0225:100000009
    Column("answer", String(16), nullable=False),  # reachable, upcoming or absent
    Column("reachable_from", Date),
    Column("checked_at", Instant, nullable=False),
)
"""What the directory last said of a buyer's electronic address (BT-49)."""

notice = Table(
    "notice",
    metadata,
    Column("key", Text, primary_key=True),  # what it is about: the same matter is told once
    Column("firm", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Text, nullable=False),  # JSON
    Column("raised_at", Instant, nullable=False),
    Column("settled_at", Instant),  # the matter is over
)

notice_delivery = Table(
    "notice_delivery",
    metadata,
    Column("key", Text, ForeignKey("notice.key"), primary_key=True),
    Column("channel", String(16), primary_key=True),  # command, mail or webhook
    Column("tries", Integer, nullable=False),
    Column("delivered_at", Instant),
    Column("detail", String(500)),
)

write_back = Table(
    "write_back",
    metadata,
    Column("source_id", Text, ForeignKey("invoice.source_id"), primary_key=True),
    Column("value", Text),  # of api_custom, as we wrote it last
    Column("written_at", Instant),  # when the source was last known to show it, or not to take it
    Column("version_after", Text),  # the record's own date of change just after, as the source writes it
    Column("uploaded_sha256", String(64)),
    Column("uploaded_at", Instant),
    Column("follow_up_at", Instant),
    Column("problem", String(500)),  # why nothing is written any more, e.g. a foreign value
)
"""What was written back to the source."""

lane = Table(
    "lane",
    metadata,
    Column("name", Text, primary_key=True),  # service, account and class of requests
    Column("held_until", Instant),  # the service asked for a pause
    Column("share", Integer, nullable=False),  # of the budget in use, in percent: less after refusals
    Column("share_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False),  # of the connection, in a row
    Column("open_until", Instant),  # the circuit is open: no request before
    Column("last_error", String(500)),
    Column("updated_at", Instant, nullable=False),  # since when the connection fails, or is well
)

request_slot = Table(
    "request_slot",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("lane", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
Index("ix_request_slot_lane_at", request_slot.c.lane, request_slot.c.at)

transition = Table(
    "transition",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_invoice(),
    Column("at", Instant, nullable=False),
    Column("from_state", String(16)),  # absent for the first
    Column("to_state", String(16), nullable=False),
    Column("detail", String(500)),
)
Index("ix_transition_source_id", transition.c.source_id)
