"""Hypothesis strategies for invoices: every field the XML carries, present or not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

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
from pdp_bridge.model.money import amount

_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
)
words = st.text(_CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
texts = st.lists(words, min_size=1, max_size=3).map("\n".join)
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=9)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
amounts = st.integers(-(10**13), 10**13).map(lambda cents: amount(Decimal(cents).scaleb(-2)))
quantities = st.decimals(-(10**6), 10**6, places=4)
prices = st.decimals(0, 10**6, places=6)
percents = st.decimals(0, 100, places=2)


def optional(strategy):
    """None, or the strategy."""
    return st.none() | strategy


def several(strategy, most=3):
    """A tuple of some."""
    return st.lists(strategy, max_size=most).map(tuple)


addresses = st.builds(
    Address,
    lines=several(words),
    postcode=optional(codes),
    city=optional(words),
    subdivision=optional(words),
    country=optional(st.sampled_from(["FR", "DE", "GR"])),
)
schemes = st.sampled_from(["0060", "0088", "0224"])
unscoped = several(st.builds(Identifier, value=codes), most=2)
scoped = several(st.builds(Identifier, value=codes, scheme=schemes), most=2)
sirens = st.text("0123456789", min_size=9, max_size=9)


@st.composite
def parties(draw):
    """A party with a SIREN, another legal id, or none."""
    legal = draw(st.sampled_from(["siren", "legal_id", None]))
    return Party(
        name=draw(words),
        trading_name=draw(optional(words)),
        siren=draw(sirens) if legal == "siren" else None,
        siret=draw(optional(st.text("0123456789", min_size=14, max_size=14))),
        other_ids=draw(unscoped) + draw(scoped),
        legal_id=draw(st.builds(Identifier, value=codes, scheme=optional(schemes))) if legal == "legal_id" else None,
        vat_number=draw(optional(codes)),
        tax_number=draw(optional(codes)),
        legal_text=draw(optional(texts)),
        electronic_address=draw(optional(st.builds(ElectronicAddress, value=codes, scheme=schemes))),
        address=draw(addresses),
        contact=draw(optional(st.builds(Contact, name=words, phone=optional(words), email=optional(words)))),
    )


periods = st.builds(Period, start=days, end=optional(days))
line_allowances = st.builds(
    LineAllowanceCharge,
    charge=st.booleans(),
    amount=amounts,
    base=optional(amounts),
    percent=optional(percents),
    reason=optional(words),
    reason_code=optional(codes),
)
allowances = st.builds(
    AllowanceCharge,
    charge=st.booleans(),
    amount=amounts,
    base=optional(amounts),
    percent=optional(percents),
    category=codes,
    rate=optional(percents),
    reason=optional(words),
    reason_code=optional(codes),
)


@st.composite
def lines(draw):
    """A line; a discount on the price only beside a gross price."""
    gross = draw(optional(prices))
    return Line(
        id=draw(codes),
        name=draw(texts),
        quantity=draw(quantities),
        unit=draw(codes),
        unit_price=draw(prices),
        net=draw(amounts),
        category=draw(codes),
        rate=draw(optional(percents)),
        description=draw(optional(texts)),
        note=draw(optional(texts)),
        seller_item_id=draw(optional(codes)),
        base_quantity=draw(optional(st.decimals(1, 1000, places=2))),
        gross_price=gross,
        price_discount=draw(optional(prices)) if gross is not None else None,
        allowances=draw(several(line_allowances, most=2)),
        period=draw(optional(periods)),
    )


breakdowns = st.builds(
    VatBreakdown,
    category=codes,
    rate=optional(percents),
    base=amounts,
    tax=amounts,
    exemption_text=optional(texts),
    exemption_code=optional(codes),
)
payments = st.builds(
    Payment,
    means=codes,
    text=optional(words),
    reference=optional(words),
    account=optional(st.builds(BankAccount, iban=codes, bic=optional(codes), holder=optional(words))),
    direct_debit=optional(
        st.builds(DirectDebit, mandate=codes, creditor_id=optional(codes), debited_iban=optional(codes))
    ),
)
attachments = st.builds(
    Attachment,
    reference=codes,
    name=optional(words),
    filename=words,
    mime=st.sampled_from(["application/pdf", "text/csv"]),
    content=st.binary(min_size=1, max_size=40),
)


@st.composite
def invoices(draw):
    """An invoice that makes no sense to an accountant and every sense to the XML."""
    vat_currency = draw(optional(st.just("EUR")))
    breakdown = draw(st.lists(breakdowns, min_size=1, max_size=3).map(tuple))
    return Invoice(
        number=draw(codes),
        issue_date=draw(days),
        type=draw(st.sampled_from(["380", "381", "386", "503"])),
        currency="USD" if vat_currency else "EUR",
        seller=draw(parties()),
        buyer=draw(parties()),
        lines=draw(st.lists(lines(), min_size=1, max_size=2).map(tuple)),
        vat_breakdown=breakdown,
        totals=Totals(
            lines_total=draw(amounts),
            total_without_vat=draw(amounts),
            total_with_vat=draw(amounts),
            due=draw(amounts),
            vat_total=draw(optional(amounts)),
            vat_total_accounting=draw(optional(amounts)) if vat_currency else None,
            allowances_total=draw(optional(amounts)),
            charges_total=draw(optional(amounts)),
            paid=draw(optional(amounts)),
            rounding=draw(optional(amounts)),
        ),
        framework=draw(optional(st.sampled_from(["S1", "B2", "M4"]))),
        vat_currency=vat_currency,
        vat_point_date=draw(optional(days)),
        vat_point=draw(optional(st.sampled_from(["5", "29", "72"]))),
        due_date=draw(optional(days)),
        buyer_reference=draw(optional(words)),
        contract_reference=draw(optional(words)),
        order_reference=draw(optional(words)),
        payment_terms=draw(optional(texts)),
        notes=draw(several(st.builds(Note, text=texts, subject=optional(codes)))),
        preceding=draw(several(st.builds(PrecedingInvoice, number=codes, issue_date=optional(days)))),
        delivery=draw(optional(st.builds(Delivery, date=days, name=optional(words), address=optional(addresses)))),
        period=draw(optional(periods)),
        payment=draw(optional(payments)),
        allowances=draw(several(allowances)),
        attachments=draw(several(attachments, most=2)),
    )
