"""Commands that need no account: demo (the whole line on invented invoices), sandbox (the local servers alone)."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich import box
from rich.panel import Panel
from rich.table import Table

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.line import saved, told_pull
from pdp_bridge.cli.options import AsJson, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import errors, print_json, progress, results, safe, styled
from pdp_bridge.cli.words import _, price, sentence, several
from pdp_bridge.errors import ConfigError
from pdp_bridge.model.codes import InvoiceType
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import Entry, State, Watch

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.model.invoice import Invoice
    from pdp_bridge.sandbox.server import Sandbox
    from pdp_bridge.settings import Settings

VERDICT_SECONDS = 5.0
"""How far the sandbox's clock is moved between two looks: its verdicts take about one second."""

LOOKS = 5
"""Verdicts that are not home after so many looks are shown as pending."""

PORTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One invoice of the demo, as the final table shows it."""

    entry: Entry
    invoice: Invoice | None
    file: Path | None


def demo(
    *,
    folder: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", file_okay=False, help=_("Where the PDF files are left.")),
    ] = Path("pdp-bridge-demo"),
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge demo`."""
    del config, lang, debug
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.sandbox.server import Sandbox

    errors().print(_("Facturation.pro and Iopole are played by local servers; nothing leaves this machine."))
    with tempfile.TemporaryDirectory(prefix="pdp-bridge-demo-") as temporary, Sandbox() as sandbox:
        sandbox.load_demo()
        settings = _demo_settings(sandbox, Path(temporary))
        with progress(keep=True) as watch, Bridge(settings, watch=watch) as line:
            result = line.run()
            _collect(line, sandbox)
            shown = _files(line, folder, watch)
    if as_json:
        invoices = [{**payload.of_entry(each.entry), "file": str(each.file) if each.file else None} for each in shown]
        print_json({"folder": str(folder), "skipped": dict(result.pull.skipped), "invoices": invoices})
    else:
        results().print(told_pull(result.pull))
        _tell(shown, folder)
    return ExitCode.DONE


def _demo_settings(sandbox: Sandbox, temporary: Path) -> Settings:
    """The invented seller, with a journal that disappears at the end."""
    from pdp_bridge.sandbox import demo as data
    from pdp_bridge.settings import load

    path = temporary / "pdp-bridge.toml"
    path.write_text(data.settings_text(), encoding="utf-8")
    return load(path, {**sandbox.environment(), "PDP_BRIDGE_DATA": str(temporary), "HOME": str(temporary)})


def _collect(line: Bridge, sandbox: Sandbox) -> None:
    """Let the platform judge, then bring its verdicts home."""
    for _look in range(LOOKS):
        sandbox.advance(VERDICT_SECONDS)
        line.sync()
        if all(entry.summary and entry.summary.technical_status is not Outcome.PENDING for entry in _sent(line)):
            return


def _sent(line: Bridge) -> list[Entry]:
    return [entry for entry in line.entries() if entry.state is State.SENT]


def _files(line: Bridge, folder: Path, watch: Watch | None) -> list[Shown]:
    """The PDF of everything that was sent, in the folder."""
    from pdp_bridge.document.assembly import opened

    folder.mkdir(parents=True, exist_ok=True)
    shown = []
    entries = list(line.entries())
    for done, entry in enumerate(entries, start=1):
        if entry.state is State.SENT and entry.sha256 is not None:
            content = line.journal.document(entry.sha256)
            shown.append(Shown(entry=entry, invoice=opened(content).invoice, file=saved(folder, entry.number, content)))
        else:
            shown.append(Shown(entry=entry, invoice=None, file=None))
        if watch:
            watch("files", done, len(entries), entry.number)
    return shown


def _tell(shown: Sequence[Shown], folder: Path) -> None:
    console = results()
    console.print(_table(shown))
    sent = [each for each in shown if each.entry.state is State.SENT]
    rejected = [each for each in sent if each.entry.summary and each.entry.summary.technical_status is Outcome.REJECTED]
    refused = [each for each in shown if each.entry.state is State.REFUSED]
    deposited = several("{count} invoice deposited", "{count} invoices deposited", len(sent)).format(count=len(sent))
    told = several(
        "{count} of them rejected by the platform", "{count} of them rejected by the platform", len(rejected)
    )
    console.print(f"[bold]{deposited}[/]" + (f", {told.format(count=len(rejected))}." if rejected else "."))
    for each in refused:
        console.print(
            "\n"
            + styled("bold", safe(each.entry.number))
            + " – "
            + _("refused by our own checks, before anything was sent:")
        )
        for finding in each.entry.report.errors if each.entry.report else ():
            console.print(f"  [red]✗[/] [bold]{safe(finding.rule)}[/] {safe(sentence(finding))}")
    for each in rejected:
        console.print(
            "\n"
            + styled("bold", safe(each.entry.number))
            + " – "
            + _("accepted at first, then rejected by the platform:")
        )
        console.print(f"  [red]✗[/] {safe(tables.why(each.entry))}")
        console.print(f"  {tables.advice(each.entry)}")
        console.print(
            "  " + styled("dim", _("A deposit that is accepted is not yet a success: only its status tells."))
        )
    for each in shown:
        if each.entry.state is State.HELD:
            console.print("\n" + styled("bold", safe(each.entry.number)) + " – " + _("not due now:"))
            console.print(f"  {safe(tables.why(each.entry))}")
    console.print()
    files = sum(each.file is not None for each in shown)
    where = several("{count} Factur-X PDF file is in {folder}", "{count} Factur-X PDF files are in {folder}", files)
    body = [
        where.format(count=files, folder=f"[bold]{safe(folder.absolute())}[/]"),
        _("Check one with:") + f" [cyan]pdp-bridge validate {safe(_example(shown, folder))}[/]",
        _("Your own invoices:") + " [cyan]pdp-bridge init[/]",
    ]
    console.print(Panel("\n".join(body), box=box.ROUNDED, border_style="green", expand=False))


