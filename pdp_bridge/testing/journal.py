"""A journal in memory: the same answers as the real one, forgotten at the end of the process."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from pdp_bridge.clock import utc_now
from pdp_bridge.errors import BridgeError, JournalError, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.document import Document
from pdp_bridge.model.drift import Latest
from pdp_bridge.model.pulled import Reference, Skipped, Snapshot
from pdp_bridge.model.report import Report
from pdp_bridge.model.status import UNACCEPTABLE, StatusEvent, shown
from pdp_bridge.ports import NEVER_FOUND, Clock, Doubt, Entry, Lease, State, is_conflict
from pdp_bridge.testing.kept import DEPOSITED, Kept, content_of, is_gone
from pdp_bridge.testing.waiting import is_ready, is_stopped, is_unread, is_unread_copy, is_validated, place


class MemoryJournal:
    """Implements `ports.Journal` with dictionaries; one thread at a time.

    `reopened()` is the same record as another process sees it.
    """

    def __init__(self, *, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._cursor: dict[str, str] = {}
        self._invoices: dict[str, Kept] = {}
        self._documents: dict[str, bytes] = {}
        self._events: dict[str, StatusEvent] = {}
        self._skipped: dict[str, Skipped] = {}
        self._claims: dict[str, datetime | None] = {}  # when each was claimed, by source id
        self._heard: list[datetime] = []
        self.doubted: Doubt | None = None  # settable: as after a restore
        self.decisions: list[tuple[str, str, str]] = []  # who, what, source id

    def reopened(self) -> MemoryJournal:
        """The same record, without what only the process that claimed an invoice knows."""
        other = copy.copy(self)
        other._claims = {}  # noqa: SLF001 - of this very class
        return other

    def cursor(self) -> str | None:
        return self._cursor.get("cursor")

    def set_cursor(self, cursor: str) -> None:
        self._cursor["cursor"] = cursor

    def pulled(self, snapshots: Sequence[Snapshot], skipped: Sequence[Skipped]) -> int:
        """As `ports.Journal`; a skipped invoice that was not sent is held until its snapshot comes back."""
        new = sum(self._pull(snapshot) for snapshot in snapshots)
        for record in skipped:
            self._pass_over(record)
        return new

    def _pull(self, snapshot: Snapshot) -> bool:
        reference = snapshot.reference
        kept = replace(snapshot, payload=copy.deepcopy(dict(snapshot.payload)))
        invoice = self._invoices.get(reference.source_id)
        if invoice is None:
            entry = Entry(source_id=reference.source_id, state=State.PULLED, **content_of(reference))
            self._invoices[reference.source_id] = Kept(
                entry=entry, snapshots={reference.version: kept}, latest=reference.version
            )
            return True
        invoice.snapshots.setdefault(reference.version, kept)
        news = invoice.passed_over or invoice.latest != reference.version
        invoice.latest, invoice.passed_over = reference.version, False
        if news and invoice.entry.state not in DEPOSITED:
            invoice.move(State.PULLED, **content_of(reference))
        return False

    def _pass_over(self, record: Skipped) -> None:
        self._skipped[record.source_id] = record
        invoice = self._invoices.get(record.source_id)
        if invoice is None or invoice.passed_over:
            return
        invoice.passed_over = True
        if invoice.entry.state not in DEPOSITED:
            until = record.release_on and datetime.combine(record.release_on, time(), tzinfo=UTC)
            reason = f"not to be sent any more, says the source: {record.reason}"
            invoice.move(State.HELD, reason=reason, next_action_at=until)

    def skipped(self) -> Sequence[Skipped]:
        """Records that the source does not want sent, as last seen; not those that it has since shown as invoices."""
        invoices = self._invoices
        away = [each for each in self._skipped.values() if is_gone(invoices.get(each.source_id))]
        return sorted(away, key=lambda record: record.source_id)

    def dated(self, start: date, end: date) -> Iterator[Entry]:
        """The invoices issued on these days, both included, oldest issue date first."""
        return (entry for entry in self.entries() if entry.issue_date and start <= entry.issue_date <= end)

    def numbers(self) -> Sequence[tuple[str, str, date | None]]:
        """Source id, number and issue date of every invoice."""
        return [(entry.source_id, entry.number, entry.issue_date) for entry in self.entries()]

    def drifted(self) -> Iterator[Entry]:
        """Sent, or maybe so, and since shown otherwise, or not to be sent any more; oldest issue date first."""
        found = [each for each in self._invoices.values() if each.passed_over or each.latest != each.entry.version]
        return iter(sorted((self._shown(each) for each in found if each.entry.state in DEPOSITED), key=place))

    def latest(self, source_id: str) -> Latest:
        """What the source showed last of an invoice."""
        invoice = self._invoice(source_id)
        gone = self._skipped.get(source_id) if invoice.passed_over else None
        return Latest(snapshot=invoice.snapshots[invoice.latest], gone=gone)

    def deposits(self, source_id: str) -> Sequence[tuple[str, str | None]]:
        """Platform id and SHA-256 of every deposit of an invoice, as the ids became known."""
        return list(self._invoice(source_id).deposits.items())

    def attempted(self, source_id: str) -> Sequence[str]:
        """SHA-256 of every document that was sent for an invoice, or may have been, the last first; each once."""
        return list(dict.fromkeys(reversed(self._invoice(source_id).attempted)))

    def due(self, now: datetime, second_looks: int | None = None) -> Iterator[Entry]:
        ready = [shot for shot in self._invoices.values() if not shot.passed_over and is_ready(shot.entry, now)]
        again = self.stopped(len(self._invoices) if second_looks is None else second_looks)
        return iter(sorted([*(self._shown(invoice) for invoice in ready), *again], key=place))

    def how_many_due(self, now: datetime, second_looks: int | None = None) -> int:
        return sum(1 for _ in self.due(now, second_looks))

    def stopped(self, at_most: int) -> Sequence[Entry]:
        found = [shot for shot in self._invoices.values() if not shot.passed_over and is_stopped(shot.entry)]
        return [self._shown(invoice) for invoice in sorted(found, key=lambda shot: shot.touched)[:at_most]]

    def looked_with(self) -> str | None:
        return self._cursor.get("looked with")

    def set_looked_with(self, outlook: str) -> None:
        self._cursor["looked with"] = outlook

    def in_doubt(self) -> Sequence[Entry]:
        return sorted(
            (entry for entry in self.entries() if entry.state is State.SENDING),
            key=lambda entry: entry.sending_at or datetime.min.replace(tzinfo=UTC),
        )

    def doubt(self) -> Doubt | None:
        return self.doubted

    def snapshot(self, source_id: str) -> Snapshot:
        invoice = self._invoice(source_id)
        return invoice.snapshots[invoice.entry.version]

    def entry(self, reference: str) -> Entry | None:
        """By number (the one that was sent first, else the one pulled last), source id or submission id."""
        invoices = list(reversed(self._invoices.values()))
        numbered = [invoice for invoice in invoices if invoice.entry.number == reference]
        numbered.sort(key=lambda invoice: invoice.entry.state not in DEPOSITED)
        identified = [self._invoices[reference]] if reference in self._invoices else []
        deposited = [invoice for invoice in invoices if reference in invoice.deposits]
        found = [*numbered, *identified, *deposited]
        return self._shown(found[0]) if found else None

    def entries(self) -> Iterator[Entry]:
        return iter(sorted((self._shown(invoice) for invoice in self._invoices.values()), key=place))

    def document(self, sha256: str) -> bytes:
        if sha256 not in self._documents:
            raise JournalError(f"The journal holds no document {sha256[:12] or 'without hash'}…")
        return self._documents[sha256]

    def refused(self, source_id: str, report: Report, document: Document | None, *, version: str | None = None) -> None:
        invoice = self._invoice(source_id)
        if invoice.entry.state in DEPOSITED or invoice.is_of_other_content(version):
            return
        values: dict[str, Any] = {"report": report}
        if document is not None:
            values["sha256"] = self._keep(document)
        invoice.move(State.REFUSED, reason=report.obstacle, **values)

    def held(
        self,
        source_id: str,
        reason: str,
        until: datetime | None,
        report: Report | None = None,
        *,
        version: str | None = None,
    ) -> None:
        invoice = self._invoice(source_id)
        if invoice.entry.state not in DEPOSITED and not invoice.is_of_other_content(version):
            invoice.move(State.HELD, reason=reason, next_action_at=until, report=report or invoice.entry.report)

    def sending(self, reference: Reference, document: Document, report: Report, lease: Lease) -> bool:
        invoice = self._invoice(reference.source_id)
        entry = invoice.entry
        if entry.state in DEPOSITED or entry.version != reference.version or invoice.passed_over:
            return False
        if self._number_is_taken(invoice, document.seller):
            return False
        invoice.move(
            State.SENDING,
            attempt=entry.attempt + 1,
            sha256=self._keep(document),
            report=report,
            sending_at=lease.at,
            lease_until=lease.until,
        )
        invoice.seller, invoice.attempt_open = document.seller, True
        invoice.attempted.append(document.sha256)
        self._claims[reference.source_id] = lease.at
        return True

    def sent(self, source_id: str, submission_id: str) -> None:
        invoice, now = self._invoice(source_id), self._clock()
        self._link(invoice, submission_id, invoice.entry.sha256)
        taken = invoice.seller is not None and self._number_is_taken(invoice, invoice.seller)
        if invoice.entry.state is not State.SENT and taken:
            reason = f"INVOICE_NUMBER_DUPLICATE: deposited as {submission_id}, but the number was sent before."
            invoice.move(State.FAILED, reason=reason, sent_at=now)
        elif invoice.entry.state is not State.SENT:
            times = {"sent_at": invoice.entry.sent_at or now, "sending_at": invoice.entry.sending_at or now}
            invoice.move(State.SENT, **times)
        self._close(invoice)
        self._refresh(invoice)

    def failed(
        self,
        source_id: str,
        error: BridgeError | Exception,
        *,
        retry_at: datetime | None,
        version: str | None = None,
    ) -> None:
        """From SENDING only on a proof that nothing was accepted, like the real journal."""
        invoice = self._invoice(source_id)
        if invoice.entry.state is State.SENT or self._somebody_sends(invoice):
            return
        if invoice.entry.state is not State.SENDING and invoice.is_of_other_content(version):
            return
        unforeseen = not isinstance(error, BridgeError)
        reason = f"{type(error).__name__}: {error}".removesuffix(": ") if unforeseen else str(error)
        failures = invoice.entry.failures + 1 if unforeseen else 0
        if invoice.entry.state is State.SENDING and not self._proves_nothing_arrived(invoice, error):
            lost = invoice.entry.answers_lost + invoice.attempt_open
            puzzled = invoice.entry.unresolved or is_conflict(error)
            invoice.move(State.SENDING, reason=reason, answers_lost=lost, unresolved=puzzled, failures=failures)
        else:
            invoice.move(State.FAILED, reason=reason, next_action_at=retry_at, failures=failures)
        self._close(invoice)

    def still_unknown(self, source_id: str, error: BridgeError) -> None:
        invoice = self._invoice(source_id)
        if invoice.entry.state is State.SENDING and not self._somebody_sends(invoice):
            lost = invoice.entry.answers_lost + invoice.attempt_open
            invoice.move(State.SENDING, reason=str(error), answers_lost=lost)
            self._close(invoice)

    def not_sent(self, source_id: str, *, resend: bool) -> None:
        """Nothing changes while another process may still be sending, like in the real journal."""
        invoice = self._invoice(source_id)
        if invoice.entry.state is not State.SENDING or self._somebody_sends(invoice):
            return
        if resend:
            invoice.move(State.PULLED)
        else:
            invoice.move(State.SENDING, reason=NEVER_FOUND, unresolved=True)
        self._close(invoice)

    def adopted(self, source_id: str, submission_id: str, document: Document, who: str) -> None:
        """As `ports.Journal`."""
        invoice, now = self._invoice(source_id), self._clock()
        if self._number_is_taken(invoice, document.seller):
            raise JournalError(f"The number of invoice {invoice.entry.number} was sent from another record.")
        self._link(invoice, submission_id, document.sha256)
        times = {"sent_at": invoice.entry.sent_at or now, "sending_at": invoice.entry.sending_at or now}
        invoice.move(State.SENT, sha256=self._keep(document), **times)
        invoice.seller = document.seller
        self.decisions.append((who, "adopted", source_id))
        self._close(invoice)
        self._refresh(invoice)

    def taken_back(self, source_id: str, who: str) -> None:
        """As `ports.Journal`."""
        invoice = self._invoice(source_id)
        entry = invoice.entry
        status = entry.summary.lifecycle_status if entry.summary else None
        if not (entry.unresolved or (entry.state is State.SENT and status == UNACCEPTABLE)):
            raise JournalError(f"Invoice {entry.number} is {entry.state} and may not be sent again.")
        invoice.move(State.PULLED, sent_at=None)
        invoice.attempt_open = False
        self.decisions.append((who, "taken back", source_id))

    def received(self, events: Sequence[StatusEvent], origin: str = "feed") -> int:
        """As `ports.Journal`; of where an event came from is kept when one last came by itself."""
        fresh = {event.status_id: event for event in reversed(events) if event.status_id not in self._events}
        if fresh and origin in {"feed", "webhook"}:
            self._heard.append(self._clock())
        self._events.update(fresh)
        concerned = {event.submission_id for event in fresh.values()}
        for invoice in self._invoices.values():
            if concerned & set(invoice.deposits):
                self._refresh(invoice)
        return len(fresh)

    def events(self, submission_id: str) -> Sequence[StatusEvent]:
        found = (event for event in self._events.values() if event.submission_id == submission_id)
        return sorted(found, key=lambda event: (event.at, event.status_id))

    def heard_at(self) -> datetime | None:
        return max(self._heard, default=None)

    def awaiting_news(
        self, now: datetime, spacing_seconds: float, settled_seconds: float | None = None, at_most: int = 300
    ) -> Sequence[Entry]:
        never = datetime.min.replace(tzinfo=UTC)
        settled = spacing_seconds if settled_seconds is None else settled_seconds
        waiting = [
            entry
            for entry in self.entries()
            if entry.state is State.SENT
            and not (entry.summary and entry.summary.final)
            and is_unread(entry, now, settled if is_validated(entry) else spacing_seconds)
        ]
        return sorted(waiting, key=lambda entry: (entry.history_read_at or never, entry.sent_at or never))[:at_most]

    def rejected_copies(self) -> Sequence[Entry]:
        return [entry for entry in self.entries() if entry.state is State.SENT and is_unread_copy(entry)]

    def history_read(self, submission_id: str, at: datetime) -> None:
        for invoice in self._invoices.values():
            if submission_id in invoice.deposits:
                invoice.entry = replace(invoice.entry, history_read_at=at)

    def _invoice(self, source_id: str) -> Kept:
        if source_id not in self._invoices:
            raise JournalError(f"The journal knows no invoice with source id {source_id}; pull it first.")
        return self._invoices[source_id]

    def _shown(self, invoice: Kept) -> Entry:
        changed = invoice.entry.state in DEPOSITED and invoice.latest != invoice.entry.version
        return replace(invoice.entry, changed_after_send=changed)

    def _keep(self, document: Document) -> str:
        sha256 = document.sha256
        self._documents[sha256] = document.content
        return sha256

    def _close(self, invoice: Kept) -> None:
        invoice.attempt_open = False
        self._claims.pop(invoice.entry.source_id, None)

    def _number_is_taken(self, invoice: Kept, seller: str) -> bool:
        return any(
            other is not invoice
            and other.entry.state in DEPOSITED
            and (other.seller, other.entry.number) == (seller, invoice.entry.number)
            for other in self._invoices.values()
        )

    def _somebody_sends(self, invoice: Kept) -> bool:
        entry = invoice.entry
        elsewhere = invoice.attempt_open and not self._is_ours(invoice)
        under_lease = entry.lease_until is not None and entry.lease_until > self._clock()
        return entry.state is State.SENDING and elsewhere and under_lease

    def _is_ours(self, invoice: Kept) -> bool:
        return self._claims.get(invoice.entry.source_id) == invoice.entry.sending_at

    def _proves_nothing_arrived(self, invoice: Kept, error: BaseException) -> bool:
        return self._is_ours(invoice) and isinstance(error, PlatformUnavailable | PlatformRefused)

    def _link(self, invoice: Kept, submission_id: str, sha256: str | None) -> None:
        owner = next((other for other in self._invoices.values() if submission_id in other.deposits), invoice)
        if owner is not invoice:
            raise JournalError(f"{submission_id} already belongs to source id {owner.entry.source_id}.")
        invoice.deposits.setdefault(submission_id, sha256)

    def _refresh(self, invoice: Kept) -> None:
        deposits = [(submission_id, self.events(submission_id)) for submission_id in invoice.deposits]
        submission_id, summary = shown(deposits)
        same = submission_id == invoice.entry.submission_id
        read_at = invoice.entry.history_read_at if same else None
        invoice.entry = replace(invoice.entry, submission_id=submission_id, summary=summary, history_read_at=read_at)
