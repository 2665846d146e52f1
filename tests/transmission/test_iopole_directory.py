"""The French directory and the list of enrolled companies, as Iopole writes them: shapes, days, pages, gaps."""

from __future__ import annotations

from datetime import date

import pytest

from pdp_bridge.errors import PlatformRefused, PlatformUnavailable
from pdp_bridge.model.recipient import Demand, Reach
from pdp_bridge.transmission.iopole import entries
from pdp_bridge.transmission.iopole.adapter import Iopole

DAY = date(2026, 11, 21)
ADDRESS = "0225:100000009"


def line(address=ADDRESS, **more):
    return {"networkIdentifier": "DOMESTIC_FR", "directoryAddress": address, "validFrom": "2026-09-01", **more}


def entry(*lines, key="networkRegistered", **more):
    return {"identifierScheme": "0002", "identifierValue": "100000009", "identifiers": [{key: list(lines)}], **more}


@pytest.mark.parametrize("key", ["networkRegistered", "networksRegistered"])
@pytest.mark.parametrize(
    ("given", "reach", "since"),
    [
        (line(), Reach.REACHABLE, None),
        (line("100000009"), Reach.REACHABLE, None),
        (line(validFrom=None), Reach.REACHABLE, None),
        (line(validFrom="2026-11-21T00:00:00Z"), Reach.REACHABLE, None),
        (line(validTo="2026-11-21"), Reach.REACHABLE, None),
        (line(status="A WORD OF NEXT YEAR"), Reach.REACHABLE, None),
        (line(validFrom="2026-12-01"), Reach.UPCOMING, date(2026, 12, 1)),
        (line(validFrom=None, status="UPCOMING"), Reach.UPCOMING, None),
        (line(validTo="2026-11-20"), Reach.ABSENT, None),
        (line(status="Disabled"), Reach.ABSENT, None),
        (line("0225:100000009_COMPTA"), Reach.ABSENT, None),
        (line("0002:100000009"), Reach.ABSENT, None),
        (line(networkIdentifier="PEPPOL_INTERNATIONAL"), Reach.ABSENT, None),
    ],
)
def test_a_line_says_whether_and_when(key, given, reach, since):
    found = entries.recipient([entry(given, key=key)], ADDRESS, DAY)
    assert (found.reach, found.since) == (reach, since)


def test_the_best_line_counts():
    later, soon = line(validFrom="2027-01-01"), line(validFrom="2026-12-01")
    assert entries.recipient([entry(later, soon)], ADDRESS, DAY).since == date(2026, 12, 1)
    assert entries.recipient([entry(later), entry(line())], ADDRESS, DAY).reach is Reach.REACHABLE


def test_what_a_public_body_demands():
    flags = {"engagementJuridique": True, "service": True, "engJurServ": False, "moa": None}
    found = entries.recipient([entry(line(), chorusPro=flags)], ADDRESS, DAY)
    assert found.demands == {Demand.COMMITMENT, Demand.SERVICE}
    assert entries.recipient([entry(line(), chorusPro="?")], ADDRESS, DAY).demands == frozenset()


@pytest.mark.parametrize("answer", [None, 7, "x", [], {}, {"data": 3}, {"data": [None, 4, {}]}, [{"identifiers": 3}]])
def test_whatever_comes_is_absent_rather_than_an_error(answer):
    listed, _count = entries.rows(answer)
    assert entries.recipient(listed, ADDRESS, DAY).reach is Reach.ABSENT


class Paged:
    """A client that shows rows in pages of `size`, and counts what was asked."""

    def __init__(self, rows, *, size=200, searchable=True, error=None):
        self.rows, self.size, self.searchable, self.error = rows, size, searchable, error
        self.asked = []

    def directory_french(self, siren, *, offset=0, limit=200):
        return self._page(offset)

    def business_entities(self, query=None, *, offset=0, limit=200):
        if self.error is not None:
            raise self.error
        if query is not None and not self.searchable:
            raise PlatformRefused("what?", code="HTTP_400", status=400)
        return self._page(offset) if query is None else {"data": [], "meta": {"count": 0}}

    def _page(self, offset):
        self.asked.append(offset)
        return {"data": self.rows[offset : offset + self.size], "meta": {"count": len(self.rows)}}


def test_an_address_on_a_later_page_is_found():
    client = Paged([entry(line(f"0225:100000009_{number}")) for number in range(450)])
    assert Iopole(client).recipient("0225:100000009_449", DAY).reach is Reach.REACHABLE
    assert client.asked == [0, 200, 400]


def test_of_more_than_can_be_shown_nothing_is_concluded():
    client = Paged([entry(line(f"0225:100000009_{number}")) for number in range(2000)])
    with pytest.raises(PlatformUnavailable):
        Iopole(client).recipient("0225:100000009_1999", DAY)


@pytest.mark.parametrize("searchable", [True, False])
def test_only_the_whole_list_says_that_a_seller_is_not_enrolled(searchable):
    client = Paged([{"identifierValue": f"{number:09}"} for number in range(300)], searchable=searchable)
    assert Iopole(client).enrolled("000000299") is True
    assert Iopole(client).enrolled("100000009") is False


def test_a_list_too_long_or_forbidden_says_nothing():
    client = Paged([{"identifierValue": f"{number:09}"} for number in range(2000)])
    assert Iopole(client).enrolled("100000009") is None
    forbidden = Paged([], error=PlatformRefused("no", code="FORBIDDEN", status=403))
    assert Iopole(forbidden).enrolled("100000009") is None
    with pytest.raises(PlatformRefused):
        Iopole(Paged([], error=PlatformRefused("who?", code="AUTH_FAILED", status=401))).enrolled("100000009")
