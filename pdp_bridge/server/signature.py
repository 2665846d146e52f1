"""Who sent a delivery: Iopole signs its time, method, address and content with a secret that both sides know.

HMAC-SHA256 in hexadecimal over `{X-Timestamp}\\n{METHOD}\\n{path?query}\\n{checksum}`, time in milliseconds. The
checksum is the SHA-256 of the raw body, or of the bytes of the part `file` alone in a multipart body. This order was
verified byte for byte on real deliveries in August 2026; that `X-Checksum` may be absent is what the description says.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pdp_bridge.server.refusal import Reason, Refused
from pdp_bridge.settings import Secret

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_MILLISECONDS = re.compile(r"[0-9]{1,14}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a delivery says of itself, not yet believed. `checksum` is None when it must be taken from the body."""

    timestamp: str
    signature: str
    checksum: str | None
    method: str
    target: str  # path and query, exactly as they were asked for

    @property
    def sent_at(self) -> datetime:
        """When it was signed, UTC."""
        return _EPOCH + timedelta(milliseconds=int(self.timestamp))


def claim(headers: Mapping[str, str], method: str, target: str) -> Claim:
    """The claim of a request. Raises `Refused` (`UNSIGNED`) when it makes none. Header names are in lower case."""
    timestamp, signature = headers.get("x-timestamp", ""), headers.get("x-signature", "")
    checksum = headers.get("x-checksum") or None
    well_formed = _MILLISECONDS.fullmatch(timestamp) and _HEX.fullmatch(signature)
    if not well_formed or not (checksum is None or _HEX.fullmatch(checksum)):
        raise Refused(Reason.UNSIGNED)
    return Claim(timestamp=timestamp, signature=signature, checksum=checksum, method=method, target=target)


def canonical(timestamp: str, method: str, target: str, checksum: str) -> bytes:
    """The text that is signed.

    >>> canonical("1787074561228", "POST", "/iopole/status", "ab")
    b'1787074561228\\nPOST\\n/iopole/status\\nab'
    """
    return f"{timestamp}\n{method}\n{target}\n{checksum}".encode()


def signature(secret: Secret, text: bytes) -> str:
    """64 hexadecimal digits."""
    return hmac.new(secret.reveal().encode(), text, sha256).hexdigest()


def check_time(claimed: Claim, now: datetime, window_seconds: float) -> None:
    """Raises `Refused` (`STALE`) when the delivery was signed too long ago, or in the future."""
    if abs(now - claimed.sent_at) > timedelta(seconds=window_seconds):
        raise Refused(Reason.STALE)


def check_signature(claimed: Claim, checksum: str, secrets: Sequence[Secret]) -> None:
    """Raises `Refused` (`FORGED`) unless one of `secrets` signed it; takes the same time whichever it is."""
    text = canonical(claimed.timestamp, claimed.method, claimed.target, checksum)
    given = claimed.signature.lower()
    if not any([hmac.compare_digest(signature(secret, text), given) for secret in secrets]):  # noqa: C419 - all of them
        raise Refused(Reason.FORGED)


def check_content(claimed: Claim, checksum: str) -> None:
    """Raises `Refused` (`TAMPERED`) when the content is not the one whose checksum was signed."""
    if claimed.checksum is not None and not hmac.compare_digest(claimed.checksum.lower(), checksum):
        raise Refused(Reason.TAMPERED)
