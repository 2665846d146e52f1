"""Commands that move invoices along the line: pull, run, send, sync, render."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.after_run import tell_what_remains, tell_what_was_done
from pdp_bridge.cli.companies import WORST_FIRST, Done, bridge_with, by_holder, in_turn
from pdp_bridge.cli.marking import of_write_back, tell_of_write_back
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang, Reference
from pdp_bridge.cli.outcome import ExitCode, code_of, code_of_entry, code_of_line, explained, needs_a_person, tell
from pdp_bridge.cli.repeating import Budget, Every, repeated
from pdp_bridge.cli.screen import errors, print_json, results, safe, styled
from pdp_bridge.cli.session import bridge, known
from pdp_bridge.cli.troubles import code_of_pull, tell_of_native_sending, tell_of_pull, tell_of_sync
from pdp_bridge.cli.words import _, several
from pdp_bridge.durable import write_whole
from pdp_bridge.errors import BridgeError, FindingError, InvoiceRefused
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import State

MOST_WORKERS = 32
"""Processes beside each other; each takes about 300 MB."""

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.pipeline import PullResult
    from pdp_bridge.schedule import Turn


def pull(
    *, company: Company = None, as_json: AsJson = False, config: Config = None, lang: Lang = None, debug: Debug = False
) -> int:
    """`pdp-bridge pull`."""
    del lang, debug

    def act(line: Bridge) -> Done:
        result = line.pull()
        tell_of_pull(result)
        code = code_of_pull(result)
        return Done(code=code, payload=_pulled(result), told=lambda: results().print(told_pull(result)))

    return in_turn(act, config, company, "seller", "source", as_json=as_json)


Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        metavar="N",
        min=0,
        max=MOST_WORKERS,
        help=_("Draw and check in so many processes, and send several invoices at once; 0: one after the other."),
        show_default=False,
    ),
]


def run(
    *,
    workers: Workers = 0,
    every: Every = None,
    budget: Budget = None,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge run`."""
    del lang, debug

    def act(turn: Turn) -> ExitCode:
        return in_turn(
            partial(_run, workers=workers),
            config,
            company,
            "seller",
            "source",
            "platform",
            as_json=as_json,
            turn=turn,
        )

    return repeated(act, every, budget)


def _run(line: Bridge, *, workers: int) -> Done:
    from pdp_bridge.journal.standing import Standing

    result = line.run(workers=workers)
    standing = Standing(line.journal)
    troubled = list(standing.stuck())
    stuck = [entry for entry in troubled if needs_a_person(entry)]
    code = code_of_line(troubled, unreachable=result.unreachable is not None) or code_of_pull(result.pull)
    tell_of_pull(result.pull)
    tell_of_native_sending(line.settings)
    tell_of_write_back(result.write_back)

    def told() -> None:
        console = results()
        console.print(told_pull(result.pull))
        tell_what_was_done(standing, result)
        tell_what_remains(stuck, result)

    return Done(
        code=ExitCode.CONFIGURATION if result.refused is not None else code,
        payload={
            "pull": _pulled(result.pull),
            "outcomes": {state.value: result.ended(state) for state in State if result.ended(state)},
            "invoices": (payload.of_entry(entry) for entry in standing.among(result.outcomes)),
            "need_a_person": [entry.number for entry in stuck],
            "unknown": list(result.unknown),
            "unreachable": result.unreachable,
            "refused": result.refused,
            "stopped": result.stopped,
            "write_back": of_write_back(result.write_back),
        },
        told=told,
    )


