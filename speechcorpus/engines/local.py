"""Runs one function over many items on this machine, in order, with a bounded number in flight."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

IN_FLIGHT_A_JOB = 2


Item = TypeVar("Item")
Row = TypeVar("Row")


def run_batch(function: Callable[[Item], Row], items: Iterable[Item], *, jobs: int) -> Iterator[Row]:
    """Yield `function(item)` for every item, in the order of the items.

    The jobs are threads: the function is expected to wait for a process of its own (as `measure_path`
    does), so a crash in one item never reaches another. Items are drawn as they are needed, so a million of
    them need no memory.

    Examples
    --------
    >>> list(run_batch(abs, [-2, 1, -3], jobs=2))
    [2, 1, 3]
    """
    waiting: deque[Future[Row]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= IN_FLIGHT_A_JOB * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
