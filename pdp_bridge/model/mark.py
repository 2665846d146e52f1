"""What the source is told of an invoice that was sent, and what became of it there.

The text follows the format that Facturation.pro's field for integrations (`api_custom`, 255 characters, found by a part
of it) suggests: `pdp:iopole:DEPOSIT:STATUS`. It names the deposit, so that whoever lost the journal finds it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "pdp:iopole:"
"""Of every text of ours."""

LONGEST = 255
"""Characters of `api_custom`."""

FILE_PREFIX = "factur-x_"
"""How the name of every file begins that we leave at the source."""

SENT = "sent"
"""Status of a deposit that the platform said nothing about yet."""

_TEXT = re.compile(rf"{re.escape(PREFIX)}([^:]+)(?::.*)?", re.DOTALL)
_UNWANTED = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file to be kept beside the invoice at the source."""

    name: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the source is to show of one invoice: `text`, a follow-up, a file."""

    source_id: str
    text: str
    deposits: frozenset[str]  # ids of every deposit of the invoice: a text that names another one is not ours
    rejected: bool = False  # which of two follow-ups is meant
    file: Attached | None = None  # not there yet, as far as we know


class Trouble(StrEnum):
    """Why something was not written; nothing of it touches the sending."""

    FOREIGN = "foreign"  # the field holds what we did not write
    OTHER_DEPOSIT = "other_deposit"  # it names a deposit that this journal does not know
    GONE = "gone"  # there is no such record any more
    REFUSED = "refused"  # the source does not take the text
    UPLOAD_REFUSED = "upload_refused"  # nor the file, e.g. when its disk is full
    UPLOAD_UNKNOWN = "upload_unknown"  # no answer: the next time looks whether it is there
    FOLLOW_UP_UNKNOWN = "follow_up_unknown"  # the settings name one that is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What became of one mark."""

    source_id: str
    text: str | None = None  # what stands there now, when it is ours
    updated_at: str | None = None  # of the record just after, as the source writes it
    asked: bool = False  # something was changed there
    uploaded: str | None = None  # SHA-256 of the file that is there
    followed: bool = False
    trouble: Trouble | None = None
    detail: str = ""  # of the trouble, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """What one turn wrote back. Nothing of it touches what was sent."""

    written: int = 0
    uploaded: int = 0
    left: int = 0  # for the next turn
    troubles: tuple[tuple[str, Trouble, str], ...] = ()  # number, why, detail; those not told before
    problem: str | None = None  # what ended the turn early; the next one takes it up


def text_of(submission_id: str, code: str | None, number: str | None, reason: str | None) -> str:
    """The text of a deposit and its latest status; the status goes first when it would be too long.

    >>> text_of("01a0", None, None, None), text_of("01a0", "REJECTED", "213", "ROUTING_FAILURE")
    ('pdp:iopole:01a0:sent', 'pdp:iopole:01a0:213-REJECTED-ROUTING_FAILURE')
    >>> text_of("01a0", "X" * 300, None, None)
    'pdp:iopole:01a0'
    """
    identified = f"{PREFIX}{submission_id}"
    status = "-".join(filter(None, (_UNWANTED.sub("_", part or "") for part in (number, code, reason)))) or SENT
    whole = f"{identified}:{status}"
    return whole if len(whole) <= LONGEST else identified


def deposit_in(text: str | None) -> str | None:
    """The deposit that a text of ours names; None for any other text.

    >>> deposit_in("pdp:iopole:01a0:sent"), deposit_in("pdp:iopole:01a0"), deposit_in("woo:4711"), deposit_in(None)
    ('01a0', '01a0', None, None)
    """
    found = _TEXT.fullmatch((text or "").strip())
    return found[1] if found else None


def trouble_with(text: str | None, mark: Mark) -> Trouble | None:
    """Why what stands there may not be replaced; None when nothing stands there, or what we wrote."""
    if not (text or "").strip():
        return None
    deposit = deposit_in(text)
    if deposit is None:
        return Trouble.FOREIGN
    return None if deposit in mark.deposits else Trouble.OTHER_DEPOSIT
