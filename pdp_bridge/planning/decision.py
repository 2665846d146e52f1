"""What a plan is made of: one decision for each invoice, totals, and what changed since an earlier plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from pdp_bridge.model.codes import Treatment
from pdp_bridge.model.pulled import Printed, PrintedTotals
from pdp_bridge.model.report import Finding, Layer
from pdp_bridge.model.route import Route, route_of


class Group(StrEnum):
    """What would become of an invoice, in the order in which people read it."""

    SEND = "send"
    PUBLIC = "public"  # sent too: the platform relays it to Chorus Pro
    HELD = "held"
    B2C = "b2c"
    INTERNATIONAL = "international"
    OUT_OF_SCOPE = "out_of_scope"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"  # sent, the answer was lost: looked up before anything else
    FAILED = "failed"


NEED_A_PERSON = (Group.REFUSED, Group.FAILED)

SENT = "sent"
"""Where an invoice of an earlier plan is once the platform has it."""

AWAY = "away"
"""Where an invoice of an earlier plan is when the source shows it no more as one to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What would become of one invoice. `findings` say why; of an invoice to be sent they are warnings."""

    source_id: str
    number: str
    group: Group
    version: str
    issue_date: date | None = None
    treatment: Treatment | None = None  # BAR, of another route
    until: date | None = None  # held until then
    findings: tuple[Finding, ...] = ()
    reason: str | None = None  # what no finding says: why it failed, or is in doubt; English
    idle: tuple[Layer, ...] = ()  # refused for these checks alone, which could not run
    printed: Printed | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that decide, each once."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """The printed totals of one group in one currency."""

    group: Group
    currency: str
    totals: PrintedTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the next plan compares itself with: one invoice of a plan, or of the journal when there is no plan yet."""

    source_id: str
    number: str
    group: str
    version: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """An earlier plan; `made_at` is None for what the last run left in the journal."""

    invoices: Mapping[str, Remembered]  # by source id
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference from the earlier plan. `before` is None for a new invoice; `after` a group, `SENT` or `AWAY`."""

    source_id: str
    number: str
    before: str | None
    after: str
    edited: bool = False  # its content changed at the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do now."""

    made_at: datetime
    decisions: tuple[Decision, ...]
    seen: int = 0  # records of this scan
    passed_over: Counter[str] = field(default_factory=Counter)  # by reason, everything known
    sent: int = 0  # already at the platform
    changed_after_send: tuple[str, ...] = ()  # numbers
    not_looked_up: int = 0  # invoices to be sent whose buyer the directory was not asked for
    compared: bool = False  # there was an earlier plan, or a run
    since: datetime | None = None  # when the earlier plan was made; None: the last run left it so
    changes: tuple[Change, ...] = ()

    def of(self, group: Group) -> tuple[Decision, ...]:
        """The decisions of one group, oldest issue date first."""
        return tuple(decision for decision in self.decisions if decision.group is group)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Printed totals by group and currency, in the order of the groups."""
        kinds = {(each.group, each.printed.currency) for each in self.decisions if each.printed}
        ordered = sorted(kinds, key=lambda kind: (list(Group).index(kind[0]), kind[1]))
        return tuple(_sum(group, currency, self.of(group)) for group, currency in ordered)

    def memory(self) -> Memory:
        """What the next plan compares itself with."""
        invoices = (
            Remembered(
                source_id=each.source_id,
                number=each.number,
                group=each.group.value,
                version=each.version,
                rules=each.rules,
            )
            for each in self.decisions
        )
        return Memory(invoices={each.source_id: each for each in invoices}, made_at=self.made_at)


def _sum(group: Group, currency: str, decisions: Sequence[Decision]) -> Sum:
    shown = [each.printed for each in decisions if each.printed and each.printed.currency == currency]
    return Sum(group=group, currency=currency, totals=PrintedTotals.of(shown))


_GROUPS = {
    Route.NETWORK: Group.SEND,
    Route.PUBLIC: Group.PUBLIC,
    Route.B2C: Group.B2C,
    Route.INTERNATIONAL: Group.INTERNATIONAL,
    Route.OUT_OF_SCOPE: Group.OUT_OF_SCOPE,
}


def group_of(findings: Iterable[Finding]) -> Group:
    """Held with these findings: another route, or only waiting."""
    routes = [route for route in map(route_of, findings) if route is not None]
    return _GROUPS[routes[0]] if routes else Group.HELD
