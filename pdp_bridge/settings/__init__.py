"""The operator's choices, read once and passed down; no other module reads the environment.

Order: argument, environment, TOML file, default. `load` reports everything that is wrong at once.

    settings = load()
    settings.require_platform().client_secret    # prints as <secret>
"""

from pdp_bridge.settings.companies import OWN
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
