"""The seams of pdp_bridge: what the straight line asks of the outside, as Protocols.

An adapter satisfies a port by its shape. A method is here only because the pipeline or the lifecycle calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from pdp_bridge.errors import BridgeError, PlatformRefused
from pdp_bridge.model.document import Document
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.mark import Mark, Marked
from pdp_bridge.model.pulled import Page, Reference, Skipped, Snapshot
from pdp_bridge.model.recipient import Recipient
from pdp_bridge.model.report import Layer, Report
from pdp_bridge.model.status import StatusEvent, StatusSummary

Clock = Callable[[], datetime]
"""The present instant, with its time zone (UTC)."""

Check = Callable[[Document], Layer]
"""One layer of validation."""


Build = Callable[[Invoice], Document]
"""Invoice → Factur-X, read back. Raises `DocumentError`."""

Reopen = Callable[[bytes], Document]
"""The document of bytes that were kept. Never raises: an unreadable file has a `problem`."""

Sleep = Callable[[float], None]
"""Wait that many seconds."""

Watch = Callable[[str, int, int | None, str], None]
"""Progress for people: stage, how many are done, how many there are (None: unknown), and which one."""

Judge = Callable[[Document], Report]
"""Every layer of validation on one document."""


Made = tuple[Document, Report]

MakeEach = Callable[[Sequence[Snapshot]], Sequence[Made | Exception]]
"""Several snapshots → in order, the document and report of each, or what was raised over it."""


class InvoiceSource(Protocol):
    """Where issued invoices come from."""

    def issued_since(self, cursor: str | None) -> Iterator[Page]:
        """Pages of invoices changed since `cursor` (None: all). Raises `SourceError`."""
        ...

    def snapshot(self, reference: str) -> Snapshot | Skipped:
        """One invoice by its number or source id, fresh from the source. Raises `SourceError`."""
        ...

    def again(self, source_ids: Sequence[str]) -> Iterator[Page]:
        """These records as they are now, in bulk; their pages carry no cursor. Raises `SourceError`.

        A correction of the customer does not show as a change of the invoice. A record that is gone is skipped.
        """
        ...

    def invoice(self, snapshot: Snapshot) -> Invoice:
        """The snapshot in the words of EN 16931; pure. Raises `MappingError`."""
        ...

    def write_back(self, marks: Sequence[Mark]) -> Iterator[Marked]:
        """Show beside each invoice where its sending stands; one answer a mark, in order.

        What is there already is not written again, what is not ours is left alone, and no version changes by it.
        Raises `SourceError` when the rest must wait.
        """
        ...


class Platform(Protocol):
    """An accredited platform (PA, formerly PDP)."""

    def ready(self) -> None:
        """Wait until a deposit may be made: called before its intent is recorded, whose lease bounds `send`.

        Raises `PlatformUnavailable` when that is too far away, or `PlatformRefused`; nothing was sent.
        """
        ...

    def send(self, document: Document) -> str:
        """Deposit the document; returns the platform's id. Accepted is not validated.

        Raises `PlatformUnavailable` (nothing accepted), `PlatformRefused`, or `OutcomeUnknown`.
        """
        ...

    def find(self, document: Document, since: datetime, besides: Collection[str] = ()) -> str | None:
        """The id under which these exact bytes were deposited after `since`; None when a complete search found none.

        `besides`: ids of deposits that are known already, and are not meant. Raises `PlatformRefused` (code `CONFLICT`)
        when the number is there with other bytes, `PlatformUnavailable` when the search could not be completed.
        """
        ...

    def download(self, submission_id: str) -> bytes:
        """The deposited bytes, unchanged. Raises `PlatformRefused` (`NOT_FOUND`) for an unknown id."""
        ...

    def new_events(self) -> Sequence[StatusEvent]:
        """The next batch of unread events, oldest first; empty when there is none."""
        ...

    def acknowledge(self, event: StatusEvent) -> None:
        """Tell the platform that the event is stored; called only after it is."""
        ...

    def history(self, submission_id: str) -> Sequence[StatusEvent]:
        """Every event of one deposit; very low rate limit."""
        ...

    def recipient(self, address: str, day: date) -> Recipient:
        """What the directory says on that day of a buyer's address (`0225:100000009`). Raises `PlatformError`."""
        ...

    def enrolled(self, siren: str) -> bool | None:
        """Whether this seller's invoices may be deposited here; None when the platform does not say.

        Raises `PlatformError`.
        """
        ...


