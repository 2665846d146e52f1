"""What each callback means, once it is known to be Iopole's: recorded before it is answered.

Statuses and announcements go into the journal's log, where each id is kept once. An invoice that was received from a
supplier is not this connector's to process, but a delivery that is answered 2xx will not come again: its exact bytes
are kept in a folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from pdp_bridge.errors import JournalError
from pdp_bridge.ports import Clock
from pdp_bridge.server.multipart import NotMultipart, Part, parts
from pdp_bridge.server.refusal import Reason, Refused
from pdp_bridge.server.spool import Extent, Spooled, digest_of, keep
from pdp_bridge.transmission.iopole import mapping
from pdp_bridge.transmission.iopole.feed import feed

if TYPE_CHECKING:
    from pdp_bridge.journal.store import SqlJournal

ORIGIN = "webhook"
LONGEST_FIELD = 1024
"""Bytes of a form field that is not the file."""


class Kind(StrEnum):
    """The three callbacks, as their addresses end."""

    STATUS = "status"
    EVENTS = "events"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was recorded, for the log: ids only. `new` is False when it was there already."""

    new: bool
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A body on disk and what it is. `file` and `fields` are there in a multipart body only."""

    kind: Kind
    body: Spooled
    checksum: str  # what the signature speaks of
    file: Extent | None = None
    fields: dict[str, str] | None = None


def opened(kind: Kind, body: Spooled, content_type: str) -> Delivery:
    """The delivery with its checksum: of the body, or of the part `file` alone. Raises `Refused` (`UNREADABLE`)."""
    if kind is not Kind.INVOICE:
        return Delivery(kind=kind, body=body, checksum=body.sha256)
    try:
        given = parts(body.path, content_type)
    except NotMultipart as error:
        raise Refused(Reason.UNREADABLE) from error
    file = next((part.extent for part in given if part.name == "file"), None)
    if file is None:
        raise Refused(Reason.UNREADABLE)
    fields = {part.name: _field(body.path, part) for part in given if part.name != "file"}
    return Delivery(kind=kind, body=body, checksum=digest_of(body.path, file), file=file, fields=fields)


def _field(path: Path, part: Part) -> str:
    size = min(part.extent.end - part.extent.start, LONGEST_FIELD)
    with path.open("rb") as file:
        file.seek(part.extent.start)
        return file.read(size).decode("utf-8", "replace").strip()


class Intake:
    """Records deliveries in `journal`, and keeps received invoices in `folder`."""

    def __init__(self, journal: SqlJournal, folder: Path, clock: Clock) -> None:
        self._journal = journal
        self._folder = folder
        self._clock = clock

    def take(self, delivery: Delivery) -> Taken:
        """Record it; durable when this returns. Raises `Refused` (`UNREADABLE`, `NOT_STORED`)."""
        try:
            return self._invoice(delivery) if delivery.kind is Kind.INVOICE else self._events(delivery)
        except (JournalError, OSError) as error:
            raise Refused(Reason.NOT_STORED) from error

    def _events(self, delivery: Delivery) -> Taken:
        """Statuses or one announcement, whichever of the two addresses it came to; what we cannot read is kept too."""
        content, now = _json(delivery.body.path), self._clock()
        told = mapping.announcement(content, now)
        events = [told] if told is not None else feed(content, now)
        if not events:
            raise Refused(Reason.UNREADABLE)
        new = self._journal.received(events, ORIGIN)
        return Taken(new=new > 0, what=" ".join(f"{_word(e.code)}:{_id(e.submission_id)}" for e in events[:3]))

    def _invoice(self, delivery: Delivery) -> Taken:
        """Keep the file under its id and hash: the id is not covered by the signature, so it never overwrites."""
        if delivery.file is None or delivery.fields is None:
            raise Refused(Reason.UNREADABLE)
        invoice_id = _id(delivery.fields.get("invoiceId", ""))
        if invoice_id == NO_ID or delivery.file.end == delivery.file.start:
            raise Refused(Reason.UNREADABLE)
        key = f"{Kind.INVOICE}:{invoice_id}:{delivery.checksum}"
        if self._journal.knows_callback(key):
            return Taken(new=False, what=invoice_id)
        name = f"{invoice_id}-{delivery.checksum[:12]}{_suffix(delivery.body.path, delivery.file)}"
        keep(delivery.body.path, delivery.file, self._folder / name)
        return Taken(new=self._journal.take_callback(key, Kind.INVOICE), what=invoice_id)


NO_ID = "-"


def _id(text: str) -> str:
    """A UUID in its one form; `NO_ID` for anything else, which no log or file name repeats."""
    try:
        return str(UUID(text))
    except ValueError:
        return NO_ID


def _word(code: str) -> str:
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) <= 64 else NO_ID  # noqa: PLR2004 - a line


def _json(path: Path) -> object:
    """The body, read whole: only once it is known to be the platform's, and one at a time. Raises `Refused`."""
    content: object = mapping.body_of(path.read_bytes())
    if content is None:
        raise Refused(Reason.UNREADABLE)
    return content


def _suffix(path: Path, extent: Extent) -> str:
    with path.open("rb") as file:
        file.seek(extent.start)
        start = file.read(min(8, extent.end - extent.start))
    if start.startswith(b"%PDF-"):
        return ".pdf"
    return ".xml" if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else ".bin"
