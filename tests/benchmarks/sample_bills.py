"""Invoices to measure with: invented companies, three VAT rates, any number of lines, no two alike."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pdp_bridge.model.codes import BillingFramework, InvoiceType
from pdp_bridge.model.invoice import BankAccount, Invoice, Line, Note, Payment, Totals, VatBreakdown
from pdp_bridge.model.money import rounded, total, vat_on
from pdp_bridge.testing.samples import BUYER, SELLER

RATES = (Decimal(20), Decimal(10), Decimal("5.5"))
NOTES = (
    Note(subject="PMT", text="Indemnité forfaitaire pour frais de recouvrement : 40 €."),
    Note(subject="PMD", text="Pénalités de retard : trois fois le taux d’intérêt légal."),
    Note(subject="AAB", text="Pas d’escompte pour paiement anticipé."),
)


def bill(lines: int, number: int = 1) -> Invoice:
    """An invoice of so many lines, payable by transfer; `number` changes every name and amount."""
    items = tuple(_line(place, number) for place in range(1, lines + 1))
    breakdown = tuple(_breakdown(items, rate) for rate in RATES[:lines])
    net, tax = total(one.base for one in breakdown), total(one.tax for one in breakdown)
    due = total((net, tax))
    return Invoice(
        number=f"FA-2026-{number:06d}",
        issue_date=date(2026, 9, 1),
        due_date=date(2026, 10, 1),
        type=InvoiceType.INVOICE,
        currency="EUR",
        seller=SELLER,
        buyer=BUYER,
        lines=items,
        vat_breakdown=breakdown,
        totals=Totals(lines_total=net, total_without_vat=net, vat_total=tax, total_with_vat=due, due=due),
        framework=BillingFramework.S1,
        payment_terms="30 jours nets",
        payment=Payment(
            means="30",
            reference=f"FA-2026-{number:06d}",
            account=BankAccount(iban="FR7699999000010000123456768", bic="EXMPFRPPXXX", holder=SELLER.name),
        ),
        notes=NOTES,
    )


def _line(place: int, number: int) -> Line:
    quantity, price = (
        Decimal(1 + (place + number) % 7),
        Decimal(f"{20 + (place * 37 + number) % 180}.{place % 100:02d}"),
    )
    return Line(
        id=str(place),
        name=f"Prestation {number}-{place} de conseil",
        quantity=quantity,
        unit="HUR",
        unit_price=price,
        net=rounded(quantity * price),
        rate=RATES[(place - 1) % len(RATES)],
    )


def _breakdown(lines: tuple[Line, ...], rate: Decimal) -> VatBreakdown:
    base = total(line.net for line in lines if line.rate == rate)
    return VatBreakdown(category=lines[0].category, rate=rate, base=base, tax=vat_on(base, rate))
