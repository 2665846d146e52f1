"""Writes `fixtures/mutants`: copies of one good invoice with one thing wrong, named after the rule that must fire.

    python tests/validation/make_mutants.py

`<RULE>__<what>.xml`. A change is a list of replacements, each of a text that occurs exactly once in `base.xml`; where
one wrong figure would not fire the rule alone, the figures that depend on it follow.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "mutants"
BASE = "base.xml"

Change = tuple[tuple[str, str], ...]

_NOTE = """    <ram:IncludedNote>
      <ram:Content>{text}</ram:Content>
      <ram:SubjectCode>{subject}</ram:SubjectCode>
    </ram:IncludedNote>
"""
_PMT = _NOTE.format(text="Indemnité forfaitaire pour frais de recouvrement : 40 €.", subject="PMT")
_PMD = _NOTE.format(text="Pénalités de retard : trois fois le taux d’intérêt légal.", subject="PMD")
_AAB = _NOTE.format(text="Pas d’escompte pour paiement anticipé.", subject="AAB")
_BAR = _NOTE.format(text="B2B", subject="BAR")
_SELLER_SIRET = '<ram:GlobalID schemeID="0009">10000000900017</ram:GlobalID>'
_BUYER_SIRET = '<ram:GlobalID schemeID="0009">20000000800017</ram:GlobalID>'
_SELLER_SIREN = '<ram:ID schemeID="0002">100000009</ram:ID>'
_BUYER_SIREN = '<ram:ID schemeID="0002">200000008</ram:ID>'
_SELLER_ADDRESS = '<ram:URIID schemeID="0225">100000009</ram:URIID>'
_BUYER_ADDRESS = '<ram:URIID schemeID="0225">200000008_20000000800017</ram:URIID>'
_SELLER_VAT = "FR88100000009"
_BUYER_VAT = "FR37200000008"
_REFERENCE = """      <ram:InvoiceReferencedDocument>
        <ram:IssuerAssignedID>FA-2026-0030</ram:IssuerAssignedID>
        <ram:FormattedIssueDateTime>
          <qdt:DateTimeString format="102">20261003</qdt:DateTimeString>
        </ram:FormattedIssueDateTime>
      </ram:InvoiceReferencedDocument>
"""
_ATTACHMENT = """      <ram:AdditionalReferencedDocument>
        <ram:IssuerAssignedID>rib-1</ram:IssuerAssignedID>
        <ram:TypeCode>916</ram:TypeCode>
        <ram:Name>RIB</ram:Name>
        <ram:AttachmentBinaryObject mimeCode="text/csv" filename="rib.csv">UklCCg==</ram:AttachmentBinaryObject>
      </ram:AdditionalReferencedDocument>
"""
_REDUCED = """      <ram:ApplicableTradeTax>
        <ram:CalculatedAmount>9.90</ram:CalculatedAmount>
        <ram:TypeCode>VAT</ram:TypeCode>
        <ram:BasisAmount>180.00</ram:BasisAmount>
        <ram:CategoryCode>S</ram:CategoryCode>
        <ram:DueDateTypeCode>5</ram:DueDateTypeCode>
        <ram:RateApplicablePercent>5.50</ram:RateApplicablePercent>
      </ram:ApplicableTradeTax>
"""
_PERIOD = """      <ram:BillingSpecifiedPeriod>
        <ram:StartDateTime>
          <udt:DateTimeString format="102">20261101</udt:DateTimeString>
        </ram:StartDateTime>
        <ram:EndDateTime>
          <udt:DateTimeString format="102">20261130</udt:DateTimeString>
        </ram:EndDateTime>
      </ram:BillingSpecifiedPeriod>
"""
_DUE = """        <ram:DueDateDateTime>
          <udt:DateTimeString format="102">20261220</udt:DateTimeString>
        </ram:DueDateDateTime>
