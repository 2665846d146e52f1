"""How the checks speak: one constructor for a finding of ours, how a value is shown, and why there is no verdict."""

from __future__ import annotations

from decimal import Decimal

from pdp_bridge.model.document import Document
from pdp_bridge.model.report import Finding, Layer, Severity

_LONGEST = 80
"""Characters of a value repeated in a finding: enough to recognise it, not to carry a whole text."""


class NoVerdict(Exception):
    """A check cannot say yes or no. `str` is why in English, `french` in French."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english, french)
        self.french = french

    def __str__(self) -> str:
        return str(self.args[0])


def unjudged(name: str, rule_set: str, why: NoVerdict) -> Layer:
    """The layer that could not run, for the reason that stopped it."""
    return Layer.not_run(name, rule_set, str(why), why.french)


def unread(name: str, rule_set: str, document: Document) -> Layer:
    """The layer that looks at an invoice, where none could be read."""
    english = document.problem or "the message could not be read"
    return Layer.not_run(name, rule_set, english, document.problem_fr or "le message n’a pas pu être lu")


def error(
    rule: str,
    english: str,
    french: str,
    *,
    term: str | None = None,
    field: str | None = None,
    value: object = None,
    location: str | None = None,
) -> Finding:
    """A broken rule that stops the sending. `english` and `french`: one sentence each, saying what to do."""
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        message=english,
        message_fr=french,
        term=term,
        field=field,
        value=shown(value),
        location=location,
    )


def warning(
    rule: str,
    english: str,
    french: str,
    *,
    term: str | None = None,
    field: str | None = None,
    value: object = None,
    location: str | None = None,
) -> Finding:
    """Something a person should read; the sending goes on."""
    return Finding(
        rule=rule,
        severity=Severity.WARNING,
        message=english,
        message_fr=french,
        term=term,
        field=field,
        value=shown(value),
        location=location,
    )


def french_figure(number: Decimal) -> str:
    """A number as a French sentence writes it, with its own decimals.

    >>> french_figure(Decimal("-12345.60")).replace("\\u202f", " ")
    '-12 345,60'
    """
    return f"{number:,f}".replace(",", "\u202f").replace(".", ",")


def french_rate(name: str) -> str:
    """A VAT category and rate as a French sentence writes it.

    >>> french_rate("S 5.5 %").replace("\\u00a0", "_")
    'S_5,5_%'
    """
    return name.replace(".", ",").replace(" ", "\u00a0")


def shown(value: object) -> str | None:
    """A value as a finding repeats it: on one line, shortened; None stays None.

    >>> shown("a\\n b"), shown(None)
    ('a b', None)
    """
    if value is None:
        return None
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
