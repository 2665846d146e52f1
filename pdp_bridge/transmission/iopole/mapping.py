"""Iopole's JSON → our words, their HTTP answers → our errors; pure.

Follows iopole-api.md §3 (statuses), §4.11 (codes and bodies) and §7 (shapes, as written and as seen live). What comes
in is read leniently: unknown codes are kept, missing parts are absent, one object stands for a list of one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from pdp_bridge.errors import OutcomeUnknown, PlatformError, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.status import ANNOUNCEMENT, StatusEvent
from pdp_bridge.pacing import retry_after
from pdp_bridge.soundness import sound

SHOWN = 300
"""How much of the platform's words an error repeats, in characters."""

CREDENTIALS = (
    "check platform.client_id and platform.client_secret (IOPOLE_CLIENT_ID, IOPOLE_CLIENT_SECRET) and that they are "
    "those of this environment: sandbox and production have different ones"
)
RIGHTS = (
    "check platform.customer_id (IOPOLE_CUSTOMER_ID), that the seller is enrolled for this customer, and the role of "
    "the credentials"
)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Token:
    """A bearer token. `lifetime` in seconds; None when the answer gave none: then it serves once."""

    access_token: str
    lifetime: float | None


def token(status: int, content: bytes, headers: Mapping[str, str]) -> Token:
    """The answer of the token endpoint. Raises `PlatformRefused` or `PlatformUnavailable`; nothing else was sent."""
    what = "get a token from Iopole"
    body = body_of(content)
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        said = _field(body, "error")
        raise PlatformRefused(
            f"Could not {what}: the credentials are refused{said and f' ({said})'}; {CREDENTIALS}",
            code="AUTH_FAILED",
            status=status,
        )
    if status != HTTPStatus.OK:
        raise failure(what, status, content, headers)
    value = _field(body, "access_token")
    kind = (_field(body, "token_type") or "Bearer").lower()
    if not value or not value.isascii() or not value.isprintable() or " " in value or kind != "bearer":
        raise PlatformUnavailable(
            f"Could not {what}: its answer holds no bearer token; check platform.auth_url (IOPOLE_AUTH_URL)",
            code="BAD_RESPONSE",
            status=status,
        )
    return Token(access_token=value, lifetime=_seconds(body))


def _seconds(body: object) -> float | None:
    text = _field(body, "expires_in")
    seconds = float(text) if text.isascii() and text.isdigit() else 0.0
    return seconds if seconds > 0 else None


def customer(content: bytes) -> str | None:
    """The customer id: a bare UUID as text, or a JSON string; None when it is neither.

    >>> customer(b'"01981CB1-17f4-7681-a60a-d669edc44e75"')
    '01981cb1-17f4-7681-a60a-d669edc44e75'
    """
    text = content.decode("utf-8", errors="replace").strip().strip('"').strip()
    try:
        return str(UUID(text))
    except ValueError:
        return None


