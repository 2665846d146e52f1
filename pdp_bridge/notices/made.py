"""The channels that the settings name, each with what it needs, and the telling over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pdp_bridge.model.notice import Altered
from pdp_bridge.notices.channels import Channel, Command, Mail, Webhook
from pdp_bridge.notices.digest import chosen
from pdp_bridge.notices.telling import Memory, Sender, look, tell, try_out
from pdp_bridge.settings.values import NoticeSettings, Settings


def tell_people(memory: Memory, settings: Settings, now: datetime, altered: Sequence[Altered] | None) -> None:
    """Bring the open matters up to date, and tell each channel what it does not know."""
    look(memory, settings.notices.thresholds, now, altered)
    tell(memory, channels(settings.notices), sender(settings), now)


def try_channels(settings: Settings, now: datetime) -> dict[str, str | None]:
    """A harmless notice over each channel; by its name, what went wrong, or None."""
    return try_out(channels(settings.notices), sender(settings), now)


def sender(settings: Settings) -> Sender:
    """Who tells."""
    return Sender(
        environment=settings.environment or "", company=settings.company or "", language=chosen(settings.language)
    )


def channels(settings: NoticeSettings) -> tuple[Channel, ...]:
    """None, one or several; secrets are revealed here and nowhere else."""
    found: list[Channel] = []
    if settings.command:
        found.append(Command(arguments=settings.command, seconds=settings.command_seconds))
    if settings.mail is not None:
        mail = settings.mail
        found.append(
            Mail(
                host=mail.host,
                port=mail.port,
                security=mail.security,
                sender=mail.sender,
                recipients=mail.recipients,
                user=mail.user,
                password=mail.password.reveal() if mail.password else None,
            )
        )
    if settings.webhook_url is not None:
        secret = settings.webhook_secret.reveal() if settings.webhook_secret else None
        found.append(Webhook(url=settings.webhook_url.reveal(), secret=secret))
    return tuple(found)
