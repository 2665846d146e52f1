"""Several at once, in bounded number: threads that take the next piece of work when they are free.

Nothing is taken from the work list before somebody is free for it, so it may be as long as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")


@contextmanager
def each(
    hands: int, act: Callable[[_Work], _Result], work: Iterable[_Work]
) -> Iterator[Iterator[tuple[_Work, _Result]]]:
    """`act` on every piece of work, and its result, as each is done; what `act` raises is raised here.

    One hand works in this very thread, in order. Whatever ends the block, a piece in hand is finished before it ends,
    and no other is begun.

    >>> with each(3, len, ["a", "bb", "ccc"]) as results:
    ...     sorted(results)
    [('a', 1), ('bb', 2), ('ccc', 3)]
    """
    if hands <= 1:
        yield ((piece, act(piece)) for piece in work)
        return
    threads = ThreadPoolExecutor(max_workers=hands, thread_name_prefix="pdp-bridge")
    try:
        yield _done(threads, hands, act, iter(work))
    finally:
        threads.shutdown(wait=True, cancel_futures=True)


def _done(
    threads: ThreadPoolExecutor, hands: int, act: Callable[[_Work], _Result], work: Iterator[_Work]
) -> Iterator[tuple[_Work, _Result]]:
    busy = {threads.submit(act, piece): piece for piece in islice(work, hands)}
    while busy:
        for future in wait(busy, return_when=FIRST_COMPLETED).done:
            piece = busy.pop(future)
            busy.update((threads.submit(act, following), following) for following in islice(work, 1))
            yield piece, future.result()
