"""Advice on the French rules: rule → (field, English, French); see `advice`. Edition BR-FR-Flux2 1.4.0.04."""

from __future__ import annotations

FRENCH: dict[str, tuple[str | None, str, str]] = {
    "BR-FR-01": (
        "full_invoice_ref",
        "An invoice number has at most 35 characters: shorten the numbering prefix for the next invoices.",
        "Un numéro de facture a 35 caractères au plus : raccourcissez le préfixe de numérotation pour les suivantes.",
    ),
    "BR-FR-02": (
        "full_invoice_ref",
        "An invoice number holds only letters, digits and + - _ /, without space: change the numbering prefix.",
        "Un numéro ne contient que lettres, chiffres et + - _ /, sans espace : changez le préfixe de numérotation.",
    ),
    "BR-FR-03": (
        "invoiced_on",
        "Every date must be a real day between 2000 and 2099.",
        "Chaque date doit être un jour réel entre 2000 et 2099.",
    ),
    "BR-FR-03_BT-9": (
        "term_on",
        "The due date must be a real day between 2000 and 2099.",
        "La date d’échéance doit être un jour réel entre 2000 et 2099.",
    ),
    "BR-FR-03_BT-72": (
        "delivery_on",
        "The delivery date must be a real day between 2000 and 2099.",
        "La date de livraison doit être un jour réel entre 2000 et 2099.",
    ),
    "BR-FR-04": (
        None,
        "The document type (BT-3) is not one that France accepts.",
        "Le type de document (BT-3) n’est pas admis en France.",
    ),
    "BR-FR-05_BT-22_PMT": (
        "mentions.recovery_cost",
        "State the fixed recovery indemnity (note PMT): give its wording in the settings.",
        "Indiquez l’indemnité forfaitaire pour frais de recouvrement (note PMT) : texte à donner dans les réglages.",
    ),
    "BR-FR-05_BT-22_PMD": (
        "mentions.late_payment",
        "State the late-payment penalties (note PMD): give their wording in the settings.",
        "Indiquez les pénalités de retard (note PMD) : donnez-en le texte dans les réglages.",
    ),
    "BR-FR-05_BT-22_AAB": (
        "mentions.early_payment",
        "State the early-payment discount or that there is none (note AAB): give its wording in the settings.",
        "Indiquez l’escompte, ou son absence (note AAB) : donnez-en le texte dans les réglages.",
    ),
    "BR-FR-06": (
        "mentions.extra",
        "The notes PMT, PMD, AAB and TXD may each appear once only.",
        "Les notes PMT, PMD, AAB et TXD ne peuvent figurer qu’une fois chacune.",
    ),
    "BR-FR-08": (
        "seller.default_operation",
        "Say whether goods, services or both are sold (BT-23): nature of the lines, or the settings.",
        "Indiquez s’il s’agit de biens, de services ou des deux (BT-23) : nature des lignes, ou réglages.",
    ),
    "BR-FR-09_BT-29": (
        "seller.siret",
        "The seller's SIRET has 14 digits and starts with its SIREN.",
        "Le SIRET du vendeur a 14 chiffres et commence par son SIREN.",
    ),
    "BR-FR-09": (
        "siret",
        "A SIRET has 14 digits and starts with the SIREN of the same company.",
        "Un SIRET a 14 chiffres et commence par le SIREN de la même entreprise.",
    ),
    "BR-FR-10": (
        "seller.siren",
        "Give the seller's SIREN, nine digits.",
        "Indiquez le SIREN du vendeur, neuf chiffres.",
    ),
    "BR-FR-11": (
        "siret",
        "Give the SIRET of the customer: between companies the buyer's SIREN is compulsory.",
        "Indiquez le SIRET du client : entre entreprises, le SIREN de l’acheteur est obligatoire.",
    ),
    "BR-FR-12": (
        "electronic_address",
        "Give the customer's electronic address, or an e-mail address for a consumer.",
        "Indiquez l’adresse électronique du client, ou une adresse e-mail pour un particulier.",
    ),
    "BR-FR-13": (
        "seller.siren",
        "The seller's electronic address is missing: it is made from the SIREN in the settings.",
        "L’adresse électronique du vendeur manque : elle vient du SIREN donné dans les réglages.",
    ),
    "BR-FR-15": (
        "vat_exemption",
        "The VAT category must be S, E, AE, K, G, O or Z.",
        "La catégorie de TVA doit être S, E, AE, K, G, O ou Z.",
    ),
    "BR-FR-16": (
        "items.vat",
        "The VAT rate is not one that exists in France.",
        "Le taux de TVA n’existe pas en France.",
    ),
    "BR-FR-17": (
        "files",
        "The name of an attachment must be one of the official list (RIB, LISIBLE, PJA, BON_LIVRAISON …).",
        "Le nom d’une pièce jointe doit être de la liste officielle (RIB, LISIBLE, PJA, BON_LIVRAISON…).",
    ),
    "BR-FR-18": (
        "files",
        "At most one attachment may be named LISIBLE.",
        "Une seule pièce jointe peut se nommer LISIBLE.",
    ),
    "BR-FR-20": (
        None,
        "The note BAR must be exactly B2B, B2BINT, B2C, B2CINT, OUTOFSCOPE or ARCHIVEONLY.",
        "La note BAR doit être exactement B2B, B2BINT, B2C, B2CINT, OUTOFSCOPE ou ARCHIVEONLY.",
    ),
    "BR-FR-21": (
        "electronic_address",
        "Between companies the buyer's electronic address starts with its SIREN (scheme 0225).",
        "Entre entreprises, l’adresse électronique de l’acheteur commence par son SIREN (schéma 0225).",
    ),
    "BR-FR-22": (
        "seller.siren",
        "On a self-billed invoice the seller's electronic address starts with its SIREN (scheme 0225).",
        "En autofacturation, l’adresse électronique du vendeur commence par son SIREN (schéma 0225).",
    ),
    "BR-FR-23": (
        "electronic_address",
        "An electronic address holds only letters, digits and + - _ .",
        "Une adresse électronique ne contient que lettres, chiffres et + - _ .",
    ),
    "BR-FR-24": (
        "electronic_address",
        "A routing code holds only letters, digits and + - _ .",
        "Un code de routage ne contient que lettres, chiffres et + - _ .",
    ),
    "BR-FR-25": (
        "electronic_address",
        "An electronic address has at most 125 characters.",
        "Une adresse électronique a 125 caractères au plus.",
    ),
    "BR-FR-26": (
        "electronic_address",
        "A routing code has at most 100 characters.",
        "Un code de routage a 100 caractères au plus.",
    ),
    "BR-FR-31": (
        None,
        "The note BAR may appear once only.",
        "La note BAR ne peut figurer qu’une fois.",
    ),
    "BR-FR-32": (
        "siret",
        "A SIREN has exactly nine digits.",
        "Un SIREN a exactement neuf chiffres.",
    ),
    "BR-FR-CO-03": (
        None,
        "A global-discount credit note (262) needs its contract number and the billed period.",
        "Un avoir de remise globale (262) exige le numéro de contrat et la période facturée.",
    ),
    "BR-FR-CO-04": (
        "refund_id",
        "A corrective invoice names exactly one invoice that it corrects.",
        "Une facture rectificative nomme une seule facture, celle qu’elle rectifie.",
    ),
    "BR-FR-CO-05": (
        "refund_id",
        "A credit note names the invoice it corrects, with its number and date: link it to its invoice.",
        "Un avoir nomme la facture qu’il corrige, avec numéro et date : rattachez-le à sa facture.",
    ),
    "BR-FR-CO-07": (
        "term_on",
        "The due date may not come before the issue date: correct the payment terms.",
        "La date d’échéance ne peut précéder la date de facture : corrigez les conditions de paiement.",
    ),
    "BR-FR-CO-08": (
        None,
        "A deposit invoice cannot be in the framework of a final invoice (B4, S4, M4).",
        "Une facture d’acompte ne peut avoir le cadre d’une facture de solde (B4, S4, M4).",
    ),
    "BR-FR-CO-09": (
        "settlements",
        "In an “already paid” framework, paid equals total, nothing is due, and the payment date is given.",
        "Dans un cadre « déjà payée », le payé égale le total, rien n’est dû, la date de paiement est donnée.",
    ),
    "BR-FR-CO-10": (
        "siret",
        "Each identifier of a party has a scheme, and each scheme is used once.",
        "Chaque identifiant d’une partie a un schéma, et chaque schéma ne sert qu’une fois.",
    ),
    "BR-FR-CO-12": (
        "exchange_rate",
        "An invoice in a foreign currency also states its VAT in euros: give the exchange rate.",
        "Une facture en devise indique aussi sa TVA en euros : renseignez le taux de change.",
    ),
    "BR-FR-DEC-01": (
        "items.total",
        "Amounts have at most two decimals and 19 digits.",
        "Les montants ont au plus deux décimales et 19 chiffres.",
    ),
    "BR-FR-DEC-02": (
        "items.quantity",
        "Quantities have at most four decimals.",
        "Les quantités ont au plus quatre décimales.",
    ),
    "BR-FR-DEC-03": (
        "items.unit_price",
        "Unit prices are not negative and have at most six decimals: put the sign on the quantity.",
        "Les prix unitaires ne sont pas négatifs et ont au plus six décimales : mettez le signe sur la quantité.",
    ),
    "BR-FR-DEC-04": (
        "items.vat",
        "VAT rates have at most two decimals.",
        "Les taux de TVA ont au plus deux décimales.",
    ),
}
