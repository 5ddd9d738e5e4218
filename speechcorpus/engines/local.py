"""This machine: threads, each of which waits for a limited process of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import Event
from typing import TypeVar

IN_FLIGHT_A_JOB = 2
AHEAD_A_JOB = 50  # chunks that may be done before an older one is

Item = TypeVar("Item")
Answers = TypeVar("Answers")


def run_chunks(
    function: Callable[[Sequence[Item]], Answers],
    chunks: Iterable[Sequence[Item]],
    *,
    jobs: int,
    stop: Event,
) -> Iterator[tuple[int, Answers]]:
    """Yield number and answers of each chunk as it is done; at most 2 × jobs chunks are in flight.

    The jobs are threads: the function is expected to wait for a limited process (as `measure_chunk` does),
    so a crash in one item never reaches this process.

    Examples
    --------
    >>> sorted(run_chunks(sum, [[1, 2], [3, 4]], jobs=2, stop=Event()))
    [(0, 3), (1, 7)]
    """
    numbered = enumerate(chunks)
    running: dict[Future[Answers | None], int] = {}
    drawn = 0
    with ThreadPoolExecutor(jobs) as pool:
        try:
            while True:
                ahead = drawn - min(running.values(), default=drawn)
                room = min(IN_FLIGHT_A_JOB * jobs - len(running), AHEAD_A_JOB * jobs - ahead)
                for number, chunk in islice(numbered, 0 if stop.is_set() else max(room, 0)):
                    running[pool.submit(_unless, stop, function, chunk)] = number
                    drawn = number + 1
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    number, answers = running.pop(future), future.result()
                    if answers is not None:
                        yield number, answers
        finally:
            for future in running:
                future.cancel()


def _unless(
    stop: Event, function: Callable[[Sequence[Item]], Answers], chunk: Sequence[Item]
) -> Answers | None:
    return None if stop.is_set() else function(chunk)
