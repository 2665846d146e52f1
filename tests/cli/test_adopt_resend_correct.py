"""adopt, resend and correct over loopback, as a person types them."""

import getpass
import re

import pytest

from pdp_bridge.document.assembly import opened
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.sandbox import verdict
from pdp_bridge.sandbox.faults import Fault, Kind

NUMBER = "2026-101"


@pytest.fixture
def quick(monkeypatch, sandbox):
    """One invoice, and waits so short that what is lost is decided within one run."""
    firm = sandbox.facturation_pro
    for record in list(firm.records("invoices")):
        if record["full_invoice_ref"] != NUMBER:
            firm.edit_invoice(record["id"], draft=True)
    for name, value in {"RETRY_FIRST_SECONDS": "0.05", "LEASE_SECONDS": "3", "SETTLE_SECONDS": "0"}.items():
        monkeypatch.setenv(f"PDP_BRIDGE_{name}", value)
    return sandbox


def lose(sandbox, *, after, times=2):
    sandbox.iopole_faults.add(Fault(Kind.DROP, method="POST", path="/v1/invoice", after=after, times=times))


def edit(sandbox, **values):
    record = next(each for each in sandbox.facturation_pro.records("invoices") if each["full_invoice_ref"] == NUMBER)
    sandbox.facturation_pro.edit_invoice(record["id"], **values)


def transitions(folder):
    with SqlJournal(f"sqlite:///{folder / 'data' / 'journal.db'}", clock=None) as journal:
        return [each.detail or "" for each in journal.transitions(journal.entry(NUMBER).source_id)]


@pytest.fixture
def unresolved(cli, quick):
    lose(quick, after=False)
    ran = cli("run", "--json")
    assert (ran.code, ran.json["need_a_person"]) == (1, [NUMBER])
    return quick


def test_the_two_safe_choices_are_shown(cli, unresolved):
    status = cli("status", NUMBER)
    assert "unresolved" in status.out
    assert f"pdp-bridge correct {NUMBER}" in cli("run").err
    told = cli("correct", NUMBER)
    assert (told.code, told.err) == (0, "")
    assert f"pdp-bridge adopt {NUMBER} ID" in told.out
    assert f"pdp-bridge resend {NUMBER}" in told.out
    assert "élucider" in cli("status", NUMBER, "--lang", "fr").out


def test_resend_asks_first_and_is_recorded(cli, folder, unresolved):
    asked = cli("resend", NUMBER)
    assert asked.code == 1
    assert "would be sent again" in asked.err
    assert unresolved.iopole.deposits == ()
    sent = cli("resend", NUMBER, "--yes")
    assert sent.code == 0, sent.err
    assert [deposit.number for deposit in unresolved.iopole.deposits] == [NUMBER]
    assert f"to be sent again, decided by {getpass.getuser()}" in transitions(folder)
    again = cli("resend", NUMBER, "--yes")
    assert again.code == 1
    assert "may not be sent again" in again.err
    assert len(unresolved.iopole.deposits) == 1


def test_a_person_says_yes_or_no_on_a_terminal(cli, unresolved, monkeypatch):
    monkeypatch.setattr("pdp_bridge.cli.deciding.on_a_terminal", lambda: True)
    assert cli("resend", NUMBER, answers="n\n").code == 1
    assert unresolved.iopole.deposits == ()
    sent = cli("resend", NUMBER, answers="y\n")
    assert sent.code == 0, sent.err
    assert len(unresolved.iopole.deposits) == 1


def test_adopting_compares_the_bytes_of_the_platform(cli, folder, quick):
    """A deposit made from another journal: ours has the answer lost, and its bytes are the same."""
    quick.iopole.lose_index(0)
    lose(quick, after=True, times=1)
    quick.iopole_faults.add(Fault(Kind.STATUS, method="GET", path="/v1.1/invoice/search", status=503, times=None))
    assert cli("run").code == 3  # the search is down
    quick.iopole_faults.clear()
    deposit = quick.iopole.deposits[0]
    wrong = cli("adopt", NUMBER, "0199c0de-0000-7000-8000-000000000000")
    assert wrong.code == 2, wrong.err
    adopted = cli("adopt", NUMBER, deposit.id, "--json")
    assert adopted.code == 0, adopted.err
    assert (adopted.json["state"], adopted.json["submission_id"]) == ("sent", deposit.id)
    assert any(f"adopted by {getpass.getuser()}" in detail for detail in transitions(folder))
    quick.advance(5)
    cli("sync")
    assert cli("status", NUMBER, "--json").json[0]["technical_status"] == "validated"


def test_other_bytes_are_refused_with_both_hashes(cli, folder, unresolved):
    cli("render", NUMBER)
    ours = opened((folder / f"{NUMBER}.pdf").read_bytes())
    deposit_id = unresolved.iopole.receive("hand.xml", ours.xml)
    unresolved.iopole.settle()
    refused = cli("adopt", NUMBER, deposit_id)
    assert refused.code == 1
    assert len(set(re.findall(r"[0-9a-f]{64}", refused.err))) == 2
    assert "--same-invoice" in refused.err
    adopted = cli("adopt", NUMBER, deposit_id, "--same-invoice", "--json")
    assert (adopted.code, adopted.json["submission_id"]) == (0, deposit_id), adopted.err


@pytest.mark.parametrize(
    ("code", "words"),
    [("ISSUED", "legal fact"), ("REFUSED", "buyer refused it (210)"), ("REJECTED", "rejected it (213)")],
)
def test_what_was_sent_is_never_corrected_in_place(cli, quick, code, words):
    assert cli("run").code == 0
    quick.advance(5)
    quick.iopole.emit(quick.iopole.deposits[0].id, code)
    cli("sync")
    told = cli("correct", NUMBER)
    assert words in re.sub(r"\s+", " ", told.out)
    if code == "ISSUED":
        assert told.code == 0
    edit(quick, title="corrigée après coup")
    cli("run")
    told = cli("correct", NUMBER, "--json")
    assert (told.code, told.json["edited_in_vain"], told.json["may_send_again"]) == (1, True, False)
    blocked = cli("correct", NUMBER, "--send", "--yes")
    assert blocked.code == 1
    assert len(quick.iopole.deposits) == 1


def test_an_unacceptable_file_is_corrected_and_sent_under_its_number(cli, quick, monkeypatch):
    ruling = verdict.Ruling(code="UNACCEPTABLE", reason="ANTIVIRUS_FAILURE", message="not accepted")
    with monkeypatch.context() as patch:
        patch.setattr(verdict, "unacceptable", lambda *_: ruling)
        cli("run")
        quick.iopole.settle()
    quick.advance(5)
    assert cli("sync").code == 1
    told = cli("correct", NUMBER, "--json")
    assert (told.code, told.json["may_send_again"], told.json["may_edit"]) == (0, True, True)
    assert "correct it there first" in cli("correct", NUMBER, "--send", "--yes").err
    edit(quick, title="corrigée")
    cli("run")
    assert len(quick.iopole.deposits) == 1  # never by itself
    sent = cli("correct", NUMBER, "--send", "--yes")
    assert sent.code == 0, sent.err
    assert len(quick.iopole.deposits) == 2
    quick.advance(5)
    cli("sync")
    shown = cli("status", NUMBER, "--json").json[0]
    assert (shown["technical_status"], shown["submission_id"]) == ("validated", quick.iopole.deposits[1].id)
