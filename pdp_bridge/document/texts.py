"""The words of the page in French, English, Spanish and Dutch.

Only wording is here. Where French law fixes a mention, the translation keeps the French reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pdp_bridge.model.codes import CREDIT_NOTE_TYPES, PREPAYMENT_TYPES, InvoiceType, Language
from pdp_bridge.model.invoice import Invoice

_ORDER = (Language.FRENCH, Language.ENGLISH, Language.SPANISH, Language.DUTCH)

_TEXTS: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        # Titles
        "invoice": ("Facture", "Invoice", "Factura", "Factuur"),
        "credit_note": ("Avoir", "Credit note", "Nota de crédito", "Creditnota"),
        "corrected": ("Facture rectificative", "Corrected invoice", "Factura rectificativa", "Gecorrigeerde factuur"),
        "prepayment": ("Facture d’acompte", "Deposit invoice", "Factura de anticipo", "Voorschotfactuur"),
        "prepayment_credit_note": (
            "Avoir sur acompte",
            "Credit note on deposit",
            "Nota de crédito sobre anticipo",
            "Creditnota op voorschot",
        ),
        "number": ("N°", "No.", "N.º", "Nr."),
        "page": (
            "page {page} / {pages}",
            "page {page} / {pages}",
            "página {page} / {pages}",
            "pagina {page} / {pages}",
        ),
        # Parties
        "seller": ("Émetteur", "From", "Emisor", "Afzender"),
        "buyer": ("Client", "Bill to", "Cliente", "Klant"),
        "deliver_to": ("Adresse de livraison", "Deliver to", "Dirección de entrega", "Afleveradres"),
        "siren": ("SIREN", "SIREN", "SIREN", "SIREN"),
        "siret": ("SIRET", "SIRET", "SIRET", "SIRET"),
        "vat_number": ("N° TVA", "VAT no.", "NIF-IVA", "Btw-nr."),
        "tax_number": ("N° fiscal", "Tax no.", "N.º fiscal", "Fiscaal nr."),
        "legal_id": ("Identifiant", "Company no.", "Identificador", "Bedrijfsnr."),
        "attention": ("À l’attention de {name}", "Attn. {name}", "A la atención de {name}", "T.a.v. {name}"),
        # Dates and references
        "issue_date": ("Date d’émission", "Issue date", "Fecha de emisión", "Factuurdatum"),
        "due_date": ("Échéance", "Due date", "Vencimiento", "Vervaldatum"),
        "paid_on": ("Réglée le", "Paid on", "Pagada el", "Betaald op"),
        "available_on": ("À votre disposition le", "Available on", "A su disposición el", "Beschikbaar op"),
        "delivery_date": ("Livraison ou exécution", "Date of supply", "Fecha de entrega", "Leveringsdatum"),
        "period": ("Période", "Period", "Período", "Periode"),
        "from_to": ("du {start} au {end}", "{start} to {end}", "del {start} al {end}", "{start} tot {end}"),
        "from": ("à partir du {start}", "from {start}", "desde el {start}", "vanaf {start}"),
        "until": ("jusqu’au {end}", "until {end}", "hasta el {end}", "tot {end}"),
        "order": ("Votre commande", "Your order", "Su pedido", "Uw bestelling"),
        "contract": ("Contrat", "Contract", "Contrato", "Contract"),
        "buyer_reference": ("Votre référence", "Your reference", "Su referencia", "Uw referentie"),
        "preceding": ("Facture d’origine", "Original invoice", "Factura de origen", "Oorspronkelijke factuur"),
        "deposits": ("Acomptes facturés", "Deposits invoiced", "Anticipos facturados", "Gefactureerde voorschotten"),
        "dated": ("{number} du {date}", "{number} of {date}", "{number} del {date}", "{number} van {date}"),
        "colon": ("\u00a0: ", ": ", ": ", ": "),
        "subject": ("Objet", "Subject", "Asunto", "Betreft"),
        # Line table
        "description": ("Désignation", "Description", "Descripción", "Omschrijving"),
        "quantity": ("Quantité", "Quantity", "Cantidad", "Aantal"),
        "unit_price": ("Prix unitaire HT", "Unit price excl. VAT", "Precio unitario sin IVA", "Prijs excl. btw"),
        "price": ("Prix unitaire", "Unit price", "Precio unitario", "Prijs"),
        "vat": ("TVA", "VAT", "IVA", "Btw"),
        "net": ("Montant HT", "Net amount", "Importe sin IVA", "Bedrag excl. btw"),
        "amount": ("Montant", "Amount", "Importe", "Bedrag"),
        "subtotal": ("Sous-total", "Subtotal", "Subtotal", "Subtotaal"),
        "gross_price": ("Prix brut {price}", "List price {price}", "Precio bruto {price}", "Brutoprijs {price}"),
        "allowance": ("Remise", "Discount", "Descuento", "Korting"),
        "charge": ("Majoration", "Surcharge", "Recargo", "Toeslag"),
        "reference": ("Réf.", "Ref.", "Ref.", "Ref."),
        "per": ("pour {quantity}", "per {quantity}", "por {quantity}", "per {quantity}"),
        # Totals
        "vat_summary": ("Détail de la TVA", "VAT summary", "Desglose del IVA", "Btw-overzicht"),
        "rate": ("Taux", "Rate", "Tipo", "Tarief"),
        "base": ("Base HT", "Taxable amount", "Base imponible", "Grondslag"),
        "tax": ("Montant TVA", "VAT amount", "Cuota de IVA", "Btw-bedrag"),
        "reverse_charge": ("Autoliquidation", "Reverse charge", "Inversión del sujeto pasivo", "Btw verlegd"),
        "exempt": ("Exonéré", "Exempt", "Exento", "Vrijgesteld"),
        "out_of_scope": ("Hors champ", "Out of scope", "No sujeto", "Buiten toepassing"),
        "lines_total": (
            "Total des lignes HT",
            "Lines total excl. VAT",
            "Total líneas sin IVA",
            "Totaal regels excl. btw",
        ),
        "lines_total_plain": ("Total des lignes", "Lines total", "Total líneas", "Totaal regels"),
        "before_deposits": (
            "Total HT avant acomptes",
            "Total excl. VAT before deposits",
            "Total sin IVA antes de anticipos",
            "Totaal excl. btw vóór voorschotten",
        ),
        "before_deposits_plain": (
            "Total avant acomptes",
            "Total before deposits",
            "Total antes de anticipos",
            "Totaal vóór voorschotten",
        ),
        "deposits_deducted": (
            "Acomptes déduits HT",
            "Deposits deducted excl. VAT",
            "Anticipos deducidos sin IVA",
            "Afgetrokken voorschotten excl. btw",
        ),
        "deposits_deducted_plain": (
            "Acomptes déduits",
            "Deposits deducted",
            "Anticipos deducidos",
            "Afgetrokken voorschotten",
        ),
        "total_without_vat": ("Total HT", "Total excl. VAT", "Total sin IVA", "Totaal excl. btw"),
        "total_with_vat": ("Total TTC", "Total incl. VAT", "Total con IVA", "Totaal incl. btw"),
        "total": ("Total", "Total", "Total", "Totaal"),
        "vat_at": ("TVA {rate}", "VAT {rate}", "IVA {rate}", "Btw {rate}"),
        "vat_in": ("TVA en {currency}", "VAT in {currency}", "IVA en {currency}", "Btw in {currency}"),
        "paid": ("Déjà réglé", "Already paid", "Ya pagado", "Reeds betaald"),
        "rounding": ("Arrondi", "Rounding", "Redondeo", "Afronding"),
        "due": ("Net à payer", "Amount due", "Total a pagar", "Te betalen"),
        "credited": ("Montant à votre crédit", "Amount to your credit", "Importe a su favor", "Bedrag te uwen gunste"),
        # Payment
        "payment": ("Règlement", "Payment", "Pago", "Betaling"),
        "means": ("Moyen de paiement", "Means of payment", "Medio de pago", "Betaalwijze"),
        "terms": ("Conditions", "Terms", "Condiciones", "Voorwaarden"),
        "holder": ("Titulaire", "Account holder", "Titular", "Rekeninghouder"),
        "payment_reference": ("Référence à rappeler", "Payment reference", "Referencia de pago", "Betalingskenmerk"),
        "mandate": ("Mandat (RUM)", "Mandate", "Mandato", "Machtiging"),
        "creditor_id": ("Créancier (ICS)", "Creditor id", "Acreedor", "Incassant-ID"),
        "debited": ("Compte débité", "Debited account", "Cuenta de cargo", "Gedebiteerde rekening"),
        "scan": (
            "Payer par virement\u00a0: scannez",
            "Pay by bank transfer: scan",
            "Pagar por transferencia: escanee",
            "Betalen per overschrijving: scan",
        ),
        "settled": (
            "Facture acquittée, merci de votre règlement.",
            "Paid in full, thank you.",
            "Factura pagada, gracias.",
            "Volledig betaald, dank u.",
        ),
        # Mentions
        "information": ("Informations", "Information", "Información", "Informatie"),
        "attachments": ("Pièces jointes", "Attachments", "Documentos adjuntos", "Bijlagen"),
        "mentions": ("Mentions légales", "Legal information", "Menciones legales", "Wettelijke vermeldingen"),
        "operation_B": (
            "Nature de l’opération : livraison de biens",
            "Nature of the transaction: supply of goods",
            "Naturaleza de la operación: entrega de bienes",
            "Aard van de handeling: levering van goederen",
        ),
        "operation_S": (
            "Nature de l’opération : prestations de services",
            "Nature of the transaction: supply of services",
            "Naturaleza de la operación: prestación de servicios",
            "Aard van de handeling: levering van diensten",
        ),
        "operation_M": (
            "Nature de l’opération : livraison de biens et prestations de services",
            "Nature of the transaction: supply of goods and services",
            "Naturaleza de la operación: entrega de bienes y prestación de servicios",
            "Aard van de handeling: levering van goederen en diensten",
        ),
        "on_debits": (
            "Option pour le paiement de la taxe d’après les débits",
            "VAT paid on debits (option pour le paiement de la taxe d’après les débits)",
            "IVA devengado según facturación (option pour le paiement de la taxe d’après les débits)",
            "Btw verschuldigd op facturering (option pour le paiement de la taxe d’après les débits)",
        ),
        "self_billed": (
            "Auto-facturation",
            "Self-billing",
            "Facturación por el destinatario",
            "Factuur uitgereikt door afnemer",
        ),
        "continued": ("Suite", "Continued", "Continuación", "Vervolg"),
    }
)

_MEANS: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        "10": ("Espèces", "Cash", "Efectivo", "Contant"),
        "20": ("Chèque", "Cheque", "Cheque", "Cheque"),
        "30": ("Virement bancaire", "Bank transfer", "Transferencia bancaria", "Overschrijving"),
        "42": ("Virement bancaire", "Bank transfer", "Transferencia bancaria", "Overschrijving"),
        "48": ("Carte bancaire", "Bank card", "Tarjeta bancaria", "Bankkaart"),
        "49": ("Prélèvement", "Direct debit", "Domiciliación bancaria", "Automatische incasso"),
        "54": ("Carte de crédit", "Credit card", "Tarjeta de crédito", "Creditcard"),
        "55": ("Carte de débit", "Debit card", "Tarjeta de débito", "Debetkaart"),
        "57": ("Accord en cours", "Standing agreement", "Acuerdo vigente", "Doorlopende overeenkomst"),
        "58": ("Virement SEPA", "SEPA transfer", "Transferencia SEPA", "SEPA-overschrijving"),
        "59": ("Prélèvement SEPA", "SEPA direct debit", "Adeudo SEPA", "SEPA-incasso"),
        "60": ("Billet à ordre", "Promissory note", "Pagaré", "Orderbriefje"),
        "68": ("Paiement en ligne", "Online payment", "Pago en línea", "Online betaling"),
        "70": ("Lettre de change", "Bill of exchange", "Letra de cambio", "Wisselbrief"),
        "97": ("Compensation", "Clearing", "Compensación", "Verrekening"),
    }
)
"""UNTDID 4461; any other code is shown by its own text (BT-82)."""

_UNITS: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        "C62": ("", "", "", ""),
        "H87": ("", "", "", ""),
        "HUR": ("h", "h", "h", "u"),
        "MIN": ("min", "min", "min", "min"),
        "DAY": ("j", "d", "d", "d"),
        "E49": ("j", "d", "d", "d"),
        "WEE": ("sem.", "wk", "sem.", "wk."),
        "MON": ("mois", "mo.", "mes", "mnd."),
        "QAN": ("trim.", "qtr", "trim.", "kw."),
        "ANN": ("an", "yr", "año", "jr"),
        "LS": ("forfait", "lump sum", "global", "forfait"),
        "LO": ("lot", "lot", "lote", "partij"),
        "SET": ("ens.", "set", "conj.", "set"),
        "E51": ("prest.", "job", "serv.", "klus"),
        "MTR": ("m", "m", "m", "m"),
        "LM": ("m", "m", "m", "m"),
        "CMT": ("cm", "cm", "cm", "cm"),
        "MMT": ("mm", "mm", "mm", "mm"),
        "KMT": ("km", "km", "km", "km"),
        "MTK": ("m²", "m²", "m²", "m²"),
        "MTQ": ("m³", "m³", "m³", "m³"),
        "HAR": ("ha", "ha", "ha", "ha"),
        "H18": ("ha", "ha", "ha", "ha"),
        "LTR": ("l", "l", "l", "l"),
        "KGM": ("kg", "kg", "kg", "kg"),
        "GRM": ("g", "g", "g", "g"),
        "TNE": ("t", "t", "t", "t"),
        "KWH": ("kWh", "kWh", "kWh", "kWh"),
        "P1": ("%", "%", "%", "%"),
        "PR": ("paire", "pair", "par", "paar"),
        "ZP": ("page", "page", "pág.", "blz."),
        "IE": ("pers.", "pers.", "pers.", "pers."),
    }
)
"""Rec 20 code → short word; any other code is shown as it is."""

_SELF_BILLED = frozenset({"261", "389", "471", "473", "500", "501", "502"})
"""UNTDID 1001, types made by the buyer."""


def text(key: str, language: str, **values: str) -> str:
    """The words of `key` in a language (French when it is another than the four), with its places filled."""
    return _TEXTS[key][_index(language)].format(**values) if values else _TEXTS[key][_index(language)]


def headline(invoice: Invoice) -> str:
    """What the document is called: Facture, Avoir, Facture d’acompte …"""
    return text(_kind(invoice.type), invoice.language)


def _kind(code: str) -> str:
    if code in CREDIT_NOTE_TYPES & PREPAYMENT_TYPES:
        return "prepayment_credit_note"
    if code in CREDIT_NOTE_TYPES:
        return "credit_note"
    if code in PREPAYMENT_TYPES:
        return "prepayment"
    return "corrected" if code == InvoiceType.CORRECTED else "invoice"


def self_billed(invoice: Invoice) -> bool:
    """True when the buyer makes the invoice (mention “Auto-facturation”, art. 242 nonies A ann. II CGI)."""
    return invoice.type in _SELF_BILLED


def means_of_payment(code: str, language: str) -> str | None:
    """The name of BT-81, None for a code without one."""
    return _MEANS[code][_index(language)] if code in _MEANS else None


def unit(code: str, language: str) -> str:
    """The short word of BT-130; empty for plain pieces, the code itself when it has no word."""
    return _UNITS[code][_index(language)] if code in _UNITS else code


@cache
def _index(language: str) -> int:
    return next((index for index, known in enumerate(_ORDER) if known == language), 0)
