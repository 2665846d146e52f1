"""The commands drift, status, run and sync: what drifted, and what Facturation.pro was told."""

import json

import pytest

from pdp_bridge.cli import words
from pdp_bridge.sandbox import demo

SENT = 700101


@pytest.fixture
def sandbox(sandbox):
    """Two invoices are enough."""
    firm = sandbox.facturation_pro
    for record in firm.records("invoices"):
        if record["id"] not in {SENT, 700102}:
            firm.delete_invoice(record["id"])
    return sandbox


@pytest.fixture
def sent(cli, sandbox):
    """Both sent and validated."""
    assert cli("run").code == 0
    sandbox.advance(60)
    cli("sync")
    return sandbox.facturation_pro


def test_an_edit_is_shown_term_by_term_and_is_over_when_it_is_undone(cli, sent):
    ran = cli("drift")
    assert (ran.code, "as it was sent" in ran.out) == (0, True)
    shown = cli("status", "2026-101", "--json").json[0]
    assert (shown["drift"], shown["write_back"]) == (None, None)

    before = sent.record("invoices", SENT)
    sent.edit_invoice(SENT, purchase_number="[red]\x1b[2JPO-77", term_on="2027-01-31")
    cli("pull")
    ran = cli("drift")
    assert ran.code == 1
    assert all(text in ran.out for text in ("2026-101", "BT-9", "2027-01-31", "BT-13", "PO-77", "credit note", "[red]"))
    assert "\x1b" not in ran.out
    (found,) = cli("drift", "2026-101", "--json").json
    assert (found["number"], found["alarming"], found["gone"], found["problem"]) == ("2026-101", True, None, None)
    change = next(each for each in found["changes"] if each["term"] == "BT-9")
    assert (change["path"], change["label_fr"], change["now"]) == ("due_date", "date d’échéance", "2027-01-31")
    assert change["sent"] == before["term_on"]
    assert "PO-77" in cli("status", "2026-101").out
    assert cli("status", "2026-101", "--json").json[0]["drift"]["changes"] == found["changes"]
    assert cli("drift", "2026-102").code == 0
    audited = cli("audit", "--period", before["invoiced_on"][:7], "--json").json["findings"]
    assert [each["term"] for each in audited if each["rule"] == "CHANGED_AFTER_SEND"] == ["BT-9"]
    try:
        ran = cli("drift", "--lang", "fr")
    finally:
        words.choose("en")
    assert "date d’échéance" in ran.out
    assert "avoir" in ran.out

    sent.edit_invoice(SENT, purchase_number=before.get("purchase_number"), term_on=before["term_on"])
    cli("pull")
    assert cli("drift", "--json").json == []


def test_what_was_deleted_or_cannot_be_stated_is_told(cli, sent):
    sent.edit_invoice(SENT, soft_deleted=True)
    cli("pull")
    ran = cli("drift", "--json")
    assert (ran.code, ran.json[0]["gone"], ran.json[0]["changes"]) == (1, "deleted", [])
    assert "deleted in Facturation.pro" in cli("drift").out
    items = sent.record("invoices", SENT)["items"]
    sent.edit_invoice(SENT, soft_deleted=False, items=[])
    cli("pull")
    ran = cli("drift", "2026-101", "--json")
    assert (ran.code, ran.json[0]["gone"], ran.json[0]["problem"]["rule"]) == (1, None, "NO_LINES")
    assert "NO_LINES" in cli("drift").out

    sent.delete_invoice(700102)
    assert [each["number"] for each in cli("drift", "--json").json] == ["2026-101"]
    ran = cli("drift", "2026-102", "--refresh", "--json")
    assert (ran.code, ran.json[0]["gone"]) == (1, "deleted")
    assert len(cli("drift", "--refresh", "--json").json) == 2

    customer = sent.record("invoices", SENT)["customer_id"]
    sent.edit_customer(customer, city="Quimper")
    sent.edit_invoice(SENT, items=items)
    cli("pull")
    ran = cli("drift", "2026-101")
    assert (ran.code, "Quimper" in ran.out, "nothing is to be done" in ran.out) == (0, True, True)
    assert [each["of_customer"] for each in cli("drift", "2026-101", "--json").json[0]["changes"]] == [True]
    sent.edit_customer(customer, siret="20000000800015", vat_number="")
    sent.edit_invoice(SENT, internal_note="seen again")
    cli("pull")
    assert cli("drift", "2026-101").code == 1


def test_what_is_written_back_is_told(cli, sandbox, folder):
    wishes = "[write_back]\nstatus = true\nupload = true\n"
    (folder / "pdp-bridge.toml").write_text(f"{demo.settings_text()}\n{wishes}", encoding="utf-8")
    sandbox.facturation_pro.edit_invoice(700102, api_custom="woo:4711")
    ran = cli("run", "--json")
    written = ran.json["write_back"]
    assert written["written"] == ran.json["outcomes"]["sent"] - 1
    assert written["troubles"] == [{"number": "2026-102", "trouble": "foreign", "detail": "woo:4711"}]
    assert "left alone" in ran.err
    sandbox.advance(60)
    ran = cli("sync")
    assert "Written back to Facturation.pro: statuses" in ran.err
    assert "2026-102" not in ran.err
    shown = cli("status", "2026-101", "2026-102", "--json").json
    assert shown[0]["write_back"]["text"].startswith(f"pdp:iopole:{shown[0]['submission_id']}:")
    assert shown[0]["write_back"]["uploaded_at"]
    assert shown[1]["write_back"]["problem"] == "foreign: woo:4711"
    assert "pdp:iopole:" in cli("status", "2026-101").out
    assert "woo:4711" in cli("status", "2026-102").out
    assert json.loads(cli("run", "--json").out)["write_back"]["written"] == 0
