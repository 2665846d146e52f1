"""Sent once: the intent is durable before the act, the id right after it, and a lost answer is looked up.

Without an idempotency key at the platform this rests on its search: what a complete search does not find, later than
its index may lag, never arrived. These are the lines that carry the most risk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pdp_bridge.directory import Directory
from pdp_bridge.errors import OutcomeUnknown, PlatformError, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.document import Document
from pdp_bridge.model.hindrance import number_taken
from pdp_bridge.model.pulled import Reference
from pdp_bridge.model.report import Layer, Report
from pdp_bridge.ports import (
    Build,
    Clock,
    Doubt,
    Entry,
    InvoiceSource,
    Journal,
    Judge,
    Lease,
    MakeEach,
    Platform,
    Reopen,
    Sleep,
    State,
    Watch,
    is_conflict,
)

SEARCH_MARGIN = timedelta(days=1)
"""A deposit is searched from this long before its intent: the platform's clock is not ours."""

RESENDS = 1  # of a deposit without an answer and never found; a crash of ours is no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Waits, in seconds."""

    retry_first_seconds: float = 10
    lease_seconds: float = 60
    settle_seconds: float = 900


def unwatched(stage: str, done: int, total: int | None, what: str) -> None:
    """Nobody looks on."""


def permitted() -> None:
    """Nothing forbids to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line with its ends attached: adapters, stages, time.

    `make_each` states, draws and judges several invoices in the place of `source`, `build` and `judge`, perhaps in
    processes of its own: `makers` is how many threads ask it at once, and `hands` how many deliver what is made.
    `outlook` names the settings and rules in use: when others were in use before, everything refused or held is looked
    at again, else a few each time.

    `directory` looks buyers up before sending; None: nobody is looked up. `permit` raises `ConfigError` or
    `PlatformRefused` while nothing may be sent for this seller at all.
    """

    source: InvoiceSource
    platform: Platform
    journal: Journal
    build: Build
    reopen: Reopen
    judge: Judge
    clock: Clock
    sleep: Sleep
    timing: Timing = field(default_factory=Timing)
    watch: Watch = unwatched
    directory: Directory | None = None
    permit: Callable[[], None] = permitted
    make_each: MakeEach | None = None
    makers: int = 1
    hands: int = 1
    outlook: str = ""


def transmit(line: Line, reference: Reference, document: Document, report: Report) -> State:
    """Send once: the intent is durable before the act, the id right after it.

    Raises `PlatformUnavailable` when nothing was accepted, and `PlatformRefused` when the account is refused; the
    invoice is then due again later. Raises what `permit` raises: then nothing was recorded either.
    """
    line.permit()
    recalled = _recalled(line, reference, document)
    return _transmitted(line, reference, document, report) if recalled is None else recalled


def _transmitted(line: Line, reference: Reference, document: Document, report: Report) -> State:
    journal, source_id = line.journal, reference.source_id
    try:
        line.platform.ready()  # whatever must be waited for is, before the lease begins to run
    except (PlatformUnavailable, PlatformRefused) as error:
        return not_accepted(line, reference, error)
    now = line.clock()
    lease = Lease(at=now, until=now + timedelta(seconds=line.timing.lease_seconds))
    if not journal.sending(reference, document, report, lease):
        return _unclaimed(journal, reference, report)
    if line.clock() - lease.at > (lease.until - lease.at) / 4:
        journal.not_sent(source_id, resend=True)  # too late to be sure that nobody else acts: nothing was sent
        return State.PULLED
    try:
        submission_id = line.platform.send(document)
    except (PlatformUnavailable, PlatformRefused) as error:
        return not_accepted(line, reference, error)
    except OutcomeUnknown as error:
        journal.still_unknown(source_id, error)
        return State.SENDING
    journal.sent(source_id, submission_id)
    return State.SENT


def _recalled(line: Line, reference: Reference, document: Document) -> State | None:
    """After a restore or a rebuild, the deposit that the journal may have forgotten is looked for before any sending.

    None when nothing was forgotten: the search, complete and later than its index may lag, found nothing. What is there
    with other bytes waits for a person. Raises as `transmit`.
    """
    journal, source_id, doubt = line.journal, reference.source_id, line.journal.doubt()
    entry = None if doubt is None else journal.entry(source_id)
    if doubt is None or entry is None or _later_than(reference, doubt) or _taken(journal, reference):
        return None
    since = min(doubt.since, entry.sending_at or doubt.since) - SEARCH_MARGIN
    try:
        found = line.platform.find(document, since, {submission_id for submission_id, _ in journal.deposits(source_id)})
    except (PlatformUnavailable, PlatformRefused) as error:
        return not_accepted(line, reference, error)
    if found is not None:
        journal.adopted(source_id, found, document, "pdp-bridge")
        return State.SENT
    proven_at = doubt.until + timedelta(seconds=line.timing.lease_seconds + line.timing.settle_seconds)
    if line.clock() >= proven_at:
        return None
    wait = PlatformUnavailable(
        f"Invoice {reference.number} may have been sent before the journal was restored or rebuilt: the platform does "
        f"not show it, which is certain from {proven_at:%Y-%m-%d %H:%M} UTC on; run again then",
        code="RESTORED",
    )
    journal.failed(source_id, wait, retry_at=proven_at, version=reference.version)
    return State.FAILED


