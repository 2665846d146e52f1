"""What people see of budgets, of a service that is left alone, and of what could not be read."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from pdp_bridge import making
from pdp_bridge.journal.quota import FAILURES
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.pacing import Window
from pdp_bridge.sandbox.faults import Fault, Kind

AWAY = Fault(Kind.DROP, times=None)


@pytest.fixture
def governed(sandbox, monkeypatch, folder):
    """Both services within a budget that this process shares with the command line."""
    monkeypatch.setenv("PDP_BRIDGE_SOURCE_RPM", "114")
    monkeypatch.setenv("PDP_BRIDGE_PLATFORM_RPM", "120")
    monkeypatch.setenv("PDP_BRIDGE_RETRY_FIRST_SECONDS", "0")
    (folder / "data").mkdir(mode=0o700)
    with SqlJournal(f"sqlite:///{folder / 'data' / 'journal.db'}", clock=lambda: datetime.now(UTC)) as journal:
        name = f"iopole/{urlsplit(sandbox.iopole_url).netloc}/requests"
        yield journal.lane(name, (Window(requests=120, seconds=60.0),), sleep=lambda _: None)


def plain(text):
    return " ".join(text.split())


def test_doctor_shows_the_budgets(cli, governed):
    governed.limited(0.0)
    shown = cli("doctor")
    assert shown.code == 0
    assert "✓ Requests to Facturation.pro 2 of 570 requests in the last 300 seconds" in plain(shown.out)
    assert "Requests to Iopole 3 of 60 requests in the last 60 seconds, slowed to 50 % after refusals" in plain(
        shown.out
    )
    assert "✓ Status histories of Iopole 0 of 30 requests" in plain(shown.out)


def test_doctor_says_since_when_a_service_is_left_alone_and_tries_it(cli, governed, sandbox):
    sandbox.iopole_faults.add(AWAY)
    for _ in range(FAILURES):
        governed.unanswered("Bearer abcdefghijkl")
    run = cli("run")
    assert run.code == 3
    assert f"{FAILURES} failures in a row" in run.err
    assert sandbox.iopole_exchanges == ()

    told = cli("doctor")
    assert told.code == 3
    assert "✗ Requests to Iopole no answer since" in plain(told.out)
    assert f"({FAILURES + 1} failures in a row, last: " in told.out
    assert "abcdefghijkl" not in told.out + run.err
    assert len(sandbox.iopole_exchanges) == 1

    french = plain(cli("doctor", "--lang", "fr").out)
    assert "✗ Requêtes à Iopole aucune réponse depuis le" in french
    assert "échecs de suite" in french
    assert cli("doctor", "--json").json[-2]["ok"] is False

    sandbox.iopole_faults.clear()
    assert cli("doctor").code == 0
    assert cli("run", "--json").json["unreachable"] is None


def test_a_pause_that_the_service_asked_for_is_shown(cli, governed):
    governed.hold(3600.0)
    told = cli("doctor")
    assert "paused until" in plain(told.out)
    assert told.code == 3  # it could not be asked


def test_a_record_that_cannot_be_read_is_told(cli, sandbox, monkeypatch):
    def broken(row, today, policy):
        if row["full_invoice_ref"] == "2026-101":
            raise ZeroDivisionError
        return unbroken(row, today, policy)

    from pdp_bridge.source.facturation_pro import adapter  # noqa: PLC0415

    unbroken = adapter.skip_reason
    monkeypatch.setattr(adapter, "skip_reason", broken)
    pulled = cli("pull")
    assert pulled.code == 1
    assert "1 record of Facturation.pro could not be read and is read again by the next run: id " in pulled.err
    assert "17 new invoices" in pulled.out
    assert cli("pull", "--json").json["unreadable"]
    monkeypatch.setattr(adapter, "skip_reason", unbroken)
    again = cli("pull")
    assert (again.code, again.err) == (0, "")
    assert cli("status", "2026-101").code == 0


def test_a_status_that_cannot_be_read_is_told_once(cli, sandbox, monkeypatch):
    from pdp_bridge.transmission.iopole.client import Client  # noqa: PLC0415

    unread = [[{"statusId": "s-1"}], []]
    monkeypatch.setattr(Client, "status_not_seen", lambda _self: unread.pop(0) if unread else [])
    synced = cli("sync")
    assert synced.code == 1
    assert "1 status of Iopole could not be read: it is kept in the journal as it came" in plain(synced.err)
    unread.append([{"statusId": "s-1"}])
    assert cli("sync", "--json").json["unreadable"] == 0


def test_an_invoice_put_aside_says_so_and_how_it_comes_back(cli, sandbox, monkeypatch, folder):
    building = making.building

    def broken(invoice, style):
        if invoice.number == "2026-101":
            raise KeyError("nobody foresaw this")
        return building(invoice, style)

    monkeypatch.setattr(making, "building", broken)
    assert cli("run").code == 1
    with SqlJournal(f"sqlite:///{folder / 'data' / 'journal.db'}", clock=lambda: datetime.now(UTC)) as journal:
        source_id = journal.entry("2026-101").source_id
        for _ in range(2):
            journal.failed(source_id, KeyError("again"), retry_at=None)
    shown = plain(cli("status", "2026-101").out)
    assert "put aside after 3 unexpected errors, the last: KeyError: 'again'" in shown
    assert "`pdp-bridge send 2026-101` tries again" in shown
    assert "mise de côté après 3 erreurs inattendues" in plain(cli("status", "2026-101", "--lang", "fr").out)
    monkeypatch.setattr(making, "building", building)
    assert cli("run").code == 1  # it waits for a person
    assert cli("send", "2026-101").code == 0
