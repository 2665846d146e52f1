"""Every exception of pdp_bridge, in one tree; `retryable` answers "may I simply try again?".

    BridgeError
    ├── ConfigError             the operator must change a setting
    ├── MappingError            the source says something EN 16931 cannot carry
    ├── Held                    the invoice is not sent for a reason that is not a mistake
    ├── DocumentError           the invoice cannot be drawn, or a file cannot be read
    ├── InvoiceRefused          our own checks said no; carries the report
    ├── NotAllowed              what was asked for one invoice may not be done as it stands
    ├── Busy                    another run holds the lock
    ├── Stopped                 the work was asked to end, between two invoices
    ├── JournalError            the local journal cannot be read or written
    ├── SourceError
    │   ├── SourceUnavailable   try later
    │   └── SourceRefused       the source said no
    └── PlatformError
        ├── PlatformUnavailable nothing was accepted, try later
        ├── PlatformRefused     the platform said no
        └── OutcomeUnknown      sent, no answer: look it up, never send again blindly

A message says what was attempted, on which invoice, and what to do next. It never holds a payload or a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from datetime import date

    from pdp_bridge.model.report import Finding, Report

_Error = TypeVar("_Error", bound=BaseException)


def without_frames(error: _Error) -> _Error:
    """The error alone: what it came from, and the frames that it passed, may hold credentials among their variables.

    Reports of errors that show variables (many services for that exist) then show none of a request's headers.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class BridgeError(Exception):
    """Base of everything raised on purpose by pdp_bridge."""

    retryable: bool = False


class ConfigError(BridgeError):
    """A setting is missing or wrong. `key` is its name in the TOML file, e.g. `seller.siren`."""

    def __init__(self, message: str, *, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


class FindingError(BridgeError):
    """Base of errors about one invoice: `finding` names the rule, the term and the field to correct."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.rule}: {finding.message}")
        self.finding = finding

    def __reduce__(self) -> tuple[type[FindingError], tuple[Finding], dict[str, object]]:
        """It travels between processes with all that it says."""
        return type(self), (self.finding,), self.__dict__


class MappingError(FindingError):
    """The source record cannot be stated in EN 16931; the rule is e.g. `BUYER_SIRET_INVALID`."""


class Held(FindingError):
    """The invoice is not sent, for a reason that is not a mistake: another route (e-reporting), or a later day.

    `until` is the first day on which it may be sent; None when only a change at the source or in the settings helps.
    """

    def __init__(self, finding: Finding, *, until: date | None = None) -> None:
        super().__init__(finding)
        self.until = until


class DocumentError(FindingError):
    """The invoice cannot be drawn (e.g. `GLYPH_MISSING`), or the file is not one we can read (`XML_UNREADABLE`)."""


class InvoiceRefused(BridgeError):
    """Our own checks refused the invoice; raised only by calls that handle one invoice."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


class NotAllowed(BridgeError):
    """What a person asked for one invoice may not be done as it stands. `code` is stable: `NOT_RESENDABLE`, …"""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class Stopped(BridgeError):
    """The work was asked to end, or its time is over; raised between two invoices, and what is left waits."""


class Busy(BridgeError):
    """Another pdp_bridge process works on the same data folder."""

    retryable = True


class JournalError(BridgeError):
    """The journal is locked, read-only, damaged, or of a newer version."""


class SourceError(BridgeError):
    """Facturation.pro could not give what was asked. `code` is stable: `AUTH_FAILED`, `RATE_LIMITED`, …"""

    def __init__(self, message: str, *, code: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class SourceUnavailable(SourceError):
    """The source is down, slow or limiting; nothing was lost, the next run resumes."""

    retryable = True


class SourceRefused(SourceError):
    """The source said no: credentials, rights, unknown firm, or an answer that is not what it should be."""


class PlatformError(BridgeError):
    """The platform could not do what was asked.

    `code` is the platform's own when it gave one, `status` the HTTP status, `request_id` its request id.
    """

    def __init__(self, message: str, *, code: str, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.request_id = request_id


class PlatformUnavailable(PlatformError):
    """Nothing was accepted; try again later. `retry_after` in seconds when the platform said how long."""

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, status=status, request_id=request_id)
        self.retry_after = retry_after


class PlatformRefused(PlatformError):
    """The platform said no to this request; repeating it unchanged gives the same answer."""

    @property
    def of_account(self) -> bool:
        """It is about the credentials, the rights or the address, so every document gets this answer until they change.

        >>> PlatformRefused("no", code="FORBIDDEN").of_account, PlatformRefused("no", code="HTTP_400").of_account
        (True, False)
        """
        return self.code in {
            "AUTH_FAILED",
            "FORBIDDEN",
            "NOT_FOUND",
            "REDIRECT_REFUSED",
            "BAD_RESPONSE",
            "SELLER_NOT_ENROLLED",
        }


class OutcomeUnknown(PlatformError):
    """The document may or may not have been accepted: search for it, never send it again blindly."""
