"""The library face.

    from pdp_bridge import Bridge

    with Bridge.from_settings() as bridge:
        bridge.run()                      # pull, render, validate, send what is due
        bridge.sync()                     # bring statuses home
        print(bridge.status("FA-2026-001").summary)

Adapters are made by `composition.py` when first used: a status query loads neither lxml nor the schematron engine.
"""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pdp_bridge import afterwards, delivery, lifecycle, pipeline, sending
from pdp_bridge.clock import utc_now
from pdp_bridge.composition import Composition
from pdp_bridge.errors import InvoiceRefused, SourceRefused
from pdp_bridge.model.document import Document
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.report import Report
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.ports import Clock, Entry, InvoiceSource, Platform, Sleep, State, Watch
from pdp_bridge.settings import Settings, load

if TYPE_CHECKING:
    from pdp_bridge.audit.completeness import Audit
    from pdp_bridge.audit.drift import Drift
    from pdp_bridge.audit.period import Period
    from pdp_bridge.decisions.remedy import Remedy
    from pdp_bridge.decisions.resending import Agree, Resent
    from pdp_bridge.journal.archiving import Archived
    from pdp_bridge.journal.copies import Copy
    from pdp_bridge.journal.notices import Raised
    from pdp_bridge.journal.store import SqlJournal
    from pdp_bridge.planning.decision import Plan
    from pdp_bridge.probes import Probe
    from pdp_bridge.recovery.rebuilding import Rebuilt


DEPOSITS_AT_ONCE = 8
"""Deposits that a run with workers may have under way, so that none waits for the answer to another."""


