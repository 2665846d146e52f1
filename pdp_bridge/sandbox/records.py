"""Deposits as Iopole's read endpoints show them: metadata, files, search hits, directory entries; pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import Invoice, Party
from pdp_bridge.sandbox.deposits import Deposit
from pdp_bridge.sandbox.statuses import Status, instant
from pdp_bridge.sandbox.verdict import media_type

FIELDS = frozenset(
    """
    businessData.invoiceId invoice.businessData.invoiceId invoice.invoiceId invoice.state invoice.direction
    invoice.createdDate createdDate seller.siren invoice.seller.siren buyer.siren invoice.buyer.siren
    invoice.buyer.siret invoice.buyer.name
    """.split()  # noqa: SIM905 - a table
)
"""The fields that search knows; any other gives 400."""


def fields(deposit: Deposit, document: Document) -> Mapping[str, str]:
    """The value of each of `FIELDS`."""
    buyer = document.invoice.buyer if document.invoice else None
    created = deposit.received_at.strftime("%Y-%m-%d %H:%M:%S")
    number, seller, buyer_siren = deposit.number or "", deposit.siren or "", deposit.buyer_siren or ""
    return {
        "businessData.invoiceId": number,
        "invoice.businessData.invoiceId": number,
        "invoice.invoiceId": deposit.id,
        "invoice.state": deposit.state,
        "invoice.direction": "OUTBOUND",
        "invoice.createdDate": created,
        "createdDate": created,
        "seller.siren": seller,
        "invoice.seller.siren": seller,
        "buyer.siren": buyer_siren,
        "invoice.buyer.siren": buyer_siren,
        "invoice.buyer.siret": (buyer.siret if buyer else None) or "",
        "invoice.buyer.name": buyer.name if buyer else "",
    }


def hit(deposit: Deposit, document: Document, history: Sequence[Status], expand: frozenset[str]) -> Mapping[str, Any]:
    """One row of a search; `expand` names the optional parts."""
    created = instant(deposit.received_at)
    row: dict[str, Any] = {
        "metadata": {
            "invoiceId": deposit.id,
            "state": deposit.state,
            "direction": "OUTBOUND",
            "createDate": created,
            "date": created,
        }
    }
    if "businessData" in expand and document.invoice is not None:
        invoice = document.invoice
        row["businessData"] = {
            "invoiceId": invoice.number,
            "monetary": {"invoiceAmount": {"amount": _number(invoice.totals.total_with_vat)}},
            "seller": _party(invoice.seller),
            "buyer": _party(invoice.buyer),
        }
    if "lastStatusData" in expand and history:
        last = history[-1]
        row["lastStatusData"] = {"code": last.code, "state": "DELIVERED", "date": instant(last.at)}
    return row


def metadata(deposit: Deposit, document: Document) -> Mapping[str, Any]:
    """One invoice with its business data; no status in it."""
    pdf = media_type(deposit.content) is MediaType.FACTUR_X
    return {
        "streamId": str(uuid.uuid5(uuid.NAMESPACE_OID, deposit.id)),
        "invoiceId": deposit.id,
        "date": deposit.received_at.date().isoformat(),
        "originalFormat": "FacturX" if pdf else "CII",
        "originalFlavor": "EN16931",
        "originalNetwork": "DOMESTIC_FR",
        "way": "EMITTED",
        "businessData": _business_data(document.invoice) if document.invoice else {},
    }


def file(deposit: Deposit) -> Mapping[str, Any]:
    """The original file, as the `files` endpoint lists it; its id is the deposit's."""
    return {
        "fileId": deposit.id,
        "createDate": instant(deposit.received_at),
        "type": "ORIGINAL",
        "mimeType": media_type(deposit.content),
        "fileName": deposit.filename,
        "originalFilename": deposit.filename,
        "sizeBytes": len(deposit.content),
        "checksum": deposit.sha256,
    }


def directory_entry(
    siren: str, addresses: Mapping[str, date | None], demands: Collection[str] = ()
) -> Mapping[str, Any]:
    """A company of the French network; `addresses` are the values of its lines, with their first day."""
    return {
        **_entity(siren),
        "scope": "PUBLIC" if demands else "PRIVATE_TAX_PAYER",
        **({"chorusPro": dict.fromkeys(demands, True)} if demands else {}),
        "identifiers": [
            {
                "type": "LEGAL_IDENTIFIER" if value == siren else "SUFFIX",
                "scheme": "0002" if value == siren else "0225",
                "value": value,
                "networkRegistered": [_registration(value, since)],
            }
            for value, since in addresses.items()
        ],
    }


def enrolled_entity(siren: str) -> Mapping[str, Any]:
    """A company that the operator acts for."""
    return {**_entity(siren), "scope": "PRIVATE_TAX_PAYER", "identifiers": []}


def _entity(siren: str) -> Mapping[str, Any]:
    return {
        "businessEntityId": str(uuid.uuid5(uuid.NAMESPACE_OID, siren)),
        "name": f"Entreprise {siren}",
        "type": "LEGAL_UNIT",
        "identifierScheme": "0002",
        "identifierValue": siren,
        "countryIdentifier": {"siren": siren, "siret": None},
    }


def _registration(value: str, since: date | None) -> Mapping[str, Any]:
    return {
        "directoryId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"directory {value}")),
        "networkId": str(uuid.uuid5(uuid.NAMESPACE_OID, "DOMESTIC_FR")),
        "networkIdentifier": "DOMESTIC_FR",
        "directoryAddress": f"0225:{value}",
        "isSelfBilling": False,
        "validFrom": since.isoformat() if since else "2026-09-01",
        "validTo": None,
        "status": "ACTIVE",
    }


def _business_data(invoice: Invoice) -> Mapping[str, Any]:
    totals = invoice.totals
    return {
        "invoiceId": invoice.number,
        "invoiceDate": invoice.issue_date.isoformat(),
        "type": invoice.type,
        "processType": invoice.framework,
        "invoiceDueDate": invoice.due_date.isoformat() if invoice.due_date else None,
        "monetary": {
            "invoiceCurrency": invoice.currency,
            "invoiceAmount": {"amount": _number(totals.total_with_vat), "currency": invoice.currency},
            "taxBasisTotalAmount": {"amount": _number(totals.total_without_vat)},
            "payableAmount": {"amount": _number(totals.due)},
        },
        "taxDetails": [
            {
                "taxableAmount": {"amount": _number(group.base)},
                "taxAmount": {"amount": _number(group.tax)},
                "percent": None if group.rate is None else _number(group.rate),
                "categoryCode": group.category,
            }
            for group in invoice.vat_breakdown
        ],
        "seller": _party(invoice.seller),
        "buyer": _party(invoice.buyer),
    }


def _party(party: Party) -> Mapping[str, Any]:
    address = party.electronic_address
    return {
        "name": party.name,
        "electronicAddress": f"{address.scheme}:{address.value}" if address else None,
        "country": party.address.country or "FR",
    }


def _number(value: Decimal) -> Any:
    """The value as a JSON number: the service writes numbers, not strings."""
    return json.loads(str(value))
