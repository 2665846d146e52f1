"""How an invoice that was sent differs from what its source states now, business term by business term; pure.

Compared are the parts that the XML carries (EN 16931-1:2017); what only the page shows has no term.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher

from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.pulled import Skipped, Snapshot
from pdp_bridge.model.vocabulary import term_of

PAGE_ONLY = frozenset({"title", "language", "rows", "remarks"})
"""Of `Invoice`: for the page and for people."""

COUNTED = frozenset({"lines.id", "lines.unit_text", "attachments.filename", "attachments.mime"})
"""What follows from the order of the lines, or from another field."""

OF_THE_CUSTOMER = ("buyer.", "payment.direct_debit.mandate", "payment.direct_debit.debited_iban")
"""Read from the customer's record, which lives on after the invoice: a new address is no edit of the invoice."""

IDENTITY = ("buyer.siren", "buyer.legal_id")
"""But who the buyer is never changes."""

LONGEST_ALIGNED = 400
"""Beyond so many differing elements on either side, they are compared place by place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One business term that is no longer what was sent; None: absent. `label` is English."""

    term: str  # BT- or BG-
    path: str  # in `Invoice`, with positions from 0, of what was sent where it was there
    label_fr: str
    label: str
    before: str | None
    after: str | None
    of_customer: bool = False  # it comes from the customer's record, not from the invoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """What the source showed last of an invoice; `gone`: why it does not want it sent any more (`deleted`, `draft`)."""

    snapshot: Snapshot
    gone: Skipped | None = None


def changes(sent: Invoice, now: Invoice) -> tuple[Change, ...]:
    """Each term that differs, in the order of the model; blank and absent are the same."""
    return tuple(_of_parts("", sent, now, PAGE_ONLY))


def _of_parts(path: str, sent: object, now: object, ignored: frozenset[str] = frozenset()) -> Iterator[Change]:
    """Of two parts of the same kind."""
    if sent == now:
        return
    if is_dataclass(sent) and is_dataclass(now):
        for field in fields(sent):
            if field.name not in ignored:
                below = f"{path}.{field.name}".lstrip(".")
                yield from _of_parts(below, getattr(sent, field.name), getattr(now, field.name))
    elif isinstance(sent, tuple) and isinstance(now, tuple) and any(map(is_dataclass, (*sent, *now))):
        yield from _of_elements(path, sent, now)
    elif _plain(path) not in COUNTED and (_shown(sent), _shown(now)) != (None, None) and _shown(sent) != _shown(now):
        yield _change(path, sent, now)


def _of_elements(path: str, sent: tuple[object, ...], now: tuple[object, ...]) -> Iterator[Change]:
    """Of two lists: what was inserted or removed is told as such, not as a change of everything behind it."""
    for first, last, other_first, other_last in _unlike(sent, now):
        both = min(last - first, other_last - other_first)
        for step in range(both):
            yield from _of_parts(f"{path}[{first + step}]", sent[first + step], now[other_first + step])
        for place in range(first + both, last):
            yield _change(f"{path}[{place}]", sent[place], None)
        for place in range(other_first + both, other_last):
            yield _change(f"{path}[{place}]", None, now[place])


def _unlike(sent: tuple[object, ...], now: tuple[object, ...]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches that differ: first and last place of each side."""
    keys, others = [_key(element) for element in sent], [_key(element) for element in now]
    start = 0
    while start < min(len(keys), len(others)) and keys[start] == others[start]:
        start += 1
    left, right = keys[start:], others[start:]
    if max(len(left), len(right)) > LONGEST_ALIGNED:
        yield start, len(sent), start, len(now)
        return
    for kind, first, last, other_first, other_last in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind != "equal":
            yield start + first, start + last, start + other_first, start + other_last


def _key(element: object) -> str:
    """The element without what its place alone decides."""
    if not is_dataclass(element):
        return repr(element)
    return repr([getattr(element, field.name) for field in fields(element) if field.name not in {"id", "unit_text"}])


def _change(path: str, sent: object, now: object) -> Change:
    plain = _plain(path)
    term = term_of(plain)
    live = plain.startswith(OF_THE_CUSTOMER) and not plain.startswith(IDENTITY)
    return Change(
        term=term.id,
        path=path,
        label_fr=term.name_fr,
        label=term.name,
        before=_shown(sent),
        after=_shown(now),
        of_customer=live,
    )


def _plain(path: str) -> str:
    """The path without its positions."""
    return ".".join(part.partition("[")[0] for part in path.split("."))


def _shown(value: object) -> str | None:
    """As people read it; None for what is absent or blank. Bytes by their SHA-256."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest() if value else None
    if isinstance(value, tuple):
        return ", ".join(filter(None, map(_shown, value))) or None
    if is_dataclass(value):
        return " · ".join(filter(None, (_shown(getattr(value, field.name)) for field in fields(value)))) or None
    return str(value).strip() or None if value is not None else None