def _login() -> str:
    """Who works here, as the operating system knows them: decisions are recorded with a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user, as in some containers
        return f"user {os.getuid()}"


class Bridge:
    """The whole line with its adapters. Use as a context manager; one instance is for one thread."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        sleep: Sleep = time.sleep,
        watch: Watch | None = None,
    ) -> None:
        self.settings = settings
        self._parts = Composition(settings, clock=clock, sleep=sleep, watch=watch)

    @classmethod
    def from_settings(
        cls, settings: Settings | None = None, *, config: Path | None = None, company: str | None = None
    ) -> Bridge:
        """A bridge from `settings`, else from the TOML file and the environment. Raises `ConfigError`.

        `company` names the `[company.NAME]` that is meant, when the file holds several.
        """
        return cls(settings or load(config, company=company))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and the journal."""
        self._parts.close()

    @property
    def watch(self) -> Watch:
        """Tells progress to whoever looks on."""
        return self._parts.watch

    @property
    def journal(self) -> SqlJournal:
        """The durable record. Raises `JournalError`."""
        return self._parts.journal

    @property
    def source(self) -> InvoiceSource:
        """Facturation.pro. Raises `ConfigError` when its settings are missing."""
        return self._parts.source

    @property
    def platform(self) -> Platform:
        """Iopole. Raises `ConfigError` when its settings are missing."""
        return self._parts.platform

    # -- the line ----------------------------------------------------------------------------------------------

    def pull(self) -> pipeline.PullResult:
        """Record every invoice issued or changed since the last pull. Raises `SourceError`, `Busy`."""
        with self._parts.alone():
            return pipeline.pull(self.source, self.journal, self._parts.clock, self._parts.watch)

    def run(self, *, workers: int = 0) -> pipeline.RunResult:
        """Pull, then send everything that is due. Raises `SourceError`, `Busy`; see `RunResult` for the rest.

        `workers`: processes that draw and check, while threads of this one send, several invoices at once; 0: all is
        done here, one invoice after the other.
        """
        with self._parts.alone_then_told(), self._parts.workshop(workers) as workshop:
            self._parts.recognise()
            line = self._parts.line()
            if workers:
                line = replace(line, make_each=workshop, makers=workers + 1, hands=DEPOSITS_AT_ONCE)
            result = pipeline.run(line)
            self.journal.ended("run")
            return replace(result, write_back=afterwards.written_back(self._parts))

    def send(self, reference: str) -> Entry:
        """Send one invoice, by number or source id, pulling it when it is new; an invoice already sent stays so.

        Raises `InvoiceRefused` with the report, `SourceError`, or `PlatformUnavailable` when nothing was accepted.
        Look at the entry's `state`: `sent`, `held`, `sending` (the answer was lost; the next run looks it up) or
        `failed`.
        """
        with self._parts.alone():
            self._parts.recognise()
            entry = self._known(reference)
            if entry.state in {State.REFUSED, State.HELD, State.FAILED}:
                pipeline.reread(self.source, self.journal, [entry.source_id])
                entry = self.status(entry.source_id)
            line = self._parts.line()
            if entry.state is State.SENDING:
                sending.settle(line, {})
            elif entry.state is not State.SENT:
                delivery.process(line, entry)
            entry = self.status(entry.source_id)
        if entry.state is State.REFUSED and entry.report is not None:
            raise InvoiceRefused(
                f"Invoice {entry.number} was not sent: our own checks refused it ({len(entry.report.errors)} errors)",
                entry.report,
            )
        return entry

    # -- what a person decides ---------------------------------------------------------------------------------

    def remedy(self, reference: str) -> Remedy:
        """What may be done next about one invoice, by the law and by where it stands. Raises `SourceRefused`."""
        from pdp_bridge.decisions.remedy import remedy

        entry = self.status(reference)
        return remedy(entry, self.journal.events(entry.submission_id) if entry.submission_id else ())

    def adopt(self, reference: str, submission_id: str, *, same_invoice: bool = False, by: str | None = None) -> Entry:
        """Take a deposit of the platform as this invoice's: its bytes are downloaded and compared with ours.

        `same_invoice`: other bytes are taken too, when their XML states the same invoice. `by`: who says so, by default
        the user of the operating system. Raises `NotAllowed`, and what `decisions.adopting.adopt` raises.
        """
        from pdp_bridge.decisions.adopting import adopt

        with self._parts.alone():
            self._parts.recognise()
            adopt(self._parts.line(), self._known(reference), submission_id, by or _login(), same_invoice=same_invoice)
            return self.status(submission_id)

    def resend(
        self, reference: str, *, corrected: bool = False, by: str | None = None, agree: Agree | None = None
    ) -> Resent:
        """Send one invoice again under its number: only what stayed unknown, or was unacceptable (501).

        `corrected`: what is sent is the record corrected after a 501. `agree` sees what would happen, and may say no.
        Raises `NotAllowed`, and what `decisions.resending.resend` raises; then nothing was sent.
        """
        from pdp_bridge.decisions.resending import agreed, resend

        with self._parts.alone():
            self._parts.recognise()
            entry = self.status(reference)
            return resend(self._parts.line(), entry, by or _login(), agree or agreed, corrected=corrected)

    def prepare(self, reference: str) -> tuple[Document, Report]:
        """The document of one invoice and its report, without sending. Raises `FindingError`."""
        with self._parts.alone():
            entry = self._known(reference)
        return delivery.prepare(self.source, self.journal, self._parts.build, self._parts.judge, entry)

    def render(self, reference: str) -> Document:
        """The Factur-X of one invoice: the bytes that were sent, else those that would be. Raises `FindingError`."""
        entry = self.journal.entry(reference)
        if entry is not None and entry.sha256 is not None and entry.state in {State.SENDING, State.SENT}:
            from pdp_bridge.document.assembly import opened

            return opened(self.journal.document(entry.sha256))
        return self.prepare(reference)[0]

    def plan(self) -> Plan:
        """Where every invoice would go now, and why: nothing is sent, the journal is only read.

        What changed is told since the last plan, which the data folder keeps, or since the last run. Raises
        `SourceError`, `Busy`.
        """
        from pdp_bridge.journal.files import read_json, write_json
        from pdp_bridge.planning import memory, planner

        with self._parts.alone():
            company = self.settings.company
            path = self._parts.data_folder() / (f"plan-{company}.json" if company else "plan.json")
            result = planner.plan(self.source, self.journal, self._parts.stages(), memory.from_json(read_json(path)))
            write_json(path, memory.to_json(result))
        return result

    def sync(self) -> lifecycle.SyncResult:
        """Bring statuses home. Raises `PlatformRefused`, `Busy`."""
        from pdp_bridge.document.assembly import opened

        with self._parts.alone_then_told():
            result = lifecycle.sync(
                self.platform,
                self.journal,
                clock=self._parts.clock,
                reopen=opened,
                history_interval_seconds=self.settings.timing.history_interval_seconds,
                watch=self._parts.watch,
                hands=lifecycle.HANDS,
            )
            self.journal.ended("sync")
            return replace(result, write_back=afterwards.written_back(self._parts))

    # -- when the journal is lost -------------------------------------------------------------------------------

    def archive(self, *, before: int) -> Archived:
        """Put the weight of settled invoices issued before that year into read-only files; all of it is still found.

        Whoever's invoices the journal holds. Raises `ConfigError` for a year that is not over, `JournalError`, `Busy`.
        """
        from pdp_bridge.journal.archiving import archive

        with self._parts.alone():
            return archive(self.journal, before, self._parts.clock(), self._parts.watch)

    def backup(self, target: Path) -> Copy:
        """Copy the journal to `target` while it is used, and beside it the archive files that are not there yet.

        Raises `ConfigError` (PostgreSQL), `JournalError`.
        """
        from pdp_bridge.journal.copies import back_up

        return back_up(self.settings.database_url, target, self._parts.clock(), self.settings.archive)

    def restore(self, copy: Path) -> tuple[Copy, Path | None]:
        """Put a copy of the journal in its place; returns it, and where the present journal is kept.

        What was sent since the copy is looked for before anything is sent. To be called on a fresh bridge. Raises
        `ConfigError` (PostgreSQL), `JournalError`, and `Busy` at once while another process works.
        """
        from pdp_bridge.journal.copies import database_file, put_back

        database_file(self.settings.database_url, copy, restoring=True)
        with self._parts.alone(0):
            return put_back(self.settings.database_url, copy, self._parts.clock(), self.settings.archive)

    def rebuild(self) -> Rebuilt:
        """Write the journal anew from both services; nothing is sent. Raises `SourceError`, `PlatformError`, `Busy`."""
        from pdp_bridge.recovery.rebuilding import rebuild
        from pdp_bridge.source.facturation_pro.writing import named_deposit

        siren = self.settings.require_seller().party.siren
        with self._parts.alone():
            self._parts.recognise()
            return rebuild(self._parts.line(), self.journal, self._parts.platform, siren, named_deposit)

    # -- what is known -----------------------------------------------------------------------------------------

    def status(self, reference: str) -> Entry:
        """One invoice by number, source id or submission id. Raises `SourceRefused` when the journal has none."""
        entry = self.journal.entry(reference)
        if entry is None:
            raise SourceRefused(f"No invoice {reference} in the journal: run a pull first", code="NOT_FOUND")
        return entry

    def entries(self) -> Iterator[Entry]:
        """Every invoice of the journal, oldest issue date first."""
        return self.journal.entries()

    def history(self, reference: str, *, refresh: bool = False) -> Sequence[StatusEvent]:
        """The status events of one invoice, oldest first; `refresh` asks the platform first (very low limit)."""
        entry = self.status(reference)
        if entry.submission_id is None:
            return ()
        if refresh:
            events = self.platform.history(entry.submission_id)
            self.journal.received(events)
            self.journal.history_read(entry.submission_id, self._parts.clock())
        return self.journal.events(entry.submission_id)

    def notices(self) -> Sequence[Raised]:
        """What needs a person now, whom it was told to; the journal is brought up to date, nobody is told."""
        from pdp_bridge.alteration import altered
        from pdp_bridge.notices.telling import look

        memory, found = self.journal.notices(), altered(self.journal, self.settings)
        look(memory, self.settings.notices.thresholds, self._parts.clock(), found)
        return memory.open()

    def try_notices(self) -> Mapping[str, str | None]:
        """Send a harmless notice over every channel of the settings; by its name, what went wrong, or None."""
        from pdp_bridge.notices.made import try_channels

        return try_channels(self.settings, self._parts.clock())

    def audit(self, period: Period) -> Audit:
        """Where each invoice number of the period is, and whether the totals agree; reads the journal only."""
        return afterwards.audited(self._parts, period)

    def drift(self, *references: str, refresh: bool = False) -> Sequence[Drift]:
        """Of these invoices, or of all that were sent, those that are no longer at the source what was sent.

        Compared with what the last pull showed; `refresh` asks the source first, fifty invoices a request, which also
        finds those deleted for good: then raises `SourceError`, `Busy`.
        """
        if refresh:
            afterwards.reread(self._parts, references)
        return afterwards.drifted(self._parts, references)

    def doctor(self) -> list[Probe]:
        """Try every part of the installation; never raises for a part that is unwell."""
        from pdp_bridge.examination import examined

        return examined(self._parts)

    # -- private -----------------------------------------------------------------------------------------------

    def _known(self, reference: str) -> Entry:
        entry = self.journal.entry(reference)
        if entry is None:
            seen = self.source.snapshot(reference)
            if isinstance(seen, Skipped):
                raise SourceRefused(f"Invoice {reference} is not sent: {seen.reason}", code="NOT_SENDABLE")
            self.journal.pulled([seen], [])
            entry = self.status(seen.reference.source_id)
        return entry
