"""What is known of one rule, and of one set of rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pdp_bridge.model.report import Severity
from pdp_bridge.validation.advice import Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What breaks the rule, and the same that meets it: pieces of XML, or fields of Facturation.pro."""

    fails: str
    passes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `rule_set` is the id of its edition, `source` where it is written in law, standard or contract.

    `statement` is one sentence in English (in the official words where the rule is official: French for BR-FR).
    `advice` says what to do and in which field; None when only the official words are known.
    """

    id: str
    rule_set: str
    statement: str
    source: str
    severity: Severity = Severity.ERROR
    term: str | None = None  # BT- or BG-
    advice: Advice | None = None
    example: Example | None = None
    said: str | None = None  # what a platform says with a reason of its own, an example in its language
    official: tuple[str, ...] = ()  # ids of the official rules that check the same, e.g. BR-FR-05_BT-22_PMT


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesOfSet:
    """One edition of rules with all of them; the dates are those of official sets."""

    id: str
    origin: str
    official: bool
    in_use: bool
    rules: tuple[Rule, ...]
    valid_from: date | None = None
    valid_until: date | None = None
