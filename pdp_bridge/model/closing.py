"""The closing: components of an invoice, exact to the cent, that reproduce the totals its source printed.

The totals of the source are legal facts; how it rounded on the way is not known. So nothing is recomputed line by
line: the printed totals are shared out over the lines, the VAT groups and the rebate (largest remainder), and one
hypothesis after another on what the printed total contains is tried until every rule holds exactly:
BR-CO-10 to BR-CO-15, BR-S-08 and BR-CO-17. When none does, the invoice is refused with both figures.

Everything is in the sign of the document: the amounts of a credit note arrive positive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.model import money
from pdp_bridge.model.binary_sums import in_an_order_that_adds_up
from pdp_bridge.model.breakdown import Group, breakdown, sum_of
from pdp_bridge.model.invoice import AllowanceCharge, Totals, VatBreakdown
from pdp_bridge.model.money import ZERO, Amount, MoneyError
from pdp_bridge.model.report import Finding, Severity
from pdp_bridge.model.sharing import (
    CENT,
    Exact,
    Hypothesis,
    Shares,
    SourceTotals,
    exact_figures,
    hypotheses,
    shared_out,
    untaxed_group,
)

_NONE = Decimal(0)
_REBATE = "Remise globale"
_SURCHARGE = "Majoration"
_DISCOUNT_CODE = "95"  # UNTDID 5189
_EXTRA_TAX = "Taxe complémentaire"

TOTALS_MISMATCH = "TOTALS_MISMATCH"
EXTRA_TAX_AMBIGUOUS = "EXTRA_TAX_AMBIGUOUS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Components that satisfy every rule and add up to the source's totals.

    `adjustment` is what the VAT of the groups (BT-117) was moved by, in all, to reach the printed VAT; `checked` is
    False when the source printed no total with VAT.
    """

    hypothesis: str
    nets: tuple[Amount, ...]  # BT-131 of each line, in the order given
    allowances: tuple[AllowanceCharge, ...]  # BG-20, BG-21
    breakdown: tuple[VatBreakdown, ...]  # BG-23
    total_with_vat: Amount  # BT-112, before the subsidies are taken off
    subsidies: Amount = ZERO  # paid by a third party: part of BT-113
    adjustment: Amount = ZERO
    checked: bool = True
    remarks: tuple[Finding, ...] = ()

    @property
    def lines_total(self) -> Amount:
        """BT-106 (BR-CO-10)."""
        return money.total(self.nets)

    @property
    def total_without_vat(self) -> Amount:
        """BT-109 (BR-CO-13)."""
        return money.total(group.base for group in self.breakdown)

    @property
    def vat_total(self) -> Amount:
        """BT-110 (BR-CO-14)."""
        return money.total(group.tax for group in self.breakdown)

    @property
    def payable(self) -> Amount:
        """What the buyer owes before any payment: BT-112 less the subsidies."""
        return money.minus(self.total_with_vat, self.subsidies)

    def totals(self, *, paid: Amount = ZERO, vat_total_accounting: Amount | None = None) -> Totals:
        """BG-22, with `paid` received from the buyer; BT-113 is that and the subsidies (BR-CO-16)."""
        prepaid = money.total([paid, self.subsidies])
        return Totals(
            lines_total=self.lines_total,
            allowances_total=sum_of(self.allowances, charge=False),
            charges_total=sum_of(self.allowances, charge=True),
            total_without_vat=self.total_without_vat,
            vat_total=self.vat_total,
            vat_total_accounting=vat_total_accounting,
            total_with_vat=self.total_with_vat,
            paid=prepaid or None,
            due=money.minus(self.total_with_vat, prepaid),
        )


