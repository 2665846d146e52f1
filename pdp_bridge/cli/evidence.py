"""Commands that prove: one invoice as a file that stands alone, and what speaks against a journal or such a file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli.companies import bridge_with
from pdp_bridge.cli.line import file_stem
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang, Reference
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import print_json, progress, results, safe
from pdp_bridge.cli.session import known
from pdp_bridge.cli.words import _, several
from pdp_bridge.durable import write_whole

if TYPE_CHECKING:
    from pdp_bridge.evidence.archive import Flaw
    from pdp_bridge.journal.reader import JournalReader
    from pdp_bridge.journal.verification import Verification


def proof(
    reference: Reference,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help=_("Where the proof is written; by default proof-NUMBER.zip in the present folder."),
            show_default=False,
        ),
    ] = None,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge proof REFERENCE`."""
    del lang, debug
    from pdp_bridge.document.assembly import opened
    from pdp_bridge.evidence.archive import zipped
    from pdp_bridge.evidence.bundle import files
    from pdp_bridge.journal.dossier import dossier

    with bridge_with(config, company, reference) as line:
        entry = known(line, reference)
        made = files(dossier(line.journal, entry.source_id), opened)
    path = output or Path(f"proof-{file_stem(entry.number)}.zip")
    write_whole(path, zipped(made))
    if as_json:
        print_json({"number": entry.number, "file": str(path), "files": {file.path: file.sha256 for file in made}})
        return ExitCode.DONE
    results().print("[green]✓[/] " + safe(path), soft_wrap=True)
    results().print(
        _("The invoice and its customer's data are inside: hand it to nobody who may not see the invoice."),
        soft_wrap=True,
    )
    return ExitCode.DONE


def verify(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE|FILE",
            help=_("An invoice, or a proof (a .zip file); without it, the whole journal."),
            show_default=False,
        ),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help=_("The whole journal: the same as without REFERENCE."))
    ] = False,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge verify [REFERENCE|FILE]`."""
    del lang, debug
    if what is not None and everything:
        raise typer.BadParameter(_("name an invoice or a file, or say --all: not both"))
    if what is not None and what.lower().endswith(".zip"):
        return _proof(Path(what), as_json=as_json)
    return _journal(config, company, what, as_json=as_json)


def _proof(path: Path, *, as_json: bool) -> ExitCode:
    from pdp_bridge.document.assembly import opened
    from pdp_bridge.evidence.archive import faults

    found = faults(path, opened)
    if as_json:
        print_json({"file": str(path), "sound": not found, "problems": [str(fault) for fault in found]})
    else:
        for fault in found:
            results().print("[red]✗[/] " + safe(fault.said(flaw_words(fault.flaw))), soft_wrap=True)
        if not found:
            results().print("[green]✓[/] " + _("Every file of this proof is what was recorded."), soft_wrap=True)
    return ExitCode.NEEDS_A_PERSON if found else ExitCode.DONE


def flaw_words(flaw: Flaw) -> str:
    """What is wrong with a proof, as a template for its fault."""
    from pdp_bridge.evidence.archive import Flaw

    return {
        Flaw.TOO_LARGE: _("it is larger than any proof"),
        Flaw.NO_ZIP: _("it is not a zip that can be read ({name})"),
        Flaw.LATE_START: _("it is not a zip that can be read (a file of it lies before its beginning)"),
        Flaw.TWICE: _("it holds two files of one name"),
        Flaw.PACKING: _("it is packed as no proof is"),
        Flaw.CONTENT: _("a file is not what a proof holds ({name})"),
        Flaw.LINE: _("{name} holds a line that is none: {other}"),
        Flaw.MISSING: _("{name} is missing"),
        Flaw.CHANGED: _("{name} is not what was recorded"),
        Flaw.UNLISTED: _("{name} is not in {other}"),
        Flaw.OTHER_RECORD: _("{name} holds record {other}"),
        Flaw.OUT_OF_CHAIN: _("{name} does not follow the record before it"),
        Flaw.OTHER_DOCUMENT: _("{name} is not the document of that SHA-256"),
        Flaw.OTHER_XML: _("{name} is not the XML inside the PDF"),
        Flaw.STRANGER: _("{name} speaks of a deposit that is not this invoice's"),
        Flaw.OTHER_STATUS: _("{name} does not say what the records say"),
    }[flaw]


def _journal(config: Path | None, company: str | None, reference: str | None, *, as_json: bool) -> ExitCode:
    from pdp_bridge.journal.verification import verify as verified

    with progress() as watch:
        if reference is None:
            with closing(_whole_journal(config, company)) as journal:
                found = verified(journal, watch=watch)
        else:
            with bridge_with(config, company, reference) as line:
                found = verified(line.journal, known(line, reference).source_id, watch)
    if as_json:
        print_json({**asdict(found), "sound": found.sound})
    else:
        _tell_journal(found)
    return ExitCode.DONE if found.sound else ExitCode.NEEDS_A_PERSON


def _whole_journal(config: Path | None, company: str | None) -> JournalReader:
    """Whoever's invoices it holds: several companies share one journal."""
    from pdp_bridge.journal.reader import JournalReader
    from pdp_bridge.settings import load, meant

    settings = load(config, company=meant(config, company)[0])
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return JournalReader(settings.database_url, archives=settings.archive)


def _tell_journal(found: Verification) -> None:
    console = results()
    for each in found.problems:
        console.print(
            f"[red]✗[/] [bold]{safe(each.check)}[/] {safe(each.subject)}: {safe(each.problem)}", soft_wrap=True
        )
    looked = _("{invoices} invoices, {documents} documents, {events} records of the chain").format(
        invoices=found.invoices, documents=found.documents, events=found.events
    )
    if found.sound:
        console.print("[green]✓[/] " + _("Nothing speaks against this journal: {looked}.").format(looked=looked))
        return
    text = several(
        "{count} problem in {looked}. Keep the journal as it is, and compare with a backup.",
        "{count} problems in {looked}. Keep the journal as it is, and compare with a backup.",
        found.found,
    )
    console.print(text.format(count=found.found, looked=looked), soft_wrap=True)
