"""Reading the journal: every question that the line, the lifecycle and people ask of it.

Long answers are read in pages, each in a short transaction of its own, so that a slow consumer never holds the
database; an invoice that changes meanwhile is shown as it is when its page is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from heapq import merge
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    TextClause,
    and_,
    case,
    false,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
)

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.archived import Archives
from pdp_bridge.journal.awaiting import MOST, awaiting_queries, heard_query, longest_unread
from pdp_bridge.journal.database import close, engine_for, reading
from pdp_bridge.journal.doubting import doubt
from pdp_bridge.journal.figures import Figures, figures, last_ended
from pdp_bridge.journal.rows import (
    DEPOSITED,
    Attempt,
    Transition,
    entry_from,
    event_from,
    skipped_from,
    snapshot_from,
)
from pdp_bridge.model.pulled import Skipped, Snapshot
from pdp_bridge.model.status import DUPLICATE_REASONS, Outcome, StatusEvent
from pdp_bridge.ports import Doubt, Entry, State
from pdp_bridge.soundness import sound_text

PAGE = 500
"""Invoices read at a time."""

_ENTRY = select(t.invoice, t.report.c.payload.label("report_payload")).outerjoin(
    t.report, t.report.c.id == t.invoice.c.report_id
)


Condition = ColumnElement[bool] | TextClause
Conditions = tuple[Condition, ...]

_PLACE = (t.invoice.c.issue_date, t.invoice.c.source_id)
"""The order in which invoices are read."""


def place(entry: Entry) -> tuple[date, str]:
    """Where an invoice comes in the order in which they are read."""
    return (entry.issue_date or date.min, entry.source_id)


class JournalReader:
    """The questions. Every method raises `JournalError` when the database cannot answer."""

    def __init__(self, url: str, *, firm: str | None = None, archives: Path | None = None) -> None:
        """`firm`: the only company whose invoices are seen; None: all. `archives`: see `archived.Archives`."""
        self._engine = engine_for(url)
        self.archives = Archives(self._engine, archives)
        self._firm = firm

    @property
    def engine(self) -> Engine:
        """The database, for the statements of other modules of this folder."""
        return self._engine

    @property
    def firm(self) -> str | None:
        """The only company whose invoices are seen; None: all of them."""
        return self._firm

    def close(self) -> None:
        """Close every connection, for good: who asks later gets `JournalError`."""
        close(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def cursor(self) -> str | None:
        with reading(self._engine) as connection:
            kept: str | None = connection.scalar(kept_query("cursor", self._firm or ""))
            return kept

    def doubt(self) -> Doubt | None:
        with reading(self._engine) as connection:
            return doubt(connection, self._firm)

    def due(self, now: datetime, second_looks: int | None = None) -> Iterator[Entry]:
        if second_looks is None:
            again: Iterable[Entry] = self._pages(self._mine(stopped_query()))
        else:
            again = sorted(self.stopped(second_looks), key=place)
        return merge(self._pages(self._mine(ready_query(now))), again, key=place)

    def how_many_due(self, now: datetime, second_looks: int | None = None) -> int:
        first, again = (self._counted(conditions) for conditions in (ready(now), stopped()))
        return first + (again if second_looks is None else min(again, second_looks))

    def stopped(self, at_most: int) -> Sequence[Entry]:
        return self._entries(self._mine(stopped_query(at_most)))

    def looked_with(self) -> str | None:
        with reading(self._engine) as connection:
            kept: str | None = connection.scalar(kept_query("looked with", self._firm or ""))
            return kept

    def in_doubt(self) -> Sequence[Entry]:
        return self._entries(self._mine(in_doubt_query()))

    def heard_at(self) -> datetime | None:
        with reading(self._engine) as connection:
            found = [connection.scalar(heard_query(origin)) for origin in ("feed", "webhook")]
        return max((at for at in found if at is not None), default=None)

    def awaiting_news(
        self, now: datetime, spacing_seconds: float, settled_seconds: float | None = None, at_most: int = MOST
    ) -> Sequence[Entry]:
        spacings = (spacing_seconds, spacing_seconds if settled_seconds is None else settled_seconds)
        queries = awaiting_queries(_ENTRY, now, spacings, at_most)
        found = [entry for query in queries for entry in self._entries(self._mine(query))]
        return sorted(found, key=longest_unread)[:at_most]

    def rejected_copies(self) -> Sequence[Entry]:
        return self._entries(self._mine(copies_query()))

    def entries(self) -> Iterator[Entry]:
        """Every invoice, oldest issue date first."""
        return self._pages(self._mine(_ENTRY))

    def matching(self, *conditions: Condition) -> Iterator[Entry]:
        """The invoices that meet these conditions on the table `invoice`, oldest issue date first."""
        return self._pages(self._mine(_ENTRY.where(*conditions)))

    def dated(self, start: date, end: date) -> Iterator[Entry]:
        """The invoices issued on these days, both included, oldest issue date first."""
        return self.matching(t.invoice.c.issue_date >= start, t.invoice.c.issue_date <= end)

    def numbers(self) -> Sequence[tuple[str, str, date | None]]:
        """Source id, number and issue date of every invoice, and nothing heavier."""
        query = select(t.invoice.c.source_id, t.invoice.c.number, t.invoice.c.issue_date).order_by(*_PLACE)
        with reading(self._engine) as connection:
            return [(row.source_id, row.number, row.issue_date) for row in connection.execute(self._mine(query))]

    def deposits(self, source_id: str) -> Sequence[tuple[str, str | None]]:
        """Platform id and SHA-256 of every deposit of an invoice, as the ids became known."""
        deposit = t.submission.c
        query = select(deposit.submission_id, deposit.sha256).where(deposit.source_id == source_id)
        with reading(self._engine) as connection:
            return [(row.submission_id, row.sha256) for row in connection.execute(query.order_by(deposit.id))]

    def attempted(self, source_id: str) -> Sequence[str]:
        """SHA-256 of every document that was sent for an invoice, or may have been, the last first; each once."""
        attempt = t.attempt.c
        query = select(attempt.sha256).where(attempt.source_id == source_id).order_by(attempt.number.desc())
        with reading(self._engine) as connection:
            return list(dict.fromkeys(connection.scalars(query)))

    def entry(self, reference: str) -> Entry | None:
        """By number, source id or submission id, in that order.

        Where several source records bear the number, the one that was sent, else the one pulled last.
        """
        with reading(self._engine) as connection:
            for query in entry_queries(reference):
                row = connection.execute(self._mine(query)).mappings().first()
                if row is not None:
                    return entry_from(row)
        return None

    def skipped(self) -> Sequence[Skipped]:
        """Records that the source does not want sent, as last seen; not those that it has since shown as invoices."""
        record, invoice = t.skipped.c, t.invoice.c
        query = (
            select(t.skipped)
            .outerjoin(t.invoice, invoice.source_id == record.source_id)
            .where(or_(invoice.source_id.is_(None), invoice.passed_over == true()))
            .order_by(record.source_id)
        )
        if self._firm is not None:
            query = query.where(record.firm == self._firm)
        with reading(self._engine) as connection:
            return [skipped_from(row) for row in connection.execute(query).mappings()]

    def snapshot(self, source_id: str) -> Snapshot:
        """The content we work on, or have sent. Raises `JournalError` for an unknown invoice."""
        shot, invoice = t.snapshot.c, t.invoice.c
        query = (
            select(t.snapshot)
            .join(t.invoice, and_(invoice.source_id == shot.source_id, invoice.version == shot.version))
            .where(invoice.source_id == source_id)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise unknown(source_id)
        return snapshot_from(self.archives.whole(row, "payload"))

    def document(self, sha256: str) -> bytes:
        """Raises `JournalError` for a document that was never kept."""
        query = select(t.document).where(t.document.c.sha256 == sha256)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise JournalError(
                f"The journal holds no document {sha256[:12] or 'without hash'}…; nothing was sent as it."
            )
        content: bytes = self.archives.whole(row, "content")["content"]
        return content

    def events(self, submission_id: str) -> Sequence[StatusEvent]:
        """Oldest first; also of deposits that the journal does not know."""
        with reading(self._engine) as connection:
            return _events(connection, submission_id)

    def attempts(self, source_id: str) -> Sequence[Attempt]:
        """Every sending of an invoice, the first first."""
        columns = [t.attempt.c[name] for name in Attempt.__dataclass_fields__]
        query = select(*columns).where(t.attempt.c.source_id == source_id).order_by(t.attempt.c.number)
        with reading(self._engine) as connection:
            return [Attempt(**row) for row in connection.execute(query).mappings()]

    def transitions(self, source_id: str) -> Sequence[Transition]:
        """What happened to an invoice, the first first."""
        query = select(t.transition).where(t.transition.c.source_id == source_id).order_by(t.transition.c.id)
        with reading(self._engine) as connection:
            return [
                Transition(
                    at=row.at,
                    before=None if row.from_state is None else State(row.from_state),
                    after=State(row.to_state),
                    detail=row.detail,
                )
                for row in connection.execute(query)
            ]

    def records(self, submission_ids: Sequence[str] | None = None) -> Iterator[RowMapping]:
        """The rows of `status_event` in the order of their chain, of these deposits only or of all."""
        event, after = t.status_event.c, 0
        query = select(t.status_event).order_by(event.seq).limit(PAGE)
        if submission_ids is not None:
            query = query.where(event.submission_id.in_(submission_ids))
        while True:
            with reading(self._engine) as connection:
                page = connection.execute(query.where(event.seq > after)).mappings().all()
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]["seq"]

    def knows_callback(self, key: str) -> bool:
        """Whether a callback of that key was taken."""
        query = select(t.callback.c.key).where(t.callback.c.key == key)
        with reading(self._engine) as connection:
            return connection.scalar(query) is not None

    def figures(self) -> Figures:
        """Counts and instants of the whole journal, whoever's invoices it holds."""
        with reading(self._engine) as connection:
            return figures(connection)

    def last_ended(self) -> dict[str, datetime]:
        """When `run` and `sync` last went through to their end, UTC; absent when never."""
        with reading(self._engine) as connection:
            return last_ended(connection)

    def _mine(self, query: Select[Any]) -> Select[Any]:
        """Only this company's invoices."""
        return query if self._firm is None else query.where(t.invoice.c.firm == self._firm)

    def _counted(self, conditions: Conditions) -> int:
        counting = self._mine(select(func.count()).select_from(t.invoice).where(*conditions))
        with reading(self._engine) as connection:
            return connection.scalar(counting) or 0

    def _entries(self, query: Select[Any]) -> list[Entry]:
        with reading(self._engine) as connection:
            return [entry_from(row) for row in connection.execute(query).mappings()]

    def _pages(self, query: Select[Any]) -> Iterator[Entry]:
        after: Entry | None = None
        while True:
            page = self._entries(page_query(query, after))
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]


