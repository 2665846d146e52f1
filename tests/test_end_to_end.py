"""The whole line over loopback: both sandbox services, the real adapters, journal and rules, library and command line.

Time is the sandbox's clock, moved by the tests; only the command line, a process of its own, lives in real time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from pdp_bridge import Bridge, InvoiceRefused, Outcome, State, validate
from pdp_bridge.errors import PlatformRefused, SourceRefused
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.deposits import Rules
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load

ROOT = Path(__file__).parent.parent
AUTUMN = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""After the last invoice of the demo's firm."""

SENDABLE = {f"2026-{number}" for number in range(101, 119)} - {"2026-116"}
REFUSED, REJECTED, TO_COME = "2026-116", "2026-117", "2026-119"
DEPOSIT = {"method": "POST", "path": "/v1/invoice"}
FEED, HISTORY = "/v1/invoice/status/notSeen", "*/status-history"


def lenient(document):
    """A platform that finds nothing wrong: its judgement is not what such a test is about."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


class Pauses(list):
    """Sleeping is letting the sandbox's time go by."""

    def __init__(self, sandbox):
        super().__init__()
        self.sandbox = sandbox

    def __call__(self, seconds):
        self.append(seconds)
        self.sandbox.clock.advance(seconds)


def opened(sandbox, folder, **environment):
    """A bridge as a user opens it, whose time is the sandbox's."""
    folder.mkdir(exist_ok=True)
    config = folder / "pdp-bridge.toml"
    config.write_text(demo.settings_text(), encoding="utf-8")
    waits = {"PDP_BRIDGE_DATA": str(folder / "data"), "PDP_BRIDGE_RETRY_FIRST_SECONDS": "0", **environment}
    settings = load(config, {**sandbox.environment(), **waits})
    pauses = Pauses(sandbox)
    bridge = Bridge(settings, clock=sandbox.clock, sleep=pauses)
    bridge.pauses = pauses
    return bridge


def few(sandbox, count):
    """Leave `count` plain invoices in the demo's firm."""
    sandbox.load_demo()
    firm = sandbox.facturation_pro
    model = next(record for record in firm.records("invoices") if record["full_invoice_ref"] == "2026-101")
    for record in firm.records("invoices"):
        firm.delete_invoice(record["id"])
    for number in range(1, count + 1):
        copy = deepcopy(model)
        firm.add_invoice(
            {**copy, "id": 800_000 + number, "full_invoice_ref": f"E-{number}", "invoice_ref": str(number)}
        )


def asked(sandbox, method, path):
    """How often the platform was asked for that."""
    return sum(one.method == method and one.path.endswith(path) for one in sandbox.iopole_exchanges)


def deposited(sandbox):
    return Counter(deposit.number for deposit in sandbox.iopole.deposits)


# -- one day with the library --------------------------------------------------------------------------------------


def test_the_line_from_the_first_pull_to_the_last_status(tmp_path):
    platform = PlatformOptions(rules=Rules(verdict_delay_seconds=60))
    with Sandbox(origin=AUTUMN, platform=platform) as sandbox, opened(sandbox, tmp_path) as bridge:
        sandbox.load_demo()

        pulled = bridge.pull()
        assert (pulled.new, pulled.skipped) == (18, {"draft": 1, "external": 1, "future": 1})
        assert bridge.status("2026-101").state is State.PULLED
        assert bridge.history("2026-101") == ()

        result = bridge.run()
        assert {state: result.ended(state) for state in State if result.ended(state)} == {
            State.SENT: 17,
            State.REFUSED: 1,
            State.HELD: 1,
        }
        assert (result.unknown, result.unreachable) == ((), None)
        assert deposited(sandbox) == dict.fromkeys(SENDABLE, 1)
        (missing,) = bridge.status(REFUSED).report.errors
        assert (missing.rule, missing.field) == ("BUYER_SIRET_MISSING", "siret")
        assert bridge.status(TO_COME).state is State.HELD
        with pytest.raises(InvoiceRefused) as refusal:
            bridge.send(REFUSED)
        assert refusal.value.report.errors == (missing,)

        # A 201 is not success: nothing is said yet.
        assert bridge.sync().new_events == 0
        assert {bridge.status(number).summary.technical_status for number in SENDABLE} == {Outcome.PENDING}

        sandbox.advance(150)
        synced = bridge.sync()
        assert synced.new_events == synced.acknowledged > 17 * 2
        outcomes = Counter(bridge.status(number).summary.technical_status for number in SENDABLE)
        assert outcomes == {Outcome.VALIDATED: 16, Outcome.REJECTED: 1}
        rejected = bridge.status(REJECTED).summary
        assert (rejected.technical_status, rejected.lifecycle_number, rejected.reason) == (
            Outcome.REJECTED,
            "213",
            "ROUTING_FAILURE",
        )
        assert bridge.sync().new_events == 0, "acknowledged is acknowledged"

        for deposit in sandbox.iopole.deposits:
            entry = bridge.status(deposit.number)
            assert (entry.submission_id, entry.sha256) == (deposit.id, deposit.sha256)
            assert bridge.status(deposit.id) == entry
            assert bridge.render(deposit.number).content == deposit.content, "the very bytes that were sent"
            assert validate(deposit.content).sendable
        events = bridge.history("2026-101")
        assert [event.code for event in events if event.destination == "OPERATOR"] == [
            "SUBMITTED",
            "ISSUED",
            "RECEIVED",
            "MADE_AVAILABLE",
        ]
        assert all(earlier.at <= later.at for earlier, later in pairwise(events))
        assert bridge.history("2026-101", refresh=True) == events

        again = bridge.run()
        assert again.ended(State.SENT) == 0
        assert asked(sandbox, "POST", "/v1/invoice") == 17, "a second run sends nothing"


