"""The mark of a journal that was restored or rebuilt: of what time it may have forgotten deposits.

In `meta` under `doubt`, as JSON: of the whole journal after a restore, of one company after a rebuild. A second mark
widens the first; nothing takes one away, for later invoices are not concerned by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from pdp_bridge.journal import tables as t
from pdp_bridge.ports import Doubt

NAME = "doubt"


def doubt(connection: Connection, firm: str | None) -> Doubt | None:
    """The time in doubt for a company, or for whoever's invoices when `firm` is None."""
    query = select(t.meta.c.value).where(t.meta.c.name == NAME)
    if firm is not None:
        query = query.where(t.meta.c.firm.in_(["", firm]))
    return widest(read(text) for text in connection.scalars(query))


def widest(doubts: Iterable[Doubt]) -> Doubt | None:
    """One time that covers them all."""
    known = list(doubts)
    if not known:
        return None
    return Doubt(since=min(each.since for each in known), until=max(each.until for each in known))


def written(value: Doubt) -> str:
    """As it is kept."""
    return json.dumps({"since": value.since.isoformat(), "until": value.until.isoformat()})


def read(text: str) -> Doubt:
    """
    >>> from datetime import UTC
    >>> mark = Doubt(since=datetime(2026, 9, 1, tzinfo=UTC), until=datetime(2026, 9, 2, tzinfo=UTC))
    >>> read(written(mark)) == mark
    True
    """
    value = json.loads(text)
    return Doubt(since=datetime.fromisoformat(value["since"]), until=datetime.fromisoformat(value["until"]))
