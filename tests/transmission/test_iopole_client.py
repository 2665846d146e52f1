"""The verbs of the Iopole API: documented requests only, the deposit never repeated, every failure in our words."""

import math

import httpx
import pytest
from paper_platform import CONTRACT, CUSTOMER, NOW, SECRET, TOKEN, Platform, answered, exchange

from pdp_bridge.errors import OutcomeUnknown, PlatformRefused, PlatformUnavailable
from pdp_bridge.pacing import Outage
from pdp_bridge.transmission.iopole.client import Client

DEPOSIT = "01a0d285-f428-7000-8000-000000000001"
VERBS = {
    "send_invoice": (("a.pdf", b"%PDF", "application/pdf"), "send_201"),
    "search": (('invoice.direction:"OUTBOUND"',), "search_200"),
    "invoice": ((DEPOSIT,), "invoice_array"),
    "download": ((DEPOSIT,), answered("bytes")),
    "files": ((DEPOSIT,), "files_200"),
    "status_not_seen": ((), "not_seen_empty"),
    "mark_status_seen": (("01a0d285-f5b0-7c11-9b1e-000000000001",), "mark_as_seen_204"),
    "status_history": ((DEPOSIT,), "status_history"),
    "directory_french": (("200000008",), "directory_200"),
    "customer_id": ((), "customer_id_text"),
}
REPEATED = sorted(set(VERBS) - {"send_invoice"})


def call(client, verb):
    arguments = VERBS[verb][0]
    options = {"offset": 0, "limit": 200} if verb == "search" else {}
    return getattr(client, verb)(*arguments, **options)


def asking(verb, *answers):
    """A platform whose `verb` gives these answers, and a client of it."""
    platform = Platform(**{verb: list(answers)})
    return platform, platform.client(customer_id=None if verb == "customer_id" else CUSTOMER)


def test_every_documented_verb_is_tried_here():
    assert {known["verb"] for known in CONTRACT["requests"]} == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_makes_one_documented_request(verb):
    platform, client = asking(verb, VERBS[verb][1])
    call(client, verb)
    assert platform.verbs == ["token", verb]
    assert platform.requests[-1].url.host == "api.iopole.test"
    assert platform.requests[-1].headers["accept"] == "application/json"


def test_every_call_speaks_for_the_customer():
    platform = Platform(status_not_seen=["not_seen_empty"])
    platform.client(customer_id=" other ").status_not_seen()
    assert platform.requests[-1].headers["customer-id"] == "other"


@pytest.mark.parametrize("answer", ["customer_id_text", "customer_id_json"])
def test_the_customer_is_discovered_once(answer):
    platform = Platform(customer_id=[answer], status_not_seen=["not_seen_empty"])
    client = platform.client(customer_id=None)
    client.status_not_seen()
    client.status_not_seen()
    assert platform.verbs == ["token", "customer_id", "status_not_seen", "status_not_seen"]
    assert platform.requests[-1].headers["customer-id"] == CUSTOMER


@pytest.mark.parametrize("answer", [answered([]), answered(None), httpx.Response(200, html="<html></html>")])
def test_a_customer_that_cannot_be_read_is_asked_of_the_operator(answer):
    platform = Platform(customer_id=[answer])
    with pytest.raises(PlatformRefused, match="IOPOLE_CUSTOMER_ID"):
        platform.client(customer_id=None).send_invoice("a.pdf", b"%PDF", "application/pdf")
    assert "send_invoice" not in platform.verbs


# -- deposits --------------------------------------------------------------------------------------------------


def test_a_deposit_is_one_file_with_its_name_and_type():
    platform = Platform(send_invoice=["send_201"])
    assert platform.client().send_invoice("100000009_F-1_ab.pdf", b"%PDF bytes", "application/pdf") == DEPOSIT
    body = platform.requests[-1].read()
    assert (
        b'name="file"; filename="100000009_F-1_ab.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF bytes\r\n' in body
    )
    assert body.count(b"Content-Disposition") == 1


def refusal(*answers, kind):
    platform = Platform(send_invoice=list(answers))
    with pytest.raises(kind) as caught:
        platform.client().send_invoice("100000009_F-1_ab.pdf", b"%PDF", "application/pdf")
    assert platform.verbs.count("send_invoice") == 1
    assert platform.time.slept == []
    for secret in (SECRET, TOKEN, "%PDF"):
        assert secret not in str(caught.value)
    assert "F-1" in str(caught.value)
    return caught.value


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 415, 418, 422])
def test_a_deposit_refused_is_final(status):
    error = refusal(answered({"statusMessage": "No"}, status), kind=PlatformRefused)
    assert error.status == status
    assert not error.retryable
    assert "“No”" in str(error)


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504, 520])
def test_a_deposit_without_a_verdict_is_in_doubt(status):
    error = refusal(httpx.Response(status, html="<html>Bad Gateway</html>"), kind=OutcomeUnknown)
    assert (error.status, error.code) == (status, "NO_ANSWER")
    assert "html" not in str(error)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.DecodingError("x"),
    ],
)
def test_a_deposit_cut_short_is_in_doubt(failure):
    error = refusal(failure, kind=OutcomeUnknown)
    assert error.__cause__ is failure


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")])
def test_a_deposit_that_never_left_may_be_tried_again(failure):
    assert refusal(failure, kind=PlatformUnavailable).retryable


