"""Iopole as a `Platform`: deposits, the search after a lost answer, statuses.

The search is what stands between a lost answer and a second deposit. It asks for the number, then for every deposit of
the period, and says "none" only when neither shows it (engine.md §5.4): the number is compared here, the bytes by
SHA-256.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from itertools import pairwise

from pdp_bridge.errors import PlatformError, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.deposited import Deposited
from pdp_bridge.model.document import Document
from pdp_bridge.model.exchange import Subject
from pdp_bridge.model.recipient import Reach, Recipient
from pdp_bridge.model.status import StatusEvent
from pdp_bridge.transmission.iopole import entries, mapping
from pdp_bridge.transmission.iopole.client import Client
from pdp_bridge.transmission.iopole.feed import feed
from pdp_bridge.transmission.iopole.mapping import Deposit

LIMIT = 200
LAST_OFFSET = 1000
"""`limit` and `offset` may not be larger, so one query shows 1200 rows at most."""

LARGEST = 50_000_000
"""Bytes of one deposit; the platform answers 413 above 50 MB."""

FAILED = frozenset({"INVALID", "DUPLICATED", "WRONG_ROUTING", "CONVERSION_FAILED"})
"""States of a deposit that went nowhere: its number may be used by another one."""

UNREAD = 50
"""Most deposits without business data yet whose files are compared one by one."""

SHORTEST = timedelta(seconds=2)
"""A period that is not halved any more."""

NUMBER_FIELDS = ("invoice.invoiceId", "businessData.invoiceId")
"""What queries call BT-1: as documented, and as others have seen it work."""

NUMBER_LENGTH = 20
"""Characters of BT-1 that the platform's description allows, and may cut it to."""

_log = logging.getLogger(__name__)


class _Incomplete(Exception):
    """A query has more rows than it can show."""


