"""A proof that somebody else made is read in bounded memory, writes no file, and ends in words, whatever it holds."""

from __future__ import annotations

import hashlib
import io
import json
import random
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hostile_zips import bomb, zip_of

from pdp_bridge import render
from pdp_bridge.document.assembly import opened
from pdp_bridge.errors import BridgeError
from pdp_bridge.evidence.archive import MOST_FILES, MOST_LISTED, faults
from pdp_bridge.evidence.bundle import SUMS
from pdp_bridge.testing import sample_invoice

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
import mutation

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def document():
    return opened(render(sample_invoice("FA-1")))


@pytest.fixture(scope="module")
def inside(document):
    """What a proof holds, in few files."""
    sha256 = document.sha256
    record = {
        "seq": 1,
        "previous": "",
        "status_id": "s-1",
        "submission_id": "p-1",
        "code": "SUBMITTED",
        "at": "2026-11-20T09:00:00+00:00",
        "number": None,
        "destination": None,
        "reason": None,
        "message": None,
    }
    invoice = {"submission_id": "p-1", "technical_status": "pending", "lifecycle_status": "SUBMITTED"}
    return {
        "invoice.json": json.dumps(invoice).encode(),
        "documents/index.json": json.dumps({"documents": [], "deposits": [{"submission_id": "p-1"}]}).encode(),
        f"documents/{sha256}.pdf": document.content,
        f"documents/{sha256}.xml": document.xml,
        "status/00000001.json": json.dumps(record).encode(),
    }


def packed(contents, method=zipfile.ZIP_STORED):
    """With its list of hashes, as a proof has."""
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items())
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in {**contents, SUMS: sums.encode()}.items():
            archive.writestr(name, content)
    return target.getvalue()


def judged(folder, content):
    path = folder / "x.zip"
    path.write_bytes(content)
    return [str(fault) for fault in faults(path, opened)]


def peak(act):
    """What it returns, and the most memory it held at once, in bytes."""
    tracemalloc.start()
    try:
        return act(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_proof_that_was_packed_again_is_sound(tmp_path, inside, method):
    assert judged(tmp_path, packed(inside, method)) == []


@pytest.mark.parametrize("said", [10, MEGABYTE])
def test_a_file_that_unpacks_to_more_than_it_says_is_not_unpacked_further(tmp_path, said):
    path = tmp_path / "x.zip"
    path.write_bytes(zip_of(b"invoice.json", bomb(100 * MEGABYTE), said))
    found, most = peak(lambda: [str(fault) for fault in faults(path, opened)])
    assert found
    assert most < 20 * MEGABYTE


def test_a_file_that_says_how_much_it_is_is_not_begun(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(zip_of(b"invoice.json", b"", 600 * MEGABYTE))
    assert peak(lambda: [str(fault) for fault in faults(path, opened)])[0] == ["it is larger than any proof"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_unpacks_all_at_once_is_not_tried(tmp_path, inside, method):
    assert judged(tmp_path, packed(inside, method)) == ["it is packed as no proof is"]


def test_a_list_of_files_without_end_is_not_read(tmp_path):
    assert judged(tmp_path, zip_of(b"a", b"", 0, listed=MOST_LISTED + 1)) == ["it is larger than any proof"]
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for place in range(MOST_FILES + 1):
            archive.writestr(f"{place}", b"")
    assert judged(tmp_path, many.getvalue()) == ["it is larger than any proof"]
    large = zip_of(b"a", b"", 0)
    locator = b"PK\x06\x07" + bytes(16)
    assert judged(tmp_path, large[:-22] + locator + large[-22:]) == ["it is larger than any proof"]


@pytest.mark.parametrize(
    "name", ["../out", "/etc/out", "..\\out", "C:\\out", "a/../../out", "\x1b[2Jout", "documents/../out"]
)
def test_no_name_leads_out_of_the_zip(tmp_path, inside, name):
    """Nothing is written at all; what no proof holds is told when no hash speaks for it."""
    before = sorted(tmp_path.rglob("*"))
    content = packed({**inside, name: b"x"})
    assert judged(tmp_path, content) == [], "listed with its hash: an attachment to the proof, which is not unpacked"
    unlisted = io.BytesIO(packed(inside))
    with zipfile.ZipFile(unlisted, "a") as archive:
        archive.writestr(name, b"x")
    assert any("is not in" in each for each in judged(tmp_path, unlisted.getvalue()))
    assert sorted(tmp_path.rglob("*")) == [*before, tmp_path / "x.zip"]


@pytest.mark.parametrize("name", ["invoice.json", "documents/index.json", "status/00000001.json"])
def test_json_that_no_proof_holds_ends_in_words(tmp_path, inside, name):
    chance = random.Random(f"proof {name}")  # noqa: S311 - repeatable on purpose
    for _ in range(60):
        changed = mutation.json_bytes(mutation.json_value(json.loads(inside[name]), chance))
        assert all(isinstance(each, str) for each in judged(tmp_path, packed({**inside, name: changed})))
    for text in (b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5_000, b'{"a":' * 2_000):
        assert judged(tmp_path, packed({**inside, name: text}))


def test_damaged_bytes_end_in_words_and_never_in_praise(tmp_path, inside):
    whole = packed(inside)
    chance = random.Random("proof bytes")  # noqa: S311 - repeatable on purpose
    for _ in range(400):
        damaged = mutation.spoiled(whole, chance)
        found = judged(tmp_path, damaged)
        assert found or read(damaged) == read(whole), "what nobody reads may differ: times, rights, bytes between files"


def read(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_truncation_ends_in_words(tmp_path, inside):
    whole = packed(inside)
    for length in [*range(0, len(whole), 997), *range(len(whole) - 60, len(whole))]:
        assert judged(tmp_path, whole[:length])


def test_a_pdf_that_cannot_be_opened_ends_in_words(tmp_path, inside, document):
    """Under its own hash, so that only its content speaks against it."""
    chance = random.Random("proof pdf")  # noqa: S311 - repeatable on purpose
    others = {name: content for name, content in inside.items() if not name.endswith((".pdf", ".xml"))}
    for _ in range(40):
        content = mutation.pdf(document.content, chance)
        name = f"documents/{hashlib.sha256(content).hexdigest()}"
        try:
            found = judged(tmp_path, packed({**others, f"{name}.pdf": content, f"{name}.xml": document.xml}))
        except BridgeError as error:  # the command line tells it as any other
            found = [str(error)]
        assert all(isinstance(each, str) for each in found)
