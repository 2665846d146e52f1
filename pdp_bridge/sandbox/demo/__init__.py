"""The demo's data: an invented firm, its customers and its invoices of autumn 2026, as Facturation.pro would give them.

Every number has the right shape (Luhn, VAT key, IBAN) and is borne by nobody: SIREN 100 00x xxx, bank 99999.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

_AHEAD = timedelta(days=30)


def firm(today: date) -> Mapping[str, Any]:
    """The firm's records, as `Firm.load` takes them; `unreachable` holds the SIREN that no invoice reaches.

    The invoices listed under `future` are dated a month after `today`, so that they stay to come.
    """
    data: dict[str, Any] = json.loads(files(__package__).joinpath("firm.json").read_text("utf-8"))
    later = set(data["future"])
    for invoice in data["invoices"]:
        if invoice["id"] in later:
            invoice["invoiced_on"] = (today + _AHEAD).isoformat()
            invoice["term_on"] = (today + 2 * _AHEAD).isoformat()
    return data


def settings_text() -> str:
    """The seller's settings file (TOML). Addresses and credentials of the services come from the environment."""
    return files(__package__).joinpath("settings.toml").read_text("utf-8")