def test_what_comes_much_later(tmp_path):
    """The buyers answer, the day of the last invoice comes, the token has run out meanwhile."""
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        sandbox.load_demo()
        bridge.run()
        sandbox.advance(3600)
        sandbox.iopole.emit(bridge.status("2026-101").submission_id, "IN_HAND")
        sandbox.iopole.emit(bridge.status("2026-102").submission_id, "REFUSED")
        sandbox.iopole.emit(bridge.status("2026-103").submission_id, "SOMETHING_NEW")
        bridge.sync()
        assert bridge.status("2026-101").summary.lifecycle_status == "IN_HAND"
        assert bridge.status("2026-102").summary.final
        assert not bridge.status("2026-103").summary.final
        assert "SOMETHING_NEW" in [event.code for event in bridge.history("2026-103")]
        sandbox.advance(31 * 86_400)
        assert bridge.run().ended(State.SENT) == 1
        assert deposited(sandbox) == dict.fromkeys(SENDABLE | {TO_COME}, 1)


def test_what_a_person_corrects_is_sent_at_the_next_run(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        sandbox.load_demo()
        firm = sandbox.facturation_pro
        assert bridge.run().ended(State.REFUSED) == 1
        refused = next(row for row in firm.records("invoices") if row["full_invoice_ref"] == REFUSED)
        sandbox.advance(7 * 86_400)
        firm.edit_customer(refused["customer_id"], siret="10000511500017")
        bridge.run()
        assert bridge.status(REFUSED).state is State.SENT
        assert deposited(sandbox)[REFUSED] == 1


def test_a_change_after_sending_is_told_and_never_sent(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 1)
        bridge.run()
        sent = sandbox.iopole.deposits[0].sha256
        sandbox.facturation_pro.edit_invoice(800_001, title="Another title")
        bridge.run()
        assert bridge.status("E-1").changed_after_send
        assert bridge.render("E-1").sha256 == sent
        assert deposited(sandbox) == {"E-1": 1}


# -- lost answers --------------------------------------------------------------------------------------------------

UNDONE = [
    Fault(Kind.STATUS, status=401, **DEPOSIT),
    Fault(Kind.STATUS, status=408, **DEPOSIT),
    Fault(Kind.STATUS, status=429, retry_after="2", **DEPOSIT),
    Fault(Kind.STATUS, status=429, **DEPOSIT),
    Fault(Kind.STATUS, status=500, **DEPOSIT),
    Fault(Kind.STATUS, status=503, **DEPOSIT),
    Fault(Kind.HTML, **DEPOSIT),
    Fault(Kind.DROP, **DEPOSIT),
    Fault(Kind.STALL, seconds=0.1, **DEPOSIT),
]
"""Nothing arrived at the platform."""

DONE = [
    Fault(Kind.STATUS, status=408, after=True, **DEPOSIT),
    Fault(Kind.STATUS, status=500, after=True, **DEPOSIT),
    Fault(Kind.STATUS, status=502, after=True, **DEPOSIT),
    Fault(Kind.STATUS, status=503, after=True, retry_after="1", **DEPOSIT),
    Fault(Kind.STATUS, status=504, after=True, **DEPOSIT),
    Fault(Kind.HTML, after=True, **DEPOSIT),
    Fault(Kind.TRUNCATED, **DEPOSIT),
    Fault(Kind.BROKEN, **DEPOSIT),
    Fault(Kind.DROP, after=True, **DEPOSIT),
    Fault(Kind.STALL, seconds=0.1, after=True, **DEPOSIT),
    Fault(Kind.SLOW, seconds=0.1, **DEPOSIT),
]
"""The document arrived, and the answer did not, or not as it should."""


def name_of(fault):
    return "-".join(str(part) for part in (fault.kind, fault.status if fault.kind is Kind.STATUS else "", fault.after))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("fault", UNDONE + DONE, ids=name_of)
def test_whatever_happens_to_a_deposit_there_is_one_for_each_number(tmp_path, fault, place):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 2)
        sandbox.iopole_faults.add(Fault(**{**{key: getattr(fault, key) for key in fault.__slots__}, "skip": place}))
        for _ in range(4):
            bridge.run()
            sandbox.advance(20)
        bridge.sync()
        assert sandbox.iopole_faults.as_json()[0]["struck"] == 1
        assert deposited(sandbox) == {"E-1": 1, "E-2": 1}
        for deposit in sandbox.iopole.deposits:
            entry = bridge.status(deposit.number)
            assert (entry.state, entry.submission_id) == (State.SENT, deposit.id)
            assert entry.summary.technical_status is Outcome.VALIDATED


