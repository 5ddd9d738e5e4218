"""Two queues for requests: what brings a body waits for what brings one, never the rest of the house.

Fifty uploads that arrive together keep every thread busy for a while. A health check, a page, a listening
person asks without a body and finds threads of its own.
"""

import logging
from typing import Any

from waitress.task import ThreadedTaskDispatcher

QUIET = logging.getLogger(f"{__name__}.queue")
QUIET.disabled = True  # that requests wait for a moment is no warning
BODY_THREADS = 16  # of them most wait for the disk, and those that wait together share a commit
OTHER_THREADS = 4


class Lanes:
    """Stands where waitress expects its one dispatcher."""

    def __init__(self) -> None:
        self._bodies, self._others = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        for lane in (self._bodies, self._others):
            lane.queue_logger = QUIET
        self._bodies.set_thread_count(BODY_THREADS)
        self._others.set_thread_count(OTHER_THREADS)

    def add_task(self, channel: Any) -> None:
        """Queue a connection whose next request is complete."""
        lane = self._bodies if channel.requests[0].content_length else self._others
        lane.add_task(channel)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End all threads once they have finished what they began; say whether nothing was left."""
        ended = [lane.shutdown(cancel_pending, timeout) for lane in (self._others, self._bodies)]
        return all(ended)
