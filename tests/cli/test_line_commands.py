"""The everyday commands, over loopback, as a person or cron runs them."""

import hashlib
import os

import pytest

from pdp_bridge.journal.lock import Lock
from pdp_bridge.sandbox.faults import Fault, Kind

CONTRACT = {
    "number",
    "source_id",
    "state",
    "technical_status",
    "lifecycle_status",
    "submission_id",
    "last_technical_update",
    "sha256",
    "findings",
}


def by_number(invoices):
    return {invoice["number"]: invoice for invoice in invoices}


def test_a_day_with_the_bridge(cli, sandbox, folder):
    pulled = cli("pull")
    assert pulled.code == 0
    assert "1 draft, 1 external" in pulled.out

    ran = cli("run", "--json")
    assert ran.code == 1  # one invoice is refused by our own checks
    assert ran.json["need_a_person"] == ["2026-116"]
    assert ran.json["outcomes"]["sent"] == 17
    assert ran.err.startswith("source.native_sending_disabled is not set")
    assert ran.err.count("\n") == 1  # and nothing else

    sandbox.advance(5)
    synced = cli("sync", "--json")
    assert synced.code == 1  # one invoice is rejected by the platform
    assert synced.json["rejected"] == ["2026-117"]
    assert synced.json["invoices"] == {"pending": 0, "validated": 16, "rejected": 1}
    assert synced.json["counted_up_to"] == 50_000

    status = cli("status", "--json")
    assert status.code == 0
    invoices = by_number(status.json)
    assert all(set(invoice) >= CONTRACT for invoice in invoices.values())
    sent, refused, rejected = invoices["2026-101"], invoices["2026-116"], invoices["2026-117"]
    assert (sent["state"], sent["technical_status"], sent["lifecycle_status"]) == (
        "sent",
        "validated",
        "MADE_AVAILABLE",
    )
    assert (sent["lifecycle_number"], sent["lifecycle_label"]) == ("203", "Mise à disposition")
    assert sent["last_technical_update"].endswith("+00:00")
    deposited = {deposit.id: deposit.sha256 for deposit in sandbox.iopole.deposits}
    assert deposited[sent["submission_id"]] == sent["sha256"]
    assert (refused["state"], refused["technical_status"], refused["submission_id"]) == ("refused", None, None)
    (finding,) = [finding for finding in refused["findings"] if finding["severity"] == "error"]
    assert (finding["rule"], finding["term"]) == ("BUYER_SIRET_MISSING", "BT-47")
    assert finding["message_fr"]
    assert (rejected["technical_status"], rejected["platform_reason"]) == ("rejected", "ROUTING_FAILURE")

    again = cli("run", "--json")
    assert again.code == 1
    assert len(sandbox.iopole.deposits) == 17  # nothing was sent twice

    rendered = cli("render", "2026-101", "-o", "pdf", "--json")
    assert rendered.code == 0
    content = (folder / rendered.json[0]["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sent["sha256"]  # the very bytes that were sent

    everything = cli("render", "--all", "-o", "all")
    assert everything.code == 1
    assert "2026-116 BUYER_SIRET_MISSING" in everything.err
    assert len(list((folder / "all").glob("*.pdf"))) == everything.out.count("✓") >= 17

    history = cli("history", "2026-117", "--json")
    assert [event["number"] for event in history.json][-1] == "213"
    assert history.json[-1]["details"] or history.json[-1]["message"]
    assert cli("history", "2026-101", "--refresh").code == 0

    advised = cli("status", "2026-117", "--lang", "fr")
    assert "Le client est injoignable à cette adresse électronique" in " ".join(advised.out.split())

    one = cli("status", "2026-116", "--lang", "fr")
    assert "refusée par nos contrôles" in one.out
    assert "SIRET" in one.out


def test_one_invoice_is_sent_alone(cli, sandbox):
    sent = cli("send", "2026-102", "--json")
    assert sent.code == 0
    assert sent.json["state"] == "sent"
    assert cli("send", "2026-102").code == 0
    assert [deposit.number for deposit in sandbox.iopole.deposits] == ["2026-102"]
    refused = cli("send", "2026-116", "--json")
    assert refused.code == 1
    assert refused.json["findings"][0]["rule"] == "BUYER_SIRET_MISSING"
    assert cli("history", "2026-116").out.startswith("This invoice was not sent")


@pytest.mark.parametrize("command", [("send", "2026-116"), ("run",)])
def test_a_customer_corrected_in_facturation_pro_cures_its_invoice(cli, sandbox, command):
    cli("run")
    (refused,) = cli("status", "2026-116", "--json").json
    assert refused["findings"][0]["rule"] == "BUYER_SIRET_MISSING"
    invoices = {invoice["id"]: invoice for invoice in sandbox.facturation_pro.records("invoices")}
    buyer = invoices[int(refused["source_id"])]["customer_id"]
    sandbox.advance(3600)  # past the overlap of two scans: the invoice itself did not change
    good = next(each for each in sandbox.facturation_pro.records("customers") if each["siret"] and each["id"] != buyer)
    sandbox.facturation_pro.edit_customer(buyer, siret=good["siret"], vat_number=good["vat_number"])
    cli(*command)
    (after,) = cli("status", "2026-116", "--json").json
    assert (after["state"], {finding["severity"] for finding in after["findings"]}) == ("sent", {"warning"})


def test_an_unknown_invoice_is_a_usage_error_with_a_suggestion(cli, sandbox):
    cli("pull")
    missed = cli("status", "2026-10")
    assert missed.code == 2
    assert "Did you mean 2026-110" in missed.err
    assert missed.out == ""
    assert cli("history", "nothing-like-it").code == 2


def test_an_empty_journal_says_what_to_do(cli, folder):
    assert "pdp-bridge pull" in cli("status").out
    assert cli("status", "--json").json == []


def test_a_service_that_is_down_is_exit_code_3(cli, sandbox):
    sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, "GET", status=503, times=None))
    down = cli("pull")
    assert down.code == 3
    assert "Traceback" not in down.err
    sandbox.facturation_pro_faults.clear()
    cli("pull")
    sandbox.iopole_faults.add(Fault(Kind.STATUS, "*", status=503, times=None))
    assert cli("sync").code == 3


