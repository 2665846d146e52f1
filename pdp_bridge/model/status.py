"""Statuses: the reform's codes, the platform's events, and the three fields that billing code reads.

Codes and labels: XP Z12-012 lifecycle (MDT-105) as used by FNFE's CDAR examples 1.4; Iopole's names for them from its
OpenAPI description of October 2026. The list is open: an unknown code is kept as text and never treated as final.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What a status code says about the deposit: only an explicit success or failure ends the story."""

    PENDING = "pending"
    VALIDATED = "validated"
    REJECTED = "rejected"


ON_THE_WAY = ("ISSUED", "RECEIVED")
"""201 and 202: another status of the transmission is still to come. After 203 the buyer has all the time of the law."""

REFUSED_BY_BUYER = "REFUSED"
"""210."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCode:
    """One lifecycle code. `number` is MDT-105 (None when the reform has none), `label` its French name."""

    code: str
    number: str | None
    label: str
    outcome: Outcome
    final: bool = False


_CODES = (
    ("SUBMITTED", "200", "Déposée", Outcome.PENDING, False),
    ("ISSUED", "201", "Émise", Outcome.VALIDATED, False),
    ("RECEIVED", "202", "Reçue", Outcome.VALIDATED, False),
    ("MADE_AVAILABLE", "203", "Mise à disposition", Outcome.VALIDATED, False),
    ("IN_HAND", "204", "Prise en charge", Outcome.VALIDATED, False),
    ("APPROVED", "205", "Approuvée", Outcome.VALIDATED, False),
    ("PARTIALLY_APPROVED", "206", "Approuvée partiellement", Outcome.VALIDATED, False),
    ("DISPUTED", "207", "En litige", Outcome.VALIDATED, False),
    ("SUSPENDED", "208", "Suspendue", Outcome.VALIDATED, False),
    ("COMPLETED", "209", "Complétée", Outcome.VALIDATED, False),
    ("REFUSED", "210", "Refusée", Outcome.VALIDATED, True),
    ("PAYMENT_SENT", "211", "Paiement transmis", Outcome.VALIDATED, False),
    ("PAYMENT_RECEIVED", "212", "Encaissée", Outcome.VALIDATED, False),
    ("REJECTED", "213", "Rejetée", Outcome.REJECTED, True),
    ("UNACCEPTABLE", "501", "Irrecevable", Outcome.REJECTED, True),
    ("CANCELLED", None, "Annulée", Outcome.VALIDATED, True),
)
STATUS_CODES = {
    code: StatusCode(code=code, number=number, label=label, outcome=outcome, final=final)
    for code, number, label, outcome, final in _CODES
}
"""Refused (210, by the buyer) is not rejected (213, by a platform): a refused invoice was technically validated."""

DUPLICATE_REASONS = frozenset({"DUPLICATED_INVOICE"})
"""Reasons that speak of a second copy: they never overwrite the status of the first."""


UNACCEPTABLE = "UNACCEPTABLE"
"""501: the platform could not take the file for an invoice at all. Its number stays free, unlike that of a rejected one."""


UNREADABLE = "UNREADABLE"
"""Code of what the platform told and we could not read: kept as it came, beside the statuses, for a person."""

ANNOUNCEMENT = "EVENT"
"""`destination` of what a platform tells beside the statuses, e.g. `OUTBOUND_STATUS_INVALID`: kept with them, in the
same log, but no status: it never changes what is derived from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """One status as the platform reported it. `status_id` is unique; `at` is in UTC with its offset."""

    status_id: str
    submission_id: str
    code: str
    at: datetime
    number: str | None = None  # network code, MDT-105, when the platform gave one
    invoice_number: str | None = None  # BT-1 of the invoice it speaks of, when the platform gave it
    destination: str | None = None  # OPERATOR, PLATFORM or PPF, or `ANNOUNCEMENT`
    reason: str | None = None  # e.g. ROUTING_FAILURE
    message: str | None = None  # the platform's words for a person
    details: tuple[str, ...] = ()  # "rule: message" of each validation error
    payload: str = "{}"  # the event as received, JSON text

    @property
    def meaning(self) -> StatusCode:
        """The code's meaning; an unknown code is pending, not final, and keeps its own text."""
        unknown = StatusCode(code=self.code, number=self.number, label=self.code, outcome=Outcome.PENDING)
        return STATUS_CODES.get(self.code, unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSummary:
    """The three fields billing code reads, and the latest lifecycle status, all derived from the events."""

    technical_status: Outcome
    lifecycle_status: str | None = None  # code of the latest event
    lifecycle_number: str | None = None
    lifecycle_label: str | None = None
    last_technical_update: datetime | None = None  # UTC
    reason: str | None = None
    message: str | None = None
    final: bool = False


def summary(events: Iterable[StatusEvent]) -> StatusSummary:
    """The state of one submission: a pure function of its events, whatever their order and repetition.

    Announcements do not count, and of several records of one `status_id` always the same one does. Events are ordered
    by date; at the same instant a final code comes after a passing one, then the higher French number, so that the
    result never depends on the order of arrival. A rejection stands, whatever is dated after it, and a rejected
    invoice (213) is never taken for an unacceptable file (501): see `contradicted`.
    """
    unique = _once(events)
    if not unique:
        return StatusSummary(technical_status=Outcome.PENDING)
    ordered = sorted(unique, key=_rank)
    known = [event for event in ordered if event.code in STATUS_CODES]
    failures = [event for event in known if event.meaning.outcome is Outcome.REJECTED]
    latest = ([event for event in failures if event.code != UNACCEPTABLE] or failures or ordered)[-1]
    if failures:
        outcome = Outcome.REJECTED
    elif any(event.meaning.outcome is Outcome.VALIDATED for event in known):
        outcome = Outcome.VALIDATED
    else:
        outcome = Outcome.PENDING
    return StatusSummary(
        technical_status=outcome,
        lifecycle_status=latest.code,
        lifecycle_number=latest.number or latest.meaning.number,
        lifecycle_label=latest.meaning.label,
        last_technical_update=ordered[-1].at,
        reason=latest.reason,
        message=latest.message,
        final=any(event.meaning.final for event in known),
    )


def contradicted(events: Iterable[StatusEvent]) -> bool:
    """The platform says of one submission what cannot be true together: it goes on, or is refused, once rejected; or
    it went on although its file was unacceptable.

    >>> def told(code, hour):
    ...     return StatusEvent(status_id=code, submission_id="p", code=code, at=datetime(2026, 9, 1, hour))
    >>> contradicted([told("REJECTED", 9), told("APPROVED", 10)]), contradicted([told("ISSUED", 9), told("REJECTED", 10)])
    (True, False)
    """
    known = [event for event in _once(events) if event.code in STATUS_CODES]
    ended = [event for event in known if event.meaning.outcome is Outcome.REJECTED]
    if not ended:
        return False
    first, never = min(event.at for event in ended), any(event.code == UNACCEPTABLE for event in ended)
    went_on = [event for event in known if event.meaning.outcome is Outcome.VALIDATED]
    return any(never or event.at > first or event.meaning.final for event in went_on)


def shown(deposits: Sequence[tuple[str, Sequence[StatusEvent]]]) -> tuple[str, StatusSummary]:
    """Which deposit of one invoice speaks for it, and its state: platform id and summary.

    `deposits`: platform id and events of each, at least one, in the order in which the ids became known. It is the
    first that was neither rejected as the copy of another nor found unacceptable (501: the file never was an invoice,
    so another one may be sent under its number). When there is none: the last unacceptable one, else the first copy.
    """
    originals = [deposit for deposit in deposits if not any(map(_says_duplicate, deposit[1]))]
    speaking = [deposit for deposit in originals if not _never_an_invoice(deposit[1])]
    submission_id, events = (speaking or originals[-1:] or deposits)[0]
    return submission_id, summary(events)


def _once(events: Iterable[StatusEvent]) -> list[StatusEvent]:
    """Each `status_id` once; when its records differ, the choice does not depend on their order."""
    unique: dict[str, StatusEvent] = {}
    for event in events:
        if event.destination != ANNOUNCEMENT:
            kept = unique.get(event.status_id)
            unique[event.status_id] = event if kept is None else min(kept, event, key=_content)
    return list(unique.values())


def _content(event: StatusEvent) -> tuple[datetime, str, str, str, str, str]:
    optional = (event.number or "", event.reason or "", event.message or "")
    return (event.at, event.code, *optional, event.payload)


def _never_an_invoice(events: Sequence[StatusEvent]) -> bool:
    return summary(events).lifecycle_status == UNACCEPTABLE and not contradicted(events)


def _says_duplicate(event: StatusEvent) -> bool:
    return event.meaning.outcome is Outcome.REJECTED and event.reason in DUPLICATE_REASONS


def _rank(event: StatusEvent) -> tuple[datetime, bool, str, str]:
    return (event.at, event.meaning.final, event.number or event.meaning.number or "", event.status_id)
