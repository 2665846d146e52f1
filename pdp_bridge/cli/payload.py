"""The JSON that commands print: a contract with programs, kept apart from how people see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pdp_bridge.model.pulled import PrintedTotals
from pdp_bridge.model.report import Finding, Layer, Report
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.ports import Entry

if TYPE_CHECKING:
    from pdp_bridge.decisions.remedy import Remedy
    from pdp_bridge.rules.rejection import Complaint


def of_entry(entry: Entry, complaints: Sequence[Complaint] = ()) -> dict[str, Any]:
    """One invoice, as `status --json` shows it. `technical_status` is null until something was deposited.

    `complaints`: what the platform found wrong with it; only `status` asks for them.
    """
    summary = entry.summary
    return {
        "number": entry.number,
        "source_id": entry.source_id,
        "state": str(entry.state),
        "technical_status": str(summary.technical_status) if summary else None,
        "lifecycle_status": summary.lifecycle_status if summary else None,
        "lifecycle_number": summary.lifecycle_number if summary else None,
        "lifecycle_label": summary.lifecycle_label if summary else None,
        "submission_id": entry.submission_id,
        "last_technical_update": instant(summary.last_technical_update if summary else None),
        "sha256": entry.sha256,
        "issue_date": day(entry.issue_date),
        "reason": entry.reason,
        "unresolved": entry.unresolved,
        "platform_reason": summary.reason if summary else None,
        "platform_message": summary.message if summary else None,
        "final": summary.final if summary else False,
        "attempt": entry.attempt,
        "sent_at": instant(entry.sent_at),
        "next_action_at": instant(entry.next_action_at),
        "retryable": entry.retryable,
        "changed_after_send": entry.changed_after_send,
        "findings": [of_finding(finding) for finding in (entry.report.findings if entry.report else ())],
        "platform_findings": [of_complaint(complaint) for complaint in complaints],
    }


def of_remedy(entry: Entry, found: Remedy, steps: Sequence[str]) -> dict[str, Any]:
    """What may be done about one invoice, as `correct --json` shows it; `steps` are for people."""
    return {
        "number": entry.number,
        "situation": str(found.situation),
        "may_edit": found.may_edit,
        "sent_by_itself": found.by_itself,
        "may_send_again": found.may_send_again,
        "may_adopt": found.may_adopt,
        "credit_note": found.credit_note,
        "edited_in_vain": found.edited_in_vain,
        "steps": list(steps),
    }


def of_complaint(complaint: Complaint) -> dict[str, Any]:
    """One thing that the platform found wrong: its words, and our advice when we have one."""
    advice = complaint.advice
    return {
        "rule": complaint.rule,
        "message": complaint.said,
        "field": advice.field if advice else None,
        "advice": advice.en if advice else None,
        "advice_fr": advice.fr if advice else None,
    }


def of_report(report: Report, file: str) -> dict[str, Any]:
    """One file, as `validate --json` shows it."""
    return {
        "file": file,
        "sendable": report.sendable,
        "sha256": report.sha256,
        "layers": [of_layer(layer) for layer in report.layers],
    }


def of_layer(layer: Layer) -> dict[str, Any]:
    """One layer of a report."""
    return {
        "name": str(layer.name),
        "verdict": str(layer.verdict),
        "rule_set": layer.rule_set,
        "reason": layer.reason,
        "reason_fr": layer.reason_fr,
        "findings": [of_finding(finding) for finding in layer.findings],
    }


def of_finding(finding: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "message_fr": finding.message_fr,
        "term": finding.term,
        "field": finding.field,
        "value": finding.value,
        "location": finding.location,
    }


def of_event(event: StatusEvent) -> dict[str, Any]:
    """One status event, as `history --json` shows it."""
    return {
        "status_id": event.status_id,
        "submission_id": event.submission_id,
        "at": instant(event.at),
        "code": event.code,
        "number": event.number or event.meaning.number,
        "label": event.meaning.label,
        "outcome": str(event.meaning.outcome),
        "final": event.meaning.final,
        "destination": event.destination,
        "reason": event.reason,
        "message": event.message,
        "details": list(event.details),
    }


def of_entries(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Several invoices."""
    return [of_entry(entry) for entry in entries]


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return value.astimezone(UTC).isoformat() if value else None


def day(value: date | None) -> str | None:
    """ISO 8601."""
    return value.isoformat() if value else None


def exact(value: Decimal | None) -> str | None:
    """An amount or a rate as text, so that no program turns it into a binary fraction."""
    return None if value is None else str(value)


def of_totals(totals: PrintedTotals) -> dict[str, Any]:
    """Printed totals of several invoices in one currency."""
    return {
        "invoices": totals.invoices,
        "unknown": totals.unknown,
        "total_without_vat": exact(totals.total_without_vat),
        "vat": exact(totals.vat),
        "total_with_vat": exact(totals.total_with_vat),
    }
