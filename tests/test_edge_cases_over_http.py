"""The numbered edge cases (facturation-pro.md §6) where they cross HTTP: both sandbox services over loopback.

First every case folder, read through the servers instead of from its file; then the situations of transport, selection,
state and security, with the real adapters, journal and rules.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sqlite3
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import golden
import pikepdf
import pytest

from pdp_bridge import Bridge, State, validate
from pdp_bridge.errors import (
    Busy,
    Held,
    JournalError,
    MappingError,
    SourceRefused,
    SourceUnavailable,
)
from pdp_bridge.journal import database
from pdp_bridge.journal.lock import Lock
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.pulled import Skipped
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.model.status import Outcome
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.facturation_pro import SourceOptions
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import USER_AGENT, Sandbox
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro.adapter import FacturationPro
from pdp_bridge.source.facturation_pro.client import Client
from pdp_bridge.testing import sample_document, sample_invoice

AUTUMN = datetime(2026, 11, 20, 9, tzinfo=UTC)
LIST, DETAIL = "*/invoices.json", "*/invoices/*.json"
SECRET = "à-ne-jamais-transmettre"
ADMIN = SourceOptions(admin_key=True)


def lenient(document):
    """A platform that finds nothing wrong: its judgement is not what such a test is about."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


class Pauses(list):
    """Sleeping is letting the sandbox's time go by."""

    def __init__(self, sandbox):
        super().__init__()
        self.sandbox = sandbox

    def __call__(self, seconds):
        self.append(seconds)
        self.sandbox.clock.advance(seconds)


@contextmanager
def reading(sandbox, seller=None, **settings):
    """The source alone, as the bridge uses it, with a clock and pauses of its own."""
    options = sandbox.source_options
    pauses = Pauses(sandbox)
    given = {"firm_id": options.firm_id, "api_key": options.api_key, "rpm": 0, "clock": sandbox.clock} | settings
    given |= {"base_url": sandbox.facturation_pro_url, "api_id": options.api_id, "user_agent": USER_AGENT}
    with Client(**given, sleep=pauses, monotonic=lambda: sandbox.clock().timestamp()) as client:
        source = FacturationPro(client, seller or golden.seller())
        source.pauses = pauses
        yield source


@contextmanager
def line(folder, *, count=1, source=None, policy="", **environment):
    """A sandbox with `count` plain invoices E-1 …, and a bridge on it whose time is the sandbox's."""
    with Sandbox(origin=AUTUMN, judge=lenient, source=source) as sandbox:
        sandbox.load_demo()
        firm = sandbox.facturation_pro
        model = next(record for record in firm.records("invoices") if record["full_invoice_ref"] == "2026-101")
        for record in firm.records("invoices"):
            firm.delete_invoice(record["id"])
        for number in range(1, count + 1):
            firm.add_invoice(model | {"id": 800_000 + number, "full_invoice_ref": f"E-{number}", "invoice_ref": None})
        with opened(sandbox, folder, policy, **environment) as bridge:
            yield sandbox, bridge


def opened(sandbox, folder, policy="", **environment):
    folder.mkdir(exist_ok=True)
    config = folder / "pdp-bridge.toml"
    config.write_text(f"{demo.settings_text()}\n[policy]\n{policy}\n", encoding="utf-8")
    waits = {"PDP_BRIDGE_DATA": str(folder / "data"), "PDP_BRIDGE_RETRY_FIRST_SECONDS": "0", **environment}
    return Bridge(load(config, {**sandbox.environment(), **waits}), clock=sandbox.clock, sleep=Pauses(sandbox))


def record(sandbox, number=1):
    return sandbox.facturation_pro.record("invoices", 800_000 + number)


def deposited(sandbox):
    return Counter(deposit.number for deposit in sandbox.iopole.deposits)


def asked(sandbox):
    """Paths asked of Facturation.pro, in order."""
    return [exchange.path for exchange in sandbox.facturation_pro_exchanges]


