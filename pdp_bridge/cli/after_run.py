"""What people are told after a run: what was done, and what remains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from pdp_bridge.cli import tables
from pdp_bridge.cli.screen import errors, results, safe, styled
from pdp_bridge.cli.words import _, several
from pdp_bridge.ports import Entry, State

if TYPE_CHECKING:
    from pdp_bridge.journal.standing import Standing
    from pdp_bridge.pipeline import RunResult


def tell_what_was_done(standing: Standing, result: RunResult) -> None:
    """Each invoice that the run had in hand; of very many, only those that it did not send."""
    console = results()
    sent = result.ended(State.SENT)
    told = list(result.outcomes)
    if len(told) > LONGEST_TABLE:
        console.print(several("{count} invoice sent.", "{count} invoices sent.", sent).format(count=sent))
        told = [name for name in told if result.outcomes[name] is not State.SENT]
    entries = sorted(standing.among(told), key=lambda entry: (entry.issue_date or date.min, entry.source_id))
    if entries or not result.outcomes:
        console.print(tables.of_entries(entries) if entries else _("Nothing was due."))


LONGEST_TABLE = 500
"""Invoices of a run of which each is shown."""


def tell_what_remains(stuck: Sequence[Entry], result: RunResult) -> None:
    """What waits for a person or for the next run, and what ended this one early, on the error stream."""
    console = errors()
    if stuck:
        text = several(
            "{count} invoice needs a person: see `pdp-bridge status NUMBER`, correct it, run again.",
            "{count} invoices need a person: see `pdp-bridge status NUMBER`, correct them, run again.",
            len(stuck),
        )
        console.print(f"[yellow]{text.format(count=len(stuck))}[/]")
        for entry in stuck:
            console.print(f"  {safe(entry.number)}: {safe(tables.why(entry))}", soft_wrap=True)
    awaited = len(set(result.unknown) - {entry.source_id for entry in stuck})
    if awaited:
        text = several(
            "{count} deposit without an answer: the next run looks for it before anything is sent again.",
            "{count} deposits without an answer: the next run looks for them before anything is sent again.",
            awaited,
        )
        console.print(f"[yellow]{text.format(count=awaited)}[/]")
    if result.unreachable:
        text = styled("yellow", _("Iopole could not be reached:"))
        console.print(text + " " + safe(result.unreachable), soft_wrap=True)
    if result.stopped:
        console.print(styled("yellow", _("Stopped. What is left waits for the next time.")))
    if result.refused:
        console.print(styled("bold red", _("Error:")) + " " + safe(result.refused), soft_wrap=True)
