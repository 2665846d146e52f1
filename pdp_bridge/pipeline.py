"""The straight line: pull, state, write, prove, send once.

Each arrow is one call; the journal is written beside the line, before and after every act that the outside can see.
An error on one invoice is recorded on that invoice, and the run goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import chain

from pdp_bridge.crew import each
from pdp_bridge.delivery import Prepared, deliver, is_future, prepared, taken
from pdp_bridge.errors import PlatformRefused, PlatformUnavailable, Stopped
from pdp_bridge.model.mark import WriteBack
from pdp_bridge.model.pulled import UNREADABLE
from pdp_bridge.ports import Clock, InvoiceSource, Journal, State, Watch
from pdp_bridge.sending import RESENDS, Line, decided_at, settle, unwatched

PATIENCE = timedelta(minutes=5)
"""The longest pause inside one run; what needs longer is left to the next."""

SOON = timedelta(seconds=30)
"""A deposit in doubt that will be decided within this time is waited for by the same run."""

ROUNDS = 4  # tries, in one run, of what fails for a passing reason
REREAD = 100  # invoices refused or held, seen in no scan, that one pull reads again and one run looks at again
GIVE_UP_AFTER = 3  # failures in a row, of the connection or of the account: the others need not be tried
OF_ALL = frozenset({"RATE_LIMITED", "CIRCUIT_OPEN", "AUTH_FAILED"})  # one such answer is enough for all of them
LIMITED_IN_A_ROW = 5  # answers "too many requests" to one invoice, each waited for, before the run is left to later


@dataclass(frozen=True, slots=True, kw_only=True)
class PullResult:
    """What one scan of the source showed. `skipped` counts records by reason."""

    seen: int = 0
    new: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: tuple[str, ...] = ()  # source ids that are read again with the next pull
    problems: tuple[str, ...] = ()  # pages that could not be read: the next scan begins where this one did


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What one run did: source ids by the state they ended in."""

    pull: PullResult = field(default_factory=PullResult)
    outcomes: dict[str, State] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()  # deposits whose answer is lost and not found yet
    unreachable: str | None = None  # why the platform could not be reached
    refused: str | None = None  # why the platform refuses the account; nothing is lost, correct the settings
    stopped: str | None = None  # why the run ended before everything due had its turn; the next one takes it up
    write_back: WriteBack | None = None  # what the source was told afterwards; None: it was not asked for

    def ended(self, state: State) -> int:
        """How many invoices of this run ended in `state`."""
        return sum(outcome is state for outcome in self.outcomes.values())


def pull(source: InvoiceSource, journal: Journal, clock: Clock, watch: Watch = unwatched) -> PullResult:
    """Record every invoice issued or changed since the last scan. Raises `SourceError`.

    Invoices of a later day are recorded too, and counted as `future`: they are sent on that day. The cursor moves only
    once the whole scan is recorded, so a scan cut short, or with a page that cannot be read, is done again; what it
    did show is recorded.
    """
    today = clock()
    seen = new = 0
    skipped: Counter[str] = Counter()
    cursor, read, problems = None, set[str](), list[str]()
    for page in source.issued_since(journal.cursor()):
        later = [shot for shot in page.snapshots if is_future(shot.reference.issue_date, today)]
        new += journal.pulled([shot for shot in page.snapshots if shot not in later], page.skipped)
        journal.pulled(later, [])
        seen += len(page.snapshots) + len(page.skipped)
        skipped.update(record.reason for record in page.skipped)
        skipped["future"] += len(later)
        read.update(shot.reference.source_id for shot in page.snapshots)
        problems.extend([] if page.problem is None else [page.problem])
        cursor = page.cursor
        watch("pull", seen, page.total, "")
    if cursor is not None and not problems:
        journal.set_cursor(cursor)
    waiting = [entry for entry in journal.stopped(REREAD) if entry.source_id not in read]
    waiting.sort(key=lambda entry: entry.state is not State.REFUSED)
    wanted = dict.fromkeys([*_unreadable(journal), *(entry.source_id for entry in waiting)])
    reread(source, journal, list(wanted)[:REREAD])
    return PullResult(
        seen=seen, new=new, skipped=+skipped, unreadable=tuple(_unreadable(journal)), problems=tuple(problems)
    )


def _unreadable(journal: Journal) -> list[str]:
    return [record.source_id for record in journal.skipped() if record.reason == UNREADABLE]


def reread(source: InvoiceSource, journal: Journal, source_ids: Sequence[str]) -> None:
    """Record these invoices as they are now. Raises `SourceError`.

    Most of what our checks refuse is corrected on the customer, which does not change the invoice for a scan.
    """
    if source_ids:
        for page in source.again(source_ids):
            journal.pulled(page.snapshots, page.skipped)


