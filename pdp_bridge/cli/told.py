"""The command notices: what needs a person now, and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pdp_bridge.cli import payload
from pdp_bridge.cli.companies import Done, in_turn
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import results, safe, styled
from pdp_bridge.cli.words import _, language, moment

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.journal.notices import Raised


def notices(
    *, company: Company = None, as_json: AsJson = False, config: Config = None, lang: Lang = None, debug: Debug = False
) -> int:
    """`pdp-bridge notices`."""
    del lang, debug

    def act(line: Bridge) -> Done:
        found = line.notices()
        return Done(
            code=ExitCode.NEEDS_A_PERSON if found else ExitCode.DONE,
            payload=[_of_raised(each) for each in found],
            told=lambda: _tell(found),
        )

    return in_turn(act, config, company, as_json=as_json)


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
        _("not told by {channel}: {problem}").format(channel=channel, problem=problem or "–")
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
