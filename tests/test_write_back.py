"""What Facturation.pro is shown of what was sent: over loopback, with the real adapters, journal and budgets."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge import Bridge, State
from pdp_bridge.journal.written import WrittenBack, due_query
from pdp_bridge.model.mark import Mark, Trouble, text_of
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.pacing import Window
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.facturation_pro import SourceOptions
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import SettingsError, load

AUTUMN = datetime(2026, 11, 20, 9, tzinfo=UTC)
PATCH, UPLOAD = ("PATCH", "*/invoices/*.json"), ("POST", "*/upload.json")


def lenient(document):
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


@contextmanager
def world(folder, wishes="status = true", *, count=1, source=None, **environment):
    """A firm with `count` plain invoices E-1 …, and a bridge whose pauses are the sandbox's time."""
    with Sandbox(origin=AUTUMN, judge=lenient, source=source) as sandbox:
        sandbox.load_demo()
        firm = sandbox.facturation_pro
        model = next(record for record in firm.records("invoices") if record["full_invoice_ref"] == "2026-101")
        for record in firm.records("invoices"):
            firm.delete_invoice(record["id"])
        for number in range(1, count + 1):
            firm.add_invoice(model | {"id": 800_000 + number, "full_invoice_ref": f"E-{number}", "invoice_ref": None})
        with opened(sandbox, folder, wishes, **environment) as bridge:
            yield sandbox, bridge


def opened(sandbox, folder, wishes, **environment):
    folder.mkdir(exist_ok=True)
    config = folder / "pdp-bridge.toml"
    config.write_text(f"{demo.settings_text()}\n[write_back]\n{wishes}\n", encoding="utf-8")
    waits = {"PDP_BRIDGE_DATA": str(folder / "data"), "PDP_BRIDGE_RETRY_FIRST_SECONDS": "0", **environment}
    return Bridge(load(config, {**sandbox.environment(), **waits}), clock=sandbox.clock, sleep=sandbox.clock.advance)


def record(sandbox, number=1):
    return sandbox.facturation_pro.record("invoices", 800_000 + number)


def asked(sandbox, method):
    return [each.path for each in sandbox.facturation_pro_exchanges if each.method == method]


def custom(sandbox, number=1):
    return record(sandbox, number).get("api_custom")


def test_nothing_is_written_unless_it_is_asked_for(tmp_path):
    with world(tmp_path, "") as (sandbox, bridge):
        assert bridge.run().write_back is None
        sandbox.advance(60)
        assert bridge.sync().write_back is None
        assert not asked(sandbox, "PATCH")
        assert not asked(sandbox, "POST")


def test_each_state_is_shown_once(tmp_path):
    with world(tmp_path) as (sandbox, bridge):
        assert bridge.run().write_back.written == 1
        deposit = bridge.status("E-1").submission_id
        assert custom(sandbox) == f"pdp:iopole:{deposit}:sent"
        assert bridge.run().write_back.written == 0
        sandbox.advance(60)
        assert bridge.sync().write_back.written == 1
        entry = bridge.status("E-1")
        summary = entry.summary
        assert custom(sandbox) == f"pdp:iopole:{deposit}:{summary.lifecycle_number}-{summary.lifecycle_status}"
        assert bridge.sync().write_back.written == 0
        sandbox.iopole.emit(deposit, "APPROVED")
        sandbox.advance(60)
        bridge.sync()
        assert custom(sandbox).endswith(":205-APPROVED")
        assert len(asked(sandbox, "PATCH")) == 3


def test_a_rejection_is_shown_with_its_reason(tmp_path):
    with world(tmp_path, "status = true\n[policy]\ndirectory_check = false") as (sandbox, bridge):
        buyer = sandbox.facturation_pro.record("customers", record(sandbox)["customer_id"])
        sandbox.iopole.unreachable.add(buyer["siret"][:9])
        bridge.run()
        sandbox.advance(60)
        bridge.sync()
        assert custom(sandbox).endswith(":213-REJECTED-ROUTING_FAILURE")


