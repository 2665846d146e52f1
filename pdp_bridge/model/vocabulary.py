"""What each part of `Invoice` is called: its business term, its French and its English name.

Terms: EN 16931-1:2017, semantic model. Paths are those of the fields of `Invoice`, without positions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A business term or group, e.g. BT-9. `name` is English."""

    id: str
    name_fr: str
    name: str


def term_of(path: str) -> Term:
    """The term of a path such as `lines.unit_price`; a path without one has that of the part it belongs to.

    >>> term_of("buyer.address.city").id, term_of("due_date").name_fr
    ('BT-52', 'date d’échéance')
    """
    while path and path not in TERMS:
        path = path.rpartition(".")[0]
    return TERMS.get(path, Term(id="", name_fr="facture", name="invoice"))


_DOCUMENT = """
number|BT-1|numéro|number
issue_date|BT-2|date d’émission|issue date
type|BT-3|type de facture|invoice type
currency|BT-5|devise|currency
vat_currency|BT-6|devise de la TVA|VAT currency
vat_point_date|BT-7|date d’exigibilité de la TVA|VAT point date
vat_point|BT-8|code d’exigibilité de la TVA|VAT point date code
due_date|BT-9|date d’échéance|due date
buyer_reference|BT-10|référence de l’acheteur|buyer reference
contract_reference|BT-12|contrat|contract
order_reference|BT-13|bon de commande|purchase order
payment_terms|BT-20|conditions de paiement|payment terms
framework|BT-23|cadre de facturation|billing framework
profile|BT-24|profil|profile
notes|BG-1|note|note
notes.text|BT-22|texte d’une note|text of a note
notes.subject|BT-21|objet d’une note|subject of a note
preceding|BG-3|facture antérieure|preceding invoice
preceding.number|BT-25|numéro de la facture antérieure|number of the preceding invoice
preceding.issue_date|BT-26|date de la facture antérieure|date of the preceding invoice
delivery|BG-13|livraison|delivery
delivery.date|BT-72|date de livraison|delivery date
delivery.name|BT-70|destinataire de la livraison|name of the recipient
delivery.address|BG-15|adresse de livraison|delivery address
period|BG-14|période de facturation|invoicing period
period.start|BT-73|début de la période|start of the period
period.end|BT-74|fin de la période|end of the period
payment|BG-16|paiement|payment
payment.means|BT-81|moyen de paiement|means of payment
payment.text|BT-82|libellé du moyen de paiement|words for the means of payment
payment.reference|BT-83|référence du paiement|payment reference
payment.account|BG-17|compte bancaire|bank account
payment.account.iban|BT-84|IBAN|IBAN
payment.account.bic|BT-86|BIC|BIC
payment.account.holder|BT-85|titulaire du compte|account holder
payment.direct_debit|BG-19|prélèvement|direct debit
payment.direct_debit.mandate|BT-89|mandat de prélèvement|direct debit mandate
payment.direct_debit.creditor_id|BT-90|identifiant du créancier|creditor identifier
payment.direct_debit.debited_iban|BT-91|IBAN débité|debited IBAN
allowances|BG-20|remise ou majoration|allowance or charge
allowances.amount|BT-92|montant de la remise ou majoration|amount of the allowance or charge
allowances.base|BT-93|base de la remise ou majoration|base of the allowance or charge
allowances.percent|BT-94|taux de la remise ou majoration|percentage of the allowance or charge
allowances.category|BT-95|catégorie de TVA de la remise ou majoration|VAT category of the allowance or charge
allowances.rate|BT-96|taux de TVA de la remise ou majoration|VAT rate of the allowance or charge
allowances.reason|BT-97|motif de la remise ou majoration|reason of the allowance or charge
allowances.reason_code|BT-98|code du motif de la remise ou majoration|reason code of the allowance or charge
lines|BG-25|ligne|line
lines.note|BT-127|note de la ligne|note of the line
lines.quantity|BT-129|quantité|quantity
lines.unit|BT-130|unité|unit
lines.net|BT-131|total de la ligne, hors TVA|net amount of the line
lines.unit_price|BT-146|prix unitaire|unit price
lines.price_discount|BT-147|rabais sur le prix|discount on the price
lines.gross_price|BT-148|prix brut|gross price
lines.base_quantity|BT-149|quantité de base du prix|base quantity of the price
lines.category|BT-151|catégorie de TVA de la ligne|VAT category of the line
lines.rate|BT-152|taux de TVA de la ligne|VAT rate of the line
lines.name|BT-153|désignation|item name
lines.description|BT-154|description|item description
lines.seller_item_id|BT-155|référence de l’article|item reference
lines.allowances|BG-27|remise ou majoration de la ligne|allowance or charge of the line
lines.period|BG-26|période de la ligne|period of the line
vat_breakdown|BG-23|ventilation de la TVA|VAT breakdown
vat_breakdown.base|BT-116|base de TVA|taxable amount
vat_breakdown.tax|BT-117|montant de TVA|VAT amount
vat_breakdown.category|BT-118|catégorie de TVA|VAT category
vat_breakdown.rate|BT-119|taux de TVA|VAT rate
vat_breakdown.exemption_text|BT-120|motif d’exonération|exemption reason
vat_breakdown.exemption_code|BT-121|code d’exonération|exemption code
totals|BG-22|totaux|totals
totals.lines_total|BT-106|total des lignes, hors TVA|total of the lines
totals.allowances_total|BT-107|total des remises|total of the allowances
totals.charges_total|BT-108|total des majorations|total of the charges
totals.total_without_vat|BT-109|total hors TVA|total without VAT
totals.vat_total|BT-110|total de la TVA|total VAT
totals.vat_total_accounting|BT-111|total de la TVA en euros|total VAT in euros
totals.total_with_vat|BT-112|total TTC|total with VAT
totals.paid|BT-113|déjà payé|paid amount
totals.rounding|BT-114|arrondi|rounding
totals.due|BT-115|net à payer|amount due
attachments|BG-24|pièce jointe|attachment
attachments.reference|BT-122|référence de la pièce jointe|reference of the attachment
attachments.name|BT-123|nom de la pièce jointe|name of the attachment
attachments.content|BT-125|contenu de la pièce jointe|content of the attachment
"""

