"""The audit on fakes: each standing, each thing that is wrong, and the totals to the cent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from pdp_bridge.audit.completeness import Reading, audit
from pdp_bridge.audit.period import period
from pdp_bridge.audit.rows import Standing
from pdp_bridge.errors import MappingError, OutcomeUnknown, PlatformRefused
from pdp_bridge.journal.drifting import Drifting
from pdp_bridge.model.codes import InvoiceType
from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import PrecedingInvoice, VatBreakdown
from pdp_bridge.model.money import amount
from pdp_bridge.model.pulled import Printed, Reference, Skipped, Snapshot
from pdp_bridge.model.report import Finding, Layer, Report, Severity
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.ports import Lease
from pdp_bridge.testing import MemoryJournal, sample_document, sample_invoice, sample_report

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
OCTOBER = period("2026-10")
DAY = date(2026, 10, 12)


class Books:
    """A journal in memory and the invoices behind it."""

    def __init__(self):
        self.journal = MemoryJournal(clock=lambda: NOW)
        self.journal.set_cursor(NOW.isoformat())
        self.stated = {}
        self.later = {}  # by version
        self.printed = {}
        self.kept = {}

    def pull(self, number, *, day=DAY, source_id=None, **values):
        invoice = replace(sample_invoice(number), issue_date=day, **values)
        source_id = source_id or number
        reference = Reference(source_id=source_id, number=number, version=repr(invoice), issue_date=day)
        self.journal.pulled([Snapshot(reference=reference, payload={"id": source_id})], [])
        self.stated[source_id] = invoice
        totals = invoice.totals
        sign = -1 if invoice.type == InvoiceType.CREDIT_NOTE else 1
        self.printed[source_id] = Printed(
            currency=invoice.currency,
            buyer="Martin SARL",
            total_without_vat=amount(sign * totals.total_without_vat),
            total_with_vat=amount(sign * totals.total_with_vat),
        )
        return reference, invoice

    def begin(self, number, **values):
        reference, invoice = self.pull(number, **values)
        document = sample_document(invoice)
        self.kept[document.content] = document
        lease = Lease(at=NOW, until=NOW + timedelta(seconds=60))
        assert self.journal.sending(reference, document, sample_report(document), lease)
        return reference

    def send(self, number, code="MADE_AVAILABLE", **values):
        reference = self.begin(number, **values)
        self.journal.sent(reference.source_id, f"deposit-{number}")
        if code:
            self.tell(number, code)
        return reference

    def tell(self, number, code, **values):
        event = StatusEvent(
            status_id=f"{number}-{code}", submission_id=f"deposit-{number}", code=code, at=NOW, **values
        )
        self.journal.received([event])

    def hold(self, number, rule, value=None):
        self.pull(number)
        finding = Finding(rule=rule, severity=Severity.ERROR, message="why", message_fr="pourquoi", value=value)
        report = Report(layers=(Layer.judged("mapping", "test", (finding,)),), required=("mapping",), sha256="")
        if rule == "BUYER_SIRET_MISSING":
            self.journal.refused(number, report, None)
        else:
            self.journal.held(number, "why", None, report)

    def audit(self, days=OCTOBER):
        reading = Reading(
            state=self.state,
            printed=lambda snapshot: self.printed[snapshot.reference.source_id],
            reopen=self.reopen,
            latest=lambda source_id: self.sources().latest(source_id),
            clock=lambda: NOW,
            watch=lambda *_seen: None,
        )
        return audit(days, self.journal, reading)

    def sources(self):
        return self.journal if isinstance(self.journal, MemoryJournal) else Drifting(self.journal)

    def state(self, snapshot):
        stated = self.later.get(snapshot.reference.version, self.stated[snapshot.reference.source_id])
        if isinstance(stated, Finding):
            raise MappingError(stated)
        return stated

    def reopen(self, content):
        return self.kept.get(content) or Document(
            content=content, xml=b"", media_type=MediaType.FACTUR_X, problem="torn"
        )


def standings(result):
    return {row.number: row.standing for row in result.rows}


def rules(result):
    return [finding.rule for finding in result.findings]


def test_everything_validated_is_complete_and_reconciled():
    books = Books()
    books.send("F-1")
    books.send("F-2")
    result = books.audit()
    assert (result.complete, result.reconciled, result.findings) == (True, True, ())
    assert standings(result) == {"F-1": Standing.VALIDATED, "F-2": Standing.VALIDATED}
    (total,) = result.sums
    (side,) = result.reconciliations
    assert side.invoices == total.totals.invoices == 2
    assert side.source == side.sent == side.platform == side.validated
    assert side.sent.with_vat == total.totals.total_with_vat > 0
    (line,) = result.rates
    assert (line.category, line.rate, line.even, line.difference) == ("S", 20, True, 0)
    assert line.sent_base == side.sent.without_vat


def test_each_standing_has_its_name():
    books = Books()
    books.send("F-01")
    books.send("F-02", code=None)
    books.send("F-03", code=None)
    books.tell("F-03", "REJECTED", reason="ROUTING_FAILURE", message="no route")
    books.begin("F-04")
    books.journal.still_unknown("F-04", OutcomeUnknown("lost", code="NO_ANSWER"))
    books.pull("F-05")
    books.pull("F-06")
    books.journal.failed("F-06", PlatformRefused("no", code="HTTP_400"), retry_at=None)
    books.hold("F-07", "NOT_E_INVOICED", "B2C")
    books.hold("F-08", "NOT_E_INVOICED", "B2BINT")
    books.hold("F-09", "NOT_E_INVOICED", "OUTOFSCOPE")
    books.hold("F-10", "CREDIT_NOTE_SIGN")
    books.hold("F-11", "BUYER_SIRET_MISSING")
    books.pull("F-12")
    books.journal.pulled([], [Skipped(source_id="F-12", number="F-12", reason="external")])
    books.pull("F-13")
    books.journal.pulled([], [Skipped(source_id="F-13", number="F-13", reason="deleted")])
    books.send("F-15")
    result = books.audit()
    assert list(standings(result).values()) == [
        Standing.VALIDATED,
        Standing.PENDING,
        Standing.REJECTED,
        Standing.IN_DOUBT,
        Standing.WAITING,
        Standing.FAILED,
        Standing.B2C,
        Standing.INTERNATIONAL,
        Standing.OUT_OF_SCOPE,
        Standing.HELD,
        Standing.REFUSED,
        Standing.PASSED_OVER,
        Standing.MISSING,
        Standing.VALIDATED,
        Standing.MISSING,
    ]
    by_number = {row.number: row for row in result.rows}
    assert by_number["F-03"].reason == "ROUTING_FAILURE – no route"
    assert by_number["F-07"].findings[0].value == "B2C"
    assert by_number["F-14"].source_id is None
    assert [row.number for row in result.rows if row.settled] == ["F-01", "F-07", "F-08", "F-09", "F-12", "F-15"]
    assert not result.complete
    assert not result.reconciled, "the deposit of F-04 is not known"
    assert rules(result) == ["NUMBER_MISSING", "DEPOSIT_UNKNOWN"]


def test_a_reported_sale_and_a_validated_one_are_complete():
    books = Books()
    books.send("F-1")
    books.hold("F-2", "NOT_E_INVOICED", "B2C")
    result = books.audit()
    assert result.complete
    assert [(each.standing, each.totals.invoices) for each in result.sums] == [
        (Standing.VALIDATED, 1),
        (Standing.B2C, 1),
    ]


def test_only_the_period_counts():
    books = Books()
    books.send("F-1", day=date(2026, 9, 30))
    books.send("F-2", day=date(2026, 10, 1))
    books.send("F-3", day=date(2026, 10, 31))
    books.pull("F-4", day=date(2026, 11, 1))
    result = books.audit()
    assert list(standings(result)) == ["F-2", "F-3"]
    assert result.complete


def test_a_credit_note_counts_negative_and_needs_its_invoice():
    books = Books()
    books.send("F-1")
    corrected = (PrecedingInvoice(number="F-1", issue_date=DAY),)
    books.send("F-2", type=InvoiceType.CREDIT_NOTE, preceding=corrected)
    result = books.audit()
    assert result.complete
    assert result.reconciliations[0].sent.with_vat == 0
    assert result.rates[0].sent_base == 0
    books.send("F-3", type=InvoiceType.CREDIT_NOTE, preceding=(PrecedingInvoice(number="G-9"),))
    books.send("F-4", type=InvoiceType.CREDIT_NOTE)
    books.send("F-5", type=InvoiceType.CREDIT_NOTE, preceding=(PrecedingInvoice(number="A-1"),))
    books.journal.pulled([], [Skipped(source_id="9", number="A-1", reason="before go-live")])
    result = books.audit()
    assert rules(result) == ["CREDIT_NOTE_ALONE", "CREDIT_NOTE_ALONE", "CREDIT_NOTE_OF_PASSED_OVER"]
    assert [finding.value for finding in result.findings] == ["G-9", None, "A-1"]
    assert not result.complete
    assert result.reconciled


def test_edited_and_withdrawn_after_sending():
    books = Books()
    reference = books.send("F-1")
    books.send("F-2")
    newer = Snapshot(reference=replace(reference, version="newer"), payload={})
    books.later["newer"] = replace(books.stated["F-1"], due_date=date(2027, 1, 1), order_reference="PO 12")
    books.journal.pulled([newer], [Skipped(source_id="F-2", number="F-2", reason="deleted")])
    result = books.audit()
    assert "BT-9 due date, BT-13 purchase order" in result.findings[0].message
    assert "BT-9 date d’échéance, BT-13 bon de commande" in result.findings[0].message_fr
    assert rules(result) == ["CHANGED_AFTER_SEND", "WITHDRAWN_AFTER_SEND"]
    assert set(standings(result).values()) == {Standing.VALIDATED}
    assert not result.complete


def test_what_changed_after_sending_counts_by_what_the_invoice_says():
    """Edits that it does not show are none; the customer's record lives on; what cannot be stated any more is told."""
    books = Books()
    reference = books.send("F-1")
    books.journal.pulled([Snapshot(reference=replace(reference, version="newer"), payload={})], [])
    sent = books.stated["F-1"]
    books.later["newer"] = replace(sent, title="Another title")
    assert books.audit().complete
    books.later["newer"] = replace(sent, buyer=replace(sent.buyer, name="Renamed SARL"))
    result = books.audit()
    assert rules(result) == ["CUSTOMER_CHANGED_AFTER_SEND"]
    assert result.complete
    books.later["newer"] = Finding(rule="NO_LINES", severity=Severity.ERROR, message="why", message_fr="pourquoi")
    result = books.audit()
    assert rules(result) == ["CHANGED_AFTER_SEND"]
    assert "NO_LINES" in result.findings[0].message
    assert not result.complete


