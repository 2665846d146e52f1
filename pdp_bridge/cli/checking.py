"""Commands that judge: validate (files), doctor (the installation)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdp_bridge.cli import payload, tables
from pdp_bridge.cli.budgets import lane_words
from pdp_bridge.cli.companies import Done, in_turn
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode, code_of, explained
from pdp_bridge.cli.screen import print_json, progress, results, safe, styled
from pdp_bridge.cli.troubles import native_sending_warning
from pdp_bridge.cli.words import _, several
from pdp_bridge.errors import ConfigError

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.probes import Probe
    from pdp_bridge.settings import Settings


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help=_("Factur-X PDF or CII XML.")),
    ],
    *,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge validate FILE…`."""
    del config, lang, debug
    from pdp_bridge.alone import validate as judged

    reports = []
    with progress() as watch:
        for done, file in enumerate(files):
            if watch:
                watch("validate", done, len(files), file.name)
            reports.append((file, judged(file.read_bytes())))
    if as_json:
        print_json([payload.of_report(report, str(file)) for file, report in reports])
    else:
        console = results()
        for place, (file, report) in enumerate(reports):
            if place:
                console.print()
            tables.print_report(console, report, str(file))
    return ExitCode.DONE if all(report.sendable for _file, report in reports) else ExitCode.NEEDS_A_PERSON


def doctor(
    *, company: Company = None, as_json: AsJson = False, config: Config = None, lang: Lang = None, debug: Debug = False
) -> int:
    """`pdp-bridge doctor`."""
    del lang, debug

    def act(line: Bridge) -> Done:
        probes = line.doctor()
        return Done(
            code=_code(probes, line.settings),
            payload=[{"name": probe.name, "ok": probe.ok, "detail": probe.detail} for probe in probes],
            told=lambda: _tell(probes, line.settings),
        )

    return in_turn(act, config, company, as_json=as_json)


def _tell(probes: list[Probe], settings: Settings) -> None:
    console = results()
    for probe in probes:
        mark = "[green]✓[/]" if probe.ok else "[red]✗[/]"
        detail = _told_probe(probe, settings)
        console.print(f"{mark} [bold]{_probe_name(probe.name)}[/]  {safe(detail, lines=True)}", soft_wrap=True)
    console.print(_verdict(probes))


def _probe_name(name: str) -> str:
    names = {
        "data folder": _("Data folder"),
        "journal": _("Journal"),
        "rules": _("Validation rules"),
        "seller": _("Seller"),
        "facturation.pro": "Facturation.pro",
        "iopole": "Iopole",
        "enrolment": _("Seller at Iopole"),
        "native sending": _("Sending by Facturation.pro itself"),
    }
    service, _slash, _lane = name.partition("/")
    lanes = {
        "facturation.pro": _("Requests to Facturation.pro"),
        "iopole": _("Status histories of Iopole") if name.endswith("/history") else _("Requests to Iopole"),
    }
    return names.get(name) or lanes.get(service) or safe(name)


def _told_probe(probe: Probe, settings: Settings) -> str:
    """What the probe says; what is missing from the settings is told in the operator's language."""
    if probe.lane is not None:
        return lane_words(probe.lane)
    require = {
        "seller": settings.require_seller,
        "facturation.pro": settings.require_source,
        "iopole": settings.require_platform,
    }.get(probe.name)
    if probe.name == "native sending":
        return _told_native_sending(settings) if probe.error is None else explained(probe.error)
    if not probe.ok and require is not None:
        try:
            require()
        except ConfigError as error:
            return explained(error)
    if probe.error is not None:
        return explained(probe.error)
    return _told_facts(probe) if probe.facts else probe.detail


def _told_facts(probe: Probe) -> str:
    """What was found where all is well."""
    count = int(probe.facts.get("count", 0))
    invoices = _("{count} or more").format(count=count) if probe.facts.get("more") else str(count)
    told = {
        "journal": several("{invoices} invoice", "{invoices} invoices", count),
        "facturation.pro": _("{account}, firm {firm}"),
        "iopole": _("customer {customer}"),
        "enrolment": (
            _("SIREN {siren} is enrolled")
            if probe.facts.get("enrolled")
            else _("Iopole does not say whether SIREN {siren} is enrolled")
        ),
    }
    archived = _("; archived: {archived}") if probe.facts.get("archived") else ""
    return (told[probe.name] + archived).format(**{"invoices": invoices, **probe.facts})


def _told_native_sending(settings: Settings) -> str:
    from pdp_bridge.settings.agreement import acknowledged

    if acknowledged(settings):
        return _("switched off, as you said")
    return native_sending_warning()


def _verdict(probes: list[Probe]) -> str:
    if all(probe.ok for probe in probes):
        return styled("green", _("Everything is ready: run `pdp-bridge run`."))
    return styled("yellow", _("Correct what is marked ✗, then run `pdp-bridge doctor` again."))


def _code(probes: list[Probe], settings: Settings) -> ExitCode:
    """A missing or refused setting before an unreachable service: it is the one a person can cure."""
    unwell = {probe.name for probe in probes if not probe.ok}
    if not unwell:
        return ExitCode.DONE
    complete = all((settings.seller, settings.source, settings.platform))
    away = {probe.name for probe in probes if probe.error and code_of(probe.error) is ExitCode.UNREACHABLE}
    return ExitCode.UNREACHABLE if complete and unwell <= away else ExitCode.CONFIGURATION
