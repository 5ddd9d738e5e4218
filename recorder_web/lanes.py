"""Three queues for requests: what brings a body waits for what brings one, never the rest of the house.

Fifty uploads that arrive together keep every thread busy for a while. A health check, a page, a listening
person asks without a body and finds threads of its own. Downloads of releases have theirs too: no thread is
held while one runs, but a client that asks for more behind 16 MB which it does not read would hold one.
"""

import logging
import re
from typing import Any

from waitress.task import ThreadedTaskDispatcher

QUIET = logging.getLogger(f"{__name__}.queue")
QUIET.disabled = True  # that requests wait for a moment is no warning
BODY_THREADS = 16  # of them most wait for the disk, and those that wait together share a commit
DOWNLOAD_THREADS = 2
OTHER_THREADS = 4
DOWNLOADS = re.compile(r"/releases/[^/]+/[^/]+/(files|bundles|deltas)/")


class Lanes:
    """Stands where waitress expects its one dispatcher."""

    def __init__(self) -> None:
        self._bodies, self._others = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        self._downloads = ThreadedTaskDispatcher()
        for lane in (self._bodies, self._others, self._downloads):
            lane.queue_logger = QUIET
        self._bodies.set_thread_count(BODY_THREADS)
        self._others.set_thread_count(OTHER_THREADS)
        self._downloads.set_thread_count(DOWNLOAD_THREADS)

    def add_task(self, channel: Any) -> None:
        """Queue a connection whose next request is complete."""
        self._lane(channel.requests[0]).add_task(channel)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End all threads once they have finished what they began; say whether nothing was left."""
        lanes = (self._others, self._downloads, self._bodies)
        ended = [lane.shutdown(cancel_pending, timeout) for lane in lanes]
        return all(ended)

    def _lane(self, request: Any) -> ThreadedTaskDispatcher:
        if request.content_length:
            return self._bodies
        return self._downloads if DOWNLOADS.match(str(request.path)) else self._others
