"""`pdp-bridge serve` as a process: it announces, works beside, holds little, and stops cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

import httpx
import pytest
from deliveries import BOUNDARY, DEPOSIT, SECRET, Sender, form, status

from pdp_bridge.errors import Stopped
from pdp_bridge.sandbox.server import Sandbox


@contextmanager
def served(folder, *arguments, **environ):
    """The process and what it announced; killed at the end unless it has ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pdp_bridge", "serve", "--port", "0", "--json", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PDP_BRIDGE_DATA": str(folder / "data"),
            "PDP_BRIDGE_WEBHOOK_SECRET": SECRET,
            "LANG": "C",
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        text = ""
        for line in process.stdout:
            text += line
            if line.startswith("}"):
                break
        if not text:
            raise AssertionError(process.stderr.read())
        yield process, json.loads(text)
    finally:
        process.kill()
        process.communicate()


def stopped(process, number=signal.SIGTERM):
    process.send_signal(number)
    _out, err = process.communicate(timeout=60)
    return process.returncode, err


def sender():
    return Sender(at=datetime.now(UTC))


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)], ids=int)
def test_it_answers_the_request_in_hand_and_ends_with_success(folder, number):
    body = json.dumps(status()).encode()
    with served(folder) as (process, told):
        address = urlsplit(told["address"])
        assert (address.hostname, told["pid"]) == ("127.0.0.1", process.pid)
        with socket.create_connection((address.hostname, address.port)) as wire:
            headers = "".join(f"{name}: {value}\r\n" for name, value in sender().headers(body).items())
            head = f"POST /iopole/status HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
            wire.sendall(head.encode() + body[:10])
            while httpx.get(f"{told['address']}/healthz").status_code != 200 or not list(incoming(folder)):
                pass
            process.send_signal(number)
            while not refuses(address):
                pass
            wire.sendall(body[10:])
            answer = wire.recv(1000)
        assert b" 200 " in answer.splitlines()[0]
        code, err = process.wait(timeout=60), process.stderr.read()
    assert (code, "callback taken" in err, SECRET in err) == (0, True, False)
    assert list(incoming(folder)) == []


def incoming(folder):
    return (folder / "data" / "incoming").glob(".*.part")


def refuses(address):
    try:
        socket.create_connection((address.hostname, address.port), timeout=5).close()
    except OSError:
        return True
    return False


@pytest.mark.slow
def test_a_hundred_megabytes_go_to_disk_and_not_to_memory(folder):
    block = b"x" * (1024 * 1024)
    content = b"%PDF-1.7\n" + block * 98
    body = form(content, invoiceId=DEPOSIT)

    def chunks():
        for begin in range(0, len(body), len(block)):
            yield body[begin : begin + len(block)]

    with served(folder) as (process, told), httpx.Client(base_url=told["address"], timeout=60) as client:
        sent = sender()
        sent.post(client, status())
        before = largest_memory(client)
        content_type = f"multipart/form-data; boundary={BOUNDARY}"
        headers = sent.headers(body, "/iopole/invoice", signed=content, content_type=content_type)
        headers["content-length"] = str(len(body))
        assert client.post("/iopole/invoice", content=chunks(), headers=headers).json()["new"]
        assert largest_memory(client) - before < 40 * len(block)
        headers = sent.headers(b"", "/iopole/invoice") | {"content-length": str(len(block) * 101)}
        assert client.post("/iopole/invoice", content=iter([block] * 101), headers=headers).status_code == 413
        code, _err = stopped(process)
    assert code == 0
    (kept,) = (folder / "data" / "incoming").iterdir()
    assert sha256(kept.read_bytes()).digest() == sha256(content).digest()


def largest_memory(client):
    """Bytes; what a file on disk that is mapped takes is part of it."""
    lines = client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("process_resident_memory_max_bytes ")))


def test_a_killed_server_leaves_a_file_that_the_next_one_removes(folder):
    with served(folder) as (process, told):
        address = urlsplit(told["address"])
        with socket.create_connection((address.hostname, address.port)) as wire:
            headers = "".join(f"{name}: {value}\r\n" for name, value in sender().headers(b"x").items())
            wire.sendall(f"POST /iopole/status HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n{headers}\r\nx".encode())
            while not list(incoming(folder)):
                pass
            process.kill()
            process.wait()
    with served(folder) as (process, _told):
        assert stopped(process)[0] == 0
    assert list(incoming(folder)) == []


