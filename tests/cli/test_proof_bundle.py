"""proof and verify over loopback: a file that stands alone, and a journal that holds together."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import zipfile
from contextlib import closing

import pytest

from pdp_bridge.sandbox.faults import Fault, Kind

NUMBER = "2026-101"


@pytest.fixture
def sent(cli, sandbox, monkeypatch):
    """Three invoices sent, the first after a lost answer, and judged; one refused by our checks."""
    firm = sandbox.facturation_pro
    for record in list(firm.records("invoices")):
        if record["full_invoice_ref"] not in {NUMBER, "2026-102", "2026-103", "2026-116"}:
            firm.edit_invoice(record["id"], draft=True)
    monkeypatch.setenv("PDP_BRIDGE_SETTLE_SECONDS", "0")
    sandbox.iopole_faults.add(Fault(Kind.DROP, method="POST", path="/v1/invoice", after=True, times=1))
    assert cli("run").code == 1
    sandbox.advance(10)
    cli("sync")
    return sandbox


def database(folder):
    return closing(sqlite3.connect(folder / "data" / "journal.db", isolation_level=None))


def exchanges(folder):
    with database(folder) as opened:
        return opened.execute("SELECT source_id, url, detail FROM exchange ORDER BY id").fetchall()


def secrets(sandbox):
    return [value for name, value in sandbox.environment().items() if "SECRET" in name or "API_KEY" in name]


def test_a_lookup_is_on_record_and_the_journal_is_sound(cli, sent, folder):
    found = exchanges(folder)
    assert len({row[0] for row in found}) == len(sent.iopole.deposits)
    lost = next(row for row in found if "problem" in row[2])
    assert any(row[0] == lost[0] and "/v1.1/invoice/search" in row[1] for row in found)
    assert not any(hidden in str(found) for hidden in secrets(sent))
    ran = cli("verify", "--json")
    assert (ran.code, ran.json["problems"]) == (0, [])
    assert ran.json["documents"] >= len(sent.iopole.deposits)
    assert ran.json["events"] > len(sent.iopole.deposits)
    told = cli("verify", "--all")
    assert (told.code, "Nothing speaks against" in told.out) == (0, True)
    assert cli("verify", NUMBER, "--all").code == 2
    with database(folder) as journal:
        journal.execute("UPDATE invoice SET version = 'x' WHERE number = '2026-102'")
    assert cli("verify", NUMBER).code == 0
    assert cli("verify", "2026-102").code == 1
    assert "1 problème dans" in cli("verify", "--lang", "fr").out
    assert "2026" not in cli("verify").err
    assert cli("proof", "2026-116", "-o", "held.zip").code == 0
    assert cli("verify", "held.zip").code == 0
    assert not [name for name in contents(folder / "held.zip") if name.startswith("status/")]


@pytest.fixture
def proven(cli, sent, folder):
    ran = cli("proof", NUMBER, "--json")
    assert ran.code == 0, ran.err
    return folder / ran.json["file"]


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_proof_stands_alone_and_is_checked_without_us(cli, proven, sent, tmp_path):
    assert proven.name == f"proof-{NUMBER}.zip"
    assert proven.stat().st_mode & 0o777 == 0o600
    inside = contents(proven)
    deposit = next(each for each in sent.iopole.deposits if each.number == NUMBER)
    sha256 = hashlib.sha256(deposit.content).hexdigest()
    assert inside[f"documents/{sha256}.pdf"] == deposit.content
    assert b"CrossIndustryInvoice" in inside[f"documents/{sha256}.xml"]
    assert json.loads(inside["invoice.json"])["submission_id"] == deposit.id
    assert json.loads(inside["source/0001.json"])["invoice"]["full_invoice_ref"] == NUMBER
    (attempt,) = json.loads(inside["attempts.json"])
    assert attempt["outcome"] == "unknown"
    states = [each["to_state"] for each in json.loads(inside["transitions.json"])]
    assert (states[0], states[-1]) == ("pulled", "sent")
    assert [name for name in inside if name.startswith("exchanges/")]
    packs = json.loads(inside["reports/rule-packs.json"])["rule_sets"]
    assert {each["pack"] for each in packs} == {"2026-09"}
    assert all(len(digest) == 64 for each in packs for digest in each["files"].values())
    records = [json.loads(inside[name]) for name in sorted(inside) if name.startswith("status/")]
    assert "ISSUED" in [record["code"] for record in records]
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(proven) as archive:
        archive.extractall(unpacked)
    checked = subprocess.run(
        [shutil.which("sha256sum"), "-c", "--strict", "SHA256SUMS"], cwd=unpacked, check=True, capture_output=True
    )
    assert checked.stdout.count(b": ") == len(inside) - 1
    assert cli("verify", proven).code == 0

    again = cli("proof", NUMBER, "-o", "again.zip")
    assert "customer's data are inside" in again.out
    assert (tmp_path / "again.zip").read_bytes() == proven.read_bytes()
    proven.write_bytes(proven.read_bytes()[:-50])
    assert cli("verify", proven).code == 1


def test_a_proof_holds_no_secret_and_no_other_customer(proven, sent, folder):
    text = proven.read_bytes()
    for hidden in [*secrets(sent), "Bearer ", "authorization", "client_secret"]:
        assert hidden.encode() not in text, hidden
    inside = contents(proven)
    theirs = json.loads(inside["source/0001.json"])["customer"]["company_name"]
    assert theirs in inside["source/0001.json"].decode()
    with database(folder) as journal:
        payloads = [json.loads(row[0]) for row in journal.execute("SELECT payload FROM snapshot")]
    others = {each["customer"]["company_name"] for each in payloads if each["customer"]["company_name"]} - {theirs}
    assert others
    assert [name for name in others if name.encode() in text] == []
