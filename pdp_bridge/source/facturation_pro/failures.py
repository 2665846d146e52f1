"""What went wrong at Facturation.pro, in plain words: its answers and silences as our errors.

Statuses follow facturation-pro.md §1.5. A message says what was attempted and what to do, never what was sent.
"""

from __future__ import annotations

from datetime import datetime

import httpx

from pdp_bridge.errors import SourceError, SourceRefused, SourceUnavailable
from pdp_bridge.pacing import retry_after


class Limited(SourceUnavailable):
    """429; `pause` in seconds when the source said how long."""

    def __init__(self, message: str, *, pause: float | None) -> None:
        super().__init__(message, code="RATE_LIMITED", status=429)
        self.pause = pause


def failure(response: httpx.Response, what: str, said: str, now: datetime) -> SourceError:
    """The error of an answer other than 200; `said` is what it says of itself, without our credentials."""
    status = response.status_code
    attempted = f"Could not {what} at Facturation.pro"
    if status == httpx.codes.UNAUTHORIZED:
        return SourceRefused(
            f"{attempted}: the API identifier or key is refused; take both from "
            "https://www.facturation.pro/account/api (FACTURATION_PRO_API_ID, FACTURATION_PRO_API_KEY)",
            code="AUTH_FAILED",
            status=status,
        )
    if status == httpx.codes.FORBIDDEN:
        return SourceRefused(
            f"{attempted}: the user of this API key lacks the right; use the key of the firm's administrator",
            code="FORBIDDEN",
            status=status,
        )
    if status == httpx.codes.NOT_FOUND:
        return SourceRefused(f"{attempted}: there is no such record", code="NOT_FOUND", status=status)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Limited(
            f"{attempted}: too many requests; run again later, what was pulled is kept",
            pause=retry_after(response.headers, now=now),
        )
    if status == httpx.codes.REQUEST_TIMEOUT or (
        status >= httpx.codes.INTERNAL_SERVER_ERROR and status != httpx.codes.NOT_IMPLEMENTED
    ):
        return SourceUnavailable(
            f"{attempted}: it answers {status}; run again later", code="SERVER_ERROR", status=status
        )
    return SourceRefused(f"{attempted}: it answers {status}{said and f' “{said}”'}", code="REFUSED", status=status)


def circle(what: str) -> SourceError:
    """Redirects without an end."""
    return SourceRefused(f"Could not {what}: Facturation.pro redirects in circles", code="BAD_RESPONSE")


def unreachable(what: str, error: httpx.HTTPError) -> SourceError:
    """No answer at all."""
    return SourceUnavailable(
        f"Could not {what}: Facturation.pro did not answer ({type(error).__name__}); run again later",
        code="UNREACHABLE",
    )


def bad(what: str, problem: str, *, passing: bool = False) -> SourceError:
    """An answer that is not what it should be; `passing` when asking again may help."""
    kind = SourceUnavailable if passing else SourceRefused
    return kind(f"Could not {what}: Facturation.pro's answer cannot be used, {problem}", code="BAD_RESPONSE")


def elsewhere(response: httpx.Response, what: str) -> httpx.URL:
    """Where a redirect leads. Raises `SourceRefused` (`REDIRECT_REFUSED`) for another host."""
    here, there = response.url, response.url.join(response.headers["Location"])
    if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
        raise SourceRefused(
            f"Could not {what}: Facturation.pro sends us to another host ({there.host}), where the "
            "credentials must not go; check source.base_url",
            code="REDIRECT_REFUSED",
            status=response.status_code,
        )
    return there
