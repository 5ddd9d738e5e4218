"""Which connections wait for what: asked again only of those that something happened to.

The loop of waitress asks every connection at every turn what it waits for. That is work of two thousand
connections for one byte of one of them. Here the kernel is told once; a connection is asked again after an
event of its own, when a thread that answered it says so, and all are asked once a second, for what only the
clock changes.
"""

import select
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from waitress import wasyncore

ALL_AGAIN_S: Final = 1.0
READS: Final = select.POLLIN | select.POLLPRI
# epoll where there is one; its numbers are those of poll(), which is asked in milliseconds
SELECTOR: Final[Callable[[], Any]] = getattr(select, "epoll", None) or select.poll
UNITS_A_SECOND: Final = 1 if hasattr(select, "epoll") else 1000


class Readiness(dict[int, Any]):
    """The map of everything a server listens on, by file number, as waitress fills and empties it."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = SELECTOR()
        self._flags: dict[int, int] = {}  # of what the selector was told
        self._changed: deque[int] = deque()  # file numbers; threads add to it
        self._is_pulled = False
        self._all_again_at_s = 0.0

    def __setitem__(self, number: int, listening: Any) -> None:
        """Add what listens under a file number, which something closed may have had before."""
        self._forget(number)
        super().__setitem__(number, listening)
        self._changed.append(number)

    def __delitem__(self, number: int) -> None:
        """Take away what is about to be closed."""
        super().__delitem__(number)
        self._forget(number)

    def tell(self, number: int) -> bool:
        """Note, from any thread, that this one is to be asked; say whether the loop has yet to be woken."""
        self._changed.append(number)
        if self._is_pulled:
            return False
        self._is_pulled = True
        return True

    def turn(self, timeout_s: float) -> None:
        """Wait until something happens, and let those it happened to do their part."""
        self._ask()
        for number, flags in self._selector.poll(timeout_s * UNITS_A_SECOND):
            if number in self._flags:  # else it was closed, or closed and opened anew, in this very turn
                self._changed.append(number)
                wasyncore.readwrite(self[number], flags)

    def _ask(self) -> None:
        self._is_pulled = False  # first: whoever changes something from here on wakes the loop again
        now_s = time.monotonic()
        if now_s >= self._all_again_at_s:
            self._all_again_at_s = now_s + ALL_AGAIN_S
            self._changed.extend(self)
        changed = set()
        while self._changed:
            changed.add(self._changed.popleft())
        for number in changed:
            listening = self.get(number)
            if listening is not None:
                self._wait_for(number, _wanted(listening))

    def _wait_for(self, number: int, flags: int) -> None:
        known = self._flags.get(number, 0)
        if flags == known:
            return
        if not flags:
            self._forget(number)  # not even told that the other side is gone: nobody could act on it now
            return
        tell = self._selector.modify if known else self._selector.register
        with suppress(OSError, ValueError):  # a thread has closed it in this moment
            tell(number, flags)
            self._flags[number] = flags

    def _forget(self, number: int) -> None:
        if self._flags.pop(number, None) is not None:
            with suppress(OSError, ValueError):
                self._selector.unregister(number)


def _wanted(listening: Any) -> int:
    flags = READS if listening.readable() else 0
    if listening.writable() and not listening.accepting:
        flags |= select.POLLOUT
    return flags


class Waking:
    """A server as one of its connections sees it: whoever wakes the loop says for which connection."""

    def __init__(self, server: Any, map_: Readiness, number: int) -> None:
        self._server, self._map, self._number = server, map_, number

    def pull_trigger(self) -> None:
        """Wake the loop, unless it is about to look anyway."""
        if self._map.tell(self._number):
            self._server.pull_trigger()

    def __getattr__(self, name: str) -> Any:
        """Return whatever else the server has."""
        return getattr(self._server, name)