def scanned(source, cursor=None):
    return {shot.reference.number: shot for page in source.issued_since(cursor) for shot in page.snapshots}


# -- every case folder ---------------------------------------------------------------------------------------------


def fill(firm, payload):
    """The firm as it must be for this payload to be pulled from it."""
    invoice = payload["invoice"]
    firm.add_snapshot(payload)
    for earlier in payload["preceding"]:
        external = earlier["kind"] == "external"
        number = "external_ref" if external else "full_invoice_ref"
        firm.add_invoice(
            {
                "id": (invoice.get("refund_id") or earlier["id"]),
                "firm_id": firm.firm_id,
                "external": external,
                number: earlier["number"],
                "invoiced_on": earlier["issued_on"],
                "items": [],
                "settlements": [],
            },
            kind="invoice" if external else earlier["kind"],
        )


@pytest.mark.parametrize("case", golden.cases(), ids=[case.name for case in golden.cases()])
def test_a_case_folder_comes_out_the_same_over_http(case):
    payload = json.loads((case.folder / "source.json").read_text("utf-8"))["payload"]
    with Sandbox(origin=datetime(2029, 1, 1, tzinfo=UTC), source=ADMIN) as sandbox:
        fill(sandbox.facturation_pro, payload)
        if not payload["kind_known"]:
            refusal = Fault(Kind.STATUS, "GET", LIST, status=422, skip=1)
            sandbox.facturation_pro_faults.add(refusal)
        with reading(sandbox, case.seller) as source:
            found = {shot.reference.source_id: shot for page in source.issued_since(None) for shot in page.snapshots}
            shot = found[str(payload["invoice"]["id"])]
            assert shot.payload["kind"] == payload["kind"]
            try:
                outcome = source.invoice(shot)
            except (MappingError, Held) as error:
                outcome = error
    if isinstance(case.outcome, Invoice):
        assert outcome == case.outcome
    else:
        assert (type(outcome), outcome.finding) == (type(case.outcome), case.outcome.finding)


# -- §6.1 transport ------------------------------------------------------------------------------------------------


def test_case_001_a_wrong_key_ends_the_run_before_anything(tmp_path, caplog):
    with line(tmp_path, FACTURATION_PRO_API_KEY="wr0ng-key") as (sandbox, bridge), caplog.at_level(logging.DEBUG):
        with pytest.raises(SourceRefused) as caught:
            bridge.run()
        assert caught.value.code == "AUTH_FAILED"
        assert asked(sandbox) == ["/account.json"]
    assert "wr0ng-key" not in caplog.text + str(caught.value)


def test_case_002_a_key_without_the_right_reads_the_rest():
    case = golden.case("direct-debit")
    payload = json.loads((case.folder / "source.json").read_text("utf-8"))["payload"]
    with Sandbox(origin=AUTUMN) as sandbox:
        fill(sandbox.facturation_pro, payload)
        with reading(sandbox, case.seller) as source:
            (shot,) = scanned(source).values()
        answers = [one.status for one in sandbox.facturation_pro_exchanges if one.path.endswith("customers.json")]
    assert answers == [403, 200]
    assert shot.payload["customer"]["company_name"]


def test_case_003_a_firm_of_somebody_else(tmp_path):
    with line(tmp_path, FACTURATION_PRO_FIRM_ID="999") as (sandbox, bridge):
        with pytest.raises(SourceRefused) as caught:
            bridge.run()
        assert caught.value.code == "FIRM_NOT_FOUND"
        assert asked(sandbox) == ["/account.json"]


def test_case_004_006_a_limit_is_waited_for_and_the_page_asked_again(tmp_path):
    with line(tmp_path, count=3) as (sandbox, _), reading(sandbox) as source:
        for told, pause in (("37", 37), ("soon", 60), (in_http(sandbox.clock() + timedelta(seconds=137)), 40)):
            sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, "GET", LIST, status=429, retry_after=told))
            assert set(scanned(source)) == {"E-1", "E-2", "E-3"}
            assert source.pauses.pop() == pytest.approx(pause, abs=1.5)
            assert not source.pauses


