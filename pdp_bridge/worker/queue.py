"""The queue: Procrastinate's tables beside the journal's. Whatever is in it can be taken away.

A job of an invoice has the invoice's source id as lock (one step at a time) and as queueing lock (one job waiting).
Jobs are inserted by one statement of ours where they must fit into a transaction of the journal or be skipped when they
are there, which Procrastinate's own functions refuse with an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from procrastinate.schema import SchemaManager

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

STEP = "step"
"""Name of the task that brings one invoice a step further."""

_ENQUEUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
SELECT %(queue)s::text, %(task)s::text, %(queue)s::text || '/' || id, %(queue)s::text || '/' || id,
    jsonb_build_object('source_id', id)
FROM unnest(%(ids)s::text[]) AS id
WHERE NOT EXISTS (
    SELECT FROM procrastinate_jobs there
    WHERE there.status = 'doing' AND there.lock = %(queue)s::text || '/' || id AND NOT %(behind)s::boolean
)
ON CONFLICT DO NOTHING
"""
_ONCE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
VALUES (%(queue)s::text, %(task)s::text, %(priority)s, %(queue)s::text || '/' || %(task)s::text, '{}')
ON CONFLICT DO NOTHING
"""
_COUNT = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %(queue)s::text AND status = 'todo'"
_MARK = (
    "SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class') AS mark, to_regclass('procrastinate_jobs')"
)
_DROP = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\\_%%'
    LOOP EXECUTE format('DROP TABLE IF EXISTS %%I CASCADE', found.name); END LOOP;
    FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = current_schema() AND p.proname LIKE 'procrastinate\\_%%'
    LOOP EXECUTE format('DROP FUNCTION IF EXISTS %%s CASCADE', found.name); END LOOP;
    FOR found IN SELECT t.typname AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = current_schema() AND t.typname LIKE 'procrastinate\\_%%'
    LOOP EXECUTE format('DROP TYPE IF EXISTS %%I CASCADE', found.name); END LOOP;
END $$
"""


def name_of(firm: str) -> str:
    """The queue of one company."""
    return f"firm-{firm}"


def prepare(connection: Connection[TupleRow]) -> None:
    """Tables of the Procrastinate that is installed; those of another version are made anew, empty.

    What the jobs were for, the journal knows. Nobody else does the same meanwhile.
    """
    mark = f"pdp_bridge: procrastinate {version('procrastinate')}"
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '/pdp_bridge queue'))")
        found = connection.execute(_MARK).fetchone()
        if found is not None and found[0] == mark:
            return
        connection.execute(_DROP.replace("%%", "%"))
        connection.execute(SchemaManager.get_schema().encode())
        connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{mark}'".encode())


def enqueue(connection: Connection[TupleRow], queue: str, source_ids: Sequence[str], *, behind: bool = False) -> int:
    """A job for each invoice that has none waiting, in the caller's transaction; how many.

    `behind`: also for those that are being worked on, to follow: what there is to do may be newer than that step.
    """
    values = {"queue": queue, "task": STEP, "ids": list(source_ids), "behind": behind}
    return connection.execute(_ENQUEUE, values).rowcount


def once(connection: Connection[TupleRow], queue: str, task: str, priority: int) -> None:
    """A job of that task, unless one is waiting."""
    connection.execute(_ONCE, {"queue": queue, "task": task, "priority": priority})


def waiting(connection: Connection[TupleRow], queue: str) -> int:
    """Jobs that wait."""
    found = connection.execute(_COUNT, {"queue": queue}).fetchone()
    return 0 if found is None else int(found[0])
