"""A line with its ends in memory, where a person decides and things go wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pdp_bridge import lifecycle, pipeline, sending
from pdp_bridge.decisions.adopting import adopt
from pdp_bridge.decisions.resending import agreed, resend
from pdp_bridge.testing import (
    MemoryJournal,
    MemoryPlatform,
    MemorySource,
    changed,
    sample_document,
    sample_invoice,
    sample_report,
)

SETTLE = 900


class World:
    """One source, one platform, one journal; time only moves when somebody waits."""

    def __init__(self, *numbers, journal=None):
        self.now = datetime(2026, 11, 2, 8, tzinfo=UTC)
        self.source = MemorySource([sample_invoice(number) for number in numbers])
        self.platform = MemoryPlatform(clock=self.clock)
        self.journal = journal or MemoryJournal(clock=self.clock)
        self.kept = {}
        self.judge = sample_report
        self.line = sending.Line(
            source=self.source,
            platform=self.platform,
            journal=self.journal,
            build=self.build,
            reopen=self.reopen,
            judge=self.judged,
            clock=self.clock,
            sleep=self.wait,
            timing=sending.Timing(settle_seconds=SETTLE),
        )

    def judged(self, document):
        return self.judge(document)

    def clock(self):
        return self.now

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    def build(self, invoice):
        document = sample_document(invoice)
        self.kept[document.content] = document
        return document

    def reopen(self, content):
        return self.kept.get(content) or next(
            each.document for each in self.platform.deposits if each.document.content == content
        )

    def run(self):
        return pipeline.run(self.line)

    def sync(self):
        return lifecycle.sync(
            self.platform, self.journal, clock=self.clock, reopen=self.reopen, history_interval_seconds=0
        )

    def edit(self, number="FA-1"):
        """The record of that number, changed at the source: more words each time."""
        entry = self.journal.entry(number)
        invoice = self.source.invoice(self.source.snapshot(entry.source_id))
        self.source.add(changed(invoice), entry.source_id)

    def entry(self, number="FA-1"):
        return self.journal.entry(number)

    def adopt(self, submission_id, number="FA-1", **how):
        return adopt(self.line, self.entry(number), submission_id, "ada", **how)

    def resend(self, number="FA-1", agree=agreed, **how):
        return resend(self.line, self.entry(number), "ada", agree, **how)

    @property
    def deposited(self):
        return [deposit.submission_id for deposit in self.platform.deposits]
