"""The command plan: what a run would do, told to people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.padding import Padding
from rich.table import Table

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.companies import Done, in_turn
from pdp_bridge.cli.line import skip_words
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import results, safe, styled
from pdp_bridge.cli.words import _, day, moment, price, sentence, several
from pdp_bridge.model.report import Severity
from pdp_bridge.planning.decision import AWAY, NEED_A_PERSON, SENT, Group

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.planning.decision import Change, Decision, Plan, Sum

ROWS = 20
"""Invoices listed under one reason; the others are counted, and `--all` lists them."""


def plan(
    *,
    everything: Annotated[bool, typer.Option("--all", metavar="", help=_("List every invoice, however many."))] = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge plan`."""
    del lang, debug

    def act(line: Bridge) -> Done:
        result = line.plan()
        return Done(
            code=ExitCode.NEEDS_A_PERSON if any(result.of(group) for group in NEED_A_PERSON) else ExitCode.DONE,
            payload=_of_plan(result),
            told=lambda: _tell(result, rows=None if everything else ROWS),
        )

    return in_turn(act, config, company, "seller", "source", as_json=as_json)


# -- for people ------------------------------------------------------------------------------------------------------


def _tell(result: Plan, rows: int | None) -> None:
    console = results()
    console.print(styled("bold", _("What a run would do now. Nothing was sent, nothing was recorded.")))
    if not result.decisions:
        console.print(_("Nothing is due."))
    for group in Group:
        decisions = result.of(group)
        if decisions:
            count = several("{count} invoice", "{count} invoices", len(decisions)).format(count=len(decisions))
            console.print(f"\n{_mark(group)} [bold]{_title(group)}[/] – {count}", soft_wrap=True)
            _tell_group(group, decisions, rows)
    if result.sums:
        console.print("\n" + styled("bold", _("Totals, as printed by Facturation.pro")))
        console.print(_of_sums(result.sums))
    for line in (*_remarks(result), *_told_changes(result, rows)):
        console.print(line, soft_wrap=True)


def _tell_group(group: Group, decisions: Sequence[Decision], rows: int | None) -> None:
    """Under each reason, the invoices it holds for; what is to be corrected is told invoice by invoice."""
    console = results()
    if group is Group.REFUSED:
        for decision in decisions:
            console.print(Padding(_heading(decision), (0, 0, 0, 2), expand=False))
            if decision.idle:
                console.print(Padding(safe(tables.not_run(decision.idle)), (0, 0, 0, 4), expand=False))
            errors = [finding for finding in decision.findings if finding.severity is Severity.ERROR]
            console.print(Padding(tables.of_findings(errors), (0, 0, 0, 4), expand=False))
        return
    for reason, alike in groupby(sorted(decisions, key=_why), key=_why):
        found = list(alike)
        if reason:
            console.print(Padding(safe(reason), (0, 0, 0, 2), expand=False))
        console.print(Padding(_of_decisions(found[:rows]), (0, 0, 0, 2), expand=False))
        if rows is not None and len(found) > rows:
            more = _("… and {count} more: --all lists them.").format(count=len(found) - rows)
            console.print(f"  {styled('dim', more)}")


def _why(decision: Decision) -> str:
    """The reason in a sentence; nothing for an invoice that is simply sent."""
    if decision.group in {Group.SEND, Group.PUBLIC}:
        return ""
    return sentence(decision.findings[0]) if decision.findings else tables.exactly(decision.reason)


def _mark(group: Group) -> str:
    marks = {
        Group.SEND: "[green]→[/]",
        Group.PUBLIC: "[green]→[/]",
        Group.HELD: "[blue]‖[/]",
        Group.REFUSED: "[red]✗[/]",
        Group.IN_DOUBT: "[yellow]…[/]",
        Group.FAILED: "[red]✗[/]",
    }
    return marks.get(group, "[cyan]↷[/]")


def _title(group: Group) -> str:
    """A group in words."""
    return {
        Group.SEND: _("To be sent"),
        Group.PUBLIC: _("To be sent to public bodies (Chorus Pro)"),
        Group.HELD: _("Held"),
        Group.B2C: _("Not sent: e-reporting of sales to consumers"),
        Group.INTERNATIONAL: _("Not sent: e-reporting of international sales"),
        Group.OUT_OF_SCOPE: _("Not sent: out of scope of e-invoicing"),
        Group.REFUSED: _("Refused by our checks: to be corrected"),
        Group.IN_DOUBT: _("Answer lost: looked up before anything is sent again"),
        Group.FAILED: _("Failed"),
    }[group]


def _heading(decision: Decision) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row(f"[bold]{safe(decision.number)}[/]", day(decision.issue_date), *_printed(decision))
    return grid


def _printed(decision: Decision) -> tuple[str, str]:
    """The buyer, and the total with VAT."""
    shown = decision.printed
    if shown is None:
        return tables.DASH, tables.DASH
    total = safe(price(shown.total_with_vat, shown.currency)) if shown.total_with_vat is not None else tables.DASH
    return safe(shown.buyer or "") or tables.DASH, total


