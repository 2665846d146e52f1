"""Whose invoices a journal keeps: the firm at the source, its SIREN and its customer id at the platform, bound together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One company. `firm` is its number at the source; what is None is not known yet."""

    environment: str  # sandbox or production
    firm: str
    siren: str | None = None  # BT-30 of its invoices
    customer_id: str | None = None  # at the platform
    name: str | None = None
