"""Whether a journal holds together: the database, the chain of events, each document, each derived column.

Only read, in short transactions, page by page: the memory it takes does not grow with the journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, Table, and_, exists, func, literal, literal_column, or_, select
from sqlalchemy.orm import aliased

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.archive_checks import faults, faults_of
from pdp_bridge.journal.chain import breaks, record_hash
from pdp_bridge.journal.database import reading
from pdp_bridge.journal.reader import JournalReader
from pdp_bridge.journal.rows import event_from, summary_values
from pdp_bridge.model.status import StatusEvent, shown
from pdp_bridge.ports import State, Watch

PAGE = 500
"""Invoices looked at in one transaction."""

DOCUMENTS = 40
"""Documents read in one transaction: each may be large."""

SHOWN = 1000
"""Problems that are named; the others are counted."""

_DERIVED = (
    "submission_id",
    "technical_status",
    "lifecycle_status",
    "lifecycle_number",
    "lifecycle_label",
    "last_technical_update",
    "status_reason",
    "status_message",
    "final",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What does not hold. `check` is stable: database, chain, document, archive, derived, reference, attempt, state."""

    check: str
    subject: str  # an invoice by its source id, a document by its hash, an event by its place in the chain
    problem: str


@dataclass(slots=True, kw_only=True)
class Verification:
    """What was looked at, and what does not hold."""

    invoices: int = 0
    documents: int = 0  # wherever they are
    archives: int = 0  # files
    events: int = 0
    found: int = 0  # problems in all
    problems: list[Problem] = field(default_factory=list)  # the first of them

    @property
    def sound(self) -> bool:
        """Nothing speaks against the journal."""
        return self.found == 0

    def add(self, check: str, subject: object, problem: str) -> None:
        """One more problem."""
        self.found += 1
        if len(self.problems) < SHOWN:
            self.problems.append(Problem(check=check, subject=str(subject), problem=problem))


def verify(journal: JournalReader, source_id: str | None = None, watch: Watch | None = None) -> Verification:
    """The whole journal, whoever's invoices it holds; or what concerns one invoice. Raises `JournalError`."""
    result = Verification()
    tell = watch or (lambda *_: None)
    if source_id is None:
        _database(journal.engine, result)
        _chain(journal, result, tell)
    else:
        _records_of(journal, source_id, result)
    _documents(journal.engine, source_id, result, tell)
    for name, problem in faults(journal, tell) if source_id is None else faults_of(journal, source_id):
        result.add("archive", name, problem)
    result.archives = len(journal.archives.listed()) if source_id is None else 0
    _derived(journal.engine, source_id, result, tell)
    for check, problem, query in _rules():
        for subject in _offenders(journal.engine, query, source_id):
            result.add(check, subject, problem)
    return result


# -- the database and the chain --------------------------------------------------------------------------------------


def _database(engine: Engine, result: Verification) -> None:
    """SQLite's own checks; PostgreSQL keeps what it was told to keep."""
    if engine.dialect.name != "sqlite":
        return
    with reading(engine) as connection:
        for (text,) in connection.exec_driver_sql("PRAGMA integrity_check").fetchall():
            if text != "ok":
                result.add("database", "integrity_check", text)
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            result.add("database", f"{row[0]} {row[1]}", f"refers to a row of {row[2]} that is not there")


def _chain(journal: JournalReader, result: Verification, tell: Watch) -> None:
    def counted() -> Iterator[Mapping[str, Any]]:
        for record in journal.records():
            result.events += 1
            if result.events % PAGE == 0:
                tell("verify", result.events, None, "")
            yield dict(record)

    for broken in breaks(counted()):
        result.add("chain", broken.seq, broken.problem)


def _records_of(journal: JournalReader, source_id: str, result: Verification) -> None:
    """The records of one invoice, each alone: the links between them go over other invoices."""
    for record in journal.records([submission_id for submission_id, _ in journal.deposits(source_id)]):
        result.events += 1
        if record_hash(dict(record)) != record["hash"]:
            result.add("chain", record["seq"], "its content is not what was recorded")


# -- documents -------------------------------------------------------------------------------------------------------


def _documents(engine: Engine, source_id: str | None, result: Verification, tell: Watch) -> None:
    """The bytes of each are those that its name says; of those archived it is the file that is looked at."""
    place: ColumnElement[Any] = t.document.c.sha256
    if engine.dialect.name == "sqlite":
        place = literal_column("document.rowid")  # as they lie on the disk
    document = t.document.c
    columns = (place.label("place"), document.sha256, document.archive, document.content)
    query = select(*columns).order_by(place).limit(DOCUMENTS)
    if source_id is not None:
        query = query.where(document.sha256.in_(_hashes_of(source_id)))
    after: Any = None
    while True:
        with reading(engine) as connection:
            page = connection.execute(query if after is None else query.where(place > after)).all()
        for row in page:
            result.documents += 1
            if row.archive is None and hashlib.sha256(row.content).hexdigest() != row.sha256:
                result.add("document", row.sha256, "its bytes are not those of its SHA-256")
        tell("verify", result.documents, None, "")
        if len(page) < DOCUMENTS:
            return
        after = page[-1].place


def _hashes_of(source_id: str) -> Select[Any]:
    attempt, submission, invoice = (table.c for table in (t.attempt, t.submission, t.invoice))
    return (
        select(attempt.sha256)
        .where(attempt.source_id == source_id)
        .union(
            select(submission.sha256).where(submission.source_id == source_id),
            select(invoice.sha256).where(invoice.source_id == source_id),
        )
        .subquery()
        .select()
    )


