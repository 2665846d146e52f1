"""Fixtures: a receiver of one's own, a client of it in process, and whoever signs."""

import pytest
from deliveries import Sender
from receivers import NOW, Asked, Place


@pytest.fixture
def start(tmp_path):
    places = []

    def started(**options):
        places.append(Place(tmp_path, **options))
        return places[-1]

    yield started
    for place in places:
        place.journal.close()


@pytest.fixture
def place(start):
    return start()


@pytest.fixture
def ask():
    """Ask an application: call it with one."""
    opened = []

    def asked(app):
        opened.append(Asked(app))
        return opened[-1]

    yield asked
    for each in opened:
        each.close()


@pytest.fixture
def http(place, ask):
    return ask(place.receiver.app)


@pytest.fixture
def sender():
    return Sender(at=NOW)