_PARTY = """
|BG-4 BG-7|{0}|{1}
.name|BT-27 BT-44|nom {2}|name of the {1}
.trading_name|BT-28 BT-45|nom commercial {2}|trading name of the {1}
.siret|BT-29 BT-46|SIRET {2}|SIRET of the {1}
.other_ids|BT-29 BT-46|autre identifiant {2}|other identifier of the {1}
.siren|BT-30 BT-47|SIREN {2}|SIREN of the {1}
.legal_id|BT-30 BT-47|identifiant légal {2}|legal identifier of the {1}
.vat_number|BT-31 BT-48|numéro de TVA {2}|VAT number of the {1}
.tax_number|BT-32 BT-48|numéro fiscal {2}|tax number of the {1}
.legal_text|BT-33 BT-44|mentions légales {2}|legal text of the {1}
.electronic_address|BT-34 BT-49|adresse électronique {2}|electronic address of the {1}
.address|BG-5 BG-8|adresse {2}|address of the {1}
.address.lines|BT-35 BT-50|rue {2}|street of the {1}
.address.city|BT-37 BT-52|ville {2}|city of the {1}
.address.postcode|BT-38 BT-53|code postal {2}|postcode of the {1}
.address.subdivision|BT-39 BT-54|région {2}|region of the {1}
.address.country|BT-40 BT-55|pays {2}|country of the {1}
.contact|BG-6 BG-9|contact {2}|contact of the {1}
.contact.name|BT-41 BT-56|nom du contact {2}|contact name of the {1}
.contact.phone|BT-42 BT-57|téléphone {2}|phone of the {1}
.contact.email|BT-43 BT-58|e-mail {2}|e-mail of the {1}
"""


def _read() -> dict[str, Term]:
    terms: dict[str, Term] = {}
    for row in _DOCUMENT.strip().splitlines():
        path, term, french, english = row.split("|")
        terms[path] = Term(id=term, name_fr=french, name=english)
    parties = (("seller", ("vendeur", "seller", "du vendeur")), ("buyer", ("acheteur", "buyer", "de l’acheteur")))
    for place, (path, words) in enumerate(parties):
        for row in _PARTY.strip().splitlines():
            below, ids, french, english = row.split("|")
            name_fr, name = french.format(*words), english.format(*words)
            terms[f"{path}{below}"] = Term(id=ids.split()[place], name_fr=name_fr, name=name)
    return terms


TERMS = _read()
"""By path."""
