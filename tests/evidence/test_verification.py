"""A journal that holds together is called sound; each kind of damage is found, in a journal and in a proof of it."""

from __future__ import annotations

import hashlib
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge.errors import OutcomeUnknown
from pdp_bridge.evidence.archive import faults, zipped
from pdp_bridge.evidence.bundle import files
from pdp_bridge.journal.dossier import dossier
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.journal.verification import verify
from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.ports import Lease
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NUMBERS = ("FA-1", "FA-2", "FA-3", "FA-4")


def reopened(content):
    return Document(content=content, xml=b"<xml/>", media_type=MediaType.FACTUR_X)


def event(place, submission_id, code):
    at = NOW + timedelta(minutes=place)
    payload = f'{{"seen": "é", "n": {place}}}'
    return StatusEvent(status_id=f"s-{place}", submission_id=submission_id, code=code, at=at, payload=payload)


@pytest.fixture
def journal(tmp_path):
    """Three invoices sent, one of them twice, and one that was not; statuses of all in one chain."""
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as journal:
        shots = [sample_snapshot(str(place), number) for place, number in enumerate(NUMBERS, start=1)]
        journal.pulled(shots, [])
        for shot in shots[:3]:
            document = sample_document(sample_invoice(shot.reference.number))
            lease = Lease(at=NOW, until=NOW + timedelta(minutes=1))
            assert journal.sending(shot.reference, document, sample_report(document), lease)
            if shot.reference.number == "FA-2":
                journal.still_unknown("2", OutcomeUnknown("lost", code="NO_ANSWER"))
            journal.sent(shot.reference.source_id, f"p-{shot.reference.source_id}")
        journal.pulled([sample_snapshot("1", "FA-1", hours=3)], [])
        for place, (deposit, code) in enumerate(
            [("p-1", "SUBMITTED"), ("p-2", "SUBMITTED"), ("p-1", "ISSUED"), ("p-3", "REJECTED"), ("p-1", "RECEIVED")]
        ):
            journal.received([event(place, deposit, code)])
        yield journal


def damaged(tmp_path, statements):
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as database:
        database.executescript(statements)


def test_a_journal_that_holds_together_is_called_sound(journal):
    found = verify(journal)
    assert (found.problems, found.sound) == ([], True)
    assert (found.invoices, found.documents, found.events) == (4, 3, 5)
    told = []
    assert verify(journal, "1", lambda *what: told.append(what)).events == 3
    assert {stage for stage, *_ in told} == {"verify"}


DAMAGE = {
    "changed event": ("chain", "UPDATE status_event SET code = 'RECEIVED' WHERE seq = 2"),
    "event taken out": ("chain", "DELETE FROM status_event WHERE seq = 3"),
    "event moved": ("chain", "UPDATE status_event SET previous = '00' WHERE seq = 4"),
    "bytes": ("document", "UPDATE document SET content = CAST(content || 'x' AS BLOB) WHERE rowid = 1"),
    "verdict": ("derived", "UPDATE invoice SET technical_status = 'rejected' WHERE source_id = '1'"),
    "deposit": ("derived", "UPDATE invoice SET submission_id = 'p-9' WHERE source_id = '4'"),
    "attempt": ("attempt", "DELETE FROM attempt WHERE source_id = '1'"),
    "numbered": ("attempt", "UPDATE attempt SET number = 2 WHERE source_id = '1'"),
    "open": ("attempt", "UPDATE attempt SET ended_at = NULL WHERE source_id = '1'"),
    "state": ("state", "UPDATE invoice SET state = 'held' WHERE source_id = '4'"),
    "no deposit": ("state", "DELETE FROM submission WHERE source_id = '3'"),
    "since when": ("state", "UPDATE invoice SET sending_at = NULL WHERE source_id = '1'"),
    "version": ("reference", "UPDATE invoice SET version = 'x' WHERE source_id = '1'"),
    "shown last": ("reference", "UPDATE invoice SET latest_version = 'x' WHERE source_id = '1'"),
    "report": ("reference", "DELETE FROM report WHERE source_id = '1'"),
    "file of a deposit": ("reference", "UPDATE submission SET sha256 = 'ff' WHERE source_id = '2'"),
    "invoice": ("database", "DELETE FROM invoice WHERE source_id = '4'"),
}


