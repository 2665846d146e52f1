"""Services gone wrong, over loopback: endless, packed, slow and cut answers reach neither memory nor patience."""

from __future__ import annotations

import gzip
import itertools
import resource
import threading
import zlib
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import Mock

import httpx
import pytest

from pdp_bridge.answers import AT_MOST, AnswerTooLarge, AnswerTooSlow, bounded
from pdp_bridge.clock import utc_now
from pdp_bridge.composition import Composition
from pdp_bridge.connection import PIECE, UploadTooSlow, in_time
from pdp_bridge.errors import OutcomeUnknown, PlatformUnavailable, SourceUnavailable
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro.client import Client as SourceClient
from pdp_bridge.transmission.iopole.client import Client as PlatformClient

MEGABYTE = b"[" + b" " * 999_998 + b"]"
CUSTOMER = "01981cb1-17f4-7681-a60a-d669edc44e75"


class Service:
    """Answers every request with the head and the pieces of `say`; tokens are given as they should be."""

    def __init__(self):
        self.say = ({}, ())
        self.status = 200
        self.sent = 0
        self.asked = []
        self.wrong_token = False
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("content-length", "0")))
                service.asked.append(self.path)
                if self.path.endswith("/token") and not service.wrong_token:
                    return self.speak(200, {}, [b'{"access_token": "t", "expires_in": 300}'])
                return self.speak(service.status, *service.say)

            def speak(self, status, headers, pieces):
                self.send_response(status)
                for name, value in {"content-type": "application/json", **headers, "connection": "close"}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in pieces:
                        self.wfile.write(piece)
                        service.sent += len(piece)
                except OSError:
                    self.close_connection = True  # nobody reads any more

            do_GET = do_POST = do_PUT = answer  # noqa: N815 - as the base class names them

            def log_message(self, *arguments):
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def source(self):
        return SourceClient(
            base_url=self.url,
            api_id="1",
            api_key="k",
            firm_id=77,
            user_agent="pdp_bridge (test@example.fr)",
            rpm=0,
            retry_first_seconds=0,
        )

    def platform(self, **options):
        return PlatformClient(
            base_url=self.url,
            auth_url=self.url,
            client_id="c",
            client_secret="s",
            customer_id=CUSTOMER,
            rpm=0,
            retry_first_seconds=0,
            **options,
        )


@pytest.fixture
def service():
    with Service() as running:
        yield running


