"""Several pieces of work side by side in one thread, each step of all of them before the next step of any.

Forty invoices that take their steps together cost little more than half of what they cost one after the other: the
code and the tables of one step stay near the processor meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeAlias, TypeVar

_Piece = TypeVar("_Piece")
_Result = TypeVar("_Result")

Steps: TypeAlias = Generator[None, None, _Result]
"""A piece of work, and what it returns in the end; at each `yield` others may have their turn."""


def alone(work: Steps[_Result]) -> _Result:
    """The result of one piece of work, without a pause. Raises what it raises."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: _Result = end.value
            return result


def result_of(outcome: _Result | Exception) -> _Result:
    """What came of one of several. Raises it when it is an error."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def together(works: Iterable[Steps[_Result]]) -> list[_Result | Exception]:
    """The result of each, in order, or what it raised: what is wrong with one touches no other.

    >>> def half(number):
    ...     yield
    ...     return 1 / number
    >>> together([half(2), half(0), half(4)])
    [0.5, ZeroDivisionError('division by zero'), 0.25]
    """
    outcomes: dict[int, _Result | Exception] = {}
    unfinished = dict(enumerate(works))
    places = len(unfinished)
    while unfinished:
        for place, work in list(unfinished.items()):
            try:
                next(work)
            except StopIteration as end:
                outcomes[place] = end.value
                del unfinished[place]
            except Exception as error:  # noqa: BLE001 - told by whoever asked for this piece; the others go on
                outcomes[place] = error
                del unfinished[place]
    return [outcomes[place] for place in range(places)]


def portions(
    pieces: Iterable[_Piece], weight: Callable[[_Piece], int], *, heaviest: int, most: int
) -> Iterator[list[_Piece]]:
    """What may be done together, in order: several that are light, at most `most`, or one that is heavy.

    >>> list(portions([200, 200, 200, 700, 10, 10, 10], int, heaviest=500, most=2))
    [[200, 200], [200], [700], [10, 10], [10]]
    """
    portion: list[_Piece] = []
    so_far = 0
    for piece in pieces:
        heavy = weight(piece)
        if portion and (len(portion) == most or so_far + heavy > heaviest):
            yield portion
            portion, so_far = [], 0
        portion.append(piece)
        so_far += heavy
    if portion:
        yield portion
