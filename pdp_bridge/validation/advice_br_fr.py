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
        "Put a real day between 2000 and 2099 as the date.",
        "Saisissez comme date un jour réel entre 2000 et 2099.",
    ),
    "BR-FR-03_BT-9": (
        "term_on",
        "Put a real day between 2000 and 2099 as the due date.",
        "Saisissez comme échéance un jour réel entre 2000 et 2099.",
    ),
    "BR-FR-03_BT-72": (
        "delivery_on",
        "Put a real day between 2000 and 2099 as the delivery date.",
        "Saisissez comme date de livraison un jour réel entre 2000 et 2099.",
    ),
    "BR-FR-04": (
        None,
        (
            "France does not accept this document type (BT-3): make the file again as an invoice (380), a credit "
            "note (381), a corrected invoice (384) or a deposit (386)."
        ),
        (
            "Ce type de document (BT-3) n’est pas admis en France : refaites le fichier en facture (380), avoir "
            "(381), rectificative (384) ou acompte (386)."
        ),
    ),
    "BR-FR-05_BT-22_PMT": (
        "mentions.recovery_cost",
        "State the fixed recovery indemnity (note PMT): write its wording once in mentions.recovery_cost.",
        (
            "Indiquez l’indemnité forfaitaire de recouvrement (note PMT) : écrivez son texte une fois dans "
            "mentions.recovery_cost."
        ),
    ),
    "BR-FR-05_BT-22_PMD": (
        "mentions.late_payment",
        "State the late-payment penalties (note PMD): write their wording once in mentions.late_payment.",
        "Indiquez les pénalités de retard (note PMD) : écrivez leur texte une fois dans mentions.late_payment.",
    ),
    "BR-FR-05_BT-22_AAB": (
        "mentions.early_payment",
        (
            "State the early-payment discount or that there is none (note AAB): write its wording once in "
            "mentions.early_payment."
        ),
        "Indiquez l’escompte, ou son absence (note AAB) : écrivez son texte une fois dans mentions.early_payment.",
    ),
    "BR-FR-06": (
        "mentions.extra",
        "The notes PMT, PMD, AAB and TXD may each appear once only: take the repeated one out of mentions.extra.",
        (
            "Les notes PMT, PMD, AAB et TXD ne figurent qu’une fois chacune : retirez celle qui est répétée de "
            "mentions.extra."
        ),
    ),
    "BR-FR-08": (
        "seller.default_operation",
        (
            "Say whether goods, services or both are sold (BT-23): choose the nature of each line, or set "
            "seller.default_operation."
        ),
        (
            "Indiquez s’il s’agit de biens, de services ou des deux (BT-23) : choisissez la nature des lignes, ou "
            "réglez seller.default_operation."
        ),
    ),
    "BR-FR-09_BT-29": (
        "seller.siret",
        "Put the seller's own SIRET: 14 digits that start with its SIREN.",
        "Indiquez le SIRET du vendeur : 14 chiffres qui commencent par son SIREN.",
    ),
    "BR-FR-09": (
        "siret",
        "Put the SIRET of this very company: 14 digits that start with its SIREN.",
        "Indiquez le SIRET de cette entreprise même : 14 chiffres qui commencent par son SIREN.",
    ),
    "BR-FR-10": (
        "seller.siren",
        "Put the seller's SIREN, nine digits.",
        "Indiquez le SIREN du vendeur, neuf chiffres.",
    ),
    "BR-FR-11": (
        "siret",
        "Put the customer's SIRET: between companies the buyer's SIREN is compulsory.",
        "Indiquez le SIRET du client : entre entreprises, le SIREN de l’acheteur est obligatoire.",
    ),
    "BR-FR-12": (
        "electronic_address",
        "Put the customer's electronic address, or an e-mail address for a consumer.",
        "Indiquez l’adresse électronique du client, ou une adresse e-mail pour un particulier.",
    ),
    "BR-FR-13": (
        "seller.siren",
        "The seller's electronic address is missing: put its SIREN, from which it is made.",
        "L’adresse électronique du vendeur manque : indiquez son SIREN, dont elle est tirée.",
    ),
    "BR-FR-15": (
        "vat_exemption",
        (
            "The VAT category must be S, E, AE, K, G, O or Z: quote the article of the CGI in the exemption text, or "
            "empty it."
        ),
        (
            "La catégorie de TVA doit être S, E, AE, K, G, O ou Z : citez l’article du CGI dans le texte "
            "d’exonération, ou videz-le."
        ),
    ),
    "BR-FR-16": (
        "items.vat",
        (
            "The VAT rate does not exist in France: choose 20, 10, 5.5, 2.1 % or 0 % on the line, or the rate of the "
            "overseas department."
        ),
        (
            "Le taux de TVA n’existe pas en France : choisissez 20, 10, 5,5, 2,1 % ou 0 % sur la ligne, ou le taux "
            "du département d’outre-mer."
        ),
    ),
    "BR-FR-17": (
        "files",
        "Rename the attachment to a name of the official list, such as RIB, LISIBLE, PJA or BON_LIVRAISON.",
        "Renommez la pièce jointe d’un nom de la liste officielle, comme RIB, LISIBLE, PJA ou BON_LIVRAISON.",
    ),
    "BR-FR-18": (
        "files",
        "At most one attachment may be named LISIBLE: rename the others.",
        "Une seule pièce jointe peut se nommer LISIBLE : renommez les autres.",
    ),
    "BR-FR-20": (
        None,
        (
            "The note BAR must be B2B, B2BINT, B2C, B2CINT, OUTOFSCOPE or ARCHIVEONLY: make the file again with "
            "`pdp-bridge render`, which writes it."
        ),
        (
            "La note BAR doit être B2B, B2BINT, B2C, B2CINT, OUTOFSCOPE ou ARCHIVEONLY : refaites le fichier avec "
            "`pdp-bridge render`, qui l’écrit."
        ),
    ),
    "BR-FR-21": (
        "electronic_address",
        "Put an electronic address of the customer that starts with its SIREN (scheme 0225), or empty the field.",
        "Saisissez une adresse électronique du client qui commence par son SIREN (schéma 0225), ou videz le champ.",
    ),
    "BR-FR-22": (
        "seller.siren",
        (
            "On a self-billed invoice the seller's electronic address starts with its SIREN (scheme 0225): put that "
            "SIREN."
        ),
        (
            "En autofacturation, l’adresse électronique du vendeur commence par son SIREN (schéma 0225) : indiquez "
            "ce SIREN."
        ),
    ),
    "BR-FR-23": (
        "electronic_address",
        "Type the electronic address again with letters, digits and + - _ . only.",
        "Ressaisissez l’adresse électronique avec seulement des lettres, des chiffres et + - _ .",
    ),
    "BR-FR-24": (
        "electronic_address",
        "Type the routing code again with letters, digits and + - _ . only.",
        "Ressaisissez le code de routage avec seulement des lettres, des chiffres et + - _ .",
    ),
    "BR-FR-25": (
        "electronic_address",
        "Put an electronic address of 125 characters at most.",
        "Saisissez une adresse électronique de 125 caractères au plus.",
    ),
    "BR-FR-26": (
        "electronic_address",
        "Put a routing code of 100 characters at most.",
        "Saisissez un code de routage de 100 caractères au plus.",
    ),
    "BR-FR-31": (
        None,
        "The note BAR may appear once only: make the file again with `pdp-bridge render`, which writes one.",
        "La note BAR ne figure qu’une fois : refaites le fichier avec `pdp-bridge render`, qui n’en écrit qu’une.",
    ),
    "BR-FR-32": (
        "siret",
        "Put a SIREN of exactly nine digits, or the SIRET that starts with it.",
        "Indiquez un SIREN d’exactement neuf chiffres, ou le SIRET qui commence par lui.",
    ),
    "BR-FR-CO-03": (
        None,
        (
            "A global-discount credit note (262) needs its contract number and the billed period: make the file "
            "again with both."
        ),
        (
            "Un avoir de remise globale (262) exige le numéro de contrat et la période facturée : refaites le "
            "fichier avec les deux."
        ),
    ),
    "BR-FR-CO-04": (
        "refund_id",
        "A corrective invoice names exactly one invoice: link it to the one that it corrects.",
        "Une facture rectificative nomme une seule facture : rattachez-la à celle qu’elle rectifie.",
    ),
    "BR-FR-CO-05": (
        "refund_id",
        "A credit note names the invoice it corrects, with its number and date: link it to its invoice.",
        "Un avoir nomme la facture qu’il corrige, avec numéro et date : rattachez-le à sa facture.",
    ),
    "BR-FR-CO-07": (
        "term_on",
        "The due date comes before the issue date: correct the payment terms of the invoice.",
        "L’échéance précède la date de facture : corrigez les conditions de paiement de la facture.",
    ),
    "BR-FR-CO-08": (
        None,
        (
            "A deposit invoice cannot be in the framework of a final invoice (B4, S4, M4): make the file again as "
            "one or the other."
        ),
        (
            "Une facture d’acompte ne peut avoir le cadre d’une facture de solde (B4, S4, M4) : refaites le fichier "
            "en l’une ou l’autre."
        ),
    ),
    "BR-FR-CO-09": (
        "settlements",
        (
            "An “already paid” invoice is paid in full on a given day: put the payment of the whole total, with its "
            "date."
        ),
        "Une facture « déjà payée » est réglée en entier à une date : saisissez le règlement du total, avec sa date.",
    ),
    "BR-FR-CO-10": (
        "siret",
        "A party has two identifiers of one scheme, or one without scheme: put a single SIRET.",
        "Une partie a deux identifiants du même schéma, ou un sans schéma : indiquez un seul SIRET.",
    ),
    "BR-FR-CO-12": (
        "exchange_rate",
        "An invoice in a foreign currency also states its VAT in euros: put the exchange rate.",
        "Une facture en devise indique aussi sa TVA en euros : renseignez le taux de change.",
    ),
    "BR-FR-DEC-01": (
        "items.total",
        "An amount has more than two decimals or 19 digits: correct the price or the quantity of its line.",
        "Un montant a plus de deux décimales ou de 19 chiffres : corrigez le prix ou la quantité de sa ligne.",
    ),
    "BR-FR-DEC-02": (
        "items.quantity",
        "Put a quantity with four decimals at most.",
        "Saisissez une quantité de quatre décimales au plus.",
    ),
    "BR-FR-DEC-03": (
        "items.unit_price",
        "Put a unit price that is not negative and has six decimals at most: the sign goes on the quantity.",
        "Saisissez un prix unitaire non négatif, de six décimales au plus : le signe va sur la quantité.",
    ),
    "BR-FR-DEC-04": (
        "items.vat",
        "Put a VAT rate with two decimals at most.",
        "Indiquez un taux de TVA de deux décimales au plus.",
    ),
}
