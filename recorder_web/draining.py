"""Runs a waitress server until it is told to leave, and then finishes what it has begun.

Waitress itself gives what is under way five seconds, forgets what waits in its queues, and drops answers that
are not sent yet. Here nobody new is let in, who is idle is shown out, and the rest is waited for.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

TURN_S, LEAVING_TURN_S = 1.0, 0.05
STALLED_S = 2.0  # half a request of which nothing more comes for so long is not waited for
THREADS_S = 1.0  # for threads to end that have nothing to do


def serve_until(server: Any, leaving: threading.Event, *, grace_s: float) -> bool:
    """Serve until `leaving` is set, then finish; say whether all that was begun was finished in time.

    Parameters
    ----------
    server : of `make_server`; who sets `leaving` also calls its `pull_trigger`, so that it wakes
    grace_s : how long requests under way are waited for
    """
    while not leaving.is_set():
        server._map.turn(TURN_S)
    for each in list(server._map.values()):
        if isinstance(each, BaseWSGIServer):
            wasyncore.dispatcher.close(each)  # not its own close(): that ends the trigger as well
    deadline_s = time.monotonic() + grace_s
    while (busy := list(_busy(server))) and time.monotonic() < deadline_s:
        server._map.turn(LEAVING_TURN_S)
    server.task_dispatcher.shutdown(timeout=THREADS_S)
    return not busy


def _busy(server: Any) -> Iterator[HTTPChannel]:
    """Yield the connections with something under way; close those without."""
    for each in list(server._map.values()):
        if isinstance(each, HTTPChannel):
            if each.requests or each.total_outbufs_len or _is_arriving(each):
                yield each
            else:
                each.handle_close()


def _is_arriving(channel: HTTPChannel) -> bool:
    return channel.request is not None and time.time() - channel.last_activity < STALLED_S
