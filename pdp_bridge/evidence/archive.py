"""A proof as a zip, the same bytes for the same files, and what speaks against one that somebody hands over."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pdp_bridge.evidence.bundle import SUMS, File
from pdp_bridge.model.status import StatusEvent, shown
from pdp_bridge.ports import Reopen

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the zip."""

MOST_FILES, MOST_BYTES, MOST_LISTED = 20_000, 500_000_000, 8_000_000
"""What is read of a proof made by somebody else: files, bytes of them all, bytes of the zip's own list of files."""

PIECE = 65_536
"""Bytes that are unpacked at a time: a file is not believed about its size."""

_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Ours, and that of somebody who packed the files again: the two that can be unpacked piece by piece."""

_END, _END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x07"
"""APPNOTE.TXT 6.3.10, 4.3.16 and 4.3.15: what a zip ends with, and what stands before it in one beyond 4 GB."""

_LINE = re.compile(r"([0-9a-f]{64})  (\S[^\r\n]*)")
_RECORD = re.compile(r"status/\d+\.json")


class Flaw(StrEnum):
    """What can be wrong with a proof; the value says it in English, `name` and `other` being of the fault."""

    TOO_LARGE = "it is larger than any proof"
    NO_ZIP = "it is not a zip that can be read ({name})"
    LATE_START = "it is not a zip that can be read (a file of it lies before its beginning)"
    TWICE = "it holds two files of one name"
    PACKING = "it is packed as no proof is"
    CONTENT = "a file is not what a proof holds ({name})"
    LINE = "{name} holds a line that is none: {other}"
    MISSING = "{name} is missing"
    CHANGED = "{name} is not what was recorded"
    UNLISTED = "{name} is not in {other}"
    OTHER_RECORD = "{name} holds record {other}"
    OUT_OF_CHAIN = "{name} does not follow the record before it"
    OTHER_DOCUMENT = "{name} is not the document of that SHA-256"
    OTHER_XML = "{name} is not the XML inside the PDF"
    STRANGER = "{name} speaks of a deposit that is not this invoice's"
    OTHER_STATUS = "{name} does not say what the records say"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that speaks against a proof; `str` says it in English."""

    flaw: Flaw
    name: str = ""
    other: str = ""

    def __str__(self) -> str:
        return self.said(self.flaw.value)

    def said(self, template: str) -> str:
        """The same in the words of a template."""
        return template.format(name=self.name, other=self.other)


def zipped(files: Iterable[File]) -> bytes:
    """Stored, not compressed: no version of any library changes a byte."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(files, key=lambda each: each.path):
            entry = zipfile.ZipInfo(file.path, EARLIEST)
            entry.create_system = 3  # Unix, so that the rights below are understood
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, file.content)
    return target.getvalue()


def faults(path: Path, reopen: Reopen) -> list[Fault]:
    """What speaks against a proof; nothing when all of it holds. Raises `OSError`."""
    if path.stat().st_size > 2 * MOST_BYTES or _listed(path) > MOST_LISTED:
        return [Fault(Flaw.TOO_LARGE)]
    try:
        with zipfile.ZipFile(path) as archive:
            contents, found = _contents(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as problem:
        return [Fault(Flaw.NO_ZIP, type(problem).__name__)]
    except OSError as problem:
        if problem.errno != errno.EINVAL:
            raise
        return [Fault(Flaw.LATE_START)]
    if found:
        return found
    found = list(_hashes(contents))
    try:
        return [*found, *_records(contents), *_documents(contents, reopen), *_statuses(contents)]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        return [*found, Fault(Flaw.CONTENT, type(problem).__name__)]


def _listed(path: Path) -> int:
    """How many bytes the zip's list of files has, which `zipfile` reads whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 70_000))
        tail = file.read()
    place = tail.rfind(_END)
    if place >= 0 and tail[max(0, place - 20) :].startswith(_END_OF_LARGE):
        return MOST_LISTED + 1
    return int.from_bytes(tail[place + 12 : place + 16], "little") if place >= 0 else 0


