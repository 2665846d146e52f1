"""The readers of what comes from outside, each with its seeds: one call takes one damaged input through the code.

A target returns quietly or raises an error of ours; anything else is a defect.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import golden
import httpx
import mutation
import typer
from click.testing import CliRunner

from pdp_bridge.cli.app import app
from pdp_bridge.document.assembly import build, opened
from pdp_bridge.errors import BridgeError, SourceError
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.model.report import Verdict
from pdp_bridge.model.status import summary
from pdp_bridge.pacing import retry_after
from pdp_bridge.rules.rejection import complaints
from pdp_bridge.server import signature
from pdp_bridge.server.intake import Intake, Kind
from pdp_bridge.server.intake import opened as opened_delivery
from pdp_bridge.server.refusal import Refused
from pdp_bridge.server.spool import Spooled
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro.adapter import FacturationPro
from pdp_bridge.source.facturation_pro.answer import Pagination, Unreadable, complaint, decoded
from pdp_bridge.source.facturation_pro.client import Client as SourceClient
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.source.facturation_pro.printed import printed
from pdp_bridge.source.facturation_pro.selection import reference, skip_reason
from pdp_bridge.testing import MemoryJournal, sample_invoice
from pdp_bridge.transmission.iopole import mapping
from pdp_bridge.transmission.iopole.adapter import Iopole
from pdp_bridge.transmission.iopole.client import Client as PlatformClient
from pdp_bridge.validation import arithmetic, french, pdfa, schema
from pdp_bridge.validation.judge import judge

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
JSON_TYPES = ("application/json; charset=utf-8", "application/json", "", "text/html", "json; charset=\udcff", ";;")


@dataclass(frozen=True)
class Target:
    """`one` takes one damaged input; `share` is its part of the whole count, `few` its part of the quick test."""

    name: str
    one: Callable[[random.Random], object]
    share: int
    few: int


# -- Facturation.pro -----------------------------------------------------------------------------------------------


@cache
def source_seeds():
    return [(case.payload, case.seller) for case in golden.cases()]


def source_answer(chance):
    """Bytes → JSON → what an error says of itself."""
    payload, _ = chance.choice(source_seeds())
    if chance.random() < 0.5:
        content = mutation.spoiled(mutation.json_bytes(payload), chance)
    else:
        content = mutation.json_bytes({"errors": mutation.odd_value(chance), "rows": mutation.nested(900)})
    with contextlib.suppress(Unreadable):
        complaint(decoded(content, chance.choice(JSON_TYPES), hidden=("secret",)), hidden=("secret",))


def source_record(chance):
    """A record with its companions → selection, version, figures, invoice, journal."""
    payload, seller = chance.choice(source_seeds())
    damaged = mutation.json_value(payload, chance)
    if not isinstance(damaged, dict):
        return
    try:
        damaged = decoded(mutation.json_bytes(damaged), "application/json")
    except Unreadable:
        return
    invoice, customer = damaged.get("invoice"), damaged.get("customer")
    if isinstance(invoice, dict):
        skip_reason(invoice, NOW.date(), seller.policy)
        reference(invoice, customer if isinstance(customer, dict) else None)
    printed(damaged)
    with contextlib.suppress(BridgeError):
        to_invoice(damaged, seller)


def source_scan(chance):
    """A whole answer of the API, headers included → pages of snapshots → invoices."""
    _scanned(chance, MemoryJournal(clock=lambda: NOW))


def _scanned(chance, journal):
    payload, seller = chance.choice(source_seeds())
    row = {**(payload.get("invoice") or {}), "firm_id": 77}
    row.setdefault("id", 12)
    customer = {**(payload.get("customer") or {}), "firm_id": 77}
    rows = mutation.json_value([row, {**row, "id": 13}], chance)
    headers = {
        "Content-Type": "application/json",
        "X-Pagination": mutation.text('{"current_page":1,"total_pages":1,"per_page":50,"total_entries":2}', chance),
        "Date": mutation.text("Fri, 20 Nov 2026 09:00:00 GMT", chance),
        "X-RateLimit-Remaining": mutation.text("590", chance),
        "X-RateLimit-Limit": mutation.text("600", chance),
        "Retry-After": mutation.text("30", chance),
        "Location": mutation.text("/firms/77/invoices.json", chance),
    }
    headers = {
        name: value.encode("utf-8", "replace")[:4000] for name, value in headers.items() if chance.random() < 0.6
    }
    status = chance.choice((200, 200, 200, 200, 301, 302, 400, 401, 403, 404, 422, 429, 500, 503))
    spoil = chance.random() < 0.3

    def handle(request):
        if request.url.path == "/account.json":
            return httpx.Response(200, json={"firms": [{"id": 77}]})
        if "page=1" not in str(request.url.query) and "customers" not in request.url.path:
            return httpx.Response(200, content=b"[]", headers={"Content-Type": "application/json"})
        content = mutation.json_bytes([customer] if "customers" in request.url.path else rows)
        return httpx.Response(status, content=mutation.spoiled(content, chance) if spoil else content, headers=headers)

    ticks = iter(range(10**9))
    client = SourceClient(
        base_url="https://facturation.test",
        api_id="1",
        api_key="k",
        firm_id=77,
        user_agent="pdp_bridge (test@example.fr)",
        rpm=0,
        transport=httpx.MockTransport(handle),
        clock=lambda: NOW,
        sleep=lambda _seconds: None,
        monotonic=lambda: float(next(ticks)) * 1000,
    )
    with client, contextlib.suppress(SourceError):  # one strange record stops no scan: only the service itself does
        source = FacturationPro(client, seller)
        for page in source.issued_since(chance.choice((None, "2026-11-01T00:00:00+00:00", mutation.ODD_TEXTS[9]))):
            journal.pulled(page.snapshots, page.skipped)
            for snapshot in page.snapshots:
                _stated(source, snapshot)


def _stated(source: FacturationPro, snapshot: Snapshot) -> None:
    with contextlib.suppress(BridgeError):
        source.invoice(snapshot)


HEADERS = (
    "37",
    "Fri, 20 Nov 2026 09:00:00 GMT",
    '{"current_page":1,"total_pages":10,"per_page":50,"total_entries":500}',
    "[" * 3000,
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
)


def headers(chance):
    """Retry-After and X-Pagination."""
    value = mutation.text(chance.choice(HEADERS), chance)
    retry_after({"Retry-After": value}, now=NOW)
    page = Pagination.read(value)
    assert page.last is None or page.last >= 0


# -- Iopole --------------------------------------------------------------------------------------------------------


@cache
def platform_seeds():
    exchanges = [
        json.loads(path.read_bytes())["response"]
        for path in sorted((ROOT / "fixtures/exchanges/iopole").glob("*.json"))
    ]
    bodies = [one["body"] for one in exchanges if "body" in one]
    return bodies + [json.loads(path.read_bytes()) for path in sorted((ROOT / "fixtures/status").glob("*.json"))]


def platform_answer(chance):
    """Every reader of the platform's JSON, whatever the answer was meant for."""
    seed = chance.choice(platform_seeds())
    if chance.random() < 0.3:
        content = mutation.spoiled(mutation.json_bytes(seed), chance)
    else:
        content = mutation.json_bytes(mutation.json_value(seed, chance))
    body = mapping.body_of(content)
    events = mapping.events(body, NOW)
    summary(events)
    complaints(events)
    MemoryJournal(clock=lambda: NOW).received(events)
    for event in events:
        (event.status_id + event.submission_id + event.payload + (event.message or "")).encode()
    mapping.deposits(body)
    mapping.checksums(body)
    mapping.customer(content)
    identifier = mapping.deposit_id(content)
    assert identifier is None or identifier.encode()
    status = chance.choice((200, 301, 400, 401, 403, 404, 408, 413, 429, 500, 503, 599, 999))
    told = {"Retry-After": mutation.text("30", chance), "x-request-id": "r"}
    str(mapping.failure("try", status, content, told, depositing=chance.random() < 0.5)).encode()
    with contextlib.suppress(BridgeError):
        mapping.token(chance.choice((200, status)), content, told)


