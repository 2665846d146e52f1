"""One invoice, as far as it goes now: made, checked, looked up, sent; or what speaks against it, on its record.

Several are made together, which costs less, and delivered one by one. An error on one invoice is recorded on that
invoice, and the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from pdp_bridge.errors import (
    BridgeError,
    ConfigError,
    FindingError,
    Held,
    PlatformRefused,
    PlatformUnavailable,
)
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES
from pdp_bridge.model.document import Document
from pdp_bridge.model.hindrance import dated_later, kept_in_the_books
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.pulled import Reference, Snapshot
from pdp_bridge.model.report import Layer, Report
from pdp_bridge.model.status import DUPLICATE_REASONS
from pdp_bridge.ports import POISON, Build, Entry, InvoiceSource, Journal, Judge, Made, MakeEach, State
from pdp_bridge.sending import Line, not_accepted, state_of, transmit
from pdp_bridge.together import portions, result_of

TOGETHER = 40
"""Invoices that are made together, which costs little more than half; more gain nothing."""

MOST_LINES = 500
"""Lines of invoices that are made together: a long one fills the memory alone, and takes seconds."""

SECOND_LOOK = timedelta(hours=1)
"""After an unexpected error before any sending: a later run, perhaps of a corrected version, tries again."""


@dataclass(frozen=True, slots=True)
class Due:
    """An invoice that is due, and its content; or why nothing is made of it."""

    entry: Entry
    shot: Snapshot | Exception


@dataclass(frozen=True, slots=True)
class Prepared:
    """An invoice that is due, and what came of making it: document and report, or what was raised instead.

    `reference` names the content that it is made of; the journal may show other content when its turn comes.
    """

    entry: Entry
    reference: Reference
    made: Made | Exception


def taken(line: Line, entries: Iterable[Entry]) -> Iterator[list[Due]]:
    """These invoices with their content, in order, as many at a time as are made together."""
    several = (Due(entry, _snapshot(line, entry)) for entry in entries)
    return portions(several, lambda one: lines_of(one.shot), heaviest=MOST_LINES, most=TOGETHER)


def lines_of(shot: Snapshot | Exception) -> int:
    """How many lines an invoice has, as its record says."""
    invoice = shot.payload.get("invoice") if isinstance(shot, Snapshot) else None
    items = invoice.get("items") if isinstance(invoice, dict) else None
    return len(items) if isinstance(items, list) else 0


def prepared(line: Line, several: Sequence[Due]) -> list[Prepared]:
    """These invoices, made together; in order. Nothing is recorded."""
    make_each = line.make_each or one_by_one(line.source, line.build, line.judge)
    made = iter(make_each([one.shot for one in several if isinstance(one.shot, Snapshot)]))
    return [_with_reference(one, made) for one in several]


def _snapshot(line: Line, entry: Entry) -> Snapshot | Exception:
    """What to make; or why nothing is made."""
    if entry.issue_date and is_future(entry.issue_date, line.clock()):
        return dated_later(entry.number, entry.issue_date)
    try:
        return line.journal.snapshot(entry.source_id)
    except Exception as error:  # noqa: BLE001 - of this invoice alone; recorded on it when its turn comes
        return error


def _with_reference(one: Due, made: Iterator[Made | Exception]) -> Prepared:
    entry, shot = one.entry, one.shot
    if isinstance(shot, Snapshot):
        return Prepared(entry, shot.reference, next(made))
    reference = Reference(
        source_id=entry.source_id, number=entry.number, version=entry.version, issue_date=entry.issue_date
    )
    return Prepared(entry, reference, shot)


def process(line: Line, entry: Entry) -> State:
    """One invoice, as far as it goes now. Raises as `deliver`."""
    [several] = taken(line, [entry])
    [one] = prepared(line, several)
    return deliver(line, one)


def deliver(line: Line, one: Prepared) -> State:
    """Sent, unless something speaks against it.

    Raises `PlatformUnavailable`, and a `PlatformRefused` of the account, after recording it, `ConfigError`, and what
    `line.permit` raises; every other error is only recorded on the invoice.
    """
    try:
        return _delivered(line, one)
    except BridgeError:
        raise
    except Exception as error:  # noqa: BLE001 - one broken invoice must not stop the others; it is recorded and shown
        return _unforeseen(line, one, error)


def _delivered(line: Line, one: Prepared) -> State:
    reference = one.reference
    try:
        document, report = result_of(one.made)
        if report.sendable:
            require_destination(line.journal, document)
        if report.sendable and line.directory is not None:
            line.directory.require(document)
    except (PlatformUnavailable, PlatformRefused) as error:  # nobody can tell whether the buyer can be reached
        return not_accepted(line, reference, error)
    except ConfigError:
        raise  # of this installation: no invoice is to blame
    except BridgeError as error:
        return _stopped_by(line, one, error)
    if not report.sendable:
        line.journal.refused(reference.source_id, report, document, version=reference.version)
        return state_of(line.journal, reference.source_id)
    return transmit(line, reference, document, report)


def is_future(issue_date: date | None, now: datetime) -> bool:
    """The invoice is dated of a day that has not begun in Paris, at the latest an hour or two ago."""
    return issue_date is not None and issue_date > now.date()


def _stopped_by(line: Line, one: Prepared, error: BridgeError) -> State:
    """What speaks against sending this invoice now, on record."""
    source_id, version = one.reference.source_id, one.reference.version
    if isinstance(error, Held):
        line.journal.held(source_id, str(error), _start_of(error.until), refusal(error), version=version)
    elif isinstance(error, FindingError):
        line.journal.refused(source_id, refusal(error), None, version=version)
    else:
        return _unforeseen(line, one, error)
    return state_of(line.journal, source_id)


class Numbered(Protocol):
    """What knows the invoices by their numbers."""

    def entry(self, reference: str) -> Entry | None:
        """One invoice; of several under a number, the one that was sent."""
        ...


def require_destination(journal: Numbered, document: Document) -> None:
    """Raises `Held` for a credit note whose invoice was rejected (213): the reform keeps it in the seller's books."""
    invoice = document.invoice
    if invoice is None or invoice.type not in CREDIT_NOTE_TYPES or not invoice.preceding:
        return
    cancelled = [journal.entry(preceding.number) for preceding in invoice.preceding]
    if all(entry is not None and _never_delivered(entry) for entry in cancelled):
        raise kept_in_the_books(invoice.number, ", ".join(preceding.number for preceding in invoice.preceding))


