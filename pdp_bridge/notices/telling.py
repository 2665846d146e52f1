"""The end of a run: what is due is kept, what is over is settled, each channel is told what it does not know yet."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pdp_bridge.model.notice import Altered, Circumstances, Matter, Notice, Thresholds
from pdp_bridge.notices.channels import Channel
from pdp_bridge.notices.digest import Digest, NotDelivered, together
from pdp_bridge.notices.due import due
from pdp_bridge.ports import Entry

_log = logging.getLogger(__name__)


class Memory(Protocol):
    """What is known of matters and of who was told; of one company."""

    def concerned(self, thresholds: Thresholds, now: datetime) -> Iterator[Entry]:
        """Every invoice that may need a person; of those sent, none whose next status may still come in time."""
        ...

    def circumstances(self) -> Circumstances:
        """What concerns no single invoice."""
        ...

    def keep(self, found: Sequence[Notice], now: datetime) -> None:
        """What is due now: new matters are raised, those that are gone are settled."""
        ...

    def untold(self, channel: str) -> Sequence[Notice]:
        """Open matters that a channel has not taken yet."""
        ...

    def told(self, channel: str, notices: Sequence[Notice], now: datetime, problem: str | None) -> None:
        """A channel took them, or why it did not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who tells, and in which language."""

    environment: str = ""
    company: str = ""
    language: str = "fr"


def look(memory: Memory, thresholds: Thresholds, now: datetime, altered: Sequence[Altered] | None) -> None:
    """Bring the open matters up to date; nobody is told. `altered`: None when it cannot be known."""
    memory.keep(due(memory.concerned(thresholds, now), now, thresholds, memory.circumstances(), altered), now)


def tell(memory: Memory, channels: Sequence[Channel], sender: Sender, now: datetime) -> dict[str, str | None]:
    """One digest for each channel that does not know everything; the names of those asked, with what went wrong."""
    outcome: dict[str, str | None] = {}
    for channel in channels:
        notices = memory.untold(channel.name)
        if not notices:
            continue
        outcome[channel.name] = _delivered(channel, notices, sender, now)
        memory.told(channel.name, notices, now, outcome[channel.name])
    return outcome


def try_out(channels: Sequence[Channel], sender: Sender, now: datetime) -> dict[str, str | None]:
    """A notice of nothing over each channel; by name, what went wrong. Nothing is kept of it."""
    trial = Notice(key=Matter.TRIAL.value, matter=Matter.TRIAL)
    return {channel.name: _delivered(channel, [trial], sender, now) for channel in channels}


def _delivered(channel: Channel, notices: Sequence[Notice], sender: Sender, now: datetime) -> str | None:
    """Why a channel did not take them; None when it did."""
    digest = Digest(
        notices=together(notices),
        made_at=now,
        environment=sender.environment,
        company=sender.company,
        language=sender.language,
    )
    try:
        channel.deliver(digest)
    except NotDelivered as error:
        _log.warning("notices not delivered channel=%s count=%d: %s", channel.name, len(notices), error)
        return str(error)
    return None
