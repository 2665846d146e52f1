"""The pages of a list: what one holds, when the source served it, how many there may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pdp_bridge.errors import SourceError
from pdp_bridge.source.facturation_pro.answer import Pagination

PER_PAGE = 50
SPARE_PAGES = 5
"""Pages read beyond the announced number before the paging is declared endless."""

ENDLESS = 10_000
"""Pages read when no number was announced."""

POISONED = frozenset({"BAD_RESPONSE", "SERVER_ERROR"})
"""Codes of what one page alone may suffer from, because of a record in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a list. `total` is what the source announced; `served_at` its own clock, UTC."""

    rows: tuple[Mapping[str, Any], ...] = ()
    total: int | None = None
    served_at: datetime | None = None
    problem: SourceError | None = None  # why this page alone could not be read


def served_at(header: str | None) -> datetime | None:
    """The instant of a `Date` header; None when it is not one."""
    try:
        moment = parsedate_to_datetime(header or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def page_cap(pagination: Pagination) -> int:
    """The number of pages beyond which the paging is endless."""
    if pagination.last is None and pagination.total is None:
        return ENDLESS
    return max(pagination.last or 0, -(-(pagination.total or 0) // (pagination.per_page or PER_PAGE))) + SPARE_PAGES
