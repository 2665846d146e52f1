"""Commands that tell the rules: explain (one), rules (all of them, and which of them our documents meet)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from pdp_bridge.cli import payload
from pdp_bridge.cli.options import AsJson, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import errors, plain, print_json, results, safe, styled
from pdp_bridge.cli.words import _, day, language, place, several
from pdp_bridge.model.report import Severity
from pdp_bridge.rules.screens import screen
from pdp_bridge.rules.sources import in_french

if TYPE_CHECKING:
    from pdp_bridge.rules.record import Rule, RulesOfSet

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
        "screen": screen(advice.field, french=False) if advice and advice.field else None,
        "screen_fr": screen(advice.field, french=True) if advice and advice.field else None,
        "advice": advice.en if advice else None,
        "advice_fr": advice.fr if advice else None,
        "fails": example.fails if example else None,
        "passes": example.passes if example else None,
        "said": rule.said,
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
    own = rule.rule_set.startswith(("pdp-bridge", "iopole"))
    sentence = None if own and language() == "fr" else rule.statement
    return (
        (_("Rule"), sentence),
        (_("Source"), in_french(rule.source) if language() == "fr" else rule.source),
        (_("Term"), rule.term),
        (_("Field"), place(advice.field) if advice else None),
        (_("What to do"), told),
        (_("Example of the message"), rule.said),
    )


def rules(
    *,
    coverage: Annotated[
        bool,
        typer.Option("--coverage", metavar="", help=_("The official rules that our documents meet.")),
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge rules [--coverage]`."""
    del config, lang, debug
    if coverage:
        _cover(as_json=as_json)
    else:
        _list(as_json=as_json)
    return ExitCode.DONE


def _list(*, as_json: bool) -> None:
    from pdp_bridge.rules.catalogue import every_set

    listed = every_set()
    if as_json:
        print_json([_of_set(each) for each in listed])
        return
    console = results()
    for each in listed:
        since = _("from {day}").format(day=day(each.valid_from)) if each.valid_from else ""
        until = _("until {day}").format(day=day(each.valid_until)) if each.valid_until else ""
        unused = "" if each.in_use else _("not in use")
        told = ", ".join(
            part
            for part in (
                several("{count} rule", "{count} rules", len(each.rules)).format(count=len(each.rules)),
                since,
                until,
                unused,
            )
            if part
        )
        console.print(f"[bold]{safe(each.id)}[/]  {safe(told)}  [dim]{safe(each.origin)}[/]", soft_wrap=True)
        if not each.official:
            for rule in each.rules:
                console.print(f"  {safe(rule.id)}  [dim]{safe(_sentence(rule))}[/]", soft_wrap=True)


def _of_set(each: RulesOfSet) -> dict[str, object]:
    return {
        "rule_set": each.id,
        "origin": each.origin,
        "official": each.official,
        "in_use": each.in_use,
        "valid_from": payload.day(each.valid_from),
        "valid_until": payload.day(each.valid_until),
        "rules": [of_rule(rule) for rule in each.rules],
    }


def _sentence(rule: Rule) -> str:
    return rule.advice.fr if rule.advice and language() == "fr" else rule.statement


def _cover(*, as_json: bool) -> None:
    from pdp_bridge.rules.coverage import covered

    found = covered()
    if as_json:
        print_json([asdict(one) for one in found])
        return
    console = results()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for title in (_("Rule"), _("Passes"), _("Fails")):
        table.add_column(title, overflow="fold", no_wrap=title == _("Rule"))
    for one in found:
        if one.met:
            table.add_row(safe(one.rule), safe(", ".join(one.cases)), safe("\n".join(one.mutants) or one.reason or ""))
    console.print(table)
    for name in dict.fromkeys(one.rule_set for one in found):
        mine = [one for one in found if one.rule_set == name]
        met = [one for one in mine if one.met]
        console.print(
            _("{name}: {met} of {count} assertions are met by our documents, {broken} of them with a mutant.").format(
                name=f"[bold]{safe(name)}[/]",
                met=len(met),
                count=len(mine),
                broken=sum(bool(one.mutants) for one in met),
            ),
            soft_wrap=True,
        )
