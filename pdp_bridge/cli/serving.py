"""The command that stays: serve (Iopole's callbacks, health, metrics, and runs beside them)."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.repeating import seconds
from pdp_bridge.cli.screen import errors, print_json, results
from pdp_bridge.cli.words import _

if TYPE_CHECKING:
    from pdp_bridge.settings import Settings


def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", metavar="ADDRESS", help=_("Where to listen; by default webhook.host."), show_default=False
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="PORT",
            min=0,
            max=65535,
            help=_("On which port; 0 takes a free one; by default webhook.port."),
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="TIME",
            help=_("Also run and sync, at once and then so often, e.g. 15m, 1h; without it another process must."),
            show_default=False,
        ),
    ] = None,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge serve`: receives callbacks until Ctrl-C or a termination signal."""
    del lang, debug
    from pdp_bridge.server.beside import rounds
    from pdp_bridge.server.serving import serve as receive

    given = {"webhook.host": host, "webhook.port": port}
    companies = served(config, company, {name: value for name, value in given.items() if value is not None})
    settings, rhythm = companies[0], None if every is None else seconds(every)
    if rhythm is not None:
        for each in companies:
            each.require("seller", "source", "platform")
    log_to_stderr()

    def announce(address: str) -> None:
        prefix = settings.webhook.path_prefix
        if as_json:
            print_json({"address": address, "path_prefix": prefix, "pid": os.getpid()})
        else:
            results().print(_("Callbacks are received at {address}.").format(address=f"{address}{prefix}/…"))
            errors().print(_("Ctrl-C stops it, once the request in hand is answered."))
        sys.stdout.flush()

    receive(settings, announce=announce, beside=None if rhythm is None else rounds(companies, rhythm))
    return ExitCode.DONE


def served(config: Path | None, company: str | None, arguments: Mapping[str, object]) -> list[Settings]:
    """The settings of each company to work for: they share the journal and the addresses of the callbacks."""
    from pdp_bridge.settings import companies, load

    names = (company,) if company else companies(config) or (None,)
    return [load(config, arguments=arguments, company=name) for name in names]


def log_to_stderr() -> None:
    """One line for each thing that happens, in UTC; of other libraries only what is wrong."""
    handler = logging.StreamHandler()
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("pdp_bridge").setLevel(logging.INFO)
