"""Which invoices are looked at for notices: all that raise one, and none of a batch that is on its way as it should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.notice import Thresholds
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.notices.due import due
from pdp_bridge.ports import Lease
from pdp_bridge.testing import sample_document, sample_invoice, sample_report, sample_snapshot

SENT = datetime(2026, 9, 1, 8, tzinfo=UTC)
CODES = (None, "SUBMITTED", "ISSUED", "RECEIVED", "MADE_AVAILABLE", "APPROVED", "REFUSED", "REJECTED", "UNACCEPTABLE")
LATER = [timedelta(hours=1), timedelta(hours=25), timedelta(days=4), timedelta(days=40)]


@pytest.fixture
def journal(journal_url):
    """One invoice for each status, once as it was sent and once changed at the source since."""
    with SqlJournal(journal_url, clock=lambda: SENT) as opened:
        for place, code in enumerate([*CODES, *CODES]):
            shot = sample_snapshot(str(place), f"FA-{place}")
            opened.pulled([shot], [])
            document = sample_document(sample_invoice(shot.reference.number))
            lease = Lease(at=SENT, until=SENT + timedelta(minutes=1))
            assert opened.sending(shot.reference, document, sample_report(document), lease)
            opened.sent(str(place), f"p-{place}")
            if code is not None:
                event = StatusEvent(status_id=f"s-{place}", submission_id=f"p-{place}", code=code, at=SENT)
                opened.received([event])
            if place >= len(CODES):
                opened.pulled([sample_snapshot(str(place), f"FA-{place}", hours=3)], [])
        yield opened


@pytest.mark.parametrize("later", LATER, ids=str)
def test_what_is_not_looked_at_raises_nothing(journal, later):
    memory, now, thresholds = journal.notices(), SENT + later, Thresholds()
    there = memory.circumstances()
    looked_at = list(memory.concerned(thresholds, now))
    assert due(looked_at, now, thresholds, there) == due(list(journal.entries()), now, thresholds, there)


def test_what_is_on_its_way_is_not_looked_at(journal):
    looked_at = journal.notices().concerned(Thresholds(), SENT + timedelta(hours=1))
    codes = [CODES[int(entry.source_id)] for entry in looked_at if int(entry.source_id) < len(CODES)]
    assert codes == ["REFUSED", "REJECTED", "UNACCEPTABLE"]


def test_the_first_that_waits_is_known(journal):
    assert journal.notices().circumstances().waiting_since == SENT
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE invoice SET final = (1 = 1)")
    assert journal.notices().circumstances().waiting_since is None
