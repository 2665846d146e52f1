"""The customer of the credentials is recognised before anything else is asked."""

import pytest
from paper_platform import CUSTOMER, Platform, answered

from pdp_bridge.errors import ConfigError, PlatformRefused, PlatformUnavailable


def heard_by(platform, **options):
    told = []
    return told, platform.client(recognise=told.append, **options)


def test_it_is_asked_once_and_told_before_the_first_request():
    platform = Platform(customer_id=["customer_id_text"], status_not_seen=["not_seen_empty"])
    told, client = heard_by(platform)
    client.status_not_seen()
    client.status_not_seen()
    assert told == [CUSTOMER]
    assert platform.verbs == ["token", "customer_id", "status_not_seen", "status_not_seen"]


def test_a_contradiction_stops_every_request():
    def refuse(_told):
        raise ConfigError("another one's")

    platform = Platform(customer_id=["customer_id_text"])
    client = platform.client(recognise=refuse)
    for act in (client.status_not_seen, client.ready, lambda: client.send_invoice("a.pdf", b"%PDF", "application/pdf")):
        with pytest.raises(ConfigError, match="another one's"):
            act()
    assert set(platform.verbs) == {"token", "customer_id"}


def test_what_the_credentials_do_not_act_for_is_asked_without_it():
    platform = Platform(customer_id=[answered({}, 403), "customer_id_text"])
    told, client = heard_by(platform, customer_id="0199c0de-0000-7000-8000-000000000009")
    client.customer_id()
    assert told == [CUSTOMER]
    assert [request.headers.get("customer-id") for request in platform.requests[1:]] == [
        "0199c0de-0000-7000-8000-000000000009",
        None,
    ]


def test_a_platform_that_does_not_say_proves_nothing():
    platform = Platform(customer_id=[answered({}, 403)], status_not_seen=["not_seen_empty"])
    told, client = heard_by(platform)
    client.status_not_seen()
    assert told == []
    with pytest.raises(PlatformRefused):
        platform.client(customer_id=None, recognise=told.append).customer_id()


def test_it_is_asked_again_when_it_could_not_be_asked():
    platform = Platform(customer_id=[answered({}, 503), "customer_id_text"])
    told, client = heard_by(platform)
    with pytest.raises(PlatformUnavailable):
        client.customer_now()
    assert told == []
    assert client.customer_now() == CUSTOMER
    assert told == [CUSTOMER]
