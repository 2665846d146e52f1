"""What the platform was asked and answered about each invoice is in the journal, without secrets, never in the way."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest

from pdp_bridge.errors import OutcomeUnknown
from pdp_bridge.journal import exchanges
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.exchange import Exchange, Subject
from pdp_bridge.testing import sample_document, sample_invoice, sample_snapshot
from pdp_bridge.transmission.iopole.adapter import Iopole
from pdp_bridge.transmission.iopole.client import Client
from pdp_bridge.transmission.iopole.witness import Witness

SECRET, TOKEN, CUSTOMER = "s3cr3t-of-the-account", "t0ken-of-the-account", "0199c0de-0000-7000-8000-000000000001"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
OTHER = {
    "metadata": {"invoiceId": "other", "direction": "OUTBOUND"},
    "businessData": {"invoiceId": "X-9", "buyer": {"name": "Somebody Else SARL"}},
}


def client(answer, kept):
    def handle(request):
        if "token" in request.url.path:
            return httpx.Response(200, json={"access_token": TOKEN, "token_type": "Bearer", "expires_in": 600})
        if request.url.path.endswith("customer/id"):
            return httpx.Response(200, text=CUSTOMER)
        return answer(request)

    return Client(
        base_url="https://api.iopole.test",
        auth_url="https://auth.iopole.test",
        client_id="a@example.fr",
        client_secret=SECRET,
        rpm=0,
        retry_first_seconds=0,
        witness=Witness(kept.extend),
        transport=httpx.MockTransport(handle),
        clock=lambda: NOW,
        sleep=lambda _: None,
    )


def test_a_deposit_is_noted_once_nothing_waits_for_it():
    kept = []
    document = sample_document(sample_invoice("FA-1"))
    made = {"type": "INVOICE", "id": "p-1"}
    with client(
        lambda _: httpx.Response(201, json=made, headers={"X-Request-Id": "r-7", "Set-Cookie": "c"}), kept
    ) as http:
        platform = Iopole(http)
        platform.ready()
        assert platform.send(document) == "p-1"
        assert kept == [], "the id is recorded first"
        platform.ready()
    (one,) = kept
    assert (one.method, one.url, one.status) == ("POST", "https://api.iopole.test/v1/invoice", 201)
    assert one.subject == Subject(number="FA-1", sha256=document.sha256)
    detail = json.loads(one.detail)
    assert detail["answer"] == {
        "headers": {
            "content-length": str(len(json.dumps(made, separators=(",", ":")))),
            "content-type": "application/json",
            "x-request-id": "r-7",
        },
        "body": made,
    }
    assert detail["request"]["headers"]["customer-id"] == CUSTOMER
    assert detail["request"]["document_sha256"] == document.sha256
    for hidden in (SECRET, TOKEN, "Bearer", "authorization", "cookie", "PDF-1.7"):
        assert hidden.lower() not in one.detail.lower(), hidden


def test_no_answer_is_noted_too():
    def drop(request):
        raise httpx.ReadTimeout("slow", request=request)

    kept = []
    with client(drop, kept) as http, pytest.raises(OutcomeUnknown):
        Iopole(http).send(sample_document())
    assert [(each.status, json.loads(each.detail)) for each in kept] == [(None, {"problem": "ReadTimeout"})]


def test_of_a_search_only_the_invoices_own_rows_are_kept_and_of_a_file_its_hash():
    document = sample_document(sample_invoice("FA-1"))
    own = {
        "metadata": {"invoiceId": "p-1", "direction": "OUTBOUND", "createDate": NOW.isoformat()},
        "businessData": {"invoiceId": "FA-1", "note": "n" * 2000, "accessToken": "abc"},
    }

    def answer(request):
        if "search" in request.url.path:
            return httpx.Response(200, json={"data": [own, OTHER], "meta": {"count": 2}})
        if request.url.path.endswith("/files"):
            return httpx.Response(404, json={"statusMessage": f"no {SECRET} {TOKEN}"})
        return httpx.Response(200, content=document.content, headers={"Content-Type": "application/pdf"})

    kept = []
    with client(answer, kept) as http:
        assert Iopole(http).find(document, NOW) == "p-1"
    text = " ".join(each.detail for each in kept)
    assert "Somebody Else" not in text
    assert SECRET not in text
    assert TOKEN not in text
    search = json.loads(kept[0].detail)["answer"]["body"]
    assert (search["rows_left_out"], len(search["data"])) == (1, 1)
    assert search["data"][0]["businessData"] == {"invoiceId": "FA-1", "note": "(2000 characters)", "accessToken": "***"}
    body = json.loads(next(each.detail for each in kept if each.url.endswith("/download")))["answer"]["body"]
    assert body == {"bytes": len(document.content), "sha256": document.sha256}


@pytest.mark.parametrize("broken", [lambda _: 1 / 0, lambda seen: seen[0].nothing])
def test_a_failed_recording_stops_no_sending(broken, caplog):
    kept = []
    with client(lambda _: httpx.Response(201, json={"id": "p-1"}), kept) as http:
        http.witness = Witness(broken)
        platform = Iopole(http)
        assert platform.send(sample_document()) == "p-1"
        platform.ready()
    assert "exchanges were not recorded" in caplog.text


@pytest.fixture
def journal(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as journal:
        journal.pulled([sample_snapshot("1", "FA-1"), sample_snapshot("2", "TWICE"), sample_snapshot("3", "TWICE")], [])
        yield journal


def noted(number="FA-1", **subject):
    subject = Subject(number=number, **subject)
    text = '{"said": "client_secret=abc123&x"}'
    url = "https://api.iopole.test/v1/invoice?token=abc"
    return Exchange(subject=subject, at=NOW, method="GET", url=url, status=200, milliseconds=3, detail=text)


def rows(tmp_path):
    with closing(sqlite3.connect(tmp_path / "journal.db")) as database:
        return database.execute("SELECT source_id, url, detail FROM exchange ORDER BY id").fetchall()


def test_an_exchange_goes_to_its_invoice_and_to_no_other(journal, tmp_path):
    journal.sent("3", "p-3")
    journal.keep_exchanges([noted(), noted("TWICE"), noted("NOBODY"), noted("", submission_id="p-3")])
    found = rows(tmp_path)
    assert [row[0] for row in found] == ["1", "3"]
    assert "abc" not in str(found)


def test_a_busy_journal_is_not_waited_for(journal, tmp_path, monkeypatch):
    monkeypatch.setattr(exchanges, "_HASTE", {"sqlite": ("PRAGMA synchronous = NORMAL", "PRAGMA busy_timeout = 20")})
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        witness = Witness(journal.keep_exchanges)
        with witness.about(Subject(number="FA-1")):
            witness.unanswered(("GET", "https://api.iopole.test"), "ReadTimeout", NOW, 1.0)
        witness.hand_over()
        other.execute("ROLLBACK")
    assert rows(tmp_path) == []
    journal.set_cursor("the usual connections wait, and sync")
    with journal._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
