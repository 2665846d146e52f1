"""Issued invoices in a list: a source without a network."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from pdp_bridge.errors import MappingError, SourceError, SourceRefused
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.mark import Mark, Marked, Trouble, trouble_with
from pdp_bridge.model.pulled import Page, Reference, Skipped, Snapshot
from pdp_bridge.model.report import Finding


class MemorySource:
    """Issued invoices in a list. Implements `ports.InvoiceSource`.

    `add` and `skip` are what happens at the source; `fail` makes the next request raise; `unmappable` makes one
    invoice impossible to state. The cursor counts changes, so a scan shows what changed since.
    """

    def __init__(self, invoices: Iterable[Invoice] = (), *, page_size: int = 100) -> None:
        self.page_size = page_size
        self._invoices: dict[tuple[str, str], Invoice] = {}
        self._changes: list[Snapshot | Skipped] = []
        self._failures: deque[SourceError] = deque()
        self._unmappable: dict[str, Finding] = {}
        self.marks: dict[str, str] = {}  # by source id: what stands beside an invoice, whoever wrote it
        self.writes = 0  # how often something was changed there
        for invoice in invoices:
            self.add(invoice)

    def add(self, invoice: Invoice, source_id: str | None = None) -> Snapshot:
        """Issue an invoice, or change the one with that source id; by default ids count from 1."""
        source_id = source_id or str(len({_source_id(change) for change in self._changes}) + 1)
        version = hashlib.sha256(repr(invoice).encode()).hexdigest()
        self._invoices[source_id, version] = invoice
        reference = Reference(
            source_id=source_id, number=invoice.number, version=version, issue_date=invoice.issue_date
        )
        snapshot = Snapshot(reference=reference, payload={"invoice": {"invoice_ref": invoice.number}})
        self._changes.append(snapshot)
        return snapshot

    def skip(self, record: Skipped) -> None:
        """A record that is not to be sent: a draft, a deleted invoice."""
        self._changes.append(record)

    def fail(self, *errors: SourceError) -> None:
        """The next requests raise these, one each."""
        self._failures.extend(errors)

    def unmappable(self, source_id: str, finding: Finding) -> None:
        """`invoice` raises `MappingError(finding)` for that record from now on."""
        self._unmappable[source_id] = finding

    def issued_since(self, cursor: str | None) -> Iterator[Page]:
        start, end = int(cursor or 0), len(self._changes)
        latest = {_source_id(change): change for change in self._changes[start:end]}
        records = list(latest.values())
        for offset in range(0, max(len(records), 1), self.page_size):
            self._answer()
            page = records[offset : offset + self.page_size]
            yield Page(
                snapshots=tuple(record for record in page if isinstance(record, Snapshot)),
                skipped=tuple(record for record in page if isinstance(record, Skipped)),
                cursor=str(end),
                total=len(records),
            )

    def snapshot(self, reference: str) -> Snapshot | Skipped:
        self._answer()
        for change in reversed(self._changes):
            if reference in (_source_id(change), _number(change)):
                return change
        raise SourceRefused(
            f"Looked for invoice {reference} at the source: there is none. Check its number.", code="NOT_FOUND"
        )

    def again(self, source_ids: Sequence[str]) -> Iterator[Page]:
        latest = {_source_id(change): change for change in self._changes}
        gone = [Skipped(source_id=wanted, reason="deleted") for wanted in source_ids]
        records = [latest.get(wanted, absent) for wanted, absent in zip(source_ids, gone, strict=True)]
        self._answer()
        yield Page(
            snapshots=tuple(record for record in records if isinstance(record, Snapshot)),
            skipped=tuple(record for record in records if isinstance(record, Skipped)),
            cursor="",
            total=len(records),
        )

    def invoice(self, snapshot: Snapshot) -> Invoice:
        finding = self._unmappable.get(snapshot.reference.source_id)
        if finding is not None:
            raise MappingError(finding)
        return self._invoices[snapshot.reference.source_id, snapshot.reference.version]

    def write_back(self, marks: Sequence[Mark]) -> Iterator[Marked]:
        for mark in marks:
            self._answer()
            known = any(_source_id(change) == mark.source_id for change in self._changes)
            present = self.marks.get(mark.source_id)
            trouble = trouble_with(present, mark) if known else Trouble.GONE
            if trouble is not None:
                yield Marked(source_id=mark.source_id, trouble=trouble, detail=present or "")
                continue
            self.marks[mark.source_id] = mark.text
            self.writes += present != mark.text
            uploaded = mark.file.sha256 if mark.file else None
            asked = present != mark.text
            yield Marked(source_id=mark.source_id, text=mark.text, asked=asked, uploaded=uploaded)

    def _answer(self) -> None:
        if self._failures:
            raise self._failures.popleft()


def _source_id(change: Snapshot | Skipped) -> str:
    return change.reference.source_id if isinstance(change, Snapshot) else change.source_id


def _number(change: Snapshot | Skipped) -> str | None:
    return change.reference.number if isinstance(change, Snapshot) else change.number
