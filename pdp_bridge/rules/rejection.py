"""What a platform found wrong with an invoice, with our advice beside its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pdp_bridge.model.status import StatusEvent
from pdp_bridge.rules.catalogue import advice
from pdp_bridge.validation.advice import Advice

_SAID = re.compile(r"(?P<rule>[A-Za-z][\w.-]*)(?:: (?P<words>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One error of a rejection: `rule` as the platform names it (None: it gave none), `said` in its words."""

    rule: str | None
    said: str
    advice: Advice | None


def complaints(events: Iterable[StatusEvent]) -> tuple[Complaint, ...]:
    """Every error of the events, each once, in their order."""
    details = dict.fromkeys(detail for event in events if event.reason for detail in event.details)
    return tuple(_complaint(detail) for detail in details)


def _complaint(detail: str) -> Complaint:
    """From `rule: message`, as an event keeps it.

    >>> _complaint("BR-FR-05: mention PMT absente").advice.field
    'mentions.recovery_cost'
    """
    said = _SAID.fullmatch(detail)
    if said is None:
        return Complaint(rule=None, said=detail, advice=None)
    return Complaint(rule=said["rule"], said=said["words"] or said["rule"], advice=advice(said["rule"]))
