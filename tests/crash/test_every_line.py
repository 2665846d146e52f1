"""`kill -9` before and after every statement of the send path: each invoice is deposited once, whatever was cut short.

Each story is lived once without death, which counts its events; then once for each event, with a death there and a
recovery by later runs. Counted at the sandbox: lost, duplicated, and wrongly called sent.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox

MORTAL = Path(__file__).with_name("mortal.py")

DECIDED = 60 + 900 + 1
"""Seconds after which what a complete search does not find never arrived."""

REPEATS = 1
"""A line that runs again and again is cut short that many first times, and the last."""

CHUNK = 60
"""Deaths before one sandbox: searches stay short."""


def at_deposits(kind, **more):
    return Fault(kind, method="POST", path="/v1/invoice", **{"times": 1, **more})


ARRIVES_UNANSWERED = at_deposits(Kind.DROP, after=True)
NEVER_ARRIVES = at_deposits(Kind.DROP)
TURNED_AWAY = at_deposits(Kind.STATUS, status=503, retry_after="0")
SEARCH_DOWN = Fault(Kind.STATUS, method="GET", path="/v1.1/invoice/search", status=503, times=None)


@dataclass(frozen=True)
class Step:
    """An act, how many seconds later than the first, and what goes wrong meanwhile."""

    act: str
    later: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Story:
    """What came before, and the act that is cut short."""

    last: Step
    before: tuple[Step, ...] = ()


UNRESOLVED = (
    Step("run", 0, (NEVER_ARRIVES,)),
    Step("run", DECIDED, (NEVER_ARRIVES,)),
    Step("run", 2 * DECIDED),
)
UNFOUND = (Step("run", 0, (ARRIVES_UNANSWERED, SEARCH_DOWN)),)

STORIES = {
    "sent": Story(Step("run")),
    "turned away, then sent": Story(Step("run", 0, (TURNED_AWAY,))),
    "arrived without an answer": Story(Step("run", 0, (ARRIVES_UNANSWERED,))),
    "never arrived": Story(Step("run", 0, (NEVER_ARRIVES,))),
    "found by a later run": Story(Step("run", 30), UNFOUND),
    "sent again by a later run": Story(Step("run", DECIDED), (Step("run", 0, (NEVER_ARRIVES,)),)),
    "sent again by a person": Story(Step("resend", 2 * DECIDED), UNRESOLVED),
    "sent again by a person, unanswered": Story(Step("resend", 2 * DECIDED, (ARRIVES_UNANSWERED,)), UNRESOLVED),
    "adopted by a person": Story(Step("adopt", 30), UNFOUND),
}


def lenient(document):
    """The platform's own judgement is not what is tested here: it would only cost time."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


@dataclass
class Cemetery:
    """One sandbox, and a process that dies before it again and again."""

    sandbox: Sandbox
    folder: Path
    process: subprocess.Popen = field(init=False)

    def __enter__(self):
        self.sandbox.__enter__()
        command = [sys.executable, "-W", "error", str(MORTAL), self.sandbox.iopole_url]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder
        )
        return self

    def __exit__(self, *error):
        self.process.communicate()
        self.sandbox.__exit__(*error)

    def order(self, number, step, kill=0):
        """One step; its faults are over afterwards, whatever became of it."""
        faults = self.sandbox.iopole_faults
        faults.add(*step.faults)
        held = self.held(number)
        order = {"number": number, "act": step.act, "later": step.later, "kill": kill}
        order |= {"folder": str(self.folder / number), "submission_id": held[0] if held else ""}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        faults.clear()
        return answer

    def held(self, number):
        return [deposit.id for deposit in self.sandbox.iopole.deposits if deposit.number == number]

    def begin(self, number, story, template):
        (self.folder / number).mkdir()
        shutil.copy(template, self.folder / number / "journal.db")
        for step in story.before:
            assert "state" in self.order(number, step)

    def die(self, number, story, template, kill):
        """One death and what follows; returns what was wrong."""
        self.begin(number, story, template)
        answer = self.order(number, story.last, kill)
        assert answer == {"killed": 9}, answer
        wrong = Counter(deaths=1)
        entry = self.look(number)
        wrong["falsely sent"] += self.falsely_sent(number, entry)
        for act, wait in (("run", 0), ("run", DECIDED), ("run", 2 * DECIDED), ("resend", 3 * DECIDED)):
            if entry.get("state") == "sent" or (act == "resend" and not entry["unresolved"]):
                break
            entry = self.order(number, Step(act, story.last.later + wait))
            wrong["falsely sent"] += self.falsely_sent(number, entry)
        held = self.held(number)
        wrong["lost"] += not held or entry["state"] != "sent"
        wrong["duplicated"] += len(held) > 1
        shutil.rmtree(self.folder / number)
        return wrong

    def look(self, number):
        """What the death left in the journal, read by nothing of ours."""
        with closing(sqlite3.connect(self.folder / number / "journal.db")) as journal:
            row = journal.execute("SELECT state, submission_id, unresolved FROM invoice").fetchone()
        return dict(zip(("state", "submission_id", "unresolved"), row, strict=True)) if row else {}

    def falsely_sent(self, number, entry):
        return entry.get("state") == "sent" and entry["submission_id"] not in self.held(number)


