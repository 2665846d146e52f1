"""The durable record in a database: SQLite by default, PostgreSQL when asked. Implements `ports.Journal`.

Every method is one transaction, committed before it returns. Every change of state tests the state it starts from, so
two processes never both claim an invoice, and nothing ever leaves SENDING but with proof: the platform's id, its
refusal, or a complete search that found nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy.exc import IntegrityError

from pdp_bridge.errors import BridgeError, JournalError, PlatformRefused, PlatformUnavailable
from pdp_bridge.journal import scanning
from pdp_bridge.journal import statements as do
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import writing
from pdp_bridge.journal.duty import Duty, Enlist, enlisted
from pdp_bridge.journal.exchanges import ExchangeLog
from pdp_bridge.journal.figures import ENDED
from pdp_bridge.journal.notices import KnownNotices
from pdp_bridge.journal.ownership import bind, bind_customer
from pdp_bridge.journal.quota import Lane
from pdp_bridge.journal.reader import JournalReader
from pdp_bridge.journal.recipients import KnownEnrolment, KnownRecipients
from pdp_bridge.journal.redaction import redacted
from pdp_bridge.journal.rows import DEPOSITED, Row
from pdp_bridge.model.document import Document
from pdp_bridge.model.exchange import Exchange
from pdp_bridge.model.owner import Owner
from pdp_bridge.model.pulled import Reference, Skipped, Snapshot
from pdp_bridge.model.report import Report
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.pacing import Window
from pdp_bridge.ports import NEVER_FOUND, Clock, Lease, Sleep, State, is_conflict


class SqlJournal(JournalReader):
    """A journal at `url` (`sqlite:////folder/journal.db`, `postgresql://user@host/name`), made or migrated if needed.

    `owner` is the company that this object works for: it sees and writes only its invoices, and the journal refuses
    another environment, SIREN or customer of the platform for the same firm, so that a change of settings never mixes
    two companies, or test and production. None: every invoice is seen, and nothing is checked. `archives` is the folder
    of the archive files, by default the one beside the database.

    Raises `JournalError` when the database cannot be used or belongs to others, `ConfigError` when the URL cannot.
    """

    def __init__(self, url: str, *, clock: Clock, owner: Owner | None = None, archives: Path | None = None) -> None:
        super().__init__(url, firm=owner.firm if owner else None, archives=archives)
        self._clock = clock
        self._exchanges = ExchangeLog(self._engine, self._firm)
        # Sendings of this very object whose outcome is not recorded yet: when each was claimed, by source id.
        self._claims: dict[str, datetime] = {}
        self.enlist: Enlist | None = None  # told, in the transaction of `pulled`, of invoices with work to do
        if owner is not None:
            try:
                bind(self._engine, owner, clock())
            except JournalError:
                self.close()
                raise

    def close(self) -> None:
        """Close every connection."""
        self._exchanges.close()
        super().close()

    def bind_customer(self, customer_id: str) -> None:
        """What the platform says the company's customer id is. Raises `JournalError` when it was another one."""
        bind_customer(self._engine, self._firm or "", customer_id)

    # -- pulling -----------------------------------------------------------------------------------------------

    def set_cursor(self, cursor: str) -> None:
        with writing(self._engine) as connection:
            do.put(connection, t.meta, {"firm": self._firm or "", "name": "cursor"}, {"value": cursor})

    def set_looked_with(self, outlook: str) -> None:
        with writing(self._engine) as connection:
            do.put(connection, t.meta, {"firm": self._firm or "", "name": "looked with"}, {"value": outlook})

    def pulled(self, snapshots: Sequence[Snapshot], skipped: Sequence[Skipped]) -> int:
        """Record what a page showed; returns how many invoices are new.

        A changed snapshot replaces an invoice that was not sent and makes it due again. An invoice that was not sent
        and is now skipped (deleted, back to draft) is held, and not due, until its snapshot comes back. After
        sending, only `changed_after_send` is set.
        """
        now = self._clock()
        ids = {shot.reference.source_id for shot in snapshots} | {record.source_id for record in skipped}
        with writing(self._engine) as connection:
            known = do.locked(connection, sorted(ids))
            firm = self._firm or ""
            new = sum(scanning.record(connection, shot, known, now, firm) for shot in snapshots)
            for record in skipped:
                scanning.pass_over(connection, record, known.get(record.source_id), now, firm)
            if self.enlist is not None:
                enlisted(connection, sorted(ids), self.enlist)
        return new

    # -- before sending ----------------------------------------------------------------------------------------

    def refused(self, source_id: str, report: Report, document: Document | None, *, version: str | None = None) -> None:
        """Our own checks said no. Nothing changes once the invoice is with the platform, or may be."""
        with writing(self._engine) as connection:
            row = do.row(connection, source_id)
            if row["state"] in DEPOSITED or do.is_of_other_content(row, version):
                return
            now = self._clock()
            values: dict[str, Any] = {"report_id": do.keep_report(connection, row, report, now)}
            if document is not None:
                values["sha256"] = do.keep_document(connection, document, now)
            do.move(connection, row, State.REFUSED, now, reason=report.obstacle, **values)

    def held(
        self,
        source_id: str,
        reason: str,
        until: datetime | None,
        report: Report | None = None,
        *,
        version: str | None = None,
    ) -> None:
        """Not to be sent before `until`. Nothing changes once the invoice is with the platform, or may be."""
        with writing(self._engine) as connection:
            row, now = do.row(connection, source_id), self._clock()
            if row["state"] in DEPOSITED or do.is_of_other_content(row, version):
                return
            values: dict[str, Any] = {"next_action_at": until}
            if report is not None:
                values["report_id"] = do.keep_report(connection, row, report, now)
            do.move(connection, row, State.HELD, now, reason=redacted(reason), **values)

    def sending(self, reference: Reference, document: Document, report: Report, lease: Lease) -> bool:
        """The intent, durable, before the act.

        False, and nothing is written, when the invoice is being sent or was sent, when its content is no longer
        `reference.version`, when the source now says not to send it, or when the same number of this seller is being
        sent or was sent from another source record (`entry(number)` then shows that other record).
        """
        try:
            with writing(self._engine) as connection:
                claimed = do.claim(connection, reference, document, report, lease)
        except IntegrityError:  # PostgreSQL only: two processes, two source records, one number
            return False
        if claimed:
            self._claims[reference.source_id] = lease.at
        return claimed

    # -- after sending -----------------------------------------------------------------------------------------

    def sent(self, source_id: str, submission_id: str) -> None:
        """The platform's id: recorded whatever the state was, for a deposit is a fact.

        Raises `JournalError` when the id already belongs to another invoice.
        """
        with writing(self._engine) as connection:
            row, now = do.row(connection, source_id), self._clock()
            do.link(connection, row, submission_id, now)
            do.close_attempt(connection, source_id, "sent", now)
            if row["state"] == State.SENT:
                do.refresh(connection, row, now)
            else:
                self._arrive(connection, row, submission_id, now)
        self._claims.pop(source_id, None)

    def failed(
        self,
        source_id: str,
        error: BridgeError | Exception,
        *,
        retry_at: datetime | None,
        version: str | None = None,
    ) -> None:
        """What stopped the invoice. With `retry_at` it is due again from then, else it waits for a person.

        From SENDING only a proof leads to FAILED: the platform's own answer to the deposit that this object claimed
        (`PlatformUnavailable`, `PlatformRefused`). Any other error while sending says nothing about the deposit: the
        invoice stays in doubt, and unresolved when a search met other bytes under its number (`CONFLICT`).
        """
        with writing(self._engine) as connection:
            row, now = do.row(connection, source_id), self._clock()
            sending = row["state"] == State.SENDING
            if (
                row["state"] == State.SENT
                or (sending and self._somebody_sends(connection, row, now))
                or (not sending and do.is_of_other_content(row, version))
            ):
                return
            count = do.failures(row, error)
            in_doubt = sending and not self._proves_nothing_arrived(row, error)
            closed = do.close_attempt(connection, source_id, "unknown" if in_doubt else "failed", now, error)
            if in_doubt:
                lost = row["answers_lost"] + closed
                puzzled = row["unresolved"] or is_conflict(error)
                values: dict[str, Any] = {"answers_lost": lost, "unresolved": puzzled, "failures": count}
                do.move(connection, row, State.SENDING, now, reason=do.words(error), **values)
            else:
                values = {"next_action_at": retry_at, "failures": count}
                do.move(connection, row, State.FAILED, now, reason=do.words(error), **values)
        self._claims.pop(source_id, None)

    def still_unknown(self, source_id: str, error: BridgeError) -> None:
        """The answer was lost: the invoice stays SENDING, the attempt is closed as unknown."""
        with writing(self._engine) as connection:
            row, now = do.row(connection, source_id), self._clock()
            if row["state"] == State.SENDING and not self._somebody_sends(connection, row, now):
                closed = do.close_attempt(connection, source_id, "unknown", now, error)
                lost = row["answers_lost"] + closed
                do.move(connection, row, State.SENDING, now, reason=do.words(error), answers_lost=lost)
        self._claims.pop(source_id, None)

    def not_sent(self, source_id: str, *, resend: bool) -> None:
        """A complete search found nothing: back to PULLED (`resend`), else it stays SENDING, for a person to resolve.

        Nothing changes while another process may still be sending: its attempt is open and its lease not over.
        """
        with writing(self._engine) as connection:
            row, now = do.row(connection, source_id), self._clock()
            if row["state"] != State.SENDING or self._somebody_sends(connection, row, now):
                return
            do.close_attempt(connection, source_id, "not sent", now)
            if resend:
                do.move(connection, row, State.PULLED, now, detail="not found at the platform: sent again")
            else:
                do.move(connection, row, State.SENDING, now, reason=NEVER_FOUND, unresolved=True)
        self._claims.pop(source_id, None)

    # -- what a person decides ---------------------------------------------------------------------------------

    def adopted(self, source_id: str, submission_id: str, document: Document, who: str) -> None:
        """`who` says that this deposit, whose bytes are `document`, is the invoice's: SENT, whatever it was before.

        Raises `JournalError` when the id is another invoice's, or another record was sent under the number.
        """
        with writing(self._engine) as connection:
            row, now = do.row(connection, source_id), self._clock()
            do.require_free_number(connection, row, document.seller)
            do.close_attempt(connection, source_id, "sent", now)
            sha256 = do.keep_document(connection, document, now)
            do.link(connection, row, submission_id, now, sha256=sha256)
            values: dict[str, Any] = {"sent_at": row["sent_at"] or now, "sending_at": row["sending_at"] or now}
            do.move(connection, row, State.SENT, now, seller=document.seller, sha256=sha256, **values)
            detail = f"deposit {submission_id} adopted by {who}, document {sha256[:12]}"
            do.note(connection, source_id, row["state"], State.SENT, now, detail)
            do.refresh(connection, row, now)
        self._claims.pop(source_id, None)

    def taken_back(self, source_id: str, who: str) -> None:
        """`who` says to send again: back to PULLED, with the content that the source shows now.

        Raises `JournalError` unless the invoice is unresolved, or its deposit was found unacceptable (501).
        """
        with writing(self._engine) as connection:
            row, now = do.row(connection, source_id), self._clock()
            do.require_free_to_send(row)
            do.close_attempt(connection, source_id, "not sent", now)
            do.move(connection, row, State.PULLED, now, sent_at=None, detail=f"to be sent again, decided by {who}")

    # -- statuses ----------------------------------------------------------------------------------------------

    def received(self, events: Sequence[StatusEvent], origin: str = "feed") -> int:
        """Append events not seen before, whoever's deposit they speak of; refresh the invoices they concern."""
        now = self._clock()
        with writing(self._engine) as connection:
            fresh = do.keep_events(connection, events, origin, now)
            concerned = {do.owner(connection, submission_id) for submission_id in {e.submission_id for e in fresh}}
            for source_id in sorted(owner for owner in concerned if owner is not None):
                do.refresh(connection, do.row(connection, source_id), now)
        return len(fresh)

    def history_read(self, submission_id: str, at: datetime) -> None:
        """Nothing happens for a deposit that the journal does not know."""
        with writing(self._engine) as connection:
            source_id = do.owner(connection, submission_id)
            connection.execute(update(t.invoice).where(t.invoice.c.source_id == source_id).values(history_read_at=at))

    # -- what else is noted ------------------------------------------------------------------------------------

    def take_callback(self, key: str, kind: str) -> bool:
        """Note that a callback was taken; False when it was noted before."""
        with writing(self._engine) as connection:
            return do.add(connection, t.callback, {"key": key, "kind": kind, "seen_at": self._clock()})

    def ended(self, act: str) -> None:
        """Note that a run or a synchronisation (`run`, `sync`) went through to its end, for those who watch."""
        key = {"firm": self._firm or "", "name": f"{ENDED}{act}"}
        with writing(self._engine) as connection:
            do.put(connection, t.meta, key, {"value": self._clock().isoformat()})

    def recipients(self) -> KnownRecipients:
        """What the directory said of buyers."""
        return KnownRecipients(self._engine)

    def notices(self) -> KnownNotices:
        """What people were told of, or are to be."""
        return KnownNotices(self._engine, self._firm)

    def duty(self) -> Duty:
        """What workers ask, on PostgreSQL."""
        return Duty(self._engine, self._firm)

    def enrolment(self) -> KnownEnrolment:
        """What the platform said of the seller."""
        return KnownEnrolment(self._engine, self._firm or "")

    def keep_exchanges(self, exchanges: Sequence[Exchange]) -> None:
        """Note what the platform was asked and answered. Raises `JournalError`; nothing depends on it."""
        self._exchanges.keep(exchanges)

    def lane(self, name: str, windows: tuple[Window, ...], *, sleep: Sleep) -> Lane:
        """The budget of requests called `name`, shared by every process on this journal."""
        return Lane(self._engine, name, windows, clock=self._clock, sleep=sleep)

    # -- private -----------------------------------------------------------------------------------------------

    def _is_ours(self, row: Row) -> bool:
        """The sending under way is the one that this object claimed, not one that another began after it."""
        return row["sending_at"] is not None and self._claims.get(row["source_id"]) == row["sending_at"]

    def _proves_nothing_arrived(self, row: Row, error: BaseException) -> bool:
        return self._is_ours(row) and isinstance(error, PlatformUnavailable | PlatformRefused)

    def _somebody_sends(self, connection: Connection, row: Row, now: datetime) -> bool:
        if self._is_ours(row) or row["lease_until"] <= now:
            return False
        return do.has_open_attempt(connection, row["source_id"])

    def _arrive(self, connection: Connection, row: Row, submission_id: str, now: datetime) -> None:
        statuses = do.derived(connection, row)
        ours = row["state"] == State.SENDING or row["seller"] is None  # a number being sent is nobody else's
        if not ours and do.number_is_taken(connection, row, row["seller"]):
            reason = f"INVOICE_NUMBER_DUPLICATE: deposited as {submission_id}, but {row['number']} was sent before."
            do.move(connection, row, State.FAILED, now, reason=reason, sent_at=now, **statuses)
            return
        times: dict[str, Any] = {"sent_at": row["sent_at"] or now, "sending_at": row["sending_at"] or now}
        do.move(connection, row, State.SENT, now, detail=f"deposited as {submission_id}", **times, **statuses)


def open_journal(data: Path, url: str | None = None, *, clock: Clock, owner: Owner | None = None) -> SqlJournal:
    """The journal of a data folder, which is made for its owner only: `journal.db` in it, or the database at `url`.

    Raises `JournalError` when the folder or the database cannot be used.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(
            f"The data folder {data} cannot be made: {error.strerror}. Set another one (PDP_BRIDGE_DATA)."
        ) from error
    return SqlJournal(url or f"sqlite:///{data.absolute() / 'journal.db'}", clock=clock, owner=owner)
