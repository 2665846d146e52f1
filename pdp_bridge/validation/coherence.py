"""Obligations on how data agree (BR-CO-25, BR-FR-CO-*) and how numbers are written (BR-FR-DEC-*), in rule order.

BR-FR-Flux2 for CII, edition 1.4.0.04, for the documents we make; see `french`, which runs them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from pdp_bridge.model.codes import CREDIT_NOTE_TYPES, PREPAYMENT_TYPES, Scheme
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.money import ZERO
from pdp_bridge.model.report import Finding
from pdp_bridge.validation.advice import broken
from pdp_bridge.validation.sides import decimals, rates, sides

_CORRECTIVE_TYPES = frozenset({"384", "471", "472", "473"})
_PAID = frozenset({"B2", "S2", "M2"})
_FINAL = frozenset({"B4", "S4", "M4"})
_BILATERAL = frozenset({"B9", "S9", "M9"})
_WITHOUT_TERMS = "urn:factur-x.eu:1p0:minimum"
_GLOBAL_DISCOUNT = "262"

Rule = Callable[[Invoice], Iterator[Finding]]


def br_co_25(invoice: Invoice) -> Iterator[Finding]:
    """An invoice with an amount due says when: the due date or the payment terms.

    EN 16931-1, BR-CO-25, and article L441-9 of the code de commerce. Edition 1.3.16 of the official file left the rule
    out by mistake (ConnectingEurope/eInvoicing-EN16931, issue 500). A credit note asks for no payment.
    """
    told = invoice.due_date is not None or bool(invoice.payment_terms)
    asks = invoice.totals.due > 0 and invoice.type not in CREDIT_NOTE_TYPES
    if asks and not told and invoice.profile != _WITHOUT_TERMS:
        yield broken("BR-CO-25", "BT-9", None)


def br_fr_co_03(invoice: Invoice) -> Iterator[Finding]:
    """A global-discount credit note names its contract and the whole billed period.

    BR-FR-CO-03, on BT-3, BT-12, BT-73 and BT-74.
    """
    period = invoice.period
    if invoice.type == _GLOBAL_DISCOUNT and not (invoice.contract_reference and period and period.start and period.end):
        yield broken("BR-FR-CO-03", "BT-12", invoice.contract_reference)


def br_fr_co_04(invoice: Invoice) -> Iterator[Finding]:
    """A corrective invoice names exactly one invoice.

    BR-FR-CO-04, on BG-3.
    """
    if invoice.type in _CORRECTIVE_TYPES and len(invoice.preceding) != 1:
        yield broken("BR-FR-CO-04", "BG-3", len(invoice.preceding))


def br_fr_co_05(invoice: Invoice) -> Iterator[Finding]:
    """A credit note names the invoice it corrects, with its date.

    BR-FR-CO-05, on BT-25 and BT-26; the references of single lines are left to the official file.
    """
    dated = any(preceding.issue_date is not None for preceding in invoice.preceding)
    if invoice.type in CREDIT_NOTE_TYPES and "extended" not in invoice.profile and not dated:
        yield broken("BR-FR-CO-05", "BT-25", None)


def br_fr_co_07(invoice: Invoice) -> Iterator[Finding]:
    """The due date does not come before the issue date, except for deposits and paid invoices.

    BR-FR-CO-07, on BT-9.
    """
    free = invoice.type in PREPAYMENT_TYPES or invoice.framework in _PAID
    if invoice.due_date and invoice.due_date < invoice.issue_date and not free:
        yield broken("BR-FR-CO-07", "BT-9", invoice.due_date)


def br_fr_co_08(invoice: Invoice) -> Iterator[Finding]:
    """A deposit is not in the framework of a final invoice.

    BR-FR-CO-08, on BT-23.
    """
    if invoice.framework in _FINAL and invoice.type in PREPAYMENT_TYPES:
        yield broken("BR-FR-CO-08", "BT-23", invoice.framework)


def br_fr_co_09(invoice: Invoice) -> Iterator[Finding]:
    """An invoice in a paid framework is wholly paid, leaves nothing due, and tells the payment date.

    BR-FR-CO-09, on BT-113, BT-115 and BT-9.
    """
    totals = invoice.totals
    settled = totals.paid == totals.total_with_vat and totals.due == ZERO and invoice.due_date is not None
    if invoice.framework in _PAID and not settled:
        yield broken("BR-FR-CO-09", "BT-113", totals.paid)


def br_fr_co_10(invoice: Invoice) -> Iterator[Finding]:
    """A party has one identifier of each scheme.

    BR-FR-CO-10, on BT-29 and BT-46.
    """
    for side in sides(invoice):
        schemes = Counter(identifier.scheme for identifier in side.party.other_ids if identifier.scheme)
        schemes[Scheme.SIRET] += side.party.siret is not None
        for scheme, count in schemes.items():
            if count > 1:
                yield broken("BR-FR-CO-10", side.ids, scheme, field=side.siret_field)


def br_fr_co_12(invoice: Invoice) -> Iterator[Finding]:
    """An invoice in another currency states its VAT total in euros.

    BR-FR-CO-12, on BT-6 and BT-111.
    """
    euros = invoice.vat_currency == "EUR" and invoice.totals.vat_total_accounting is not None
    if invoice.currency != "EUR" and not euros:
        yield broken("BR-FR-CO-12", "BT-6", invoice.vat_currency)


def br_fr_dec_02(invoice: Invoice) -> Iterator[Finding]:
    """A quantity has at most four decimals.

    BR-FR-DEC-02, on BT-129 and BT-149.
    """
    for line in invoice.lines:
        for term, quantity in (("BT-129", line.quantity), ("BT-149", line.base_quantity)):
            if quantity is not None and decimals(quantity) > 4:  # noqa: PLR2004 - the figure of the rule
                yield broken("BR-FR-DEC-02", term, quantity)


def br_fr_dec_03(invoice: Invoice) -> Iterator[Finding]:
    """A price is not negative and has at most six decimals.

    BR-FR-DEC-03, on BT-146, BT-147 and BT-148; negative prices exist in frameworks B9, S9 and M9 only.
    """
    negative = invoice.framework in _BILATERAL
    for line in invoice.lines:
        for term, price in (("BT-146", line.unit_price), ("BT-147", line.price_discount), ("BT-148", line.gross_price)):
            if price is not None and ((price < 0 and not negative) or decimals(price) > 6):  # noqa: PLR2004
                yield broken("BR-FR-DEC-03", term, price)


def br_fr_dec_04(invoice: Invoice) -> Iterator[Finding]:
    """A VAT rate has at most two decimals.

    BR-FR-DEC-04, on BT-96, BT-103, BT-119 and BT-152.
    """
    for term, rate in rates(invoice):
        if decimals(rate) > 2:  # noqa: PLR2004 - the figure of the rule
            yield broken("BR-FR-DEC-04", term, rate)


RULES: tuple[Rule, ...] = (
    br_co_25,
    br_fr_co_03,
    br_fr_co_04,
    br_fr_co_05,
    br_fr_co_07,
    br_fr_co_08,
    br_fr_co_09,
    br_fr_co_10,
    br_fr_co_12,
    br_fr_dec_02,
    br_fr_dec_03,
    br_fr_dec_04,
)
