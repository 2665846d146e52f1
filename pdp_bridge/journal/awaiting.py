"""Which deposits await news: each question seeks its place in an index and reads no more rows than it gives.

An invoice that was validated stays open until it is paid, often for good: they are many, and asked for seldom.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, false, select, text

from pdp_bridge.journal import tables as t
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import Entry

MOST = 300
"""Deposits given at a time: as many as histories may be read in an hour."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def awaiting_queries(
    entry: Select[Any], now: datetime, spacings: tuple[float, float], at_most: int
) -> Iterator[Select[Any]]:
    """Those never read, then those read longest ago, of each technical status; `entry` selects invoices.

    `spacings`: seconds since the last reading, of the others and of those validated; infinite: not at all.
    """
    invoice = t.invoice.c
    for status in (None, *Outcome):
        seconds = spacings[status is Outcome.VALIDATED]
        if seconds == math.inf:
            continue
        alike = invoice.technical_status.is_(None) if status is None else invoice.technical_status == status.value
        open_ones = entry.where(text(t.SENT), invoice.final == false(), alike)
        never = open_ones.where(invoice.history_read_at.is_(None)).order_by(invoice.sent_at)
        before = open_ones.where(invoice.history_read_at <= now - timedelta(seconds=seconds))
        yield never.limit(at_most)
        yield before.order_by(invoice.history_read_at, invoice.sent_at).limit(at_most)


def heard_query(origin: str) -> Select[Any]:
    """When an event last came in that way."""
    event = t.status_event.c
    return select(event.seen_at).where(event.origin == origin).order_by(event.seen_at.desc()).limit(1)


def longest_unread(entry: Entry) -> tuple[datetime, datetime]:
    """The order in which histories are read."""
    return (entry.history_read_at or _NEVER, entry.sent_at or _NEVER)
