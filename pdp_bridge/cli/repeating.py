"""Commands that may come back by themselves: `--every`, `--budget`, and a clean stop on signals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

import typer

from pdp_bridge.cli.outcome import ExitCode, code_of, tell
from pdp_bridge.cli.screen import errors
from pdp_bridge.cli.words import _
from pdp_bridge.errors import BridgeError, ConfigError
from pdp_bridge.schedule import Rhythm, Turn, turns, until_signalled

SECONDS = {"s": 1, "m": 60, "h": 3600}
SHORTEST = 60
"""Seconds between two turns: Facturation.pro and Iopole limit how often they are asked."""


def seconds(text: str, *, least: int = SHORTEST) -> int:
    """`5m`, `1h`, `90s` in seconds. Raises `typer.BadParameter`.

    >>> seconds("15m"), seconds("1h"), seconds("90s")
    (900, 3600, 90)
    """
    found = re.fullmatch(r"([1-9][0-9]{0,4})([smh])", text.strip())
    count = int(found[1]) * SECONDS[found[2]] if found else 0
    if count < least:
        raise typer.BadParameter(_("write a time such as 15m or 1h, {least} seconds at least").format(least=least))
    return count


Every = Annotated[
    str | None,
    typer.Option(
        "--every",
        metavar="TIME",
        help=_("Stay, and do it again so often (5m, 1h), with some jitter, until Ctrl-C or a termination signal."),
        show_default=False,
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help=_("End between two invoices after so long (10m); the next time takes up what is left."),
        show_default=False,
    ),
]


def repeated(act: Callable[[Turn], ExitCode], every: str | None, budget: str | None) -> ExitCode:
    """`act` once, or in a rhythm until a signal; the exit code of the last turn.

    In a rhythm, a service that is down or another instance at work is told, and the next turn tries again; settings
    that must be corrected end it. A signal ends the work between two invoices.
    """
    limit = None if budget is None else seconds(budget, least=1)
    with until_signalled() as stop:
        if every is None:
            return act(Turn(stop, limit))
        code = ExitCode.DONE

        def tolerant(turn: Turn) -> None:
            nonlocal code
            try:
                code = act(turn)
            except ConfigError:
                raise
            except BridgeError as error:
                tell(error)
                code = code_of(error)

        turns(tolerant, Rhythm(every_seconds=seconds(every), budget_seconds=limit), stop)
        errors().print(_("Stopped. What is left waits for the next time."))
        return code
