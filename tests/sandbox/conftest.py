"""Fixtures: a sandbox whose platform judges toy messages, and clients of both services."""

import dataclasses

import httpx
import pytest
from toy_invoices import DELAY, TLS, judge, read, token

from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox


@pytest.fixture
def start():
    """Start a sandbox with the toy judge; stopped at the end of the test."""
    running = []

    def started(*, rules=None, source=None, **options):
        platform = PlatformOptions(**options)
        rules = {"verdict_delay_seconds": DELAY, **(rules or {})}
        platform = dataclasses.replace(platform, rules=dataclasses.replace(platform.rules, **rules))
        sandbox = Sandbox(platform=platform, source=source, read=read, judge=judge)
        running.append(sandbox)
        return sandbox.__enter__()

    yield started
    for sandbox in running:
        sandbox.__exit__(None, None, None)


@pytest.fixture
def sandbox(start):
    return start()


@pytest.fixture
def firm_client():
    """A client of the sandbox's Facturation.pro, with its credentials."""
    clients = []

    def opened(sandbox, **options):
        source = sandbox.source_options
        options = {"auth": (source.api_id, source.api_key), "timeout": 5.0, "verify": TLS, **options}
        clients.append(httpx.Client(base_url=sandbox.facturation_pro_url, **options))
        return clients[-1]

    yield opened
    for client in clients:
        client.close()


@pytest.fixture
def platform_client():
    """A client of the sandbox's Iopole, with a token and the customer id."""
    clients = []

    def opened(sandbox, **options):
        client = httpx.Client(base_url=sandbox.iopole_url, timeout=5.0, verify=TLS, **options)
        clients.append(client)
        client.headers["Authorization"] = f"Bearer {token(sandbox, client).json()['access_token']}"
        client.headers["customer-id"] = sandbox.platform_options.customer_id
        return client

    yield opened
    for client in clients:
        client.close()
