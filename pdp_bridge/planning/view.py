"""The journal as a pull would leave it, without being written: what a run would work on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pdp_bridge.model.pulled import Reference, Skipped, Snapshot
from pdp_bridge.planning.decision import Decision, Group, Remembered, group_of
from pdp_bridge.ports import Entry, State


class Known(Protocol):
    """What a plan reads of the journal."""

    def cursor(self) -> str | None:
        """Where the next scan starts."""
        ...

    def due(self, now: datetime) -> Iterator[Entry]:
        """Invoices that a run would work on."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Every invoice, oldest issue date first."""
        ...

    def entry(self, reference: str) -> Entry | None:
        """One invoice, by number: the one that was sent comes first."""
        ...

    def snapshot(self, source_id: str) -> Snapshot:
        """The content we work on."""
        ...

    def skipped(self) -> Sequence[Skipped]:
        """Records that are passed over, as last seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One invoice to decide on; without snapshot, the journal's own stands."""

    reference: Reference
    snapshot: Snapshot | None = None


class View:
    """The journal as a pull would leave it, without being written."""

    def __init__(self, journal: Known, scanned: dict[str, Snapshot | Skipped], now: datetime) -> None:
        self.scanned = scanned
        self._journal = journal
        self._due = {entry.source_id for entry in journal.due(now)}
        kept = {record.source_id: record for record in journal.skipped()}
        shown = {source_id for source_id, record in scanned.items() if isinstance(record, Snapshot)}
        seen = {source_id: record for source_id, record in scanned.items() if isinstance(record, Skipped)}
        self._held_back = set(kept)
        self.away = {source_id: record for source_id, record in (kept | seen).items() if source_id not in shown}
        self.standing: list[Decision] = []  # decided without going through the stages
        self.sent: set[str] = set()
        self.changed: list[str] = []
        self.left_by_the_last_run: dict[str, Remembered] = {}

    def cases(self) -> Iterator[Case]:
        """Everything that a run would work on, or that waits for its day."""
        unknown = dict(self.scanned)
        for entry in self._journal.entries():
            yield from self._of_entry(entry, unknown.pop(entry.source_id, None))
        for record in unknown.values():
            if isinstance(record, Snapshot):
                yield Case(reference=record.reference, snapshot=record)

    def _of_entry(self, entry: Entry, record: Snapshot | Skipped | None) -> Iterator[Case]:
        edited = isinstance(record, Snapshot) and record.reference.version != entry.version
        if entry.state is State.SENT:
            self.sent.add(entry.source_id)
            if entry.changed_after_send or edited:
                self.changed.append(entry.number)
            return
        self._remember(entry)
        if entry.state is State.SENDING:
            self._stands(entry, Group.IN_DOUBT)
            return
        if entry.source_id in self.away:
            return
        if isinstance(record, Snapshot) and edited:
            yield Case(reference=record.reference, snapshot=record)
        elif entry.state is State.FAILED and entry.source_id not in self._due | self._held_back:
            self._stands(entry, Group.FAILED)
        else:
            yield Case(
                reference=Reference(
                    source_id=entry.source_id,
                    number=entry.number,
                    version=entry.version,
                    issue_date=entry.issue_date,
                )
            )

    def _stands(self, entry: Entry, group: Group) -> None:
        self.standing.append(
            Decision(
                source_id=entry.source_id,
                number=entry.number,
                group=group,
                version=entry.version,
                issue_date=entry.issue_date,
                reason=entry.reason,
            )
        )

    def _remember(self, entry: Entry) -> None:
        group = _left_as(entry)
        if group is not None:
            findings = entry.report.findings if entry.report and entry.state in {State.HELD, State.REFUSED} else ()
            rules = tuple(dict.fromkeys(finding.rule for finding in findings))
            self.left_by_the_last_run[entry.source_id] = Remembered(
                source_id=entry.source_id, number=entry.number, group=group, version=entry.version, rules=rules
            )


def _left_as(entry: Entry) -> Group | None:
    """The group in which the last run left an invoice; None when no run has looked at it."""
    if entry.state is State.HELD and entry.report is not None:
        return group_of(entry.report.findings)
    states = {
        State.HELD: Group.HELD,
        State.REFUSED: Group.REFUSED,
        State.SENDING: Group.IN_DOUBT,
        State.FAILED: Group.FAILED,
    }
    return states.get(entry.state)
