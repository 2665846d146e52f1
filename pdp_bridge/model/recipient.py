"""A buyer in the directory of the French network: whether an invoice reaches its electronic address (BT-49), and when.

The directory (annuaire) is that of the public portal, as the platform shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pdp_bridge.model.codes import Scheme
from pdp_bridge.model.invoice import Invoice


class Reach(StrEnum):
    """What the directory says of an address."""

    REACHABLE = "reachable"
    UPCOMING = "upcoming"  # registered, from a later day on
    ABSENT = "absent"


class Demand(StrEnum):
    """What a public buyer's entry asks an invoice to bear."""

    COMMITMENT = "commitment"  # BT-13, numéro d'engagement
    SERVICE = "service"  # BT-10, code service
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What the directory says of one address. `since`: the first day of an upcoming one, when it is known."""

    address: str  # scheme and value: 0225:100000009
    reach: Reach
    since: date | None = None
    demands: frozenset[Demand] = frozenset()  # of a public buyer only

    def reachable_on(self, day: date) -> bool:
        """Whether an invoice arrives on that day, as far as this answer knows."""
        if self.reach is Reach.UPCOMING:
            return self.since is not None and self.since <= day
        return self.reach is Reach.REACHABLE


def address_of(invoice: Invoice) -> str | None:
    """The buyer's address as the directory writes it; None when it is of no scheme that the directory knows.

    >>> from pdp_bridge.testing import sample_invoice
    >>> address_of(sample_invoice())
    '0225:200000008'
    """
    address = invoice.buyer.electronic_address
    if address is None or address.scheme != Scheme.FRENCH_ADDRESS:
        return None
    return f"{address.scheme}:{address.value}"
