"""A source, a platform and a journal in memory, for our tests and for those who build on pdp_bridge.

They keep the contracts of `ports.py` (one suite runs on them and on the real ones) and do what a test tells them to.

>>> from datetime import UTC, datetime, timedelta
>>> from pdp_bridge.model.document import Document, MediaType
>>> from pdp_bridge.model.pulled import Reference, Snapshot
>>> from pdp_bridge.model.report import Report
>>> from pdp_bridge.ports import Lease
>>> now = datetime(2026, 9, 1, 8, tzinfo=UTC)
>>> journal = MemoryJournal(clock=lambda: now)
>>> platform = MemoryPlatform(clock=lambda: now)
>>> reference = Reference(source_id="1", number="FA-1", version="v1")
>>> journal.pulled([Snapshot(reference=reference, payload={})], [])
1
>>> document = Document(content=b"%PDF", xml=b"", media_type=MediaType.FACTUR_X)
>>> report = Report(layers=(), required=(), sha256=document.sha256)
>>> journal.sending(reference, document, report, Lease(at=now, until=now + timedelta(seconds=60)))
True
>>> journal.sent("1", platform.send(document))
>>> journal.received(platform.new_events())
2
>>> journal.entry("FA-1").summary.technical_status
<Outcome.VALIDATED: 'validated'>
"""

from pdp_bridge.testing.journal import MemoryJournal
from pdp_bridge.testing.platform import Answer, Deposit, MemoryPlatform
from pdp_bridge.testing.source import MemorySource

__all__ = ["Answer", "Deposit", "MemoryJournal", "MemoryPlatform", "MemorySource"]
