"""One deposit as the platform lists it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """`number` (BT-1) and `at` are None while the platform has not read the file, or does not say."""

    id: str
    number: str | None = None
    at: datetime | None = None  # UTC
