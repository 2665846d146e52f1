"""A process that dies on order, at one exact line of the send path: `python mortal.py IOPOLE_URL`.

It reads one order a line on standard input and answers each on standard output, both JSON. An order is carried out by a
child of its own (everything is imported already, so that a death costs milliseconds): `act` does one thing with one
invoice, and dies by SIGKILL at the event `kill` (0: it lives). Events are counted from 1: a line of the traced files is
about to run, or a function of them returns or fails, which is the moment after its last line. A child that lives tells
which lines its events were.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pdp_bridge
from pdp_bridge import pipeline, sending
from pdp_bridge.decisions.adopting import adopt
from pdp_bridge.decisions.resending import resend
from pdp_bridge.document import cii
from pdp_bridge.document.assembly import opened
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.testing import MemorySource, sample_invoice, sample_report
from pdp_bridge.transmission.iopole.adapter import Iopole
from pdp_bridge.transmission.iopole.client import Client

PACKAGE = Path(pdp_bridge.__file__).parent
TRACED = {
    str(PACKAGE / name)
    for name in (
        "sending.py",
        "pipeline.py",
        "delivery.py",
        "decisions/adopting.py",
        "decisions/resending.py",
        "journal/store.py",
        "journal/statements.py",
        "journal/running.py",
        "journal/database.py",
        "transmission/iopole/adapter.py",
        "transmission/iopole/client.py",
    )
}
"""Everything between the intent and its record: the line, the journal's writing, the platform's client."""

TIMING = sending.Timing(retry_first_seconds=0, lease_seconds=60, settle_seconds=900)


class Countdown:
    """Counts events of the traced files; SIGKILL at number `kill`."""

    def __init__(self, kill: int) -> None:
        self.kill = kill
        self.places: list[str] = []

    def __call__(self, frame, event, _argument):
        if frame.f_code.co_filename not in TRACED:
            return None
        self.happened(frame, "call")
        return self.inside

    def inside(self, frame, event, _argument):
        self.happened(frame, event)
        return self.inside

    def happened(self, frame, event) -> None:
        name = Path(frame.f_code.co_filename).relative_to(PACKAGE)
        self.places.append(f"{name}:{frame.f_lineno}:{event}")
        if len(self.places) == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)


def line_of(order, url, resources) -> sending.Line:
    """The real journal and the real client of Iopole; a source that holds one invoice."""

    options = PlatformOptions()

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=order["later"])

    client = Client(
        base_url=url,
        auth_url=url,
        client_id=options.client_id,
        client_secret=options.client_secret,
        customer_id=options.customer_id,
        rpm=0,
        retry_first_seconds=0,
        clock=clock,
        sleep=lambda _seconds: None,
    )
    journal = SqlJournal(f"sqlite:///{order['folder']}/journal.db", clock=clock)
    resources.callback(client.close)
    resources.callback(journal.close)
    return sending.Line(
        source=MemorySource([sample_invoice(order["number"])]),
        platform=Iopole(client),
        journal=journal,
        build=lambda invoice: opened(cii.write(invoice)),
        reopen=opened,
        judge=sample_report,
        clock=clock,
        sleep=lambda _seconds: None,
        timing=TIMING,
    )


def perform(line: sending.Line, order) -> None:
    """What the child is for."""
    entry = line.journal.entry(order["number"])
    if order["act"] == "run":
        pipeline.run(line)
    elif order["act"] == "resend":
        resend(line, entry, "ada")
    elif order["act"] == "adopt":
        adopt(line, entry, order["submission_id"], "ada")


def live(order, url) -> None:
    """Carry the order out; answer with the events of a life without death, and where the invoice stands."""
    with ExitStack() as opened_here:
        answer = carry_out(order, line_of(order, url, opened_here))
    print(json.dumps(answer), flush=True)  # once nothing of the journal's files is open any more


def carry_out(order, line) -> dict[str, object]:
    """Count, act, answer."""
    countdown = Countdown(order["kill"])
    sys.settrace(countdown)
    try:
        perform(line, order)
    finally:
        sys.settrace(None)
    entry = line.journal.entry(order["number"])
    answer = {"places": countdown.places}
    if entry is not None:
        answer |= {"state": entry.state, "submission_id": entry.submission_id, "unresolved": entry.unresolved}
    return answer


def main() -> None:
    """One order after the other, until standard input ends."""
    (url,) = sys.argv[1:]
    for text in sys.stdin:
        child = os.fork()
        if child == 0:
            live(json.loads(text), url)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(json.dumps({"killed": os.WTERMSIG(status)}), flush=True)
        elif os.waitstatus_to_exitcode(status):
            print(json.dumps({"failed": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