@pytest.mark.parametrize(("check", "statements"), DAMAGE.values(), ids=DAMAGE)
def test_each_damage_is_found(journal, tmp_path, check, statements):
    damaged(tmp_path, statements)
    found = verify(journal)
    assert not found.sound
    assert check in {problem.check for problem in found.problems}, found.problems


def test_a_torn_page_is_found(journal, tmp_path):
    index = "UPDATE sqlite_master SET sql = replace(sql, '(number)', '(state)') WHERE name = 'ix_invoice_number'"
    damaged(tmp_path, f"PRAGMA writable_schema = ON; {index}")
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as other:
        assert "database" in {problem.check for problem in verify(other).problems}


def test_damage_of_another_invoice_is_not_this_ones(journal, tmp_path):
    damaged(tmp_path, "UPDATE invoice SET version = 'x' WHERE source_id = '2'")
    assert verify(journal, "1").sound
    assert not verify(journal, "2").sound
    damaged(tmp_path, "UPDATE status_event SET code = 'RECEIVED' WHERE seq = 1")
    assert not verify(journal, "1").sound


# -- a proof ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def proof(journal, tmp_path):
    path = tmp_path / "proof.zip"
    path.write_bytes(zipped(files(dossier(journal, "1"), reopened)))
    return path


def test_a_proof_that_holds_together_is_called_sound(proof, journal):
    assert faults(proof, reopened) == []
    assert proof.read_bytes() == zipped(files(dossier(journal, "1"), reopened))
    with zipfile.ZipFile(proof) as archive:
        assert [name for name in archive.namelist() if name.startswith("status/")] == [
            "status/00000001.json",
            "status/00000003.json",
            "status/00000005.json",
        ]
        assert len([name for name in archive.namelist() if name.startswith("source/0")]) == 2
        assert archive.namelist() == sorted(archive.namelist())


def test_a_proof_of_a_changed_journal_says_so(journal, tmp_path):
    damaged(tmp_path, "UPDATE status_event SET code = 'REJECTED' WHERE seq = 3")
    path = tmp_path / "proof.zip"
    path.write_bytes(zipped(files(dossier(journal, "1"), reopened)))
    assert "status/00000003.json is not what was recorded" in map(str, faults(path, reopened))


def rewritten(proven, change):
    """The same proof after `change` of its contents, by name."""
    with zipfile.ZipFile(proven) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    change(inside)
    path = proven.with_name("changed.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return path


def consistent(inside):
    """As a forger would, who works every hash out again."""
    lines = [f"{hashlib.sha256(inside[name]).hexdigest()}  {name}\n" for name in sorted(inside) if name != "SHA256SUMS"]
    inside["SHA256SUMS"] = "".join(lines).encode()


def drop_a_status(inside):
    del inside[max(name for name in inside if name.startswith("status/"))]


def change_an_amount(inside):
    inside["source/0001.json"] = inside["source/0001.json"].replace(b"2", b"3")


def change_a_verdict(inside):
    name = next(name for name in sorted(inside) if name.startswith("status/") and b"ISSUED" in inside[name])
    inside[name] = inside[name].replace(b"ISSUED", b"REJECTED")
    consistent(inside)


def change_the_pdf(inside):
    name = next(name for name in inside if name.endswith(".pdf"))
    inside[name] += b"%"
    consistent(inside)


def add_a_file(inside):
    inside["documents/more.txt"] = b"more"


def swap_the_xml(inside):
    name = next(name for name in inside if name.endswith(".xml"))
    inside[name] += b"<!-- -->"
    consistent(inside)


def hide_a_file(inside):
    del inside["attempts.json"]
    consistent(inside)
    del inside["invoice.json"]


@pytest.mark.parametrize(
    "change",
    [drop_a_status, change_an_amount, change_a_verdict, change_the_pdf, add_a_file, swap_the_xml, hide_a_file],
)
def test_a_changed_proof_is_found_out(proof, change):
    assert faults(rewritten(proof, change), reopened)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all" * 50])
def test_what_is_no_proof_is_told_so(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    assert len(faults(tmp_path / "x.zip", reopened)) == 1


def test_a_file_that_unpacks_without_end_is_not_unpacked(proof, monkeypatch):
    monkeypatch.setattr("pdp_bridge.evidence.archive.MOST_BYTES", 1000)
    assert [str(one) for one in faults(proof, reopened)] == ["it is larger than any proof"]