def _example(shown: Sequence[Shown], folder: Path) -> Path:
    return next((each.file for each in shown if each.file), folder / "*.pdf")


def _table(shown: Sequence[Shown]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(_("Invoice"), no_wrap=True)
    table.add_column(_("Kind"), no_wrap=True)
    table.add_column(_("Buyer"))
    table.add_column(_("To pay"), justify="right", no_wrap=True)
    table.add_column(_("Status"), no_wrap=True)
    for each in shown:
        table.add_row(
            safe(each.entry.number),
            _kind(each.invoice),
            tables.cut(each.invoice.buyer.name) if each.invoice else tables.DASH,
            _amount(each.invoice),
            tables.standing(each.entry),
        )
    return table


def _kind(invoice: Invoice | None) -> str:
    if invoice is None:
        return tables.DASH
    kinds: dict[str, str] = {
        InvoiceType.INVOICE: _("invoice"),
        InvoiceType.CREDIT_NOTE: _("credit note"),
        InvoiceType.PREPAYMENT: _("deposit"),
        InvoiceType.PREPAYMENT_CREDIT_NOTE: _("deposit credit note"),
    }
    return kinds.get(invoice.type, safe(invoice.type))


def _amount(invoice: Invoice | None) -> str:
    if invoice is None:
        return tables.DASH
    return safe(price(invoice.totals.due, invoice.currency))


def sandbox(
    *,
    empty: Annotated[bool, typer.Option("--empty", metavar="", help=_("Without the invoices of the demo."))] = False,
    ports: Annotated[
        str,
        typer.Option("--ports", metavar="SOURCE,PLATFORM", help=_("Ports to listen on; 0 takes a free one.")),
    ] = "0,0",
    webhook: Annotated[
        str | None,
        typer.Option(
            "--webhook",
            metavar="URL",
            help=_("Deliver callbacks there, e.g. http://127.0.0.1:8470/iopole."),
            show_default=False,
        ),
    ] = None,
    settings_file: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="PATH",
            help=_("Also write the demo seller's settings file there."),
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge sandbox`: serves until Ctrl-C or a termination signal."""
    del config, lang, debug
    from pdp_bridge.sandbox import demo as data
    from pdp_bridge.sandbox.server import Sandbox, run
    from pdp_bridge.sandbox.webhooks import WebhookOptions

    if settings_file is not None:
        if settings_file.exists():
            raise ConfigError(_("{path} exists already: choose another name.").format(path=settings_file))
        settings_file.write_text(data.settings_text(), encoding="utf-8")
    server = Sandbox(ports=_ports(ports), webhook=WebhookOptions(url=_url(webhook)) if webhook else None)
    if not empty:
        server.load_demo()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_arguments: stop.set())

    def announce(summary: str) -> None:
        if as_json:
            print_json({**server.environment(), "pid": os.getpid()})
        else:
            results().out(summary, end="")
        results().file.flush()
        errors().print("[green]✓[/] " + _("Both servers answer. Ctrl-C stops them."))

    try:
        run(server, announce, until=stop)
    except OSError as error:
        raise ConfigError(_("The sandbox cannot listen: {reason}").format(reason=error.strerror)) from error
    return ExitCode.DONE


def _ports(text: str) -> tuple[int, int]:
    numbers = text.split(",")
    if len(numbers) != PORTS or not all(number.strip().isdecimal() and int(number) < 1 << 16 for number in numbers):
        raise typer.BadParameter(_("give two port numbers, e.g. 8801,8802"))
    return int(numbers[0]), int(numbers[1])


def _url(text: str) -> str:
    address = urlsplit(text)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise typer.BadParameter(_("give an address, e.g. http://127.0.0.1:8470/iopole"))
    return text.rstrip("/")
