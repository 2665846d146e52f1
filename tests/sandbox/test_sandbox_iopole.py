"""Iopole over loopback: token, deposit, asynchronous verdict, statuses, search and the quirks in between."""

import re
import uuid
from datetime import UTC, datetime

import httpx
import pytest
from toy_invoices import BUYER, DELAY, SELLER, send, token, toy

from pdp_bridge.pacing import Window
from pdp_bridge.sandbox.deposits import NOT_SEEN_CAP
from pdp_bridge.sandbox.iopole import TOKEN_PATH
from pdp_bridge.sandbox.statuses import Detail, uuid7


@pytest.fixture
def client(sandbox, platform_client):
    return platform_client(sandbox)


def history(client, key):
    response = client.get(f"/v1/invoice/{key}/status-history")
    assert response.status_code == 200
    return response.json()


def codes(client, key):
    return [item["status"]["code"] for item in history(client, key) if item["destType"] == "OPERATOR"]


def verdict(sandbox, client, content, filename="a.xml"):
    key = send(client, content, filename).json()["id"]
    sandbox.advance(3 * DELAY)
    return history(client, key)[-1]


def search(client, query="", **params):
    return client.get("/v1.1/invoice/search", params={"q": query, **params})


# -- who is calling --------------------------------------------------------------------------------------------


def test_a_token_lives_as_long_as_it_says(start, platform_client):
    sandbox = start(token_seconds=600)
    client = platform_client(sandbox)
    answer = token(sandbox, client).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 600
    assert len(answer["access_token"]) > 1400
    assert client.get("/v1/invoice/notSeen").status_code == 200
    sandbox.advance(601)
    refused = client.get("/v1/invoice/notSeen")
    assert (refused.status_code, refused.json()) == (401, {"statusMessage": "Token is missing or invalid"})


