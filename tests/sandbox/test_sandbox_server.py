"""The sandbox as a whole: starting, stopping, what it prints, what it lets in."""

import logging
import socket
import threading
import time
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_invoices import judge, read, send, toy

from pdp_bridge.sandbox.clock import SandboxClock
from pdp_bridge.sandbox.multipart import parts
from pdp_bridge.sandbox.server import Sandbox, run
from pdp_bridge.settings import load


def test_two_sandboxes_live_side_by_side(start):
    first, second = start(), start()
    urls = {first.facturation_pro_url, first.iopole_url, second.facturation_pro_url, second.iopole_url}
    assert len(urls) == 4
    assert all(url.startswith("http://127.0.0.1:") for url in urls)


def test_it_starts_and_stops_in_no_time():
    times = []
    for _ in range(10):
        before = time.monotonic()
        with Sandbox(read=read, judge=judge):
            pass
        times.append(time.monotonic() - before)
    assert min(times) < 0.3, "nothing is waited for, however busy the machine is"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sandbox")]


def test_it_listens_on_loopback_only():
    with pytest.raises(ValueError, match="loopback"), Sandbox(host="0.0.0.0"):  # noqa: S104 - refused, that is the test
        pass


def test_it_can_listen_on_ipv6(firm_client):
    with Sandbox(host="::1", read=read, judge=judge) as sandbox:
        assert sandbox.iopole_url.startswith("http://[::1]:")
        assert firm_client(sandbox).get("/account.json").status_code == 200


def test_a_taken_port_is_an_error_and_leaves_nothing_behind():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), Sandbox(ports=(0, port)):
            pass
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sandbox")]


def test_it_is_silent(sandbox, platform_client, caplog, capfd):
    with caplog.at_level(logging.DEBUG, logger="uvicorn"):
        client = platform_client(sandbox)
        send(client, toy())
        client.get("/nowhere")
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert capfd.readouterr() == ("", "")


def test_run_announces_lines_for_a_shell_and_ends_when_told(tmp_path, monkeypatch):
    told, ready, stop = [], threading.Event(), threading.Event()

    def announce(text):
        told.append(text)
        ready.set()

    sandbox = Sandbox(read=read, judge=judge)
    server = threading.Thread(target=run, args=(sandbox, announce), kwargs={"until": stop})
    server.start()
    assert ready.wait(timeout=10)
    environ = dict(
        line.removeprefix("export ").replace("'", "").split("=", 1) for line in told[0].splitlines() if "export" in line
    )
    assert environ == dict(sandbox.environment())
    with httpx.Client(base_url=environ["IOPOLE_BASE_URL"]) as client:
        assert client.get("/sandbox/deposits").json() == []
    stop.set()
    server.join(timeout=10)
    assert not server.is_alive()
    monkeypatch.chdir(tmp_path)
    loaded = load(None, {**environ, "HOME": str(tmp_path)})
    assert loaded.require_platform().base_url == sandbox.iopole_url
    assert loaded.require_source().api_key.reveal() == sandbox.source_options.api_key


def test_a_clock_may_start_at_any_instant_and_only_goes_forward():
    clock = SandboxClock(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert clock().isoformat()[:16] == "2026-10-25T00:30"
    clock.advance(3600)
    assert clock().isoformat()[:16] == "2026-10-25T01:30"
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


@settings(max_examples=60)
@given(content=st.binary(max_size=3000), filename=st.text("abcé «».-_", min_size=1, max_size=30))
def test_any_bytes_survive_a_multipart_body(content, filename):
    request = httpx.Request("POST", "http://localhost/", files={"file": (filename, content, "application/pdf")})
    part = parts(request.headers["Content-Type"], request.read())[0]
    assert (part.name, part.content, part.media_type) == ("file", content, "application/pdf")
