"""The sandbox with a city's quarter in it, in a process of its own: `python crowd.py COUNT`.

Both servers are those of the sandbox; their memory is replaced by what scales: the source makes the rows of a page when
it is asked for them, the platform keeps of a deposit its number and its statuses, and judges none. It prints the
environment variables that lead to it, as JSON, and ends when its standard input does.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import deque

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.sandbox import server, statuses
from pdp_bridge.sandbox.deposits import NOT_SEEN_CAP, Operator
from pdp_bridge.sandbox.facturation_pro import FacturationPro
from pdp_bridge.sandbox.statuses import Subject

FIRST_ID = 10_000_000


class Crowd(FacturationPro):
    """As many invoices as `count`, each made from the demo's first; changed at the moment the server started."""

    count = 0

    async def _invoices(self, request):
        query = request.query_params
        if query.get("order") != "updated" or query.get("bill_type"):
            return self._page([], query, dict)
        firm = self._of(request)
        if not hasattr(self, "model"):
            records = firm.records("invoices")
            self.model = next(each for each in records if each["full_invoice_ref"] == "2026-101")
        return self._page(_Rows(self.model, self.count), query, dict)


class _Rows:
    """Rows that are made when they are read."""

    def __init__(self, model, count):
        self.model, self.count = model, count

    def __len__(self):
        return self.count

    def __getitem__(self, places):
        return [self._row(place) for place in range(*places.indices(self.count))]

    def _row(self, place):
        number = f"Q-{place + 1:06}"
        return {**self.model, "id": FIRST_ID + place, "full_invoice_ref": number, "invoice_ref": str(place + 1)}


class LightOperator(Operator):
    """Deposits without their files, and statuses in a queue; twice the same number is counted."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.numbers, self.twice = {}, 0
        self._waiting, self._taken = deque(), {}
        self._guard = threading.Lock()

    def receive(self, filename, content):
        number = re.search(r"_(Q-\d+)_", filename)[1]
        at = self._clock()
        subject = Subject(deposit_id=statuses.uuid7(at), invoice=None, received_at=at)
        with self._guard:
            self.twice += number in self.numbers
            self.numbers[number] = subject.deposit_id
            self._waiting.append(statuses.status(subject, "ISSUED", at))
        return subject.deposit_id

    def not_seen(self):
        with self._guard:
            while self._waiting and len(self._taken) < NOT_SEEN_CAP:
                status = self._waiting.popleft()
                self._taken[status.status_id] = status
            return list(self._taken.values())

    def mark_seen(self, key):
        with self._guard:
            self._taken.pop(key, None)


def main(count: int) -> None:
    """Serve until standard input ends."""
    Crowd.count = count
    server.FacturationPro, server.Operator = Crowd, LightOperator
    with server.Sandbox(read=lambda content: Document(content=content, xml=b"", media_type=MediaType.CII)) as sandbox:
        sandbox.load_demo()
        print(json.dumps(dict(sandbox.environment())), flush=True)
        sys.stdin.read()
        operator = sandbox.iopole
        print(json.dumps({"deposits": len(operator.numbers), "twice": operator.twice}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
