"""The Iopole API over HTTP, one method per verb.

Follows iopole-api.md (their OpenAPI description of October 2026). GET and the acknowledgement of a status are repeated
after passing failures; the deposit of an invoice never is: its answer is either known or looked up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx

from pdp_bridge.addresses import checked_root
from pdp_bridge.clock import utc_now
from pdp_bridge.connection import UPLOAD_WITHIN, connected
from pdp_bridge.errors import OutcomeUnknown, PlatformError, PlatformRefused, PlatformUnavailable, without_frames
from pdp_bridge.pacing import CIRCUIT_OPEN, Governor, Pace, Reserved, Sleep, Window, pauses, retry_after
from pdp_bridge.transmission.iopole import mapping
from pdp_bridge.transmission.iopole.auth import TOKEN_PATH, ClientCredentials
from pdp_bridge.transmission.iopole.witness import Witness

REQUESTS_PER_MINUTE = 120
"""Under the 180 a minute for one address that the documentation names."""

RETRIES = 3
"""New attempts of one repeatable request after a passing failure."""

PATIENCE = 300.0
"""The longest `Retry-After`, in seconds, worth waiting for inside one run."""

HISTORY_WINDOWS = (Window(requests=30, seconds=60.0), Window(requests=300, seconds=3_600.0))
"""Of status histories, whose limit is "very low" and has no figure."""

HISTORY_PATIENCE, HISTORY_PAUSE = 5.0, 900.0
"""Seconds: how long a history is waited for, and how long none is read after a 429 without `Retry-After`."""

RESERVED_SECONDS = 5.0
"""How long a slot that `ready` took is good for the deposit."""

_Answer = TypeVar("_Answer")

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Failures before the first byte of the request left."""


def windows(rpm: int) -> tuple[Window, ...]:
    """The allowance of `rpm` requests a minute; 0 means no limit."""
    return (Window(requests=rpm, seconds=60.0),) if rpm > 0 else ()


