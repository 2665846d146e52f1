"""backup, restore and rebuild as a person types them."""

from datetime import UTC, datetime

import pytest
from town import Town, fill, started

NUMBERS = {"2026-101", "2026-102"}


@pytest.fixture
def firm(sandbox, monkeypatch):
    """Two invoices, and waits so short that nothing is waited for."""
    for record in list(sandbox.facturation_pro.records("invoices")):
        if record["full_invoice_ref"] not in NUMBERS:
            sandbox.facturation_pro.delete_invoice(record["id"])
    for name, value in {"RETRY_FIRST_SECONDS": "0.05", "LEASE_SECONDS": "1", "SETTLE_SECONDS": "0"}.items():
        monkeypatch.setenv(f"PDP_BRIDGE_{name}", value)
    return sandbox


@pytest.fixture
def town_of_two(folder):
    with started(origin=datetime.now(UTC)) as sandbox:
        fill(sandbox)
        yield Town(sandbox, folder)


def test_a_journal_comes_back(cli, firm, folder):
    assert cli("backup", "none.db").code == 2
    assert cli("pull").code == 0
    made = cli("backup", "copy.db", "--json")
    assert (made.code, made.json["invoices"]) == (0, 2), made.err
    assert "2 factures" in cli("backup", "copy.db", "--lang", "fr").out
    assert cli("run").code == 0
    told = cli("restore", "copy.db", "--lang", "en")
    assert told.code == 0, told.err
    assert "is kept as" in told.out
    assert "pdp-bridge rebuild" in told.out
    rebuilt = cli("rebuild", "--json")
    assert (rebuilt.code, rebuilt.json["linked"], rebuilt.json["puzzles"]) == (0, 2, [])
    assert cli("run").code == 0
    assert len(firm.iopole.deposits) == 2
    assert cli("verify").code == 0
    assert cli("restore", "nowhere.db").code == 2
    (folder / "text.db").write_text("no copy", encoding="utf-8")
    assert cli("restore", "text.db").code == 2


def test_what_a_person_must_look_at_is_told(cli, firm, folder):
    assert cli("run").code == 0
    for path in (folder / "data").glob("journal.db*"):
        path.unlink()
    record = next(each for each in firm.facturation_pro.records("invoices") if each["full_invoice_ref"] == "2026-101")
    firm.facturation_pro.edit_invoice(record["id"], invoiced_on="2026-09-21")
    told = cli("rebuild")
    assert told.code == 1, told.err
    assert "differs in BT-2" in told.out
    assert "1 recorded now" in told.out
    again = cli("rebuild", "--lang", "fr")
    assert "diffère par BT-2" in again.out
    assert cli("run").code == 1
    assert cli("status", "2026-101", "--json").json[0]["state"] == "sending"
    assert len(firm.iopole.deposits) == 2


def test_the_copies_of_several_companies_are_one(cli, folder, town_of_two):
    assert cli("run").code == 0
    assert cli("backup", "copy.db", "--json").json["invoices"] == 4
    assert cli("restore", "copy.db").code == 0
    for mine in cli("rebuild", "--json").json.values():
        assert (mine["known"], mine["linked"], mine["puzzles"]) == (2, 0, [])
    assert cli("verify").code == 0
    assert cli("verify", "2026-101").code == 2
    assert cli("verify", "2026-101", "--company", "forge").code == 0
    assert cli("proof", "2026-101", "--company", "forge").code == 0
