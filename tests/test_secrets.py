"""Secrets stay inside: the line runs with every logger at DEBUG, then each byte that it left is searched.

Processes of their own, so that all of it is seen: standard output, standard error, log, journal, data folder.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.facturation_pro import SourceOptions
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox

ROOT = Path(__file__).parent.parent
API_ID, API_KEY = "31415-926", "Zq7pXk2vT9mB4nR8sW1yL6cD3fG5hJ0a"
CLIENT_SECRET = "uV8wY2zA5bC9dE3fH7jK1mN4pQ6rS0tX"
WRONG = "wRoNg-kEy-1a2b3c4d5e6f7g8h9i0j"

WORKER = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, filename=sys.argv[1], format="%(name)s %(levelname)s %(message)s %(args)r")
logging.captureWarnings(True)
from pdp_bridge import Bridge
from pdp_bridge.errors import BridgeError

def told(act):
    try:
        print(act())
    except BridgeError as error:
        logging.getLogger("worker").exception("refused")
        print(type(error).__name__, error, repr(error), vars(error))

with Bridge.from_settings() as bridge:
    for act in (bridge.pull, bridge.run, bridge.sync, bridge.doctor, lambda: list(bridge.entries())):
        told(act)
    if len(sys.argv) > 2:
        told(lambda: bridge.history(sys.argv[2], refresh=True))
        told(lambda: bridge.send("no-such-number"))
    for part in (bridge.settings, bridge.settings.source, bridge.settings.platform, vars(bridge)):
        print(repr(part), str(part), f"{part}")
"""


def lenient(document):
    """The platform's judgement is not what is tested here."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


def forms(secret):
    """A secret as it might be written somewhere."""
    pair = {f"{API_ID}:{secret}", f"sandbox:{secret}"}
    encoded = {base64.b64encode(text.encode()).decode().rstrip("=") for text in pair}
    return {
        secret,
        quote(secret, safe=""),
        secret[:24],
        base64.b64encode(secret.encode()).decode().rstrip("="),
        *encoded,
    }


class Place:
    """One operator's machine: settings without secrets, environment with them, and everything that was left behind."""

    def __init__(self, folder, environment):
        self.folder = folder
        (folder / "pdp-bridge.toml").write_text(demo.settings_text(), encoding="utf-8")
        self.environment = {
            **environment,
            "FACTURATION_PRO_API_ID": API_ID,
            "FACTURATION_PRO_API_KEY": API_KEY,
            "IOPOLE_CLIENT_SECRET": CLIENT_SECRET,
            "PDP_BRIDGE_DATA": str(folder / "data"),
            "PDP_BRIDGE_RETRY_FIRST_SECONDS": "0",
            "PDP_BRIDGE_LEASE_SECONDS": "600",  # what is in doubt stays so: nothing is waited for
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
        }
        self.output = b""

    def run(self, *arguments, **environment):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            check=False,
            capture_output=True,
            timeout=300,
        )
        self.output += done.stdout + done.stderr
        return done

    def work(self, log, *arguments, **environment):
        done = self.run("-c", WORKER, log, *arguments, **environment)
        assert done.returncode == 0, done.stderr.decode()

    def left(self):
        """Each thing left behind: name, bytes."""
        yield "output", self.output
        for path in self.folder.rglob("*"):
            yield "the name of a file", str(path.relative_to(self.folder)).encode()
            if path.is_file():
                yield path.name, path.read_bytes()
        with closing(sqlite3.connect(self.folder / "data" / "journal.db")) as journal:
            yield "journal", "\n".join(journal.iterdump()).encode()

    def leaks(self, *hidden):
        return sorted(
            {(where, form[:6]) for where, content in self.left() for form in hidden if form.encode() in content}
        )


@pytest.fixture
def tokens(monkeypatch):
    """Every access token that the sandbox gives."""
    given = []
    real = secrets.token_urlsafe

    def remembered(length):
        given.append(real(length))
        return given[-1]

    monkeypatch.setattr("pdp_bridge.sandbox.iopole.secrets.token_urlsafe", remembered)
    return given


def test_nothing_that_the_line_leaves_behind_holds_a_secret(tmp_path, tokens):
    source = SourceOptions(api_id=API_ID, api_key=API_KEY)
    platform = PlatformOptions(client_secret=CLIENT_SECRET)
    with Sandbox(judge=lenient, source=source, platform=platform) as sandbox:
        sandbox.load_demo()
        place = Place(tmp_path, sandbox.environment())
        lost = {"method": "POST", "path": "/v1/invoice"}
        sandbox.iopole_faults.add(
            Fault(Kind.STATUS, status=400, **lost),
            Fault(Kind.DROP, after=True, **lost),
            Fault(Kind.STATUS, status=503, **lost),
            Fault(Kind.TRUNCATED, **lost),
            Fault(Kind.STATUS, "POST", "*/token", status=500),
            Fault(Kind.HTML, "GET", "*/search"),
        )
        sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, "GET", "*/invoices.json", status=500))
        place.work("first.log")
        sandbox.forget_tokens()
        sandbox.advance(60)
        place.work("second.log", "2026-101")
        place.work("wrong-key.log", FACTURATION_PRO_API_KEY=WRONG)
        place.work("wrong-secret.log", IOPOLE_CLIENT_SECRET=WRONG)
        for command in ("settings", "doctor", "status", "run", "sync"):
            place.run("-m", "pdp_bridge", command, "--json")
            place.run("-m", "pdp_bridge", command, "--debug")
        place.run("-m", "pdp_bridge", "run", "--debug", FACTURATION_PRO_API_KEY=WRONG)
        place.run("-m", "pdp_bridge", "sync", "--debug", IOPOLE_CLIENT_SECRET=WRONG)

        assert len(sandbox.iopole.deposits) >= 12, "the line has run"
    assert len(set(tokens)) >= 3
    logs = b"".join(path.read_bytes() for path in tmp_path.glob("*.log"))
    assert b"httpcore" in logs, "everything was logged"
    assert b"AUTH_FAILED" in place.output
    assert b"Traceback" in place.output
    assert place.leaks("2026-101"), "the search finds what is there"
    hidden = {form for secret in (API_KEY, CLIENT_SECRET, WRONG) for form in forms(secret)}
    assert place.leaks(*hidden, *(token[:32] for token in tokens)) == []


def test_a_service_that_repeats_what_it_was_sent_is_not_quoted(tmp_path):
    with Echo() as echo:
        addresses = dict.fromkeys(("FACTURATION_PRO_BASE_URL", "IOPOLE_BASE_URL", "IOPOLE_AUTH_URL"), echo.url)
        with Sandbox(judge=lenient) as sandbox:
            place = Place(tmp_path, {**sandbox.environment(), **addresses})
        for status in (400, 401, 403, 422, 500):
            echo.status = status
            place.work(f"{status}.log")
        place.run("-m", "pdp_bridge", "doctor", "--debug")
    assert echo.heard >= 20
    assert place.leaks("journal.db"), "the search finds what is there"
    assert place.leaks(*forms(API_KEY), *forms(CLIENT_SECRET)) == []


class Echo:
    """A service that answers everything with an error that repeats the request, credentials included."""

    def __init__(self):
        self.status = 400
        self.heard = 0
        echo = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                echo.heard += 1
                body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode("utf-8", "replace")
                said = f"{self.headers.get('authorization')} {body}"
                names = ("message", "statusMessage", "error", "error_description", "errors")
                content = json.dumps(dict.fromkeys(names, said)).encode()
                self.send_response(echo.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = answer  # noqa: N815 - as the base class names them

            def log_message(self, *arguments):
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
