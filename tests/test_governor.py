"""Budgets and circuits over loopback: two processes at once, a service that limits, a service that goes away."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest
from test_end_to_end import AUTUMN, asked, deposited, few, lenient, opened

from pdp_bridge import State
from pdp_bridge.errors import PlatformUnavailable, SourceUnavailable
from pdp_bridge.journal.quota import FAILURES, FIRST_PAUSE
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.pacing import CIRCUIT_OPEN, Window
from pdp_bridge.sandbox.facturation_pro import SourceOptions
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.transmission.iopole.client import Client

SPAWN = multiprocessing.get_context("spawn")
GOVERNED = {"PDP_BRIDGE_PLATFORM_RPM": "120", "PDP_BRIDGE_SOURCE_RPM": "114"}
AWAY = Fault(Kind.DROP, times=None)
REQUESTS = 15
OURS = Window(requests=10, seconds=1.0)
THEIRS = Window(requests=19, seconds=1.0)
"""More than ours, for requests that leave after their slot because the machine is busy; far less than the 30 that would
leave at once if each process had a budget of its own."""


def now() -> datetime:
    return datetime.now(UTC)


def ask(url, environment, start) -> None:
    with SqlJournal(url, clock=now) as journal:
        client = Client(
            base_url=environment["IOPOLE_BASE_URL"],
            auth_url=environment["IOPOLE_AUTH_URL"],
            client_id=environment["IOPOLE_CLIENT_ID"],
            client_secret=environment["IOPOLE_CLIENT_SECRET"],
            customer_id=environment["IOPOLE_CUSTOMER_ID"],
            pace=journal.lane("iopole/requests", (OURS,), sleep=sleep),
        )
        with client:
            client.status_not_seen()  # the token, before the start
            start.wait()
            for _ in range(REQUESTS):
                client.status_not_seen()


def test_two_processes_together_are_never_refused_by_the_service(tmp_path):
    """The service counts: what both ask in any second never exceeds its limit, so it refuses nothing."""
    start = SPAWN.Barrier(2)
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with Sandbox(platform=PlatformOptions(limits=(THEIRS,))) as sandbox, SqlJournal(url, clock=now):
        environment = dict(sandbox.environment())
        processes = [SPAWN.Process(target=ask, args=(url, environment, start)) for _ in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(timeout=60)
            assert process.exitcode == 0
        statuses = Counter(one.status for one in sandbox.iopole_exchanges if one.path.endswith("notSeen"))
    assert statuses == {200: 2 * (REQUESTS + 1)}


# -- a service that limits -----------------------------------------------------------------------------------------


def test_a_storm_of_429_slows_everybody_and_loses_nothing(tmp_path):
    """Half of what we believed is allowed: both instances are slowed by the refusals of one, and all is sent."""
    platform = PlatformOptions(limits=(Window(requests=12, seconds=60.0),))
    with (
        Sandbox(origin=AUTUMN, platform=platform, judge=lenient) as sandbox,
        opened(sandbox, tmp_path, **GOVERNED) as bridge,
        opened(sandbox, tmp_path, **GOVERNED) as other,
    ):
        few(sandbox, 24)
        bridge.pull()
        for round_ in range(60):
            instance = (bridge, other)[round_ % 2]
            instance.run()
            if all(entry.state is State.SENT for entry in bridge.entries()):
                break
            sandbox.clock.advance(60)
        refused = sum(one.status == 429 for one in sandbox.iopole_exchanges)
        assert set(deposited(sandbox).values()) == {1}
        assert len(deposited(sandbox)) == 24
    assert 0 < refused <= 12


def test_the_source_holds_every_process_when_it_asks_for_a_pause(tmp_path):
    with (
        Sandbox(origin=AUTUMN, source=SourceOptions()) as sandbox,
        opened(sandbox, tmp_path, **GOVERNED) as bridge,
        opened(sandbox, tmp_path, **GOVERNED) as other,
    ):
        few(sandbox, 2)
        sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, status=429, retry_after="3600"))
        with pytest.raises(SourceUnavailable, match="too many requests"):
            bridge.pull()
        seen = len(sandbox.facturation_pro_exchanges)
        with pytest.raises(SourceUnavailable) as caught:
            other.pull()
        assert caught.value.code == "RATE_LIMITED"
        assert len(sandbox.facturation_pro_exchanges) == seen
        sandbox.clock.advance(3600)
        assert other.pull().new == 2


def test_histories_have_a_slow_lane_of_their_own(tmp_path, monkeypatch):
    """What is due beyond it is left to the next synchronisation, which is no outage."""
    monkeypatch.setattr("pdp_bridge.transmission.iopole.client.HISTORY_WINDOWS", (Window(requests=4, seconds=60.0),))
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path, **GOVERNED) as bridge:
        few(sandbox, 6)
        assert bridge.run().ended(State.SENT) == 6
        sandbox.advance(5)
        bridge.platform.new_events = list  # a webhook of the account reads them
        result = bridge.sync()
        assert (result.histories_read, result.histories_left, result.unreachable) == (4, 2, None)
        sandbox.advance(60)
        bridge.sync()
        assert all(entry.history_read_at for entry in bridge.entries())  # the longest unread come first


# -- a service that goes away --------------------------------------------------------------------------------------


def test_an_outage_ends_runs_early_and_one_probe_ends_the_outage(tmp_path):
    with (
        Sandbox(origin=AUTUMN, judge=lenient) as sandbox,
        opened(sandbox, tmp_path, **GOVERNED) as bridge,
        opened(sandbox, tmp_path, **GOVERNED) as other,
    ):
        few(sandbox, 20)
        sandbox.iopole_faults.add(AWAY)
        assert bridge.run().unreachable
        assert len(sandbox.iopole_exchanges) == FAILURES
        for instance in (bridge, other):
            result = instance.run()
            assert "has not answered since" in result.unreachable
            assert instance.sync().unreachable
        assert len(sandbox.iopole_exchanges) == FAILURES  # nobody asked

        sandbox.clock.advance(FIRST_PAUSE.total_seconds())
        assert other.run().unreachable
        assert len(sandbox.iopole_exchanges) == FAILURES + 1  # one probe, then twice the time
        sandbox.clock.advance(FIRST_PAUSE.total_seconds())
        assert bridge.run().unreachable
        assert len(sandbox.iopole_exchanges) == FAILURES + 1

        sandbox.iopole_faults.clear()
        sandbox.clock.advance(FIRST_PAUSE.total_seconds())
        assert bridge.run().unreachable is None
        assert other.run().unreachable is None
        assert set(deposited(sandbox).values()) == {1}
        assert len(deposited(sandbox)) == 20


def test_answers_lost_in_an_outage_are_looked_up_and_sent_once(tmp_path):
    """The circuit opens in the middle of deposits: what was accepted is found, what was not is sent."""
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path, **GOVERNED) as bridge:
        few(sandbox, 12)
        sandbox.iopole_faults.add(
            Fault(Kind.DROP, "POST", "/v1/invoice", times=3, after=True), Fault(Kind.DROP, "GET", "*", times=8)
        )
        for _ in range(12):
            bridge.run()
            sandbox.clock.advance(600)
        assert {entry.state for entry in bridge.entries()} == {State.SENT}
        assert set(deposited(sandbox).values()) == {1}


def test_the_doctor_is_the_probe_of_a_person(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path, **GOVERNED) as bridge:
        few(sandbox, 1)
        sandbox.iopole_faults.add(AWAY)
        assert bridge.run().unreachable
        before = len(sandbox.iopole_exchanges)

        probes = {probe.name.partition("/")[0]: probe for probe in bridge.doctor() if "history" not in probe.name}
        assert len(sandbox.iopole_exchanges) == before + 1
        assert isinstance(probes["iopole"].error, PlatformUnavailable)
        assert probes["iopole"].error.code == CIRCUIT_OPEN
        assert probes["iopole"].lane.outage.failures == FAILURES + 1

        sandbox.iopole_faults.clear()
        with opened(sandbox, tmp_path, **GOVERNED) as another:
            assert all(probe.ok for probe in another.doctor())
        assert bridge.run().ended(State.SENT) == 1


def test_a_deposit_waits_before_its_intent_is_recorded(tmp_path):
    """The budget is used up: the invoice is not begun, and its lease does not run while it waits."""
    slow = {**GOVERNED, "PDP_BRIDGE_PLATFORM_RPM": "4"}
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path, **slow) as bridge:
        few(sandbox, 6)
        assert bridge.run().ended(State.SENT) == 6
        assert sum(bridge.pauses) >= 55
        for entry in bridge.entries():
            (attempt,) = bridge.journal.attempts(entry.source_id)
            assert attempt.ended_at - attempt.started_at < timedelta(seconds=10)
        assert asked(sandbox, "POST", "/v1/invoice") == 6