class Iopole:
    """One customer's deposits and statuses."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ready(self) -> None:
        """Wait until a deposit may be made. Raises `PlatformUnavailable` or `PlatformRefused`; nothing was sent."""
        self._client.witness.hand_over()  # the last deposit is on record, and no lease runs
        self._client.ready()

    def send(self, document: Document) -> str:
        """Deposit the document, once; returns the platform's id.

        Raises `PlatformUnavailable` (nothing accepted), `PlatformRefused`, or `OutcomeUnknown`.
        """
        size = len(document.content)
        if not 0 < size < LARGEST:
            raise PlatformRefused(
                f"Could not deposit {document.filename} at Iopole: it has {size} bytes, and 1 to {LARGEST - 1} are "
                "accepted; make its logo or its attachments smaller",
                code="TOO_LARGE",
            )
        with self._client.witness.about(_subject(document)):
            return self._client.send_invoice(document.filename, document.content, document.media_type.value)

    def find(self, document: Document, since: datetime, besides: Collection[str] = ()) -> str | None:
        """The id under which these bytes were deposited after `since`; None when a complete search found none.

        Of several, the oldest that did not fail; never one of `besides`. Raises `PlatformRefused` (`CONFLICT`)
        when a deposit with other bytes holds the number, `PlatformUnavailable` when the search could not be completed.
        """
        with self._client.witness.about(_subject(document)):
            return self._found(document, since, besides)

    def _found(self, document: Document, since: datetime, besides: Collection[str]) -> str | None:
        if document.invoice is None:
            raise PlatformRefused("A document whose number cannot be read cannot be searched for", code="UNREADABLE")
        number, siren = document.invoice.number, document.invoice.seller.siren
        asked = self._numbered(number, since)
        rows = [deposit for deposit in asked or () if deposit.id not in besides]
        named = [deposit for deposit in rows if _is_of(deposit, siren) and _same_number(deposit.number, number)]
        equal = self._equal(named, document)
        if not equal:
            seen = [deposit for deposit in self._all_since(since, siren, asked) if deposit.id not in besides]
            named = [deposit for deposit in seen if deposit.number and _same_number(deposit.number, number)]
            # A deposit made a moment ago may not have been read by the platform yet: only its bytes can name it.
            unread = [deposit for deposit in seen if deposit.number is None]
            equal = self._equal(named, document) or self._equal(self._comparable(unread), document)
        if equal:
            return min(equal, key=_merit).id
        other = next((deposit for deposit in named if deposit.state not in FAILED), None)
        if other is not None:
            raise PlatformRefused(
                f"Invoice {number} is already at Iopole with other content (deposit {other.id}): compare both before "
                "anything else is sent under this number",
                code="CONFLICT",
            )
        return None

    def deposits(self, since: datetime, siren: str | None) -> Sequence[Deposited]:
        """Every deposit of the seller made after `since`: originals first, then what did not fail, then the oldest."""
        rows = {row.id: row for row in self._since(since, siren) if _is_of(row, siren)}
        return [Deposited(id=row.id, number=row.number, at=row.created) for row in sorted(rows.values(), key=_merit)]

    def download(self, submission_id: str) -> bytes:
        """The deposited bytes, unchanged. Raises `PlatformRefused` (`NOT_FOUND`) for an unknown id."""
        with self._client.witness.about(Subject(submission_id=submission_id)):
            return self._client.download(submission_id)

    def new_events(self) -> Sequence[StatusEvent]:
        """The next batch of unread events, oldest first, whoever they were addressed to; at most 100.

        One that cannot be read is there too, as it came (`UNREADABLE`): acknowledged, it makes room for others.
        """
        return feed(self._client.status_not_seen(), self._client.clock())

    def acknowledge(self, event: StatusEvent) -> None:
        """Mark one event as seen; one that the platform does not know any more needs no mark."""
        try:
            self._client.mark_status_seen(event.status_id)
        except PlatformRefused as error:
            if error.code != "NOT_FOUND":
                raise
            _log.info("status already gone at the platform status_id=%s", event.status_id)

    def history(self, submission_id: str) -> Sequence[StatusEvent]:
        """Every event of one deposit, oldest first; empty right after the deposit. Very low limit."""
        return feed(self._client.status_history(submission_id), self._client.clock())

    def recipient(self, address: str, day: date) -> Recipient:
        """What the French directory says on that day of an address (`0225:…`). Raises `PlatformError`.

        A large body has more entries than one page; of more than 1200 the answer may be missing, and is unknown.
        """
        siren = address.partition(":")[2][:9]
        found, complete = _listed(lambda offset: self._client.directory_french(siren, offset=offset, limit=LIMIT))
        answer = entries.recipient(found, address, day)
        if answer.reach is Reach.ABSENT and not complete:
            raise _cut_short()
        return answer

    def enrolled(self, siren: str) -> bool | None:
        """Whether this seller is among the companies of the customer; None when Iopole does not say.

        The list needs a right that these credentials may lack, and how it is searched is not documented: only the
        whole list says no. Raises `PlatformUnavailable`, and `PlatformRefused` when the credentials are.
        """
        try:
            return self._is_listed(siren, f'siren:"{siren}"') or self._is_listed(siren, None)
        except PlatformRefused as error:
            if error.code == "AUTH_FAILED":
                raise
            _log.info("enrolled companies not shown status=%s", error.status)
            return None

    def _is_listed(self, siren: str, query: str | None) -> bool | None:
        try:
            found, complete = _listed(lambda at: self._client.business_entities(query, offset=at, limit=LIMIT))
        except PlatformRefused as error:
            if query is None or error.status != HTTPStatus.BAD_REQUEST:
                raise
            return None
        if any(entries.names(entry, siren) for entry in found):
            return True
        return False if complete else None

    # -- searching ---------------------------------------------------------------------------------------------

    def _equal(self, deposits: Sequence[Deposit], document: Document) -> list[Deposit]:
        return [deposit for deposit in deposits if self._holds(deposit, document.sha256)]

    def _numbered(self, number: str, since: datetime) -> list[Deposit] | None:
        """The deposits after `since` that the platform finds by their number; None when it cannot be asked so.

        They prove that it is there. That it is not there takes more: one not read yet has no number.
        """
        for field in NUMBER_FIELDS:
            try:
                rows = [
                    row
                    for wanted in dict.fromkeys((number, number[:NUMBER_LENGTH]))
                    for row in self._rows(f'{field}:"{_quotable(wanted)}"')
                ]
            except _Incomplete:
                return None
            except PlatformRefused as error:
                if error.status != HTTPStatus.BAD_REQUEST:
                    raise
            else:
                return [row for row in rows if row.created is None or row.created >= since]
        return None

    def _all_since(self, since: datetime, siren: str | None, asked: list[Deposit] | None) -> list[Deposit]:
        """Every outbound deposit of the seller made after `since`; only `asked` when no other query is understood."""
        try:
            rows = [*(asked or ()), *self._since(since, siren)]
        except PlatformRefused as error:
            if error.status != HTTPStatus.BAD_REQUEST or asked is None:
                raise
            rows = asked
        return [row for row in {row.id: row for row in rows}.values() if _is_of(row, siren)]

    def _since(self, since: datetime, siren: str | None) -> Iterator[Deposit]:
        """Every outbound deposit made after `since`, each once; others may come along.

        The fields of a query are only partly documented: one that is refused (400) gives way to a plainer one.
        """
        start = since.astimezone(UTC)
        seller = f' AND seller.siren:"{siren}"' if siren and siren.isdigit() else ""
        try:
            yield from self._between(f'invoice.direction:"OUTBOUND"{seller}', start, None)
        except PlatformRefused as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
        else:
            return
        try:
            yield from self._complete('invoice.direction:"OUTBOUND"', start)
        except PlatformRefused as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
            yield from self._complete(None, start)

    def _between(self, query: str, start: datetime, end: datetime | None) -> Iterator[Deposit]:
        """The rows of a period; halved when there are more than one query can show."""
        until = f' AND createdDate:<"{_written(end)}"' if end else ""
        try:
            rows = self._rows(f'{query} AND createdDate:>"{_written(start)}"{until}')
        except _Incomplete as error:
            stop = end or self._client.clock().astimezone(UTC) + timedelta(days=1)
            middle = start + (stop - start) / 2
            if stop - start <= SHORTEST:
                raise _cut_short() from error
            # Both halves overlap by a second: the bounds are written in whole seconds and exclude themselves.
            yield from self._between(query, start, middle + timedelta(seconds=1))
            yield from self._between(query, middle - timedelta(seconds=1), end)
            return
        yield from rows

    def _complete(self, query: str | None, start: datetime) -> list[Deposit]:
        """All rows of a query without dates. Raises `PlatformUnavailable` when they may not be all."""
        try:
            return self._rows(query, start)
        except _Incomplete as error:
            raise _cut_short() from error

    def _rows(self, query: str | None, start: datetime | None = None) -> list[Deposit]:
        """The rows of one query, down to `start` when they come newest first. Raises `_Incomplete`."""
        found: dict[str, Deposit] = {}
        offset = 0
        while offset <= LAST_OFFSET:
            rows, count = mapping.deposits(self._client.search(query, offset=offset, limit=LIMIT))
            found.update((row.id, row) for row in rows if row.id)
            offset += len(rows)
            # Neither a short page nor a count equal to a full page proves the end: `count` may mean this page only.
            ended = not rows if count is None else offset >= count and len(rows) < LIMIT
            if ended or _past(rows, start):
                return list(found.values())
            if not rows:
                break
        raise _Incomplete

    def _comparable(self, unread: Sequence[Deposit]) -> Sequence[Deposit]:
        live = [deposit for deposit in unread if deposit.state != "DUPLICATED"]
        if len(live) > UNREAD:
            raise PlatformUnavailable(
                f"Could not complete the search at Iopole: {len(live)} deposits are not read yet; try again later",
                code="SEARCH_INCOMPLETE",
            )
        return live

    def _holds(self, deposit: Deposit, sha256: str) -> bool:
        """The deposit's bytes are these. Raises `PlatformUnavailable` when that cannot be known."""
        try:
            if sha256 in self._checksums(deposit):
                return True
            # The list of files may leave the original out, so only the original itself says no.
            return hashlib.sha256(self._client.download(deposit.id)).hexdigest() == sha256
        except PlatformRefused as error:
            raise PlatformUnavailable(
                f"Could not compare deposit {deposit.id} at Iopole with what was sent: {error}",
                code="UNVERIFIED",
                status=error.status,
            ) from error

    def _checksums(self, deposit: Deposit) -> set[str]:
        """The checksums that the platform shows; none where it lists no files: the original itself can be asked."""
        try:
            return mapping.checksums(self._client.files(deposit.id))
        except PlatformError as error:
            _log.info("no list of files submission_id=%s status=%s", deposit.id, error.status)
            return set()


