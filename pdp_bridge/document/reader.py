"""CII XML → Invoice, whoever made it: any profile of Factur-X, from MINIMUM to EXTENDED.

Values are taken as they stand, so that the checks judge what the message says. What the message leaves out is None or
empty; a total or quantity that the model needs and the profile leaves out is zero (MINIMUM states no BT-106). Terms
that the model does not know are passed over. Where each stands in the message is told by `places`. Never a network
access, an entity or a DTD.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

from pdp_bridge.document import places
from pdp_bridge.document.element import SUPPORTING_DOCUMENT
from pdp_bridge.document.reading import (
    Element,
    Found,
    amount,
    attribute,
    boolean,
    day,
    decimal,
    first,
    number,
    optional_amount,
    root_of,
    said,
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
from pdp_bridge.model.money import ZERO, as_stated


def read(xml: bytes) -> Invoice:
    """The invoice that the message states.

    Raises `DocumentError`: `XML_UNREADABLE` when it is not a CII invoice, is too large, has a DTD, or when a date or
    number in it is none; the finding names the element.
    """
    found = places.MESSAGE.of(root_of(xml))
    settled = places.SETTLEMENT.of(first(found, "settlement"))
    currency = text(settled, "currency") or ""
    issue_date = day(found, "issue_date")
    if issue_date is None:
        raise unreadable("it has no issue date (BT-2)", "elle n’a pas de date d’émission (BT-2)", term="BT-2")
    return Invoice(
        number=text(found, "number") or "",
        issue_date=issue_date,
        type=text(found, "type") or "",
        currency=currency,
        seller=_party(first(found, "seller")),
        buyer=_party(first(found, "buyer")),
        lines=tuple(map(_line, found["lines"])),
        vat_breakdown=tuple(map(_vat, settled["taxes"])),
        totals=_totals(first(settled, "totals"), currency),
        framework=text(found, "framework"),
        profile=text(found, "profile") or "",
        vat_currency=text(settled, "vat_currency"),
        vat_point_date=day(settled, "vat_point_date"),
        vat_point=text(settled, "vat_point"),
        due_date=day(settled, "due_date"),
        buyer_reference=text(found, "buyer_reference"),
        contract_reference=text(found, "contract_reference"),
        order_reference=text(found, "order_reference"),
        payment_terms=text(places.TERMS.of(first(settled, "terms")), "description"),
        notes=tuple(map(_note, found["notes"])),
        preceding=tuple(map(_preceding, settled["preceding"])),
        delivery=_delivery(first(found, "delivery")),
        period=_period(settled),
        payment=_payment(settled),
        allowances=tuple(map(_allowance, settled["allowances"])),
        attachments=tuple(filter(None, map(_attachment, found["documents"]))),
    )


def _note(element: Element) -> Note:
    found = places.NOTE.of(element)
    return Note(text=text(found, "text") or "", subject=text(found, "subject"))


# Parties


def _party(element: Element | None) -> Party:
    found = places.PARTY.of(element)
    legal = next(_identifiers(found["legal_id"][:1]), None)
    siren = legal if legal and legal.scheme == Scheme.SIREN else None
    global_ids = list(_identifiers(found["global_ids"]))
    siret = next((one for one in global_ids if one.scheme == Scheme.SIRET), None)
    other_ids = [*_identifiers(found["ids"]), *global_ids]
    return Party(
        name=text(found, "name") or "",
        trading_name=text(found, "trading_name"),
        siren=siren.value if siren else None,
        siret=siret.value if siret else None,
        other_ids=tuple([one for one in other_ids if one is not siret]),
        legal_id=None if siren else legal,
        vat_number=_registration(found, "VA"),
        tax_number=_registration(found, "FC"),
        legal_text=text(found, "legal_text"),
        electronic_address=_electronic_address(first(found, "electronic_address")),
        address=_address(first(found, "address")) or Address(),
        contact=_contact(first(found, "contact")),
    )


def _identifiers(elements: Iterable[Element]) -> Iterator[Identifier]:
    for element in elements:
        value = said(element)
        if value:
            yield Identifier(value=value, scheme=attribute(element, "schemeID"))


def _electronic_address(element: Element | None) -> ElectronicAddress | None:
    value = None if element is None else said(element)
    return ElectronicAddress(value=value, scheme=attribute(element, "schemeID") or "") if value else None


def _registration(party: Found, scheme: str) -> str | None:
    return next((said(one) for one in party["registrations"] if attribute(one, "schemeID") == scheme), None)


def _contact(element: Element | None) -> Contact | None:
    if element is None:
        return None
    found = places.CONTACT.of(element)
    name = text(found, "name") or text(found, "department")
    contact = Contact(name=name, phone=text(found, "phone"), email=text(found, "email"))
    return None if contact == Contact() else contact


def _address(element: Element | None) -> Address | None:
    if element is None:
        return None
    found = places.ADDRESS.of(element)
    lines = (text(found, "line_1"), text(found, "line_2"), text(found, "line_3"))
    address = Address(
        lines=tuple([line for line in lines if line]),
        postcode=text(found, "postcode"),
        city=text(found, "city"),
        subdivision=text(found, "subdivision"),
        country=text(found, "country"),
    )
    return None if address == Address() else address


# Lines


def _line(element: Element) -> Line:
    found = places.LINE.of(element)
    net, gross = places.PRICE.of(first(found, "net_price")), places.PRICE.of(first(found, "gross_price"))
    base_quantity = decimal(net, "base_quantity")
    return Line(
        id=text(found, "id") or "",
        name=text(found, "name") or "",
        quantity=decimal(found, "quantity") or ZERO,
        unit=attribute(first(found, "quantity"), "unitCode") or "",
        unit_price=decimal(net, "amount") or ZERO,
        net=amount(found, "net"),
        category=text(found, "category") or "",
        rate=decimal(found, "rate"),
        description=text(found, "description"),
        note=text(found, "note"),
        seller_item_id=text(found, "seller_item_id"),
        base_quantity=decimal(gross, "base_quantity") if base_quantity is None else base_quantity,
        gross_price=decimal(gross, "amount"),
        price_discount=decimal(gross, "discount"),
        allowances=tuple(map(_line_allowance, found["allowances"])),
        period=_period(found),
    )


def _line_allowance(element: Element) -> LineAllowanceCharge:
    found = places.ALLOWANCE.of(element)
    return LineAllowanceCharge(
        charge=boolean(found, "charge"),
        amount=amount(found, "amount"),
        base=optional_amount(found, "base"),
        percent=decimal(found, "percent"),
        reason=text(found, "reason"),
        reason_code=text(found, "reason_code"),
    )


# Agreement and delivery


def _attachment(element: Element) -> Attachment | None:
    """None for a document that is not said to support the invoice."""
    found = places.DOCUMENT.of(element)
    if text(found, "type") not in {SUPPORTING_DOCUMENT, None}:
        return None
    binary = first(found, "content")
    return Attachment(
        reference=text(found, "reference") or "",
        name=text(found, "name"),
        filename=attribute(binary, "filename"),
        mime=attribute(binary, "mimeCode"),
        content=b"" if binary is None else _content(binary),
    )


def _content(binary: Element) -> bytes:
    encoded = "".join((said(binary) or "").split())
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable(
            "the attachment is not base64 (BT-125)", "la pièce jointe n’est pas en base64 (BT-125)", binary, "BT-125"
        ) from error


def _delivery(element: Element | None) -> Delivery | None:
    found = places.DELIVERY.of(element)
    delivery = Delivery(date=day(found, "date"), name=text(found, "name"), address=_address(first(found, "address")))
    return None if delivery == Delivery() else delivery


# Settlement


def _payment(settled: Found) -> Payment | None:
    means = places.MEANS.of(first(settled, "means"))
    debit = DirectDebit(
        mandate=text(settled, "mandate"),
        creditor_id=text(settled, "creditor_id"),
        debited_iban=text(means, "debited_iban"),
    )
    found = Payment(
        means=text(means, "code") or "",
        text=text(means, "text"),
        reference=text(settled, "payment_reference"),
        account=_account(means),
        direct_debit=None if debit == DirectDebit() else debit,
    )
    return None if found == Payment(means="") else found


def _account(means: Found) -> BankAccount | None:
    found = places.ACCOUNT.of(first(means, "account"))
    identifier = text(found, "iban") or text(found, "other")
    if identifier is None:
        return None
    return BankAccount(iban=identifier, bic=text(means, "bic"), holder=text(found, "holder"))


def _vat(element: Element) -> VatBreakdown:
    found = places.TAX.of(element)
    return VatBreakdown(
        category=text(found, "category") or "",
        rate=decimal(found, "rate"),
        base=amount(found, "base"),
        tax=amount(found, "tax"),
        exemption_text=text(found, "exemption_text"),
        exemption_code=text(found, "exemption_code"),
    )


def _period(settled: Found) -> Period | None:
    start, end = day(settled, "start"), day(settled, "end")
    return Period(start=start, end=end) if start or end else None


def _allowance(element: Element) -> AllowanceCharge:
    found = places.ALLOWANCE.of(element)
    return AllowanceCharge(
        charge=boolean(found, "charge"),
        amount=amount(found, "amount"),
        base=optional_amount(found, "base"),
        percent=decimal(found, "percent"),
        category=text(found, "category") or "",
        rate=decimal(found, "rate"),
        reason=text(found, "reason"),
        reason_code=text(found, "reason_code"),
    )


def _totals(element: Element | None, currency: str) -> Totals:
    found = places.TOTALS.of(element)
    vat_total = vat_total_accounting = None
    for tax in found["taxes"]:
        value = number(tax)
        stated = None if value is None else as_stated(value)
        if attribute(tax, "currencyID") in {None, currency}:
            vat_total = stated
        else:
            vat_total_accounting = stated
    return Totals(
        lines_total=amount(found, "lines_total"),
        total_without_vat=amount(found, "total_without_vat"),
        total_with_vat=amount(found, "total_with_vat"),
        due=amount(found, "due"),
        vat_total=vat_total,
        vat_total_accounting=vat_total_accounting,
        allowances_total=optional_amount(found, "allowances_total"),
        charges_total=optional_amount(found, "charges_total"),
        paid=optional_amount(found, "paid"),
        rounding=optional_amount(found, "rounding"),
    )


def _preceding(element: Element) -> PrecedingInvoice:
    found = places.PRECEDING.of(element)
    return PrecedingInvoice(number=text(found, "number") or "", issue_date=day(found, "issue_date"))
