"""A document: the exact bytes that are judged, sent and kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from pdp_bridge.model.invoice import Invoice


class MediaType(StrEnum):
    """What the bytes are."""

    FACTUR_X = "application/pdf"
    CII = "application/xml"


@dataclass(frozen=True, kw_only=True)
class Document:
    """One Factur-X PDF or CII XML.

    `content` is what travels; `xml` the CII message (the same bytes for a bare XML; empty when a PDF carries none).
    `invoice` is what was read back from `xml`, never the model it was written from, so that checks judge what is sent;
    None when the message cannot be read, and `problem` (English) and `problem_fr` (French) say why.
    """

    content: bytes
    xml: bytes
    media_type: MediaType
    invoice: Invoice | None = None
    problem: str | None = None
    problem_fr: str | None = None

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of `content`: the identity of the document."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def seller(self) -> str:
        """Whose numbering the invoice belongs to: BT-30 of its seller, else BT-31, else BT-27; empty when unreadable."""
        if self.invoice is None:
            return ""
        seller = self.invoice.seller
        return seller.siren or seller.vat_number or seller.name

    @property
    def filename(self) -> str:
        """A name made of safe characters only: seller SIREN, invoice number, start of the hash."""
        number = self.invoice.number if self.invoice else "document"
        siren = (self.invoice.seller.siren if self.invoice else None) or "seller"
        safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in f"{siren}_{number}")
        suffix = "pdf" if self.media_type is MediaType.FACTUR_X else "xml"
        return f"{safe[:80]}_{self.sha256[:12]}.{suffix}"
