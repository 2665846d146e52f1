"""The typer application: its commands by family, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pdp_bridge import __version__
from pdp_bridge.cli import (
    checking,
    deciding,
    demonstration,
    drifting,
    evidence,
    forecast,
    known,
    line,
    proof,
    recovering,
    rehearsal,
    rulebook,
    serving,
    setup,
    told,
    working,
)
from pdp_bridge.cli.options import Lang
from pdp_bridge.cli.outcome import guarded
from pdp_bridge.cli.screen import styled
from pdp_bridge.cli.words import _


class _Command(TyperCommand):
    def get_help_option(self, ctx: Any) -> Any:
        return _translated(super().get_help_option(ctx))


class _Group(TyperGroup):
    def get_help_option(self, ctx: Any) -> Any:
        return _translated(super().get_help_option(ctx))


def _translated(option: Any) -> Any:
    if option is not None:
        option.help = _("Show this message and exit.")
        option.metavar = ""
    return option


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pdp-bridge {__version__}")
        raise typer.Exit


def _examples(*pairs: tuple[str, str]) -> str:
    """The end of a help page."""
    width = max(len(command) for command, _what in pairs)
    return "\n".join(
        [styled("bold", _("Examples")), *(f"  [cyan]{command.ljust(width)}[/]  {what}" for command, what in pairs)]
    )


app = typer.Typer(
    name="pdp-bridge",
    cls=_Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_(
        "Takes the invoices issued in Facturation.pro, writes them as Factur-X, proves them valid, sends each of them "
        "once through Iopole, and brings their statuses home."
    ),
    epilog=_examples(
        ("pdp-bridge demo", _("the whole line, without any account")),
        ("pdp-bridge init", _("write the settings file, question by question")),
        ("pdp-bridge run", _("pull, check and send everything that is due")),
        ("pdp-bridge sync", _("bring the statuses home")),
    ),
)


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_show_version, is_eager=True, help=_("Show the version and exit.")
        ),
    ] = False,
    lang: Lang = None,
) -> None:
    del version, lang  # their callbacks have acted


def _add(panel: str, name: str, function: Callable[..., int], text: str, *examples: tuple[str, str]) -> None:
    app.command(name, cls=_Command, help=text, epilog=_examples(*examples), rich_help_panel=panel)(guarded(function))


_START, _LINE, _KNOWN, _TESTS = _("First steps"), _("The line"), _("What is known"), _("For tests")

_add(
    _START,
    "demo",
    demonstration.demo,
    _("Run the whole line on some twenty invented invoices, against local servers: no account is needed."),
    ("pdp-bridge demo", _("PDFs are left in pdp-bridge-demo")),
    ("pdp-bridge demo -o /tmp/factur-x --json", _("elsewhere, and the result as JSON")),
)
_add(
    _START,
    "init",
    setup.init,
    _("Write the settings file: asks, checks every answer, proposes the usual legal wordings."),
    ("pdp-bridge init", _("question by question")),
    ("pdp-bridge init --yes --set seller.siren=… --set seller.name=…", _("without questions")),
    ("pdp-bridge init --company atelier", _("a second company, beside the first")),
)
_add(
    _START,
    "settings",
    setup.settings,
    _("Show every setting and where its value comes from. Secrets stay hidden."),
    ("pdp-bridge settings", _("the settings in force")),
    ("pdp-bridge settings --json | jq .missing", _("what is still missing")),
)
_add(
    _START,
    "doctor",
    checking.doctor,
    _("Try every part of the installation: folders, rule sets, both services."),
    ("pdp-bridge doctor", _("what works, and what to do about the rest")),
)
_add(
    _LINE,
    "run",
    line.run,
    _("Pull, render, check and send everything that is due. Exit code 1 when some invoices need a person."),
    ("pdp-bridge run", _("the everyday command, fit for cron")),
    ("pdp-bridge run && pdp-bridge sync", _("then bring the statuses home")),
    ("pdp-bridge run --every 15m --budget 10m", _("stay, and do it again; a signal ends it between two invoices")),
)
_add(
    _LINE,
    "pull",
    line.pull,
    _("Record the invoices issued or changed since the last pull. Nothing is sent."),
    ("pdp-bridge pull", _("then look with pdp-bridge status")),
)
_add(
    _LINE,
    "plan",
    forecast.plan,
    _("Show what a run would do: sent, held, reported another way, refused, and why. Nothing is sent or recorded."),
    ("pdp-bridge plan", _("every decision, with what changed since the last plan")),
    ("pdp-bridge plan --json | jq .groups.refused", _("what is to be corrected, for a program")),
)
_add(
    _LINE,
    "render",
    line.render,
    _("Write invoices as Factur-X PDF files. Nothing is sent."),
    ("pdp-bridge render FA-2026-001", _("one invoice, in the present folder")),
    ("pdp-bridge render --all -o pdf", _("every invoice of the journal")),
)
_add(
    _LINE,
    "validate",
    checking.validate,
    _("Check Factur-X PDF or CII XML files, whoever made them. Needs no settings."),
    ("pdp-bridge validate invoice.pdf", _("what each layer of rules says")),
    ("pdp-bridge validate *.xml --json", _("reports for a program")),
)
_add(
    _LINE,
    "send",
    line.send,
    _("Send one invoice, pulling it first when it is new. An invoice already sent is never sent again."),
    ("pdp-bridge send FA-2026-001", _("by its number")),
)
_add(
    _LINE,
    "adopt",
    deciding.adopt,
    _("Take a deposit of Iopole as an invoice's own: its bytes are compared with what was sent. Nothing is sent."),
    ("pdp-bridge adopt FA-2026-001 01a0…", _("with the deposit's id at Iopole")),
)
_add(
    _LINE,
    "resend",
    deciding.resend,
    _("Send one invoice again under its number, where it may be: after one more search, and once you have said yes."),
    ("pdp-bridge resend FA-2026-001", _("shows what would happen, and asks")),
)
_add(
    _LINE,
    "correct",
    deciding.correct,
    _(
        "Show how one invoice may be corrected, by the law and by where it stands. "
        "Exit code 1 when a change is in vain."
    ),
    ("pdp-bridge correct FA-2026-001", _("the steps in Facturation.pro")),
    ("pdp-bridge correct FA-2026-001 --send", _("send the corrected record of an unacceptable file (501)")),
)
_add(
    _LINE,
    "sync",
    line.sync,
    _("Bring home the statuses of what was sent. Exit code 1 when the platform rejected some invoices."),
    ("pdp-bridge sync", _("read, record, acknowledge")),
)
_add(
    _LINE,
    "serve",
    serving.serve,
    _("Receive Iopole's callbacks over HTTP, with a health check and metrics, until Ctrl-C or SIGTERM."),
    ("pdp-bridge serve", _("behind a proxy that ends TLS")),
    ("pdp-bridge serve --every 15m", _("and run and sync beside it")),
)
_add(
    _LINE,
    "worker",
    working.worker,
    _("Take a share of the work, beside other workers on this machine and others, on one journal in PostgreSQL."),
    ("pdp-bridge worker", _("one invoice after the other, until Ctrl-C or SIGTERM")),
    ("pdp-bridge worker --workers 4 --every 5m", _("on four cores; news every five minutes")),
)
_add(
    _KNOWN,
    "status",
    known.status,
    _("Show what is known of each invoice: our line, the platform's verdict, the lifecycle."),
    ("pdp-bridge status", _("all invoices")),
    ("pdp-bridge status FA-2026-001", _("one invoice, with what is to be corrected")),
    ("pdp-bridge status --json", _("for billing software")),
)
_add(
    _KNOWN,
    "notices",
    told.notices,
    _("Show what needs a person now, and who was told. Exit code 1 when anything does."),
    ("pdp-bridge notices", _("rejected, refused, put aside, silent for too long")),
    ("pdp-bridge notices --json", _("for a program")),
    ("pdp-bridge notices --test", _("does mail arrive? a harmless notice over every channel")),
)
_add(
    _KNOWN,
    "history",
    known.history,
    _("Show every status event of one invoice, oldest first."),
    ("pdp-bridge history FA-2026-001", _("what is recorded here")),
    ("pdp-bridge history FA-2026-001 --refresh", _("ask Iopole first: seldom, its limit is very low")),
)
_add(
    _KNOWN,
    "drift",
    drifting.drift,
    _(
        "Show the invoices that are no longer in Facturation.pro what was sent, term by term. "
        "Exit code 1 when there are any."
    ),
    ("pdp-bridge pull && pdp-bridge drift", _("look at what is there now")),
    ("pdp-bridge drift FA-2026-001 --json", _("one invoice, for a program")),
)
_add(
    _KNOWN,
    "explain",
    rulebook.explain,
    _("Explain one rule, or one reason given by Iopole: what it asks, where it is written, what to do, an example."),
    ("pdp-bridge explain BR-FR-05", _("an official rule")),
    ("pdp-bridge explain BUYER_SIRET_MISSING", _("one of ours")),
    ("pdp-bridge explain ROUTING_FAILURE", _("a rejection")),
)
_add(
    _KNOWN,
    "rules",
    rulebook.rules,
    _("List the sets of rules in use, with their editions, and every rule of ours."),
    ("pdp-bridge rules", _("what judges, and since when")),
    ("pdp-bridge rules --coverage", _("the official rules that our documents meet")),
)
_add(
    _TESTS,
    "rehearse",
    rehearsal.rehearse,
    _("Judge the invoices sent last by another edition of the official rules: what would break. Nothing is sent."),
    ("pdp-bridge rehearse --pack 2027-01", _("a pack that stands in the manifest")),
    ("pdp-bridge rehearse --pack ./next --last 500", _("files received, with their manifest")),
)
_add(
    _KNOWN,
    "audit",
    proof.audit,
    _(
        "Prove that every invoice number of a period is accounted for, and that the totals agree to the cent. "
        "Exit code 1 when something is missing."
    ),
    ("pdp-bridge audit --period 2026-10", _("a month, for the accountant")),
    ("pdp-bridge audit --period 2026-Q4 --csv audit.csv", _("a quarter, also as files for a spreadsheet")),
)
_add(
    _KNOWN,
    "proof",
    evidence.proof,
    _("Write everything that is known of one invoice as a file that stands alone, and how to check it."),
    ("pdp-bridge proof FA-2026-001", _("a zip in the present folder")),
    ("pdp-bridge proof FA-2026-001 -o /tmp/proof.zip", _("elsewhere")),
)
_add(
    _KNOWN,
    "verify",
    evidence.verify,
    _("Check that the journal, one invoice of it, or a proof is what was recorded. Exit code 1 when it is not."),
    ("pdp-bridge verify", _("the whole journal, only read")),
    ("pdp-bridge verify FA-2026-001", _("one invoice")),
    ("pdp-bridge verify proof-FA-2026-001.zip", _("a proof, whoever hands it over")),
)
_add(
    _KNOWN,
    "archive",
    recovering.archive,
    _("Put what the invoices of settled years weigh into read-only files. They stay known, and everything is found."),
    ("pdp-bridge archive --before 2026", _("once a year, when its invoices are settled")),
)
_add(
    _KNOWN,
    "backup",
    recovering.backup,
    _("Copy the journal while it is used: one file, opened and checked before it bears its name."),
    ("pdp-bridge backup journal-copy.db", _("fit for cron")),
)
_add(
    _KNOWN,
    "restore",
    recovering.restore,
    _("Put a copy of the journal back in its place. The present one is kept, and nothing is sent twice."),
    ("pdp-bridge restore journal-copy.db", _("then pdp-bridge rebuild, or run")),
)
_add(
    _KNOWN,
    "rebuild",
    recovering.rebuild,
    _(
        "Write a lost journal anew from Facturation.pro and Iopole. Nothing is sent. "
        "Exit code 1 when a person must look."
    ),
    ("pdp-bridge rebuild", _("may be repeated: what is known stays as it is")),
)
_add(
    _TESTS,
    "sandbox",
    demonstration.sandbox,
    _("Run Facturation.pro and Iopole as local servers until Ctrl-C, and print how to reach them."),
    ("pdp-bridge sandbox", _("with the invoices of the demo")),
    ("pdp-bridge sandbox --empty --ports 8801,8802", _("without data, on fixed ports")),
)

_journal = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("What is done with the journal as a whole."),
)
app.add_typer(_journal, name="journal", rich_help_panel=_KNOWN)
_journal.command(
    "move",
    cls=_Command,
    help=_("Carry the journal over to another, empty database, and back: all of it or nothing. Nothing is sent."),
    epilog=_examples(
        ("pdp-bridge journal move postgresql://pdp@db/pdp", _("the password in ~/.pgpass, not on the command line")),
    ),
)(guarded(working.move))
