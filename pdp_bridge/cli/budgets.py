"""Budgets of requests in words, for `doctor`: how much is used, what slows them, and a service that is left alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pdp_bridge.cli.words import _, moment, several

if TYPE_CHECKING:
    from pdp_bridge.journal.quota import LaneState
    from pdp_bridge.pacing import Outage

WHOLE = 100  # percent


def lane_words(state: LaneState) -> str:
    """How a budget stands."""
    if state.outage is not None:
        return _outage_words(state.outage)
    used = _("{taken} of {allowed} requests in the last {seconds} seconds")
    parts = [used.format(taken=state.taken, allowed=state.allowed, seconds=f"{state.seconds:.0f}")]
    if state.share < WHOLE:
        parts.append(_("slowed to {share} % after refusals").format(share=state.share))
    if state.held_until is not None:
        parts.append(_("paused until {time}, as the service asked").format(time=_to_the_second(state.held_until)))
    return ", ".join(parts)


def _outage_words(outage: Outage) -> str:
    text = several(
        "no answer since {since} ({count} failure in a row, last: {error}): every request is kept back until {until}, "
        "then one tries; nothing is lost",
        "no answer since {since} ({count} failures in a row, last: {error}): every request is kept back until {until}, "
        "then one tries; nothing is lost",
        outage.failures,
    )
    return text.format(
        since=moment(outage.since),
        count=outage.failures,
        error=outage.last_error,
        until=_to_the_second(outage.until),
    )


def _to_the_second(instant: datetime) -> str:
    return f"{moment(instant)}:{instant:%S}"
