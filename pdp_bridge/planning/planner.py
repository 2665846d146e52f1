"""The dry run: each invoice goes through the stages of the line in memory, up to the verdict. Nothing is sent.

The source is scanned from the journal's cursor, and what it shows is laid over what is due in the journal.
Routes: facturation-pro.md §5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pdp_bridge.delivery import MOST_LINES, TOGETHER, is_future, lines_of, require_destination
from pdp_bridge.directory import Directory
from pdp_bridge.errors import FindingError, Held
from pdp_bridge.model.document import Document
from pdp_bridge.model.hindrance import dated_later, number_taken
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.pulled import Printed, Reference, Skipped, Snapshot
from pdp_bridge.model.report import Finding, Report, Verdict
from pdp_bridge.model.route import treatment_of
from pdp_bridge.planning.decision import AWAY, SENT, Change, Decision, Group, Memory, Plan, group_of
from pdp_bridge.planning.reachability import Reachability
from pdp_bridge.planning.view import Case, Known, View
from pdp_bridge.ports import Clock, InvoiceSource, Made, MakeEach, State, Watch
from pdp_bridge.together import portions, result_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The stages of the line that a plan goes through, and what only the operator's settings know."""

    make_each: MakeEach
    printed: Callable[[Snapshot], Printed]
    public: Callable[[Invoice], bool]  # the buyer is a public body
    clock: Clock
    watch: Watch
    directory: Directory | None = None  # None: buyers are not looked up


def plan(source: InvoiceSource, journal: Known, stages: Stages, earlier: Memory | None = None) -> Plan:
    """Where everything would go now. Raises `SourceError`. `earlier` is the plan to compare with, if there is one."""
    view = View(journal, _scanned(source, journal.cursor(), stages.watch), stages.clock())
    cases = sorted(view.cases(), key=lambda case: (case.reference.issue_date or date.min, case.reference.source_id))
    decisions = list(view.standing)
    course = _Course(reach=Reachability(stages.directory))
    for done, (shot, made) in enumerate(_made(cases, journal, stages), start=1):
        decision = _decided(journal, stages, shot.reference, made, course)
        decisions.append(replace(decision, printed=stages.printed(shot)))
        stages.watch("validate", done, len(cases), shot.reference.number)
    decisions.sort(key=lambda decision: (decision.issue_date or date.min, decision.source_id))
    result = Plan(
        made_at=stages.clock(),
        decisions=tuple(_with_heading(decision, journal, stages) for decision in decisions),
        seen=len(view.scanned),
        passed_over=Counter(record.reason for record in view.away.values()),
        sent=len(view.sent),
        changed_after_send=tuple(view.changed),
        not_looked_up=course.reach.unknown,
    )
    if earlier is None and not view.left_by_the_last_run and not view.sent:
        return result
    before = earlier or Memory(invoices=view.left_by_the_last_run)
    changes = tuple(_changes(before, result, view.sent))
    return replace(result, compared=True, since=before.made_at, changes=changes)


@dataclass(slots=True, kw_only=True)
class _Course:
    """What one plan has learnt so far."""

    reach: Reachability
    claimed: dict[tuple[str, str], str] = field(default_factory=dict)  # numbers that it would send, by seller


def _with_heading(decision: Decision, journal: Known, stages: Stages) -> Decision:
    if decision.printed is not None:
        return decision
    return replace(decision, printed=stages.printed(journal.snapshot(decision.source_id)))


def _scanned(source: InvoiceSource, cursor: str | None, watch: Watch) -> dict[str, Snapshot | Skipped]:
    """What the source shows since the last pull, by source id; the page read last wins, as when it is recorded."""
    found: dict[str, Snapshot | Skipped] = {}
    for page in source.issued_since(cursor):
        found.update({shot.reference.source_id: shot for shot in page.snapshots})
        found.update({record.source_id: record for record in page.skipped})
        watch("pull", len(found), page.total, "")
    return found


