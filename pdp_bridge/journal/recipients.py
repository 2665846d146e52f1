"""What the platform last said of buyers' addresses and of the seller, so that it is not asked for every invoice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select

from pdp_bridge.directory import Known
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading, writing
from pdp_bridge.journal.reader import kept_query
from pdp_bridge.journal.statements import put
from pdp_bridge.model.recipient import Reach, Recipient

_ENROLLED = "enrolled"
"""In `meta`, for each firm: when the platform last said that it takes the seller's invoices."""


class KnownRecipients:
    """Implements `directory.Memory` for every company of the journal: an address is the same for all of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recall(self, address: str) -> Known | None:
        """The last answer about an address; None when there is none, or one that this version cannot read."""
        with reading(self._engine) as connection:
            row = connection.execute(select(t.recipient).where(t.recipient.c.address == address)).first()
        if row is None or row.answer not in set(Reach):
            return None
        recipient = Recipient(address=row.address, reach=Reach(row.answer), since=row.reachable_from)
        return Known(recipient=recipient, checked_at=row.checked_at)

    def remember(self, known: Known) -> None:
        """Keep an answer in the place of the one before."""
        recipient = known.recipient
        values = {
            "answer": recipient.reach.value,
            "reachable_from": recipient.since,
            "checked_at": known.checked_at,
        }
        with writing(self._engine) as connection:
            put(connection, t.recipient, {"address": recipient.address}, values)


class KnownEnrolment:
    """Implements `directory.Enrolments` for one company."""

    def __init__(self, engine: Engine, firm: str) -> None:
        self._engine = engine
        self._firm = firm

    def enrolled_at(self) -> datetime | None:
        """When the platform last said so, UTC; None when it never did."""
        with reading(self._engine) as connection:
            kept = connection.scalar(kept_query(_ENROLLED, self._firm))
        return None if kept is None else datetime.fromisoformat(kept)

    def was_enrolled(self, at: datetime) -> None:
        """The platform just said so."""
        with writing(self._engine) as connection:
            put(connection, t.meta, {"firm": self._firm, "name": _ENROLLED}, {"value": at.isoformat()})
