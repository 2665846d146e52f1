"""Why Iopole, the buyer's platform or the buyer says no: each reason with the field to correct and what to do.

Reasons of `rejectionDetail` in Iopole's OpenAPI description of October 2026, and the two seen live (UNKNOWN_INVOICE_*).
The list is open: a reason that is not here is shown in the platform's own words.
"""

from __future__ import annotations

REJECTED, UNACCEPTABLE, BUYER = "REJECTED", "UNACCEPTABLE", "buyer"
"""Who says it: a platform of the invoice (213), Iopole of the file (501), the buyer of the business (206 to 210)."""

_FILE = (
    None,
    "The file itself was not taken: make it again with `pdp-bridge render` and check it with `pdp-bridge validate`.",
    (
        "Le fichier lui-même n’a pas été pris : refaites-le avec `pdp-bridge render` et contrôlez-le avec "
        "`pdp-bridge validate`."
    ),
)
_ADDRESS = (
    "electronic_address",
    (
        "The buyer cannot be reached at this electronic address: check its SIREN and SIRET on the customer's page in "
        "Facturation.pro, or ask it which platform receives its invoices."
    ),
    (
        "Le client est injoignable à cette adresse électronique : vérifiez son SIREN et son SIRET dans la fiche "
        "client de Facturation.pro, ou demandez-lui quelle plateforme reçoit ses factures."
    ),
)
_DUPLICATE = (
    "full_invoice_ref",
    "The platform already holds an invoice with this number: look for it there before anything else.",
    "La plateforme détient déjà une facture de ce numéro : cherchez-la d’abord chez elle.",
)
_TOTAL = (
    "total",
    (
        "The amounts are said not to add up: run `pdp-bridge validate` on the file, and compare its totals with the "
        "invoice in Facturation.pro."
    ),
    (
        "Les montants ne concorderaient pas : lancez `pdp-bridge validate` sur le fichier et comparez ses totaux avec "
        "la facture dans Facturation.pro."
    ),
)
_ATTACHMENT = (
    "files",
    "One of the attachments is refused: check its name, its size and its type, or send the invoice without it.",
    "Une des pièces jointes est refusée : vérifiez son nom, sa taille et son type, ou envoyez la facture sans elle.",
)
_ORDER = (
    "purchase_number",
    "The buyer asks for its order number: make a credit note, then an invoice that bears it.",
    "L’acheteur demande son numéro de commande : faites un avoir, puis une facture qui le porte.",
)
_PRICES = (
    "items.unit_price",
    "The buyer disputes a price: settle it, then issue a credit note or a corrected invoice.",
    "L’acheteur conteste un prix : entendez-vous, puis faites un avoir ou une facture rectifiée.",
)

