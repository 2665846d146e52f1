"""What the platform was asked and answered about each invoice: written beside the line, never in its way.

On a connection of its own, without waiting for the disk and hardly for other writers: what a crash of the machine takes
away of it is told by the attempt and the deposit, which are on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import in_plain_words, turn
from pdp_bridge.journal.redaction import without_credentials
from pdp_bridge.model.exchange import Exchange, Subject

PATIENCE_MS = 250
"""Milliseconds that a recording waits for another writer."""

_HASTE = {
    "sqlite": ("PRAGMA synchronous = NORMAL", f"PRAGMA busy_timeout = {PATIENCE_MS}"),
    "postgresql": ("SET synchronous_commit = off", f"SET lock_timeout = {PATIENCE_MS}"),
}


class ExchangeLog:
    """Writes exchanges, each batch in one short transaction."""

    def __init__(self, engine: Engine, firm: str | None) -> None:
        self._engine = engine
        self._firm = firm
        self._connection: Connection | None = None

    def keep(self, exchanges: Sequence[Exchange]) -> int:
        """Keep those of invoices that are known; returns how many. Raises `JournalError`."""
        with in_plain_words(self._engine), turn(self._engine):
            connection = self._hasty()
            try:
                kept = _kept(connection, self._firm, exchanges)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
        return kept

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _hasty(self) -> Connection:
        """A connection that no other transaction shares, so that none inherits its haste."""
        if self._connection is None:
            connection = self._engine.connect()
            connection.detach()
            cursor = connection.connection.cursor()  # below SQLAlchemy: SQLite wants no transaction here
            for statement in _HASTE[connection.dialect.name]:
                cursor.execute(statement)
            cursor.close()
            connection.connection.commit()
            self._connection = connection.execution_options(writing=True)
        return self._connection


def _kept(connection: Connection, firm: str | None, exchanges: Sequence[Exchange]) -> int:
    owners: dict[Subject, str | None] = {}
    for each in exchanges:
        if each.subject not in owners:
            owners[each.subject] = _owner(connection, firm, each.subject)
    rows = [_values(each, owner) for each in exchanges if (owner := owners[each.subject]) is not None]
    if rows:
        connection.execute(insert(t.exchange), rows)
    return len(rows)


def _values(exchange: Exchange, source_id: str) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "at": exchange.at,
        "method": exchange.method,
        "url": without_credentials(exchange.url),
        "status": exchange.status,
        "milliseconds": exchange.milliseconds,
        "detail": without_credentials(exchange.detail),
    }


def _owner(connection: Connection, firm: str | None, subject: Subject) -> str | None:
    """Source id of the invoice: by its deposit, by a document sent for it, else by a number that only it has."""
    if subject.submission_id:
        query = select(t.submission.c.source_id).where(t.submission.c.submission_id == subject.submission_id)
        holder: str | None = connection.scalar(query)
        return holder
    invoice, attempt = t.invoice.c, t.attempt.c
    named = select(invoice.source_id).where(invoice.number == subject.number)
    if firm is not None:
        named = named.where(invoice.firm == firm)
    sent = named.join(t.attempt, attempt.source_id == invoice.source_id).where(attempt.sha256 == subject.sha256)
    found: str | None = connection.scalars(sent.limit(1)).first()
    if found is None:
        candidates = connection.scalars(named.limit(2)).all()
        found = candidates[0] if len(candidates) == 1 else None
    return found
