"""How often one person may ask: a bucket of tokens each, refilled by the second."""

import threading
import time
from collections.abc import Callable

MOST_PEOPLE = 10_000


class Pace:
    """Allows `per_s` requests a second to each person, and twice as many at once.

    Examples
    --------
    >>> pace = Pace(per_s=1, clock=lambda: 0.0)
    >>> [pace.allows("c-1") for _ in range(3)], pace.allows("c-2")
    ([True, True, False], True)
    >>> [pace.allows("c-3", cost=9) for _ in range(3)]
    [True, True, False]
    """

    def __init__(self, *, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._clock = clock
        self._guard = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # person -> tokens, and when they were counted

    def allows(self, person: str, *, cost: float = 1.0) -> bool:
        """Take the tokens a request costs from this person; False if there are not enough.

        Nothing costs more than the tokens of one second: it may follow something else at once.
        """
        now, most = self._clock(), 2.0 * self._per_s
        with self._guard:
            if len(self._buckets) > MOST_PEOPLE:
                self._buckets.clear()  # everybody starts full again: a bound on memory, not a quota
            tokens, counted = self._buckets.get(person, (most, now))
            tokens = min(most, tokens + (now - counted) * self._per_s)
            cost = min(cost, self._per_s)
            allowed = tokens >= cost
            self._buckets[person] = (tokens - cost if allowed else tokens, now)
        return allowed
