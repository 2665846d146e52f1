"""Advice on the rules of EN 16931: rule → (field, English, French); see `advice`. Edition 1.3.16."""

from __future__ import annotations

EUROPEAN: dict[str, tuple[str | None, str, str]] = {
    "BR-02": (
        "full_invoice_ref",
        "Give the invoice number (BT-1).",
        "Indiquez le numéro de facture (BT-1).",
    ),
    "BR-03": (
        "invoiced_on",
        "Give the issue date (BT-2).",
        "Indiquez la date de facture (BT-2).",
    ),
    "BR-05": (
        "currency",
        "Give the currency (BT-5).",
        "Indiquez la devise (BT-5).",
    ),
    "BR-06": (
        "seller.name",
        "Give the seller's name (BT-27).",
        "Indiquez le nom du vendeur (BT-27).",
    ),
    "BR-07": (
        "company_name",
        "Give the customer's name (BT-44).",
        "Indiquez le nom du client (BT-44).",
    ),
    "BR-08": (
        "seller.address",
        "Give the seller's address.",
        "Indiquez l’adresse du vendeur.",
    ),
    "BR-09": (
        "seller.country",
        "Give the seller's country (BT-40).",
        "Indiquez le pays du vendeur (BT-40).",
    ),
    "BR-10": (
        "street",
        "Give the customer's address.",
        "Indiquez l’adresse du client.",
    ),
    "BR-11": (
        "country",
        "Give the customer's country (BT-55).",
        "Indiquez le pays du client (BT-55).",
    ),
    "BR-16": (
        "items",
        "Add at least one priced line.",
        "Ajoutez au moins une ligne chiffrée.",
    ),
    "BR-22": (
        "items.quantity",
        "Give the quantity of each line.",
        "Indiquez la quantité de chaque ligne.",
    ),
    "BR-23": (
        "items.measure",
        "Give the unit of each line.",
        "Indiquez l’unité de chaque ligne.",
    ),
    "BR-25": (
        "items.title",
        "Give a name to each line.",
        "Donnez un libellé à chaque ligne.",
    ),
    "BR-26": (
        "items.unit_price",
        "Give the unit price of each line.",
        "Indiquez le prix unitaire des lignes.",
    ),
    "BR-27": (
        "items.unit_price",
        "A net price may not be negative: put the sign on the quantity.",
        "Un prix net ne peut être négatif : mettez le signe sur la quantité.",
    ),
    "BR-28": (
        "items.unit_price",
        "A gross price may not be negative: put the sign on the quantity.",
        "Un prix brut ne peut être négatif : mettez le signe sur la quantité.",
    ),
    "BR-29": (
        None,
        (
            "The end of the billed period (BT-74) comes before its start (BT-73): make the file again with both "
            "dates in order."
        ),
        (
            "La fin de la période facturée (BT-74) précède son début (BT-73) : refaites le fichier avec les dates "
            "dans l’ordre."
        ),
    ),
    "BR-48": (
        "items.vat",
        "A VAT breakdown has no rate (BT-119): put the rate of each line, 0 if it is exempt.",
        "Une ventilation de TVA n’a pas de taux (BT-119) : indiquez celui de chaque ligne, 0 si elle est exonérée.",
    ),
    "BR-50": (
        "seller.bank.iban",
        "Give the seller's IBAN (BT-84).",
        "Indiquez l’IBAN du vendeur (BT-84).",
    ),
    "BR-53": (
        "exchange_rate",
        "An accounting currency is named (BT-6) without the VAT total in it (BT-111): put the exchange rate.",
        (
            "Une devise de comptabilisation est nommée (BT-6) sans le total de TVA (BT-111) : renseignez le taux de "
            "change."
        ),
    ),
    "BR-61": (
        "seller.bank.iban",
        "Payment by transfer needs an account: give the seller's IBAN (BT-84).",
        "Le paiement par virement exige un compte : indiquez l’IBAN du vendeur (BT-84).",
    ),
    "BR-CO-03": (
        "seller.vat_on_debits",
        "State the VAT date (BT-7) or the VAT point code (BT-8), not both.",
        "Indiquez la date d’exigibilité (BT-7) ou le code d’exigibilité (BT-8), pas les deux.",
    ),
    "BR-CO-04": (
        "items.vat",
        "A line has no VAT category: put its VAT rate, 0 if it is exempt.",
        "Une ligne n’a pas de catégorie de TVA : indiquez son taux, 0 si elle est exonérée.",
    ),
    "BR-CO-09": (
        "vat_number",
        "A VAT number starts with its country code, such as FR: put it before the number.",
        "Un numéro de TVA commence par le code de son pays, FR par exemple : ajoutez-le devant le numéro.",
    ),
    "BR-CO-10": (
        "total",
        (
            "The sum of the lines (BT-106) is not that of their net amounts (BT-131): open the invoice in "
            "Facturation.pro, compare its lines with its total, and save it again."
        ),
        (
            "Le total des lignes (BT-106) n’est pas la somme de leurs nets (BT-131) : ouvrez la facture dans "
            "Facturation.pro, comparez ses lignes à son total, et enregistrez-la."
        ),
    ),
    "BR-CO-11": (
        "rebate_percentage",
        (
            "The total of allowances (BT-107) is not their sum (BT-92): check the rebate of the invoice (a right sum "
            "of 0.00 is told in ZERO_SUM_REFUSED)."
        ),
        (
            "Le total des remises (BT-107) n’est pas leur somme (BT-92) : vérifiez la remise de la facture (pour une "
            "somme juste de 0,00, voyez ZERO_SUM_REFUSED)."
        ),
    ),
    "BR-CO-12": (
        "tax_percent",
        "The total of charges (BT-108) is not their sum (BT-99): check the extra tax of the invoice.",
        (
            "Le total des majorations (BT-108) n’est pas leur somme (BT-99) : vérifiez la taxe complémentaire de la "
            "facture."
        ),
    ),
    "BR-CO-13": (
        "total",
        (
            "The total without VAT (BT-109) is not lines − allowances + charges: open the invoice in "
            "Facturation.pro, compare its lines with its total, and save it again."
        ),
        (
            "Le total hors taxes (BT-109) n’est pas lignes − remises + majorations : ouvrez la facture dans "
            "Facturation.pro, comparez ses lignes à son total, et enregistrez-la."
        ),
    ),
    "BR-CO-14": (
        "total_with_vat",
        (
            "The total VAT (BT-110) is not the sum of that of each rate (BT-117): open the invoice in "
            "Facturation.pro, compare its lines with its total, and save it again (a right sum of 0.00 is told in "
            "ZERO_SUM_REFUSED)."
        ),
        (
            "Le total de TVA (BT-110) n’est pas la somme de celle de chaque taux (BT-117) : ouvrez la facture dans "
            "Facturation.pro, comparez ses lignes à son total, et enregistrez-la (pour une somme juste de 0,00, "
            "voyez ZERO_SUM_REFUSED)."
        ),
    ),
    "BR-CO-15": (
        "total_with_vat",
        (
            "The total with VAT (BT-112) is not the total without VAT plus the VAT: open the invoice in "
            "Facturation.pro, compare its lines with its total, and save it again."
        ),
        (
            "Le total TTC (BT-112) n’est pas le total hors taxes plus la TVA : ouvrez la facture dans "
            "Facturation.pro, comparez ses lignes à son total, et enregistrez-la."
        ),
    ),
    "BR-CO-16": (
        "balance",
        "The amount due (BT-115) is not the total with VAT − paid + rounding: check the payments of the invoice.",
        "Le net à payer (BT-115) n’est pas le total TTC − payé + arrondi : vérifiez les règlements de la facture.",
    ),
    "BR-CO-17": (
        "total_with_vat",
        (
            "The VAT of a rate (BT-117) is not its base (BT-116) × the rate: open the invoice in Facturation.pro, "
            "compare its lines with its total, and save it again."
        ),
        (
            "La TVA d’un taux (BT-117) n’est pas sa base (BT-116) × le taux : ouvrez la facture dans "
            "Facturation.pro, comparez ses lignes à son total, et enregistrez-la."
        ),
    ),
    "BR-CO-18": (
        "items.vat",
        "There is no VAT breakdown (BG-23): put the VAT rate of each line.",
        "Il n’y a pas de ventilation de TVA (BG-23) : indiquez le taux de chaque ligne.",
    ),
    "BR-CO-25": (
        "term_on",
        "An amount is due: give the due date (BT-9) or the payment terms (BT-20).",
        "Un montant est dû : indiquez l’échéance (BT-9) ou les conditions de paiement (BT-20).",
    ),
    "BR-CO-26": (
        "seller.siren",
        "Give an identifier of the seller: SIREN, SIRET or VAT number.",
        "Indiquez un identifiant du vendeur : SIREN, SIRET ou numéro de TVA.",
    ),
    "BR-S-02": (
        "seller.vat_number",
        "An invoice with VAT states the seller's VAT number (BT-31): put it in the settings.",
        "Une facture avec TVA porte le numéro de TVA du vendeur (BT-31) : indiquez-le dans les réglages.",
    ),
    "BR-S-08": (
        "items.total",
        (
            "The base of a VAT rate (BT-116) is not its lines − allowances + charges: open the invoice in "
            "Facturation.pro, compare its lines with its total, and save it again."
        ),
        (
            "La base d’un taux de TVA (BT-116) n’est pas ses lignes − remises + majorations : ouvrez la facture dans "
            "Facturation.pro, comparez ses lignes à son total, et enregistrez-la."
        ),
    ),
    "BR-S-09": (
        "total_with_vat",
        (
            "The VAT of a rate (BT-117) is not its base (BT-116) × the rate: open the invoice in Facturation.pro, "
            "compare its lines with its total, and save it again."
        ),
        (
            "La TVA d’un taux (BT-117) n’est pas sa base (BT-116) × le taux : ouvrez la facture dans "
            "Facturation.pro, comparez ses lignes à son total, et enregistrez-la."
        ),
    ),
    "BR-E-02": (
        "seller.vat_number",
        "An exempt invoice states the seller's VAT number (BT-31) or tax number (BT-32): put it in the settings.",
        (
            "Une facture exonérée porte le numéro de TVA (BT-31) ou fiscal (BT-32) du vendeur : indiquez-le dans les "
            "réglages."
        ),
    ),
    "BR-E-10": (
        "vat_exemption",
        "State why the lines are exempt: the exemption text of the invoice.",
        "Indiquez pourquoi les lignes sont exonérées : texte d’exonération de la facture.",
    ),
    "BR-AE-02": (
        "vat_number",
        (
            "Reverse charge needs the seller's VAT number and the customer's VAT number or SIREN: put the one that "
            "is missing."
        ),
        (
            "L’autoliquidation exige le numéro de TVA du vendeur, et celui du client ou son SIREN : indiquez celui "
            "qui manque."
        ),
    ),
    "BR-AE-10": (
        "vat_exemption",
        "State the reverse charge in the exemption text of the invoice (“Autoliquidation”).",
        "Indiquez « Autoliquidation » dans le texte d’exonération de la facture.",
    ),
    "BR-IC-02": (
        "vat_number",
        "An intra-EU supply bears the VAT numbers of both parties: put the customer's (yours is in the settings).",
        (
            "Une livraison intracommunautaire porte les deux numéros de TVA : indiquez celui du client (le vôtre est "
            "dans les réglages)."
        ),
    ),
    "BR-IC-11": (
        "delivery_on",
        "An intra-EU supply states its day: put the delivery date (BT-72), or the billed period.",
        (
            "Une livraison intracommunautaire dit son jour : indiquez la date de livraison (BT-72), ou la période "
            "facturée."
        ),
    ),
    "BR-IC-12": (
        "country",
        "An intra-EU supply states the country of delivery (BT-80): choose it on the customer's page.",
        "Une livraison intracommunautaire dit le pays de livraison (BT-80) : choisissez-le dans la fiche client.",
    ),
    "BR-O-02": (
        "vat_number",
        "An operation outside the scope of VAT bears no VAT number of either party: empty the customer's.",
        "Une opération hors du champ de la TVA ne porte aucun numéro de TVA : videz celui du client.",
    ),
    "BR-O-11": (
        "items.vat",
        "Lines outside the scope of VAT cannot stand beside other lines: make two invoices.",
        "Des lignes hors du champ de la TVA ne peuvent côtoyer d’autres lignes : faites deux factures.",
    ),
}
