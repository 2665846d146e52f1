"""Files that are whole or absent, whenever the power goes: written under another name, synced, then named."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CANNOT = {errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP}
"""Folders that may not be opened, and file systems that sync none: the name is as durable there as it gets."""


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Readers see the old file or the new one, and after a crash one of them is there. Raises `OSError`.

    `mode`: the rights of the file, whatever the umask is.
    """
    with unnamed(path) as temporary:
        with temporary.open("wb") as file:
            file.write(content)
        temporary.chmod(mode)
        give_name(temporary, path)


@contextmanager
def unnamed(target: Path) -> Iterator[Path]:
    """An empty file beside the target, for its owner only; at the end of the block it is gone unless it was named."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def give_name(temporary: Path, target: Path) -> None:
    """Name a file of the same folder: its bytes are on the disk before, and its name when this returns.

    Raises `OSError`; until the bytes are on the disk the target is what it was.
    """
    _sync(temporary)
    temporary.replace(target)
    sync_names(target.parent)


def sync_names(folder: Path) -> None:
    """The names in a folder are on the disk, where its file system can say so. Raises `OSError` of a broken disk."""
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