def _made(cases: Sequence[Case], journal: Known, stages: Stages) -> Iterator[tuple[Snapshot, Made | Exception]]:
    """Each snapshot, and what is made of it, or why nothing is."""
    several = (case.snapshot or journal.snapshot(case.reference.source_id) for case in cases)
    for shots in portions(several, lines_of, heaviest=MOST_LINES, most=TOGETHER):
        later = {shot.reference.source_id: _later(shot.reference, stages) for shot in shots}
        made = iter(stages.make_each([shot for shot in shots if later[shot.reference.source_id] is None]))
        yield from ((shot, later[shot.reference.source_id] or next(made)) for shot in shots)


def _later(reference: Reference, stages: Stages) -> Held | None:
    """Why it is not sent today, if its day has not come."""
    if reference.issue_date is not None and is_future(reference.issue_date, stages.clock()):
        return dated_later(reference.number, reference.issue_date)
    return None


def _decided(journal: Known, stages: Stages, reference: Reference, made: Made | Exception, course: _Course) -> Decision:
    """One invoice, and where it goes."""
    try:
        document, report = result_of(made)
        if report.sendable:
            require_destination(journal, document)
    except Held as error:
        return _held(reference, error)
    except FindingError as error:
        return _of(reference, Group.REFUSED, (error.finding,))
    except Exception as error:  # noqa: BLE001 - one broken invoice must not hide the plan of the others; it is shown
        return replace(_of(reference, Group.FAILED), reason=f"{type(error).__name__}: {error}")
    if not report.sendable:
        return _refused(reference, report)
    return _sendable(journal, stages, reference, document, report.findings, course)


def _sendable(
    journal: Known,
    stages: Stages,
    reference: Reference,
    document: Document,
    findings: tuple[Finding, ...],
    course: _Course,
) -> Decision:
    """Proven: it is sent, unless its buyer cannot be reached, or another record bears its number."""
    hindrance = course.reach.hindrance(document)
    if isinstance(hindrance, Held):
        return _held(reference, hindrance)
    if hindrance is not None:
        return _of(reference, Group.REFUSED, (hindrance.finding,))
    holder = _holder(journal, reference) or course.claimed.get((document.seller, reference.number))
    if holder is not None:
        return _of(reference, Group.REFUSED, (number_taken(reference.number, holder), *findings))
    course.claimed[document.seller, reference.number] = reference.source_id
    public = document.invoice is not None and stages.public(document.invoice)
    return _of(reference, Group.PUBLIC if public else Group.SEND, findings)


def _held(reference: Reference, why: Held) -> Decision:
    decision = _of(reference, group_of([why.finding]), (why.finding,))
    return replace(decision, treatment=treatment_of(why.finding), until=why.until)


def _of(reference: Reference, group: Group, findings: tuple[Finding, ...] = ()) -> Decision:
    return Decision(
        source_id=reference.source_id,
        number=reference.number,
        group=group,
        version=reference.version,
        issue_date=reference.issue_date,
        findings=findings,
    )


def _refused(reference: Reference, report: Report) -> Decision:
    """Checks that did not run have not passed; nothing is said of them in a report that has its errors."""
    decision = _of(reference, Group.REFUSED, report.findings)
    idle = tuple(layer for layer in report.layers if layer.verdict is Verdict.NOT_RUN)
    if report.errors or not idle:
        return decision
    return replace(decision, idle=idle, reason="; ".join(f"{layer.name}: {layer.reason}" for layer in idle))


def _holder(journal: Known, reference: Reference) -> str | None:
    """Another record that is at the platform under this number, or may be."""
    entry = journal.entry(reference.number)
    if entry is None or entry.source_id == reference.source_id or entry.state not in {State.SENDING, State.SENT}:
        return None
    return entry.source_id


def _changes(before: Memory, now: Plan, sent: set[str]) -> Iterator[Change]:
    present = {decision.source_id for decision in now.decisions}
    for decision in now.decisions:
        old = before.invoices.get(decision.source_id)
        edited = old is not None and old.version != decision.version
        if old is None or edited or (old.group, old.rules) != (decision.group.value, decision.rules):
            yield Change(
                source_id=decision.source_id,
                number=decision.number,
                before=old.group if old else None,
                after=decision.group.value,
                edited=edited,
            )
    for old in before.invoices.values():
        if old.source_id not in present:
            after = SENT if old.source_id in sent else AWAY
            yield Change(source_id=old.source_id, number=old.number, before=old.group, after=after)
