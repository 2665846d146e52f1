"""Where a business term stands in a CII message, and back: from a place to the term people know.

EN 16931-3-3 (CII syntax binding); paths are written with local names, without the root element and without positions.
"""

from __future__ import annotations

import re

_AGREEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"
_DELIVERY = "SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery"
_SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
_SUMS = f"{_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"
_MEANS = f"{_SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans"
_LINE = "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem"
_LINE_SETTLEMENT = f"{_LINE}/SpecifiedLineTradeSettlement"
_LINE_AGREEMENT = f"{_LINE}/SpecifiedLineTradeAgreement"


def _party(element: str, terms: str) -> dict[str, str]:
    name, trading, ids, legal, vat, text, uri, group, street, city, postcode, country = terms.split()
    base = f"{_AGREEMENT}/{element}"
    return {
        base: group,
        f"{base}/Name": name,
        f"{base}/SpecifiedLegalOrganization/TradingBusinessName": trading,
        f"{base}/ID": ids,
        f"{base}/GlobalID": ids,
        f"{base}/SpecifiedLegalOrganization": legal,
        f"{base}/SpecifiedTaxRegistration": vat,
        f"{base}/Description": text,
        f"{base}/URIUniversalCommunication": uri,
        f"{base}/PostalTradeAddress/LineOne": street,
        f"{base}/PostalTradeAddress/CityName": city,
        f"{base}/PostalTradeAddress/PostcodeCode": postcode,
        f"{base}/PostalTradeAddress/CountryID": country,
    }


