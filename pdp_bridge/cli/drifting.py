"""The command drift, and how a drift is told: what was sent, beside what the source shows now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from pdp_bridge.cli import payload
from pdp_bridge.cli.companies import Done, by_holder, in_turn
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import plain, print_json, results, safe, styled
from pdp_bridge.cli.session import bridge, known
from pdp_bridge.cli.tables import DASH
from pdp_bridge.cli.words import _, language, sentence, several

if TYPE_CHECKING:
    from pathlib import Path

    from pdp_bridge.audit.drift import Drift
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.model.drift import Change

WIDEST = 200
"""Characters of a value that the screen shows."""


def drift(
    references: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REFERENCE", help=_("Invoice numbers or ids; without any, all invoices."), show_default=False
        ),
    ] = None,
    *,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh",
            metavar="",
            help=_("Ask Facturation.pro first, fifty invoices a request: finds those deleted for good."),
        ),
    ] = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge drift [REFERENCE…]`."""
    del lang, debug
    if references:
        return _some(config, company, references, refresh=refresh, as_json=as_json)

    def act(line: Bridge) -> Done:
        found = line.drift(refresh=refresh)
        return Done(code=_code(found), payload=[of_drift(each) for each in found], told=lambda: _tell(found))

    return in_turn(act, config, company, *_needs(refresh=refresh), as_json=as_json)


def _needs(*, refresh: bool) -> tuple[str, ...]:
    return ("seller", "source") if refresh else ("seller",)


def _some(
    config: Path | None, company: str | None, references: Sequence[str], *, refresh: bool, as_json: bool
) -> ExitCode:
    found: list[Drift] = []
    for name, wanted in by_holder(config, company, references):
        with bridge(config, *_needs(refresh=refresh), company=name) as line:
            found += line.drift(*(known(line, reference).source_id for reference in wanted), refresh=refresh)
    if as_json:
        print_json([of_drift(each) for each in found])
    else:
        _tell(found)
    return _code(found)


def _code(found: Iterable[Drift]) -> ExitCode:
    return ExitCode.NEEDS_A_PERSON if any(each.alarming for each in found) else ExitCode.DONE


def _tell(found: Sequence[Drift]) -> None:
    console = results()
    for each in found:
        console.print(styled("bold", safe(each.entry.number)))
        for part in told(each):
            console.print(part, soft_wrap=isinstance(part, str))
    alarming = sum(each.alarming for each in found)
    if alarming:
        text = several(
            "{count} invoice is no longer in Facturation.pro what was sent: what was sent stands.",
            "{count} invoices are no longer in Facturation.pro what was sent: what was sent stands.",
            alarming,
        )
        console.print(styled("red", text.format(count=alarming)))
    elif not found:
        console.print("[green]✓[/] " + _("Everything that was sent is in Facturation.pro as it was sent."))


def told(found: Drift) -> list[Table | str]:
    """One drift for people: what happened, then the terms."""
    parts: list[Table | str] = []
    if found.gone is not None:
        parts.append("[red]✗[/] " + _gone(found.gone))
    if found.problem is not None:
        rule = f"[bold]{safe(found.problem.rule)}[/]"
        parts.append(f"[red]✗[/] {rule} " + _("it cannot be stated any more:") + f" {safe(sentence(found.problem))}")
    if found.changes:
        parts.append(of_changes(found.changes))
    if found.alarming:
        parts.append(_("Undo the change in Facturation.pro, or issue a credit note and a new invoice."))
    elif found.changes:
        parts.append(_("Only the customer's record was edited: nothing is to be done for this invoice."))
    return parts


def _gone(reason: str) -> str:
    known_reasons = {
        "deleted": _("It was deleted in Facturation.pro."),
        "draft": _("It is a draft again in Facturation.pro."),
        "external": _("It is an external invoice in Facturation.pro now."),
    }
    text = _("Facturation.pro does not show it as an invoice to be sent any more ({reason}).")
    return known_reasons.get(reason) or text.format(reason=safe(reason))


def of_changes(changes: Sequence[Change]) -> Table:
    """Term by term: what was sent, and what is there now."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for title in (_("Term"), _("Name"), _("Sent"), _("Now")):
        table.add_column(title, no_wrap=title == _("Term"), overflow="fold")
    for change in changes:
        name = change.label_fr if language() == "fr" else change.label
        place = _line_of(change.path)
        table.add_row(
            safe(change.term),
            safe(f"{name} ({place})" if place else name),
            _value(change.before),
            _value(change.after),
        )
    return table


def _line_of(path: str) -> str:
    """Which line a path is in, counted from 1; empty for what is of the whole invoice."""
    head, bracket, rest = path.partition("[")
    if head != "lines" or not bracket:
        return ""
    return _("line {number}").format(number=int(rest.partition("]")[0]) + 1)


def _value(text: str | None) -> str:
    if text is None:
        return DASH
    shown = plain(text)
    return safe(shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…")


def of_drift(found: Drift) -> dict[str, object]:
    """One drift, as `drift --json` shows it."""
    return {
        "number": found.entry.number,
        "source_id": found.entry.source_id,
        "submission_id": found.entry.submission_id,
        "alarming": found.alarming,
        "gone": found.gone,
        "problem": payload.of_finding(found.problem) if found.problem else None,
        "changes": [
            {
                "term": change.term,
                "path": change.path,
                "label": change.label,
                "label_fr": change.label_fr,
                "sent": change.before,
                "now": change.after,
                "of_customer": change.of_customer,
            }
            for change in found.changes
        ],
    }
