"""The statements that write, each inside its caller's transaction.

A state is only ever changed by `claim` and `move`, which test the state it is changed from and record the transition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select, update

from pdp_bridge.errors import BridgeError, JournalError, PlatformError
from pdp_bridge.journal import prepared
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.chain import head, record_hash
from pdp_bridge.journal.reader import unknown
from pdp_bridge.journal.redaction import redacted
from pdp_bridge.journal.rows import (
    DEPOSITED,
    Row,
    event_from,
    event_values,
    report_text,
    summary_values,
)
from pdp_bridge.journal.running import changed, found
from pdp_bridge.model.document import Document
from pdp_bridge.model.pulled import Reference
from pdp_bridge.model.report import Report
from pdp_bridge.model.status import UNACCEPTABLE, StatusEvent, shown
from pdp_bridge.ports import Lease, State


def add(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert unless the key is there; True when inserted."""
    return changed(connection, prepared.added(table, connection.dialect.name), values) == 1


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Insert, or replace the values under the key."""
    if not add(connection, table, {**key, **values}):
        condition = [table.c[name] == value for name, value in key.items()]
        connection.execute(update(table).where(*condition).values(**values))


def locked(connection: Connection, ids: list[str]) -> dict[str, Row]:
    """Invoices by source id, nobody else's to change until the transaction ends."""
    query = select(t.invoice).where(t.invoice.c.source_id.in_(ids)).order_by(t.invoice.c.source_id).with_for_update()
    return {invoice["source_id"]: invoice for invoice in connection.execute(query).mappings()}


def row(connection: Connection, source_id: str) -> Row:
    """One invoice, locked. Raises `JournalError` when the journal does not know it."""
    invoices = found(connection, prepared.INVOICE, {"of_source_id": source_id})
    if not invoices:
        raise unknown(source_id)
    return invoices[0]


def move(
    connection: Connection,
    invoice: Row,
    state: State,
    now: datetime,
    *,
    reason: str | None = None,
    detail: str | None = None,
    **values: Any,
) -> None:
    """From the state of `invoice` to `state`; `reason` is shown on the invoice, `detail` only in its history.

    An invoice that comes back from SENDING or SENT takes the content that the source showed meanwhile.
    """
    if invoice["state"] in DEPOSITED and state not in DEPOSITED:
        values.update(_latest_content(connection, invoice))
    values = {
        "next_action_at": None,
        "unresolved": False,
        "failures": 0,
        **values,
        "state": state.value,
        "reason": reason,
        "updated_at": now,
    }
    same = {"of_source_id": invoice["source_id"], "from_state": invoice["state"]}
    if changed(connection, prepared.INVOICE_MOVED, {**values, **same}) != 1:
        raise JournalError(
            f"Invoice {invoice['number']} (source id {invoice['source_id']}) was changed by another process "
            "meanwhile. Nothing was written; run again."
        )
    if state != invoice["state"] or reason != invoice["reason"]:
        note(connection, invoice["source_id"], invoice["state"], state, now, detail or reason)


def is_of_other_content(invoice: Row, version: str | None) -> bool:
    """The invoice shows other content by now than that of `version`; None: whatever it shows is meant."""
    return version is not None and invoice["version"] != version


def note(
    connection: Connection, source_id: str, before: str | None, after: State, now: datetime, detail: str | None
) -> None:
    """Append to the history of an invoice."""
    detail = None if detail is None else redacted(detail)
    values = {"source_id": source_id, "at": now, "from_state": before, "to_state": after.value, "detail": detail}
    changed(connection, prepared.TRANSITION, values)


def _latest_content(connection: Connection, invoice: Row) -> dict[str, Any]:
    latest = {"of_source_id": invoice["source_id"], "of_version": invoice["latest_version"]}
    (content,) = found(connection, prepared.LATEST_CONTENT, latest)
    return content


# -- sending -------------------------------------------------------------------------------------------------------