def send(
    reference: Reference,
    *,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge send REFERENCE`."""
    del lang, debug
    with bridge_with(config, company, reference, "seller", "source", "platform") as line:
        try:
            entry = line.send(reference)
        except InvoiceRefused:
            entry = known(line, reference)
    if as_json:
        print_json(payload.of_entry(entry))
    else:
        results().print(tables.of_entry(entry))
    return code_of_entry(entry)


def sync(
    *,
    every: Every = None,
    budget: Budget = None,
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge sync`."""
    del lang, debug

    def act(turn: Turn) -> ExitCode:
        return in_turn(_sync, config, company, "platform", as_json=as_json, turn=turn)

    return repeated(act, every, budget)


def _sync(line: Bridge) -> Done:
    from pdp_bridge.journal.counting import MOST_COUNTED
    from pdp_bridge.journal.standing import Standing

    result = line.sync()
    standing = Standing(line.journal)
    verdicts, rejected = standing.verdicts(), list(standing.rejected())
    if result.unreachable:
        errors().print(
            styled("yellow", _("Iopole could not be reached:")) + " " + safe(result.unreachable), soft_wrap=True
        )

    tell_of_sync(result)
    tell_of_write_back(result.write_back)
    if result.stopped:
        errors().print(styled("yellow", _("Stopped. What is left waits for the next time.")))

    def told() -> None:
        new = several("{count} new status.", "{count} new statuses.", result.new_events).format(count=result.new_events)
        results().print(new, _told_verdicts(verdicts))
        if rejected:
            results().print(tables.of_entries(rejected))

    code = ExitCode.NEEDS_A_PERSON if rejected or result.unreadable or result.refusals else ExitCode.DONE
    return Done(
        code=ExitCode.UNREACHABLE if result.unreachable else code,
        payload={
            "new_events": result.new_events,
            "acknowledged": result.acknowledged,
            "histories_read": result.histories_read,
            "histories_left": result.histories_left,
            "unreadable": result.unreadable,
            "refusals": list(result.refusals),
            "unreachable": result.unreachable,
            "stopped": result.stopped,
            "write_back": of_write_back(result.write_back),
            "invoices": {outcome.value: verdicts.get(outcome, 0) for outcome in Outcome},
            "counted_up_to": MOST_COUNTED,
            "rejected": [entry.number for entry in rejected],
        },
        told=told,
    )


def render(
    references: Annotated[
        list[str] | None, typer.Argument(metavar="REFERENCE", help=_("Invoice numbers or ids."), show_default=False)
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", metavar="", help=_("Every invoice of the journal."))] = False,
    folder: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", file_okay=False, help=_("Where the PDF files go."))
    ] = Path(),
    company: Company = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge render REFERENCE…`."""
    del lang, debug
    if bool(references) == everything:
        raise typer.BadParameter(_("name at least one invoice, or use --all"))
    from pdp_bridge.settings import meant

    written: list[dict[str, Any]] = []
    groups = by_holder(config, company, references) if references else [(name, []) for name in meant(config, company)]
    codes = [ExitCode.DONE]
    for name, wanted in groups:
        try:
            with bridge(config, company=name) as line:
                numbers = wanted or [number for _source_id, number, _day in line.journal.numbers()]
                # The same number may be two companies': each has a folder of its own.
                place = folder / name if name is not None and not wanted and len(groups) > 1 else folder
                for reference, path, error in _rendered(line, numbers, place):
                    written.append({"reference": reference, "file": str(path) if path else None, "error": error})
                    _tell_written(written[-1], as_json=as_json)
        except BridgeError as error:  # of one company: the others have their turn
            if name is None or len(groups) == 1:
                raise
            errors().print(f"[bold]{safe(name)}[/]")
            tell(error)
            codes.append(code_of(error))
            written.append({"company": name, "reference": None, "file": None, "error": explained(error)})
    if as_json:
        print_json(written)
    codes += [ExitCode.NEEDS_A_PERSON] if any(each["error"] for each in written) else []
    return min(codes, key=WORST_FIRST.index)


def _tell_written(each: dict[str, Any], *, as_json: bool) -> None:
    if each["error"] is not None:
        errors().print(f"[red]✗[/] [bold]{safe(each['reference'])}[/] {safe(each['error'])}", soft_wrap=True)
    elif not as_json:
        results().print(f"[green]✓[/] {safe(each['file'])}", soft_wrap=True)


def _rendered(line: Bridge, wanted: Sequence[str], folder: Path) -> Iterator[tuple[str, Path | None, str | None]]:
    folder.mkdir(parents=True, exist_ok=True)
    for done, reference in enumerate(wanted, start=1):
        try:
            document = line.render(reference)
        except FindingError as error:
            yield reference, None, explained(error)
        else:
            number = document.invoice.number if document.invoice else reference
            yield reference, saved(folder, number, document.content), None
        line.watch("render", done, len(wanted), reference)


def saved(folder: Path, number: str, content: bytes) -> Path:
    """The PDF under a safe name, written whole or not at all."""
    path = folder / f"{file_stem(number)}.pdf"
    write_whole(path, content, mode=_usual_mode())
    return path


def file_stem(number: str) -> str:
    """A file name for an invoice number: no folder, no hidden file, nothing a shell minds, and no device of Windows.

    A number that had to be altered gets a few characters of its hash, so that two numbers never share a file.

    >>> file_stem("FA-2026/11"), file_stem("FA-2026-11")
    ('FA-2026_11-e3337c', 'FA-2026-11')
    """
    stem = re.sub(r"[^\w.+-]+", "_", number, flags=re.ASCII)[:LONGEST_STEM].strip("._-")
    if stem and stem == number and not _DEVICE.fullmatch(stem):
        return stem
    return f"{stem.replace('.', '_') or 'invoice'}-{sha256(number.encode('utf-8', 'replace')).hexdigest()[:6]}"


LONGEST_STEM = 100
"""Characters of a number that its file name shows; file systems take 255 bytes."""

_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that Windows keeps for devices, whatever the ending: such a file could be copied to no such machine."""


def _usual_mode() -> int:
    """The rights of a new file of this user."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def _told_verdicts(verdicts: Mapping[Outcome | None, int]) -> str:
    """How the deposits stand, in one sentence."""
    count, validated = sum(verdicts.values()), verdicts.get(Outcome.VALIDATED, 0)
    pending, rejected = verdicts.get(Outcome.PENDING, 0), verdicts.get(Outcome.REJECTED, 0)
    deposits = several("{count} deposit: {verdicts}.", "{count} deposits: {verdicts}.", count)
    each = (
        several("{count} validated", "{count} validated", validated).format(count=_counted(validated)),
        several("{count} pending", "{count} pending", pending).format(count=_counted(pending)),
        several("{count} rejected", "{count} rejected", rejected).format(count=_counted(rejected)),
    )
    return deposits.format(count=_counted(count), verdicts=", ".join(each))


def _counted(number: int) -> str:
    """A number of what was counted, which was not beyond `MOST_COUNTED`."""
    from pdp_bridge.journal.counting import MOST_COUNTED

    return str(number) if number < MOST_COUNTED else _("{count} or more").format(count=number)


def _pulled(result: PullResult) -> dict[str, Any]:
    return {
        "seen": result.seen,
        "new": result.new,
        "skipped": dict(result.skipped),
        "unreadable": list(result.unreadable),
        "problems": list(result.problems),
    }


def told_pull(result: PullResult) -> str:
    """A scan of the source in one or two sentences."""
    seen = several("{count} record seen", "{count} records seen", result.seen).format(count=result.seen)
    new = several("{count} new invoice", "{count} new invoices", result.new).format(count=result.new)
    text = f"{seen}, {new}."
    if result.skipped:
        reasons = ", ".join(f"{count} {skip_words(reason)}" for reason, count in sorted(result.skipped.items()))
        total = sum(result.skipped.values())
        text += " " + _("Passed over: {total} ({reasons}).").format(total=total, reasons=reasons)
    return text


def skip_words(reason: str) -> str:
    """Why the source's record is not sent, in a word or two."""
    words = {
        "draft": _("draft"),
        "external": _("external"),
        "deleted": _("deleted"),
        "future": _("dated in the future"),
        "before go-live": _("before the go-live date"),
        "unreadable": _("unreadable"),
    }
    return words.get(reason, safe(reason))