def run(line: Line) -> RunResult:
    """Pull, settle what is in doubt, then work off everything due. Raises `SourceError` from the pull."""
    pulled = pull(line.source, line.journal, line.clock, line.watch)
    return work(line, pulled=pulled)


def work(line: Line, *, pulled: PullResult | None = None) -> RunResult:
    """Everything that is due, without asking the source for news."""
    progress = Progress(second_looks=REREAD if line.journal.looked_with() == line.outlook else None)
    unreachable = stopped = None
    try:
        settle(line, progress.outcomes)
        line.permit()
        _rounds(line, progress)
        settle(line, progress.outcomes)
        for _ in range(RESENDS + 1):
            if not _looked_again(line, progress.outcomes):
                break
            _rounds(line, progress)
        line.journal.set_looked_with(line.outlook)
    except PlatformUnavailable as error:
        unreachable = str(error)
    except PlatformRefused as error:
        progress.refused = str(error)
    except Stopped as error:
        stopped = str(error)
    return RunResult(
        pull=pulled or PullResult(),
        outcomes=progress.outcomes,
        unknown=tuple(entry.source_id for entry in line.journal.in_doubt()),
        unreachable=unreachable,
        refused=progress.refused,
        stopped=stopped,
    )


@dataclass(slots=True)
class Progress:
    """How far one run is: source ids by the state they ended in, and what it will not try again."""

    outcomes: dict[str, State] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    refused: str | None = None
    second_looks: int | None = None  # how many of those refused or held are looked at again; None: all of them


def _rounds(line: Line, progress: Progress) -> None:
    """One round, and further ones while something failed for a passing reason, with growing pauses."""
    _round(line, progress)
    for _ in range(1, ROUNDS):
        failed = [name for name, state in progress.outcomes.items() if state is State.FAILED]
        entries = [line.journal.entry(source_id) for source_id in failed if source_id not in progress.barred]
        times = [entry.next_action_at for entry in entries if entry and entry.retryable and entry.next_action_at]
        pause = min(times) - line.clock() if times else PATIENCE * 2
        if pause > PATIENCE:
            return
        line.sleep(max(0.0, pause.total_seconds()))
        _round(line, progress)


def _round(line: Line, progress: Progress) -> None:
    """Everything due, once. Raises `PlatformUnavailable` and `PlatformRefused` when the rest need not be tried."""
    now, barred = line.clock(), frozenset(progress.barred)
    how_many = line.journal.how_many_due(now, progress.second_looks) - len(barred)
    due = (entry for entry in line.journal.due(now, progress.second_looks) if entry.source_id not in barred)
    in_a_row = 0
    with each(line.makers, partial(prepared, line), taken(line, due)) as made:
        apart = chain.from_iterable(several for _, several in made)
        with each(line.hands, partial(_worked, line, progress), apart) as results:
            for done, (one, error) in enumerate(results, start=1):
                in_a_row = 0 if error is None else in_a_row + 1
                if error is not None and (error.code in OF_ALL or in_a_row >= GIVE_UP_AFTER):
                    raise error
                line.watch("send", done, max(done, how_many), one.entry.number)
    progress.second_looks = 0


def _worked(line: Line, progress: Progress, one: Prepared) -> PlatformUnavailable | PlatformRefused | None:
    """One invoice, and what its platform said that may concern the others too."""
    source_id = one.entry.source_id
    try:
        progress.outcomes[source_id] = _patiently(line, one)
    except (PlatformUnavailable, PlatformRefused) as error:
        progress.outcomes[source_id] = State.FAILED
        if isinstance(error, PlatformRefused):
            progress.barred.add(source_id)
            progress.refused = str(error)
        return error
    return None


def _patiently(line: Line, one: Prepared) -> State:
    """`deliver`, once more after each pause that "too many requests" asks for."""
    for pause in range(LIMITED_IN_A_ROW):
        try:
            return deliver(line, one)
        except PlatformUnavailable as error:
            asked = error.retry_after or line.timing.retry_first_seconds * 2**pause
            if error.code != "RATE_LIMITED" or asked > PATIENCE.total_seconds():
                raise
        line.sleep(asked)
    return deliver(line, one)


def _looked_again(line: Line, outcomes: dict[str, State]) -> bool:
    """Look again for what is decided soon, with growing pauses; whether anything may be sent again."""
    pause, end = timedelta(seconds=max(0.5, line.timing.retry_first_seconds)), line.clock() + SOON
    looked = False
    for _ in range(ROUNDS * 4):
        now = line.clock()
        soon = [at for entry in line.journal.in_doubt() if now < (at := decided_at(line, entry)) <= end]
        if not soon:
            break
        line.sleep(min(pause, min(soon) - now).total_seconds())
        settle(line, outcomes)
        looked, pause = True, pause * 2
    return looked and any(state is State.PULLED for state in outcomes.values())