def claim(connection: Connection, reference: Reference, document: Document, report: Report, lease: Lease) -> bool:
    """PULLED, REFUSED, HELD or FAILED → SENDING, with everything needed to finish after a crash."""
    invoice = row(connection, reference.source_id)
    seller = document.seller
    if (
        invoice["state"] in DEPOSITED
        or invoice["version"] != reference.version
        or invoice["passed_over"]
        or number_is_taken(connection, invoice, seller)
    ):
        return False
    number = invoice["attempt"] + 1
    sha256 = keep_document(connection, document, lease.at)
    move(
        connection,
        invoice,
        State.SENDING,
        lease.at,
        detail=f"attempt {number}, document {sha256[:12]}",
        attempt=number,
        seller=seller,
        sha256=sha256,
        report_id=keep_report(connection, invoice, report, lease.at),
        sending_at=lease.at,
        lease_until=lease.until,
    )
    values = {"source_id": reference.source_id, "number": number, "sha256": sha256, "started_at": lease.at}
    changed(connection, prepared.ATTEMPT, values)
    return True


def number_is_taken(connection: Connection, invoice: Row, seller: str) -> bool:
    """The same number of this seller is with the platform, or may be, from another source record."""
    return _holder(connection, invoice, seller) is not None


def _holder(connection: Connection, invoice: Row, seller: str) -> str | None:
    taken = {"of_source_id": invoice["source_id"], "of_number": invoice["number"], "of_seller": seller}
    holders = found(connection, prepared.TAKEN, taken)
    return holders[0]["source_id"] if holders else None


def require_free_number(connection: Connection, invoice: Row, seller: str) -> None:
    """Raises `JournalError` when the number of this seller was sent, or may have been, from another source record."""
    holder = _holder(connection, invoice, seller)
    if holder is not None:
        raise JournalError(
            f"Invoice {invoice['number']} (source id {invoice['source_id']}) cannot take this deposit: its number was "
            f"sent from source id {holder}. Nothing was written."
        )


def require_free_to_send(invoice: Row) -> None:
    """Raises `JournalError` for an invoice that is settled, or that the next run settles by itself."""
    unacceptable = invoice["state"] == State.SENT and invoice["lifecycle_status"] == UNACCEPTABLE
    if not unacceptable and not (invoice["state"] == State.SENDING and invoice["unresolved"]):
        raise JournalError(
            f"Invoice {invoice['number']} (source id {invoice['source_id']}) is {invoice['state']} and may not be sent "
            "again. Nothing was written."
        )


def keep_document(connection: Connection, document: Document, now: datetime) -> str:
    """The exact bytes, once; returns their SHA-256."""
    sha256 = document.sha256
    values = {"media_type": document.media_type.value, "content": document.content, "made_at": now}
    add(connection, t.document, {"sha256": sha256, **values})
    return sha256


def keep_report(connection: Connection, invoice: Row, report: Report, now: datetime) -> int:
    """A report, unless it says what the last one said; returns its id."""
    payload = report_text(report)
    if invoice["report_id"] is not None:
        for last in found(connection, prepared.REPORT_MADE, {"of_id": invoice["report_id"]}):
            if last["payload"] == payload:
                return int(last["id"])
    values = {"source_id": invoice["source_id"], "at": now, "payload": payload}
    (made,) = found(connection, prepared.REPORT, values)
    return int(made["id"])


def has_open_attempt(connection: Connection, source_id: str) -> bool:
    """Whether an attempt has no outcome yet."""
    return bool(found(connection, prepared.OPEN_ATTEMPT, {"of_source_id": source_id}))


def close_attempt(
    connection: Connection, source_id: str, outcome: str, now: datetime, error: BaseException | None = None
) -> bool:
    """The outcome of the open attempt; False when every attempt has one."""
    values: dict[str, Any] = {"of_source_id": source_id, "ended_at": now, "outcome": outcome}
    if error is not None:
        values["detail"] = words(error)
    if isinstance(error, PlatformError):
        values.update(http_status=error.status, code=error.code, request_id=error.request_id)
    return changed(connection, prepared.ATTEMPT_CLOSED, values) > 0


