"""The invoice as EN 16931 states it: one immutable tree, the only model of the package.

Follows EN 16931-1:2017 semantic model; terms are cited by number (BT-, BG-). Values are what the document says, even
when wrong: a foreign file with an invalid SIREN is read as it is, and the checks of `validation` judge it.

All amounts are in `Invoice.currency`. Dates are plain dates: a legal document has no time zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pdp_bridge.model.codes import PROFILE_EN16931, Language, VatCategory
from pdp_bridge.model.money import Amount
from pdp_bridge.model.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier with its scheme (ISO 6523 ICD), e.g. `Identifier(value="…", scheme="0009")` for a SIRET."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicAddress:
    """BT-34 or BT-49: where the network delivers. `scheme` is an EAS code, 0225 in France, EM for e-mail."""

    value: str
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """BG-5, BG-8 or BG-15. At most three lines (BT-35, BT-36, BT-162)."""

    lines: tuple[str, ...] = ()
    postcode: str | None = None  # BT-38
    city: str | None = None  # BT-37
    subdivision: str | None = None  # BT-39
    country: str | None = None  # BT-40, ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """BG-6 or BG-9."""

    name: str | None = None  # BT-41
    phone: str | None = None  # BT-42
    email: str | None = None  # BT-43


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """BG-4 seller or BG-7 buyer."""

    name: str  # BT-27
    trading_name: str | None = None  # BT-28
    siren: str | None = None  # BT-30 with scheme 0002
    siret: str | None = None  # BT-29 with scheme 0009
    other_ids: tuple[Identifier, ...] = ()  # BT-29 other than the SIRET
    legal_id: Identifier | None = None  # BT-30 of another scheme than 0002
    vat_number: str | None = None  # BT-31
    tax_number: str | None = None  # BT-32, local tax registration
    legal_text: str | None = None  # BT-33
    electronic_address: ElectronicAddress | None = None  # BT-34
    address: Address = field(default_factory=Address)  # BG-5
    contact: Contact | None = None  # BG-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """BG-1: a free text (BT-22) and its subject code (BT-21)."""

    text: str
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedingInvoice:
    """BG-3: the invoice that this one corrects or completes."""

    number: str  # BT-25
    issue_date: date | None = None  # BT-26


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """BG-14 or BG-26, both days included."""

    start: date | None = None  # BT-73
    end: date | None = None  # BT-74


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """BG-13: when and where goods or services were delivered."""

    date: date | None = None  # BT-72
    name: str | None = None  # BT-70
    address: Address | None = None  # BG-15


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """BG-17: the account a transfer goes to."""

    iban: str  # BT-84
    bic: str | None = None  # BT-86
    holder: str | None = None  # BT-85


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDebit:
    """BG-19."""

    mandate: str | None = None  # BT-89
    creditor_id: str | None = None  # BT-90
    debited_iban: str | None = None  # BT-91


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """BG-16: how the invoice is, or was, to be paid."""

    means: str  # BT-81, UNTDID 4461
    text: str | None = None  # BT-82
    reference: str | None = None  # BT-83
    account: BankAccount | None = None  # BG-17
    direct_debit: DirectDebit | None = None  # BG-19


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceCharge:
    """BG-20 allowance or BG-21 charge on the document; `category` and `rate` are those of the VAT it bears."""

    charge: bool  # False: allowance
    amount: Amount  # BT-92 or BT-99
    base: Amount | None = None  # BT-93 or BT-100
    percent: Decimal | None = None  # BT-94 or BT-101, in percent
    category: str = VatCategory.STANDARD  # BT-95 or BT-102
    rate: Decimal | None = None  # BT-96 or BT-103, in percent; absent for category O
    reason: str | None = None  # BT-97 or BT-104
    reason_code: str | None = None  # BT-98 (UNTDID 5189) or BT-105 (UNTDID 7161)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAllowanceCharge:
    """BG-27 allowance or BG-28 charge on one line."""

    charge: bool
    amount: Amount  # BT-136 or BT-141
    base: Amount | None = None
    percent: Decimal | None = None
    reason: str | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """BG-25. The sign of a refund or deduction is in the quantity; the price is never negative (BR-27)."""

    id: str  # BT-126
    name: str  # BT-153
    quantity: Decimal  # BT-129, at most 4 decimals (BR-FR-DEC-02)
    unit: str  # BT-130, Rec 20 or 21
    unit_price: Decimal  # BT-146, at most 6 decimals (BR-FR-DEC-03)
    net: Amount  # BT-131
    category: str = VatCategory.STANDARD  # BT-151
    rate: Decimal | None = None  # BT-152, in percent; absent for category O
    description: str | None = None  # BT-154
    note: str | None = None  # BT-127
    seller_item_id: str | None = None  # BT-155
    base_quantity: Decimal | None = None  # BT-149; absent means 1
    gross_price: Decimal | None = None  # BT-148
    price_discount: Decimal | None = None  # BT-147
    allowances: tuple[LineAllowanceCharge, ...] = ()  # BG-27, BG-28
    period: Period | None = None  # BG-26
    unit_text: str | None = None  # the seller's own word for the unit; printed on the page


@dataclass(frozen=True, slots=True, kw_only=True)
class VatBreakdown:
    """BG-23: one VAT category and rate."""

    category: str  # BT-118
    rate: Decimal | None  # BT-119, in percent; absent for category O
    base: Amount  # BT-116
    tax: Amount  # BT-117
    exemption_text: str | None = None  # BT-120
    exemption_code: str | None = None  # BT-121, VATEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """BG-22."""

    lines_total: Amount  # BT-106
    total_without_vat: Amount  # BT-109
    total_with_vat: Amount  # BT-112
    due: Amount  # BT-115
    vat_total: Amount | None = None  # BT-110
    vat_total_accounting: Amount | None = None  # BT-111, in `Invoice.vat_currency`
    allowances_total: Amount | None = None  # BT-107, absent when there is none
    charges_total: Amount | None = None  # BT-108, absent when there is none
    paid: Amount | None = None  # BT-113
    rounding: Amount | None = None  # BT-114


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """BG-24: a supporting document carried inside the invoice."""

    reference: str  # BT-122
    name: str | None = None  # BT-123
    filename: str | None = None  # BT-125-2
    mime: str | None = None  # BT-125-1
    content: bytes = b""  # BT-125


class RowKind(StrEnum):
    """What a row of the page's table is, beside the priced lines."""

    LINE = "line"
    COMMENT = "comment"
    TITLE = "title"
    SUBTOTAL = "subtotal"
    PAGE_BREAK = "page_break"
    SUBSIDY = "subsidy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the readable page, in printed order.

    `line` is the index into `Invoice.lines` of a LINE row; `text` the words of a COMMENT, TITLE, SUBTOTAL or SUBSIDY;
    `amount` the sum printed on a SUBTOTAL or SUBSIDY.
    """

    kind: RowKind
    line: int | None = None
    text: str | None = None
    amount: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice, as issued: later payments, reminders and notes never alter it."""

    number: str  # BT-1, opaque text
    issue_date: date  # BT-2
    type: str  # BT-3, see `codes.InvoiceType`
    currency: str  # BT-5, ISO 4217
    seller: Party  # BG-4
    buyer: Party  # BG-7
    lines: tuple[Line, ...]  # BG-25
    vat_breakdown: tuple[VatBreakdown, ...]  # BG-23
    totals: Totals  # BG-22
    framework: str | None  # BT-23, see `codes.BillingFramework`
    profile: str = PROFILE_EN16931  # BT-24
    vat_currency: str | None = None  # BT-6, EUR when `currency` is not
    vat_point_date: date | None = None  # BT-7
    vat_point: str | None = None  # BT-8, see `codes.VatPoint`
    due_date: date | None = None  # BT-9
    buyer_reference: str | None = None  # BT-10
    contract_reference: str | None = None  # BT-12
    order_reference: str | None = None  # BT-13
    payment_terms: str | None = None  # BT-20
    notes: tuple[Note, ...] = ()  # BG-1
    preceding: tuple[PrecedingInvoice, ...] = ()  # BG-3
    delivery: Delivery | None = None  # BG-13
    period: Period | None = None  # BG-14
    payment: Payment | None = None  # BG-16
    allowances: tuple[AllowanceCharge, ...] = ()  # BG-20, BG-21
    attachments: tuple[Attachment, ...] = ()  # BG-24
    # For the page and for people; no business term.
    title: str | None = None
    language: str = Language.FRENCH
    rows: tuple[Row, ...] = ()  # empty: the lines in order
    remarks: tuple[Finding, ...] = ()  # what the mapping wants a person to know; warnings only

    def note(self, subject: str) -> str | None:
        """Text of the first note (BT-22) with that subject code (BT-21), or None."""
        return next((note.text for note in self.notes if note.subject == subject), None)
