"""JSON from outside, made safe to store, to show and to walk through: whole characters, no NUL, no bottomless nesting.

RFC 8259 lets a text hold half a character (a lone surrogate) or NUL: databases, files and terminals do not take them.
"""

from __future__ import annotations

import re
from typing import Any

DEEPEST = 60
"""Levels of lists and objects; the services' own answers have fewer than ten."""

_HALF = re.compile(r"[\ud800-\udfff]")

REPLACEMENT = "\ufffd"
"""What stands for half a character; no font of ours draws it, so an invoice that holds it is refused."""


class TooDeep(ValueError):
    """The JSON is nested beyond all reason."""


def sound(value: Any, levels: int = DEEPEST) -> Any:
    """The value without NUL, and with U+FFFD for each half character of its texts and keys. Raises `TooDeep`.

    >>> sound({"name": ["A\\x00", "B\\ud800"]}) == {"name": ["A", "B\\ufffd"]}
    True
    """
    if isinstance(value, str):
        return sound_text(value)
    if isinstance(value, list | dict) and levels == 0:
        raise TooDeep(f"more than {DEEPEST} levels")
    if isinstance(value, list):
        return [sound(inner, levels - 1) for inner in value]
    if isinstance(value, dict):
        return {sound_text(key): sound(inner, levels - 1) for key, inner in value.items()}
    return value


def sound_text(text: str) -> str:
    """The text without NUL, which says nothing, and with U+FFFD for each half character, which may have said much."""
    return _HALF.sub(REPLACEMENT, text.replace("\x00", ""))
