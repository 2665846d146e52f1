"""A Facturation.pro record in the words of EN 16931: `to_invoice`, pure, from JSON to the model.

The invoice is stated as it was issued. What the source does not hold comes from the settings; nothing is invented;
whatever is missing or impossible is a named error with the field to correct (facturation-pro.md §3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pdp_bridge.errors import Held, MappingError
from pdp_bridge.model.codes import (
    PREPAYMENT_TYPES,
    BillingFramework,
    Operation,
    Scheme,
    VatCategory,
    VatPoint,
)
from pdp_bridge.model.invoice import (
    Address,
    Delivery,
    ElectronicAddress,
    Invoice,
    Party,
    RowKind,
    VatBreakdown,
)
from pdp_bridge.model.report import Finding
from pdp_bridge.model.seller import Seller
from pdp_bridge.source.facturation_pro import currency as money_codes
from pdp_bridge.source.facturation_pro import route
from pdp_bridge.source.facturation_pro.buyer import Buyer, buyer_of
from pdp_bridge.source.facturation_pro.exemptions import Situation
from pdp_bridge.source.facturation_pro.files import Attached, attached
from pdp_bridge.source.facturation_pro.findings import problem
from pdp_bridge.source.facturation_pro.items import Item, items_of
from pdp_bridge.source.facturation_pro.kinds import INVOICE_NUMBER, Kind, kind_of, operation_of
from pdp_bridge.source.facturation_pro.lines import Sheet, lines_of, sheet_of
from pdp_bridge.source.facturation_pro.notes import language_of, notes_of
from pdp_bridge.source.facturation_pro.payment import due_of, mandate_remarks, payment_of, settled_at_issue
from pdp_bridge.source.facturation_pro.record import Record
from pdp_bridge.source.facturation_pro.rows import dressing_of, subsidies_of, subsidy_notes
from pdp_bridge.source.facturation_pro.selection import number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sale:
    """What is established before the terms of payment: who, what kind of document, which lines and totals."""

    invoice: Record
    number: str
    issued: date
    currency: str
    kind: Kind
    buyer: Buyer
    items: tuple[Item, ...]
    sheet: Sheet
    operation: Operation
    vat_point: VatPoint | None
    remarks: tuple[Finding, ...]


def to_invoice(payload: Mapping[str, Any], seller: Seller) -> Invoice:
    """The invoice that a snapshot's payload holds. Raises `MappingError` or `Held`.

    `payload`: `invoice` and `customer` as the API gives them, `kind` and `kind_known`, `preceding`, `quote`.
    """
    record = Record(payload, "payload")
    return _stated(record, _sale(record, seller), seller)


def _sale(payload: Record, seller: Seller) -> _Sale:
    invoice = payload.record("invoice") or Record({}, "payload.invoice")
    number, issued = _number(invoice), _issued(invoice)
    items = items_of(invoice)
    priced = [item.record for item in items if item.kind is RowKind.LINE]
    remarks = route.require_sale(invoice, priced)
    buyer = buyer_of(payload, invoice, seller)
    currency = money_codes.currency_of(invoice)
    kind = kind_of(payload, invoice, priced)
    situation = _situation(buyer, kind, seller)
    sheet = sheet_of(invoice, items, subsidies_of(items), -1 if kind.credit else 1, seller, situation)
    breakdown = sheet.closing.breakdown
    money_codes.require_whole(currency, [sheet.closing.total_with_vat, *(line.total for line in sheet.priced)])
    _require_positive(kind, sheet, invoice)
    route.require_taxable(breakdown, send_exempt=seller.policy.send_exempt)
    operation = operation_of(invoice, [line.item.record for line in sheet.priced], seller)
    return _Sale(
        invoice=invoice,
        number=number,
        issued=issued,
        currency=currency,
        kind=kind,
        buyer=buyer,
        items=items,
        sheet=sheet,
        operation=operation,
        vat_point=_vat_point(operation, kind, breakdown, seller),
        remarks=(*remarks, *buyer.remarks, *kind.remarks, *sheet.remarks),
    )


def _stated(payload: Record, sale: _Sale, seller: Seller) -> Invoice:
    invoice, closing, language = sale.invoice, sale.sheet.closing, language_of(sale.invoice)
    customer = payload.record("customer") or Record({}, "payload.customer")
    settled = settled_at_issue(invoice, sale.issued, closing.payable, sale.kind)
    due = due_of(invoice, sale.issued, sale.kind, settled, seller)
    further = subsidy_notes(sale.items, sale.currency, language)
    notes = notes_of(invoice, payload.record("quote"), seller, sale.vat_point, further)
    accounting = money_codes.accounting_of(invoice, sale.currency, closing.vat_total, closing.total_with_vat)
    dressing = dressing_of(sale.items, [line.item for line in sale.sheet.priced], closing.nets, language)
    lines, unit_remarks = lines_of(sale.sheet, dressing.notes, seller.policy, language)
    outside = any(group.category == VatCategory.OUT_OF_SCOPE for group in closing.breakdown)
    policy = seller.policy
    files = attached(list(payload.records("files"))) if policy.attach_files else Attached()
    payment = payment_of(invoice, customer, sale.kind, settled, seller, sale.number)
    mandate = mandate_remarks(payment, invoice, settled, seller)
    return Invoice(
        number=sale.number,
        issue_date=sale.issued,
        type=sale.kind.type,
        currency=sale.currency,
        seller=_seller_party(seller, outside=outside),
        buyer=replace(sale.buyer.party, vat_number=None) if outside else sale.buyer.party,
        lines=lines,
        vat_breakdown=closing.breakdown,
        totals=closing.totals(paid=settled.paid, vat_total_accounting=accounting.vat_total),
        framework=_framework(sale.operation, sale.kind, in_full=settled.in_full),
        vat_currency=accounting.currency,
        vat_point=sale.vat_point,
        due_date=due.date,
        buyer_reference=customer.line(policy.buyer_reference_field) if policy.buyer_reference_field else None,
        contract_reference=customer.line(policy.contract_field) if policy.contract_field else None,
        order_reference=invoice.line("purchase_number"),
        payment_terms=due.terms,
        notes=notes.notes,
        preceding=sale.kind.preceding,
        delivery=_delivery(invoice, sale.buyer.party, closing.breakdown),
        payment=payment,
        allowances=closing.allowances,
        attachments=files.attachments,
        title=invoice.text("title"),
        language=language,
        rows=dressing.rows,
        remarks=(
            *sale.remarks,
            *settled.remarks,
            *due.remarks,
            *notes.remarks,
            *accounting.remarks,
            *unit_remarks,
            *mandate,
            *files.remarks,
        ),
    )


def _number(invoice: Record) -> str:
    """BT-1, as printed; it can never be rewritten."""
    number = number_of(invoice.data)
    if number is None or not INVOICE_NUMBER.fullmatch(number):
        raise problem(
            "INVOICE_NUMBER_INVALID",
            term="BT-1",
            field="full_invoice_ref",
            value=number,
            message="The invoice number may hold 35 characters at most, letters, digits and + - _ / only: change the "
            "numbering prefix for the next invoices; this one cannot be sent under its number.",
            message_fr="Le numéro de facture doit tenir en 35 caractères, lettres, chiffres et + - _ / seulement : "
            "changez le préfixe de numérotation pour les prochaines factures ; celle-ci ne peut être envoyée sous son "
            "numéro.",
        )
    return number


def _issued(invoice: Record) -> date:
    issued = invoice.day("invoiced_on")
    if issued is None:
        raise invoice.invalid_day("invoiced_on", None)
    return issued


def _situation(buyer: Buyer, kind: Kind, seller: Seller) -> Situation:
    return Situation(
        regime=seller.vat_regime,
        franchise_text=seller.franchise_text,
        buyer_country=buyer.party.address.country,
        buyer_postcode=buyer.party.address.postcode,
        buyer_vat=buyer.party.vat_number,
        buyer_siren=buyer.party.siren,
        seller_vat=seller.party.vat_number,
        type_code=kind.type,
        configured=seller.policy.exemptions,
    )


def _require_positive(kind: Kind, sheet: Sheet, invoice: Record) -> None:
    """A credit note's total is positive in the document: at the source it must be negative."""
    if not kind.credit or sheet.closing.total_with_vat > 0:
        return
    raise Held(
        problem(
            "CREDIT_NOTE_SIGN",
            term="BT-112",
            field="items",
            value=invoice.decimal("total_with_vat"),
            message="This credit note has no negative total: decide with your accountant whether it is a credit note "
            "or an invoice.",
            message_fr="Cet avoir n’a pas un total négatif : décidez avec votre comptable s’il s’agit d’un avoir ou "
            "d’une facture.",
        ).finding
    )