def words(error: BaseException) -> str:
    """An error for people, without credentials; one that nobody foresaw is named."""
    text = str(error) if isinstance(error, BridgeError) else f"{type(error).__name__}: {error}"
    return redacted(text.removesuffix(": ") or type(error).__name__)


def failures(invoice: Row, error: BaseException) -> int:
    """Unexpected errors in a row, with this one."""
    return 0 if isinstance(error, BridgeError) else invoice["failures"] + 1


# -- deposits and their statuses -----------------------------------------------------------------------------------


def link(connection: Connection, invoice: Row, submission_id: str, now: datetime, *, sha256: str | None = None) -> None:
    """Keep the platform's id of an invoice; `sha256` of the bytes, when not those sent last.

    Raises `JournalError` when the id is another invoice's.
    """
    values = {
        "submission_id": submission_id,
        "source_id": invoice["source_id"],
        "attempt": invoice["attempt"],
        "sha256": sha256 or invoice["sha256"],
        "known_at": now,
    }
    if add(connection, t.submission, values):
        return
    owned_by = owner(connection, submission_id)
    if owned_by != invoice["source_id"]:
        raise JournalError(
            f"The platform gave invoice {invoice['number']} (source id {invoice['source_id']}) the id {submission_id}, "
            f"which already belongs to source id {owned_by}. Nothing was written; ask the platform what it holds."
        )


def owner(connection: Connection, submission_id: str) -> str | None:
    """Source id of a deposit; None when the journal does not know it."""
    owners = found(connection, prepared.OWNER, {"of_submission_id": submission_id})
    return owners[0]["source_id"] if owners else None


def keep_events(connection: Connection, events: Sequence[StatusEvent], origin: str, now: datetime) -> list[StatusEvent]:
    """Append to the chain the events whose `status_id` is not there; returns them."""
    unique: dict[str, StatusEvent] = {}
    for event in events:
        unique.setdefault(event.status_id, event)
    seq, previous = head(connection)
    ids = t.status_event.c.status_id
    known = set(connection.scalars(select(ids).where(ids.in_(unique))))
    fresh = [event for status_id, event in unique.items() if status_id not in known]
    for event in fresh:
        seq += 1
        values = {**event_values(event, now), "seq": seq, "origin": origin, "previous": previous}
        previous = record_hash(values)
        changed(connection, prepared.STATUS_EVENT, {**values, "hash": previous})
    return fresh


def deposits(connection: Connection, source_id: str) -> list[tuple[str, Sequence[StatusEvent]]]:
    """Platform id and events of each deposit of an invoice, in the order in which the ids became known."""
    known: dict[str, list[StatusEvent]] = {}
    for record in found(connection, prepared.DEPOSITS, {"of_source_id": source_id}):
        events = known.setdefault(record["deposit"], [])
        if record["status_id"] is not None:
            events.append(event_from(record))
    return list(known.items())


def refresh(connection: Connection, invoice: Row, now: datetime) -> None:
    """Derive the status columns of a locked invoice from the events of its deposits."""
    values = derived(connection, invoice)
    if values:
        key = {"of_source_id": invoice["source_id"]}
        changed(connection, prepared.INVOICE_CHANGED, {**values, **key, "updated_at": now})


def derived(connection: Connection, invoice: Row) -> dict[str, Any]:
    """The status columns of an invoice, from the events of its deposits; none without a deposit."""
    known = deposits(connection, invoice["source_id"])
    if not known:
        return {}
    submission_id, summary = shown(known)
    values = summary_values(submission_id, summary)
    if submission_id != invoice["submission_id"]:
        values["history_read_at"] = None  # of another deposit
    return values
