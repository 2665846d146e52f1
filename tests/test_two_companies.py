"""Two companies in one settings file and one journal, over loopback: each sends its own, and nothing is ever mixed."""

from __future__ import annotations

import pytest
from town import (
    ATELIER,
    BOTH,
    COMPANY,
    FORGE,
    FORGE_CLIENT,
    FORGE_CUSTOMER,
    FORGE_FIRM,
    NUMBERS,
    OF_ATELIER,
    OF_FORGE,
    Town,
    fill,
    started,
    swapped,
)

from pdp_bridge import Bridge, State
from pdp_bridge.errors import ConfigError, JournalError
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.sandbox.facturation_pro import FIRM_ID
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import CUSTOMER_ID, Tenant
from pdp_bridge.settings import SettingsError


@pytest.fixture
def town(tmp_path):
    with started() as sandbox:
        fill(sandbox)
        yield Town(sandbox, tmp_path)


def test_the_same_numbers_go_to_each_ones_customer_and_statuses_come_home_to_each(town):
    with town.bridge("atelier") as atelier, town.bridge("forge") as forge:
        for bridge in (atelier, forge):
            assert bridge.run().ended(State.SENT) == len(NUMBERS)
        assert town.deposited == BOTH
        town.sandbox.advance(10)
        refused = forge.status("2026-101").submission_id
        town.sandbox.operators[FORGE_CUSTOMER].emit(refused, "REFUSED")
        for bridge in (atelier, forge):
            assert bridge.sync().acknowledged > 0
        for number in NUMBERS:
            mine, theirs = atelier.status(number), forge.status(number)
            assert mine.submission_id != theirs.submission_id
            assert {mine.firm, theirs.firm} == {str(FIRM_ID), str(FORGE_FIRM)}
            assert atelier.journal.entry(theirs.submission_id) is None
        assert atelier.status("2026-101").summary.lifecycle_status == "MADE_AVAILABLE"
        assert forge.status("2026-101").summary.lifecycle_status == "REFUSED"
        assert all(entry.summary.technical_status == "validated" for entry in (*atelier.entries(), *forge.entries()))
        assert atelier.run().outcomes == {}, "nothing is sent again"
    assert town.deposited == BOTH


@pytest.mark.parametrize("key", ["firm", "customer"])
def test_a_swap_after_the_first_run_is_refused_by_the_journal(town, key):
    for name in ("atelier", "forge"):
        with town.bridge(name) as bridge:
            bridge.run()
    town.write(*swapped(key))
    for name in ("atelier", "forge"):
        with town.bridge(name) as bridge, pytest.raises(JournalError, match="two companies are never mixed"):
            bridge.run()
    assert town.deposited == BOTH


def test_a_swap_of_firms_is_refused_before_the_journal_knows_anybody(town):
    town.write(*swapped("firm"))
    told = [("atelier", FORGE_FIRM, "Forge SARL", "forge"), ("forge", FIRM_ID, "Atelier Numérique SAS", "atelier")]
    for company, firm, name, other in told:
        words = rf"source.firm_id is {firm}, which Facturation.pro calls {name}: that is seller.name of company.{other}"
        for act in (Bridge.pull, Bridge.plan, Bridge.run, lambda bridge: bridge.send("2026-101")):
            with town.bridge(company) as bridge, pytest.raises(ConfigError, match=words):
                act(bridge)
        with town.bridge(company) as bridge:
            (probe,) = [probe for probe in bridge.doctor() if probe.name == "facturation.pro"]
            assert not probe.ok
            assert f"calls {name}" in probe.detail
            assert list(bridge.entries()) == []
    assert town.deposited == {CUSTOMER_ID: [], FORGE_CUSTOMER: []}


def test_the_siren_that_facturation_pro_shows_is_compared(town):
    town.sandbox.firms[FORGE_FIRM].identification = "RCS Lyon 200 000 008"
    with town.bridge("forge") as bridge:
        bridge.pull()
    town.sandbox.firms[FIRM_ID].identification = f"SIRET {OF_FORGE['siret']}"
    words = f"is {FIRM_ID}, which has the SIREN {FORGE} at Facturation.pro, and {ATELIER} in seller.siren"
    with town.bridge("atelier") as bridge, pytest.raises(SettingsError, match=words):
        bridge.run()
    assert town.deposited == {CUSTOMER_ID: [], FORGE_CUSTOMER: []}


