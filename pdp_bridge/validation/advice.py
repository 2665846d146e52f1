"""What to do about an official rule: the field to correct, and one sentence in English and French.

Rule ids are those of BR-FR-Flux2 1.4.0, EN 16931 1.3.16 and Factur-X 1.09.2; the sentences are ours. A rule that is not
here is reported in the official words. `field` is a field of Facturation.pro or a key of the settings file; None where
the message itself, and no field, is at fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pdp_bridge.model.report import Finding
from pdp_bridge.validation.advice_br_fr import FRENCH
from pdp_bridge.validation.advice_en16931 import EUROPEAN
from pdp_bridge.validation.wording import error


@dataclass(frozen=True, slots=True)
class Advice:
    """`field` is where to correct; `en` and `fr` say what to do."""

    field: str | None
    en: str
    fr: str


_TABLE = FRENCH | EUROPEAN

_FAMILIES: tuple[tuple[re.Pattern[str], Advice], ...] = (
    (
        re.compile(r"BR-FR-(MV|BD)-"),
        Advice(
            None,
            "The rules of multi-vendor and bidirectional invoices (frameworks x8 and x9) are not met.",
            "Les règles des factures multi-vendeurs et bidirectionnelles (cadres x8 et x9) ne sont pas respectées.",
        ),
    ),
    (
        re.compile(r"BR-(Z|E|AE|IC|G|O)-09$"),
        Advice(
            "items.vat",
            "In this VAT category the tax (BT-117) is 0.",
            "Dans cette catégorie de TVA, la taxe (BT-117) est de 0.",
        ),
    ),
    (
        re.compile(r"BR-(Z|E|AE|IC|G|O)-08$"),
        Advice(
            "items.total",
            "The base of a VAT category (BT-116) is not the sum of its lines − allowances + charges.",
            "La base d’une catégorie de TVA (BT-116) n’est pas la somme de ses lignes − remises + majorations.",
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
        Advice("items.total", "Amounts have at most two decimals.", "Les montants ont au plus deux décimales."),
    ),
)


def advice_on(rule: str) -> Advice | None:
    """Our advice on an official rule id, whatever term it is suffixed with; None when we have nothing better.

    >>> advice_on("BR-FR-05_BT-22_PMT").field, advice_on("BR-FR-02_BT-25").field
    ('mentions.recovery_cost', 'full_invoice_ref')
    >>> advice_on("CII-SR-465") is None
    True
    """
    for key in (rule, rule.partition("_")[0], re.sub(r"-(LEGALID|GLOBALID)$", "", rule)):
        if key in _TABLE:
            return Advice(*_TABLE[key])
    return next((advice for pattern, advice in _FAMILIES if pattern.match(rule)), None)


def broken(rule: str, term: str, value: object, *, key: str | None = None, field: str | None = None) -> Finding:
    """An official rule that we check too, with our advice on it; `key` names a narrower entry of the table."""
    field_usual, english, french = _TABLE[key or rule]
    return error(rule, english, french, term=term, field=field or field_usual, value=value)
