"""The contract with Iopole, from its published description: every request that we make fits, every answer parses.

The requests are those of the whole line against the sandbox, taken from the HTTP client itself; the answers are made
from the described shapes, with every value of every list.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from uuid import UUID

import httpx
import jsonschema
import pytest
from paper_platform import CONTRACT, EXCHANGES, ROOT, Platform

from pdp_bridge import Bridge
from pdp_bridge.document.assembly import build
from pdp_bridge.errors import BridgeError, OutcomeUnknown
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.model.status import STATUS_CODES, summary
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load
from pdp_bridge.testing import sample_invoice
from pdp_bridge.transmission.iopole import mapping
from pdp_bridge.transmission.iopole.adapter import Iopole
from pdp_bridge.transmission.iopole.client import Client

DESCRIBED = json.loads((ROOT / "schemas" / "iopole" / "operations.json").read_text("utf-8"))
OPERATIONS = {(one["method"], one["path"]): one for one in DESCRIBED["operations"]}
ELSEWHERE = {("GET", "/v1/config/customer/id"), ("GET", "/v1/config/business/entity")}
"""Of another description, the configuration operator's."""

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ID = "01a0d285-f428-7000-8000-000000000001"


def operation(method, path):
    """The described operation of a request's path."""
    for (verb, pattern), found in OPERATIONS.items():
        if verb == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            names = re.findall(r"\{(\w+)\}", pattern)
            values = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", pattern), path).groups()
            if all(fits(value, found["segments"][name]) for name, value in zip(names, values, strict=True)):
                return found
    return None


def fits(text, schema):
    """A parameter, as the text that travels."""
    if schema["type"] == "array":
        return all(fits(part, schema["items"]) for part in text.split(","))
    if schema["type"] == "integer" and not re.fullmatch(r"-?[0-9]+", text):
        return False
    if schema.get("format") == "uuid" and str(UUID(text)) != text:
        return False
    return text in schema.get("enum", [text])


FORMATS = jsonschema.FormatChecker(("uuid",))


@FORMATS.checks("date-time", raises=ValueError)
def is_instant(value):
    """With its time zone, as RFC 3339 wants it."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def broken(schema, value):
    """What a JSON value has against a described shape; formats included."""
    judge = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
    return {f"{re.sub(r'[0-9]+', '', error.json_path)} {error.validator}" for error in judge.iter_errors(value)}


# -- what is listed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", CONTRACT["requests"], ids=lambda listed: listed["verb"])
def test_the_requests_that_we_list_are_described(listed):
    if (listed["method"], listed["path"]) in ELSEWHERE:
        return
    known = OPERATIONS[listed["method"], listed["path"]]
    query = known.get("query", {})
    assert set(listed["query"]["allowed"]) <= set(query)
    assert set(listed["query"]["required"]) == {name for name, one in query.items() if one["required"]}
    assert {str(status) for status in listed["success"]} <= set(known["answers"])
    if "body" in listed and "parts" in listed["body"]:
        part = known["body"]["content"][listed["body"]["media_type"]]
        assert set(part["required"]) <= set(listed["body"]["parts"]) <= set(part["properties"])
        assert listed["body"]["filename"] == part["properties"]["file"]["pattern"]


def test_the_statuses_that_we_know_are_those_described():
    history = OPERATIONS["GET", "/v1/invoice/{invoiceId}/status-history"]["answers"]["200"]["application/json"]
    codes = set(history["items"]["properties"]["status"]["properties"]["code"]["enum"])
    assert len(codes) == 14
    assert codes <= set(STATUS_CODES)


# -- requests ------------------------------------------------------------------------------------------------------


@pytest.fixture
def traffic(monkeypatch):
    """Every request of every client of Iopole, with its answer, as the HTTP library saw them."""
    seen = []
    real = Client.__init__

    def answered(answer):
        answer.read()  # several requests are under way at once: each answer belongs to its own
        next(each for each in reversed(seen) if each[0] is answer.request)[1] = answer

    def listening(self, **settings):
        real(self, **settings)
        self._http.event_hooks["request"].append(lambda request: (request.read(), seen.append([request, None])))
        self._http.event_hooks["response"].append(answered)

    monkeypatch.setattr(Client, "__init__", listening)
    return seen


def lenient(document):
    """The platform's judgement is not what is tested here."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


