"""Closed code lists used by the model, each with its source and edition.

The lists are compared with the official files in the tests; labels are for people and have no legal force.
"""

from __future__ import annotations

from enum import StrEnum

PROFILE_EN16931 = "urn:cen.eu:en16931:2017"
"""BT-24 of the EN 16931 profile (Factur-X 1.09)."""


class InvoiceType(StrEnum):
    """BT-3, UNTDID 1001, the subset of BR-FR-04 that this package produces."""

    INVOICE = "380"
    CREDIT_NOTE = "381"
    CORRECTED = "384"
    PREPAYMENT = "386"
    PREPAYMENT_CREDIT_NOTE = "503"


INVOICE_TYPES = frozenset(
    "380 389 393 501 386 500 384 471 472 473 261 262 381 396 502 503".split()  # noqa: SIM905 - a table
)
"""All of BR-FR-04 (BR-FR-Flux2 1.4.0)."""

CREDIT_NOTE_TYPES = frozenset({"261", "381", "396", "502", "503"})
"""BR-FR-CO-05: these name the invoice they correct, with its date."""

PREPAYMENT_TYPES = frozenset({"386", "500", "503"})
"""BR-FR-CO-07 and BR-FR-CO-08: deposits and their credit notes."""


class Operation(StrEnum):
    """What is sold; the first letter of BT-23 (mention added by décret 2022-1299)."""

    GOODS = "goods"
    SERVICES = "services"
    MIXED = "mixed"


class BillingFramework(StrEnum):
    """BT-23, *cadre de facturation*, BR-FR-08 (BR-FR-Flux2 1.4.0).

    B goods, S services, M both. 1 ordinary submission (*dépôt*), 2 already paid at issue, 4 final invoice after a
    deposit (*acompte*), 5 subcontractor, 6 co-contractor, 7 VAT already e-reported, 8 multi-vendor, 9 bidirectional.
    """

    B1 = "B1"
    S1 = "S1"
    M1 = "M1"
    B2 = "B2"
    S2 = "S2"
    M2 = "M2"
    S3 = "S3"
    B4 = "B4"
    S4 = "S4"
    M4 = "M4"
    S5 = "S5"
    S6 = "S6"
    B7 = "B7"
    S7 = "S7"
    M7 = "M7"
    B8 = "B8"
    S8 = "S8"
    M8 = "M8"
    B9 = "B9"
    S9 = "S9"
    M9 = "M9"

    @classmethod
    def of(cls, operation: Operation, *, suffix: str) -> BillingFramework:
        """The framework of an operation: `of(Operation.SERVICES, suffix="1")` is S1."""
        letter = {Operation.GOODS: "B", Operation.SERVICES: "S", Operation.MIXED: "M"}[operation]
        return cls(letter + suffix)


class VatCategory(StrEnum):
    """BT-118 and BT-151, UNCL 5305, the subset of BR-FR-15."""

    STANDARD = "S"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"
    ZERO = "Z"


class VatPoint(StrEnum):
    """BT-8, when VAT becomes due, UNTDID 2475 as restricted by BR-CL-06 for CII."""

    INVOICE_DATE = "5"
    DELIVERY_DATE = "29"
    PAYMENT_DATE = "72"


class Treatment(StrEnum):
    """BAR note, how the platform shall treat the invoice (BR-FR-20)."""

    B2B = "B2B"
    B2B_INTERNATIONAL = "B2BINT"
    B2C = "B2C"
    B2C_INTERNATIONAL = "B2CINT"
    OUT_OF_SCOPE = "OUTOFSCOPE"
    ARCHIVE_ONLY = "ARCHIVEONLY"


class NoteSubject(StrEnum):
    """BT-21, UNTDID 4451, the codes French rules name (BR-FR-05, BR-FR-06, BR-FR-20)."""

    RECOVERY_COST = "PMT"
    LATE_PAYMENT = "PMD"
    EARLY_PAYMENT = "AAB"
    GENERAL = "AAI"
    REGULATORY = "REG"
    LEGAL = "ABL"
    TAX = "TXD"
    TREATMENT = "BAR"


class Scheme(StrEnum):
    """Identifier schemes (ISO 6523 ICD and EAS) of French parties."""

    SIREN = "0002"
    SIRET = "0009"
    EU_VAT = "0223"
    ROUTING_CODE = "0224"
    FRENCH_ADDRESS = "0225"
    EMAIL = "EM"


class PaymentMeans(StrEnum):
    """BT-81, UNTDID 4461. The public portal takes 10 20 30 42 48 49 97 at first: 30 not 58, 49 not 59."""

    CASH = "10"
    CHEQUE = "20"
    CREDIT_TRANSFER = "30"
    BANK_ACCOUNT = "42"
    CARD = "48"
    DIRECT_DEBIT = "49"
    SEPA_CREDIT_TRANSFER = "58"
    SEPA_DIRECT_DEBIT = "59"
    PROMISSORY_NOTE = "60"
    ONLINE = "68"
    BILL_OF_EXCHANGE = "70"
    CLEARING = "97"
    OTHER = "ZZZ"


class Language(StrEnum):
    """Language of the readable page, as Facturation.pro knows them."""

    FRENCH = "fr"
    ENGLISH = "en"
    SPANISH = "es"
    DUTCH = "nl"


VAT_RATES = frozenset(
    "0 0.9 1.05 1.75 2.1 5.5 7 8.5 9.2 9.6 10 13 19.6 20 20.6".split()  # noqa: SIM905 - a table
)
"""Rates, in percent, that BR-FR-16 accepts (BR-FR-Flux2 1.4.0)."""

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLF CLP CNH CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
    TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD
    XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a table
)
"""BT-5 and BT-6, ISO 4217 as BR-CL-04 takes it (EN 16931 validation artefacts 1.3.16)."""

ATTACHMENT_NAMES = frozenset(
    [
        "RIB",
        "LISIBLE",
        "FEUILLE_DE_STYLE",
        "PJA",
        "BORDEREAU_SUIVI",
        "DOCUMENT_ANNEXE",
        "BON_LIVRAISON",
        "BON_COMMANDE",
        "BORDEREAU_SUIVI_VALIDATION",
        "ETAT_ACOMPTE",
        "FACTURE_PAIEMENT_DIRECT",
        "RECAPITULATIF_COTRAITANCE",
    ]
)
"""BT-123 as BR-FR-17 restricts it (BR-FR-Flux2 1.4.0)."""
