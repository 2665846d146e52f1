"""Status messages in the shape that Iopole delivers them, quirks included; pure.

Shape: its OpenAPI description of October 2026, corrected by payloads captured live: `networkCode` absent from what
Iopole itself emits, `roleCode` a plain string, `issuer` null, `typeCode` a number (303 for an unacceptable file).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from pdp_bridge.model.invoice import Invoice, Party
from pdp_bridge.model.status import STATUS_CODES

OPERATOR = "OPERATOR"
PPF = "PPF"

_WITHOUT_NETWORK_CODE = frozenset({"SUBMITTED", "ISSUED", "REJECTED"})
_UNACCEPTABLE_TYPE = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status of one deposit. `at` is when it happened, UTC: it is visible from then on. `payload` is the JSON."""

    status_id: str
    deposit_id: str
    code: str
    destination: str
    at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a status speaks of: the deposit, its invoice when it can be read, and the instant of the deposit, UTC."""

    deposit_id: str
    invoice: Invoice | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What a status says beyond its code. `payments` are `{vatRate, amount, currency}` objects."""

    reason: str | None = None
    message: str = ""
    errors: Sequence[Mapping[str, Any]] = ()
    payments: Sequence[Mapping[str, Any]] = ()
    network_code: str | None = None


def uuid7(at: datetime) -> str:
    """A version 7 UUID (RFC 9562): 48 bits of milliseconds, then chance; Python 3.14 has one of its own."""
    milliseconds = int(at.timestamp() * 1000)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def instant(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status(
    subject: Subject, code: str, at: datetime, detail: Detail | None = None, *, destination: str = OPERATOR
) -> Status:
    """One status message about `subject`."""
    detail = detail or Detail()
    status_id = uuid7(at)
    payload = {
        "statusId": status_id,
        "date": instant(at),
        "destType": destination,
        "invoiceId": subject.deposit_id,
        "status": _coded(code, detail),
        "xml": _message(subject, code, at),
        "json": _body(subject, code, at, detail),
    }
    return Status(
        status_id=status_id,
        deposit_id=subject.deposit_id,
        code=code,
        destination=destination,
        at=at,
        payload=payload,
    )


def _coded(code: str, detail: Detail) -> dict[str, Any]:
    known = STATUS_CODES.get(code)
    number = detail.network_code
    if number is None and known is not None and code not in _WITHOUT_NETWORK_CODE:
        number = known.number
    return {"code": code} if number is None else {"code": code, "networkCode": number}


def _body(subject: Subject, code: str, at: datetime, detail: Detail) -> dict[str, Any]:
    seller = _party(subject.invoice.seller, "SE") if subject.invoice else None
    return {
        "testIndicator": False,
        "identification": {"id": uuid7(at), "name": f"Lifecycle - {code}", "date": instant(at)},
        "notes": [{"content": detail.message}] if detail.message and not detail.errors else [],
        "sender": seller or {},
        "issuer": None,
        "recipients": [seller] if seller else [],
        "responses": [_response(subject, code, detail)],
        "businessProcessId": "REGULATED",
    }


def _response(subject: Subject, code: str, detail: Detail) -> dict[str, Any]:
    response: dict[str, Any] = {
        "documentStatus": _coded(code, detail),
        "documentReference": _reference(subject, code, detail),
    }
    if detail.reason is not None:
        rejection: dict[str, Any] = {"reason": detail.reason, "message": detail.message, "networkReason": None}
        if detail.errors:
            rejection["errors"] = list(detail.errors)
        response |= {"rejectionDetail": rejection, "rejectionDetails": [rejection]}
    if detail.payments:
        response["additionalData"] = [
            {
                "type": "PAYMENT",
                "amount": {"value": payment["amount"], "currency": payment["currency"]},
                "vatRate": payment["vatRate"],
            }
            for payment in detail.payments
        ]
    return response


def _reference(subject: Subject, code: str, detail: Detail) -> dict[str, Any]:
    """Which document: its number is the deposit's id for an unacceptable file, and null for a routing failure."""
    invoice = subject.invoice
    received = instant(subject.received_at)
    if code == "UNACCEPTABLE" or invoice is None:
        return {
            "typeCode": _UNACCEPTABLE_TYPE,
            "issuerAssignedId": subject.deposit_id,
            "issueDate": received,
            "receiptDate": received,
        }
    return {
        "typeCode": int(invoice.type) if invoice.type.isdigit() else invoice.type,
        "issuerAssignedId": None if detail.reason == "ROUTING_FAILURE" else invoice.number,
        "issueDate": f"{invoice.issue_date.isoformat()}T00:00:00.000Z",
        "receiptDate": received,
    }


def _party(party: Party, role: str) -> dict[str, Any]:
    address = party.electronic_address
    return {
        "name": party.name,
        "siren": party.siren,
        "country": party.address.country,
        "roleCode": role,
        "vatNumber": party.vat_number,
        "electronicAddress": f"{address.scheme}:{address.value}" if address else None,
        "identifiers": (
            [{"type": "ELECTRONIC_ADDRESS", "scheme": address.scheme, "value": address.value}] if address else []
        ),
    }


def _message(subject: Subject, code: str, at: datetime) -> str:
    """A minimal lifecycle message (CDAR): enough to be stored as evidence."""
    number = escape(subject.invoice.number) if subject.invoice else subject.deposit_id
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rsm:CrossDomainAcknowledgementAndResponse xmlns:rsm="urn:un:unece:uncefact:data:standard:'
        'CrossDomainAcknowledgementAndResponse:100" xmlns:ram="urn:un:unece:uncefact:data:standard:'
        'ReusableAggregateBusinessInformationEntity:100">'
        f"<rsm:ExchangedDocument><ram:Name>Lifecycle - {escape(code)}</ram:Name>"
        f"<ram:IssueDateTime>{instant(at)}</ram:IssueDateTime></rsm:ExchangedDocument>"
        f"<rsm:AcknowledgementDocument><ram:ReferenceReferencedDocument><ram:IssuerAssignedID>{number}"
        "</ram:IssuerAssignedID></ram:ReferenceReferencedDocument></rsm:AcknowledgementDocument>"
        "</rsm:CrossDomainAcknowledgementAndResponse>"
    )