def in_http(moment):
    return format_datetime(moment, usegmt=True)


def test_case_005_the_third_refusal_in_a_row_ends_the_run_and_loses_nothing(tmp_path):
    with line(tmp_path, count=2, source=SourceOptions(retry_after=False)) as (sandbox, bridge):
        sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, "GET", LIST, status=429, times=3))
        with pytest.raises(SourceUnavailable) as caught:
            bridge.run()
        assert caught.value.code == "RATE_LIMITED"
        assert bridge.journal.cursor() is None
        assert bridge.run().ended(State.SENT) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Kind.STATUS, "GET", LIST, status=500),
        Fault(Kind.STATUS, "GET", LIST, status=502, times=2),
        Fault(Kind.STATUS, "GET", LIST, status=503, times=3),
        Fault(Kind.STATUS, "GET", "*/customers.json", status=504),
        Fault(Kind.DROP, "GET", LIST),
        Fault(Kind.TRUNCATED, "GET", LIST),
        Fault(Kind.BROKEN, "GET", LIST),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.times}",
)
def test_case_008_010_passing_failures_are_tried_again(tmp_path, fault):
    with line(tmp_path, count=2) as (sandbox, _), reading(sandbox, retry_first_seconds=1) as source:
        sandbox.facturation_pro_faults.add(fault)
        assert set(scanned(source)) == {"E-1", "E-2"}
        assert len(source.pauses) == fault.times
        assert sorted(source.pauses) == list(source.pauses)


@pytest.mark.parametrize("kind", [Kind.HTML, Kind.TRUNCATED, Kind.BROKEN])
def test_case_009_010_what_cannot_be_read_imports_nothing(tmp_path, kind):
    with line(tmp_path, count=2) as (sandbox, bridge):
        sandbox.facturation_pro_faults.add(Fault(kind, "GET", "*/customers.json", times=None))
        with pytest.raises((SourceRefused, SourceUnavailable)) as caught:
            bridge.run()
        assert caught.value.code in {"BAD_RESPONSE", "UNREACHABLE"}
        assert list(bridge.entries()) == []
        assert bridge.journal.cursor() is None
        assert not sandbox.iopole.deposits


def test_case_015_019_paging_without_header_ends_and_loses_nothing(tmp_path):
    options = SourceOptions(pagination_header=False, per_page=2, empty_filter_is_404=True)
    with line(tmp_path, count=5, source=options) as (sandbox, _), reading(sandbox) as source:
        assert len(scanned(source)) == 5
        with pytest.raises(SourceRefused) as caught:
            source.snapshot("E-99")
        assert caught.value.code == "NOT_FOUND"


def test_case_020_a_shortcut_on_the_same_host_is_followed(tmp_path):
    with line(tmp_path, count=2) as (sandbox, _), reading(sandbox) as source:
        path = f"customers/{record(sandbox)['customer_id']}/invoices.json"
        assert sum(len(page.rows) for page in source._client.listing(path, {})) == 2


def test_case_028_a_second_instance_leaves_and_sends_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("pdp_bridge.composition.LOCK_WAIT_SECONDS", 0.05)
    with line(tmp_path) as (sandbox, bridge), opened(sandbox, tmp_path) as second:
        with Lock(tmp_path / "data" / "run.lock").acquire():
            for one in (bridge, second):
                with pytest.raises(Busy):
                    one.run()
        assert asked(sandbox) == []
        assert bridge.run().ended(State.SENT) == 1
        assert second.run().ended(State.SENT) == 0
        assert deposited(sandbox) == {"E-1": 1}


