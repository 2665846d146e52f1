"""Commands for what only a person decides: adopt a deposit, send again, correct."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.companies import bridge_with
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang, Reference
from pdp_bridge.cli.outcome import ExitCode, code_of_entry
from pdp_bridge.cli.remedy_words import forbidden, heading, permitted, steps
from pdp_bridge.cli.screen import errors, print_json, results, safe, styled
from pdp_bridge.cli.session import known
from pdp_bridge.cli.words import _
from pdp_bridge.errors import InvoiceRefused

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.decisions.remedy import Remedy
    from pdp_bridge.decisions.resending import Proposal
    from pdp_bridge.ports import Entry

Yes = Annotated[bool, typer.Option("--yes", metavar="", help=_("Do not ask: the answer is yes."))]


def adopt(
    reference: Reference,
    submission_id: Annotated[str, typer.Argument(metavar="SUBMISSION_ID", help=_("The deposit's id at Iopole."))],
    *,
    same_invoice: Annotated[
        bool,
        typer.Option(
            "--same-invoice", metavar="", help=_("Also with other bytes, when its XML states the same invoice.")
        ),
    ] = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge adopt REFERENCE SUBMISSION_ID`."""
    del lang, debug
    with bridge_with(config, company, reference, "seller", "source", "platform") as line:
        entry = line.adopt(reference, submission_id, same_invoice=same_invoice)
    if as_json:
        print_json(payload.of_entry(entry))
        return ExitCode.DONE
    results().print(tables.of_entry(entry))
    results().print(_("Adopted: nothing was sent. Its statuses come with the next `pdp-bridge sync`."))
    return ExitCode.DONE


def resend(
    reference: Reference,
    *,
    accept: Yes = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge resend REFERENCE`."""
    del lang, debug
    return _send_again(config, company, reference, accept=accept, corrected=False, as_json=as_json)


def correct(
    reference: Reference,
    *,
    send: Annotated[
        bool, typer.Option("--send", metavar="", help=_("Send the corrected record now, where the law allows it."))
    ] = False,
    accept: Yes = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge correct REFERENCE`."""
    del lang, debug
    if send:
        return _send_again(config, company, reference, accept=accept, corrected=True, as_json=as_json)
    with bridge_with(config, company, reference) as line:
        entry = known(line, reference)
        found = line.remedy(reference)
    if as_json:
        print_json(payload.of_remedy(entry, found, steps(found.situation, entry.number)))
    else:
        _tell(entry, found)
    return ExitCode.NEEDS_A_PERSON if found.edited_in_vain else ExitCode.DONE


def _tell(entry: Entry, found: Remedy) -> None:
    console = results()
    console.print(f"[bold]{safe(entry.number)}[/] {tables.standing(entry)}", soft_wrap=True)
    reason = tables.why(entry)
    if reason:
        console.print(safe(reason), style="dim", soft_wrap=True)
    console.print("\n" + heading(found.situation), soft_wrap=True)
    for place, step in enumerate(steps(found.situation, entry.number), start=1):
        console.print(f"  [cyan]{place}.[/] {safe(step)}", soft_wrap=True)
    for text in permitted(found):
        console.print(f"[green]✓[/] {safe(text)}", soft_wrap=True)
    for text in forbidden(found):
        console.print(f"[red]✗[/] {safe(text)}", soft_wrap=True)
    if found.edited_in_vain:
        text = _(
            "This record was changed in Facturation.pro after it was sent. The change is not sent: put the record back "
            "as it was, and follow the steps above."
        )
        errors().print(styled("yellow", text), soft_wrap=True)


def _send_again(
    config: Path | None, company: str | None, reference: str, *, accept: bool, corrected: bool, as_json: bool
) -> ExitCode:
    """Say what would happen, ask, look once more, act."""
    wanted: Proposal | None = None
    if not accept:
        shown: list[Proposal] = []
        entry, how = _act(config, company, reference, shown.append, corrected=corrected)
        if not shown:
            return _ended(entry, how, as_json=as_json)
        wanted = shown[0]
        if not _asked(wanted):
            errors().print(_("Nothing was done. To go on, answer yes on a terminal, or add --yes."), soft_wrap=True)
            return ExitCode.NEEDS_A_PERSON
    entry, how = _act(
        config,
        company,
        reference,
        lambda proposal: wanted is None or proposal.sha256 == wanted.sha256,
        corrected=corrected,
    )
    return _ended(entry, how, as_json=as_json)


def _act(
    config: Path | None,
    company: str | None,
    reference: str,
    agree: Callable[[Proposal], bool | None],
    *,
    corrected: bool,
) -> tuple[Entry, str]:
    with bridge_with(config, company, reference, "seller", "source", "platform") as line:
        known(line, reference)
        how = line.resend(reference, corrected=corrected, agree=lambda proposal: bool(agree(proposal)))
        return _after(line, reference), str(how)


def _after(line: Bridge, reference: str) -> Entry:
    entry = known(line, reference)
    if entry.report is not None and entry.report.errors:
        raise InvoiceRefused(f"Invoice {entry.number} was not sent: our own checks refused it", entry.report)
    return entry


def _asked(proposal: Proposal) -> bool:
    """What would happen, on the error stream; then a yes or no, on a terminal only."""
    entry, console = proposal.entry, errors()
    text = _(
        "Invoice {number} would be sent again under its number: {why}. Iopole was searched again just now, and does "
        "not show it."
    ).format(number=entry.number, why=heading(proposal.situation, brief=True))
    console.print(safe(text), soft_wrap=True)
    content = (
        _("Its content has changed since it was sent: the document would be {sha256}.")
        if proposal.changed
        else _("It is the very document that was sent before: {sha256}.")
    )
    console.print(safe(content.format(sha256=proposal.sha256)), soft_wrap=True)
    console.print(_("The decision is recorded with your name and the time."), soft_wrap=True)
    return on_a_terminal() and typer.confirm(_("Send it again?"), default=False, err=True)


def on_a_terminal() -> bool:
    """A person can be asked."""
    return sys.stdin.isatty()


def _ended(entry: Entry, how: str, *, as_json: bool) -> ExitCode:
    if as_json:
        print_json({"act": how, "invoice": payload.of_entry(entry)})
    else:
        results().print(tables.of_entry(entry))
        told = {
            "found": _("The deposit was at Iopole after all: it was recorded, and nothing was sent."),
            "declined": _("Nothing was done: what would be sent is not what was shown. Try again."),
        }
        if how in told:
            results().print(told[how])
    return ExitCode.NEEDS_A_PERSON if how == "declined" else code_of_entry(entry)
