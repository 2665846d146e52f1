"""What an official rule set finds in a message: nothing, told cheaply, or its findings, told by the official file.

Most invoices are clean. The stylesheet that `rewriting` derives from the official one says so twenty times faster, and
that is all it is believed for: at the first finding, or when the engine stops, the official file judges the message
again, and what it finds is what is told. It also judges one clean message in a thousand, and if it finds anything
there the derived stylesheet is not used again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cache
from itertools import count

from lxml import etree

from pdp_bridge.model.report import Finding
from pdp_bridge.validation import svrl
from pdp_bridge.validation.anatomy import NotAsExpected
from pdp_bridge.validation.rewriting import rewritten
from pdp_bridge.validation.rulesets import RuleSet, RulesUnavailable, content, verify
from pdp_bridge.validation.saxon import Undecided, transformed

_log = logging.getLogger(__name__)

JUDGED_TWICE = 1000
"""One in so many clean messages is judged by the official file too."""


@dataclass(frozen=True, slots=True)
class Message:
    """An invoice as the rules read it: its root element, and the same as text."""

    root: etree._Element
    text: str


def findings(rules: RuleSet, message: Message) -> tuple[Finding, ...]:
    """What the set finds in a message whose schema is valid, in document order.

    Raises `RulesUnavailable`, and `Undecided` when the official stylesheet stops in the middle.
    """
    verify(rules)
    shortcut = _shortcut(rules)
    clean = shortcut.finds_nothing(message)
    if clean and next(shortcut.taken) % JUDGED_TWICE:
        return ()
    try:
        told = svrl.findings(transformed(rules.schematron, message.text), message.root)
    except Undecided:
        if clean:
            shortcut.distrust("the official stylesheet stops on a message where it found nothing")
        raise
    if clean and told:
        shortcut.distrust(f"it missed {told[0].rule}")
    return told


@dataclass(slots=True)
class _Shortcut:
    """The derived stylesheet of one set; `stylesheet` is None when there is none, or none any more."""

    rule_set: str
    stylesheet: str | None
    taken: count[int] = field(default_factory=lambda: count(1))

    def finds_nothing(self, message: Message) -> bool:
        """True only when every rule was asked and there is nothing to tell."""
        if self.stylesheet is None:
            return False
        try:
            return svrl.silent(transformed(self.stylesheet, message.text))
        except (Undecided, etree.XMLSyntaxError):  # their words may quote the invoice
            _log.debug("rule_set=%s the derived stylesheet gave no report", self.rule_set)
        except RulesUnavailable as problem:
            self.stylesheet = None
            _log.warning("rule_set=%s does without its derived stylesheet: %s", self.rule_set, problem)
        return False

    def distrust(self, why: str) -> None:
        """Do without, until the process ends."""
        self.stylesheet = None
        _log.error(
            "rule_set=%s the derived stylesheet is wrong (%s): judged by the official one only from here on; "
            "what this process passed before should be judged again",
            self.rule_set,
            why,
        )


@cache
def _shortcut(rules: RuleSet) -> _Shortcut:
    folder = rules.schematron.parent
    try:
        stylesheet = rewritten(content(rules, rules.schematron), lambda name: content(rules, folder / name))
    except (NotAsExpected, RulesUnavailable, etree.XMLSyntaxError) as problem:
        _log.info("rule_set=%s has no derived stylesheet: %s", rules.id, problem)
        return _Shortcut(rules.id, None)
    return _Shortcut(rules.id, stylesheet)
