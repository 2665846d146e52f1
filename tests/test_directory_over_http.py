"""Buyers and the seller looked up over loopback, with the real adapters, journal and settings; faults included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge import Bridge, State
from pdp_bridge.errors import ConfigError, PlatformRefused
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.sandbox.deposits import Rules
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load
from pdp_bridge.settings.values import Environment

AUTUMN = datetime(2026, 11, 20, 9, tzinfo=UTC)
NUMBER, BUYER = "2026-101", "100005016"
DIRECTORY, ENTITIES = "/v1/directory/french", "/v1/config/business/entity"
NATIVE = "source.native_sending_disabled"


def lenient(document):
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


@pytest.fixture
def start(tmp_path):
    """A sandbox with one invoice of the demo's firm, and a bridge to it whose time is the sandbox's."""
    opened = []

    def made(*, platform=None, arguments=None, clients=1):
        sandbox = Sandbox(origin=AUTUMN, judge=lenient, platform=platform).__enter__()
        opened.append(sandbox)
        sandbox.load_demo()
        for record in sandbox.facturation_pro.records("invoices"):
            if record["full_invoice_ref"] != NUMBER:
                sandbox.facturation_pro.delete_invoice(record["id"])
        config = tmp_path / "pdp-bridge.toml"
        config.write_text(sandbox.settings_text(), encoding="utf-8")
        environ = {"PDP_BRIDGE_DATA": str(tmp_path / "data")}
        settings = load(config, environ, arguments or {})
        bridges = [Bridge(settings, clock=sandbox.clock, sleep=sandbox.clock.advance) for _ in range(clients)]
        opened.extend(bridges)
        return sandbox, *bridges

    yield made
    for each in reversed(opened):
        each.__exit__(None, None, None)


def asked(sandbox, path):
    return sum(one.path == path for one in sandbox.iopole_exchanges)


def test_an_absent_buyer_is_held_over_runs_and_processes(start):
    sandbox, bridge, other = start(clients=2)
    sandbox.iopole.unreachable.add(BUYER)
    assert bridge.run().ended(State.HELD) == 1
    assert "BUYER_NOT_IN_DIRECTORY" in bridge.status(NUMBER).reason
    assert (sandbox.iopole.deposits, asked(sandbox, DIRECTORY)) == ((), 1)
    other.run()
    assert asked(sandbox, DIRECTORY) == 1, "what one process learnt, the others know"
    sandbox.iopole.unreachable.clear()
    sandbox.clock.advance(3601)
    assert other.run().ended(State.SENT) == 1
    assert asked(sandbox, ENTITIES) == 1, "the seller is asked for once a day"


def test_a_corrected_address_goes_at_once(start):
    """The customer's page is corrected, which no scan shows: the held invoice is read again, and looked up anew."""
    sandbox, bridge = start()
    sandbox.iopole.unreachable.add(BUYER)
    bridge.run()
    sandbox.iopole.unreachable.clear()
    customer = next(one for one in sandbox.facturation_pro.records("customers") if one["siret"][:9] == BUYER)
    sandbox.facturation_pro.add_customer({**customer, "electronic_address": f"{BUYER}_COMPTA"})
    assert bridge.run().ended(State.SENT) == 1


def test_an_upcoming_address_goes_on_its_day_and_is_routed(start):
    sandbox, bridge = start()
    begins = AUTUMN.date() + timedelta(days=4)
    sandbox.iopole.addresses[BUYER] = begins
    plan = bridge.plan()
    assert [(each.group, each.until) for each in plan.decisions] == [("held", begins)]
    assert bridge.run().ended(State.HELD) == 1
    assert bridge.status(NUMBER).next_action_at.date() == begins
    sandbox.clock.advance(timedelta(days=4).total_seconds())
    assert bridge.run().ended(State.SENT) == 1
    sandbox.advance(5)
    bridge.sync()
    assert bridge.status(NUMBER).summary.technical_status.value == "validated"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Kind.STATUS, "GET", DIRECTORY, status=503, times=None),
        Fault(Kind.STATUS, "GET", DIRECTORY, status=403, times=None),
        Fault(Kind.DROP, "GET", DIRECTORY, times=None),
    ],
    ids=["down", "forbidden", "broken"],
)
def test_a_directory_under_fire_delays_and_refuses_nothing(start, fault):
    sandbox, bridge = start()
    sandbox.iopole_faults.add(fault)
    bridge.run()
    entry = bridge.status(NUMBER)
    assert (entry.state, entry.retryable, sandbox.iopole.deposits) == (State.FAILED, True, ())
    sandbox.iopole_faults.clear()
    sandbox.clock.advance(3600)
    assert bridge.run().ended(State.SENT) == 1


def test_switched_off_nobody_is_asked(start):
    sandbox, bridge = start(arguments={"policy.directory_check": False})
    sandbox.iopole.unreachable.add(BUYER)
    assert bridge.run().ended(State.SENT) == 1
    assert asked(sandbox, DIRECTORY) + asked(sandbox, ENTITIES) == 0


def test_a_seller_who_is_not_enrolled_sends_nothing(start):
    sandbox, bridge, other = start(platform=PlatformOptions(rules=Rules(sellers=frozenset({"200000008"}))), clients=2)
    result = bridge.run()
    assert "not enrolled" in result.refused
    assert (bridge.status(NUMBER).state, sandbox.iopole.deposits) == (State.PULLED, ())
    with pytest.raises(PlatformRefused, match="not enrolled"):
        bridge.send(NUMBER)
    probe = next(one for one in bridge.doctor() if one.name == "enrolment")
    assert (probe.ok, probe.error.code) == (False, "SELLER_NOT_ENROLLED")
    sandbox.iopole.rules = Rules()
    assert other.run().ended(State.SENT) == 1


def test_in_production_nothing_is_sent_before_native_sending_is_said_to_be_off(start):
    """Production's own hosts are stood in for: the rule is about the setting."""
    sandbox, bridge = start()
    production = load_as_production(bridge.settings)
    with Bridge(production, clock=sandbox.clock) as live:
        live.pull()
        with pytest.raises(ConfigError) as caught:
            live.run()
        assert [problem.key for problem in caught.value.problems] == [NATIVE]
        with pytest.raises(ConfigError):
            live.send(NUMBER)
        assert live.status(NUMBER).state is State.PULLED
        assert not next(one for one in live.doctor() if one.name == "native sending").ok
    assert sandbox.iopole.deposits == ()
    with Bridge(said(production), clock=sandbox.clock) as live:
        assert live.run().ended(State.SENT) == 1


def load_as_production(settings):
    data = settings.data.with_name("production")
    url = f"sqlite:///{data}/journal.db"
    return replace(settings, environment=Environment.PRODUCTION, data=data, database_url=url)


def said(settings):
    return replace(settings, source=replace(settings.source, native_sending_disabled=True))
