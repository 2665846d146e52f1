"""The data behind the sandbox's Iopole: deposits, their verdicts and their statuses, in memory.

A deposit is taken at once and judged behind the scenes, one after the other; its statuses come to light at the pace of
the sandbox's clock, as on the real platform: nothing right after the 201, the verdict a little later.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from pdp_bridge.model.document import Document
from pdp_bridge.model.status import STATUS_CODES
from pdp_bridge.sandbox import statuses, verdict
from pdp_bridge.sandbox.statuses import Detail, Status, Subject
from pdp_bridge.sandbox.verdict import Judge, Open, Ruling
from pdp_bridge.sandbox.webhooks import Webhook

_log = logging.getLogger(__name__)

NOT_SEEN_CAP = 100
"""Statuses per call of `notSeen`."""

_RISE = (("ISSUED", 1.2), ("RECEIVED", 1.4), ("MADE_AVAILABLE", 1.5))
_FALL = 2.0
"""When statuses appear, in verdict delays after the deposit: the proportions measured on the real sandbox."""

_STATES = {"SUBMITTED": "PROCESSING", "ISSUED": "DELIVERY_PENDING", "UNACCEPTABLE": "INVALID"}
_REJECTED_STATES = {"DUPLICATED_INVOICE": "DUPLICATED", "ROUTING_FAILURE": "WRONG_ROUTING"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """One deposited file as the platform sees it now. `state` is the search index's word for it."""

    id: str
    filename: str
    content: bytes
    received_at: datetime
    number: str | None
    siren: str | None
    buyer_siren: str | None
    state: str
    codes: tuple[str, ...]  # of the statuses addressed to the operator, in order

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the bytes received."""
        return sha256(self.content).hexdigest()


@dataclass(kw_only=True)
class _Case:
    """What the platform remembers of one deposit."""

    subject: Subject
    filename: str
    content: bytes
    document: Document
    ruling: Ruling | None = None
    statuses: list[Status] = field(default_factory=list)
    judgement: Future[None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the platform decides where the real one is not documented, or may be set."""

    verdict_delay_seconds: float = 0.4
    index_lag_seconds: float = 0.0  # a deposit is not found by search before that
    default_webhook: bool = False  # as in a fresh account of the real sandbox: `notSeen` stays empty
    unreachable: frozenset[str] = frozenset()  # SIREN of buyers that are not in the directory
    sellers: frozenset[str] | None = None  # SIREN that the operator may send for; None: any
    reuse_after_rejection: bool = False  # the number of a rejected invoice may be sent again


