"""The QR symbol of a text: its codewords in their modules, and of the eight masks the best, on whole numbers.

ISO/IEC 18004:2015, 7.7.3 (placement), 7.8 (data masking) and table 11 (penalties). A symbol is one number, module
(row, column) being the bit `row × stride + column`; between two rows lie light modules, so that a shift never carries
one row into another. What a mask turns and where the patterns of a symbol are is learnt from segno, once per size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter

import segno
from segno import consts

from pdp_bridge.document.codewords import codewords, smallest

_MASKS = 8
_GAP = 4  # light modules that N3 wants beside a pattern
_DATA = frozenset({consts.TYPE_DATA_DARK, consts.TYPE_DATA_LIGHT})
_LATE = frozenset({consts.TYPE_FORMAT_DARK, consts.TYPE_VERSION_DARK, consts.TYPE_DARKMODULE})
"""Written after the masks are compared."""
_FORMAT = 8  # its row and column
_TIMING = 6  # its column
_ANY = b"x"
"""A content whose symbols tell what all those of their size have in common."""
_DARK = re.compile("1+")

Run = tuple[int, int, int]
"""Column, row and length of a run of dark modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """The symbols of one size: where the bits of the codewords go, the patterns seen when masks are compared, what each
    mask turns, and the patterns of the symbol that has it.
    """

    side: int
    places: Callable[[str], tuple[str, ...]]
    compared: int
    turned: tuple[int, ...]
    patterns: tuple[int, ...]

    def placed(self, words: bytes) -> int:
        """The codewords in their modules, before any mask."""
        return int("".join(self.places(f"{int.from_bytes(words):0{8 * len(words)}b}0")), 2)


def squares(text: str) -> tuple[int, list[Run]]:
    """Modules a side, without the quiet zone, and the dark runs row by row."""
    content = text.encode()
    version = smallest(content)
    size = _size(version)
    data = size.placed(codewords(content, version))
    candidates = [data ^ turned for turned in size.turned]
    penalties = [_penalty(candidate | size.compared, size.side) for candidate in candidates]
    best = penalties.index(min(penalties))
    return size.side, _runs(candidates[best] | size.patterns[best], size.side)


@cache
def _size(version: int) -> _Size:
    words = codewords(_ANY, version)
    masked = [
        segno.make_qr(_ANY, error="m", version=version, boost_error=False, mode="byte", mask=mask)
        for mask in range(_MASKS)
    ]
    kinds = [list(row) for row in masked[0].matrix_iter(border=0, verbose=True)]
    side = len(kinds)
    kinds[_FORMAT][side - _FORMAT - 1] = consts.TYPE_DATA_DARK  # the format ends one module before: segno says too much
    data = _bits([[kind in _DATA for kind in row] for row in kinds])
    late = _bits([[kind in _LATE for kind in row] for row in kinds])
    numbers = [_number(one) for one in masked]
    size = _Size(
        side=side,
        places=itemgetter(*_sources(data, side, 8 * len(words))),
        compared=numbers[0] & ~data & ~late,
        turned=(),
        patterns=tuple(number & ~data for number in numbers),
    )
    unmasked = size.placed(words)
    return replace(size, turned=tuple(number & data ^ unmasked for number in numbers))


def _sources(data: int, side: int, bits: int) -> list[int]:
    """For each module from the last to the first the bit of the codewords that it shows; -1 where it shows none.

    7.7.3: in pairs of columns from the right, upwards and downwards in turn, past the column of the timing pattern.
    """
    sources = [-1] * (side + _GAP) * side
    bit = 0
    for turn, right in enumerate((*range(side - 1, _TIMING, -2), *range(_TIMING - 1, 0, -2))):
        for row in range(side) if turn % 2 else range(side - 1, -1, -1):
            for module in (row * (side + _GAP) + right, row * (side + _GAP) + right - 1):
                if data >> module & 1 and bit < bits:
                    sources[module] = bit
                    bit += 1
    return sources[::-1]


def _number(code: segno.QRCode) -> int:
    return _bits(code.matrix)


def _bits(rows: object) -> int:
    gap = bytes(_GAP)
    written = b"".join(bytes(row) + gap for row in rows)  # type: ignore[attr-defined]  # rows of 0 and 1
    return int(written[::-1].translate(_DIGITS), 2)


_DIGITS = bytes.maketrans(b"\0\1", b"01")


def _runs(symbol: int, side: int) -> list[Run]:
    stride = side + _GAP
    written = f"{symbol:0{stride * side}b}"[::-1]
    return [
        (found.start(), row, found.end() - found.start())
        for row in range(side)
        for found in _DARK.finditer(written[row * stride : row * stride + side])
    ]


# The penalty of a mask


@cache
def _places(side: int) -> tuple[int, int, int]:
    """Modules that have one to their right, one below, both."""
    stride = side + _GAP
    right = sum(((1 << side - 1) - 1) << row * stride for row in range(side))
    below = sum(((1 << side) - 1) << row * stride for row in range(side - 1))
    return right, below, right & below


def _penalty(symbol: int, side: int) -> int:
    """N1 to N4 of table 11."""
    stride = side + _GAP
    has_right, has_below, has_both = _places(side)
    same_right = ~(symbol ^ symbol >> 1) & has_right
    same_below = ~(symbol ^ symbol >> stride) & has_below
    blocks = same_right & same_right >> stride & same_below & has_both
    share = abs(20 * symbol.bit_count() - 10 * side * side) // (side * side)
    return (
        _long_runs(same_right, 1)
        + _long_runs(same_below, stride)
        + 3 * blocks.bit_count()
        + 40 * (_finders(symbol, 1) + _finders(symbol, stride))
        + 10 * share
    )


def _long_runs(same: int, step: int) -> int:
    """N1: for each run of five or more modules of a colour, its length less two."""
    long = same & same >> step & same >> 2 * step & same >> 3 * step
    return long.bit_count() + 2 * (long & ~(long << step)).bit_count()


def _finders(symbol: int, step: int) -> int:
    """N3: how often dark-light-dark-dark-dark-light-dark stands beside four light modules, or beside the edge.

    Two that overlap count once, as a search from the left, or from the top, finds them.
    """
    after = [symbol >> distance * step for distance in range(1, 11)]
    found = symbol & ~after[0] & after[1] & after[2] & after[3] & ~after[4] & after[5]
    if not found:
        return 0
    light_after = ~(after[6] | after[7] | after[8] | after[9])
    light_before = ~(symbol << step | symbol << 2 * step | symbol << 3 * step | symbol << 4 * step)
    counted = found & (light_after | light_before)
    if found & (counted << 4 * step | counted << 6 * step):
        counted = _apart(found, counted, step)
    return counted.bit_count()


def _apart(found: int, counted: int, step: int) -> int:
    """Without those that overlap one counted before them."""
    rest = found
    while rest:
        first = rest & -rest
        rest ^= first
        if counted & first:
            overlapping = first << 4 * step | first << 6 * step
            counted &= ~overlapping
            rest &= ~overlapping
    return counted