def test_two_servers_never_share_a_data_folder(folder, cli, monkeypatch):
    monkeypatch.setenv("PDP_BRIDGE_DATA", str(folder / "data"))
    with served(folder):
        ran = cli("serve", "--port", "0")
    assert (ran.code, "Another pdp" in ran.err) == (3, True)


def test_a_port_that_is_taken_is_told(folder, cli, monkeypatch):
    monkeypatch.setenv("PDP_BRIDGE_DATA", str(folder / "data"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = cli("serve", "--port", taken.getsockname()[1])
    assert (ran.code, "webhook.port" in ran.err or "cannot be listened on" in ran.err) == (2, True)


@pytest.mark.parametrize("text", ["15", "30s", "m", "-5m", "1d", "0m"])
def test_a_time_that_is_none_or_too_short_is_refused(cli, text):
    ran = cli("serve", "--every", text)
    assert (ran.code, "15m" in ran.err) == (2, True)


def test_rounds_need_every_access(cli):
    ran = cli("serve", "--every", "15m")
    assert (ran.code, "seller.siren" in ran.err) == (2, True)


def test_without_a_secret_it_says_so_and_refuses(folder):
    with served(folder, PDP_BRIDGE_WEBHOOK_SECRET="") as (process, told):
        body = json.dumps(status()).encode()
        answer = httpx.post(f"{told['address']}/iopole/status", content=body, headers=sender().headers(body))
        assert answer.status_code == 503
        _code, err = stopped(process)
    assert "no secret is set" in err


def test_runs_go_on_beside_and_callbacks_bring_the_statuses(folder):
    """The whole thing: Facturation.pro is asked, invoices are deposited, Iopole calls back, health tells the runs."""
    from pdp_bridge.sandbox import demo  # noqa: PLC0415
    from pdp_bridge.sandbox.webhooks import WebhookOptions  # noqa: PLC0415

    (folder / "pdp-bridge.toml").write_text(demo.settings_text(), encoding="utf-8")
    with Sandbox() as sandbox:
        data = demo.firm(sandbox.clock().date())
        sandbox.facturation_pro.load({**data, "invoices": data["invoices"][:1]})
        environ = {**sandbox.environment(), "PDP_BRIDGE_WEBHOOK_SECRET": SECRET}
        with served(folder, "--every", "1h", **environ) as (process, told):
            sandbox.call_back(WebhookOptions(url=f"{told['address']}/iopole", secret=SECRET))
            deadline = time.monotonic() + 60
            while (health := httpx.get(f"{told['address']}/healthz").json())["last_sync_age_seconds"] is None:
                assert time.monotonic() < deadline, stopped(process)[1]
            assert health["last_run_age_seconds"] is not None, stopped(process)[1]
            sandbox.advance(3)
            answers = sandbox.iopole.webhook.answers
            assert answers
            assert all(answer.taken for answer in answers)
            page = httpx.get(f"{told['address']}/metrics").text
            code, err = stopped(process)
    assert 'pdp_bridge_invoices{state="sent",technical_status="validated"} 1' in page
    assert 'pdp_bridge_status_events{origin="webhook"}' in page
    assert (code, "run ended" in err, "sync ended" in err) == (0, True, True)


def test_work_beside_stops_between_two_invoices():
    from pdp_bridge.server.beside import Beside  # noqa: PLC0415

    started, done = threading.Event(), []

    def work(stop):
        started.set()
        stop.wait(30)
        done.append("stopped")
        raise Stopped("asked to stop")

    with Beside(work):
        assert started.wait(10)
    assert done == ["stopped"]


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/x", "127.0.0.1:8470", "http://"])
def test_the_sandbox_calls_back_at_addresses_only(cli, address):
    ran = cli("sandbox", "--webhook", address)
    assert (ran.code, "8470/iopole" in ran.err) == (2, True)
