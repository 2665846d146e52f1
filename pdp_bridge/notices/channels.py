"""How a digest leaves: a command of the operator, e-mail over SMTP, or an HTTP request. Each tells why it could not.

A command gets the JSON on its standard input and a bare environment: no shell, and none of our credentials. E-mail
and HTTP go over verified TLS, but to this machine.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import smtplib
import ssl
import subprocess
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Protocol

import httpx

from pdp_bridge.notices.digest import Digest, NotDelivered

TIMEOUT = 20.0
"""Seconds for one wait of a mail server or a receiver."""

TIME_HEADER, SIGNATURE_HEADER = "X-Pdp-Bridge-Timestamp", "X-Pdp-Bridge-Signature"


class Channel(Protocol):
    """One way to tell people."""

    @property
    def name(self) -> str:
        """`command`, `mail` or `webhook`."""
        ...

    def deliver(self, digest: Digest) -> None:
        """Hand the digest over. Raises `NotDelivered`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with its arguments; the digest on its standard input as JSON. Exit code 0 means told."""

    arguments: tuple[str, ...]
    seconds: float
    name: str = "command"

    def deliver(self, digest: Digest) -> None:
        """Raises `NotDelivered` when it cannot be started, takes too long, or ends with another code than 0."""
        try:
            ended = subprocess.run(
                self.arguments,
                input=digest.as_json(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotDelivered(f"the command was stopped after {self.seconds:g} s") from error
        except OSError as error:
            raise NotDelivered(f"the command cannot be started: {error.strerror}") from error
        if ended.returncode != 0:
            raise NotDelivered(f"the command ended with code {ended.returncode}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Mail:
    """One message to all recipients. `security`: `starttls`, `tls`, or `none` to this machine."""

    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: str | None = None
    name: str = "mail"

    def deliver(self, digest: Digest) -> None:
        """Raises `NotDelivered`."""
        try:
            with self._connected() as server:
                if self.user is not None:
                    server.login(self.user, self.password or "")
                server.send_message(self._message(digest))
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"the mail server answers {error.smtp_code} ({type(error).__name__})") from None
        except (smtplib.SMTPException, OSError, ValueError) as error:  # the latter: a header that is none
            raise NotDelivered(f"the mail could not be handed over ({type(error).__name__})") from None

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        if self.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _message(self, digest: Digest) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = digest.title
        message["From"] = self.sender
        message["To"] = ", ".join(self.recipients)
        message["Date"] = format_datetime(digest.made_at)
        message["Message-ID"] = make_msgid("pdp-bridge", domain=self.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(digest.text)
        return message


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Webhook:
    """`POST` of the JSON; any 2xx means told. With a `secret`, signed: HMAC-SHA256 over time, a full stop, body."""

    url: str
    secret: str | None = None
    name: str = "webhook"

    def deliver(self, digest: Digest) -> None:
        """Raises `NotDelivered`; redirects are not followed."""
        body, time = digest.as_json(), str(int(digest.made_at.timestamp()))
        headers = {"Content-Type": "application/json; charset=utf-8", TIME_HEADER: time}
        if self.secret is not None:
            signed = hmac.new(self.secret.encode(), time.encode() + b"." + body, hashlib.sha256)
            headers[SIGNATURE_HEADER] = signed.hexdigest()
        try:
            with (
                httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
                client.stream("POST", self.url, content=body, headers=headers) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotDelivered(f"the receiver cannot be reached ({type(error).__name__})") from None
        if not 200 <= status < 300:  # noqa: PLR2004 - success
            raise NotDelivered(f"the receiver answers {status}")