def test_a_number_borne_twice():
    books = Books()
    books.send("F-1")
    books.pull("F-1", source_id="other", day=date(2026, 9, 1))
    result = books.audit()
    assert rules(result) == ["INVOICE_NUMBER_DUPLICATE"]
    assert len(result.rows) == 1


@pytest.mark.parametrize(
    ("cursor", "stale"), [("2026-10-31T23:00:00+00:00", True), ("2026-11-01T00:00:00+00:00", False), ("17", False)]
)
def test_the_source_was_read_after_the_period(cursor, stale):
    books = Books()
    books.send("F-1")
    books.journal.set_cursor(cursor)
    result = books.audit()
    assert rules(result) == (["SOURCE_NOT_READ"] if stale else [])
    assert result.complete is not stale


def test_a_source_never_read_proves_nothing():
    books = Books()
    books.journal._cursor.clear()
    assert rules(books.audit()) == ["SOURCE_NOT_READ"]


def test_one_cent_is_seen():
    books = Books()
    books.send("F-1")
    books.printed["F-1"] = replace(books.printed["F-1"], total_with_vat=amount("0.01"))
    result = books.audit()
    assert rules(result) == ["SENT_DIFFERS"]
    assert not result.reconciled
    assert "0,01" in result.findings[0].message_fr


