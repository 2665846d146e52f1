"""What another edition of the official rules would say of documents that were sent: nothing is written or sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pdp_bridge.document.assembly import opened
from pdp_bridge.model.report import Finding, Layer, Report, Verdict
from pdp_bridge.ports import Entry, Journal, State
from pdp_bridge.validation.judge import judge
from pdp_bridge.validation.rulesets import Pack, pack_in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One sent invoice under another pack. `not_run`: layers of the other pack that gave no verdict."""

    number: str
    sha256: str
    broken: tuple[Finding, ...]  # errors that the pack in use does not find
    mended: tuple[Finding, ...]  # errors that only the pack in use finds
    not_run: tuple[Layer, ...]

    @property
    def passes(self) -> bool:
        """It could be sent under the other pack as it was under this one."""
        return not self.broken and not self.not_run


def last_sent(journal: Journal, many: int) -> list[Entry]:
    """The invoices sent last, the latest first."""
    sent = (entry for entry in journal.entries() if entry.state is State.SENT and entry.sent_at and entry.sha256)
    return list(islice(sorted(sent, key=lambda entry: str(entry.sent_at), reverse=True), many))


def rehearsed(journal: Journal, entries: Iterable[Entry], pack: Pack) -> Iterator[Rehearsed]:
    """Each document as it was sent, judged by both packs."""
    for entry in entries:
        if entry.sha256 is not None:
            yield compared(entry.number, journal.document(entry.sha256), pack)


def compared(number: str, content: bytes, pack: Pack) -> Rehearsed:
    """One document judged by the pack in use and by another."""
    document = opened(content)
    now, then = judge(document, pack_in_use()), judge(document, pack)
    return Rehearsed(
        number=number,
        sha256=document.sha256,
        broken=_only_in(then, now),
        mended=_only_in(now, then),
        not_run=tuple(layer for layer in then.layers if layer.verdict is Verdict.NOT_RUN),
    )


def _only_in(one: Report, other: Report) -> tuple[Finding, ...]:
    known = {(finding.rule, finding.location) for finding in other.errors}
    return tuple(finding for finding in one.errors if (finding.rule, finding.location) not in known)
