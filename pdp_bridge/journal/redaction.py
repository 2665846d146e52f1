"""What an error may leave in the journal: a short text without credentials."""

from __future__ import annotations

import re

from pdp_bridge.soundness import sound_text

LONGEST = 500
"""Characters kept of an error's text."""

_HIDDEN = "***"
_SCHEME = r"(?:bearer|basic)\s+"
_KEY = (
    r"(?:(?:client|api)[_-]?(?:secret|key)|(?:access|refresh|id)[_-]token|password|passwd|secret|token)"
    r"[\"']?\s*[=:]\s*[\"']?"
)
_CREDENTIALS = (
    re.compile(rf"(?i)\b((?:{_KEY}|{_SCHEME})*{_KEY}(?:{_SCHEME})*)[^\s&\"',;}}]+"),
    re.compile(rf"(?i)\b((?:{_SCHEME})+)[A-Za-z0-9._~+/=-]{{6,}}"),
)
_USER_IN_ADDRESS = re.compile(r"://[^/\s@]+@")


def redacted(message: str) -> str:
    """`message` without credentials, at most `LONGEST` characters, all of which a database takes.

    >>> redacted("sent client_secret=abc123&grant_type=client_credentials, Authorization: Bearer eyJhbGciOi.x")
    'sent client_secret=***&grant_type=client_credentials, Authorization: Bearer ***'
    """
    message = without_credentials(message)
    return message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"


def without_credentials(text: str) -> str:
    """The whole text, without credentials, in characters that a database takes.

    >>> without_credentials("https://ada:secret@example.fr/v1?token=abc&page=2")
    'https://***@example.fr/v1?token=***&page=2'
    """
    text = sound_text(text)
    for pattern in _CREDENTIALS:
        text = pattern.sub(rf"\1{_HIDDEN}", text)
    return _USER_IN_ADDRESS.sub(f"://{_HIDDEN}@", text)
