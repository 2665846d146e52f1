"""What a person should hear of: one matter, told once, over when it is settled. No name, no amount, no words of others.

The waits are those of the reform as far as it knows any: status 200 reaches the public portal within 24 hours
(french-reform.md E.1); how long other platforms take is written nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Matter(StrEnum):
    """What it is about."""

    REJECTED = "rejected"  # by a platform: 213 or 501
    REFUSED_BY_BUYER = "refused_by_buyer"  # 210
    REFUSED = "refused"  # by our own checks
    HELD = "held"  # until a person decides or corrects
    FAILED = "failed"
    QUARANTINED = "quarantined"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CHANGED_AFTER_SEND = "changed_after_send"
    NO_VERDICT = "no_verdict"  # deposited, and neither issued nor rejected
    NO_RECEIPT = "no_receipt"  # issued or received, and nothing further
    SYNC_LATE = "sync_late"
    OUTAGE = "outage"
    TRIAL = "trial"  # nothing is the matter: does this reach anybody?


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One matter. `key` names it for ever; `reason` is a rule, a code or a service, never a sentence of somebody."""

    key: str
    matter: Matter
    number: str | None = None  # BT-1
    reason: str | None = None
    since: datetime | None = None  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """An invoice that was sent and is another one at the source now; not for its customer's record alone.

    `what`: the terms that differ, why it is gone, or the rule that it breaks now.
    """

    source_id: str
    number: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """How long silence is ordinary."""

    settle: timedelta = timedelta(minutes=15)  # of a deposit without an answer
    verdict: timedelta = timedelta(hours=24)  # from the deposit to 201 or 213
    receipt: timedelta = timedelta(days=3)  # from 201 or 202 to the next status
    sync: timedelta = timedelta(hours=24)
    outage: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What concerns no single invoice. `outages`: services that do not answer, and since when. Instants are UTC.

    `waiting_since`: when the first was sent of the invoices that still await a status; None when none does.
    """

    firm: str = ""
    synced_at: datetime | None = None
    waiting_since: datetime | None = None
    outages: tuple[tuple[str, datetime], ...] = ()