def own_credentials():
    return started(tenants=(Tenant(customer_id=FORGE_CUSTOMER, credentials=FORGE_CLIENT),))


FORGE_CREDENTIALS = 'client_id = "{}"\nclient_secret = "{}"'.format(*FORGE_CLIENT)


def test_a_swap_of_customers_is_refused_when_credentials_tell_them_apart(tmp_path):
    with own_credentials() as sandbox:
        fill(sandbox)
        town = Town(sandbox, tmp_path)
        atelier, forge = swapped("customer")
        town.write(atelier, {**forge, "credentials": FORGE_CREDENTIALS})
        for company in ("atelier", "forge"):
            for act in (Bridge.run, Bridge.sync, lambda bridge: bridge.send("2026-101")):
                with town.bridge(company) as bridge, pytest.raises(ConfigError) as refusal:
                    act(bridge)
                assert CUSTOMER_ID in str(refusal.value)
                assert FORGE_CUSTOMER in str(refusal.value)
        assert town.deposited == {CUSTOMER_ID: [], FORGE_CUSTOMER: []}


def test_each_discovers_its_own_customer_and_the_journal_keeps_it(tmp_path):
    with own_credentials() as sandbox:
        fill(sandbox)
        town = Town(sandbox, tmp_path)
        unnamed = COMPANY.replace('customer_id = "{customer}"\n', "")
        companies = (OF_ATELIER, {**OF_FORGE, "credentials": FORGE_CREDENTIALS})
        shared = town.config.read_text("utf-8").partition("\n[company.")[0]
        town.config.write_text(shared + "".join(unnamed.format(**each) for each in companies), encoding="utf-8")
        for company in ("atelier", "forge"):
            with town.bridge(company) as bridge:
                bridge.run()
        assert town.deposited == BOTH
        stolen = {**OF_ATELIER, "credentials": FORGE_CREDENTIALS}
        town.config.write_text(shared + unnamed.format(**stolen), encoding="utf-8")
        with town.bridge("atelier") as bridge, pytest.raises(JournalError, match=f"{CUSTOMER_ID}, and now"):
            bridge.run()
        assert town.deposited == BOTH


def test_a_crash_of_one_leaves_the_other(town, monkeypatch):
    """The machine dies while the first company's deposit is under way; the second works on, the first then resumes."""

    class Death(BaseException):
        """Not an error that anything handles."""

    with town.bridge("atelier") as bridge:
        monkeypatch.setattr(SqlJournal, "sent", lambda *_: (_ for _ in ()).throw(Death))
        with pytest.raises(Death):
            bridge.run()
    monkeypatch.undo()
    with town.bridge("forge") as bridge:
        assert bridge.run().ended(State.SENT) == len(NUMBERS)
        assert {entry.state for entry in bridge.entries()} == {State.SENT}
        assert list(bridge.journal.in_doubt()) == []
    town.sandbox.clock.advance(60)
    with town.bridge("atelier") as bridge:
        bridge.run()
        assert {entry.state for entry in bridge.entries()} == {State.SENT}
    assert town.deposited == BOTH


def test_an_unanswered_deposit_is_settled_with_its_own_customer_only(town):
    town.sandbox.iopole_faults.add(Fault(Kind.DROP, "POST", "/v1/invoice", after=True))
    with town.bridge("atelier") as atelier, town.bridge("forge") as forge:
        atelier.run()
        forge.run()
        town.sandbox.clock.advance(60)
        atelier.run()
        forge.run()
    assert town.deposited == BOTH


def test_each_sees_its_own_even_without_its_access(town):
    """In a shell that holds no secret, what is known is still shown, and only what is one's own."""
    for name in ("atelier", "forge"):
        with town.bridge(name) as bridge:
            bridge.run()
    text = town.config.read_text("utf-8")
    without = text.replace("api_key =", "# api_key =").replace("client_secret =", "# client_secret =")
    town.config.write_text(without, encoding="utf-8")
    with Bridge.from_settings(config=town.config, company="forge") as bridge:
        assert bridge.settings.source is None
        assert {entry.firm for entry in bridge.entries()} == {str(FORGE_FIRM)}
    town.config.write_text(text.replace(f"firm_id = {FORGE_FIRM}", ""), "utf-8")
    with town.bridge("forge") as bridge, pytest.raises(ConfigError, match=r"source.firm_id is missing"):
        bridge.status("2026-101")
