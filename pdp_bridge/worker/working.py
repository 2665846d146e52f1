"""The loop of one worker process: Procrastinate's worker, its tasks, its rhythm, and a clean end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status

from pdp_bridge.clock import utc_now
from pdp_bridge.composition import Composition
from pdp_bridge.errors import ConfigError, JournalError
from pdp_bridge.journal.database import libpq_url
from pdp_bridge.schedule import Stop, Turn
from pdp_bridge.settings import Settings
from pdp_bridge.worker import queue
from pdp_bridge.worker.steps import Steps

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

_log = logging.getLogger("pdp_bridge.worker")

DEPOSITS_AT_ONCE = 4
"""Steps under way besides those that wait for a drawing process, so that none waits for the answer to another."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often, in seconds. `drained`: end when nothing waits any more, instead of waiting for more."""

    every_seconds: int = 900  # pull and sync
    sweep_seconds: int = 30
    heartbeat_seconds: float = 10.0
    stalled_seconds: float = 30.0  # without a heartbeat a worker is dead, and its jobs are taken away
    reconnect_seconds: float = 5.0
    drained: bool = False


def work(companies: Sequence[Settings], stop: Stop, *, pace: Pace, workers: int = 0) -> None:
    """Do what there is to do for these companies, beside other workers, until asked to stop.

    `workers`: processes that draw and check, with several invoices under way at once; 0: one invoice after the other.
    Raises `ConfigError`, `JournalError` when the journal cannot be opened in the beginning.
    """
    url = companies[0].database_url
    turn = Turn(stop)
    with ExitStack() as opened:
        crew: dict[str, Steps] = {}
        for settings in companies:
            parts = Composition(settings, clock=utc_now, sleep=turn.sleep, watch=turn.watch)
            opened.callback(parts.close)
            workshop = opened.enter_context(parts.workshop(workers)) if workers else None
            name = queue.name_of(str(settings.firm_id))
            jobs = _Jobs(url, name)
            parts.journal.enlist = jobs.enlist
            crew[name] = Steps(parts, jobs, make_each=workshop)
        hands = workers + DEPOSITS_AT_ONCE if workers else 1
        threads = opened.enter_context(ThreadPoolExecutor(max_workers=hands, thread_name_prefix="pdp-bridge"))
        asyncio.run(_Loop(url, crew, threads, hands, pace).until(stop))


class _Jobs:
    """The queue of one company, from a thread. Raises `JournalError` when the database does not answer."""

    def __init__(self, url: str, name: str) -> None:
        self._conninfo = libpq_url(url)
        self._name = name

    def add(self, source_ids: list[str]) -> int:
        """A job for each invoice that has none; how many."""
        return self._asked(lambda connection: queue.enqueue(connection, self._name, source_ids)) if source_ids else 0

    def waiting(self) -> int:
        """How many wait."""
        return self._asked(lambda connection: queue.waiting(connection, self._name))

    def enlist(self, connection: psycopg.Connection[TupleRow], source_ids: Sequence[str]) -> None:
        """Inside a transaction of the journal."""
        queue.enqueue(connection, self._name, source_ids, behind=True)

    def _asked(self, ask: Callable[[psycopg.Connection[TupleRow]], int]) -> int:
        try:
            with psycopg.connect(self._conninfo, autocommit=True) as connection:
                return ask(connection)
        except psycopg.Error as error:
            raise JournalError(f"The queue beside the journal cannot be used: {type(error).__name__}") from error


