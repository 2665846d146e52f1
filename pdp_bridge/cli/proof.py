"""The command audit: the proof of completeness, told to people, as JSON and as CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from pdp_bridge.audit.period import Period
from pdp_bridge.audit.period import period as period_of
from pdp_bridge.audit.rows import Standing
from pdp_bridge.cli import payload, sheet, tables
from pdp_bridge.cli.companies import Done, in_turn, suffixed
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.proof_words import rate_words, standing_words, why
from pdp_bridge.cli.screen import errors, results, safe, styled
from pdp_bridge.cli.words import _, day, price, several
from pdp_bridge.durable import write_whole
from pdp_bridge.model.report import Severity

if TYPE_CHECKING:
    from pdp_bridge.audit.completeness import Audit, Sum
    from pdp_bridge.audit.figures import RateLine, Reconciliation, Totals
    from pdp_bridge.audit.rows import Row
    from pdp_bridge.bridge import Bridge


def audit(
    period: Annotated[
        str,
        typer.Option(
            "--period",
            "-p",
            metavar="PERIOD",
            help=_("A month (2026-10), a quarter (2026-Q4), a year (2026), or FROM..TO (2026-10-01..2026-10-15)."),
            show_default=False,
        ),
    ],
    *,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            dir_okay=False,
            help=_("Also write the numbers to FILE, and the totals by VAT rate beside it (FILE-vat.csv)."),
            show_default=False,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", metavar="", help=_("List every invoice, however many."))] = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge audit --period PERIOD`."""
    del lang, debug
    days = _days(period)

    def act(line: Bridge) -> Done:
        result = line.audit(days)
        if csv is not None:
            _write(result, suffixed(csv, line.settings.company if line.settings.others and not company else None))
        return Done(
            code=ExitCode.DONE if result.complete and result.reconciled else ExitCode.NEEDS_A_PERSON,
            payload=_of_audit(result),
            told=lambda: _tell(result, everything=everything),
        )

    return in_turn(act, config, company, "seller", as_json=as_json)


def _days(text: str) -> Period:
    try:
        return period_of(text)
    except ValueError as error:
        raise typer.BadParameter(
            _("{text} is no period: write 2026-10, 2026-Q4, 2026 or 2026-10-01..2026-10-15").format(text=text)
        ) from error


def _write(result: Audit, path: Path) -> None:
    """Two tables that a spreadsheet opens, each written whole or not at all."""
    rates = path.with_name(f"{path.stem}-vat{path.suffix or '.csv'}")
    for file, content in ((path, sheet.of_rows(result.rows)), (rates, sheet.of_rates(result.rates))):
        write_whole(file, content)
        errors().print("[green]✓[/] " + safe(file), soft_wrap=True)


# -- for people ------------------------------------------------------------------------------------------------------


def _tell(result: Audit, *, everything: bool) -> None:
    console = results()
    days = result.period
    title = _("Audit of {period}: invoices dated {start} to {end}").format(
        period=safe(days.name), start=day(days.start), end=day(days.end)
    )
    console.print(styled("bold", title))
    if result.rows:
        console.print(_of_sums(result))
    else:
        console.print(_("The journal has no invoice of these days."))
    shown = [row for row in result.rows if everything or not row.settled]
    if shown:
        console.print(styled("bold", _("Numbers") if everything else _("Numbers that are not settled")))
        console.print(_of_rows(shown))
    if result.findings:
        console.print(styled("bold", _("Remarks")))
        console.print(tables.of_findings([replace(finding, value=None) for finding in result.findings]))
        console.print()
    if result.rates:
        console.print(styled("bold", _("What was sent, by VAT rate")))
        console.print(_of_rates(result.rates))
    if result.reconciliations:
        console.print(styled("bold", _("What was sent, with VAT")))
        console.print(_of_reconciliations(result.reconciliations))
    for line in _conclusion(result):
        console.print(line, soft_wrap=True)


def _of_sums(result: Audit) -> Table:
    """How many numbers stand where, with their printed totals; a missing number has none."""
    table = _table(_("Status"), _("Numbers"), _("Without VAT"), _("VAT"), _("Total with VAT"))
    sums: dict[Standing, list[Sum]] = {}
    for each in result.sums:
        sums.setdefault(each.standing, []).append(each)
    for standing in Standing:
        count = sum(row.standing is standing for row in result.rows)
        if not count:
            continue
        name = f"{_mark(standing)} {standing_words(standing)}"
        found = sums.get(standing, [])
        for each in found:
            totals = each.totals
            amounts = (totals.total_without_vat, totals.vat, totals.total_with_vat)
            table.add_row(name, str(totals.invoices), *(safe(price(amount, each.currency)) for amount in amounts))
        rest = count - sum(each.totals.invoices for each in found)
        if rest:
            table.add_row(name, str(rest), tables.DASH, tables.DASH, tables.DASH)
    return table


def _mark(standing: Standing) -> str:
    if standing in {Standing.MISSING, Standing.REFUSED, Standing.REJECTED, Standing.FAILED}:
        return "[red]✗[/]"
    if standing is Standing.VALIDATED:
        return "[green]✓[/]"
    waiting = {Standing.PENDING, Standing.WAITING, Standing.IN_DOUBT, Standing.HELD}
    return "[yellow]…[/]" if standing in waiting else "[cyan]↷[/]"


