"""Recursions over long arrays without a loop: a step that is a number, `s[k+1] = p·s[k] + u[k]`.

Within a group of steps a recursion is a triangular matrix; from group to group it is the same recursion with
the pole raised to the group's size. `scipy.signal` would do as well, and cost a measuring process 47 MB.
"""

from functools import lru_cache

import numpy as np

from speechcorpus.dsp.arrays import FloatArray

GROUP = 64


def one_pole(steps: FloatArray, pole: float, start: float) -> FloatArray:
    """Return `s[1], s[2], …` for `s[0] = start`, shape (n,).

    Parameters
    ----------
    steps : shape (n,), what is added at each step
    pole : in [0, 1)

    Examples
    --------
    >>> one_pole(np.array([1.0, 0.0, 0.0]), 0.5, 2.0).tolist()
    [2.0, 1.0, 0.5]
    """
    if steps.size <= GROUP:
        kernel, powers = _tables(pole)
        return np.asarray(kernel[: steps.size, : steps.size] @ steps + powers[: steps.size] * start)
    groups = -(-steps.size // GROUP)
    padded = np.zeros(groups * GROUP)
    padded[: steps.size] = steps
    kernel, powers = _tables(pole)
    within = padded.reshape(groups, GROUP) @ kernel.T
    carried = np.empty(groups)
    carried[0] = start
    carried[1:] = one_pole(within[:-1, -1], float(powers[-1]), start)
    within += carried[:, np.newaxis] * powers
    return np.asarray(within.reshape(-1)[: steps.size])


@lru_cache(maxsize=256)
def _tables(pole: float) -> tuple[FloatArray, FloatArray]:
    """What step j leaves after step i, shape (GROUP, GROUP), and what the start leaves."""
    distance = np.subtract.outer(np.arange(GROUP), np.arange(GROUP))
    kernel = np.where(distance >= 0, pole ** np.maximum(distance, 0), 0.0)
    return kernel, pole ** np.arange(1.0, GROUP + 1)
