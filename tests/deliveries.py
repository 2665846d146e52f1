"""Signed deliveries, written without the code that checks them."""

import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

SECRET = "webhook-secret-of-the-tests-0123456789"
DEPOSIT = "01a015ed-ef0f-73c8-aa6a-afe9bb040185"


def status_id(number):
    return str(UUID(int=0x01A015EDF0AA7703AFB1_000000000000 + number))


def status(number=1, code="ISSUED", deposit=DEPOSIT, **more):
    """A status item in the shape of real deliveries."""
    return {
        "invoiceId": deposit,
        "statusId": status_id(number),
        "date": f"2026-10-07T10:00:{number % 60:02d}.000Z",
        "destType": "OPERATOR",
        "status": {"code": code},
        "xml": "<x/>",
        "json": {"responses": [{"documentStatus": {"code": code}}]},
        **more,
    }


EVENT = {
    "eventId": "6d7e8f90-a1b2-4c3d-9d4e-f6a7b8c9d0e1",
    "eventType": "OUTBOUND_STATUS_INVALID",
    "timestamp": "2026-10-07T11:00:00.000Z",
    "referencedObject": {"type": "INVOICE", "id": DEPOSIT},
    "payload": {
        "rejectionDetail": {
            "reason": "INVALID_VAT_RATE",
            "message": "vatRate must be one of: 0, 20",
            "errors": [{"message": "21 is not an accepted VAT rate", "location": "payment[1].vatRate"}],
        },
        "invoiceId": DEPOSIT,
        "attemptedStatus": "PAYMENT_RECEIVED",
    },
}

BOUNDARY = "----boundary-7f3a"


def form(content, boundary=BOUNDARY, **fields):
    """A multipart body with `content` as its part `file`."""
    parts = [("file", '; filename="facture.pdf"\r\nContent-Type: application/pdf', content)]
    parts += [(name, "", value.encode()) for name, value in fields.items()]
    body = b""
    for name, more, value in parts:
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
        )
    return body + f"--{boundary}--\r\n".encode()


@dataclass
class Sender:
    """Signs as Iopole does. Every part of what is signed can be made wrong."""

    at: datetime
    secret: str = SECRET
    without: tuple = field(default=())  # headers left out

    def headers(self, body, path="/iopole/status", *, late=0.0, method="POST", signed=None, **changed):
        checksum = sha256(body if signed is None else signed).hexdigest()
        timestamp = str(int((self.at - timedelta(seconds=late)).timestamp() * 1000))
        text = f"{timestamp}\n{method}\n{path}\n{checksum}"
        headers = {
            "content-type": "application/json",
            "x-timestamp": timestamp,
            "x-signature": hmac.new(self.secret.encode(), text.encode(), sha256).hexdigest(),
            "x-checksum": checksum,
            "x-idempotency-key": "01a015f1-c49f-75f4-9f08-a0fafe42168b",
            **{name.replace("_", "-"): value for name, value in changed.items()},
        }
        return {name: value for name, value in headers.items() if name not in self.without}

    def post(self, http, item, path="/iopole/status", **options):
        body = item if isinstance(item, bytes) else json.dumps(item).encode()
        return http.post(path, content=body, headers=self.headers(body, path, **options))

    def invoice(self, http, content, *, path="/iopole/invoice", **fields):
        body = form(content, **fields)
        content_type = f"multipart/form-data; boundary={BOUNDARY}"
        headers = self.headers(body, path, signed=content, content_type=content_type)
        return http.post(path, content=body, headers=headers)