def failure(
    what: str, status: int, content: bytes, headers: Mapping[str, str], *, depositing: bool = False
) -> PlatformError:
    """The error of an answer that is not a success. `what` completes "Could not …".

    `depositing`: the request was `POST /v1/invoice`, so a failure that does not say no leaves the outcome unknown.
    """
    body = body_of(content)
    said = _said(body)
    heard = f" “{said}”" if said else ""
    code = _field(body, "code") or f"HTTP_{status}"
    request_id = headers.get("x-request-id") or headers.get("x-correlation-id")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        # Turned away at the door by a rate limiter, before the document is read: waiting is right and nothing is
        # pending. Were it ever not so, the platform's own check of duplicates stands behind.
        return PlatformUnavailable(
            f"Could not {what}: too many requests; try again later",
            code="RATE_LIMITED",
            status=status,
            request_id=request_id,
            retry_after=retry_after(headers),
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        if depositing:
            return OutcomeUnknown(
                f"Could not {what}: the answer is {status}{heard}, so it may or may not have been accepted; "
                "it is searched for before anything is sent again",
                code="NO_ANSWER",
                status=status,
                request_id=request_id,
            )
        return PlatformUnavailable(
            f"Could not {what}: the answer is {status}{heard}; try again later",
            code="SERVER_ERROR",
            status=status,
            request_id=request_id,
            retry_after=retry_after(headers),
        )
    advice = _advice(status)
    return PlatformRefused(
        f"Could not {what}: the answer is {status}{heard}{advice and f'; {advice}'}",
        code=_named(status) or code,
        status=status,
        request_id=request_id,
    )


def _named(status: int) -> str | None:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "REDIRECT_REFUSED"
    names = {
        HTTPStatus.UNAUTHORIZED: "AUTH_FAILED",
        HTTPStatus.FORBIDDEN: "FORBIDDEN",
        HTTPStatus.NOT_FOUND: "NOT_FOUND",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "TOO_LARGE",
    }
    return next((name for known, name in names.items() if known == status), None)


def _advice(status: int) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "redirects are not followed, because the token would go along; check platform.base_url"
    if status == HTTPStatus.UNAUTHORIZED:
        return CREDENTIALS
    return RIGHTS if status == HTTPStatus.FORBIDDEN else ""


def body_of(content: bytes) -> Any:
    """The JSON of an answer, or None: error pages may be HTML. What is not a number (NaN) is absent."""
    try:
        return sound(json.loads(content, parse_constant=lambda _constant: None))
    except (ValueError, RecursionError):
        return None


def _said(body: object) -> str:
    """The platform's words: `statusMessage`, then `message`, then `error`, and the detail when there is one."""
    words = next((text for key in ("statusMessage", "message", "error") if (text := _field(body, key))), "")
    details = body.get("details") if isinstance(body, Mapping) else None
    first = details[0] if isinstance(details, list) and details else details
    detail = _field(first, "message")
    where = ".".join(map(str, _list(first.get("path")))) if isinstance(first, Mapping) else ""
    parts = [words, f"{where}: {detail}" if where and detail else detail]
    return " – ".join(" ".join(part.split()) for part in parts if part)[:SHOWN]


# -- deposits and searches -------------------------------------------------------------------------------------


def deposit_id(content: bytes) -> str | None:
    """The id in the answer to a deposit; None when there is none to read."""
    return _field(body_of(content), "id") or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """One row of a search; `id` is "" on one that cannot be used.

    `number` and `siren` are None while the platform has not read the document.
    """

    id: str
    state: str
    outbound: bool
    created: datetime | None  # UTC
    number: str | None  # BT-1
    siren: str | None  # of the seller


def deposits(answer: object) -> tuple[list[Deposit], int | None]:
    """The rows of a search, and how many there are in all when the platform says so."""
    rows = answer.get("data") if isinstance(answer, Mapping) else answer
    meta = answer.get("meta") if isinstance(answer, Mapping) else None
    count = meta.get("count") if isinstance(meta, Mapping) else None
    return [_deposit(row) for row in _list(rows) if isinstance(row, Mapping)], count if isinstance(count, int) else None


def _deposit(row: Json) -> Deposit:
    metadata, business = _object(row, "metadata"), _object(row, "businessData")
    seller = _object(business, "seller")
    address = _field(seller, "electronicAddress").rpartition(":")[2].partition("_")[0]
    siren = _field(seller, "siren") or _field(seller, "siret")[:9] or (address if _is_siren(address) else "")
    return Deposit(
        id=_field(metadata, "invoiceId"),
        state=_field(metadata, "state"),
        outbound=_field(metadata, "direction") != "INBOUND",
        created=instant(metadata.get("createDate")),
        number=_field(business, "invoiceId") or None,
        siren=siren or None,
    )


def _is_siren(text: str) -> bool:
    return len(text) == 9 and text.isascii() and text.isdigit()  # noqa: PLR2004 - digits of a SIREN


def checksums(answer: object) -> set[str]:
    """SHA-256, lower-case hexadecimal, of every file kept for one deposit."""
    return {_field(file, "checksum").lower() for file in _list(answer)} - {""}


# -- statuses --------------------------------------------------------------------------------------------------


def events(answer: object, received_at: datetime) -> list[StatusEvent]:
    """Status events, oldest first: a flat list, one grouped by invoice (`newstatus`), or a single object.

    `received_at` dates an event that carries no date of its own.
    """
    found = [_event(item, invoice_id, received_at) for item, invoice_id in _items(answer)]
    return sorted((event for event in found if event.submission_id), key=lambda event: (event.at, event.status_id))


def announcement(answer: object, received_at: datetime) -> StatusEvent | None:
    """One object of the `events` callback, as it is kept beside the statuses; None when it names nothing.

    Its code is the `eventType`; it belongs to the deposit that it speaks of, else to whatever object it refers to.
    """
    if not isinstance(answer, Mapping):
        return None
    text = json.dumps(answer, ensure_ascii=False, sort_keys=True)
    payload, referenced = _object(answer, "payload"), _object(answer, "referencedObject")
    rejections, error = _rejections(payload), _object(payload, "error")
    subject = _field(payload, "invoiceId") or _field(referenced, "id")
    if not subject or not _field(answer, "eventType"):
        return None
    reason = _field(rejections[0], "reason") if rejections else _field(error, "code")
    return StatusEvent(
        status_id=_field(answer, "eventId") or hashlib.sha256(text.encode()).hexdigest(),
        submission_id=subject,
        code=_field(answer, "eventType"),
        at=instant(answer.get("timestamp")) or received_at,
        destination=ANNOUNCEMENT,
        reason=reason or None,
        message=_message(rejections, payload) or _field(error, "statusMessage") or None,
        details=tuple(_details(rejections)),
        payload=text,
    )


def _items(answer: object) -> Iterator[tuple[Json, str]]:
    rows = answer.get("data", answer) if isinstance(answer, Mapping) else answer
    for row in _list(rows):
        if not isinstance(row, Mapping):
            continue
        group = next((row[key] for key in ("newstatus", "newStatus") if key in row), None)
        if group is None:
            yield row, _field(row, "invoiceId")
            continue
        for item in _list(group):
            if isinstance(item, Mapping):
                yield item, _field(item, "invoiceId") or _field(row, "invoiceId")


def _event(item: Json, invoice_id: str, received_at: datetime) -> StatusEvent:
    payload = json.dumps(item, ensure_ascii=False, sort_keys=True)
    message = _object(item, "json")
    responses = [response for response in _list(message.get("responses")) if isinstance(response, Mapping)]
    response: Json = responses[0] if responses else {}
    status, echoed = _status(item.get("status")), _status(response.get("documentStatus"))
    rejections = _rejections(response)
    named = _field(_object(response, "documentReference"), "issuerAssignedId")
    return StatusEvent(
        # An event without an id still must be stored once only: its content names it.
        status_id=_field(item, "statusId") or hashlib.sha256(payload.encode()).hexdigest(),
        submission_id=invoice_id,
        code=_field(status, "code") or _field(echoed, "code") or "UNKNOWN",
        at=instant(item.get("date")) or instant(_object(message, "identification").get("date")) or received_at,
        number=_field(status, "networkCode") or _field(echoed, "networkCode") or None,
        # On UNACCEPTABLE the platform puts its own id there.
        invoice_number=named if named and named != invoice_id else None,
        destination=_field(item, "destType") or None,
        reason=_field(rejections[0], "reason") or None if rejections else None,
        message=_message(rejections, message),
        details=tuple(_details(rejections)),
        payload=payload,
    )


def _status(value: object) -> Json:
    return value if isinstance(value, Mapping) else {"code": value}


def _rejections(response: Json) -> list[Json]:
    """`rejectionDetails`, whose first is `rejectionDetail`; either may be missing."""
    single = response.get("rejectionDetail")
    several = [detail for detail in _list(response.get("rejectionDetails")) if isinstance(detail, Mapping)]
    if isinstance(single, Mapping) and single not in several:
        return [single, *several]
    return several


def _message(rejections: Sequence[Json], message: Json) -> str | None:
    notes = [_field(note, "content") for note in _list(message.get("notes"))]
    words = [_field(rejection, "message") for rejection in rejections[:1]]
    return next((text for text in (*words, " ".join(filter(None, notes))) if text), None)


def _details(rejections: Sequence[Json]) -> Iterator[str]:
    for number, rejection in enumerate(rejections):
        if number:
            yield _joined(_field(rejection, "reason"), _field(rejection, "message"))
        for error in _list(rejection.get("errors")):
            yield _joined(_field(error, "rule") or _field(error, "reason"), _field(error, "message"))


def _joined(rule: str, message: str) -> str:
    return f"{rule}: {message}" if rule and message else rule or message


# -- reading ---------------------------------------------------------------------------------------------------


def instant(value: object) -> datetime | None:
    """An ISO instant in UTC; None when it is not one.

    >>> instant("2026-10-07T10:00:00.000Z").isoformat()
    '2026-10-07T10:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: before year 1 or after 9999 in UTC
        return None


def _field(row: object, key: str) -> str:
    """A text, number or id as text; "" when absent or not one."""
    value = row.get(key) if isinstance(row, Mapping) else None
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _object(row: Json, key: str) -> Json:
    value = row.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    """A list; one object stands for a list of one, anything else for none."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, Mapping) else []
