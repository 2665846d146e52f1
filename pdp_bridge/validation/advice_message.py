"""Advice on official rules that look at how the message is written: rule → (field, English, French); see `advice`.

EN 16931 1.3.16, Factur-X 1.09.2, EXTENDED-CTC-FR 1.4.0. What pdp-bridge writes follows them by itself: they speak of
files made by others, or of a fault of ours, so that the file is to be made again and no field is to blame.
"""

from __future__ import annotations

import re

Sentences = tuple[str | None, str, str]


def _file(english: str, french: str) -> Sentences:
    """What is wrong with the file, and that it is to be made again."""
    return (
        None,
        f"{english}: make the file again with `pdp-bridge render`, or ask whoever made it for a correct one.",
        f"{french} : refaites le fichier avec `pdp-bridge render`, ou demandez-en un correct à qui l’a fait.",
    )


MESSAGE: dict[str, Sentences] = {
    "BR-01": _file("The profile of the message (BT-24) is missing", "Le profil du message (BT-24) manque"),
    "BR-04": _file("The type of the invoice (BT-3) is missing", "Le type de la facture (BT-3) manque"),
    "BR-12": _file("The sum of the lines (BT-106) is missing", "Le total des lignes (BT-106) manque"),
    "BR-13": _file("The total without VAT (BT-109) is missing", "Le total hors taxes (BT-109) manque"),
    "BR-14": _file("The total with VAT (BT-112) is missing", "Le total TTC (BT-112) manque"),
    "BR-15": _file("The amount due (BT-115) is missing", "Le net à payer (BT-115) manque"),
    "BR-17": _file("The name of the payee (BT-59) is missing", "Le nom du bénéficiaire du paiement (BT-59) manque"),
    "BR-18": _file(
        "The name of the seller's tax representative (BT-62) is missing",
        "Le nom du représentant fiscal du vendeur (BT-62) manque",
    ),
    "BR-19": _file(
        "The address of the seller's tax representative (BG-12) is missing",
        "L’adresse du représentant fiscal du vendeur (BG-12) manque",
    ),
    "BR-20": _file(
        "The country of the seller's tax representative (BT-69) is missing",
        "Le pays du représentant fiscal du vendeur (BT-69) manque",
    ),
    "BR-21": _file("A line has no number (BT-126)", "Une ligne n’a pas de numéro (BT-126)"),
    "BR-24": _file("A line has no net amount (BT-131)", "Une ligne n’a pas de montant net (BT-131)"),
    "BR-30": _file(
        "The period of a line ends (BT-135) before it starts (BT-134)",
        "La période d’une ligne finit (BT-135) avant son début (BT-134)",
    ),
    "BR-45": _file("A VAT breakdown has no base (BT-116)", "Une ventilation de TVA n’a pas de base (BT-116)"),
    "BR-46": _file("A VAT breakdown has no tax (BT-117)", "Une ventilation de TVA n’a pas de taxe (BT-117)"),
    "BR-47": _file("A VAT breakdown has no category (BT-118)", "Une ventilation de TVA n’a pas de catégorie (BT-118)"),
    "BR-49": _file("The means of payment (BT-81) is missing", "Le moyen de paiement (BT-81) manque"),
    "BR-51": _file(
        "A whole card number stands in the message (BT-87): it holds its last four to six digits at most",
        "Un numéro de carte entier est dans le message (BT-87), qui n’en porte que les quatre à six derniers chiffres",
    ),
    "BR-52": _file("An attachment has no reference (BT-122)", "Une pièce jointe n’a pas de référence (BT-122)"),
    "BR-54": _file(
        "An attribute of an item lacks its name or its value (BT-160, BT-161)",
        "Un attribut d’article n’a pas son nom ou sa valeur (BT-160, BT-161)",
    ),
    "BR-55": (
        "refund_id",
        "An earlier invoice is referred to without its number (BT-25): link the credit note to its invoice.",
        "Une facture antérieure est citée sans son numéro (BT-25) : rattachez l’avoir à sa facture.",
    ),
    "BR-56": _file(
        "The VAT number of the seller's tax representative (BT-63) is missing",
        "Le numéro de TVA du représentant fiscal du vendeur (BT-63) manque",
    ),
    "BR-57": (
        "country",
        "The delivery address has no country (BT-80): choose the country on the customer's page.",
        "L’adresse de livraison n’a pas de pays (BT-80) : choisissez le pays dans la fiche client.",
    ),
    "BR-62": _file(
        "The seller's electronic address (BT-34) has no scheme", "L’adresse électronique du vendeur est sans schéma"
    ),
    "BR-63": _file(
        "The buyer's electronic address (BT-49) has no scheme", "L’adresse électronique de l’acheteur est sans schéma"
    ),
    "BR-64": _file(
        "An item's standard identifier (BT-157) has no scheme", "Un identifiant standard d’article est sans schéma"
    ),
    "BR-65": _file("An item's class (BT-158) has no scheme", "Une classification d’article (BT-158) est sans schéma"),
    "BR-CO-19": _file("The billed period (BG-14) has no date", "La période facturée (BG-14) n’a pas de date"),
    "BR-CO-20": _file("The period of a line (BG-26) has no date", "La période d’une ligne (BG-26) n’a pas de date"),
    "BR-CO-27": (
        "seller.bank.iban",
        "Payment by transfer needs an account (BT-84): put the seller's IBAN.",
        "Le paiement par virement exige un compte (BT-84) : indiquez l’IBAN du vendeur.",
    ),
    "BR-FX-EN-04": (
        "delivery_on",
        "The invoice says neither when nor for which period (BT-72, BG-14): put the delivery date.",
        "La facture ne dit ni quand ni pour quelle période (BT-72, BG-14) : renseignez la date de livraison.",
    ),
    "CII-SR-467": (
        "payment_mode",
        "The invoice names several means of payment: keep one on the invoice.",
        "La facture nomme plusieurs moyens de paiement : gardez-en un sur la facture.",
    ),
}

