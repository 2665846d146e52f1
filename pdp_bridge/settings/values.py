"""The settings once read: frozen, complete, with the origin of every value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pdp_bridge.model.notice import Thresholds
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.seller import Seller
from pdp_bridge.settings.problems import Problem, SettingsError, phrase
from pdp_bridge.settings.secret import Secret


class Environment(StrEnum):
    """Which side of the platform: said by the operator, never guessed from a host name."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """How to reach Facturation.pro. `rpm`: requests per minute, 0 for no limit."""

    base_url: str
    api_id: str
    api_key: Secret
    firm_id: int
    user_agent: str
    rpm: int
    native_sending_disabled: bool = False  # the operator switched off what Facturation.pro sends by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """How to reach Iopole. `auth_url` is the root of the auth host; without `customer_id` it is discovered.

    `rpm`: requests per minute, 0 for no limit.
    """

    provider: str
    base_url: str
    auth_url: str
    client_id: str
    client_secret: Secret
    customer_id: str | None
    rpm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who one company of the settings file is, as far as it is said. `key` is its name there: `[company.key]`."""

    key: str
    name: str | None = None  # BT-27
    siren: str | None = None  # BT-30
    siret: str | None = None
    firm_id: int | None = None  # at Facturation.pro
    client_id: str | None = None  # at the platform
    customer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """How the platform's callbacks are received. Without `secrets` every one of them is refused.

    `host` and `port`: where we listen (0: any free port); `path_prefix`: under which path of the address that the
    platform was given. `replay_seconds`: how far the time of a delivery may be from ours.
    """

    secrets: tuple[Secret, ...] = ()  # several while one replaces another
    host: str = "127.0.0.1"
    port: int = 8470
    path_prefix: str = "/iopole"
    replay_seconds: float = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How e-mail is handed over. `security`: `starttls`, `tls`, or `none` to this machine."""

    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """Who is told what needs a person, and how long silence is ordinary. A channel that is absent is not used."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    command: tuple[str, ...] = ()
    command_seconds: float = 30
    mail: MailSettings | None = None
    webhook_url: Secret | None = None  # receivers carry their key in it
    webhook_secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBackSettings:
    """What is shown in the source of what was sent; without `status` nothing is.

    `upload`: also the Factur-X of a validated invoice, `upload_visible` to its customer. `follow_up`,
    `follow_up_rejected`: titles of follow-ups that exist there. `at_once`: invoices written to after one run.
    """

    status: bool = False
    upload: bool = False
    upload_visible: bool = False
    follow_up: str | None = None
    follow_up_rejected: str | None = None
    at_once: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Waits, in seconds."""

    retry_first_seconds: float = 10
    lease_seconds: float = 60
    settle_seconds: float = 900
    history_interval_seconds: float = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the operator chose. `origins` says, for each key, where its value came from.

    `seller`, `source` and `platform` are None when they are not, or not completely, given: a command that needs one
    asks through `require_…`, which names every missing key.
    """

    environment: Environment | None
    seller: Seller | None
    source: SourceSettings | None
    platform: PlatformSettings | None
    timing: Timing
    webhook: WebhookSettings
    style: PageStyle
    language: str | None
    data: Path
    database_url: str = field(repr=False)  # may hold a password
    archive: Path | None = None  # folder of the archive files; None: beside a journal in SQLite
    config: Path | None = None  # the TOML file that was read
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    write_back: WriteBackSettings = field(default_factory=WriteBackSettings)
    firm_id: int | None = None  # at Facturation.pro, also while the access is not complete
    company: str | None = None  # whose they are; None when the file describes one seller alone
    others: tuple[Company, ...] = ()  # the other companies of the file
    origins: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict, repr=False)  # every key as a person may see it
    searched: tuple[str, ...] = ()  # files where a missing setting was looked for
    missing: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict, repr=False)

    def require_seller(self) -> Seller:
        """The seller. Raises `ConfigError` with every missing key."""
        if self.seller is None:
            raise self._missing("seller", phrase("The seller is not described yet:"))
        return self.seller

    def require_source(self) -> SourceSettings:
        """The access to Facturation.pro. Raises `ConfigError` with every missing key."""
        if self.source is None:
            raise self._missing("source", phrase("The access to Facturation.pro is not complete:"))
        return self.source

    def require_platform(self) -> PlatformSettings:
        """The access to the platform. Raises `ConfigError` with every missing key."""
        if self.platform is None:
            raise self._missing("platform", phrase("The access to Iopole is not complete:"))
        return self.platform

    def require(self, *sections: str) -> None:
        """Several of `seller`, `source`, `platform` at once. Raises `ConfigError` with every missing key."""
        missing = [problem for section in sections for problem in self.missing.get(section, ())]
        if missing:
            raise SettingsError(phrase("Some settings are missing:"), missing, searched=self.searched)

    def _missing(self, section: str, heading: str) -> SettingsError:
        return SettingsError(heading, self.missing.get(section, ()), searched=self.searched)
