"""The first journal.

Frozen: later changes are revisions of their own, because journals of this shape exist.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def here_or_archived(weight: str) -> sa.CheckConstraint:
    there = f"({weight} IS NULL) = (archive IS NOT NULL) AND (archive IS NULL OR sha256 IS NOT NULL)"
    return sa.CheckConstraint(there, name=f"ck_{weight}_here_or_archived")


def upgrade() -> None:
    op.create_table(
        "archive",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
        sa.Column("contents", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_archive"),
        sa.UniqueConstraint("name", name="uq_archive_name"),
    )
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("archive", sa.Integer()),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["archive"], ["archive.id"], name="fk_document_archive"),
        sa.PrimaryKeyConstraint("sha256", name="pk_document"),
        here_or_archived("content"),
    )
    op.create_index(
        "ix_document_archive",
        "document",
        ["archive"],
        unique=False,
        sqlite_where=sa.text("archive IS NOT NULL"),
        postgresql_where=sa.text("archive IS NOT NULL"),
    )
    op.create_table(
        "invoice",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("firm", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("latest_version", sa.Text(), nullable=False),
        sa.Column("passed_over", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("next_action_at", sa.DateTime(timezone=True)),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("answers_lost", sa.Integer(), nullable=False),
        sa.Column("unresolved", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("seller", sa.Text()),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("report_id", sa.Integer()),
        sa.Column("sending_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("submission_id", sa.Text()),
        sa.Column("technical_status", sa.String(length=16)),
        sa.Column("lifecycle_status", sa.Text()),
        sa.Column("lifecycle_number", sa.Text()),
        sa.Column("lifecycle_label", sa.Text()),
        sa.Column("last_technical_update", sa.DateTime(timezone=True)),
        sa.Column("status_reason", sa.Text()),
        sa.Column("status_message", sa.Text()),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("history_read_at", sa.DateTime(timezone=True)),
        sa.Column("pulled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_invoice"),
    )
    op.create_index(
        "ix_invoice_awaiting",
        "invoice",
        ["final", "technical_status", "history_read_at", "sent_at"],
        unique=False,
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_index(
        "ix_invoice_verdict",
        "invoice",
        ["technical_status", "firm", "state"],
        unique=False,
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )
    open_ones = (
        "state = 'sent' AND (technical_status IS NULL OR technical_status <> 'validated' OR "
        "lifecycle_status IN ('ISSUED', 'RECEIVED', 'REFUSED'))"
    )
    op.create_index(
        "ix_invoice_open",
        "invoice",
        ["firm", "final", "sent_at"],
        unique=False,
        sqlite_where=sa.text(open_ones),
        postgresql_where=sa.text(open_ones),
    )
    op.create_index(
        "ix_invoice_changed",
        "invoice",
        ["issue_date", "source_id"],
        unique=False,
        sqlite_where=sa.text("state = 'sent' AND latest_version <> version"),
        postgresql_where=sa.text("state = 'sent' AND latest_version <> version"),
    )
    rejected = "state = 'sent' AND technical_status = 'rejected'"
    op.create_index(
        "ix_invoice_rejected",
        "invoice",
        ["issue_date", "source_id"],
        unique=False,
        sqlite_where=sa.text(rejected),
        postgresql_where=sa.text(rejected),
    )
    stuck = (
        "(state IN ('refused', 'failed', 'sending') OR "
        "(state = 'held' AND next_action_at IS NULL AND substr(coalesce(reason, ''), 1, 15) <> 'NOT_E_INVOICED:'))"
    )
    op.create_index(
        "ix_invoice_stuck",
        "invoice",
        ["issue_date", "source_id"],
        unique=False,
        sqlite_where=sa.text(stuck),
        postgresql_where=sa.text(stuck),
    )
    op.create_index(
        "ix_invoice_in_doubt",
        "invoice",
        ["sending_at"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    ready = "(state IN ('pulled', 'failed') OR (state = 'held' AND next_action_at IS NOT NULL))"
    op.create_index(
        "ix_invoice_ready",
        "invoice",
        ["issue_date", "source_id"],
        unique=False,
        sqlite_where=sa.text(ready),
        postgresql_where=sa.text(ready),
    )
    stopped = "(state = 'refused' OR (state = 'held' AND next_action_at IS NULL))"
    op.create_index(
        "ix_invoice_stopped",
        "invoice",
        ["passed_over", "firm", "updated_at"],
        unique=False,
        sqlite_where=sa.text(stopped),
        postgresql_where=sa.text(stopped),
    )
    op.create_index("ix_invoice_number", "invoice", ["number"], unique=False)
    op.create_index("ix_invoice_order", "invoice", ["issue_date", "source_id"], unique=False)
    op.create_index(
        "uq_invoice_seller_number",
        "invoice",
        ["seller", "number"],
        unique=True,
        sqlite_where=sa.text("state IN ('sending', 'sent')"),
        postgresql_where=sa.text("state IN ('sending', 'sent')"),
    )
    op.create_table(
        "meta",
        sa.Column("firm", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("firm", "name", name="pk_meta"),
    )
    op.create_table(
        "company",
        sa.Column("firm", sa.Text(), nullable=False),
        sa.Column("siren", sa.String(length=9)),
        sa.Column("customer_id", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("firm", name="pk_company"),
    )
    op.create_table(
        "skipped",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("firm", sa.Text(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("release_on", sa.Date()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_skipped"),
    )
    op.create_table(
        "status_event",
        sa.Column("status_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("invoice_number", sa.Text()),
        sa.Column("destination", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("status_id", name="pk_status_event"),
        sa.UniqueConstraint("seq", name="uq_status_event_seq"),
    )
    op.create_index("ix_status_event_origin", "status_event", ["origin", "seen_at"], unique=False)
    op.create_index("ix_status_event_submission_id", "status_event", ["submission_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(length=16)),
        sa.Column("http_status", sa.Integer()),
        sa.Column("code", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.Column("detail", sa.String(length=500)),
        sa.ForeignKeyConstraint(["sha256"], ["document.sha256"], name="fk_attempt_sha256"),
        sa.ForeignKeyConstraint(["source_id"], ["invoice.source_id"], name="fk_attempt_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("source_id", "number", name="uq_attempt_source_id"),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["invoice.source_id"], name="fk_report_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
    )
    op.create_index("ix_report_source_id", "report", ["source_id"], unique=False)
    op.create_table(
        "snapshot",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("archive", sa.Integer()),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("payload", sa.Text()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["archive"], ["archive.id"], name="fk_snapshot_archive"),
        sa.ForeignKeyConstraint(["source_id"], ["invoice.source_id"], name="fk_snapshot_source_id"),
        sa.UniqueConstraint("source_id", "version", name="uq_snapshot_source_id"),
        here_or_archived("payload"),
    )
    op.create_index(
        "ix_snapshot_archive",
        "snapshot",
        ["archive"],
        unique=False,
        sqlite_where=sa.text("archive IS NOT NULL"),
        postgresql_where=sa.text("archive IS NOT NULL"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["invoice.source_id"], name="fk_submission_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
        sa.UniqueConstraint("submission_id", name="uq_submission_submission_id"),
    )
    op.create_index("ix_submission_source_id", "submission", ["source_id"], unique=False)
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_state", sa.String(length=16)),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=500)),
        sa.ForeignKeyConstraint(["source_id"], ["invoice.source_id"], name="fk_transition_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_transition"),
    )
    op.create_index("ix_transition_source_id", "transition", ["source_id"], unique=False)
    op.create_table(
        "exchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("archive", sa.Integer()),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("detail", sa.Text()),
        sa.ForeignKeyConstraint(["archive"], ["archive.id"], name="fk_exchange_archive"),
        sa.ForeignKeyConstraint(["source_id"], ["invoice.source_id"], name="fk_exchange_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exchange"),
        here_or_archived("detail"),
    )
    op.create_index(
        "ix_exchange_archive",
        "exchange",
        ["archive"],
        unique=False,
        sqlite_where=sa.text("archive IS NOT NULL"),
        postgresql_where=sa.text("archive IS NOT NULL"),
    )
    op.create_index("ix_exchange_source_id", "exchange", ["source_id"], unique=False)
    op.create_table(
        "callback",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_callback"),
    )
    op.create_table(
        "recipient",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("reachable_from", sa.Date()),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_recipient"),
    )
    op.create_table(
        "notice",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("firm", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("key", name="pk_notice"),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("detail", sa.String(length=500)),
        sa.ForeignKeyConstraint(["key"], ["notice.key"], name="fk_notice_delivery_key"),
        sa.PrimaryKeyConstraint("key", "channel", name="pk_notice_delivery"),
    )
    op.create_table(
        "write_back",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("written_at", sa.DateTime(timezone=True)),
        sa.Column("version_after", sa.Text()),
        sa.Column("uploaded_sha256", sa.String(length=64)),
        sa.Column("uploaded_at", sa.DateTime(timezone=True)),
        sa.Column("follow_up_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.String(length=500)),
        sa.ForeignKeyConstraint(["source_id"], ["invoice.source_id"], name="fk_write_back_source_id"),
        sa.PrimaryKeyConstraint("source_id", name="pk_write_back"),
    )
    op.create_table(
        "lane",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True)),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("share_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.String(length=500)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lane"),
    )
    op.create_table(
        "request_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request_slot"),
    )
    op.create_index("ix_request_slot_lane_at", "request_slot", ["lane", "at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("A journal is never unmade: it is the proof of what was sent.")
