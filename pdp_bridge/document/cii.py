"""Invoice → CII XML, one function per element group, in message order; pure and byte-reproducible.

UN/CEFACT Cross Industry Invoice D22B in the EN 16931 profile of Factur-X 1.09: the order of elements is that of its
XSD. Nothing is computed or rounded here: the message says what the model says.
"""

from __future__ import annotations

import base64

from pdp_bridge.document.element import SUPPORTING_DOCUMENT, Group, day, indicator, message, number, text
from pdp_bridge.model.codes import Scheme
from pdp_bridge.model.invoice import (
    Address,
    AllowanceCharge,
    Attachment,
    Contact,
    Delivery,
    Invoice,
    Line,
    LineAllowanceCharge,
    Party,
    Payment,
    Period,
    PrecedingInvoice,
    Totals,
    VatBreakdown,
)

_MANDATORY = "ram:ApplicableHeaderTradeDelivery"
"""The XSD wants it even when nothing is said of the delivery."""

_SELLER_TERMS = {
    "ids": "BT-29",
    "name": "BT-27",
    "legal_text": "BT-33",
    "legal_id": "BT-30",
    "trading_name": "BT-28",
    "contact": "BG-6",
    "address": "BG-5",
    "electronic_address": "BT-34",
    "vat_number": "BT-31",
    "tax_number": "BT-32",
}
_BUYER_TERMS = {
    "ids": "BT-46",
    "name": "BT-44",
    "legal_text": "BT-33",
    "legal_id": "BT-47",
    "trading_name": "BT-45",
    "contact": "BG-9",
    "address": "BG-8",
    "electronic_address": "BT-49",
    "vat_number": "BT-48",
    "tax_number": "BT-48",
}


