"""The operator's choices, read once and passed down; no other module reads the environment.

Order: argument, environment, TOML file, default. `load` reports everything that is wrong at once.

    settings = load()
    settings.require_platform().client_secret    # prints as <secret>

Each name is fetched when it is first used: the file and its language are found without loading them all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdp_bridge.settings.company_tables import OWN
    from pdp_bridge.settings.keys import KEYS, SECTION_ALIASES, Key
    from pdp_bridge.settings.loading import added, companies, load, meant, problems_with, shared_keys, unknown
    from pdp_bridge.settings.problems import Problem, SettingsError, Wrong, phrase
    from pdp_bridge.settings.search import config_file
    from pdp_bridge.settings.secret import Secret
    from pdp_bridge.settings.values import (
        Company,
        Environment,
        PlatformSettings,
        Settings,
        SourceSettings,
        Timing,
        WebhookSettings,
    )

_HOMES = {
    "KEYS": "keys",
    "OWN": "company_tables",
    "SECTION_ALIASES": "keys",
    "Company": "values",
    "Environment": "values",
    "Key": "keys",
    "PlatformSettings": "values",
    "Problem": "problems",
    "Secret": "secret",
    "Settings": "values",
    "SettingsError": "problems",
    "SourceSettings": "values",
    "Timing": "values",
    "WebhookSettings": "values",
    "Wrong": "problems",
    "added": "loading",
    "companies": "loading",
    "config_file": "search",
    "load": "loading",
    "meant": "loading",
    "phrase": "problems",
    "problems_with": "loading",
    "shared_keys": "loading",
    "unknown": "loading",
}

__all__ = [
    "KEYS",
    "OWN",
    "SECTION_ALIASES",
    "Company",
    "Environment",
    "Key",
    "PlatformSettings",
    "Problem",
    "Secret",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "Timing",
    "WebhookSettings",
    "Wrong",
    "added",
    "companies",
    "config_file",
    "load",
    "meant",
    "phrase",
    "problems_with",
    "shared_keys",
    "unknown",
]


def __getattr__(name: str) -> object:
    """Fetch a public name from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next use finds it without asking
    return found
