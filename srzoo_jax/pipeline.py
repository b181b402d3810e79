"""Work that overlaps: what is ahead is done by threads while something else runs."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

AHEAD = 4
"""Images, or batches of them, that are made ready, and that are worked up, beside the device."""

_WINDOW = 4

Old, New = TypeVar("Old"), TypeVar("New")


def beside(function: Callable[..., New], *arguments) -> Future[New]:
    """Runs a function in a thread of its own."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(function, *arguments)
    finally:
        pool.shutdown(wait=False)


def ahead(
    function: Callable[[Old], New], items: Iterable[Old], depth: int, threads: int = 2
) -> Iterator[New]:
    """Like `map`, but up to `depth` results are made by threads before they are asked for.

    Items are taken on the caller's thread, so that what makes them runs there. What `function`
    raises is raised when its result is asked for. 0: nothing is done ahead.
    """
    if not depth:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                while waiting and (len(waiting) > depth or waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()


def together(
    function: Callable[[list[Old]], list[New]],
    items: Iterable[Old],
    key: Callable[[Old], object],
    most: int,
) -> Iterator[New]:
    """Like `map` of a function that takes several items of one `key` at once, `most` at most.

    Looks ahead for items to put together, by a few times as many; results come in order.
    """
    items = iter(items)
    while window := list(islice(items, _WINDOW * most if most > 1 else 1)):
        places: dict[object, list[int]] = {}
        for place, item in enumerate(window):
            places.setdefault(key(item), []).append(place)
        results = {}
        for alike in places.values():
            for start in range(0, len(alike), most):
                some = alike[start : start + most]
                results |= zip(some, function([window[place] for place in some]), strict=True)
        yield from (results[place] for place in range(len(window)))