"""
_TERMS = f"""      <ram:SpecifiedTradePaymentTerms>
        <ram:Description>30 jours nets</ram:Description>
{_DUE}      </ram:SpecifiedTradePaymentTerms>
"""
_LINE_TWO_TAX = """          <ram:CategoryCode>S</ram:CategoryCode>
          <ram:RateApplicablePercent>5.50</ram:RateApplicablePercent>
        </ram:ApplicableTradeTax>
        <ram:SpecifiedTradeAllowanceCharge>"""
_COMMUNICATION = """        <ram:URIUniversalCommunication>
          {}
        </ram:URIUniversalCommunication>
"""
_REGISTRATION = """        <ram:SpecifiedTaxRegistration>
          <ram:ID schemeID="VA">{}</ram:ID>
        </ram:SpecifiedTaxRegistration>
"""
_ACCOUNT = """        <ram:PayeePartyCreditorFinancialAccount>
          <ram:IBANID>FR7699999000010000123456768</ram:IBANID>
        </ram:PayeePartyCreditorFinancialAccount>
"""
_NUMBER = "<ram:ID>FA-2026-0042</ram:ID>"
_TYPE = "<ram:TypeCode>380</ram:TypeCode>"
_FRAMEWORK = "<ram:ID>M1</ram:ID>"
_PROFILE = "<ram:ID>urn:cen.eu:en16931:2017</ram:ID>"
_PAID = "<ram:TotalPrepaidAmount>83.64</ram:TotalPrepaidAmount>"
_PAYABLE = "<ram:DuePayableAmount>2000.00</ram:DuePayableAmount>"
_VAT_TOTAL = '<ram:TaxTotalAmount currencyID="EUR">275.52</ram:TaxTotalAmount>'
_CURRENCY = "<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>"
_EXEMPTION_CODE = "        <ram:ExemptionReasonCode>VATEX-FR-CGI261-4</ram:ExemptionReasonCode>\n"
_EXEMPTION_TEXT = "        <ram:ExemptionReason>Exonération de TVA, art. 261-4-4° du CGI</ram:ExemptionReason>\n"

_DISCOUNT_REASON = "        <ram:ReasonCode>95</ram:ReasonCode>\n        <ram:Reason>Remise globale</ram:Reason>\n"
_DELIVERY = "      <ram:ActualDeliverySupplyChainEvent>\n"
_NOWHERE = """      <ram:ShipToTradeParty>
        <ram:PostalTradeAddress>
          <ram:CityName>Lyon</ram:CityName>
          <ram:CountryID/>
        </ram:PostalTradeAddress>
      </ram:ShipToTradeParty>
"""
_TXD = _NOTE.format(text="Option pour le paiement de la TVA d’après les débits.", subject="TXD")
_OBJECT = """      <ram:AdditionalReferencedDocument>
        <ram:IssuerAssignedID>engagement-1</ram:IssuerAssignedID>
        <ram:TypeCode>130</ram:TypeCode>
        <ram:ReferenceTypeCode>AFL</ram:ReferenceTypeCode>
      </ram:AdditionalReferencedDocument>
"""
_GROUP = '<ram:GlobalID schemeID="0231">100000009</ram:GlobalID>'
_SELLER_LEGAL = f"          {_SELLER_SIREN}\n        </ram:SpecifiedLegalOrganization>\n"
_CONTACT = """        <ram:DefinedTradeContact>
          <ram:PersonName>Camille Exemple</ram:PersonName>
          <ram:DepartmentName>Facturation</ram:DepartmentName>
        </ram:DefinedTradeContact>
"""
_MEANS = f"{_ACCOUNT}      </ram:SpecifiedTradeSettlementPaymentMeans>\n"
_OTHER_MEANS = """      <ram:SpecifiedTradeSettlementPaymentMeans>
        <ram:TypeCode>49</ram:TypeCode>
      </ram:SpecifiedTradeSettlementPaymentMeans>
