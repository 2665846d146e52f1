"""A person says that a deposit at the platform is the invoice's: believed when its bytes are ours, else on their word.

The bytes are downloaded from the platform and compared by SHA-256 with every document that was sent for the invoice, or
may have been. A file with other bytes is only taken when its XML states the same invoice and the person insists.
"""

from __future__ import annotations

from collections.abc import Iterator

from pdp_bridge.decisions.remedy import remedy
from pdp_bridge.delivery import prepare
from pdp_bridge.errors import NotAllowed
from pdp_bridge.model.document import Document
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.ports import Entry, State
from pdp_bridge.sending import Line

_CODE = "NOT_ADOPTABLE"


def adopt(line: Line, entry: Entry, submission_id: str, who: str, *, same_invoice: bool = False) -> str:
    """Record that the deposit is the invoice's; returns the SHA-256 of its bytes. Adopting it again changes nothing.

    `same_invoice`: the person confirms that other bytes are the same invoice. Raises `NotAllowed` (`NOT_ADOPTABLE`, or
    `OTHER_BYTES` when only that confirmation is missing), `PlatformRefused` for an unknown id, `FindingError` when
    there is nothing to compare with and the invoice cannot be stated.
    """
    held = dict(line.journal.deposits(entry.source_id))
    if entry.state is State.SENT and entry.submission_id == submission_id:
        return held[submission_id] or entry.sha256 or ""
    _require_adoptable(line, entry, submission_id)
    theirs = line.reopen(line.platform.download(submission_id))
    ours = list(_ours(line, entry))
    if theirs.sha256 not in {document.sha256 for document in ours}:
        _require_same(entry, ours[0], theirs, confirmed=same_invoice)
    line.journal.adopted(entry.source_id, submission_id, theirs, who)
    return theirs.sha256


def _require_adoptable(line: Line, entry: Entry, submission_id: str) -> None:
    holder = line.journal.entry(submission_id)
    others = holder is not None and holder.source_id != entry.source_id
    if holder is not None and others and submission_id in dict(line.journal.deposits(holder.source_id)):
        raise NotAllowed(
            f"Deposit {submission_id} cannot be adopted for invoice {entry.number}: it is the deposit of invoice "
            f"{holder.number} (source id {holder.source_id}). Check the id.",
            code=_CODE,
        )
    events = line.journal.events(entry.submission_id) if entry.submission_id else ()
    if not remedy(entry, events).may_adopt:
        raise NotAllowed(
            f"Invoice {entry.number} takes no other deposit: it was sent as {entry.submission_id}. See "
            f"`pdp-bridge correct {entry.number}` for what may be done.",
            code=_CODE,
        )


def _ours(line: Line, entry: Entry) -> Iterator[Document]:
    """Every document that was sent or may have been, the last first; else the one that would be."""
    kept = line.journal.attempted(entry.source_id)
    for sha256 in kept:
        yield line.reopen(line.journal.document(sha256))
    if not kept:
        yield prepare(line.source, line.journal, line.build, line.judge, entry)[0]


def _require_same(entry: Entry, ours: Document, theirs: Document, *, confirmed: bool) -> None:
    hashes = f"ours has the SHA-256 {ours.sha256}, the platform's {theirs.sha256}"
    if ours.invoice is None or theirs.invoice is None:
        raise NotAllowed(
            f"Invoice {entry.number}: the platform's file cannot be read as an invoice, and its bytes are not ours "
            f"({hashes}). Nothing was recorded.",
            code=_CODE,
        )
    differing = differences(ours.invoice, theirs.invoice)
    if differing:
        raise NotAllowed(
            f"Invoice {entry.number}: the platform's file is another invoice ({', '.join(differing)} differ; "
            f"{hashes}). Nothing was recorded.",
            code=_CODE,
        )
    if not confirmed:
        raise NotAllowed(
            f"Invoice {entry.number}: the platform's file has other bytes, and states the same number, date, parties "
            f"and totals ({hashes}). Compare both, then confirm with --same-invoice. Nothing was recorded.",
            code="OTHER_BYTES",
        )


def differences(ours: Invoice, theirs: Invoice) -> tuple[str, ...]:
    """The terms, of those that make an invoice what it is, in which two invoices differ.

    >>> from pdp_bridge.testing import changed, sample_invoice
    >>> differences(sample_invoice("F-1"), changed(sample_invoice("F-1"))), differences(
    ...     sample_invoice("F-1"), sample_invoice("F-2", hours=3))
    ((), ('BT-1', 'BT-109', 'BT-110', 'BT-112', 'BT-115'))
    """
    pairs = zip(_identity(ours), _identity(theirs), strict=True)
    return tuple(term for (term, one), (_, other) in pairs if one != other)


def _identity(invoice: Invoice) -> tuple[tuple[str, object], ...]:
    totals = invoice.totals
    return (
        ("BT-1", invoice.number),
        ("BT-2", invoice.issue_date),
        ("BT-3", invoice.type),
        ("BT-5", invoice.currency),
        ("BT-30", (invoice.seller.siren, invoice.seller.vat_number)),
        ("BT-47", (invoice.buyer.siren, invoice.buyer.vat_number)),
        ("BT-109", totals.total_without_vat),
        ("BT-110", totals.vat_total),
        ("BT-112", totals.total_with_vat),
        ("BT-115", totals.due),
    )
