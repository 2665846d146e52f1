"""What is written back to Facturation.pro: `api_custom`, a follow-up, the Factur-X as a file of the invoice.

Follows facturation-pro.md §1.6 and §6.1 (cases 8, 11, 33 to 36). Nothing that bears on the invoice is ever written, a
value that is not ours is left alone, and no upload is repeated blindly: the files of the invoice are looked at first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pdp_bridge.errors import SourceRefused, SourceUnavailable
from pdp_bridge.model.mark import Attached, Mark, Marked, Trouble, deposit_in, trouble_with
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.source.facturation_pro.client import Client
from pdp_bridge.source.facturation_pro.companions import Row
from pdp_bridge.source.facturation_pro.record import Record

JSON = {"Content-Type": "application/json; charset=utf-8"}
"""Any other type is answered 501."""

OF_THIS_REQUEST = frozenset({"REFUSED", "NOT_FOUND", "BAD_RESPONSE"})
"""Codes of a refusal that concerns one record alone."""

LOOKED_AT = 20
"""Records looked at with one request, shortly before they are written to."""

SYSTEM = frozenset({0, -1})
"""Follow-ups that every invoice has: under way, done."""


def named_deposit(snapshot: Snapshot) -> str | None:
    """The deposit that the record names as its own: what was written back, if nobody changed it since."""
    invoice = snapshot.payload.get("invoice")
    text = invoice.get("api_custom") if isinstance(invoice, Mapping) else None
    return deposit_in(text) if isinstance(text, str) else None


class Writer:
    """Writes marks on the invoices of one firm.

    `follow_ups`: titles of those for a deposit that goes on, and for a rejected one; absent: none is set. `visible`:
    the customer sees the uploaded file.
    """

    def __init__(
        self, client: Client, *, follow_ups: tuple[str | None, str | None] = (None, None), visible: bool = False
    ) -> None:
        self._client = client
        self._titles = follow_ups
        self._visible = visible
        self._known: Mapping[str, int] | None = None
        self._full = False  # the source took no file: the others wait

    def write_back(self, marks: Sequence[Mark]) -> Iterator[Marked]:
        """As `ports.InvoiceSource.write_back`: a few records are looked at with one request."""
        self._full = False
        for start in range(0, len(marks), LOOKED_AT):
            some = marks[start : start + LOOKED_AT]
            rows = self._rows([mark.source_id for mark in some])
            for mark in some:
                row = rows.get(mark.source_id)
                if row is None or Record(row, "invoice").flag("soft_deleted"):
                    yield Marked(source_id=mark.source_id, trouble=Trouble.GONE)
                else:
                    yield self._marked(mark, row)

    def _rows(self, wanted: Sequence[str]) -> dict[str, Row]:
        ids: dict[str, str | int] = {"ids": ",".join(wanted), "with_details": 1}
        listings = self._client.listing("invoices.json", ids)
        return {str(row["id"]): row for listing in listings for row in listing.rows if str(row["id"]) in wanted}

    def _marked(self, mark: Mark, row: Row) -> Marked:
        present = str(row.get("api_custom") or "").strip()
        trouble = trouble_with(present, mark)
        if trouble is not None:
            return Marked(source_id=mark.source_id, trouble=trouble, detail=present[:80])
        fields: dict[str, object] = {} if present == mark.text else {"api_custom": mark.text}
        follow_up, unfollowed = self._follow_up(mark, row)
        if follow_up is not None:
            fields["followup_id"] = follow_up
        try:
            updated_at = self._changed(mark.source_id, fields) if fields else _updated_at(row)
        except SourceRefused as error:
            if error.code not in OF_THIS_REQUEST:
                raise
            gone = error.code == "NOT_FOUND"
            trouble = Trouble.GONE if gone else Trouble.REFUSED
            return Marked(source_id=mark.source_id, trouble=trouble, detail="" if gone else str(error))
        uploaded, failed, detail = self._uploaded(mark.source_id, row, mark.file)
        return Marked(
            source_id=mark.source_id,
            text=mark.text,
            updated_at=updated_at,
            asked=bool(fields),
            uploaded=uploaded,
            followed=follow_up is not None,
            trouble=failed or unfollowed,
            detail=detail if failed else (self._title(mark) or "") if unfollowed else "",
        )

    def _changed(self, source_id: str, fields: Mapping[str, object]) -> str | None:
        """PATCH; where the answer is empty, as before February 2026, the record is read."""
        path, what = f"invoices/{source_id}.json", f"write back to invoice {source_id}"
        content = json.dumps(fields, ensure_ascii=False).encode()
        answer = self._client.write("PATCH", path, what, again=True, content=content, headers=JSON)
        if not isinstance(answer, Mapping):
            answer = self._client.record(path, f"read invoice {source_id}")
        return _updated_at(answer)

    # -- follow-ups --------------------------------------------------------------------------------------------

    def _title(self, mark: Mark) -> str | None:
        return self._titles[1 if mark.rejected else 0]

    def _follow_up(self, mark: Mark, row: Row) -> tuple[int | None, Trouble | None]:
        """The id to be set, if any; a follow-up that a person chose is left alone."""
        title = self._title(mark)
        if title is None:
            return None, None
        known = self._follow_ups()
        if title not in known:
            return None, Trouble.FOLLOW_UP_UNKNOWN
        ours = {known[each] for each in self._titles if each is not None and each in known}
        present = _number(row.get("followup_id"))
        if present == known[title] or present not in ours | SYSTEM:
            return None, None
        return known[title], None

    def _follow_ups(self) -> Mapping[str, int]:
        """Ids by title, asked once."""
        if self._known is None:
            rows = [row for listing in self._client.listing("followups.json", {}) for row in listing.rows]
            self._known = {str(row.get("title") or "").strip(): _number(row["id"]) for row in rows}
        return self._known

    # -- the file ----------------------------------------------------------------------------------------------

    def _uploaded(self, source_id: str, row: Row, file: Attached | None) -> tuple[str | None, Trouble | None, str]:
        """SHA-256 of the file that is there, or what keeps it from being there."""
        if file is None or self._full:
            return None, None, ""
        try:
            if not self._is_there(source_id, row, file):
                self._upload(source_id, file)
        except SourceRefused as error:
            if error.code not in OF_THIS_REQUEST:
                raise
            self._full = True
            return None, Trouble.UPLOAD_REFUSED, str(error)
        except SourceUnavailable as error:
            return None, Trouble.UPLOAD_UNKNOWN, str(error)
        return file.sha256, None, ""

    def _is_there(self, source_id: str, row: Row, file: Attached) -> bool:
        listed: Any = row.get("files")
        if not isinstance(listed, list):
            assets = self._client.listing("assets/invoices.json", {"invoice_id": source_id})
            listed = [asset for listing in assets for asset in listing.rows]
        return any(
            (one.get("document_name"), _number(one.get("document_size"))) == (file.name, len(file.content))
            for one in listed
            if isinstance(one, Mapping)
        )

    def _upload(self, source_id: str, file: Attached) -> None:
        self._client.write(
            "POST",
            f"invoices/{source_id}/upload.json",
            f"upload the Factur-X of invoice {source_id}",
            again=False,
            params={"filename": file.name, **({"visible": 1} if self._visible else {})},
            files={"upload_file": (file.name, file.content, "application/pdf")},
        )


def _number(value: object) -> int:
    """A whole number of the source; 0 for none, and for what is not one."""
    try:
        return int(str(value or 0))
    except ValueError:
        return 0


def _updated_at(row: Mapping[str, Any]) -> str | None:
    return None if row.get("updated_at") is None else str(row["updated_at"])
