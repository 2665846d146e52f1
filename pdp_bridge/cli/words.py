"""The operator's language: French or English texts from the gettext catalogues in `locales`.

Order: `--lang`, `PDP_BRIDGE_LANG`, the settings file, the locale of the session, English.
"""

from __future__ import annotations

import gettext
import os
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pdp_bridge.errors import BridgeError
from pdp_bridge.model.report import Finding, Layer
from pdp_bridge.rules.screens import is_setting, screen

DOMAIN = "pdp_bridge"
LOCALES = Path(__file__).resolve().parent.parent / "locales"
LANGUAGES = ("en", "fr")

_ = gettext.gettext
several = gettext.ngettext


def phrase(text: str) -> str:
    """The text itself: marks, for the catalogues, what is translated elsewhere."""
    return text


TYPER = (
    phrase("Arguments"),
    phrase("Options"),
    phrase("Commands"),
    phrase("Error"),
    phrase("[default: {}]"),
    phrase("[required]"),
    phrase("Missing command."),
    phrase("No such command {name!r}."),
    phrase("Try [blue]'{command_path} {help_option}'[/] for help."),
)
"""Typer's own words: it asks gettext for them, and finds them in our catalogue."""


def choose(language: str) -> None:
    """Speak that language from now on, in this process."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, LOCALES)
    gettext.textdomain(DOMAIN)


def language() -> str:
    """The language in use."""
    return os.environ.get("LANGUAGE", "en")


def preferred(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> str:
    """The language of a command line, before anything of it is understood."""
    environ = os.environ if environ is None else environ
    wishes = (
        _option(arguments, "--lang"),
        environ.get("PDP_BRIDGE_LANG"),
        _of_settings(_option(arguments, "--config"), environ),
        next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), None),
    )
    return next((wish[:2].lower() for wish in wishes if wish and wish[:2].lower() in LANGUAGES), "en")


def _option(arguments: Sequence[str], name: str) -> str | None:
    for place, argument in enumerate(arguments):
        if argument == name:
            return arguments[place + 1] if place + 1 < len(arguments) else None
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None


def _of_settings(config: str | None, environ: Mapping[str, str]) -> str | None:
    """The language of the settings file, if it can be read: what is wrong with it is told later."""
    from pdp_bridge.settings import config_file

    try:
        found = config_file(Path(config) if config else None, environ)
        wish = tomllib.loads(found.path.read_text("utf-8-sig")).get("language") if found.path else None
    except (BridgeError, OSError, ValueError):
        return None
    return wish if isinstance(wish, str) else None


def sentence(finding: Finding) -> str:
    """The finding in the operator's language."""
    return finding.message_fr if language() == "fr" and finding.message_fr else finding.message


def place(field: str | None) -> str | None:
    """Where a field is corrected: the screen of Facturation.pro, or the settings."""
    if field is None:
        return None
    if is_setting(field):
        return _("{field}, in the settings").format(field=field)
    told = screen(field, french=language() == "fr")
    name = f"{told} ({field})" if told else field
    return _("{field}, in Facturation.pro").format(field=name)


def idle_reason(layer: Layer) -> str:
    """Why a layer did not run, in the operator's language; empty when it ran."""
    return (layer.reason_fr if language() == "fr" else None) or layer.reason or ""


def day(value: date | None) -> str:
    """A date as the language writes it."""
    if value is None:
        return ""
    return f"{value:%d/%m/%Y}" if language() == "fr" else value.isoformat()


def moment(value: datetime | None) -> str:
    """An instant in local time, as the language writes it."""
    if value is None:
        return ""
    local = value.astimezone()
    return f"{local:%d/%m/%Y %H:%M}" if language() == "fr" else f"{local:%Y-%m-%d %H:%M}"


def price(value: Decimal, currency: str) -> str:
    """An amount with its currency, as the language writes it."""
    from babel.numbers import format_currency

    return format_currency(value, currency, locale=language())
