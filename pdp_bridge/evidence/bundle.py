"""The files of a proof, from the rows of the journal: the same journal gives the same files.

`SHA256SUMS` says of a status record the hash that the chain holds, and of a document the hash it is known by, not one
worked out now: what was changed since is found by whoever runs `sha256sum -c`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from pdp_bridge.evidence.explanations import ENGLISH, FRENCH
from pdp_bridge.journal.chain import record_text
from pdp_bridge.validation.rulesets import RulesUnavailable, packs

if TYPE_CHECKING:
    from pdp_bridge.journal.dossier import Dossier, Row, Rows
    from pdp_bridge.ports import Reopen

SUMS = "SHA256SUMS"
_SUFFIX = {"application/pdf": "pdf", "application/xml": "xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a proof. `sha256` is what its content must have, by what was recorded."""

    path: str
    content: bytes
    sha256: str


def files(dossier: Dossier, reopen: Reopen) -> list[File]:
    """Every file of the proof, by path, its list of hashes last."""
    company = None if dossier.company is None else _plain(dossier.company)
    made = sorted(
        [
            _own("LISEZMOI.txt", FRENCH.encode()),
            _own("README.txt", ENGLISH.encode()),
            _json("invoice.json", {**_plain(dossier.invoice), "company": company}),
            *_source(dossier),
            *_documents(dossier, reopen),
            *_reports(dossier.reports),
            *(
                _json(f"exchanges/{place:04}.json", _unfolded(row, "detail"))
                for place, row in _numbered(dossier.exchanges)
            ),
            _json("attempts.json", [_plain(row) for row in dossier.attempts]),
            _json("transitions.json", [_plain(row) for row in dossier.transitions]),
            *(_status(row) for row in dossier.events),
        ],
        key=lambda file: file.path,
    )
    sums = "".join(f"{file.sha256}  {file.path}\n" for file in made)
    return [*made, _own(SUMS, sums.encode())]


def _source(dossier: Dossier) -> Iterable[File]:
    index = []
    for place, row in _numbered(dossier.snapshots):
        path = f"source/{place:04}.json"
        index.append(
            {"file": path, **_plain({name: row[name] for name in ("version", "number", "issue_date", "seen_at")})}
        )
        yield _json(path, json.loads(row["payload"]))
    of_ours, latest = dossier.invoice["version"], dossier.invoice["latest_version"]
    yield _json("source/index.json", {"worked_on": of_ours, "shown_last": latest, "versions": index})


def _documents(dossier: Dossier, reopen: Reopen) -> Iterable[File]:
    index = []
    for row in dossier.documents:
        name = f"documents/{row['sha256']}"
        path = f"{name}.{_SUFFIX.get(row['media_type'], 'bin')}"
        yield File(path=path, content=row["content"], sha256=row["sha256"])
        xml = reopen(row["content"]).xml
        if xml and xml != row["content"]:
            yield _own(f"{name}.xml", xml)
        deposits = [each["submission_id"] for each in dossier.submissions if each["sha256"] == row["sha256"]]
        index.append({"file": path, **_plain({"made_at": row["made_at"]}), "deposited_as": deposits})
    known = [_plain(row) for row in dossier.submissions]
    yield _json("documents/index.json", {"documents": index, "deposits": known})


def _reports(rows: Rows) -> Iterable[File]:
    names: set[str] = set()
    for place, row in _numbered(rows):
        report = json.loads(row["payload"])
        names.update(layer["rule_set"] for layer in report["layers"])
        yield _json(f"reports/{place:04}.json", {"at": _value(row["at"]), **report})
    yield _json("reports/rule-packs.json", _packs(names))


def _packs(names: set[str]) -> object:
    """The official rule sets that the reports name, with the SHA-256 of their files, as they are known here."""
    try:
        known = {rules.id: (name, rules) for name, pack in packs().items() for rules in pack.sets}
    except RulesUnavailable as problem:
        return {"unknown": sorted(names), "problem": str(problem)}
    return {
        "rule_sets": [
            {
                "id": rules.id,
                "pack": pack,
                "origin": rules.origin,
                "valid_from": rules.valid_from.isoformat(),
                "files": {path.name: digest for path, digest in rules.files},
            }
            for name in sorted(names & known.keys())
            for pack, rules in [known[name]]
        ],
        "without_files": sorted(names - known.keys()),  # rules of pdp_bridge itself, or an edition not installed now
    }


def _status(row: Row) -> File:
    """The very text whose hash the chain holds."""
    content = record_text(row).encode("utf-8", "backslashreplace")
    return File(path=f"status/{row['seq']:08}.json", content=content, sha256=str(row["hash"]))


# -- JSON ------------------------------------------------------------------------------------------------------------


def _numbered(rows: Rows) -> Iterable[tuple[int, Row]]:
    return enumerate(rows, start=1)


def _unfolded(row: Row, name: str) -> dict[str, object]:
    return {**_plain(row), name: json.loads(str(row[name]))}


def _plain(row: Row) -> dict[str, object]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _json(path: str, value: object) -> File:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return _own(path, text.encode("utf-8", "backslashreplace"))


def _own(path: str, content: bytes) -> File:
    return File(path=path, content=content, sha256=hashlib.sha256(content).hexdigest())
