"""An answer of Facturation.pro, read with care: bytes → JSON, and the `X-Pagination` header; pure.

Follows facturation-pro.md §1.4, §1.5 and §6.1 (cases 9 to 15). Numbers keep their digits; nothing half-read passes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from pdp_bridge.soundness import sound

SHOWN = 200
"""How much of an answer that cannot be read is repeated in the error, in characters."""

_TAG = re.compile(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>")


class Unreadable(Exception):
    """The answer is not the JSON it should be. `cut`: it ends too early, so asking again may help."""

    def __init__(self, problem: str, *, cut: bool = False) -> None:
        super().__init__(problem)
        self.cut = cut


def decoded(content: bytes, content_type: str, *, hidden: Sequence[str] = ()) -> Any:
    """The JSON of an answer: numbers with a point are `Decimal`. Raises `Unreadable`, which quotes nothing `hidden`.

    The text is read as UTF-8 whatever charset the header names; a byte-order mark is tolerated.

    >>> decoded(b'{"rate": 0.2}', "application/json; charset=utf-8")
    {'rate': Decimal('0.2')}
    """
    media = content_type.partition(";")[0].strip().lower()
    if media and "json" not in media:
        raise Unreadable(f"it is {media}, not JSON: “{_gist(content, hidden)}”")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8", cut=error.reason == "unexpected end of data") from error
    try:
        return sound(
            json.loads(
                text, parse_float=Decimal, parse_constant=_not_a_number, object_pairs_hook=_without_contradiction
            )
        )
    except json.JSONDecodeError as error:
        raise Unreadable(f"its JSON breaks at character {error.pos}", cut=True) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable("its JSON holds a number or a nesting beyond all reason") from error


def _not_a_number(constant: str) -> NoReturn:
    raise Unreadable(f"its JSON holds {constant}, which is not a number")


def _without_contradiction(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One object; a key given twice with two values would let the reader choose the amount."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise Unreadable(f"its JSON gives two values for “{key}”")
        found[key] = value
    return found


def _gist(content: bytes, hidden: Sequence[str]) -> str:
    """The words of a page, without its markup."""
    return _shown(_TAG.sub(" ", content.decode("utf-8", errors="replace")), hidden)


def _shown(text: str, hidden: Sequence[str]) -> str:
    """The beginning of a text. What is hidden goes first: half of a secret at the end is too much already."""
    for secret in hidden:
        if secret:
            text = text.replace(secret, "…")
    return " ".join(text.split())[:SHOWN]


def complaint(body: object, *, hidden: Sequence[str] = ()) -> str:
    """What an error answer says, in whatever of its shapes: `errors` as list or object, `error`, `message`.

    `hidden` texts are left out, should the service repeat them.

    >>> complaint({"errors": {"title": ["is empty"]}})
    'title: is empty'
    """
    if isinstance(body, dict):
        said = next((body[key] for key in ("errors", "error", "message") if body.get(key)), "")
    else:
        said = body if isinstance(body, str) else ""
    return _shown(_flat(said), hidden)


def _flat(said: object) -> str:
    if isinstance(said, dict):
        return "; ".join(f"{key}: {_flat(value)}" for key, value in said.items())
    if isinstance(said, list):
        return ", ".join(_flat(value) for value in said)
    return str(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """`X-Pagination`; every figure may be missing."""

    page: int | None = None
    pages: int | None = None
    per_page: int | None = None
    total: int | None = None

    @classmethod
    def read(cls, header: str | None) -> Pagination:
        """What the header says; an unreadable one says nothing.

        >>> Pagination.read('{"current_page":1,"total_pages":10,"per_page":50,"total_entries":500}').last
        10
        >>> Pagination.read("1/10").last is None
        True
        """
        try:
            said = json.loads(header or "")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(said, dict):
            return cls()
        return cls(
            page=_count(said.get("current_page", said.get("page"))),
            pages=_count(said.get("total_pages")),
            per_page=_count(said.get("per_page")),
            total=_count(said.get("total_entries")),
        )

    @property
    def last(self) -> int | None:
        """The number of the last page; None when unknown. The larger of what the figures imply: reading on is safe."""
        implied = -(-self.total // self.per_page) if self.total and self.per_page else None
        return max(filter(None, (self.pages, implied)), default=None)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - a plausible count