def peak():
    """The most memory this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_gigabyte_is_not_read(service):
    service.say = ({}, itertools.repeat(MEGABYTE, 1000))
    before = peak()
    with service.platform() as client, pytest.raises(OutcomeUnknown, match="AnswerTooLarge"):
        client.send_invoice("a.pdf", b"%PDF", "application/pdf")
    assert service.sent < 2 * AT_MOST
    assert peak() - before < 5 * AT_MOST


def test_a_gigabyte_that_is_announced_is_not_begun(service):
    service.say = ({"content-length": "1000000000"}, [MEGABYTE])
    with service.platform() as client, pytest.raises(PlatformUnavailable, match="AnswerTooLarge"):
        client.status_not_seen()
    with service.source() as client, pytest.raises(SourceUnavailable, match="AnswerTooLarge"):
        client.account()


def bomb(size):
    """So many bytes of nothing, packed a thousandfold."""
    packing = zlib.compressobj(9, wbits=31)
    return b"".join([*(packing.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)), packing.flush()])


def test_what_is_packed_is_measured_unpacked(service):
    service.say = ({"content-encoding": "gzip"}, [bomb(1_000_000_000)])
    before = peak()
    with service.platform() as client, pytest.raises(PlatformUnavailable, match="AnswerTooLarge"):
        client.status_not_seen()
    assert peak() - before < 5 * AT_MOST


def test_a_bomb_in_the_answer_of_the_token_or_of_an_error_is_no_better(service):
    service.wrong_token = True
    service.say = ({"content-encoding": "gzip"}, [bomb(100_000_000)])
    with service.platform() as client, pytest.raises(PlatformUnavailable, match="AnswerTooLarge"):
        client.send_invoice("a.pdf", b"%PDF", "application/pdf")  # no token: nothing was sent
    service.status = 400
    with service.source() as client, pytest.raises(SourceUnavailable, match="AnswerTooLarge"):
        client.account()


def test_an_answer_that_is_packed_is_read(service):
    content = b'{"firms": [{"id": 77}]}'
    packed = gzip.compress(content[:9]) + gzip.compress(content[9:])  # two members are one text
    service.say = ({"content-encoding": "gzip"}, [packed[:5], packed[5:]])
    with service.source() as client:
        assert client.account() == {"firms": [{"id": 77}]}
    service.say = ({"content-encoding": "gzip"}, [packed[:-12]])
    with service.source() as client, pytest.raises(SourceUnavailable, match="DecodingError"):
        client.account()
    service.say = ({"content-encoding": "gzip"}, [content])
    with service.source() as client, pytest.raises(SourceUnavailable, match="DecodingError"):
        client.account()


@pytest.mark.parametrize("packing", ["br", "deflate", "zstd", "gzip, gzip"])
def test_another_packing_is_not_unpacked(service, packing):
    service.say = ({"content-encoding": packing}, [b"x"])
    with service.source() as client, pytest.raises(SourceUnavailable, match="DecodingError"):
        client.account()


def test_an_answer_without_an_end_is_left(service):
    """A byte at a time keeps every single wait short: the whole answer has its own time."""
    service.say = ({}, itertools.repeat(b" "))
    ticks = itertools.count()
    hooks = {"response": [bounded(within=50, monotonic=lambda: next(ticks))]}
    with httpx.Client(event_hooks=hooks, trust_env=False) as client, pytest.raises(AnswerTooSlow):
        client.get(service.url)
    assert next(ticks) < 60


def test_both_failures_are_of_the_transport():
    assert issubclass(AnswerTooLarge, httpx.TransportError)
    assert issubclass(AnswerTooSlow, httpx.TimeoutException)


# -- what is written -----------------------------------------------------------------------------------------------


def test_an_upload_that_is_taken_too_slowly_is_left(service):
    """Every single wait may be short: the whole body has its own time."""
    ticks = itertools.count()
    hooks = {"request": [in_time(within=10, monotonic=lambda: next(ticks))]}
    with httpx.Client(event_hooks=hooks, trust_env=False) as client, pytest.raises(UploadTooSlow):
        client.post(service.url, content=bytes(40 * PIECE))
    assert next(ticks) == 12  # it began at 0, ten looks were in time, one was late


def test_a_deposit_that_did_not_leave_whole_is_in_doubt(service):
    """Only the platform knows what it did with the part that it has."""
    ticks = itertools.count(0, 100)
    with (
        service.platform(monotonic=lambda: next(ticks)) as client,
        pytest.raises(OutcomeUnknown, match="UploadTooSlow"),
    ):
        client.send_invoice("a.pdf", bytes(4 * PIECE), "application/pdf")


def test_a_deposit_has_the_time_that_it_is_given(service):
    ticks = itertools.count()
    with (
        service.platform(monotonic=lambda: next(ticks), upload_seconds=2) as client,
        pytest.raises(OutcomeUnknown, match="UploadTooSlow"),
    ):
        client.send_invoice("a.pdf", bytes(4 * PIECE), "application/pdf")


@pytest.mark.parametrize(("settle", "within"), [(900, 300), (0, 20)])
def test_an_upload_ends_before_it_is_decided_that_it_never_arrived(tmp_path, monkeypatch, settle, within):
    """Else it would be sent again while its bytes still leave: settings may have it decided after a minute."""
    made = Mock()
    monkeypatch.setattr("pdp_bridge.transmission.iopole.client.Client", made)
    with Sandbox() as sandbox:
        waits = {"PDP_BRIDGE_LEASE_SECONDS": "60", "PDP_BRIDGE_SETTLE_SECONDS": str(settle)}
        settings = load(environ={**sandbox.environment(), "PDP_BRIDGE_DATA": str(tmp_path), **waits})
        with closing(Composition(settings, clock=utc_now, sleep=lambda _: None, watch=None)) as parts:
            assert parts.platform_client
    assert made.call_args.kwargs["upload_seconds"] == within


def test_a_body_arrives_unchanged_and_twice_when_it_is_asked_for_twice():
    content, taken = bytes(range(256)) * 1000, []

    def answer(request):
        taken.append((request.read(), request.headers["content-length"]))
        return httpx.Response(307, headers={"location": "/again"}) if len(taken) == 1 else httpx.Response(200)

    ticks = itertools.count(0, 100)  # the second sending begins late, and has its own time
    hooks = {"request": [in_time(within=1000, monotonic=lambda: next(ticks))]}
    with httpx.Client(event_hooks=hooks, transport=httpx.MockTransport(answer), follow_redirects=True) as client:
        client.post("https://example.fr/", files={"file": ("a.pdf", content, "application/pdf")})
    assert [content in body and len(body) == int(length) for body, length in taken] == [True, True]
