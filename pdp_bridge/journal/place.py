"""Where a journal in PostgreSQL is: elsewhere than it was, it has been restored, and may have forgotten deposits.

Another server, other tables or another timeline: what `pg_restore`, a recovery to a point in time and a standby that
takes over leave behind. The place is noted in `meta`, where a role that owns no table may write too, and which every
copy of the database takes along; `journal move`, by which nothing is forgotten, leaves it behind. Before a deposit that
may have been forgotten is made again, it is looked for (`doubting.py`).
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from pdp_bridge.journal import doubting
from pdp_bridge.journal import statements as do
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import kept, reading, writing
from pdp_bridge.journal.doubting import read, widest, written
from pdp_bridge.ports import Doubt

NAME = "place"
"""Of what is noted in `meta`, of the whole journal."""

_HERE = """
SELECT system_identifier || '/' || 'meta'::regclass::oid || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
FROM pg_control_system()
"""
_ALONE = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '/pdp_bridge place'))"

_log = logging.getLogger(__name__)


def restored(engine: Engine, now: datetime) -> bool:
    """Whether the journal is elsewhere than it was when this was last asked; then what it may have forgotten is marked.

    A place that is not told (a server that allows it to nobody) is not compared. Raises `JournalError`.
    """
    if engine.dialect.name != "postgresql":
        return False
    with reading(engine) as connection:
        here = _here(connection)
        if here is None or kept(connection, NAME) == here:
            return False
    with writing(engine) as connection:
        connection.execute(text(_ALONE))
        before = kept(connection, NAME)
        if before == here:  # another process was quicker
            return False
        if before is not None:
            _mark(connection, now)
        do.put(connection, t.meta, {"firm": "", "name": NAME}, {"value": here})
    if before is not None:
        _log.warning("the journal was restored, or another server took over: what may have been sent is looked for")
    return before is not None


def _here(connection: Connection) -> str | None:
    try:
        here: str | None = connection.scalar(text(_HERE))
    except DBAPIError as error:
        if connection.invalidated:
            raise
        _log.info("this server does not tell where it is: %s", type(error.orig).__name__)
        return None
    return here


def _mark(connection: Connection, now: datetime) -> None:
    """Whatever was deposited after the last thing that the copy knows may be missing from it."""
    step = t.transition.c
    last = connection.scalar(select(step.at).order_by(step.id.desc()).limit(1)) or now
    known = kept(connection, doubting.NAME)
    doubt = widest([Doubt(since=min(last, now), until=now), *([] if known is None else [read(known)])])
    if doubt is not None:
        do.put(connection, t.meta, {"firm": "", "name": doubting.NAME}, {"value": written(doubt)})
