"""Several at once, in bounded number: threads that take the next piece of work when they are free.

Nothing is taken from the work list before somebody is free for it, so it may be as long as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from queue import SimpleQueue
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
    busy: dict[Future[_Result], _Work] = {}
    ready: SimpleQueue[Future[_Result]] = SimpleQueue()

    def take(pieces: Iterable[_Work]) -> None:
        for piece in pieces:
            future = threads.submit(act, piece)
            busy[future] = piece
            future.add_done_callback(ready.put)

    take(islice(work, hands))
    while busy:
        future = ready.get()
        piece = busy.pop(future)
        take(islice(work, 1))
        yield piece, future.result()
