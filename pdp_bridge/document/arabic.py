"""Arabic letters in the forms that join them to their neighbours, as Unicode has characters for them.

The Unicode Standard 15.0, 9.2: the presentation forms (U+FB50 to U+FEFF) and their decompositions say which forms a
letter has, hence on which sides it joins. A letter without any (Uyghur, Kurdish ە, African) is told by `unjoinable`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

_BLOCKS = (range(0xFB50, 0xFDD0), range(0xFE70, 0xFEFD))
_LETTERS = (range(0x0620, 0x06D6), range(0x06EE, 0x0700), range(0x0750, 0x0780), range(0x08A0, 0x08CA))
_LAM = "\u0644"
_LIGATURES = frozenset(_LAM + alef for alef in "\u0622\u0623\u0625\u0627")
_ALIKE_BOTH = {"\u0640": "tatweel", "\u200d": "joiner"}
"""They join on both sides and keep their own form."""

_ENDS = ("final", "medial")
_STARTS = ("initial", "medial")


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letter, or lam with its alef → the name of a form → the character of that form."""
    found: dict[str, dict[str, str]] = {}
    for code in (code for block in _BLOCKS for code in block):
        form, *parts = unicodedata.decomposition(chr(code)).split()[:4] or [""]
        letters = "".join(chr(int(part, 16)) for part in parts)
        if form.startswith("<") and (len(letters) == 1 or letters in _LIGATURES):
            found.setdefault(letters, {}).setdefault(form.strip("<>"), chr(code))
    return found


def unjoinable(character: str) -> bool:
    """Is this an Arabic letter whose joined forms Unicode has no characters for?"""
    code = ord(character)
    return (
        unicodedata.category(character) == "Lo"
        and any(code in block for block in _LETTERS)
        and character not in _forms()
    )


def joined(text: str) -> str:
    """The text with every Arabic letter in its form, lam and alef as one; marks stay where they are.

    >>> joined("شارع").encode("unicode_escape").decode()
    '\\\\ufeb7\\\\ufe8e\\\\ufead\\\\ufec9'
    """
    pieces = _pieces(text)
    bearing = [index for index, piece in enumerate(pieces) if unicodedata.category(piece[0]) != "Mn"]
    shaped = list(pieces)
    for order, index in enumerate(bearing):
        before = pieces[bearing[order - 1]] if order else ""
        after = pieces[bearing[order + 1]] if order + 1 < len(bearing) else ""
        shaped[index] = _shaped(pieces[index], joins_next=_joins(before, _STARTS), joins_before=_joins(after, _ENDS))
    return "".join(shaped)


def _pieces(text: str) -> list[str]:
    """Characters; a lam with the alef that follows it, marks aside, is one piece."""
    pieces: list[str] = []
    bearing = -1  # index of the last piece that is no mark
    for character in text:
        if bearing >= 0 and pieces[bearing] == _LAM and _LAM + character in _forms():
            pieces[bearing] += character
            continue
        if unicodedata.category(character) != "Mn":
            bearing = len(pieces)
        pieces.append(character)
    return pieces


def _joins(piece: str, sides: Sequence[str]) -> bool:
    return piece in _ALIKE_BOTH or any(side in _forms().get(piece, {}) for side in sides)


def _shaped(piece: str, *, joins_next: bool, joins_before: bool) -> str:
    """The form of a piece whose neighbour before `joins_next`, and whose neighbour after `joins_before`."""
    forms = _forms().get(piece, {})
    back, on = joins_next and _joins(piece, _ENDS), joins_before and _joins(piece, _STARTS)
    name = {(True, True): "medial", (True, False): "final", (False, True): "initial"}.get((back, on), "isolated")
    return forms.get(name, piece)
