"""What the journal keeps for those who look back: attempts, transitions, and no secret."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.errors import OutcomeUnknown, PlatformUnavailable
from pdp_bridge.journal.redaction import LONGEST, redacted
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.journal.tables import Instant
from pdp_bridge.model.report import Finding, Layer, Report, Severity
from pdp_bridge.ports import Lease, State
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
SNAPSHOT = sample_snapshot("1", "FA-1")
DOCUMENT = sample_document(sample_invoice("FA-1"))
SECRET = "s3cr3t-of-the-account"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path):
    with SqlJournal(f"sqlite:///{path}", clock=lambda: NOW) as opened:
        opened.pulled([SNAPSHOT], [])
        yield opened


def claim(journal) -> bool:
    lease = Lease(at=NOW, until=NOW + timedelta(seconds=60))
    return journal.sending(SNAPSHOT.reference, DOCUMENT, sample_report(DOCUMENT), lease)


def test_each_sending_is_a_row(journal):
    assert claim(journal)
    down = PlatformUnavailable("the platform is down", code="DOWN", status=503, request_id="r-1")
    journal.failed("1", down, retry_at=NOW)
    assert claim(journal)
    journal.still_unknown("1", OutcomeUnknown("no answer", code="TIMEOUT"))
    journal.not_sent("1", resend=True)
    assert claim(journal)
    assert journal.attempts("1")[-1].outcome is None
    journal.sent("1", "p-1")
    attempts = journal.attempts("1")
    assert [(each.number, each.outcome, each.code) for each in attempts] == [
        (1, "failed", "DOWN"),
        (2, "unknown", "TIMEOUT"),
        (3, "sent", None),
    ]
    assert (attempts[0].http_status, attempts[0].request_id, attempts[0].detail) == (503, "r-1", "the platform is down")
    assert {each.sha256 for each in attempts} == {DOCUMENT.sha256}


def test_each_change_of_state_is_a_row(journal):
    journal.held("1", "dated tomorrow", NOW + timedelta(days=1))
    journal.held("1", "dated tomorrow", NOW + timedelta(days=1))
    claim(journal)
    journal.sent("1", "p-1")
    steps = [(each.before, each.after, each.detail) for each in journal.transitions("1")]
    assert steps == [
        (None, State.PULLED, None),
        (State.PULLED, State.HELD, "dated tomorrow"),
        (State.HELD, State.SENDING, f"attempt 1, document {DOCUMENT.sha256[:12]}"),
        (State.SENDING, State.SENT, "deposited as p-1"),
    ]


def test_the_same_refusal_every_day_is_kept_once(journal, path):
    finding = Finding(rule="BR-FR-05", severity=Severity.ERROR, message="no", message_fr="non")
    report = Report(layers=(Layer.judged("french", "1", (finding,)),), required=("french",), sha256="")
    for _ in range(3):
        journal.refused("1", report, DOCUMENT)
    connection = sqlite3.connect(path)
    counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("report", "document")]  # noqa: S608
    connection.close()
    assert counts == [1, 1]
    assert len(journal.transitions("1")) == 2


def test_no_secret_reaches_the_file(journal, path):
    claim(journal)
    journal.failed("1", PlatformUnavailable(f"Authorization: Bearer {SECRET}", code="DOWN"), retry_at=NOW)
    claim(journal)
    journal.still_unknown("1", OutcomeUnknown(f"client_secret={SECRET}&x=1", code="LOST"))
    journal.not_sent("1", resend=False)
    journal.held("1", f"https://me:{SECRET}@host/ said no", None)
    journal.failed("1", ValueError(f'{{"api_key": "{SECRET}"}}'), retry_at=None)
    journal.close()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert SECRET.encode() not in content


@given(st.text(), st.sampled_from(["Bearer ", "basic  ", "client_secret=", '"access_token": "', "password: "]))
def test_redacted_text_is_short_and_clean(text, prefix):
    result = redacted(f"{text} {prefix}{SECRET} {text}")
    assert len(result) <= LONGEST
    assert SECRET not in result


def test_instants_need_a_time_zone():
    with pytest.raises(ValueError, match="no time zone"):
        Instant().process_bind_param(datetime(2026, 9, 1), None)  # noqa: DTZ001


def test_other_time_zones_are_the_same_instant(journal):
    paris = datetime.fromisoformat("2026-09-01T12:00:00+02:00")
    journal.held("1", "later", paris)
    assert journal.entry("1").next_action_at == paris
    assert list(journal.due(paris - timedelta(seconds=1))) == []
    assert len(list(journal.due(paris))) == 1