def test_case_029_a_clock_an_hour_late_misses_nothing(tmp_path):
    with line(tmp_path, count=1) as (sandbox, _):
        late = lambda: sandbox.clock() - timedelta(hours=1)  # noqa: E731 - a clock
        with reading(sandbox, clock=late) as source:
            (page,) = source.issued_since(None)
            assert datetime.fromisoformat(page.cursor) > sandbox.clock() - timedelta(minutes=1)
            sandbox.advance(60)
            sandbox.facturation_pro.edit_invoice(800_001, title="Changed")
            assert set(scanned(source, page.cursor)) == {"E-1"}


def test_case_031_a_change_before_the_creation_is_accepted(tmp_path):
    with line(tmp_path) as (sandbox, bridge):
        sandbox.facturation_pro.edit_invoice(
            800_001, created_at="2026-11-20T09:59:00.711+01:00", updated_at="2026-11-20T09:59:00.684+01:00"
        )
        assert bridge.run().ended(State.SENT) == 1


def test_case_032_033_a_mark_on_the_invoice_is_no_change(tmp_path):
    """Whoever writes api_custom, a note or a follow-up: nothing is sent again, nothing is reported, nothing undone."""
    with line(tmp_path) as (sandbox, bridge):
        bridge.run()
        marks = {"api_custom": "woo:4711", "internal_note": "vu", "followup_id": 7, "category_id": 3}
        sandbox.advance(3600)
        sandbox.facturation_pro.edit_invoice(800_001, **marks)
        bridge.run()
        assert not bridge.status("E-1").changed_after_send
        assert deposited(sandbox) == {"E-1": 1}
        assert marks.items() <= record(sandbox).items()
        assert {exchange.method for exchange in sandbox.facturation_pro_exchanges} == {"GET"}


# -- §6.2 selection ------------------------------------------------------------------------------------------------


def test_case_037_to_042_what_is_sent_and_what_is_not(tmp_path):
    with line(tmp_path, count=6) as (sandbox, bridge):
        firm = sandbox.facturation_pro
        firm.edit_invoice(800_001, draft=True, full_invoice_ref=None)
        firm.edit_invoice(800_002, external=True)
        firm.edit_invoice(800_003, external_ref="F-77")
        firm.edit_invoice(800_004, soft_deleted=True, hard_delete_on="2026-11-21")
        # Listed under “Notes internes”: an invoice that bears an internal note is an invoice all the same.
        firm.add_invoice(record(sandbox, 5) | {"internal_note": SECRET}, kind="notes")
        result = bridge.run()
        assert result.pull.skipped == {"draft": 1, "external": 2, "deleted": 1}
        assert deposited(sandbox) == {"E-5": 1, "E-6": 1}
        assert not any("recurring" in path for path in asked(sandbox))
        firm.edit_invoice(800_001, draft=False, full_invoice_ref="E-1")
        bridge.run()
        assert deposited(sandbox) == {"E-1": 1, "E-5": 1, "E-6": 1}


def test_case_051_one_number_on_two_records(tmp_path):
    with line(tmp_path, count=2) as (sandbox, bridge):
        sandbox.facturation_pro.edit_invoice(800_002, full_invoice_ref="E-1")
        result = bridge.run()
        assert (result.ended(State.SENT), result.ended(State.REFUSED)) == (1, 1)
        assert deposited(sandbox) == {"E-1": 1}
        (refused,) = [entry for entry in bridge.entries() if entry.state is State.REFUSED]
        assert [finding.rule for finding in refused.report.errors] == ["INVOICE_NUMBER_DUPLICATE"]
        bridge.run()
        assert deposited(sandbox) == {"E-1": 1}


def test_case_054_a_number_never_leaves_its_place_in_a_file_name(tmp_path):
    with line(tmp_path, count=2) as (sandbox, bridge):
        sandbox.facturation_pro.edit_invoice(800_001, full_invoice_ref="2026/001")
        sandbox.facturation_pro.edit_invoice(800_002, full_invoice_ref="../../etc-1")
        bridge.run()
        (deposit,) = sandbox.iopole.deposits
        assert (deposit.number, deposit.filename[:19]) == ("2026/001", "100004217_2026_001_")
        assert [finding.rule for finding in bridge.status("800002").report.errors] == ["INVOICE_NUMBER_INVALID"]
        climbing = sample_document(sample_invoice("../../etc-1"))
        assert re.fullmatch(r"[0-9]+_______etc-1_[0-9a-f]{12}\.(pdf|xml)", climbing.filename)


