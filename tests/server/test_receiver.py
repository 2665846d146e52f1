"""The receiver: what it believes, what it records before it answers, and what it leaves behind."""

import json
import logging
import os
from pathlib import Path

import pytest
from deliveries import BOUNDARY, DEPOSIT, EVENT, SECRET, Sender, form, status, status_id

from pdp_bridge.errors import JournalError
from pdp_bridge.model.status import Outcome
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


def deposited(place, number="FA-1"):
    """An invoice of the journal that was deposited as `DEPOSIT`."""
    from datetime import timedelta  # noqa: PLC0415

    from pdp_bridge.ports import Lease  # noqa: PLC0415

    snapshot, document = sample_snapshot("1", number), sample_document(sample_invoice(number))
    place.journal.pulled([snapshot], [])
    lease = Lease(at=place.clock(), until=place.clock() + timedelta(seconds=60))
    assert place.journal.sending(snapshot.reference, document, sample_report(document), lease)
    place.journal.sent("1", DEPOSIT)


# -- who may speak -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["status", "events", "invoice"])
def test_without_a_secret_everything_is_refused_and_the_log_says_what_to_set(start, ask, sender, caplog, kind):
    place = start(secrets=())
    http = ask(place.receiver.app)
    answer = sender.post(http, status(), f"/iopole/{kind}")
    assert (answer.status_code, answer.json()) == (503, {"error": "no_secret"})
    assert http.get(f"/iopole/{kind}").status_code == 503
    assert "PDP_BRIDGE_WEBHOOK_SECRET" in caplog.text
    assert place.metric("refused", kind=kind, reason="no_secret") == 1
    assert place.files == []


def test_an_address_that_is_probed_answers_in_json(http):
    for kind in ("status", "events", "invoice"):
        answer = http.get(f"/iopole/{kind}")
        assert (answer.status_code, answer.json()) == (200, {"ready": True})


@pytest.mark.parametrize("missing", ["x-signature", "x-timestamp"])
def test_an_unsigned_delivery_is_refused_before_its_body_is_read(place, http, missing):
    answer = Sender(at=place.clock(), without=(missing,)).post(http, status())
    assert (answer.status_code, answer.json()) == (401, {"error": "unsigned"})
    assert place.journal.events(DEPOSIT) == []
    assert not (place.folder / "incoming").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"late": 601}, "stale"),
        ({"late": -601}, "stale"),
        ({"x_signature": "0" * 64}, "forged"),
        ({"method": "GET"}, "forged"),
        ({"signed": b"another body"}, "tampered"),
        ({"signed": b"another body", "x_checksum": "0" * 64}, "forged"),
    ],
    ids=str,
)
def test_what_is_not_rightly_signed_is_refused_and_nothing_is_left(place, http, sender, options, reason):
    answer = sender.post(http, status(), **options)
    assert (answer.status_code, answer.json()) == (401, {"error": reason})
    assert place.metric("refused", kind="status", reason=reason) == 1
    assert place.journal.events(DEPOSIT) == []
    assert place.files == []


def test_the_query_is_signed_too(place, http, sender):
    body = json.dumps(status()).encode()
    headers = sender.headers(body, "/iopole/status?company=a%2Fb")
    assert http.post("/iopole/status?company=a%2Fb", content=body, headers=headers).status_code == 200
    assert http.post("/iopole/status?company=a%2Fc", content=body, headers=headers).json() == {"error": "forged"}


def test_a_delivery_for_one_address_is_not_taken_at_another(http, sender):
    body = json.dumps(EVENT).encode()
    answer = http.post("/iopole/events", content=body, headers=sender.headers(body, "/iopole/status"))
    assert answer.json() == {"error": "forged"}


def test_without_the_header_of_the_checksum_the_body_itself_is_what_was_signed(place, http):
    sender = Sender(at=place.clock(), without=("x-checksum",))
    assert sender.post(http, status()).status_code == 200
    body, other = json.dumps(status(2)).encode(), json.dumps(status(3)).encode()
    assert http.post("/iopole/status", content=other, headers=sender.headers(body)).json() == {"error": "forged"}
    assert len(place.journal.events(DEPOSIT)) == 1
    assert place.files == []