REASONS: dict[str, tuple[str, str | None, str, str]] = {
    "VALIDATION_FAILURE": (
        REJECTED,
        None,
        (
            "The platform's checks refuse the file: correct what each rule named below asks, by a credit note if the "
            "invoice is already in your books."
        ),
        (
            "Les contrôles de la plateforme refusent le fichier : corrigez ce que demande chaque règle citée, par un "
            "avoir si la facture est déjà en comptabilité."
        ),
    ),
    "ROUTING_FAILURE": (REJECTED, *_ADDRESS),
    "EINVOICING_ADDRESS_INCORRECT": (REJECTED, *_ADDRESS),
    "DUPLICATED_INVOICE": (REJECTED, *_DUPLICATE),
    "DUPLICATE_INVOICE": (REJECTED, *_DUPLICATE),
    "DOUBLE_INVOICING": (
        BUYER,
        "full_invoice_ref",
        (
            "The buyer says that it was already billed for this: compare with your earlier invoices, and credit one of "
            "them."
        ),
        (
            "L’acheteur dit avoir déjà été facturé : comparez avec vos factures précédentes et annulez l’une d’elles "
            "par un avoir."
        ),
    ),
    "INVALID_SIGNATURE": (
        REJECTED,
        None,
        (
            "The platform found a signature that does not hold: pdp-bridge signs nothing, so ask Iopole's support, "
            "with the id of the deposit."
        ),
        (
            "La plateforme trouve une signature fausse : pdp-bridge ne signe rien, demandez donc à l’assistance "
            "d’Iopole, avec l’identifiant du dépôt."
        ),
    ),
    "SENDING_FAILURE": (
        REJECTED,
        None,
        "The file did not reach the buyer's platform: ask Iopole's support, with the id of the deposit.",
        (
            "Le fichier n’a pas atteint la plateforme de l’acheteur : demandez à l’assistance d’Iopole, avec "
            "l’identifiant du dépôt."
        ),
    ),
    "TOTAL_AMOUNT_INCORRECT": (REJECTED, *_TOTAL),
    "CALCULATION_ERROR": (REJECTED, *_TOTAL),
    "B2G_CHECKS_FAILURE": (
        REJECTED,
        "purchase_number",
        "A public buyer asks for more: put its commitment or contract number as order number, and its service code.",
        (
            "Un acheteur public en demande plus : saisissez son numéro d’engagement ou de marché comme numéro de "
            "commande, et son code service."
        ),
    ),
    "ATTACHMENT_REFERENCE_ERROR": (REJECTED, *_ATTACHMENT),
    "ATTACHMENT_ASSOCIATION_ERROR": (REJECTED, *_ATTACHMENT),
    "EMPTY_FILE": (UNACCEPTABLE, *_FILE),
    "INVALID_FILE_TYPE": (UNACCEPTABLE, *_FILE),
    "SYNTAX_ERROR": (UNACCEPTABLE, *_FILE),
    "UNKNOWN_INVOICE_FORMAT": (UNACCEPTABLE, *_FILE),
    "UNKNOWN_INVOICE_FLAVOR": (UNACCEPTABLE, *_FILE),
    "ANTIVIRUS_FAILURE": (
        UNACCEPTABLE,
        "files",
        "The platform's antivirus stopped the file: look at the attachments and the logo that go into it.",
        "L’antivirus de la plateforme a arrêté le fichier : examinez les pièces jointes et le logo qui y entrent.",
    ),
    "FILE_SIZE_EXCEEDED": (
        UNACCEPTABLE,
        "page.logo",
        "The file is too large: use a smaller logo, or fewer attachments.",
        "Le fichier est trop gros : utilisez un logo plus léger, ou moins de pièces jointes.",
    ),
    "ATTACHMENT_SIZE_EXCEEDED": (UNACCEPTABLE, *_ATTACHMENT),
    "INVALID_ATTACHMENT_NAME": (UNACCEPTABLE, *_ATTACHMENT),
    "EMPTY_ATTACHMENT": (UNACCEPTABLE, *_ATTACHMENT),
    "INVALID_ATTACHMENT_EXTENSION": (UNACCEPTABLE, *_ATTACHMENT),
    "LEGAL_INFORMATION_MISSING": (
        BUYER,
        "mentions",
        "The buyer misses a legal mention: complete the texts of the settings, then credit and bill again.",
        (
            "Une mention légale manque à l’acheteur : complétez les textes des réglages, puis faites un avoir et une "
            "nouvelle facture."
        ),
    ),
    "INCORRECT_RECIPIENT": (
        BUYER,
        "customer_id",
        "The buyer says that the invoice is not for it: credit it, and bill the right customer.",
        "L’acheteur dit que la facture n’est pas pour lui : faites un avoir et facturez le bon client.",
    ),
    "UNKNOWN_TRANSACTION": (
        BUYER,
        None,
        "The buyer does not know this sale: send it the order or contract, or credit the invoice.",
        "L’acheteur ne connaît pas cette vente : envoyez-lui la commande ou le contrat, ou faites un avoir.",
    ),
    "PO_REFERENCE_INCORRECT_OR_MISSING": (BUYER, *_ORDER),
    "CONTRACT_REFERENCE_MISSING": (
        BUYER,
        "purchase_number",
        "The buyer asks for its contract number: make a credit note, then an invoice that bears it.",
        "L’acheteur demande son numéro de marché ou de contrat : faites un avoir, puis une facture qui le porte.",
    ),
    "REFERENCE_INCORRECT": (BUYER, *_ORDER),
    "CONTRACT_TERMINATED": (
        BUYER,
        None,
        "The buyer says that the contract has ended: settle it with the buyer, then credit the invoice if need be.",
        "L’acheteur dit que le contrat est terminé : voyez avec lui, puis faites un avoir s’il le faut.",
    ),
    "VAT_RATE_INCORRECT": (
        BUYER,
        "items.vat",
        "The buyer disputes a VAT rate: check the VAT of each line, then credit and bill again.",
        (
            "L’acheteur conteste un taux de TVA : vérifiez la TVA de chaque ligne, puis faites un avoir et une "
            "nouvelle facture."
        ),
    ),
    "UNKNOWN_ISSUER": (
        BUYER,
        "seller.siren",
        "The buyer does not know you: give it your SIREN and your bank details by another way.",
        "L’acheteur ne vous connaît pas : donnez-lui votre SIREN et vos coordonnées bancaires par un autre moyen.",
    ),
    "FINANCE_TERMS_INCORRECT": (
        BUYER,
        "term_on",
        "The buyer disputes the terms of payment: settle them, then credit and bill again.",
        (
            "L’acheteur conteste les conditions de règlement : entendez-vous, puis faites un avoir et une nouvelle "
            "facture."
        ),
    ),
    "PAYMENT_TERMS_INCORRECT": (
        BUYER,
        "term_on",
        "The buyer disputes the due date or the way of paying: settle it with the buyer.",
        "L’acheteur conteste l’échéance ou le mode de paiement : voyez avec lui.",
    ),
    "PRICES_INCORRECT": (BUYER, *_PRICES),
    "UNIT_PRICE_INCORRECT": (BUYER, *_PRICES),
    "DISCOUNT_INCORRECT": (
        BUYER,
        "rebate_percentage",
        "The buyer expects another discount: settle it, then issue a credit note for the difference.",
        "L’acheteur attend une autre remise : entendez-vous, puis faites un avoir de la différence.",
    ),
    "SIRET_INCORRECT_OR_MISSING": (
        BUYER,
        "siret",
        "The buyer's SIRET is missing or wrong: correct it on the customer's page, then credit and bill again.",
        (
            "Le SIRET de l’acheteur manque ou est faux : corrigez la fiche client, puis faites un avoir et une "
            "nouvelle facture."
        ),
    ),
    "ROUTING_CODE_INCORRECT": (BUYER, *_ADDRESS),
    "QUANTITY_INCORRECT": (
        BUYER,
        "items.quantity",
        "The buyer disputes a quantity: compare with the delivery note, then issue a credit note for the difference.",
        "L’acheteur conteste une quantité : comparez au bon de livraison, puis faites un avoir de la différence.",
    ),
    "ITEM_INCORRECT": (
        BUYER,
        "items.title",
        "The buyer did not order this item: compare with the order, then credit the line.",
        "L’acheteur n’a pas commandé cet article : comparez à la commande, puis faites un avoir de la ligne.",
    ),
    "ITEM_QUALITY_INSUFFICIENT": (
        BUYER,
        None,
        "The buyer is not satisfied with what was delivered: settle it with the buyer.",
        "L’acheteur n’est pas satisfait de la livraison : voyez avec lui.",
    ),
    "DELIVERY_ISSUE": (
        BUYER,
        "delivery_on",
        "The buyer says that the delivery is incomplete: settle it, then bill what was delivered.",
        "L’acheteur dit la livraison incomplète : voyez avec lui, puis facturez ce qui a été livré.",
    ),
    "BANK_DETAILS_INCORRECT": (
        BUYER,
        "seller.bank.iban",
        "The buyer cannot pay to this account: correct seller.bank.iban in the settings, and tell the buyer.",
        "L’acheteur ne peut payer sur ce compte : corrigez seller.bank.iban dans les réglages, et prévenez-le.",
    ),
    "MISSING_DOCUMENTS": (
        BUYER,
        "files",
        "The buyer waits for supporting documents: send them, then the invoice is taken up again.",
        "L’acheteur attend des pièces justificatives : envoyez-les, la facture sera alors reprise.",
    ),
    "OTHER": (
        BUYER,
        None,
        "The buyer gives its reason in its own words: read the platform's message.",
        "L’acheteur donne sa raison en toutes lettres : lisez le message de la plateforme.",
    ),
}
"""Reason → (who says it, field of Facturation.pro or key of the settings, English, French)."""