def platform_client(chance):
    """Deposit, search, statuses through the client: an error of ours, or an answer."""
    seeds = platform_seeds()

    def handle(request):
        if request.url.path.endswith("/token") and chance.random() < 0.7:
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        seed = chance.choice(seeds)
        content = mutation.json_bytes(mutation.json_value(seed, chance))
        told = {"Retry-After": mutation.text("3", chance).encode("utf-8", "replace")[:4000]}
        return httpx.Response(
            chance.choice((200, 200, 200, 201, 302, 401, 404, 429, 503)), content=content, headers=told
        )

    ticks = iter(range(10**9))
    client = PlatformClient(
        base_url="https://api.iopole.test",
        auth_url="https://auth.iopole.test",
        client_id="c",
        client_secret="s",
        customer_id=None if chance.random() < 0.2 else "01981cb1-17f4-7681-a60a-d669edc44e75",
        rpm=0,
        transport=httpx.MockTransport(handle),
        clock=lambda: NOW,
        sleep=lambda _seconds: None,
        monotonic=lambda: float(next(ticks)),
    )
    document = factur_x()
    with client:
        platform = Iopole(client)
        acts = (
            lambda: platform.send(document),
            lambda: platform.find(document, NOW),
            platform.new_events,
            lambda: platform.history(chance.choice(mutation.ODD_TEXTS[:9])),
            lambda: client.directory_french("100000009"),
        )
        with contextlib.suppress(BridgeError):
            chance.choice(acts)()