def _vat_point(
    operation: Operation, kind: Kind, breakdown: tuple[VatBreakdown, ...], seller: Seller
) -> VatPoint | None:
    """BT-8, one value for all groups: None without VAT, and for goods and services together on receipts."""
    if not any(group.category == VatCategory.STANDARD for group in breakdown):
        return None
    if kind.type in PREPAYMENT_TYPES:
        return VatPoint.PAYMENT_DATE  # the VAT of a deposit is due when it is received, option or not
    if operation is Operation.GOODS:
        return VatPoint.DELIVERY_DATE
    if seller.vat_on_debits:
        return VatPoint.INVOICE_DATE
    return VatPoint.PAYMENT_DATE if operation is Operation.SERVICES else None


def _framework(operation: Operation, kind: Kind, *, in_full: bool) -> BillingFramework:
    """BT-23: 4 after deposits, 2 when nothing was left to pay at issue, else 1."""
    suffix = "4" if kind.final else "2" if in_full else "1"
    return BillingFramework.of(operation, suffix=suffix)


def _seller_party(seller: Seller, *, outside: bool) -> Party:
    """BG-4. Without a VAT number the SIREN stands as local tax number (BR-E-02); category O forbids both (BR-O-02)."""
    party = seller.party
    if party.electronic_address is None and party.siren:
        party = replace(party, electronic_address=ElectronicAddress(value=party.siren, scheme=Scheme.FRENCH_ADDRESS))
    if outside:
        return replace(party, vat_number=None, tax_number=None)
    if party.vat_number is None and party.tax_number is None:
        return replace(party, tax_number=party.siren)
    return party


def _delivery(invoice: Record, buyer: Party, breakdown: tuple[VatBreakdown, ...]) -> Delivery | None:
    """BG-13: the date when known; an intra-Community supply also says to which country (BR-IC-11, BR-IC-12)."""
    day = invoice.day("delivery_on")
    if not any(group.category == VatCategory.INTRA_COMMUNITY for group in breakdown):
        return Delivery(date=day) if day else None
    if day is None:
        raise _delivery_date_missing()
    country = {"EL": "GR", "XI": "GB"}.get((buyer.vat_number or "")[:2], (buyer.vat_number or "")[:2])
    return Delivery(date=day, address=Address(country=country))


def _delivery_date_missing() -> MappingError:
    return problem(
        "DELIVERY_DATE_MISSING",
        term="BT-72",
        field="delivery_on",
        value=None,
        message="An intra-Community supply needs its delivery date: enter it on the invoice.",
        message_fr="Une livraison intracommunautaire doit porter sa date de livraison : renseignez-la sur la facture.",
    )
