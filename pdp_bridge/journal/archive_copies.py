"""Archive files beside the copies of a journal: copied once, for they never change, and put back where they lack."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pdp_bridge.durable import give_name, unnamed
from pdp_bridge.errors import JournalError
from pdp_bridge.journal.archived import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """A file that a journal names."""

    name: str
    size: int  # bytes
    sha256: str


def carried(files: Sequence[ArchiveFile], source: Path, target: Path) -> tuple[str, ...]:
    """Copy what the folder `target` lacks of these files; returns the names of those that are whole in neither.

    Raises `JournalError` when a file cannot be written.
    """
    missing = []
    for file in files:
        there, here = target / file.name, source / file.name
        if _has_size(there, file):
            continue
        if not _has_size(here, file):
            missing.append(file.name)
            continue
        try:
            if not _copied(file, here, there):
                missing.append(file.name)
        except OSError as error:
            raise JournalError(
                f"The archive file {here} cannot be copied to {there} ({error.strerror}): nothing was changed."
            ) from error
    return tuple(missing)


def _has_size(path: Path, file: ArchiveFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size


def _copied(file: ArchiveFile, here: Path, there: Path) -> bool:
    """False when the bytes are not those that were written once."""
    there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with unnamed(there) as temporary:
        shutil.copyfile(here, temporary)
        if digest(temporary) != file.sha256:
            return False
        temporary.chmod(0o400)
        give_name(temporary, there)
    return True