def journal_in(folder: Path):
    """The target of the journal: its database lies in `folder`."""
    kept = []

    def journal(chance):
        """What both services say, into the real journal and out of it again."""
        if not kept:
            kept.append(SqlJournal(f"sqlite:///{folder}/journal.db", clock=lambda: NOW))
        _scanned(chance, kept[0])
        events = mapping.events(
            mapping.body_of(mutation.json_bytes(mutation.json_value(chance.choice(platform_seeds()), chance))), NOW
        )
        kept[0].received(events)
        for event in events:
            kept[0].events(event.submission_id)
        name = chance.choice(mutation.ODD_TEXTS)
        kept[0].entry(name)
        found = next(kept[0].entries(), None)
        if found is not None:
            kept[0].failed(found.source_id, ValueError(name), retry_at=None)
            assert isinstance(kept[0].entry(found.source_id).reason, str)

    return journal


FORM = (
    b'--limit\r\nContent-Disposition: form-data; name="invoiceId"\r\n\r\n01a0d285-f428-7000-8000-000000000001\r\n'
    b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.xml"\r\nContent-Type: application/xml\r\n\r\n'
    b"<a/>\r\n--limit--\r\n"
)
FORM_TYPE = "multipart/form-data; boundary=limit"


def in_a_header(seed, chance):
    """A text as it comes out of a request: bytes read as Latin-1."""
    return mutation.text(seed, chance).encode("utf-8", "replace").decode("latin-1")


def webhook_in(folder: Path):
    """The target of callbacks: body and journal lie in `folder`."""
    intakes = []
    path = folder / "body"

    def webhook(chance):
        """What claims to come from Iopole: headers of a signature, JSON, forms; signed as if it were theirs."""
        if not intakes:
            journal = SqlJournal(f"sqlite:///{folder}/callbacks.db", clock=lambda: NOW)
            intakes.append(Intake(journal, folder / "incoming", lambda: NOW))
        told = {
            "x-timestamp": in_a_header("1787074561228", chance),
            "x-signature": in_a_header("ab" * 32, chance),
            "x-checksum": in_a_header("cd" * 32, chance),
        }
        with contextlib.suppress(Refused):
            claimed = signature.claim(told, "POST", in_a_header("/iopole/status?a=%20", chance))
            signature.check_time(claimed, NOW, 600)
            signature.check_signature(claimed, "ef" * 32, ["s" * 32])
        kind = chance.choice(list(Kind))
        seed = chance.choice(platform_seeds())
        if kind is Kind.INVOICE:
            content = mutation.spoiled(FORM, chance)
        elif chance.random() < 0.2:
            content = mutation.spoiled(mutation.json_bytes(seed), chance)
        else:
            content = mutation.json_bytes(mutation.json_value(seed, chance))
        path.write_bytes(content)
        body = Spooled(path=path, size=len(content), sha256=sha256(content).hexdigest())
        media = in_a_header(FORM_TYPE, chance) if chance.random() < 0.3 else FORM_TYPE
        with contextlib.suppress(Refused):
            taken = intakes[0].take(opened_delivery(kind, body, media))
            assert taken.what.isprintable()
        assert {each.parent for each in (folder / "incoming").glob("**/*")} <= {folder / "incoming"}

    return webhook