_REASON = (
    "rebate_percentage",
    "An allowance has no reason, or one that its code contradicts: write the rebate as a percentage of the invoice.",
    "Une remise n’a pas de motif, ou son code le contredit : saisissez la remise en pourcentage de la facture.",
)
_TAX = (
    "tax_percent",
    "A charge has no reason, or one that its code contradicts: write the title of the extra tax on the invoice.",
    "Une majoration n’a pas de motif, ou son code le contredit : saisissez l’intitulé de la taxe complémentaire.",
)
_LINE = _file(
    "An allowance or charge of a line lacks its amount or its reason (BG-27, BG-28)",
    "Une remise ou une majoration de ligne n’a pas son montant ou son motif (BG-27, BG-28)",
)

FAMILIES: tuple[tuple[str, Sentences], ...] = (
    (r"BR-(3[123]|CO-(05|21))$", _REASON),
    (r"BR-(3[678]|CO-(06|22))$", _TAX),
    (r"BR-(4[1234]|CO-(07|08|23|24))$", _LINE),
    (
        r"BR-(AF|AG)-\d",
        (
            "items.vat",
            "The taxes of the Canary Islands, Ceuta and Melilla (L, M) are not French: choose a French VAT rate.",
            "Les taxes des Canaries, de Ceuta et de Melilla (L, M) ne sont pas françaises : prenez un taux français.",
        ),
    ),
    (
        r"BR-B-0[12]$",
        (
            "items.vat",
            "The Italian split payment (B) is not French: choose a French VAT rate.",
            "Le paiement scindé italien (B) n’est pas français : choisissez un taux de TVA français.",
        ),
    ),
    (
        r"BR-(S|Z|E|AE|IC|G|O)-01$",
        _file(
            "A VAT category of the lines, allowances or charges has no VAT breakdown (BG-23) of its own",
            "Une catégorie de TVA des lignes, remises ou majorations n’a pas sa ventilation (BG-23)",
        ),
    ),
    (
        r"BR-O-0[234]$",
        (
            "vat_number",
            "An operation outside the scope of VAT bears no VAT number: empty the customer's.",
            "Une opération hors du champ de la TVA ne porte pas de numéro de TVA : videz celui du client.",
        ),
    ),
    (
        r"BR-IC-0[234]$",
        (
            "vat_number",
            "An intra-EU supply bears the VAT numbers of both parties: put the customer's (yours is in the settings).",
            (
                "Une livraison intracommunautaire porte les deux numéros de TVA : indiquez celui du client (le vôtre "
                "est dans les réglages)."
            ),
        ),
    ),
    (
        r"BR-AE-0[34]$",
        (
            "vat_number",
            "Reverse charge bears the VAT numbers of both parties: put the customer's (yours is in the settings).",
            (
                "L’autoliquidation porte les deux numéros de TVA : indiquez celui du client (le vôtre est dans les "
                "réglages)."
            ),
        ),
    ),
    (
        r"BR-(S|Z|E|G)-0[234]$",
        (
            "seller.vat_number",
            "This VAT category asks for the seller's VAT number (BT-31): put it in the settings.",
            "Cette catégorie de TVA exige le numéro de TVA du vendeur (BT-31) : indiquez-le dans les réglages.",
        ),
    ),
    (
        r"BR-S-0[567]$",
        (
            "items.vat",
            "VAT is charged at 0 %: put the rate of the line, or the reason of its exemption on the invoice.",
            "La TVA est facturée à 0 % : indiquez le taux de la ligne, ou le motif d’exonération de la facture.",
        ),
    ),
    (
        r"BR-(Z|E|AE|IC|G)-0[567]$",
        (
            "items.vat",
            "No VAT is charged in this category (zero, exempt, reverse charge, intra-EU, export): put 0 % on the line.",
            (
                "Aucune TVA n’est facturée dans cette catégorie (zéro, exonérée, autoliquidation, UE, export) : "
                "indiquez 0 % sur la ligne."
            ),
        ),
    ),
    (
        r"BR-O-0[567]$",
        _file(
            "A line, allowance or charge outside the scope of VAT states a rate",
            "Une ligne, remise ou majoration hors du champ de la TVA porte un taux",
        ),
    ),
    (
        r"BR-O-1[1234]$",
        (
            "items.vat",
            "Lines outside the scope of VAT cannot stand beside other lines: make two invoices.",
            "Des lignes hors du champ de la TVA ne peuvent côtoyer d’autres lignes : faites deux factures.",
        ),
    ),
    (
        r"BR-[SZ]-10$",
        (
            "vat_exemption",
            "A line that is not exempt states a reason of exemption: empty the exemption text of the invoice.",
            "Une ligne qui n’est pas exonérée porte un motif d’exonération : videz le texte d’exonération.",
        ),
    ),
    (
        r"BR-FR-2[78]",
        _file(
            "An attribute of an item lacks its name, its code or its value (BG-32)",
            "Un attribut d’article n’a pas son nom, son code ou sa valeur (BG-32)",
        ),
    ),
    (
        r"BR-FR-(29|30)",
        _file(
            "An invoiced object (BT-18, BT-128) of scheme AFL or AVV is empty or repeated",
            "Un objet facturé (BT-18, BT-128) de schéma AFL ou AVV est vide ou répété",
        ),
    ),
    (
        r"BR-FR-CO-1[45]",
        _file(
            "A member of a single taxable person states the note TXD and the group's VAT number (BT-63)",
            "Un membre d’assujetti unique porte la note TXD et le numéro de TVA de l’assujetti (BT-63)",
        ),
    ),
)
"""Start or whole of an id, without the extension's own prefix → what to do."""

