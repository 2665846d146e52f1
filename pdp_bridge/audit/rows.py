"""One row for each invoice number of the period: where it is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pdp_bridge.audit.figures import Totals
from pdp_bridge.model.pulled import Printed, Skipped
from pdp_bridge.model.report import Finding
from pdp_bridge.model.route import Route, route_of
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import Entry, State


class Standing(StrEnum):
    """Where one invoice number of the period is."""

    VALIDATED = "validated"
    PENDING = "pending"  # sent: the platform has given no verdict
    REJECTED = "rejected"  # by the platform
    B2C = "b2c"  # e-reporting
    INTERNATIONAL = "international"  # e-reporting
    OUT_OF_SCOPE = "out_of_scope"
    PASSED_OVER = "passed_over"  # external, before the go-live date, an internal note
    HELD = "held"
    REFUSED = "refused"  # by our own checks
    WAITING = "waiting"  # pulled, no run has looked at it
    IN_DOUBT = "in_doubt"  # sent, the answer was lost
    FAILED = "failed"
    MISSING = "missing"


SETTLED = frozenset(
    {Standing.VALIDATED, Standing.B2C, Standing.INTERNATIONAL, Standing.OUT_OF_SCOPE, Standing.PASSED_OVER}
)
"""Nothing remains to be done about these. Whether a sale was reported is not known here: only that it is to be."""

_ELSEWHERE = {
    Route.B2C: Standing.B2C,
    Route.INTERNATIONAL: Standing.INTERNATIONAL,
    Route.OUT_OF_SCOPE: Standing.OUT_OF_SCOPE,
}

_VERDICTS = {
    Outcome.VALIDATED: Standing.VALIDATED,
    Outcome.PENDING: Standing.PENDING,
    Outcome.REJECTED: Standing.REJECTED,
}

HOLES = frozenset({"deleted", "draft"})
"""Reasons of the source that leave a number unused, where the others say who else deals with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One invoice number of the period. A missing one has no source id."""

    number: str
    standing: Standing
    source_id: str | None = None
    issue_date: date | None = None
    findings: tuple[Finding, ...] = ()  # why it is held, refused or reported elsewhere
    reason: str | None = None  # of the platform, of the source, or of a failure
    until: date | None = None  # held until then
    printed: Printed | None = None
    sent: Totals | None = None  # read back from what was sent
    submission_id: str | None = None
    lifecycle: str | None = None  # number and French label of the latest status

    @property
    def settled(self) -> bool:
        """Nothing remains to be done about it."""
        return self.standing in SETTLED


def row_of(entry: Entry, record: Skipped | None, printed: Printed) -> Row:
    """The row of an invoice of the journal; `record` says that the source does not want it sent."""
    summary = entry.summary
    standing = _standing(entry, record)
    lifecycle = (
        " ".join(part for part in (summary.lifecycle_number, summary.lifecycle_label) if part) if summary else ""
    )
    waits = standing is Standing.HELD and entry.next_action_at
    return Row(
        number=entry.number,
        standing=standing,
        source_id=entry.source_id,
        issue_date=entry.issue_date,
        findings=_why(entry, standing),
        reason=record.reason if record and standing in {Standing.PASSED_OVER, Standing.MISSING} else _said(entry),
        until=entry.next_action_at.date() if waits and entry.next_action_at else None,
        printed=printed,
        submission_id=entry.submission_id,
        lifecycle=lifecycle or None,
    )


def _standing(entry: Entry, record: Skipped | None) -> Standing:
    if entry.state is State.SENT:
        return _VERDICTS[entry.summary.technical_status] if entry.summary else Standing.PENDING
    if entry.state is State.SENDING:
        return Standing.IN_DOUBT
    if record is not None:
        return Standing.MISSING if record.reason in HOLES else Standing.PASSED_OVER
    if entry.state is State.HELD and entry.report is not None:
        routes = [route for route in map(route_of, entry.report.findings) if route is not None]
        return _ELSEWHERE.get(routes[0], Standing.HELD) if routes else Standing.HELD
    states = {
        State.PULLED: Standing.WAITING,
        State.HELD: Standing.HELD,
        State.REFUSED: Standing.REFUSED,
        State.FAILED: Standing.FAILED,
    }
    return states[entry.state]


def _why(entry: Entry, standing: Standing) -> tuple[Finding, ...]:
    """What keeps it from being sent, or sends it another way; warnings of an invoice that was sent do not."""
    if entry.report is None or standing is Standing.MISSING:
        return ()
    if entry.state is State.HELD:
        return entry.report.findings
    return entry.report.errors if entry.state is State.REFUSED else ()


def _said(entry: Entry) -> str | None:
    summary = entry.summary
    if summary is not None and summary.technical_status is Outcome.REJECTED:
        return " – ".join(part for part in (summary.reason, summary.message) if part) or None
    return entry.reason if entry.state in {State.FAILED, State.SENDING} else None
