"""The codewords of a QR symbol: bytes, padded to the smallest version that holds them, with their error correction.

ISO/IEC 18004:2015, 7.4 (byte mode), 7.5 (error correction, level M) and 7.6 (blocks interleaved). The sizes of the
blocks are segno's table 9.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, zip_longest
from typing import cast

from segno import consts

_LAST = 40  # version
_BYTE_MODE = 0b0100
_SHORT_COUNT_UP_TO = 9
"""Up to this version the number of bytes is written in eight bits, beyond in sixteen."""
_END, _PADDING = b"\0", b"\xec\x11"
"""Readers stop before them. segno writes a byte of zeros first, and we the same symbols as it does."""
_POLYNOMIAL = 0x11D
"""Modulo this the bytes are multiplied: x⁸ + x⁴ + x³ + x² + 1."""


def smallest(content: bytes) -> int:
    """The first version that holds the content. Raises `ValueError` when none does."""
    for version in range(1, _LAST + 1):
        if len(content) + _head(version) <= sum(_lengths(version)):
            return version
    raise ValueError(f"{len(content)} bytes are too many for a QR symbol")


def codewords(content: bytes, version: int) -> bytes:
    """The codewords in the order in which the symbol of that version holds them."""
    lengths = _lengths(version)
    head = _BYTE_MODE << 8 * _head(version) - 8 | len(content)
    data = (head << 8 * len(content) + 4 | int.from_bytes(content) << 4).to_bytes(_head(version) + len(content))
    data += (_END + _PADDING * sum(lengths))[: sum(lengths) - len(data)]
    blocks, start = [], 0
    for length in lengths:
        blocks.append(data[start : start + length])
        start += length
    corrections = [_correction(block, _correcting(version)) for block in blocks]
    columns = chain(zip_longest(*blocks), zip(*corrections, strict=True))
    return bytes(one for column in columns for one in column if one is not None)


def _head(version: int) -> int:
    """Bytes of the mode, the number of bytes and the four bits that end the content."""
    return 2 if version <= _SHORT_COUNT_UP_TO else 3


@cache
def _lengths(version: int) -> tuple[int, ...]:
    """Data codewords of each block."""
    return tuple(group.num_data for group in _blocks(version) for _ in range(group.num_blocks))


@cache
def _correcting(version: int) -> int:
    """Codewords of correction of each block."""
    group = _blocks(version)[0]
    return int(group.num_total - group.num_data)


def _blocks(version: int) -> tuple[consts.EC, ...]:
    table = cast("dict[int, dict[int, tuple[consts.EC, ...]]]", consts.ECC)
    return table[version][consts.ERROR_LEVEL_M]


def _correction(block: bytes, length: int) -> bytes:
    """The remainder of the block divided by the generator polynomial of that degree."""
    multiples, top, kept = _multiples(length), 8 * (length - 1), (1 << 8 * (length - 1)) - 1
    remainder = 0
    for one in block:
        remainder = (remainder & kept) << 8 ^ multiples[one ^ remainder >> top]
    return remainder.to_bytes(length)


@cache
def _multiples(degree: int) -> tuple[int, ...]:
    """The generator polynomial, but for its first coefficient, times each byte; a number of `degree` bytes."""
    generator, root = [1], 1
    for _ in range(degree):
        shifted = [*generator, 0]
        generator = [one ^ _times(other, root) for one, other in zip(shifted, [0, *generator], strict=True)]
        root = _times(root, 2)
    return tuple(int.from_bytes(_times(one, factor) for one in generator[1:]) for factor in range(256))


def _times(one: int, other: int) -> int:
    """The product of two bytes in the field of 256."""
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one = one << 1 ^ (_POLYNOMIAL if one & 0x80 else 0)
        other >>= 1
    return product
