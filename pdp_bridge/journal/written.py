"""What was written back to the source, and what it does not show yet. Implements `write_back.Memory`.

In `write_back`, `written_at` is when the source was last known to show `value`, or not to take it; `version_after` is
the record's own date of change just after, as the source writes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, and_, case, func, or_, select

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading, writing
from pdp_bridge.journal.reader import JournalReader
from pdp_bridge.journal.redaction import redacted
from pdp_bridge.journal.statements import put
from pdp_bridge.model.mark import FILE_PREFIX, Attached, Mark, Marked, text_of
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the source shows of one invoice, as far as we wrote it. Instants are UTC."""

    text: str | None
    at: datetime | None
    uploaded_at: datetime | None
    problem: str | None  # a `Trouble`, and its detail


class WrittenBack:
    """Of one company, or of all. Every method raises `JournalError` when the database cannot answer."""

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal

    def due(self, now: datetime, at_most: int, *, upload: bool) -> Sequence[Mark]:
        """Marks that the source does not show yet, those that wait longest first; `upload`: with their files."""
        with reading(self._journal.engine) as connection:
            rows = connection.execute(due_query(self._journal.firm, upload=upload).limit(at_most)).mappings().all()
        found = []
        for row in rows:
            mark = self._mark(row, upload=upload)
            if mark.file is None and mark.text == row["value"]:
                self._seen(mark.source_id, now)  # news that changed nothing of it
            else:
                found.append(mark)
        return found

    def how_many_due(self, *, upload: bool) -> int:
        """At most so many are left."""
        query = due_query(self._journal.firm, upload=upload).order_by(None).subquery()
        with reading(self._journal.engine) as connection:
            return connection.scalar(select(func.count()).select_from(query)) or 0

    def keep(self, marked: Marked, as_of: datetime) -> str | None:
        """What became of a mark that was due at `as_of`; the invoice's number when its trouble is news."""
        trouble = redacted(f"{marked.trouble}: {marked.detail}".removesuffix(": ")) if marked.trouble else None
        values: dict[str, Any] = {"written_at": as_of, "problem": trouble}
        if marked.text is not None:
            values.update(value=marked.text, version_after=marked.updated_at)
        if marked.uploaded is not None:
            values.update(uploaded_sha256=marked.uploaded, uploaded_at=as_of)
        if marked.followed:
            values["follow_up_at"] = as_of
        written, invoice = t.write_back.c, t.invoice.c
        with writing(self._journal.engine) as connection:
            before = connection.scalar(select(written.problem).where(written.source_id == marked.source_id))
            put(connection, t.write_back, {"source_id": marked.source_id}, values)
            number = connection.scalar(select(invoice.number).where(invoice.source_id == marked.source_id))
        return number if trouble is not None and trouble != before else None

    def of(self, source_id: str) -> Written | None:
        """What the source shows of one invoice; None when nothing was ever written."""
        query = select(t.write_back).where(t.write_back.c.source_id == source_id)
        with reading(self._journal.engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        at, uploaded = row["written_at"], row["uploaded_at"]
        return Written(text=row["value"], at=at, uploaded_at=uploaded, problem=row["problem"])

    def _seen(self, source_id: str, now: datetime) -> None:
        with writing(self._journal.engine) as connection:
            put(connection, t.write_back, {"source_id": source_id}, {"written_at": now})

    def _mark(self, row: RowMapping, *, upload: bool) -> Mark:
        text = text_of(row["submission_id"], row["lifecycle_status"], row["lifecycle_number"], _reason(row))
        file = None
        if upload and row["sha256"] and _validated(row) and row["uploaded_sha256"] != row["sha256"]:
            content = self._journal.document(row["sha256"])
            file = Attached(name=file_name(row["number"]), content=content, sha256=row["sha256"])
        deposits = self._journal.deposits(row["source_id"])
        return Mark(
            source_id=row["source_id"],
            text=text,
            deposits=frozenset(submission_id for submission_id, _sha256 in deposits),
            rejected=row["technical_status"] == Outcome.REJECTED,
            file=file,
        )


def _validated(row: RowMapping) -> bool:
    """Only then the file is the invoice for certain."""
    return bool(row["technical_status"] == Outcome.VALIDATED)


def _reason(row: RowMapping) -> str | None:
    reason: str | None = row["status_reason"]
    return reason if row["technical_status"] == Outcome.REJECTED else None


def file_name(number: str) -> str:
    """The name under which the source keeps the Factur-X of an invoice.

    >>> file_name("FA 2026/001")
    'factur-x_FA_2026_001.pdf'
    """
    return f"{FILE_PREFIX}{re.sub('[^A-Za-z0-9_-]+', '_', number)[:80]}.pdf"


def due_query(firm: str | None, *, upload: bool) -> Select[Any]:
    """Sent, and changed since the source was last known to show it; what lacks its file only comes last."""
    invoice, written = t.invoice.c, t.write_back.c
    news = or_(written.written_at.is_(None), invoice.updated_at >= written.written_at)
    lacks_file = and_(
        invoice.technical_status == Outcome.VALIDATED.value,
        written.value.is_not(None),
        or_(written.uploaded_sha256.is_(None), written.uploaded_sha256 != invoice.sha256),
    )
    columns = (
        *(invoice.source_id, invoice.number, invoice.submission_id, invoice.technical_status, invoice.lifecycle_status),
        *(invoice.lifecycle_number, invoice.status_reason, invoice.sha256, written.value, written.uploaded_sha256),
    )
    query = (
        select(*columns)
        .outerjoin(t.write_back, written.source_id == invoice.source_id)
        .where(
            invoice.state == State.SENT, invoice.submission_id.is_not(None), or_(news, lacks_file) if upload else news
        )
        .order_by(case((news, 0), else_=1), invoice.updated_at, invoice.source_id)
    )
    return query if firm is None else query.where(invoice.firm == firm)
