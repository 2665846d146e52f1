"""The token: asked once, kept as long as it says, renewed once, never shown."""

import logging
from urllib.parse import parse_qs

import httpx
import pytest
from paper_platform import SECRET, TOKEN, Platform, answered

from pdp_bridge.errors import ConfigError, OutcomeUnknown, PlatformRefused, PlatformUnavailable

UNAUTHORIZED = "unauthorized_401"


def token(**fields):
    return answered({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 600} | fields)


def read(platform, times=1, **settings):
    client = platform.client(**settings)
    for _ in range(times):
        client.status_not_seen()
    return client


def test_the_token_request_is_a_form_without_scope():
    platform = Platform(status_not_seen=["not_seen_empty"])
    read(platform)
    request = platform.requests[0]
    assert str(request.url) == "https://auth.iopole.test/realms/iopole/protocol/openid-connect/token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert "customer-id" not in request.headers
    assert parse_qs(request.read().decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["facturation+test@example.fr"],
        "client_secret": [SECRET],
    }


def test_a_token_request_waits_no_longer_than_the_request_it_serves():
    platform = Platform(status_not_seen=["not_seen_empty"])
    read(platform, timeout_seconds=7.0)
    assert platform.requests[0].extensions["timeout"] == platform.requests[1].extensions["timeout"]
    assert platform.requests[0].extensions["timeout"]["read"] == 7.0


def test_the_token_serves_until_shortly_before_its_end():
    platform = Platform(status_not_seen=["not_seen_empty"])
    client = read(platform, times=3)
    assert platform.verbs.count("token") == 1
    platform.time.now += 1740 - 31
    client.status_not_seen()
    assert platform.verbs.count("token") == 1
    platform.time.now += 1
    client.status_not_seen()
    assert platform.verbs.count("token") == 2


@pytest.mark.parametrize("lifetime", [None, 0, -5, "soon", 1.5, True])
def test_a_token_without_a_lifetime_serves_once(lifetime):
    platform = Platform(token=[token(expires_in=lifetime)], status_not_seen=["not_seen_empty"])
    read(platform, times=2)
    assert platform.verbs.count("token") == 2


def test_a_short_life_is_used_by_half():
    platform = Platform(token=[token(expires_in="20")], status_not_seen=["not_seen_empty"])
    client = read(platform)
    platform.time.now += 9
    client.status_not_seen()
    assert platform.verbs.count("token") == 1
    platform.time.now += 1
    client.status_not_seen()
    assert platform.verbs.count("token") == 2


def test_a_refused_token_is_renewed_once():
    platform = Platform(token=[token(access_token="old"), token()], status_not_seen=[UNAUTHORIZED, "not_seen_empty"])
    read(platform)
    assert platform.verbs == ["token", "status_not_seen", "token", "status_not_seen"]
    assert platform.tokens == [None, "Bearer old", None, f"Bearer {TOKEN}"]


def test_a_deposit_turned_away_for_its_token_goes_again_whole():
    platform = Platform(send_invoice=[UNAUTHORIZED, "send_201"])
    platform.client().send_invoice("a.pdf", b"%PDF content", "application/pdf")
    first, second = platform.asked("send_invoice")
    assert first.read() == second.read()
    assert b"%PDF content" in second.read()


def test_a_second_refusal_is_final_and_says_which_settings():
    platform = Platform(status_not_seen=[UNAUTHORIZED])
    with pytest.raises(PlatformRefused, match="IOPOLE_CLIENT_SECRET") as caught:
        read(platform)
    assert (caught.value.code, caught.value.status) == ("AUTH_FAILED", 401)
    assert platform.verbs == ["token", "status_not_seen", "token", "status_not_seen"]


def test_wrong_credentials_are_said_without_them(caplog):
    platform = Platform(token=["token_401"])
    with caplog.at_level(logging.DEBUG), pytest.raises(PlatformRefused, match="invalid_client") as caught:
        read(platform)
    assert caught.value.code == "AUTH_FAILED"
    assert platform.verbs == ["token"]
    client = platform.client()
    for text in (str(caught.value), caplog.text, repr(client), repr(client._auth), repr(vars(client._http))):
        assert SECRET not in text
        assert TOKEN not in text


def test_the_token_is_never_shown(caplog):
    platform = Platform(status_not_seen=["not_seen_empty"])
    with caplog.at_level(logging.DEBUG):
        client = read(platform)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(client._auth)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(503), httpx.Response(429), httpx.ReadTimeout("slow"), httpx.ConnectError("down")],
)
def test_without_a_token_a_deposit_was_not_sent(answer):
    platform = Platform(token=[answer])
    with pytest.raises(PlatformUnavailable):
        platform.client().send_invoice("a.pdf", b"%PDF", "application/pdf")
    assert "send_invoice" not in platform.verbs


def test_a_lost_renewal_after_a_refusal_leaves_nothing_in_doubt():
    platform = Platform(token=[token(), httpx.ReadTimeout("slow")], send_invoice=[UNAUTHORIZED])
    with pytest.raises(PlatformUnavailable):
        platform.client().send_invoice("a.pdf", b"%PDF", "application/pdf")


def test_a_lost_deposit_stays_in_doubt_even_if_the_token_was_fresh():
    platform = Platform(send_invoice=[httpx.ReadTimeout("slow")])
    with pytest.raises(OutcomeUnknown):
        platform.client().send_invoice("a.pdf", b"%PDF", "application/pdf")


@pytest.mark.parametrize(
    "answer",
    [
        answered({"expires_in": 60}),
        answered({"access_token": "a b", "token_type": "Bearer"}),
        answered({"access_token": "é", "token_type": "Bearer"}),
        answered({"access_token": "a", "token_type": "mac"}),
        httpx.Response(200, html="<html>login</html>"),
    ],
)
def test_an_answer_without_a_bearer_token_is_none(answer):
    platform = Platform(token=[answer], status_not_seen=["not_seen_empty"])
    with pytest.raises(PlatformUnavailable) as caught:
        read(platform)
    assert caught.value.code == "BAD_RESPONSE"


def test_credentials_do_not_follow_a_redirect():
    moved = httpx.Response(302, headers={"Location": "https://elsewhere.test/token"})
    platform = Platform(token=[moved])
    with pytest.raises(PlatformRefused) as caught:
        read(platform)
    assert caught.value.code == "REDIRECT_REFUSED"
    assert {request.url.host for request in platform.requests} == {"auth.iopole.test"}


@pytest.mark.parametrize("key", ["base_url", "auth_url"])
@pytest.mark.parametrize("address", ["http://api.iopole.test", "ftp://127.0.0.1", "iopole", "https://a:b@iopole.test"])
def test_plain_http_is_for_this_machine(key, address):
    with pytest.raises(ConfigError) as caught:
        Platform().client(**{key: address})
    assert caught.value.key == f"platform.{key}"
    Platform().client(**{key: "http://127.0.0.1:8080"}).close()
