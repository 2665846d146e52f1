"""Where each rule of ours is written, in French: the English is in the docstring of the rule, or in the catalogue."""

from __future__ import annotations

import re

_ON_TERMS = re.compile(r"(?P<rule>[A-Z][\w -]*), on (?P<terms>[BTG\d, and-]+?)(?: of scheme (?P<scheme>\d{4}))?\.")

_IN_FRENCH: dict[str, str] = {
    "Factur-X 1.09.2: the schema": "Factur-X 1.09.2 : le schéma du profil que le message nomme (BT-24).",
    "EN 16931-1, BR-CO-17": "EN 16931-1, BR-CO-17 : BT-117 = BT-116 × BT-119 ÷ 100, arrondi à deux décimales.",
    "Ours: the totals of an issued": (
        "Règle de pdp-bridge : les totaux d’une facture émise sont gardés, un centime est signalé."
    ),
    "EN 16931-1, BT-131;": "EN 16931-1, BT-131 ; moins d’un centime est laissé aux totaux répartis sur les lignes.",
    "EN 16931-1, BT-149;": "EN 16931-1, BT-149 ; aucune règle officielle ne divise par lui.",
    "EN 16931-1, BT-146 to BT-148;": (
        "EN 16931-1, BT-146 à BT-148 ; le portail public le demande au centime près (G1.55, AIFE flux 1 v1.0)."
    ),
    "EN 16931-1, BR-S-08": (
        "EN 16931-1, BR-S-08, BR-Z-08, BR-E-08, BR-AE-08, BR-IC-08, BR-G-08, BR-O-08, chacune au centime près."
    ),
    "EN 16931-1, BG-23;": "EN 16931-1, BG-23 ; avec deux, aucune base ne se compare à ses lignes.",
    "Ours: BT-113": "Règle de pdp-bridge : BT-113 ≤ BT-112 ; toutes les règles officielles admettent un dû négatif.",
    "EN 16931-1, BT-6 and": "EN 16931-1, BT-6 et BT-111 (BR-53).",
    "EN 16931-1, BT-5 and": "EN 16931-1, BT-5 et BT-6 : un document, une devise.",
    "Ours, on BR-CO-14": (
        "Règle de pdp-bridge, sur BR-CO-14 et BR-CO-11 : le fichier officiel refuse un tel total, pourtant juste, "
        "comme toute plateforme qui l’emploie."
    ),
    "BR-FR-03,": (
        "BR-FR-03, sur BT-2, BT-7, BT-9, BT-26, BT-72, BT-73 et BT-74 ; un jour qui n’existe pas ne se lit même pas."
    ),
    "BR-FR-05,": (
        "BR-FR-05, sur BT-22 ; articles L441-9, L441-10 et D441-5 du code de commerce. Le fichier officiel admet un "
        "texte vide, la loi non."
    ),
    "BR-FR-16,": (
        "BR-FR-16, sur BT-96, BT-103, BT-119 et BT-152 ; par valeur, le fichier officiel compare aussi le texte."
    ),
    "BR-FR-CO-05,": ("BR-FR-CO-05, sur BT-25 et BT-26 ; les références des lignes sont laissées au fichier officiel."),
    "BR-FR-DEC-03,": (
        "BR-FR-DEC-03, sur BT-146, BT-147 et BT-148 ; les prix négatifs n’existent que dans les cadres B9, S9 et M9."
    ),
    "Ours: BR-FR is": "Règle de pdp-bridge : BR-FR oblige les parties françaises.",
    "EN 16931-1, BR-CO-25": (
        "EN 16931-1, BR-CO-25, et article L441-9 du code de commerce. L’édition 1.3.16 du fichier officiel a omis la "
        "règle par erreur (ConnectingEurope/eInvoicing-EN16931, issue 500). Un avoir ne demande aucun paiement."
    ),
    "AIFE, limitations of flux 1": (
        "AIFE, limites du flux 1 ; BR-FR-01 en admet 35, le portail rejette ce qu’il ne peut tenir."
    ),
    "Ours: a no-break": (
        "Règle de pdp-bridge : un caractère insécable ou de largeur nulle vient d’un copier-coller, aucun annuaire ne "
        "le connaît."
    ),
    "Luhn's formula, INSEE. The seller's": (
        "Formule de Luhn, INSEE. Le numéro du vendeur est une erreur ; celui de l’acheteur un avertissement, car les "
        "exemples officiels de la FNFE nomment un acheteur inventé, 987654321 ; une fiche de Facturation.pro qui porte "
        "un tel numéro est refusée à la lecture."
    ),
    "Luhn's formula, INSEE; the": (
        "Formule de Luhn, INSEE ; les établissements de La Poste ont la leur. Erreur et avertissement comme pour le "
        "SIREN."
    ),
    "CGI, article 286 ter; keys": "CGI, article 286 ter ; les clés à lettres comme python-stdnum les connaît.",
    "CGI, article 286 ter. A warning": (
        "CGI, article 286 ter. Un avertissement : les membres d’un assujetti unique emploient le numéro du groupe."
    ),
    "Directive 2006/112": (
        "Directive 2006/112, article 215. Un avertissement : c’est le registre de cet État qui décide."
    ),
    "Ours, a warning: readers": "Règle de pdp-bridge, un avertissement : tous ne retirent pas les espaces.",
    "AIFE flux 1, G2.33": (
        "AIFE flux 1, G2.33. Un avertissement : ni EN 16931 ni BR-FR ne demandent celui de l’acheteur ; un exonéré "
        "peut n’en pas avoir."
    ),
    "AIFE flux 1, G1.41": (
        "AIFE flux 1, G1.41 ; EN 16931 admet l’un ou l’autre (BR-E-10), le portail rejette l’un sans l’autre."
    ),
    "AIFE flux 1, start edition": (
        "AIFE flux 1, édition de démarrage. Un avertissement : l’extrait est fait par la plateforme, qui peut traduire "
        "le code."
    ),
    "AIFE flux 1, G6.25": "AIFE flux 1, G6.25 : strictement après, bien qu’EN 16931 admette un seul jour (BR-29).",
    "EN 16931-1, 6.2": ("EN 16931-1, 6.2 : le type dit le sens ; un avoir négatif demanderait à l’acheteur de payer."),
    "ISO 13616": "ISO 13616, sur BT-84 : personne n’en rejette un faux, l’argent du client n’arrive pas.",
    "EAS code list": "Liste de codes EAS, EM, sur BT-34 et BT-49.",
    "ISO 19005-3:2012, clauses": "ISO 19005-3:2012, articles 6.1 à 6.6, niveau B : les défauts vus en facture.",
    "ISO 19005-3:2012, 6.6": (
        "ISO 19005-3:2012, 6.6 (métadonnées), Factur-X 1.09 (propriétés fx), XMP selon ISO 16684-1."
    ),
    "A warning: PDF/A-3": (
        "Un avertissement : PDF/A-3 admet une différence, mais deux lecteurs montrent alors deux titres ou deux dates."
    ),
    "ISO 19005-3:2012, 6.8": "ISO 19005-3:2012, 6.8 (fichiers joints), Factur-X 1.09 (nom et relation du XML).",
    "Factur-X 1.09 recommends": (
        "Factur-X 1.09 recommande Data jusqu’à EN 16931 ; la plateforme refuse un fichier sans relation."
    ),
    "Factur-X 1.09: the page": "Factur-X 1.09 : la page et le XML disent une même facture.",
    "EN 16931-1 and BR-FR ask": (
        "EN 16931-1 et BR-FR demandent ce que la fiche de Facturation.pro ne dit pas, ou dit deux fois."
    ),
    "Factur-X 1.09 and ISO": "Factur-X 1.09 et ISO 19005-3:2012 : ce qui ne peut s’écrire ou se dessiner.",
    "Iopole API": "API d’Iopole, rejectionDetail.reason",
}
"""Start of the English source → the French."""


def in_french(source: str) -> str:
    """The source in French; as it is when it holds no English, or when no French of it is known.

    >>> in_french("BR-FR-23, on BT-34 and BT-49 of scheme 0225.")
    'BR-FR-23, sur BT-34 et BT-49 de schéma 0225.'
    >>> in_french("EN 16931-1, BR-CO-10: BT-106 = Σ BT-131.").replace("\\u00a0", " ")
    'EN 16931-1, BR-CO-10 : BT-106 = Σ BT-131.'
    """
    known = next((french for start, french in _IN_FRENCH.items() if source.startswith(start)), None)
    if known is not None:
        return known
    told = _ON_TERMS.fullmatch(source)
    if told is None:
        return re.sub(r"(?<=\w): ", "\u00a0: ", source)
    scheme = f" de schéma {told['scheme']}" if told["scheme"] else ""
    return f"{told['rule']}, sur {told['terms'].replace(' and ', ' et ')}{scheme}."
