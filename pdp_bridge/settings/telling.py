"""The section `[notices]`: who is told what needs a person, over which channel, and after how much silence."""

from __future__ import annotations

from datetime import timedelta

from pdp_bridge.addresses import is_loopback
from pdp_bridge.model.notice import Thresholds
from pdp_bridge.settings.gathered import Gathered
from pdp_bridge.settings.problems import phrase
from pdp_bridge.settings.values import MailSettings, NoticeSettings


def notices_from(gathered: Gathered) -> NoticeSettings:
    """The section as it stands; what contradicts itself is noted as a problem."""
    return NoticeSettings(
        thresholds=Thresholds(
            settle=timedelta(seconds=gathered.get("timing.settle_seconds")),
            verdict=timedelta(hours=gathered.get("notices.verdict_hours")),
            receipt=timedelta(days=gathered.get("notices.receipt_days")),
            sync=timedelta(hours=gathered.get("notices.sync_hours")),
            outage=timedelta(hours=gathered.get("notices.outage_hours")),
        ),
        command=gathered.get("notices.command") or (),
        command_seconds=gathered.get("notices.command_seconds"),
        mail=_mail(gathered),
        webhook_url=gathered.get("notices.webhook_url"),
        webhook_secret=gathered.get("notices.webhook_secret"),
    )


def _mail(gathered: Gathered) -> MailSettings | None:
    recipients, sender, host = (gathered.get(f"notices.{name}") for name in ("mail_to", "mail_from", "smtp_host"))
    if not recipients:
        return None
    if sender is None or host is None:
        gathered.complain("notices.mail_to", phrase("also needs notices.mail_from and notices.smtp_host"))
        return None
    security = gathered.get("notices.smtp_security")
    if security == "none" and not is_loopback(host):
        reason = phrase("is none, which is accepted for a mail server on this machine only (127.0.0.1, localhost)")
        gathered.complain("notices.smtp_security", reason)
    return MailSettings(
        host=host,
        port=gathered.get("notices.smtp_port"),
        security=security,
        sender=sender,
        recipients=recipients,
        user=gathered.get("notices.smtp_user"),
        password=gathered.get("notices.smtp_password"),
    )
