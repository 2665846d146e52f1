"""The weight of settled years in files of their own: everything is found, nothing is lost, whatever is cut short."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from pdp_bridge.document.assembly import opened
from pdp_bridge.errors import ConfigError, JournalError, OutcomeUnknown
from pdp_bridge.evidence.bundle import files
from pdp_bridge.journal import archive_file, archiving, space
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.archive_checks import at_a_glance
from pdp_bridge.journal.archiving import archive
from pdp_bridge.journal.dossier import dossier
from pdp_bridge.journal.drifting import Drifting
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.journal.verification import verify
from pdp_bridge.model.exchange import Exchange, Subject
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.ports import Lease, State
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

NOW = datetime(2028, 1, 10, 9, tzinfo=UTC)
OLD = 2027
"""Sample invoices are issued in 2026."""


def silent(stage, done, total, what) -> None:
    """Nobody looks on."""


def told(number, code, minute=0):
    at = NOW - timedelta(days=400) + timedelta(minutes=minute)
    return StatusEvent(status_id=f"s-{number}-{code}", submission_id=f"p-{number}", code=code, at=at)


def send(journal, number, code="APPROVED"):
    """One invoice through the journal, with a request to the platform and a status."""
    shot = sample_snapshot(str(number), f"FA-{number}")
    journal.pulled([shot], [])
    document = sample_document(sample_invoice(shot.reference.number))
    lease = Lease(at=NOW, until=NOW + timedelta(minutes=1))
    assert journal.sending(shot.reference, document, sample_report(document), lease)
    journal.sent(str(number), f"p-{number}")
    subject = Subject(number=shot.reference.number, sha256=document.sha256)
    journal.keep_exchanges(
        [
            Exchange(
                subject=subject,
                at=NOW,
                method="POST",
                url="https://platform.example/v1/invoice",
                status=201,
                milliseconds=12,
                detail=json.dumps({"answer": {"id": f"p-{number}", "message": "déposée"}}, ensure_ascii=False),
            )
        ]
    )
    if code:
        journal.received([told(number, code)])
    return document


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "archive"


def opened_at(url, folder):
    return SqlJournal(url, clock=lambda: NOW, archives=folder)


def filled(journal):
    """Four settled invoices, and one of each kind that is not."""
    for number in range(1, 5):
        send(journal, number)
    journal.pulled([sample_snapshot("1", "FA-1")], [])  # a scan that shows the same again
    send(journal, 5, code=None)
    send(journal, 6, code="ISSUED")
    send(journal, 7, code="REJECTED")
    send(journal, 8, code="REFUSED")
    send(journal, 9)
    journal.pulled([sample_snapshot("9", "FA-9", hours=3)], [])  # changed after sending
    doubtful = sample_snapshot("10", "FA-10")
    journal.pulled([doubtful, sample_snapshot("11", "FA-11"), sample_snapshot("12", "FA-12")], [])
    document = sample_document(sample_invoice("FA-10"))
    lease = Lease(at=NOW, until=NOW + timedelta(minutes=1))
    assert journal.sending(doubtful.reference, document, sample_report(document), lease)
    journal.still_unknown("10", OutcomeUnknown("lost", code="NO_ANSWER"))
    journal.held("11", "NOT_E_INVOICED: a sale to a consumer", None)
    return journal


@pytest.fixture
def journal(journal_url, folder):
    """On each kind of database."""
    with opened_at(journal_url, folder) as journal:
        yield filled(journal)


@pytest.fixture
def local(tmp_path, folder):
    """On SQLite, for what does not depend on the database."""
    with opened_at(f"sqlite:///{tmp_path / 'journal.db'}", folder) as journal:
        yield filled(journal)


SETTLED = ("1", "2", "3", "4")


def weights(journal):
    """Where the weight of each invoice is: names of archives, or None for the journal."""
    names = {row["id"]: row["name"] for row in journal.archives.listed()}
    with journal.engine.connect() as connection:
        rows = connection.execute(select(t.snapshot.c.source_id, t.snapshot.c.archive)).all()
    return {(source_id, names.get(place)) for source_id, place in rows}


def everything(journal):
    """What each way of reading gives of each invoice."""
    found = []
    for entry in journal.entries():
        proof = files(dossier(journal, entry.source_id), opened)
        content = journal.document(entry.sha256) if entry.sha256 else None
        latest = Drifting(journal).latest(entry.source_id)
        found.append((entry, journal.snapshot(entry.source_id), latest, content, proof))
        found.append((journal.attempts(entry.source_id), journal.transitions(entry.source_id)))
    found.append((list(journal.records()), verify(journal).sound, verify(journal).documents))
    return found


def lighten(journal, before=OLD):
    return archive(journal, before, NOW, silent)


# -- what is archived ------------------------------------------------------------------------------------------------


def test_everything_reads_as_before(journal, folder):
    before = everything(journal)
    done = lighten(journal)
    assert everything(journal) == before
    assert {source_id for source_id, name in weights(journal) if name} == set(SETTLED)
    (row,) = done.files
    assert (row["invoices"], row["year"], done.taken_out, done.damaged, done.strangers) == (4, 2026, 12, [], [])
    assert dict(done.kept) == {"held": 1, "pulled": 1, "sending": 1, "sent": 5}
    path = folder / row["name"]
    assert path.stat().st_mode & 0o777 == 0o400
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"]
    assert row["name"] == f"2026-001-{row['sha256'][:8]}.sqlite"
    assert [each.name for each in folder.iterdir()] == [row["name"]]
    assert verify(journal).archives == 1
    assert at_a_glance(journal) == f"1 files, {row['size'] / 1024**2:.1f} MB, in {folder}"


def test_the_weight_has_left_the_journal(journal):
    lighten(journal)
    with journal.engine.connect() as connection:
        for table, weight, left in (
            (t.document, t.document.c.content, 6),
            (t.snapshot, t.snapshot.c.payload, 9),
            (t.exchange, t.exchange.c.detail, 5),
        ):
            assert connection.scalar(select(func.count(weight)).select_from(table)) == left, table.name


def test_the_file_is_read_without_this_program(local, folder):
    lighten(local)
    (path,) = folder.iterdir()
    with closing(sqlite3.connect(path)) as file:
        query = "SELECT kind, name, bytes FROM invoice JOIN piece USING (source_id) JOIN content USING (sha256)"
        rows = file.execute(f"{query} WHERE number = ? ORDER BY piece.id", ("FA-2",)).fetchall()
    assert [kind for kind, _name, _content in rows] == ["document", "snapshot", "exchange"]
    document, snapshot, exchange = (content for _kind, _name, content in rows)
    assert document == local.document(local.entry("2").sha256)
    assert json.loads(snapshot)
    assert json.loads(exchange)["answer"]["message"] == "déposée"


def test_an_archived_invoice_goes_on_living(journal):
    lighten(journal)
    assert journal.pulled([sample_snapshot("1", "FA-1")], []) == 0
    assert not journal.entry("1").changed_after_send
    assert journal.received([told(1, "PAYMENT_RECEIVED", minute=9)]) == 1
    assert journal.entry("1").summary.lifecycle_status == "PAYMENT_RECEIVED"
    journal.pulled([sample_snapshot("2", "FA-2", hours=3)], [])
    assert journal.entry("2").changed_after_send
    assert Drifting(journal).latest("2").snapshot != journal.snapshot("2")
    again = sample_snapshot("99", "FA-3")
    journal.pulled([again], [])
    document = sample_document(sample_invoice("FA-3"))
    lease = Lease(at=NOW, until=NOW + timedelta(minutes=1))
    assert not journal.sending(again.reference, document, sample_report(document), lease)
    assert verify(journal).problems == []


def test_the_same_year_goes_on_in_another_file(journal, folder):
    (first,) = lighten(journal).files
    content = (folder / first["name"]).read_bytes()
    assert lighten(journal).files == []
    journal.received([told(6, "APPROVED", minute=3)])
    (second,) = lighten(journal).files
    assert second["name"].startswith("2026-002-")
    assert {name for source_id, name in weights(journal) if source_id == "6"} == {second["name"]}
    assert (folder / first["name"]).read_bytes() == content


def test_what_comes_late_is_archived_the_next_time(local):
    (first,) = lighten(local).files
    subject = Subject(number="FA-1", sha256="0" * 64)
    late = Exchange(
        subject=subject, at=NOW, method="GET", url="https://platform.example", status=200, milliseconds=1, detail="{}"
    )
    local.keep_exchanges([late])
    (second,) = lighten(local).files
    assert (second["invoices"], second["contents"]) == (1, 1)
    assert len(dossier(local, "1").exchanges) == 2
    assert first["name"] != second["name"]


def test_files_are_bounded(local, monkeypatch):
    monkeypatch.setattr(archiving, "MOST", 3)
    monkeypatch.setattr(archiving, "PAGE", 2)
    before = everything(local)
    assert [row["invoices"] for row in lighten(local).files] == [3, 1]
    assert everything(local) == before


def test_a_file_holds_one_year(local):
    with local.engine.begin() as connection:
        old = update(t.invoice).where(t.invoice.c.source_id == "1").values(issue_date=date(2024, 12, 31))
        connection.execute(old)
    assert [(row["year"], row["invoices"]) for row in lighten(local, 2025).files] == [(2024, 1)]
    assert [(row["year"], row["invoices"]) for row in lighten(local).files] == [(2026, 3)]


@pytest.mark.parametrize("year", [0, 1, NOW.year + 1, 9999])
def test_a_year_that_is_not_over_is_refused(local, year):
    with pytest.raises(ConfigError, match="2028 at the latest"):
        lighten(local, year)


def test_nothing_to_archive(local, folder):
    assert lighten(local, 2026).files == []
    assert list(folder.iterdir()) == []
    assert at_a_glance(local) is None


def test_an_empty_journal(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as journal:
        done = lighten(journal)
    assert (done.files, dict(done.kept)) == ([], {})
    assert (tmp_path / "archive").is_dir()


def test_what_is_gone_from_the_source_stays(local):
    local.pulled([], [Skipped(source_id="1", number="FA-1", reason="deleted")])
    lighten(local)
    assert {source_id for source_id, name in weights(local) if name} == {"2", "3", "4"}


# -- what goes wrong -------------------------------------------------------------------------------------------------


def unlocked(path):
    path.chmod(0o600)
    return path


def changed(path):
    with closing(sqlite3.connect(unlocked(path), isolation_level=None)) as file:
        file.execute("UPDATE content SET bytes = CAST(bytes || 'x' AS BLOB)")


def emptied(path):
    with closing(sqlite3.connect(unlocked(path), isolation_level=None)) as file:
        file.execute("DELETE FROM content")


DAMAGES = {
    "missing": lambda path: path.unlink(),
    "cut": lambda path: unlocked(path).write_bytes(path.read_bytes()[:5000]),
    "changed": changed,
    "emptied": emptied,
    "another file": lambda path: unlocked(path).write_text("dear customer"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_not_what_was_written_gives_nothing(local, folder, damage):
    lighten(local)
    (path,) = folder.iterdir()
    DAMAGES[damage](path)
    for read in (
        lambda: local.document(local.entry("1").sha256),
        lambda: local.snapshot("1"),
        lambda: dossier(local, "1"),
    ):
        with pytest.raises(JournalError, match=path.name):
            read()
    found = verify(local)
    assert {problem.check for problem in found.problems} == {"archive"}
    assert path.name in found.problems[0].subject
    assert verify(local, "1").problems[0].check == "archive"
    assert verify(local, "5").sound
    assert local.entry("1").state is State.SENT  # where it stands is known without it
    assert local.received([told(1, "PAYMENT_RECEIVED", minute=9)]) == 1


def test_the_folder_may_be_somewhere_else(journal, folder, tmp_path, journal_url):
    lighten(journal)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="PDP_BRIDGE_ARCHIVE"):
        journal.snapshot("1")
    with pytest.raises(JournalError, match="cannot be read"):
        at_a_glance(journal)
    with SqlJournal(journal_url, clock=lambda: NOW, archives=tmp_path / "elsewhere") as other:
        assert verify(other).sound


def test_files_are_not_strewn_over_two_folders(journal, tmp_path, journal_url):
    """Where the files of before are not, no further one is written: no folder would have them all."""
    lighten(journal)
    journal.received([told(6, "APPROVED", minute=3)])
    before = weights(journal)
    with (
        SqlJournal(journal_url, clock=lambda: NOW, archives=tmp_path / "another") as other,
        pytest.raises(JournalError, match=r"another.* cannot be read"),
    ):
        lighten(other)
    assert weights(journal) == before
    assert list((tmp_path / "another").glob("*")) == []


def test_a_full_disk_takes_nothing_out(local, folder, monkeypatch):
    before = everything(local)
    connect = sqlite3.connect

    def small(path, **options):
        """SQLite's own error of a full disk."""
        file = connect(path, **options)
        file.execute("PRAGMA max_page_count = 12")
        return file

    monkeypatch.setattr(archive_file.sqlite3, "connect", small)
    with pytest.raises(JournalError, match=r"disk is full: free some space.*Nothing of what it was to hold has left"):
        lighten(local)
    monkeypatch.undo()
    assert list(folder.iterdir()) == []
    assert {name for _source_id, name in weights(local)} == {None}
    assert everything(local) == before
    assert len(lighten(local).files) == 1


