"""Whatever a person decides, whenever, and whatever goes wrong: never a second deposit of what may be an invoice.

Counted at the platform, which rejects every copy: a copy that arrived at all is a mistake of ours, except after a file
that was unacceptable.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from small_world import SETTLE, World

from pdp_bridge.errors import NotAllowed, PlatformError, SourceError
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.status import summary
from pdp_bridge.ports import State
from pdp_bridge.testing import Answer

NUMBERS = ("FA-1", "FA-2")
WRONG = (NotAllowed, PlatformError, SourceError)


class Decisions(RuleBasedStateMachine):
    """Runs, losses, verdicts, edits and a person's acts, in any order, on the real journal."""

    @initialize()
    def start(self):
        self.folder = TemporaryDirectory()
        self.world = World(*NUMBERS)
        self.opened = []
        self.another_process()

    @rule()
    def another_process(self):
        """A new process on the same journal: what only the last one knew is forgotten."""
        url = f"sqlite:///{Path(self.folder.name) / 'journal.db'}"
        self.opened.append(SqlJournal(url, clock=self.world.clock))
        self.world.journal = self.opened[-1]
        object.__setattr__(self.world.line, "journal", self.opened[-1])

    @rule(seconds=st.sampled_from([1, 60, SETTLE, SETTLE + 61, 86_400]))
    def time_goes_by(self, seconds):
        self.world.wait(seconds)

    @rule(answers=st.lists(st.sampled_from(Answer), min_size=1, max_size=3))
    def the_platform_will_answer(self, answers):
        self.world.platform.script(*answers)

    @rule(lag=st.sampled_from([0, 300, SETTLE]))
    def the_index_lags(self, lag):
        self.world.platform.search_lag_seconds = lag

    @rule(down=st.booleans())
    def the_search_is_down(self, down):
        self.world.platform.search_down = down

    @rule(verdict=st.sampled_from([None, "ISSUED", "REJECTED", "UNACCEPTABLE"]))
    def verdicts_are(self, verdict):
        self.world.platform.verdict = verdict

    @rule(number=st.sampled_from(NUMBERS), code=st.sampled_from(["REFUSED", "APPROVED", "REJECTED", "SOMETHING_NEW"]))
    def a_status_comes(self, number, code):
        known = [each for each in self.world.platform.deposits if each.document.invoice.number == number]
        if known and summary(known[0].events).lifecycle_status != "UNACCEPTABLE":
            self.world.platform.announce(known[0].submission_id, code)

    @rule()
    def run(self):
        self.world.run()

    @rule()
    def sync(self):
        with suppress(*WRONG):
            self.world.sync()

    @rule(number=st.sampled_from(NUMBERS))
    def edit(self, number):
        if self.world.entry(number):
            self.world.edit(number)

    @rule(number=st.sampled_from(NUMBERS), corrected=st.booleans())
    def resend(self, number, corrected):
        if self.world.entry(number):
            with suppress(*WRONG):
                self.world.resend(number, corrected=corrected)

    @rule(number=st.sampled_from(NUMBERS), place=st.integers(1, 4), same=st.booleans())
    def adopt(self, number, place, same):
        if self.world.entry(number):
            with suppress(*WRONG):
                self.world.adopt(f"deposit-{place}", number, same_invoice=same)

    @invariant()
    def never_twice(self):
        for number in NUMBERS:
            arrived = [each for each in self.world.platform.deposits if each.document.invoice.number == number]
            lasting = [each for each in arrived if summary(each.events).lifecycle_status != "UNACCEPTABLE"]
            assert len(lasting) <= 1, [(each.submission_id, each.events) for each in arrived]

    @invariant()
    def never_called_sent_when_it_is_not(self):
        held = {each.submission_id: each.document for each in self.world.platform.deposits}
        for entry in self.world.journal.entries():
            if entry.state is State.SENT:
                assert held[entry.submission_id].invoice.number == entry.number
                kept = dict(self.world.journal.deposits(entry.source_id))
                assert kept[entry.submission_id] == held[entry.submission_id].sha256

    @invariant()
    def what_is_shown_is_what_the_log_says(self):
        for entry in self.world.journal.entries():
            if entry.summary is not None and entry.submission_id is not None:
                assert entry.summary == summary(self.world.journal.events(entry.submission_id))

    def teardown(self):
        self.quiet_down()
        for journal in self.opened:
            journal.close()
        self.folder.cleanup()

    def quiet_down(self):
        """Once nothing goes wrong any more and time goes by, nothing is lost: each is sent, or waits for a person."""
        world = self.world
        world.platform.search_down, world.platform.search_lag_seconds, world.platform.verdict = False, 0, "ISSUED"
        world.platform._script.clear()
        for _ in range(3):
            world.now += timedelta(seconds=SETTLE + 61)
            world.run()
        self.never_twice()
        self.never_called_sent_when_it_is_not()
        for number in NUMBERS:
            entry = world.entry(number)
            assert (
                entry.state is State.SENT or entry.unresolved or (entry.state is State.FAILED and not entry.retryable)
            )


TestDecisions = Decisions.TestCase
TestDecisions.settings = settings(max_examples=6, stateful_step_count=30, deadline=None)


@pytest.mark.slow
class TestManyDecisions(Decisions.TestCase):
    settings = settings(max_examples=400, stateful_step_count=50, deadline=None)
