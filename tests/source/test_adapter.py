"""Scans of Facturation.pro: nothing lost, nothing twice, few requests, and payloads that hold everything."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import jsonschema
import pytest
import referencing
from hypothesis import given
from hypothesis import strategies as st
from paper_firm import FIRM, NOW, Firm, invoice

from pdp_bridge.errors import SourceRefused, SourceUnavailable
from pdp_bridge.model.invoice import BankAccount, Invoice, Party
from pdp_bridge.model.pulled import Skipped, Snapshot
from pdp_bridge.model.seller import Policy, Seller
from pdp_bridge.source.facturation_pro import adapter
from pdp_bridge.source.facturation_pro.adapter import FacturationPro

SELLER = Seller(party=Party(name="Atelier Exemple", siren="100000009"))


def source(firm, seller=SELLER, **settings):
    return FacturationPro(firm.client(**settings), seller)


def scanned(firm, cursor=None, **settings):
    return list(source(firm, **settings).issued_since(cursor))


def snapshots(pages):
    return {snapshot.reference.number: snapshot for page in pages for snapshot in page.snapshots}


def payloads(firm, cursor=None):
    return {number: snapshot.payload for number, snapshot in snapshots(scanned(firm, cursor)).items()}


def ago(**delta):
    return (NOW - timedelta(**delta)).isoformat(timespec="milliseconds")


# -- one scan --------------------------------------------------------------------------------------------------


def test_a_scan_gives_snapshots_with_everything_the_mapping_reads():
    firm = Firm([invoice(1, total=100.5)])
    (page,) = scanned(firm)
    (snapshot,) = page.snapshots
    payload = snapshot.payload
    assert set(payload) == {"firm_id", "invoice", "customer", "kind", "kind_known", "preceding", "quote", "pulled_at"}
    assert payload["firm_id"] == FIRM
    assert payload["customer"]["company_name"] == "Client SARL"
    assert (payload["kind"], payload["kind_known"], payload["preceding"], payload["quote"]) == (
        "invoice",
        True,
        [],
        None,
    )
    assert payload["pulled_at"] == NOW.isoformat()
    assert (snapshot.reference.source_id, snapshot.reference.number) == ("1", "2026-1")


def test_a_snapshot_fits_its_schema():
    folder = Path(__file__).parents[2] / "schemas" / "facturation_pro"
    schemas = {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*.schema.json")}
    registry = referencing.Registry().with_resources(
        (name, referencing.Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    judge = jsonschema.Draft202012Validator(schemas["snapshot.schema.json"], registry=registry)
    firm = Firm([invoice(1), invoice(2, refund_id=1, total_with_vat=-120.5), invoice(3, customer_id=None, quote_id=8)])
    firm.quotes = {8: {"id": 8, "firm_id": FIRM, "quote_ref": None, "invoice_ids": None}}
    for payload in payloads(firm).values():
        judge.validate(payload)


def test_a_snapshot_is_plain_json_and_keeps_its_version_through_it():
    firm = Firm([invoice(1, estimated_total_in_main_currency=48.1)])
    (snapshot,) = scanned(firm)[0].snapshots
    again = json.loads(json.dumps(snapshot.payload))
    assert again == snapshot.payload
    assert again["invoice"]["estimated_total_in_main_currency"] == "48.1"
    assert snapshot.reference == adapter.reference(again["invoice"], again["customer"])


def test_a_run_with_nothing_new_costs_two_requests():
    firm = Firm([invoice(n) for n in range(1, 201)])
    pages = scanned(firm, ago(seconds=0))
    assert [page.snapshots for page in pages] == [()]
    assert len(firm.requests) == 2
    assert pages[0].cursor == NOW.isoformat()


def test_fifty_new_invoices_cost_five_requests():
    firm = Firm([invoice(n, customer_id=500 + n % 3, updated_at=ago(minutes=1)) for n in range(1, 51)])
    for customer in (501, 502):
        firm.customers[customer] = {"id": customer, "firm_id": FIRM, "company_name": f"Client {customer}"}
    assert len(snapshots(scanned(firm, ago(hours=1)))) == 50
    assert firm.asked == ["invoices.json"] * 3 + ["customers.json"]
    assert len(firm.requests) == 5


def test_what_is_not_sent_is_counted_and_costs_nothing_more():
    firm = Firm(
        [
            invoice(1, draft=True, full_invoice_ref=None, invoice_ref=None),
            invoice(2, external=True, external_ref="F-77"),
            invoice(3, soft_deleted=True),
        ]
    )
    (page,) = scanned(firm)
    assert {skipped.source_id: skipped.reason for skipped in page.skipped} == {
        "1": "draft",
        "2": "external",
        "3": "deleted",
    }
    assert firm.asked == ["invoices.json"]


def test_the_scan_stops_at_the_first_row_older_than_the_cursor_less_ten_minutes():
    firm = Firm([invoice(n, updated_at=ago(minutes=n)) for n in range(1, 100)], per_page=10)
    found = snapshots(scanned(firm, ago(minutes=20)))
    assert set(found) == {f"2026-{n}" for n in range(1, 31)}
    listings = [r for r in firm.requests if r.url.params.get("order") == "updated"]
    assert len(listings) == 4
    assert {r.url.params["sort"] for r in listings} == {"desc"}
    assert {(r.url.params["with_details"], r.url.params["with_settlements"]) for r in listings} == {("1", "1")}


def test_a_server_that_ignores_the_order_is_read_to_the_end():
    firm = Firm([invoice(n, updated_at=ago(minutes=(n * 37) % 100)) for n in range(1, 100)], per_page=10)
    chosen = firm.chosen
    firm.chosen = lambda params: chosen({**params, "order": "none"})
    found = snapshots(scanned(firm, ago(minutes=20)))
    assert set(found) == {f"2026-{n}" for n in range(1, 100) if (n * 37) % 100 <= 30}


def test_the_scan_reads_everything_when_the_cursor_is_none_or_unreadable():
    firm = Firm([invoice(n) for n in range(1, 8)], per_page=3)
    assert len(payloads(firm)) == 7
    assert len(payloads(firm, "yesterday")) == 7
    assert [page.total for page in scanned(firm)] == [7, 7, 7]


def test_the_kind_lists_are_read_once_for_a_full_scan():
    firm = Firm([invoice(n, invoiced_on=f"2026-{1 + n % 9:02}-03") for n in range(1, 60)], per_page=5)
    firm.deposits = {7}
    assert payloads(firm)["2026-7"]["kind"] == "down_payment"
    assert sum("bill_type" in request.url.params for request in firm.requests) == 2


def test_the_kind_lists_start_at_the_day_the_operator_goes_live():
    firm = Firm([invoice(1, invoiced_on="2026-01-03"), invoice(2)])
    seller = Seller(party=SELLER.party, policy=Policy(go_live="2026-09-01"))
    (page,) = source(firm, seller).issued_since(None)
    assert [skipped.reason for skipped in page.skipped] == ["before go-live"]
    starts = {r.url.params["period_start"] for r in firm.requests if "bill_type" in r.url.params}
    assert starts == {"2026-09-01"}


def test_without_kind_lists_the_mapping_is_told_so():
    firm = Firm([invoice(1), invoice(2, refund_id=1, total_with_vat="-120.0")])
    firm.script = [None, lambda _: firm.answer({"errors": ["bill_type"]}, 422)]
    found = payloads(firm)
    assert (found["2026-1"]["kind"], found["2026-1"]["kind_known"]) == ("invoice", False)
    assert found["2026-2"]["kind"] == "refund"


def test_a_refused_key_in_the_kind_lists_is_not_taken_for_their_absence():
    firm = Firm([invoice(1)])
    firm.script = [None, httpx.Response(401)]
    with pytest.raises(SourceRefused) as caught:
        scanned(firm)
    assert caught.value.code == "AUTH_FAILED"


def test_an_outage_in_mid_scan_leaves_no_cursor():
    firm = Firm([invoice(n) for n in range(1, 8)], per_page=3)
    pages = source(firm).issued_since(None)
    next(pages)
    firm.script = [httpx.Response(503)] * 8
    with pytest.raises(SourceUnavailable):
        list(pages)


@pytest.mark.parametrize("answers", [[httpx.Response(503)] * 4, [httpx.Response(200, json={"sorry": 1})]])
def test_a_page_that_alone_cannot_be_read_is_told_and_the_others_are_read(answers):
    firm = Firm([invoice(n) for n in range(1, 8)], per_page=3)
    pages = source(firm).issued_since(None)
    read = [next(pages)]
    firm.script = list(answers)
    read += list(pages)
    assert [len(page.snapshots) for page in read] == [3, 0, 1]
    assert [page.problem is None for page in read] == [True, False, True]
    assert "Facturation.pro" in read[1].problem


def test_a_record_that_cannot_be_read_is_told_and_the_others_are_read(monkeypatch):
    def broken(row, today, policy):
        if row["id"] == 2:
            raise ZeroDivisionError

    monkeypatch.setattr("pdp_bridge.source.facturation_pro.adapter.skip_reason", broken)
    firm = Firm([invoice(n) for n in (1, 2, 3)])
    (page,) = scanned(firm)
    assert sorted(shot.reference.source_id for shot in page.snapshots) == ["1", "3"]
    assert page.skipped == (Skipped(source_id="2", reason="unreadable"),)
    assert page.problem is None
    monkeypatch.undo()
    (again,) = source(firm).again(["2"])
    assert [shot.reference.source_id for shot in again.snapshots] == ["2"]


# -- changes while reading -------------------------------------------------------------------------------------


def moving(firm, at_page, change):
    """Let something happen just before a page of the scan is read, once."""
    done = []

    def before(request):
        params = request.url.params
        if params.get("order") == "updated" and params["page"] == str(at_page) and not done:
            done.append(change())

    firm.before = before


def test_case_016_a_row_removed_while_paging_hides_no_other():
    firm = Firm([invoice(n) for n in range(1, 13)], per_page=3)
    moving(firm, 2, lambda: firm.invoices.pop(2))
    found = payloads(firm)
    assert set(found) >= {f"2026-{n}" for n in range(1, 13) if n != 2}


def test_case_017_ascending_order_has_a_hole_ours_has_none():
    def touch(firm):
        firm.invoices[12]["updated_at"] = NOW.isoformat()
        firm.invoices[11]["updated_at"] = NOW.isoformat()

    ascending = Firm([invoice(n) for n in range(1, 13)], per_page=3)
    seen = set()
    for number in range(1, 5):
        rows = ascending.chosen({"order": "updated", "sort": "asc"})[3 * number - 3 : 3 * number]
        seen.update(row["id"] for row in rows)
        if number == 1:
            touch(ascending)
    assert seen != set(range(1, 13))

    firm = Firm([invoice(n) for n in range(1, 13)], per_page=3)
    moving(firm, 2, lambda: touch(firm))
    first = scanned(firm)
    second = scanned(firm, first[0].cursor)
    assert set(snapshots(first)) | set(snapshots(second)) == {f"2026-{n}" for n in range(1, 13)}


@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["touch", "drop", "add"]), st.integers(1, 30)), max_size=5),
    st.integers(1, 5),
)
def test_whatever_happens_meanwhile_two_scans_see_every_invoice(happenings, per_page):
    firm = Firm([invoice(n) for n in range(1, 13)], per_page=per_page)
    pending = list(happenings)

    def before(request):
        params = request.url.params
        if params.get("order") != "updated":
            return
        for happening in [h for h in pending if str(h[0]) == params["page"]]:
            pending.remove(happening)
            _, act, number = happening
            if act == "drop":
                firm.invoices.pop(number, None)
            elif act == "add" or number in firm.invoices:
                fresh = firm.invoices.get(number) or invoice(number)
                firm.invoices[number] = fresh | {"updated_at": (NOW + timedelta(seconds=1)).isoformat()}

    firm.before = before
    first = scanned(firm, rpm=0)
    firm.before = None
    second = scanned(firm, first[0].cursor, rpm=0)
    assert set(snapshots(first)) | set(snapshots(second)) >= {f"2026-{n}" for n in firm.invoices}
    for pages in (first, second):
        numbers = [snapshot.reference.source_id for page in pages for snapshot in page.snapshots]
        assert len(numbers) == len(set(numbers))


def test_case_029_the_cursor_is_the_clock_of_the_source():
    firm = Firm([invoice(1)])
    firm.time.clock = lambda: NOW - timedelta(hours=1)
    assert scanned(firm)[0].cursor == NOW.isoformat()
    firm.headers = {"Date": "not a date"}
    assert scanned(firm)[0].cursor == (NOW - timedelta(hours=1)).isoformat()


def test_case_030_the_hour_that_comes_twice_is_ordered():
    firm = Firm(
        [
            invoice(1, updated_at="2026-10-25T02:30:00.000+01:00"),
            invoice(2, updated_at="2026-10-25T02:30:00.000+02:00"),
        ]
    )
    since = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)
    assert set(payloads(firm, since.isoformat())) == {"2026-1"}


def test_case_031_and_rows_without_a_change_date_are_read():
    firm = Firm([invoice(1, updated_at=ago(seconds=1), created_at=ago(seconds=0)), invoice(2, updated_at=ago(days=9))])
    chosen = firm.chosen
    firm.chosen = lambda params: [{**row, "updated_at": None} if row["id"] == 2 else row for row in chosen(params)]
    assert set(payloads(firm, ago(minutes=5))) == {"2026-1", "2026-2"}


# -- companions ------------------------------------------------------------------------------------------------


def test_case_002_mandates_are_asked_with_an_administrators_key_only():
    seller = Seller(
        party=SELLER.party, bank=BankAccount(iban="FR7600000000000000000000000"), creditor_id="FR00ZZZ000000"
    )
    firm = Firm([invoice(n, customer_id=500 + n) for n in range(1, 61)])
    firm.customers = {500 + n: {"id": 500 + n, "firm_id": FIRM} for n in range(1, 61)}
    firm.before = None
    route = firm.route
    firm.route = lambda path, params: firm.answer({}, 403) if "with_sepa" in params else route(path, params)
    found = [s for page in source(firm, seller).issued_since(None) for s in page.snapshots]
    assert len(found) == 60
    assert all(snapshot.payload["customer"] for snapshot in found)
    assert sum("with_sepa" in request.url.params for request in firm.requests) == 1


def test_case_072_customers_left_out_of_the_bulk_are_asked_one_by_one():
    firm = Firm([invoice(1, customer_id=501), invoice(2, customer_id=502), invoice(3, customer_id=None)])
    firm.customers = {501: {"id": 501, "firm_id": FIRM, "company_name": "Archivé"}}
    route = firm.route
    firm.route = lambda path, params: firm.page([], params) if path == "customers.json" else route(path, params)
    found = payloads(firm)
    assert found["2026-1"]["customer"]["company_name"] == "Archivé"
    assert found["2026-2"]["customer"] is None
    assert found["2026-3"]["customer"] is None
    bulk = next(request for request in firm.requests if request.url.path.endswith("customers.json"))
    assert (bulk.url.params["mode"], bulk.url.params["ids"]) == ("all", "501,502")


def test_case_021_an_invoice_gone_since_the_list_is_skipped():
    firm = Firm([invoice(1), invoice(2)])
    firm.headers = {}
    route = firm.route

    def without_items(path, params):
        if path == "invoices.json" and params.get("order"):
            rows = [{k: v for k, v in row.items() if k != "items"} for row in firm.invoices.values()]
            return firm.page(rows, params)
        return firm.answer({}, 404) if path == "invoices/2.json" else route(path, params)

    firm.route = without_items
    (page,) = scanned(firm)
    assert [skipped.reason for skipped in page.skipped] == ["deleted"]
    assert page.snapshots[0].payload["invoice"]["items"][0]["title"] == "Conseil"


def test_case_022_and_023_what_a_list_leaves_out_is_asked_not_supposed():
    firm = Firm([invoice(1)])
    del firm.invoices[1]["settlements"]
    payload = payloads(firm)["2026-1"]
    assert payload["invoice"]["settlements"] == [{"id": 9, "paid_on": "2026-11-02", "total": "120.0"}]
    assert "invoices/1.json" in firm.asked
    assert "invoices/1/settlements.json" in firm.asked


def test_a_credit_note_names_the_invoice_it_refunds():
    firm = Firm([invoice(1, invoiced_on="2026-03-02"), invoice(2, refund_id=1, total_with_vat="-120.0")])
    assert payloads(firm)["2026-2"]["preceding"] == [
        {"id": 1, "number": "2026-1", "issued_on": "2026-03-02", "kind": "invoice"}
    ]
    assert "invoices/1.json" not in firm.asked


def test_a_credit_note_of_an_older_deposit_finds_it_and_its_kind():
    firm = Firm([invoice(1, invoiced_on="2025-03-02", updated_at=ago(days=300))])
    firm.invoices[2] = invoice(2, refund_id=1, total_with_vat="-120.0", updated_at=ago(minutes=1))
    firm.deposits = {1}
    (told,) = payloads(firm, ago(hours=1))["2026-2"]["preceding"]
    assert told == {"id": 1, "number": "2026-1", "issued_on": "2025-03-02", "kind": "down_payment"}


def test_case_044_a_refunded_invoice_that_is_gone_is_left_out():
    firm = Firm([invoice(2, refund_id=1, total_with_vat="-120.0")])
    assert payloads(firm)["2026-2"]["preceding"] == []


def test_case_043_a_manual_credit_note_is_resolved_by_the_number_in_its_text():
    firm = Firm(
        [
            invoice(12, invoiced_on="2026-03-02", updated_at=ago(days=200)),
            invoice(2, title="Avoir sur facture 2026-12", total_with_vat="-120.0", updated_at=ago(minutes=1)),
        ]
    )
    (told,) = payloads(firm, ago(hours=1))["2026-2"]["preceding"]
    assert (told["id"], told["number"], told["issued_on"]) == (12, "2026-12", "2026-03-02")
    exact = [r.url.params["full_invoice_ref"] for r in firm.requests if "full_invoice_ref" in r.url.params]
    assert exact == ["2026-12"]


def test_a_number_that_two_records_share_resolves_to_none():
    firm = Firm([invoice(12), invoice(13, full_invoice_ref="2026-12")])
    firm.invoices[2] = invoice(2, title="Avoir sur facture 2026-12", total_with_vat="-120.0")
    assert payloads(firm)["2026-2"]["preceding"] == []


def test_case_046_a_credit_note_of_an_external_invoice_names_its_own_number():
    firm = Firm([invoice(1, external=True, external_ref="F-77"), invoice(2, refund_id=1, total_with_vat="-120.0")])
    (told,) = payloads(firm)["2026-2"]["preceding"]
    assert (told["number"], told["kind"]) == ("F-77", "external")


def final(**fields):
    items = [
        {"title": "Site", "quantity": "1.0", "unit_price": "1000.0", "total": "1000.0", "vat": "0.2"},
        {"title": "Acompte n°2026-61", "quantity": "1.0", "unit_price": "-300.0", "total": "-300.0", "vat": "0.2"},
    ]
    return invoice(62, items=items, quote_id=8, **fields)


def test_case_048_a_final_invoice_names_the_deposits_it_deducts():
    firm = Firm([invoice(61, invoiced_on="2026-09-17"), final()])
    firm.deposits = {61}
    firm.quotes = {8: {"id": 8, "firm_id": FIRM, "quote_ref": "D-8", "invoice_ids": ["61", 62], "title": "…"}}
    payload = payloads(firm)["2026-62"]
    assert payload["kind"] == "invoice"
    assert payload["preceding"] == [{"id": 61, "number": "2026-61", "issued_on": "2026-09-17", "kind": "down_payment"}]
    assert payload["quote"] == {"quote_ref": "D-8", "invoice_ids": [61, 62]}


def test_deposits_that_no_line_names_are_found_through_the_quote():
    row = final()
    row["items"][1]["title"] = "Acompte déjà versé"
    firm = Firm([invoice(61, invoiced_on="2026-09-17"), invoice(60), row])
    firm.deposits = {61}
    firm.quotes = {8: {"id": 8, "firm_id": FIRM, "quote_ref": "D-8", "invoice_ids": [60, 61, 62]}}
    assert [told["id"] for told in payloads(firm)["2026-62"]["preceding"]] == [61]


def test_a_quote_that_is_gone_is_no_reason_to_stop():
    firm = Firm([final()])
    assert payloads(firm)["2026-62"]["quote"] is None


# -- one invoice -----------------------------------------------------------------------------------------------


def test_one_invoice_by_its_complete_number():
    firm = Firm([invoice(1), invoice(12)])
    firm.deposits = {12}
    found = source(firm).snapshot(" 2026-12 ")
    assert isinstance(found, Snapshot)
    assert (found.reference.source_id, found.payload["kind"]) == ("12", "down_payment")


def test_one_invoice_by_its_id():
    found = source(Firm([invoice(12)])).snapshot("12")
    assert found.reference.number == "2026-12"


def test_one_invoice_that_is_not_sent_says_why():
    found = source(Firm([invoice(3, soft_deleted=True)])).snapshot("2026-3")
    assert isinstance(found, Skipped)
    assert found.reason == "deleted"


def test_an_invoice_of_a_later_day_is_kept_for_that_day():
    (page,) = scanned(Firm([invoice(4, invoiced_on="2026-12-24")]))
    (found,) = page.snapshots
    assert page.skipped == ()
    assert found.reference.issue_date == date(2026, 12, 24)


@pytest.mark.parametrize("reference", ["2026-99", "99", "2026", "x/../y"])
def test_one_invoice_that_is_not_there(reference):
    with pytest.raises(SourceRefused) as caught:
        source(Firm([invoice(1)])).snapshot(reference)
    assert caught.value.code == "NOT_FOUND"
    assert reference in str(caught.value)


def test_a_number_that_is_also_an_id_of_another_is_not_guessed():
    firm = Firm([invoice(1, full_invoice_ref="12"), invoice(12)])
    with pytest.raises(SourceRefused) as caught:
        source(firm).snapshot("12")
    assert caught.value.code == "AMBIGUOUS"


def test_a_number_that_two_records_share_is_not_guessed():
    firm = Firm([invoice(1, full_invoice_ref="F-1"), invoice(2, full_invoice_ref="F-1")])
    with pytest.raises(SourceRefused) as caught:
        source(firm).snapshot("F-1")
    assert caught.value.code == "AMBIGUOUS"


def test_the_snapshot_is_stated_by_the_mapping(monkeypatch):
    snapshot = source(Firm([invoice(1)])).snapshot("2026-1")
    stated = object.__new__(Invoice)
    asked = []
    monkeypatch.setattr(adapter, "to_invoice", lambda payload, seller: asked.append((payload, seller)) or stated)
    assert source(Firm()).invoice(snapshot) is stated
    assert asked == [(snapshot.payload, SELLER)]