# -- what is derived from the events ---------------------------------------------------------------------------------


def _derived(engine: Engine, source_id: str | None, result: Verification, tell: Watch) -> None:
    """The status columns of each invoice are what its events say."""
    columns = [t.invoice.c.source_id, *(t.invoice.c[name] for name in _DERIVED)]
    query = select(*columns).order_by(t.invoice.c.source_id).limit(PAGE)
    if source_id is not None:
        query = query.where(t.invoice.c.source_id == source_id)
    after = ""
    while True:
        with reading(engine) as connection:
            page = connection.execute(query.where(t.invoice.c.source_id > after)).mappings().all()
            deposits = _deposits(connection, [row["source_id"] for row in page])
        for row in page:
            result.invoices += 1
            _compare(dict(row), deposits.get(row["source_id"], []), result)
        tell("verify", result.invoices, None, "")
        if len(page) < PAGE:
            return
        after = page[-1]["source_id"]


def _deposits(connection: Any, source_ids: Sequence[str]) -> dict[str, list[tuple[str, list[StatusEvent]]]]:
    """Platform id and events of each deposit of these invoices, as the ids became known; without the raw messages."""
    deposit, event = t.submission.c, t.status_event.c
    known = connection.execute(
        select(deposit.source_id, deposit.submission_id).where(deposit.source_id.in_(source_ids)).order_by(deposit.id)
    ).all()
    columns = [column for column in t.status_event.c if column.name != "payload"]
    query = select(*columns, literal("{}").label("payload")).where(
        event.submission_id.in_([row.submission_id for row in known])
    )
    events: dict[str, list[StatusEvent]] = {}
    for row in connection.execute(query).mappings():
        events.setdefault(row["submission_id"], []).append(event_from(row))
    found: dict[str, list[tuple[str, list[StatusEvent]]]] = {}
    for row in known:
        found.setdefault(row.source_id, []).append((row.submission_id, events.get(row.submission_id, [])))
    return found


def _compare(
    row: Mapping[str, Any], deposits: Sequence[tuple[str, Sequence[StatusEvent]]], result: Verification
) -> None:
    if not deposits:
        if row["submission_id"] is not None:
            result.add("derived", row["source_id"], "it names a deposit that is not on record")
        return
    expected = summary_values(*shown(deposits))
    wrong = [name for name in _DERIVED if expected[name] != row[name]]
    if wrong:
        result.add("derived", row["source_id"], f"{', '.join(wrong)}: not what the events say")


# -- how the tables stand to each other ------------------------------------------------------------------------------


def _rules() -> Iterator[tuple[str, str, Select[Any]]]:
    """Check, what is wrong, and the source ids for which it is."""
    invoice, attempt, submission = t.invoice.c, t.attempt.c, t.submission.c
    own_attempts = select(func.count()).where(attempt.source_id == invoice.source_id).correlate(t.invoice)
    last_attempt = select(func.max(attempt.number)).where(attempt.source_id == invoice.source_id).correlate(t.invoice)
    deposited = exists().where(submission.source_id == invoice.source_id)
    still_open = exists().where(attempt.source_id == invoice.source_id, attempt.ended_at.is_(None))
    yield (
        "attempt",
        "its attempts are not numbered from 1 without a gap, as many as it counts",
        _where(
            or_(
                invoice.attempt != own_attempts.scalar_subquery(),
                and_(invoice.attempt > 0, invoice.attempt != func.coalesce(last_attempt.scalar_subquery(), 0)),
            )
        ),
    )
    yield "attempt", "it is not being sent, and an attempt is open", _where(invoice.state != State.SENDING, still_open)
    yield "state", "it is called sent, and no deposit is on record", _where(invoice.state == State.SENT, ~deposited)
    yield (
        "state",
        "it is with the platform, or may be, and nothing says since when",
        _where(invoice.state.in_([State.SENDING, State.SENT]), invoice.sending_at.is_(None)),
    )
    yield "state", "its last change of state is not its state", _where(_last_state() != invoice.state)
    for version in (invoice.version, invoice.latest_version):
        there = exists().where(t.snapshot.c.source_id == invoice.source_id, t.snapshot.c.version == version)
        yield "reference", f"the snapshot of its {version.name} is not there", _where(~there)
    yield from _missing()


def _missing() -> Iterator[tuple[str, str, Select[Any]]]:
    """Columns that name a row of another table, which no foreign key guards."""
    invoice, submission = t.invoice.c, t.submission.c
    report = exists().where(t.report.c.id == invoice.report_id)
    yield "reference", "its report is not there", _where(invoice.report_id.is_not(None), ~report)
    for table, column in ((t.invoice, invoice.sha256), (t.submission, submission.sha256)):
        there = exists().where(t.document.c.sha256 == column)
        yield "reference", "a document of it is not there", _where(column.is_not(None), ~there, table=table)


def _last_state() -> Any:
    newest = aliased(t.transition)
    ids = select(func.max(newest.c.id)).where(newest.c.source_id == t.invoice.c.source_id).correlate(t.invoice)
    return select(t.transition.c.to_state).where(t.transition.c.id == ids.scalar_subquery()).scalar_subquery()


def _where(*conditions: Any, table: Table = t.invoice) -> Select[Any]:
    return select(table.c.source_id).where(*conditions)


def _offenders(engine: Engine, query: Select[Any], source_id: str | None) -> Sequence[str]:
    if source_id is not None:
        query = query.where(query.selected_columns[0] == source_id)
    with reading(engine) as connection:
        return connection.scalars(query.limit(SHOWN)).all()
