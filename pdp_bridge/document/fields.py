"""Where a person corrects a business term: the field of Facturation.pro, or the key of the settings.

Used in the findings of this package; the words are those of Facturation.pro's French screens.
"""

from __future__ import annotations

from pdp_bridge.errors import DocumentError
from pdp_bridge.model.report import Finding, Severity

FIELDS = {
    "BT-1": "Facture : numéro",
    "BT-10": "Client : champ personnalisé",
    "BT-12": "Facture : contrat",
    "BT-13": "Facture : numéro de commande",
    "BT-20": "Facture : délai de paiement",
    "BT-22": "Facture : titre et informations ; réglages : mentions",
    "BT-25": "Facture d'origine : numéro",
    "BT-27": "réglages : seller.name",
    "BT-28": "réglages : seller.trading_name",
    "BT-33": "réglages : seller.legal_form, seller.registration",
    "BG-5": "réglages : seller.address",
    "BG-6": "réglages : seller.email, seller.phone",
    "BG-17": "réglages : seller.bank",
    "BT-44": "Client : raison sociale ou nom",
    "BT-45": "Client : nom commercial",
    "BT-46": "Client : référence, SIRET",
    "BT-47": "Client : SIRET",
    "BT-48": "Client : numéro de TVA",
    "BT-49": "Client : adresse électronique PA",
    "BG-8": "Client : adresse, code postal, ville, pays",
    "BG-9": "Client : contact",
    "BG-15": "Client : adresse de livraison",
    "BT-97": "Facture : remise",
    "BT-104": "Facture : taxe supplémentaire",
    "BT-120": "Facture : motif d'exonération de TVA",
    "BT-123": "Facture : pièces jointes",
    "BT-126": "Facture : lignes",
    "BT-127": "Ligne : commentaire ou titre",
    "BT-130": "Ligne : unité",
    "BT-153": "Ligne : désignation",
    "BT-154": "Ligne : désignation, deuxième ligne et suivantes",
    "BT-155": "Produit : référence",
}


_SHOWN = 60
"""Characters of a value that a finding shows."""


def refusal(
    rule: str,
    message: str,
    message_fr: str,
    *,
    term: str | None = None,
    value: str | None = None,
    location: str | None = None,
) -> DocumentError:
    """The error to raise; `term` (BT- or BG-) tells the field to correct, `value` is shortened."""
    return DocumentError(
        Finding(
            rule=rule,
            severity=Severity.ERROR,
            message=message,
            message_fr=message_fr,
            term=term,
            field=FIELDS.get(term or ""),
            value=value if value is None or len(value) <= _SHOWN else value[: _SHOWN - 1] + "…",
            location=location,
        )
    )