class Operator:
    """One operator's account at the platform, safe to question while it is being served."""

    def __init__(self, rules: Rules, clock: Callable[[], datetime], read: Open, judge: Judge) -> None:
        self.rules = rules
        self.unreachable = set(rules.unreachable)
        self.outdated: set[str] = set()  # SIREN still in the directory, whose platform takes nothing any more
        self.addresses: dict[str, date | None] = {}  # lines of the directory beside the usual ones, and their first day
        self.registered: Callable[[], Iterable[str]] = frozenset  # further addresses that buyers have
        self.demands: dict[str, frozenset[str]] = {}  # flags of `chorusPro`, by the SIREN of a public body
        self.events: list[dict[str, Any]] = []  # what an `events` webhook would be told, oldest first
        self.webhook: Webhook | None = None  # while there is one, `notSeen` stays empty
        self._clock = clock
        self._read = read
        self._judge = judge
        self._cases: dict[str, _Case] = {}
        self._seen: set[str] = set()
        self._hidden: dict[str, datetime] = {}
        self._numbers: dict[tuple[str, str], str] = {}
        self._lock = threading.RLock()
        self._bench = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-judge")

    # -- what happens ------------------------------------------------------------------------------------------

    def receive(self, filename: str, content: bytes) -> str:
        """Take a file for asynchronous processing; returns the id of the deposit."""
        document = self._read(content)
        with self._lock:
            at = self._clock()
            subject = Subject(deposit_id=statuses.uuid7(at), invoice=document.invoice, received_at=at)
            case = _Case(subject=subject, filename=filename, content=content, document=document)
            self._cases[subject.deposit_id] = case
            case.judgement = self._bench.submit(self._decide, case)
        case.judgement.add_done_callback(_complain)
        return subject.deposit_id

    def emit(self, deposit_id: str, code: str, detail: Detail | None = None) -> str:
        """A later status, e.g. `REFUSED` by the buyer, as if it had just come in; returns its id.

        Any code is taken, known or not. Raises `KeyError` when the deposit is unknown.
        """
        with self._lock:
            case = self._cases[deposit_id]
            happened = statuses.status(case.subject, code, self._clock(), detail)
            self._append(case, happened)
        return happened.status_id

    def tell(self, event: str, deposit_id: str, payload: Mapping[str, Any]) -> str:
        """Record what an `events` webhook would be told of a status that is dropped; returns that status's id."""
        status_id = statuses.uuid7(self._clock())
        told = {**payload, "invoiceId": deposit_id, "statusId": status_id, "source": "operator"}
        reference = {"type": "INVOICE", "id": deposit_id}
        happened = {"eventType": event, "referencedObject": reference, "payload": told}
        with self._lock:
            self.events.append(happened)
        if self.webhook is not None:
            at = self._clock()
            self.webhook.event({"eventId": statuses.uuid7(at), "timestamp": statuses.instant(at), **happened})
        return status_id

    def lose_index(self, seconds: float) -> None:
        """Search finds none of the present deposits for that long; they are there all the same."""
        with self._lock:
            until = self._clock() + timedelta(seconds=seconds)
            self._hidden |= dict.fromkeys(self._cases, until)

    def settle(self) -> None:
        """Wait until every deposit is judged; raises what a judgement raised. Statuses still wait for their time."""
        with self._lock:
            judgements = [case.judgement for case in self._cases.values() if case.judgement is not None]
        for judgement in judgements:
            judgement.result()

    def mark_seen(self, key: str) -> None:
        """The operator has stored this status, or invoice."""
        with self._lock:
            self._seen.add(key)

    def close(self) -> None:
        """Stop judging: what is not judged yet never will be."""
        self._bench.shutdown(wait=True, cancel_futures=True)

    def directory(self, siren: str) -> Mapping[str, date | None]:
        """The lines of a company: values under scheme 0225, and their first day (None: long ago); empty when absent.

        Every company has the one that is its SIREN, and those that Facturation.pro's customers are said to have.
        """
        if siren in self.unreachable:
            return {}
        known = dict.fromkeys([siren, *sorted(self.registered())]) | self.addresses
        return {value: since for value, since in known.items() if value[:9] == siren}

    # -- what is known -----------------------------------------------------------------------------------------

    @property
    def deposits(self) -> tuple[Deposit, ...]:
        """Every deposit, oldest first."""
        with self._lock:
            return tuple(self._deposit(case) for case in self._cases.values())

    def deposit(self, deposit_id: str) -> Deposit | None:
        """One deposit, or None."""
        with self._lock:
            case = self._cases.get(deposit_id)
            return None if case is None else self._deposit(case)

    def document(self, deposit_id: str) -> Document:
        """The deposited document as read back; raises `KeyError` when the deposit is unknown."""
        with self._lock:
            return self._cases[deposit_id].document

    def indexed(self) -> list[Deposit]:
        """The deposits that search can find now, newest first."""
        now = self._clock()
        lag = timedelta(seconds=self.rules.index_lag_seconds)
        with self._lock:
            hidden = {key for key, until in self._hidden.items() if now < until}
        return [
            deposit
            for deposit in reversed(self.deposits)
            if deposit.received_at + lag <= now and deposit.id not in hidden
        ]

    def history(self, deposit_id: str) -> list[Status]:
        """Statuses of one deposit that have come to light, oldest first; raises `KeyError` when it is unknown."""
        with self._lock:
            return self._visible(self._cases[deposit_id])

    def not_seen(self) -> list[Status]:
        """The oldest statuses that nobody has marked, at most `NOT_SEEN_CAP`."""
        with self._lock:
            waiting = [
                status
                for case in self._cases.values()
                for status in self._visible(case)
                if status.status_id not in self._seen
            ]
        return sorted(waiting, key=lambda status: status.at)[:NOT_SEEN_CAP]

    def invoices_not_seen(self) -> list[str]:
        """Ids of deposits that nobody has marked, oldest first."""
        with self._lock:
            return [key for key in self._cases if key not in self._seen][:NOT_SEEN_CAP]

    def final(self, deposit_id: str) -> str | None:
        """The code that ended the story of a deposit, or None; raises `KeyError` when it is unknown."""
        codes = (status.code for status in self.history(deposit_id))
        return next((code for code in codes if code in STATUS_CODES and STATUS_CODES[code].final), None)

    # -- the verdict -------------------------------------------------------------------------------------------

    def _decide(self, case: _Case) -> None:
        ruling = verdict.unacceptable(case.content, case.document) or verdict.validated(case.document, self._judge)
        with self._lock:
            if ruling is verdict.ISSUED:
                ruling = self._routed(case) or self._claimed(case) or ruling
            elif ruling.code == "REJECTED" and not self.rules.reuse_after_rejection:
                self._claimed(case)
            case.ruling = ruling
            for status in self._story(case.subject, ruling):
                self._append(case, status)

    def _routed(self, case: _Case) -> Ruling | None:
        """The refusal of an invoice that cannot be delivered; None when it can."""
        invoice = case.subject.invoice
        if invoice is None:
            return None
        if self.rules.sellers is not None and invoice.seller.siren not in self.rules.sellers:
            return verdict.unroutable(f"0225:{invoice.seller.siren}")
        address = invoice.buyer.electronic_address
        since = self.addresses.get(address.value) if address else None
        if invoice.buyer.siren in self.unreachable | self.outdated or (since and since > self._clock().date()):
            key = f"{address.scheme}:{address.value}" if address else f"0002:{invoice.buyer.siren}"
            if not self.rules.reuse_after_rejection:
                self._claimed(case)
            return verdict.unroutable(key)
        return None

    def _claimed(self, case: _Case) -> Ruling | None:
        """Take the invoice number for this deposit; the refusal when another deposit of the same seller has it."""
        invoice = case.subject.invoice
        if invoice is None:
            return None
        holder = self._numbers.setdefault((invoice.seller.siren or "", invoice.number), case.subject.deposit_id)
        return None if holder == case.subject.deposit_id else verdict.duplicated(invoice.number)

    def _story(self, subject: Subject, ruling: Ruling) -> list[Status]:
        delay = self.rules.verdict_delay_seconds

        def at(delays: float, milliseconds: int = 0) -> datetime:
            return subject.received_at + timedelta(seconds=delay * delays, milliseconds=milliseconds)

        detail = Detail(reason=ruling.reason, message=ruling.message, errors=ruling.errors)
        if ruling.code == "UNACCEPTABLE":
            return [statuses.status(subject, ruling.code, at(1), detail)]
        story = [
            statuses.status(subject, "SUBMITTED", at(1), destination=statuses.PPF),
            statuses.status(subject, "SUBMITTED", at(1, 3)),
        ]
        if ruling.code == "REJECTED":
            return [*story, statuses.status(subject, "REJECTED", at(_FALL, 6), detail)]
        return [*story, *(statuses.status(subject, code, at(delays, 6)) for code, delays in _RISE)]

    def _append(self, case: _Case, status: Status) -> None:
        case.statuses.append(status)
        if self.webhook is not None:
            self.webhook.status(status.payload, status.at)
        if self.rules.default_webhook or self.webhook is not None:
            self._seen.add(status.status_id)

    def _visible(self, case: _Case) -> list[Status]:
        now = self._clock()
        return sorted((status for status in case.statuses if status.at <= now), key=lambda status: status.at)

    def _deposit(self, case: _Case) -> Deposit:
        invoice = case.subject.invoice
        visible = self._visible(case)
        return Deposit(
            id=case.subject.deposit_id,
            filename=case.filename,
            content=case.content,
            received_at=case.subject.received_at,
            number=invoice.number if invoice else None,
            siren=invoice.seller.siren if invoice else None,
            buyer_siren=invoice.buyer.siren if invoice else None,
            state=_state(visible, case.ruling),
            codes=tuple(status.code for status in visible if status.destination == statuses.OPERATOR),
        )


def _complain(judgement: Future[None]) -> None:
    """A deposit without a verdict stays pending for ever: somebody must be told why."""
    error = None if judgement.cancelled() else judgement.exception()
    if error is not None:
        _log.error("a deposit could not be judged error=%s: %s", type(error).__name__, error)


def _state(visible: Sequence[Status], ruling: Ruling | None) -> str:
    if not visible:
        return "PENDING"
    if ruling is not None and any(status.code == "REJECTED" for status in visible):
        return _REJECTED_STATES.get(ruling.reason or "", "INVALID")
    return _STATES.get(visible[-1].code, "DELIVERED")


def grouped(waiting: Sequence[Status]) -> list[Mapping[str, Any]]:
    """Statuses as `notSeen` gives them: by invoice, under the key `newstatus`."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for status in waiting:
        groups.setdefault(status.deposit_id, []).append(status.payload)
    return [{"invoiceId": key, "newstatus": items} for key, items in groups.items()]
