"""Facturation.pro over HTTP: credentials, limits, retries, paging. What is written there is `writing`'s affair.

Follows facturation-pro.md §1 (its API as documented in September 2026) and §6.1. What the JSON means is not here.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar

import httpx

from pdp_bridge.addresses import checked_root
from pdp_bridge.clock import utc_now
from pdp_bridge.connection import connected
from pdp_bridge.errors import ConfigError, SourceError, SourceRefused, SourceUnavailable, without_frames
from pdp_bridge.pacing import CIRCUIT_OPEN, Governor, Pace, Sleep, Window, pauses
from pdp_bridge.source.facturation_pro.answer import Pagination, Unreadable, complaint, decoded
from pdp_bridge.source.facturation_pro.failures import Limited, bad, circle, elsewhere, failure, unreachable
from pdp_bridge.source.facturation_pro.paging import POISONED, Listing, page_cap, served_at

REQUESTS_PER_MINUTE = 114
"""5 % under the documented 600 requests in 5 minutes."""

REQUESTS_PER_DAY = 9_500
"""5 % under the documented 10 000 a day."""

FIVE_MINUTES, ONE_DAY = 300.0, 86_400.0

RETRIES = 3
"""New attempts of one request after a passing failure."""

LIMITED_IN_A_ROW = 3
"""After so many 429 in a row the daily allowance is taken to be used up."""

LIMITED_FACTOR = 6
"""A 429 without `Retry-After` waits this many times longer than a failure: 60 s, then 120 s, by default."""

PATIENCE = 900.0
"""The longest pause, in seconds, worth waiting for inside one run."""

SCARCE = 0.05
"""Below this share of the allowance, requests are spread over the rest of the window."""

REDIRECTS = 5
"""Followed within the host before they are taken for a circle."""

Params = Mapping[str, str | int]
_Answer = TypeVar("_Answer")


def windows(rpm: int) -> tuple[Window, ...]:
    """The allowance of `rpm` requests a minute, and that of a day; none when it is 0."""
    if rpm <= 0:
        return ()
    return (Window(requests=rpm * 5, seconds=FIVE_MINUTES), Window(requests=REQUESTS_PER_DAY, seconds=ONE_DAY))


def windows_of_writing(rpm: int) -> tuple[Window, ...]:
    """What may be written back: less than half of the allowance, so that pulling always has room."""
    shares = windows(rpm)
    return tuple(Window(requests=max(1, share.requests * 2 // 5), seconds=share.seconds) for share in shares)


def _anybody(_firm: Mapping[str, Any]) -> None:
    """Nobody minds which firm it is."""


class Client:
    """Requests on one firm. Every method raises `SourceUnavailable` or `SourceRefused`, never an httpx error.

    `rpm` is the allowance in requests a minute; 0 means no limit; `pace`, when it is given, stands for it: a budget
    that others share. `retry_first_seconds` is the first pause after a passing failure. `recognise` is given the firm
    as the account shows it, before anything of the firm is asked, and raises when it is not the one that is meant.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_id: str,
        api_key: str,
        firm_id: int,
        user_agent: str,
        rpm: int = REQUESTS_PER_MINUTE,
        retry_first_seconds: float = 10.0,
        recognise: Callable[[Mapping[str, Any]], None] = _anybody,
        pace: Governor | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Sleep = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root, self.firm_id = base_url, firm_id
        auth = httpx.BasicAuth(api_id, api_key)
        basic = base64.b64encode(f"{api_id}:{api_key}".encode()).decode("ascii")
        self._secrets = (basic, api_key, api_id)
        del api_key, basic  # what fails below shows no secret among its variables
        origin = httpx.URL(checked_root(base_url, "source.base_url"))
        self.clock = clock
        self._retry_first = retry_first_seconds
        self._sleep = sleep
        self._limited_ahead = rpm > 0
        self._pace: Governor = pace or Pace(windows(rpm), monotonic=monotonic, sleep=sleep)
        self._recognise = recognise
        self._firm_seen: Mapping[str, Any] | None = None
        self._http = connected(
            origin,
            auth=auth,
            headers=_identity(user_agent),
            timeout=httpx.Timeout(30.0, connect=10.0),
            transport=transport,
            monotonic=monotonic,
        )

    def __repr__(self) -> str:
        return f"Client({self._root}, firm {self.firm_id})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def account(self) -> Mapping[str, Any]:
        """The account of the credentials and its firms: the cheapest question there is."""
        answer, _ = self._get("/account.json", {}, "read the account")
        if not isinstance(answer, dict) or not isinstance(answer.get("firms"), list):
            raise bad("read the account", "it lists no firms")
        return answer

    def check_firm(self) -> Mapping[str, Any]:
        """The firm as the account shows it, asked once per client; `recognise` may refuse it.

        Raises `SourceRefused` (`FIRM_NOT_FOUND`) unless the account holds it.
        """
        if self._firm_seen is None:
            firms = {str(firm.get("id")): firm for firm in self.account()["firms"] if isinstance(firm, dict)}
            if str(self.firm_id) not in firms:
                known = ", ".join(sorted(firms)) or "none"
                raise SourceRefused(
                    f"Facturation.pro firm {self.firm_id} is not in this account (its firms: {known}): "
                    "correct source.firm_id (FACTURATION_PRO_FIRM_ID)",
                    code="FIRM_NOT_FOUND",
                )
            self._recognise(firms[str(self.firm_id)])
            self._firm_seen = firms[str(self.firm_id)]
        return self._firm_seen

    def listing(self, path: str, params: Params, *, filtered: bool = True, tolerant: bool = False) -> Iterator[Listing]:
        """Every page of a list of the firm, e.g. `invoices.json`, each row once; at least one page, perhaps empty.

        A filtered list that answers 404 is empty, and so is any page beyond the end. `tolerant`: a page that alone
        cannot be read comes as its `problem`, and the list goes on; two in a row are the source's trouble, not theirs.
        """
        what = f"list {path.removesuffix('.json')}"
        seen: set[str] = set()
        number, last, poisoned = 1, None, False
        while True:
            try:
                answer, response = self._firm(path, {**params, "page": number}, what)
                rows = self._rows(answer, what)
            except SourceError as error:
                if error.code == "NOT_FOUND" and (filtered or number > 1):
                    yield Listing()
                    return
                if not tolerant or poisoned or error.code not in POISONED:
                    raise
                yield Listing(problem=error)
                if number == last:
                    return
                number, poisoned = number + 1, True
                continue
            new = tuple(row for row in rows if str(row["id"]) not in seen)
            seen.update(str(row["id"]) for row in new)
            pagination = Pagination.read(response.headers.get("X-Pagination"))
            yield Listing(rows=new, total=pagination.total, served_at=served_at(response.headers.get("Date")))
            # Without a last page, read on until nothing new comes: a short page proves nothing (30 or 50 rows).
            last = pagination.last
            if not rows or (not new if last is None else number >= last):
                return
            number, poisoned = number + 1, False
            if number > page_cap(pagination):
                raise bad(what, f"its pages do not end ({number - 1} read)")

    def record(self, path: str, what: str, params: Params | None = None) -> Mapping[str, Any]:
        """One record of the firm, e.g. `invoices/12.json`. `SourceRefused` has code `NOT_FOUND` when there is none."""
        answer, _ = self._firm(path, params or {}, what)
        if not isinstance(answer, dict) or "id" not in answer:
            raise bad(what, f"it is not a record{self._said(answer)}")
        return self._ours(answer, what)

    def file(self, path: str, what: str, at_most: int) -> bytes:
        """The bytes of a file of the firm. `SourceRefused` has code `FILE_TOO_LARGE` beyond `at_most` bytes."""
        self.check_firm()
        return self._repeated(what, lambda: self._download(f"/firms/{self.firm_id}/{path}", what, at_most))

    def write(self, method: str, path: str, what: str, *, again: bool, **content: Any) -> Any:
        """The JSON answer to a PATCH or POST, None when it is empty; `content` is the request's, as httpx takes it.

        `again`: the same request twice is the same as once, so it is repeated after a failure.
        """
        self.check_firm()
        url = f"/firms/{self.firm_id}/{path}"
        return self._repeated(what, lambda: self._sent(method, url, what, content), RETRIES if again else 0)

    # -- one request -------------------------------------------------------------------------------------------

    def _firm(self, path: str, params: Params, what: str) -> tuple[Any, httpx.Response]:
        self.check_firm()
        return self._get(f"/firms/{self.firm_id}/{path}", params, what)

    def _rows(self, answer: object, what: str) -> list[Mapping[str, Any]]:
        if not isinstance(answer, list):
            raise bad(what, f"it is not a list{self._said(answer)}")
        for row in answer:
            if not isinstance(row, dict) or row.get("id") in (None, ""):
                raise bad(what, "a row has no id")
        return [self._ours(row, what) for row in answer]

    def _ours(self, row: Mapping[str, Any], what: str) -> Mapping[str, Any]:
        firm = row.get("firm_id")
        if firm is not None and str(firm) != str(self.firm_id):
            raise SourceRefused(
                f"Could not {what} at Facturation.pro: record {row['id']} belongs to firm {firm}, not {self.firm_id}",
                code="WRONG_FIRM",
            )
        return row

    def _get(self, path: str, params: Params, what: str) -> tuple[Any, httpx.Response]:
        return self._repeated(what, lambda: self._attempt(path, params, what))

    def _repeated(self, what: str, attempt: Callable[[], _Answer], retries: int = RETRIES) -> _Answer:
        """One request, repeated after 429, which did nothing, and so often after passing failures."""
        waits = pauses(self._retry_first, attempts=retries)
        limited = 0
        while True:
            self._take_slot(what)
            try:
                answer = attempt()
            except Limited as error:
                self._pace.answered()
                limited += 1
                asked = error.pause if error.pause is not None else self._limited_pause(limited)
                self._pace.limited(asked)
                if limited >= LIMITED_IN_A_ROW or asked > PATIENCE:
                    raise
                self._pace.hold(asked)
            except SourceUnavailable as error:
                self._tell_failure(error)
                pause = next(waits, None)
                if pause is None or self._pace.outage() is not None:
                    raise
                self._sleep(pause)
            except SourceRefused:
                self._pace.answered()
                raise
            else:
                self._pace.answered()
                return answer

    def _tell_failure(self, error: SourceUnavailable) -> None:
        """An answer that is cut short says nothing about the next one."""
        if error.code != "BAD_RESPONSE":
            self._pace.unanswered(f"HTTP {error.status}" if error.status else type(error.__cause__).__name__)

    def _limited_pause(self, limited: int) -> float:
        return float(min(300.0, self._retry_first * LIMITED_FACTOR * 2 ** (limited - 1)))

    def _take_slot(self, what: str) -> None:
        if not self._pace.wait(at_most=PATIENCE):
            outage = self._pace.outage()
            if outage is not None:
                told = outage.told("Facturation.pro")
                raise SourceUnavailable(f"Could not {what} at Facturation.pro: {told}", code=CIRCUIT_OPEN)
            raise SourceUnavailable(
                f"Could not {what} at Facturation.pro: today's allowance of requests is used up; run again later, "
                "what was pulled is kept",
                code="RATE_LIMITED",
            )

    def _attempt(self, path: str, params: Params, what: str) -> tuple[Any, httpx.Response]:
        try:
            response = self._follow(self._http.get(path, params=dict(params)), what)
        except httpx.HTTPError as error:
            raise unreachable(what, error) from without_frames(error)
        self._heed_allowance(response.headers)
        if response.status_code != httpx.codes.OK:
            raise failure(response, what, self._error_text(response), self.clock())
        try:
            return self._decoded(response), response
        except Unreadable as error:
            raise bad(what, str(error), passing=error.cut) from without_frames(error)

    def _sent(self, method: str, url: str, what: str, content: Mapping[str, Any]) -> Any:
        try:
            response = self._http.request(method, url, **content)  # no redirect is followed: it might lose the content
        except httpx.HTTPError as error:
            raise unreachable(what, error) from without_frames(error)
        self._heed_allowance(response.headers)
        if not response.is_success:
            raise failure(response, what, self._error_text(response), self.clock())
        try:
            return self._decoded(response) if response.content.strip() else None
        except Unreadable:
            return None  # it was done, and that is what counts; the record can be read

    def _download(self, path: str, what: str, at_most: int) -> bytes:
        """One file, read no further than it may be long."""
        url = self._http.build_request("GET", path).url
        try:
            for _ in range(REDIRECTS):
                with self._http.stream("GET", url, headers={"Accept": "*/*"}) as response:
                    if response.has_redirect_location:
                        url = elsewhere(response, what)
                        continue
                    return self._streamed(response, what, at_most)
        except httpx.HTTPError as error:
            raise unreachable(what, error) from without_frames(error)
        raise circle(what)

    def _streamed(self, response: httpx.Response, what: str, at_most: int) -> bytes:
        self._heed_allowance(response.headers)
        if response.status_code != httpx.codes.OK:
            response.read()
            raise failure(response, what, self._error_text(response), self.clock())
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise bad(what, "it is a page, not the file", passing=True)
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > at_most:
                raise SourceRefused(
                    f"Could not {what}: it is larger than {at_most} bytes", code="FILE_TOO_LARGE", status=200
                )
        return bytes(content)

    def _follow(self, response: httpx.Response, what: str) -> httpx.Response:
        """Follow redirects within the host; the credentials never go to another one."""
        for _ in range(REDIRECTS):
            if not response.has_redirect_location:
                return response
            response = self._http.get(elsewhere(response, what))
        raise circle(what)

    def _heed_allowance(self, headers: httpx.Headers) -> None:
        """Spread what is left of a scarce allowance, before being refused."""
        try:
            left = int(headers["X-RateLimit-Remaining"])
            limit = int(headers.get("X-RateLimit-Limit", "600"))
        except (KeyError, ValueError):
            return
        if self._limited_ahead and left <= limit * SCARCE:
            self._pace.hold(FIVE_MINUTES / max(1, left))

    def _decoded(self, response: httpx.Response) -> Any:
        return decoded(response.content, response.headers.get("Content-Type", ""), hidden=self._secrets)

    def _error_text(self, response: httpx.Response) -> str:
        try:
            return complaint(self._decoded(response), hidden=self._secrets)
        except Unreadable:
            return ""

    def _said(self, answer: object) -> str:
        said = complaint(answer, hidden=self._secrets)
        return f": “{said}”" if said else ""


def _identity(user_agent: str) -> dict[str, str]:
    """Both headers that carry it: some proxies strip the first. Raises `ConfigError`."""
    if not user_agent.isascii() or not user_agent.isprintable() or not ("@" in user_agent or "://" in user_agent):
        raise ConfigError(
            "source.user_agent must be plain ASCII and hold a contact, an e-mail or a web address, "
            "e.g. “pdp_bridge (facturation@example.fr)”",
            key="source.user_agent",
        )
    return {"User-Agent": user_agent, "X-User-Agent": user_agent}
