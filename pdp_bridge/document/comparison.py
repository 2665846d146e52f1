"""Do two invoices say the same? Field by field, on everything that the XML carries.

What only the page knows (rows, language, title, a seller's own word for a unit) is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from pdp_bridge.model.invoice import Identifier, Invoice

_PAGE_ONLY = frozenset({"title", "language", "rows", "remarks", "unit_text"})


def differences(meant: Invoice, said: Invoice) -> Iterator[str]:
    """Each field that differs, e.g. `lines[2].name: 'Vis' became None`.

    Blank and absent are the same, and so are numbers of the same value: XML does not tell them apart.
    """
    if not _alike(meant, said):
        yield from _differences("", _plain(meant), _plain(said))


def _alike(meant: Any, said: Any) -> bool:
    """True when two values surely say the same, found out at little cost; where it is False, `_differences` tells."""
    if meant == said:
        return True
    if is_dataclass(meant) and type(meant) is type(said):
        return all(_alike(getattr(meant, name), getattr(said, name)) for name in _compared(meant.__class__))
    if isinstance(meant, tuple) and isinstance(said, tuple):
        return len(meant) == len(said) and all(map(_alike, meant, said))
    return False


@cache
def _compared(kind: type) -> tuple[str, ...]:
    """The fields of a part of an invoice that its XML carries."""
    return tuple(field.name for field in fields(kind) if field.name not in _PAGE_ONLY)


def _plain(value: Any) -> Any:
    """The value as nested dicts and lists without anything blank; None when nothing is left."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, tuple):
        items = sorted(value, key=_unscoped_first) if value and isinstance(value[0], Identifier) else value
        return [plain for plain in map(_plain, items) if plain is not None] or None
    if is_dataclass(value):
        named = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {name: item for name, item in named.items() if item is not None and name not in _PAGE_ONLY} or None
    return value if value != b"" else None


def _unscoped_first(identifier: Identifier) -> bool:
    """CII writes identifiers without scheme (`ID`) before those with one (`GlobalID`)."""
    return identifier.scheme is not None


def _differences(path: str, meant: Any, said: Any) -> Iterator[str]:
    if isinstance(meant, dict) and isinstance(said, dict):
        for name in [*meant, *(name for name in said if name not in meant)]:
            yield from _differences(f"{path}.{name}".lstrip("."), meant.get(name), said.get(name))
    elif isinstance(meant, list) and isinstance(said, list) and len(meant) == len(said):
        for index, (one, other) in enumerate(zip(meant, said, strict=True)):
            yield from _differences(f"{path}[{index}]", one, other)
    elif meant != said:
        yield f"{path}: {_shown(meant)} became {_shown(said)}"


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | None) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - a width
