"""Everything that the journal and its archives hold about one invoice, as plain rows: what a proof is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading
from pdp_bridge.journal.reader import JournalReader, unknown

Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Rows of each table that speak of the invoice, in the order in which they were written."""

    invoice: Row
    company: Row | None
    snapshots: Rows
    documents: Rows
    reports: Rows
    attempts: Rows
    submissions: Rows
    exchanges: Rows
    transitions: Rows
    events: Rows


def dossier(journal: JournalReader, source_id: str) -> Dossier:
    """Raises `JournalError` for an unknown invoice."""
    whole = journal.archives.wholes
    with reading(journal.engine) as connection:
        invoice = next(iter(_of(connection, t.invoice, source_id, t.invoice.c.source_id)), None)
        if invoice is None:
            raise unknown(source_id)
        attempts = _of(connection, t.attempt, source_id)
        submissions = _of(connection, t.submission, source_id)
        firm = select(t.company).where(t.company.c.firm == invoice["firm"])
        hashes = {row["sha256"] for row in (*attempts, *submissions, invoice)} - {None}
        return Dossier(
            invoice=invoice,
            company=next(iter(_all(connection, firm)), None),
            snapshots=whole(
                _of(connection, t.snapshot, source_id, t.snapshot.c.seen_at, t.snapshot.c.version), "payload"
            ),
            documents=whole(
                _all(connection, select(t.document).where(t.document.c.sha256.in_(hashes)), t.document.c.sha256),
                "content",
            ),
            reports=_of(connection, t.report, source_id),
            attempts=attempts,
            submissions=submissions,
            exchanges=whole(_of(connection, t.exchange, source_id), "detail"),
            transitions=_of(connection, t.transition, source_id),
            events=_all(
                connection,
                select(t.status_event).where(
                    t.status_event.c.submission_id.in_([row["submission_id"] for row in submissions])
                ),
                t.status_event.c.seq,
            ),
        )


def _of(connection: Connection, table: Table, source_id: str, *order: Any) -> Rows:
    return _all(connection, select(table).where(table.c.source_id == source_id), *(order or (table.c.id,)))


def _all(connection: Connection, query: Select[Any], *order: Any) -> Rows:
    return [dict(row) for row in connection.execute(query.order_by(*order)).mappings()]
