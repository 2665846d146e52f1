"""What an invoice costs a journal in PostgreSQL: transactions, bytes, connections, by workers of their own processes.

    python tests/benchmarks/on_postgresql.py --invoices 300

A server that syncs, the whole line against the sandbox's servers, the statuses brought home. Counted by PostgreSQL
itself, so the numbers hold on other machines; how many a second does not, and is given beside what the server's disk
takes at most.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import postgresql
import psycopg

from pdp_bridge import Bridge
from pdp_bridge.journal.database import libpq_url
from pdp_bridge.sandbox import demo
from pdp_bridge.schedule import Stop
from pdp_bridge.settings import load
from pdp_bridge.worker.working import Pace, work

COMMITS = 300
"""Small commits, one after the other, by which the disk is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the server has done so far."""

    transactions: int
    log: int  # bytes written ahead
    journal: int  # bytes of our tables
    queue: int  # bytes of Procrastinate's


_TABLES = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)) FILTER (WHERE relname NOT LIKE 'procrastinate%'), 0),
    coalesce(sum(pg_total_relation_size(c.oid)) FILTER (WHERE relname LIKE 'procrastinate%'), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r'
"""
_DONE = """
SELECT sum(xact_commit), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
FROM pg_stat_database
"""


def counted(connection: psycopg.Connection) -> Counted:
    """Now; what sessions have not told yet is told within a second."""
    time.sleep(1.5)
    transactions, log = connection.execute(_DONE).fetchone()
    journal, queue = connection.execute(_TABLES).fetchone()
    return Counted(transactions=int(transactions), log=int(log), journal=int(journal), queue=int(queue))


class Connections(threading.Thread):
    """The most that were open at once, besides ours."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.most, self.looks, self.over, self._url = 0, 0, threading.Event(), url

    def run(self) -> None:
        """Until `over`."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self.over.wait(0.1):
                self.most = max(self.most, connection.execute(query).fetchone()[0] - 2)  # this one, and the one below
                self.looks += 1


def commits_a_second(connection: psycopg.Connection) -> float:
    """Of one session that does nothing else: what the disk's sync allows."""
    connection.execute("CREATE TABLE measured (at timestamptz)")
    start = time.perf_counter()
    for _ in range(COMMITS):
        connection.execute("INSERT INTO measured VALUES (now())")
    spent = time.perf_counter() - start
    connection.execute("DROP TABLE measured")
    return COMMITS / spent


def measured(invoices: int, workers: int, folder: Path) -> None:
    """One batch into an empty journal; its lines are printed."""
    server = postgresql.Server(durable=True)
    crowd = [sys.executable, str(Path(__file__).with_name("crowd.py")), str(invoices)]
    with subprocess.Popen(crowd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as services:
        try:
            config = folder / "pdp-bridge.toml"
            config.write_text(demo.settings_text(), "utf-8")
            environ = {
                **json.loads(services.stdout.readline()),
                "PDP_BRIDGE_CONFIG": str(config),
                "PDP_BRIDGE_DATA": str(folder),
                "PDP_BRIDGE_DATABASE_URL": server.url,
            }
            settings = load(environ=environ)
            with psycopg.connect(libpq_url(server.url), autocommit=True) as connection:
                disk = commits_a_second(connection)
                with Bridge(settings) as bridge:
                    bridge.journal.cursor()  # the tables are made
                before, most = counted(connection), Connections(libpq_url(server.url))
                most.start()
                start = time.perf_counter()
                for _ in range(2 if workers else 1):  # several steps at once: what the pull brings is for the second
                    work([settings], Stop(), pace=Pace(drained=True), workers=workers)
                spent = time.perf_counter() - start
                most.over.set()
                most.join()
                sent = counted(connection)
                with Bridge(settings) as bridge:
                    statuses = bridge.sync().new_events
                after = counted(connection)
        finally:
            deposits = json.loads(services.communicate("")[0].splitlines()[-1])["deposits"]
            server.stop()
    each = sent.transactions - before.transactions - most.looks
    print(f"\n{workers} drawing processes, {deposits} deposits, {statuses} statuses")
    print(f"  transactions an invoice, sending: {each / deposits:.1f}")
    print(f"  transactions a second meanwhile: {each / spent:.0f}; one session alone on this disk: {disk:.0f}")
    print(f"  journal, bytes an invoice: {(sent.journal - before.journal) / deposits:.0f}")
    print(f"  journal, bytes a status more: {(after.journal - sent.journal) / max(1, statuses):.0f}")
    print(f"  written ahead, bytes an invoice: {(sent.log - before.log) / deposits:.0f}")
    print(f"  queue, bytes in the end: {after.queue}")
    print(f"  connections at most: {most.most}")


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=300)
    parser.add_argument("--workers", type=int, nargs="*", default=[0, 2])
    wanted = parser.parse_args()
    for workers in wanted.workers:
        with tempfile.TemporaryDirectory() as folder:
            measured(wanted.invoices, workers, Path(folder))


if __name__ == "__main__":
    main()
