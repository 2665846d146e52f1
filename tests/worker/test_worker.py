"""Workers on one journal in PostgreSQL: what each does, and what they leave to one another."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import postgresql
import psycopg
import pytest
from test_kill import lenient

from pdp_bridge.bridge import Bridge
from pdp_bridge.errors import Busy, PlatformUnavailable
from pdp_bridge.journal import duty, presence
from pdp_bridge.journal.database import libpq_url
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.ports import Lease, State
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.schedule import Stop
from pdp_bridge.settings import load
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot
from pdp_bridge.worker import queue
from pdp_bridge.worker.working import Pace, work

DRAINED = Pace(drained=True, reconnect_seconds=0.2)


@pytest.fixture
def sandbox():
    with Sandbox(judge=lenient) as running:
        running.load_demo()
        yield running


@pytest.fixture
def environ(sandbox, tmp_path):
    (tmp_path / "pdp-bridge.toml").write_text(demo.settings_text(), encoding="utf-8")
    with postgresql.schema() as url:
        yield {
            **sandbox.environment(),
            "PDP_BRIDGE_CONFIG": str(tmp_path / "pdp-bridge.toml"),
            "PDP_BRIDGE_DATA": str(tmp_path / "data"),
            "PDP_BRIDGE_DATABASE_URL": url,
        }


def states(environ) -> dict[str, State]:
    with Bridge(load(environ=environ)) as bridge:
        return {entry.number: entry.state for entry in bridge.entries()}


def test_a_worker_does_what_a_run_does(environ, sandbox, tmp_path):
    work([load(environ=environ)], Stop(), pace=DRAINED)
    by_worker = states(environ)
    deposited = sorted(deposit.number for deposit in sandbox.iopole.deposits)
    assert deposited
    with Sandbox(judge=lenient) as other:
        other.load_demo()
        own = {**environ, **other.environment(), "PDP_BRIDGE_DATABASE_URL": f"sqlite:///{tmp_path / 'journal.db'}"}
        with Bridge(load(environ=own)) as bridge:
            bridge.run()
        assert sorted(deposit.number for deposit in other.iopole.deposits) == deposited
        assert states(own) == by_worker


def test_what_was_sent_is_written_back(environ, sandbox, tmp_path):
    settings = tmp_path / "pdp-bridge.toml"
    settings.write_text(demo.settings_text() + "\n[write_back]\nstatus = true\n", encoding="utf-8")
    for _ in range(2):  # the second worker's first synchronisation comes after the first one's sendings
        work([load(environ=environ)], Stop(), pace=DRAINED)
    record = next(
        each for each in sandbox.facturation_pro.records("invoices") if each["full_invoice_ref"] == "2026-101"
    )
    with Bridge(load(environ=environ)) as bridge:
        assert bridge.status("2026-101").submission_id in record["api_custom"]


def test_while_one_works_alone_the_others_wait(environ, sandbox):
    settings = load(environ=environ)
    with presence.alone(settings.database_url, 0.1):
        with pytest.raises(Busy, match="on this machine or another"), presence.alone(settings.database_url, 0.1):
            raise AssertionError
        work([settings], Stop(), pace=DRAINED)
        assert states(environ) == {}
    work([settings], Stop(), pace=DRAINED)
    assert State.SENT in states(environ).values()


def test_a_run_waits_for_the_step_in_hand(environ):
    settings = load(environ=environ)
    with Bridge(settings) as bridge:
        asked = bridge.journal.duty()
        with asked.together() as one, asked.together() as two:
            assert (one, two) == (True, True)
            with pytest.raises(Busy), presence.alone(settings.database_url, 0.1):
                raise AssertionError
        with presence.alone(settings.database_url, 0.1), asked.together() as let_in:
            assert not let_in


def test_an_invoice_and_its_job_are_one_transaction(environ):
    settings = load(environ=environ)
    name = queue.name_of(str(settings.firm_id))
    with Bridge(settings) as bridge, psycopg.connect(libpq_url(settings.database_url), autocommit=True) as other:
        queue.prepare(other)

        def fails_after_it(connection, source_ids) -> None:
            assert queue.enqueue(connection, name, source_ids) == 1
            raise RuntimeError("the transaction ends here")

        bridge.journal.enlist = fails_after_it
        with pytest.raises(RuntimeError):
            bridge.journal.pulled([sample_snapshot("1", "FA-1")], [])
        assert (list(bridge.entries()), queue.waiting(other, name)) == ([], 0)
        bridge.journal.enlist = lambda connection, ids: queue.enqueue(connection, name, ids) and None
        bridge.journal.pulled([sample_snapshot("1", "FA-1")], [])
        bridge.journal.pulled([sample_snapshot("1", "FA-1"), sample_snapshot("2", "FA-2")], [])
        assert queue.waiting(other, name) == 2  # the job that waits is not made twice
        bridge.journal.held("1", "another route", None)
        bridge.journal.pulled([sample_snapshot("1", "FA-1")], [])
        assert queue.waiting(other, name) == 2


def test_the_queue_of_another_version_is_made_anew(environ):
    settings = load(environ=environ)
    with psycopg.connect(libpq_url(settings.database_url), autocommit=True) as connection:
        for _ in range(2):
            queue.prepare(connection)
            assert queue.enqueue(connection, "firm-1", ["1", "2"]) in {0, 2}
            assert queue.waiting(connection, "firm-1") == 2
        connection.execute("COMMENT ON TABLE procrastinate_jobs IS 'pdp_bridge: procrastinate 3.9.0'")
        queue.prepare(connection)
        assert queue.waiting(connection, "firm-1") == 0
    work([settings], Stop(), pace=DRAINED)
    assert State.SENT in states(environ).values()


def test_a_worker_whose_clock_is_wrong_does_nothing(environ, monkeypatch, caplog):
    monkeypatch.setattr(presence, "skew_seconds", lambda *_: 11.0)
    monkeypatch.setattr(duty, "skew_seconds", lambda *_: 11.0)
    work([load(environ=environ)], Stop(), pace=DRAINED)
    assert states(environ) == {}
    assert "clock is 11 seconds from the database's" in caplog.text


def test_nobody_closes_what_another_may_still_be_sending(environ):
    now = datetime(2026, 11, 21, 8, tzinfo=UTC)
    shot, document = sample_snapshot("1", "FA-1"), sample_document(sample_invoice("FA-1"))
    url = load(environ=environ).database_url
    with SqlJournal(url, clock=lambda: now) as one, SqlJournal(url, clock=lambda: now) as two:
        one.pulled([shot], [])
        lease = Lease(at=now, until=now + timedelta(seconds=60))
        assert one.sending(shot.reference, document, sample_report(document), lease)
        assert not two.sending(shot.reference, document, sample_report(document), lease)
        two.failed("1", PlatformUnavailable("down", code="DOWN"), retry_at=now)
        two.failed("1", ValueError("broken"), retry_at=now)
        two.refused("1", sample_report(document), document)
        two.held("1", "later", now)
        two.not_sent("1", resend=True)
        assert [attempt.ended_at for attempt in two.attempts("1")] == [None]
        assert two.duty().entry("1", now) is None
        assert two.duty().entry("1", lease.until).state is State.SENDING
        one.sent("1", "p-1")
        assert two.entry("1").answers_lost == 0


def test_what_nobody_finds_is_looked_for_less_and_less(environ):
    now = datetime(2026, 11, 21, 8, tzinfo=UTC)
    shot, document = sample_snapshot("1", "FA-1"), sample_document(sample_invoice("FA-1"))
    with SqlJournal(load(environ=environ).database_url, clock=lambda: now) as journal:
        journal.pulled([shot], [])
        lease = Lease(at=now, until=now + timedelta(seconds=60))
        assert journal.sending(shot.reference, document, sample_report(document), lease)
        looked = [
            age
            for age in range(0, 900, 30)
            if journal.duty().to_look_up(
                now + timedelta(seconds=age + 30), now + timedelta(seconds=60 + age), settle_seconds=900
            )
        ]
        assert looked == [0, 30, 60, 120, 240, 480]
        assert journal.duty().to_look_up(now, now + timedelta(seconds=960), settle_seconds=900) == ["1"]


def test_without_postgresql_or_the_queue(cli_run, environ, tmp_path):
    file = {**environ, "PDP_BRIDGE_DATABASE_URL": f"sqlite:///{tmp_path / 'journal.db'}"}
    done = cli_run(["worker"], file)
    assert (done.returncode, "journal move" in done.stderr) == (2, True)
    moved = cli_run(["journal", "move", environ["PDP_BRIDGE_DATABASE_URL"]], file)
    assert (moved.returncode, "compared one by one" in moved.stdout) == (0, True), moved.stderr
    refused = cli_run(["status"], file)
    assert (refused.returncode, "was moved to" in refused.stderr) == (2, True), refused
    assert cli_run(["status"], environ).returncode == 0


def test_nobody_loads_what_only_workers_need(environ, tmp_path):
    script = (
        "import sys; from pdp_bridge.bridge import Bridge; b = Bridge.from_settings(); b.run(); b.close()\n"
        "import pdp_bridge.cli.app\n"
        "print([name for name in ('psycopg', 'procrastinate', 'psycopg_pool') if name in sys.modules])"
    )
    file = {**environ, "PDP_BRIDGE_DATABASE_URL": f"sqlite:///{tmp_path / 'journal.db'}", "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", script], env=file, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def cli_run():
    def run(arguments, environ):
        return subprocess.run(
            [sys.executable, "-m", "pdp_bridge", *arguments],
            env={**environ, "PATH": os.environ["PATH"], "LANG": "C"},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run
