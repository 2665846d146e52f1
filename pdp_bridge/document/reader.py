"""CII XML → Invoice, whoever made it: any profile of Factur-X, from MINIMUM to EXTENDED.

Values are taken as they stand, so that the checks judge what the message says. What the message leaves out is None or
empty; a total or quantity that the model needs and the profile leaves out is zero (MINIMUM states no BT-106). Terms
that the model does not know are passed over. Never a network access, an entity or a DTD.
"""

from __future__ import annotations

import base64
import binascii

from pdp_bridge.document.element import SUPPORTING_DOCUMENT
from pdp_bridge.document.reading import (
    Part,
    amount,
    attribute,
    boolean,
    child,
    children,
    day,
    decimal,
    optional_amount,
    root_of,
    text,
    unreadable,
)
from pdp_bridge.model.codes import Scheme
from pdp_bridge.model.invoice import (
    Address,
    AllowanceCharge,
    Attachment,
    BankAccount,
    Contact,
    Delivery,
    DirectDebit,
    ElectronicAddress,
    Identifier,
    Invoice,
    Line,
    LineAllowanceCharge,
    Note,
    Party,
    Payment,
    Period,
    PrecedingInvoice,
    Totals,
    VatBreakdown,
)

_DOCUMENT = "rsm:ExchangedDocument"
_CONTEXT = "rsm:ExchangedDocumentContext"
_TRANSACTION = "rsm:SupplyChainTradeTransaction"
_LINES = f"{_TRANSACTION}/ram:IncludedSupplyChainTradeLineItem"
_AGREEMENT = f"{_TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
_DELIVERY = f"{_TRANSACTION}/ram:ApplicableHeaderTradeDelivery"
_SETTLEMENT = f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement"


