"""The real validation behind the sandbox's platform: it lets the demo's invoices through, and nothing that is wrong."""

import dataclasses

import httpx
import pytest
from demo_payloads import TODAY, payload
from reportlab.pdfgen.canvas import Canvas
from toy_invoices import TLS, send, token

from pdp_bridge.document.assembly import build, opened
from pdp_bridge.model.page import PageStyle
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro.mapping import to_invoice

NUMBERS = [f"2026-{number}" for number in range(101, 119) if number != 116]
"""Every invoice of the demo that our own checks let through."""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox):
    with httpx.Client(base_url=sandbox.iopole_url, verify=TLS, timeout=30) as opened_client:
        opened_client.headers["Authorization"] = f"Bearer {token(sandbox, opened_client).json()['access_token']}"
        opened_client.headers["customer-id"] = sandbox.platform_options.customer_id
        yield opened_client


@pytest.fixture(scope="module")
def invoices(tmp_path_factory):
    """Some of the demo's invoices in the words of EN 16931, by number."""
    config = tmp_path_factory.mktemp("demo") / "settings.toml"
    config.write_text(demo.settings_text(), encoding="utf-8")
    seller = load(config, {}).require_seller()
    firm = demo.firm(TODAY)
    wanted = [invoice for invoice in firm["invoices"] if invoice["full_invoice_ref"] in NUMBERS]
    mapped = [to_invoice(payload(firm, invoice), seller) for invoice in wanted]
    return {invoice.number: invoice for invoice in mapped}


def last(sandbox, client, content, filename):
    """The last status of a new deposit."""
    key = send(client, content, filename).json()["id"]
    sandbox.advance(5)
    return client.get(f"/v1/invoice/{key}/status-history").json()[-1]


def detail(item):
    return item["json"]["responses"][0]["rejectionDetail"]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_demos_invoices_pass(sandbox, client, invoices, number):
    document = build(invoices[number], PageStyle())
    item = last(sandbox, client, document.content, document.filename)
    assert item["status"]["code"] == "MADE_AVAILABLE", item["json"]["responses"]
    assert item["json"]["responses"][0]["documentReference"]["issuerAssignedId"] == number


def test_a_valid_invoice_to_an_unreachable_buyer_is_rejected_for_its_route(sandbox, client, invoices):
    sandbox.iopole.unreachable.update(demo.firm(TODAY)["unreachable"])
    renumbered = dataclasses.replace(invoices["2026-117"], number="2026-117-B")
    item = last(sandbox, client, build(renumbered, PageStyle()).content, "2026-117-B.pdf")
    assert item["status"]["code"] == "REJECTED"
    assert detail(item)["reason"] == "ROUTING_FAILURE"


def test_a_bare_message_passes_too(sandbox, client, invoices):
    renumbered = dataclasses.replace(invoices["2026-101"], number="XML-1")
    item = last(sandbox, client, build(renumbered, PageStyle()).xml, "XML-1.xml")
    assert item["status"]["code"] == "MADE_AVAILABLE"


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (b">2139.00<", b">2139.01<", "BR-CO-15"),
        (b">PMT<", b">AAI<", "BR-FR-05"),
        (b">XML-2<", b">XML 2<", "BR-FR-02"),
        (b"ExchangedDocument>", b"ExchangedPaper>", "cvc"),
    ],
)
def test_one_thing_wrong_is_found_and_named(sandbox, client, invoices, right, wrong, rule):
    xml = build(dataclasses.replace(invoices["2026-101"], number="XML-2"), PageStyle()).xml
    assert right in xml
    item = last(sandbox, client, xml.replace(right, wrong), "XML-2.xml")
    assert item["status"]["code"] == "REJECTED"
    assert detail(item)["reason"] == "VALIDATION_FAILURE"
    found = {error["rule"] for error in detail(item)["errors"]}
    assert found, "every refusal says why"
    assert rule == "cvc" or rule in found, found


def test_a_page_without_a_message_is_no_invoice(sandbox, client, tmp_path):
    path = tmp_path / "page.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 720, "Facture FA-1 : 120,00 EUR")
    canvas.save()
    item = last(sandbox, client, path.read_bytes(), "page.pdf")
    assert item["status"] == {"code": "UNACCEPTABLE", "networkCode": "501"}
    assert detail(item)["reason"] == "UNKNOWN_INVOICE_FLAVOR"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"<", b"<a/>", b"\0" * 99, b"\xff\xfe<\0"])
def test_no_bytes_break_the_platform(sandbox, client, content):
    assert opened(content).content == content
    item = last(sandbox, client, content, "x.pdf")
    assert item["status"]["code"] == "UNACCEPTABLE"
