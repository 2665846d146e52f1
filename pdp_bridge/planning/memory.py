"""An earlier plan as JSON, and back: what the data folder keeps for the next comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pdp_bridge.planning.decision import Memory, Plan, Remembered

EDITION = 1
"""Of the shape below; a file of another edition is not compared with."""


def to_json(plan: Plan) -> dict[str, object]:
    """What the next plan compares itself with: no amount, no name."""
    invoices = [
        {
            "source_id": each.source_id,
            "number": each.number,
            "group": each.group,
            "version": each.version,
            "rules": list(each.rules),
        }
        for each in plan.memory().invoices.values()
    ]
    return {"edition": EDITION, "made_at": plan.made_at.isoformat(), "invoices": invoices}


def from_json(value: object) -> Memory | None:
    """None for anything that is not such a file: then the plan is compared with the journal.

    >>> from_json({"edition": 1, "made_at": "2026-11-02T08:00:00+00:00", "invoices": []}).made_at.year
    2026
    >>> from_json("torn") is None
    True
    """
    if not isinstance(value, Mapping) or value.get("edition") != EDITION:
        return None
    try:
        made_at = datetime.fromisoformat(str(value["made_at"]))
        invoices = [_remembered(each) for each in value["invoices"]]
    except (KeyError, TypeError, ValueError):
        return None
    return Memory(invoices={each.source_id: each for each in invoices}, made_at=made_at)


def _remembered(value: Mapping[str, object]) -> Remembered:
    rules = value["rules"]
    return Remembered(
        source_id=str(value["source_id"]),
        number=str(value["number"]),
        group=str(value["group"]),
        version=str(value["version"]),
        rules=tuple(str(rule) for rule in rules) if isinstance(rules, Sequence) else (),
    )