def test_the_old_secret_is_taken_while_the_new_one_is_brought_in(start, ask, sender):
    http = ask(start(secrets=("n" * 40, SECRET)).receiver.app)
    assert sender.post(http, status()).status_code == 200


def test_no_secret_and_no_signature_stands_in_the_log(http, sender, caplog):
    caplog.set_level(logging.DEBUG)
    sender.post(http, status())
    sender.post(http, status(), x_signature="ab" * 32)
    assert SECRET not in caplog.text
    assert "ab" * 32 not in caplog.text


# -- statuses and events -------------------------------------------------------------------------------------------


def test_a_status_is_recorded_as_the_feed_would_and_moves_the_invoice(place, http, sender):
    deposited(place)
    answer = sender.post(http, status())
    assert (answer.status_code, answer.json()) == (200, {"recorded": True, "new": True})
    (event,) = place.journal.events(DEPOSIT)
    assert (event.status_id, event.code) == (status_id(1), "ISSUED")
    assert place.journal.entry("FA-1").summary.technical_status is Outcome.VALIDATED
    assert [record["origin"] for record in place.journal.records()] == ["webhook"]
    assert place.files == []


def test_the_same_delivery_again_is_one_record_and_two_successes(place, http, sender):
    answers = [sender.post(http, status()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.json()["new"] for answer in answers] == [True, False, False]
    assert len(place.journal.events(DEPOSIT)) == 1
    assert place.metric("accepted", kind="status", outcome="repeated") == 2


def test_a_key_that_nobody_signed_never_hides_another_status(place, http, sender):
    """`X-Idempotency-Key` is no part of what is signed: what tells two statuses apart is their own id."""
    sender.post(http, status(1))
    sender.post(http, status(2, "RECEIVED"))
    assert [event.code for event in place.journal.events(DEPOSIT)] == ["ISSUED", "RECEIVED"]


def test_the_order_of_arrival_does_not_matter(place, http, sender):
    deposited(place)
    for number, code in ((3, "RECEIVED"), (1, "SUBMITTED"), (2, "ISSUED")):
        sender.post(http, status(number, code))
    assert place.journal.entry("FA-1").summary.lifecycle_status == "RECEIVED"


def test_a_status_that_comes_before_its_deposit_is_known_is_not_lost(place, http, sender):
    sender.post(http, status(4, "REJECTED"))
    deposited(place)
    assert place.journal.entry("FA-1").summary.technical_status is Outcome.REJECTED


def test_an_event_stands_in_the_same_log_and_is_no_status(place, http, sender):
    deposited(place)
    sender.post(http, status(1, "RECEIVED"))
    before = place.journal.entry("FA-1").summary
    assert sender.post(http, EVENT, "/iopole/events").json() == {"recorded": True, "new": True}
    assert sender.post(http, EVENT, "/iopole/events").json() == {"recorded": True, "new": False}
    assert place.journal.entry("FA-1").summary == before
    told = place.journal.events(DEPOSIT)[-1]
    assert (told.code, told.destination, told.reason) == ("OUTBOUND_STATUS_INVALID", "EVENT", "INVALID_VAT_RATE")
    assert told.message == "vatRate must be one of: 0, 20"
    assert json.loads(told.payload) == EVENT


@pytest.mark.parametrize("path", ["/iopole/status", "/iopole/events"])
@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe", b"null"])
def test_what_is_signed_and_is_nothing_is_refused(place, http, sender, path, body):
    answer = sender.post(http, body, path)
    assert (answer.status_code, answer.json()) == (422, {"error": "unreadable"})
    assert place.files == []


@pytest.mark.parametrize("path", ["/iopole/status", "/iopole/events"])
@pytest.mark.parametrize("item", [3, "text", {"another": "shape"}, {"status": {"code": "ISSUED"}}])
def test_what_is_signed_and_makes_no_sense_is_kept_as_it_came(place, http, sender, path, item):
    assert [sender.post(http, item, path).json()["new"] for _ in range(2)] == [True, False]
    (kept,) = place.journal.events("")
    assert (kept.code, json.loads(kept.payload)) == ("UNREADABLE", item)


def test_either_address_takes_what_was_meant_for_the_other(place, http, sender):
    deposited(place)
    assert sender.post(http, status(), "/iopole/events").json() == {"recorded": True, "new": True}
    assert sender.post(http, EVENT, "/iopole/status").json() == {"recorded": True, "new": True}
    assert [event.code for event in place.journal.events(DEPOSIT)] == ["ISSUED", "OUTBOUND_STATUS_INVALID"]
    assert place.journal.entry("FA-1").summary.lifecycle_status == "ISSUED"


def test_text_that_no_database_takes_is_refused_and_not_a_crash(place, http, sender):
    answer = sender.post(http, b'{"invoiceId": "\\ud800", "status": {"code": "ISSUED"}}')
    assert answer.status_code in {200, 422}
    assert place.files == []


def test_what_was_sent_is_never_repeated_in_the_log(http, sender, caplog):
    caplog.set_level(logging.DEBUG, logger="pdp_bridge")
    sender.post(http, status(1, "EVIL\nline", deposit="\x1b[2Jx"))
    sender.post(http, status(2, note="Boulangerie Dupont"))
    assert "\x1b" not in caplog.text
    assert "EVIL" not in caplog.text
    assert "Dupont" not in caplog.text
    assert f"ISSUED:{DEPOSIT}" in caplog.text


# -- received invoices ---------------------------------------------------------------------------------------------


def test_a_received_invoice_is_kept_byte_for_byte_for_its_owner_only(place, http, sender):
    assert sender.invoice(http, PDF, invoiceId=DEPOSIT).json() == {"recorded": True, "new": True}
    assert sender.invoice(http, PDF, invoiceId=DEPOSIT).json() == {"recorded": True, "new": False}
    (name,) = place.files
    assert name.startswith(DEPOSIT)
    assert name.endswith(".pdf")
    path = place.folder / "incoming" / name
    assert path.read_bytes() == PDF
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert place.journal.figures().callbacks == {"invoice": 1}


def test_other_content_under_the_same_id_never_replaces_the_first(place, http, sender):
    sender.invoice(http, PDF, invoiceId=DEPOSIT)
    sender.invoice(http, b"\xef\xbb\xbf<Invoice/>", invoiceId=DEPOSIT)
    assert sorted(Path(name).suffix for name in place.files) == [".pdf", ".xml"]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "x" * 5000, "a/b", "\x00"])
