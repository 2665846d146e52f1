"""Why a delivery is not taken, and what it is answered."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus


class Reason(StrEnum):
    """A reason, as logs and metrics name it."""

    NO_SECRET = "no_secret"  # noqa: S105 - a reason; nobody could sign anything
    UNSIGNED = "unsigned"  # a header of the signature is missing, or is not one
    STALE = "stale"  # its time is too far from ours: an old delivery played again, or a clock that is wrong
    FORGED = "forged"  # not signed with our secret, or not for this address
    TAMPERED = "tampered"  # the content is not what was signed
    TOO_LARGE = "too_large"
    SLOW = "slow"  # the body did not come in time
    CUT_SHORT = "cut_short"  # the connection broke
    BUSY = "busy"  # too many bodies at once
    UNREADABLE = "unreadable"  # signed, whole, and not what a callback is
    NOT_STORED = "not_stored"  # the journal or the disk failed: to be delivered again
    FAILED = "failed"  # a mistake of ours: to be delivered again


ANSWERS = {
    Reason.NO_SECRET: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.UNSIGNED: HTTPStatus.UNAUTHORIZED,
    Reason.STALE: HTTPStatus.UNAUTHORIZED,
    Reason.FORGED: HTTPStatus.UNAUTHORIZED,
    Reason.TAMPERED: HTTPStatus.UNAUTHORIZED,
    Reason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Reason.CUT_SHORT: HTTPStatus.BAD_REQUEST,
    Reason.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.UNREADABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.NOT_STORED: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.FAILED: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""By default Iopole delivers again what is answered 5xx, and nothing else: so is answered what time may cure."""


class Refused(Exception):
    """The delivery is not taken."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
