"""Before sending: does an invoice reach its buyer, and may its seller deposit at all? Asked once, and remembered.

An answer is good for a while: a day when the buyer can be reached, an hour otherwise. A directory that cannot be asked
is no reason to refuse: an address that could be reached not long ago is taken at its word, any other is asked later.
Routes: facturation-pro.md §5; directory: iopole-api.md §4.4.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pdp_bridge.errors import PlatformError, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.document import Document
from pdp_bridge.model.hindrance import buyer_absent, buyer_upcoming, reference_demanded
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.recipient import Demand, Reach, Recipient, address_of
from pdp_bridge.ports import Clock, Platform

REACHABLE_FOR = timedelta(hours=24)
"""How long a buyer that can be reached is not asked for again: the directory is updated daily."""

OTHERWISE_FOR = timedelta(hours=1)
"""How long an absent or upcoming address is not asked for again."""

LAST_RESORT = timedelta(days=30)
"""While the directory cannot be asked: how old the last answer may be for a buyer that could be reached."""

ENROLLED_FOR = timedelta(hours=24)
"""How often the seller's enrolment is asked for."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An answer of the directory, and when it was given (UTC)."""

    recipient: Recipient
    checked_at: datetime


class Memory(Protocol):
    """Where answers are kept."""

    def recall(self, address: str) -> Known | None:
        """The last answer about an address."""
        ...

    def remember(self, known: Known) -> None:
        """Keep an answer in the place of the one before."""
        ...


class Overlay:
    """What is learnt meanwhile, above a memory that is only read."""

    def __init__(self, beneath: Memory | None = None) -> None:
        self._beneath = beneath
        self._learnt: dict[str, Known] = {}

    def recall(self, address: str) -> Known | None:
        """What was learnt meanwhile, else what is beneath."""
        return self._learnt.get(address) or (self._beneath.recall(address) if self._beneath else None)

    def remember(self, known: Known) -> None:
        """Until this object is forgotten."""
        self._learnt[known.recipient.address] = known


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The directory of the French network, as far as invoices are to be sent by it."""

    platform: Platform
    memory: Memory
    clock: Clock

    def require(self, document: Document) -> None:
        """The buyer of the document can be reached today.

        Raises `Held` until it can, `MappingError` when a public buyer asks for what the invoice does not say, and
        `PlatformError` when nobody can tell.
        """
        invoice = document.invoice
        address = address_of(invoice) if invoice is not None else None
        if invoice is None or address is None:
            return  # judged elsewhere: no address of another scheme passes the official rules
        recipient = self.recipient(address)
        if not recipient.reachable_on(self.clock().date()):
            if recipient.reach is Reach.UPCOMING:
                raise buyer_upcoming(invoice.number, address, recipient.since)
            raise buyer_absent(invoice.number, address)
        _require_references(invoice, recipient)

    def recipient(self, address: str) -> Recipient:
        """What the directory says of an address, now or a short while ago. Raises `PlatformError`."""
        now, known = self.clock(), self.memory.recall(address)
        if known is not None and _fresh(known, now):
            return known.recipient
        try:
            found = self.platform.recipient(address, now.date())
        except PlatformError as error:
            if known is not None and _could_be_reached(known, now):
                _log.warning("directory not asked, its answer of %s is taken: %s", known.checked_at, error)
                return known.recipient
            if isinstance(error, PlatformRefused) and error.code != "AUTH_FAILED":
                raise _unavailable(error) from error
            raise
        if not found.demands:  # which are asked for each time: a public body may change them any day
            self.memory.remember(Known(recipient=found, checked_at=now))
        return found

    def knows(self, document: Document) -> bool:
        """Whether `require` can tell without asking."""
        address = address_of(document.invoice) if document.invoice is not None else None
        known = self.memory.recall(address) if address is not None else None
        return address is None or (known is not None and _fresh(known, self.clock()))


def _fresh(known: Known, now: datetime) -> bool:
    recipient = known.recipient
    if recipient.reach is Reach.UPCOMING and recipient.reachable_on(now.date()):
        return False  # its day has come: it is asked whether it still holds
    age = REACHABLE_FOR if recipient.reach is Reach.REACHABLE else OTHERWISE_FOR
    return timedelta(0) <= now - known.checked_at < age


def _could_be_reached(known: Known, now: datetime) -> bool:
    return known.recipient.reachable_on(now.date()) and now - known.checked_at <= LAST_RESORT


def _unavailable(error: PlatformRefused) -> PlatformUnavailable:
    return PlatformUnavailable(
        f"{error}. The buyer is looked up again later; policy.directory_check = false sends without looking",
        code="DIRECTORY_UNAVAILABLE",
        status=error.status,
        request_id=error.request_id,
    )


def _require_references(invoice: Invoice, recipient: Recipient) -> None:
    """Raises `MappingError` for what a public buyer demands (BT-10, BT-13)."""
    service, commitment = bool(invoice.buyer_reference), bool(invoice.order_reference)
    if Demand.COMMITMENT in recipient.demands and not commitment:
        raise reference_demanded(invoice.number, term="BT-13")
    if Demand.SERVICE in recipient.demands and not service:
        raise reference_demanded(invoice.number, term="BT-10")
    if Demand.EITHER in recipient.demands and not (service or commitment):
        raise reference_demanded(invoice.number, term="BT-13")


# -- the seller ------------------------------------------------------------------------------------------------------


class Enrolments(Protocol):
    """When the platform last said that the seller is enrolled."""

    def enrolled_at(self) -> datetime | None:
        """UTC; None when it never did."""
        ...

    def was_enrolled(self, at: datetime) -> None:
        """It just did."""
        ...


def require_enrolled(platform: Platform, memory: Enrolments, siren: str, clock: Clock) -> None:
    """The platform takes this seller's invoices, as far as it says; asked once a day.

    Raises `PlatformRefused` (`SELLER_NOT_ENROLLED`) when it says that it does not: then it is asked each time.
    """
    now, last = clock(), memory.enrolled_at()
    if last is not None and timedelta(0) <= now - last < ENROLLED_FOR:
        return
    try:
        enrolled = platform.enrolled(siren)
    except PlatformError as error:
        if error.code == "AUTH_FAILED":
            raise
        _log.warning("enrolment of the seller not asked: %s", error)
        return
    if enrolled is False:
        raise not_enrolled(siren)
    if enrolled:
        memory.was_enrolled(now)


def not_enrolled(siren: str) -> PlatformRefused:
    """Nothing may be sent for this seller."""
    return PlatformRefused(
        f"Nothing is sent: Iopole says that the seller, SIREN {siren}, is not enrolled for this customer. Finish the "
        "enrolment at Iopole, or check seller.siren and platform.customer_id",
        code="SELLER_NOT_ENROLLED",
    )
