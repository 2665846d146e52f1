"""What a rejection looks like when it arrives: for each reason, a message as a platform words it.

The words are ours, after the shapes seen in `fixtures/exchanges/iopole`: a real message names the invoice and its rule.
"""

from __future__ import annotations

_ADDRESS = "Aucune ligne d’annuaire active pour l’adresse 0225:100000066"
_DUPLICATE = "Une facture FA-2026-001 du même émetteur existe déjà pour 2026"
_TOTAL = "Montant TTC reçu : 1 200,00 ; recalculé : 1 200,01"
_ATTACHMENT = "Pièce jointe plan.dwg"

SAYINGS: dict[str, str] = {
    "VALIDATION_FAILURE": "BR-FR-05: La note PMT est absente",
    "ROUTING_FAILURE": _ADDRESS,
    "EINVOICING_ADDRESS_INCORRECT": _ADDRESS,
    "DUPLICATED_INVOICE": _DUPLICATE,
    "DUPLICATE_INVOICE": _DUPLICATE,
    "DOUBLE_INVOICING": "Déjà facturé par FA-2026-001",
    "INVALID_SIGNATURE": "La signature du fichier ne peut être vérifiée",
    "SENDING_FAILURE": "La plateforme du destinataire n’a pas répondu",
    "TOTAL_AMOUNT_INCORRECT": _TOTAL,
    "CALCULATION_ERROR": _TOTAL,
    "B2G_CHECKS_FAILURE": "Le numéro d’engagement est obligatoire pour ce destinataire public",
    "ATTACHMENT_REFERENCE_ERROR": f"{_ATTACHMENT} : référence absente du message",
    "ATTACHMENT_ASSOCIATION_ERROR": f"{_ATTACHMENT} : non rattachée à la facture",
    "EMPTY_FILE": "Fichier de 0 octet",
    "INVALID_FILE_TYPE": "Type text/plain non pris en charge",
    "SYNTAX_ERROR": "XML mal formé, ligne 12",
    "UNKNOWN_INVOICE_FORMAT": "Le fichier n’est ni Factur-X, ni CII, ni UBL",
    "UNKNOWN_INVOICE_FLAVOR": "Profil non reconnu : urn:example:profile",
    "ANTIVIRUS_FAILURE": "Contenu suspect détecté dans une pièce jointe",
    "FILE_SIZE_EXCEEDED": "Fichier de 25 Mo, 20 Mo au plus",
    "ATTACHMENT_SIZE_EXCEEDED": f"{_ATTACHMENT} : 12 Mo, 10 Mo au plus",
    "INVALID_ATTACHMENT_NAME": f"{_ATTACHMENT} : nom hors de la liste",
    "EMPTY_ATTACHMENT": f"{_ATTACHMENT} : 0 octet",
    "INVALID_ATTACHMENT_EXTENSION": f"{_ATTACHMENT} : extension refusée",
    "LEGAL_INFORMATION_MISSING": "Les pénalités de retard ne sont pas indiquées",
    "INCORRECT_RECIPIENT": "Nous ne sommes pas le client de cette facture",
    "UNKNOWN_TRANSACTION": "Aucune commande ne correspond",
    "PO_REFERENCE_INCORRECT_OR_MISSING": "Numéro de commande attendu : 4500001234",
    "CONTRACT_REFERENCE_MISSING": "Numéro de marché absent",
    "REFERENCE_INCORRECT": "La référence 4500001234 est close",
    "CONTRACT_TERMINATED": "Contrat résilié au 30/09/2026",
    "VAT_RATE_INCORRECT": "Ligne 2 : 10 % attendu, 20 % facturé",
    "UNKNOWN_ISSUER": "Fournisseur non référencé",
    "FINANCE_TERMS_INCORRECT": "Escompte convenu non repris",
    "PAYMENT_TERMS_INCORRECT": "Échéance convenue : 45 jours fin de mois",
    "PRICES_INCORRECT": "Tarif de septembre appliqué en octobre",
    "UNIT_PRICE_INCORRECT": "Ligne 1 : 350,00 convenu, 400,00 facturé",
    "DISCOUNT_INCORRECT": "Remise de 5 % non appliquée",
    "SIRET_INCORRECT_OR_MISSING": "Le SIRET 10000006600015 est celui d’un établissement fermé",
    "ROUTING_CODE_INCORRECT": "Code de routage ACHATS inconnu",
    "QUANTITY_INCORRECT": "Ligne 1 : 8 reçus, 10 facturés",
    "ITEM_INCORRECT": "Ligne 3 : article non commandé",
    "ITEM_QUALITY_INSUFFICIENT": "Deux pièces rayées",
    "DELIVERY_ISSUE": "Livraison partielle le 12/10/2026",
    "BANK_DETAILS_INCORRECT": "L’IBAN diffère de celui de notre fiche fournisseur",
    "MISSING_DOCUMENTS": "Bon de livraison signé attendu",
    "OTHER": "Merci de rappeler notre service comptable",
}
"""Reason → message, as the `message` of a rejection holds it."""
