"""Commands for the day the journal is lost: backup, restore, rebuild; and for years that are over: archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli.archive_words import archive_payload, tell_archived
from pdp_bridge.cli.companies import Done, in_turn
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import print_json, results, safe
from pdp_bridge.cli.session import bridge
from pdp_bridge.cli.words import _, moment, several

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.journal.copies import Copy
    from pdp_bridge.recovery.rebuilding import Puzzle, Rebuilt


def backup(
    target: Annotated[
        Path, typer.Argument(metavar="FILE", dir_okay=False, help=_("The copy to write; an older copy is replaced."))
    ],
    *,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge backup FILE`."""
    del lang, debug
    from pdp_bridge.journal.archived import FOLDER

    with bridge(config, company=_any_company(config)) as line:
        made = line.backup(target)
    if as_json:
        files = {"archives": [file.name for file in made.archives], "missing": list(made.missing)}
        print_json({"file": str(made.path), "bytes": made.size, "invoices": made.invoices, **files})
        return _code(made)
    text = _("{file}: {invoices} invoices, opened and checked.").format(file=made.path, invoices=made.invoices)
    results().print("[green]✓[/] " + safe(text), soft_wrap=True)
    if made.archives:
        text = several(
            "{count} archive file belongs to it: keep the folder {folder} with the copy.",
            "{count} archive files belong to it: keep the folder {folder} with the copy.",
            len(made.archives),
        )
        folder = made.path.parent / FOLDER
        results().print(safe(text.format(count=len(made.archives), folder=folder)), soft_wrap=True)
    return _told_missing(made)


def _code(copy: Copy) -> ExitCode:
    return ExitCode.NEEDS_A_PERSON if copy.missing else ExitCode.DONE


def _told_missing(copy: Copy) -> ExitCode:
    """Archive files that the copy needs, and that nobody could find."""
    for name in copy.missing:
        text = _("The archive file {name} is missing, or is not what was written: find another copy of it.")
        results().print("[red]✗[/] " + safe(text.format(name=name)), soft_wrap=True)
    return _code(copy)


def archive(
    before: Annotated[
        int, typer.Option("--before", metavar="YEAR", min=2000, max=9999, help=_("Invoices issued before that year."))
    ],
    *,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge archive --before YEAR`."""
    del lang, debug
    with bridge(config, company=_any_company(config)) as line:
        done = line.archive(before=before)
        folder = line.journal.archives.folder
    if as_json:
        print_json(archive_payload(done, folder))
    else:
        tell_archived(done, folder, before)
    return ExitCode.NEEDS_A_PERSON if done.damaged or done.strangers else ExitCode.DONE


def restore(
    copy: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=_("A copy made by pdp-bridge backup."))
    ],
    *,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge restore FILE`."""
    del lang, debug
    with bridge(config, company=_any_company(config)) as line:
        restored, aside = line.restore(copy)
    if as_json:
        kept = None if aside is None else str(aside)
        missing = list(restored.missing)
        told = {"invoices": restored.invoices, "taken_at": restored.taken_at.isoformat(), "kept_aside": kept}
        print_json({**told, "missing": missing})
        return _code(restored)
    console = results()
    text = _("The journal is what it was on {day}: {invoices} invoices.")
    console.print(
        "[green]✓[/] " + safe(text.format(day=moment(restored.taken_at), invoices=restored.invoices)), soft_wrap=True
    )
    if aside is not None:
        console.print(safe(_("The journal of before is kept as {file}.").format(file=aside)), soft_wrap=True)
    console.print(
        _(
            "What was sent since is looked for at Iopole before anything is sent. "
            "To bring it home with its statuses now, run `pdp-bridge rebuild`."
        ),
        soft_wrap=True,
    )
    return _told_missing(restored)


def _any_company(config: Path | None) -> str | None:
    """Several companies share one journal: any of them leads to it."""
    from pdp_bridge.settings import meant

    return meant(config, None)[0]


def rebuild(
    *,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge rebuild`."""
    del lang, debug
    return in_turn(_rebuild, config, company, "seller", "source", "platform", as_json=as_json)


def _rebuild(line: Bridge) -> Done:
    found = line.rebuild()
    return Done(
        code=ExitCode.NEEDS_A_PERSON if found.puzzles or found.pull.problems else ExitCode.DONE,
        payload={
            "pulled": {"seen": found.pull.seen, "new": found.pull.new},
            "deposits": found.deposits,
            "known": found.known,
            "linked": found.linked,
            "histories_read": found.histories_read,
            "histories_left": found.histories_left,
            "puzzles": [
                {
                    "submission_id": each.submission_id,
                    "number": each.number,
                    "problem": each.problem,
                    "terms": list(each.terms),
                }
                for each in found.puzzles
            ],
        },
        told=lambda: _tell(found),
    )


def _tell(found: Rebuilt) -> None:
    console = results()
    text = _(
        "{seen} records read; {deposits} deposits at Iopole: {known} known, {linked} recorded now. Nothing was sent."
    )
    console.print(
        text.format(seen=found.pull.seen, deposits=found.deposits, known=found.known, linked=found.linked),
        soft_wrap=True,
    )
    for each in found.puzzles:
        console.print("[yellow]?[/] " + safe(_puzzle(each)), soft_wrap=True)
    if found.puzzles:
        advice = _(
            "No run sends these invoices. Compare, then `pdp-bridge adopt NUMBER ID`, or see `pdp-bridge correct`."
        )
        console.print(advice, soft_wrap=True)
    if found.histories_left:
        text = _("{count} histories are left: `pdp-bridge sync` reads them as their limit allows.")
        console.print(text.format(count=found.histories_left), soft_wrap=True)


def _puzzle(puzzle: Puzzle) -> str:
    texts = {
        "unreadable": _("Deposit {id} ({number}): Iopole has not read it, or its file is no invoice that can be read."),
        "unknown": _("Deposit {id} ({number}): Facturation.pro shows no such invoice."),
        "several": _("Deposit {id} ({number}): Facturation.pro has several records of that number."),
        "unstatable": _("Deposit {id} ({number}): the record at Facturation.pro cannot be stated now."),
        "missing": _("Deposit {id}: Facturation.pro names it as that of an invoice, and Iopole does not show it."),
        "differs": _("Deposit {id} ({number}): the record at Facturation.pro differs in {terms}."),
    }
    text = texts.get(puzzle.problem, "{id}")
    return text.format(id=puzzle.submission_id, number=puzzle.number or "–", terms=", ".join(puzzle.terms))
