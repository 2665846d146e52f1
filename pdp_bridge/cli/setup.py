"""Commands that prepare: init (write the settings file), settings (show what is in force)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from pdp_bridge.cli.options import AsJson, Config, Debug, Lang
from pdp_bridge.cli.outcome import ExitCode, told_origin, told_problem, told_search
from pdp_bridge.cli.screen import errors, print_json, results, safe, styled
from pdp_bridge.cli.words import _
from pdp_bridge.errors import ConfigError

if TYPE_CHECKING:
    from pdp_bridge.settings import Settings

SECRETS = {"source.api_key": "FACTURATION_PRO_API_KEY", "platform.client_secret": "IOPOLE_CLIENT_SECRET"}
"""Never asked, never on a command line: the environment holds them, or a file that the settings name."""


def init(
    *,
    choices: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help=_("An answer given in advance, e.g. seller.siren=…; may be repeated."),
            show_default=False,
        ),
    ] = None,
    accept: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", metavar="", help=_("Ask nothing; accept every proposal, the legal wordings included.")
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", metavar="", help=_("Replace an existing settings file."))] = False,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge init`."""
    del lang, debug
    from pdp_bridge.cli.interview import Interview
    from pdp_bridge.cli.line import write_atomically
    from pdp_bridge.cli.settings_file import toml_text

    path = config or Path("pdp-bridge.toml")
    if path.exists() and not force:
        raise ConfigError(_("{path} exists already: use --force to replace it.").format(path=path))
    interview = Interview(_given(choices or ()), errors(), ask=not accept)
    values = interview.answers()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, toml_text(values).encode(), mode=0o600)
    if as_json:
        print_json({"file": str(path), "keys": sorted(values)})
        return ExitCode.DONE
    console = results()
    console.print(
        "[green]✓[/] " + _("Written, readable by you only:") + " " + styled("bold", safe(path)), soft_wrap=True
    )
    if accept and any(key.startswith("mentions.") for key in interview.accepted):
        console.print(_("The usual legal wordings were accepted for you: read them under \\[mentions] before sending."))
    console.print(_("Secrets stay out of the file; give them in the environment:"))
    for variable in SECRETS.values():
        console.print(f"  export {variable}=…")
    console.print(_("Then try everything with `pdp-bridge doctor`."))
    return ExitCode.DONE


def _given(choices: tuple[str, ...] | list[str]) -> dict[str, str]:
    """`--set` options as key → text. Raises `ConfigError`."""
    from pdp_bridge.settings import KEYS, SECTION_ALIASES, SettingsError, phrase, unknown

    given: dict[str, str] = {}
    for choice in choices:
        name, equals, text = choice.partition("=")
        section, dot, leaf = name.strip().partition(".")
        key = f"{SECTION_ALIASES.get(section, section)}{dot}{leaf}"
        if not equals:
            raise ConfigError(_("--set takes KEY=VALUE, not {choice}").format(choice=repr(choice)))
        if key in SECRETS:
            raise ConfigError(
                _("{key} is a secret and does not belong on a command line: set {variable} in the environment.").format(
                    key=key, variable=SECRETS[key]
                ),
                key=key,
            )
        if key not in KEYS:
            raise SettingsError(phrase("The settings file was not written:"), [unknown(key)])
        given[key] = text
    return given


def settings(*, as_json: AsJson = False, config: Config = None, lang: Lang = None, debug: Debug = False) -> int:
    """`pdp-bridge settings`."""
    del lang, debug
    from pdp_bridge.settings import load

    current = load(config)
    if as_json:
        rows = [
            {"key": key, "value": value or None, "origin": current.origins[key] if value else None}
            for key, value in current.shown.items()
        ]
        missing = [problem.key for problems in current.missing.values() for problem in problems]
        print_json({"config": str(current.config) if current.config else None, "settings": rows, "missing": missing})
        return ExitCode.DONE
    console = results()
    file = safe(current.config) if current.config else _("none found")
    console.print(_("Settings file:") + " " + styled("bold", file), soft_wrap=True)
    console.print(_settings_table(current))
    missing_problems = [problem for problems in current.missing.values() for problem in problems]
    if missing_problems:
        console.print(styled("yellow", _("Still missing:")))
        for problem in missing_problems:
            console.print(f"  {safe(told_problem(problem))}", soft_wrap=True)
        for told in told_search(current.searched):
            console.print(f"[dim]{safe(told)}[/]", soft_wrap=True)
    return ExitCode.DONE


def _settings_table(current: Settings) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(_("Setting"), no_wrap=True)
    table.add_column(_("Value"), overflow="fold")
    table.add_column(_("From"), overflow="fold", style="dim")
    section = ""
    for key, value in current.shown.items():
        of = key.partition(".")[0] if "." in key else ""
        if of != section:
            table.add_section()
            section = of
        origin = told_origin(current.origins[key]) if value else ""
        table.add_row(key, safe(value) if value else "[dim]–[/]", safe(origin))
    return table
