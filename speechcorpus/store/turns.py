"""Turns: a lock whose waiters are served in the order they came."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from speechcorpus.domain.errors import StoreError


class Turns:
    """First come, first served, among the threads of one process.

    A plain `threading.Lock` may hand itself to the same thread again and again while others starve;
    with 200 people claiming at once the last one then waits for ever.

    Examples
    --------
    >>> turns = Turns()
    >>> with turns.mine(wait_s=1.0):
    ...     "only me"
    'only me'
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[threading.Event] = deque()
        self._owner: int | None = None

    @contextmanager
    def mine(self, wait_s: float) -> Iterator[None]:
        """Hold the turn inside the block.

        Raises
        ------
        StoreError : `database.busy` when the turn did not come within `wait_s`
        RuntimeError : when this thread holds the turn already and would wait for itself
        """
        if self._owner == threading.get_ident():
            raise RuntimeError("a write transaction inside a write transaction of the same thread")
        place = self._join()
        try:
            if not place.wait(wait_s):
                raise StoreError("database.busy", "other writers kept the catalogue busy")
            self._owner = threading.get_ident()
            yield
        finally:
            self._leave(place)

    def _join(self) -> threading.Event:
        place = threading.Event()
        with self._guard:
            self._queue.append(place)
            self._queue[0].set()
        return place

    def _leave(self, place: threading.Event) -> None:
        with self._guard:
            if self._queue[0] is place:
                self._owner = None
            self._queue.remove(place)
            if self._queue:
                self._queue[0].set()
