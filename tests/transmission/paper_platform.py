"""Iopole for unit tests: an httpx transport that plays recorded exchanges and accepts documented requests only."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx

from pdp_bridge.transmission.iopole.client import Client

ROOT = Path(__file__).parents[2]
EXCHANGES = ROOT / "fixtures" / "exchanges" / "iopole"
STATUSES = ROOT / "fixtures" / "status"
CONTRACT = json.loads((ROOT / "schemas" / "iopole" / "requests.json").read_text("utf-8"))
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
CUSTOMER = "01981cb1-17f4-7681-a60a-d669edc44e75"
SECRET = "s3cret & never shown"
TOKEN = "token-of-a-test"


def exchange(name):
    """One recorded answer."""
    answer = json.loads((EXCHANGES / f"{name}.json").read_text("utf-8"))["response"]
    content = answer["text"] if "text" in answer else json.dumps(answer["body"]) if "body" in answer else ""
    return httpx.Response(answer["status"], content=content.encode(), headers=answer["headers"])


def status(name):
    """One recorded status event, as JSON."""
    return json.loads((STATUSES / f"{name}.json").read_text("utf-8"))


def answered(body, code=200):
    return httpx.Response(code, json=body)


def fits_contract(request):
    """The request is one that the API describes; returns its verb."""
    path = request.url.raw_path.decode().partition("?")[0]
    for known in CONTRACT["requests"]:
        pattern = re.sub(r"\{\w+\}", "[^/]+", known["path"])
        if known["method"] == request.method and re.fullmatch(pattern, path):
            break
    else:
        raise AssertionError(f"undocumented request: {request.method} {path}")
    params = dict(request.url.params)
    assert set(known["query"]["required"]) <= set(params) <= set(known["query"]["allowed"])
    for name, (least, most) in CONTRACT["limits"].get(known["verb"], {}).items():
        assert least <= int(params[name]) <= most
    headers = set(CONTRACT["headers"]) - ({"customer-id"} if known.get("without_customer") else set())
    assert headers <= set(request.headers)
    if "body" in known:
        assert request.headers["content-type"].startswith(known["body"]["media_type"] + "; boundary=")
        parts = re.findall(rb'name="(\w+)"; filename="([^"]+)"', request.read())
        assert [part.decode() for part, _ in parts] == known["body"]["parts"]
        assert all(re.match(known["body"]["filename"], filename.decode()) for _, filename in parts)
    else:
        assert request.read() == b""
    return known["verb"]


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now = 5000.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class Platform:
    """Plays answers verb by verb: `script[verb]` is a list, whose last answer is repeated."""

    def __init__(self, **script):
        self.script = {"token": ["token_200"], "customer_id": ["customer_id_text"]} | script
        self.requests = []
        self.verbs = []
        self.tokens = []  # as sent: a request is signed anew for its second try
        self.time = Time()

    def client(self, **settings):
        settings = {
            "base_url": "https://api.iopole.test",
            "auth_url": "https://auth.iopole.test/",
            "client_id": "facturation+test@example.fr",
            "client_secret": SECRET,
            "customer_id": CUSTOMER,
        } | settings
        return Client(
            **settings,
            transport=httpx.MockTransport(self.handle),
            clock=lambda: NOW,
            sleep=self.time.sleep,
            monotonic=lambda: self.time.now,
        )

    def asked(self, verb):
        return [request for request, known in zip(self.requests, self.verbs, strict=True) if known == verb]

    def handle(self, request):
        verb = "token" if request.url.host == "auth.iopole.test" else fits_contract(request)
        self.requests.append(request)
        self.verbs.append(verb)
        self.tokens.append(request.headers.get("authorization"))
        answers = self.script[verb]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            return exchange(answer)
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)
