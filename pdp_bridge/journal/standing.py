"""How the invoices stand, told without reading them all: what may need a person, and verdicts counted.

The questions that give invoices cost in proportion to their answer, through partial indexes; those that count stop
(`counting.py`), so that they cost the same in a journal of many years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Select, select, text

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.counting import counted
from pdp_bridge.journal.database import reading
from pdp_bridge.journal.reader import PAGE, JournalReader
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import Entry


class Standing:
    """What is asked of a journal after each run. Every method raises `JournalError` when it cannot answer."""

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal

    def stuck(self) -> Iterator[Entry]:
        """The invoices that may need a person or keep a run from being done, oldest issue date first.

        Every refused, failed or unanswered one, and every held one that waits for no day and is on no other route.
        """
        return self._journal.matching(text(t.STUCK))

    def rejected(self) -> Iterator[Entry]:
        """The invoices whose deposit was rejected, oldest issue date first."""
        return self._journal.matching(text(t.REJECTED))

    def among(self, source_ids: Iterable[str]) -> Iterator[Entry]:
        """These invoices, oldest issue date first within each of the pages that they are read in."""
        wanted = iter(source_ids)
        while page := list(islice(wanted, PAGE)):
            yield from self._journal.matching(t.invoice.c.source_id.in_(page))

    def verdicts(self) -> Mapping[Outcome | None, int]:
        """Invoices at the platform, by technical status, each counted up to `MOST_COUNTED`; None: without any."""
        with reading(self._journal.engine) as connection:
            counts = {
                status: connection.scalar(verdict_query(status, self._journal.firm)) for status in (None, *Outcome)
            }
        return {status: count for status, count in counts.items() if count}

    def invoices(self) -> int:
        """How many there are, counted up to `MOST_COUNTED`."""
        query = _counted(select(t.invoice.c.firm), self._journal.firm)
        with reading(self._journal.engine) as connection:
            return connection.scalar(query) or 0


def verdict_query(status: Outcome | None, firm: str | None) -> Select[Any]:
    """How many invoices at the platform have that technical status, up to `MOST_COUNTED`."""
    column = t.invoice.c.technical_status
    alike = column.is_(None) if status is None else column == status.value
    return _counted(select(t.invoice.c.firm).where(text(t.SENT), alike), firm)


def _counted(query: Select[Any], firm: str | None) -> Select[Any]:
    return counted(query if firm is None else query.where(t.invoice.c.firm == firm))