def test_a_clear_no_is_final_and_for_a_person(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 2)
        sandbox.iopole_faults.add(Fault(Kind.STATUS, status=400, **DEPOSIT))
        for _ in range(3):
            bridge.run()
            sandbox.advance(3600)
        failed = [entry for entry in bridge.entries() if entry.state is State.FAILED]
        assert [entry.retryable for entry in failed] == [False]
        assert asked(sandbox, "POST", "/v1/invoice") == 2
        assert len(sandbox.iopole.deposits) == 1


def test_a_deposit_lost_twice_waits_for_a_person(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 1)
        sandbox.iopole_faults.add(Fault(Kind.DROP, times=None, **DEPOSIT))
        for _ in range(6):
            bridge.run()
            sandbox.advance(20)
        assert asked(sandbox, "POST", "/v1/invoice") == 2, "one resend, no more"
        entry = bridge.status("E-1")
        assert (entry.state, entry.unresolved) == (State.SENDING, True)


def test_a_copy_sent_because_the_search_was_blind_does_not_hide_the_first(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 1)
        sandbox.iopole_faults.add(
            Fault(Kind.DROP, after=True, **DEPOSIT), Fault(Kind.UNINDEXED, "GET", "*/search", times=None)
        )
        for _ in range(3):
            bridge.run()
            sandbox.advance(20)
        first, second = sandbox.iopole.deposits
        sandbox.iopole_faults.clear()
        bridge.sync()
        entry = bridge.status("E-1")
        assert (entry.state, entry.submission_id) == (State.SENT, first.id)
        assert entry.summary.technical_status is Outcome.VALIDATED
        assert "DUPLICATED_INVOICE" in [event.reason for event in bridge.journal.events(second.id)]


# -- limits --------------------------------------------------------------------------------------------------------


def test_a_short_pause_that_the_platform_asks_for_is_kept(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 3)
        sandbox.iopole_faults.add(Fault(Kind.STATUS, status=429, retry_after="37", **DEPOSIT))
        assert bridge.run().ended(State.SENT) == 3
        assert sum(bridge.pauses) == pytest.approx(37, abs=2)
        posts = [one.at for one in sandbox.iopole_exchanges if (one.method, one.path) == ("POST", "/v1/invoice")]
        assert len(posts) == 4
        assert posts[-1] - posts[0] >= timedelta(seconds=37)
        assert deposited(sandbox) == {"E-1": 1, "E-2": 1, "E-3": 1}


def test_a_long_pause_is_left_to_a_later_run(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 1)
        sandbox.iopole_faults.add(Fault(Kind.STATUS, status=429, retry_after="3600", **DEPOSIT))
        bridge.run()
        entry = bridge.status("E-1")
        assert (entry.state, entry.retryable, bridge.pauses) == (State.FAILED, True, [])
        sandbox.advance(3000)
        bridge.run()
        assert asked(sandbox, "POST", "/v1/invoice") == 1
        sandbox.advance(700)
        assert bridge.run().ended(State.SENT) == 1


def test_a_limit_of_the_source_delays_and_loses_nothing(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 2)
        sandbox.facturation_pro_faults.add(
            Fault(Kind.STATUS, "GET", "*/invoices.json", status=429, retry_after="0", times=2),
            Fault(Kind.TRUNCATED, "GET", "*/customers.json"),
            Fault(Kind.STATUS, "GET", "*", status=502, skip=1),
        )
        assert bridge.run().ended(State.SENT) == 2


