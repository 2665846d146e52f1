"""From values found to the frozen `Settings`: what goes together, what is derived, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pdp_bridge.model import identifiers
from pdp_bridge.model.page import PageStyle
from pdp_bridge.settings.credentials import take_secret
from pdp_bridge.settings.gathered import DEFAULT, Gathered
from pdp_bridge.settings.hosts import IOPOLE, check_hosts
from pdp_bridge.settings.keys import KEYS
from pdp_bridge.settings.problems import Wrong, phrase
from pdp_bridge.settings.search import user_folder
from pdp_bridge.settings.secret import Secret
from pdp_bridge.settings.seller import seller_from
from pdp_bridge.settings.telling import notices_from
from pdp_bridge.settings.values import (
    Environment,
    PlatformSettings,
    Settings,
    SourceSettings,
    Timing,
    WebhookSettings,
    WriteBackSettings,
)

WEBHOOK_SECRET = (32, 512)
"""Shortest and longest secret that a webhook of Iopole may have, in characters."""


def settings_from(gathered: Gathered) -> Settings:
    """The settings; what is wrong is added to `gathered.problems`, what is missing to `gathered.missing`."""
    environment = Environment(gathered.get("environment")) if gathered.get("environment") else None
    take_secret(gathered, "source.api_key")
    take_secret(gathered, "platform.client_secret")
    take_secret(gathered, "webhook.secret")
    take_secret(gathered, "notices.smtp_password")
    take_secret(gathered, "notices.webhook_secret")
    _derive(gathered, environment)
    check_hosts(gathered, environment)
    seller = seller_from(gathered)
    return Settings(
        environment=environment,
        seller=seller,
        source=_source(gathered),
        platform=_platform(gathered),
        timing=_timing(gathered),
        webhook=_webhook(gathered),
        notices=notices_from(gathered),
        write_back=_write_back(gathered),
        style=_style(gathered),
        language=gathered.get("language"),
        data=gathered.get("data"),
        database_url=gathered.get("database_url"),
        archive=gathered.get("archive"),
        config=gathered.found.path,
        firm_id=gathered.get("source.firm_id"),
        origins={name: gathered.origins.get(name, DEFAULT) for name in KEYS},
        shown={name: shown(gathered.get(name)) for name in KEYS},
        searched=gathered.searched(),
        missing={section: tuple(problems) for section, problems in gathered.missing.items()},
    )


def shown(value: object) -> str:
    """A value as a person may see it: no secret, no password of a database address.

    >>> shown("postgresql://bridge:s3cr3t@db/journal")
    'postgresql://bridge:<secret>@db/journal'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{text} → {shown(pair)}" for text, pair in value.items())
    text = str(value)
    before, at, after = text.rpartition("@")
    scheme, mark, credentials = before.partition("://")
    if at and mark and ":" in credentials:
        return f"{scheme}://{credentials.partition(':')[0]}:<secret>@{after}"
    return text


def _derive(gathered: Gathered, environment: Environment | None) -> None:
    """Values that follow from others; their origin says from which."""

    def derive(name: str, value: Any, reason: str) -> None:
        if name not in gathered.values and not gathered.wrong(name) and value is not None:
            gathered.values[name] = value
            gathered.origins[name] = f"{DEFAULT} ({reason})"

    data = user_folder(gathered.environ, "XDG_DATA_HOME", ".local/share") / (environment or "unnamed")
    derive("data", data.absolute(), "environment")
    derive("database_url", f"sqlite:///{gathered.get('data')}/journal.db", "data")
    derive("archive", gathered.get("data") and gathered.get("data") / "archive", "data")
    if environment is not None:
        base_url, auth_url = IOPOLE[environment]
        derive("platform.base_url", base_url, "environment")
        derive("platform.auth_url", auth_url, "environment")
    email = gathered.get("seller.email")
    if email is not None and email.isascii():
        derive("source.user_agent", f"pdp_bridge ({email})", "seller.email")
    try:
        derive("seller.electronic_address", identifiers.siren(gathered.get("seller.siren") or ""), "seller.siren")
    except identifiers.IdentifierError:
        return  # no SIREN, no address


def _source(gathered: Gathered) -> SourceSettings | None:
    names = ("source.api_id", "source.api_key", "source.firm_id", "source.user_agent")
    if not gathered.require("source", names):
        return None
    keys = ("base_url", "api_id", "api_key", "firm_id", "user_agent", "rpm", "native_sending_disabled")
    return SourceSettings(**_of(gathered, "source", keys))


def _platform(gathered: Gathered) -> PlatformSettings | None:
    urls = ("platform.base_url", "platform.auth_url")
    if "environment" not in gathered.values and not all(name in gathered.values for name in urls):
        complete = gathered.require("platform", ("environment", "platform.client_id", "platform.client_secret"))
    else:
        complete = gathered.require("platform", (*urls, "platform.client_id", "platform.client_secret"))
    if not complete:
        return None
    keys = ("provider", "base_url", "auth_url", "client_id", "client_secret", "customer_id", "rpm")
    return PlatformSettings(**_of(gathered, "platform", keys))


def _timing(gathered: Gathered) -> Timing:
    keys = ("retry_first_seconds", "lease_seconds", "settle_seconds", "history_interval_seconds")
    return Timing(**_of(gathered, "timing", keys))


def _webhook(gathered: Gathered) -> WebhookSettings:
    given = gathered.get("webhook.secret")
    secrets = tuple(Secret(line.strip()) for line in given.reveal().splitlines() if line.strip()) if given else ()
    shortest, longest = WEBHOOK_SECRET
    if not all(shortest <= len(secret.reveal()) <= longest for secret in secrets):
        reason = phrase("must have {shortest} to {longest} characters: Iopole takes no other")
        gathered.complain("webhook.secret", reason, shortest=shortest, longest=longest)
    keys = ("host", "port", "path_prefix", "replay_seconds")
    return WebhookSettings(secrets=secrets, **_of(gathered, "webhook", keys))


def _write_back(gathered: Gathered) -> WriteBackSettings:
    names = ("status", "upload", "upload_visible", "follow_up", "follow_up_rejected", "at_once")
    values = _of(gathered, "write_back", names)
    for name in ("upload", "follow_up", "follow_up_rejected"):
        if values[name] and not values["status"]:
            gathered.complain(f"write_back.{name}", phrase("also needs write_back.status = true"))
    if values["upload_visible"] and not values["upload"]:
        gathered.complain("write_back.upload_visible", phrase("also needs write_back.upload = true"))
    return WriteBackSettings(**values)


def _of(gathered: Gathered, section: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: gathered.get(f"{section}.{name}") for name in names}


def _style(gathered: Gathered) -> PageStyle:
    logo = None
    path = gathered.get("page.logo")
    if path is not None:
        try:
            logo = _picture(path)
        except Wrong as wrong:
            gathered.complain("page.logo", wrong.reason, **wrong.values)
    return PageStyle(logo=logo, **_of(gathered, "page", ("accent", "footer", "qr_code")))


def _picture(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Wrong("names a file that cannot be read: {path}", path=path) from error
    if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise Wrong("names a file that is neither PNG nor JPEG: {path}", path=path)
    return content
