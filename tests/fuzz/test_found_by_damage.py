"""What damaged inputs broke once: each defect by itself, found again without a hundred thousand inputs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pdp_bridge.journal.redaction import redacted
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.settings import SettingsError, load
from pdp_bridge.soundness import DEEPEST, TooDeep, sound
from pdp_bridge.source.facturation_pro.answer import Pagination, Unreadable, decoded
from pdp_bridge.source.facturation_pro.companions import identity
from pdp_bridge.source.facturation_pro.selection import reference, version
from pdp_bridge.transmission.iopole import mapping

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HALF = "\ud800"


@pytest.fixture
def journal(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path}/journal.db", clock=lambda: NOW) as opened:
        yield opened


def test_half_a_character_in_a_record_is_pulled_and_kept(journal):
    invoice = decoded(
        b'{"id": 1, "full_invoice_ref": "A-\\ud800", "title": "\\u0000", "items": []}', "application/json"
    )
    named = reference(invoice, None)
    assert named.number == "A-\ufffd"
    assert journal.pulled([Snapshot(reference=named, payload={"invoice": invoice})], []) == 1
    assert journal.entry("A-\ufffd") is not None


def test_half_a_character_in_a_status_is_recorded(journal):
    body = mapping.body_of(b'{"invoiceId": "i", "statusId": "s\\udfff", "status": {"code": "\\ud800"}, "x": NaN}')
    (event,) = mapping.events(body, NOW)
    assert event.status_id == "s\ufffd"
    assert journal.received([event]) == 1
    assert journal.received([event]) == 0
    assert '"x": null' in journal.events("i")[0].payload


def test_a_name_typed_in_bytes_that_are_no_text_is_not_found(journal):
    assert journal.entry(HALF) is None
    assert redacted(f"no {HALF}") == "no \ufffd"


def test_a_record_whose_lines_are_no_list_stops_no_scan():
    versions = {version({"id": 1, "items": items}, None) for items in ("x", ["x"], [{"title": "x"}], {"a": 1}, 7, None)}
    assert len(versions) >= 5


def test_numbers_that_nothing_can_count_with():
    assert version({"id": 1, "total": "1e999999999"}, None) != version({"id": 1, "total": "sNaN"}, None)
    assert identity({"id": "9" * 5000}, "id") == 0
    assert mapping.token(200, b'{"access_token": "t", "expires_in": "%s"}' % (b"9" * 5000), {}).lifetime


def test_instants_at_the_ends_of_time():
    assert mapping.instant("0001-01-01T00:00:00+23:59") is None
    assert mapping.instant("9999-12-31T23:59:59-23:59") is None


def test_nesting_without_a_bottom():
    deep = b"[" * 900 + b"]" * 900
    with pytest.raises(Unreadable):
        decoded(deep, "application/json")
    assert mapping.body_of(deep) is None
    assert Pagination.read("[" * 50_000).last is None
    inner = [1]
    for _ in range(DEEPEST):
        inner = [inner]
    with pytest.raises(TooDeep):
        sound(inner)
    assert sound(inner[0]) == inner[0]


@pytest.mark.parametrize(
    "text",
    ["x = " + "9" * 5000, "x = " + "[" * 700 + "]" * 700, 'data = "~nobody-here/x"', 'data = "\\u0000"', "\x00"],
    ids=["digits", "nesting", "home", "NUL", "binary"],
)
def test_settings_that_nobody_can_read_are_told(tmp_path, text):
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        load(path, {"HOME": str(tmp_path)})


def test_a_variable_in_bytes_that_are_no_text_is_told(tmp_path):
    with pytest.raises(SettingsError):
        load(None, {"HOME": str(tmp_path), "FACTURATION_PRO_API_KEY_FILE": f"/x/{HALF}"})