def write(invoice: Invoice) -> bytes:
    """The CII message: UTF-8, declared, indented by two spaces; the same invoice always gives the same bytes.

    Raises `DocumentError` (`CHARACTER_ILLEGAL`) for a control character that XML cannot carry.
    """
    root = Group(None, "rsm:CrossIndustryInvoice")
    _context(root, invoice)
    _document(root, invoice)
    transaction = Group(root, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(transaction, line)
    _agreement(transaction, invoice)
    _delivery(transaction, invoice.delivery)
    _settlement(transaction, invoice)
    return message(root, _MANDATORY)


# Exchanged document


def _context(root: Group, invoice: Invoice) -> None:
    context = Group(root, "rsm:ExchangedDocumentContext")
    text(Group(context, "ram:BusinessProcessSpecifiedDocumentContextParameter"), "ram:ID", invoice.framework, "BT-23")
    text(Group(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", invoice.profile, "BT-24")


def _document(root: Group, invoice: Invoice) -> None:
    document = Group(root, "rsm:ExchangedDocument")
    text(document, "ram:ID", invoice.number, "BT-1")
    text(document, "ram:TypeCode", invoice.type, "BT-3")
    day(document, "ram:IssueDateTime", invoice.issue_date)  # BT-2
    for note in invoice.notes:
        included = Group(document, "ram:IncludedNote")
        text(included, "ram:Content", note.text, "BT-22")
        text(included, "ram:SubjectCode", note.subject, "BT-21")


# Lines


def _line(transaction: Group, line: Line) -> None:
    item = Group(transaction, "ram:IncludedSupplyChainTradeLineItem")
    document = Group(item, "ram:AssociatedDocumentLineDocument")
    text(document, "ram:LineID", line.id, "BT-126")
    text(Group(document, "ram:IncludedNote"), "ram:Content", line.note, "BT-127")
    product = Group(item, "ram:SpecifiedTradeProduct")
    text(product, "ram:SellerAssignedID", line.seller_item_id, "BT-155")
    text(product, "ram:Name", line.name, "BT-153")
    text(product, "ram:Description", line.description, "BT-154")
    _line_prices(item, line)
    number(Group(item, "ram:SpecifiedLineTradeDelivery"), "ram:BilledQuantity", line.quantity, unitCode=line.unit)
    _line_settlement(item, line)


def _line_prices(item: Group, line: Line) -> None:
    agreement = Group(item, "ram:SpecifiedLineTradeAgreement")
    if line.gross_price is not None:
        gross = Group(agreement, "ram:GrossPriceProductTradePrice")
        number(gross, "ram:ChargeAmount", line.gross_price)  # BT-148
        number(gross, "ram:BasisQuantity", line.base_quantity, unitCode=line.unit)
        if line.price_discount is not None:
            discount = Group(gross, "ram:AppliedTradeAllowanceCharge")
            indicator(discount, "ram:ChargeIndicator", value=False)
            number(discount, "ram:ActualAmount", line.price_discount)  # BT-147
    net = Group(agreement, "ram:NetPriceProductTradePrice")
    number(net, "ram:ChargeAmount", line.unit_price)  # BT-146
    number(net, "ram:BasisQuantity", line.base_quantity, unitCode=line.unit)  # BT-149, BT-150


def _line_settlement(item: Group, line: Line) -> None:
    settlement = Group(item, "ram:SpecifiedLineTradeSettlement")
    tax = Group(settlement, "ram:ApplicableTradeTax")
    text(tax, "ram:TypeCode", "VAT", "BT-151")
    text(tax, "ram:CategoryCode", line.category, "BT-151")
    number(tax, "ram:RateApplicablePercent", line.rate, 2)  # BT-152
    _period(settlement, line.period)  # BG-26
    for allowance in line.allowances:
        _allowance(settlement, allowance, "BT-139")
    summation = Group(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    number(summation, "ram:LineTotalAmount", line.net, 2)  # BT-131


# Agreement: the parties, and what they agreed on


def _agreement(transaction: Group, invoice: Invoice) -> None:
    agreement = Group(transaction, "ram:ApplicableHeaderTradeAgreement")
    text(agreement, "ram:BuyerReference", invoice.buyer_reference, "BT-10")
    _party(Group(agreement, "ram:SellerTradeParty"), invoice.seller, _SELLER_TERMS)
    _party(Group(agreement, "ram:BuyerTradeParty"), invoice.buyer, _BUYER_TERMS)
    _reference(agreement, "ram:BuyerOrderReferencedDocument", invoice.order_reference, "BT-13")
    _reference(agreement, "ram:ContractReferencedDocument", invoice.contract_reference, "BT-12")
    for attachment in invoice.attachments:
        _attachment(agreement, attachment)


def _party(element: Group, party: Party, terms: dict[str, str]) -> None:
    for identifier in party.other_ids:
        if identifier.scheme is None:
            text(element, "ram:ID", identifier.value, terms["ids"])
    text(element, "ram:GlobalID", party.siret, terms["ids"], schemeID=Scheme.SIRET)
    for identifier in party.other_ids:
        if identifier.scheme is not None:
            text(element, "ram:GlobalID", identifier.value, terms["ids"], schemeID=identifier.scheme)
    text(element, "ram:Name", party.name, terms["name"])
    text(element, "ram:Description", party.legal_text, terms["legal_text"])
    _legal_organization(element, party, terms)
    _contact(element, party.contact, terms["contact"])
    _address(element, party.address, terms["address"])
    if party.electronic_address:
        address = party.electronic_address
        communication = Group(element, "ram:URIUniversalCommunication")
        text(communication, "ram:URIID", address.value, terms["electronic_address"], schemeID=address.scheme or None)
    _tax_registration(element, party.vat_number, "VA", terms["vat_number"])
    _tax_registration(element, party.tax_number, "FC", terms["tax_number"])


def _legal_organization(element: Group, party: Party, terms: dict[str, str]) -> None:
    organization = Group(element, "ram:SpecifiedLegalOrganization")
    if party.siren:
        text(organization, "ram:ID", party.siren, terms["legal_id"], schemeID=Scheme.SIREN)
    elif party.legal_id:
        text(organization, "ram:ID", party.legal_id.value, terms["legal_id"], schemeID=party.legal_id.scheme)
    text(organization, "ram:TradingBusinessName", party.trading_name, terms["trading_name"])


def _contact(element: Group, contact: Contact | None, term: str) -> None:
    if contact is None:
        return
    defined = Group(element, "ram:DefinedTradeContact")
    text(defined, "ram:PersonName", contact.name, term)
    text(Group(defined, "ram:TelephoneUniversalCommunication"), "ram:CompleteNumber", contact.phone, term)
    text(Group(defined, "ram:EmailURIUniversalCommunication"), "ram:URIID", contact.email, term)


def _address(element: Group, address: Address | None, term: str) -> None:
    if address is None:
        return
    postal = Group(element, "ram:PostalTradeAddress")
    text(postal, "ram:PostcodeCode", address.postcode, term)
    for name, line in zip(("ram:LineOne", "ram:LineTwo", "ram:LineThree"), address.lines, strict=False):
        text(postal, name, line, term)
    text(postal, "ram:CityName", address.city, term)
    text(postal, "ram:CountryID", address.country, term)
    text(postal, "ram:CountrySubDivisionName", address.subdivision, term)


def _tax_registration(element: Group, value: str | None, scheme: str, term: str) -> None:
    text(Group(element, "ram:SpecifiedTaxRegistration"), "ram:ID", value, term, schemeID=scheme)


def _reference(agreement: Group, name: str, value: str | None, term: str) -> None:
    text(Group(agreement, name), "ram:IssuerAssignedID", value, term)


def _attachment(agreement: Group, attachment: Attachment) -> None:
    document = Group(agreement, "ram:AdditionalReferencedDocument")
    text(document, "ram:IssuerAssignedID", attachment.reference, "BT-122")
    text(document, "ram:TypeCode", SUPPORTING_DOCUMENT, "BT-122")
    text(document, "ram:Name", attachment.name, "BT-123")
    if attachment.content:
        encoded = base64.b64encode(attachment.content).decode("ascii")
        mime, filename = attachment.mime or "", attachment.filename or ""
        text(document, "ram:AttachmentBinaryObject", encoded, "BT-125", mimeCode=mime, filename=filename)


# Delivery


def _delivery(transaction: Group, delivery: Delivery | None) -> None:
    element = Group(transaction, "ram:ApplicableHeaderTradeDelivery")
    if delivery is None:
        return
    place = Group(element, "ram:ShipToTradeParty")
    text(place, "ram:Name", delivery.name, "BT-70")
    _address(place, delivery.address, "BG-15")
    day(Group(element, "ram:ActualDeliverySupplyChainEvent"), "ram:OccurrenceDateTime", delivery.date)  # BT-72


# Settlement: taxes, payment, totals


def _settlement(transaction: Group, invoice: Invoice) -> None:
    settlement = Group(transaction, "ram:ApplicableHeaderTradeSettlement")
    _payment(settlement, invoice)
    for breakdown in invoice.vat_breakdown:
        _vat(settlement, breakdown, invoice)
    _period(settlement, invoice.period)  # BG-14
    for allowance in invoice.allowances:
        _allowance(settlement, allowance, "BT-104" if allowance.charge else "BT-97")
    _payment_terms(settlement, invoice)
    _totals(settlement, invoice.totals, invoice)
    for preceding in invoice.preceding:
        _preceding(settlement, preceding)


def _payment(settlement: Group, invoice: Invoice) -> None:
    payment = invoice.payment
    debit = payment.direct_debit if payment else None
    text(settlement, "ram:CreditorReferenceID", debit.creditor_id if debit else None, "BT-90")
    text(settlement, "ram:PaymentReference", payment.reference if payment else None, "BT-83")
    text(settlement, "ram:TaxCurrencyCode", invoice.vat_currency, "BT-6")
    text(settlement, "ram:InvoiceCurrencyCode", invoice.currency, "BT-5")
    if payment:
        _payment_means(settlement, payment)


def _payment_means(settlement: Group, payment: Payment) -> None:
    means = Group(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    text(means, "ram:TypeCode", payment.means, "BT-81")
    text(means, "ram:Information", payment.text, "BT-82")
    debited = payment.direct_debit.debited_iban if payment.direct_debit else None
    text(Group(means, "ram:PayerPartyDebtorFinancialAccount"), "ram:IBANID", debited, "BT-91")
    account = payment.account
    if account is None:
        return
    creditor = Group(means, "ram:PayeePartyCreditorFinancialAccount")
    text(creditor, "ram:IBANID", account.iban, "BG-17")
    text(creditor, "ram:AccountName", account.holder, "BG-17")
    text(Group(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), "ram:BICID", account.bic, "BG-17")


def _vat(settlement: Group, breakdown: VatBreakdown, invoice: Invoice) -> None:
    tax = Group(settlement, "ram:ApplicableTradeTax")
    number(tax, "ram:CalculatedAmount", breakdown.tax, 2)  # BT-117
    text(tax, "ram:TypeCode", "VAT", "BT-118")
    text(tax, "ram:ExemptionReason", breakdown.exemption_text, "BT-120")
    number(tax, "ram:BasisAmount", breakdown.base, 2)  # BT-116
    text(tax, "ram:CategoryCode", breakdown.category, "BT-118")
    text(tax, "ram:ExemptionReasonCode", breakdown.exemption_code, "BT-121")
    day(tax, "ram:TaxPointDate", invoice.vat_point_date, "udt:DateString")  # BT-7
    text(tax, "ram:DueDateTypeCode", invoice.vat_point, "BT-8")
    number(tax, "ram:RateApplicablePercent", breakdown.rate, 2)  # BT-119


def _period(settlement: Group, period: Period | None) -> None:
    if period is None:
        return
    element = Group(settlement, "ram:BillingSpecifiedPeriod")
    day(element, "ram:StartDateTime", period.start)
    day(element, "ram:EndDateTime", period.end)


def _allowance(settlement: Group, allowance: AllowanceCharge | LineAllowanceCharge, term: str) -> None:
    element = Group(settlement, "ram:SpecifiedTradeAllowanceCharge")
    indicator(element, "ram:ChargeIndicator", value=allowance.charge)
    number(element, "ram:CalculationPercent", allowance.percent, 2)
    number(element, "ram:BasisAmount", allowance.base, 2)
    number(element, "ram:ActualAmount", allowance.amount, 2)
    text(element, "ram:ReasonCode", allowance.reason_code, term)
    text(element, "ram:Reason", allowance.reason, term)
    if isinstance(allowance, AllowanceCharge):
        tax = Group(element, "ram:CategoryTradeTax")
        text(tax, "ram:TypeCode", "VAT", term)
        text(tax, "ram:CategoryCode", allowance.category, term)
        number(tax, "ram:RateApplicablePercent", allowance.rate, 2)


def _payment_terms(settlement: Group, invoice: Invoice) -> None:
    debit = invoice.payment.direct_debit if invoice.payment else None
    mandate = debit.mandate if debit else None
    terms = Group(settlement, "ram:SpecifiedTradePaymentTerms")
    text(terms, "ram:Description", invoice.payment_terms, "BT-20")
    day(terms, "ram:DueDateDateTime", invoice.due_date)  # BT-9
    text(terms, "ram:DirectDebitMandateID", mandate, "BT-89")


def _totals(settlement: Group, totals: Totals, invoice: Invoice) -> None:
    summation = Group(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    number(summation, "ram:LineTotalAmount", totals.lines_total, 2)  # BT-106
    number(summation, "ram:ChargeTotalAmount", totals.charges_total, 2)  # BT-108
    number(summation, "ram:AllowanceTotalAmount", totals.allowances_total, 2)  # BT-107
    number(summation, "ram:TaxBasisTotalAmount", totals.total_without_vat, 2)  # BT-109
    number(summation, "ram:TaxTotalAmount", totals.vat_total, 2, currencyID=invoice.currency)  # BT-110
    if invoice.vat_currency:
        accounting = totals.vat_total_accounting
        number(summation, "ram:TaxTotalAmount", accounting, 2, currencyID=invoice.vat_currency)  # BT-111
    number(summation, "ram:RoundingAmount", totals.rounding, 2)  # BT-114
    number(summation, "ram:GrandTotalAmount", totals.total_with_vat, 2)  # BT-112
    number(summation, "ram:TotalPrepaidAmount", totals.paid, 2)  # BT-113
    number(summation, "ram:DuePayableAmount", totals.due, 2)  # BT-115


def _preceding(settlement: Group, preceding: PrecedingInvoice) -> None:
    document = Group(settlement, "ram:InvoiceReferencedDocument")
    text(document, "ram:IssuerAssignedID", preceding.number, "BT-25")
    day(document, "ram:FormattedIssueDateTime", preceding.issue_date, "qdt:DateTimeString")  # BT-26
