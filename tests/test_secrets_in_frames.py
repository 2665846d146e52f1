"""Secrets stay inside even where a report shows every variable of every frame, and after a death in the middle.

Each kind of failure, from settings to deposits, is rendered with the variables of its frames and of its causes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from datetime import UTC, datetime

import httpx
import pytest
from test_secrets import API_KEY, CLIENT_SECRET, ROOT, WORKER, WRONG, Place, forms, lenient

from pdp_bridge.errors import BridgeError, ConfigError
from pdp_bridge.sandbox.facturation_pro import SourceOptions
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro.client import Client as SourceClient
from pdp_bridge.transmission.iopole.client import Client as PlatformClient

TOKEN = "tOkEn-0a9b8c7d6e5f4g3h2i1j"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HIDDEN = {form for secret in (API_KEY, CLIENT_SECRET, TOKEN, WRONG) for form in forms(secret)}


def rendered(error):
    """The error with its causes, and the variables of all their frames except those of this file."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    links = [frames]
    while link := links[-1].__cause__ or links[-1].__context__:
        links.append(link)
    for link in links:
        link.stack[:] = [frame for frame in link.stack if frame.filename != __file__]
    return "".join(frames.format()) + repr(error) + repr(vars(error))


def source(base_url="https://facturation.test", agent="pdp_bridge (test@example.fr)", **answer):
    return SourceClient(
        base_url=base_url,
        api_id="31415-926",
        api_key=API_KEY,
        firm_id=77,
        user_agent=agent,
        retry_first_seconds=0,
        sleep=lambda _seconds: None,
        **answer,
    )


def platform(base_url="https://api.iopole.test", auth_url="https://auth.iopole.test", **answer):
    return PlatformClient(
        base_url=base_url,
        auth_url=auth_url,
        client_id="sandbox",
        client_secret=CLIENT_SECRET,
        customer_id="01981cb1-17f4-7681-a60a-d669edc44e75",
        retry_first_seconds=0,
        sleep=lambda _seconds: None,
        **answer,
    )


def playing(token, answer):
    """A transport that gives tokens with one, and everything else with the other."""

    def handle(request):
        said = token if request.url.path.endswith("/token") else answer
        if isinstance(said, Exception):
            raise said
        if said is None:
            echoed = request.headers.get("authorization", "") + request.read().decode("utf-8", "replace")
            return httpx.Response(422, json={"message": echoed, "error": echoed})
        return httpx.Response(said[0], content=said[1], headers={"content-type": "application/json"})

    return httpx.MockTransport(handle)


GOOD = (200, b'{"access_token": "%s", "expires_in": 300}' % TOKEN.encode())
ANSWERS = [
    httpx.ReadTimeout("x"),
    httpx.ConnectError("x"),
    (200, b"<html>"),
    (302, b""),
    (400, b"{}"),
    (401, b"{}"),
    (403, b"{}"),
    (404, b"{}"),
    (429, b"{}"),
    (500, b"{}"),
    None,
]


@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_failures_of_the_services(answer):
    told = []
    for act in (
        lambda: source(transport=playing(GOOD, answer)).account(),
        lambda: source(transport=playing(GOOD, answer)).file("assets/1/download", "read file 1", 100),
        lambda: platform(transport=playing(GOOD, answer)).send_invoice("a.pdf", b"%PDF", "application/pdf"),
        lambda: platform(transport=playing(GOOD, answer)).status_not_seen(),
        lambda: platform(transport=playing(answer, (200, b"[]"))).status_not_seen(),
    ):
        with pytest.raises(BridgeError) as caught:
            act()
        told.append(rendered(caught.value))
    assert all("self = Client(" in text for text in told), "variables are shown"
    assert [form for form in HIDDEN for text in told if form in text] == []


@pytest.mark.parametrize("token", [b'{"access_token": "%s", "token_type": "mac"}', b'{"access_token": "a %s"}'])
def test_a_token_that_cannot_be_used(token):
    said = (200, token % TOKEN.encode())
    with pytest.raises(BridgeError) as caught:
        platform(transport=playing(said, (200, b"[]"))).status_not_seen()
    assert TOKEN not in rendered(caught.value)


