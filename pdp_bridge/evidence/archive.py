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
from datetime import datetime
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


def faults(path: Path, reopen: Reopen) -> list[str]:
    """What speaks against a proof, in plain words; nothing when all of it holds. Raises `OSError`."""
    if path.stat().st_size > 2 * MOST_BYTES or _listed(path) > MOST_LISTED:
        return ["it is larger than any proof"]
    try:
        with zipfile.ZipFile(path) as archive:
            contents, found = _contents(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as problem:
        return [f"it is not a zip that can be read ({type(problem).__name__})"]
    except OSError as problem:
        if problem.errno != errno.EINVAL:
            raise
        return ["it is not a zip that can be read (a file of it lies before its beginning)"]
    if found:
        return found
    found = list(_hashes(contents))
    try:
        return [*found, *_records(contents), *_documents(contents, reopen), *_statuses(contents)]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        return [*found, f"a file is not what a proof holds ({type(problem).__name__})"]


def _listed(path: Path) -> int:
    """How many bytes the zip's list of files has, which `zipfile` reads whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 70_000))
        tail = file.read()
    place = tail.rfind(_END)
    if place >= 0 and tail[max(0, place - 20) :].startswith(_END_OF_LARGE):
        return MOST_LISTED + 1
    return int.from_bytes(tail[place + 12 : place + 16], "little") if place >= 0 else 0


def _contents(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], list[str]]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        return {}, ["it is larger than any proof"]
    if len(set(names)) < len(names):
        return {}, ["it holds two files of one name"]
    if any(entry.compress_type not in _PACKINGS for entry in entries):
        return {}, ["it is packed as no proof is"]
    return {entry.filename: _unpacked(archive, entry) for entry in entries}, []


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """No more than the zip says that it has."""
    with archive.open(entry) as file:
        return b"".join(iter(lambda: file.read(PIECE), b""))


def _hashes(contents: Mapping[str, bytes]) -> Iterator[str]:
    """As `sha256sum -c` does, and that no file is left out."""
    listed: set[str] = set()
    for line in contents.get(SUMS, b"").decode("utf-8", "replace").splitlines():
        read = _LINE.fullmatch(line)
        if read is None:
            yield f"{SUMS} holds a line that is none: {line[:80]!r}"
            continue
        listed.add(read[2])
        if read[2] not in contents:
            yield f"{read[2]} is missing"
        elif hashlib.sha256(contents[read[2]]).hexdigest() != read[1]:
            yield f"{read[2]} is not what was recorded"
    for name in sorted(contents.keys() - listed - {SUMS}):
        yield f"{name} is not in {SUMS}"


def _records(contents: Mapping[str, bytes]) -> Iterator[str]:
    """Records that follow each other in the journal hold together."""
    last, previous = None, ""
    for name in _record_names(contents):
        record = json.loads(contents[name])
        if f"status/{record['seq']:08}.json" != name:
            yield f"{name} holds record {record['seq']}"
        follows = last is not None and record["seq"] == last + 1
        if (follows and record["previous"] != previous) or (record["seq"] == 1 and record["previous"]):
            yield f"{name} does not follow the record before it"
        last, previous = record["seq"], hashlib.sha256(contents[name]).hexdigest()


def _documents(contents: Mapping[str, bytes], reopen: Reopen) -> Iterator[str]:
    """Each is named by its hash, and holds the XML that lies beside it."""
    for name, content in sorted(contents.items()):
        stem, _, suffix = name.removeprefix("documents/").partition(".")
        if not name.startswith("documents/") or suffix != "pdf":
            continue
        if hashlib.sha256(content).hexdigest() != stem:
            yield f"{name} is not the document of that SHA-256"
        elif reopen(content).xml != contents.get(f"documents/{stem}.xml", b""):
            yield f"documents/{stem}.xml is not the XML inside the PDF"


def _statuses(contents: Mapping[str, bytes]) -> Iterator[str]:
    """What is shown of the invoice is what its records say."""
    invoice = json.loads(contents["invoice.json"])
    deposits = [row["submission_id"] for row in json.loads(contents["documents/index.json"])["deposits"]]
    if not deposits:
        return
    events: dict[str, list[StatusEvent]] = {submission_id: [] for submission_id in deposits}
    for name in _record_names(contents):
        record = json.loads(contents[name])
        if record["submission_id"] not in events:
            yield f"{name} speaks of a deposit that is not this invoice's"
            continue
        events[record["submission_id"]].append(_event(record))
    submission_id, summary = shown([(each, events[each]) for each in deposits])
    told = (invoice["submission_id"], invoice["technical_status"], invoice["lifecycle_status"])
    if told != (submission_id, summary.technical_status.value, summary.lifecycle_status):
        yield "invoice.json does not say what the records say"


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
