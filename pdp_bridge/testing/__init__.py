"""A source, a platform and a journal in memory, for our tests and for those who build on pdp_bridge.

They keep the contracts of `ports.py` (one suite runs on them and on the real ones) and do what a test tells them to.

>>> from datetime import UTC, datetime, timedelta
>>> from pdp_bridge.ports import Lease
>>> now = datetime(2026, 9, 1, 8, tzinfo=UTC)
>>> journal, platform = MemoryJournal(clock=lambda: now), MemoryPlatform(clock=lambda: now)
>>> snapshot, document = sample_snapshot("1", "FA-1"), sample_document(sample_invoice("FA-1"))
>>> journal.pulled([snapshot], [])
1
>>> lease = Lease(at=now, until=now + timedelta(seconds=60))
>>> journal.sending(snapshot.reference, document, sample_report(document), lease)
True
>>> journal.sent("1", platform.send(document))
>>> journal.received(platform.new_events())
2
>>> journal.entry("FA-1").summary.lifecycle_label
'Émise'
"""

from pdp_bridge.testing.journal import MemoryJournal
from pdp_bridge.testing.platform import Answer, Deposit, MemoryPlatform
from pdp_bridge.testing.samples import changed, sample_document, sample_invoice, sample_report, sample_snapshot
from pdp_bridge.testing.source import MemorySource

__all__ = [
    "Answer",
    "Deposit",
    "MemoryJournal",
    "MemoryPlatform",
    "MemorySource",
    "changed",
    "sample_document",
    "sample_invoice",
    "sample_report",
    "sample_snapshot",
]
