"""Snapshot → document and report, by the settings alone, several at a time: what a worker process is given to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from pdp_bridge.delivery import with_remarks
from pdp_bridge.document.assembly import building
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.model.seller import Seller
from pdp_bridge.ports import Made, MakeEach
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.together import Steps, together
from pdp_bridge.validation.judge import judging

_Piece = TypeVar("_Piece")

MOST_LINES = 500
"""Lines of invoices that are made together: those of a long invoice fill the memory alone."""


def maker(seller: Seller, style: PageStyle) -> MakeEach:
    """Snapshots → documents and reports, in order, or what was raised over one."""

    def making(snapshot: Snapshot) -> Steps[Made]:
        invoice = to_invoice(snapshot.payload, seller)
        yield
        return (yield from proving(invoice, style, vat_by_line=seller.policy.relaxed_rounding))

    def make(snapshots: Sequence[Snapshot]) -> list[Made | Exception]:
        several = portions(snapshots, _lines)
        return [outcome for portion in several for outcome in together(making(snapshot) for snapshot in portion)]

    return make


def portions(pieces: Iterable[_Piece], lines: Callable[[_Piece], int]) -> Iterator[list[_Piece]]:
    """What may be made together, in order: several of few lines, or one of many.

    >>> list(portions([200, 200, 200, 700, 10, 10], int))
    [[200, 200], [200], [700], [10, 10]]
    """
    portion: list[_Piece] = []
    so_far = 0
    for piece in pieces:
        so_far += lines(piece)
        if portion and so_far > MOST_LINES:
            yield portion
            portion, so_far = [], lines(piece)
        portion.append(piece)
    if portion:
        yield portion


def _lines(snapshot: Snapshot) -> int:
    invoice = snapshot.payload.get("invoice")
    items = invoice.get("items") if isinstance(invoice, dict) else None
    return len(items) if isinstance(items, list) else 0


def proving(invoice: Invoice, style: PageStyle, *, vat_by_line: bool = False) -> Steps[Made]:
    """Invoice → document and report, in steps. Raises `DocumentError`."""
    document = yield from building(invoice, style)
    yield
    report = yield from judging(document, vat_by_line=vat_by_line)
    return document, with_remarks(invoice, report)
