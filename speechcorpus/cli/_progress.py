"""How far a long command is: one line on standard error, only where somebody can see it."""

import sys
import time
from typing import Self

import click

REDRAWN_S = 0.2
CLEARED = "\r\x1b[K"


class Progress:
    """Counts rows; the line is cleared before rows are printed to the same terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._is_seen = sys.stderr.isatty()
        self._begun_s = self._drawn_s = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to count."""
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        self.clear()

    def clear(self) -> None:
        """Make room for a line of output."""
        if self._is_seen:
            click.echo(CLEARED, nl=False, err=True)

    def advance(self) -> None:
        """Count one row; redraw now and then."""
        self._done += 1
        now_s = time.monotonic()
        if self._is_seen and now_s - self._drawn_s >= REDRAWN_S:
            self._drawn_s = now_s
            left_s = (now_s - self._begun_s) / self._done * (self._total - self._done)
            click.echo(CLEARED + progress_line(self._done, self._total, left_s), nl=False, err=True)


def progress_line(done: int, total: int, left_s: float) -> str:
    """Return the line.

    Examples
    --------
    >>> progress_line(120, 480, 3725.0)
    '[#####...............] 120 of 480, 1:02:05 left'
    """
    filled = 20 * done // max(total, 1)
    minutes, seconds = divmod(round(left_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"[{'#' * filled:.<20}] {done} of {total}, {hours}:{minutes:02}:{seconds:02} left"
