"""Each fault, over real loopback connections, seen from the client's side."""

import time

import httpx
import pytest
from toy_invoices import send, toy

from pdp_bridge.sandbox.faults import LONGEST_STALL, Fault, Faults, Kind

INVOICE = "/v1/invoice"
LOST = (httpx.ReadError, httpx.RemoteProtocolError)
"""What a reset looks like to httpx: the second when it strikes while the request is still being written."""


def fault(kind, **options):
    return Fault(kind, "POST", INVOICE, **options)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", [Kind.DROP, Kind.STALL])
def test_a_lost_answer_says_nothing_of_what_was_recorded(sandbox, platform_client, kind, after):
    client = platform_client(sandbox)
    sandbox.iopole_faults.add(fault(kind, after=after, seconds=0.1))
    with pytest.raises(LOST):
        send(client, toy())
    assert len(sandbox.iopole.deposits) == (1 if after else 0)
    assert sandbox.iopole_exchanges[-1].status is None
    assert send(client, toy()).status_code == 201, "the fault struck once"


def soon(done):
    """A busy machine may be late; a fault that did not strike is late for ever."""
    until = time.monotonic() + 30
    while not done() and time.monotonic() < until:
        time.sleep(0.01)
    return done()


def test_a_stall_longer_than_the_clients_patience(sandbox, platform_client):
    client = platform_client(sandbox)
    sandbox.iopole_faults.add(fault(Kind.STALL, after=True, seconds=60))
    with pytest.raises(httpx.ReadTimeout):
        client.post(INVOICE, files={"file": ("a.xml", toy())}, timeout=httpx.Timeout(30, read=0.2))
    assert soon(lambda: len(sandbox.iopole.deposits) == 1)


def test_stalled_requests_do_not_delay_the_end(start, platform_client):
    sandbox = start()
    client = platform_client(sandbox)
    sandbox.iopole_faults.add(fault(Kind.STALL, seconds=60))
    with pytest.raises(httpx.ReadTimeout):
        client.post(INVOICE, files={"file": ("a.xml", toy())}, timeout=httpx.Timeout(30, read=0.1))
    before = time.monotonic()
    sandbox.__exit__(None, None, None)
    assert time.monotonic() - before < 30
    with pytest.raises(httpx.ConnectError):
        client.get("/v1/invoice/notSeen")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_an_error_status_before_or_after_acceptance(sandbox, platform_client, status, after):
    client = platform_client(sandbox)
    sandbox.iopole_faults.add(fault(Kind.STATUS, status=status, after=after))
    response = send(client, toy())
    assert response.status_code == status
    assert "Retry-After" not in response.headers
    assert len(sandbox.iopole.deposits) == (1 if after else 0)


@pytest.mark.parametrize("value", ["37", "Sat, 21 Nov 2026 08:00:00 GMT"])
def test_retry_after_is_given_as_declared(sandbox, platform_client, value):
    client = platform_client(sandbox)
    sandbox.iopole_faults.add(fault(Kind.STATUS, status=429, retry_after=value))
    assert send(client, toy()).headers["Retry-After"] == value