def _contents(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], list[Fault]]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        return {}, [Fault(Flaw.TOO_LARGE)]
    if len(set(names)) < len(names):
        return {}, [Fault(Flaw.TWICE)]
    if any(entry.compress_type not in _PACKINGS for entry in entries):
        return {}, [Fault(Flaw.PACKING)]
    return {entry.filename: _unpacked(archive, entry) for entry in entries}, []


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """No more than the zip says that it has."""
    with archive.open(entry) as file:
        return b"".join(iter(lambda: file.read(PIECE), b""))


def _hashes(contents: Mapping[str, bytes]) -> Iterator[Fault]:
    """As `sha256sum -c` does, and that no file is left out."""
    listed: set[str] = set()
    for line in contents.get(SUMS, b"").decode("utf-8", "replace").splitlines():
        read = _LINE.fullmatch(line)
        if read is None:
            yield Fault(Flaw.LINE, SUMS, repr(line[:80]))
            continue
        listed.add(read[2])
        if read[2] not in contents:
            yield Fault(Flaw.MISSING, read[2])
        elif hashlib.sha256(contents[read[2]]).hexdigest() != read[1]:
            yield Fault(Flaw.CHANGED, read[2])
    for name in sorted(contents.keys() - listed - {SUMS}):
        yield Fault(Flaw.UNLISTED, name, SUMS)


def _records(contents: Mapping[str, bytes]) -> Iterator[Fault]:
    """Records that follow each other in the journal hold together."""
    last, previous = None, ""
    for name in _record_names(contents):
        record = json.loads(contents[name])
        if f"status/{record['seq']:08}.json" != name:
            yield Fault(Flaw.OTHER_RECORD, name, str(record["seq"]))
        follows = last is not None and record["seq"] == last + 1
        if (follows and record["previous"] != previous) or (record["seq"] == 1 and record["previous"]):
            yield Fault(Flaw.OUT_OF_CHAIN, name)
        last, previous = record["seq"], hashlib.sha256(contents[name]).hexdigest()


def _documents(contents: Mapping[str, bytes], reopen: Reopen) -> Iterator[Fault]:
    """Each is named by its hash, and holds the XML that lies beside it."""
    for name, content in sorted(contents.items()):
        stem, _, suffix = name.removeprefix("documents/").partition(".")
        if not name.startswith("documents/") or suffix != "pdf":
            continue
        if hashlib.sha256(content).hexdigest() != stem:
            yield Fault(Flaw.OTHER_DOCUMENT, name)
        elif reopen(content).xml != contents.get(f"documents/{stem}.xml", b""):
            yield Fault(Flaw.OTHER_XML, f"documents/{stem}.xml")


def _statuses(contents: Mapping[str, bytes]) -> Iterator[Fault]:
    """What is shown of the invoice is what its records say."""
    invoice = json.loads(contents["invoice.json"])
    deposits = [row["submission_id"] for row in json.loads(contents["documents/index.json"])["deposits"]]
    if not deposits:
        return
    events: dict[str, list[StatusEvent]] = {submission_id: [] for submission_id in deposits}
    for name in _record_names(contents):
        record = json.loads(contents[name])
        if record["submission_id"] not in events:
            yield Fault(Flaw.STRANGER, name)
            continue
        events[record["submission_id"]].append(_event(record))
    submission_id, summary = shown([(each, events[each]) for each in deposits])
    told = (invoice["submission_id"], invoice["technical_status"], invoice["lifecycle_status"])
    if told != (submission_id, summary.technical_status.value, summary.lifecycle_status):
        yield Fault(Flaw.OTHER_STATUS, "invoice.json")


def _event(record: Mapping[str, object]) -> StatusEvent:
    def text(name: str) -> str | None:
        return None if record[name] is None else str(record[name])

    return StatusEvent(
        status_id=str(record["status_id"]),
        submission_id=str(record["submission_id"]),
        code=str(record["code"]),
        at=datetime.fromisoformat(str(record["at"])),
        number=text("number"),
        destination=text("destination"),
        reason=text("reason"),
        message=text("message"),
    )


def _record_names(contents: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name in contents if _RECORD.fullmatch(name))