def test_connections_that_are_really_refused():
    """Not played: the frames of the HTTP library, where headers lie open, are among the causes."""
    for act in (
        source(base_url="http://127.0.0.1:1").account,
        platform(base_url="http://127.0.0.1:1", auth_url="http://127.0.0.1:1").status_not_seen,
    ):
        with pytest.raises(BridgeError) as caught:
            act()
        told = rendered(caught.value)
        assert "ConnectError" in told
        assert [form for form in HIDDEN if form in told] == []


def test_settings_that_are_refused(tmp_path):
    path = tmp_path / "pdp-bridge.toml"
    secret = f'client_secret = "{CLIENT_SECRET}"'
    for text in (f"[platform]\n{secret}\nrpm = -1", f"[platform]\n{secret}\n[[", f"[iopole]\n{secret}\nx = 1"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load(path, {"FACTURATION_PRO_API_KEY": API_KEY, "HOME": str(tmp_path)})
        told = re.sub(r"^ +environ = .*$", "", rendered(caught.value), flags=re.MULTILINE)  # what this test handed over
        assert [form for form in HIDDEN if form in told] == []
    for act in (
        lambda: source(base_url="http://x.test"),
        lambda: source(agent="é"),
        lambda: platform(base_url="http://x.test"),
        lambda: platform(auth_url="ftp://x"),
    ):
        with pytest.raises(ConfigError) as caught:
            act()
        assert [form for form in HIDDEN if re.search(rf"(?<!['\"]){re.escape(form)}", rendered(caught.value))] == []


KILLED = (
    WORKER.partition("with Bridge")[0]
    + """
import os
with Bridge.from_settings() as bridge:
    for act in (bridge.pull, bridge.run, bridge.sync):
        told(act)
    os._exit(9)  # nothing is closed: the write-ahead log stays
"""
)


@pytest.mark.slow
def test_a_death_in_the_middle_leaves_no_secret_either(tmp_path):
    options = {
        "source": SourceOptions(api_id="31415-926", api_key=API_KEY),
        "platform": PlatformOptions(client_secret=CLIENT_SECRET),
    }
    with Sandbox(judge=lenient, **options) as sandbox:
        sandbox.load_demo()
        place = Place(tmp_path, sandbox.environment())
        assert place.run("-c", KILLED, "killed.log").returncode == 9
        kept = {path.name for path in (tmp_path / "data").iterdir()}
        assert "journal.db-wal" in kept
        assert place.leaks("2026-101")
        assert place.leaks(*HIDDEN) == []
        for command in (
            ("demo", "-o", "demo"),
            ("plan",),
            ("audit", "--period", "2026", "--csv", "audit.csv"),
            ("history", "2026-101", "--refresh"),
            ("render", "--all", "-o", "pdf"),
            ("status", "2026-116"),
            ("rehearse", "--pack", "nothing"),
            ("proof", "2026-101", "-o", "proof.zip"),
            ("verify", "proof.zip"),
            ("backup", "copy.db"),
            ("rebuild",),
            ("restore", "copy.db"),
            ("notices", "--test"),
            ("init", "--yes"),
        ):
            place.run("-m", "pdp_bridge", *command, "--debug")
    assert len(list((tmp_path / "demo").iterdir())) >= 12
    assert {"proof.zip", "copy.db"} <= {where for where, _form in place.leaks("2026-101")}, "both are looked into"
    assert place.leaks(*HIDDEN) == []


def test_no_option_takes_a_secret():
    """What stands in a command line is seen by every user of the machine."""
    script = """
import typer
from pdp_bridge.cli.app import app
commands = typer.main.get_command(app).commands.values()
print([option for command in commands for given in command.params for option in given.opts])
"""
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert "--json" in said
    assert not re.search(r"secret|password|token|api.?key", said)
