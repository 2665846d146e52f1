"""Where each field is corrected: the screen and the field of Facturation.pro in words, or the key of the settings.

Screens and fields as the French account of Facturation.pro arranges them (invoice, customer's page, firm).
"""

from __future__ import annotations

SETTINGS = ("seller.", "mentions", "policy.", "page.", "source.", "style.")
"""How the keys of the settings file start; every other field is one of Facturation.pro."""

SCREENS: dict[str, tuple[str, str]] = {
    "full_invoice_ref": ("firm's parameters, numbering of invoices", "paramètres de la société, numérotation"),
    "invoiced_on": ("invoice, date", "facture, date"),
    "term_on": ("invoice, payment terms and due date", "facture, conditions et échéance de paiement"),
    "delivery_on": ("invoice, delivery date", "facture, date de livraison"),
    "currency": ("invoice, currency", "facture, devise"),
    "exchange_rate": ("invoice, exchange rate", "facture, taux de change"),
    "title": ("invoice, subject", "facture, objet"),
    "information": ("invoice, information", "facture, informations"),
    "nature": ("invoice, nature of the lines", "facture, nature des lignes"),
    "purchase_number": ("invoice, order number", "facture, numéro de commande"),
    "external_ref": ("external invoice, reference", "facture externe, référence"),
    "refund_id": ("credit note, invoice that it corrects", "avoir, facture corrigée"),
    "rebate_percentage": ("invoice, rebate", "facture, remise"),
    "tax_percent": ("invoice, extra tax", "facture, taxe complémentaire"),
    "vat_exemption": ("invoice, VAT exemption", "facture, exonération de TVA"),
    "vat_country": ("invoice, VAT country", "facture, pays de TVA"),
    "precompte": ("invoice, withheld contributions", "facture, précompte"),
    "payment_mode": ("invoice, way of paying", "facture, mode de règlement"),
    "settlements": ("invoice, payments", "facture, règlements"),
    "balance": ("invoice, balance", "facture, solde"),
    "total": ("invoice, total without VAT", "facture, total HT"),
    "total_with_vat": ("invoice, total with VAT", "facture, total TTC"),
    "files": ("invoice, attached files", "facture, fichiers joints"),
    "items": ("invoice, lines", "facture, lignes"),
    "items.title": ("invoice, line, text", "facture, ligne, libellé"),
    "items.style": ("invoice, line, style", "facture, ligne, style"),
    "items.optional": ("invoice, line, option", "facture, ligne, option"),
    "items.quantity": ("invoice, line, quantity", "facture, ligne, quantité"),
    "items.measure": ("invoice, line, unit", "facture, ligne, unité"),
    "items.unit_price": ("invoice, line, unit price", "facture, ligne, prix unitaire"),
    "items.vat": ("invoice, line, VAT", "facture, ligne, TVA"),
    "items.total": ("invoice, line, total", "facture, ligne, total"),
    "customer_id": ("invoice, customer", "facture, client"),
    "company_name": ("customer's page, company name", "fiche client, raison sociale"),
    "individual": ("customer's page, private person", "fiche client, particulier"),
    "street": ("customer's page, address", "fiche client, adresse"),
    "country": ("customer's page, country", "fiche client, pays"),
    "email": ("customer's page, e-mail address", "fiche client, adresse e-mail"),
    "invoice_email": ("customer's page, e-mail for invoices", "fiche client, e-mail de facturation"),
    "siret": ("customer's page, SIRET", "fiche client, SIRET"),
    "vat_number": ("customer's page, VAT number", "fiche client, numéro de TVA"),
    "electronic_address": ("customer's page, electronic address", "fiche client, adresse électronique"),
    "sepa_rum": ("customer's page, SEPA mandate", "fiche client, mandat SEPA"),
}
"""Field of Facturation.pro → screen and field, in English and French."""


def screen(field: str, *, french: bool) -> str | None:
    """The screen and field of Facturation.pro; None for a key of the settings, and for a field that is not known.

    >>> screen("items[].vat", french=False), screen("seller.siren", french=True)
    ('invoice, line, VAT', None)
    """
    name = field.replace("[]", "").removeprefix("customer.").removeprefix("invoice.")
    told = SCREENS.get(name)
    return told[french] if told and not is_setting(field) else None


def is_setting(field: str) -> bool:
    """Whether it is a key of the settings file."""
    return field.startswith(SETTINGS)
