"""What the source showed last of invoices that were sent, beside what was sent."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, or_, select, true

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading
from pdp_bridge.journal.reader import JournalReader, unknown
from pdp_bridge.journal.rows import DEPOSITED, skipped_from, snapshot_from
from pdp_bridge.model.drift import Latest
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.ports import Entry


class Drifting:
    """Implements `audit.drift.Sources`. Every method raises `JournalError` when the database cannot answer."""

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal

    def drifted(self, source_id: str | None = None) -> Iterator[Entry]:
        """Sent, or maybe so, and since shown otherwise, or not to be sent any more; oldest issue date first.

        `source_id`: only that invoice, if it is one of them; of those as they were sent no content is read.
        """
        invoice = t.invoice.c
        otherwise = or_(invoice.version != invoice.latest_version, invoice.passed_over == true())
        of_one = () if source_id is None else (invoice.source_id == source_id,)
        return self._journal.matching(invoice.state.in_(DEPOSITED), otherwise, *of_one)

    def snapshot(self, source_id: str) -> Snapshot:
        """What was sent."""
        return self._journal.snapshot(source_id)

    def latest(self, source_id: str) -> Latest:
        """What the source showed last. Raises `JournalError` for an unknown invoice."""
        shot, invoice, skipped = t.snapshot.c, t.invoice.c, t.skipped.c
        last = and_(invoice.source_id == shot.source_id, invoice.latest_version == shot.version)
        query = select(t.snapshot).join(t.invoice, last).where(invoice.source_id == source_id)
        away = (
            select(t.skipped)
            .join(t.invoice, invoice.source_id == skipped.source_id)
            .where(skipped.source_id == source_id, invoice.passed_over == true())
        )
        with reading(self._journal.engine) as connection:
            row = connection.execute(query).mappings().first()
            gone = connection.execute(away).mappings().first()
        if row is None:
            raise unknown(source_id)
        shown = snapshot_from(self._journal.archives.whole(row, "payload"))
        return Latest(snapshot=shown, gone=skipped_from(gone) if gone is not None else None)