@pytest.mark.parametrize(
    "answer",
    [
        "send_201_without_id",
        httpx.Response(201, text="Created"),
        httpx.Response(201),
        answered([], 201),
        answered({"id": None}, 201),
        answered({"id": DEPOSIT}, 200),
        answered({"id": DEPOSIT}, 202),
    ],
)
def test_a_success_without_its_id_is_in_doubt(answer):
    assert refusal(answer, kind=OutcomeUnknown).code == "NO_ID"


def test_a_deposit_turned_away_by_a_limit_waits():
    error = refusal("send_429", kind=PlatformUnavailable)
    assert (error.code, error.status, error.retry_after) == ("RATE_LIMITED", 429, 30.0)


def test_a_deposit_does_not_follow_redirects():
    error = refusal(httpx.Response(307, headers={"Location": "https://elsewhere.test/"}), kind=PlatformRefused)
    assert error.code == "REDIRECT_REFUSED"


def test_the_words_of_a_refusal_name_the_field():
    error = refusal("send_400", kind=PlatformRefused)
    assert "Request validation issues – file: Invalid file name" in str(error)


def test_a_refusal_of_rights_names_the_settings():
    error = refusal(answered({}, 403), kind=PlatformRefused)
    assert error.code == "FORBIDDEN"
    assert "IOPOLE_CUSTOMER_ID" in str(error)


def test_the_request_id_is_kept():
    answer = httpx.Response(422, json={"code": "NOT_ENROLLED"}, headers={"X-Request-Id": "r-1"})
    error = refusal(answer, kind=PlatformRefused)
    assert (error.request_id, error.code) == ("r-1", "NOT_ENROLLED")