def test_a_cent_that_moved_between_rates_is_seen():
    """The totals agree, the rates do not."""
    books = Books()
    books.send("F-1")
    stated = books.stated["F-1"]
    group = stated.vat_breakdown[0]
    moved = VatBreakdown(category="S", rate=Decimal(10), base=amount("0.10"), tax=amount("0.01"))
    rest = replace(group, base=amount(group.base - moved.base), tax=amount(group.tax - moved.tax))
    books.stated["F-1"] = replace(stated, vat_breakdown=(rest, moved))
    result = books.audit()
    assert not result.reconciled
    assert [(line.rate, line.even, line.difference) for line in result.rates] == [
        (20, False, Decimal("0.11")),
        (10, False, Decimal("0.11")),
    ]
    assert result.reconciliations[0].even


def test_a_snapshot_that_the_settings_no_longer_state_is_compared_by_its_totals():
    books = Books()
    books.send("F-1")
    books.stated["F-1"] = Finding(rule="VAT_RATE_MISSING", severity=Severity.ERROR, message="m", message_fr="m")
    result = books.audit()
    assert rules(result) == ["NOT_RESTATED"]
    assert (result.complete, result.reconciled, result.rates) == (True, True, ())


def test_bytes_that_cannot_be_read_back_prove_nothing():
    books = Books()
    books.send("F-1")
    books.kept.clear()
    result = books.audit()
    assert rules(result) == ["DOCUMENT_UNREADABLE"]
    assert not result.complete


def test_the_real_journal_gives_the_same_answers(tmp_path):
    from pdp_bridge.journal.store import SqlJournal  # noqa: PLC0415 - this test only

    books = Books()
    with SqlJournal(f"sqlite:///{tmp_path / 'journal.db'}", clock=lambda: NOW) as journal:
        journal.set_cursor(NOW.isoformat())
        books.journal = journal
        books.send("F-1")
        books.send("F-2", code=None, day=date(2026, 10, 31))
        books.hold("F-4", "NOT_E_INVOICED", "B2C")
        books.pull("F-5", day=date(2026, 11, 1))
        journal.pulled([], [Skipped(source_id="9", number="F-3", reason="before go-live")])
        result = books.audit()
        assert journal.deposits("F-1")[0][0] == "deposit-F-1"
        assert len(journal.numbers()) == 4
    assert standings(result) == {
        "F-1": Standing.VALIDATED,
        "F-4": Standing.B2C,
        "F-2": Standing.PENDING,
        "F-3": Standing.PASSED_OVER,
    }
    assert result.findings == ()
    assert result.reconciled
    assert json.dumps([row.number for row in result.rows])