def test_case_056_057_new_years_eve(tmp_path):
    """An invoice of 31 December, pulled at midnight in Paris; one of 1 January waits for its day."""
    with line(tmp_path, count=2) as (sandbox, bridge):
        firm = sandbox.facturation_pro
        sandbox.clock.advance((datetime(2026, 12, 31, 22, 59, tzinfo=UTC) - sandbox.clock()).total_seconds())
        firm.edit_invoice(800_001, invoiced_on="2026-12-31", term_on="2027-01-30")
        firm.edit_invoice(800_002, invoiced_on="2027-01-01", term_on="2027-01-31")
        sandbox.clock.advance(62)  # 31 December, 23:00:02 UTC: 1 January in Paris
        bridge.run()
        assert deposited(sandbox) == {"E-1": 1}
        assert bridge.status("E-2").state is State.HELD
        sandbox.clock.advance(3600)
        bridge.run()
        assert deposited(sandbox) == {"E-1": 1, "E-2": 1}


# -- §6.3 buyer ----------------------------------------------------------------------------------------------------


def test_case_072_073_archived_customers_are_found_deleted_ones_are_not(tmp_path):
    with line(tmp_path, count=2) as (sandbox, bridge):
        firm = sandbox.facturation_pro
        buyer = firm.record("customers", record(sandbox)["customer_id"])
        firm.edit_customer(buyer["id"], archived=True)
        firm.edit_invoice(800_002, customer_id=66_666)
        bridge.run()
        assert deposited(sandbox) == {"E-1": 1}
        assert [finding.rule for finding in bridge.status("E-2").report.errors] == ["BUYER_NOT_FOUND"]


def test_case_074_what_was_pulled_first_is_what_a_later_change_does_not_reach(tmp_path):
    with line(tmp_path) as (sandbox, bridge):
        bridge.pull()
        bridge.run()
        sent = sandbox.iopole.deposits[0]
        sandbox.advance(3600)
        sandbox.facturation_pro.edit_customer(record(sandbox)["customer_id"], street="Ailleurs")
        bridge.run()
        assert bridge.render("E-1").content == sent.content
        assert deposited(sandbox) == {"E-1": 1}


def test_case_075_two_records_of_one_company_are_reached_at_two_addresses(tmp_path):
    with line(tmp_path, count=2) as (sandbox, bridge):
        firm = sandbox.facturation_pro
        buyer = firm.record("customers", record(sandbox)["customer_id"])
        siren = buyer["siret"].replace(" ", "")[:9]
        firm.edit_customer(buyer["id"], electronic_address=f"{siren}_ACHATS")
        firm.add_customer(buyer | {"id": 66_001, "electronic_address": f"0225:{siren}_TRAVAUX"})
        firm.edit_invoice(800_002, customer_id=66_001)
        bridge.run()
        reached = {
            one.number: sandbox.iopole.document(one.id).invoice.buyer.electronic_address.value
            for one in sandbox.iopole.deposits
        }
        assert reached == {"E-1": f"{siren}_ACHATS", "E-2": f"{siren}_TRAVAUX"}


# -- §6.6 state ----------------------------------------------------------------------------------------------------


def test_case_128_a_crash_between_the_deposit_and_its_record(tmp_path, monkeypatch):
    with line(tmp_path) as (sandbox, bridge):
        monkeypatch.setattr(bridge.journal, "sent", crash)
        with pytest.raises(KeyboardInterrupt):
            bridge.run()
        bridge.close()
        assert deposited(sandbox) == {"E-1": 1}
        with opened(sandbox, tmp_path) as after:
            assert after.status("E-1").state is State.SENDING
            for _ in range(3):
                after.run()
                sandbox.advance(20)
            assert after.status("E-1").submission_id == sandbox.iopole.deposits[0].id
            assert after.status("E-1").state is State.SENT
        assert deposited(sandbox) == {"E-1": 1}


