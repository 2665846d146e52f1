"""Commands for more than one machine: worker (a share of the work), journal move (to another database)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.repeating import seconds
from pdp_bridge.cli.screen import errors, print_json, progress, results, safe
from pdp_bridge.cli.serving import log_to_stderr, served
from pdp_bridge.cli.words import _
from pdp_bridge.errors import ConfigError

if TYPE_CHECKING:
    from pdp_bridge.settings import Settings


def worker(
    *,
    every: Annotated[
        str,
        typer.Option(
            "--every", metavar="TIME", help=_("How often all workers together pull and sync, e.g. 5m, 15m, 1h.")
        ),
    ] = "15m",
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            metavar="N",
            min=0,
            max=64,
            help=_("Processes that draw and check, with several invoices under way; 0: one invoice after the other."),
        ),
    ] = 0,
    company: Company = None,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge worker`: does its share until Ctrl-C or a termination signal."""
    del lang, debug
    settings = served(config, company, {})
    for each in settings:
        each.require("seller", "source", "platform")
    _require_postgresql(settings[0])
    try:
        from pdp_bridge.worker.working import Pace, cron, work
    except ModuleNotFoundError as error:
        raise ConfigError(
            _("Workers need their queue: pip install 'pdp_bridge[worker]'"), key="database_url"
        ) from error
    from pdp_bridge.schedule import until_signalled

    pace = Pace(every_seconds=seconds(every))
    cron(pace.every_seconds, "")
    log_to_stderr()
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what it tells of its jobs, we tell in our words
    with until_signalled() as stop:
        errors().print(_("At work beside the other workers; Ctrl-C ends it after the invoices in hand."))
        work(settings, stop, pace=pace, workers=workers)
    errors().print(_("Stopped. What is left waits for the other workers, or for the next time."))
    return ExitCode.DONE


def _require_postgresql(settings: Settings) -> None:
    from pdp_bridge.journal.presence import is_shared

    if not is_shared(settings.database_url):
        raise ConfigError(
            _(
                "Workers share a journal in PostgreSQL, and this one is in a file: carry it over with pdp-bridge "
                "journal move, and set PDP_BRIDGE_DATABASE_URL. On one machine, pdp-bridge run --workers needs neither."
            ),
            key="database_url",
        )


def move(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help=_("The new, empty database: postgresql://user@host/name or sqlite:////folder/journal.db."),
            show_default=False,
        ),
    ],
    *,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge journal move URL`."""
    del lang, debug
    import time
    from contextlib import closing

    from pdp_bridge.clock import utc_now
    from pdp_bridge.composition import Composition
    from pdp_bridge.journal.moving import move as carried

    settings = served(config, company, {})[0]
    parts = Composition(settings, clock=utc_now, sleep=time.sleep, watch=None)
    with closing(parts), parts.alone(), progress() as watch:
        moved = carried(settings.database_url, url, watch or _unwatched)
    if as_json:
        print_json({"address": moved.address, "rows": dict(moved.rows)})
        return ExitCode.DONE
    told = _("The journal is at {address} now: {invoices} invoices, {rows} rows, compared one by one.")
    counts = {"invoices": moved.rows["invoice"], "rows": sum(moved.rows.values())}
    results().print("[green]✓[/] " + told.format(address=safe(moved.address), **counts), soft_wrap=True)
    if moved.rows["archive"]:
        told = _("The archive files stay in {folder}: every machine needs that folder (PDP_BRIDGE_ARCHIVE).")
        results().print(safe(told.format(folder=settings.archive)), soft_wrap=True)
    results().print(
        _("Set PDP_BRIDGE_DATABASE_URL to it, on every machine. The old journal is kept, and refuses work."),
        soft_wrap=True,
    )
    return ExitCode.DONE


def _unwatched(stage: str, done: int, total: int | None, what: str) -> None:
    """Nobody looks on."""