def read(xml: bytes) -> Invoice:
    """The invoice that the message states.

    Raises `DocumentError`: `XML_UNREADABLE` when it is not a CII invoice, is too large, has a DTD, or when a date or
    number in it is none; the finding names the element.
    """
    root = root_of(xml)
    settlement = child(root, _SETTLEMENT)
    currency = text(settlement, "ram:InvoiceCurrencyCode") or ""
    issue_date = day(root, f"{_DOCUMENT}/ram:IssueDateTime/udt:DateTimeString")
    if issue_date is None:
        raise unreadable("it has no issue date (BT-2)", "elle n’a pas de date d’émission (BT-2)", term="BT-2")
    terms = child(settlement, "ram:SpecifiedTradePaymentTerms")
    return Invoice(
        number=text(root, f"{_DOCUMENT}/ram:ID") or "",
        issue_date=issue_date,
        type=text(root, f"{_DOCUMENT}/ram:TypeCode") or "",
        currency=currency,
        seller=_party(child(root, f"{_AGREEMENT}/ram:SellerTradeParty")),
        buyer=_party(child(root, f"{_AGREEMENT}/ram:BuyerTradeParty")),
        lines=tuple(_line(Part(item.element)) for item in children(root, _LINES)),  # what is inside goes with each
        vat_breakdown=tuple(map(_vat, children(settlement, "ram:ApplicableTradeTax"))),
        totals=_totals(child(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation"), currency),
        framework=text(root, f"{_CONTEXT}/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"),
        profile=text(root, f"{_CONTEXT}/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID") or "",
        vat_currency=text(settlement, "ram:TaxCurrencyCode"),
        vat_point_date=day(settlement, "ram:ApplicableTradeTax/ram:TaxPointDate/udt:DateString"),
        vat_point=text(settlement, "ram:ApplicableTradeTax/ram:DueDateTypeCode"),
        due_date=day(settlement, "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString"),
        buyer_reference=text(root, f"{_AGREEMENT}/ram:BuyerReference"),
        contract_reference=text(root, f"{_AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID"),
        order_reference=text(root, f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
        payment_terms=text(terms, "ram:Description"),
        notes=tuple(map(_note, children(root, f"{_DOCUMENT}/ram:IncludedNote"))),
        preceding=tuple(map(_preceding, children(settlement, "ram:InvoiceReferencedDocument"))),
        delivery=_delivery(child(root, _DELIVERY)),
        period=_period(settlement),
        payment=_payment(settlement),
        allowances=tuple(map(_allowance, children(settlement, "ram:SpecifiedTradeAllowanceCharge"))),
        attachments=tuple(
            _attachment(document)
            for document in children(root, f"{_AGREEMENT}/ram:AdditionalReferencedDocument")
            if text(document, "ram:TypeCode") in {SUPPORTING_DOCUMENT, None}
        ),
    )


def _note(note: Part) -> Note:
    return Note(text=text(note, "ram:Content") or "", subject=text(note, "ram:SubjectCode"))


# Parties


def _party(party: Part | None) -> Party:
    organization = child(party, "ram:SpecifiedLegalOrganization")
    legal = _identifier(child(organization, "ram:ID"))
    siren = legal if legal and legal.scheme == Scheme.SIREN else None
    global_ids = [_identifier(element) for element in children(party, "ram:GlobalID")]
    siret = next((found for found in global_ids if found and found.scheme == Scheme.SIRET), None)
    other_ids = [_identifier(element) for element in children(party, "ram:ID")] + global_ids
    return Party(
        name=text(party, "ram:Name") or "",
        trading_name=text(organization, "ram:TradingBusinessName"),
        siren=siren.value if siren else None,
        siret=siret.value if siret else None,
        other_ids=tuple(found for found in other_ids if found and found is not siret),
        legal_id=None if siren else legal,
        vat_number=_tax_registration(party, "VA"),
        tax_number=_tax_registration(party, "FC"),
        legal_text=text(party, "ram:Description"),
        electronic_address=_electronic_address(child(party, "ram:URIUniversalCommunication/ram:URIID")),
        address=_address(child(party, "ram:PostalTradeAddress")) or Address(),
        contact=_contact(child(party, "ram:DefinedTradeContact")),
    )


def _identifier(element: Part | None) -> Identifier | None:
    value = text(element)
    return Identifier(value=value, scheme=attribute(element, "schemeID")) if value else None


def _electronic_address(element: Part | None) -> ElectronicAddress | None:
    value = text(element)
    return ElectronicAddress(value=value, scheme=attribute(element, "schemeID") or "") if value else None


def _tax_registration(party: Part | None, scheme: str) -> str | None:
    found = children(party, "ram:SpecifiedTaxRegistration/ram:ID")
    return next((text(element) for element in found if attribute(element, "schemeID") == scheme), None)


def _contact(contact: Part | None) -> Contact | None:
    found = Contact(
        name=text(contact, "ram:PersonName") or text(contact, "ram:DepartmentName"),
        phone=text(contact, "ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
        email=text(contact, "ram:EmailURIUniversalCommunication/ram:URIID"),
    )
    return None if found == Contact() else found


def _address(address: Part | None) -> Address | None:
    lines = (text(address, name) for name in ("ram:LineOne", "ram:LineTwo", "ram:LineThree"))
    found = Address(
        lines=tuple(line for line in lines if line),
        postcode=text(address, "ram:PostcodeCode"),
        city=text(address, "ram:CityName"),
        subdivision=text(address, "ram:CountrySubDivisionName"),
        country=text(address, "ram:CountryID"),
    )
    return None if found == Address() else found


# Lines


def _line(item: Part) -> Line:
    settlement = child(item, "ram:SpecifiedLineTradeSettlement")
    net = child(item, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice")
    gross = child(item, "ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice")
    billed = child(item, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")
    base_quantity = decimal(net, "ram:BasisQuantity")
    return Line(
        id=text(item, "ram:AssociatedDocumentLineDocument/ram:LineID") or "",
        name=text(item, "ram:SpecifiedTradeProduct/ram:Name") or "",
        quantity=decimal(billed) or amount(None),
        unit=attribute(billed, "unitCode") or "",
        unit_price=decimal(net, "ram:ChargeAmount") or amount(None),
        net=amount(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"),
        category=text(settlement, "ram:ApplicableTradeTax/ram:CategoryCode") or "",
        rate=decimal(settlement, "ram:ApplicableTradeTax/ram:RateApplicablePercent"),
        description=text(item, "ram:SpecifiedTradeProduct/ram:Description"),
        note=text(item, "ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content"),
        seller_item_id=text(item, "ram:SpecifiedTradeProduct/ram:SellerAssignedID"),
        base_quantity=base_quantity if base_quantity is not None else decimal(gross, "ram:BasisQuantity"),
        gross_price=decimal(gross, "ram:ChargeAmount"),
        price_discount=decimal(gross, "ram:AppliedTradeAllowanceCharge/ram:ActualAmount"),
        allowances=tuple(map(_line_allowance, children(settlement, "ram:SpecifiedTradeAllowanceCharge"))),
        period=_period(settlement),
    )


def _line_allowance(element: Part) -> LineAllowanceCharge:
    return LineAllowanceCharge(
        charge=boolean(element, "ram:ChargeIndicator/udt:Indicator"),
        amount=amount(element, "ram:ActualAmount"),
        base=optional_amount(element, "ram:BasisAmount"),
        percent=decimal(element, "ram:CalculationPercent"),
        reason=text(element, "ram:Reason"),
        reason_code=text(element, "ram:ReasonCode"),
    )


# Agreement and delivery


def _attachment(document: Part) -> Attachment:
    binary = child(document, "ram:AttachmentBinaryObject")
    return Attachment(
        reference=text(document, "ram:IssuerAssignedID") or "",
        name=text(document, "ram:Name"),
        filename=attribute(binary, "filename"),
        mime=attribute(binary, "mimeCode"),
        content=_content(binary),
    )


def _content(binary: Part | None) -> bytes:
    encoded = "".join((text(binary) or "").split())
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable(
            "the attachment is not base64 (BT-125)", "la pièce jointe n’est pas en base64 (BT-125)", binary, "BT-125"
        ) from error


def _delivery(delivery: Part | None) -> Delivery | None:
    found = Delivery(
        date=day(delivery, "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString"),
        name=text(delivery, "ram:ShipToTradeParty/ram:Name"),
        address=_address(child(delivery, "ram:ShipToTradeParty/ram:PostalTradeAddress")),
    )
    return None if found == Delivery() else found


# Settlement


def _payment(settlement: Part | None) -> Payment | None:
    means = child(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    debit = DirectDebit(
        mandate=text(settlement, "ram:SpecifiedTradePaymentTerms/ram:DirectDebitMandateID"),
        creditor_id=text(settlement, "ram:CreditorReferenceID"),
        debited_iban=text(means, "ram:PayerPartyDebtorFinancialAccount/ram:IBANID"),
    )
    found = Payment(
        means=text(means, "ram:TypeCode") or "",
        text=text(means, "ram:Information"),
        reference=text(settlement, "ram:PaymentReference"),
        account=_account(means),
        direct_debit=None if debit == DirectDebit() else debit,
    )
    return None if found == Payment(means="") else found


def _account(means: Part | None) -> BankAccount | None:
    account = child(means, "ram:PayeePartyCreditorFinancialAccount")
    identifier = text(account, "ram:IBANID") or text(account, "ram:ProprietaryID")
    if identifier is None:
        return None
    return BankAccount(
        iban=identifier,
        bic=text(means, "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
        holder=text(account, "ram:AccountName"),
    )


def _vat(tax: Part) -> VatBreakdown:
    return VatBreakdown(
        category=text(tax, "ram:CategoryCode") or "",
        rate=decimal(tax, "ram:RateApplicablePercent"),
        base=amount(tax, "ram:BasisAmount"),
        tax=amount(tax, "ram:CalculatedAmount"),
        exemption_text=text(tax, "ram:ExemptionReason"),
        exemption_code=text(tax, "ram:ExemptionReasonCode"),
    )


def _period(settlement: Part | None) -> Period | None:
    start = day(settlement, "ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString")
    end = day(settlement, "ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString")
    return Period(start=start, end=end) if start or end else None


def _allowance(element: Part) -> AllowanceCharge:
    return AllowanceCharge(
        charge=boolean(element, "ram:ChargeIndicator/udt:Indicator"),
        amount=amount(element, "ram:ActualAmount"),
        base=optional_amount(element, "ram:BasisAmount"),
        percent=decimal(element, "ram:CalculationPercent"),
        category=text(element, "ram:CategoryTradeTax/ram:CategoryCode") or "",
        rate=decimal(element, "ram:CategoryTradeTax/ram:RateApplicablePercent"),
        reason=text(element, "ram:Reason"),
        reason_code=text(element, "ram:ReasonCode"),
    )


def _totals(summation: Part | None, currency: str) -> Totals:
    vat_total = vat_total_accounting = None
    for element in children(summation, "ram:TaxTotalAmount"):
        if attribute(element, "currencyID") in {None, currency}:
            vat_total = optional_amount(element)
        else:
            vat_total_accounting = optional_amount(element)
    return Totals(
        lines_total=amount(summation, "ram:LineTotalAmount"),
        total_without_vat=amount(summation, "ram:TaxBasisTotalAmount"),
        total_with_vat=amount(summation, "ram:GrandTotalAmount"),
        due=amount(summation, "ram:DuePayableAmount"),
        vat_total=vat_total,
        vat_total_accounting=vat_total_accounting,
        allowances_total=optional_amount(summation, "ram:AllowanceTotalAmount"),
        charges_total=optional_amount(summation, "ram:ChargeTotalAmount"),
        paid=optional_amount(summation, "ram:TotalPrepaidAmount"),
        rounding=optional_amount(summation, "ram:RoundingAmount"),
    )


def _preceding(document: Part) -> PrecedingInvoice:
    return PrecedingInvoice(
        number=text(document, "ram:IssuerAssignedID") or "",
        issue_date=day(document, "ram:FormattedIssueDateTime/qdt:DateTimeString"),
    )