# -- documents -----------------------------------------------------------------------------------------------------


@cache
def cii_seeds():
    folders = ("cases/*/*.cii.xml", "mutants/*.xml")
    return [path.read_bytes() for pattern in folders for path in sorted((ROOT / "fixtures").glob(pattern))]


@cache
def factur_x():
    return build(sample_invoice(), PageStyle())


def cii(chance):
    """A message of anybody → reader, XSD, our own rules."""
    document = opened(mutation.xml(chance.choice(cii_seeds()), chance))
    _judged(document)


def _judged(document):
    assert (document.invoice is None) == (document.problem is not None)
    schema.check_xsd(document)
    for layer in (arithmetic.check(document), french.check(document)):
        assert document.invoice is not None or layer.verdict is not Verdict.PASSED


def cii_judged(chance):
    """The whole report, official schematron included."""
    report = judge(opened(mutation.xml(chance.choice(cii_seeds()), chance)))
    str(report)


def pdf(chance):
    """A PDF of anybody → what is inside, and the layer of PDF/A."""
    document = opened(mutation.pdf(factur_x().content, chance))
    assert (document.invoice is None) == (document.problem is not None)
    pdfa.check(document)


def pdf_judged(chance):
    """The whole report on a PDF."""
    str(judge(opened(mutation.pdf(factur_x().content, chance))))


# -- the operator --------------------------------------------------------------------------------------------------


SETTINGS = """environment = "sandbox"
language = "fr"
data = "data"
database_url = "sqlite:///x.db"
trusted_hosts = ["api.example.fr", "auth.example.fr"]
[seller]
name = "Atelier Exemple SAS"
siren = "100000009"
siret = "10000000900017"
vat_number = "FR88100000009"
address = ["12 rue de l’Exemple", "Bâtiment B"]
postcode = "75011"
city = "Paris"
email = "facturation@example.fr"
vat_on_debits = false
creditor_id = "FR72ZZZ123456"
[seller.bank]
iban = "FR7699999000010000123456768"
bic = "EXMPFRPPXXX"
[mentions]
extra = ["Une mention"]
[source]
api_id = "1"
api_key = "k"
firm_id = 77
rpm = 10
[platform]
base_url = "https://api.example.fr"
auth_url = "https://auth.example.fr:8443"
client_id = "c"
client_secret = "s"
[page]
accent = "#1f3a5f"
logo = "logo.png"
qr_code = true
[policy]
go_live = 2026-09-01
exemptions = { "Export" = ["E", "VATEX-FR-CGI261-4"] }
[timing]
settle_seconds = 900.5
"""
ODD_TOML = (
    "nan", "inf", "-1", "1e400", "[]", "{}", "[[1]]", '""', '"\\u0000"', "1979-05-27T07:32:00", "07:32:00", "true",
    "9" * 30, "9" * 5000, '["a", 1]', "{a=1}", '"http://[::1"', '"https://x:99999"', '"~nobody/x"', '"\\u202e"',
    '"https://user:pw@x"', "0001-01-01", '"' + "a" * 5000 + '"', "[" * 500 + "]" * 500, '"FR" ', "0x1F", '"{x}%s"',
)  # fmt: skip


def settings_in(folder: Path):
    """The target of settings: its file lies in `folder`."""
    path = folder / "pdp-bridge.toml"

    def settings(chance):
        """A settings file and variables of the environment."""
        content = SETTINGS.encode()
        if chance.random() < 0.3:
            content = mutation.spoiled(content, chance)
        else:
            lines = SETTINGS.splitlines()
            for _ in range(chance.randint(1, 4)):
                place = chance.randrange(len(lines))
                name, equals, _value = lines[place].partition(" = ")
                lines[place] = (
                    name + equals + chance.choice(ODD_TOML) if equals else chance.choice(("", "[x]", "[[seller]]"))
                )
            content = "\n".join(lines).encode()
        path.write_bytes(content)
        environ = {"HOME": str(folder)}
        for name, value in ENVIRONMENT.items():
            if chance.random() < 0.2:
                environ[name] = mutation.text(value, chance)
        with contextlib.suppress(BridgeError):
            settings = load(path, environ)
            repr(settings)

    return settings