# -- statuses ------------------------------------------------------------------------------------------------------


def story(folder, disturbance, *, webhook=False):
    """What is known of two invoices, one validated and one refused by its buyer, after three disturbed readings."""
    platform = PlatformOptions(rules=Rules(default_webhook=webhook))
    with Sandbox(origin=AUTUMN, judge=lenient, platform=platform) as sandbox, opened(sandbox, folder) as bridge:
        few(sandbox, 2)
        bridge.run()
        if disturbance:
            sandbox.iopole_faults.add(*(Fault(disturbance, "GET", path, times=None) for path in (FEED, HISTORY)))
        sandbox.advance(5)
        bridge.sync()
        sandbox.iopole.emit(bridge.status("E-2").submission_id, "IN_HAND")
        sandbox.advance(60)
        sandbox.iopole.emit(bridge.status("E-2").submission_id, "REFUSED")
        for _ in range(2):
            sandbox.advance(3600)
            bridge.sync()
            bridge.history("E-2", refresh=True)
        told = {}
        for number in ("E-1", "E-2"):
            summary = bridge.status(number).summary
            known = (summary.technical_status, summary.lifecycle_status, summary.final)
            told[number] = (*known, [event.code for event in bridge.history(number)])
        return told


@pytest.mark.parametrize("webhook", [False, True])
@pytest.mark.parametrize("disturbance", [Kind.REORDERED, Kind.REPEATED])
def test_the_order_and_the_number_of_readings_do_not_matter(tmp_path, disturbance, webhook):
    plain = story(tmp_path / "plain", None, webhook=webhook)
    assert story(tmp_path / "disturbed", disturbance, webhook=webhook) == plain
    assert plain["E-1"][:3] == (Outcome.VALIDATED, "MADE_AVAILABLE", False)
    assert plain["E-2"][1:3] == ("REFUSED", True)


def test_where_the_feed_is_silent_histories_are_read_seldom(tmp_path):
    platform = PlatformOptions(rules=Rules(default_webhook=True, verdict_delay_seconds=60))
    waits = {"PDP_BRIDGE_HISTORY_INTERVAL_SECONDS": "1800"}
    with Sandbox(origin=AUTUMN, judge=lenient, platform=platform) as sandbox:
        few(sandbox, 3)
        with opened(sandbox, tmp_path, **waits) as bridge:
            bridge.run()

            def read():
                before = asked(sandbox, "GET", "/status-history")
                result = bridge.sync()
                assert result.acknowledged == 0, "a webhook reads the feed"
                assert asked(sandbox, "GET", "/status-history") - before == result.histories_read
                return result.histories_read

            assert read() == 3
            assert bridge.status("E-1").summary.technical_status is Outcome.PENDING
            sandbox.advance(1700)
            assert read() == 0
            sandbox.advance(101)
            assert read() == 3
            assert {bridge.status(f"E-{n}").summary.technical_status for n in (1, 2, 3)} == {Outcome.VALIDATED}
            sandbox.advance(24 * 1800)
            assert read() == 0, "a validated invoice changes seldom"
            sandbox.iopole.emit(bridge.status("E-3").submission_id, "REFUSED")
            sandbox.advance(24 * 1800)
            assert read() == 3
            sandbox.advance(49 * 1800)
            assert read() == 2, "what is final is left alone"


def test_a_history_that_is_refused_for_its_limit_ends_the_reading_and_loses_nothing(tmp_path):
    platform = PlatformOptions(rules=Rules(default_webhook=True))
    with Sandbox(origin=AUTUMN, judge=lenient, platform=platform) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 3)
        bridge.run()
        sandbox.advance(5)
        sandbox.iopole_faults.add(Fault(Kind.STATUS, "GET", HISTORY, status=429, retry_after="60", skip=1, times=None))
        first = bridge.sync()
        assert (first.histories_read, first.histories_left, first.unreachable) == (1, 2, None)
        sandbox.iopole_faults.clear()
        bridge.sync()
        assert {bridge.status(f"E-{n}").summary.technical_status for n in (1, 2, 3)} == {Outcome.VALIDATED}


# -- accounts ------------------------------------------------------------------------------------------------------


