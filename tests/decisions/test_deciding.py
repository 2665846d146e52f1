"""Adopting a deposit and sending again: what is believed, what is refused, and what is left behind."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from small_world import SETTLE, World

from pdp_bridge.cli.outcome import needs_a_person
from pdp_bridge.decisions.resending import Resent
from pdp_bridge.errors import ConfigError, InvoiceRefused, NotAllowed, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.codes import InvoiceType
from pdp_bridge.model.invoice import PrecedingInvoice
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.report import Finding, Layer, LayerName, Report, Severity
from pdp_bridge.model.status import Outcome
from pdp_bridge.ports import State
from pdp_bridge.testing import Answer, changed, sample_document, sample_invoice, sample_report


def unresolved(lost=Answer.LOST_BEFORE):
    """Two answers lost, and nothing found in time."""
    world = World("FA-1")
    world.platform.script(Answer.LOST_BEFORE, lost)
    if lost is Answer.LOST_AFTER:
        world.platform.search_lag_seconds = 1e6
    for _ in range(4):
        world.run()
        world.wait(SETTLE + 61)
    world.run()
    assert world.entry().unresolved
    return world


def unacceptable(**more):
    world = World("FA-1", **more)
    world.platform.verdict = "UNACCEPTABLE"
    world.run()
    world.sync()
    world.platform.verdict = "ISSUED"
    assert world.entry().summary.lifecycle_status == "UNACCEPTABLE"
    return world


def refusal(document):
    finding = Finding(rule="BR-CO-15", severity=Severity.ERROR, message="wrong", message_fr="faux")
    layer = Layer.judged(LayerName.ARITHMETIC, "test", (finding,))
    return Report(layers=(layer,), required=(LayerName.ARITHMETIC,), sha256=document.sha256)


# -- what stays unknown --------------------------------------------------------------------------------------------


def test_what_stays_unknown_is_never_sent_again_by_itself():
    world = unresolved()
    world.edit()
    for _ in range(5):
        world.wait(86_400)
        assert world.run().unknown == ("1",)
    assert world.deposited == []


def test_a_deposit_that_shows_late_is_taken_by_any_run():
    world = unresolved(Answer.LOST_AFTER)
    world.platform.search_lag_seconds = 0
    world.run()
    assert (world.entry().state, world.entry().submission_id) == (State.SENT, "deposit-1")
    assert len(world.deposited) == 1


def test_sent_again_when_a_person_says_so():
    world = unresolved()
    seen = []
    assert world.resend(agree=lambda proposal: bool(seen.append(proposal))) is Resent.DECLINED
    assert (world.entry().unresolved, seen[0].changed, seen[0].sha256) == (True, False, world.entry().sha256)
    assert world.resend() is Resent.DONE
    assert (world.entry().state, world.deposited) == (State.SENT, ["deposit-1"])
    assert world.journal.decisions == [("ada", "taken back", "1")]


def test_one_more_look_finds_it_and_nothing_is_sent():
    world = unresolved(Answer.LOST_AFTER)
    world.platform.search_lag_seconds = 0
    assert world.resend() is Resent.FOUND
    assert (world.entry().state, len(world.deposited)) == (State.SENT, 1)


def test_nothing_is_sent_again_while_the_search_is_down():
    world = unresolved()
    world.platform.search_down = True
    with pytest.raises(PlatformUnavailable):
        world.resend()
    assert world.entry().unresolved


def test_the_answer_of_a_resend_may_be_lost_too():
    world = unresolved()
    world.platform.script(Answer.LOST_BEFORE)
    world.resend()
    assert (world.entry().state, world.entry().unresolved) == (State.SENDING, False)
    world.wait(SETTLE + 61)
    world.run()
    assert world.entry().unresolved  # again for a person: never sent by itself
    assert world.deposited == []


def test_too_early_to_send_again():
    world = World("FA-1")
    world.platform.script(Answer.LOST_BEFORE)
    world.run()
    with pytest.raises(NotAllowed, match="may still arrive") as caught:
        world.resend()
    assert caught.value.code == "TOO_EARLY"


def test_other_content_under_the_number_forbids_it():
    world = unresolved()
    world.platform.send(sample_document(changed(sample_invoice("FA-1"))))
    with pytest.raises(NotAllowed) as caught:
        world.resend()
    assert (caught.value.code, len(world.deposited)) == ("CONFLICT", 1)
    world.run()
    assert world.entry().unresolved


def test_an_earlier_sending_that_shows_late_is_recognised_by_its_own_bytes():
    """Its content had changed before the second sending: the number is there with the first content."""
    world = World("FA-1")
    world.platform.search_lag_seconds = 1e6
    world.platform.script(Answer.LOST_AFTER, Answer.LOST_BEFORE)
    world.run()
    first = world.entry().sha256
    world.edit()
    world.wait(SETTLE + 61)
    world.run()
    world.wait(SETTLE + 61)
    assert world.entry().sha256 != first
    world.platform.search_lag_seconds = 0
    world.run()
    entry = world.entry()
    assert (entry.state, entry.sha256, entry.submission_id) == (State.SENT, first, "deposit-1")


@pytest.mark.parametrize("stop", ["refused", "deleted"])
def test_what_would_not_pass_is_not_taken_back(stop):
    world = unresolved()
    if stop == "refused":
        world.judge = refusal
    else:
        world.source.skip(Skipped(source_id="1", reason="deleted"))
    with pytest.raises(InvoiceRefused if stop == "refused" else NotAllowed):
        world.resend()
    assert world.entry().unresolved
    assert world.deposited == []


def test_where_nothing_may_be_sent_nobody_is_asked_first():
    """Neither the platform nor the source, and no document is made."""
    world = unresolved()
    before, asked = world.entry(), []

    def forbidden():
        raise ConfigError("nothing is sent before", key="source.native_sending_disabled")

    def platform_asked(*_):
        asked.append("platform")

    def source_asked(*_):
        asked.append("source")

    world.platform.find, world.source.again = platform_asked, source_asked
    world.line = replace(world.line, permit=forbidden)
    world.kept.clear()
    with pytest.raises(ConfigError):
        world.resend()
    assert (asked, world.kept, world.entry()) == ([], {}, before)


# -- what may and may not be sent again ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [None, "ISSUED", "REFUSED", "REJECTED", "CANCELLED", "PAYMENT_RECEIVED"])
@pytest.mark.parametrize("corrected", [True, False])
def test_what_the_law_forbids_is_blocked(code, corrected):
    world = World("FA-1")
    world.platform.verdict = code
    world.run()
    world.sync()
    world.edit()
    for act in (world.run, world.sync, world.run):
        act()
    with pytest.raises(NotAllowed, match="may not be sent again") as caught:
        world.resend(corrected=corrected)
    assert caught.value.code == "NOT_RESENDABLE"
    assert world.deposited == ["deposit-1"]
    assert world.entry().changed_after_send


def test_a_corrected_record_of_an_unacceptable_file_is_sent_under_its_number_when_somebody_says_so():
    world = unacceptable()
    world.edit()
    world.run()
    assert (world.deposited, world.entry().changed_after_send) == (["deposit-1"], True)  # never by itself
    assert world.resend(corrected=True) is Resent.DONE
    world.sync()
    entry = world.entry()
    assert (entry.state, entry.submission_id, entry.changed_after_send) == (State.SENT, "deposit-2", False)
    assert entry.summary.technical_status is Outcome.VALIDATED
    assert [each.number for each in (entry,)] == ["FA-1"]


def test_nothing_was_corrected():
    world = unacceptable()
    with pytest.raises(NotAllowed) as caught:
        world.resend(corrected=True)
    assert caught.value.code == "NOT_CORRECTED"
    assert world.resend() is Resent.DONE  # the same content, when only the file was the cause
    world.sync()
    assert world.entry().summary.technical_status is Outcome.VALIDATED


def test_the_unacceptable_deposit_is_not_taken_for_the_new_one():
    """Same bytes, answer lost: what is found must be the new deposit, not the old one."""
    world = unacceptable()
    world.platform.search_lag_seconds = 600
    world.platform.script(Answer.LOST_AFTER)
    world.resend()
    assert world.entry().state is State.SENDING
    world.run()
    assert world.entry().state is State.SENDING
    world.wait(601)
    world.run()
    assert (world.entry().state, world.entry().submission_id) == (State.SENT, "deposit-2")
    assert len(world.deposited) == 2


def test_a_platform_that_is_down_leaves_the_decision_standing():
    world = unacceptable()
    world.platform.script(Answer.UNAVAILABLE)
    with pytest.raises(PlatformUnavailable):
        world.resend()
    assert world.entry().retryable
    world.wait(60)
    world.run()
    assert world.entry().submission_id == "deposit-2"


def test_what_was_never_deposited_needs_no_decision():
    world = World("FA-1")
    world.judge = refusal
    world.run()
    with pytest.raises(NotAllowed) as caught:
        world.resend(corrected=True)
    assert caught.value.code == "NOT_NEEDED"


# -- adopting --------------------------------------------------------------------------------------------------------


def test_our_own_bytes_are_adopted():
    world = unresolved(Answer.LOST_AFTER)
    assert world.adopt("deposit-1") == world.entry().sha256
    assert (world.entry().state, world.entry().submission_id) == (State.SENT, "deposit-1")
    assert world.journal.decisions == [("ada", "adopted", "1")]
    world.sync()
    assert world.entry().summary.technical_status is Outcome.VALIDATED
    assert world.adopt("deposit-1") == world.entry().sha256  # once more changes nothing
    assert len(world.journal.decisions) == 1


def test_other_bytes_of_the_same_invoice_need_a_word_more():
    world = unresolved()
    theirs = sample_document(changed(sample_invoice("FA-1")))
    world.platform.send(theirs)
    with pytest.raises(NotAllowed) as caught:
        world.adopt("deposit-1")
    assert caught.value.code == "OTHER_BYTES"
    assert set(re.findall(r"[0-9a-f]{64}", str(caught.value))) == {theirs.sha256, world.entry().sha256}
    assert world.entry().unresolved
    assert world.adopt("deposit-1", same_invoice=True) == theirs.sha256
    assert (world.entry().sha256, world.journal.document(theirs.sha256)) == (theirs.sha256, theirs.content)


@pytest.mark.parametrize("other", [sample_invoice("FA-2"), sample_invoice("FA-1", hours=3)])
def test_another_invoice_is_never_adopted(other):
    world = unresolved()
    theirs = sample_document(other)
    world.platform.send(theirs)
    for confirmed in (False, True):
        with pytest.raises(NotAllowed, match="another invoice") as caught:
            world.adopt("deposit-1", same_invoice=confirmed)
        assert theirs.sha256 in str(caught.value)
    assert world.entry().unresolved


def test_an_unknown_id_is_not_adopted():
    world = unresolved()
    with pytest.raises(PlatformRefused):
        world.adopt("deposit-9")


def test_the_deposit_of_another_invoice_is_not_adopted():
    world = World("FA-1", "FA-2")
    world.platform.script(Answer.LOST_BEFORE)
    world.run()
    with pytest.raises(NotAllowed, match="FA-2"):
        world.adopt("deposit-1", same_invoice=True)


def test_a_sent_invoice_takes_no_other_deposit():
    world = World("FA-1")
    world.run()
    world.sync()
    world.platform.send(sample_document(sample_invoice("FA-1")))
    with pytest.raises(NotAllowed, match="takes no other deposit"):
        world.adopt("deposit-2")


def test_the_first_copy_is_adopted_after_a_rejection_as_duplicate():
    world = World("FA-1")
    world.platform.send(sample_document(changed(sample_invoice("FA-1"))))  # by hand, before
    world.run()
    world.sync()
    assert world.entry().summary.reason == "DUPLICATED_INVOICE"
    world.adopt("deposit-1", same_invoice=True)
    world.sync()
    assert world.entry().submission_id == "deposit-1"
    assert world.entry().summary.technical_status is Outcome.VALIDATED


def test_what_was_sent_by_hand_is_adopted_before_we_send():
    """Nothing of it was ever made here: it is compared with what would be."""
    world = World("FA-1")
    world.platform.send(world.build(sample_invoice("FA-1")))
    world.judge = refusal
    world.run()
    world.adopt("deposit-1")
    world.judge = sample_report
    world.run()
    assert (world.entry().state, len(world.deposited)) == (State.SENT, 1)


# -- the credit note of what was never delivered -----------------------------------------------------------------------


def credit_note(number, *cancelled):
    preceding = tuple(PrecedingInvoice(number=each, issue_date=date(2026, 9, 1)) for each in cancelled)
    return replace(sample_invoice(number), type=InvoiceType.CREDIT_NOTE, preceding=preceding)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        ("REJECTED", State.HELD),
        ("UNACCEPTABLE", State.SENT),
        ("REFUSED", State.SENT),
        ("ISSUED", State.SENT),
        (None, State.SENT),
    ],
)
def test_the_credit_note_of_a_rejected_invoice_stays_in_the_books(verdict, state):
    world = World("FA-1")
    world.platform.verdict = verdict
    world.run()
    world.sync()
    world.platform.verdict = "ISSUED"
    world.source.add(credit_note("AV-1", "FA-1"))
    world.source.add(sample_invoice("FA-3"))
    world.run()
    assert (world.entry("AV-1").state, world.entry("FA-3").state) == (state, State.SENT)
    if state is State.HELD:
        assert "CREDIT_NOTE_INTERNAL" in world.entry("AV-1").reason
        assert not needs_a_person(world.entry("AV-1"))


def test_a_credit_note_of_several_invoices_is_sent_when_one_was_delivered():
    world = World("FA-1", "FA-2")
    world.platform.verdict = "REJECTED"
    world.run()
    world.sync()
    world.platform.verdict = "ISSUED"
    world.source.add(sample_invoice("FA-3"))
    world.source.add(credit_note("AV-1", "FA-1", "FA-3"))
    world.source.add(credit_note("AV-2", "FA-1", "FA-2"))
    world.run()
    assert (world.entry("AV-1").state, world.entry("AV-2").state) == (State.SENT, State.HELD)
