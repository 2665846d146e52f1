"""The feed of statuses, each event apart: one that cannot be read is kept as it came and hides no other.

What names no deposit, or breaks our reading of it, becomes an event of code `UNREADABLE` whose payload is the raw JSON:
it can be recorded, acknowledged and shown, and no status is ever derived from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pdp_bridge.model.status import ANNOUNCEMENT, UNREADABLE, StatusEvent
from pdp_bridge.transmission.iopole import mapping

GROUPS = ("newstatus", "newStatus")
"""Where a row of a grouped list holds its statuses."""


def feed(answer: object, received_at: datetime) -> list[StatusEvent]:
    """Every event of a list, grouped or flat, oldest first. `received_at` dates an event without a date of its own."""
    found = [event for piece in _pieces(answer) for event in _read(piece, received_at)]
    return sorted(found, key=lambda event: (event.at, event.status_id))


def _pieces(answer: Any) -> Iterator[object]:
    """One status each, with the invoice that its group names."""
    rows = answer.get("data", answer) if isinstance(answer, Mapping) else answer
    for row in rows if isinstance(rows, list) else [rows] if rows else []:
        key = next((key for key in GROUPS if key in row), None) if isinstance(row, Mapping) else None
        if key is None:
            yield row
            continue
        group = row[key]
        for item in group if isinstance(group, list) else [group]:
            yield {"invoiceId": row.get("invoiceId"), key: [item]}


def _read(piece: object, received_at: datetime) -> list[StatusEvent]:
    try:
        events = mapping.events(piece, received_at)
    except Exception:  # noqa: BLE001 - whatever a status holds, the others are read and this one is kept
        events = []
    return events or [_raw(piece, received_at)]


def _raw(piece: object, received_at: datetime) -> StatusEvent:
    text = json.dumps(piece, ensure_ascii=False, sort_keys=True)
    item = _single(piece)
    return StatusEvent(
        status_id=_word(item, "statusId") or hashlib.sha256(text.encode()).hexdigest(),
        submission_id=_word(item, "invoiceId") or _word(piece, "invoiceId"),
        code=UNREADABLE,
        at=received_at,
        destination=ANNOUNCEMENT,  # kept beside the statuses, and never one
        payload=text,
    )


def _single(piece: object) -> Any:
    """The status inside its group."""
    if not isinstance(piece, Mapping):
        return piece
    return next((piece[key][0] for key in GROUPS if isinstance(piece.get(key), list) and piece[key]), piece)


def _word(row: object, key: str) -> str:
    value = row.get(key) if isinstance(row, Mapping) else None
    return value if isinstance(value, str) else ""
