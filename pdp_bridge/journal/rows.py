"""Between the journal's rows and the model: pure, both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping

from pdp_bridge.model.pulled import Reference, Skipped, Snapshot
from pdp_bridge.model.report import Finding, Layer, Report, Severity, Verdict
from pdp_bridge.model.status import Outcome, StatusEvent, StatusSummary
from pdp_bridge.ports import Entry, State

Row = RowMapping | Mapping[str, Any]
"""One row by column name."""

DEPOSITED = (State.SENDING, State.SENT)
"""States in which the document is at the platform, or may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sending. `outcome` is `sent`, `failed`, `unknown` or `not sent`; None while it lasts, or after a crash."""

    number: int
    sha256: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    http_status: int | None = None
    code: str | None = None
    request_id: str | None = None
    detail: str | None = None  # at most 500 characters, without credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One change of state. `before` is None for the first."""

    at: datetime
    before: State | None
    after: State
    detail: str | None = None


def payload_text(payload: Mapping[str, Any]) -> str:
    """A snapshot's payload as JSON; a `Decimal` becomes text, as the source's API writes amounts."""
    return json.dumps(payload, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def snapshot_from(row: Mapping[str, Any]) -> Snapshot:
    """The snapshot as it was pulled; `row`: its columns, with the payload."""
    reference = Reference(
        source_id=row["source_id"], number=row["number"], version=row["version"], issue_date=row["issue_date"]
    )
    return Snapshot(reference=reference, payload=json.loads(row["payload"]))


def skipped_from(row: Row) -> Skipped:
    """A record that was passed over."""
    return Skipped(source_id=row["source_id"], reason=row["reason"], number=row["number"], release_on=row["release_on"])


def report_text(report: Report) -> str:
    """A report as JSON."""
    return _REPORTS.encode(report)


def _by_field(part: Report | Layer | Finding) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.__slots__}


_REPORTS = json.JSONEncoder(default=_by_field, ensure_ascii=False)


def report_from(text: str) -> Report:
    """
    >>> layer = Layer.not_run("xsd", "factur-x 1.0", "the file is missing", "le fichier manque")
    >>> report = Report(layers=(layer,), required=("xsd",), sha256="ab")
    >>> report_from(report_text(report)) == report
    True
    """
    data = json.loads(text)
    return Report(
        layers=tuple(_layer(layer) for layer in data["layers"]),
        required=tuple(data["required"]),
        sha256=data["sha256"],
    )


def _layer(data: dict[str, Any]) -> Layer:
    findings = tuple(
        Finding(**{**finding, "severity": Severity(finding["severity"])}) for finding in data.pop("findings")
    )
    return Layer(**{**data, "verdict": Verdict(data["verdict"])}, findings=findings)


def event_values(event: StatusEvent, seen_at: datetime) -> dict[str, Any]:
    """The columns of `status_event`; `seen_at` is when it was read, UTC."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {**values, "details": json.dumps(event.details, ensure_ascii=False), "seen_at": seen_at}


def event_from(row: Row) -> StatusEvent:
    """The event as it was received."""
    values = {field.name: row[field.name] for field in fields(StatusEvent)}
    return StatusEvent(**{**values, "details": tuple(json.loads(row["details"]))})


def summary_values(submission_id: str, summary: StatusSummary) -> dict[str, Any]:
    """The derived columns of `invoice`."""
    return {
        "submission_id": submission_id,
        "technical_status": summary.technical_status.value,
        "lifecycle_status": summary.lifecycle_status,
        "lifecycle_number": summary.lifecycle_number,
        "lifecycle_label": summary.lifecycle_label,
        "last_technical_update": summary.last_technical_update,
        "status_reason": summary.reason,
        "status_message": summary.message,
        "final": summary.final,
    }


def _summary(row: Row) -> StatusSummary | None:
    if row["technical_status"] is None:
        return None
    return StatusSummary(
        technical_status=Outcome(row["technical_status"]),
        lifecycle_status=row["lifecycle_status"],
        lifecycle_number=row["lifecycle_number"],
        lifecycle_label=row["lifecycle_label"],
        last_technical_update=row["last_technical_update"],
        reason=row["status_reason"],
        message=row["status_message"],
        final=row["final"],
    )


def entry_from(row: Row) -> Entry:
    """`row`: the columns of `invoice`, and `report_payload`, the report made last or None."""
    state = State(row["state"])
    return Entry(
        source_id=row["source_id"],
        firm=row["firm"],
        number=row["number"],
        state=state,
        version=row["version"],
        issue_date=row["issue_date"],
        reason=row["reason"],
        retryable=state is State.FAILED and row["next_action_at"] is not None,
        next_action_at=row["next_action_at"],
        attempt=row["attempt"],
        answers_lost=row["answers_lost"],
        unresolved=row["unresolved"],
        failures=row["failures"],
        sha256=row["sha256"],
        submission_id=row["submission_id"],
        sending_at=row["sending_at"],
        lease_until=row["lease_until"],
        sent_at=row["sent_at"],
        changed_after_send=state in DEPOSITED and row["version"] != row["latest_version"],
        summary=_summary(row),
        report=None if row["report_payload"] is None else report_from(row["report_payload"]),
        history_read_at=row["history_read_at"],
    )