def _listed(page: Callable[[int], object]) -> tuple[list[entries.Json], bool]:
    """The rows of a paged list, and whether they are all."""
    found: list[entries.Json] = []
    while len(found) <= LAST_OFFSET:
        rows, count = entries.rows(page(len(found)))
        found += rows
        if not rows or (len(rows) < LIMIT and (count is None or len(found) >= count)):
            return found, count is None or len(found) >= count
    return found, False


def _subject(document: Document) -> Subject:
    return Subject(number=document.invoice.number if document.invoice else "", sha256=document.sha256)


def _is_of(deposit: Deposit, siren: str | None) -> bool:
    return deposit.outbound and not (deposit.siren and siren and deposit.siren != siren)


def _same_number(theirs: str | None, ours: str) -> bool:
    """BT-1 as the platform shows it, perhaps cut."""
    return theirs == ours or bool(theirs and len(theirs) == NUMBER_LENGTH and ours.startswith(theirs))


def _quotable(text: str) -> str:
    """How quotes are escaped in a query is not documented; no number that we send holds one."""
    return text.replace('"', "").replace("\\", "")


def _merit(deposit: Deposit) -> tuple[bool, bool, datetime]:
    """Least first: the original before duplicates, then what did not fail, then the oldest."""
    oldest = deposit.created or datetime.max.replace(tzinfo=UTC)
    return deposit.state == "DUPLICATED", deposit.state in FAILED, oldest


def _past(rows: Sequence[Deposit], start: datetime | None) -> bool:
    """The page is newest first and ends before `start`: what follows is older still."""
    created = [row.created for row in rows if row.created is not None]
    if start is None or len(created) < len(rows):
        return False
    return all(newer >= older for newer, older in pairwise(created)) and created[-1] < start


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _cut_short() -> PlatformUnavailable:
    return PlatformUnavailable(
        f"Could not complete the search at Iopole: more than {LAST_OFFSET + LIMIT} deposits; try again later",
        code="SEARCH_INCOMPLETE",
    )
