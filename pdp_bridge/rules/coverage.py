"""Which official rules our documents meet: the golden cases that pass each, the mutants that fail it.

The data is made by `tests/validation/make_coverage.py` with the page `fixtures/COVERAGE.md`; a test compares.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One assertion of an official set. `met`: its context is in a message that we write."""

    rule: str
    rule_set: str
    context: str  # XPath
    met: bool
    cases: tuple[str, ...] = ()  # golden cases that have the context and pass, a few of them
    mutants: tuple[str, ...] = ()  # messages that break it, a few of them
    schema_first: bool = False  # the XSD refuses every message that breaks it, before it is asked
    reason: str | None = None  # why it is not met, or why nothing breaks it


def covered() -> tuple[Covered, ...]:
    """Every assertion of the sets that judge what we send, in the order of their files."""
    text = resources.files("pdp_bridge.rules").joinpath("coverage.json").read_text("utf-8")
    return tuple(
        Covered(**{**entry, "cases": tuple(entry["cases"]), "mutants": tuple(entry["mutants"])})
        for entry in json.loads(text)
    )