def kept_query(name: str, firm: str) -> Select[Any]:
    """One value of `meta`."""
    return select(t.meta.c.value).where(t.meta.c.firm == firm, t.meta.c.name == name)


def page_query(query: Select[Any], after: Entry | None) -> Select[Any]:
    """The next page of `query`, by issue date and source id."""
    if after is not None:
        query = query.where(tuple_(*_PLACE) > (after.issue_date or date.min, after.source_id))
    return query.order_by(*_PLACE).limit(PAGE)


def ready(now: datetime) -> Conditions:
    """Pulled; failed or held, and the time has come."""
    invoice = t.invoice.c
    come = or_(invoice.state == State.PULLED, invoice.next_action_at <= now)
    return (text(t.READY), invoice.passed_over == false(), come)


def stopped() -> Conditions:
    """Refused, or held without a date: looked at again, for a setting or another invoice may have changed."""
    return (text(t.STOPPED), t.invoice.c.passed_over == false())


def ready_query(now: datetime) -> Select[Any]:
    """What `Journal.due` promises, without those that are only looked at again."""
    return _ENTRY.where(*ready(now))


def stopped_query(at_most: int | None = None) -> Select[Any]:
    """What is looked at again; `at_most`: those looked at longest ago."""
    query = _ENTRY.where(*stopped())
    return query if at_most is None else query.order_by(t.invoice.c.updated_at).limit(at_most)