def test_tokens_may_be_forgotten(sandbox, client):
    sandbox.forget_tokens()
    assert client.get("/v1/invoice/notSeen").status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "demo sandbox@example.fr"}, 401, "invalid_client"),
        ({"scope": "oauth2ClientCredentials"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_token_errors_are_those_of_oauth(sandbox, client, changes, status, error):
    response = token(sandbox, client, **changes)
    assert (response.status_code, response.json()["error"]) == (status, error)


def test_the_client_may_use_basic_but_not_json(sandbox, client):
    options = sandbox.platform_options
    basic = (options.client_id, options.client_secret)
    form = {"grant_type": "client_credentials"}
    assert client.post(TOKEN_PATH, data=form, auth=basic).status_code == 200
    assert client.post(TOKEN_PATH, data=form, headers={"Authorization": "Basic =="}).status_code == 401
    assert client.post(TOKEN_PATH, json=form).status_code == 415


def test_no_call_goes_through_without_token_or_customer(sandbox, client):
    with httpx.Client(base_url=sandbox.iopole_url) as bare:
        assert bare.get("/v1/config/customer/id").status_code == 401
        assert bare.post("/v1/invoice").status_code == 401
    del client.headers["customer-id"]
    assert send(client, toy()).status_code == 403
    client.headers["customer-id"] = str(uuid.uuid4())
    assert send(client, toy()).status_code == 403
    assert sandbox.iopole.deposits == ()


def test_the_customer_id_is_a_bare_text_page(sandbox, client):
    del client.headers["customer-id"]
    response = client.get("/v1/config/customer/id")
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text == sandbox.platform_options.customer_id


# -- deposits --------------------------------------------------------------------------------------------------


def test_a_deposit_is_taken_and_not_yet_judged(sandbox, client):
    response = send(client, toy("FA-7"))
    assert response.status_code == 201
    assert response.json()["type"] == "INVOICE"
    key = response.json()["id"]
    assert uuid.UUID(key).version == 7
    assert history(client, key) == []
    deposit = sandbox.iopole.deposit(key)
    assert (deposit.number, deposit.siren, deposit.buyer_siren) == ("FA-7", SELLER, BUYER)
    assert (deposit.state, deposit.filename, deposit.content) == ("PENDING", "facture.xml", toy("FA-7"))


@pytest.mark.parametrize("filename", ["facture.txt", "facture", "facture.pDF"])
def test_the_file_name_must_say_pdf_or_xml(sandbox, client, filename):
    response = send(client, toy(), filename)
    assert response.status_code == 400
    assert response.json()["details"]["path"] == ["file"]
    assert sandbox.iopole.deposits == ()


@pytest.mark.parametrize(
    "request_options",
    [
        {"files": {"invoice": ("a.xml", b"<a/>")}},
        {"data": {"file": "a.xml"}},
        {"json": {"invoice": {}}},
        {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"--x\r\nfile\r\n--x--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {
            "content": b"--x\r\nA: b\r\n\r\nfile\r\n--x--\r\n",
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
        },
    ],
)
def test_anything_but_a_multipart_file_is_400(sandbox, client, request_options):
    assert client.post("/v1/invoice", **request_options).status_code == 400
    assert sandbox.iopole.deposits == ()


def test_a_file_beyond_the_limit_is_413(start, platform_client):
    client = platform_client(start(max_bytes=1000))
    assert send(client, b"x" * 3_000_000).status_code == 413


def test_bytes_come_back_as_they_went(sandbox, client):
    content = b"%PDF-1.7\r\n" + bytes(range(256)) * 5000 + b"\r\n--not-a-boundary--\r\n"
    key = send(client, content, "é à.pdf").json()["id"]
    download = client.get(f"/v1/invoice/{key}/download")
    assert download.content == content
    assert download.headers["Content-Type"] == "application/pdf"
    file = client.get(f"/v1/invoice/{key}/files").json()[0]
    assert file["checksum"] == sandbox.iopole.deposit(key).sha256
    assert (file["sizeBytes"], file["fileName"]) == (len(content), "é à.pdf")
    assert client.get(f"/v1/invoice/file/{file['fileId']}/download").content == content


@pytest.mark.parametrize("path", ["", "/download", "/files", "/status-history"])
def test_an_unknown_deposit_is_404_and_nonsense_400(client, path):
    assert client.get(f"/v1/invoice/{uuid.uuid4()}{path}").status_code == 404
    assert client.get(f"/v1/invoice/nonsense{path}").status_code == 400


def test_metadata_is_an_array_of_one_or_an_object(start, platform_client):
    for as_array in (True, False):
        client = platform_client(start(metadata_as_array=as_array))
        key = send(client, toy("FA-9")).json()["id"]
        answer = client.get(f"/v1/invoice/{key}").json()
        record = answer[0] if as_array else answer
        assert record["businessData"]["invoiceId"] == "FA-9"
        assert record["businessData"]["monetary"]["invoiceAmount"] == {"amount": 120.0, "currency": "EUR"}
        assert (record["way"], record["originalFormat"]) == ("EMITTED", "CII")


# -- verdicts --------------------------------------------------------------------------------------------------


def test_the_verdict_comes_in_steps(sandbox, client):
    key = send(client, toy()).json()["id"]
    seen = []
    for _ in range(20):
        sandbox.advance(DELAY / 10)
        step = (codes(client, key), sandbox.iopole.deposit(key).state)
        if step not in seen:
            seen.append(step)
    assert seen == [
        ([], "PENDING"),
        (["SUBMITTED"], "PROCESSING"),
        (["SUBMITTED", "ISSUED"], "DELIVERY_PENDING"),
        (["SUBMITTED", "ISSUED", "RECEIVED"], "DELIVERED"),
        (["SUBMITTED", "ISSUED", "RECEIVED", "MADE_AVAILABLE"], "DELIVERED"),
    ]
    items = history(client, key)
    assert [item["destType"] for item in items] == ["PPF", *["OPERATOR"] * 4]
    assert len({item["statusId"] for item in items}) == 5
    assert [item["status"].get("networkCode") for item in items] == [None, None, None, "202", "203"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", item["date"]) for item in items)
    reference = items[-1]["json"]["responses"][0]["documentReference"]
    assert (reference["issuerAssignedId"], reference["typeCode"]) == ("FA-1", 380)
    assert items[-1]["json"]["sender"]["roleCode"] == "SE"
    assert items[-1]["json"]["issuer"] is None


def test_in_real_time_the_verdict_takes_the_delay(start, platform_client):
    sandbox = start(rules={"verdict_delay_seconds": 0.0})
    client = platform_client(sandbox)
    key = send(client, toy()).json()["id"]
    sandbox.iopole.settle()
    sandbox.clock.advance(0.01)
    assert codes(client, key)[-1] == "MADE_AVAILABLE"


def test_an_invalid_document_is_rejected_with_its_findings(sandbox, client):
    item = verdict(sandbox, client, toy(mark="wrong"))
    assert item["status"] == {"code": "REJECTED"}
    response = item["json"]["responses"][0]
    assert response["rejectionDetail"]["reason"] == "VALIDATION_FAILURE"
    assert response["rejectionDetail"]["errors"] == [
        {
            "reason": "BUSINESS",
            "message": "[BR-FR-05]-The note PMT is missing.",
            "rule": "BR-FR-05",
            "location": "/CrossIndustryInvoice",
        }
    ]
    assert response["rejectionDetails"] == [response["rejectionDetail"]]
    assert sandbox.iopole.deposits[0].state == "INVALID"
    assert sandbox.iopole.deposits[0].codes == ("SUBMITTED", "REJECTED")


@pytest.mark.parametrize(
    ("content", "filename", "reason"),
    [
        (b"", "a.pdf", "EMPTY_FILE"),
        (b"%PDF-1.7 nothing inside", "a.pdf", "UNKNOWN_INVOICE_FLAVOR"),
        (b"<open>", "a.xml", "SYNTAX_ERROR"),
        (
            b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
            "a.xml",
            "UNKNOWN_INVOICE_FORMAT",
        ),
        (b"PK\x03\x04", "a.pdf", "INVALID_FILE_TYPE"),
        (b"X5O!P%@AP[4 EICAR-STANDARD-ANTIVIRUS-TEST-FILE", "a.xml", "ANTIVIRUS_FAILURE"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', "a.xml", "UNKNOWN_INVOICE_FORMAT"),
    ],
)
def test_an_unacceptable_file_is_501_under_its_own_id(sandbox, client, content, filename, reason):
    item = verdict(sandbox, client, content, filename)
    assert item["status"] == {"code": "UNACCEPTABLE", "networkCode": "501"}
    response = item["json"]["responses"][0]
    assert response["rejectionDetail"]["reason"] == reason
    assert response["documentReference"]["typeCode"] == 303
    assert response["documentReference"]["issuerAssignedId"] == item["invoiceId"]
    assert sandbox.iopole.deposits[0].codes == ("UNACCEPTABLE",)


def test_an_unreachable_buyer_is_a_routing_failure(sandbox, client):
    sandbox.iopole.unreachable.add("100005123")
    item = verdict(sandbox, client, toy(buyer="100005123"))
    response = item["json"]["responses"][0]
    assert response["rejectionDetail"] == {
        "reason": "ROUTING_FAILURE",
        "message": "No route found for given key (electronicAddress : 0225:100005123)",
        "networkReason": None,
    }
    assert response["documentReference"]["issuerAssignedId"] is None
    assert sandbox.iopole.deposits[0].state == "WRONG_ROUTING"


def test_a_seller_of_another_operator_is_a_routing_failure(start, platform_client):
    sandbox = start(rules={"sellers": frozenset({"100000009"})})
    item = verdict(sandbox, platform_client(sandbox), toy())
    assert item["json"]["responses"][0]["rejectionDetail"]["reason"] == "ROUTING_FAILURE"


def test_the_second_deposit_of_a_number_is_a_duplicate_and_leaves_the_first_alone(sandbox, client):
    first = send(client, toy("FA-1")).json()["id"]
    item = verdict(sandbox, client, toy("FA-1", mark="again"))
    assert item["json"]["responses"][0]["rejectionDetail"]["reason"] == "DUPLICATED_INVOICE"
    assert [deposit.state for deposit in sandbox.iopole.deposits] == ["DELIVERED", "DUPLICATED"]
    assert codes(client, first)[-1] == "MADE_AVAILABLE"
    other_seller = verdict(sandbox, client, toy("FA-1", seller="100000009"))
    assert other_seller["status"]["code"] == "MADE_AVAILABLE"


@pytest.mark.parametrize(("reuse", "last"), [(False, "REJECTED"), (True, "MADE_AVAILABLE")])
@pytest.mark.parametrize("first", [{"mark": "wrong"}, {"buyer": "100005123"}])
def test_the_number_of_a_rejected_invoice(start, platform_client, first, reuse, last):
    sandbox = start(rules={"reuse_after_rejection": reuse, "unreachable": frozenset({"100005123"})})
    client = platform_client(sandbox)
    assert verdict(sandbox, client, toy("FA-1", **first))["status"]["code"] == "REJECTED"
    assert verdict(sandbox, client, toy("FA-1"))["status"]["code"] == last


def test_the_number_of_an_unacceptable_file_is_free(sandbox, client):
    verdict(sandbox, client, b"<open>")
    assert verdict(sandbox, client, toy("FA-1"))["status"]["code"] == "MADE_AVAILABLE"


def test_a_judge_that_fails_is_told_to_the_test_and_to_the_log(start, platform_client, caplog):
    def judge(_):
        raise RuntimeError("no rules here")

    sandbox = start()
    sandbox.iopole._judge = judge
    send(platform_client(sandbox), toy())
    with pytest.raises(RuntimeError, match="no rules here"):
        sandbox.iopole.settle()
    sandbox.iopole.close()
    assert "could not be judged error=RuntimeError: no rules here" in caplog.text


# -- statuses --------------------------------------------------------------------------------------------------


def test_unread_statuses_are_grouped_by_invoice_until_marked(sandbox, client):
    first, second = (send(client, toy(number)).json()["id"] for number in ("FA-1", "FA-2"))
    assert client.get("/v1/invoice/status/notSeen").json() == []
    sandbox.advance(2 * DELAY)
    groups = client.get("/v1/invoice/status/notSeen").json()
    assert [group["invoiceId"] for group in groups] == [first, second]
    assert [len(group["newstatus"]) for group in groups] == [5, 5]
    for item in groups[0]["newstatus"]:
        assert client.put(f"/v1/invoice/status/{item['statusId']}/markAsSeen").status_code == 204
    assert [group["invoiceId"] for group in client.get("/v1/invoice/status/notSeen").json()] == [second]


def test_unread_statuses_come_by_a_hundred_oldest_first(sandbox, client):
    for number in range(25):
        send(client, toy(f"FA-{number}"))
    sandbox.advance(2 * DELAY)
    items = [item for group in client.get("/v1/invoice/status/notSeen").json() for item in group["newstatus"]]
    assert len(items) == NOT_SEEN_CAP == 100
    rest = {item["date"] for item in items}
    for item in items:
        client.put(f"/v1/invoice/status/{item['statusId']}/markAsSeen")
    later = [item for group in client.get("/v1/invoice/status/notSeen").json() for item in group["newstatus"]]
    assert len(later) == 25
    assert max(rest) <= min(item["date"] for item in later)


def test_a_default_webhook_eats_the_unread_statuses(start, platform_client):
    sandbox = start(rules={"default_webhook": True})
    client = platform_client(sandbox)
    key = send(client, toy()).json()["id"]
    sandbox.advance(2 * DELAY)
    assert client.get("/v1/invoice/status/notSeen").json() == []
    assert len(history(client, key)) == 5


def test_own_invoices_are_unread_until_marked(client):
    key = send(client, toy()).json()["id"]
    assert client.get("/v1/invoice/notSeen").json() == [key]
    assert client.put(f"/v1/invoice/{key}/markAsSeen").status_code == 204
    assert client.get("/v1/invoice/notSeen").json() == []
    assert client.put(f"/v1/invoice/{uuid.uuid4()}/markAsSeen").status_code == 404


def test_later_statuses_come_on_demand(sandbox, client):
    key = send(client, toy()).json()["id"]
    sandbox.advance(2 * DELAY)
    detail = Detail(reason="PO_REFERENCE_INCORRECT_OR_MISSING", message="Bon de commande absent")
    sandbox.iopole.emit(key, "REFUSED", detail)
    refused = history(client, key)[-1]
    assert refused["status"] == {"code": "REFUSED", "networkCode": "210"}
    assert refused["json"]["notes"] == [{"content": "Bon de commande absent"}]
    assert refused["json"]["responses"][0]["rejectionDetail"]["reason"] == "PO_REFERENCE_INCORRECT_OR_MISSING"
    sandbox.iopole.emit(key, "FACTORED", Detail(network_code="225"))
    assert history(client, key)[-1]["status"] == {"code": "FACTORED", "networkCode": "225"}
    with pytest.raises(KeyError):
        sandbox.iopole.emit(str(uuid.uuid4()), "REFUSED")


def test_the_history_has_a_limit_of_its_own(start, platform_client):
    sandbox = start(history_limits=(Window(requests=1, seconds=600),))
    client = platform_client(sandbox)
    key = send(client, toy()).json()["id"]
    assert history(client, key) == []
    refused = client.get(f"/v1/invoice/{key}/status-history")
    assert refused.status_code == 429
    assert refused.json() == {"statusMessage": "Too Many Requests"}
    assert 590 <= int(refused.headers["Retry-After"]) <= 600
    assert client.get("/v1/invoice/status/notSeen").status_code == 200


def test_limits_of_the_whole_api_may_say_nothing_of_when(start, platform_client):
    client = platform_client(start(limits=(Window(requests=2, seconds=60),), retry_after=False))
    answers = [client.get("/v1/invoice/notSeen") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Retry-After" not in answers[-1].headers


def test_the_operator_sends_statuses(sandbox, client):
    key = send(client, toy()).json()["id"]
    sandbox.advance(2 * DELAY)
    payment = [{"vatRate": 20, "amount": 120.5, "currency": "EUR"}]
    answer = client.post(f"/v1/invoice/{key}/status", json={"code": "PAYMENT_RECEIVED", "payment": payment})
    assert (answer.status_code, answer.json()["type"]) == (201, "STATUS")
    item = history(client, key)[-1]
    assert item["status"] == {"code": "PAYMENT_RECEIVED", "networkCode": "212"}
    assert item["json"]["responses"][0]["additionalData"] == [
        {"type": "PAYMENT", "amount": {"value": 120.5, "currency": "EUR"}, "vatRate": 20}
    ]


@pytest.mark.parametrize(
    "order",
    [
        {"code": "SUBMITTED"},
        {"code": "APPROVED", "note": "x"},
        {"code": "PAYMENT_RECEIVED", "payment": {"vatRate": 20}},
        {"code": "PAYMENT_RECEIVED", "payment": [{"vatRate": 20}]},
        [],
    ],
)
def test_a_status_of_the_wrong_shape_is_400(sandbox, client, order):
    key = send(client, toy()).json()["id"]
    assert client.post(f"/v1/invoice/{key}/status", json=order).status_code == 400


def test_a_refused_status_is_told_by_event_only(sandbox, client):
    key = send(client, toy()).json()["id"]
    sandbox.advance(2 * DELAY)
    wrong_rate = {"code": "PAYMENT_SENT", "payment": [{"vatRate": 21, "amount": 1, "currency": "EUR"}]}
    assert client.post(f"/v1/invoice/{key}/status", json=wrong_rate).status_code == 201
    assert client.post(f"/v1/invoice/{key}/status", json={"code": "REFUSED"}).status_code == 201
    assert client.post(f"/v1/invoice/{key}/status", json={"code": "APPROVED"}).status_code == 201
    assert codes(client, key)[-1] == "REFUSED"
    events = client.get("/sandbox/events").json()
    assert [event["eventType"] for event in events] == ["OUTBOUND_STATUS_INVALID", "OUTBOUND_STATUS_NOT_ALLOWED"]
    assert events[1]["payload"]["currentStatus"] == "REFUSED"


# -- look-up ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["FA-3", "FA-2", "FA-1"]),
        ('businessData.invoiceId:"FA-2"', ["FA-2"]),
        ("businessData.invoiceId:FA-*", ["FA-3", "FA-2", "FA-1"]),
        ('seller.siren:"100004217" AND invoice.direction:"OUTBOUND"', ["FA-3", "FA-2", "FA-1"]),
        ('invoice.state:"WRONG_ROUTING"', ["FA-3"]),
        ('invoice.state:"WRONG_ROUTING" OR businessData.invoiceId:"FA-1"', ["FA-3", "FA-1"]),
        ('invoice.direction:"INBOUND"', []),
        ('createdDate:>"2026-01-01 00:00:00"', ["FA-3", "FA-2", "FA-1"]),
        ('createdDate:<"2026-01-01 00:00:00"', []),
        ('invoice.buyer.name:"maison*"', ["FA-3", "FA-2", "FA-1"]),
    ],
)
def test_search(sandbox, client, query, numbers):
    sandbox.iopole.unreachable.add("100005123")
    for number, buyer in (("FA-1", BUYER), ("FA-2", BUYER), ("FA-3", "100005123")):
        send(client, toy(number, buyer=buyer))
        sandbox.advance(3 * DELAY)
    answer = search(client, query, expand="businessData,lastStatusData").json()
    assert [row["businessData"]["invoiceId"] for row in answer["data"]] == numbers
    assert answer["meta"] == {"offset": 0, "limit": 50, "count": len(numbers)}


def test_a_hit_shows_only_what_is_asked(sandbox, client):
    key = send(client, toy()).json()["id"]
    assert set(search(client).json()["data"][0]) == {"metadata"}
    sandbox.advance(2 * DELAY)
    row = search(client, expand="lastStatusData").json()["data"][0]
    assert row["lastStatusData"]["code"] == "MADE_AVAILABLE"
    assert row["metadata"] | {"createDate": "", "date": ""} == {
        "invoiceId": key,
        "state": "DELIVERED",
        "direction": "OUTBOUND",
        "createDate": "",
        "date": "",
    }


@pytest.mark.parametrize(
    "query",
    [
        "FA-1",
        'status:"DELIVERED"',
        'invoice.state:"VALID" XOR invoice.state:"X"',
        "invoice.state:",
        'invoice.state:"A" AND',
    ],
)
def test_a_bad_query_is_400(client, query):
    response = search(client, query)
    assert (response.status_code, response.json()["statusMessage"]) == (400, "Unable to parse correctly query search")


def test_a_field_may_be_unknown_to_the_index(start, platform_client):
    client = platform_client(start(unsearchable=frozenset({"businessData.invoiceId"})))
    assert search(client, 'businessData.invoiceId:"FA-1"').status_code == 400
    assert search(client, 'seller.siren:"100004217"').status_code == 200


def test_search_pages_within_its_caps(sandbox, client):
    for number in range(5):
        send(client, toy(f"FA-{number}"))
    page = search(client, offset=2, limit=2, expand="businessData").json()
    assert [row["businessData"]["invoiceId"] for row in page["data"]] == ["FA-2", "FA-1"]
    assert page["meta"] == {"offset": 2, "limit": 2, "count": 5}
    for bad in ({"limit": 201}, {"limit": 0}, {"offset": 1001}, {"offset": "x"}):
        assert search(client, **bad).status_code == 400


def test_the_index_lags_and_may_lose_deposits_for_a_while(start, platform_client):
    sandbox = start(rules={"index_lag_seconds": 12.0})
    client = platform_client(sandbox)

    def count():
        return search(client).json()["meta"]["count"]

    send(client, toy())
    assert count() == 0
    sandbox.advance(12)
    assert count() == 1
    client.post("/sandbox/index/loss", json={"seconds": 30})
    assert count() == 0
    client.post("/sandbox/clock", json={"advance": 30})
    assert count() == 1


def test_the_directory_knows_everybody_but_the_unreachable(sandbox, client):
    client.post("/sandbox/directory/unreachable", json=["100005123"])
    params = {"q": 'siren:"100005016"'}
    entry = client.get("/v1/directory/french", params=params).json()["data"][0]
    registered = entry["identifiers"][0]["networkRegistered"][0]
    assert (registered["networkIdentifier"], registered["directoryAddress"]) == ("DOMESTIC_FR", "0225:100005016")
    assert client.get("/v1/directory/french", params={"q": 'siret:"10000512300010"'}).json()["data"] == []
    assert client.get("/v1/directory/french", params={"q": "name:x"}).status_code == 400


def test_deposits_are_inspected_from_another_process(sandbox, client):
    key = send(client, toy("FA-5")).json()["id"]
    client.post("/sandbox/clock", json={"advance": 2 * DELAY})
    client.post(f"/sandbox/deposits/{key}/statuses", json={"code": "APPROVED"})
    assert client.post("/sandbox/deposits/x/statuses", json={"code": "APPROVED"}).status_code == 400
    row = client.get("/sandbox/deposits").json()[0]
    assert row["id"] == key
    assert (row["number"], row["siren"], row["state"]) == ("FA-5", SELLER, "DELIVERED")
    assert row["sha256"] == sandbox.iopole.deposits[0].sha256
    assert row["codes"][-1] == "APPROVED"


def test_version_7_ids_bear_their_instant():
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    value = uuid.UUID(uuid7(at))
    assert value.version == 7
    assert value.variant == uuid.RFC_4122
    assert value.int >> 80 == at.timestamp() * 1000
