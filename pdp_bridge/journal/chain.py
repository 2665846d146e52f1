"""The chain of status events: each record holds the hash of the one before, so that none can be changed or taken out.

The hash of a record is the SHA-256 of its text in UTF-8: JSON (RFC 8259) on one line, keys in alphabetical order,
no space between tokens. Anybody can compute it again with `sha256sum`, without this program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select, text

from pdp_bridge.journal import tables as t

_CHAINED = tuple(column.name for column in t.status_event.c if column.name != "hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A place where the chain does not hold. `seq` is the record's number."""

    seq: int
    status_id: str
    problem: str


def record_text(values: Mapping[str, Any]) -> str:
    """The text of one record, from the columns of `status_event` without `hash`."""
    record = {name: _plain(values[name]) for name in _CHAINED}
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_hash(values: Mapping[str, Any]) -> str:
    """SHA-256 of the record, 64 hexadecimal digits."""
    return sha256(record_text(values).encode("utf-8", "backslashreplace")).hexdigest()


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last record, (0, "") before the first; nobody else appends until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('pdp_bridge status events'))"))
    event = t.status_event.c
    last = connection.execute(select(event.seq, event.hash).order_by(event.seq.desc()).limit(1)).first()
    return (0, "") if last is None else (last.seq, last.hash)


def breaks(records: Iterable[Mapping[str, Any]]) -> Iterable[Break]:
    """Every record, in order of `seq` from the first, that was changed, moved, or follows one that was taken out."""
    expected, previous = 1, ""
    for record in records:
        seq = record["seq"]
        if seq != expected:
            yield _broken(record, f"records {expected} to {seq - 1} are missing")
        elif record["previous"] != previous:
            yield _broken(record, "it does not follow the record before it")
        if record_hash(record) != record["hash"]:
            yield _broken(record, "its content is not what was recorded")
        expected, previous = seq + 1, record["hash"]


def _broken(record: Mapping[str, Any], problem: str) -> Break:
    return Break(seq=record["seq"], status_id=record["status_id"], problem=problem)
