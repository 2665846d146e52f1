"""Which matters are due, from how the invoices stand: pure, so that any moment can be asked about.

Each key names the very fact (the deposit, the content, the broken rules, the status that was last), so that the same
fact is one matter however often it is looked at, and a new fact is a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from pdp_bridge.model.notice import Altered, Circumstances, Matter, Notice, Thresholds
from pdp_bridge.model.route import NOT_E_INVOICED
from pdp_bridge.model.status import ON_THE_WAY, REFUSED_BY_BUYER, Outcome, StatusSummary
from pdp_bridge.ports import Entry, State

_CODE = re.compile(r"[A-Za-z][\w.-]{2,60}")


def due(
    entries: Iterable[Entry],
    now: datetime,
    thresholds: Thresholds,
    circumstances: Circumstances,
    altered: Sequence[Altered] | None = None,
) -> list[Notice]:
    """Every matter that stands open now, those of invoices first.

    `altered`: what is another invoice at the source than what was sent; None when that is not known, and each that was
    changed there is told.
    """
    found = [_of_altered(each) for each in altered or ()]
    for entry in entries:
        if entry.state is State.SENT and entry.changed_after_send and altered is None:
            found.append(_notice(entry, Matter.CHANGED_AFTER_SEND))
        found += of_entry(entry, now, thresholds)
    return [*found, *_of_circumstances(circumstances, now, thresholds)]


def of_entry(entry: Entry, now: datetime, thresholds: Thresholds) -> Iterator[Notice]:
    """What one invoice needs a person for."""
    if entry.state is State.SENT:
        yield from _of_sent(entry, now, thresholds)
    elif entry.state is State.SENDING:
        yield from _of_doubt(entry, now, thresholds)
    elif entry.quarantined:
        yield _notice(entry, Matter.QUARANTINED, entry.version, reason=_code(entry.reason))
    elif entry.state is State.FAILED and not entry.retryable:
        yield _notice(entry, Matter.FAILED, entry.version, str(entry.attempt), reason=_code(entry.reason))
    elif entry.state is State.REFUSED:
        yield _notice(entry, Matter.REFUSED, entry.version, _rules(entry), reason=_rules(entry))
    elif entry.state is State.HELD and entry.next_action_at is None and _rules(entry) not in {"", NOT_E_INVOICED}:
        yield _notice(entry, Matter.HELD, entry.version, _rules(entry), reason=_rules(entry))


def _of_doubt(entry: Entry, now: datetime, thresholds: Thresholds) -> Iterator[Notice]:
    """An answer that was lost: looked up by every run, until it is settled or needs a person."""
    began = entry.lease_until or entry.sending_at
    if entry.quarantined:
        yield _notice(entry, Matter.QUARANTINED, entry.version, reason=_code(entry.reason))
    elif entry.unresolved or (began is not None and now > began + thresholds.settle):
        yield _notice(entry, Matter.OUTCOME_UNKNOWN, str(entry.attempt), since=entry.sending_at)


def _of_sent(entry: Entry, now: datetime, thresholds: Thresholds) -> Iterator[Notice]:
    deposit, summary = entry.submission_id or "", entry.summary
    if summary is None or summary.technical_status is Outcome.PENDING:
        if entry.sent_at is not None and now > entry.sent_at + thresholds.verdict:
            yield _notice(entry, Matter.NO_VERDICT, deposit, since=entry.sent_at)
    elif summary.technical_status is Outcome.REJECTED:
        yield _notice(entry, Matter.REJECTED, deposit, reason=summary.reason, since=summary.last_technical_update)
    elif summary.lifecycle_status == REFUSED_BY_BUYER:
        since = summary.last_technical_update
        yield _notice(entry, Matter.REFUSED_BY_BUYER, deposit, reason=summary.reason, since=since)
    elif _stays_away(summary, now, thresholds):
        yield _notice(
            entry,
            Matter.NO_RECEIPT,
            deposit,
            summary.lifecycle_status or "",
            reason=summary.lifecycle_number,
            since=summary.last_technical_update,
        )


def _of_altered(altered: Altered) -> Notice:
    mark = sha256(altered.what.encode()).hexdigest()[:16]
    matter = Matter.CHANGED_AFTER_SEND
    key = f"{matter}:{altered.source_id}:{mark}"
    return Notice(key=key, matter=matter, number=altered.number, reason=altered.what or None)


def _stays_away(summary: StatusSummary, now: datetime, thresholds: Thresholds) -> bool:
    last = summary.last_technical_update
    return summary.lifecycle_status in ON_THE_WAY and last is not None and now > last + thresholds.receipt


def _of_circumstances(circumstances: Circumstances, now: datetime, thresholds: Thresholds) -> Iterator[Notice]:
    synced = circumstances.synced_at or circumstances.waiting_since
    if circumstances.waiting_since and synced is not None and now > synced + thresholds.sync:
        key = f"{Matter.SYNC_LATE}:{circumstances.firm}:{synced.isoformat()}"
        yield Notice(key=key, matter=Matter.SYNC_LATE, since=synced)
    for service, since in circumstances.outages:
        if now > since + thresholds.outage:
            key = f"{Matter.OUTAGE}:{circumstances.firm}:{service}:{since.isoformat()}"
            yield Notice(key=key, matter=Matter.OUTAGE, reason=service, since=since)


def _notice(
    entry: Entry, matter: Matter, *marks: str, reason: str | None = None, since: datetime | None = None
) -> Notice:
    mark = sha256("\n".join(marks).encode()).hexdigest()[:16]
    key = f"{matter}:{entry.source_id}:{mark}"
    return Notice(key=key, matter=matter, number=entry.number, reason=reason or None, since=since)


def _rules(entry: Entry) -> str:
    errors = entry.report.errors if entry.report else ()
    return ", ".join(dict.fromkeys(finding.rule for finding in errors))


def _code(reason: str | None) -> str | None:
    """The name that stands before what was said: of an exception, or of a rule. The rest may hold anything."""
    head = (reason or "").partition(":")[0]
    return head if _CODE.fullmatch(head) else None