def test_only_an_id_makes_a_file_name(place, http, sender, name):
    assert sender.invoice(http, PDF, invoiceId=name).json() == {"error": "unreadable"}
    assert place.files == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        form(PDF, invoiceId=DEPOSIT)[:-8],
        form(PDF, boundary="another", invoiceId=DEPOSIT),
        f"--{BOUNDARY}\r\n\r\nno name\r\n--{BOUNDARY}--\r\n".encode(),
        f"--{BOUNDARY}--\r\n".encode(),
        form(b"", invoiceId=DEPOSIT),
        form(PDF).replace(b'name="file"', b'name="other"'),
        b"".join([f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'.encode()] * 40),
    ],
    ids=range(9),
)
def test_a_form_that_is_not_one_is_refused(place, http, sender, body):
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    headers = sender.headers(body, "/iopole/invoice", content_type=content_type)
    answer = http.post("/iopole/invoice", content=body, headers=headers)
    assert answer.json() in ({"error": "unreadable"}, {"error": "tampered"})
    assert place.files == []


def test_the_checksum_of_an_invoice_is_that_of_its_file_alone(place, http, sender):
    body = form(PDF, invoiceId=DEPOSIT)
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    headers = sender.headers(body, "/iopole/invoice", content_type=content_type)
    assert http.post("/iopole/invoice", content=body, headers=headers).json() == {"error": "tampered"}


# -- size, disk and journal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_a_body_is_refused_and_leaves_no_file(start, ask, sender, announced):
    place = start(largest=10_000)
    http, body = ask(place.receiver.app), b"x" * 10_001

    async def chunks():
        for begin in range(0, len(body), 1000):
            yield body[begin : begin + 1000]

    content = body if announced else chunks()
    answer = http.post("/iopole/status", content=content, headers=sender.headers(body))
    assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})
    assert place.files == []