class ClosingError(ValueError):
    """No hypothesis reproduces the totals of the source, or two do.

    `code` is `TOTALS_MISMATCH` or `EXTRA_TAX_AMBIGUOUS`; `stated` the source's figures, `computed` ours under the
    nearest hypothesis (both: without VAT, with VAT); `tried` one clause for each hypothesis; `message_fr` in French.
    """

    def __init__(
        self,
        code: str,
        message: str,
        message_fr: str,
        *,
        stated: tuple[Decimal, Decimal | None],
        computed: tuple[Decimal, Decimal],
        tried: tuple[str, ...],
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message_fr = message_fr
        self.stated = stated
        self.computed = computed
        self.tried = tried


@dataclass(frozen=True, slots=True)
class _Trial:
    """One hypothesis tried: the closing it gives, or the clause that says why it does not."""

    hypothesis: Hypothesis
    exact: Exact
    closing: Closing | None = None
    problem: str = ""


def close(source: SourceTotals) -> Closing:
    """Lines, allowances, breakdown and totals that reproduce the source's totals to the cent.

    The first hypothesis that closes exactly wins, else the first within a cent for each VAT group (or, `relaxed`, half
    a cent for each line), whose VAT is then moved by that much, with the remark `ROUNDING_ADJUSTED`. Of a rebate of a
    cent or so, the reading that keeps the printed total as BT-109 goes first, exact or not.

    Raises `ClosingError`.
    """
    trials = [_trial(source, hypothesis) for hypothesis in hypotheses(source)]
    closed = [trial.closing for trial in _stating(source, trials) if trial.closing]
    exact = [closing for closing in closed if not closing.adjustment]
    candidates = exact or closed
    if not candidates:
        raise _mismatch(source, trials)
    best = candidates[0]
    if source.extra_tax_percent and any(_components(other) != _components(best) for other in candidates[1:]):
        raise _ambiguous(source, trials, [closing.hypothesis for closing in candidates])
    chosen = next(trial for trial in trials if trial.closing is best)
    if not chosen.hypothesis.tax_taxed and source.untaxed is None and untaxed_group(source) not in chosen.exact.lines:
        raise _ungrouped(source, chosen)
    return best


def _stating(source: SourceTotals, trials: Sequence[_Trial]) -> Sequence[_Trial]:
    """Those whose BT-109 is the printed total, when one of them closes: what was printed is not to be altered."""
    stating = [trial for trial in trials if trial.closing and trial.hypothesis.rebated]
    return stating if stating and not source.extra_tax_percent else trials


def _components(closing: Closing) -> tuple[object, ...]:
    return (closing.nets, closing.allowances, closing.breakdown)


def _trial(source: SourceTotals, hypothesis: Hypothesis) -> _Trial:
    exact = exact_figures(source, hypothesis)
    expected = exact.stated_total(hypothesis)
    if abs(expected - source.total) > CENT:
        return _Trial(hypothesis, exact, problem=f"total without VAT {_plain(expected)} expected")
    try:
        possible = shared_out(source, hypothesis, exact)
    except MoneyError as error:
        return _Trial(hypothesis, exact, problem=str(error))
    closed = [closing for shares in possible if (closing := _with_vat(source, hypothesis, shares))]
    if not closed:
        return _Trial(hypothesis, exact, problem=f"total with VAT {_plain(exact.with_vat())} expected")
    return _Trial(hypothesis, exact, min(closed, key=lambda closing: abs(closing.adjustment)))


def _with_vat(source: SourceTotals, hypothesis: Hypothesis, shares: Shares) -> Closing | None:
    """The VAT of each group (BT-117), moved by cents to the printed VAT; None when it is too far."""
    bases = shares.bases
    taxes = {group: money.vat_on(base, group[1] or _NONE) for group, base in bases.items()}
    base_total = money.total(bases.values())
    subsidies = money.rounded(abs(source.subsidies))
    if source.total_with_vat is None:
        total_with_vat = money.total([base_total, *taxes.values()])
        return _closing(source, hypothesis, shares, taxes, total_with_vat)
    printed = money.rounded(source.total_with_vat)
    # The printed total may or may not have the subsidies taken off already.
    readings = [money.total([printed, subsidies]), printed] if subsidies else [printed]
    gaps = {grand: money.minus(money.minus(grand, base_total), money.total(taxes.values())) for grand in readings}
    grand, gap = min(gaps.items(), key=lambda item: abs(item[1]))
    taxed = [group for group in bases if group[1]]
    if abs(gap) > _tolerance(source, len(taxed)):
        return None
    return _closing(source, hypothesis, shares, _moved(bases, taxes, taxed, gap), grand, gap)


def _tolerance(source: SourceTotals, taxed_groups: int) -> Decimal:
    strict = money.product(CENT, Decimal(taxed_groups))
    if not source.relaxed or not taxed_groups:
        return strict
    return max(strict, money.product(CENT, Decimal("0.5"), Decimal(len(source.lines))) + CENT)


def _moved(
    bases: Mapping[Group, Amount], taxes: Mapping[Group, Amount], taxed: Sequence[Group], gap: Amount
) -> dict[Group, Amount]:
    """The gap, cent by cent, each on the group whose unrounded VAT is nearest to the next cent that way.

    No group takes a second cent before every other has one; one whose base rounds to zero comes last.
    """
    up = gap > 0
    step = CENT if up else money.negated(CENT)

    def reach(group: Group) -> Decimal:
        ahead = money.percent_of(bases[group], group[1] or _NONE) - taxes[group]
        return ahead if up else -ahead

    order = sorted(taxed, key=lambda group: (not bases[group], -reach(group), -abs(bases[group])))
    moved = dict(taxes)
    for turn in range(int(abs(gap) / CENT)):
        group = order[turn % len(order)]
        moved[group] = money.total([moved[group], step])
    return moved


def _closing(
    source: SourceTotals,
    hypothesis: Hypothesis,
    shares: Shares,
    taxes: Mapping[Group, Amount],
    total_with_vat: Amount,
    gap: Amount = ZERO,
) -> Closing:
    return Closing(
        hypothesis=hypothesis.name,
        nets=shares.nets,
        allowances=(*_rebates(source, shares), *_extra_taxes(source, shares)),
        breakdown=in_an_order_that_adds_up(breakdown(shares.bases, taxes, source.reasons)),
        total_with_vat=total_with_vat,
        subsidies=money.rounded(abs(source.subsidies)),
        adjustment=gap,
        checked=source.total_with_vat is not None,
        remarks=(_adjusted(gap),) if gap else (),
    )


def _rebates(source: SourceTotals, shares: Shares) -> list[AllowanceCharge]:
    reason = _REBATE if source.rebate_percent > 0 else _SURCHARGE
    code = _DISCOUNT_CODE if source.rebate_percent > 0 else None
    return [
        _allowance(group, value, shares.lines[group], source.rebate_percent, reason, code)
        for group, value in shares.rebate.items()
        if value
    ]


def _extra_taxes(source: SourceTotals, shares: Shares) -> list[AllowanceCharge]:
    title = (source.extra_tax_title or "").strip() or _EXTRA_TAX
    net = {g: money.minus(lines, shares.rebate.get(g, ZERO)) for g, lines in shares.lines.items()}
    everything = money.total(net.values())
    taxed = set(shares.tax) == set(net)
    return [
        _allowance(group, money.negated(value), net[group] if taxed else everything, source.extra_tax_percent, title)
        for group, value in shares.tax.items()
        if value
    ]


def _allowance(
    group: Group, value: Amount, base: Amount, percent: Decimal, reason: str, code: str | None = None
) -> AllowanceCharge:
    """BG-20 for a positive value, BG-21 for a negative one: amounts are never negative there."""
    category, rate = group
    charge = value < 0
    return AllowanceCharge(
        charge=charge,
        amount=money.amount(abs(value)),
        base=money.amount(abs(base)),
        percent=abs(percent),
        category=category,
        rate=rate,
        reason=reason,
        reason_code=None if charge else code,
    )


def _adjusted(gap: Amount) -> Finding:
    return Finding(
        rule="ROUNDING_ADJUSTED",
        severity=Severity.WARNING,
        message=f"The VAT of the groups was moved by {_plain(gap)} to reach the VAT that the invoice states."
        " Nothing is to be done.",
        message_fr=f"La TVA par taux a été ajustée de {_french(gap)} pour retrouver la TVA de la facture."
        " Il n’y a rien à faire.",
        term="BT-117",
        value=_plain(gap),
    )


def _french(value: Decimal) -> str:
    return _plain(value).replace(".", ",")


def _plain(value: Decimal) -> str:
    """At the source's three decimals, without trailing zeros beyond two."""
    text = f"{money.rounded_to(value, 3).normalize():f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def _mismatch(source: SourceTotals, trials: Sequence[_Trial]) -> ClosingError:
    nearest = min(trials, key=lambda trial: _distance(source, trial), default=None)
    tried = tuple(f"{trial.hypothesis.name}: {trial.problem}" for trial in trials)
    if nearest is None:
        what = f"the hypothesis {source.hypothesis} does not apply to this invoice"
        what_fr = f"l’hypothèse {source.hypothesis} ne s’applique pas à cette facture"
    else:
        own = nearest.exact.stated_total(nearest.hypothesis)
        grand = nearest.exact.with_vat()
        what = f"its lines make {_plain(own)} without VAT and {_plain(grand)} with VAT, under the nearest hypothesis"
        what_fr = f"ses lignes font {_french(own)} HT et {_french(grand)} TTC, dans l’hypothèse la plus proche"
    return _refusal(source, TOTALS_MISMATCH, (what, what_fr), nearest, tried)


def _ambiguous(source: SourceTotals, trials: Sequence[_Trial], names: Sequence[str]) -> ClosingError:
    what = f"several readings of its extra tax fit ({', '.join(names)})"
    what_fr = f"plusieurs lectures de sa taxe complémentaire conviennent ({', '.join(names)})"
    fitting = [trial for trial in trials if trial.hypothesis.name in names]
    return _refusal(source, EXTRA_TAX_AMBIGUOUS, (what, what_fr), fitting[0], tuple(names))


def _ungrouped(source: SourceTotals, trial: _Trial) -> ClosingError:
    name = trial.hypothesis.name
    what = f"its extra tax bears no VAT ({name}), and no VAT category is set for it"
    what_fr = f"sa taxe complémentaire ne porte pas de TVA ({name}), et aucune catégorie de TVA n’est réglée pour elle"
    return _refusal(source, EXTRA_TAX_AMBIGUOUS, (what, what_fr), trial, (name,))


def _refusal(
    source: SourceTotals, code: str, what: tuple[str, str], trial: _Trial | None, tried: tuple[str, ...]
) -> ClosingError:
    grand = "no total with VAT" if source.total_with_vat is None else f"{_plain(source.total_with_vat)} with VAT"
    grand_fr = "aucun total TTC" if source.total_with_vat is None else f"{_french(source.total_with_vat)} TTC"
    clauses = f" Tried: {'; '.join(tried)}." if tried else ""
    return ClosingError(
        code,
        f"The invoice states {_plain(source.total)} without VAT and {grand}; {what[0]}.{clauses}",
        f"La facture annonce {_french(source.total)} HT et {grand_fr} ; {what[1]}.",
        stated=(source.total, source.total_with_vat),
        computed=(trial.exact.stated_total(trial.hypothesis), trial.exact.with_vat()) if trial else (_NONE, _NONE),
        tried=tried,
    )


def _distance(source: SourceTotals, trial: _Trial) -> Decimal:
    gap = abs(trial.exact.stated_total(trial.hypothesis) - source.total)
    if source.total_with_vat is not None:
        gap += abs(trial.exact.with_vat() - source.total_with_vat)
    return gap
