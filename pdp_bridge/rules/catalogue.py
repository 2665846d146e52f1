"""One catalogue of rules: ours, those of the official files, and the reasons for which a platform rejects.

Ours are listed in `ours.json` with examples of every rule, made from the rule functions, the messages of the mapping
and the mutants by `tests/validation/make_catalogue.py`; a test compares. The official rules are read from the very
stylesheets that judge, and the advice on them is that of `validation.advice`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib import resources

from pdp_bridge.model.report import Severity
from pdp_bridge.rules.record import Example, Rule, RulesOfSet
from pdp_bridge.transmission.iopole.reasons import REASONS
from pdp_bridge.transmission.iopole.sayings import SAYINGS
from pdp_bridge.validation.advice import Advice, advice_on
from pdp_bridge.validation.rulesets import packs, rule_sets

PLATFORM = "iopole-2026-10"
"""Edition of the list of reasons of `transmission.iopole.reasons`."""

_ALIKE = 0.6
"""How alike an id must be to be proposed, from 0 to 1 (difflib)."""


@cache
def ours() -> Mapping[str, Rule]:
    """Our own rules by id, in the order of the layers."""
    return {entry["id"]: _rule(entry) for entry in _listed()}


@cache
def reasons() -> Mapping[str, Rule]:
    """The reasons of the platform, as rules."""
    return {
        reason: Rule(
            id=reason,
            rule_set=PLATFORM,
            statement=f"Reason given by {_SAID_BY[who]}.",
            source="Iopole API, rejectionDetail.reason",
            advice=Advice(field, english, french),
            said=SAYINGS[reason],
        )
        for reason, (who, field, english, french) in REASONS.items()
    }


_SAID_BY = {
    "REJECTED": "a platform when it rejects an invoice (213)",
    "UNACCEPTABLE": "Iopole when it cannot take a file (501)",
    "buyer": "the buyer when it refuses, disputes or suspends an invoice (206 to 210)",
}


@cache
def official() -> Mapping[str, Rule]:
    """Every rule of the official sets, each as its first set words it. Raises `RulesUnavailable`."""
    from pdp_bridge.rules.official import official_rules  # noqa: PLC0415 - lxml, only when an official text is shown

    order = sorted(rule_sets().values(), key=lambda rules: rules.id not in _FIRST)
    found: dict[str, Rule] = {}
    for rules in order:
        for identifier, rule in official_rules(rules).items():
            found.setdefault(identifier, replace(rule, example=_example(identifier)))
    return found


_FIRST = ("factur-x-1.09.2/en16931", "br-fr-flux2-cii-1.4.0.04")
"""The sets that judge what we send: their words come before those of other profiles."""


def every_set() -> list[RulesOfSet]:
    """Every edition of rules: ours, the reasons of the platform, each official set of each pack.

    Raises `RulesUnavailable`.
    """
    from pdp_bridge.rules.official import official_rules  # noqa: PLC0415 - see `official`

    mine = [
        RulesOfSet(
            id=name,
            origin="pdp-bridge",
            official=False,
            in_use=True,
            rules=tuple(rule for rule in ours().values() if rule.rule_set == name),
        )
        for name in dict.fromkeys(rule.rule_set for rule in ours().values())
    ]
    platform = RulesOfSet(id=PLATFORM, origin="Iopole", official=False, in_use=True, rules=tuple(reasons().values()))
    theirs = [
        RulesOfSet(
            id=rules.id,
            origin=rules.origin,
            official=True,
            in_use=rules.id in rule_sets(),
            rules=tuple(official_rules(rules).values()),
            valid_from=rules.valid_from,
            valid_until=rules.valid_until,
        )
        for pack in packs().values()
        for rules in pack.sets
    ]
    return [*mine, platform, *theirs]


def find(identifier: str) -> Rule | None:
    """The rule of that id, whatever its case; None when there is none. Raises `RulesUnavailable`."""
    wanted = identifier.strip().upper().rstrip(":")
    own = ours().get(wanted) or reasons().get(wanted)
    if own is not None:
        return replace(own, official=_official_like(wanted)) if "_" not in wanted else own
    return {known.upper(): rule for known, rule in official().items()}.get(wanted)


def nearest(identifier: str) -> list[str]:
    """Ids spelt alike, the likeliest first."""
    known = {rule.upper(): rule for rule in (*ours(), *reasons(), *official())}
    return [known[match] for match in get_close_matches(identifier.strip().upper(), known, n=3, cutoff=_ALIKE)]


def advice(identifier: str) -> Advice | None:
    """What to do about a rule or reason, without reading an official file; None when only its own words are known.

    >>> advice("BR-FR-05").field, advice("ROUTING_FAILURE").field, advice("BR-FR-MAP-09")
    ('mentions.recovery_cost', 'electronic_address', None)
    """
    rule = ours().get(identifier) or reasons().get(identifier)
    return rule.advice if rule is not None else advice_on(identifier)


def _official_like(identifier: str) -> tuple[str, ...]:
    """The official rules that ours of the same name stands for: BR-FR-05 for BR-FR-05_BT-22_PMT and its likes."""
    if not identifier.startswith("BR-"):
        return ()
    return tuple(known for known in official() if known == identifier or known.startswith(f"{identifier}_"))


def _rule(entry: Mapping[str, str]) -> Rule:
    return Rule(
        id=entry["id"],
        rule_set=entry["rule_set"],
        statement=entry["statement"],
        source=entry["source"],
        severity=Severity(entry["severity"]),
        term=entry.get("term"),
        advice=Advice(entry.get("field"), entry["en"], entry["fr"]),
        example=_example(entry["id"]),
    )


def _example(identifier: str) -> Example | None:
    found = _examples().get(identifier)
    return Example(fails=found[0], passes=found[1]) if found else None


@cache
def _listed() -> tuple[Mapping[str, str], ...]:
    listed: list[dict[str, str]] = json.loads(_text())["rules"]
    return tuple(listed)


@cache
def _examples() -> Mapping[str, Sequence[str]]:
    """Id → what fails, what passes."""
    examples: dict[str, list[str]] = json.loads(_text())["examples"]
    return examples


def _text() -> str:
    return resources.files("pdp_bridge.rules").joinpath("ours.json").read_text("utf-8")
