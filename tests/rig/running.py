"""A server of the loopback in a thread of this process, served and ended as the real one is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from recorder_web.draining import serve_until
from recorder_web.server import end_connections


@contextmanager
def running(server: Any, *, grace_s: float = 0.0) -> Iterator[None]:
    """Serve until the block ends; what is under way then is given so long."""
    leaving = threading.Event()
    thread = threading.Thread(target=serve_until, args=(server, leaving), kwargs={"grace_s": grace_s})
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        server.pull_trigger()
        thread.join(timeout=10)
        end_connections(server)
        server.close()
        assert not thread.is_alive()
