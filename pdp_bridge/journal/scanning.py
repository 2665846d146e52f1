"""What a scan of the source leaves in the journal, inside its caller's transaction.

An invoice that is with the platform, or may be, is never touched by what the source shows later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Connection, update

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import statements as do
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.rows import DEPOSITED, Row, payload_text
from pdp_bridge.model.pulled import Reference, Skipped, Snapshot
from pdp_bridge.ports import State


def record(connection: Connection, shot: Snapshot, known: Mapping[str, Row], now: datetime, firm: str) -> bool:
    """Keep a snapshot; True when its invoice is new. Raises `JournalError` for an invoice of another company."""
    reference = shot.reference
    source_id = reference.source_id
    present = known.get(source_id)
    new = present is None and do.add(connection, t.invoice, {**_first_values(reference, now), "firm": firm})
    content = {"number": reference.number, "issue_date": reference.issue_date, "payload": payload_text(shot.payload)}
    do.add(
        connection,
        t.snapshot,
        {"source_id": source_id, "version": reference.version, **content, "seen_at": now},
    )
    if new:
        do.note(connection, source_id, None, State.PULLED, now, None)
    else:
        present = present or do.row(connection, source_id)
        require_firm(present, firm)
        _renew(connection, present, reference, now)
    return new


def require_firm(invoice: Row, firm: str) -> None:
    """Raises `JournalError` when the invoice is another company's."""
    if invoice["firm"] != firm:
        raise JournalError(
            f"Invoice {invoice['number']} (source id {invoice['source_id']}) belongs to firm {invoice['firm'] or '—'} "
            f"in this journal, and firm {firm or '—'} shows it now. Nothing was written; check source.firm_id."
        )


def _first_values(reference: Reference, now: datetime) -> dict[str, Any]:
    return {
        "source_id": reference.source_id,
        "number": reference.number,
        "issue_date": reference.issue_date,
        "state": State.PULLED.value,
        "version": reference.version,
        "latest_version": reference.version,
        "passed_over": False,
        "attempt": 0,
        "answers_lost": 0,
        "unresolved": False,
        "failures": 0,
        "final": False,
        "pulled_at": now,
        "updated_at": now,
    }


def _renew(connection: Connection, invoice: Row, reference: Reference, now: datetime) -> None:
    changed = reference.version != invoice["latest_version"]
    if not changed and not invoice["passed_over"]:
        return
    values: dict[str, Any] = {"latest_version": reference.version, "passed_over": False}
    if invoice["state"] not in DEPOSITED:
        content: dict[str, Any] = {
            "number": reference.number,
            "issue_date": reference.issue_date,
            "version": reference.version,
        }
        detail = "changed at the source" if changed else "back at the source"
        do.move(connection, invoice, State.PULLED, now, detail=detail, **values, **content)
        return
    if changed:
        do.note(
            connection, invoice["source_id"], invoice["state"], State(invoice["state"]), now, "changed at the source"
        )
    connection.execute(update(t.invoice).where(t.invoice.c.source_id == invoice["source_id"]).values(**values))


def pass_over(connection: Connection, record: Skipped, invoice: Row | None, now: datetime, firm: str) -> None:
    """Keep why a record is not sent; an invoice of it that was not sent is held, and not due.

    Raises `JournalError` for an invoice of another company.
    """
    if invoice is not None:
        require_firm(invoice, firm)
    do.put(
        connection,
        t.skipped,
        {"source_id": record.source_id},
        {
            "firm": firm,
            "number": record.number,
            "reason": record.reason,
            "release_on": record.release_on,
            "seen_at": now,
        },
    )
    if invoice is None or invoice["passed_over"]:
        return
    if invoice["state"] not in DEPOSITED:
        until = None if record.release_on is None else datetime.combine(record.release_on, time(), tzinfo=UTC)
        reason = f"not to be sent any more, says the source: {record.reason}"
        do.move(connection, invoice, State.HELD, now, reason=reason, next_action_at=until, passed_over=True)
        return
    detail = f"passed over by the source: {record.reason}"
    do.note(connection, invoice["source_id"], invoice["state"], State(invoice["state"]), now, detail)
    connection.execute(update(t.invoice).where(t.invoice.c.source_id == record.source_id).values(passed_over=True))