def whole_line(folder):
    """The line with lost answers, statuses, histories, a discovered customer and the directory."""
    path = folder / "pdp-bridge.toml"
    path.write_text(demo.settings_text(), encoding="utf-8")
    with Sandbox(judge=lenient) as sandbox:
        sandbox.load_demo()
        lost = {"method": "POST", "path": "/v1/invoice", "after": True}
        sandbox.iopole_faults.add(Fault(Kind.DROP, **lost), Fault(Kind.DROP, **lost))
        environ = {**sandbox.environment(), "PDP_BRIDGE_DATA": str(folder / "data"), "HOME": str(folder)}
        environ.pop("IOPOLE_CUSTOMER_ID")
        settings = load(path, {**environ, "PDP_BRIDGE_RETRY_FIRST_SECONDS": "0", "PDP_BRIDGE_LEASE_SECONDS": "0.2"})
        with Bridge(settings, clock=sandbox.clock) as bridge:
            bridge.run()
            sandbox.advance(2000)
            bridge.run()
            bridge.sync()
            sent = [entry for entry in bridge.entries() if entry.submission_id]
            for entry in sent[:2]:
                bridge.history(entry.number, refresh=True)
            bridge.doctor()
        platform = settings.require_platform()
        with Client(
            base_url=platform.base_url,
            auth_url=platform.auth_url,
            client_id=platform.client_id,
            client_secret=platform.client_secret.reveal(),
            rpm=0,
        ) as client:
            client.directory_french("200000008")
            client.files(sent[0].submission_id)
            client.invoice(sent[0].submission_id)
            assert client.download(sent[0].submission_id).startswith(b"%PDF")
    return len(sent)


VERBS = {one["verb"] for one in CONTRACT["requests"]}


def test_every_request_of_the_whole_line_fits(traffic, tmp_path):
    assert whole_line(tmp_path) >= 15
    kinds = set()
    for request, _answer in traffic:
        path = request.url.raw_path.decode().partition("?")[0]
        if path.endswith("/openid-connect/token"):
            assert request.headers["content-type"] == "application/x-www-form-urlencoded"
            assert set(dict(httpx.QueryParams(request.content.decode()))) == {
                "grant_type",
                "client_id",
                "client_secret",
            }
            continue
        assert request.headers["authorization"].startswith("Bearer ")
        if (request.method, path) in ELSEWHERE:
            kinds.add(path)
            continue
        known = operation(request.method, path)
        assert known is not None, f"undescribed: {request.method} {path}"
        kinds.add(f"{known['method']} {known['path']}")
        described, given = known.get("query", {}), dict(request.url.params)
        assert {name for name, one in described.items() if one["required"]} <= set(given) <= set(described)
        assert all(fits(value, described[name]) for name, value in given.items()), given
        assert fits(request.headers["customer-id"], known["headers"]["customer-id"])
        check_body(request, known)
    assert len(kinds) >= 9, kinds
    assert len(traffic) >= 60


def check_body(request, known):
    if "body" not in known:
        assert request.content == b""
        return
    media, _, rest = request.headers["content-type"].partition(";")
    shape = known["body"]["content"][media]
    if media == "multipart/form-data":
        assert rest.strip().startswith("boundary=")
        parts = re.findall(rb'name="(\w+)"; filename="([^"]+)"', request.content)
        assert [name.decode() for name, _ in parts] == shape["required"]
        assert re.match(shape["properties"]["file"]["pattern"], parts[0][1].decode())
    else:
        assert broken(shape, json.loads(request.content)) == set()


IN_FACT = {
    "/v1/invoice/{invoiceId}": {"$ type"},  # an array of one
    "/v1/invoice/status/notSeen": {"$[] required"},  # a flat list; where it is grouped, under another spelling
    "/v1.1/invoice/search": {"$.data[].metadata required"},  # createDate for date
    "/v1/invoice/{invoiceId}/status-history": {
        "$[].json.issuer type",  # null
        "$[].json.recipients[].roleCode type",  # the code alone
        "$[].json.responses[].documentReference.issuer type",
        "$[].json.responses[].documentReference.issuer.roleCode type",
        "$[].json.responses[].documentReference required",  # without its receipt
        "$[].json.responses[].documentReference.typeCode enum",  # a number
        "$[].json.responses[].documentReference.typeCode type",
        "$[].json.sender.roleCode type",
        "$[].json.issuer.roleCode type",
    },
    "/v1/directory/french": {"$.data[] required", "$.data[].identifiers[] required"},  # fewer fields
}
"""Where the service was seen to differ from its description: fixtures and sandbox follow the service."""


def test_the_sandbox_answers_as_described(traffic, tmp_path):
    whole_line(tmp_path)
    checked = set()
    for request, answer in traffic:
        known = operation(request.method, request.url.path) if answer is not None else None
        if known is None or not answer.is_success:
            continue
        name = f"{known['method']} {known['path']}"
        assert str(answer.status_code) in known["answers"], name
        shape = known["answers"][str(answer.status_code)].get("application/json")
        if shape is None:
            continue
        checked.add(name)
        assert broken(shape, answer.json()) <= IN_FACT.get(known["path"], set()), name
    assert len(checked) >= 5, checked


