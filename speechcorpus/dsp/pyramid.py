"""Coarser and coarser copies of a table that grows: what a picture is drawn from at any zoom."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[Any]
Join = Callable[[Cells], Cells]
"""(groups, rows of a group, width) → (groups, width)."""
Keep = Callable[[int, Cells], None]
"""Takes the number of a level, 0 the finest, and its next tile, shape (rows, width)."""


class Pyramid:
    """Hands whole tiles of every level on as soon as they are full; of each level less than a tile waits.

    Parameters
    ----------
    levels, factor : each level joins `factor` rows of the one below
    tile : rows of a tile, a multiple of `factor`; the last tile of a level may be shorter

    Examples
    --------
    >>> tiles = []
    >>> pyramid = Pyramid(levels=2, factor=2, tile=4, join=lambda cells: cells.max(axis=1),
    ...                   keep=lambda level, rows: tiles.append((level, rows.ravel().tolist())))
    >>> pyramid.push(np.array([[1], [5], [2], [3], [9]]))
    >>> pyramid.finish()
    >>> tiles
    [(0, [1, 5, 2, 3]), (0, [9]), (1, [5, 3, 9])]
    """

    def __init__(self, *, levels: int, factor: int, tile: int, join: Join, keep: Keep) -> None:
        self._factor, self._tile, self._join, self._keep = factor, tile, join, keep
        self._waiting: list[Cells | None] = [None] * levels

    def push(self, rows: Cells) -> None:
        """Take the next rows of the finest level, shape (n, width), any n."""
        self._add(0, rows)

    def finish(self) -> None:
        """Hand on what waits, the finest level first."""
        for level, rest in enumerate(self._waiting):
            if rest is not None and rest.shape[0]:
                self._hand_on(level, rest)

    def _add(self, level: int, rows: Cells) -> None:
        before = self._waiting[level]
        waiting = rows if before is None else np.concatenate((before, rows))
        while waiting.shape[0] >= self._tile:
            self._hand_on(level, waiting[: self._tile])
            waiting = waiting[self._tile :]
        self._waiting[level] = waiting.copy()  # the caller may use its array again

    def _hand_on(self, level: int, rows: Cells) -> None:
        self._keep(level, rows)
        if level + 1 < len(self._waiting):
            self._add(level + 1, self._joined(rows))

    def _joined(self, rows: Cells) -> Cells:
        whole = rows.shape[0] // self._factor * self._factor
        joined = self._join(rows[:whole].reshape(-1, self._factor, rows.shape[1]))
        if whole == rows.shape[0]:
            return joined
        return np.concatenate((joined, self._join(rows[np.newaxis, whole:])))