ENVIRONMENT = {
    "PDP_BRIDGE_SOURCE_RPM": "114",
    "PDP_BRIDGE_RETRY_FIRST_SECONDS": "10",
    "PDP_BRIDGE_DATA": "data",
    "PDP_BRIDGE_DATABASE_URL": "sqlite:///journal.db",
    "IOPOLE_BASE_URL": "https://api.example.fr",
    "IOPOLE_CLIENT_SECRET": "s",
    "FACTURATION_PRO_FIRM_ID": "77",
    "FACTURATION_PRO_API_KEY_FILE": "key.txt",
    "FACTURATION_PRO_USER_AGENT": "pdp_bridge (test@example.fr)",
    "PDP_BRIDGE_CONFIG": "pdp-bridge.toml",
    "XDG_DATA_HOME": "/nowhere",
}

COMMANDS = (
    ("status", "FA-2026-001"),
    ("status", "--json"),
    ("history", "FA-2026-001", "--json"),
    ("validate", "invoice.pdf", "--json"),
    ("explain", "BR-FR-05"),
    ("explain", "BR-FR-05", "--json"),
    ("rules", "--coverage"),
    ("audit", "--period", "2026-10"),
    ("audit", "--period", "2026-10-05..2026-10-09", "--json"),
    ("render", "FA-2026-001", "-o", "out"),
    ("rehearse", "--pack", "next", "--last", "5"),
    ("settings", "--json"),
    ("init", "--yes", "--set", "seller.siren=100000009"),
    ("send", "FA-2026-001"),
    ("sandbox", "--ports", "0,70000"),
    ("--lang", "fr", "status"),
    ("--version",),
)
"""Commands that ask no service: without settings they stop at what is missing."""


def arguments(chance):
    """The command line itself, in an empty folder."""
    words = list(chance.choice(COMMANDS))
    for _ in range(chance.randint(1, 2)):
        place = chance.randrange(len(words)) if chance.random() < 0.3 else len(words) - 1
        words[place] = mutation.text(words[place], chance)
        if chance.random() < 0.2:
            words.insert(
                place, chance.choice(("--json", "--lang", "--config", "--", "-h", "--debug", "-o", "--set", ""))
            )
    if "demo" in words or (words[0] == "sandbox" and words[-1].count(",") == 1):
        words[-1] = "x"
    # What a terminal hands over: no NUL, and bytes that are no text arrive as lone surrogates.
    words = [word.replace("\x00", "")[:3000] for word in words]
    ran = CliRunner().invoke(_command(), words, prog_name="pdp-bridge", input="")
    if ran.exception is not None and not isinstance(ran.exception, SystemExit | BridgeError):
        raise ran.exception
    assert ran.exit_code in {0, 1, 2, 3}, (words, ran.exit_code, ran.output)


@cache
def _command():
    return typer.main.get_command(app)


def targets(folder: Path) -> list[Target]:
    """Every target; those that need files use `folder`."""
    return [
        Target("Facturation.pro: bytes of an answer", source_answer, 12_000, 60),
        Target("Facturation.pro: record to invoice", source_record, 40_000, 200),
        Target("Facturation.pro: answers over HTTP", source_scan, 3_000, 40),
        Target("headers", headers, 20_000, 300),
        Target("Iopole: every answer", platform_answer, 20_000, 150),
        Target("Iopole: client", platform_client, 3_000, 40),
        Target("journal", journal_in(folder), 1_000, 5),
        Target("callbacks", webhook_in(folder), 6_000, 30),
        Target("CII: reader, XSD, our rules", cii, 10_000, 60),
        Target("CII: whole report", cii_judged, 1_500, 2),
        Target("PDF: opening, PDF/A", pdf, 2_500, 10),
        Target("PDF: whole report", pdf_judged, 400, 1),
        Target("settings and environment", settings_in(folder), 6_000, 40),
        Target("command line", arguments, 4_000, 15),
    ]
