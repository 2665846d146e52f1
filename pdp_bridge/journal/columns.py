"""Kinds of columns that both databases keep alike: instants in UTC, and issue dates that sort."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Date, DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; sorts as text in SQLite. Refuses a moment without time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class IssueDate(TypeDecorator[date]):
    """BT-2, always present so that invoices can be read in order: an invoice without one comes first."""

    impl = Date()
    cache_ok = True

    def process_bind_param(self, value: date | None, _dialect: Dialect) -> date:
        return date.min if value is None else value

    def process_result_value(self, value: date | None, _dialect: Dialect) -> date | None:
        return None if value == date.min else value
