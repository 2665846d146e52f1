"""The command notices: what needs a person now, and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli import payload
from pdp_bridge.cli.companies import Done, in_turn
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import results, safe, styled
from pdp_bridge.cli.words import _, language, moment
from pdp_bridge.errors import ConfigError

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.journal.notices import Raised


def notices(
    *,
    test: Annotated[
        bool, typer.Option("--test", metavar="", help=_("Send a harmless notice over every channel of the settings."))
    ] = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge notices`."""
    del lang, debug
    if test:
        return in_turn(_tried, config, company, as_json=as_json)

    def act(line: Bridge) -> Done:
        found = line.notices()
        return Done(
            code=ExitCode.NEEDS_A_PERSON if found else ExitCode.DONE,
            payload=[_of_raised(each) for each in found],
            told=lambda: _tell(found),
        )

    return in_turn(act, config, company, as_json=as_json)


def _tried(line: Bridge) -> Done:
    """Each channel, and whether it took a notice. Raises `ConfigError` when there is none."""
    outcome = line.try_notices()
    if not outcome:
        raise ConfigError(_("No channel is set: nobody is told. Set one in [notices], then try again."), key="notices")
    return Done(
        code=ExitCode.CONFIGURATION if any(outcome.values()) else ExitCode.DONE,
        payload=dict(outcome),
        told=lambda: _tell_tried(outcome),
    )


def _tell_tried(outcome: Mapping[str, str | None]) -> None:
    console = results()
    for channel, problem in outcome.items():
        if problem is None:
            console.print(f"[green]✓[/] {channel}  " + _("took the notice: see that it arrives."), soft_wrap=True)
        else:
            console.print(f"[red]✗[/] {channel}  {safe(problem_words(problem))}", soft_wrap=True)


def problem_words(problem: str) -> str:
    """Why a channel did not take a notice: the journal keeps it in English."""
    known = {
        "the command was stopped after": _("the command was stopped after"),
        "the command cannot be started": _("the command cannot be started"),
        "the command ended with code": _("the command ended with code"),
        "the mail server answers": _("the mail server answers"),
        "the mail could not be handed over": _("the mail could not be handed over"),
        "the receiver cannot be reached": _("the receiver cannot be reached"),
        "the receiver answers": _("the receiver answers"),
    }
    for words, told in known.items():
        if problem.startswith(words):
            return told + problem.removeprefix(words)
    return problem


def _tell(found: Sequence[Raised]) -> None:
    from pdp_bridge.notices.digest import sentence

    console = results()
    if not found:
        console.print(_("Nothing needs a person."))
    for each in found:
        told = sentence(each.notice, language())
        console.print(f"[yellow]![/] {safe(told)}", soft_wrap=True)
        console.print("  " + styled("dim", safe(_whom(each))), soft_wrap=True)


def _whom(each: Raised) -> str:
    """Since when it is known, and who was told."""
    parts = [_("since {moment}").format(moment=moment(each.raised_at))]
    if each.told:
        parts.append(_("told: {channels}").format(channels=", ".join(each.told)))
    parts += [
        _("not told by {channel}: {problem}").format(channel=channel, problem=problem_words(problem or "–"))
        for channel, problem in each.problems
    ]
    return "; ".join(parts)


def _of_raised(each: Raised) -> dict[str, object]:
    from pdp_bridge.notices.digest import of_notice

    return {
        **of_notice(each.notice),
        "raised_at": payload.instant(each.raised_at),
        "told": list(each.told),
        "problems": dict(each.problems),
    }