def test_a_token_taken_back_is_renewed_once(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox, opened(sandbox, tmp_path) as bridge:
        few(sandbox, 1)
        bridge.sync()
        sandbox.forget_tokens()
        assert bridge.run().ended(State.SENT) == 1
        tokens = [one for one in sandbox.iopole_exchanges if one.path.endswith("/token")]
        assert [one.status for one in tokens] == [200, 200]


def test_wrong_credentials_send_nothing_and_say_which(tmp_path):
    with Sandbox(origin=AUTUMN, judge=lenient) as sandbox:
        few(sandbox, 1)
        with (
            opened(sandbox, tmp_path, FACTURATION_PRO_API_KEY="another") as bridge,
            pytest.raises(SourceRefused) as source,
        ):
            bridge.run()
        assert source.value.code == "AUTH_FAILED"
        with (
            opened(sandbox, tmp_path, IOPOLE_CLIENT_SECRET="another") as bridge,
            pytest.raises(PlatformRefused) as platform,
        ):
            bridge.sync()
        assert platform.value.code == "AUTH_FAILED"
        assert deposited(sandbox) == {}


# -- the command line ----------------------------------------------------------------------------------------------


class Shell:
    """`pdp-bridge` as a process of its own, in a folder of its own."""

    def __init__(self, sandbox, folder):
        self.folder = folder
        (folder / "pdp-bridge.toml").write_text(demo.settings_text(), encoding="utf-8")
        self.environment = {
            **sandbox.environment(),
            "PDP_BRIDGE_DATA": str(folder / "data"),
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
        }

    def begin(self, *arguments, **environment):
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "pdp_bridge", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments, code=0, **environment):
        """What it prints on standard output, when it ends with that exit code."""
        process = self.begin(*arguments, **environment)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, (arguments, out, err)
        return json.loads(out) if "--json" in arguments else out


def test_a_day_on_the_command_line(tmp_path):
    with Sandbox() as sandbox:
        sandbox.load_demo()
        shell = Shell(sandbox, tmp_path)

        # Two at the same time: one waits for the other, nothing is interleaved.
        both = [shell.begin("run", "--json"), shell.begin("run", "--json")]
        results = [json.loads(process.communicate(timeout=120)[0]) for process in both]
        assert [process.returncode for process in both] == [1, 1], "one invoice needs a person"
        assert sum(result["outcomes"].get("sent", 0) for result in results) == 17
        assert deposited(sandbox) == dict.fromkeys(SENDABLE, 1)

        sandbox.advance(5)
        assert shell("sync", "--json", code=1)["rejected"] == [REJECTED]
        invoices = {invoice["number"]: invoice for invoice in shell("status", "--json")}
        assert len(invoices) == 19
        kept = {deposit.number: deposit for deposit in sandbox.iopole.deposits}
        for number in SENDABLE:
            told = invoices[number]
            assert told["state"] == "sent"
            assert (told["submission_id"], told["sha256"]) == (kept[number].id, kept[number].sha256)
            assert told["technical_status"] == ("rejected" if number == REJECTED else "validated")
        assert invoices[REFUSED]["state"] == "refused"
        assert [finding["rule"] for finding in invoices[REFUSED]["findings"]] == ["BUYER_SIRET_MISSING"]
        assert invoices[TO_COME]["state"] == "held"

        shell("render", "2026-101", "--output", "pdf")
        content = (tmp_path / "pdf" / "2026-101.pdf").read_bytes()
        assert sha256(content).hexdigest() == invoices["2026-101"]["sha256"]
        (report,) = shell("validate", "pdf/2026-101.pdf", "--json")
        assert report["sendable"]

        refused = next(row for row in sandbox.facturation_pro.records("invoices") if row["full_invoice_ref"] == REFUSED)
        sandbox.facturation_pro.edit_customer(refused["customer_id"], siret="10000511500017")
        sandbox.facturation_pro.edit_invoice(refused["id"], internal_note="SIRET corrected")
        corrected = shell("run", "--json", code=0)
        assert corrected["outcomes"]["sent"] == 1
        assert deposited(sandbox) == dict.fromkeys(SENDABLE | {REFUSED}, 1)


def test_exit_codes(tmp_path):
    with Sandbox(judge=lenient) as sandbox:
        few(sandbox, 1)
        shell = Shell(sandbox, tmp_path)
        shell("run", code=2, FACTURATION_PRO_API_KEY="another")
        shell("run", code=2, PDP_PROVIDER="nobody")
        shell("run", code=3, FACTURATION_PRO_BASE_URL="http://127.0.0.1:9", PDP_BRIDGE_RETRY_FIRST_SECONDS="0")
        shell("run", code=3, IOPOLE_BASE_URL="http://127.0.0.1:9", PDP_BRIDGE_RETRY_FIRST_SECONDS="0")
        shell("no-such-command", code=2)
        assert deposited(sandbox) == {}
        shell("run", code=0)
        assert deposited(sandbox) == {"E-1": 1}
