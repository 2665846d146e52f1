"""The lines of an invoice (BG-25), closed on the source's totals, and the rows of its page.

Signs: a credit note's amounts turn positive; then a negative price turns its sign over to the quantity (BR-27). Texts:
the first line of a title names the item (BT-153), the rest describes it (BT-154), comments and titles beside it are its
note (BT-127). Amounts: `model.closing` (facturation-pro.md §3.6 and §4).

The seller's item identifier (BT-155) is not given: a line holds the id of a product (`product_id`), not its reference,
which only the list of products knows, as it is named today: the product may have been renamed or deleted since the
invoice was issued, and a legal fact would state what its page never showed, or change when it is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from pdp_bridge.errors import MappingError
from pdp_bridge.model.binary_sums import refused_zeros
from pdp_bridge.model.codes import Language, VatCategory
from pdp_bridge.model.invoice import Line
from pdp_bridge.model.money import Amount
from pdp_bridge.model.report import Finding
from pdp_bridge.model.seller import EXTRA_TAXES, Policy, Seller, VatRegime
from pdp_bridge.model.totals import EXTRA_TAX_AMBIGUOUS, Closing, ClosingError, SourceLine, SourceTotals, close
from pdp_bridge.source.facturation_pro import units, vat
from pdp_bridge.source.facturation_pro.exemptions import Exemption, Situation, exemption
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.items import Item, Reading, checked, optional_counted, readings
from pdp_bridge.source.facturation_pro.record import Record

_NAME_LENGTH = 100
"""A longer first line of a title is shortened in BT-153 and kept whole in BT-154."""

_UNIT = {
    Language.FRENCH: "Unité\u00a0: {word}",
    Language.ENGLISH: "Unit: {word}",
    Language.SPANISH: "Unidad: {word}",
    Language.DUTCH: "Eenheid: {word}",
}
"""For a unit whose code says less than the seller's word."""

