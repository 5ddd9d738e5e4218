"""How many downloads run at once: a few a person, so that nobody takes the line from everybody."""

import threading
from collections import Counter
from collections.abc import Callable

from speechcorpus.domain.errors import AccessError

A_PERSON = 4
IN_ALL = 16


class Places:
    """Places for downloads of one process.

    Examples
    --------
    >>> places = Places(a_person=1, in_all=2)
    >>> leave = places.take("token-1")
    >>> leave()
    >>> _ = places.take("token-1")
    """

    def __init__(self, *, a_person: int = A_PERSON, in_all: int = IN_ALL) -> None:
        self._a_person, self._in_all = a_person, in_all
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, key: str) -> Callable[[], None]:
        """Return what gives the place back; AccessError `quota.downloads` when there is none left."""
        with self._lock:
            if self._held[key] >= self._a_person or self._held.total() >= self._in_all:
                raise AccessError("quota.downloads", "too many downloads at once; try again in a minute")
            self._held[key] += 1
        return lambda: self._leave(key)

    def _leave(self, key: str) -> None:
        with self._lock:
            self._held[key] -= 1
