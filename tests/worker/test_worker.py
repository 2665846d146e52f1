"""Workers on one journal in PostgreSQL: what each does, and what they leave to one another."""

from __future__ import annotations

import postgresql
import pytest

from pdp_bridge.bridge import Bridge
from pdp_bridge.ports import State
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.schedule import Stop
from pdp_bridge.settings import load
from pdp_bridge.worker.working import Pace, work

DRAINED = Pace(drained=True, reconnect_seconds=0.2)


@pytest.fixture
def sandbox():
    with Sandbox() as running:
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
    with Sandbox() as other:
        other.load_demo()
        own = {**environ, **other.environment(), "PDP_BRIDGE_DATABASE_URL": f"sqlite:///{tmp_path / 'journal.db'}"}
        with Bridge(load(environ=own)) as bridge:
            bridge.run()
        assert sorted(deposit.number for deposit in other.iopole.deposits) == deposited
        assert states(own) == by_worker
