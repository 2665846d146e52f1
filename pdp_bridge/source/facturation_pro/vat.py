"""The VAT of a line: rate (BT-152), and for a rate of zero the category (BT-151) and its reason (BT-120, BT-121).

The source holds a fraction with three decimals per line and one free text of exemption per invoice. A rate other than
zero is category S, without a reason (BR-S-10). Category Z is never produced: BR-Z-10 forbids it any reason. Exempt
sellers (*franchise en base*) are E with VATEX-FR-FRANCHISE: O would forbid the VAT numbers (BR-O-02).

VATEX codes: CEF list as shipped with Factur-X 1.09.2. Rates: BR-FR-16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from pdp_bridge.model import money
from pdp_bridge.model.codes import VAT_RATES, VatCategory
from pdp_bridge.model.report import Finding
from pdp_bridge.source.facturation_pro import territory
from pdp_bridge.source.facturation_pro.exemptions import CONFLICT, Exemption, Situation, exemption
from pdp_bridge.source.facturation_pro.findings import problem, remark

__all__ = ["Exemption", "Situation", "dropped", "exemption", "rate", "reasons"]

_RATES = frozenset(Decimal(text) for text in VAT_RATES)
_REPAIRED = {Decimal("0.018"): Decimal("1.75"), Decimal("0.011"): Decimal("1.05"), Decimal("0.01"): Decimal("1.05")}
"""Three decimals cannot hold 0.0175 and 0.0105, the rates of Guadeloupe, Martinique and La Réunion."""

_FIELD = "items[].vat"


def rate(value: object, *, country: str | None, postcode: str | None = None, franchise: bool = False) -> Decimal:
    """The rate in percent, two decimals: "0.055" is 5.50. Raises `MappingError` (`VAT_RATE_…`).

    `value` is `vat` as the source gives it; `country` and `postcode` say where the VAT is due (`vat_country`, else the
    buyer's). A `franchise` seller may leave the rate empty.

    >>> rate("0.2", country="FR"), rate("0.018", country="FR", postcode="97400")
    (Decimal('20.00'), Decimal('1.75'))
    """
    fraction = _fraction(value, franchise=franchise)
    percent = money.product(fraction, Decimal(100))
    if territory.reduced_rates(country, postcode):
        percent = _REPAIRED.get(fraction, percent)
    if percent not in _RATES:
        raise _not_allowed(value, percent, country)
    if franchise and percent:
        raise problem(
            "VAT_RATE_NOT_ALLOWED",
            term="BT-152",
            field="seller.vat_regime",
            value=value,
            message=f"A line bears {percent.normalize():f} % VAT although the seller is set as exempt "
            "(franchise en base): correct the setting seller.vat_regime, or the invoice by a credit note.",
            message_fr=f"Une ligne porte {_french(percent)} % de TVA alors que le vendeur est paramétré en franchise "
            "en base : corrigez le réglage seller.vat_regime, ou la facture par un avoir.",
        )
    return money.rounded_to(percent, 2)


def _fraction(value: object, *, franchise: bool) -> Decimal:
    text = "" if value is None else str(value).strip()
    if not text and franchise:
        return Decimal(0)
    if not text:
        raise problem(
            "VAT_RATE_MISSING",
            term="BT-152",
            field=_FIELD,
            value=None,
            message="A line has no VAT rate: fill in the VAT of the line in Facturation.pro (0 % if exempt).",
            message_fr="Une ligne n’a pas de taux de TVA : renseignez le champ « TVA » de la ligne "
            "(0 % si elle est exonérée).",
        )
    try:
        fraction = Decimal(text)
    except InvalidOperation:
        fraction = Decimal("NaN")
    if not fraction.is_finite() or fraction < 0:
        raise problem(
            "VAT_RATE_NOT_ALLOWED",
            term="BT-152",
            field=_FIELD,
            value=value,
            message=f"The VAT rate {text!r} of a line is not a rate: correct the VAT of the line.",
            message_fr=f"Le taux de TVA « {text} » d’une ligne n’est pas un taux : corrigez le champ « TVA ».",
        )
    if fraction > 1:
        raise problem(
            "VAT_RATE_NOT_FRACTION",
            term="BT-152",
            field=_FIELD,
            value=value,
            message=f"The VAT rate {text} of a line is not a fraction (0.2 for 20 %); it is not guessed.",
            message_fr=f"Le taux de TVA {text} d’une ligne n’est pas une fraction (0,2 pour 20 %) ; "
            "il n’est pas deviné : corrigez la ligne.",
        )
    return fraction


def _not_allowed(value: object, percent: Decimal, country: str | None) -> Exception:
    place = (country or "").strip().upper() or "FR"
    abroad = territory.territory(country) is not territory.Territory.HOME
    hint = f" VAT of {place} is not part of French e-invoicing." if abroad else ""
    hint_fr = f" La TVA de {place} ne relève pas de la facturation électronique française." if abroad else ""
    return problem(
        "VAT_RATE_NOT_ALLOWED",
        term="BT-152",
        field=_FIELD,
        value=value,
        message=f"The VAT rate {percent.normalize():f} % of a line is not a French rate (BR-FR-16): choose one "
        f"such as 20, 10, 5.5, 2.1 or 0 %.{hint}",
        message_fr=f"Le taux de TVA {_french(percent)} % d’une ligne n’est pas un taux français (BR-FR-16) : "
        f"choisissez-en un tel que 20, 10, 5,5, 2,1 ou 0 %.{hint_fr}",
    )


def _french(percent: Decimal) -> str:
    return f"{percent.normalize():f}".replace(".", ",")


def dropped(text: str) -> Finding:
    """The warning for an exemption text left on an invoice whose lines all bear VAT (BR-S-10)."""
    return remark(
        "VAT_EXEMPTION_DROPPED",
        term="BT-120",
        field="vat_exemption",
        value=text,
        message="Every line bears VAT: the exemption text of the invoice was left out. Empty it if no line is exempt.",
        message_fr="Toutes les lignes portent de la TVA : le motif d’exonération de la facture n’a pas été repris."
        " Videz-le si aucune ligne n’est exonérée.",
    )


def reasons(lines: Iterable[Exemption | None]) -> Mapping[str, Exemption]:
    """The one reason of each VAT category on the invoice; None stands for a line that bears VAT.

    Raises `MappingError` (`VAT_EXEMPTION_CONFLICT`) for two reasons in one category, which has one breakdown (BG-23),
    and for category O beside any other (BR-O-11, BR-O-12).
    """
    found: dict[str, Exemption] = {}
    taxed = False
    for line in lines:
        if line is None:
            taxed = True
            continue
        first = found.setdefault(line.category, line)
        if (first.code, first.text) != (line.code, line.text):
            raise _conflict(f"{first.text} / {line.text}", "two reasons for one VAT category", "deux motifs différents")
    if VatCategory.OUT_OF_SCOPE in found and (taxed or len(found) > 1):
        raise _conflict(
            found[VatCategory.OUT_OF_SCOPE].text,
            "operations outside the scope of VAT beside others",
            "des opérations hors du champ de la TVA à côté d’autres opérations",
        )
    return found


def _conflict(value: str, what: str, what_fr: str) -> Exception:
    return problem(
        CONFLICT,
        term="BT-120",
        field="vat_exemption",
        value=value,
        message=f"The invoice holds {what}, which one electronic invoice cannot carry: issue two invoices.",
        message_fr=f"La facture comporte {what_fr}, ce qu’une facture électronique ne peut pas porter : "
        "établissez deux factures.",
    )
