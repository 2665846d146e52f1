"""Every setting: its name in the TOML file, what it may hold, its environment variable, its default.

The names are a contract with operators: an added key is a feature, a renamed one breaks somebody's file.
"""

from __future__ import annotations

from dataclasses import dataclass

from pdp_bridge.model.seller import EXTRA_TAXES
from pdp_bridge.settings import kinds
from pdp_bridge.settings.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting. `name` is dotted: `seller.bank.iban` stands in the section `[seller.bank]`."""

    name: str
    kind: Kind
    variable: str | None = None
    default: object = None


SECTION_ALIASES = {"facturation_pro": "source", "iopole": "platform"}
"""Sections that may also be called by the name of the service."""


def _key(name: str, kind: Kind, variable: str | None = None, *, default: object = None) -> tuple[str, Key]:
    return name, Key(name=name, kind=kind, variable=variable, default=default)


KEYS: dict[str, Key] = dict(
    [
        _key("environment", kinds.choice("sandbox", "production"), "PDP_BRIDGE_ENVIRONMENT"),
        _key("language", kinds.choice("fr", "en"), "PDP_BRIDGE_LANG"),
        _key("data", kinds.PATH, "PDP_BRIDGE_DATA"),
        _key("database_url", kinds.TEXT, "PDP_BRIDGE_DATABASE_URL"),
        _key("archive", kinds.PATH, "PDP_BRIDGE_ARCHIVE"),
        _key("trusted_hosts", kinds.texts(kinds.HOST)),
        # Who sells
        _key("seller.name", kinds.TEXT),
        _key("seller.trading_name", kinds.TEXT),
        _key("seller.siren", kinds.SIREN),
        _key("seller.siret", kinds.SIRET),
        _key("seller.vat_number", kinds.VAT_NUMBER),
        _key("seller.electronic_address", kinds.TEXT),
        _key("seller.legal_form", kinds.TEXT),
        _key("seller.registration", kinds.TEXT),
        _key("seller.address", kinds.texts(kinds.TEXT, most=3)),
        _key("seller.postcode", kinds.TEXT),
        _key("seller.city", kinds.TEXT),
        _key("seller.country", kinds.COUNTRY, default="FR"),
        _key("seller.contact_name", kinds.TEXT),
        _key("seller.phone", kinds.TEXT),
        _key("seller.email", kinds.EMAIL),
        _key("seller.vat_regime", kinds.choice("normal", "franchise"), default="normal"),
        _key("seller.vat_on_debits", kinds.FLAG, default=False),
        _key("seller.default_operation", kinds.choice("goods", "services", "mixed")),
        _key("seller.franchise_text", kinds.TEXT, default="TVA non applicable, art. 293 B du CGI"),
        _key("seller.creditor_id", kinds.CREDITOR_ID),
        _key("seller.bank.iban", kinds.IBAN),
        _key("seller.bank.bic", kinds.BIC),
        _key("seller.bank.holder", kinds.TEXT),
        _key("mentions.recovery_cost", kinds.TEXT),
        _key("mentions.late_payment", kinds.TEXT),
        _key("mentions.early_payment", kinds.TEXT),
        _key("mentions.extra", kinds.texts(kinds.TEXT)),
        # Where invoices come from
        _key("source.base_url", kinds.SERVICE, "FACTURATION_PRO_BASE_URL", default="https://www.facturation.pro"),
        _key("source.api_id", kinds.TEXT, "FACTURATION_PRO_API_ID"),
        _key("source.api_key", kinds.SECRET, "FACTURATION_PRO_API_KEY"),
        _key("source.api_key_file", kinds.PATH, "FACTURATION_PRO_API_KEY_FILE"),
        _key("source.api_key_keyring", kinds.KEYRING),
        _key("source.firm_id", kinds.whole(1), "FACTURATION_PRO_FIRM_ID"),
        _key("source.user_agent", kinds.USER_AGENT, "FACTURATION_PRO_USER_AGENT"),
        _key("source.rpm", kinds.whole(0), "PDP_BRIDGE_SOURCE_RPM", default=114),
        _key("source.native_sending_disabled", kinds.FLAG, default=False),
        # Where they go
        _key("platform.provider", kinds.choice("iopole"), "PDP_PROVIDER", default="iopole"),
        _key("platform.base_url", kinds.API_ROOT, "IOPOLE_BASE_URL"),
        _key("platform.auth_url", kinds.API_ROOT, "IOPOLE_AUTH_URL"),
        _key("platform.client_id", kinds.TEXT, "IOPOLE_CLIENT_ID"),
        _key("platform.client_secret", kinds.SECRET, "IOPOLE_CLIENT_SECRET"),
        _key("platform.client_secret_file", kinds.PATH, "IOPOLE_CLIENT_SECRET_FILE"),
        _key("platform.client_secret_keyring", kinds.KEYRING),
        _key("platform.customer_id", kinds.TEXT, "IOPOLE_CUSTOMER_ID"),
        _key("platform.rpm", kinds.whole(0), "PDP_BRIDGE_PLATFORM_RPM", default=120),
        # What the platform tells by itself
        _key("webhook.secret", kinds.SECRET, "PDP_BRIDGE_WEBHOOK_SECRET"),
        _key("webhook.secret_file", kinds.PATH, "PDP_BRIDGE_WEBHOOK_SECRET_FILE"),
        _key("webhook.secret_keyring", kinds.KEYRING),
        _key("webhook.host", kinds.ADDRESS, "PDP_BRIDGE_WEBHOOK_HOST", default="127.0.0.1"),
        _key("webhook.port", kinds.whole(0, 65535), "PDP_BRIDGE_WEBHOOK_PORT", default=8470),
        _key("webhook.path_prefix", kinds.URL_PATH, "PDP_BRIDGE_WEBHOOK_PATH_PREFIX", default="/iopole"),
        _key("webhook.replay_seconds", kinds.seconds(positive=True), "PDP_BRIDGE_WEBHOOK_REPLAY_SECONDS", default=600),
        # How the page looks
        _key("page.logo", kinds.PATH),
        _key("page.accent", kinds.COLOUR, default="#1f3a5f"),
        _key("page.footer", kinds.TEXT),
        _key("page.qr_code", kinds.FLAG, default=True),
        # Choices where the source leaves one
        _key("policy.go_live", kinds.DAY),
        _key("policy.strict_units", kinds.FLAG, default=False),
        _key("policy.clamp_due_date", kinds.FLAG, default=False),
        _key("policy.relaxed_rounding", kinds.FLAG, default=False),
        _key("policy.extra_tax", kinds.choice(*EXTRA_TAXES)),
        _key("policy.millilitre", kinds.FLAG, default=False),
        _key("policy.consumers_with_siret", kinds.FLAG, default=False),
        _key("policy.send_exempt", kinds.FLAG, default=False),
        _key("policy.attach_files", kinds.FLAG, default=False),
        _key("policy.buyer_reference_field", kinds.TEXT),
        _key("policy.contract_field", kinds.TEXT),
        _key("policy.exemptions", kinds.EXEMPTIONS),
        _key("policy.public_buyers", kinds.texts(kinds.SIREN)),
        _key("policy.directory_check", kinds.FLAG, default=True),
        # What is written back to the source
        _key("write_back.status", kinds.FLAG, default=False),
        _key("write_back.upload", kinds.FLAG, default=False),
        _key("write_back.upload_visible", kinds.FLAG, default=False),
        _key("write_back.follow_up", kinds.TEXT),
        _key("write_back.follow_up_rejected", kinds.TEXT),
        _key("write_back.at_once", kinds.whole(1, 2000), default=200),
        # Waits
        _key("timing.retry_first_seconds", kinds.seconds(positive=False), "PDP_BRIDGE_RETRY_FIRST_SECONDS", default=10),
        _key("timing.lease_seconds", kinds.seconds(positive=True), "PDP_BRIDGE_LEASE_SECONDS", default=60),
        _key("timing.settle_seconds", kinds.seconds(positive=False), "PDP_BRIDGE_SETTLE_SECONDS", default=900),
        _key(
            "timing.history_interval_seconds",
            kinds.seconds(positive=False),
            "PDP_BRIDGE_HISTORY_INTERVAL_SECONDS",
            default=1800,
        ),
        # Who is told what needs a person
        _key("notices.verdict_hours", kinds.whole(1), default=24),
        _key("notices.receipt_days", kinds.whole(1), default=3),
        _key("notices.sync_hours", kinds.whole(1), default=24),
        _key("notices.outage_hours", kinds.whole(1), default=2),
        _key("notices.command", kinds.texts(kinds.TEXT)),
        _key("notices.command_seconds", kinds.seconds(positive=True), default=30),
        _key("notices.mail_to", kinds.texts(kinds.EMAIL)),
        _key("notices.mail_from", kinds.EMAIL),
        _key("notices.smtp_host", kinds.TEXT),
        _key("notices.smtp_port", kinds.whole(1, 65535), default=587),
        _key("notices.smtp_security", kinds.choice("starttls", "tls", "none"), default="starttls"),
        _key("notices.smtp_user", kinds.TEXT),
        _key("notices.smtp_password", kinds.SECRET, "PDP_BRIDGE_SMTP_PASSWORD"),
        _key("notices.smtp_password_file", kinds.PATH),
        _key("notices.smtp_password_keyring", kinds.KEYRING),
        _key("notices.webhook_url", kinds.RECEIVER),
        _key("notices.webhook_secret", kinds.SECRET, "PDP_BRIDGE_NOTICES_SECRET"),
        _key("notices.webhook_secret_file", kinds.PATH),
        _key("notices.webhook_secret_keyring", kinds.KEYRING),
    ]
)
