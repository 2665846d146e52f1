"""`rehearse`: the invoices that were sent, judged by another edition of the rules; the journal stays as it was."""

import hashlib
import sqlite3
from contextlib import closing

import pytest

from pdp_bridge.validation.rulesets import BR_FR, rule_sets


@pytest.fixture
def shorter(tmp_path):
    """The French rules, with at most eight characters in a number of which the demo's have eight."""
    source = rule_sets()[BR_FR].schematron
    folder = tmp_path / "next"
    folder.mkdir()
    text = source.read_text("utf-8").replace("string-length(.) le 35", "string-length(.) le 5")
    (folder / "next.xslt").write_text(text, "utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    entry = 'id = "br-fr-next"\norigin = "test"\nvalid_from = 2027-01-01\ndirectory = "."\nschematron = "next.xslt"\n'
    manifest = f'pack = "2027-01"\n[[rule_set]]\n{entry}[rule_set.files]\n"next.xslt" = "{digest}"\n'
    (folder / "MANIFEST.toml").write_text(manifest, "utf-8")
    return folder


def dump(folder):
    with closing(sqlite3.connect(f"file:{folder / 'journal.db'}?mode=ro", uri=True)) as connection:
        return "\n".join(connection.iterdump())


def test_what_would_break_is_listed_and_nothing_is_written(cli, sandbox, folder, shorter):
    for number in ("2026-102", "2026-103"):
        assert cli("send", number).code == 0
    before, deposits = dump(folder / "data"), len(sandbox.iopole.deposits)

    told = cli("rehearse", "--pack", shorter, "--json")
    assert told.code == 1
    assert told.json["pack"] == "2027-01"
    assert "br-fr-next" in told.json["rule_sets"]
    assert {one["number"] for one in told.json["invoices"]} == {"2026-102", "2026-103"}
    assert {finding["rule"] for one in told.json["invoices"] for finding in one["broken"]} == {"BR-FR-01_BT-1"}

    page = cli("rehearse", "--pack", shorter, "--last", "1")
    assert page.code == 1
    assert "BR-FR-01_BT-1 × 1" in page.out
    assert (dump(folder / "data"), len(sandbox.iopole.deposits)) == (before, deposits)


def test_the_pack_in_use_breaks_nothing(cli, sandbox):
    assert cli("send", "2026-102").code == 0
    page = cli("rehearse", "--pack", "2026-09")
    assert page.code == 0
    assert "All of them would still pass" in page.out


def test_an_unknown_pack_is_a_usage_error(cli):
    page = cli("rehearse", "--pack", "2031-01")
    assert (page.code, page.out) == (2, "")
    assert "2026-09" in page.err