class State(StrEnum):
    """Where an invoice is in *our* line."""

    PULLED = "pulled"
    HELD = "held"
    REFUSED = "refused"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


POISON = 3
"""Unexpected errors in a row after which an invoice is put aside, so that it costs the others nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One invoice in the journal, as billing code and people read it. Instants are UTC."""

    source_id: str
    number: str
    state: State
    version: str
    firm: str = ""  # whose invoice it is, by its number at the source
    issue_date: date | None = None
    reason: str | None = None  # why it is held, refused or failed
    retryable: bool = False  # failed, and the next run tries again
    next_action_at: datetime | None = None
    attempt: int = 0  # sendings begun
    answers_lost: int = 0  # sendings that the platform never answered
    unresolved: bool = False  # sending, and no search can tell: a person adopts the deposit or sends again
    failures: int = 0  # unexpected errors in a row, of the same content
    sha256: str | None = None  # of the document made last
    submission_id: str | None = None
    sending_at: datetime | None = None  # when the intent of the last sending was recorded
    lease_until: datetime | None = None  # until then another process may still be sending
    sent_at: datetime | None = None
    changed_after_send: bool = False  # the source shows other business content than what was sent
    summary: StatusSummary | None = None  # None until a deposit exists
    report: Report | None = None
    history_read_at: datetime | None = None

    @property
    def quarantined(self) -> bool:
        """Put aside after unexpected errors: it waits for a person, or for other content at the source."""
        return self.failures >= POISON and self.state in {State.FAILED, State.SENDING}


NEVER_FOUND = (
    "Sent more than once without an answer, and never found at the platform: adopt the deposit, or send again."
)
"""Why an invoice is unresolved after its last resend."""