_USUAL = ("H0", "H1")
_NONE = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """One priced item in the document's sign, before its amount is closed to the cent."""

    item: Item
    quantity: Decimal
    unit_price: Decimal
    total: Decimal
    rate: Decimal | None
    exemption: Exemption | None  # None: it bears VAT

    @property
    def category(self) -> VatCategory:
        """BT-151."""
        return self.exemption.category if self.exemption else VatCategory.STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The closed invoice: its priced items with their net amounts (BT-131), totals and warnings."""

    priced: tuple[Priced, ...]
    closing: Closing
    remarks: tuple[Finding, ...] = ()


def sheet_of(
    invoice: Record, items: Sequence[Item], subsidies: Decimal, sign: int, seller: Seller, situation: Situation
) -> Sheet:
    """The first reading of the items that reproduces the source's totals.

    `sign` is −1 for a credit note. Raises `MappingError`: `VAT_…`, `LINE_TOTAL_MISMATCH`, `OPTIONAL_LINE_COUNTED`,
    `TOTALS_MISMATCH`, `EXTRA_TAX_AMBIGUOUS`, `TOTAL_WITH_VAT_ABSENT`, `ZERO_SUM_REFUSED`.
    """
    failure: ClosingError | None = None
    for reading in readings(items):
        priced, remarks = _priced(invoice, reading, sign, seller, situation)
        try:
            closed = close(_totals(invoice, priced, subsidies, sign, seller))
        except ClosingError as error:
            failure = failure or error
            continue
        if reading.optional:
            raise optional_counted()
        for finding in refused_zeros(closed.breakdown, closed.allowances, rule="ZERO_SUM_REFUSED"):
            raise MappingError(finding)
        told, _, tax = closed.hypothesis.partition("+")
        usual = told in _USUAL and (not tax or seller.policy.extra_tax is not None)
        unusual = [] if usual else [_unusual(closed.hypothesis)]
        return Sheet(priced=priced, closing=closed, remarks=(*remarks, *closed.remarks, *unusual))
    if failure and failure.code == EXTRA_TAX_AMBIGUOUS:
        raise _ambiguous(invoice, failure) from failure
    raise problem(
        failure.code if failure else "NO_LINES",
        term="BT-109",
        field="total",
        value=invoice.decimal("total"),
        message=f"{failure} Open the invoice in Facturation.pro and compare its lines with its total.",
        message_fr=f"{failure.message_fr if failure else ''} Ouvrez la facture dans Facturation.pro et comparez ses "
        "lignes à son total.",
    ) from failure


def _ambiguous(invoice: Record, failure: ClosingError) -> MappingError:
    """Nothing tells what the extra tax is, or where it belongs."""
    return problem(
        EXTRA_TAX_AMBIGUOUS,
        term="BG-21",
        field="policy.extra_tax",
        value=invoice.decimal("tax_percent"),
        message=f"{failure} Say in the setting policy.extra_tax whether the tax is inside the total and bears VAT: "
        f"{', '.join(EXTRA_TAXES)}; a tax without VAT needs an exempt line beside it.",
        message_fr=f"{failure.message_fr} Indiquez dans le réglage policy.extra_tax si la taxe est dans le total et "
        f"porte de la TVA : {', '.join(EXTRA_TAXES)} ; une taxe sans TVA suppose une ligne exonérée à côté.",
    )


def lines_of(
    sheet: Sheet, notes: Sequence[Sequence[str]], policy: Policy, language: Language
) -> tuple[tuple[Line, ...], list[Finding]]:
    """BG-25 in order, and warnings on units. `notes` are the texts beside each line.

    Raises `MappingError`: `LINE_NAME_MISSING`, `UNIT_UNKNOWN` under `policy.strict_units`.
    """
    lines, remarks = [], []
    for index, (priced, net) in enumerate(zip(sheet.priced, sheet.closing.nets, strict=True)):
        line, warning = _line(index, priced, net, notes[index], policy, language)
        lines.append(line)
        remarks.extend([warning] if warning else [])
    return tuple(lines), remarks


def _priced(
    invoice: Record, reading: Reading, sign: int, seller: Seller, situation: Situation
) -> tuple[tuple[Priced, ...], list[Finding]]:
    remarks: list[Finding] = []
    text = invoice.text("vat_exemption")
    drafts = []
    for item in reading.priced:
        price, warning = checked(item)
        remarks.extend([warning] if warning else [])
        drafts.append(_taxed(item, price, sign, _rate(invoice, item, seller, situation)))
    adopted = _adopting(drafts, seller, text)
    exempt = [
        priced
        if priced.rate
        else replace(priced, exemption=exemption(text, situation, nature=priced.item.record.identity("nature")))
        for priced in adopted
    ]
    vat.reasons(priced.exemption for priced in exempt)
    if text and all(priced.exemption is None for priced in exempt):
        remarks.append(vat.dropped(text))
    return tuple(_rated(priced) for priced in exempt), remarks


def _rate(invoice: Record, item: Item, seller: Seller, situation: Situation) -> Decimal:
    return vat.rate(
        item.record.raw("vat"),
        country=invoice.line("vat_country") or situation.buyer_country,
        postcode=situation.buyer_postcode,
        franchise=seller.vat_regime is VatRegime.FRANCHISE,
    )


def _taxed(item: Item, price: Decimal, sign: int, rate: Decimal) -> Priced:
    turned = -sign if price < 0 else sign
    return Priced(
        item=item,
        quantity=_tidy(item.quantity * turned),
        unit_price=_tidy(abs(price)),
        total=item.total * sign,
        rate=rate,
        exemption=None,
    )


def _tidy(number: Decimal) -> Decimal:
    """The same number without trailing zeros, and zero without a sign."""
    return Decimal(f"{number.normalize() + 0:f}")


def _adopting(drafts: Sequence[Priced], seller: Seller, text: str | None) -> list[Priced]:
    """A free item at 0 % beside taxed ones bears the rate of the largest group: it is no exempt sale of its own."""
    taxed = [draft for draft in drafts if draft.rate]
    if not taxed or text or seller.vat_regime is VatRegime.FRANCHISE:
        return list(drafts)
    weights: dict[Decimal | None, Decimal] = {}
    for draft in taxed:
        weights[draft.rate] = weights.get(draft.rate, _NONE) + draft.total
    largest = max(weights, key=lambda rate: (weights[rate], rate))
    return [replace(draft, rate=largest) if not draft.rate and not draft.total else draft for draft in drafts]


def _rated(priced: Priced) -> Priced:
    """Category O has no rate (BR-O-05)."""
    return replace(priced, rate=None) if priced.category is VatCategory.OUT_OF_SCOPE else priced


def _unusual(hypothesis: str) -> Finding:
    return remark(
        "TOTALS_HYPOTHESIS",
        term="BT-109",
        field="total",
        value=hypothesis,
        message="The totals were understood by an unusual reading of the rebate or the extra tax: compare the totals "
        "with those of Facturation.pro once.",
        message_fr="Les totaux ont été compris par une lecture inhabituelle de la remise ou de la taxe "
        "complémentaire : comparez-les une fois avec ceux de Facturation.pro.",
    )


def _totals(invoice: Record, priced: Sequence[Priced], subsidies: Decimal, sign: int, seller: Seller) -> SourceTotals:
    total, with_vat = invoice.decimal("total"), invoice.decimal("total_with_vat")
    if total is None or with_vat is None:
        raise problem(
            "TOTAL_WITH_VAT_ABSENT",
            term="BT-112",
            field="total_with_vat",
            value=None,
            message="Facturation.pro gave no total for this invoice: pull it again, or report it to their support.",
            message_fr="Facturation.pro n’a donné aucun total pour cette facture : relancez la récupération, ou "
            "signalez-le à leur support.",
        )
    return SourceTotals(
        lines=[SourceLine(total=one.total, category=one.category, rate=one.rate) for one in priced],
        total=total * sign,
        total_with_vat=with_vat * sign,
        rebate_percent=invoice.decimal("rebate_percentage") or _NONE,
        extra_tax_percent=invoice.decimal("tax_percent") or _NONE,
        extra_tax_title=invoice.line("tax_title"),
        subsidies=subsidies,
        reasons={one.exemption.category: one.exemption.reason for one in priced if one.exemption},
        relaxed=seller.policy.relaxed_rounding,
        hypothesis=EXTRA_TAXES[told] if (told := seller.policy.extra_tax) and invoice.decimal("tax_percent") else None,
    )


def _line(
    index: int, priced: Priced, net: Amount, notes: Sequence[str], policy: Policy, language: Language
) -> tuple[Line, Finding | None]:
    record = priced.item.record
    name, description = _words(priced.item)
    measure = record.line("measure")
    unit, known = units.code(measure, millilitre=policy.millilitre)
    if not known and policy.strict_units:
        raise _unit(problem, measure)
    kept = units.kept_word(measure)
    texts = [*notes, _UNIT[language].format(word=kept)] if kept else notes
    line = Line(
        id=str(index + 1),
        name=name,
        description=description,
        note="\n".join(texts) or None,
        quantity=priced.quantity,
        unit=unit,
        unit_text=measure,
        unit_price=priced.unit_price,
        net=net,
        category=priced.category,
        rate=priced.rate,
    )
    return line, None if known else _unit(remark, measure)


_Said = TypeVar("_Said")


def _unit(say: Callable[..., _Said], measure: str | None) -> _Said:
    """An unknown unit, as an error or as a warning."""
    return say(
        "UNIT_UNKNOWN",
        term="BT-130",
        field="items.measure",
        value=measure,
        message=f"The unit “{measure}” has no known code: it is counted in pieces and keeps the word in its "
        f"text; choose a usual unit "
        "if that is wrong.",
        message_fr=f"L’unité « {measure} » n’a pas de code connu : la ligne est comptée à l’unité et garde le mot dans "
        "son texte ; choisissez une unité usuelle si ce n’est pas juste.",
    )


def _words(item: Item) -> tuple[str, str | None]:
    """BT-153 and BT-154."""
    head, _, rest = item.title.partition("\n")
    name = " ".join(head.split())
    if not name:
        raise problem(
            "LINE_NAME_MISSING",
            term="BT-153",
            field="items.title",
            value=None,
            message="A priced line has no text: say what is sold.",
            message_fr="Une ligne chiffrée n’a pas de libellé : indiquez ce qui est vendu.",
        )
    if len(name) > _NAME_LENGTH:
        short = name[:_NAME_LENGTH].rsplit(" ", 1)[0]
        return f"{short}…", f"{name}\n{rest}".strip()
    return name, rest.strip() or None