# -- everything else -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", REPEATED)
@pytest.mark.parametrize("failure", [httpx.Response(503), httpx.ReadTimeout("x"), httpx.ConnectError("x")])
def test_reading_is_tried_again_with_growing_pauses(verb, failure):
    platform, client = asking(verb, failure, failure, failure, VERBS[verb][1])
    call(client, verb)
    assert platform.verbs.count(verb) == 4
    assert [int(pause) // 8 for pause in platform.time.slept] == [1, 2, 4]


@pytest.mark.parametrize("verb", REPEATED)
def test_reading_gives_up_after_the_third_new_attempt(verb):
    platform, client = asking(verb, httpx.Response(500))
    with pytest.raises(PlatformUnavailable) as caught:
        call(client, verb)
    assert platform.verbs.count(verb) == 4
    assert caught.value.status == 500


@pytest.mark.parametrize("verb", REPEATED)
@pytest.mark.parametrize("status", [400, 403, 404, 302])
def test_reading_is_not_tried_again_after_a_refusal(verb, status):
    platform, client = asking(verb, httpx.Response(status, headers={"Location": "https://elsewhere.test"}))
    with pytest.raises(PlatformRefused):
        call(client, verb)
    assert platform.verbs.count(verb) == 1


def test_reading_waits_as_long_as_asked_but_not_for_hours():
    limited = httpx.Response(429, headers={"Retry-After": "45"})
    platform, client = asking("files", limited, "files_200")
    call(client, "files")
    assert platform.time.slept == [45.0]
    platform, client = asking("files", httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(PlatformUnavailable) as caught:
        call(client, "files")
    assert caught.value.retry_after == 3600.0
    assert platform.time.slept == []


def test_the_history_does_not_insist_on_its_low_limit():
    platform, client = asking("status_history", "send_429")
    with pytest.raises(PlatformUnavailable):
        call(client, "status_history")
    assert platform.verbs.count("status_history") == 1


@pytest.mark.parametrize("verb", ["search", "files", "status_not_seen", "status_history", "invoice"])
def test_a_page_is_not_an_empty_answer(verb):
    _, client = asking(verb, httpx.Response(200, html="<html>login</html>"))
    with pytest.raises(PlatformUnavailable) as caught:
        call(client, verb)
    assert caught.value.code == "BAD_RESPONSE"


def test_an_invoice_is_read_as_object_or_array():
    for answer in ("invoice_array", answered(exchange("invoice_array").json()[0])):
        _, client = asking("invoice", answer)
        assert call(client, "invoice")["businessData"]["invoiceId"] == "FA-2026-001"
    _, client = asking("invoice", answered([]))
    with pytest.raises(PlatformUnavailable):
        call(client, "invoice")


def test_ids_cannot_leave_their_place_in_the_path():
    platform, client = asking("files", "files_200")
    client.files("../config?x=1")
    assert platform.requests[-1].url.raw_path == b"/v1/invoice/..%2Fconfig%3Fx%3D1/files"


def test_the_pace_is_kept():
    platform, client = asking("status_not_seen", "not_seen_empty")
    client = platform.client(rpm=2)
    for _ in range(5):
        client.status_not_seen()
    assert platform.time.slept == [60.0, 60.0]
    platform.time.slept.clear()
    client = platform.client(rpm=0)
    for _ in range(500):
        client.status_not_seen()
    assert platform.time.slept == []


def test_the_defaults_need_no_argument_of_time():
    with Client(base_url="https://a.test", auth_url="https://b.test", client_id="i", client_secret="s") as client:
        assert client.clock() > NOW
        assert repr(client) == "Client(https://a.test)"


# -- the shared budget ---------------------------------------------------------------------------------------------


class Governor:
    """Records what it is told; `refuse` keeps every request back."""

    def __init__(self, outage=None):
        self.told = []
        self.waits = []
        self.refuse = outage is not None
        self._outage = outage

    def wait(self, *, at_most=math.inf):
        self.waits.append(at_most)
        return not self.refuse

    def hold(self, seconds):
        self.told.append(("hold", seconds))

    def limited(self, seconds):
        self.told.append(("limited", seconds))

    def answered(self):
        self.told.append("answered")

    def unanswered(self, error):
        self.told.append(error)

    def outage(self):
        return self._outage


def governed(verb, *answers, outage=None):
    pace, slow = Governor(outage), Governor()
    platform, _ = asking(verb, *answers)
    return platform, platform.client(pace=pace, history_pace=slow), pace, slow


def test_the_governor_hears_of_every_answer_and_every_silence():
    passing = [httpx.ConnectError("x"), httpx.Response(503), httpx.Response(429, headers={"Retry-After": "7"})]
    _platform, client, pace, slow = governed("files", *passing, "files_200")
    client.files(DEPOSIT)
    assert pace.told == ["ConnectError", "HTTP 503", "answered", ("limited", 7.0), "answered"]
    assert (slow.told, slow.waits) == ([], [])


def test_a_limited_history_slows_histories_only():
    _platform, client, pace, slow = governed("status_history", httpx.Response(429))
    with pytest.raises(PlatformUnavailable):
        client.status_history(DEPOSIT)
    assert (pace.told, slow.told) == (["answered"], [("limited", 900.0)])
    slow.refuse = True
    with pytest.raises(PlatformUnavailable, match="enough were read") as caught:
        client.status_history(DEPOSIT)
    assert caught.value.code == "RATE_LIMITED"
    assert slow.waits == [5.0, 5.0]


def test_a_service_left_alone_is_not_asked_and_says_since_when():
    outage = Outage(since=NOW, until=NOW, failures=6, last_error="ConnectError")
    platform, client, _pace, _slow = governed("files", "files_200", outage=outage)
    with pytest.raises(PlatformUnavailable, match="6 failures in a row, last: ConnectError") as caught:
        client.files(DEPOSIT)
    assert (caught.value.code, platform.requests, platform.time.slept) == ("CIRCUIT_OPEN", [], [])


def test_a_deposit_takes_the_slot_that_was_waited_for():
    platform = Platform(send_invoice=["send_201"])
    client = platform.client(rpm=1)
    client.ready()
    client.send_invoice("F.pdf", b"%PDF", "application/pdf")
    assert platform.time.slept == []
    client.ready()
    assert platform.time.slept == [60.0]
    client.send_invoice("F.pdf", b"%PDF", "application/pdf")
    assert platform.time.slept == [60.0]


def test_a_deposit_whose_intent_is_recorded_never_waits_long():
    """A slot that was taken too long ago is no slot; what is further away than the lease allows is not waited for."""
    platform = Platform(send_invoice=["send_201"])
    client = platform.client(rpm=1)
    client.ready()
    platform.time.now += 6.0
    with pytest.raises(PlatformUnavailable) as caught:
        client.send_invoice("F.pdf", b"%PDF", "application/pdf")
    assert (caught.value.code, platform.asked("send_invoice"), platform.time.slept) == ("RATE_LIMITED", [], [])


def test_a_deposit_without_an_answer_is_told_to_the_governor():
    pace = Governor()
    platform = Platform(send_invoice=[httpx.ReadTimeout("x")])
    client = platform.client(pace=pace)
    client.ready()
    with pytest.raises(OutcomeUnknown):
        client.send_invoice("F.pdf", b"%PDF", "application/pdf")
    assert pace.told[-1] == "ReadTimeout"
