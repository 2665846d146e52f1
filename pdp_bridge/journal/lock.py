"""One working process per data folder: a lock of the operating system, which dies with its holder."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from pdp_bridge.errors import Busy, JournalError


class Lock:
    """Held by one process at a time; released by `release`, by `with`, and by the end of the process, however it ends.

        with Lock(data / "run.lock").acquire(wait_seconds=5):
            …

    The folder is created, readable by its owner only. Beside the lock lies a `.pid` file that names the holder, for
    the message of those who wait; nothing depends on it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Not a singleton and not re-entrant across instances: two runs in one process exclude each other too.
        self._lock = FileLock(path, mode=0o600, is_singleton=False)

    def acquire(self, wait_seconds: float = 0.0) -> Self:
        """Take the lock, waiting at most so long. Raises `Busy`, or `JournalError` when the folder is not writable."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire(timeout=wait_seconds, poll_interval=0.05)
            self._pid_file.touch(mode=0o600)
            self._pid_file.write_text(str(os.getpid()), encoding="ascii")
        except Timeout as error:
            raise Busy(self._who()) from error
        except OSError as error:
            self.release()
            raise JournalError(
                f"The lock {self.path} cannot be taken: {error.strerror}. Make the folder writable by this user, or "
                "set another data folder (PDP_BRIDGE_DATA)."
            ) from error
        return self

    def release(self) -> None:
        """Let the next one in; harmless when the lock is not held."""
        if self._lock.is_locked:
            self._pid_file.unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> Self:
        return self if self._lock.is_locked else self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @property
    def _pid_file(self) -> Path:
        return self.path.with_suffix(".pid")

    def _who(self) -> str:
        try:
            holder = f" (process {int(self._pid_file.read_text(encoding='ascii'))})"
        except (OSError, ValueError):
            holder = ""
        return (
            f"Another pdp_bridge{holder} is at work in {self.path.parent}. Nothing was done; wait until it has ended, "
            "then run the command again."
        )
