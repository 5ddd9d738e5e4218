"""Together: small writes of several threads in one transaction, so that they share its `fsync`."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.orm import Session

from speechcorpus.domain.errors import StoreError

Act = Callable[[Session], Any]
"""What one thread wants written; it may run twice, for the transaction may be taken back and run again."""


class Part:
    """One thread's share: what to do, and what came of it."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._over = threading.Event()
        self._result: Any = None
        self._error: BaseException | None = None

    def perform(self, session: Session) -> None:
        """Do it; nothing is promised before the transaction has ended."""
        self._result = self._act(session)

    def end(self, error: BaseException | None = None) -> None:
        """Let the thread go on: with its result, which is committed, or with an error."""
        self._error = error
        self._over.set()

    def outcome(self) -> Any:
        """Wait for the end; return the result or raise the error."""
        self._over.wait()
        if self._error is not None:
            raise self._error
        return self._result


class Together:
    """Runs acts in shared transactions: the first thread waits for its turn and takes the others along.

    Nobody is let go before the commit. When one act raises, all of the transaction is taken back and each
    act runs in a transaction of its own, so that one's error is nobody else's.

    Parameters
    ----------
    write : opens a transaction that commits at its end
    """

    def __init__(self, write: Callable[[], AbstractContextManager[Session]]) -> None:
        self._write = write
        self._guard = threading.Lock()
        self._waiting: list[Part] = []

    def run(self, act: Act) -> Any:
        """Return what `act` returns, once it is committed; raise what it raises, and nothing is written."""
        part = Part(act)
        with self._guard:
            self._waiting.append(part)
            leads = len(self._waiting) == 1
        if leads:
            self._lead()
        return part.outcome()

    def _lead(self) -> None:
        parts: Sequence[Part] = ()
        try:
            with self._write() as session:
                parts = self._take()
                for part in parts:
                    part.perform(session)
        except StoreError as error:  # the database is busy or full: nobody's own fault, told to all
            self._end(parts or self._take(), error)
        except BaseException as error:
            if len(parts) == 1:
                self._end(parts, error)
            else:
                self._apart(parts or self._take())
        else:
            self._end(parts, None)

    def _take(self) -> Sequence[Part]:
        """Take everybody who waits; whoever comes now leads the next transaction."""
        with self._guard:
            parts, self._waiting = self._waiting, []
        return parts

    def _end(self, parts: Sequence[Part], error: BaseException | None) -> None:
        for part in parts:
            part.end(error)

    def _apart(self, parts: Sequence[Part]) -> None:
        for part in parts:
            try:
                with self._write() as session:
                    part.perform(session)
            except BaseException as own:
                part.end(own)
            else:
                part.end()
