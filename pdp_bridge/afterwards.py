"""What follows the line, composed: the way back to the source, the guard against drift, the audit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pdp_bridge import pipeline
from pdp_bridge.alteration import stated
from pdp_bridge.composition import Composition, account_of
from pdp_bridge.errors import BridgeError
from pdp_bridge.model.mark import WriteBack
from pdp_bridge.ports import State

if TYPE_CHECKING:
    from pdp_bridge.audit.completeness import Audit
    from pdp_bridge.audit.drift import Drift
    from pdp_bridge.audit.period import Period
    from pdp_bridge.pacing import Governor

_log = logging.getLogger(__name__)

DEPOSITED = frozenset({State.SENDING, State.SENT})
"""At the platform, or maybe so."""


def written_back(parts: Composition) -> WriteBack | None:
    """What the source shows now of what was sent; None when the settings do not ask for it. Never raises.

    It follows acts that are done and recorded: whatever goes wrong is told, and taken up by the next turn.
    """
    from pdp_bridge.journal.written import WrittenBack
    from pdp_bridge.write_back import write_back

    wanted = parts.settings.write_back
    if not wanted.status or parts.settings.source is None:
        return None
    try:
        result = write_back(
            parts.source,
            WrittenBack(parts.journal),
            parts.clock,
            at_most=wanted.at_once,
            upload=wanted.upload,
            budget=_budget(parts),
            watch=parts.watch,
        )
    except BridgeError as error:
        return WriteBack(problem=str(error))
    except Exception as error:  # noqa: BLE001 - what was sent is sent: an error that nobody foresaw is told, not raised
        _log.warning("write-back ended error=%s", type(error).__name__)
        return WriteBack(problem=type(error).__name__)
    for number, trouble, _detail in result.troubles:
        _log.warning("not written back invoice=%s trouble=%s", number, trouble)
    return result


def _budget(parts: Composition) -> Governor | None:
    """Of what is written back, within that of all requests to the source: reading always has room."""
    from pdp_bridge.source.facturation_pro.client import windows_of_writing

    source = parts.settings.require_source()
    return parts.shared(f"facturation.pro/{account_of(source)}/write-back", windows_of_writing(source.rpm))


def drifted(parts: Composition, references: Sequence[str]) -> list[Drift]:
    """Of these invoices, or of all, those that are no longer at the source what was sent. Raises `JournalError`."""
    from pdp_bridge.audit.drift import drift, drifts
    from pdp_bridge.journal.drifting import Drifting

    sources = Drifting(parts.journal)
    if not references:
        return list(drifts(sources, stated(parts.settings)))
    entries = [entry for each in references if (entry := parts.journal.entry(each)) is not None]
    otherwise = (shown for entry in entries for shown in sources.drifted(entry.source_id))
    return [found for entry in otherwise if (found := drift(entry, sources, stated(parts.settings))) is not None]


def reread(parts: Composition, references: Sequence[str]) -> None:
    """Ask the source again for these invoices, or for all that were sent, fifty a request: nothing else tells that one
    was deleted for good. Raises `SourceError`, `Busy`.
    """
    entries = [parts.journal.entry(each) for each in references] if references else parts.journal.entries()
    wanted = [entry.source_id for entry in entries if entry is not None and entry.state in DEPOSITED]
    with parts.alone():
        pipeline.reread(parts.source, parts.journal, wanted)


def audited(parts: Composition, period: Period) -> Audit:
    """Where each invoice number of the period is, and whether the totals agree; reads the journal only."""
    from pdp_bridge.audit.completeness import Reading, audit
    from pdp_bridge.document.assembly import opened
    from pdp_bridge.journal.drifting import Drifting
    from pdp_bridge.source.facturation_pro.printed import printed

    reading = Reading(
        state=stated(parts.settings),
        printed=lambda snapshot: printed(snapshot.payload),
        reopen=opened,
        latest=Drifting(parts.journal).latest,
        clock=parts.clock,
        watch=parts.watch,
    )
    return audit(period, parts.journal, reading)
