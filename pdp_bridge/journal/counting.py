"""Counting that stops: what is only told, and decides nothing, costs the same in a journal of many years."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

MOST_COUNTED = 50_000
"""What is only counted is counted so far: this number means as many or more. Nothing is decided by it."""


def counted(rows: Select[Any]) -> Select[int]:
    """How many rows there are, up to `MOST_COUNTED`."""
    return select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery())


def counted_by(rows: Select[Any]) -> Select[Any, int]:
    """How many of the first `MOST_COUNTED` rows have each value of their one column."""
    some = rows.limit(MOST_COUNTED).subquery()
    (value,) = some.c
    return select(value, func.count()).group_by(value)
