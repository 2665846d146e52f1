"""The HTTP side of Facturation.pro: facturation-pro.md §6.1, by number."""

import json
import logging

import httpx
import pytest
from paper_firm import FIRM, KEY, NOW, Firm, invoice

from pdp_bridge.errors import ConfigError, SourceRefused, SourceUnavailable
from pdp_bridge.source.facturation_pro.answer import Pagination

JSON = {"Content-Type": "application/json"}
LIMITED = httpx.Response(429, text="Retry later")


def rows(client, **params):
    return [row for listing in client.listing("invoices.json", params) for row in listing.rows]


def raw(content, status=200, **headers):
    return httpx.Response(status, content=content, headers=JSON | headers)


def refused(client, code, kind=SourceRefused):
    with pytest.raises(kind) as caught:
        rows(client)
    assert caught.value.code == code
    assert KEY not in str(caught.value)
    return caught.value


def test_case_001_wrong_key_is_said_at_once_and_never_logged(caplog):
    firm = Firm()
    firm.script = ["account", httpx.Response(401)]
    with caplog.at_level(logging.DEBUG):
        error = refused(firm.client(), "AUTH_FAILED")
    assert error.status == 401
    assert len(firm.requests) == 1
    assert firm.time.slept == []
    assert KEY not in caplog.text


def test_credentials_are_basic_and_the_page_is_never_wrapped_in_javascript():
    firm = Firm([invoice(1)])
    client = firm.client()
    rows(client)
    assert httpx.BasicAuth("1234", KEY)._auth_header == firm.requests[-1].headers["Authorization"]
    assert all("callback" not in request.url.params for request in firm.requests)
    assert KEY not in repr(client)


def test_case_003_unknown_firm_is_refused_before_any_read():
    firm = Firm()
    error = refused(firm.client(firm_id=78), "FIRM_NOT_FOUND")
    assert "77" in str(error)
    assert len(firm.requests) == 1


def test_case_004_retry_after_is_waited_then_the_same_request_again():
    firm = Firm([invoice(1)])
    firm.script = [httpx.Response(429, text="Retry later", headers={"Retry-After": "37"})]
    assert len(rows(firm.client())) == 1
    assert firm.time.slept == [37.0]
    assert firm.requests[1].url == firm.requests[2].url


def test_case_005_limits_without_retry_after_wait_longer_then_stop():
    firm = Firm()
    firm.script = [LIMITED, LIMITED, LIMITED]
    error = refused(firm.client(), "RATE_LIMITED", SourceUnavailable)
    assert firm.time.slept == [60.0, 120.0]
    assert error.retryable


def test_case_005_an_answer_in_between_starts_the_count_again():
    firm = Firm([invoice(n) for n in range(1, 4)], per_page=1)
    firm.script = [LIMITED, LIMITED, None, LIMITED, LIMITED]
    assert len(rows(firm.client())) == 3
    assert firm.time.slept == [60.0, 120.0, 60.0, 120.0]


@pytest.mark.parametrize(
    ("header", "pause"),
    [("Fri, 20 Nov 2026 09:00:41 GMT", 41.0), ("soon", 60.0), ("²", 60.0), ("", 60.0)],
)
def test_case_006_retry_after_as_date_or_garbage(header, pause):
    firm = Firm()
    firm.script = [httpx.Response(429, headers=[(b"Retry-After", header.encode())])]
    rows(firm.client())
    assert firm.time.slept == [pause]


def test_a_pause_of_hours_ends_the_run_instead():
    firm = Firm()
    firm.script = [httpx.Response(429, headers={"Retry-After": "7200"})]
    refused(firm.client(), "RATE_LIMITED", SourceUnavailable)
    assert firm.time.slept == []


def test_case_007_a_scarce_allowance_slows_down_before_being_refused():
    firm = Firm([invoice(n) for n in range(1, 3)], per_page=1)
    firm.headers = {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "1"}
    rows(firm.client())
    assert firm.time.slept == [300.0, 300.0]
    firm.headers = {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "31"}
    before = len(firm.time.slept)
    rows(firm.client())
    assert len(firm.time.slept) == before


def test_limits_are_kept_ahead_of_time():
    firm = Firm([invoice(n) for n in range(1, 700)], per_page=1)
    client = firm.client(rpm=114)
    start = firm.time.now
    rows(client)
    assert len(firm.requests) == 700
    assert sum(firm.time.slept) == pytest.approx(300.0)
    assert firm.time.now - start == pytest.approx(300.0)


def test_no_limit_means_no_wait():
    firm = Firm([invoice(n) for n in range(1, 700)], per_page=1)
    firm.headers = {"X-RateLimit-Remaining": "0"}
    rows(firm.client(rpm=0))
    assert firm.time.slept == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_case_008_passing_failures_are_tried_again_with_growing_pauses(status):
    firm = Firm([invoice(1)])
    firm.script = [httpx.Response(status)] * 3
    assert len(rows(firm.client())) == 1
    first, second, third = firm.time.slept
    assert 8 <= first <= 10
    assert 16 <= second <= 20
    assert 32 <= third <= 40


