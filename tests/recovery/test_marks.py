"""What was written back to the source, as a hint of a rebuild: it says where to look, and the platform decides."""

from __future__ import annotations

from copy import deepcopy

import pytest
from test_recovery import AUTUMN, SETTLE, World, lenient, once

from pdp_bridge import State
from pdp_bridge.sandbox.server import Sandbox


class Marked(World):
    """A world that writes back."""

    def __init__(self, sandbox, folder):
        super().__init__(sandbox, folder)
        settings = folder / "pdp-bridge.toml"
        settings.write_text(settings.read_text("utf-8") + "\n[write_back]\nstatus = true\n", encoding="utf-8")

    def sent(self, *numbers):
        """Sent, marked, and the journal is lost."""
        self.issue(*numbers)
        self.run()
        self.sync()
        marks = [each["api_custom"] for each in self.sandbox.facturation_pro.records("invoices")]
        assert len(set(marks)) == len(numbers)
        assert all(mark.startswith("pdp:iopole:") for mark in marks)
        self.lose()

    def deposit_of(self, number):
        return next(each.id for each in self.sandbox.iopole.deposits if each.number == f"E-{number}")


@pytest.fixture
def world(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox:
        yield Marked(sandbox, tmp_path)


def test_a_deposit_that_no_list_shows_is_found_by_its_mark(world):
    world.sent(1, 2)
    world.sandbox.iopole.lose_index(30 * 86_400)
    found = world.rebuild()
    assert (found.deposits, found.linked, found.puzzles) == (0, 2, [])
    assert world.states() == {"E-1": State.SENT, "E-2": State.SENT}
    again = world.rebuild()
    assert (again.linked, again.puzzles) == (0, [])
    assert world.sound() == []


def test_of_several_records_of_a_number_the_marked_one_was_sent(world):
    world.sent(1)
    twin = {**deepcopy(world.model), "id": 900_001, "full_invoice_ref": "E-1", "invoice_ref": "1"}
    world.sandbox.facturation_pro.add_invoice(twin)
    assert (world.rebuild().linked, world.rebuild().puzzles) == (1, [])
    with world.bridge() as bridge:
        assert bridge.status(world.deposit_of(1)).source_id == "800001"
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(1)


def test_a_mark_alone_is_believed_in_nothing(world):
    """It names the deposit of another invoice: that one's file decides, and what was never sent is sent."""
    world.sent(1)
    world.issue(2)
    world.edit(2, api_custom=f"pdp:iopole:{world.deposit_of(1)}:sent")
    found = world.rebuild()
    assert (found.linked, found.puzzles) == (1, [])
    with world.bridge() as bridge:
        assert bridge.status(world.deposit_of(1)).number == "E-1"
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(1, 2)


def test_a_marked_record_that_is_another_invoice_now_waits_for_a_person(world):
    world.sent(1)
    world.edit(1, full_invoice_ref="E-99", invoice_ref="99")
    found = world.rebuild()
    assert [(each.problem, each.terms) for each in found.puzzles] == [("differs", ("BT-1",))]
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(1)
    with world.bridge() as bridge:
        assert bridge.status("E-99").unresolved


def test_a_mark_whose_deposit_the_platform_does_not_know_is_shown_and_holds_its_invoice(world):
    """Of another account, or of a mistake: whether it was sent, only a person can tell."""
    world.issue(1, 2)
    world.edit(1, api_custom="pdp:iopole:01a0d285-f428-7000-8000-000000000001:sent")
    world.edit(2, api_custom="woo:4711")
    found = world.rebuild()
    assert [(each.problem, each.submission_id[-1]) for each in found.puzzles] == [("missing", "1")]
    world.sandbox.advance(2 * SETTLE)
    world.run()
    assert world.deposited == once(2)
    with world.bridge() as bridge:
        assert bridge.status("E-1").unresolved
        bridge.resend("E-1", by="a person")
    assert world.deposited == once(1, 2)


def test_archive_files_that_are_lost_do_not_stop_a_rebuild(world):
    """What they held is no hint any more; everything else is found as without hints."""
    world.issue(1)
    world.run()
    world.sync()
    world.sandbox.iopole.emit(world.sandbox.iopole.deposits[0].id, "APPROVED")
    world.sync()
    world.sandbox.advance(60 * 86_400)
    with world.bridge() as bridge:
        assert bridge.archive(before=2027).taken_out
    for file in (world.folder / "data" / "archive").iterdir():
        file.unlink()
    world.issue(2)
    found = world.rebuild()
    assert (found.deposits, found.known, found.puzzles) == (1, 1, [])
    assert world.states() == {"E-1": State.SENT, "E-2": State.PULLED}