def _later_than(reference: Reference, doubt: Doubt) -> bool:
    """The invoice is of a day that had not begun anywhere when the journal was restored: it was never sent before."""
    return reference.issue_date is not None and reference.issue_date > doubt.until.date() + timedelta(days=1)


def _taken(journal: Journal, reference: Reference) -> bool:
    """The number is with the platform, or may be, from another record: the claim says so."""
    holder = journal.entry(reference.number)
    away = {State.SENDING, State.SENT}
    return holder is not None and holder.source_id != reference.source_id and holder.state in away


def not_accepted(line: Line, reference: Reference, error: PlatformUnavailable | PlatformRefused) -> State:
    """Record that nothing was sent; raise it again when it concerns the others too."""
    journal, source_id, version = line.journal, reference.source_id, reference.version
    if isinstance(error, PlatformUnavailable):
        pause = max(error.retry_after or 0.0, line.timing.retry_first_seconds)
        journal.failed(source_id, error, retry_at=line.clock() + timedelta(seconds=pause), version=version)
        raise error
    journal.failed(source_id, error, retry_at=line.clock() if error.of_account else None, version=version)
    if error.of_account:
        raise error
    return state_of(journal, source_id)


def state_of(journal: Journal, source_id: str) -> State:
    """Where an invoice stands by now, whoever brought it there."""
    entry = journal.entry(source_id)
    return entry.state if entry else State.FAILED


def _unclaimed(journal: Journal, reference: Reference, report: Report) -> State:
    """Why the journal gave no claim: another process acts, or the number belongs to another record."""
    holder = journal.entry(reference.number)
    if holder is not None and holder.source_id != reference.source_id:
        finding = number_taken(reference.number, holder.source_id)
        layers = (Layer.judged("mapping", "pdp_bridge", (finding,)), *report.layers[1:])
        journal.refused(reference.source_id, replace(report, layers=layers), None, version=reference.version)
    return state_of(journal, reference.source_id)


def settle(line: Line, outcomes: dict[str, State], entries: Sequence[Entry] | None = None) -> None:
    """Look up every deposit whose answer was lost; send again only what a late, complete search did not find.

    `entries`: only these of them.

    What was sent again and is still not found, or is found with other bytes, stays as it is: a person resolves it, and
    until then it is only looked up.
    """
    for entry in line.journal.in_doubt() if entries is None else entries:
        try:
            outcomes[entry.source_id] = _settled(line, entry)
        except PlatformUnavailable:
            raise
        except PlatformError as error:
            if error.code == "AUTH_FAILED":
                raise
            outcomes[entry.source_id] = _puzzled(line, entry, error)
        except Exception as error:  # noqa: BLE001 - one deposit that breaks the search must not stop the others
            outcomes[entry.source_id] = _puzzled(line, entry, error)


def _puzzled(line: Line, entry: Entry, error: Exception) -> State:
    """The search could not be made, or met other bytes: told on the invoice, which stays in doubt."""
    line.journal.failed(entry.source_id, error, retry_at=None)
    return state_of(line.journal, entry.source_id)


def _settled(line: Line, entry: Entry) -> State:
    journal, now = line.journal, line.clock()
    found = looked_up(line, entry)
    if found is not None:
        arrived(line, entry, *found)
        return State.SENT
    if entry.unresolved or now < decided_at(line, entry):
        return State.SENDING
    if entry.answers_lost > RESENDS:
        journal.not_sent(entry.source_id, resend=False)
        return State.SENDING
    journal.not_sent(entry.source_id, resend=True)
    return State.PULLED


def looked_up(line: Line, entry: Entry) -> tuple[str, Document] | None:
    """The deposit that the last sending of this invoice made, and its document; None when a complete search has none.

    Where the number is there with other bytes, they may be those of an earlier sending whose answer was lost. Raises
    `PlatformRefused` (`CONFLICT`) when they are not, `PlatformUnavailable` when the search could not be completed.
    """
    since = (entry.sending_at or line.clock()) - SEARCH_MARGIN
    before = {submission_id for submission_id, _ in line.journal.deposits(entry.source_id)}
    conflict: PlatformRefused | None = None
    for sha256 in line.journal.attempted(entry.source_id):
        document = line.reopen(line.journal.document(sha256))
        try:
            found = line.platform.find(document, since, before)
        except PlatformRefused as error:
            if not is_conflict(error):
                raise
            conflict = conflict or error
            continue
        return None if found is None else (found, document)
    if conflict is not None:
        raise conflict
    return None


def arrived(line: Line, entry: Entry, submission_id: str, document: Document) -> None:
    """Record the deposit that a search found."""
    if document.sha256 == entry.sha256:
        line.journal.sent(entry.source_id, submission_id)
    else:
        line.journal.adopted(entry.source_id, submission_id, document, "pdp-bridge")


def decided_at(line: Line, entry: Entry) -> datetime:
    """From when a complete search that finds nothing proves that nothing arrived."""
    began = entry.sending_at or line.clock()
    return (entry.lease_until or began) + timedelta(seconds=line.timing.settle_seconds)