@pytest.mark.parametrize(
    "failure", [httpx.ReadTimeout("slow"), httpx.ConnectError("down"), httpx.RemoteProtocolError("cut")]
)
def test_case_008_no_answer_four_times_is_unavailable(failure):
    firm = Firm()
    firm.script = [failure] * 4
    error = refused(firm.client(), "UNREACHABLE", SourceUnavailable)
    assert len(firm.time.slept) == 3
    assert error.__cause__ is failure


def test_case_009_a_page_is_not_zero_invoices():
    firm = Firm()
    page = "<html><head><style>p{}</style></head><body><h1>Maintenance</h1>" + "mot " * 100 + "</body></html>"
    firm.script = [httpx.Response(200, html=page)]
    error = refused(firm.client(), "BAD_RESPONSE")
    assert "text/html" in str(error)
    assert "Maintenance" in str(error)
    assert "<h1>" not in str(error)
    assert len(str(error)) < 400


@pytest.mark.parametrize("cut", [b'[{"id": 1, "total": "10', b"", '[{"id": 1, "title": "é'.encode()[:-1]])
def test_case_010_a_cut_answer_is_asked_again_then_refused(cut):
    firm = Firm([invoice(1)])
    firm.script = [raw(cut)]
    assert [row["id"] for row in rows(firm.client())] == [1]
    firm.script = [raw(cut)] * 4
    refused(firm.client(), "BAD_RESPONSE", SourceUnavailable)


@pytest.mark.parametrize(
    "content",
    ['\ufeff[{"id": 1, "title": "Été"}]'.encode(), b'[{"id": 1, "title": "\\u00c9t\\u00e9"}]'],
)
def test_case_012_one_text_whatever_its_encoding(content):
    firm = Firm()
    firm.script = [httpx.Response(200, content=content, headers={"Content-Type": "application/json; charset=latin-1"})]
    assert rows(firm.client())[0]["title"] == "Été"


def test_case_012_text_that_is_not_utf_8_is_refused():
    firm = Firm()
    firm.script = [raw('[{"id": 1, "title": "Été"}]'.encode("latin-1"))]
    refused(firm.client(), "BAD_RESPONSE")


@pytest.mark.parametrize("body", [{"errors": ["quota"]}, "text", None, 3, [1], [{"title": "no id"}]])
def test_case_013_a_list_that_is_none_is_refused(body):
    firm = Firm()
    firm.script = [raw(json.dumps(body).encode())]
    error = refused(firm.client(), "BAD_RESPONSE")
    if isinstance(body, dict):
        assert "quota" in str(error)


def test_case_014_numbers_keep_their_digits():
    firm = Firm()
    firm.script = [raw(b'[{"id": 1, "a": 0.1, "b": 1e3, "c": 123456789012345678901234567890, "d": 48.00}]')]
    row = rows(firm.client())[0]
    assert (str(row["a"]), row["b"], row["c"], str(row["d"])) == ("0.1", 1000, 123456789012345678901234567890, "48.00")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "9" * 5000])
def test_case_014_what_is_no_number_is_refused(value):
    firm = Firm()
    firm.script = [raw(f'[{{"id": 1, "total": {value}}}]'.encode())]
    refused(firm.client(), "BAD_RESPONSE")


def test_case_014_a_key_with_two_values_is_refused_the_same_value_twice_is_not():
    firm = Firm()
    firm.script = [raw(b'[{"id": 1, "total": "10", "total": "20"}]')]
    refused(firm.client(), "BAD_RESPONSE")
    firm.script = [raw(b'[{"id": 1, "total": "10", "total": "10"}]')]
    assert len(rows(firm.client())) == 1


@pytest.mark.parametrize(
    "header",
    [
        None,
        "1/3",
        "[1]",
        '{"total_pages": 0}',
        '{"total_pages": "three"}',
        '{"page": 1, "total_pages": true}',
        '{"current_page":1,"total_pages":1,"per_page":2,"total_entries":5}',
        '{"page":1,"total_pages":3}',
    ],
)
def test_case_015_paging_ends_and_loses_nothing_whatever_the_header(header):
    firm = Firm([invoice(n) for n in range(1, 6)], per_page=2)
    firm.headers = {"X-Pagination": ""} if header is None else {"x-pagination": header}
    assert sorted(row["id"] for row in rows(firm.client())) == [1, 2, 3, 4, 5]
    assert len(firm.asked) <= 4


def test_case_015_a_list_without_end_is_stopped():
    firm = Firm()
    numbers = iter(range(1, 10_000))

    def another(request):
        told = {"current_page": 1, "total_pages": 10_000, "total_entries": 100}
        return firm.answer([invoice(next(numbers))], **{"X-Pagination": json.dumps(told)})

    firm.script = [another] * 20_000
    firm.headers = {"X-Pagination": '{"total_pages": 3}'}
    assert len(rows(firm.client(rpm=0))) == 3
    firm.headers = {"X-Pagination": ""}
    firm.script = [another] * 20_000
    numbers = iter(range(1, 100_000))
    refused(firm.client(rpm=0), "BAD_RESPONSE")


