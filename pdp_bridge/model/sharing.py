"""The totals a source printed, what they may contain, and their cents shared out over lines and VAT groups.

Hypotheses on a rebate of R %: `H0` none; `H1` the total is after the rebate; `H2` the total is before it. On an extra
tax of T %: `T1` inside the total, bearing VAT; `T2` beside it, without VAT; `T3` beside it, bearing VAT; `T4` inside,
without VAT. Everything is in the sign of the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from pdp_bridge.model import money
from pdp_bridge.model.breakdown import Group, Reason
from pdp_bridge.model.codes import VatCategory
from pdp_bridge.model.money import ZERO, Amount, MoneyError

CENT = money.amount("0.01")
_NONE = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One priced line: its total as the source gives it (at most 3 decimals) and the VAT it bears."""

    total: Decimal
    category: str = VatCategory.STANDARD
    rate: Decimal | None

    @property
    def group(self) -> Group:
        """Category and rate: lines of one group share one VAT breakdown (BG-23)."""
        return (str(self.category), self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTotals:
    """What the source printed, in the sign of the document.

    `reasons` by VAT category. `subsidies` is the sum of the subsidy rows, whatever its sign. `relaxed` accepts a source
    that rounds VAT line by line. `hypothesis` (e.g. `H1`, `T3`, `H1+T3`) fixes what to try. `untaxed` is the VAT group of
    an extra tax that bears no VAT.
    """

    lines: Sequence[SourceLine]
    total: Decimal
    total_with_vat: Decimal | None = None  # None: not printed, nothing to check VAT against
    rebate_percent: Decimal = _NONE
    extra_tax_percent: Decimal = _NONE
    extra_tax_title: str | None = None
    subsidies: Decimal = _NONE
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    relaxed: bool = False
    hypothesis: str | None = None
    untaxed: Group | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the printed total contains."""

    name: str
    rebated: bool = True  # the total is after the rebate
    tax_inside: bool = True  # the total contains the extra tax
    tax_taxed: bool = True  # the extra tax bears VAT


_REBATES = (Hypothesis("H1"), Hypothesis("H2", rebated=False))
_EXTRA_TAXES = (
    Hypothesis("T1"),
    Hypothesis("T2", tax_inside=False, tax_taxed=False),
    Hypothesis("T3", tax_inside=False),
    Hypothesis("T4", tax_taxed=False),
)


def hypotheses(source: SourceTotals) -> list[Hypothesis]:
    """What the printed total may contain, the likeliest first; empty when the one fixed does not apply."""
    rebates = _REBATES if source.rebate_percent else (Hypothesis("H0"),)
    if not source.extra_tax_percent:
        chosen = list(rebates)
    else:
        chosen = [
            replace(tax, name=f"{rebate.name}+{tax.name}", rebated=rebate.rebated)
            for rebate in rebates
            for tax in _EXTRA_TAXES
            if rebate.rebated or not tax.tax_inside  # a total before the rebate cannot contain a tax after it
        ]
    return [one for one in chosen if source.hypothesis in (None, one.name, *one.name.split("+"))]


@dataclass(frozen=True, slots=True)
class Exact:
    """Unrounded figures of one hypothesis, by group."""

    lines: Mapping[Group, Decimal]
    rebate: Mapping[Group, Decimal]
    tax: Mapping[Group, Decimal]

    @property
    def net(self) -> Decimal:
        """Lines less rebate."""
        return self.lines_total - sum(self.rebate.values(), start=_NONE)

    @property
    def lines_total(self) -> Decimal:
        """The lines of every group."""
        return sum(self.lines.values(), start=_NONE)

    @property
    def tax_total(self) -> Decimal:
        """The extra tax of every group."""
        return sum(self.tax.values(), start=_NONE)

    def stated_total(self, hypothesis: Hypothesis) -> Decimal:
        """What the source must have printed as its total, were the hypothesis true."""
        start = self.net if hypothesis.rebated else self.lines_total
        return start + (self.tax_total if hypothesis.tax_inside else _NONE)

    def with_vat(self) -> Decimal:
        """Lines less rebate, plus extra tax and VAT."""
        groups = dict.fromkeys((*self.lines, *self.tax))
        bases = {g: self.lines.get(g, _NONE) - self.rebate.get(g, _NONE) + self.tax.get(g, _NONE) for g in groups}
        vat = sum((money.percent_of(base, g[1] or _NONE) for g, base in bases.items()), start=_NONE)
        return sum(bases.values(), start=_NONE) + vat


def exact_figures(source: SourceTotals, hypothesis: Hypothesis) -> Exact:
    """Lines, rebate and extra tax by VAT group, were the hypothesis true."""
    lines: dict[Group, Decimal] = {}
    for line in source.lines:
        lines[line.group] = lines.get(line.group, _NONE) + line.total
    rebate = {g: money.percent_of(value, source.rebate_percent) for g, value in lines.items()}
    tax = {g: money.percent_of(lines[g] - rebate[g], source.extra_tax_percent) for g in lines}
    if not hypothesis.tax_taxed:
        tax = {untaxed_group(source): sum(tax.values(), start=_NONE)}
    return Exact(lines, rebate, tax)


def untaxed_group(source: SourceTotals) -> Group:
    """Where an extra tax without VAT goes: the group given, else the exempt one."""
    return source.untaxed or (str(VatCategory.EXEMPT), _NONE)


@dataclass(frozen=True, slots=True)
class Shares:
    """The cents of one hypothesis, by group."""

    nets: tuple[Amount, ...]
    lines: Mapping[Group, Amount]
    rebate: Mapping[Group, Amount]
    tax: Mapping[Group, Amount]

    @property
    def bases(self) -> dict[Group, Amount]:
        """BT-116: lines less rebate plus extra tax (BR-S-08)."""
        groups = dict.fromkeys((*self.lines, *self.tax))
        return {
            group: money.total(
                [
                    self.lines.get(group, ZERO),
                    money.negated(self.rebate.get(group, ZERO)),
                    self.tax.get(group, ZERO),
                ]
            )
            for group in groups
        }


def shared_out(source: SourceTotals, hypothesis: Hypothesis, exact: Exact) -> list[Shares]:
    """The printed total shared out, in each way that the sums not printed leave open; the plainest first.

    Raises `MoneyError` when the parts cannot make the total.
    """
    problem = MoneyError("there is no line to share the total among")
    for lines_total in _lines_totals(source, hypothesis, exact):
        possible: list[Shares] = []
        for net in _nets_after_rebate(source, hypothesis, exact, lines_total):
            for whole in _wholes(source, hypothesis, exact, net):
                try:
                    possible.append(_shared(source, exact, lines_total, net, whole))
                except MoneyError as error:
                    problem = error
        if possible:
            return possible
    raise problem


def _lines_totals(source: SourceTotals, hypothesis: Hypothesis, exact: Exact) -> list[Amount]:
    """BT-106: printed, or else the nearest cent, and its neighbours for when that one cannot be reached."""
    inside = (source.rebate_percent and hypothesis.rebated) or (source.extra_tax_percent and hypothesis.tax_inside)
    if not inside:
        return [money.rounded(source.total)]
    nearest = money.rounded(exact.lines_total)
    return [nearest, money.total([nearest, CENT]), money.minus(nearest, CENT)]


def _nets_after_rebate(source: SourceTotals, hypothesis: Hypothesis, exact: Exact, lines: Amount) -> list[Amount]:
    """Lines less rebate: printed (`H1`), or the nearest cent of it, or what the nearest cent of the rebate leaves.

    Or, last, the cent nearest to the three decimals that the source may have kept: 2.9547 is 2.955 there, which is 2.96.
    """
    if not source.rebate_percent:
        return [lines]
    if hypothesis.rebated and not (source.extra_tax_percent and hypothesis.tax_inside):
        return [money.rounded(source.total)]
    rebate = money.rounded(sum(exact.rebate.values(), start=_NONE))
    kept = money.rounded(money.rounded_to(exact.net, 3))
    return list(dict.fromkeys([money.rounded(exact.net), money.minus(lines, rebate), kept]))


def _wholes(source: SourceTotals, hypothesis: Hypothesis, exact: Exact, net: Amount) -> list[Amount]:
    """BT-109, with the extra tax: printed (`T1`, `T4`), or with the nearest cent of the tax, or the nearest cent."""
    if not source.extra_tax_percent:
        return [net]
    if hypothesis.tax_inside:
        return [money.rounded(source.total)]
    tax = money.rounded(exact.tax_total)
    return list(dict.fromkeys([money.total([net, tax]), money.rounded(exact.net + exact.tax_total)]))


def _shared(source: SourceTotals, exact: Exact, lines_total: Amount, net: Amount, whole: Amount) -> Shares:
    lines = _allocated(exact.lines, lines_total)
    return Shares(
        nets=_nets(source, lines),
        lines=lines,
        rebate=_allocated(exact.rebate, money.minus(lines_total, net)),
        tax=_allocated(exact.tax, money.minus(whole, net)),
    )


def _allocated(exact: Mapping[Group, Decimal], target: Amount) -> dict[Group, Amount]:
    return dict(zip(exact, money.allocate(list(exact.values()), target), strict=True))


def _nets(source: SourceTotals, groups: Mapping[Group, Amount]) -> tuple[Amount, ...]:
    """BT-131 of each line, shared out within its group: less than a cent from the source's line total."""
    nets: dict[int, Amount] = {}
    for group, target in groups.items():
        members = [index for index, line in enumerate(source.lines) if line.group == group]
        shares = money.allocate([source.lines[index].total for index in members], target)
        nets.update(zip(members, shares, strict=True))
    return tuple(nets[index] for index in range(len(source.lines)))