class Client:
    """The account of one operator's customer. Every method raises `PlatformError`, never an httpx error.

    `customer_id` is discovered when None. `recognise` is given the id that Iopole says these credentials are of, before
    any other request, and raises when another one is meant; without it a given id is not compared.
    `rpm` is the allowance in requests a minute; 0 means no limit. `pace` and `history_pace`, when they are given, stand
    for it: budgets that others share, of all requests and of status histories.
    `timeout_seconds` bounds each wait of one request, well under the lease of a sending. `witness` notes the requests
    about one invoice, as evidence.
    """

    def __init__(
        self,
        *,
        base_url: str,
        auth_url: str,
        client_id: str,
        client_secret: str,
        customer_id: str | None = None,
        rpm: int = REQUESTS_PER_MINUTE,
        retry_first_seconds: float = 10.0,
        timeout_seconds: float = 25.0,
        upload_seconds: float = UPLOAD_WITHIN,
        recognise: Callable[[str], None] | None = None,
        pace: Governor | None = None,
        history_pace: Governor | None = None,
        witness: Witness | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Sleep = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = base_url
        self._auth = ClientCredentials(client_id, client_secret, monotonic=monotonic)
        del client_secret  # what fails below shows no secret among its variables
        origin = httpx.URL(checked_root(base_url, "platform.base_url"))
        login = httpx.URL(checked_root(auth_url, "platform.auth_url"))
        self.clock = clock
        self._customer_id = customer_id.strip() if customer_id else None
        self._recognise = recognise
        self._retry_first = retry_first_seconds
        self._sleep = sleep
        self._monotonic = monotonic
        self._pace: Governor = pace or Pace(windows(rpm), monotonic=monotonic, sleep=sleep)
        slow = HISTORY_WINDOWS if rpm > 0 else ()
        self._history_pace: Governor = history_pace or Pace(slow, monotonic=monotonic, sleep=sleep)
        self.witness = witness or Witness()
        self._timeout = timeout_seconds
        self._reserved = Reserved()
        self._auth.token_url = login.copy_with(path=login.path.rstrip("/") + TOKEN_PATH)
        self._http = connected(
            origin,
            auth=self._auth,
            headers={},
            timeout=httpx.Timeout(timeout_seconds, connect=min(10.0, timeout_seconds)),
            transport=transport,
            monotonic=monotonic,
            upload_seconds=upload_seconds,
        )

    def __repr__(self) -> str:
        return f"Client({self._root})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.witness.hand_over()
        self._http.close()

    # -- verbs -------------------------------------------------------------------------------------------------

    def customer_id(self) -> str:
        """The customer that every call speaks for: as configured, else as Iopole says; recognised once per client."""
        return self._again(self.customer_now)

    def customer_now(self) -> str:
        """`customer_id`, without a new attempt after a passing failure."""
        if self._customer_id is None or self._recognise is not None:
            told = self._told_customer()
            if told is not None and self._recognise is not None:
                self._recognise(told)
            self._recognise = None
            self._customer_id = self._customer_id or told
        if self._customer_id is None:
            raise PlatformRefused(
                "Could not find the customer id at Iopole: its answer is not an id; "
                "set platform.customer_id (IOPOLE_CUSTOMER_ID)",
                code="BAD_RESPONSE",
            )
        return self._customer_id

    def _told_customer(self) -> str | None:
        """`GET /v1/config/customer/id`: the configured one when the credentials act for it, else their own.

        None when it gives no id, or may not be asked while one is configured.
        """
        what = "find the customer id at Iopole"
        for headers in [{"customer-id": self._customer_id}, {}] if self._customer_id else [{}]:
            try:
                response = self._tried("GET", "/v1/config/customer/id", what, headers=headers, params=None)
            except PlatformRefused as error:
                if self._customer_id is None or error.code == "AUTH_FAILED":
                    raise
            else:
                return mapping.customer(response.content)
        return None

    def ready(self) -> None:
        """Wait until a deposit may be made: `send_invoice`, called at once, then has nothing to wait for.

        Raises `PlatformUnavailable` and `PlatformRefused`; nothing was sent.
        """
        self.customer_id()
        self._take_slot("deposit invoices at Iopole")
        self._reserved.until = self._monotonic() + RESERVED_SECONDS

    def send_invoice(self, filename: str, content: bytes, media_type: str) -> str:
        """`POST /v1/invoice`: the platform's id of the deposit, which is accepted and not yet validated.

        Raises `PlatformUnavailable` (nothing accepted), `PlatformRefused`, or `OutcomeUnknown`.
        """
        what = f"deposit {filename} at Iopole"
        headers = {"customer-id": self.customer_id()}
        try:
            self._take_deposit_slot(what)
            response = self._exchanged(
                "POST", "/v1/invoice", headers=headers, files={"file": (filename, content, media_type)}
            )
        except httpx.HTTPError as error:
            if isinstance(error, _NOT_SENT) or self._asked_for_token(error):
                raise _unreachable(what, error) from without_frames(error)
            raise OutcomeUnknown(
                f"Could not {what}: the connection broke ({type(error).__name__}), so it may or may not have been "
                "accepted; it is searched for before anything is sent again",
                code="NO_ANSWER",
            ) from without_frames(error)
        if not response.is_success:
            said = self._auth.redacted(response)
            raise mapping.failure(what, response.status_code, said, response.headers, depositing=True)
        submission_id = mapping.deposit_id(response.content)
        if response.status_code != httpx.codes.CREATED or submission_id is None:
            raise OutcomeUnknown(
                f"Could not {what}: the answer {response.status_code} carries no id that can be used, so it may or may "
                "not have been accepted; it is searched for before anything is sent again",
                code="NO_ID",
                status=response.status_code,
                request_id=response.headers.get("x-request-id"),
            )
        return submission_id

    def search(self, query: str | None, *, offset: int, limit: int) -> Any:
        """`GET /v1.1/invoice/search`, with business data. `offset` ≤ 1000, `limit` ≤ 200."""
        params = {"expand": "businessData", "offset": str(offset), "limit": str(limit)}
        return self._json(
            "/v1.1/invoice/search", "search deposits at Iopole", {"q": query, **params} if query else params
        )

    def invoice(self, submission_id: str) -> Mapping[str, Any]:
        """`GET /v1/invoice/{id}`: described as an object, really an array of one."""
        answer = self._json(f"/v1/invoice/{_segment(submission_id)}", f"read deposit {submission_id} at Iopole")
        found = answer[0] if isinstance(answer, list) and answer else answer
        if not isinstance(found, dict):
            raise _bad(f"read deposit {submission_id} at Iopole")
        return found

    def download(self, submission_id: str) -> bytes:
        """`GET /v1/invoice/{id}/download`: the deposited bytes, unchanged."""
        path = f"/v1/invoice/{_segment(submission_id)}/download"
        return self._repeated("GET", path, f"download deposit {submission_id} from Iopole").content

    def files(self, submission_id: str) -> Any:
        """`GET /v1/invoice/{id}/files`: the files kept for a deposit, with their checksums."""
        return self._json(f"/v1/invoice/{_segment(submission_id)}/files", f"list the files of deposit {submission_id}")

    def status_not_seen(self) -> Any:
        """`GET /v1/invoice/status/notSeen`: at most 100 unread statuses; empty while a webhook reads them."""
        return self._json("/v1/invoice/status/notSeen", "read new statuses at Iopole")

    def mark_status_seen(self, status_id: str) -> None:
        """`PUT /v1/invoice/status/{id}/markAsSeen`. Raises `PlatformRefused` (`NOT_FOUND`) for an unknown status."""
        path = f"/v1/invoice/status/{_segment(status_id)}/markAsSeen"
        self._repeated("PUT", path, f"acknowledge status {status_id} at Iopole")

    def status_history(self, submission_id: str) -> Any:
        """`GET /v1/invoice/{id}/status-history`: never for polling, so neither a slot nor a 429 is waited for long.

        Raises `PlatformUnavailable` (`RATE_LIMITED`) when no more of them may be read for now.
        """
        path = f"/v1/invoice/{_segment(submission_id)}/status-history"
        what = f"read the status history of deposit {submission_id} at Iopole"
        return self._read(self._repeated("GET", path, what, slow=True), what)

    def directory_french(self, siren: str, *, offset: int = 0, limit: int = 200) -> Any:
        """`GET /v1/directory/french`: the entries of a company, offices included. `offset` ≤ 1000, `limit` ≤ 200."""
        params = {"q": f'siren:"{siren}"', "offset": str(offset), "limit": str(limit)}
        return self._json("/v1/directory/french", f"look up SIREN {siren} in the directory", params)

    def business_entities(self, query: str | None = None, *, offset: int = 0, limit: int = 200) -> Any:
        """`GET /v1/config/business/entity`: the companies that are enrolled for this customer."""
        params = {"offset": str(offset), "limit": str(limit)}
        what = "ask Iopole for the companies that are enrolled"
        return self._json("/v1/config/business/entity", what, {"q": query, **params} if query else params)

    # -- one request -------------------------------------------------------------------------------------------

    def _json(self, path: str, what: str, params: Mapping[str, str] | None = None) -> Any:
        return self._read(self._repeated("GET", path, what, params=params), what)

    def _read(self, response: httpx.Response, what: str) -> Any:
        answer = mapping.body_of(response.content)
        if answer is None:
            raise _bad(what, response.status_code)
        return answer

    def _repeated(
        self, method: str, path: str, what: str, *, params: Mapping[str, str] | None = None, slow: bool = False
    ) -> httpx.Response:
        """A request that may be repeated: after passing failures, and after 429 unless it is of the `slow` ones."""

        def attempt() -> httpx.Response:
            headers = {"customer-id": self.customer_now()}
            if slow and not self._history_pace.wait(at_most=HISTORY_PATIENCE):
                raise PlatformUnavailable(f"Could not {what}: enough were read for now", code="RATE_LIMITED")
            return self._tried(method, path, what, headers=headers, params=params, slow=slow)

        return self._again(attempt, patient=not slow)

    def _again(self, attempt: Callable[[], _Answer], *, patient: bool = True) -> _Answer:
        waits = pauses(self._retry_first, attempts=RETRIES)
        while True:
            try:
                return attempt()
            except PlatformUnavailable as error:
                pause = next(waits, None)
                asked = error.retry_after or 0.0
                limited = error.code == "RATE_LIMITED"
                if pause is None or asked > PATIENCE or (limited and not patient):
                    raise
                if error.code == CIRCUIT_OPEN or self._pace.outage() is not None:
                    raise
                self._sleep(max(pause, asked))

    def _tried(
        self,
        method: str,
        path: str,
        what: str,
        *,
        headers: dict[str, str],
        params: Mapping[str, str] | None,
        slow: bool = False,
    ) -> httpx.Response:
        self._take_slot(what)
        try:
            response = self._exchanged(method, path, slow=slow, headers=headers, params=params)
        except httpx.HTTPError as error:
            raise _unreachable(what, error) from error
        if not response.is_success:
            said = self._auth.redacted(response)
            raise mapping.failure(what, response.status_code, said, response.headers)
        return response

    def _take_deposit_slot(self, what: str) -> None:
        """The intent is on record and its lease runs: the slot that `ready` took, else no long wait."""
        reserved = self._monotonic() < self._reserved.until
        self._reserved.until = -math.inf
        if not reserved:
            self._take_slot(what, at_most=self._timeout / 4)

    def _take_slot(self, what: str, at_most: float = PATIENCE) -> None:
        if self._pace.wait(at_most=at_most):
            return
        outage = self._pace.outage()
        if outage is not None:
            raise PlatformUnavailable(f"Could not {what}: {outage.told('Iopole')}", code=CIRCUIT_OPEN)
        raise PlatformUnavailable(f"Could not {what}: the allowance of requests is used up", code="RATE_LIMITED")

    def _exchanged(self, method: str, path: str, *, slow: bool = False, **options: Any) -> httpx.Response:
        """One request and its answer, of which the governor is told, and the witness."""
        begun = self._monotonic() if self.witness.watching else 0.0
        try:
            response = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            self._pace.unanswered(type(error).__name__)
            if self.witness.watching:
                names = (method, f"{self._root.rstrip('/')}{path}")
                self.witness.unanswered(names, type(error).__name__, self.clock(), self._monotonic() - begun)
            raise
        except PlatformUnavailable as error:  # no token
            if error.code == "RATE_LIMITED":
                self._pace.limited(error.retry_after or self._retry_first)
            else:
                self._pace.unanswered(f"no token: {error.code}")
            raise
        if self.witness.watching:
            self.witness.noted(lambda: self._note(response, self._monotonic() - begun))
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self._pace.unanswered(f"HTTP {response.status_code}")
            return response
        self._pace.answered()
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            asked, unasked = retry_after(response.headers), HISTORY_PAUSE if slow else self._retry_first
            (self._history_pace if slow else self._pace).limited(unasked if asked is None else asked)
        return response

    def _note(self, response: httpx.Response, seconds: float) -> None:
        request, said = response.request, response.content if response.is_success else self._auth.redacted(response)
        asked = (request.method, str(request.url), request.headers)
        self.witness.answered(asked, (response.status_code, response.headers, said), self.clock(), seconds)

    def _asked_for_token(self, error: httpx.HTTPError) -> bool:
        """The failure came while asking for a token: the request itself had not left, or had been turned away."""
        try:
            return error.request.url == self._auth.token_url
        except RuntimeError:  # httpx knows no request for this error
            return False


def _segment(identifier: str) -> str:
    return quote(identifier, safe="", errors="replace")


def _unreachable(what: str, error: httpx.HTTPError) -> PlatformUnavailable:
    return PlatformUnavailable(
        f"Could not {what}: it cannot be reached ({type(error).__name__}); try again later", code="UNREACHABLE"
    )


def _bad(what: str, status: int | None = None) -> PlatformError:
    return PlatformUnavailable(
        f"Could not {what}: its answer is not the JSON it should be; try again later",
        code="BAD_RESPONSE",
        status=status,
    )
