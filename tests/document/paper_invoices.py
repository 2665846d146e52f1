"""Invoices of made-up companies, complete enough to be drawn, written and judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

from pdp_bridge.document import facturx, page
from pdp_bridge.model.invoice import (
    Address,
    AllowanceCharge,
    BankAccount,
    Contact,
    Delivery,
    ElectronicAddress,
    Invoice,
    Line,
    Note,
    Party,
    Payment,
    PrecedingInvoice,
    Totals,
    VatBreakdown,
)
from pdp_bridge.model.money import Amount, amount, minus, rounded, total, vat_on
from pdp_bridge.model.page import PageStyle

SELLER = Party(
    name="Atelier Numérique SAS",
    siren="100000009",
    siret="10000000900009",
    vat_number="FR88100000009",
    legal_text="SAS au capital de 10 000 € – RCS Paris 100 000 009",
    electronic_address=ElectronicAddress(value="100000009", scheme="0225"),
    address=Address(lines=("12 rue de l’Exemple",), postcode="75011", city="Paris", country="FR"),
    contact=Contact(name="Service facturation", phone="01 02 03 04 05", email="facturation@example.fr"),
)
BUYER = Party(
    name="Œuvres & Cœurs SARL",
    siren="200000008",
    siret="20000000800009",
    vat_number="FR37200000008",
    electronic_address=ElectronicAddress(value="200000008", scheme="0225"),
    address=Address(
        lines=("Immeuble Le Phare", "48 avenue de la République"), postcode="69003", city="Lyon", country="FR"
    ),
)
NOTES = (
    Note(text="Indemnité forfaitaire pour frais de recouvrement : 40 €.", subject="PMT"),
    Note(text="Pénalités de retard : trois fois le taux d’intérêt légal.", subject="PMD"),
    Note(text="Pas d’escompte pour paiement anticipé.", subject="AAB"),
    Note(text="B2B", subject="BAR"),
)
FRANCHISE = "TVA non applicable, art. 293 B du CGI"


def line(name: str, quantity: str = "1", price: str = "100", rate: str = "20", **more) -> Line:
    """A line of category S unless `more` says otherwise; its id is given by `invoice`."""
    quantity, price = Decimal(quantity), Decimal(price)
    stated = {"id": "", "unit": "HUR", "net": rounded(quantity * price), "rate": Decimal(rate)}
    return Line(name=name, quantity=quantity, unit_price=price, **{**stated, **more})


def invoice(*lines: Line, paid: str | None = None, reasons=None, allowances=(), **more) -> Invoice:
    """An invoice whose totals follow from its lines and document allowances.

    `reasons` gives the exemption (text, code) of a VAT category.
    """
    lines = lines or (line("Développement d’une application", "12.5", "95", description="Sprint 4 : écrans de saisie"),)
    numbered = tuple(replace(one, id=str(number)) for number, one in enumerate(lines, start=1))
    stated = {
        "number": "F2026-0042",
        "issue_date": date(2026, 11, 5),
        "type": "380",
        "currency": "EUR",
        "seller": SELLER,
        "buyer": BUYER,
        "framework": "S1",
        "vat_point": "72",
        "due_date": date(2026, 12, 5),
        "payment_terms": "30 jours nets à compter de la facturation",
        "notes": NOTES,
        "delivery": Delivery(date=date(2026, 10, 31)),
        "payment": Payment(
            means="30",
            reference="F2026-0042",
            account=BankAccount(iban="FR7699999000010000123456768", bic="EXMPFRPPXXX", holder="Atelier Numérique SAS"),
        ),
        **more,
    }
    return Invoice(
        lines=numbered,
        vat_breakdown=_breakdown(numbered, allowances, reasons or {}),
        totals=_totals(numbered, allowances, _breakdown(numbered, allowances, {}), paid),
        allowances=tuple(allowances),
        **stated,
    )


def _breakdown(lines, allowances, reasons) -> tuple[VatBreakdown, ...]:
    groups: dict[tuple[str, Decimal | None], list[Amount]] = {}
    for one in lines:
        groups.setdefault((one.category, one.rate), []).append(one.net)
    for one in allowances:
        groups[one.category, one.rate].append(one.amount if one.charge else Amount(-one.amount))
    made = []
    for (category, rate), amounts in groups.items():
        base = total(amounts)
        text, code = reasons.get(category, (None, None))
        tax = vat_on(base, rate or Decimal(0))
        made.append(
            VatBreakdown(category=category, rate=rate, base=base, tax=tax, exemption_text=text, exemption_code=code)
        )
    return tuple(made)


def _totals(lines, allowances, breakdown, paid) -> Totals:
    without_vat, vat = total(one.base for one in breakdown), total(one.tax for one in breakdown)
    with_vat = total([without_vat, vat])
    removed = [one.amount for one in allowances if not one.charge]
    added = [one.amount for one in allowances if one.charge]
    return Totals(
        lines_total=total(one.net for one in lines),
        total_without_vat=without_vat,
        vat_total=vat,
        total_with_vat=with_vat,
        paid=amount(paid) if paid else None,
        due=minus(with_vat, amount(paid or "0")),
        allowances_total=total(removed) if removed else None,
        charges_total=total(added) if added else None,
    )


def credit_note() -> Invoice:
    """381, with the invoice it corrects."""
    preceding = (PrecedingInvoice(number="F2026-0031", issue_date=date(2026, 9, 2)),)
    nothing_to_pay = {"due_date": None, "payment_terms": None, "payment": None}
    refunded = line("Annulation : sprint 3", "2", "95")
    return invoice(refunded, type="381", number="A2026-0007", preceding=preceding, **nothing_to_pay)


def franchise() -> Invoice:
    """A seller without VAT."""
    lines = (line("Cours de piano", "4", "35", "0", category="E"), line("Partition", "1", "12.5", "0", category="E"))
    seller = replace(SELLER, name="Camille Exemple EI", vat_number=None, tax_number="100000009")
    return invoice(*lines, reasons={"E": (FRANCHISE, "VATEX-FR-FRANCHISE")}, seller=seller)


def two_rates() -> Invoice:
    """20 % and 5.5 %, a rebate of 10 % on each, a charge, a deposit paid."""
    rebates = [
        AllowanceCharge(
            charge=False,
            amount=amount(value),
            base=amount(base),
            percent=Decimal(10),
            rate=Decimal(rate),
            reason="Remise globale",
            reason_code="95",
        )
        for value, base, rate in (("50.00", "500.00", "20"), ("20.00", "200.00", "5.5"))
    ]
    charge = AllowanceCharge(charge=True, amount=amount("12.40"), rate=Decimal(20), reason="Port", reason_code="FC")
    lines = (
        line("Ordinateur portable", "1", "500", unit="C62"),
        line("Ouvrages", "8", "25", "5.5", unit="C62", seller_item_id="LIV-8877"),
    )
    return invoice(*lines, allowances=(*rebates, charge), framework="B1", paid="100.00")


def long_invoice(count: int = 40) -> Invoice:
    """Enough lines for several pages."""
    lines = (
        line(
            f"Prestation {number}", "1", str(80 + number), "20" if number % 3 else "10", description="Réunion de suivi"
        )
        for number in range(1, count + 1)
    )
    return invoice(*lines)


def paper(made: Invoice, style: PageStyle | None = None) -> BytesIO:
    """The file of the page, its XML aside."""
    return BytesIO(facturx.package(page.draw(made, style or PageStyle()), b"<none/>", made))
