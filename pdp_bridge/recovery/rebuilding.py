"""A journal written anew from both services: invoices from the source, deposits and statuses from the platform.

Nothing is sent. A deposit becomes an invoice's own when the file at the platform states the same invoice; whatever
differs, or cannot be told apart, is shown to a person, and its invoice stays unresolved: no run sends it. Until the
list of deposits was read to its end, every invoice is in doubt, and looked for before it is sent.

What was written back to the source (`model/mark.py`) names the deposit of an invoice. It is a hint: which of several
records is meant, and which deposit to look at that the list does not show. The file at the platform decides as ever,
and where there is none, a person does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pdp_bridge import pipeline
from pdp_bridge.decisions.adopting import differences
from pdp_bridge.errors import FindingError, JournalError, PlatformRefused, PlatformUnavailable
from pdp_bridge.journal.rebuilding import link_copy, mark, unsettle
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.deposited import Deposited
from pdp_bridge.model.document import Document
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.pipeline import PullResult
from pdp_bridge.ports import Doubt, State
from pdp_bridge.sending import Line

EVER = datetime(2020, 1, 1, tzinfo=UTC)
"""Before the first deposit at any platform."""

NUMBER_LENGTH = 20
"""Characters of BT-1 that a platform may cut a number to."""

BY = "rebuild"


Named = Callable[[Snapshot], str | None]
"""The id of the deposit that a record of the source names as its own."""


class Archive(Protocol):
    """A platform that lists what it holds."""

    def deposits(self, since: datetime, siren: str | None) -> Sequence[Deposited]:
        """Every deposit of the seller after `since`, of one number the best first. Raises `PlatformError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzle:
    """A deposit that only a person can settle.

    `problem` is stable: `unreadable` (the file, or not read yet), `unknown` (no such invoice at the source), `several`
    (records with that number), `unstatable` (the record cannot be stated now), `differs` (`terms` say in what),
    `missing` (the source names it, and the platform does not show it).
    """

    submission_id: str
    problem: str
    number: str | None = None
    terms: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """What was found. Nothing was sent."""

    pull: PullResult = field(default_factory=PullResult)
    deposits: int = 0  # at the platform
    known: int = 0  # of them, in the journal already
    linked: int = 0  # of them, recorded as sent now
    puzzles: list[Puzzle] = field(default_factory=list)
    histories_read: int = 0
    histories_left: int = 0  # their limit is very low: `sync` reads them


@dataclass(frozen=True, slots=True)
class _Records:
    """Source ids by the number of the record, and by the deposit that the record names as its own."""

    numbered: Mapping[str, Sequence[str]]
    naming: Mapping[str, Sequence[str]]

    def of(self, submission_id: str, number: str) -> Sequence[str]:
        """Those that the deposit may be of: by its number; by what they say where that names none, or several."""
        by_number = self.numbered.get(number) or _cut(number, self.numbered)
        if len(by_number) == 1:
            return by_number
        named = [each for each in self.naming.get(submission_id, ()) if not by_number or each in by_number]
        return named or by_number


def rebuild(line: Line, journal: SqlJournal, archive: Archive, siren: str | None, named: Named) -> Rebuilt:
    """Pull everything, link what the platform holds, read histories. Doing it again changes nothing.

    `named`: the deposit that a record of the source names as its own. Raises `SourceError` and `PlatformError`: then
    what was found is on record, and everything else stays in doubt.
    """
    began = line.clock()
    mark(journal, Doubt(since=EVER, until=began))
    result = Rebuilt(pull=pipeline.pull(line.source, journal, line.clock, line.watch))
    found = archive.deposits(EVER, siren)
    result.deposits = len(found)
    records = _records(journal, named)
    listed = {deposit.id for deposit in found}
    unlisted = [Deposited(id=each) for each in sorted(records.naming.keys() - listed)]
    for done, deposit in enumerate([*found, *unlisted], start=1):
        _settle(line, journal, deposit, records, result, listed=deposit.id in listed)
        line.watch("rebuild", done, len(found) + len(unlisted), deposit.number or "")
    # What the list may have missed was made shortly before it: it is looked for, invoice by invoice.
    lag = timedelta(seconds=line.timing.lease_seconds + line.timing.settle_seconds)
    mark(journal, Doubt(since=began - lag, until=began))
    _histories(line, journal, result)
    return result


def _records(journal: SqlJournal, named: Named) -> _Records:
    numbered: dict[str, list[str]] = {}
    naming: dict[str, list[str]] = {}
    for source_id, number, _day in journal.numbers():
        numbered.setdefault(number, []).append(source_id)
        try:
            submission_id = named(journal.snapshot(source_id))
        except JournalError:  # it lies in an archive file that is lost too: then there is no hint
            continue
        if submission_id is not None:
            naming.setdefault(submission_id, []).append(source_id)
    return _Records(numbered, naming)


def _settle(
    line: Line, journal: SqlJournal, deposit: Deposited, records: _Records, result: Rebuilt, *, listed: bool
) -> None:
    holder = journal.entry(deposit.id)
    if holder is not None and deposit.id in dict(journal.deposits(holder.source_id)):
        result.known += listed
        return
    theirs = _file(line, deposit)
    number = theirs.invoice.number if theirs and theirs.invoice else deposit.number
    candidates = records.of(deposit.id, number or "")
    problem, terms = _problem(line, journal, theirs, candidates)
    if problem is None and theirs is not None:
        _link(journal, candidates[0], deposit.id, theirs, line.clock())
        result.linked += 1
        return
    if theirs is None and not listed:
        problem = "missing"
    result.puzzles.append(Puzzle(submission_id=deposit.id, problem=problem or "", number=number, terms=terms))
    reason = f"Deposit {deposit.id} at the platform may be this invoice ({problem}): compare both, then adopt it."
    for source_id in candidates:
        unsettle(journal, source_id, reason, deposit.at or EVER, line.clock())


def _cut(number: str, numbered: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Of the numbers that the platform may have cut to its own length."""
    if len(number) != NUMBER_LENGTH:
        return ()
    return [source_id for longer, ids in numbered.items() if longer.startswith(number) for source_id in ids]


def _file(line: Line, deposit: Deposited) -> Document | None:
    """The file of a deposit; None when the platform does not give it."""
    try:
        return line.reopen(line.platform.download(deposit.id))
    except PlatformRefused as error:
        if error.of_account and error.code != "NOT_FOUND":
            raise
        return None


def _problem(
    line: Line, journal: SqlJournal, theirs: Document | None, candidates: Sequence[str]
) -> tuple[str | None, tuple[str, ...]]:
    """Why the deposit is not plainly the invoice's, and the terms that differ."""
    if theirs is None or theirs.invoice is None:
        return "unreadable", ()
    if len(candidates) != 1:
        return ("several" if candidates else "unknown"), ()
    try:
        ours = line.source.invoice(journal.snapshot(candidates[0]))
    except FindingError:
        return "unstatable", ()
    terms = differences(ours, theirs.invoice)
    return ("differs" if terms else None), terms


def _link(journal: SqlJournal, source_id: str, submission_id: str, document: Document, now: datetime) -> None:
    entry = journal.entry(source_id)
    if entry is not None and entry.state is State.SENT:
        link_copy(journal, source_id, submission_id, document, now)
    else:
        journal.adopted(source_id, submission_id, document, BY)


def _histories(line: Line, journal: SqlJournal, result: Rebuilt) -> None:
    """The statuses of each open deposit, as far as their limit allows."""
    waiting = journal.awaiting_news(line.clock(), 0)
    for done, entry in enumerate(waiting):
        if entry.submission_id is None:
            continue
        try:
            journal.received(line.platform.history(entry.submission_id), BY)
        except PlatformUnavailable as error:
            if error.code != "RATE_LIMITED":
                raise
            result.histories_left = len(waiting) - done
            return
        except PlatformRefused as error:
            if error.of_account and error.code != "NOT_FOUND":
                raise
        else:
            result.histories_read += 1
        journal.history_read(entry.submission_id, line.clock())
