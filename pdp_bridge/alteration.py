"""Which invoices that were sent are another invoice at the source now: a matter for a person.

What was changed there in the customer's record alone, or in what no term shows, is none.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pdp_bridge.audit.drift import Drift, drifts
from pdp_bridge.model.notice import Altered
from pdp_bridge.settings import Settings

if TYPE_CHECKING:
    from pdp_bridge.audit.drift import Stated
    from pdp_bridge.journal.reader import JournalReader

_log = logging.getLogger(__name__)

TERMS = 5
"""Named in a notice; the others are counted."""


def stated(settings: Settings) -> Stated:
    """A snapshot in the words of EN 16931, by these settings. Raises `ConfigError` without a seller."""
    from pdp_bridge.source.facturation_pro.mapping import to_invoice

    seller = settings.require_seller()
    return lambda snapshot: to_invoice(snapshot.payload, seller)


def altered(journal: JournalReader, settings: Settings) -> tuple[Altered, ...] | None:
    """By issue date; None when it cannot be known, as without a seller in the settings, by whom an invoice is stated.

    Only what the source shows otherwise than it was sent is looked at, so that it costs nothing where all is well.
    """
    from pdp_bridge.journal.drifting import Drifting

    if settings.seller is None:
        return None
    try:
        return tuple(
            Altered(source_id=each.entry.source_id, number=each.entry.number, what=_what(each))
            for each in drifts(Drifting(journal), stated(settings))
            if each.alarming
        )
    except Exception as error:  # noqa: BLE001 - what cannot be compared must not keep the other matters from being told
        _log.warning("what was sent cannot be compared with the source error=%s", type(error).__name__)
        return None


def _what(drift: Drift) -> str:
    """In codes: a notice holds no amount and no name."""
    if drift.gone is not None:
        return drift.gone
    if drift.problem is not None:
        return drift.problem.rule
    terms = list(dict.fromkeys(change.term for change in drift.changes if not change.of_customer))
    more = len(terms) - TERMS
    return ", ".join(terms[:TERMS]) + (f" +{more}" if more > 0 else "")
