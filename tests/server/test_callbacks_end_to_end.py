"""Deposit → webhook → journal over loopback: the sandbox's Iopole calls the receiver that uvicorn serves."""

import http.client
import http.server
import json
import sqlite3
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from deliveries import BOUNDARY, DEPOSIT, Sender, form, status, status_id
from receivers import Place, serving

from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import Lease
from pdp_bridge.sandbox.clock import SandboxClock
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.sandbox.statuses import Detail
from pdp_bridge.sandbox.webhooks import WEBHOOK_SECRET, Webhook, WebhookOptions
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot


def accepted(document):
    """The platform's judgement is not what is tested here."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


DOCUMENTS = {}
"""What was deposited, by its bytes: the samples are not read back."""


class Scene:
    """The sandbox, the receiver it calls, and the journal between them."""

    def __init__(self, sandbox, place, address, **options):
        self.sandbox, self.place = sandbox, place
        self.webhook = sandbox.call_back(WebhookOptions(url=f"{address}/iopole", **options))

    def deposit(self, number="FA-1"):
        """Sent over HTTP, as a run does; returns the platform's id."""
        document = sample_document(sample_invoice(number))
        snapshot = sample_snapshot(f"id-{number}", number)
        self.place.journal.pulled([snapshot], [])
        lease = Lease(at=self.place.clock(), until=self.place.clock() + timedelta(seconds=60))
        assert self.place.journal.sending(snapshot.reference, document, sample_report(document), lease)
        DOCUMENTS[document.content] = replace(document, xml=b"<CrossIndustryInvoice/>")
        submission_id = self.sandbox.iopole.receive(f"{number}.xml", document.content)
        self.place.journal.sent(f"id-{number}", submission_id)
        return submission_id

    def codes(self, submission_id):
        return [event.code for event in self.place.journal.events(submission_id) if event.destination == "OPERATOR"]

    def summary(self, number="FA-1"):
        return self.place.journal.entry(number).summary


@pytest.fixture
def scene(tmp_path):
    with Sandbox(judge=accepted, read=DOCUMENTS.__getitem__) as sandbox:
        place = Place(tmp_path, secrets=(WEBHOOK_SECRET,), clock=sandbox.clock)
        with serving(place.receiver.app) as address:
            yield Scene(sandbox, place, address)
        place.journal.close()


LIFE = ["SUBMITTED", "ISSUED", "RECEIVED", "MADE_AVAILABLE"]


def test_a_deposit_comes_home_by_callbacks_alone(scene):
    assert set(scene.webhook.probe().values()) == {200}
    deposit = scene.deposit()
    scene.sandbox.advance(5)
    assert scene.codes(deposit) == LIFE
    assert scene.summary().technical_status is Outcome.VALIDATED
    assert all(answer.taken for answer in scene.webhook.answers)
    assert scene.webhook.waiting == ()
    assert scene.sandbox.iopole.not_seen() == []
    assert {record["origin"] for record in scene.place.journal.records()} == {"webhook"}


def test_a_rejection_and_an_event_come_home_too(scene):
    scene.sandbox.iopole.unreachable.add(sample_document(sample_invoice("FA-1")).invoice.buyer.siren)
    deposit = scene.deposit()
    scene.sandbox.advance(5)
    scene.sandbox.iopole.tell("OUTBOUND_STATUS_NOT_ALLOWED", deposit, {"attemptedStatus": "APPROVED"})
    scene.sandbox.deliver()
    assert scene.summary().reason == "ROUTING_FAILURE"
    assert scene.summary().technical_status is Outcome.REJECTED
    assert scene.place.journal.events(deposit)[-1].code == "OUTBOUND_STATUS_NOT_ALLOWED"


def test_a_lost_answer_brings_the_delivery_again_and_one_record(scene):
    deposit = scene.deposit()
    scene.sandbox.iopole.settle()
    scene.webhook.lost.update(delivery.key for delivery in scene.webhook.waiting)
    scene.sandbox.advance(5)
    assert scene.codes(deposit) == LIFE
    assert {delivery.attempt for delivery in scene.webhook.waiting} == {2}
    scene.sandbox.advance(60)
    assert scene.webhook.waiting == ()
    assert scene.codes(deposit) == LIFE
    assert scene.place.metric("accepted", kind="status", outcome="repeated") == len(scene.place.journal.events(deposit))


def test_a_lost_delivery_comes_after_one_four_and_six_minutes(scene):
    deposit = scene.deposit()
    scene.webhook.disturb = lambda _: []
    scene.sandbox.advance(5)
    scene.sandbox.advance(60)
    scene.sandbox.advance(240)
    assert scene.codes(deposit) == []
    scene.webhook.disturb = list
    scene.sandbox.advance(360)
    assert scene.codes(deposit) == LIFE