def in_doubt_query() -> Select[Any]:
    """What `Journal.in_doubt` promises, the oldest intent first."""
    return _ENTRY.where(text(t.IN_DOUBT)).order_by(t.invoice.c.sending_at)


def copies_query() -> Select[Any]:
    """What `Journal.rejected_copies` promises."""
    invoice = t.invoice.c
    return _ENTRY.where(
        text(t.SENT),
        invoice.final == true(),
        invoice.technical_status == Outcome.REJECTED.value,
        invoice.status_reason.in_(sorted(DUPLICATE_REASONS)),
        or_(invoice.history_read_at.is_(None), invoice.history_read_at < invoice.last_technical_update),
    ).order_by(invoice.sent_at)


def entry_queries(reference: str) -> tuple[Select[Any], ...]:
    """By number, by source id, by submission id."""
    reference = sound_text(reference)  # typed by somebody: it may hold bytes that no database takes
    invoice, deposit = t.invoice.c, t.submission.c
    deposited_first = case((invoice.state.in_(DEPOSITED), 0), else_=1)
    return (
        _ENTRY.where(invoice.number == reference)
        .order_by(deposited_first, invoice.pulled_at.desc(), invoice.source_id.desc())
        .limit(1),
        _ENTRY.where(invoice.source_id == reference),
        _ENTRY.join(t.submission, deposit.source_id == invoice.source_id).where(deposit.submission_id == reference),
    )


def _events(connection: Connection, submission_id: str) -> list[StatusEvent]:
    event = t.status_event.c
    query = select(t.status_event).where(event.submission_id == submission_id).order_by(event.at, event.status_id)
    return [event_from(row) for row in connection.execute(query).mappings()]


def unknown(source_id: str) -> JournalError:
    """The error of an invoice that was never pulled."""
    return JournalError(f"The journal knows no invoice with source id {source_id}; pull it first (pdp-bridge pull).")