def test_a_journal_that_fails_is_answered_so_that_it_comes_again(place, http, sender, monkeypatch):
    def broken(*_):
        raise JournalError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(place.journal, "received", broken)
        answer = sender.post(http, status())
        assert (answer.status_code, answer.json()) == (503, {"error": "not_stored"})
    assert place.files == []
    assert sender.post(http, status()).json() == {"recorded": True, "new": True}


def test_a_folder_that_cannot_be_written_is_answered_so_that_it_comes_again(place, http, sender):
    (place.folder / "incoming").write_text("in the way")
    assert sender.invoice(http, PDF, invoiceId=DEPOSIT).json() == {"error": "not_stored"}


def test_a_mistake_of_ours_is_logged_and_the_next_delivery_is_served(place, http, sender, monkeypatch, caplog):
    with monkeypatch.context() as failing:
        failing.setattr(place.journal, "received", lambda *_: 1 // 0)
        answer = sender.post(http, status())
    assert (answer.status_code, answer.json()) == (500, {"error": "failed"})
    assert "ZeroDivisionError" in caplog.text
    assert sender.post(http, status()).status_code == 200
    assert place.files == []


def test_an_invoice_whose_note_failed_is_kept_once_when_it_comes_again(place, http, sender, monkeypatch):
    def broken(*_):
        raise JournalError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(place.journal, "take_callback", broken)
        assert sender.invoice(http, PDF, invoiceId=DEPOSIT).status_code == 503
    assert sender.invoice(http, PDF, invoiceId=DEPOSIT).json() == {"recorded": True, "new": True}
    assert len(place.files) == 1


# -- those who watch -----------------------------------------------------------------------------------------------


def test_health_tells_the_journal_and_the_age_of_the_last_run(place, http):
    assert http.get("/healthz").json() == {
        "status": "ok",
        "journal": "reachable",
        "webhooks": "accepted",
        "last_run_age_seconds": None,
        "last_sync_age_seconds": None,
    }
    place.journal.ended("run")
    assert http.get("/healthz").json()["last_run_age_seconds"] == 0


def test_health_is_bad_when_the_journal_cannot_be_read(place, http, monkeypatch):
    def broken():
        raise JournalError("locked")

    monkeypatch.setattr(place.journal, "last_ended", broken)
    monkeypatch.setattr(place.journal, "figures", broken)
    assert http.get("/healthz").status_code == 503
    assert http.get("/metrics").status_code == 503


def samples(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_metrics_count_invoices_callbacks_and_ages_and_name_nobody(place, http, sender):
    deposited(place, "FA-2026-SECRET")
    place.journal.pulled([sample_snapshot("2", "FA-2")], [])
    place.journal.ended("sync")
    sender.post(http, status())
    sender.post(http, status())
    sender.post(http, status(), late=9999)
    answer = http.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    assert found['pdp_bridge_invoices{state="sent",technical_status="validated"}'] == 1
    assert found['pdp_bridge_invoices{state="pulled",technical_status=""}'] == 1
    assert found['pdp_bridge_waiting{what="in_doubt"}'] == 0
    assert "pdp_bridge_deposits_in_doubt" not in found, "said once"
    assert found['pdp_bridge_waiting{what="due"}'] == 1
    assert found['pdp_bridge_waiting_oldest_age_seconds{what="due"}'] == 0
    assert found['pdp_bridge_waiting{what="verdict"}'] == 0
    assert found['pdp_bridge_oldest_unsent_age_seconds{state="pulled"}'] == 0
    assert found['pdp_bridge_last_ended_age_seconds{act="sync"}'] == 0
    assert found['pdp_bridge_status_events{origin="webhook"}'] == 1
    assert found['pdp_bridge_callbacks_accepted_total{kind="status",outcome="new"}'] == 1
    assert found['pdp_bridge_callbacks_accepted_total{kind="status",outcome="repeated"}'] == 1
    assert found['pdp_bridge_callbacks_refused_total{kind="status",reason="stale"}'] == 1
    assert found["process_resident_memory_max_bytes"] > 10_000_000
    for private in ("SECRET", "FA-2", DEPOSIT, SECRET, str(os.getpid()) + "x", "100000009"):
        assert private not in answer.text
