"""Iopole's directory of France, and its list of enrolled companies → our words; pure.

Follows iopole-api.md §4.4 and §4.6: an address is reachable by a line on `DOMESTIC_FR` that has begun and not ended.
Lines stand in `networksRegistered` (described) or `networkRegistered` (seen); both are read. An unknown `status` of a
line says nothing: then its dates decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pdp_bridge.model.recipient import Demand, Reach, Recipient

NETWORK = "DOMESTIC_FR"

_CLOSED = frozenset({"DISABLED", "INACTIVE", "CLOSED", "DELETED", "CANCELLED", "REVOKED", "REJECTED"})
_UPCOMING = frozenset({"UPCOMING", "PENDING"})

_DEMANDS = {
    "engagementJuridique": Demand.COMMITMENT,
    "service": Demand.SERVICE,
    "engJurServ": Demand.EITHER,
}
"""Flags of `chorusPro`, of a public body."""

Json = Mapping[str, Any]


def rows(answer: object) -> tuple[list[Json], int | None]:
    """The entries of one page, and how many there are in all when it says so."""
    found = answer.get("data") if isinstance(answer, Mapping) else answer
    meta = answer.get("meta") if isinstance(answer, Mapping) else None
    count = meta.get("count") if isinstance(meta, Mapping) else None
    listed = found if isinstance(found, list) else []
    return [row for row in listed if isinstance(row, Mapping)], count if isinstance(count, int) else None


def recipient(entries: list[Json], address: str, day: date) -> Recipient:
    """What these entries say of an address (`0225:…`) on a day: the best of its lines."""
    upcoming: list[date | None] = []
    for entry in entries:
        for line in _lines(entry, address):
            reach, since = _reach(line, day)
            if reach is Reach.REACHABLE:
                return Recipient(address=address, reach=reach, demands=_demands(entry))
            if reach is Reach.UPCOMING:
                upcoming.append(since)
    if upcoming:
        since = min((known for known in upcoming if known is not None), default=None)
        return Recipient(address=address, reach=Reach.UPCOMING, since=since)
    return Recipient(address=address, reach=Reach.ABSENT)


def _lines(entry: Json, address: str) -> Iterator[Json]:
    for identifier in _list(entry.get("identifiers")):
        for key in ("networksRegistered", "networkRegistered"):
            for line in _list(identifier.get(key)):
                named = str(line.get("directoryAddress") or "").strip()
                network = str(line.get("networkIdentifier") or NETWORK)
                if network == NETWORK and named in {address, address.partition(":")[2]}:
                    yield line


def _reach(line: Json, day: date) -> tuple[Reach, date | None]:
    status = str(line.get("status") or "").upper()
    begins, ends = _day(line.get("validFrom")), _day(line.get("validTo"))
    if status in _CLOSED or (ends is not None and ends < day):
        return Reach.ABSENT, None
    if begins is not None and begins > day:
        return Reach.UPCOMING, begins
    if begins is None and status in _UPCOMING:
        return Reach.UPCOMING, None
    return Reach.REACHABLE, None


def _demands(entry: Json) -> frozenset[Demand]:
    flags = entry.get("chorusPro")
    if not isinstance(flags, Mapping):
        return frozenset()
    return frozenset(demand for name, demand in _DEMANDS.items() if flags.get(name) is True)


def names(entry: Json, siren: str) -> bool:
    """Whether an enrolled company is that one, or an establishment of it.

    >>> names({"identifierScheme": "0009", "identifierValue": "10000000900017"}, "100000009")
    True
    """
    country = entry.get("countryIdentifier")
    told = [entry.get("identifierValue"), *(country.values() if isinstance(country, Mapping) else ())]
    told += [identifier.get("value") for identifier in _list(entry.get("identifiers"))]
    return any(isinstance(value, str) and value[:9] == siren for value in told)


def _day(value: object) -> date | None:
    """A date, also of an instant; None when it is not one."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _list(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