def is_conflict(error: BaseException) -> bool:
    """A search met the number with other bytes: it neither proves nor excludes that ours arrived."""
    return isinstance(error, PlatformRefused) and error.code == "CONFLICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """How long one process may act on an invoice: from `at` until `until`, UTC."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """The journal was restored or rebuilt: deposits made from `since` until `until`, UTC, may be missing from it."""

    since: datetime
    until: datetime


class Journal(Protocol):
    """The durable record: what was pulled, made, sent, answered, seen. Every method commits before it returns."""

    def cursor(self) -> str | None: ...
    def set_cursor(self, cursor: str) -> None: ...

    def pulled(self, snapshots: Sequence[Snapshot], skipped: Sequence[Skipped]) -> int:
        """Record what a page showed; returns how many invoices are new.

        A changed snapshot replaces an invoice that was not sent, and reopens it when it was refused or failed.
        After sending, only `changed_after_send` is set: what was sent is a legal fact.
        """
        ...

    def skipped(self) -> Sequence[Skipped]:
        """Records that the source does not want sent, or that cannot be read, as last seen."""
        ...

    def due(self, now: datetime, second_looks: int | None = None) -> Iterator[Entry]:
        """Invoices to work on, oldest issue date first.

        Pulled; refused (a setting may have changed since); held whose time has come or which have no date; failed
        with a `retry_at` that has come. Never those whose deposit needs a person (failed without `retry_at`).

        `second_looks`: of those refused, or held without a date, only so many, the ones looked at longest ago.
        """
        ...

    def how_many_due(self, now: datetime, second_looks: int | None = None) -> int:
        """As many as `due` would give."""
        ...

    def stopped(self, at_most: int) -> Sequence[Entry]:
        """Refused, or held without a date, those looked at longest ago first."""
        ...

    def looked_with(self) -> str | None:
        """With which settings and rules everything refused or held was last looked at; None when never."""
        ...

    def set_looked_with(self, outlook: str) -> None: ...

    def in_doubt(self) -> Sequence[Entry]:
        """Invoices in state SENDING: an intent was recorded and no answer was."""
        ...

    def doubt(self) -> Doubt | None:
        """Of what time the journal may have forgotten deposits; None when it was neither restored nor rebuilt."""
        ...

    def snapshot(self, source_id: str) -> Snapshot: ...
    def entry(self, reference: str) -> Entry | None:
        """By number, source id or submission id."""
        ...

    def entries(self) -> Iterator[Entry]: ...

    def document(self, sha256: str) -> bytes:
        """The exact bytes of a document that was made for sending."""
        ...

    def sending(self, reference: Reference, document: Document, report: Report, lease: Lease) -> bool:
        """The intent, durable, before the act: bytes, report, attempt number, lease.

        False when another process holds the invoice, or the same number of this seller was already sent from
        another source record: then nothing was written, and the caller does not send.
        """
        ...

    def sent(self, source_id: str, submission_id: str) -> None:
        """The platform's id, as soon as it is known.

        A second id of the same invoice is kept beside the first; the entry shows the earliest deposit that was not
        rejected as a duplicate.
        """
        ...

    def refused(self, source_id: str, report: Report, document: Document | None, *, version: str | None = None) -> None:
        """Our own checks said no. `version`: of this content alone, as in `held` and `failed`.

        What was found wrong with older content is not recorded on an invoice that shows other content by now.
        """
        ...

    def held(
        self,
        source_id: str,
        reason: str,
        until: datetime | None,
        report: Report | None = None,
        *,
        version: str | None = None,
    ) -> None:
        """Not to be sent before `until`, or not at all while things stay as they are; `report` says it in words."""
        ...

    def failed(
        self,
        source_id: str,
        error: BridgeError | Exception,
        *,
        retry_at: datetime | None,
        version: str | None = None,
    ) -> None:
        """What stopped the invoice; an error that is no `BridgeError` is counted in `failures`.

        Whatever else happens to the invoice begins that count anew.
        """
        ...

    def still_unknown(self, source_id: str, error: BridgeError) -> None:
        """The answer was lost: the invoice stays SENDING, the attempt is closed as unknown."""
        ...

    def not_sent(self, source_id: str, *, resend: bool) -> None:
        """A complete search found nothing: back to PULLED (`resend`), else it stays SENDING, unresolved."""
        ...

    def adopted(self, source_id: str, submission_id: str, document: Document, who: str) -> None:
        """`who` says that this deposit, whose bytes are `document`, is the invoice's: SENT, whatever it was before."""
        ...

    def taken_back(self, source_id: str, who: str) -> None:
        """`who` says to send again: back to PULLED, with the content that the source shows now.

        Raises `JournalError` unless the invoice is unresolved, or its deposit was found unacceptable (501).
        """
        ...

    def deposits(self, source_id: str) -> Sequence[tuple[str, str | None]]:
        """Platform id and SHA-256 of every deposit of an invoice, as the ids became known."""
        ...

    def attempted(self, source_id: str) -> Sequence[str]:
        """SHA-256 of every document that was sent for an invoice, or may have been, the last first; each once."""
        ...

    def received(self, events: Sequence[StatusEvent], origin: str = "feed") -> int:
        """Append events not seen before (by `status_id`), refresh the derived fields; returns how many are new.

        `origin`: how they came: `feed`, `history`, `webhook` or `rebuild`.
        """
        ...

    def events(self, submission_id: str) -> Sequence[StatusEvent]: ...

    def heard_at(self) -> datetime | None:
        """When an event last came by itself, through the feed or a callback, whoever's it was; None when never."""
        ...

    def awaiting_news(
        self, now: datetime, spacing_seconds: float, settled_seconds: float | None = None, at_most: int = 300
    ) -> Sequence[Entry]:
        """Sent, not final, whose history was not read for `spacing_seconds`; the longest unread first.

        `settled_seconds`: of those validated, by default the same; infinite: none of them.
        """
        ...

    def rejected_copies(self) -> Sequence[Entry]:
        """Sent, shown as rejected for being the copy of another deposit, and not looked into since that came.

        A callback tells of it when nobody is there to look for the first copy; `history_read` notes that one has.
        """
        ...

    def history_read(self, submission_id: str, at: datetime) -> None: ...
