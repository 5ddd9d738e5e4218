"""Recursions over long arrays without a loop over every step: `s[k + 1] = M·s[k] + u[k]`.

Within a group of steps a recursion is one matrix; from group to group it is the same with `M` raised
to the group's size. `scipy.signal` would do as well, and cost a measuring process 47 MB.
"""

from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from speechcorpus.dsp.arrays import FloatArray, Floats

GROUP_WIDTH = 64  # steps of a group times numbers of a state


class Recursion:
    """The recursion of one matrix M, shape (k, k); its tables are made when first asked for.

    Examples
    --------
    >>> half = Recursion(np.array([[0.5]]))
    >>> half.run(np.array([[1.0], [0.0], [0.0]]), np.array([2.0])).ravel().tolist()
    [2.0, 2.0, 1.0, 0.5]
    """

    def __init__(self, matrix: FloatArray, dtype: type[np.floating[Any]] = np.float64) -> None:
        self._matrix, self._dtype = matrix, dtype
        self._states = matrix.shape[0]
        self._size = max(2, GROUP_WIDTH // self._states)

    def run(self, steps: Floats, start: Floats) -> Floats:
        """Return `s[0] = start, s[1], …, s[n]`, shape (n + 1, k).

        Parameters
        ----------
        steps : shape (n, k), what is added at each step
        start : shape (k,)
        """
        count, width = steps.shape[0], self._states
        groups = -(-count // self._size)
        states = np.zeros((1 + groups * self._size, width), self._dtype)
        states[0] = start
        if groups == 0:
            return states
        inside, after = self._tables
        states[1 : count + 1] = steps
        rows = states[1:].reshape(groups, -1)
        within = rows @ inside
        begins = start[np.newaxis] if groups == 1 else self._next.run(within[:-1, -width:], start)
        np.add(within, begins @ after, out=rows)
        return states[: count + 1]

    @cached_property
    def _tables(self) -> tuple[Floats, Floats]:
        """What a step of a group leaves after each, and what the state before does; states side by side."""
        powers = np.array([np.linalg.matrix_power(self._matrix, power).T for power in range(self._size + 1)])
        distance = np.subtract.outer(
            np.arange(self._size), np.arange(self._size)
        ).T  # of a step and one after it
        inside = powers[np.maximum(distance, 0)] * (distance >= 0)[..., np.newaxis, np.newaxis]
        width = self._size * self._states
        flat = inside.transpose(0, 2, 1, 3).reshape(width, width)
        after = powers[1:].transpose(1, 0, 2).reshape(self._states, width)
        return flat.astype(self._dtype), after.astype(self._dtype)

    @cached_property
    def _next(self) -> "Recursion":
        return Recursion(np.linalg.matrix_power(self._matrix, self._size), self._dtype)


def one_pole(steps: FloatArray, pole: float, start: float) -> FloatArray:
    """Return `s[1], s[2], …` of `s[k + 1] = pole·s[k] + steps[k]`, `s[0] = start`, shape (n,).

    Parameters
    ----------
    steps : shape (n,), what is added at each step
    pole : in [0, 1)

    Examples
    --------
    >>> one_pole(np.array([1.0, 0.0, 0.0]), 0.5, 2.0).tolist()
    [2.0, 1.0, 0.5]
    """
    return np.asarray(_of_pole(pole).run(steps[:, np.newaxis], np.array([start]))[1:, 0])


@lru_cache(maxsize=256)
def _of_pole(pole: float) -> Recursion:
    return Recursion(np.array([[pole]]))