def crash(*_):
    raise KeyboardInterrupt


def test_case_129_a_duplicate_at_the_platform_is_the_first_copy(tmp_path):
    """The journal is lost, so the same bytes go again: the platform refuses them, and the first copy is adopted."""
    with line(tmp_path / "first") as (sandbox, bridge):
        bridge.run()
        (first,) = sandbox.iopole.deposits
        sandbox.advance(60)
        with opened(sandbox, tmp_path / "second") as other:
            other.run()
            assert [one.sha256 for one in sandbox.iopole.deposits] == [first.sha256] * 2
            sandbox.advance(60)
            other.sync()
            entry = other.status("E-1")
            assert (entry.submission_id, entry.summary.technical_status) == (first.id, Outcome.VALIDATED)
            other.run()
            assert len(sandbox.iopole.deposits) == 2


def test_case_130_a_payment_taken_back_changes_nothing_that_was_sent(tmp_path):
    with line(tmp_path) as (sandbox, bridge):
        bridge.run()
        sent = sandbox.iopole.deposits[0].sha256
        firm = sandbox.facturation_pro
        whole = record(sandbox)["total_with_vat"]
        for paid_on, settlements in (("2026-11-21", [{"id": 1, "total": whole, "paid_on": "2026-11-21"}]), (None, [])):
            sandbox.advance(86_400)
            firm.edit_invoice(800_001, paid_on=paid_on, settlements=settlements, balance="0.0" if paid_on else whole)
            bridge.run()
            assert not bridge.status("E-1").changed_after_send
            assert bridge.render("E-1").sha256 == sent
        assert deposited(sandbox) == {"E-1": 1}


def test_case_131_an_amount_changed_after_sending_is_told(tmp_path):
    with line(tmp_path) as (sandbox, bridge):
        bridge.run()
        sandbox.advance(3600)
        sandbox.facturation_pro.edit_invoice(800_001, total="1.0", total_with_vat="1.2")
        bridge.run()
        assert bridge.status("E-1").changed_after_send
        assert deposited(sandbox) == {"E-1": 1}


# -- §6.6 security -------------------------------------------------------------------------------------------------


