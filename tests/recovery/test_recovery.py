"""Backup, restore and rebuild over loopback: whatever was lost of the journal, nothing is sent twice, nothing lost.

Time is the sandbox's; the settle delay is the default of fifteen minutes, so that lags are real.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from copy import deepcopy
from datetime import UTC, datetime
from random import Random

import pytest

from pdp_bridge import Bridge, State
from pdp_bridge.errors import Busy, ConfigError, JournalError, PlatformUnavailable
from pdp_bridge.journal.lock import Lock
from pdp_bridge.journal.verification import verify
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load

AUTUMN = datetime(2026, 11, 20, 9, tzinfo=UTC)
SETTLE = 900


def lenient(document):
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


class World:
    """A firm, a platform, a folder; a bridge for each act, as the command line has it."""

    def __init__(self, sandbox, folder):
        self.sandbox, self.folder = sandbox, folder
        sandbox.load_demo()
        firm = sandbox.facturation_pro
        self.model = next(record for record in firm.records("invoices") if record["full_invoice_ref"] == "2026-101")
        for record in firm.records("invoices"):
            firm.delete_invoice(record["id"])
        (folder / "pdp-bridge.toml").write_text(demo.settings_text(), encoding="utf-8")
        waits = {"PDP_BRIDGE_RETRY_FIRST_SECONDS": "0", "PDP_BRIDGE_SETTLE_SECONDS": str(SETTLE)}
        self.environment = {**sandbox.environment(), "PDP_BRIDGE_DATA": str(folder / "data"), **waits}

    @property
    def journal_file(self):
        return self.folder / "data" / "journal.db"

    def issue(self, *numbers):
        for number in numbers:
            named = {"id": 800_000 + number, "full_invoice_ref": f"E-{number}", "invoice_ref": str(number)}
            named["updated_at"] = self.sandbox.clock().isoformat()
            self.sandbox.facturation_pro.add_invoice({**deepcopy(self.model), **named})

    def edit(self, number, **values):
        self.sandbox.facturation_pro.edit_invoice(800_000 + number, **values)

    def bridge(self):
        settings = load(self.folder / "pdp-bridge.toml", self.environment)
        return Bridge(settings, clock=self.sandbox.clock, sleep=self.sandbox.clock.advance)

    def run(self):
        with self.bridge() as bridge:
            return bridge.run()

    def sync(self):
        self.sandbox.advance(10)
        with self.bridge() as bridge:
            return bridge.sync()

    def backup(self, name="backup.db"):
        with self.bridge() as bridge:
            return bridge.backup(self.folder / name).path

    def restore(self, copy):
        with self.bridge() as bridge:
            return bridge.restore(copy)

    def rebuild(self):
        with self.bridge() as bridge:
            return bridge.rebuild()

    def lose(self):
        for path in (self.folder / "data").glob("journal.db*"):
            path.unlink()

    @property
    def deposited(self):
        return Counter(deposit.number for deposit in self.sandbox.iopole.deposits)

    def states(self):
        with self.bridge() as bridge:
            return {entry.number: entry.state for entry in bridge.entries()}

    def sound(self):
        with self.bridge() as bridge:
            return verify(bridge.journal).problems


@pytest.fixture
def world(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox:
        yield World(sandbox, tmp_path)


def once(*numbers):
    return {f"E-{number}": 1 for number in numbers}


# -- backup ----------------------------------------------------------------------------------------------------------


def test_a_copy_is_taken_while_the_journal_is_written(world):
    world.issue(1, 2)
    world.run()
    with world.bridge() as bridge, bridge.journal.engine.connect() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM invoice").scalar() == 2
        with Lock(world.folder / "data" / "run.lock").acquire():
            made = bridge.backup(world.folder / "copy.db")
    assert (made.invoices, made.taken_at >= AUTUMN) == (2, True)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in world.folder.iterdir() if "copy" in path.name} == {"copy.db"}
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with world.bridge() as bridge:
        bridge.backup(made.path)  # a later copy takes the place of an earlier one


def test_what_is_not_a_copy_is_not_overwritten(world):
    world.run()
    other = world.folder / "letter.txt"
    other.write_text("dear customer")
    with world.bridge() as bridge:
        for target in (other, world.journal_file, world.journal_file.with_name("journal.db-wal")):
            with pytest.raises(ConfigError):
                bridge.backup(target)
        with pytest.raises(ConfigError, match="make it first"):
            bridge.backup(world.folder / "nowhere" / "copy.db")
        with pytest.raises(ConfigError, match="journal itself"):
            bridge.restore(world.journal_file)
    assert other.read_text() == "dear customer"


def test_postgresql_is_told_its_own_command(world):
    world.environment["PDP_BRIDGE_DATABASE_URL"] = "postgresql://ada:pass-word@db.example.fr/journal"
    with world.bridge() as bridge:
        with pytest.raises(
            ConfigError, match=r"pg_dump --format=custom --file=\S+copy\.db postgresql://ada@db"
        ) as told:
            bridge.backup(world.folder / "copy.db")
        assert "pass-word" not in str(told.value)
        with pytest.raises(ConfigError, match="pg_restore --clean"):
            bridge.restore(world.folder / "copy.db")


# -- restore ---------------------------------------------------------------------------------------------------------


def test_five_sent_since_the_backup_are_not_sent_twice(world):
    """Three known to the copy, two issued after it; one more that nobody sent."""
    world.issue(1, 2, 3, 4, 5)
    with world.bridge() as bridge:
        bridge.pull()
        bridge.send("E-1")
    copy = world.backup()
    world.sandbox.advance(3600)
    world.issue(6, 7)
    world.edit(5, draft=True)
    world.run()
    assert world.deposited == once(1, 2, 3, 4, 6, 7)
    world.sandbox.advance(3600)
    world.edit(5, draft=False)
    restored, aside = world.restore(copy)
    assert restored.invoices == 5
    assert aside.name.startswith("journal-before-restore-20261120T")
    assert world.states()["E-2"] is State.PULLED
    world.run()
    assert world.deposited == once(1, 2, 3, 4, 6, 7), "what cannot be proven absent yet waits"
    assert world.states()["E-5"] is State.FAILED
    world.sandbox.advance(SETTLE + 61)
    result = world.run()
    assert world.deposited == once(1, 2, 3, 4, 5, 6, 7)
    assert set(world.states().values()) == {State.SENT}
    assert result.unknown == ()
    with world.bridge() as bridge:
        ids = {entry.submission_id for entry in bridge.entries()}
    assert ids == {deposit.id for deposit in world.sandbox.iopole.deposits}
    assert world.sound() == []
    with closing(sqlite3.connect(aside)) as kept:
        assert kept.execute("SELECT count(*) FROM invoice WHERE state = 'sent'").fetchone() == (6,)


def test_an_index_that_lags_behind_the_restore_is_waited_for(world):
    world.issue(1)
    with world.bridge() as bridge:
        bridge.pull()
    copy = world.backup()
    world.run()
    world.restore(copy)
    world.sandbox.iopole.lose_index(SETTLE - 60)
    for _ in range(4):
        world.run()
        world.sandbox.advance(400)
    assert world.deposited == once(1)
    assert world.states() == {"E-1": State.SENT}


def test_a_search_that_cannot_be_made_stops_the_sending(world):
    world.issue(1, 2)
    with world.bridge() as bridge:
        bridge.pull()
    copy = world.backup()
    with world.bridge() as bridge:
        bridge.send("E-1")
    world.restore(copy)
    world.sandbox.advance(2 * SETTLE)
    world.sandbox.iopole_faults.add(
        Fault(Kind.STATUS, method="GET", path="/v1.1/invoice/search", status=503, times=None)
    )
    world.run()
    assert world.deposited == once(1)
    assert set(world.states().values()) == {State.FAILED}
    world.sandbox.iopole_faults.clear()
    world.sandbox.advance(3600)
    world.run()
    assert world.deposited == once(1, 2)


def test_other_bytes_under_the_number_wait_for_a_person(world):
    """Edited since: what would be sent now is not what was sent."""
    world.issue(1)
    with world.bridge() as bridge:
        bridge.pull()
    copy = world.backup()
    world.run()
    world.edit(1, title="autre objet")
    world.restore(copy)
    world.sandbox.advance(2 * SETTLE)
    for title in ("encore un autre", "et un autre"):
        world.run()
        assert world.states() == {"E-1": State.FAILED}
        world.edit(1, title=title)
    assert world.deposited == once(1)
    with world.bridge() as bridge:
        bridge.adopt("E-1", world.sandbox.iopole.deposits[0].id, same_invoice=True)
    assert world.states() == {"E-1": State.SENT}


def test_a_sending_in_doubt_at_the_backup_is_still_sent_once(world):
    world.issue(1)
    world.sandbox.iopole_faults.add(Fault(Kind.DROP, method="POST", path="/v1/invoice", times=1))
    world.run()
    copy = world.backup()
    world.sandbox.advance(SETTLE + 61)
    world.run()
    assert world.deposited == once(1)
    world.sandbox.iopole.lose_index(SETTLE)
    world.restore(copy)
    for _ in range(4):
        world.run()
        world.sandbox.advance(SETTLE)
    assert world.deposited == once(1)
    assert world.states() == {"E-1": State.SENT}


def test_invoices_of_later_days_are_not_looked_for(world):
    world.issue(1)
    world.run()
    copy = world.backup()
    world.restore(copy)
    world.sandbox.advance(3 * 86_400)
    world.issue(2)
    world.edit(2, invoiced_on="2026-11-23")
    before = len(world.sandbox.iopole_exchanges)
    world.run()
    assert world.deposited == once(1, 2)
    assert not [one for one in world.sandbox.iopole_exchanges[before:] if "search" in one.path]


def test_a_restore_is_refused_while_another_process_works(world):
    world.run()
    copy = world.backup()
    with Lock(world.folder / "data" / "run.lock").acquire(), pytest.raises(Busy):
        world.restore(copy)


@pytest.mark.parametrize("harm", ["text", "torn", "other", "production"])
def test_a_copy_that_cannot_be_used_changes_nothing(world, harm):
    world.issue(1)
    world.run()
    copy = world.backup()
    if harm == "text":
        copy.write_text("no journal at all" * 100)
    elif harm == "torn":
        copy.write_bytes(copy.read_bytes()[: 4096 * 12])
    else:
        change = {
            "other": "UPDATE journal_version SET version_num = '9999'",
            "production": "UPDATE meta SET value = 'production' WHERE name = 'environment'",
        }[harm]
        with closing(sqlite3.connect(copy, isolation_level=None)) as opened:
            opened.execute(change)
    with pytest.raises(JournalError):
        world.restore(copy)
    assert world.states() == {"E-1": State.SENT}
    assert [path.name for path in (world.folder / "data").glob("*before*")] == []


def test_a_damaged_journal_is_kept_and_replaced(world):
    world.issue(1, 2)
    with world.bridge() as bridge:
        bridge.pull()
    copy = world.backup()
    world.run()
    world.journal_file.write_bytes(b"broken" * 5000)
    _, aside = world.restore(copy)
    assert aside.read_bytes().startswith(b"broken")
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(1, 2)
    world.lose()
    world.restore(copy)
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(1, 2)


def test_who_has_the_journal_open_sees_the_restored_one(world):
    world.issue(1)
    copy_of_nothing = None
    with world.bridge() as serving:
        assert list(serving.entries()) == []
        copy_of_nothing = world.backup()
        world.run()
        assert len(list(serving.entries())) == 1
        world.restore(copy_of_nothing)
        assert list(serving.entries()) == []
        serving.journal.set_cursor("written after the restore")
    with world.bridge() as bridge:
        assert bridge.journal.cursor() == "written after the restore"


def test_the_mark_is_there_as_soon_as_the_restored_content_is(world):
    """Nothing may fail between the two: the mark is in the very copy that is put back."""
    world.run()
    copy = world.backup()
    world.restore(copy)
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT * FROM meta WHERE name = 'doubt'").fetchall() == []
    with closing(sqlite3.connect(world.journal_file)) as journal:
        (text,) = journal.execute("SELECT value FROM meta WHERE name = 'doubt'").fetchone()
    mark = json.loads(text)
    assert AUTUMN.isoformat() < mark["since"] < mark["until"]


# -- rebuild ---------------------------------------------------------------------------------------------------------


def test_a_lost_journal_is_written_anew_and_only_the_rest_is_sent(world):
    world.issue(1, 2, 3)
    world.run()
    world.sync()
    world.lose()
    world.issue(4)
    world.sandbox.advance(2 * SETTLE)
    found = world.rebuild()
    assert (found.deposits, found.linked, found.puzzles, found.histories_read) == (3, 3, [], 3)
    assert world.deposited == once(1, 2, 3)
    with world.bridge() as bridge:
        for number in (1, 2, 3):
            entry = bridge.status(f"E-{number}")
            deposit = next(each for each in world.sandbox.iopole.deposits if each.id == entry.submission_id)
            assert bridge.journal.document(entry.sha256) == deposit.content
            assert entry.summary.lifecycle_status == "MADE_AVAILABLE"
        assert {row["origin"] for row in bridge.journal.records()} == {"rebuild"}
    again = world.rebuild()
    assert (again.known, again.linked) == (3, 0)
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(1, 2, 3, 4)
    assert set(world.states().values()) == {State.SENT}
    assert world.sound() == []


def test_a_deposit_not_listed_yet_is_looked_for_later(world):
    world.issue(1)
    world.run()
    world.lose()
    world.sandbox.iopole.lose_index(SETTLE - 60)
    assert world.rebuild().deposits == 0
    for _ in range(4):
        world.run()
        world.sandbox.advance(400)
    assert world.deposited == once(1)
    assert world.states() == {"E-1": State.SENT}


def test_what_differs_is_shown_and_never_sent(world):
    world.issue(1, 2, 3)
    world.run()
    world.lose()
    world.edit(1, invoiced_on="2026-09-20")  # the record is another invoice now
    world.sandbox.facturation_pro.delete_invoice(800_002)
    world.sandbox.facturation_pro.add_invoice(
        {**deepcopy(world.model), "id": 900_003, "full_invoice_ref": "E-3", "invoice_ref": "3"}
    )
    world.sandbox.advance(40 * 86_400)
    found = world.rebuild()
    assert {(each.number, each.problem) for each in found.puzzles} == {
        ("E-1", "differs"),
        ("E-2", "unknown"),
        ("E-3", "several"),
    }
    assert next(each.terms for each in found.puzzles if each.problem == "differs") == ("BT-2",)
    for _ in range(2):
        world.run()
        world.edit(1, title="corrigée encore")
        world.sandbox.advance(2 * SETTLE)
    assert world.deposited == once(1, 2, 3)
    with world.bridge() as bridge:
        assert all(entry.unresolved for entry in bridge.entries())
        bridge.resend("E-1")  # a person says so: it is looked for once more, and found with other content
        assert "already at Iopole" in (bridge.status("E-1").reason or "")
    assert world.deposited == once(1, 2, 3)


def test_a_second_copy_is_kept_beside_the_first(world):
    world.issue(1)
    world.run()
    first = world.sandbox.iopole.deposits[0]
    world.sandbox.advance(60)
    world.sandbox.iopole.receive("again.pdf", first.content)
    world.sandbox.advance(60)
    world.lose()
    found = world.rebuild()
    assert (found.deposits, found.linked) == (2, 2)
    with world.bridge() as bridge:
        entry = bridge.status("E-1")
        assert (entry.submission_id, len(bridge.journal.deposits(entry.source_id))) == (first.id, 2)
        assert entry.summary.lifecycle_status == "MADE_AVAILABLE"


def test_a_rebuild_cut_short_leaves_everything_in_doubt(world):
    world.issue(1, 2)
    world.run()
    world.lose()
    world.sandbox.advance(40 * 86_400)
    world.sandbox.iopole_faults.add(
        Fault(Kind.STATUS, method="GET", path="/v1.1/invoice/search", status=503, times=None)
    )
    with pytest.raises(PlatformUnavailable):
        world.rebuild()
    world.sandbox.iopole_faults.clear()
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(1, 2)
    assert world.rebuild().known == 2


def test_histories_that_may_not_be_read_now_are_left_to_sync(world):
    world.issue(1, 2)
    world.run()
    world.lose()
    world.sandbox.advance(60)
    world.sandbox.iopole_faults.add(Fault(Kind.STATUS, method="GET", path="*/status-history", status=429, times=1))
    found = world.rebuild()
    assert (found.linked, found.histories_read, found.histories_left) == (2, 0, 2)
    world.sandbox.advance(7200)
    world.sync()
    with world.bridge() as bridge:
        assert {entry.summary.lifecycle_status for entry in bridge.entries()} == {"MADE_AVAILABLE"}


# -- all of it, in any order -----------------------------------------------------------------------------------------


def a_bad_month(world, chance):
    """Acts and accidents in any order; in the end every invoice is at the platform once, or waits for a person."""
    issued, copies = 0, []

    def issue():
        nonlocal issued
        issued += 1
        world.issue(issued)

    def lose_an_answer():
        after = chance.random() < 0.5
        world.sandbox.iopole_faults.add(Fault(Kind.DROP, method="POST", path="/v1/invoice", after=after, times=1))

    def back_up():
        if world.journal_file.exists():
            copies.append(world.backup(f"copy-{len(copies)}.db"))

    def restore():
        if copies:
            world.restore(chance.choice(copies))

    def lose_it_all():
        world.lose()
        world.rebuild()

    acts = [issue, issue, world.run, world.run, world.sync, lose_an_answer, back_up, restore, lose_it_all]
    acts += [lambda: world.sandbox.iopole.lose_index(chance.randrange(SETTLE))]
    acts += [lambda: world.sandbox.advance(chance.choice([30, 600, 2 * SETTLE]))] * 2
    for _ in range(16):
        chance.choice(acts)()
    issue()
    world.sandbox.iopole_faults.clear()
    for _ in range(5):
        world.sandbox.advance(2 * SETTLE)
        world.run()
    with world.bridge() as bridge:  # two answers lost and nothing ever found: a person decides
        unresolved = {entry.number for entry in bridge.entries() if entry.unresolved}
    expected = once(*range(1, issued + 1)).keys() - unresolved
    assert world.deposited == dict.fromkeys(expected, 1)
    assert {number for number, state in world.states().items() if state is State.SENT} == expected
    assert world.sound() == []


def test_a_bad_month_ends_with_every_invoice_sent_once(world):
    a_bad_month(world, Random(7))  # noqa: S311 - chance, no secret


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_many_bad_months_end_with_every_invoice_sent_once(world, seed):
    a_bad_month(world, Random(seed))  # noqa: S311 - chance, no secret
