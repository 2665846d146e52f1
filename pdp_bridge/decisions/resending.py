"""A person says to send one invoice again: only where no second deposit can be accepted, and after one more look.

What stayed unknown is searched for at the platform once more; what was unacceptable (501) was never an invoice. Nothing
here is automatic, and everything that could stop the new sending is tried before anything changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pdp_bridge.decisions.remedy import Remedy, Situation, remedy
from pdp_bridge.delivery import judged, process
from pdp_bridge.errors import InvoiceRefused, NotAllowed, PlatformRefused
from pdp_bridge.model.document import Document
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.ports import Entry, is_conflict
from pdp_bridge.sending import Line, arrived, decided_at, looked_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would happen: `sha256` of the document that would be sent, `changed` when it is not the one sent before."""

    entry: Entry
    situation: Situation
    sha256: str
    changed: bool


Agree = Callable[[Proposal], bool]
"""A person's yes or no."""


class Resent(StrEnum):
    """How the act ended."""

    FOUND = "found"  # the deposit was there after all: it was recorded, nothing was sent
    DECLINED = "declined"  # nothing was done
    DONE = "done"  # see the entry for its new state


def agreed(_proposal: Proposal) -> bool:
    """Who calls the library has decided."""
    return True


def resend(line: Line, entry: Entry, who: str, agree: Agree = agreed, *, corrected: bool = False) -> Resent:
    """Send the invoice once more under its number, when it may be.

    `corrected`: its record was corrected after an unacceptable file, and that is what is sent. Raises `NotAllowed` when
    it may not be sent again, `InvoiceRefused` or `FindingError` when our own checks stop it, and what `permit` raises,
    before anything is asked of anybody: then nothing changed.
    Raises `PlatformUnavailable` when the platform cannot be asked, or accepted nothing: the next run tries again.
    """
    events = line.journal.events(entry.submission_id) if entry.submission_id else ()
    _require_allowed(line, entry, remedy(entry, events), corrected=corrected)
    line.permit()
    found = _looked_up(line, entry)
    if found is not None:
        arrived(line, entry, *found)
        return Resent.FOUND
    shot = _as_shown_now(line, entry)
    changed = shot.reference.version != entry.version
    if corrected and not changed:
        raise NotAllowed(
            f"Invoice {entry.number} shows the same content at the source as when it was sent: correct it there first, "
            f"or send the same content with `pdp-bridge resend {entry.number}`.",
            code="NOT_CORRECTED",
        )
    document, report = judged(line.source, shot, line.build, line.judge)
    if not report.sendable:
        raise InvoiceRefused(f"Invoice {entry.number} was not sent again: our own checks refuse it", report)
    situation = remedy(entry, events).situation
    proposal = Proposal(
        entry=entry, situation=situation, sha256=document.sha256, changed=document.sha256 != entry.sha256
    )
    if not agree(proposal):
        return Resent.DECLINED
    line.journal.taken_back(entry.source_id, who)
    process(line, line.journal.entry(entry.source_id) or entry)
    return Resent.DONE


def _require_allowed(line: Line, entry: Entry, found: Remedy, *, corrected: bool) -> None:
    if corrected and found.by_itself:
        raise NotAllowed(
            f"Invoice {entry.number} was never deposited: correct it at the source, and `pdp-bridge run` sends it.",
            code="NOT_NEEDED",
        )
    if found.situation is Situation.AWAITED:
        raise NotAllowed(
            f"Invoice {entry.number} may still arrive: every run looks it up, and from "
            f"{decided_at(line, entry):%Y-%m-%d %H:%M} UTC on decides by itself. Nothing was done.",
            code="TOO_EARLY",
        )
    if not found.may_send_again or (corrected and found.situation is not Situation.UNACCEPTABLE):
        raise NotAllowed(
            f"Invoice {entry.number} is {found.situation.value}: it may not be sent again under its number. See "
            f"`pdp-bridge correct {entry.number}` for what may be done.",
            code="NOT_RESENDABLE",
        )


def _looked_up(line: Line, entry: Entry) -> tuple[str, Document] | None:
    try:
        return looked_up(line, entry)
    except PlatformRefused as error:
        if not is_conflict(error):
            raise
        raise NotAllowed(
            f"Invoice {entry.number} may not be sent again: {error}. When it is this invoice, "
            f"`pdp-bridge adopt {entry.number} ID`.",
            code="CONFLICT",
        ) from error


def _as_shown_now(line: Line, entry: Entry) -> Snapshot:
    """The record as the source shows it now. Raises `NotAllowed` when it is not to be sent any more."""
    for page in line.source.again([entry.source_id]):
        line.journal.pulled(page.snapshots, page.skipped)
        for record in page.skipped:
            raise NotAllowed(
                f"Invoice {entry.number} is not to be sent any more, says the source: {record.reason}.",
                code="NOT_RESENDABLE",
            )
        for shot in page.snapshots:
            return shot
    raise NotAllowed(f"Invoice {entry.number} is not at the source any more.", code="NOT_RESENDABLE")
