"""Commands that tell the rules: explain (one), rules (all of them, and which of them our documents meet)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli.options import AsJson, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import errors, plain, print_json, results, safe, styled
from pdp_bridge.cli.words import _, language
from pdp_bridge.model.report import Severity

if TYPE_CHECKING:
    from pdp_bridge.rules.record import Rule

_SHOWN = 8
"""Official rules named at most on one page."""


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help=_("Id of a rule, or a reason given by Iopole."))],
    *,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge explain RULE`."""
    del config, lang, debug
    from pdp_bridge.rules.catalogue import find, nearest, official

    found = find(rule)
    if found is None:
        near = nearest(rule)
        unknown = _("No rule is called {rule}.").format(rule=plain(rule))
        hint = _("Did you mean {numbers}?").format(numbers=", ".join(near)) if near else _("See `pdp-bridge rules`.")
        errors().print(styled("bold red", _("Error:")) + " " + safe(f"{unknown} {hint}"), soft_wrap=True)
        return ExitCode.CONFIGURATION
    texts = [official()[identifier].statement for identifier in found.official]
    if as_json:
        print_json(of_rule(found) | {"official_texts": dict(zip(found.official, texts, strict=True))})
    else:
        _print(found, texts)
    return ExitCode.DONE


def of_rule(rule: Rule) -> dict[str, object]:
    """One rule, as `--json` shows it."""
    advice, example = rule.advice, rule.example
    return {
        "rule": rule.id,
        "rule_set": rule.rule_set,
        "severity": str(rule.severity),
        "statement": rule.statement,
        "source": rule.source,
        "term": rule.term,
        "field": advice.field if advice else None,
        "advice": advice.en if advice else None,
        "advice_fr": advice.fr if advice else None,
        "fails": example.fails if example else None,
        "passes": example.passes if example else None,
        "official": list(rule.official),
    }


def _print(rule: Rule, official: Sequence[str]) -> None:
    console = results()
    severity = _("error") if rule.severity is Severity.ERROR else _("warning")
    console.print(f"[bold]{safe(rule.id)}[/] [dim]({safe(rule.rule_set)}, {severity})[/]", soft_wrap=True)
    for label, text in _lines(rule):
        if text:
            console.print(f"  [dim]{label}[/]  {safe(text)}", soft_wrap=True)
    for identifier, text in list(zip(rule.official, official, strict=True))[:_SHOWN]:
        console.print(f"  [dim]{safe(identifier)}[/]  {safe(text)}", soft_wrap=True)
    if rule.example:
        for mark, heading, lines in (
            ("[red]✗[/]", _("Fails"), rule.example.fails),
            ("[green]✓[/]", _("Passes"), rule.example.passes),
        ):
            console.print(f"  {mark} [bold]{heading}[/]")
            for line in (lines or _("(nothing)")).splitlines():
                console.print(f"      {safe(line)}", soft_wrap=True)


def _lines(rule: Rule) -> Sequence[tuple[str, str | None]]:
    """What a page says of a rule: in French, what to do stands for a sentence that exists in English only."""
    advice = rule.advice
    told = (advice.fr if language() == "fr" else advice.en) if advice else None
    own = rule.rule_set.startswith("pdp-bridge")
    sentence = None if own and language() == "fr" else rule.statement
    return (
        (_("Rule"), sentence),
        (_("Source"), rule.source),
        (_("Term"), rule.term),
        (_("Field"), place(advice.field) if advice else None),
        (_("What to do"), told),
    )


_SETTINGS = ("seller.", "mentions", "policy.", "page.")


def place(field: str | None) -> str | None:
    """Where a field is: a key of the settings, or a field of Facturation.pro."""
    if field is None:
        return None
    if field.startswith(_SETTINGS):
        return _("{field}, in the settings").format(field=field)
    return _("{field}, in Facturation.pro").format(field=field)
