"""Each channel against the real thing on loopback: a program, a mail server, an HTTP receiver; and how each fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from http_receiver import Receiver
from mail_server import MailServer, certified

from pdp_bridge.model.notice import Matter, Notice
from pdp_bridge.notices.channels import SIGNATURE_HEADER, TIME_HEADER, Command, Mail, Webhook
from pdp_bridge.notices.digest import Digest, NotDelivered

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NOTICE = Notice(key="rejected:7:1", matter=Matter.REJECTED, number="FA-7", reason="ROUTING_FAILURE")
DIGEST = Digest(notices=(NOTICE,), made_at=NOW, environment="sandbox", company="atelier", language="fr")
PASSWORD = "mot-de-passe-jamais-montre"


# -- a command -------------------------------------------------------------------------------------------------------


def python(code, *arguments, seconds=20):
    return Command(arguments=(sys.executable, "-c", code, *arguments), seconds=seconds)


def test_a_command_reads_the_digest_and_nothing_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("IOPOLE_CLIENT_SECRET", PASSWORD)
    heard = tmp_path / "heard.json"
    code = (
        "import json, os, sys; told = json.load(sys.stdin); told['environ'] = dict(os.environ); "
        "told['argument'] = sys.argv[2]; open(sys.argv[1], 'w').write(json.dumps(told))"
    )
    python(code, str(heard), "$(touch nothing); `id`").deliver(DIGEST)
    told = json.loads(heard.read_text())
    assert (told["company"], told["environment"]) == ("atelier", "sandbox")
    assert [(one["number"], one["matter"], one["reason"]) for one in told["notices"]] == [
        ("FA-7", "rejected", "ROUTING_FAILURE")
    ]
    assert told["notices"][0]["message"] != told["notices"][0]["message_fr"]
    assert told["argument"] == "$(touch nothing); `id`", "no shell looks at it"
    assert PASSWORD not in json.dumps(told)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (python("raise SystemExit(3)"), "code 3"),
        (python("import time; time.sleep(60)", seconds=0.2), "stopped after 0.2 s"),
        (Command(arguments=("/nonexistent/program",), seconds=5), "cannot be started"),
    ],
    ids=["fails", "hangs", "is not there"],
)
def test_a_command_that_does_not_tell(command, why):
    with pytest.raises(NotDelivered, match=why):
        command.deliver(DIGEST)


# -- mail ------------------------------------------------------------------------------------------------------------


def mail(server, **more):
    return Mail(
        **{
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "sender": "bridge@example.fr",
            "recipients": ("compta@example.fr", "patron@example.fr"),
            **more,
        }
    )


def read(server):
    return message_from_bytes(server.messages[0], policy=policy.default)


def test_a_mail_to_this_machine():
    with MailServer() as server:
        mail(server).deliver(DIGEST)
    message = read(server)
    assert message["Subject"] == "pdp-bridge – atelier\u00a0: 1 point à traiter"
    assert (message["From"], message["To"]) == ("bridge@example.fr", "compta@example.fr, patron@example.fr")
    assert "La facture FA-7 a été rejetée (ROUTING_FAILURE)" in message.get_content()
    assert sum(line.upper().startswith("RCPT TO") for line in server.said) == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_over_verified_tls_with_an_account(tmp_path, monkeypatch, security):
    context, authority = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with MailServer(context, implicit=security == "tls") as server:
        mail(server, security=security, user="bridge", password=PASSWORD).deliver(DIGEST)
    assert len(server.messages) == 1
    commands = [line.split()[0].upper() for line in server.said]
    assert commands.index("AUTH") > (commands.index("STARTTLS") if security == "starttls" else 0)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_learns_no_password(tmp_path, security):
    context, _authority = certified(tmp_path)
    with (
        MailServer(context, implicit=security == "tls") as server,
        pytest.raises(NotDelivered, match="SSLCertVerificationError") as caught,
    ):
        mail(server, security=security, user="bridge", password=PASSWORD).deliver(DIGEST)
    assert not any(line.upper().startswith("AUTH") for line in server.said)
    assert PASSWORD not in str(caught.value)


def test_without_starttls_nothing_goes_in_the_clear():
    with MailServer() as server, pytest.raises(NotDelivered, match="SMTPNotSupportedError"):
        mail(server, security="starttls", user="bridge", password=PASSWORD).deliver(DIGEST)
    assert {line.split()[0].upper() for line in server.said} <= {"EHLO", "QUIT"}


def test_a_mail_server_that_refuses_or_is_away():
    with MailServer(refuse="554 no spam, bridge@example.fr") as server, pytest.raises(NotDelivered, match="554") as one:
        mail(server).deliver(DIGEST)
    assert "spam" not in str(one.value), "its words are not ours"
    with pytest.raises(NotDelivered, match="ConnectionRefusedError"):
        mail(server).deliver(DIGEST)


def test_no_secret_is_shown_by_a_channel():
    assert PASSWORD not in repr(
        Mail(host="h", port=1, security="tls", sender="a@b.fr", recipients=(), password=PASSWORD)
    )
    assert PASSWORD not in repr(Webhook(url=f"https://example.fr/{PASSWORD}", secret=PASSWORD))


# -- HTTP ------------------------------------------------------------------------------------------------------------


def test_a_receiver_gets_the_json_signed():
    with Receiver() as receiver:
        Webhook(url=receiver.url, secret=PASSWORD).deliver(DIGEST)
    ((path, headers, body),) = receiver.heard
    assert path == "/hooks/pdp?key=1"
    assert body == DIGEST.as_json()
    assert headers[TIME_HEADER] == str(int(NOW.timestamp()))
    signed = hmac.new(PASSWORD.encode(), headers[TIME_HEADER].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers[SIGNATURE_HEADER], signed)


def test_without_a_secret_nothing_is_signed():
    with Receiver() as receiver:
        Webhook(url=receiver.url).deliver(DIGEST)
    assert SIGNATURE_HEADER not in receiver.heard[0][1]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_receiver_that_does_not_take_it(status):
    with Receiver(status) as receiver, pytest.raises(NotDelivered, match=str(status)):
        Webhook(url=receiver.url, secret=PASSWORD).deliver(DIGEST)
    assert len(receiver.heard) == 1, "a redirect is not followed"


def test_a_receiver_that_is_away_and_an_address_that_is_none():
    with Receiver() as receiver:
        url = receiver.url
    for address in (url, "http://[half", "nowhere"):
        with pytest.raises(NotDelivered) as caught:
            Webhook(url=address, secret=PASSWORD).deliver(DIGEST)
        assert address not in str(caught.value)
