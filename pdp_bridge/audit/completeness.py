"""The audit itself: every invoice number of a period has its place, and the totals agree. Reads the journal only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from pdp_bridge.audit import numbering, remarks
from pdp_bridge.audit.figures import (
    Compared,
    RateLine,
    Reconciliation,
    printed_totals,
    rates,
    reconciliations,
    totals_of,
)
from pdp_bridge.audit.period import Period
from pdp_bridge.audit.rows import Row, Standing, row_of
from pdp_bridge.audit.series import Numbered
from pdp_bridge.errors import FindingError
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES
from pdp_bridge.model.drift import Latest, changes
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.pulled import Printed, PrintedTotals, Skipped, Snapshot
from pdp_bridge.model.report import Finding, Severity
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import Clock, Entry, Reopen, State, Watch


class Books(Protocol):
    """What an audit reads of the journal."""

    def cursor(self) -> str | None:
        """Until when the source was read."""
        ...

    def numbers(self) -> Sequence[tuple[str, str, date | None]]:
        """Source id, number and issue date of every invoice."""
        ...

    def dated(self, start: date, end: date) -> Iterator[Entry]:
        """The invoices of these days, oldest first."""
        ...

    def snapshot(self, source_id: str) -> Snapshot:
        """The content we work on, or have sent."""
        ...

    def document(self, sha256: str) -> bytes:
        """The exact bytes that were made for sending."""
        ...

    def deposits(self, source_id: str) -> Sequence[tuple[str, str | None]]:
        """Platform id and SHA-256 of every deposit of an invoice."""
        ...

    def skipped(self) -> Sequence[Skipped]:
        """Records that are passed over, as last seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How snapshots and documents are read."""

    state: Callable[[Snapshot], Invoice]  # raises `FindingError`
    printed: Callable[[Snapshot], Printed]
    reopen: Reopen
    latest: Callable[[str], Latest]  # by source id, of an invoice that was sent
    clock: Clock
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Printed totals of one standing in one currency."""

    standing: Standing
    currency: str
    totals: PrintedTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The proof, or what is missing to it."""

    period: Period
    made_at: datetime
    read_until: str | None
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    rates: tuple[RateLine, ...]
    reconciliations: tuple[Reconciliation, ...]

    @property
    def sums(self) -> tuple[Sum, ...]:
        """In the order of `Standing`, by currency."""
        kinds = {(row.standing, row.printed.currency) for row in self.rows if row.printed}
        ordered = sorted(kinds, key=lambda kind: (list(Standing).index(kind[0]), kind[1]))
        return tuple(
            Sum(
                standing=standing,
                currency=currency,
                totals=PrintedTotals.of(
                    row.printed
                    for row in self.rows
                    if row.printed and (row.standing, row.printed.currency) == (standing, currency)
                ),
            )
            for standing, currency in ordered
        )

    @property
    def complete(self) -> bool:
        """Every number of the period is settled, and nothing stands against it."""
        errors = [finding for finding in self.findings if finding.severity is Severity.ERROR]
        return not errors and all(row.settled for row in self.rows)

    @property
    def reconciled(self) -> bool:
        """Source, documents and deposits agree to the cent."""
        return all(line.even for line in self.rates) and all(each.even for each in self.reconciliations)


def audit(period: Period, books: Books, reading: Reading) -> Audit:
    """Where each number of the period is, what is missing, and whether the totals agree. Raises `JournalError`."""
    passed_over = {record.source_id: record for record in books.skipped()}
    everything = [Numbered(source_id=each[0], number=each[1], issue_date=each[2]) for each in books.numbers()]
    mine = [record for record in everything if period.holds(record.issue_date)]
    examined = []
    for done, entry in enumerate(books.dated(period.start, period.end), start=1):
        examined.append(_examined(entry, passed_over.get(entry.source_id), books, reading))
        reading.watch("audit", done, len(mine), entry.number)
    by_number = {record.number: record for record in passed_over.values() if record.number}
    known = {record.number for record in everything} - {
        record.number for record in everything if record.source_id in passed_over
    }
    absent, holes = numbering.holes(everything, period, by_number)
    compared = [each.compared for each in examined if each.compared]
    findings = (
        *_freshness(books.cursor(), period),
        *holes,
        *numbering.starts(everything, period),
        *numbering.twice(mine, everything),
        *(finding for each in examined for finding in each.findings),
        *_credit_notes(examined, known, by_number),
    )
    return Audit(
        period=period,
        made_at=reading.clock(),
        read_until=books.cursor(),
        rows=(*(each.row for each in examined), *absent),
        findings=findings,
        rates=rates(compared),
        reconciliations=reconciliations(compared),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Examined:
    """One invoice of the journal: its row, what is wrong with it, its two sides when it was sent."""

    row: Row
    invoice: Invoice | None  # as sent, else as the snapshot states it
    findings: tuple[Finding, ...] = ()
    compared: Compared | None = None


def _examined(entry: Entry, record: Skipped | None, books: Books, reading: Reading) -> _Examined:
    shot = books.snapshot(entry.source_id)
    printed = reading.printed(shot)
    stated, problem = _stated(shot, reading)
    row = row_of(entry, record, printed)
    if entry.state not in {State.SENT, State.SENDING}:
        return _Examined(row=row, invoice=stated)
    findings = list(_drifted(entry, shot, reading)) if entry.changed_after_send else []
    if record is not None:
        findings.append(remarks.withdrawn(entry.number, record.reason))
    document = reading.reopen(books.document(entry.sha256 or ""))
    if document.invoice is None:
        findings.append(remarks.unreadable(entry.number, document.problem or ""))
        return _Examined(row=row, invoice=stated, findings=tuple(findings))
    compared = Compared(
        number=entry.number,
        currency=document.invoice.currency,
        sent=document.invoice,
        stated=stated,
        printed=printed_totals(printed),
        deposited=any(sha256 == entry.sha256 for _id, sha256 in books.deposits(entry.source_id)),
        outcome=entry.summary.technical_status if entry.summary else Outcome.PENDING,
    )
    if problem is not None:
        findings.append(remarks.not_restated(entry.number, problem))
    findings += _differences(compared)
    return _Examined(
        row=replace(row, sent=totals_of(document.invoice)),
        invoice=document.invoice,
        findings=tuple(findings),
        compared=compared,
    )


def _drifted(entry: Entry, sent: Snapshot, reading: Reading) -> Iterator[Finding]:
    """What the source shows now in other words than what was sent; nothing when the invoice would say the same."""
    try:
        found = changes(reading.state(sent), reading.state(reading.latest(entry.source_id).snapshot))
    except FindingError as error:
        yield remarks.edited_beyond_words(entry.number, error.finding)
        return
    edits = [change for change in found if not change.of_customer]
    if edits:
        yield remarks.edited(entry.number, edits)
    elif found:
        yield remarks.customer_edited(entry.number, found)


def _stated(shot: Snapshot, reading: Reading) -> tuple[Invoice | None, str | None]:
    """The invoice of a snapshot, or the rule that keeps it from being stated."""
    try:
        return reading.state(shot), None
    except FindingError as error:
        return None, error.finding.rule
    except Exception as error:  # noqa: BLE001 - one broken snapshot must not hide the audit of the others; it is named
        return None, type(error).__name__


def _differences(compared: Compared) -> Iterator[Finding]:
    """Every figure of the source that is not the one that was sent; and a deposit that is not known."""
    sent = totals_of(compared.sent)
    for source in filter(None, (compared.printed, totals_of(compared.stated) if compared.stated else None)):
        pairs = (("BT-109", source.without_vat, sent.without_vat), ("BT-112", source.with_vat, sent.with_vat))
        wrong = [pair for pair in pairs if pair[1] != pair[2]]
        if wrong:
            yield from (remarks.differs(compared.number, *pair) for pair in wrong)
            break
    if not compared.deposited:
        yield remarks.deposit_unknown(compared.number)


def _credit_notes(
    examined: Iterable[_Examined], known: set[str], passed_over: Mapping[str, Skipped]
) -> Iterator[Finding]:
    """Each invoice that a credit note corrects is in the journal, or was passed over."""
    for each in examined:
        if each.invoice is None or each.invoice.type not in CREDIT_NOTE_TYPES:
            continue
        if not each.invoice.preceding:
            yield remarks.credit_note_alone(each.row.number, None)
        for corrected in each.invoice.preceding:
            if corrected.number in known:
                continue
            if corrected.number in passed_over:
                reason = passed_over[corrected.number].reason
                yield remarks.credit_note_of_before(each.row.number, corrected.number, reason)
            else:
                yield remarks.credit_note_alone(each.row.number, corrected.number)


def _freshness(cursor: str | None, period: Period) -> Iterator[Finding]:
    """The source was read after the last day of the period; a cursor that is no instant says nothing."""
    try:
        until = datetime.fromisoformat(cursor).date() if cursor else None
    except ValueError:
        return
    if until is None or until < period.end + timedelta(days=1):
        yield remarks.not_read(period, until)