def test_case_032_our_own_patch_is_no_change(tmp_path):
    """The version, the flag and the incremental scan do not take it for news; what was sent is not sent again."""
    with world(tmp_path, 'status = true\nupload = true\nfollow_up = "Transmise"') as (sandbox, bridge):
        sandbox.facturation_pro.add_follow_up("Transmise")
        before = bridge.source.snapshot("E-1").reference.version
        stamp = record(sandbox)["updated_at"]
        sandbox.advance(60)
        bridge.run()
        sandbox.advance(60)
        bridge.sync()
        assert record(sandbox)["updated_at"] > stamp
        assert record(sandbox)["files"]
        assert bridge.source.snapshot("E-1").reference.version == before
        again = bridge.run()
        assert (again.pull.new, again.outcomes) == (0, {})
        assert not bridge.status("E-1").changed_after_send
        assert bridge.drift() == []
        assert len(sandbox.iopole.deposits) == 1


@pytest.mark.parametrize(
    ("text", "trouble"), [("woo:4711", Trouble.FOREIGN), ("pdp:iopole:another:sent", Trouble.OTHER_DEPOSIT)]
)
def test_case_033_what_we_did_not_write_is_left_alone_and_told_once(tmp_path, text, trouble):
    with world(tmp_path, "status = true\nupload = true") as (sandbox, bridge):
        sandbox.facturation_pro.edit_invoice(800_001, api_custom=text)
        assert bridge.run().write_back.troubles == (("E-1", trouble, text),)
        sandbox.advance(60)
        assert bridge.sync().write_back.troubles == ()
        assert custom(sandbox) == text
        assert not asked(sandbox, "PATCH")
        assert not asked(sandbox, "POST")
        kept = WrittenBack(bridge.journal).of("800001")
        assert (kept.text, kept.problem) == (None, f"{trouble}: {text}")
        sandbox.facturation_pro.edit_invoice(800_001, api_custom="")
        sandbox.iopole.emit(bridge.status("E-1").submission_id, "APPROVED")
        sandbox.advance(60)
        assert bridge.sync().write_back.written == 1
        assert WrittenBack(bridge.journal).of("800001").problem is None


def test_case_011_a_patch_may_answer_nothing(tmp_path):
    with world(tmp_path, source=SourceOptions(patch_returns_object=False)) as (sandbox, bridge):
        assert bridge.run().write_back.written == 1
        assert asked(sandbox, "GET")[-1] == "/firms/4242/invoices/800001.json"
        assert custom(sandbox).startswith("pdp:iopole:")


def test_case_034_a_text_that_is_too_long_keeps_the_deposit(tmp_path):
    deposit = "01a0" * 50
    assert text_of(deposit, "REJECTED", "213", "R" * 60) == f"pdp:iopole:{deposit}"
    with world(tmp_path) as (sandbox, bridge):
        long = Mark(source_id="800001", text="pdp:iopole:" + "x" * 300, deposits=frozenset())
        (marked,) = bridge.source.write_back([long])
        assert marked.trouble is Trouble.REFUSED
        assert "trop long" in marked.detail
        assert custom(sandbox) is None


def test_case_035_a_file_is_uploaded_once(tmp_path):
    """Validated first; the same name and size is the same file, even when the journal forgot it."""
    with world(tmp_path, "status = true\nupload = true\nupload_visible = true") as (sandbox, bridge):
        assert bridge.run().write_back.uploaded == 0
        sandbox.advance(60)
        assert bridge.sync().write_back.uploaded == 1
        assert bridge.sync().write_back.uploaded == 0
        (file,) = record(sandbox)["files"]
        sent = bridge.render("E-1").content
        assert (file["document_name"], file["visible"]) == ("factur-x_E-1.pdf", True)
        assert sandbox.facturation_pro.content(file["id"]) == sent
        (due,) = forgotten(bridge)
        (marked,) = bridge.source.write_back([due])
        assert marked.uploaded == due.file.sha256
        assert len(asked(sandbox, "POST")) == 1


def forgotten(bridge):
    """What would be due if nothing had ever been written."""
    memory = WrittenBack(bridge.journal)
    with bridge.journal.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM write_back")
    return memory.due(AUTUMN, 10, upload=True)


def test_case_036_a_full_disk_touches_nothing_else(tmp_path):
    """Told once, tried again by the next turn with one file."""
    with world(tmp_path, "status = true\nupload = true", count=3, source=SourceOptions(disk_quota=10)) as (
        sandbox,
        bridge,
    ):
        bridge.run()
        sandbox.advance(60)
        result = bridge.sync().write_back
        assert [(number, trouble) for number, trouble, _ in result.troubles] == [("E-1", Trouble.UPLOAD_REFUSED)]
        assert "espace disque" in result.troubles[0][2]
        assert result.written == 3
        assert all(entry.state is State.SENT for entry in bridge.entries())
        assert bridge.sync().write_back.troubles == ()
        assert len(asked(sandbox, "POST")) == 2
        assert custom(sandbox, 3).startswith("pdp:iopole:")


