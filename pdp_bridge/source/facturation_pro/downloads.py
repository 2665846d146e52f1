"""The visible files of an invoice, read from Facturation.pro into its snapshot.

Address: `/firms/F/assets/ID/download` (facturation-pro.md §1.2), built from the id and never from the `download_url`
that a record holds: the credentials go to the configured host and to no other.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pdp_bridge.errors import SourceRefused
from pdp_bridge.model.mark import FILE_PREFIX
from pdp_bridge.source.facturation_pro import files
from pdp_bridge.source.facturation_pro.client import Client
from pdp_bridge.source.facturation_pro.companions import Row, identity
from pdp_bridge.source.facturation_pro.record import Record

_FAULTS = {"NOT_FOUND": "GONE", "FILE_TOO_LARGE": "TOO_LARGE", "REDIRECT_REFUSED": "ELSEWHERE"}
"""What is wrong with one file is said in the invoice's remarks; any other refusal stops the reading."""


def downloaded(client: Client, invoice: Row) -> list[dict[str, Any]]:
    """The payload's `files`: name, size, hash and content of each visible file, or the problem that keeps it out.

    Raises `SourceError` when Facturation.pro does not answer: an invoice never goes without its files by accident.
    """
    found: list[dict[str, Any]] = []
    room = files.LARGEST_TOGETHER
    for row in _visible(client, invoice):
        name = Record(row, "files").line("document_name") or ""
        told = {"id": identity(row, "id"), "document_name": name}
        content = _read(client, row, name, min(files.LARGEST, room))
        fault = content if isinstance(content, str) else files.fault_of(name, content)
        if fault or isinstance(content, str):
            found.append({**told, "problem": fault})
            continue
        room -= len(content)
        encoded = base64.b64encode(content).decode("ascii")
        found.append({**told, "sha256": hashlib.sha256(content).hexdigest(), "content": encoded})
    return found


def _visible(client: Client, invoice: Row) -> Sequence[Row]:
    listed = invoice.get("files")
    if not isinstance(listed, list):
        params = {"invoice_id": identity(invoice, "id")}
        listed = [row for listing in client.listing("assets/invoices.json", params) for row in listing.rows]
    return [
        row for row in listed if isinstance(row, Mapping) and Record(row, "files").flag("visible") and not _ours(row)
    ]


def _ours(row: Row) -> bool:
    """The Factur-X that was uploaded once the invoice was sent is no attachment of a later one."""
    return (Record(row, "files").line("document_name") or "").startswith(FILE_PREFIX)


def _read(client: Client, row: Row, name: str, at_most: int) -> bytes | str:
    """The bytes of one file, or the fault that is known without them."""
    if files.ending(name) not in files.TYPES:
        return "TYPE"
    if identity(row, "document_size") > at_most:
        return "TOO_LARGE"
    key = identity(row, "id")
    try:
        return client.file(f"assets/{key}/download", f"read file {key}", at_most)
    except SourceRefused as error:
        if error.code not in _FAULTS:
            raise
        return _FAULTS[error.code]
