"""Looks at one part of the installation, for `doctor`: what was found, or what is to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pdp_bridge.errors import BridgeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One check of the installation: what was looked at, whether it is well, and what was found or is to be done."""

    name: str
    ok: bool
    detail: str
    error: BridgeError | None = None  # what was raised, when it was on purpose


def probe(name: str, look: Callable[[], str]) -> Probe:
    """What `look` found; never raises for a part that is unwell."""
    try:
        return Probe(name=name, ok=True, detail=look())
    except BridgeError as error:
        return Probe(name=name, ok=False, detail=str(error), error=error)
    except OSError as error:
        return Probe(name=name, ok=False, detail=str(error))


def rules_in_use() -> str:
    """The official rule sets, each file as the manifest knows it. Raises `RulesUnavailable`."""
    from pdp_bridge.validation.rulesets import rule_sets, verify  # noqa: PLC0415 - lxml, when it is asked for

    for rules in rule_sets().values():
        verify(rules)
    return ", ".join(sorted(rule_sets()))
