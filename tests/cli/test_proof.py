"""`pdp-bridge audit` over loopback with the demo firm: the proof, the files, and what breaks it."""

import csv
import io
import sqlite3

import pytest

from pdp_bridge.audit.figures import RateLine, Totals
from pdp_bridge.audit.rows import Row, Standing
from pdp_bridge.cli import sheet
from pdp_bridge.model.money import amount
from pdp_bridge.model.pulled import Printed


@pytest.fixture
def october(cli, sandbox):
    """The demo sent, and its verdicts home."""
    assert cli("run").code == 1
    sandbox.advance(5)
    cli("sync")
    return sandbox


def by_number(audit):
    return {row["number"]: row for row in audit["numbers"]}


def test_a_month_is_proven(cli, october):
    ran = cli("audit", "--period", "2026-10", "--json")
    assert ran.code == 0
    proof = ran.json
    assert (proof["complete"], proof["reconciled"], proof["findings"]) == (True, True, [])
    assert len(proof["numbers"]) == 8
    assert {row["standing"] for row in proof["numbers"]} == {"validated"}
    assert by_number(proof)["2026-108"]["sent"]["total_with_vat"] == "-1524.48"
    (side,) = proof["reconciliation"]
    assert side["source"] == side["sent"] == side["platform"] == side["validated"]
    assert side["sent"]["total_with_vat"] == proof["totals"][0]["total_with_vat"]
    assert [(line["category"], line["rate"]) for line in proof["vat"]] == [("S", "20"), ("S", "5.5"), ("AE", "0")]
    for line in proof["vat"]:
        assert (line["source_base"], line["source_vat"]) == (line["sent_base"], line["sent_vat"])


def test_a_quarter_shows_what_is_not_settled(cli, october):
    ran = cli("audit", "--period", "2026-Q4", "--json")
    assert ran.code == 1
    rows = by_number(ran.json)
    assert (rows["2026-116"]["standing"], rows["2026-117"]["standing"]) == ("refused", "rejected")
    assert rows["2026-119"]["standing"] == "held"
    assert [finding["rule"] for finding in ran.json["findings"]] == ["SOURCE_NOT_READ"]
    assert ran.json["reconciled"] is True
    told = cli("audit", "--period", "2026-Q4", "--lang", "fr").out
    for part in ("Incomplet", "rejetée par la plateforme", "Rapproché au centime", "SOURCE_NOT_READ"):
        assert part in told


def test_before_anything_was_pulled_nothing_is_proven(cli, sandbox):
    ran = cli("audit", "--period", "2026-10")
    assert ran.code == 1
    assert "SOURCE_NOT_READ" in ran.out


def test_a_lost_number_and_altered_bytes_are_seen(cli, october, folder):
    """What a damaged journal would hide."""
    with sqlite3.connect(folder / "data" / "journal.db") as journal:
        journal.execute("PRAGMA foreign_keys = OFF")
        journal.execute("DELETE FROM invoice WHERE number = '2026-111'")
        journal.execute("UPDATE submission SET sha256 = 'other' WHERE source_id = '700112'")
    journal.close()
    ran = cli("audit", "--period", "2026-10", "--json")
    assert ran.code == 1
    assert by_number(ran.json)["2026-111"]["standing"] == "missing"
    assert [finding["rule"] for finding in ran.json["findings"]] == ["NUMBER_MISSING", "DEPOSIT_UNKNOWN"]
    assert ran.json["reconciled"] is False
    assert "Not reconciled" in cli("audit", "--period", "2026-10").out


def table(path, delimiter):
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_files_for_a_spreadsheet(cli, october, folder):
    assert cli("audit", "--period", "2026-10", "--csv", "proof.csv").code == 0
    heading, *rows = table(folder / "proof.csv", ",")
    assert heading[:3] == ["Invoice", "Dated", "Status"]
    assert len(rows) == 8
    assert rows[0][:3] == ["2026-108", "2026-10-02", "sent, validated"]
    assert rows[0][7] == "-1524.48"
    assert len(table(folder / "proof-vat.csv", ",")) == 4
    assert (folder / "proof.csv").stat().st_mode & 0o077 == 0

    assert cli("audit", "--period", "2026-10", "--csv", "preuve.csv", "--lang", "fr").code == 0
    heading, *rows = table(folder / "preuve.csv", ";")
    assert heading[:3] == ["Facture", "Date", "Statut"]
    assert rows[0][7] == "-1524,48"


FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", " =1+1", "\uff1d1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula(cli, text):
    row = Row(
        number=text,
        standing=Standing.FAILED,
        reason=text,
        submission_id=text,
        lifecycle=text,
        printed=Printed(currency=text, buyer=text, total_without_vat=amount("-10"), total_with_vat=amount("-12")),
        sent=Totals(without_vat=amount("-10"), vat=amount("-2"), with_vat=amount("-12")),
    )
    line = RateLine(
        currency=text,
        category=text,
        rate=None,
        source_base=amount("-1"),
        source_tax=amount("0"),
        sent_base=amount("-1"),
        sent_tax=amount("0"),
    )
    for content in (sheet.of_rows([row]), sheet.of_rates([line])):
        _heading, cells = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        figures = {"-10.00", "-12.00", "-2.00", "-1.00"}
        for cell in cells:
            assert cell in figures or not cell.strip().startswith(("=", "+", "-", "@", "\uff1d")), cell


@pytest.mark.parametrize("period", ["x", "2026-13", "2026-10-05..2026-10-01"])
def test_a_period_that_is_none(cli, sandbox, period):
    ran = cli("audit", "--period", period)
    assert ran.code == 2
    assert "2026-Q4" in ran.err


def test_the_audit_needs_no_account(cli, october, monkeypatch):
    for name in ("IOPOLE_CLIENT_ID", "IOPOLE_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    assert cli("audit", "--period", "2026-10").code == 0