def test_case_018_a_row_on_two_pages_comes_once():
    firm = Firm([invoice(n) for n in range(1, 5)], per_page=2)
    firm.script = [None, lambda _: firm.page(list(firm.invoices.values()), {"page": 1})]
    assert [row["id"] for row in rows(firm.client())] == [1, 2]


@pytest.mark.parametrize("status", [200, 404])
def test_case_019_beyond_the_end_is_the_end(status):
    firm = Firm([invoice(1)])
    firm.headers = {"X-Pagination": ""}
    firm.script = [None, raw(b"[]", status)]
    assert len(rows(firm.client())) == 1


def test_a_filtered_list_that_is_not_found_is_empty_the_whole_list_is_an_error():
    firm = Firm()
    firm.script = [httpx.Response(404)]
    assert rows(firm.client(), full_invoice_ref="2026-9") == []
    firm.script = [httpx.Response(404)]
    with pytest.raises(SourceRefused, match="no such record"):
        list(firm.client().listing("invoices.json", {}, filtered=False))


def test_case_020_redirects_stay_on_the_host():
    firm = Firm([invoice(1)])
    firm.script = [httpx.Response(302, headers={"Location": f"/firms/{FIRM}/invoices.json?customer_id=500&page=1"})]
    assert len(rows(firm.client())) == 1
    assert "Authorization" in firm.requests[-1].headers


@pytest.mark.parametrize("target", ["https://elsewhere.test/x", "http://facturation.test/x", "//elsewhere.test/x"])
def test_case_020_credentials_never_go_to_another_host(target):
    firm = Firm()
    firm.script = [httpx.Response(302, headers={"Location": target})]
    refused(firm.client(), "REDIRECT_REFUSED")
    assert {request.url.host for request in firm.requests} == {"facturation.test"}


def test_a_circle_of_redirects_ends():
    firm = Firm()
    firm.script = [httpx.Response(302, headers={"Location": f"/firms/{FIRM}/invoices.json"})] * 10
    refused(firm.client(), "BAD_RESPONSE")


@pytest.mark.parametrize("agent", ["pdp_bridge (société@example.fr)", "pdp_bridge", "a@b\r\nX: y"])
def test_case_026_a_user_agent_needs_ascii_and_a_contact(agent):
    with pytest.raises(ConfigError) as caught:
        Firm().client(user_agent=agent)
    assert caught.value.key == "source.user_agent"


def test_case_027_the_user_agent_travels_twice():
    firm = Firm()
    rows(firm.client())
    headers = firm.requests[-1].headers
    assert headers["User-Agent"] == headers["X-User-Agent"] == "pdp_bridge (test@example.fr)"


@pytest.mark.parametrize(
    "address",
    ["http://facturation.test", "http://127.0.0.1.example.fr", "ftp://x", "facturation.test", "https://a:b@c.fr"],
)
def test_plain_http_is_for_this_machine(address):
    with pytest.raises(ConfigError) as caught:
        Firm().client(base_url=address)
    assert caught.value.key == "source.base_url"


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:9"])
def test_plain_http_on_this_machine_is_accepted(address):
    Firm().client(base_url=address).close()


def test_a_record_of_another_firm_is_refused():
    firm = Firm([invoice(1, firm_id=78)])
    error = refused(firm.client(), "WRONG_FIRM")
    assert "78" in str(error)
    with pytest.raises(SourceRefused) as caught:
        firm.client().record("invoices/1.json", "read invoice 1")
    assert caught.value.code == "WRONG_FIRM"


@pytest.mark.parametrize(
    ("status", "code"), [(400, "REFUSED"), (403, "FORBIDDEN"), (422, "REFUSED"), (501, "REFUSED"), (410, "REFUSED")]
)
def test_other_refusals_are_final_and_say_why(status, code):
    firm = Firm()
    firm.script = [raw(json.dumps({"errors": {"page": [f"bad {KEY}"]}}).encode(), status)]
    error = refused(firm.client(), code)
    assert error.status == status
    assert len(firm.requests) == 2
    if code == "REFUSED":
        assert "page: bad …" in str(error)


def test_the_listing_carries_the_clock_of_the_source():
    firm = Firm([invoice(1)])
    listing = next(firm.client().listing("invoices.json", {}))
    assert listing.served_at == NOW
    assert listing.total == 1


def test_the_larger_of_two_page_counts_is_believed():
    assert Pagination.read('{"total_pages": 2, "per_page": 10, "total_entries": 45}').last == 5
    assert Pagination.read('{"total_pages": 7, "per_page": 10, "total_entries": 45}').last == 7