def test_a_maintenance_page_comes_with_200(sandbox, firm_client):
    sandbox.facturation_pro_faults.add(Fault(Kind.HTML))
    response = firm_client(sandbox).get("/account.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "maintenance" in response.text


def test_truncated_json_is_well_formed_http(sandbox, firm_client):
    client = firm_client(sandbox)
    whole = client.get("/account.json").content
    sandbox.facturation_pro_faults.add(Fault(Kind.TRUNCATED))
    response = client.get("/account.json")
    assert response.status_code == 200
    assert whole.startswith(response.content)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        response.json()


def test_a_connection_broken_in_the_middle_of_the_body(sandbox, firm_client):
    sandbox.facturation_pro_faults.add(Fault(Kind.BROKEN))
    with pytest.raises(LOST):
        firm_client(sandbox).get("/account.json")


def test_slow_is_right_but_late(sandbox, firm_client):
    sandbox.facturation_pro_faults.add(Fault(Kind.SLOW, seconds=0.2))
    before = time.monotonic()
    assert firm_client(sandbox).get("/account.json").json()["firms"]
    assert time.monotonic() - before >= 0.2


@pytest.mark.parametrize("path", ["/v1/invoice/status/notSeen", "/v1/invoice/{id}/status-history"])
def test_statuses_out_of_order_and_repeated(sandbox, platform_client, path):
    client = platform_client(sandbox)
    key = send(client, toy()).json()["id"]
    sandbox.advance(120)

    def codes():
        answer = client.get(path.format(id=key)).json()
        return [item["statusId"] for item in answer[0].get("newstatus", answer)]

    normal = codes()
    sandbox.iopole_faults.add(Fault(Kind.REORDERED, "GET"), Fault(Kind.REPEATED, "GET"))
    assert len(normal) == 5
    assert (reordered := codes()) != normal
    assert sorted(reordered) == sorted(normal)
    assert codes() == normal * 2
    assert codes() == normal


def test_a_search_index_that_has_lost_everything(sandbox, platform_client):
    client = platform_client(sandbox)
    send(client, toy())
    sandbox.iopole_faults.add(Fault(Kind.UNINDEXED, times=2))
    counts = [client.get("/v1.1/invoice/search").json()["meta"]["count"] for _ in range(3)]
    assert counts == [0, 0, 1]


def test_faults_skip_and_count_and_match_paths():
    faults = Faults()
    faults.add(Fault(Kind.DROP, "GET", "/a/*", times=2, skip=1), Fault(Kind.HTML, times=None))
    kinds = [struck.kind for struck in (faults.strike("GET", "/a/b") for _ in range(5))]
    assert kinds == ["html", "drop", "drop", "html", "html"]
    assert faults.strike("POST", "/a/b").kind is Kind.HTML
    assert [row["struck"] for row in faults.as_json()] == [2, 4]
    faults.clear()
    assert faults.strike("GET", "/a/b") is None


def test_chance_is_reproducible():
    def drawn(seed):
        faults = Faults(seed)
        faults.add(Fault(Kind.DROP, probability=0.3, times=None))
        return [faults.strike("GET", "/") is not None for _ in range(200)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert 30 < sum(drawn(1)) < 90


@pytest.mark.parametrize("options", [{"seconds": LONGEST_STALL + 1}, {"seconds": -1}, {"probability": 1.5}])
def test_a_fault_out_of_bounds_is_refused(options):
    with pytest.raises(ValueError, match="between"):
        Fault(Kind.STALL, **options)


def test_faults_are_driven_over_http(sandbox, platform_client, firm_client):
    client = platform_client(sandbox)
    declared = client.post("/sandbox/faults", json={"kind": "drop", "method": "POST", "path": INVOICE, "after": True})
    assert declared.status_code == 201
    with pytest.raises(LOST):
        send(client, toy())
    assert client.get("/sandbox/faults").json()[0]["struck"] == 1
    assert client.delete("/sandbox/faults").status_code == 204
    assert client.get("/sandbox/faults").json() == []
    source = firm_client(sandbox)
    both = [{"kind": "html"}, {"kind": "status", "status": 500}]
    assert len(source.post("/sandbox/faults", json=both).json()) == 2
    assert [source.get("/account.json").status_code for _ in range(3)] == [200, 500, 200]


@pytest.mark.parametrize("body", ['{"kind": "flood"}', '{"path": "/"}', '{"kind": "drop", "speed": 1}', "{"])
def test_a_fault_that_means_nothing_is_400(sandbox, platform_client, body):
    response = platform_client(sandbox).post("/sandbox/faults", content=body)
    assert response.status_code == 400
    assert response.json()["error"]
