"""The callbacks of the sandbox's Iopole: signed, delivered at least once, delivered again as the real one does.

Headers, canonical text and retries as captured and described in August to October 2026; what the network makes of the
deliveries is in the hands of a test.
"""

from __future__ import annotations

import hmac
import http.client
import json
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

WEBHOOK_SECRET = "sandbox-secret-of-the-webhook-of-iopole"  # noqa: S105 - signs nothing but this sandbox's deliveries
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """Where callbacks go: `/status`, `/events` and `/invoice` under `url`. Times in seconds.

    `retry_delays`: pauses before each further attempt after a 5xx answer or a broken connection, and no other.
    """

    url: str
    secret: str = WEBHOOK_SECRET
    retry_delays: tuple[float, ...] = (60, 240, 360)
    timeout: float = 60
    checksum_header: bool = True  # described as optional


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One callback on its way. `signed` is what its checksum is taken of."""

    kind: str  # status, events or invoice
    body: bytes = field(repr=False)
    content_type: str
    signed: bytes = field(repr=False)
    key: str  # the same in every attempt
    due: datetime
    attempt: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)  # once signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one attempt; `status` is None when the connection broke."""

    kind: str
    key: str
    attempt: int
    status: int | None
    taken: bool


Disturb = Callable[[list[Delivery]], list[Delivery]]
"""What the network makes of deliveries that are signed and due: fewer, more, others, in another order."""


class Webhook:
    """The queue of callbacks of one operator. `answers` is what came back, oldest first."""

    def __init__(self, options: WebhookOptions, clock: Callable[[], datetime]) -> None:
        self.options = options
        self.disturb: Disturb = list
        self.lost: set[str] = set()  # keys whose next answer the network loses: recorded there, unknown here
        self._answers: list[Answer] = []
        self._clock = clock
        self._waiting: list[Delivery] = []
        self._lock = threading.Lock()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What came back, oldest first."""
        with self._lock:
            return tuple(self._answers)

    @property
    def waiting(self) -> tuple[Delivery, ...]:
        """What is still to be delivered, now or later."""
        with self._lock:
            return tuple(self._waiting)

    def status(self, payload: Mapping[str, Any], due: datetime) -> None:
        """A status that comes to light at `due`."""
        self._queue("status", json.dumps(payload).encode(), due)

    def event(self, payload: Mapping[str, Any]) -> None:
        """What happened beside the statuses."""
        self._queue("events", json.dumps(payload).encode(), self._clock())

    def invoice(self, invoice_id: str, content: bytes, filename: str = "invoice.pdf") -> None:
        """An invoice that was received from a supplier: multipart, of which the file alone is signed."""
        boundary = f"------------------------{uuid.uuid4().hex}"
        fields = {"invoiceId": invoice_id, "senderAcceptStatus": "true"}
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        head += "Content-Type: application/octet-stream\r\n\r\n"
        tail = "".join(
            f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'
            for name, value in fields.items()
        )
        body = head.encode() + content + f"{tail}\r\n--{boundary}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={boundary}"
        self._queue("invoice", body, self._clock(), content_type=content_type, signed=content)

    def deliver(self) -> int:
        """Deliver everything that is due; what fails waits for its next attempt. Returns how many were taken."""
        now = self._clock()
        with self._lock:
            due = sorted((each for each in self._waiting if each.due <= now), key=lambda each: each.due)
            self._waiting = [each for each in self._waiting if each.due > now]
        sent = self.disturb([self.signed(each) for each in due])
        answers = {delivery.key: self.post(delivery) for delivery in sent}
        for delivery in due:
            self._again(delivery, answers.get(delivery.key), now)
        return sum(answer.taken for answer in answers.values())

    def signed(self, delivery: Delivery, at: datetime | None = None) -> Delivery:
        """The delivery with its headers, as signed now or `at`."""
        checksum = sha256(delivery.signed).hexdigest()
        timestamp = str(int((at or self._clock()).timestamp() * 1000))
        text = f"{timestamp}\nPOST\n{self._target(delivery.kind)}\n{checksum}"
        headers = {
            "content-type": delivery.content_type,
            "user-agent": "got (https://github.com/sindresorhus/got)",
            "x-timestamp": timestamp,
            "x-signature": hmac.new(self.options.secret.encode(), text.encode(), sha256).hexdigest(),
            "x-idempotency-key": delivery.key,
            "x-target-electronic-address": "0225:100000009",
        }
        if self.options.checksum_header:
            headers["x-checksum"] = checksum
        return replace(delivery, headers=headers)

    def post(self, delivery: Delivery) -> Answer:
        """One attempt, as it is."""
        try:
            status, body = self._exchange("POST", delivery.kind, delivery.body, delivery.headers)
        except (OSError, http.client.HTTPException):
            status, body = None, b""
        if delivery.key in self.lost:
            self.lost.discard(delivery.key)
            status = None
        taken = status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES and _fits(body)
        answer = Answer(kind=delivery.kind, key=delivery.key, attempt=delivery.attempt, status=status, taken=taken)
        with self._lock:
            self._answers.append(answer)
        return answer

    def probe(self) -> dict[str, int]:
        """Ask each address with GET, as is done before it is taken for a webhook; status by kind."""
        return {kind: self._exchange("GET", kind, b"", {})[0] for kind in ("status", "events", "invoice")}

    def _queue(
        self, kind: str, body: bytes, due: datetime, *, content_type: str = _JSON, signed: bytes | None = None
    ) -> None:
        key = str(uuid.uuid4())
        content = body if signed is None else signed
        with self._lock:
            self._waiting.append(
                Delivery(kind=kind, body=body, content_type=content_type, signed=content, key=key, due=due)
            )

    def _again(self, delivery: Delivery, answer: Answer | None, now: datetime) -> None:
        broken = answer is None or answer.status is None or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        delays: Sequence[float] = self.options.retry_delays
        if not broken or (answer is not None and answer.taken) or delivery.attempt > len(delays):
            return
        due = now + timedelta(seconds=delays[delivery.attempt - 1])
        with self._lock:
            self._waiting.append(replace(delivery, attempt=delivery.attempt + 1, due=due))

    def _target(self, kind: str) -> str:
        address = urlsplit(self.options.url)
        return f"{address.path}/{kind}" + (f"?{address.query}" if address.query else "")

    def _exchange(self, method: str, kind: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        address = urlsplit(self.options.url)
        wire = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = wire(address.hostname or "", address.port, timeout=self.options.timeout)
        try:
            connection.request(method, self._target(kind), body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _fits(body: bytes) -> bool:
    """Nothing, or JSON: plain text such as "OK" counts as a failure."""
    try:
        return not body or json.loads(body) is not None
    except ValueError:
        return False
