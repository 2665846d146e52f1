"""Looks at one part of the installation, for `doctor`: what was found, or what is to be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pdp_bridge.errors import BridgeError, PlatformUnavailable, SourceUnavailable
from pdp_bridge.pacing import CIRCUIT_OPEN

if TYPE_CHECKING:
    from pdp_bridge.journal.quota import LaneState


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One check of the installation: what was looked at, whether it is well, and what was found or is to be done."""

    name: str
    ok: bool
    detail: str
    error: BridgeError | None = None  # what was raised, when it was on purpose
    lane: LaneState | None = None  # of a budget of requests
    facts: Mapping[str, str | int | bool] = field(default_factory=dict)  # what the detail is made of


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: told in English, and the facts, for another language."""

    detail: str
    facts: Mapping[str, str | int | bool] = field(default_factory=dict)


def probe(name: str, look: Callable[[], Found]) -> Probe:
    """What `look` found; never raises for a part that is unwell."""
    try:
        found = look()
        return Probe(name=name, ok=True, detail=found.detail, facts=found.facts)
    except BridgeError as error:
        return Probe(name=name, ok=False, detail=str(error), error=error)
    except OSError as error:
        return Probe(name=name, ok=False, detail=str(error))


def lane_probe(name: str, state: LaneState) -> Probe:
    """A budget of requests, by the name of its lane: `iopole/…/requests`. Unwell while its service is left alone."""
    if state.outage is None:
        return Probe(name=name, ok=True, detail=_budget(state), lane=state)
    source = name.startswith("facturation.pro/")
    told = state.outage.told("Facturation.pro" if source else "Iopole")
    kind = SourceUnavailable if source else PlatformUnavailable
    return Probe(name=name, ok=False, detail=told, error=kind(told, code=CIRCUIT_OPEN), lane=state)


def _budget(state: LaneState) -> str:
    parts = [f"{state.taken} of {state.allowed} requests in the last {state.seconds:.0f} seconds"]
    if state.share < 100:  # noqa: PLR2004 - percent
        parts.append(f"slowed to {state.share} % after refusals")
    if state.held_until is not None:
        parts.append(f"paused until {state.held_until:%Y-%m-%d %H:%M:%S} UTC, as the service asked")
    return ", ".join(parts)


def rules_in_use() -> Found:
    """The official rule sets, each file as the manifest knows it. Raises `RulesUnavailable`."""
    from pdp_bridge.validation.rulesets import rule_sets, verify  # noqa: PLC0415 - lxml, when it is asked for

    for rules in rule_sets().values():
        verify(rules)
    return Found(", ".join(sorted(rule_sets())))
