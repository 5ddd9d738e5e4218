"""Busy loops: a machine that has other things to do than to record; and how late it runs what it should."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

TICK_S = 0.02


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Keep so many processes busy."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@contextmanager
def lateness() -> Iterator[list[float]]:
    """Collect how late a timer ran meanwhile, in ms: what comes late is held against the most of it.

    >>> with lateness() as late_ms:
    ...     time.sleep(0.1)
    >>> len(late_ms) > 0
    True
    """
    late_ms: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            began_s = time.monotonic()
            over.wait(TICK_S)
            late_ms.append(max(0.0, (time.monotonic() - began_s - TICK_S) * 1000))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield late_ms
    finally:
        over.set()
        watcher.join()
