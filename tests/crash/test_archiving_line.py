"""`kill -9` before and after every statement of an act of archiving: nothing is lost, and the next act ends it.

A child is forked for each death; before and after the next act every document, snapshot and exchange reads as before.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pdp_bridge
from pdp_bridge.journal import archiving
from pdp_bridge.journal.archiving import archive
from pdp_bridge.journal.dossier import dossier
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.journal.verification import verify
from pdp_bridge.model.exchange import Exchange, Subject
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.ports import Lease
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

NOW = datetime(2027, 1, 10, 9, tzinfo=UTC)
PACKAGE = Path(pdp_bridge.__file__).parent
TRACED = {str(PACKAGE / name) for name in ("durable.py", "journal/archiving.py", "journal/archive_file.py")}
TRACED |= {str(PACKAGE / "journal" / name) for name in ("space.py", "database.py", "archived.py")}
INVOICES = 3


def silent(stage, done, total, what) -> None:
    """Nobody looks on."""


def opened(folder) -> SqlJournal:
    return SqlJournal(f"sqlite:///{folder / 'journal.db'}", clock=lambda: NOW)


def fill(folder) -> None:
    """Settled invoices, each with a request to the platform; more than one file of them."""
    with opened(folder) as journal:
        for number in range(1, INVOICES + 1):
            shot = sample_snapshot(str(number), f"FA-{number}")
            journal.pulled([shot], [])
            document = sample_document(sample_invoice(shot.reference.number))
            lease = Lease(at=NOW, until=NOW + timedelta(minutes=1))
            assert journal.sending(shot.reference, document, sample_report(document), lease)
            journal.sent(str(number), f"p-{number}")
            subject = Subject(number=shot.reference.number, sha256=document.sha256)
            url = "https://platform.example/v1/invoice"
            asked = Exchange(subject=subject, at=NOW, method="POST", url=url, status=201, milliseconds=1, detail="{}")
            journal.keep_exchanges([asked])
            status = StatusEvent(status_id=f"s-{number}", submission_id=f"p-{number}", code="APPROVED", at=NOW)
            journal.received([status])


def read(folder):
    """Everything of each invoice, wherever it lies."""
    with opened(folder) as journal:
        return [dossier(journal, str(number)) for number in range(1, INVOICES + 1)]


class Countdown:
    """Counts lines and returns of the traced files; SIGKILL at number `kill`."""

    def __init__(self, kill: int) -> None:
        self.kill = kill
        self.places: list[str] = []

    def __call__(self, frame, event, _argument):
        if frame.f_code.co_filename not in TRACED:
            return None
        self.happened(frame, event)
        return self.inside

    def inside(self, frame, event, _argument):
        self.happened(frame, event)
        return self.inside

    def happened(self, frame, event) -> None:
        self.places.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}:{event}")
        if len(self.places) == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)


def act(folder, kill=0) -> list[str]:
    """Archive; returns the places that were passed."""
    with opened(folder) as journal:
        countdown = Countdown(kill)
        sys.settrace(countdown)
        try:
            archive(journal, 2027, NOW, silent)
        finally:
            sys.settrace(None)
    return countdown.places


def die(folder, kill) -> None:
    """Archive in a child, which dies at that event."""
    child = os.fork()
    if child == 0:
        act(folder, kill)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it lived"


def chosen(places):
    """Numbers of the events at which to die: of each place the first time and the last."""
    first = {place: number for number, place in reversed(list(enumerate(places, start=1)))}
    last = {place: number for number, place in enumerate(places, start=1)}
    return sorted({*first.values(), *last.values()})


def stories(tmp_path, monkeypatch):
    monkeypatch.setattr(archiving, "MOST", 2)
    template = tmp_path / "template"
    template.mkdir()
    fill(template)
    before = read(template)
    whole = tmp_path / "whole"
    shutil.copytree(template, whole)
    deaths = chosen(act(whole))
    assert read(whole) == before
    assert len(deaths) > 100
    return template, before, deaths


def wrong_after(folder, template, before, kill):
    """What a death left behind, told by how many."""
    shutil.copytree(template, folder)
    die(folder, kill)
    wrong = Counter(deaths=1)
    wrong["lost"] += read(folder) != before
    act(folder)
    with opened(folder) as journal:
        listed = {row["name"] for row in journal.archives.listed()}
        wrong["unsound"] += not verify(journal).sound
        with closing(journal.engine.raw_connection()) as connection:
            (left,) = connection.execute("SELECT count(content) FROM document").fetchone()
        wrong["left"] += left
    wrong["lost"] += read(folder) != before
    wrong["strange files"] += {path.name for path in (folder / "archive").iterdir()} != listed
    shutil.rmtree(folder)
    return wrong


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and kills what it forked")
def test_killed_here_and_there(tmp_path, monkeypatch):
    assert threading.active_count() == 1, "a fork takes one thread along"
    template, before, deaths = stories(tmp_path, monkeypatch)
    wrong = sum((wrong_after(tmp_path / "one", template, before, kill) for kill in deaths[::60]), Counter())
    assert {kind for kind, count in wrong.items() if count} == {"deaths"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks, and kills what it forked")
def test_killed_everywhere(tmp_path, monkeypatch):
    template, before, deaths = stories(tmp_path, monkeypatch)
    wrong = sum((wrong_after(tmp_path / "one", template, before, kill) for kill in deaths), Counter())
    print(f"{len(deaths)} deaths: {dict(wrong)}")
    assert {kind for kind, count in wrong.items() if count} == {"deaths"}
