"""Matters that people were told of, or are to be: raised once, settled when over, and what each channel has taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, and_, false, func, or_, select, text, update

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading, writing
from pdp_bridge.journal.figures import ENDED
from pdp_bridge.journal.reader import PAGE, kept_query, page_query, place
from pdp_bridge.journal.redaction import redacted
from pdp_bridge.journal.rows import entry_from
from pdp_bridge.journal.statements import add, put
from pdp_bridge.model.notice import Circumstances, Matter, Notice, Thresholds
from pdp_bridge.model.status import ON_THE_WAY, REFUSED_BY_BUYER, Outcome
from pdp_bridge.ports import Entry, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An open matter. `told`: the channels that have taken it; `problems`: what the others last said."""

    notice: Notice
    raised_at: datetime
    told: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


class KnownNotices:
    """Implements `notices.telling.Memory` for one company; `firm` None: for whatever the journal holds."""

    def __init__(self, engine: Engine, firm: str | None) -> None:
        self._engine = engine
        self._firm = firm

    def concerned(self, thresholds: Thresholds, now: datetime) -> Iterator[Entry]:
        """Every invoice that may need a person; of those sent, none whose next status may still come in time.

        The day after a great batch is like any other: what is on its way is not read.
        """
        found = merge(*(self._pages(query) for query in concerned_queries(thresholds, now)), key=place)
        return (next(alike) for _, alike in groupby(found, key=place))  # rejected, say, and changed at the source

    def _pages(self, query: Select[Any]) -> Iterator[Entry]:
        after = None
        if self._firm is not None:
            query = query.where(t.invoice.c.firm == self._firm)
        while True:
            with reading(self._engine) as connection:
                rows = connection.execute(page_query(query, after)).mappings().all()
            page = [entry_from(row) for row in rows]
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]

    def circumstances(self) -> Circumstances:
        """When this company was last synchronised, and which services have not answered since when."""
        lane = t.lane.c
        failing = select(lane.name, func.min(lane.updated_at)).where(lane.failures > 0, lane.open_until.is_not(None))
        waiting = waiting_query()
        if self._firm is not None:
            waiting = waiting.where(t.invoice.c.firm == self._firm)
        with reading(self._engine) as connection:
            synced = connection.scalar(kept_query(f"{ENDED}sync", self._firm or ""))
            rows = connection.execute(failing.group_by(lane.name)).all()
            waiting_since = connection.scalar(waiting)
        since: dict[str, datetime] = {}
        for name, at in rows:
            service = name.partition("/")[0]
            since[service] = min(at, since.get(service, at))
        return Circumstances(
            firm=self._firm or "",
            synced_at=None if synced is None else datetime.fromisoformat(synced),
            waiting_since=waiting_since,
            outages=tuple(sorted(since.items())),
        )

    def keep(self, found: Sequence[Notice], now: datetime) -> None:
        """What is due now: new matters are raised, those that are gone are settled, those that are back are open."""
        due = {notice.key: notice for notice in found}
        with writing(self._engine) as connection:
            open_keys = set(connection.scalars(self._mine(select(t.notice.c.key))))
            for key in due.keys() - open_keys:
                self._raise(connection, due[key], now)
            for key in open_keys - due.keys():
                connection.execute(update(t.notice).where(t.notice.c.key == key).values(settled_at=now))

    def _raise(self, connection: Connection, notice: Notice, now: datetime) -> None:
        values = {
            "key": notice.key,
            "firm": self._firm or "",
            "kind": notice.matter.value,
            "payload": json.dumps(_payload(notice), ensure_ascii=False),
            "raised_at": now,
        }
        if not add(connection, t.notice, values):
            connection.execute(update(t.notice).where(t.notice.c.key == notice.key).values(settled_at=None))

    def open(self) -> list[Raised]:
        """Every open matter, the oldest first."""
        deliveries: dict[str, list[RowMapping]] = {}
        query = self._mine(select(t.notice)).order_by(t.notice.c.raised_at, t.notice.c.key)
        said = self._mine(select(t.notice_delivery).join(t.notice, t.notice.c.key == t.notice_delivery.c.key)).order_by(
            t.notice_delivery.c.channel
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
            for delivery in connection.execute(said).mappings():
                deliveries.setdefault(delivery["key"], []).append(delivery)
        return [_raised(row, deliveries.get(row["key"], [])) for row in rows]

    def untold(self, channel: str) -> Sequence[Notice]:
        """Open matters that a channel has not taken yet."""
        return [each.notice for each in self.open() if channel not in each.told]

    def told(self, channel: str, notices: Sequence[Notice], now: datetime, problem: str | None) -> None:
        """A channel took them, or why it did not."""
        taken = {"delivered_at": None if problem else now, "detail": redacted(problem) if problem else None}
        with writing(self._engine) as connection:
            for notice in notices:
                key = {"key": notice.key, "channel": channel}
                delivery = t.notice_delivery.c
                before = select(delivery.tries).where(delivery.key == notice.key, delivery.channel == channel)
                tries = (connection.scalar(before) or 0) + 1
                put(connection, t.notice_delivery, key, {"tries": tries, **taken})

    def _mine(self, query: Select[Any]) -> Select[Any]:
        return query.where(t.notice.c.firm == (self._firm or ""), t.notice.c.settled_at.is_(None))


def waiting_query() -> Select[Any]:
    """When the first was sent of the invoices that still await a status."""
    return select(func.min(t.invoice.c.sent_at)).where(text(t.OPEN), t.invoice.c.final == false())


def concerned_queries(thresholds: Thresholds, now: datetime) -> tuple[Select[Any], ...]:
    """The rows behind `KnownNotices.concerned`: what stands still, what the platform said or did not, what changed."""
    invoice = t.invoice.c
    no_verdict = or_(invoice.technical_status.is_(None), invoice.technical_status == Outcome.PENDING.value)
    told_or_late = or_(
        and_(no_verdict, invoice.sent_at < now - thresholds.verdict),
        invoice.technical_status == Outcome.REJECTED.value,
        invoice.lifecycle_status == REFUSED_BY_BUYER,
        and_(invoice.lifecycle_status.in_(ON_THE_WAY), invoice.last_technical_update < now - thresholds.receipt),
    )
    entries = select(t.invoice, t.report.c.payload.label("report_payload")).outerjoin(
        t.report, t.report.c.id == invoice.report_id
    )
    in_view = or_(invoice.state == State.SENDING, invoice.passed_over == false())
    return (
        entries.where(text(t.STUCK), in_view),
        entries.where(text(t.OPEN), told_or_late),
        entries.where(text(t.CHANGED)),
    )


def _payload(notice: Notice) -> dict[str, str | None]:
    since = notice.since.isoformat() if notice.since else None
    return {"number": notice.number, "reason": notice.reason, "since": since}


def _raised(row: RowMapping, deliveries: Sequence[RowMapping]) -> Raised:
    kept = json.loads(row["payload"])
    since = kept.get("since")
    notice = Notice(
        key=row["key"],
        matter=Matter(row["kind"]),
        number=kept.get("number"),
        reason=kept.get("reason"),
        since=datetime.fromisoformat(since) if since else None,
    )
    return Raised(
        notice=notice,
        raised_at=row["raised_at"],
        told=tuple(each["channel"] for each in deliveries if each["delivered_at"] is not None),
        problems=tuple((each["channel"], each["detail"]) for each in deliveries if each["delivered_at"] is None),
    )
