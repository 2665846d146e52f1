"""A receiver over a journal of its own, and the two ways to ask it: in process, or over loopback."""

import asyncio
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
from deliveries import SECRET

from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.server.app import Receiver, Site
from pdp_bridge.server.serving import _address, _listening, server_of
from pdp_bridge.settings import Secret, WebhookSettings

NOW = datetime(2026, 10, 7, 10, 0, 30, tzinfo=UTC)


class Place:
    """One data folder with its journal and its receiver."""

    def __init__(self, folder, *, secrets=(SECRET,), largest=1024 * 1024, clock=lambda: NOW):
        self.folder = folder / "data"
        self.folder.mkdir(exist_ok=True)
        self.clock = clock
        self.journal = SqlJournal(f"sqlite:///{self.folder / 'journal.db'}", clock=clock)
        webhook = WebhookSettings(secrets=tuple(map(Secret, secrets)), port=0)
        site = Site(webhook=webhook, journal=self.journal, data=self.folder, clock=clock, largest=largest)
        self.receiver = Receiver(site)

    @property
    def files(self):
        incoming = self.folder / "incoming"
        return sorted(path.name for path in incoming.iterdir()) if incoming.exists() else []

    def metric(self, name, **labels):
        accepted, refused = self.receiver.tally.counts()
        return (accepted if name == "accepted" else refused)[tuple(labels.values())]


class Asked:
    """The application, asked in process."""

    def __init__(self, app):
        self._loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver")

    def request(self, *arguments, **options):
        return self._loop.run_until_complete(self._client.request(*arguments, **options))

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def get(self, path):
        return self.request("GET", path)

    def close(self):
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@contextmanager
def serving(app):
    """The address of `app` as uvicorn serves it, in a thread."""
    with _listening("127.0.0.1", 0) as listening:
        server = server_of(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield _address(listening)
        server.should_exit = True
        thread.join(timeout=30)
        assert not thread.is_alive()
