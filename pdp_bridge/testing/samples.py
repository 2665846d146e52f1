"""Small made-up invoices to try things with: invented companies, numbers that only pass their checksums."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

from pdp_bridge.model.codes import BillingFramework, InvoiceType
from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import Address, ElectronicAddress, Invoice, Line, Note, Party, Totals, VatBreakdown
from pdp_bridge.model.money import amount
from pdp_bridge.model.pulled import Reference, Snapshot
from pdp_bridge.model.report import PDF_LAYERS, Layer, Report

SELLER = Party(
    name="Atelier Exemple SAS",
    siren="100000009",
    siret="10000000900017",
    vat_number="FR88100000009",
    electronic_address=ElectronicAddress(value="100000009", scheme="0225"),
    address=Address(lines=("12 rue de l’Exemple",), postcode="75011", city="Paris", country="FR"),
)
BUYER = Party(
    name="Client Modèle SARL",
    siren="200000008",
    vat_number="FR37200000008",
    electronic_address=ElectronicAddress(value="200000008", scheme="0225"),
    address=Address(lines=("3 place du Modèle",), postcode="69002", city="Lyon", country="FR"),
)


def sample_invoice(number: str = "FA-2026-001", issue_date: date = date(2026, 9, 1), *, hours: int = 2) -> Invoice:
    """`hours` of work at 100 € and 20 % VAT.

    >>> sample_invoice(hours=3).totals.due
    Decimal('360.00')
    """
    net, tax, due = amount(hours * 100), amount(hours * 20), amount(hours * 120)
    line = Line(
        id="1",
        name="Conseil",
        quantity=Decimal(hours),
        unit="HUR",
        unit_price=Decimal(100),
        net=net,
        rate=Decimal(20),
    )
    return Invoice(
        number=number,
        issue_date=issue_date,
        due_date=issue_date,
        type=InvoiceType.INVOICE,
        currency="EUR",
        seller=SELLER,
        buyer=BUYER,
        lines=(line,),
        vat_breakdown=(VatBreakdown(category=line.category, rate=line.rate, base=net, tax=tax),),
        totals=Totals(lines_total=net, total_without_vat=net, vat_total=tax, total_with_vat=due, due=due),
        framework=BillingFramework.S1,
        notes=(
            Note(subject="PMT", text="Indemnité forfaitaire pour frais de recouvrement : 40 €."),
            Note(subject="PMD", text="Pénalités de retard : trois fois le taux d’intérêt légal."),
            Note(subject="AAB", text="Pas d’escompte pour paiement anticipé."),
        ),
    )


def sample_document(invoice: Invoice | None = None) -> Document:
    """Bytes that stand for a Factur-X of the invoice: as good as real ones to whoever does not open them."""
    invoice = invoice or sample_invoice()
    return Document(content=f"%PDF-1.7 {invoice!r}".encode(), xml=b"", media_type=MediaType.FACTUR_X, invoice=invoice)


def sample_snapshot(source_id: str = "1", number: str = "FA-2026-001", *, hours: int = 2) -> Snapshot:
    """What a source shows of `sample_invoice`; `hours` changes the version."""
    invoice = sample_invoice(number, hours=hours)
    version = hashlib.sha256(f"{number} {hours}".encode()).hexdigest()
    reference = Reference(source_id=source_id, number=number, version=version, issue_date=invoice.issue_date)
    return Snapshot(reference=reference, payload={"invoice": {"id": source_id, "invoice_ref": number, "hours": hours}})


def sample_report(document: Document, *, rule_set: str = "sample") -> Report:
    """Every layer passed.

    >>> sample_report(sample_document()).sendable
    True
    """
    layers = tuple(Layer.judged(name, rule_set, ()) for name in PDF_LAYERS)
    return Report(layers=layers, required=PDF_LAYERS, sha256=document.sha256)


def changed(invoice: Invoice) -> Invoice:
    """The same invoice with one word more: same number, other bytes."""
    return replace(invoice, title=f"{invoice.title or ''} (corrigée)".strip())
