"""Commands that prepare: init (write the settings file), settings (show what is in force)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from pdp_bridge.cli.companies import Done, told_in_turn
from pdp_bridge.cli.options import AsJson, Company, Config, Debug, Lang
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
    company: Annotated[
        str | None,
        typer.Option(
            "--company",
            metavar="NAME",
            help=_("Add a company of that name to the settings file, or begin one with it."),
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
    lang: Lang = None,
    debug: Debug = False,
) -> int:
    """`pdp-bridge init`."""
    del lang, debug
    from pdp_bridge.cli.interview import Interview
    from pdp_bridge.cli.settings_file import toml_text
    from pdp_bridge.durable import write_whole

    path = config or Path("pdp-bridge.toml")
    beside = company is not None and path.exists()
    if path.exists() and not force and not beside:
        raise ConfigError(_("{path} exists already: use --force to replace it.").format(path=path))
    shared = _shared(path, company) if company and beside else ()
    interview = Interview(_given(choices or ()), errors(), ask=not accept, known=shared if company else None)
    values = interview.answers()
    text = _with_company(path, values, company) if company else toml_text(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    if as_json:
        print_json({"file": str(path), "company": company, "keys": sorted(values)})
        return ExitCode.DONE
    console = results()
    console.print(
        "[green]✓[/] " + _("Written, readable by you only:") + " " + styled("bold", safe(path)), soft_wrap=True
    )
    if beside:
        text = _("company.{company} was added; the rest of the file is as it was.").format(company=company)
        console.print(safe(text), soft_wrap=True)
    _tell_what_next(accepted=interview.accepted if accept else ())
    return ExitCode.DONE


def _tell_what_next(accepted: Sequence[str]) -> None:
    console = results()
    if any(key.startswith("mentions.") for key in accepted):
        console.print(_("The usual legal wordings were accepted for you: read them under \\[mentions] before sending."))
    console.print(_("Secrets stay out of the file; give them in the environment:"))
    for variable in SECRETS.values():
        console.print(f"  export {variable}=…")
    console.print(_("Then try everything with `pdp-bridge doctor`."))


def _shared(path: Path, company: str) -> frozenset[str]:
    """What an existing file says for every company. Raises `ConfigError` when the company is there already."""
    from pdp_bridge.settings import shared_keys

    own, keys = shared_keys(path)
    if company in own:
        raise ConfigError(
            _("{path} describes company.{company} already: change it there.").format(path=path, company=company)
        )
    return keys | {"environment"}


def _with_company(path: Path, values: Mapping[str, object], company: str) -> str:
    """The file with the company at its end. Raises `ConfigError` when it would be confused with another one."""
    from pdp_bridge.cli.settings_file import sections_text, toml_text
    from pdp_bridge.settings import OWN, SettingsError, added, phrase

    common = {key: value for key, value in values.items() if key.partition(".")[0] not in OWN}
    own = {key: value for key, value in values.items() if key not in common}
    if path.exists() and common:
        text = _("{key} is the same for every company: it stands above them in {path}.")
        raise ConfigError(text.format(key=next(iter(common)), path=path), key=next(iter(common)))
    before = path.read_text(encoding="utf-8-sig") if path.exists() else toml_text(common)
    text = "\n".join([before.rstrip("\n"), *sections_text(own, company=company)]) + "\n"
    problems = added(text, path, company)
    if problems:
        raise SettingsError(phrase("The settings file was not written:"), problems)
    return text


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


def settings(
    *, company: Company = None, as_json: AsJson = False, config: Config = None, lang: Lang = None, debug: Debug = False
) -> int:
    """`pdp-bridge settings`."""
    del lang, debug
    from pdp_bridge.settings import load, meant

    @contextmanager
    def act(name: str | None) -> Iterator[Done]:
        current = load(config, company=name)
        yield Done(code=ExitCode.DONE, payload=_of_settings(current), told=lambda: _tell(current))

    return told_in_turn(act, meant(config, company), as_json=as_json)


def _of_settings(current: Settings) -> dict[str, object]:
    rows = [
        {"key": key, "value": value or None, "origin": current.origins[key] if value else None}
        for key, value in current.shown.items()
    ]
    missing = [problem.key for problems in current.missing.values() for problem in problems]
    return {"config": str(current.config) if current.config else None, "settings": rows, "missing": missing}


def _tell(current: Settings) -> None:
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
