"""The options that every command takes. Imported once the language is chosen: help texts are read here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pdp_bridge.cli import words
from pdp_bridge.cli.words import _


def _checked(value: str | None) -> str | None:
    if value is not None:
        if value not in words.LANGUAGES:
            raise typer.BadParameter(_("choose fr or en"))
        words.choose(value)
    return value


AsJson = Annotated[bool, typer.Option("--json", metavar="", help=_("Print JSON on standard output, for programs."))]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="PATH", help=_("The settings file; by default pdp-bridge.toml."), show_default=False
    ),
]
Lang = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="fr|en",
        callback=_checked,
        is_eager=True,
        help=_("Language of the texts."),
        show_default=False,
    ),
]
Company = Annotated[
    str | None,
    typer.Option(
        "--company",
        metavar="NAME",
        help=_("Which company of the settings; without it every one, each in turn."),
        show_default=False,
    ),
]
Debug = Annotated[bool, typer.Option("--debug", metavar="", help=_("Let errors through with their traceback."))]
Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help=_("Invoice number, or its id at Facturation.pro or Iopole."))
]