def test_case_008_an_upload_without_an_answer_is_never_repeated_blindly(tmp_path):
    with world(tmp_path, "status = true\nupload = true") as (sandbox, bridge):
        bridge.run()
        sandbox.advance(60)
        sandbox.facturation_pro_faults.add(Fault(Kind.DROP, *UPLOAD, after=True))
        result = bridge.sync().write_back
        assert [trouble for _, trouble, _ in result.troubles] == [Trouble.UPLOAD_UNKNOWN]
        assert bridge.sync().write_back.uploaded == 1
        assert len(record(sandbox)["files"]) == 1
        assert len(asked(sandbox, "POST")) == 1


def test_an_error_is_told_and_the_next_turn_goes_on(tmp_path):
    """Sending is done and recorded before; nothing that fails here reaches it."""
    with world(tmp_path, count=2) as (sandbox, bridge):
        sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, *PATCH, status=503, times=None))
        result = bridge.run()
        assert result.ended(State.SENT) == 2
        assert "503" in result.write_back.problem
        assert (result.write_back.written, result.write_back.left) == (0, 2)
        sandbox.facturation_pro_faults.clear()
        sandbox.advance(3600)  # the circuit of a service that failed several times
        assert bridge.run().write_back.written == 2


def test_a_patch_whose_answer_is_lost_is_written_once(tmp_path):
    with world(tmp_path) as (sandbox, bridge):
        sandbox.facturation_pro_faults.add(Fault(Kind.DROP, *PATCH, after=True, times=None))
        assert bridge.run().write_back.problem
        sandbox.facturation_pro_faults.clear()
        sandbox.advance(3600)
        before = len(asked(sandbox, "PATCH"))
        assert bridge.run().write_back.written == 0
        assert len(asked(sandbox, "PATCH")) == before
        assert WrittenBack(bridge.journal).of("800001").text == custom(sandbox)


def test_a_defect_of_ours_is_told_too(tmp_path, monkeypatch):
    with world(tmp_path) as (_, bridge):
        monkeypatch.setattr(WrittenBack, "due", lambda *_args, **_kept: [].broken)
        result = bridge.run()
        assert (result.ended(State.SENT), result.write_back.problem) == (1, "AttributeError")


def test_a_deleted_invoice_is_told(tmp_path):
    with world(tmp_path, count=2) as (sandbox, bridge):
        bridge.run()
        sandbox.facturation_pro.delete_invoice(800_001)
        sandbox.advance(60)
        result = bridge.sync().write_back
        assert (result.written, result.troubles) == (1, (("E-1", Trouble.GONE, ""),))


def test_follow_ups_are_set_unless_a_person_chose_another(tmp_path):
    wishes = 'status = true\nfollow_up = "Transmise PDP"\nfollow_up_rejected = "Rejetée PDP"'
    with world(tmp_path, wishes, count=3) as (sandbox, bridge):
        firm = sandbox.facturation_pro
        sent = firm.add_follow_up("Transmise PDP")["id"]
        mine = firm.add_follow_up("En litige")["id"]
        firm.edit_invoice(800_002, followup_id=mine)
        firm.edit_invoice(800_003, followup_id=-1)
        assert bridge.run().write_back.written == 3
        assert [record(sandbox, number).get("followup_id") for number in (1, 2, 3)] == [sent, mine, sent]
        sandbox.iopole.emit(bridge.status("E-1").submission_id, "REJECTED")
        sandbox.advance(60)
        result = bridge.sync().write_back
        assert ("E-1", Trouble.FOLLOW_UP_UNKNOWN, "Rejetée PDP") in result.troubles
        rejected = firm.add_follow_up("Rejetée PDP")["id"]
        sandbox.iopole.emit(bridge.status("E-3").submission_id, "REJECTED")
        sandbox.advance(60)
        with opened(sandbox, tmp_path, wishes) as another:
            another.sync()
        assert record(sandbox, 3)["followup_id"] == rejected
        assert record(sandbox, 2)["followup_id"] == mine


