"""A day and a night under fire, then a month away: nothing lost, nothing twice, every status true in the end.

The clock is the sandbox's and jumps; the servers, the journal and the HTTP are real. While invoices are issued,
corrected and edited, and buyers answer, one request in seven goes wrong.
"""

from __future__ import annotations

import random
from collections import Counter
from copy import deepcopy

import pytest

from pdp_bridge.bridge import Bridge
from pdp_bridge.errors import BridgeError
from pdp_bridge.journal import chain
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.model.status import summary
from pdp_bridge.ports import State
from pdp_bridge.sandbox.deposits import Rules
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load

SHARE = 0.15
QUARTER = 900.0  # seconds between two turns
ANSWERS = ("IN_HAND", "APPROVED", "DISPUTED", "REFUSED", "PAYMENT_SENT", "BRAND_NEW_CODE")


def lenient(document):
    """The platform's own judgement is not what is tested here: it would only cost time."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


class World:
    """The sandbox, its invented firm, and one operator with one journal."""

    def __init__(self, sandbox, folder, seed):
        self.sandbox = sandbox
        self.chance = random.Random(seed)  # noqa: S311 - what happens, not secrets
        self.issued, self.stopped, self.turns = [], Counter(), 0
        sandbox.load_demo()
        firm = sandbox.facturation_pro
        self.model = next(record for record in firm.records("invoices") if record["full_invoice_ref"] == "2026-101")
        for record in list(firm.records("invoices")):
            firm.edit_invoice(record["id"], draft=True)
        (folder / "pdp-bridge.toml").write_text(
            sandbox.settings_text().replace("retry_first_seconds = 0.2", "retry_first_seconds = 0.001"), "utf-8"
        )
        self.settings = load(folder / "pdp-bridge.toml", environ={}, arguments={"data": str(folder / "data")})

    def bridge(self):
        return Bridge(self.settings, clock=self.sandbox.clock, sleep=self.sandbox.advance)

    def faults(self):
        """One request in seven, of every kind, at both services."""
        kinds = (
            Fault(Kind.STATUS, status=500, after=True),
            Fault(Kind.STATUS, status=503),
            Fault(Kind.STATUS, status=429, retry_after="0"),
            Fault(Kind.DROP),
            Fault(Kind.DROP, after=True),
            Fault(Kind.BROKEN, after=True),
            Fault(Kind.TRUNCATED, after=True),
            Fault(Kind.HTML),
            Fault(Kind.REORDERED, path="*otSeen*"),
            Fault(Kind.REPEATED, path="*otSeen*"),
            Fault(Kind.UNINDEXED, path="*search*"),
        )
        each = 1 - (1 - SHARE) ** (1 / len(kinds))
        for faults in (self.sandbox.facturation_pro_faults, self.sandbox.iopole_faults):
            for fault in kinds:
                values = {name: getattr(fault, name) for name in ("path", "status", "retry_after", "after")}
                faults.add(Fault(fault.kind, times=None, probability=each, **values))

    def life(self):
        """What happens at the firm and at the buyers in a quarter of an hour."""
        firm, chance = self.sandbox.facturation_pro, self.chance
        for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
            number = len(self.issued) + 1
            copy = {key: value for key, value in deepcopy(dict(self.model)).items() if not key.endswith("ed_at")}
            copy.update(id=900_000 + number, full_invoice_ref=f"S-{number:04}", invoice_ref=str(number), draft=False)
            firm.add_invoice(copy)
            self.issued.append(copy)
        if self.issued and chance.random() < 0.2:  # somebody edits what may be sent or not
            firm.edit_invoice(chance.choice(self.issued)["id"], title=f"Relu {chance.random():.6f}")
        deposits = self.sandbox.iopole.deposits
        if deposits and chance.random() < 0.5:
            self.sandbox.iopole.emit(chance.choice(deposits).id, chance.choice(ANSWERS))

    def turn(self):
        """`run` and `sync`, by one of two processes that take turns; what a service's failure ends is told."""
        self.turns += 1
        with self.bridge() as bridge:
            for act in (bridge.run, bridge.sync):
                try:
                    act()
                except BridgeError as error:
                    self.stopped[type(error).__name__] += 1

    def entries(self):
        with self.bridge() as bridge:
            return [entry for entry in bridge.entries() if entry.number.startswith("S-")]


def ask_a_person(world):
    """What the two safe choices are for: deposits whose answer was lost more than once."""
    asked = 0
    for entry in world.entries():
        if entry.state is State.SENT:
            continue
        with world.bridge() as bridge:
            bridge.resend(entry.number)
        asked += 1
    return asked


def soak(folder, *, hours, seed):
    """The day, the month away, and what is left when all is quiet again."""
    options = PlatformOptions(rules=Rules(index_lag_seconds=1))
    with Sandbox(judge=lenient, platform=options, seed=seed) as sandbox:
        world = World(sandbox, folder, seed)
        world.faults()
        for _ in range(hours * 4):
            world.life()
            world.turn()
            sandbox.advance(QUARTER)
        struck = sum(
            each["struck"]
            for faults in (sandbox.facturation_pro_faults, sandbox.iopole_faults)
            for each in faults.as_json()
        )
        for _ in range(hours):
            world.life()
        sandbox.advance(30 * 86_400)
        for faults in (sandbox.facturation_pro_faults, sandbox.iopole_faults):
            faults.clear()
        for _ in range(3):
            world.turn()
            sandbox.advance(2 * 86_400)
        asked = ask_a_person(world)
        for _ in range(2):
            world.turn()
            sandbox.advance(2 * 86_400)
        told = {
            "turns": world.turns,
            "issued": len(world.issued),
            "faults": struck,
            "ended early": dict(world.stopped),
            "asked": asked,
        }
        print(f"{hours} hours: {told}")
        return world, judged(world), told


def judged(world):
    """What is wrong, counted at the platform and in the journal."""
    deposits = world.sandbox.iopole.deposits
    numbers = Counter(deposit.number for deposit in deposits if "REJECTED" not in deposit.codes)
    entries = world.entries()
    wrong = Counter()
    wrong["lost"] = len({record["full_invoice_ref"] for record in world.issued} - set(numbers))
    wrong["duplicated"] = sum(count > 1 for count in numbers.values())
    by_id = {deposit.id: deposit for deposit in deposits}
    with world.bridge() as bridge:
        for entry in entries:
            deposit = by_id.get(entry.submission_id or "")
            wrong["falsely sent"] += entry.state is State.SENT and (deposit is None or deposit.number != entry.number)
            wrong["altered"] += deposit is not None and deposit.sha256 != entry.sha256
            wrong["not sent"] += entry.state is not State.SENT
            if deposit is not None:
                truth = {status.status_id for status in world.sandbox.iopole.history(deposit.id)}
                known = bridge.journal.events(deposit.id)
                wrong["statuses missing"] += len(truth - {event.status_id for event in known})
                wrong["summary"] += entry.summary != summary(known)
        wrong["chain"] = len(list(chain.breaks(bridge.journal.records())))
    return {name: count for name, count in wrong.items() if count}


def test_two_hours_under_fire(tmp_path):
    world, wrong, told = soak(tmp_path, hours=2, seed=1)
    assert world.issued
    assert told["faults"] > 10, "nothing was proven"
    assert wrong == {}


@pytest.mark.slow
def test_a_day_and_a_night_under_fire(tmp_path):
    _world, wrong, told = soak(tmp_path, hours=24, seed=7)
    assert told["faults"] > 200
    assert wrong == {}
