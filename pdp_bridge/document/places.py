"""Where each thing that the model knows stands in a CII message.

UN/CEFACT Cross Industry Invoice D22B, in any profile of Factur-X 1.09. Each path starts at the element of its shape;
where it ends at a group, another shape tells what is inside.
"""

from __future__ import annotations

from pdp_bridge.document.reading import Shape

_TRANSACTION = "rsm:SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
_PRODUCT = "ram:SpecifiedTradeProduct"
_SETTLED = "ram:SpecifiedLineTradeSettlement"

MESSAGE = Shape(
    number="rsm:ExchangedDocument/ram:ID",
    type="rsm:ExchangedDocument/ram:TypeCode",
    issue_date="rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString",
    notes="rsm:ExchangedDocument/ram:IncludedNote",
    framework="rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
    profile="rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
    lines=f"{_TRANSACTION}/ram:IncludedSupplyChainTradeLineItem",
    seller=f"{_AGREEMENT}/ram:SellerTradeParty",
    buyer=f"{_AGREEMENT}/ram:BuyerTradeParty",
    buyer_reference=f"{_AGREEMENT}/ram:BuyerReference",
    contract_reference=f"{_AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID",
    order_reference=f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
    documents=f"{_AGREEMENT}/ram:AdditionalReferencedDocument",
    delivery=f"{_TRANSACTION}/ram:ApplicableHeaderTradeDelivery",
    settlement=f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement",
)

SETTLEMENT = Shape(
    currency="ram:InvoiceCurrencyCode",
    vat_currency="ram:TaxCurrencyCode",
    creditor_id="ram:CreditorReferenceID",
    payment_reference="ram:PaymentReference",
    means="ram:SpecifiedTradeSettlementPaymentMeans",
    taxes="ram:ApplicableTradeTax",
    vat_point_date="ram:ApplicableTradeTax/ram:TaxPointDate/udt:DateString",
    vat_point="ram:ApplicableTradeTax/ram:DueDateTypeCode",
    start="ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString",
    end="ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString",
    allowances="ram:SpecifiedTradeAllowanceCharge",
    terms="ram:SpecifiedTradePaymentTerms",
    due_date="ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString",
    mandate="ram:SpecifiedTradePaymentTerms/ram:DirectDebitMandateID",
    totals="ram:SpecifiedTradeSettlementHeaderMonetarySummation",
    preceding="ram:InvoiceReferencedDocument",
)

TERMS = Shape(description="ram:Description")

NOTE = Shape(text="ram:Content", subject="ram:SubjectCode")

PARTY = Shape(
    ids="ram:ID",
    global_ids="ram:GlobalID",
    name="ram:Name",
    legal_text="ram:Description",
    legal_id="ram:SpecifiedLegalOrganization/ram:ID",
    trading_name="ram:SpecifiedLegalOrganization/ram:TradingBusinessName",
    contact="ram:DefinedTradeContact",
    address="ram:PostalTradeAddress",
    electronic_address="ram:URIUniversalCommunication/ram:URIID",
    registrations="ram:SpecifiedTaxRegistration/ram:ID",
)

CONTACT = Shape(
    name="ram:PersonName",
    department="ram:DepartmentName",
    phone="ram:TelephoneUniversalCommunication/ram:CompleteNumber",
    email="ram:EmailURIUniversalCommunication/ram:URIID",
)

ADDRESS = Shape(
    line_1="ram:LineOne",
    line_2="ram:LineTwo",
    line_3="ram:LineThree",
    postcode="ram:PostcodeCode",
    city="ram:CityName",
    subdivision="ram:CountrySubDivisionName",
    country="ram:CountryID",
)

LINE = Shape(
    id="ram:AssociatedDocumentLineDocument/ram:LineID",
    note="ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content",
    name=f"{_PRODUCT}/ram:Name",
    description=f"{_PRODUCT}/ram:Description",
    seller_item_id=f"{_PRODUCT}/ram:SellerAssignedID",
    quantity="ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
    net_price="ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice",
    gross_price="ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice",
    category=f"{_SETTLED}/ram:ApplicableTradeTax/ram:CategoryCode",
    rate=f"{_SETTLED}/ram:ApplicableTradeTax/ram:RateApplicablePercent",
    start=f"{_SETTLED}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString",
    end=f"{_SETTLED}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString",
    allowances=f"{_SETTLED}/ram:SpecifiedTradeAllowanceCharge",
    net=f"{_SETTLED}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
)

PRICE = Shape(
    amount="ram:ChargeAmount",
    base_quantity="ram:BasisQuantity",
    discount="ram:AppliedTradeAllowanceCharge/ram:ActualAmount",
)
"""A shape of its own, because the schema of EXTENDED-CTC-FR lets a line state several prices: what is said of one is
not said of another."""

ALLOWANCE = Shape(
    charge="ram:ChargeIndicator/udt:Indicator",
    amount="ram:ActualAmount",
    base="ram:BasisAmount",
    percent="ram:CalculationPercent",
    category="ram:CategoryTradeTax/ram:CategoryCode",
    rate="ram:CategoryTradeTax/ram:RateApplicablePercent",
    reason="ram:Reason",
    reason_code="ram:ReasonCode",
)

DOCUMENT = Shape(
    reference="ram:IssuerAssignedID",
    type="ram:TypeCode",
    name="ram:Name",
    content="ram:AttachmentBinaryObject",
)

DELIVERY = Shape(
    date="ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString",
    name="ram:ShipToTradeParty/ram:Name",
    address="ram:ShipToTradeParty/ram:PostalTradeAddress",
)

MEANS = Shape(
    code="ram:TypeCode",
    text="ram:Information",
    debited_iban="ram:PayerPartyDebtorFinancialAccount/ram:IBANID",
    account="ram:PayeePartyCreditorFinancialAccount",
    bic="ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID",
)

ACCOUNT = Shape(iban="ram:IBANID", other="ram:ProprietaryID", holder="ram:AccountName")

TAX = Shape(
    category="ram:CategoryCode",
    rate="ram:RateApplicablePercent",
    base="ram:BasisAmount",
    tax="ram:CalculatedAmount",
    exemption_text="ram:ExemptionReason",
    exemption_code="ram:ExemptionReasonCode",
)

TOTALS = Shape(
    lines_total="ram:LineTotalAmount",
    total_without_vat="ram:TaxBasisTotalAmount",
    taxes="ram:TaxTotalAmount",
    total_with_vat="ram:GrandTotalAmount",
    due="ram:DuePayableAmount",
    allowances_total="ram:AllowanceTotalAmount",
    charges_total="ram:ChargeTotalAmount",
    paid="ram:TotalPrepaidAmount",
    rounding="ram:RoundingAmount",
)

PRECEDING = Shape(number="ram:IssuerAssignedID", issue_date="ram:FormattedIssueDateTime/qdt:DateTimeString")
