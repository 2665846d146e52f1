"""The signature of callbacks: the documented order, checked against a value worked out apart."""

from datetime import UTC, datetime, timedelta

import pytest
from deliveries import SECRET as SHARED

from pdp_bridge.server import signature
from pdp_bridge.server.refusal import Reason, Refused
from pdp_bridge.settings import Secret

SECRET = Secret(SHARED)
AT = datetime(2026, 8, 18, 17, 36, 1, 228000, tzinfo=UTC)
CHECKSUM = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing
# printf '1787074561228\nPOST\n/iopole/status?a=%%2F1\n<CHECKSUM>' | openssl dgst -sha256 -hmac <SECRET>
SIGNED = "edcb16e1e23d0713088619e8e673a895187a420d971e5b9845bf6a92e258a597"
HEADERS = {"x-timestamp": "1787074561228", "x-signature": SIGNED, "x-checksum": CHECKSUM}
TARGET = "/iopole/status?a=%2F1"


def claimed(method="POST", target=TARGET, **changed):
    headers = {**HEADERS, **{f"x-{name}": value for name, value in changed.items()}}
    return signature.claim({name: value for name, value in headers.items() if value is not None}, method, target)


def reason(act, *arguments):
    with pytest.raises(Refused) as refused:
        act(*arguments)
    return refused.value.reason


def test_a_signature_worked_out_by_another_program_is_right():
    signature.check_signature(claimed(), CHECKSUM, [SECRET])
    signature.check_signature(claimed(signature=SIGNED.upper()), CHECKSUM, [SECRET])
    assert claimed().sent_at == AT


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"target": "/iopole/events?a=%2F1"},
        {"target": "/iopole/status?a=/1"},
        {"target": "/iopole/status"},
        {"timestamp": "1787074561229"},
        {"signature": SIGNED[:-1] + ("0" if SIGNED[-1] != "0" else "1")},
    ],
    ids=str,
)
def test_whatever_is_changed_breaks_it(changed):
    assert reason(signature.check_signature, claimed(**changed), CHECKSUM, [SECRET]) is Reason.FORGED


def test_another_content_or_another_secret_breaks_it():
    assert reason(signature.check_signature, claimed(), "0" * 64, [SECRET]) is Reason.FORGED
    assert reason(signature.check_signature, claimed(), CHECKSUM, [Secret("another" * 6)]) is Reason.FORGED
    assert reason(signature.check_signature, claimed(), CHECKSUM, []) is Reason.FORGED


def test_while_a_secret_replaces_another_both_are_right():
    for secrets in ([SECRET, Secret("new" * 20)], [Secret("new" * 20), SECRET]):
        signature.check_signature(claimed(), CHECKSUM, secrets)


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": None},
        {"signature": ""},
        {"signature": "zz" * 32},
        {"signature": SIGNED + "00"},
        {"signature": SIGNED + "\n"},
        {"timestamp": None},
        {"timestamp": "-1787074561228"},
        {"timestamp": "1.787e12"},
        {"timestamp": "١٧٨٧٠٧٤٥٦١٢٢٨"},
        {"timestamp": "9" * 15},
        {"checksum": "abc"},
        {"checksum": "é" * 64},
    ],
    ids=str,
)
def test_what_is_no_signature_is_told_apart(changed):
    with pytest.raises(Refused) as refused:
        claimed(**changed)
    assert refused.value.reason is Reason.UNSIGNED


def test_every_time_that_can_be_written_can_be_compared():
    late = claimed(timestamp="9" * 14)
    assert reason(signature.check_time, late, AT, 600) is Reason.STALE


@pytest.mark.parametrize(("seconds", "accepted"), [(600, True), (-600, True), (600.001, False), (-600.001, False)])
def test_the_window_is_as_wide_in_the_past_as_in_the_future(seconds, accepted):
    now = AT + timedelta(seconds=seconds)
    if accepted:
        signature.check_time(claimed(), now, 600)
    else:
        assert reason(signature.check_time, claimed(), now, 600) is Reason.STALE


def test_the_checksum_is_compared_only_when_it_was_announced():
    signature.check_content(claimed(checksum=None), "0" * 64)
    signature.check_content(claimed(checksum=CHECKSUM.upper()), CHECKSUM)
    assert reason(signature.check_content, claimed(), "0" * 64) is Reason.TAMPERED
