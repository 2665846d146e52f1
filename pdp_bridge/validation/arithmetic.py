"""Arithmetic to the cent: BR-CO-10 to BR-CO-17 of EN 16931-1:2017, and what no official schematron looks at.

The official files accept a VAT amount off by one whole unit and never multiply a quantity by a price. These rules do,
on what was read back from the message. MINIMUM and BASIC WL state fewer terms, so fewer rules apply. The EXTENDED ones
add terms that the model does not carry: there sums of lines are left to the official rules (BR-FXEXT-*, BR-FREXT-*).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from pdp_bridge.model.document import Document
from pdp_bridge.model.invoice import Invoice, Line, VatBreakdown
from pdp_bridge.model.money import ZERO, Amount, minus, product, total, vat_on
from pdp_bridge.model.report import Finding, Layer, LayerName
from pdp_bridge.validation.advice import advice_on
from pdp_bridge.validation.official_sums import zero_sum_refused
from pdp_bridge.validation.parsing import NotXml, currencies, parsed
from pdp_bridge.validation.wording import error, french_figure, french_rate, unread, warning

RULE_SET = "pdp-bridge-arithmetic-1"
"""Edition of the rules of this module: a new number when a verdict can change."""

_CENT = Decimal("0.01")
_MINIMUM = "urn:factur-x.eu:1p0:minimum"
_BASIC_WL = "urn:factur-x.eu:1p0:basicwl"

Rule = Callable[[Invoice], Iterator[Finding]]


def check(document: Document) -> Layer:
    """The layer `arithmetic`; not run when the message could not be read."""
    if document.invoice is None:
        return unread(LayerName.ARITHMETIC, RULE_SET, document)
    found = (finding for rule in rules_for(document.invoice.profile) for finding in rule(document.invoice))
    return Layer.judged(LayerName.ARITHMETIC, RULE_SET, (*found, *currency_mixed(document)))


def rules_for(profile: str) -> tuple[Rule, ...]:
    """The rules that the terms of a profile (BT-24) allow."""
    if profile == _MINIMUM:
        return _MINIMUM_RULES
    if profile == _BASIC_WL:
        return _HEADER_RULES
    if "extended" in profile:
        return _EXTENDED_RULES
    return RULES


def br_co_10(invoice: Invoice) -> Iterator[Finding]:
    """The lines total is the sum of the line net amounts.

    EN 16931-1, BR-CO-10: BT-106 = Σ BT-131.
    """
    expected = total(line.net for line in invoice.lines)
    yield from _differs("BR-CO-10", "BT-106", invoice.totals.lines_total, expected)


def br_co_11(invoice: Invoice) -> Iterator[Finding]:
    """The allowances total is the sum of the allowances on the document.

    EN 16931-1, BR-CO-11: BT-107 = Σ BT-92.
    """
    expected = total(item.amount for item in invoice.allowances if not item.charge)
    yield from _differs("BR-CO-11", "BT-107", invoice.totals.allowances_total or ZERO, expected)


def br_co_12(invoice: Invoice) -> Iterator[Finding]:
    """The charges total is the sum of the charges on the document.

    EN 16931-1, BR-CO-12: BT-108 = Σ BT-99.
    """
    expected = total(item.amount for item in invoice.allowances if item.charge)
    yield from _differs("BR-CO-12", "BT-108", invoice.totals.charges_total or ZERO, expected)


def br_co_13(invoice: Invoice) -> Iterator[Finding]:
    """The total without VAT is lines − allowances + charges.

    EN 16931-1, BR-CO-13: BT-109 = BT-106 − BT-107 + BT-108.
    """
    totals = invoice.totals
    reduced = minus(totals.lines_total, totals.allowances_total or ZERO)
    expected = total((reduced, totals.charges_total or ZERO))
    yield from _differs("BR-CO-13", "BT-109", totals.total_without_vat, expected)


def br_co_14(invoice: Invoice) -> Iterator[Finding]:
    """The VAT total is the sum of the VAT of each category.

    EN 16931-1, BR-CO-14: BT-110 = Σ BT-117.
    """
    expected = total(vat.tax for vat in invoice.vat_breakdown)
    yield from _differs("BR-CO-14", "BT-110", invoice.totals.vat_total or ZERO, expected)


def br_co_15(invoice: Invoice) -> Iterator[Finding]:
    """The total with VAT is the total without VAT plus the VAT.

    EN 16931-1, BR-CO-15: BT-112 = BT-109 + BT-110.
    """
    expected = total((invoice.totals.total_without_vat, invoice.totals.vat_total or ZERO))
    yield from _differs("BR-CO-15", "BT-112", invoice.totals.total_with_vat, expected)


def br_co_16(invoice: Invoice) -> Iterator[Finding]:
    """The amount due is the total with VAT − paid + rounding.

    EN 16931-1, BR-CO-16: BT-115 = BT-112 − BT-113 + BT-114.
    """
    totals = invoice.totals
    expected = total((minus(totals.total_with_vat, totals.paid or ZERO), totals.rounding or ZERO))
    yield from _differs("BR-CO-16", "BT-115", totals.due, expected)


def br_co_17(invoice: Invoice) -> Iterator[Finding]:
    """The VAT of a category is base × rate, to the cent; one cent beside it only where the totals close.

    EN 16931-1, BR-CO-17: BT-117 = BT-116 × BT-119 ÷ 100, rounded to two decimals.
    """
    closed = _closed(invoice)
    for vat in invoice.vat_breakdown:
        gap = _vat_gap(vat)
        if abs(gap) > _CENT or (gap and not closed):
            yield from _differs("BR-CO-17", "BT-117", vat.tax, minus(vat.tax, gap), _group(vat))


def vat_rounded_otherwise(invoice: Invoice) -> Iterator[Finding]:
    """The VAT of a category is one cent beside base × rate, and the totals close: the source rounded otherwise.

    Ours: the totals of an issued invoice are kept, one cent is told.
    """
    for vat in invoice.vat_breakdown:
        gap = _vat_gap(vat)
        if gap and abs(gap) <= _CENT and _closed(invoice):
            yield warning(
                "VAT_ROUNDED_OTHERWISE",
                f"The VAT {_group(vat)} is {vat.tax}, one cent beside base × rate: the totals agree, nothing to do.",
                f"La TVA {french_rate(_group(vat))} est de {french_figure(vat.tax)}, à un centime de base × taux : "
                "les totaux concordent, rien à faire.",
                term="BT-117",
                field="total_with_vat",
                value=vat.tax,
            )


def arithmetic_line_net(invoice: Invoice) -> Iterator[Finding]:
    """The net of a line is quantity × price ÷ base quantity − allowances + charges, within less than a cent.

    EN 16931-1, BT-131; less than a cent is left for totals shared out among the lines.
    """
    for line in invoice.lines:
        per = _base_quantity(line)
        stated = minus(line.net, _line_adjustments(line)) if line.allowances else line.net
        if per > 0 and abs(product(stated, per) - product(line.quantity, line.unit_price)) >= product(_CENT, per):
            yield error(
                "ARITHMETIC_LINE_NET",
                f"Line {line.id}: net {line.net} is not quantity {line.quantity} × price {line.unit_price}"
                " (less allowances, plus charges): correct quantity, price or total.",
                f"Ligne {line.id} : le net {french_figure(line.net)} n’est pas quantité "
                f"{french_figure(line.quantity)} × prix {french_figure(line.unit_price)}"
                " (moins remises, plus majorations) : corrigez quantité, prix ou total.",
                term="BT-131",
                field="items.total",
                value=line.net,
            )


def line_base_quantity(invoice: Invoice) -> Iterator[Finding]:
    """The quantity that the price is for is more than zero.

    EN 16931-1, BT-149; no official rule divides by it.
    """
    for line in invoice.lines:
        if _base_quantity(line) <= 0:
            yield error(
                "LINE_BASE_QUANTITY",
                f"Line {line.id}: the price cannot be for a quantity of {line.base_quantity}: give a positive one.",
                f"Ligne {line.id} : le prix ne peut valoir pour une quantité de {line.base_quantity} : "
                "donnez-en une positive.",
                term="BT-149",
                field="items.quantity",
                value=line.base_quantity,
            )


def line_gross_price(invoice: Invoice) -> Iterator[Finding]:
    """The gross price less its discount is the net price.

    EN 16931-1, BT-146 to BT-148; the public portal asks for it within a cent (G1.55, AIFE flux 1 v1.0).
    """
    for line in invoice.lines:
        if line.gross_price is None:
            continue
        net = line.gross_price - (line.price_discount or 0)
        if abs(net - line.unit_price) > _CENT:
            yield error(
                "LINE_GROSS_PRICE",
                f"Line {line.id}: gross price {line.gross_price} less discount {line.price_discount or 0} is not the "
                f"net price {line.unit_price}: correct it.",
                f"Ligne {line.id} : le prix brut {french_figure(line.gross_price)} moins la remise "
                f"{french_figure(line.price_discount or ZERO)} n’est pas le net "
                f"{french_figure(line.unit_price)} : corrigez.",
                term="BT-148",
                field="items.unit_price",
                value=line.gross_price,
            )


def arithmetic_vat_base(invoice: Invoice) -> Iterator[Finding]:
    """The base of each category and rate is the sum of its lines − allowances + charges, and none is left out.

    EN 16931-1, BR-S-08, BR-Z-08, BR-E-08, BR-AE-08, BR-IC-08, BR-G-08, BR-O-08, to the cent for each of them.
    """
    expected = _bases(invoice)
    stated: dict[Key, Amount] = {}
    for vat in invoice.vat_breakdown:
        key = _key(vat.category, vat.rate)
        stated[key] = total((stated.get(key, ZERO), vat.base))
    for key in sorted(expected.keys() | stated.keys()):
        base, wanted = stated.get(key, ZERO), expected.get(key, ZERO)
        if base != wanted:
            name = _named(*key)
            yield error(
                "ARITHMETIC_VAT_BASE",
                f"The VAT base {name} is {base}, its lines, allowances and charges make {wanted}: save it anew.",
                f"La base de TVA {french_rate(name)} est de {french_figure(base)}, ses lignes, remises et "
                f"majorations font {french_figure(wanted)} : enregistrez-la à nouveau.",
                term="BT-116",
                field="items.total",
                value=base,
            )


def vat_breakdown_duplicate(invoice: Invoice) -> Iterator[Finding]:
    """Each category and rate has one breakdown, whether the rate is written 20 or 20.00.

    EN 16931-1, BG-23; with two of them, no base can be compared with its lines.
    """
    for key, count in Counter(_key(vat.category, vat.rate) for vat in invoice.vat_breakdown).items():
        if count > 1:
            yield error(
                "VAT_BREAKDOWN_DUPLICATE",
                f"The VAT {_named(*key)} has {count} breakdowns: merge them into one.",
                f"La TVA {french_rate(_named(*key))} a {count} ventilations : réunissez-les en une seule.",
                term="BG-23",
                field="items.vat",
                value=_named(*key),
            )


def paid_above_total(invoice: Invoice) -> Iterator[Finding]:
    """What was paid does not exceed the total with VAT.

    Ours: BT-113 ≤ BT-112; every official rule accepts a negative amount due.
    """
    paid, grand = invoice.totals.paid or ZERO, invoice.totals.total_with_vat
    if (paid > grand) if grand >= 0 else (paid < grand):
        yield error(
            "PAID_ABOVE_TOTAL",
            f"The amount already paid {paid} exceeds the total {grand}: correct the payments or deposits.",
            f"Le montant déjà payé {french_figure(paid)} dépasse le total {french_figure(grand)} : "
            "corrigez les règlements ou les acomptes.",
            term="BT-113",
            field="settlements",
            value=paid,
        )


def vat_currency_same(invoice: Invoice) -> Iterator[Finding]:
    """The accounting currency is stated only when it is another one, and then with its VAT total.

    EN 16931-1, BT-6 and BT-111 (BR-53).
    """
    if invoice.vat_currency == invoice.currency or (invoice.vat_currency is None) != (
        invoice.totals.vat_total_accounting is None
    ):
        yield error(
            "VAT_CURRENCY_SAME",
            "The accounting currency (BT-6) and its VAT total (BT-111) go together, only beside another invoice "
            "currency: give both or neither.",
            "La devise de comptabilisation (BT-6) et son total de TVA (BT-111) vont ensemble, et seulement si la "
            "facture est dans une autre devise : indiquez les deux, ou aucun.",
            term="BT-6",
            field="currency",
            value=invoice.vat_currency,
        )


def currency_mixed(document: Document) -> Iterator[Finding]:
    """Every amount of the message is in the currency of the invoice, or in that of its VAT accounting.

    EN 16931-1, BT-5 and BT-6: one document, one currency.
    """
    if document.invoice is None:
        return
    allowed = {document.invoice.currency, document.invoice.vat_currency}
    try:
        stated = currencies(parsed(document.xml))
    except NotXml:
        return
    for code in sorted(stated - allowed):
        yield error(
            "CURRENCY_MIXED",
            f"An amount is in {code}, but the invoice is in {document.invoice.currency}: use one currency.",
            f"Un montant est en {code}, mais la facture est en {document.invoice.currency} : n’utilisez qu’une devise.",
            term="BT-5",
            field="currency",
            value=code,
        )


_MINIMUM_RULES: tuple[Rule, ...] = (br_co_15,)
_EXTENDED_RULES: tuple[Rule, ...] = (br_co_14, vat_currency_same, zero_sum_refused)
_HEADER_RULES: tuple[Rule, ...] = (
    br_co_11,
    br_co_12,
    br_co_13,
    br_co_14,
    br_co_15,
    br_co_16,
    br_co_17,
    vat_rounded_otherwise,
    vat_breakdown_duplicate,
    paid_above_total,
    vat_currency_same,
    zero_sum_refused,
)
RULES: tuple[Rule, ...] = (
    br_co_10,
    *_HEADER_RULES,
    arithmetic_line_net,
    line_base_quantity,
    line_gross_price,
    arithmetic_vat_base,
)
"""All rules on an `Invoice`, those of BASIC and EN 16931."""


def _differs(rule: str, term: str, stated: Amount, expected: Amount, where: str = "") -> Iterator[Finding]:
    if stated == expected:
        return
    advice = advice_on(rule)
    about, about_fr, field = (advice.en, advice.fr, advice.field) if advice else (rule, rule, None)
    place, place_fr = (f"{where}: ", f"{where} : ") if where else ("", "")
    yield error(
        rule,
        f"{place}{about} Stated: {stated}; computed: {expected}.",
        f"{place_fr}{about_fr} Indiqué : {french_figure(stated)} ; calculé : {french_figure(expected)}.",
        term=term,
        field=field,
        value=stated,
    )


def _closed(invoice: Invoice) -> bool:
    return not any((*br_co_14(invoice), *br_co_15(invoice)))


def _vat_gap(vat: VatBreakdown) -> Amount:
    return minus(vat.tax, vat_on(vat.base, vat.rate or Decimal(0)))


def _line_adjustments(line: Line) -> Amount:
    charges = total(item.amount for item in line.allowances if item.charge)
    return minus(charges, total(item.amount for item in line.allowances if not item.charge))


def _base_quantity(line: Line) -> Decimal:
    return Decimal(1) if line.base_quantity is None else line.base_quantity


Key = tuple[str, Decimal]
"""A category and its numeric rate: 20 and 20.00 are one, and no rate is 0."""


def _key(category: str, rate: Decimal | None) -> Key:
    return category, (rate or Decimal(0)).normalize()


def _bases(invoice: Invoice) -> dict[Key, Amount]:
    bases: dict[Key, Amount] = {}
    for line in invoice.lines:
        key = _key(line.category, line.rate)
        bases[key] = total((bases.get(key, ZERO), line.net))
    for item in invoice.allowances:
        key = _key(item.category, item.rate)
        so_far = bases.get(key, ZERO)
        bases[key] = total((so_far, item.amount)) if item.charge else minus(so_far, item.amount)
    return bases


def _named(category: str, rate: Decimal) -> str:
    return f"{category} {rate:f} %"


def _group(vat: VatBreakdown) -> str:
    return _named(*_key(vat.category, vat.rate))
