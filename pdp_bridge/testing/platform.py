"""A platform in memory, which answers, loses answers and rejects copies as it is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from pdp_bridge.clock import utc_now
from pdp_bridge.errors import OutcomeUnknown, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.document import Document
from pdp_bridge.model.recipient import Reach, Recipient
from pdp_bridge.model.status import STATUS_CODES, UNACCEPTABLE, Outcome, StatusEvent, summary
from pdp_bridge.ports import Clock


class Answer(StrEnum):
    """What a `MemoryPlatform` does with one deposit."""

    ACCEPT = "accept"
    REFUSE = "refuse"  # no, and it will stay no
    UNAVAILABLE = "unavailable"  # no, nothing was accepted
    LOST_BEFORE = "lost before"  # no answer, and nothing arrived
    LOST_AFTER = "lost after"  # no answer, but it arrived


@dataclass(slots=True, kw_only=True)
class Deposit:
    """One document at a `MemoryPlatform`."""

    submission_id: str
    document: Document
    at: datetime
    events: list[StatusEvent] = field(default_factory=list)


class MemoryPlatform:
    """An accredited platform in memory. Implements `ports.Platform`.

    `deposits` is everything that arrived. `script(Answer.LOST_AFTER, …)` tells what happens to the next deposits, one
    answer each; then they are accepted. A deposit is announced SUBMITTED and then `verdict` (None: it stays silent);
    a second one of the same invoice number is rejected as `DUPLICATED_INVOICE`, unless the first was `UNACCEPTABLE`.
    Searches see a deposit only after `search_lag_seconds`; `search_down` makes them fail.

    Every address is in the directory but those in `absent`; those in `upcoming` from their day on. `directory_down`
    makes it fail. Every seller is enrolled unless `sellers` names those that are.
    """

    def __init__(
        self, *, clock: Clock = utc_now, verdict: str | None = "ISSUED", search_lag_seconds: float = 0.0
    ) -> None:
        self.deposits: list[Deposit] = []
        self.verdict = verdict
        self.search_lag_seconds = search_lag_seconds
        self.search_down = False
        self.absent: set[str] = set()  # `0225:100000009`
        self.upcoming: dict[str, date] = {}
        self.directory_down = False
        self.sellers: set[str] | None = None  # SIREN
        self._clock = clock
        self._script: deque[Answer] = deque()
        self._unread: dict[str, StatusEvent] = {}
        self._announced = 0

    def script(self, *answers: Answer) -> None:
        """What happens to the next deposits."""
        self._script.extend(answers)

    def ready(self) -> None:
        """Always."""

    def send(self, document: Document) -> str:
        answer = self._script.popleft() if self._script else Answer.ACCEPT
        name = document.filename
        if answer is Answer.REFUSE:
            raise PlatformRefused(f"Deposit of {name}: refused by the platform.", code="REFUSED", status=400)
        if answer is Answer.UNAVAILABLE:
            raise PlatformUnavailable(f"Deposit of {name}: the platform is down.", code="UNAVAILABLE", status=503)
        if answer is not Answer.LOST_BEFORE:
            deposit = self._arrived(document)
            if answer is Answer.ACCEPT:
                return deposit.submission_id
        raise OutcomeUnknown(f"Deposit of {name}: the answer was lost; look it up.", code="ANSWER_LOST")

    def find(self, document: Document, since: datetime, besides: Collection[str] = ()) -> str | None:
        if self.search_down:
            raise PlatformUnavailable("The search could not be completed; try again later.", code="SEARCH_FAILED")
        visible_until = self._clock() - timedelta(seconds=self.search_lag_seconds)
        visible = [deposit for deposit in self.deposits if since <= deposit.at <= visible_until]
        visible = [deposit for deposit in visible if deposit.submission_id not in besides]
        for deposit in visible:
            if deposit.document.sha256 == document.sha256:
                return deposit.submission_id
        if any(_same_number(deposit.document, document) and not _failed(deposit) for deposit in visible):
            raise PlatformRefused(
                f"{document.filename}: the platform holds this number with other bytes; compare both.", code="CONFLICT"
            )
        return None

    def download(self, submission_id: str) -> bytes:
        return self._deposit(submission_id).document.content

    def new_events(self) -> Sequence[StatusEvent]:
        return sorted(self._unread.values(), key=lambda event: event.at)

    def acknowledge(self, event: StatusEvent) -> None:
        self._unread.pop(event.status_id, None)

    def history(self, submission_id: str) -> Sequence[StatusEvent]:
        return tuple(self._deposit(submission_id).events)

    def recipient(self, address: str, day: date) -> Recipient:
        if self.directory_down:
            raise PlatformUnavailable("The directory is down; try again later.", code="UNAVAILABLE", status=503)
        if address in self.absent:
            return Recipient(address=address, reach=Reach.ABSENT)
        since = self.upcoming.get(address, day)
        if since > day:
            return Recipient(address=address, reach=Reach.UPCOMING, since=since)
        return Recipient(address=address, reach=Reach.REACHABLE)

    def enrolled(self, siren: str) -> bool | None:
        return self.sellers is None or siren in self.sellers

    def announce(
        self, submission_id: str, code: str, *, reason: str | None = None, at: datetime | None = None
    ) -> StatusEvent:
        """A new status of a deposit, unread."""
        deposit = self._deposit(submission_id)
        self._announced += 1
        meaning = STATUS_CODES.get(code)
        event = StatusEvent(
            status_id=f"status-{self._announced}",
            submission_id=submission_id,
            code=code,
            at=at or self._clock() + timedelta(microseconds=self._announced),
            number=meaning.number if meaning else None,
            invoice_number=deposit.document.invoice.number if deposit.document.invoice else None,
            reason=reason,
        )
        deposit.events.append(event)
        self._unread[event.status_id] = event
        return event

    def _arrived(self, document: Document) -> Deposit:
        copy = any(_same_number(each.document, document) and not _unacceptable(each) for each in self.deposits)
        deposit = Deposit(submission_id=f"deposit-{len(self.deposits) + 1}", document=document, at=self._clock())
        self.deposits.append(deposit)
        self.announce(deposit.submission_id, "SUBMITTED")
        if copy:
            self.announce(deposit.submission_id, "REJECTED", reason="DUPLICATED_INVOICE")
        elif self.verdict is not None:
            self.announce(deposit.submission_id, self.verdict)
        return deposit

    def _deposit(self, submission_id: str) -> Deposit:
        for deposit in self.deposits:
            if deposit.submission_id == submission_id:
                return deposit
        raise PlatformRefused(f"The platform knows no deposit {submission_id}.", code="NOT_FOUND", status=404)


def _failed(deposit: Deposit) -> bool:
    return summary(deposit.events).technical_status is Outcome.REJECTED


def _unacceptable(deposit: Deposit) -> bool:
    return summary(deposit.events).lifecycle_status == UNACCEPTABLE


def _same_number(one: Document, other: Document) -> bool:
    if one.invoice is None or other.invoice is None:
        return one.sha256 == other.sha256
    return (one.seller, one.invoice.number) == (other.seller, other.invoice.number)