def _of_rows(rows: Iterable[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(_("Invoice"), no_wrap=True)
    table.add_column(_("Dated"), no_wrap=True)
    table.add_column(_("Total with VAT"), justify="right", no_wrap=True)
    table.add_column(_("Status"))
    table.add_column(_("Reason"), overflow="fold")
    for row in rows:
        total = row.printed.total_with_vat if row.printed else None
        table.add_row(
            safe(row.number),
            day(row.issue_date),
            safe(price(total, row.printed.currency)) if row.printed and total is not None else tables.DASH,
            f"{_mark(row.standing)} {standing_words(row.standing)}",
            safe(why(row)),
        )
    return table


def _of_rates(lines: Iterable[RateLine]) -> Table:
    table = _table(_("VAT rate"), _("Base, source"), _("Base, sent"), _("VAT, source"), _("VAT, sent"), _("Difference"))
    for line in lines:
        amounts = (line.source_base, line.sent_base, line.source_tax, line.sent_tax)
        table.add_row(
            rate_words(line),
            *(safe(price(amount, line.currency)) for amount in amounts),
            _even(even=line.even, told=price(line.difference, line.currency)),
        )
    return table


def _of_reconciliations(found: Iterable[Reconciliation]) -> Table:
    table = _table(
        _("Currency"),
        _("Invoices"),
        _("Printed by the source"),
        _("Sent"),
        _("At the platform"),
        _("Validated"),
        _("Rejected"),
        _("Difference"),
    )
    for each in found:
        sides = (each.source, each.sent, each.platform, each.validated, each.rejected)
        table.add_row(
            each.currency,
            str(each.invoices),
            *(safe(price(side.with_vat, each.currency)) for side in sides),
            _even(even=each.even, told=price(each.difference, each.currency)),
        )
    return table


def _even(*, even: bool, told: str) -> str:
    return styled("green" if even else "bold red", safe(told))


def _table(first: str, *figures: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(first)
    for title in figures:
        table.add_column(title, justify="right")
    return table


def _conclusion(result: Audit) -> Iterator[str]:
    """Are all the numbers settled, is something wrong with them, do the totals agree."""
    open_rows = sum(not row.settled for row in result.rows)
    wrong = sum(finding.severity is Severity.ERROR for finding in result.findings)
    if open_rows:
        text = several(
            "Not complete: {count} number of {all} is not settled.",
            "Not complete: {count} numbers of {all} are not settled.",
            open_rows,
        )
        yield _failed(text.format(count=open_rows, all=len(result.rows)))
    if wrong:
        text = several(
            "Not complete: {count} remark stands against it.", "Not complete: {count} remarks stand against it.", wrong
        )
        yield _failed(text.format(count=wrong))
    if result.complete:
        text = several(
            "Complete: {count} number, settled.", "Complete: {count} numbers, all settled.", len(result.rows)
        )
        yield "[green]✓[/] " + text.format(count=len(result.rows))
    if result.reconciled:
        yield "[green]✓[/] " + _("Reconciled to the cent: source, documents sent, deposits known.")
    else:
        yield _failed(_("Not reconciled: the totals differ."))


def _failed(text: str) -> str:
    return "[red]✗[/] " + styled("bold", text)


# -- for programs ----------------------------------------------------------------------------------------------------


def _of_audit(result: Audit) -> dict[str, object]:
    return {
        "period": {
            "name": result.period.name,
            "start": payload.day(result.period.start),
            "end": payload.day(result.period.end),
        },
        "made_at": payload.instant(result.made_at),
        "source_read_until": result.read_until,
        "complete": result.complete,
        "reconciled": result.reconciled,
        "numbers": [_of_row(row) for row in result.rows],
        "totals": [
            {"standing": each.standing.value, "currency": each.currency, **payload.of_totals(each.totals)}
            for each in result.sums
        ],
        "findings": [payload.of_finding(finding) for finding in result.findings],
        "vat": [_of_rate(line) for line in result.rates],
        "reconciliation": [_of_reconciliation(each) for each in result.reconciliations],
    }


def _of_row(row: Row) -> dict[str, object]:
    printed = row.printed
    return {
        "number": row.number,
        "source_id": row.source_id,
        "issue_date": payload.day(row.issue_date),
        "standing": row.standing.value,
        "settled": row.settled,
        "buyer": printed.buyer if printed else None,
        "currency": printed.currency if printed else None,
        "total_without_vat": payload.exact(printed.total_without_vat if printed else None),
        "total_with_vat": payload.exact(printed.total_with_vat if printed else None),
        "sent": _of_side(row.sent) if row.sent else None,
        "submission_id": row.submission_id,
        "lifecycle": row.lifecycle,
        "reason": row.reason,
        "until": payload.day(row.until),
        "findings": [payload.of_finding(finding) for finding in row.findings],
    }


def _of_rate(line: RateLine) -> dict[str, object]:
    return {
        "currency": line.currency,
        "category": line.category,
        "rate": None if line.rate is None else f"{line.rate:f}",
        "source_base": payload.exact(line.source_base),
        "source_vat": payload.exact(line.source_tax),
        "sent_base": payload.exact(line.sent_base),
        "sent_vat": payload.exact(line.sent_tax),
        "even": line.even,
    }


def _of_reconciliation(each: Reconciliation) -> dict[str, object]:
    return {
        "currency": each.currency,
        "invoices": each.invoices,
        "source": _of_side(each.source),
        "sent": _of_side(each.sent),
        "platform": _of_side(each.platform),
        "validated": _of_side(each.validated),
        "pending": _of_side(each.pending),
        "rejected": _of_side(each.rejected),
        "even": each.even,
    }


def _of_side(side: Totals) -> dict[str, object]:
    return {
        "total_without_vat": payload.exact(side.without_vat),
        "vat": payload.exact(side.vat),
        "total_with_vat": payload.exact(side.with_vat),
    }