def _never_delivered(entry: Entry) -> bool:
    summary = entry.summary
    rejected = summary is not None and summary.lifecycle_status == "REJECTED" and entry.state is State.SENT
    return rejected and summary is not None and summary.reason not in DUPLICATE_REASONS


def _unforeseen(line: Line, one: Prepared, error: Exception) -> State:
    """Tried again later, a few times; then it is put aside for a person, or until the source shows other content.

    Once its intent is on record it stays in doubt instead: the deposit is looked up.
    """
    source_id, version = one.reference.source_id, one.reference.version
    aside = not isinstance(error, BridgeError) and one.entry.failures + 1 >= POISON
    line.journal.failed(source_id, error, retry_at=None if aside else line.clock() + SECOND_LOOK, version=version)
    return state_of(line.journal, source_id)


def _start_of(day: date | None) -> datetime | None:
    """Midnight UTC: one or two o'clock in Paris, so never before the day has begun there."""
    return None if day is None else datetime.combine(day, time(), tzinfo=UTC)


def prepare(
    source: InvoiceSource, journal: Journal, build: Build, judge: Judge, entry: Entry
) -> tuple[Document, Report]:
    """One invoice of the journal, stated, written and judged. Raises `FindingError`."""
    return judged(source, journal.snapshot(entry.source_id), build, judge)


def one_by_one(source: InvoiceSource, build: Build, judge: Judge) -> MakeEach:
    """Several snapshots, one after the other through these stages."""

    def made(snapshot: Snapshot) -> Made | Exception:
        try:
            return judged(source, snapshot, build, judge)
        except Exception as error:  # noqa: BLE001 - of this invoice alone: it is its outcome
            return error

    return lambda snapshots: [made(snapshot) for snapshot in snapshots]


def judged(source: InvoiceSource, snapshot: Snapshot, build: Build, judge: Judge) -> tuple[Document, Report]:
    """Snapshot → invoice → document → report. Raises `FindingError`."""
    return proven(source.invoice(snapshot), build, judge)


def proven(invoice: Invoice, build: Build, judge: Judge) -> tuple[Document, Report]:
    """Invoice → document → report. Raises `DocumentError`."""
    document = build(invoice)
    return document, with_remarks(invoice, judge(document))


def with_remarks(invoice: Invoice, report: Report) -> Report:
    """The report, and before it what stating the invoice gave rise to."""
    remarks = Layer.judged("mapping", "pdp_bridge", invoice.remarks)
    return Report(layers=(remarks, *report.layers), required=report.required, sha256=report.sha256)


def refusal(error: FindingError) -> Report:
    """The report of an invoice that could not even be stated or drawn."""
    layer = Layer.judged("mapping", "pdp_bridge", (error.finding,))
    return Report(layers=(layer,), required=("mapping",), sha256="")