class _Loop:
    """Procrastinate's worker, started again whenever the database comes back."""

    def __init__(self, url: str, crew: dict[str, Steps], threads: ThreadPoolExecutor, hands: int, pace: Pace) -> None:
        self._conninfo = libpq_url(url)
        self._crew = crew
        self._threads = threads
        self._hands = hands
        self._pace = pace

    async def until(self, stop: Stop) -> None:
        """Until asked to stop, or until nothing waits when that is what is wanted. Steps in hand are ended first."""
        while not stop.asked:
            try:
                await self._once(stop)
            except (ConnectorException, psycopg.Error) as error:
                lost = error.__cause__ or error
                if not isinstance(lost, psycopg.OperationalError | psycopg.InterfaceError):
                    raise
                _log.warning("database lost: %s; tried again", type(lost).__name__)
            else:
                if self._pace.drained:
                    return
            await _pause(stop, self._pace.reconnect_seconds)

    async def _once(self, stop: Stop) -> None:
        await asyncio.to_thread(self._prepared)
        app = self._app()
        pace = self._pace
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=list(self._crew),
                    concurrency=self._hands,
                    wait=not pace.drained,
                    install_signal_handlers=False,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    fetch_job_polling_interval=pace.reconnect_seconds,
                    update_heartbeat_interval=pace.heartbeat_seconds,
                    stalled_worker_timeout=pace.stalled_seconds,
                )
            )
            watcher = asyncio.create_task(_pause(stop))
            await asyncio.wait({worker, watcher}, return_when=asyncio.FIRST_COMPLETED)
            watcher.cancel()
            worker.cancel()  # it ends what is in its hands first
            with suppress(asyncio.CancelledError):
                await worker

    def _prepared(self) -> None:
        try:
            for steps in self._crew.values():
                steps.reconnected()
        except JournalError as error:
            raise psycopg.OperationalError("the journal cannot be used") from error
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            queue.prepare(connection)
            for name in self._crew:  # what a worker that starts does first, unless it is waiting to be done
                for task, priority in _PRIORITY.items():
                    queue.once(connection, name, task, priority)

    # -- tasks -------------------------------------------------------------------------------------------------

    def _app(self) -> App:
        app = App(connector=PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=4, timeout=10.0))

        @app.task(name=queue.STEP, pass_context=True)
        async def step(context: JobContext, source_id: str) -> None:
            await self._in_thread(context, lambda steps: steps.step(source_id))

        @app.task(name="pull", pass_context=True)
        async def pull(context: JobContext, timestamp: int = 0) -> None:
            del timestamp
            await self._in_thread(context, Steps.pull)

        @app.task(name="sync", pass_context=True)
        async def sync(context: JobContext, timestamp: int = 0) -> None:
            del timestamp
            await self._in_thread(context, Steps.sync)

        @app.task(name="sweep", pass_context=True)
        async def sweep(context: JobContext, timestamp: int = 0) -> None:
            del timestamp
            await self._rescue(context)
            await self._in_thread(context, Steps.sweep)

        if not self._pace.drained:
            self._in_rhythm(app, "sweep", self._pace.sweep_seconds)
            self._in_rhythm(app, "pull", self._pace.every_seconds)
            self._in_rhythm(app, "sync", self._pace.every_seconds)
        return app

    def _in_rhythm(self, app: App, task: str, seconds: int) -> None:
        for name in self._crew:
            app.periodic_registry.register_task(
                task=app.tasks[task],
                cron=cron(seconds, name),
                periodic_id=name,
                configure_kwargs={
                    "queue": name,
                    "queueing_lock": f"{name}/{task}",
                    "priority": _PRIORITY[task],
                    # A sweep takes away what dead workers left, so a sweep that died must not be in its way.
                    **({} if task == "sweep" else {"lock": f"{name}/{task}"}),
                },
            )

    async def _in_thread(self, context: JobContext, act: Callable[[Steps], object]) -> None:
        """The job is over whatever happens: what is left to do, the journal knows."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, act, self._crew[context.job.queue])
        except JournalError as error:
            _log.warning("%s ended: %s", context.job.task_name, error)
        except Exception:  # noqa: BLE001 - one job must not end the worker; the log tells, the sweep takes it up again
            _log.exception("%s failed", context.job.task_name)

    async def _rescue(self, context: JobContext) -> None:
        """Jobs of workers that died are taken away; the sweep that follows makes those that are needed."""
        manager = context.app.job_manager
        stalled = await manager.get_stalled_jobs(
            queue=context.job.queue, seconds_since_heartbeat=self._pace.stalled_seconds
        )
        for job in stalled:
            with suppress(ConnectorException):  # another sweep was quicker
                await manager.finish_job(job, status=Status.FAILED, delete_job=True)


_PRIORITY = {"sweep": 20, "sync": 10, "pull": 10}


async def _pause(stop: Stop, seconds: float | None = None) -> None:
    """That long (None: for ever), or until asked to stop."""
    left = seconds
    while not stop.asked and (left is None or left > 0):
        await asyncio.sleep(0.25)
        left = None if left is None else left - 0.25


def cron(seconds: int, name: str) -> str:
    """So often, at a second that differs from company to company. Raises `ConfigError` for what divides no hour or day.

    >>> cron(30, "firm-1"), cron(900, "firm-1"), cron(7200, "firm-1")
    ('* * * * * */30', '*/15 * * * * 9', '0 */2 * * * 9')
    """
    phase = crc32(name.encode()) % MINUTE
    if seconds < MINUTE and MINUTE % seconds == 0:
        return f"* * * * * */{seconds}"
    if seconds % MINUTE == 0 and HOUR % seconds == 0:
        return f"*/{seconds // MINUTE} * * * * {phase}" if seconds < HOUR else f"0 * * * * {phase}"
    if seconds % HOUR == 0 and DAY % seconds == 0:
        return f"0 */{seconds // HOUR} * * * {phase}" if seconds < DAY else f"0 0 * * * {phase}"
    raise ConfigError("Workers share a rhythm that divides an hour or a day: write 5m, 15m, 30m, 1h, 6h …")
