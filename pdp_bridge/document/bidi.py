"""Lines with Hebrew or Arabic in the order in which they are drawn, from left to right.

Unicode Standard Annex 9, edition 15.0: rules P2 to P3, W1 to W7, N0 to N2, I1, I2 and L1 to L4, on one line at a time.
Embeddings and isolates are not here: the page drops their invisible marks (X9); only the two plain marks count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

from pdp_bridge.document import arabic

_MARKS = {"ltr": "\u200e", "rtl": "\u200f"}
_UNDRAWN = dict.fromkeys(map(ord, "\u200c\u200d\u200e\u200f"))
_CHANGED = re.compile("[\u0590-\u08ff\u200c-\u200f\ufb1d-\ufdff\ufe70-\ufeff]")
_RIGHT = frozenset({"R", "AL"})
_NUMBERS = frozenset({"EN", "AN"})
_NEUTRAL = frozenset({"B", "S", "WS", "ON"})
_OPENING = "([{\u2329\u27e8\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a\u2045\u207d\u208d"
_CLOSING = ")]}\u232a\u27e9\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u301b\u2046\u207e\u208e"
_PAIRS = dict(zip(_OPENING, _CLOSING, strict=True))
_ALIKE = {"\u2329": "\u3008", "\u232a": "\u3009"}
"""Brackets that are canonically the same."""
_OTHER_MIRRORED = (("«", "»"), ("‹", "›"), ("<", ">"), ("≤", "≥"))
_MIRRORED = dict(_PAIRS.items()) | {closing: opening for opening, closing in _PAIRS.items()}
_MIRRORED |= {one: other for pair in _OTHER_MIRRORED for one, other in (pair, pair[::-1])}
_DEEPEST = 63
"""Open brackets that are remembered (BD16)."""


def drawn(line: str) -> str:
    """The characters of one line from left to right, Arabic letters in their joined forms, invisible marks dropped.

    >>> drawn("abc"), drawn("שלום (12)")
    ('abc', '(12) םולש')
    """
    if not _CHANGED.search(line):
        return line
    shaped = arabic.joined(line)
    return "".join(_visual(shaped, levels(shaped))).translate(_UNDRAWN)


def anchored(paragraph: str, lines: Sequence[str]) -> list[str]:
    """The lines into which a paragraph was cut, each with a mark that keeps the direction of the whole.

    >>> anchored("abc", ["abc"])
    ['abc']
    """
    if not _CHANGED.search(paragraph):
        return list(lines)
    mark = _MARKS["rtl" if _base([unicodedata.bidirectional(one) for one in paragraph]) else "ltr"]
    return [f"{mark}{line}" for line in lines]


def levels(line: str) -> list[int]:
    """The level of each character (BD2): even from left to right, odd from right to left."""
    given = [unicodedata.bidirectional(one) or "L" for one in line]
    base = _base(given)
    kinds = _neutrals(line, given, _weak(given, base), base)
    found = [_level(kind, base) for kind in kinds]
    trailing = True
    for index in range(len(line) - 1, -1, -1):  # L1
        trailing = given[index] in {"B", "S"} or (trailing and given[index] in {"WS", "BN"})
        found[index] = base if trailing else found[index]
    return found


def _base(given: Sequence[str]) -> int:
    """P2 and P3: the level of the first character with a direction."""
    first = next((kind for kind in given if kind == "L" or kind in _RIGHT), "L")
    return int(first in _RIGHT)


def _level(kind: str, base: int) -> int:
    """I1 and I2."""
    if base % 2:
        return base + (kind != "R")
    return base + (2 if kind in _NUMBERS else kind == "R")


def _weak(given: Sequence[str], base: int) -> list[str]:
    """W1 to W7."""
    edge = "R" if base % 2 else "L"
    kinds: list[str] = []
    for kind in given:  # W1
        kinds.append((kinds[-1] if kinds else edge) if kind in {"NSM", "BN"} else kind)
    strong = edge
    for index, kind in enumerate(kinds):  # W2
        strong = kind if kind == "L" or kind in _RIGHT else strong
        kinds[index] = "AN" if kind == "EN" and strong == "AL" else kind
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for index in range(1, len(kinds) - 1):  # W4
        before, kind, after = kinds[index - 1 : index + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in _NUMBERS)):
            kinds[index] = before
    kinds = list(_terminated(kinds))
    strong = edge
    for index, kind in enumerate(kinds):  # W7
        strong = kind if kind in {"L", "R"} else strong
        kinds[index] = "L" if kind == "EN" and strong == "L" else kind
    return kinds


def _terminated(kinds: Sequence[str]) -> Iterator[str]:
    """W5 and W6: signs beside a number belong to it, the others are neutral."""
    runs = [(kind, len(list(run))) for kind, run in groupby(kinds)]
    for index, (kind, length) in enumerate(runs):
        beside = {runs[near][0] for near in (index - 1, index + 1) if 0 <= near < len(runs)}
        if kind == "ET" and "EN" in beside:
            yield from ["EN"] * length
        else:
            yield from ["ON" if kind in {"ET", "ES", "CS"} else kind] * length


def _neutrals(line: str, given: Sequence[str], kinds: list[str], base: int) -> list[str]:
    """N0 to N2."""
    edge = "R" if base % 2 else "L"
    for opening, closing in _bracketed(line, kinds):  # N0
        direction = _of_pair(kinds, opening, closing, edge)
        for place in (opening, closing) if direction else ():
            kinds[place] = direction
            for mark in range(place + 1, len(kinds)):
                if given[mark] != "NSM":
                    break
                kinds[mark] = direction
    index = 0
    while index < len(kinds):  # N1 and N2
        end = index
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        if end > index:
            before = _side(kinds[index - 1]) if index else edge
            after = _side(kinds[end]) if end < len(kinds) else edge
            kinds[index:end] = [before if before == after else edge] * (end - index)
        index = end + 1
    return kinds


def _side(kind: str) -> str:
    """A number counts as right to left beside neutrals."""
    return "R" if kind in _NUMBERS else kind


def _bracketed(line: str, kinds: Sequence[str]) -> list[tuple[int, int]]:
    """BD16: pairs of brackets, by where they open."""
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for index, character in enumerate(line):
        if kinds[index] != "ON":
            continue
        if character in _PAIRS:
            if len(stack) == _DEEPEST:
                break
            stack.append((_same(_PAIRS[character]), index))
        elif character in _CLOSING:
            fitting = next(
                (place for place in reversed(range(len(stack))) if stack[place][0] == _same(character)), None
            )
            if fitting is not None:
                pairs.append((stack[fitting][1], index))
                del stack[fitting:]
    return sorted(pairs)


def _same(bracket: str) -> str:
    return _ALIKE.get(bracket, bracket)


def _of_pair(kinds: Sequence[str], opening: int, closing: int, edge: str) -> str:
    """N0: the direction of two brackets; empty when there is nothing with a direction between them."""
    inside = {_side(kind) for kind in kinds[opening + 1 : closing]} & {"L", "R"}
    if not inside or edge in inside:
        return edge if inside else ""
    before = next((_side(kind) for kind in reversed(kinds[:opening]) if _side(kind) in {"L", "R"}), edge)
    return before if before != edge else edge


def _visual(line: str, found: Sequence[int]) -> list[str]:
    """L2 to L4: the characters reordered, brackets mirrored, each mark after the letter it stands on."""
    order = list(range(len(line)))
    for level in range(max(found, default=0), 0, -1):
        placed: list[int] = []
        for high, run in groupby(order, key=lambda place: found[place] >= level):
            places = list(run)
            placed.extend(reversed(places) if high else places)
        order = placed
    drawn_marks: list[int] = []
    waiting: list[int] = []
    for place in order:
        if found[place] % 2 and unicodedata.bidirectional(line[place]) == "NSM":
            waiting.append(place)
        else:
            drawn_marks += [place, *reversed(waiting)]
            waiting = []
    return [_MIRRORED.get(line[at], line[at]) if found[at] % 2 else line[at] for at in (*drawn_marks, *waiting)]