def test_case_132_what_is_private_never_travels(tmp_path, caplog):
    with line(tmp_path) as (sandbox, bridge), caplog.at_level(logging.DEBUG):
        firm = sandbox.facturation_pro
        firm.edit_invoice(800_001, internal_note=SECRET, accounting_entry=SECRET)
        firm.edit_customer(record(sandbox)["customer_id"], notes=SECRET, account_code=SECRET)
        bridge.run()
        (deposit,) = sandbox.iopole.deposits
        bridge.sync()
        seen = sandbox.iopole.document(deposit.id)
        with pikepdf.open(io.BytesIO(deposit.content)) as pdf:
            whole = io.BytesIO()
            pdf.save(whole, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
        secrets = [SECRET, sandbox.source_options.api_key, sandbox.platform_options.client_secret]
        shown = [caplog.text, seen.xml.decode(), whole.getvalue().decode("latin-1"), deposit.filename]
        shown.append(repr([(entry.reason, entry.report) for entry in bridge.entries()]))
        assert not [secret for secret in secrets for text in shown if secret in text]
        assert SECRET.encode().decode("latin-1") not in whole.getvalue().decode("latin-1")


DOCTYPES = [
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE x [<!ENTITY c SYSTEM "{url}/entity">]>',
    '<!DOCTYPE x SYSTEM "{url}/x.dtd" [<!ENTITY c "x">]>',
]


@pytest.mark.parametrize("doctype", DOCTYPES, ids=["bomb", "entity", "dtd"])
@pytest.mark.parametrize("place", ["message", "attachment", "metadata"])
def test_case_133_entities_and_document_types_are_refused(doctype, place):
    """In a bare message, in the one inside a PDF, and in the PDF's own metadata; nothing is fetched."""
    document = golden.case("plain-services").document
    with Sandbox() as sandbox:
        report = validate(poisoned(document, doctype.format(url=sandbox.facturation_pro_url), place))
        assert not report.sendable
        assert report.errors
        assert asked(sandbox) == []


def poisoned(document, doctype, place):
    def with_doctype(xml):
        head, _, body = xml.decode().partition("?>")
        return f"{head}?>{doctype}{body}".replace("Lefèbvre", "&c;").encode()

    if place == "message":
        return with_doctype(document.xml)
    with pikepdf.open(io.BytesIO(document.content)) as pdf:
        if place == "attachment":
            (name,) = pdf.attachments
            pdf.attachments[name].obj.EF.F.write(with_doctype(document.xml))
        else:
            xmp = pdf.Root.Metadata.read_bytes().decode()
            pdf.Root.Metadata.write(xmp.replace("<x:xmpmeta", f"{doctype}<x:xmpmeta", 1).encode())
        out = io.BytesIO()
        pdf.save(out, fix_metadata_version=False)
    return out.getvalue()


@pytest.mark.parametrize("attached", [False, True])
def test_case_135_the_key_never_goes_to_an_address_inside_a_record(tmp_path, attached):
    """Attached files are read from the service itself, and only when asked for; a file kept elsewhere is told."""
    with line(tmp_path, policy=f"attach_files = {str(attached).lower()}") as (sandbox, bridge):
        elsewhere = f"{sandbox.iopole_url}/elsewhere"
        plan = {"id": 5, "document_name": "plan.pdf", "document_size": 9, "download_url": elsewhere, "visible": True}
        sandbox.facturation_pro.edit_invoice(800_001, public_download_url=elsewhere, pay_url=elsewhere, files=[plan])
        bridge.run()
        bridge.sync()
        assert deposited(sandbox) == {"E-1": 1}
        assert not [one.path for one in sandbox.iopole_exchanges if one.path.startswith("/elsewhere")]
        assert (
            bool([finding for finding in bridge.status("E-1").report.findings if finding.field == "files"]) is attached
        )


def test_case_136_a_locked_journal_stops_before_any_deposit(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 10)
    with line(tmp_path) as (sandbox, bridge):
        bridge.pull()
        with closing(sqlite3.connect(next((tmp_path / "data").glob("*.db")), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalError, match="another process has kept it locked"):
                bridge.run()
            with pytest.raises(JournalError, match="another process has kept it locked"):
                bridge.send("E-1")
            other.execute("ROLLBACK")
        assert not sandbox.iopole.deposits
        assert bridge.run().ended(State.SENT) == 1


def test_case_136_a_read_only_journal_stops_before_any_deposit(tmp_path):
    with line(tmp_path) as (sandbox, bridge):
        bridge.pull()
        bridge.close()
        path = next((tmp_path / "data").glob("*.db"))
        address = f"sqlite:///file:{path}?mode=ro&uri=true"
        with opened(sandbox, tmp_path, PDP_BRIDGE_DATABASE_URL=address) as reader:
            assert reader.status("E-1").state is State.PULLED
            with pytest.raises(JournalError, match="it is read-only"):
                reader.send("E-1")
        assert not sandbox.iopole.deposits


def test_an_invoice_that_is_not_sent_says_why_on_demand(tmp_path):
    with line(tmp_path) as (sandbox, bridge):
        sandbox.facturation_pro.edit_invoice(800_001, external=True)
        assert isinstance(bridge.source.snapshot("E-1"), Skipped)
        with pytest.raises(SourceRefused) as caught:
            bridge.send("E-1")
        assert caught.value.code == "NOT_SENDABLE"