def test_repeated_and_reordered_deliveries_tell_the_same_story(scene):
    deposit = scene.deposit()
    scene.webhook.disturb = lambda due: [*reversed(due), *due, *due[::2]]
    scene.sandbox.advance(5)
    assert scene.codes(deposit) == LIFE
    assert scene.summary().lifecycle_status == "MADE_AVAILABLE"
    assert scene.place.metric("refused", kind="status", reason="forged") == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda each: replace(each, body=each.body.replace(b"ISSUED", b"REJECTED") + b" "), "tampered"),
        (lambda each: replace(each, headers={**each.headers, "x-signature": "0" * 64}), "forged"),
        (lambda each: replace(each, kind="events"), "forged"),
        (lambda each: replace(each, headers={"content-type": "application/json"}), "unsigned"),
    ],
    ids=["tampered", "forged", "redirected", "unsigned"],
)
def test_what_was_altered_on_the_way_changes_nothing(scene, change, reason):
    deposit = scene.deposit()
    scene.webhook.disturb = lambda due: [change(each) for each in due]
    scene.sandbox.advance(5)
    assert scene.place.journal.events(deposit) == []
    assert {answer.status for answer in scene.webhook.answers} == {401}
    _accepted, refused = scene.place.receiver.tally.counts()
    assert {told for (_kind, told), count in refused.items() if count} == {reason}
    assert scene.webhook.waiting == (), "Iopole does not deliver again what is answered 4xx"


def test_an_old_delivery_played_again_is_refused(scene):
    deposit = scene.deposit()
    captured = []
    scene.webhook.disturb = lambda due: captured.extend(due) or due
    scene.sandbox.advance(5)
    recorded = scene.codes(deposit)
    assert [scene.webhook.post(each).status for each in captured] == [200] * len(captured), (
        "inside the window: harmless"
    )
    scene.sandbox.clock.advance(601)
    assert {scene.webhook.post(each).status for each in captured} == {401}
    assert scene.codes(deposit) == recorded


def test_a_journal_that_is_down_gets_every_status_once_it_is_back(scene, monkeypatch):
    deposit = scene.deposit()
    with monkeypatch.context() as failing:
        failing.setattr(scene.place.journal, "received", broken_disk)
        scene.sandbox.advance(5)
    assert {answer.status for answer in scene.webhook.answers} == {503}
    scene.sandbox.advance(60)
    assert scene.codes(deposit) == LIFE


def broken_disk(*_):
    from pdp_bridge.errors import JournalError  # noqa: PLC0415

    raise JournalError("the disk is full")


def test_a_later_status_of_the_buyer_comes_by_itself(scene):
    deposit = scene.deposit()
    scene.sandbox.advance(5)
    scene.sandbox.iopole.emit(deposit, "REFUSED", Detail(reason="OTHER", message="Bon de commande absent"))
    scene.sandbox.deliver()
    summary = scene.summary()
    assert (summary.lifecycle_status, summary.message) == ("REFUSED", "Bon de commande absent")
    assert summary.technical_status is Outcome.VALIDATED


def test_a_received_invoice_is_kept(scene):
    scene.webhook.invoice(str(uuid.uuid4()), b"%PDF-1.7 " + b"x" * 300_000)
    scene.sandbox.deliver()
    (name,) = scene.place.files
    assert (scene.place.folder / "incoming" / name).stat().st_size == 300_009


def test_without_the_optional_header_it_works_as_well(tmp_path):
    with Sandbox(judge=accepted, read=DOCUMENTS.__getitem__) as sandbox:
        place = Place(tmp_path, secrets=(WEBHOOK_SECRET,), clock=sandbox.clock)
        with serving(place.receiver.app) as address:
            scene = Scene(sandbox, place, address, checksum_header=False)
            deposit = scene.deposit()
            scene.sandbox.advance(5)
            assert scene.codes(deposit) == LIFE
        place.journal.close()


# -- many at once, and large ---------------------------------------------------------------------------------------


@contextmanager
def busy_journal(url, clock):
    """A run writes like this meanwhile: short transactions, one after the other."""
    stop = threading.Event()

    def write():
        with SqlJournal(url, clock=clock) as journal:
            while not stop.wait(0.005):
                journal.set_cursor(uuid.uuid4().hex)

    thread = threading.Thread(target=write)
    thread.start()
    yield
    stop.set()
    thread.join()