def test_a_folder_that_cannot_be_made(local, folder):
    folder.write_text("a file")
    with pytest.raises(JournalError, match="cannot be written"):
        lighten(local)


def test_what_does_not_read_back_takes_nothing_out(local, folder, monkeypatch):
    write = archive_file.write

    def faulty(path, about, weights):
        write(path, about, weights)
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute("UPDATE content SET bytes = CAST('x' AS BLOB) WHERE rowid = 3")

    monkeypatch.setattr(archiving, "write", faulty)
    with pytest.raises(JournalError, match="has other bytes"):
        lighten(local)
    assert list(folder.iterdir()) == []
    assert {name for _source_id, name in weights(local)} == {None}


def test_damaged_bytes_are_left_where_they_are(local):
    sha256 = local.entry("2").sha256
    with local.engine.begin() as connection:
        connection.execute(update(t.document).where(t.document.c.sha256 == sha256).values(content=b"other"))
    done = lighten(local)
    assert done.damaged == [sha256]
    assert {problem.check for problem in verify(local).problems} == {"document"}


def test_what_changed_meanwhile_stays_in_the_journal(journal, monkeypatch):
    """Bytes that are not those of the file are never taken out."""
    record = archiving._Act._record

    def slow(act, path, holding):
        row = record(act, path, holding)
        with journal.engine.begin() as connection:
            connection.execute(update(t.snapshot).where(t.snapshot.c.source_id == "3").values(payload='{"new": 1}'))
        return row

    monkeypatch.setattr(archiving._Act, "_record", slow)
    lighten(journal)
    assert {source_id for source_id, name in weights(journal) if name} == {"1", "2", "4"}
    assert journal.snapshot("3").payload == {"new": 1}


