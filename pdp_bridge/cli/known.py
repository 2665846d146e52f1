"""Commands that show what the journal knows: status, history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.companies import Done, bridge_with, by_holder, in_turn
from pdp_bridge.cli.drifting import of_drift, told
from pdp_bridge.cli.marking import of_written, told_written
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang, Reference
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import print_json, results
from pdp_bridge.cli.session import bridge, known
from pdp_bridge.cli.words import _

if TYPE_CHECKING:
    from pathlib import Path

    from pdp_bridge.bridge import Bridge
    from pdp_bridge.journal.store import SqlJournal
    from pdp_bridge.ports import Entry
    from pdp_bridge.rules.rejection import Complaint


def status(
    references: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REFERENCE", help=_("Invoice numbers or ids; without any, all invoices."), show_default=False
        ),
    ] = None,
    *,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge status [REFERENCE…]`."""
    del lang, debug
    if references:
        return _some(config, company, references, as_json=as_json)

    def act(line: Bridge) -> Done:
        journal = line.journal
        return Done(
            code=ExitCode.DONE,
            payload=(payload.of_entry(entry, _complaints(journal, entry)) for entry in journal.entries()),
            told=lambda: _tell_all(journal.entries()),
        )

    return in_turn(act, config, company, as_json=as_json)


def _tell_all(entries: Iterator[Entry]) -> None:
    """Every invoice, a table for each page: nobody's journal is too long."""
    told = False
    while page := list(islice(entries, ROWS)):
        results().print(tables.of_entries(page))
        told = True
    if not told:
        results().print(_("The journal is empty: run `pdp-bridge pull` first."))


ROWS = 500
"""Invoices in one table."""


def _some(config: Path | None, company: str | None, references: Sequence[str], *, as_json: bool) -> ExitCode:
    """These invoices, whoever's they are."""
    shown: list[_Shown] = []
    for name, wanted in by_holder(config, company, references):
        with bridge(config, company=name) as line:
            shown += [_shown(line, known(line, reference)) for reference in wanted]
    if as_json:
        print_json([each.payload for each in shown])
    else:
        for each in shown:
            for part in each.parts:
                results().print(part)
    return ExitCode.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One invoice in full, for programs and for people."""

    payload: dict[str, object]
    parts: Sequence[RenderableType]


def _shown(line: Bridge, entry: Entry) -> _Shown:
    """With its drift, and what Facturation.pro was told of it."""
    from pdp_bridge.journal.written import WrittenBack

    complaints = _complaints(line.journal, entry)
    drift = next(iter(line.drift(entry.source_id)), None) if line.settings.seller else None
    written = WrittenBack(line.journal).of(entry.source_id)
    found = {"drift": of_drift(drift) if drift else None, "write_back": of_written(written)}
    told_back = told_written(written)
    return _Shown(
        payload={**payload.of_entry(entry, complaints), **found},
        parts=[
            tables.of_entry(entry, complaints),
            *([told_back] if told_back else []),
            *(told(drift) if drift else []),
        ],
    )


def _complaints(journal: SqlJournal, entry: Entry) -> Sequence[Complaint]:
    """What the platform, or the buyer, found wrong with one invoice."""
    from pdp_bridge.rules.rejection import complaints

    if entry.submission_id is None or entry.summary is None or entry.summary.reason is None:
        return ()
    return complaints(journal.events(entry.submission_id))


def history(
    reference: Reference,
    *,
    refresh: Annotated[
        bool, typer.Option("--refresh", metavar="", help=_("Ask the platform first. Its limit is very low: seldom."))
    ] = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge history REFERENCE`."""
    del lang, debug
    with bridge_with(config, company, reference) as line:
        entry = known(line, reference)
        events = line.history(reference, refresh=refresh)
    if as_json:
        print_json([payload.of_event(event) for event in events])
    elif events:
        results().print(tables.of_events(events))
    elif entry.submission_id is None:
        results().print(_("This invoice was not sent: it has no history."))
    else:
        results().print(_("No status yet: verdicts come some time after the deposit. Run `pdp-bridge sync`."))
    return ExitCode.DONE
