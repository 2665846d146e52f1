"""Snapshot → document and report, by the settings alone, several at a time: what a worker process is given to do."""

from __future__ import annotations

from collections.abc import Sequence

from pdp_bridge.delivery import with_remarks
from pdp_bridge.document.assembly import building
from pdp_bridge.errors import without_frames
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.model.seller import Seller
from pdp_bridge.ports import Made, MakeEach
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.together import Steps, together
from pdp_bridge.validation.judge import judging


def maker(seller: Seller, style: PageStyle) -> MakeEach:
    """Snapshots → documents and reports, in order, or what was raised over one."""

    def making(snapshot: Snapshot) -> Steps[Made]:
        invoice = to_invoice(snapshot.payload, seller)
        yield
        return (yield from proving(invoice, style, vat_by_line=seller.policy.relaxed_rounding))

    def make(snapshots: Sequence[Snapshot]) -> list[Made | Exception]:
        outcomes = together(making(snapshot) for snapshot in snapshots)
        if len(snapshots) > 1:
            for place, outcome in enumerate(outcomes):
                if isinstance(outcome, MemoryError):  # the others may have filled it
                    without_frames(outcome)  # what it was made of is freed first
                    [outcomes[place]] = together([making(snapshots[place])])
        return outcomes

    return make


def proving(invoice: Invoice, style: PageStyle, *, vat_by_line: bool = False) -> Steps[Made]:
    """Invoice → document and report, in steps. Raises `DocumentError`."""
    document = yield from building(invoice, style)
    yield
    report = yield from judging(document, vat_by_line=vat_by_line)
    return document, with_remarks(invoice, report)
