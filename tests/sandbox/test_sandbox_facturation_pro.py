"""Facturation.pro over loopback: the parameters, headers, limits and oddities that a connector must live with."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from pdp_bridge.pacing import Window
from pdp_bridge.sandbox.facturation_pro import REAL_LIMITS, SourceOptions

LIST = "/firms/4242/invoices.json"


def invoice(key, **fields):
    return {
        "id": key,
        "full_invoice_ref": f"2026-{key}",
        "invoice_ref": str(key),
        "customer_id": 7,
        "invoiced_on": "2026-09-10",
        "term_on": "2026-10-10",
        "paid_on": None,
        "draft": False,
        "external": False,
        "total": "100.0",
        "total_with_vat": "120.0",
        "items": [{"id": key * 10, "title": "Conseil", "quantity": "1.0"}],
        "files": [],
        "settlements": [{"id": key * 100, "total": "120.0", "paid_on": "2026-10-01"}],
        **fields,
    }


def ids(response):
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()]


@pytest.fixture
def firm(sandbox):
    return sandbox.facturation_pro


@pytest.fixture
def client(sandbox, firm_client):
    return firm_client(sandbox)


def test_account_lists_the_firm(client):
    account = client.get("/account.json").json()
    assert account["firms"] == [{"id": 4242, "name": "Atelier Numérique SAS"}]


@pytest.mark.parametrize("auth", [None, ("sandbox-42", "wrong"), ("é", "clé")])
def test_bad_credentials_are_401(sandbox, firm_client, auth):
    response = firm_client(sandbox, auth=auth).get("/account.json")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_another_scheme_than_basic_is_401(sandbox, firm_client):
    client = firm_client(sandbox, auth=None, headers={"Authorization": "Bearer abc"})
    assert client.get("/account.json").status_code == 401


def test_another_firm_is_404(client):
    assert client.get("/firms/1/invoices.json").status_code == 404
    assert client.get("/firms/1/customers/2.json").content == b""


def test_a_request_without_any_user_agent_is_refused(sandbox, firm_client):
    client = firm_client(sandbox, headers={"User-Agent": ""})
    assert client.get("/account.json").status_code == 403
    assert client.get("/account.json", headers={"X-User-Agent": "pdp (a@example.fr)"}).status_code == 200


def test_lists_omit_items_and_settlements_unless_asked(firm, client):
    firm.add_invoice(invoice(1))
    plain = client.get(LIST).json()[0]
    assert not {"items", "files", "settlements"} & set(plain)
    assert "items" in client.get(LIST, params={"with_details": 1}).json()[0]
    assert "settlements" in client.get(LIST, params={"with_settlements": 1}).json()[0]
    detail = client.get("/firms/4242/invoices/1.json").json()
    assert {"items", "files", "settlements"} <= set(detail)


def test_pages_hold_fifty_rows_and_say_so_in_a_header(firm, client):
    for key in range(1, 121):
        firm.add_invoice(invoice(key))
    first = client.get(LIST)
    assert json.loads(first.headers["X-Pagination"]) == {
        "current_page": 1,
        "total_pages": 3,
        "per_page": 50,
        "total_entries": 120,
    }
    assert ids(first) == list(range(120, 70, -1)), "default: number, descending, in counting order"
    assert ids(client.get(LIST, params={"page": 3})) == list(range(20, 0, -1))
    assert ids(client.get(LIST, params={"page": 4})) == []


def test_an_update_moves_a_row_to_the_top_of_the_descending_scan(sandbox, firm, client):
    for key in (1, 2, 3):
        firm.add_invoice(invoice(key))
        sandbox.advance(1)
    params = {"order": "updated", "sort": "desc"}
    assert ids(client.get(LIST, params=params)) == [3, 2, 1]
    firm.edit_invoice(1, title="Corrigé")
    assert ids(client.get(LIST, params=params)) == [1, 3, 2]
    assert ids(client.get(LIST, params={"order": "created", "sort": "asc"})) == [1, 2, 3]


def test_updates_are_ordered_by_instant_across_the_change_of_hour(firm, client):
    firm.add_invoice(invoice(1, updated_at="2026-10-25T02:50:00.000+02:00"))
    firm.add_invoice(invoice(2, updated_at="2026-10-25T02:10:00.000+01:00"))
    assert ids(client.get(LIST, params={"order": "updated", "sort": "desc"})) == [2, 1]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"bill_type": "refund"}, [2]),
        ({"bill_type": "down_payment"}, [3]),
        ({"bill_type": "draft"}, [4]),
        ({"bill_type": "external"}, [5]),
        ({"bill_type": "invoice"}, [10, 1]),
        ({"bill_type": "paid"}, [10]),
        ({"bill_type": "term"}, [5, 3, 2, 1]),
        ({"full_invoice_ref": "2026-1"}, [1]),
        ({"invoice_ref": "1"}, [10, 1]),
        ({"api_custom": "pdp:"}, [10]),
        ({"customer_id": "8"}, [10]),
        ({"period_start": "2026-10", "period_end": "2026-10", "period_type": "billed"}, [10]),
        ({"period_start": "2026-11-02", "period_end": "2026-11-02"}, [10]),
        ({"period_start": "2026-10-01", "period_end": "2026-10-31"}, []),
        ({"ids": "1,3", "bill_type": "draft", "customer_id": "8"}, [3, 1]),
        ({"ids": "3,1", "sort": "asc"}, [1, 3]),
    ],
)
def test_filters(firm, client, params, found):
    firm.add_invoice(invoice(1))
    firm.add_invoice(invoice(2), kind="refund")
    firm.add_invoice(invoice(3), kind="down_payment")
    firm.add_invoice(invoice(4, draft=True, full_invoice_ref=None, invoice_ref=None, term_on=None))
    firm.add_invoice(invoice(5, external=True))
    paid = {"paid_on": "2026-11-02", "invoiced_on": "2026-10-31", "api_custom": "pdp:iopole:x", "customer_id": 8}
    firm.add_invoice(invoice(10, **paid))
    assert ids(client.get(LIST, params=params)) == found


def test_an_exact_reference_without_result_is_empty_or_404(start, firm_client):
    params = {"full_invoice_ref": "2026-99"}
    assert ids(firm_client(start()).get(LIST, params=params)) == []
    quirky = start(source=SourceOptions(empty_filter_is_404=True))
    assert firm_client(quirky).get(LIST, params=params).status_code == 404


def test_ids_may_drop_the_details(start, firm_client):
    sandbox = start(source=SourceOptions(ids_keep_details=False))
    sandbox.facturation_pro.add_invoice(invoice(1))
    client = firm_client(sandbox)
    assert "items" not in client.get(LIST, params={"ids": "1", "with_details": 1}).json()[0]
    assert "items" in client.get(LIST, params={"with_details": 1}).json()[0]


def test_the_pagination_header_may_be_missing(start, firm_client):
    client = firm_client(start(source=SourceOptions(pagination_header=False)))
    assert "X-Pagination" not in client.get(LIST).headers


def test_customers_are_the_active_ones_unless_asked(firm, client):
    firm.add_customer({"id": 7, "company_name": "A", "siret": "x"})
    firm.add_customer({"id": 8, "company_name": "B", "siret": "", "individual": False})
    firm.add_customer({"id": 9, "company_name": "C", "siret": "x", "archived": True})
    firm.add_customer({"id": 10, "last_name": "D", "individual": True})
    path = "/firms/4242/customers.json"
    assert ids(client.get(path)) == [7, 8, 10]
    assert ids(client.get(path, params={"mode": "all"})) == [7, 8, 9, 10]
    assert ids(client.get(path, params={"mode": "archived"})) == [9]
    assert ids(client.get(path, params={"mode": "individual"})) == [10]
    assert ids(client.get(path, params={"mode": "missing_siret"})) == [8]
    assert ids(client.get(path, params={"ids": "9,7"})) == [7, 9]
    assert client.get("/firms/4242/customers/9.json").json()["company_name"] == "C"
    assert client.get("/firms/4242/customers/11.json").status_code == 404


def test_mandates_need_the_administrators_key(start, firm_client):
    params = {"with_sepa": 1}
    assert firm_client(start()).get("/firms/4242/customers.json", params=params).status_code == 403
    admin = start(source=SourceOptions(admin_key=True))
    assert firm_client(admin).get("/firms/4242/customers.json", params=params).status_code == 200


def test_the_shortcut_of_a_customer_redirects_with_a_relative_location(client):
    response = client.get("/firms/4242/customers/7/invoices.json")
    assert response.status_code == 302
    assert response.headers["Location"] == "/firms/4242/invoices.json?customer_id=7"


def test_a_quote_tells_its_invoices(firm, client):
    firm.add_quote({"id": 30, "quote_ref": "D-1", "invoice_ids": [1, 2]})
    assert client.get("/firms/4242/quotes/30.json").json()["invoice_ids"] == [1, 2]
    assert ids(client.get("/firms/4242/quotes.json")) == [30]


def test_settlements_and_small_tables(firm, client):
    firm.add_invoice(invoice(1))
    assert client.get("/firms/4242/invoices/1/settlements.json").json()[0]["total"] == "120.0"
    firm.add_settlement(1, {"total": "5.0", "paid_on": "2026-11-01"})
    assert len(client.get("/firms/4242/invoices/1/settlements.json").json()) == 2
    assert client.get("/firms/4242/invoices/2/settlements.json").status_code == 404
    for table in ("products", "categories", "followups"):
        assert ids(client.get(f"/firms/4242/{table}.json")) == []


def test_patch_changes_what_is_not_frozen_and_bumps_the_date(sandbox, firm, client):
    before = firm.add_invoice(invoice(1))["updated_at"]
    sandbox.advance(5)
    answer = client.patch("/firms/4242/invoices/1.json", json={"api_custom": "pdp:iopole:1", "internal_note": "vu"})
    assert answer.status_code == 200
    assert answer.json()["api_custom"] == "pdp:iopole:1"
    assert answer.json()["updated_at"] > before


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"total": "1.0"}', {"Content-Type": "application/json"}, 422),
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 501),
    ],
)
def test_patch_refuses_frozen_fields_bad_json_and_other_types(firm, client, content, headers, status):
    firm.add_invoice(invoice(1))
    response = client.patch("/firms/4242/invoices/1.json", content=content, headers=headers)
    assert response.status_code == status
    assert firm.record("invoices", 1)["total"] == "100.0"


@pytest.mark.parametrize("changes", [{"api_custom": "x" * 256}, {"followup_id": 12}, ["api_custom"]])
def test_patch_refuses_long_texts_and_unknown_follow_ups(firm, client, changes):
    firm.add_invoice(invoice(1))
    assert client.patch("/firms/4242/invoices/1.json", json=changes).status_code in {400, 422}
    assert not {"api_custom", "followup_id"} & {key for key, value in firm.record("invoices", 1).items() if value}


def test_a_follow_up_is_listed_and_set(firm, client):
    firm.add_invoice(invoice(1))
    known = firm.add_follow_up("Transmise")
    assert client.get("/firms/4242/followups.json").json()[0]["title"] == "Transmise"
    for follow_up in (known["id"], -1, 0, None):
        assert client.patch("/firms/4242/invoices/1.json", json={"followup_id": follow_up}).status_code == 200
        assert firm.record("invoices", 1)["followup_id"] == follow_up


def test_the_disk_of_a_firm_has_an_end_and_files_may_be_deleted(start, firm_client):
    sandbox = start(source=SourceOptions(disk_quota=10))
    firm, client = sandbox.facturation_pro, firm_client(sandbox)
    firm.add_invoice(invoice(1))
    path = "/firms/4242/invoices/1/upload.json"
    first = client.post(path, files={"upload_file": ("a.pdf", b"12345678")})
    assert first.status_code == 201
    refused = client.post(path, files={"upload_file": ("b.pdf", b"123")})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["upload_file"])
    assert client.delete(f"/firms/4242/assets/{first.json()['id']}.json").status_code == 200
    assert client.delete(f"/firms/4242/assets/{first.json()['id']}.json").status_code == 404
    assert firm.record("invoices", 1)["files"] == []
    assert client.post(path, files={"upload_file": ("b.pdf", b"123")}).status_code == 201


def test_patch_of_an_unknown_invoice_is_404(client):
    assert client.patch("/firms/4242/invoices/1.json", json={}).status_code == 404


def test_patch_may_answer_an_empty_body(start, firm_client):
    sandbox = start(source=SourceOptions(patch_returns_object=False))
    sandbox.facturation_pro.add_invoice(invoice(1))
    response = firm_client(sandbox).patch("/firms/4242/invoices/1.json", json={"api_custom": "x"})
    assert (response.status_code, response.content) == (200, b"")


def test_upload_is_kept_with_the_invoice(firm, client):
    firm.add_invoice(invoice(1))
    path = "/firms/4242/invoices/1/upload.json"
    files = {"upload_file": ("a.pdf", b"%PDF-1.7\r\n--x", "application/pdf")}
    answer = client.post(path, params={"filename": "FA-1.pdf", "visible": 1}, files=files)
    assert answer.status_code == 201
    assert answer.json() | {"id": 0, "download_url": ""} == {
        "id": 0,
        "invoice_id": 1,
        "document_name": "FA-1.pdf",
        "document_size": 13,
        "download_url": "",
        "visible": True,
    }
    assert len(client.get("/firms/4242/invoices/1.json").json()["files"]) == 1
    assert len(client.get("/firms/4242/assets/invoices.json", params={"invoice_id": 1}).json()) == 1
    assert client.get(answer.json()["download_url"]).content == b"%PDF-1.7\r\n--x"
    assert client.get("/firms/4242/assets/1/download").status_code == 404
    assert client.post(path, files={"other": ("a.pdf", b"x")}).status_code == 422
    assert client.post(path, content=b"x").status_code == 400


def test_the_original_page_is_a_pdf_and_drafts_have_none(firm, client):
    firm.add_invoice(invoice(1))
    firm.add_invoice(invoice(2, draft=True))
    page = client.get("/firms/4242/invoices/1.pdf", params={"original": 1})
    assert page.headers["Content-Type"] == "application/pdf"
    assert page.content.startswith(b"%PDF-")
    assert page.content.rstrip().endswith(b"%%EOF")
    assert client.get("/firms/4242/invoices/2.pdf").status_code == 404


def test_limits_count_over_a_sliding_window(start, firm_client):
    sandbox = start(source=SourceOptions(limits=(Window(requests=3, seconds=300),)))
    client = firm_client(sandbox)
    left = [client.get("/account.json").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = client.get("/account.json")
    assert (refused.status_code, refused.text) == (429, "Retry later\n")
    assert 290 <= int(refused.headers["Retry-After"]) <= 300
    sandbox.advance(int(refused.headers["Retry-After"]))
    assert client.get("/account.json").status_code == 200


def test_without_limits_the_headers_say_there_is_room(client):
    headers = [client.get("/account.json").headers for _ in range(3)][-1]
    assert headers["X-RateLimit-Limit"] == str(REAL_LIMITS[0].requests)
    assert headers["X-RateLimit-Remaining"] == "599"


def test_retry_after_may_be_missing(start, firm_client):
    limits = (Window(requests=1, seconds=300),)
    client = firm_client(start(source=SourceOptions(limits=limits, retry_after=False)))
    client.get("/account.json")
    assert "Retry-After" not in client.get("/account.json").headers


def test_every_answer_bears_the_date_of_the_sandboxs_clock(sandbox, client):
    before = datetime.now(UTC)
    sandbox.advance(86_400)
    served = parsedate_to_datetime(client.get("/account.json").headers["Date"])
    assert served - before > timedelta(hours=23)


def test_records_are_changed_and_deleted_under_the_servers_feet(firm, client):
    firm.add_invoice(invoice(1))
    given = firm.record("invoices", 1)
    given["items"].clear()
    assert firm.record("invoices", 1)["items"], "records given out are copies"
    firm.edit_customer(firm.add_customer({"company_name": "A"})["id"], city="Brest")
    assert client.get("/firms/4242/customers.json").json()[0]["city"] == "Brest"
    firm.delete_invoice(1)
    assert client.get("/firms/4242/invoices/1.json").status_code == 404
    with pytest.raises(KeyError):
        firm.edit_invoice(1, title="x")
    with pytest.raises(ValueError, match="down_payment"):
        firm.add_invoice({}, kind="deposit")


def test_a_snapshot_fills_the_firm(firm, client):
    payload = {
        "invoice": invoice(1, quote_id=30),
        "customer": {"id": 7, "company_name": "A"},
        "quote": {"quote_ref": "D-1", "invoice_ids": [1]},
        "kind": "down_payment",
    }
    firm.add_snapshot(payload)
    assert ids(client.get(LIST, params={"bill_type": "down_payment"})) == [1]
    assert client.get("/firms/4242/quotes/30.json").json()["quote_ref"] == "D-1"
    assert [row["id"] for row in firm.customers_of(firm.records("invoices"))] == [7]


def test_a_browser_style_client_can_keep_one_connection(sandbox, firm_client):
    with httpx.Client(base_url=sandbox.facturation_pro_url, auth=("sandbox-42", sandbox.source_options.api_key)) as one:
        assert [one.get("/account.json").status_code for _ in range(20)] == [200] * 20
    assert len(sandbox.facturation_pro_exchanges) == 20