def _of_decisions(decisions: Sequence[Decision]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(_("Invoice"), no_wrap=True)
    table.add_column(_("Dated"), no_wrap=True)
    table.add_column(_("Buyer"))
    table.add_column(_("Total with VAT"), justify="right", no_wrap=True)
    remarks = any(_remarked(decision) for decision in decisions)
    if remarks:
        table.add_column(_("To look at"))
    for decision in decisions:
        buyer, total = _printed(decision)
        shown = tables.cut(decision.printed.buyer) if decision.printed and decision.printed.buyer else buyer
        row = (safe(decision.number), day(decision.issue_date), shown, total)
        table.add_row(*row, *([safe(", ".join(_remarked(decision)))] if remarks else []))
    return table


def _remarked(decision: Decision) -> tuple[str, ...]:
    """Warnings of an invoice that is sent all the same."""
    return decision.rules if decision.group in {Group.SEND, Group.PUBLIC} else ()


def _of_sums(sums: Iterable[Sum]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("")
    for title in (_("Invoices"), _("Without VAT"), _("VAT"), _("Total with VAT")):
        table.add_column(title, justify="right", no_wrap=True)
    for each in sums:
        totals = each.totals
        amounts = (totals.total_without_vat, totals.vat, totals.total_with_vat)
        unknown = several("({count} without total)", "({count} without total)", totals.unknown)
        title = _title(each.group) + (" " + unknown.format(count=totals.unknown) if totals.unknown else "")
        table.add_row(title, str(totals.invoices), *(safe(price(amount, each.currency)) for amount in amounts))
    return table


def _remarks(result: Plan) -> Iterable[str]:
    yield ""
    if result.passed_over:
        reasons = ", ".join(f"{count} {skip_words(reason)}" for reason, count in sorted(result.passed_over.items()))
        yield _("Passed over: {total} ({reasons}).").format(total=result.passed_over.total(), reasons=reasons)
    if result.sent:
        text = several("{count} invoice was sent before.", "{count} invoices were sent before.", result.sent)
        yield text.format(count=result.sent)
    if result.not_looked_up:
        text = several(
            "The buyer of {count} invoice was not looked up in the directory: the run does it before sending.",
            "The buyers of {count} invoices were not looked up in the directory: the run does it before sending.",
            result.not_looked_up,
        )
        yield text.format(count=result.not_looked_up)
    if result.changed_after_send:
        text = _("Changed in Facturation.pro after sending, never sent again (credit note and new invoice): {numbers}.")
        yield styled("yellow", text.format(numbers=safe(", ".join(result.changed_after_send))))


def _told_changes(result: Plan, rows: int | None) -> Iterable[str]:
    if not result.compared:
        return
    since = (
        _("Since the last run:")
        if result.since is None
        else _("Since the plan of {moment}:").format(moment=moment(result.since))
    )
    if not result.changes:
        yield f"{since} " + _("nothing changed.")
        return
    yield since
    alike = sorted(result.changes, key=_told_change)
    for told, changes in groupby(alike, key=_told_change):
        numbers = [change.number for change in changes]
        more = len(numbers) - rows if rows is not None else 0
        names = ", ".join(numbers[:rows]) + (f" … (+{more})" if more > 0 else "")
        yield f"  {len(numbers):>3} {told}  {styled('dim', safe(names))}"


def _told_change(change: Change) -> str:
    after = _place(change.after)
    if change.before is None:
        return _("new, {after}").format(after=after)
    if change.edited:
        return _("edited, {after}").format(after=after)
    if change.before == change.after:
        return _("{after}, for other reasons").format(after=after)
    return _("{before} → {after}").format(before=_place(change.before), after=after)


def _place(group: str) -> str:
    """Where an invoice stands in a plan, in a word or two."""
    words = {
        Group.SEND: _("to be sent"),
        Group.PUBLIC: _("to be sent to a public body"),
        Group.HELD: _("held"),
        Group.B2C: _("e-reporting B2C"),
        Group.INTERNATIONAL: _("international e-reporting"),
        Group.OUT_OF_SCOPE: _("out of scope"),
        Group.REFUSED: _("refused by our checks"),
        Group.IN_DOUBT: _("answer awaited"),
        Group.FAILED: _("failed"),
        SENT: _("sent"),
        AWAY: _("no longer to be sent"),
    }
    return {str(key): word for key, word in words.items()}.get(group, safe(group))


# -- for programs ----------------------------------------------------------------------------------------------------


def _of_plan(result: Plan) -> dict[str, object]:
    return {
        "made_at": payload.instant(result.made_at),
        "groups": {group.value: [_of_decision(each) for each in result.of(group)] for group in Group},
        "totals": [_of_sum(each) for each in result.sums],
        "passed_over": dict(sorted(result.passed_over.items())),
        "sent_before": result.sent,
        "changed_after_send": list(result.changed_after_send),
        "not_looked_up": result.not_looked_up,
        "compared": result.compared,
        "since": payload.instant(result.since),
        "changes": [
            {
                "number": change.number,
                "source_id": change.source_id,
                "before": change.before,
                "after": change.after,
                "edited": change.edited,
            }
            for change in result.changes
        ],
    }


def _of_decision(decision: Decision) -> dict[str, object]:
    shown = decision.printed
    return {
        "number": decision.number,
        "source_id": decision.source_id,
        "issue_date": payload.day(decision.issue_date),
        "buyer": shown.buyer if shown else None,
        "currency": shown.currency if shown else None,
        "total_without_vat": payload.exact(shown.total_without_vat if shown else None),
        "total_with_vat": payload.exact(shown.total_with_vat if shown else None),
        "treatment": str(decision.treatment) if decision.treatment else None,
        "until": payload.day(decision.until),
        "reason": decision.reason,
        "findings": [payload.of_finding(finding) for finding in decision.findings],
    }


def _of_sum(each: Sum) -> dict[str, object]:
    return {"group": each.group.value, "currency": each.currency, **payload.of_totals(each.totals)}