_TERMS: dict[str, str] = {
    "ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter": "BT-23",
    "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter": "BT-24",
    "ExchangedDocument/ID": "BT-1",
    "ExchangedDocument/TypeCode": "BT-3",
    "ExchangedDocument/IssueDateTime": "BT-2",
    "ExchangedDocument/IncludedNote": "BG-1",
    "ExchangedDocument/IncludedNote/Content": "BT-22",
    "ExchangedDocument/IncludedNote/SubjectCode": "BT-21",
    _LINE: "BG-25",
    f"{_LINE}/AssociatedDocumentLineDocument/LineID": "BT-126",
    f"{_LINE}/AssociatedDocumentLineDocument/IncludedNote": "BT-127",
    f"{_LINE}/SpecifiedTradeProduct/Name": "BT-153",
    f"{_LINE}/SpecifiedTradeProduct/Description": "BT-154",
    f"{_LINE}/SpecifiedTradeProduct/SellerAssignedID": "BT-155",
    f"{_LINE}/SpecifiedTradeProduct/GlobalID": "BT-157",
    f"{_LINE_AGREEMENT}/NetPriceProductTradePrice/ChargeAmount": "BT-146",
    f"{_LINE_AGREEMENT}/NetPriceProductTradePrice/BasisQuantity": "BT-149",
    f"{_LINE_AGREEMENT}/GrossPriceProductTradePrice/ChargeAmount": "BT-148",
    f"{_LINE_AGREEMENT}/GrossPriceProductTradePrice/AppliedTradeAllowanceCharge": "BT-147",
    f"{_LINE}/SpecifiedLineTradeDelivery/BilledQuantity": "BT-129",
    f"{_LINE_SETTLEMENT}/ApplicableTradeTax": "BG-30",
    f"{_LINE_SETTLEMENT}/ApplicableTradeTax/CategoryCode": "BT-151",
    f"{_LINE_SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent": "BT-152",
    f"{_LINE_SETTLEMENT}/BillingSpecifiedPeriod": "BG-26",
    f"{_LINE_SETTLEMENT}/SpecifiedTradeAllowanceCharge": "BG-27",
    f"{_LINE_SETTLEMENT}/SpecifiedTradeSettlementLineMonetarySummation": "BT-131",
    **_party("SellerTradeParty", "BT-27 BT-28 BT-29 BT-30 BT-31 BT-33 BT-34 BG-4 BT-35 BT-37 BT-38 BT-40"),
    **_party("BuyerTradeParty", "BT-44 BT-45 BT-46 BT-47 BT-48 BT-44 BT-49 BG-7 BT-50 BT-52 BT-53 BT-55"),
    f"{_AGREEMENT}/BuyerReference": "BT-10",
    f"{_AGREEMENT}/SellerTaxRepresentativeTradeParty": "BG-11",
    f"{_AGREEMENT}/BuyerOrderReferencedDocument": "BT-13",
    f"{_AGREEMENT}/ContractReferencedDocument": "BT-12",
    f"{_AGREEMENT}/AdditionalReferencedDocument": "BG-24",
    f"{_DELIVERY}/ShipToTradeParty": "BG-13",
    f"{_DELIVERY}/ShipToTradeParty/PostalTradeAddress": "BG-15",
    f"{_DELIVERY}/ActualDeliverySupplyChainEvent": "BT-72",
    f"{_SETTLEMENT}/CreditorReferenceID": "BT-90",
    f"{_SETTLEMENT}/PaymentReference": "BT-83",
    f"{_SETTLEMENT}/TaxCurrencyCode": "BT-6",
    f"{_SETTLEMENT}/InvoiceCurrencyCode": "BT-5",
    f"{_SETTLEMENT}/PayeeTradeParty": "BG-10",
    _MEANS: "BG-16",
    f"{_MEANS}/TypeCode": "BT-81",
    f"{_MEANS}/Information": "BT-82",
    f"{_MEANS}/PayeePartyCreditorFinancialAccount": "BT-84",
    f"{_MEANS}/PayerPartyDebtorFinancialAccount": "BT-91",
    f"{_MEANS}/PayeeSpecifiedCreditorFinancialInstitution": "BT-86",
    f"{_SETTLEMENT}/ApplicableTradeTax": "BG-23",
    f"{_SETTLEMENT}/ApplicableTradeTax/CalculatedAmount": "BT-117",
    f"{_SETTLEMENT}/ApplicableTradeTax/BasisAmount": "BT-116",
    f"{_SETTLEMENT}/ApplicableTradeTax/CategoryCode": "BT-118",
    f"{_SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent": "BT-119",
    f"{_SETTLEMENT}/ApplicableTradeTax/ExemptionReason": "BT-120",
    f"{_SETTLEMENT}/ApplicableTradeTax/ExemptionReasonCode": "BT-121",
    f"{_SETTLEMENT}/ApplicableTradeTax/TaxPointDate": "BT-7",
    f"{_SETTLEMENT}/ApplicableTradeTax/DueDateTypeCode": "BT-8",
    f"{_SETTLEMENT}/BillingSpecifiedPeriod": "BG-14",
    f"{_SETTLEMENT}/BillingSpecifiedPeriod/StartDateTime": "BT-73",
    f"{_SETTLEMENT}/BillingSpecifiedPeriod/EndDateTime": "BT-74",
    f"{_SETTLEMENT}/SpecifiedTradeAllowanceCharge": "BG-20",
    f"{_SETTLEMENT}/SpecifiedTradePaymentTerms": "BT-20",
    f"{_SETTLEMENT}/SpecifiedTradePaymentTerms/DueDateDateTime": "BT-9",
    f"{_SETTLEMENT}/SpecifiedTradePaymentTerms/DirectDebitMandateID": "BT-89",
    _SUMS: "BG-22",
    f"{_SUMS}/LineTotalAmount": "BT-106",
    f"{_SUMS}/AllowanceTotalAmount": "BT-107",
    f"{_SUMS}/ChargeTotalAmount": "BT-108",
    f"{_SUMS}/TaxBasisTotalAmount": "BT-109",
    f"{_SUMS}/TaxTotalAmount": "BT-110",
    f"{_SUMS}/GrandTotalAmount": "BT-112",
    f"{_SUMS}/TotalPrepaidAmount": "BT-113",
    f"{_SUMS}/RoundingAmount": "BT-114",
    f"{_SUMS}/DuePayableAmount": "BT-115",
    f"{_SETTLEMENT}/InvoiceReferencedDocument": "BG-3",
    f"{_SETTLEMENT}/InvoiceReferencedDocument/IssuerAssignedID": "BT-25",
    f"{_SETTLEMENT}/InvoiceReferencedDocument/FormattedIssueDateTime": "BT-26",
}

_STEP = re.compile(r"(?:\*:|\w+:)?(@?[\w.-]+)(?:\[namespace-uri\(\)='[^']*'\])?(?:\[(\d+)\])?")


def shortened(xpath: str) -> str:
    """An XPath of a validator as a person reads it: local names, no root, positions only when not the first.

    >>> shortened("/*:CrossIndustryInvoice[namespace-uri()='u'][1]/*:ExchangedDocument[namespace-uri()='u'][1]"
    ...           "/*:IncludedNote[namespace-uri()='u'][2]")
    'ExchangedDocument/IncludedNote[2]'
    >>> shortened("/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:ID")
    'ExchangedDocument/ID'
    """
    steps = [name + (f"[{position}]" if position not in ("", "1") else "") for name, position in _STEP.findall(xpath)]
    return "/".join(steps[1:]) or "".join(steps)


def term_at(location: str) -> str | None:
    """The business term (BT-) or group (BG-) of a shortened location: its own, or that of the nearest ancestor.

    >>> term_at("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/ApplicableTradeTax[2]/BasisAmount")
    'BT-116'
    >>> term_at("ExchangedDocument/IssueDateTime/DateTimeString")
    'BT-2'
    """
    path = re.sub(r"\[\d+\]", "", location)
    while path:
        if path in _TERMS:
            return _TERMS[path]
        path = path.rpartition("/")[0]
    return None
