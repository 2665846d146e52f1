"""archive over loopback: whatever is asked afterwards is answered as before, and the years are in files."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from copy import deepcopy

import pytest

NUMBERS = ("2025-101", "2025-102", "2025-103")
YEAR = "2026"


@pytest.fixture
def settled(cli, sandbox):
    """Three invoices of 2025, sent and made available; one more that its buyer has refused."""
    firm = sandbox.facturation_pro
    model = next(each for each in firm.records("invoices") if each["full_invoice_ref"] == "2026-101")
    for record in firm.records("invoices"):
        firm.delete_invoice(record["id"])
    dates = {
        name: f"2025{value[4:]}" for name, value in model.items() if str(value)[:5] == "2026-" and len(value) == 10
    }
    for place, number in enumerate((*NUMBERS, "2025-104"), start=1):
        named = {"id": 900_000 + place, "full_invoice_ref": number, "invoice_ref": number[5:]}
        firm.add_invoice({**deepcopy(model), **dates, **named, "updated_at": sandbox.clock().isoformat()})
    ran = cli("run")
    assert ran.code == 0, ran.out + ran.err
    sandbox.advance(10)
    for deposit in sandbox.iopole.deposits:
        sandbox.iopole.emit(deposit.id, "MADE_AVAILABLE" if deposit.number in NUMBERS else "REFUSED")
    assert cli("sync").code == 0
    return sandbox


def asked(cli, folder):
    """What every command that reads says; of files, what is in them."""
    told = [cli(*command) for command in (["status", "--json"], ["verify", "--json"], ["drift", "--json"])]
    told += [cli("audit", "--period", "2025", "--json"), cli("plan", "--json")]
    for number in NUMBERS:
        told += [cli("status", number, "--json"), cli("history", number, "--json"), cli("verify", number)]
        told.append(cli("correct", number, "--json"))
        told.append(cli("resend", number, "--yes"))
        told.append(cli("proof", number, "-o", folder / "proof.zip"))
        told.append((folder / "proof.zip").read_bytes())
        told.append(cli("verify", folder / "proof.zip"))
        told.append(cli("render", number, "-o", folder / number))
        told.append(sorted((path.name, path.read_bytes()) for path in (folder / number).iterdir()))
    return told


def unlike(answer):
    """Without the count of archive files, and without moments of asking."""
    text = getattr(answer, "out", None)
    if text is None or not text.startswith("{"):
        return answer
    found = json.loads(text)
    for name in ("archives", "asked_at", "at", "as_of", "made_at", "since"):
        found.pop(name, None)
    return (answer.code, found)


def archives(folder):
    return sorted((folder / "data" / "archive").iterdir())


def test_every_command_answers_as_before(cli, settled, folder):
    before = [unlike(each) for each in asked(cli, folder)]
    ran = cli("archive", "--before", YEAR, "--json")
    assert ran.code == 0, ran.err
    assert [(row["year"], row["invoices"]) for row in ran.json["files"]] == [(2025, 3)]
    assert ran.json["kept"] == {"sent": 1}
    assert ran.json["journal_bytes"]["after"] < ran.json["journal_bytes"]["before"]
    for found, expected in zip((unlike(each) for each in asked(cli, folder)), before, strict=True):
        assert found == expected
    with closing(sqlite3.connect(folder / "data" / "journal.db")) as journal:
        assert journal.execute("SELECT count(*), count(content) FROM document").fetchone() == (4, 1)
    deposits = len(settled.iopole.deposits)
    assert cli("run").code == 0
    assert len(settled.iopole.deposits) == deposits
    assert "archived: 1 files" in next(
        row["detail"] for row in cli("doctor", "--json").json if row["name"] == "journal"
    )


def test_a_late_payment_is_recorded(cli, settled):
    assert cli("archive", "--before", YEAR).code == 0
    settled.iopole.emit(settled.iopole.deposits[0].id, "PAYMENT_RECEIVED")
    settled.advance(10)
    assert cli("sync").code == 0
    number = settled.iopole.deposits[0].number
    assert cli("status", number, "--json").json[0]["lifecycle_status"] == "PAYMENT_RECEIVED"
    assert cli("verify").code == 0


def test_it_is_told_in_both_languages(cli, settled, folder):
    told = cli("archive", "--before", YEAR, "--lang", "fr")
    (path,) = archives(folder)
    assert told.code == 0
    for words in (f"{path}\u00a0: 3 factures de 2025", "1 facture émise avant 2026 n’est pas close", "Le journal fait"):
        assert words in told.out
    told = cli("archive", "--before", YEAR, "--lang", "en")
    assert (told.code, "Nothing to archive" in told.out) == (0, True)
    assert archives(folder) == [path]
    assert cli("archive", "--before", "2999").code == 2
    assert cli("archive").code == 2


def test_a_missing_file_is_named_and_the_rest_goes_on(cli, settled, folder):
    assert cli("archive", "--before", YEAR).code == 0
    (path,) = archives(folder)
    shutil.move(path, folder / "kept.sqlite")
    for command in (["render", NUMBERS[0], "-o", folder / "pdf"], ["proof", NUMBERS[0], "-o", folder / "proof.zip"]):
        ran = cli(*command)
        assert (ran.code, path.name in ran.err) == (2, True), command
    ran = cli("verify", "--json")
    assert (ran.code, [problem["check"] for problem in ran.json["problems"]]) == (1, ["archive"])
    assert any(path.name in row["detail"] for row in cli("doctor", "--json").json if not row["ok"])
    assert cli("status", NUMBERS[0]).code == 0
    assert cli("run").code == 0
    assert cli("backup", folder / "copy.db").code == 1
    shutil.move(folder / "kept.sqlite", path)
    assert cli("verify").code == 0


def test_a_backup_takes_the_files_along_and_a_restore_brings_them_back(cli, settled, folder):
    assert cli("archive", "--before", YEAR).code == 0
    (path,) = archives(folder)
    (folder / "usb").mkdir()
    copy = folder / "usb" / "monday.db"
    ran = cli("backup", copy)
    assert (ran.code, f"keep the folder {folder / 'usb' / 'archive'} with the copy" in ran.out) == (0, True)
    kept = folder / "usb" / "archive" / path.name
    assert kept.read_bytes() == path.read_bytes()
    written = kept.stat().st_mtime_ns
    assert cli("backup", folder / "usb" / "tuesday.db", "--json").json["archives"] == [path.name]
    assert kept.stat().st_mtime_ns == written  # copied once, for all the copies there
    shutil.rmtree(folder / "data")
    ran = cli("restore", copy, "--json")
    assert (ran.code, ran.json["missing"]) == (0, [])
    assert cli("verify").code == 0
    assert cli("render", NUMBERS[0], "-o", folder / "pdf").code == 0


def test_a_restore_without_the_files_says_so(cli, settled, folder):
    assert cli("archive", "--before", YEAR).code == 0
    (path,) = archives(folder)
    assert cli("backup", folder / "copy.db").code == 0
    kept = folder / "archive" / path.name
    kept.chmod(0o600)
    kept.write_bytes(bytes(kept.stat().st_size))  # its size, and other bytes
    shutil.rmtree(folder / "data")
    ran = cli("restore", folder / "copy.db")
    assert (ran.code, path.name in ran.out) == (1, True)
    assert not archives(folder) if (folder / "data" / "archive").is_dir() else True
    assert cli("status", NUMBERS[0]).code == 0


def test_a_copy_of_before_the_archive_is_lightened_again(cli, settled, folder):
    assert cli("backup", folder / "copy.db").code == 0
    assert cli("archive", "--before", YEAR).code == 0
    before = archives(folder)
    assert cli("restore", folder / "copy.db").code == 0
    ran = cli("archive", "--before", YEAR, "--json")
    assert (ran.code, ran.json["strangers"]) == (0, [])
    assert archives(folder) == before
    assert cli("verify").code == 0
    with closing(sqlite3.connect(folder / "data" / "journal.db")) as journal:
        assert journal.execute("SELECT count(content) FROM document").fetchone() == (1,)


def test_a_move_leaves_the_files_where_they_are(cli, settled, folder, monkeypatch):
    assert cli("archive", "--before", YEAR).code == 0
    url = f"sqlite:///{folder / 'new.db'}"
    ran = cli("journal", "move", url)
    assert (ran.code, str(folder / "data" / "archive") in ran.out) == (0, True)
    monkeypatch.setenv("PDP_BRIDGE_DATABASE_URL", url)
    assert cli("verify").code == 0
    assert cli("render", NUMBERS[0], "-o", folder / "pdf").code == 0


def test_the_proof_holds_what_was_archived(cli, settled, folder):
    assert cli("archive", "--before", YEAR).code == 0
    assert cli("proof", NUMBERS[0], "-o", folder / "proof.zip").code == 0
    with zipfile.ZipFile(folder / "proof.zip") as proof:
        names = proof.namelist()
        assert NUMBERS[0] in proof.read("source/0001.json").decode()
        assert set(json.loads(proof.read("exchanges/0001.json"))) >= {"detail", "method", "url"}
        assert "archive" not in json.loads(proof.read("exchanges/0001.json"))
    assert sum(name.startswith("documents/") and name.endswith(".pdf") for name in names) == 1