# -- answers -------------------------------------------------------------------------------------------------------

WORDS = {"uuid": ID, "date-time": "2026-11-02T09:00:00.000Z", "date": "2026-11-02", "uri": "https://example.fr"}
PATTERNS = {
    r"^\S+$": "x",
    r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$": "x",
    r"^[a-zA-Z0-9-_]+$": "x",
    r"^:": ":x",
    r"^\d{4}$": "2026",
    r"^\d{4}-\d{2}-\d{2}$": "2026-11-02",
}
"""A word of each described pattern."""


def made(schema, *, whole, pick=0):
    """A value of a described shape: with every property or the required ones only, `pick` choosing among values."""
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return made(schema[choice][pick % len(schema[choice])], whole=whole, pick=pick)
    if "enum" in schema:
        return schema["enum"][pick % len(schema["enum"])]
    kind = schema.get("type", "object")
    if kind == "object":
        required = schema.get("required", ())
        wanted = {name: one for name, one in schema.get("properties", {}).items() if whole or name in required}
        return {name: made(one, whole=whole, pick=pick) for name, one in wanted.items()}
    if kind == "array":
        return [made(schema["items"], whole=whole, pick=pick + step) for step in range(2 if whole else 1)]
    word = PATTERNS.get(schema.get("pattern", "")) or WORDS.get(schema.get("format", ""), "Texte é")
    return {"integer": 1, "number": 1.5, "boolean": True, "string": word[: schema.get("maxLength")]}[kind]


def shapes():
    for (method, path), known in OPERATIONS.items():
        for status, media in known["answers"].items():
            if "application/json" in media:
                yield method, path, status, media["application/json"]


READ = {
    "/v1/invoice": ("send_invoice", lambda client: client.send_invoice("a.pdf", b"%PDF", "application/pdf")),
    "/v1.1/invoice/search": ("search", lambda client: mapping.deposits(client.search(None, offset=0, limit=200))),
    "/v1/invoice/{invoiceId}": ("invoice", lambda client: client.invoice(ID)),
    "/v1/invoice/{invoiceId}/files": ("files", lambda client: mapping.checksums(client.files(ID))),
    "/v1/invoice/status/notSeen": ("status_not_seen", lambda client: Iopole(client).new_events()),
    "/v1/invoice/{invoiceId}/status-history": ("status_history", lambda client: Iopole(client).history(ID)),
    "/v1/directory/french": ("directory_french", lambda client: client.directory_french("200000008")),
}
"""How each described answer is read: our verb, and the call that parses it."""


@pytest.mark.parametrize("path", READ)
def test_every_described_answer_parses(path):
    ((method, status, shape),) = (
        (method, status, shape) for method, known, status, shape in shapes() if known == path and status != "default"
    )
    verb, call = READ[path]
    seen = set()
    for pick in range(45):  # the longest list of values
        for whole in (True, False):
            body = made(shape, whole=whole, pick=pick)
            assert broken(shape, body) == set(), "what we make is what is described"
            with Platform(**{verb: [httpx.Response(int(status), json=body)]}).client() as client:
                found = call(client)
            assert found or (verb in {"files", "status_not_seen"} and not whole), (method, path)
            if verb in {"status_not_seen", "status_history"}:
                seen |= {event.code for event in found}
                assert {event.submission_id for event in found} <= {ID}
                assert summary(found).technical_status
    if verb == "status_history":
        assert len(seen) == 14


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 503])
def test_every_described_refusal_is_an_error_of_ours(status):
    document = build(sample_invoice(), PageStyle())
    with Platform(send_invoice=[httpx.Response(status)]).client() as client, pytest.raises(BridgeError) as caught:
        Iopole(client).send(document)
    assert isinstance(caught.value, OutcomeUnknown) == (status >= 500)


RECORDED = {
    "search_200": ("GET", "/v1.1/invoice/search"),
    "search_empty": ("GET", "/v1.1/invoice/search"),
    "files_200": ("GET", "/v1/invoice/{invoiceId}/files"),
    "send_201": ("POST", "/v1/invoice"),
    "not_seen_grouped": ("GET", "/v1/invoice/status/notSeen"),
    "status_history": ("GET", "/v1/invoice/{invoiceId}/status-history"),
    "status_history_empty": ("GET", "/v1/invoice/{invoiceId}/status-history"),
    "directory_200": ("GET", "/v1/directory/french"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_our_exchanges_are_as_described(name):
    answer = json.loads((EXCHANGES / f"{name}.json").read_text("utf-8"))["response"]
    shape = OPERATIONS[RECORDED[name]]["answers"][str(answer["status"])]["application/json"]
    assert broken(shape, answer["body"]) <= IN_FACT.get(RECORDED[name][1], set())
