"""What a rebuild writes: deposits found at the platform, invoices that only a person can settle, the time in doubt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pdp_bridge.journal import statements as do
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import writing
from pdp_bridge.journal.doubting import NAME, written
from pdp_bridge.journal.reader import JournalReader
from pdp_bridge.journal.rows import DEPOSITED
from pdp_bridge.model.document import Document
from pdp_bridge.ports import Doubt, State


def mark(journal: JournalReader, doubt: Doubt) -> None:
    """The time in doubt of this company, in the place of what a rebuild said before. Raises `JournalError`."""
    with writing(journal.engine) as connection:
        do.put(connection, t.meta, {"firm": journal.firm or "", "name": NAME}, {"value": written(doubt)})


def link_copy(journal: JournalReader, source_id: str, submission_id: str, document: Document, now: datetime) -> None:
    """A further deposit of an invoice that is sent: kept beside the first. Raises `JournalError`."""
    with writing(journal.engine) as connection:
        row = do.row(connection, source_id)
        sha256 = do.keep_document(connection, document, now)
        do.link(connection, row, submission_id, now, sha256=sha256)
        do.refresh(connection, row, now)


def unsettle(journal: JournalReader, source_id: str, reason: str, deposited_at: datetime, now: datetime) -> None:
    """A deposit that may be the invoice's is at the platform: unresolved, so that nothing but a person sends it.

    Nothing changes once the invoice is with the platform, or may be. Raises `JournalError`.
    """
    with writing(journal.engine) as connection:
        row = do.row(connection, source_id)
        if row["state"] not in DEPOSITED:
            values: dict[str, Any] = {"sending_at": deposited_at, "lease_until": now, "unresolved": True}
            do.move(connection, row, State.SENDING, now, reason=reason, **values)
