"""The present instant, where nobody gave another one: time is an argument everywhere else."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The machine's clock, in UTC. Satisfies `ports.Clock`."""
    return datetime.now(UTC)