def test_a_file_of_another_journal_is_left_alone(local, folder, tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path / 'other.db'}", clock=lambda: NOW, archives=folder) as other:
        send(other, 77)
        (row,) = lighten(other).files
    done = lighten(local)
    assert done.strangers == [row["name"]]
    assert [each["name"][:8] for each in done.files] == ["2026-002"]
    assert (folder / row["name"]).is_file()


def test_leftovers_are_thrown_away_and_other_files_not(local, folder):
    folder.mkdir()
    (folder / ".2026-001.sqlite.x3k_").write_bytes(b"half of it")
    (folder / "letter.txt").write_text("dear customer")
    lighten(local)
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("2026-001-")) == ["letter.txt"]


def test_a_disk_without_room_to_shrink_the_journal(tmp_path, monkeypatch):
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as journal:
        send(journal, 1)
        monkeypatch.setattr(space.shutil, "disk_usage", lambda _path: type("", (), {"free": 1000}))
        done = lighten(journal)
        assert (done.space.missing > 0, done.space.after) == (True, done.space.before)
        assert verify(journal).sound


def test_a_journal_that_is_written_meanwhile_is_shrunk_later(tmp_path, monkeypatch):
    monkeypatch.setattr("pdp_bridge.journal.database.BUSY_TIMEOUT_MS", 100)
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as journal:
        send(journal, 1)
        with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            found = space.give_back(journal.engine, lighter=True)
        assert (found.after, "locked" in found.problem) == (found.before, True)
        assert space.give_back(journal.engine, lighter=True).problem == ""
        assert verify(journal).sound
