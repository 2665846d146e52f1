"""A journal in PostgreSQL, dumped, lost with its server and restored: nothing is sent twice, nothing lost.

With the programs of PostgreSQL themselves, as an operator uses them.
"""

from __future__ import annotations

import subprocess

import postgresql
import pytest
from sqlalchemy import make_url
from test_recovery import AUTUMN, SETTLE, World, lenient, once

from pdp_bridge import State
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox


class Dumped(World):
    """A world whose journal is on a server that can be lost."""

    def __init__(self, sandbox, folder, server):
        super().__init__(sandbox, folder)
        self.on(server)

    def on(self, server):
        self.server = server
        self.environment["PDP_BRIDGE_DATABASE_URL"] = server.url

    def _program(self, name, *arguments):
        found = postgresql.programs(self.folder) / name
        if not found.exists():
            pytest.skip(f"{name} is not installed")
        host = make_url(self.server.url).query["host"]
        subprocess.run([found, "-h", host, "-U", "postgres", *arguments], check=True, capture_output=True)

    def dump(self):
        target = self.folder / "journal.dump"
        options = ("--format=custom", "--exclude-table-data=procrastinate_*", "-f", target)
        self._program("pg_dump", *options, "postgres")

    def restored_on(self, server):
        self.on(server)
        self._program("pg_restore", "--no-owner", "-d", "postgres", self.folder / "journal.dump")

    def restored_in_place(self):
        """While somebody has it open: as a standby that takes over looks from there, or a restore in the night."""
        options = ("--no-owner", "--clean", "--if-exists", "--single-transaction", "-d", "postgres")
        self._program("pg_restore", *options, self.folder / "journal.dump")

    def histories(self):
        """Of every deposit, what the journal holds and what the platform shows: ids of statuses."""
        with self.bridge() as bridge:
            ours = {entry.submission_id: bridge.history(entry.source_id) for entry in bridge.entries()}
        return {
            deposit.id: (
                {event.status_id for event in ours.get(deposit.id, ())},
                {status.status_id for status in self.sandbox.iopole.history(deposit.id)},
            )
            for deposit in self.sandbox.iopole.deposits
        }


@pytest.fixture
def servers():
    both = [postgresql.Server(), postgresql.Server()]
    yield both
    for server in both:
        server.stop()


@pytest.fixture
def world(tmp_path, servers):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox:
        yield Dumped(sandbox, tmp_path, servers[0])


def a_day_lost(world, servers):
    """A dump, then a day: news of what was sent before, more invoices, one answer lost, and the server is gone."""
    world.issue(1, 2, 3)
    world.run()
    world.sync()
    world.dump()
    world.sandbox.advance(3_600)
    world.sandbox.iopole.emit(world.sandbox.iopole.deposits[0].id, "APPROVED")
    world.issue(4, 5, 6, 7)
    world.sandbox.iopole_faults.add(Fault(Kind.DROP, "POST", "/v1/invoice", after=True))
    world.run()
    world.sync()  # what is acknowledged is never in the feed again
    world.issue(8)  # known to nobody yet
    servers[0].stop()
    world.restored_on(servers[1])
    assert world.deposited == once(1, 2, 3, 4, 5, 6, 7)


@pytest.mark.slow
def test_restored_and_rebuilt_all_is_there_and_only_the_rest_is_sent(world, servers):
    a_day_lost(world, servers)
    rebuilt = world.rebuild()
    assert (rebuilt.known, rebuilt.linked, rebuilt.puzzles) == (3, 4, [])
    world.sandbox.advance(SETTLE + 100)
    world.run()
    world.sync()
    assert world.deposited == once(1, 2, 3, 4, 5, 6, 7, 8)
    assert set(world.states().values()) == {State.SENT}
    histories = world.histories()
    assert all(ours == theirs for ours, theirs in histories.values()), histories
    assert world.sound() == []


@pytest.mark.slow
def test_restored_and_nobody_thinks_of_rebuilding(world, servers):
    """The journal is elsewhere than it was, so it knows: nothing is sent before it was looked for."""
    a_day_lost(world, servers)
    world.run()
    assert world.deposited == once(1, 2, 3, 4, 5, 6, 7)
    assert {world.states()[f"E-{number}"] for number in range(1, 8)} == {State.SENT}
    assert world.states()["E-8"] is State.FAILED, "it may have been sent, too: certain only after a while"
    world.sandbox.advance(SETTLE + 100)
    world.run()
    world.sync()
    assert world.deposited == once(1, 2, 3, 4, 5, 6, 7, 8)
    assert set(world.states().values()) == {State.SENT}
    assert world.sound() == []


@pytest.mark.slow
@pytest.mark.parametrize("first", ["run", "pull"])
def test_restored_under_a_bridge_that_stays_open(world, first):
    """A program of long life asks again before it writes: a pull alone would hide since when something is forgotten."""
    world.issue(1)
    world.run()
    world.dump()
    with world.bridge() as bridge:
        world.sandbox.advance(3_600)
        world.issue(2)
        bridge.run()
        world.sandbox.advance(5 * 86_400)
        world.restored_in_place()
        getattr(bridge, first)()
        bridge.run()
    assert world.deposited == once(1, 2)
    assert set(world.states().values()) == {State.SENT}
