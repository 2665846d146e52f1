"""Facturation.pro as an `InvoiceSource`: scans that lose nothing, snapshots that hold everything.

The scan reads `order=updated&sort=desc` until it meets rows older than the cursor: an update made meanwhile can only
push rows down, so it makes duplicates, never holes (facturation-pro.md §1.4). The cursor is the source's own clock at
the start of the scan.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pdp_bridge.errors import BridgeError, SourceRefused
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.mark import Mark, Marked
from pdp_bridge.model.pulled import UNREADABLE, Page, Skipped, Snapshot
from pdp_bridge.model.seller import Seller
from pdp_bridge.soundness import sound_text
from pdp_bridge.source.facturation_pro.client import Client
from pdp_bridge.source.facturation_pro.companions import ALWAYS, Companions, Period, Row, identity
from pdp_bridge.source.facturation_pro.downloads import downloaded
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.source.facturation_pro.paging import PER_PAGE, Listing
from pdp_bridge.source.facturation_pro.selection import number_of, reference, skip_reason
from pdp_bridge.source.facturation_pro.writing import Writer

OVERLAP = timedelta(minutes=10)
"""Re-read before the cursor: clocks differ, and a change may become visible late."""

PASSES = 5
"""A list that shrank while it was read may hide a row at a page border: it is read again, so often at most."""

Judged = tuple[tuple[Snapshot, ...], tuple[Skipped, ...]]

_log = logging.getLogger(__name__)

WHOLE: dict[str, str | int] = {"with_details": 1, "with_settlements": 1}


class FacturationPro:
    """The issued invoices of one firm. Errors are `SourceUnavailable` and `SourceRefused`."""

    def __init__(self, client: Client, seller: Seller, writer: Writer | None = None) -> None:
        self._client = client
        self._seller = seller
        self._writer = writer or Writer(client)

    def issued_since(self, cursor: str | None) -> Iterator[Page]:
        """Pages of invoices changed since `cursor` (None: all), newest change first. Raises `SourceError`."""
        since = _instant(cursor)
        until = since - OVERLAP if since else None
        companions = self._companions()
        period = None if since else (self._seller.policy.go_live or ALWAYS[0], ALWAYS[1])
        mark = ""
        for listing in self._changed(until):
            mark = mark or (listing.served_at or self._client.clock()).astimezone(UTC).isoformat(timespec="seconds")
            snapshots, skipped = self._judged(listing.rows, companions, period)
            yield Page(
                snapshots=snapshots,
                skipped=skipped,
                cursor=mark,
                total=listing.total if until is None else None,
                problem=None if listing.problem is None else str(listing.problem),
            )

    def snapshot(self, reference: str) -> Snapshot | Skipped:
        """One invoice by its complete number or its id. Raises `SourceRefused` (`NOT_FOUND`, `AMBIGUOUS`)."""
        found = {str(row["id"]): row for row in self._matching(sound_text(reference).strip())}
        if not found:
            raise SourceRefused(
                f"Facturation.pro has no invoice with the number or id {reference} in firm {self._client.firm_id}: "
                "give the complete number as printed, prefix included",
                code="NOT_FOUND",
            )
        if len(found) > 1:
            raise SourceRefused(
                f"{reference} names several invoices at Facturation.pro (ids {', '.join(sorted(found))}): give the id, "
                "and check the numbering of the firm",
                code="AMBIGUOUS",
            )
        snapshots, skipped = self._judged_together(list(found.values()), self._companions(), None)
        return snapshots[0] if snapshots else skipped[0]

    def again(self, source_ids: Sequence[str]) -> Iterator[Page]:
        """These records as they are now, fifty a request; one that is gone is skipped. Raises `SourceError`."""
        companions = self._companions()
        for start in range(0, len(source_ids), PER_PAGE):
            wanted = source_ids[start : start + PER_PAGE]
            found = self._by_ids(wanted)
            snapshots, skipped = self._judged([row for row in found.values() if row], companions, None)
            gone = tuple(Skipped(source_id=name, reason="deleted") for name, row in found.items() if row is None)
            yield Page(snapshots=snapshots, skipped=(*skipped, *gone), cursor="", total=len(source_ids))

    def invoice(self, snapshot: Snapshot) -> Invoice:
        """The snapshot in the words of EN 16931. Raises `MappingError`."""
        return to_invoice(snapshot.payload, self._seller)

    def write_back(self, marks: Sequence[Mark]) -> Iterator[Marked]:
        """Write each mark, one answer each, in order. Raises `SourceError` when the rest must wait."""
        return self._writer.write_back(marks)

    # -- scanning ----------------------------------------------------------------------------------------------

    def _changed(self, until: datetime | None) -> Iterator[Listing]:
        """Pages in the order of their last change, down to `until`, each row once; at least one page."""
        seen: set[str] = set()
        for _ in range(PASSES):
            shrank = False
            announced = 0
            newest_first: dict[str, str | int] = {**WHOLE, "order": "updated", "sort": "desc"}
            for listing in self._client.listing("invoices.json", newest_first, tolerant=True):
                if listing.problem is not None:
                    yield listing
                    continue
                total = listing.total or 0
                shrank = shrank or total < announced
                announced = total
                new = [row for row in listing.rows if str(row["id"]) not in seen and _recent(row, until)]
                seen.update(str(row["id"]) for row in new)
                yield Listing(rows=tuple(new), total=listing.total, served_at=listing.served_at)
                if _reached(listing.rows, until):
                    break
            if not shrank:
                return

    def _matching(self, wanted: str) -> Iterator[Row]:
        number = {**WHOLE, "full_invoice_ref": wanted}
        for listing in self._client.listing("invoices.json", number):
            yield from (row for row in listing.rows if number_of(row) == wanted)
        if wanted.isascii() and wanted.isdigit():
            row = self._detail(int(wanted))
            if row is not None:
                yield row

    def _by_ids(self, wanted: Sequence[str]) -> dict[str, Row | None]:
        """What the bulk answer leaves out is asked one by one; None when it is gone."""
        found: dict[str, Row | None] = {}
        for listing in self._client.listing("invoices.json", {**WHOLE, "ids": ",".join(wanted)}):
            found.update((str(row["id"]), row) for row in listing.rows if str(row["id"]) in wanted)
            if len(found) == len(wanted):
                break
        missing = [name for name in wanted if name not in found]
        return found | {name: self._detail(int(name)) if name.isdecimal() else None for name in missing}

    # -- snapshots ---------------------------------------------------------------------------------------------

    def _companions(self) -> Companions:
        # Asked always or never: a version must not change because a mandate was in sight once.
        return Companions(self._client, with_sepa=self._seller.creditor_id is not None)

    def _judged(self, rows: Sequence[Row], companions: Companions, period: Period | None) -> Judged:
        """Together; each alone when one of them cannot be read, which is told and stops no other.

        Raises `SourceError`, also when the source gives none of several what belongs to it.
        """
        try:
            return self._judged_together(rows, companions, period)
        except Exception as error:  # one record that nobody foresaw must not stop the scan: it is told
            answered_badly = isinstance(error, SourceRefused) and error.code == "BAD_RESPONSE"
            if isinstance(error, BridgeError) and not answered_badly:
                raise
            if len(rows) == 1:
                _log.warning("record unreadable source_id=%s error=%s", rows[0]["id"], type(error).__name__)
                return (), (Skipped(source_id=str(rows[0]["id"]), reason=UNREADABLE),)
            alone = [self._judged([row], companions, period) for row in rows]
            if answered_badly and not any(snapshots for snapshots, _ in alone):
                raise
        return (
            tuple(snapshot for snapshots, _ in alone for snapshot in snapshots),
            tuple(record for _, skipped in alone for record in skipped),
        )

    def _judged_together(self, rows: Sequence[Row], companions: Companions, period: Period | None) -> Judged:
        now = self._client.clock()
        skipped: list[Skipped] = []
        wanted: list[Row] = []
        for row in rows:
            reason = skip_reason(row, now.date(), self._seller.policy)
            # A later day is no reason to forget it: nothing would bring it back. The pipeline holds it until then.
            if reason is not None and reason.release_on is None:
                skipped.append(reason)
                continue
            whole = self._whole(row)
            if whole is None:
                skipped.append(Skipped(source_id=str(row["id"]), reason="deleted", number=number_of(row)))
            else:
                wanted.append(whole)
        companions.gather(wanted, period)
        return tuple(self._frozen(row, companions, now) for row in wanted), tuple(skipped)

    def _frozen(self, row: Row, companions: Companions, now: datetime) -> Snapshot:
        payload: dict[str, Any] = _plain(
            {
                "firm_id": self._client.firm_id,
                **companions.payload(row),
                **({"files": downloaded(self._client, row)} if self._seller.policy.attach_files else {}),
                "pulled_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            }
        )
        return Snapshot(reference=reference(payload["invoice"], payload["customer"]), payload=payload)

    def _whole(self, row: Row) -> Row | None:
        """The row with its items and settlements, asked for when the list left them out; None when it is gone.

        Absent settlements are unknown, not none: whether the invoice was paid at issue depends on them (BT-23).
        """
        if _complete(row):
            return row
        found = self._detail(identity(row, "id"))
        if found is None or _complete(found):
            return found
        path = f"invoices/{row['id']}/settlements.json"
        settlements = [one for listing in self._client.listing(path, {}) for one in listing.rows]
        return {**found, "items": found.get("items") or [], "settlements": settlements}

    def _detail(self, source_id: int) -> Row | None:
        try:
            return self._client.record(f"invoices/{source_id}.json", f"read invoice {source_id}")
        except SourceRefused as error:
            if error.code != "NOT_FOUND":
                raise
            return None


def _complete(row: Row) -> bool:
    return isinstance(row.get("items"), list) and isinstance(row.get("settlements"), list)


def _instant(text: object) -> datetime | None:
    """An ISO instant; None when it is not one: then the scan reads more, never less."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _recent(row: Row, until: datetime | None) -> bool:
    changed = _instant(row.get("updated_at"))
    return until is None or changed is None or changed >= until


def _reached(rows: Sequence[Row], until: datetime | None) -> bool:
    """The page goes past `until`, and is in the order we asked for: what follows is older still."""
    changes = [_instant(row.get("updated_at")) for row in rows]
    known = [change for change in changes if change is not None]
    if until is None or not known or len(known) < len(changes):
        return False
    ordered = all(newer >= older for newer, older in pairwise(known))
    return ordered and known[-1] < until


def _plain(value: object) -> Any:
    """JSON without `Decimal`: exact text, so that a snapshot read back from the journal is the same snapshot."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
