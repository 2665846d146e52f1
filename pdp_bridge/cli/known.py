"""Commands that show what the journal knows: status, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.options import AsJson, Config, Debug, Lang, Reference
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import print_json, results
from pdp_bridge.cli.session import bridge, known
from pdp_bridge.cli.words import _

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
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
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge status [REFERENCE…]`."""
    del lang, debug
    with bridge(config) as line:
        entries = [known(line, reference) for reference in references] if references else list(line.entries())
        told = {entry.source_id: _complaints(line, entry) for entry in entries} if references or as_json else {}
    if as_json:
        print_json([payload.of_entry(entry, told[entry.source_id]) for entry in entries])
    elif references:
        for entry in entries:
            results().print(tables.of_entry(entry, told[entry.source_id]))
    elif entries:
        results().print(tables.of_entries(entries))
    else:
        results().print(_("The journal is empty: run `pdp-bridge pull` first."))
    return ExitCode.DONE


def _complaints(line: Bridge, entry: Entry) -> Sequence[Complaint]:
    """What the platform, or the buyer, found wrong with one invoice."""
    from pdp_bridge.rules.rejection import complaints

    if entry.submission_id is None or entry.summary is None or entry.summary.reason is None:
        return ()
    return complaints(line.journal.events(entry.submission_id))


def history(
    reference: Reference,
    *,
    refresh: Annotated[
        bool, typer.Option("--refresh", metavar="", help=_("Ask the platform first. Its limit is very low: seldom."))
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge history REFERENCE`."""
    del lang, debug
    with bridge(config) as line:
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
