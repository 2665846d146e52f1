"""Our line on one invoice, from the model to a durable record, with every layer on; and each of its stages alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pdp_bridge.delivery import MOST_LINES, TOGETHER
from pdp_bridge.journal.store import SqlJournal, open_journal
from pdp_bridge.making import proving
from pdp_bridge.model.document import Document
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.pulled import Reference, Snapshot
from pdp_bridge.model.report import PDF_LAYERS, Report, Verdict
from pdp_bridge.ports import Lease
from pdp_bridge.together import portions, together

PAGE = 50
"""Records of one page of the source."""
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


@contextmanager
def journal_in(folder: Path) -> Iterator[SqlJournal]:
    """The journal of the product, on disk, synchronised at every commit."""
    journal = open_journal(folder, clock=lambda: NOW)
    try:
        yield journal
    finally:
        journal.close()


def proven(invoices: Sequence[Invoice], style: PageStyle) -> list[tuple[Document, Report]]:
    """Model → CII → page → PDF/A-3 → read back → every layer, several together as a worker process does.

    The judges must have run, and passed.
    """
    outcomes = together(proving(invoice, style) for invoice in invoices)
    return [_sendable(outcome) for outcome in outcomes]


def _sendable(outcome: tuple[Document, Report] | Exception) -> tuple[Document, Report]:
    if isinstance(outcome, Exception):
        raise outcome
    document, report = outcome
    verdicts = {layer.name: layer.verdict for layer in report.layers}
    if not report.sendable or any(verdicts.get(name) is not Verdict.PASSED for name in PDF_LAYERS):
        raise AssertionError(f"not sendable: {[finding.message for finding in report.errors]}, {verdicts}")
    return document, report


def whole(
    invoices: Sequence[Invoice], style: PageStyle, journal: SqlJournal, at_a_time: int = TOGETHER
) -> list[Document]:
    """The line, from the model to the deposits on record; what is pulled is recorded by pages of 50, as it is."""
    for start in range(0, len(invoices), PAGE):
        pull(invoices[start : start + PAGE], journal)
    documents = []
    for several in portions(invoices, lambda invoice: len(invoice.lines), heaviest=MOST_LINES, most=at_a_time):
        for invoice, (document, report) in zip(several, proven(several, style), strict=True):
            record(invoice, document, report, journal)
            documents.append(document)
    return documents


def pull(invoices: Sequence[Invoice], journal: SqlJournal) -> None:
    """One durable commit: the snapshots of a page of the source."""
    shots = [Snapshot(reference=_reference(one), payload={"invoice": {"id": one.number}}) for one in invoices]
    journal.pulled(shots, [])


def record(invoice: Invoice, document: Document, report: Report, journal: SqlJournal) -> None:
    """Two durable commits: the intent to send with the exact bytes, then the platform's id."""
    lease = Lease(at=NOW, until=NOW + timedelta(seconds=60))
    if not journal.sending(_reference(invoice), document, report, lease):
        raise AssertionError("the journal did not take the intent")
    journal.sent(invoice.number, f"deposit-{invoice.number}")


def _reference(invoice: Invoice) -> Reference:
    return Reference(
        source_id=invoice.number,
        number=invoice.number,
        version=hashlib.sha256(invoice.number.encode()).hexdigest(),
        issue_date=invoice.issue_date,
    )