def test_so_many_a_turn_the_others_later(tmp_path):
    with world(tmp_path, "status = true\nat_once = 2", count=5) as (sandbox, bridge):
        results = [bridge.run().write_back for _ in range(4)]
        assert [(each.written, each.left) for each in results] == [(2, 3), (2, 1), (1, 0), (0, 0)]
        assert len(asked(sandbox, "PATCH")) == 5


def test_many_invoices_are_looked_at_together(tmp_path):
    """Twenty with one request: 22 invoices cost two lists, and one PATCH each."""
    with world(tmp_path) as (sandbox, bridge):
        model = record(sandbox)
        for number in range(2, 23):
            sandbox.facturation_pro.add_invoice(model | {"id": 800_000 + number, "full_invoice_ref": f"E-{number}"})
        deposits = frozenset(["01a0"])
        marks = [
            Mark(source_id=str(800_000 + each), text="pdp:iopole:01a0", deposits=deposits) for each in range(1, 23)
        ]
        assert sum(marked.asked for marked in bridge.source.write_back(marks)) == 22
        assert sum(marked.asked for marked in bridge.source.write_back(marks)) == 0
        lists = [path for path in asked(sandbox, "GET") if path.endswith("/invoices.json")]
        assert (len(lists), len(asked(sandbox, "PATCH"))) == (4, 22)


def test_its_budget_is_its_own_and_leaves_room_for_pulling(tmp_path):
    """Two fifths of the allowance; when it is used up the rest waits, without a pause, and pulling goes on."""
    with world(tmp_path, count=5, PDP_BRIDGE_SOURCE_RPM="1") as (sandbox, bridge):
        first = bridge.run().write_back
        assert (first.written, first.left, first.problem) == (2, 3, None)
        (allowed,) = (lane.allowed for name, lane in bridge._parts.lanes() if name.endswith("/write-back"))
        assert (allowed, len(asked(sandbox, "PATCH"))) == (2, 2)
        sandbox.advance(400)
        assert bridge.run().write_back.written == 2


def test_the_real_limits_are_kept(tmp_path):
    limits = (Window(requests=30, seconds=300),)
    with world(tmp_path, count=12, source=SourceOptions(limits=limits), PDP_BRIDGE_SOURCE_RPM="5") as (
        sandbox,
        bridge,
    ):
        written = 0
        for _ in range(4):
            written += bridge.run().write_back.written
            sandbox.advance(300)
        assert written == 12
        assert not [each for each in sandbox.facturation_pro_exchanges if each.status == 429]


def test_news_that_comes_while_it_is_written_is_written_next(tmp_path):
    """What is due is noted as of the moment before: an event of the meantime is not lost."""
    with world(tmp_path) as (sandbox, bridge):
        bridge.run()
        memory = WrittenBack(bridge.journal)
        sandbox.iopole.emit(bridge.status("E-1").submission_id, "APPROVED")
        sandbox.advance(60)
        as_of = sandbox.clock() - timedelta(seconds=30)
        bridge._parts.settings = replace(bridge.settings, write_back=replace(bridge.settings.write_back, status=False))
        bridge.sync()
        (mark,) = memory.due(as_of, 5, upload=False)
        (marked,) = bridge.source.write_back([replace(mark, text="pdp:iopole:" + next(iter(mark.deposits)))])
        memory.keep(marked, as_of)
        assert [each.text for each in memory.due(sandbox.clock(), 5, upload=False)] == [mark.text]


def test_the_upload_is_no_attachment_of_a_later_document(tmp_path):
    wishes = "status = true\nupload = true\nupload_visible = true\n[policy]\nattach_files = true"
    with world(tmp_path, wishes) as (sandbox, bridge):
        bridge.run()
        sandbox.advance(60)
        bridge.sync()
        assert record(sandbox)["files"][0]["visible"]
        assert bridge.source.snapshot("E-1").payload["files"] == []


def test_one_company_writes_its_own_invoices(tmp_path):
    with world(tmp_path) as (_, bridge):
        bridge.run()
        engine = bridge.journal.engine
        with engine.connect() as connection:
            assert connection.execute(due_query("another", upload=True)).all() == []


@pytest.mark.parametrize("wishes", ["upload = true", 'follow_up = "x"', "status = true\nupload_visible = true"])
def test_a_wish_that_needs_another_is_refused(tmp_path, wishes):
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(f"{demo.settings_text()}\n[write_back]\n{wishes}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="also needs write_back"):
        load(path, {})