def chosen(places):
    """Numbers of the events at which to die: of each place the first times, and the last."""
    seen = defaultdict(list)
    for number, place in enumerate(places, start=1):
        seen[place].append(number)
    return sorted({number for numbers in seen.values() for number in (*numbers[:REPEATS], numbers[-1])})


@pytest.fixture
def template(tmp_path):
    """An empty journal, made once."""
    path = tmp_path / "template.db"
    with closing(SqlJournal(f"sqlite:///{path}", clock=lambda: datetime.now(UTC))):
        pass
    return path


def cemetery(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    return Cemetery(Sandbox(judge=lenient), folder)


def total(name, story, tmp_path, template, keep):
    """Every death that `keep` chooses, in sandboxes of some dozens each."""
    with cemetery(tmp_path, "first") as place:
        place.begin("L-WHOLE", story, template)
        lived = place.order("L-WHOLE", story.last)
        deaths = keep(chosen(lived["places"]))
        told = Counter(events=len(lived["places"])) + buried(place, story, template, deaths[:CHUNK])
    for start in range(CHUNK, len(deaths), CHUNK):
        with cemetery(tmp_path, f"chunk-{start}") as place:
            told += buried(place, story, template, deaths[start : start + CHUNK])
    wrong = {kind: told[kind] for kind in ("lost", "duplicated", "falsely sent")}
    print(f"{name}: {told['events']} events, {told['deaths']} deaths, {wrong}")
    assert told["deaths"] == len(deaths) > 0
    return wrong


def buried(place, story, template, deaths):
    return sum((place.die(f"L-{kill:05}", story, template, kill) for kill in deaths), Counter())


NOTHING_WRONG = {"lost": 0, "duplicated": 0, "falsely sent": 0}


@pytest.mark.parametrize("name", ["arrived without an answer", "sent again by a person"])
def test_a_death_here_and_there(name, tmp_path, template):
    assert total(name, STORIES[name], tmp_path, template, lambda deaths: deaths[:: len(deaths) // 5]) == NOTHING_WRONG


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_a_death_at_every_line(name, tmp_path, template):
    assert total(name, STORIES[name], tmp_path, template, list) == NOTHING_WRONG


def test_the_whole_send_path_is_where_it_dies(tmp_path, template):
    """A module that a part of it moves to is one of those whose lines are counted."""
    with cemetery(tmp_path, "whole") as place:
        place.begin("L-WHOLE", STORIES["sent"], template)
        passed = {where.partition(":")[0] for where in place.order("L-WHOLE", Step("run"))["places"]}
    journal = {f"journal/{name}.py" for name in ("store", "statements", "running", "database")}
    platform = {f"transmission/iopole/{name}.py" for name in ("adapter", "client")}
    assert passed == {"pipeline.py", "delivery.py", "sending.py"} | journal | platform


def test_the_harness_sees_a_second_deposit(tmp_path, template):
    """What is counted here can be wrong: the same file deposited twice is a duplicate."""
    with cemetery(tmp_path, "twice") as place:
        place.begin("L-TWICE", STORIES["sent"], template)
        place.order("L-TWICE", Step("run"))
        first = place.sandbox.iopole.deposits[0]
        place.sandbox.iopole.receive(first.filename, first.content)
        assert len(place.held("L-TWICE")) == 2
        assert not place.falsely_sent("L-TWICE", place.look("L-TWICE"))
        assert place.falsely_sent("L-TWICE", {"state": "sent", "submission_id": "another"})
