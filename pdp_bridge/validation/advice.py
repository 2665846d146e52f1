"""What to do about an official rule: the field to correct, and one sentence in English and French.

Rule ids are those of BR-FR-Flux2 1.4.0, EN 16931 1.3.16 and Factur-X 1.09.2; the sentences are ours. A rule on how the
message is written, of which nothing narrower is known, keeps its official words, with what to do after them. `field` is
a field of Facturation.pro or a key of the settings file; None where the message itself, and no field, is at fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pdp_bridge.model.report import Finding
from pdp_bridge.validation.advice_br_fr import FRENCH
from pdp_bridge.validation.advice_en16931 import EUROPEAN
from pdp_bridge.validation.advice_message import FAMILIES, GENERAL, MESSAGE, OF_THE_FORMAT, narrowed
from pdp_bridge.validation.wording import error


@dataclass(frozen=True, slots=True)
class Advice:
    """`field` is where to correct; `en` and `fr` say what to do. `general`: they do not say what the rule asks."""

    field: str | None
    en: str
    fr: str
    general: bool = False


_TABLE = FRENCH | EUROPEAN | MESSAGE

_FAMILIES: tuple[tuple[re.Pattern[str], Advice], ...] = (
    (
        re.compile(r"BR-FR-(MV|BD)-"),
        Advice(
            None,
            "A multi-vendor or bidirectional invoice (frameworks x8, x9) is not written as it must be: make the file "
            "again as a plain invoice, or ask whoever made it.",
            "Une facture multi-vendeurs ou bidirectionnelle (cadres x8, x9) n’est pas écrite comme il faut : refaites "
            "le fichier en facture simple, ou demandez-le à qui l’a fait.",
        ),
    ),
    (
        re.compile(r"BR-(Z|E|AE|IC|G|O)-09$"),
        Advice(
            "items.vat",
            "In this VAT category the tax (BT-117) is 0: put 0 % on its lines.",
            "Dans cette catégorie de TVA, la taxe (BT-117) est de 0 : indiquez 0 % sur ses lignes.",
        ),
    ),
    (
        re.compile(r"BR-(Z|E|AE|IC|G|O)-08$"),
        Advice(
            "items.total",
            "The base of a VAT category (BT-116) is not its lines − allowances + charges: open the invoice in "
            "Facturation.pro, compare its lines with its total, and save it again.",
            "La base d’une catégorie de TVA (BT-116) n’est pas ses lignes − remises + majorations : ouvrez la facture "
            "dans Facturation.pro, comparez ses lignes à son total, et enregistrez-la.",
        ),
    ),
    (
        re.compile(r"BR-(IC|G|O)-10$"),
        Advice(
            "vat_exemption",
            "State why no VAT is charged: the exemption text of the invoice.",
            "Indiquez pourquoi la TVA n’est pas facturée : texte d’exonération de la facture.",
        ),
    ),
    (
        re.compile(r"BR-DEC-\d"),
        Advice(
            "items.total",
            "An amount has more than two decimals: round it to the cent.",
            "Un montant a plus de deux décimales : arrondissez-le au centime.",
        ),
    ),
    *((re.compile(pattern), Advice(*sentences)) for pattern, sentences in FAMILIES),
)


def advice_on(rule: str) -> Advice | None:
    """Our advice on an official rule id, whatever term it is suffixed with; None when we have nothing better.

    >>> advice_on("BR-FR-05_BT-22_PMT").field, advice_on("BR-FR-02_BT-25").field
    ('mentions.recovery_cost', 'full_invoice_ref')
    >>> advice_on("CII-SR-465").general, advice_on("BR-FR-MAP-09")
    (True, None)
    """
    of_standard = narrowed(rule)
    for key in (rule, rule.partition("_")[0], re.sub(r"-(LEGALID|GLOBALID)$", "", rule), of_standard):
        if key in _TABLE:
            return Advice(*_TABLE[key])
    narrow = next((advice for pattern, advice in _FAMILIES if pattern.match(of_standard)), None)
    return narrow or (Advice(*GENERAL, general=True) if OF_THE_FORMAT.match(rule) else None)


def broken(rule: str, term: str, value: object, *, key: str | None = None, field: str | None = None) -> Finding:
    """An official rule that we check too, with our advice on it; `key` names a narrower entry of the table."""
    field_usual, english, french = _TABLE[key or rule]
    return error(rule, english, french, term=term, field=field or field_usual, value=value)