def test_wrong_credentials_are_exit_code_2(cli, sandbox, monkeypatch):
    monkeypatch.setenv("FACTURATION_PRO_API_KEY", "wrong-key")
    refused = cli("pull", "--lang", "fr")
    assert refused.code == 2
    assert "Facturation.pro refuse les identifiants" in refused.err
    assert "wrong-key" not in refused.err


def test_wrong_platform_credentials_are_exit_code_2_and_condemn_no_invoice(cli, sandbox, monkeypatch):
    right = os.environ["IOPOLE_CLIENT_SECRET"]
    monkeypatch.setenv("IOPOLE_CLIENT_SECRET", "wrong-secret")
    refused = cli("run", "--json")
    assert refused.code == 2
    assert "IOPOLE_CLIENT_SECRET" in refused.json["refused"]
    assert "credentials" in cli("run").err
    assert cli("doctor").code == 2
    monkeypatch.setenv("IOPOLE_CLIENT_SECRET", right)
    assert cli("run", "--json").json["outcomes"]["sent"] >= 12


def test_doctor_tells_a_service_that_is_down_from_a_wrong_setting(cli, sandbox):
    assert cli("doctor").code == 0
    sandbox.iopole_faults.add(Fault(Kind.STATUS, "*", status=503, times=None))
    assert cli("doctor").code == 3


def test_what_is_held_says_why_in_both_languages(cli, sandbox):
    buyer = sandbox.facturation_pro.records("invoices")[0]["customer_id"]
    sandbox.facturation_pro.edit_customer(buyer, individual=True, siret=None, vat_number=None)
    cli("run")
    shown = [each for each in cli("status", "--json").json if each["reason"] and "NOT_E_INVOICED" in each["reason"]]
    assert shown
    assert {finding["rule"] for each in shown for finding in each["findings"]} == {"NOT_E_INVOICED"}
    assert "particulier" in " ".join(cli("status", shown[0]["number"], "--lang", "fr").out.split())


def test_a_second_instance_leaves_cleanly(cli, sandbox, folder, monkeypatch):
    monkeypatch.setattr("pdp_bridge.composition.LOCK_WAIT_SECONDS", 0.1)
    with Lock(folder / "data" / "run.lock").acquire():
        busy = cli("run", "--lang", "fr")
    assert busy.code == 3
    assert "même dossier de données" in busy.err


def test_missing_settings_are_exit_code_2_and_all_named(cli, folder):
    missing = cli("run")
    assert missing.code == 2
    for variable in ("FACTURATION_PRO_API_ID", "FACTURATION_PRO_API_KEY", "IOPOLE_CLIENT_ID"):
        assert variable in missing.err
    assert "seller.siren is missing" in missing.err


def test_a_folder_that_cannot_be_written_is_told_plainly(cli, sandbox, folder):
    (folder / "file").touch()
    told = cli("render", "2026-101", "-o", "file/pdf")
    assert told.code == 2
    assert "file/pdf" in told.err
    assert "Traceback" not in told.err


def test_a_file_in_the_place_of_the_data_folder_is_told_plainly(cli, sandbox, folder):
    (folder / "data").write_text("")
    told = cli("run")
    assert told.code == 2
    assert "PDP_BRIDGE_DATA" in told.err


def test_debug_lets_an_error_through(cli, folder):
    with pytest.raises(Exception, match=r"settings are missing"):
        cli("run", "--debug")


def test_render_wants_references_or_all(cli, folder):
    assert cli("render").code == 2
    assert cli("render", "FA-1", "--all").code == 2


def test_ctrl_c_is_told_cleanly(cli, sandbox, monkeypatch):
    def interrupted(_self):
        raise KeyboardInterrupt

    monkeypatch.setattr("pdp_bridge.bridge.Bridge.pull", interrupted)
    stopped = cli("pull")
    assert stopped.code == 130
    assert "Nothing is lost" in stopped.err