"""

MUTANTS: dict[str, Change] = {
    # Arithmetic
    "BR-CO-10__lines_total_one_cent_off": ((">1867.50<", ">1867.51<"),),
    "BR-CO-11__allowances_total_one_cent_off": (
        ("<ram:AllowanceTotalAmount>69.38", "<ram:AllowanceTotalAmount>69.39"),
    ),
    "BR-CO-12__charges_total_one_cent_off": (("<ram:ChargeTotalAmount>10.00", "<ram:ChargeTotalAmount>10.01"),),
    "BR-CO-13__total_without_vat_one_cent_off": ((">1808.12<", ">1808.13<"),),
    "BR-CO-14__vat_total_one_cent_off": ((">275.52<", ">275.53<"),),
    "BR-CO-15__total_one_cent_off": ((">2083.64<", ">2083.65<"),),
    "BR-CO-16__due_one_cent_off": ((">2000.00<", ">2000.01<"),),
    "BR-CO-17__vat_of_a_rate_ten_cents_off": ((">265.62<", ">265.72<"),),
    "VAT_ROUNDED_OTHERWISE__one_cent_and_totals_follow": (
        (">265.62<", ">265.63<"),
        (">275.52<", ">275.53<"),
        (">2083.64<", ">2083.65<"),
        (">2000.00<", ">2000.01<"),
    ),
    "ARITHMETIC_LINE_NET__quantity_four_instead_of_three": (('unitCode="DAY">3<', 'unitCode="DAY">4<'),),
    "LINE_BASE_QUANTITY__price_for_nothing": (
        ('<ram:BasisQuantity unitCode="H87">100<', '<ram:BasisQuantity unitCode="H87">0<'),
    ),
    "LINE_GROSS_PRICE__one_euro_off": ((">450.00<", ">451.00<"),),
    "ARITHMETIC_VAT_BASE__base_one_cent_off": (("<ram:BasisAmount>180.00", "<ram:BasisAmount>180.01"),),
    "ARITHMETIC_VAT_BASE__reduced_rate_left_out": ((_REDUCED, ""),),
    "VAT_BREAKDOWN_DUPLICATE__rate_written_twice": (
        (_REDUCED, _REDUCED + _REDUCED.replace("9.90", "0.00").replace("180.00", "0.00").replace("5.50", "5.5")),
    ),
    "PAID_ABOVE_TOTAL__paid_one_thousand_too_much": (
        (_PAID, "<ram:TotalPrepaidAmount>3083.64</ram:TotalPrepaidAmount>"),
        (_PAYABLE, "<ram:DuePayableAmount>-1000.00</ram:DuePayableAmount>"),
    ),
    "VAT_CURRENCY_SAME__euros_beside_euros": (
        (_CURRENCY, f"<ram:TaxCurrencyCode>EUR</ram:TaxCurrencyCode>\n      {_CURRENCY}"),
    ),
    "CURRENCY_MIXED__due_in_dollars": (("<ram:DuePayableAmount>", '<ram:DuePayableAmount currencyID="USD">'),),
    # VAT of 0.00 = 0.08 − 0.07 − 0.01: right in decimals, less than nothing in binary
    "ZERO_SUM_REFUSED__vat_that_cancels_out": (
        (">265.62<", ">0.08<"),
        (">9.90<", ">-0.07<"),
        ("<ram:CalculatedAmount>0.00<", "<ram:CalculatedAmount>-0.01<"),
        (_VAT_TOTAL, _VAT_TOTAL.replace("275.52", "0.00")),
        (">2083.64<", ">1808.12<"),
        (">2000.00<", ">1724.48<"),
    ),
    # French rules
    "BR-FR-01__number_of_36_characters": ((_NUMBER, f"<ram:ID>{'F' * 36}</ram:ID>"),),
    "BR-FR-02__number_with_a_dot": ((_NUMBER, "<ram:ID>FA.2026.0042</ram:ID>"),),
    "BR-FR-03__delivered_in_1999": ((">20261115<", ">19991115<"),),
    "BR-FR-04__type_325": ((_TYPE, "<ram:TypeCode>325</ram:TypeCode>"),),
    "BR-FR-05__recovery_cost_empty": (("Indemnité forfaitaire pour frais de recouvrement : 40 €.", ""),),
    "BR-FR-06__penalties_twice": ((_PMD, _PMD + _PMD),),
    "BR-FR-08__framework_unknown": ((_FRAMEWORK, "<ram:ID>A1</ram:ID>"),),
    "BR-FR-09__siret_of_another_company": (
        (
            _BUYER_SIRET,
            '<ram:GlobalID schemeID="0009">10000000900017</ram:GlobalID>'.replace("10000000900017", "30000000700015"),
        ),
    ),
    "BR-FR-10__seller_without_siren": ((f"            {_SELLER_SIREN}\n".replace("            ", "          "), ""),),
    "BR-FR-11__buyer_without_siren": ((f"          {_BUYER_SIREN}\n", ""),),
    "BR-FR-12__buyer_without_address": (
        (
            _COMMUNICATION.format(_BUYER_ADDRESS),
            "",
        ),
    ),
    "BR-FR-13__seller_without_address": (
        (
            _COMMUNICATION.format(_SELLER_ADDRESS),
            "",
        ),
    ),
    "BR-FR-15__canary_islands": ((_LINE_TWO_TAX, _LINE_TWO_TAX.replace(">S<", ">L<")),),
    "BR-FR-16__rate_of_six_percent": ((_LINE_TWO_TAX, _LINE_TWO_TAX.replace("5.50", "6.00")),),
    "BR-FR-17__attachment_with_a_name_of_its_own": (("<ram:Name>RIB</ram:Name>", "<ram:Name>Relevé</ram:Name>"),),
    "BR-FR-18__two_readable_copies": (
        (
            _ATTACHMENT,
            _ATTACHMENT.replace(">RIB<", ">LISIBLE<") + _ATTACHMENT.replace(">RIB<", ">LISIBLE<").replace("rib", "lis"),
        ),
    ),
    "BR-FR-20__treatment_unknown": (("<ram:Content>B2B<", "<ram:Content>B2G<"),),
    "BR-FR-21__buyer_address_of_another_company": (
        (_BUYER_ADDRESS, '<ram:URIID schemeID="0225">300000007</ram:URIID>'),
    ),
    "BR-FR-22__self_billed_to_another_address": (
        (_TYPE, "<ram:TypeCode>389</ram:TypeCode>"),
        (_SELLER_ADDRESS, '<ram:URIID schemeID="0225">300000007</ram:URIID>'),
    ),
    "BR-FR-23__address_with_a_slash": ((_BUYER_ADDRESS, '<ram:URIID schemeID="0225">200000008/COMPTA</ram:URIID>'),),
    "BR-FR-24__routing_code_with_a_space": ((_BUYER_SIRET, '<ram:GlobalID schemeID="0224">COMPTA 1</ram:GlobalID>'),),
    "BR-FR-25__address_of_126_characters": (
        (_BUYER_ADDRESS, f'<ram:URIID schemeID="0225">200000008_{"A" * 116}</ram:URIID>'),
    ),
    "BR-FR-26__routing_code_of_101_characters": (
        (_BUYER_SIRET, f'<ram:GlobalID schemeID="0224">{"A" * 101}</ram:GlobalID>'),
    ),
    "BR-FR-31__two_treatments": ((_BAR, _BAR + _NOTE.format(text="B2C", subject="BAR")),),
    "BR-FR-32__siren_of_eight_digits": ((_BUYER_SIREN, '<ram:ID schemeID="0002">20000000</ram:ID>'),),
    "BR-FR-CO-03__global_discount_without_contract": ((_TYPE, "<ram:TypeCode>262</ram:TypeCode>"),),
    "BR-FR-CO-04__corrective_of_nothing": ((_TYPE, "<ram:TypeCode>384</ram:TypeCode>"), (_REFERENCE, "")),
    "BR-FR-CO-05__credit_note_of_nothing": ((_TYPE, "<ram:TypeCode>381</ram:TypeCode>"), (_REFERENCE, "")),
    "BR-FR-CO-07__due_before_issue": ((">20261220<", ">20261119<"),),
    "BR-FR-CO-08__deposit_in_a_final_framework": (
        (_TYPE, "<ram:TypeCode>386</ram:TypeCode>"),
        (_FRAMEWORK, "<ram:ID>M4</ram:ID>"),
    ),
    "BR-FR-CO-09__paid_framework_with_a_debt": ((_FRAMEWORK, "<ram:ID>M2</ram:ID>"),),
    "BR-FR-CO-10__two_identifiers_of_one_scheme": (
        (_SELLER_SIRET, f'{_SELLER_SIRET}\n        <ram:GlobalID schemeID="0009">10000000900025</ram:GlobalID>'),
    ),
    "BR-FR-CO-12__dollars_without_euros": (
        (_CURRENCY, "<ram:InvoiceCurrencyCode>USD</ram:InvoiceCurrencyCode>"),
        (_VAT_TOTAL, _VAT_TOTAL.replace("EUR", "USD")),
    ),
    "BR-FR-DEC-02__quantity_of_five_decimals": (('unitCode="DAY">3<', 'unitCode="DAY">3.00000<'),),
    "BR-FR-DEC-03__price_below_zero": (
        ("<ram:ChargeAmount>18.74<", "<ram:ChargeAmount>-18.74<"),
        ('<ram:BilledQuantity unitCode="H87">10<', '<ram:BilledQuantity unitCode="H87">-10<'),
    ),
    "BR-FR-DEC-04__rate_of_three_decimals": ((_LINE_TWO_TAX, _LINE_TWO_TAX.replace("5.50", "5.500")),),
    # What the law and the portal ask beyond
    "NUMBER_TOO_LONG_FOR_PORTAL__21_characters": ((_NUMBER, "<ram:ID>FACTURE-2026-11-00042</ram:ID>"),),
    "IDENTIFIER_CHARACTERS__no_break_space_in_an_order": (("BC-7781", "BC\u00a07781"),),
    "IDENTIFIER_CHARACTERS__zero_width_space_in_the_number": ((_NUMBER, "<ram:ID>FA-2026\u200b-0042</ram:ID>"),),
    "SIREN_CHECK_DIGIT__seller_last_digit": ((_SELLER_SIREN, '<ram:ID schemeID="0002">100000008</ram:ID>'),),
    "SIREN_CHECK_DIGIT__buyer_last_digit": ((_BUYER_SIREN, '<ram:ID schemeID="0002">200000009</ram:ID>'),),
    "SIRET_CHECK_DIGIT__seller_last_digit": ((_SELLER_SIRET, _SELLER_SIRET.replace("900017", "900018")),),
    "VAT_NUMBER_KEY__wrong_key": ((_SELLER_VAT, "FR89100000009"),),
    "VAT_NUMBER_OF_ANOTHER__seller_with_the_buyers": ((_SELLER_VAT, _BUYER_VAT),),
    "VAT_NUMBER_FOREIGN__belgian_number_too_short": ((_BUYER_VAT, "BE012345"),),
    "VAT_NUMBER_SPACES__buyer_with_spaces": ((_BUYER_VAT, "FR 37 200000008"),),
    "VAT_NUMBER_MISSING__buyer_without": (
        (
            _REGISTRATION.format(_BUYER_VAT),
            "",
        ),
    ),
    "EXEMPTION_REASON__text_without_code": ((_EXEMPTION_CODE, ""),),
    "EXEMPTION_REASON__code_without_text": ((_EXEMPTION_TEXT, ""),),
    "PORTAL_PAYMENT_MEANS__sepa_transfer": (("<ram:TypeCode>30<", "<ram:TypeCode>58<"),),
    "PERIOD_OF_ONE_DAY__ends_as_it_starts": ((">20261130<", ">20261101<"),),
    "CREDIT_NOTE_SIGN__total_below_zero": (
        (_TYPE, "<ram:TypeCode>381</ram:TypeCode>"),
        ("<ram:GrandTotalAmount>2083.64", "<ram:GrandTotalAmount>-2083.64"),
    ),
    "IBAN_CHECK_DIGITS__two_digits_swapped": (("FR7699999000010000123456768", "FR7699999000010000123456786"),),
    "EMAIL_ADDRESS__two_addresses": (
        (_BUYER_ADDRESS, '<ram:URIID schemeID="EM">a@example.fr, b@example.fr</ram:URIID>'),
    ),
    "NOT_FRENCH__two_german_parties": (
        (f"          {_SELLER_SIREN}\n", ""),
        (f"          {_BUYER_SIREN}\n", ""),
        (
            "<ram:CityName>Paris</ram:CityName>\n          <ram:CountryID>FR",
            "<ram:CityName>Paris</ram:CityName>\n          <ram:CountryID>DE",
        ),
        (
            "<ram:CityName>Lyon</ram:CityName>\n          <ram:CountryID>FR",
            "<ram:CityName>Lyon</ram:CityName>\n          <ram:CountryID>DE",
        ),
    ),
    # The official layers
    "BR-FR-02_BT-1__space_in_the_number": ((_NUMBER, "<ram:ID>FA 2026 0042</ram:ID>"),),
    "BR-FR-05_BT-22_PMT__missing": ((_PMT, ""),),
    "BR-FR-05_BT-22_PMD__missing": ((_PMD, ""),),
    "BR-FR-05_BT-22_AAB__missing": ((_AAB, ""),),
    "BR-FR-08_BT-23__unknown": ((_FRAMEWORK, "<ram:ID>X1</ram:ID>"),),
    "BR-FR-09_BT-29__siret_of_another": (
        (_SELLER_SIRET, '<ram:GlobalID schemeID="0009">30000000700015</ram:GlobalID>'),
    ),
    "BR-FR-10_BT-30__missing": ((f"          {_SELLER_SIREN}\n", ""),),
    "BR-FR-16_BT-152__rate_of_21": ((_LINE_TWO_TAX, _LINE_TWO_TAX.replace("5.50", "21.00")),),
    "BR-FR-21_BT-49__email_between_companies": (
        (_BUYER_ADDRESS, '<ram:URIID schemeID="EM">compta@example.fr</ram:URIID>'),
    ),
    "BR-FR-32-LEGALID__letters": ((_BUYER_SIREN, '<ram:ID schemeID="0002">20000000A</ram:ID>'),),
    "BR-FR-CO-05_BT-3__no_reference": ((_TYPE, "<ram:TypeCode>381</ram:TypeCode>"), (_REFERENCE, "")),
    "BR-FR-CO-07_BT-9__due_too_early": ((">20261220<", ">20261101<"),),
    "BR-FR-DEC-01_BT-106__three_decimals": ((">1867.50<", ">1867.500<"),),
    "BR-27__negative_price": (("<ram:ChargeAmount>12.50<", "<ram:ChargeAmount>-12.50<"),),
    "BR-29__period_reversed": ((">20261130<", ">20261031<"),),
    "CII-SR-470__transfer_to_nowhere": (
        (
            _ACCOUNT,
            "",
        ),
    ),
    "BR-CO-09__vat_number_without_country": ((_BUYER_VAT, "37200000008"),),
    "BR-CO-25__due_without_date": ((_TERMS, ""),),
    "BR-S-02__no_vat_number": (
        (
            _REGISTRATION.format(_SELLER_VAT),
            "",
        ),
    ),
    "BR-S-08__base_does_not_add_up": (("<ram:BasisAmount>1328.12", "<ram:BasisAmount>1329.12"),),
    "BR-E-10__no_reason_at_all": ((_EXEMPTION_CODE, ""), (_EXEMPTION_TEXT, "")),
    "BR-DEC-09__total_of_three_decimals": ((">1867.50<", ">1867.501<"),),
    "FX-SCH-A-000164__two_global_identifiers": (
        (_BUYER_SIRET, f'{_BUYER_SIRET}\n        <ram:GlobalID schemeID="0224">COMPTA-1</ram:GlobalID>'),
    ),
    "PEPPOL-EN16931-R008__empty_element": (("<ram:Description>30 jours nets<", "<ram:Description><"),),
    "BR-33__discount_without_a_reason": ((_DISCOUNT_REASON, ""),),
    "BR-57__delivered_nowhere": ((_DELIVERY, _NOWHERE + _DELIVERY),),
    "BR-FR-06_BT-21_TXD__twice": ((_AAB, _AAB + _TXD + _TXD),),
    "BR-FR-29_BT-18__two_objects_of_one_kind": ((_ATTACHMENT, _ATTACHMENT + _OBJECT + _OBJECT),),
    "BR-FR-CO-09_BT-23-3__paid_on_no_day": ((_FRAMEWORK, "<ram:ID>M2</ram:ID>"), (_DUE, "")),
    "BR-FR-CO-14_BT-29-1__member_of_a_group_without_its_note": ((_SELLER_SIRET, _GROUP),),
    "BR-FR-CO-15_BT-29-1__member_of_a_group_without_representative": ((_SELLER_SIRET, _GROUP),),
    "BR-FR-MV-13_BT-3__self_billed_for_several_sellers": (
        (_FRAMEWORK, "<ram:ID>M8</ram:ID>"),
        (_TYPE, "<ram:TypeCode>389</ram:TypeCode>"),
    ),
    "CII-SR-465__contact_with_two_names": ((_SELLER_LEGAL, _SELLER_LEGAL + _CONTACT),),
    "CII-SR-467__two_ways_of_paying": ((_MEANS, _MEANS + _OTHER_MEANS),),
    "FX-SCH-A-000192__vat_total_in_the_accounting_currency_twice": (
        (_CURRENCY, f"<ram:TaxCurrencyCode>EUR</ram:TaxCurrencyCode>\n      {_CURRENCY}"),
        (_VAT_TOTAL, _VAT_TOTAL + _VAT_TOTAL),
    ),
    "FX-SCH-A-000606__currency_of_nowhere": (
        (_CURRENCY, "<ram:InvoiceCurrencyCode>QQQ</ram:InvoiceCurrencyCode>"),
        (_VAT_TOTAL, _VAT_TOTAL.replace("EUR", "QQQ")),
    ),
    "FX-SCH-A-000607__accounting_currency_of_nowhere": (
        (_CURRENCY, f"<ram:TaxCurrencyCode>QQQ</ram:TaxCurrencyCode>\n      {_CURRENCY}"),
        (_VAT_TOTAL, _VAT_TOTAL + _VAT_TOTAL.replace("EUR", "QQQ")),
    ),
    # What is read before any rule
    "XSD_INVALID__element_out_of_place": ((_NUMBER, f"{_NUMBER}\n    <ram:ID>FA-2026-0043</ram:ID>"),),
    "PROFILE_UNKNOWN__xrechnung": (
        (_PROFILE, "<ram:ID>urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0</ram:ID>"),
    ),
    "XML_UNREADABLE__document_type": (
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE invoice [<!ENTITY name "Atelier">]>',
        ),
    ),
    "DOCUMENT_UNREADABLE__month_thirteen": ((">20261220<", ">20261320<"),),
}
"""Name → change. The name before `__` is the rule that must fire."""


def mutant(name: str, base: str) -> str:
    """The text of one mutant. Raises `ValueError` when a replacement does not fit `base` exactly once."""
    text = base
    for old, new in MUTANTS[name]:
        if text.count(old) != 1:
            raise ValueError(f"{name}: {old!r} occurs {text.count(old)} times")
        text = text.replace(old, new)
    return text


def main() -> None:
    """Write every mutant, and remove those that are no longer listed."""
    base = (FOLDER / BASE).read_text(encoding="utf-8")
    for path in FOLDER.glob("*__*.xml"):
        path.unlink()
    for name in MUTANTS:
        (FOLDER / f"{name}.xml").write_text(mutant(name, base), encoding="utf-8")
    print(f"{len(MUTANTS)} mutants in {FOLDER.name}")


if __name__ == "__main__":
    main()