GENERAL = _file(
    "No field of Facturation.pro is to blame, the file itself is",
    "Aucun champ de Facturation.pro n’est en cause, le fichier lui-même l’est",
)
"""Said after the official words of a rule that nothing narrower is known of."""

OF_THE_FORMAT = re.compile(r"FX-|CII-|PEPPOL-|BR-(EXT|FXEXT|FREXT|FX|CL)-")
"""Ids of rules on how elements and codes are written, which are not in any list of ours."""

EXTENSION = re.compile(r"BR-(?:FXEXT|FREXT|EXT)-(?:BR-)?(?=(?:[A-Z]+-)?\d)")
"""What profiles beyond EN 16931 put before the id of the rule that they word anew: BR-FXEXT-CO-10, BR-FREXT-BR-22."""


def narrowed(rule: str) -> str:
    """The rule of EN 16931 that a rule of an extended profile stands for; any other as it is.

    >>> narrowed("BR-FXEXT-S-08rev"), narrowed("BR-FREXT-BR-22"), narrowed("BR-FXEXT-03"), narrowed("BR-22")
    ('BR-S-08', 'BR-22', 'BR-FXEXT-03', 'BR-22')
    """
    if re.fullmatch(r"BR-F[XR]EXT-\d+(-\d)?", rule):
        return rule
    return re.sub(r"(?<=\d)(b|ini|rev)$", "", EXTENSION.sub("BR-", rule))