def test_many_callbacks_at_once_beside_another_writer_are_all_recorded(start, sender):
    place = start(largest=2_000_000)
    url = f"sqlite:///{place.folder / 'journal.db'}"

    def post(number):
        item = status(number % 120, json={"notes": [{"content": "x" * (number % 7) * 20_000}]})
        body = json.dumps(item).encode()
        return client.post("/iopole/status", content=body, headers=sender.headers(body)).status_code

    with (
        serving(place.receiver.app) as address,
        busy_journal(url, place.clock),
        httpx.Client(base_url=address, timeout=60) as client,
        ThreadPoolExecutor(24) as pool,
    ):
        answers = list(pool.map(post, range(200)))
    assert answers == [200] * 200
    assert {event.status_id for event in place.journal.events(DEPOSIT)} == {status_id(number) for number in range(120)}
    assert place.files == []
    with sqlite3.connect(place.folder / "journal.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def raw_post(address, path, headers, chunks):
    """A request written piece by piece, as slowly or as long as a test wants."""
    target = urlsplit(address)
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=30)
    connection.putrequest("POST", path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        for chunk in chunks:
            connection.send(chunk)
    except (BrokenPipeError, ConnectionResetError):
        return None
    return connection


def test_a_body_that_never_ends_is_cut_at_the_limit(start, sender):
    place = start(largest=3_000_000)
    headers = sender.headers(b"whatever") | {"transfer-encoding": "chunked"}
    block = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    with serving(place.receiver.app) as address:
        connection = raw_post(address, "/iopole/status", headers, [block] * 40 + [b"0\r\n\r\n"])
        if connection is not None:
            assert connection.getresponse().status == 413
            connection.close()
    assert place.files == []
    assert place.metric("refused", kind="status", reason="too_large") == 1


def test_a_connection_that_breaks_leaves_no_file(start, sender):
    place = start()
    content = b"%PDF-" + b"x" * 500_000
    body = form(content, invoiceId=DEPOSIT)
    headers = sender.headers(
        body, "/iopole/invoice", signed=content, content_type=f"multipart/form-data; boundary={BOUNDARY}"
    ) | {"content-length": str(len(body))}
    with serving(place.receiver.app) as address:
        raw_post(address, "/iopole/invoice", headers, [body[:200_000]]).close()
        while place.metric("refused", kind="invoice", reason="cut_short") == 0:
            httpx.get(f"{address}/healthz")
    assert place.files == []


def test_an_unsigned_flood_does_not_keep_a_signed_delivery_waiting(start, sender):
    """Bodies of whom nothing is known have two places of their own, however many come."""
    place = start()
    unknown = Sender(at=place.clock(), without=("x-checksum",)).headers(b"x" * 1000) | {"content-length": "1000"}
    with serving(place.receiver.app) as address:
        flood = [raw_post(address, "/iopole/status", unknown, [b"x"]) for _ in range(30)]
        body = json.dumps(status()).encode()
        assert httpx.post(f"{address}/iopole/status", content=body, headers=sender.headers(body)).status_code == 200
        assert len([name for name in place.files if name.endswith(".part")]) <= 2
        for connection in flood:
            connection.close()
    assert place.files == []


# -- the sandbox's side --------------------------------------------------------------------------------------------


def test_the_sandbox_calls_back_by_itself_while_it_runs(tmp_path):
    from pdp_bridge.sandbox.server import run  # noqa: PLC0415

    sandbox = Sandbox(judge=accepted, read=DOCUMENTS.__getitem__)
    place = Place(tmp_path, secrets=(WEBHOOK_SECRET,), clock=sandbox.clock)
    ready, stop = threading.Event(), threading.Event()
    with serving(place.receiver.app) as address:
        scene = Scene(sandbox, place, address)
        thread = threading.Thread(target=run, args=(sandbox, lambda _: ready.set()), kwargs={"until": stop})
        thread.start()
        assert ready.wait(10)
        assert sandbox.environment()["PDP_BRIDGE_WEBHOOK_SECRET"] == WEBHOOK_SECRET
        deposit = scene.deposit()
        while scene.codes(deposit) != LIFE:
            assert thread.is_alive()
        stop.set()
        thread.join()
    place.journal.close()


class Receiving(http.server.BaseHTTPRequestHandler):
    """A receiver that answers as its server says."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Silence."""


@pytest.mark.parametrize(
    ("answer", "taken", "comes_again"),
    [
        ((200, b""), True, False),
        ((204, b""), True, False),
        ((200, b'{"recorded": true}'), True, False),
        ((200, b"OK"), False, False),
        ((401, b"{}"), False, False),
        ((301, b""), False, False),
        ((500, b""), False, True),
        ((503, b"{}"), False, True),
    ],
    ids=str,
)
def test_the_sandbox_takes_answers_as_iopole_does(answer, taken, comes_again):
    with http.server.HTTPServer(("127.0.0.1", 0), Receiving) as server:
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        webhook = Webhook(WebhookOptions(url=f"http://127.0.0.1:{server.server_port}/x"), SandboxClock())
        webhook.event({"eventType": "X"})
        webhook.deliver()
        server.shutdown()
        thread.join()
    assert [each.taken for each in webhook.answers] == [taken]
    assert [each.attempt for each in webhook.waiting] == ([2] if comes_again else [])
