"""The command that tries another edition of the official rules on what was sent: rehearse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.companies import Done, in_turn
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import results, safe, styled
from pdp_bridge.cli.words import _, idle_reason, language, several
from pdp_bridge.errors import ConfigError

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.rules.rehearsal import Rehearsed
    from pdp_bridge.validation.rulesets import Pack


def rehearse(
    *,
    pack: Annotated[
        str, typer.Option("--pack", metavar="NEXT", help=_("A pack of the manifest, or a folder with a manifest."))
    ],
    last: Annotated[int, typer.Option("--last", min=1, help=_("How many of the invoices sent last."))] = 100,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge rehearse --pack NEXT`."""
    del lang, debug
    from pdp_bridge.rules.rehearsal import last_sent, rehearsed

    other = _pack(pack)

    def act(line: Bridge) -> Done:
        found: list[Rehearsed] = []
        entries = last_sent(line.journal, last)
        for one in rehearsed(line.journal, entries, other):
            found.append(one)
            line.watch("validate", len(found), len(entries), one.number)
        return Done(
            code=ExitCode.DONE if all(one.passes for one in found) else ExitCode.NEEDS_A_PERSON,
            payload=_told(other, found),
            told=lambda: _print(other, found),
        )

    return in_turn(act, config, company, as_json=as_json)


def _pack(name: str) -> Pack:
    from pdp_bridge.validation.rulesets import RulesUnavailable, pack_named

    try:
        return pack_named(name)
    except RulesUnavailable as problem:
        raise ConfigError(problem.french if language() == "fr" else str(problem)) from problem


def _told(pack: Pack, found: Sequence[Rehearsed]) -> dict[str, object]:
    return {
        "pack": pack.id,
        "rule_sets": [rules.id for rules in pack.sets],
        "rehearsed": len(found),
        "invoices": [
            {
                "number": one.number,
                "sha256": one.sha256,
                "passes": one.passes,
                "broken": [payload.of_finding(finding) for finding in one.broken],
                "mended": [payload.of_finding(finding) for finding in one.mended],
                "not_run": [payload.of_layer(layer) for layer in one.not_run],
            }
            for one in found
        ],
    }


def _print(pack: Pack, found: Sequence[Rehearsed]) -> None:
    console = results()
    many = several("{count} sent invoice", "{count} sent invoices", len(found)).format(count=len(found))
    console.print(f"[bold]{safe(pack.id)}[/]: {many}. " + _("Nothing was sent or recorded."), soft_wrap=True)
    for rule, count in Counter(finding.rule for one in found for finding in one.broken).most_common():
        console.print(f"  [red]✗[/] [bold]{safe(rule)}[/] × {count}", soft_wrap=True)
    for one in found:
        if not one.passes:
            console.print(f"\n[bold]{safe(one.number)}[/]")
            console.print(tables.of_findings(one.broken))
            for layer in one.not_run:
                console.print(f"  [yellow]○[/] {tables.layer_name(layer.name)}: {safe(idle_reason(layer))}")
    if all(one.passes for one in found):
        console.print(styled("green", _("All of them would still pass.")))
