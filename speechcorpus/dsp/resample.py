"""From the file's rate to the voice detector's, block by block.

The detector looks at 80 to 4000 Hz, so the filter only has to keep what folds there (above 12 kHz) 60 dB
down.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from speechcorpus.dsp.arrays import HOPS_PER_S, Float32Array, FloatArray, hop_samples

HALF_LENGTH = 4  # of the filter, in output samples
KAISER_BETA = 5.65
GROUP = 16  # output samples that are made together


def resampler(rate_hz: int, to_hz: int) -> "Resampler | Decimator":
    """Return the quicker one of the two, with empty memory; both place output k at input `k·rate/to`."""
    return Resampler(rate_hz, to_hz) if rate_hz % to_hz else Decimator(rate_hz // to_hz)


class Decimator:
    """Low-pass and every `down`-th sample, as one matrix product: three times as fast as a polyphase loop."""

    def __init__(self, down: int) -> None:
        self._row, self._matrix = GROUP * down, _decimating(down)
        self._buffer: Float32Array = np.zeros(HALF_LENGTH * down, dtype=np.float32)  # silence came before

    def push(self, samples: Float32Array) -> Float32Array:
        """Return the output samples that are now complete, in groups of 16."""
        buffer = np.concatenate((self._buffer, samples))
        rows = buffer.size // self._row
        if rows < 2:
            self._buffer = buffer
            return np.empty(0, dtype=np.float32)
        self._buffer = buffer[(rows - 1) * self._row :].copy()
        parts = buffer[: rows * self._row].reshape(rows, self._row) @ self._matrix
        return np.asarray((parts[:-1, :GROUP] + parts[1:, GROUP:]).reshape(-1))

    def finish(self) -> Float32Array:
        """Return the last output samples, as if silence followed."""
        return self.push(np.zeros(2 * self._row, dtype=np.float32))


class Resampler:
    """From any rate to any other that has whole hops: a hop of samples makes one of output, in groups of 16.

    Each group is the product of a few of the samples and a matrix that is the same in every hop.
    """

    def __init__(self, rate_hz: int, to_hz: int) -> None:
        common = math.gcd(rate_hz, to_hz)
        up, down = to_hz // common, rate_hz // common
        self._reach = -(-HALF_LENGTH * down // up)  # samples that an output looks ahead or back
        self._hop, self._made = hop_samples(rate_hz), to_hz // HOPS_PER_S
        self._groups = _grouped(up, down, self._made)
        self._buffer: Float32Array = np.zeros(self._reach, dtype=np.float32)  # silence came before

    def push(self, samples: Float32Array) -> Float32Array:
        """Return the hops of output that are now complete."""
        buffer = np.concatenate((self._buffer, samples))
        hops = max(0, (buffer.size - 2 * self._reach) // self._hop)
        made = np.empty((hops, self._made), dtype=np.float32)
        self._buffer = buffer[hops * self._hop :].copy()
        if hops == 0:
            return made.reshape(-1)
        for number, (first, matrix) in enumerate(self._groups):
            seen = sliding_window_view(buffer[first:], matrix.shape[0])[:: self._hop][:hops]
            np.matmul(seen, matrix, out=made[:, number * GROUP : (number + 1) * GROUP])
        return made.reshape(-1)

    def finish(self) -> Float32Array:
        """Return the last output samples, as if silence followed."""
        return self.push(np.zeros(self._hop + self._reach, dtype=np.float32))


def low_pass(count: int, cutoff: float, beta: float) -> FloatArray:
    """Return a windowed-sinc low-pass of unit gain at DC, shape (count,).

    Parameters
    ----------
    cutoff : in parts of half the rate
    beta : of the Kaiser window

    Examples
    --------
    >>> low_pass(5, 0.5, 0.0).round(3).tolist()
    [0.0, 0.28, 0.44, 0.28, 0.0]
    """
    around = np.arange(count) - (count - 1) / 2
    taps = cutoff * np.sinc(cutoff * around) * np.kaiser(count, beta)
    return np.asarray(taps / taps.sum())


@lru_cache
def _low_pass(up: int, down: int) -> Float32Array:
    taps = low_pass(2 * HALF_LENGTH * down + 1, min(1 / up, 1 / down), KAISER_BETA)
    return np.asarray(taps * up, dtype=np.float32)


@lru_cache
def _decimating(down: int) -> Float32Array:
    """What a row of samples gives to its own 16 outputs, and beside it to the 16 before: (16·down, 32)."""
    taps, row = _low_pass(1, down), GROUP * down
    matrix = np.zeros((2 * row, GROUP), dtype=np.float32)
    for output in range(GROUP):
        matrix[output * down : output * down + taps.size, output] = taps
    return np.ascontiguousarray(np.hstack((matrix[:row], matrix[row:])))


@lru_cache
def _grouped(up: int, down: int, made: int) -> tuple[tuple[int, Float32Array], ...]:
    """Of every 16 outputs of a hop, the first sample that they see (`reach` of them lie before the hop), and
    the matrix (samples, 16)."""
    taps, half = _low_pass(up, down), HALF_LENGTH * down
    reach = -(-half // up)
    groups = []
    for first in range(0, made, GROUP):
        places = np.arange(first, first + GROUP) * down  # at the common rate
        seen = np.arange(-(-(places[0] - half) // up), (places[-1] + half) // up + 1)
        at = half + np.subtract.outer(seen * up, places)
        inside = (at >= 0) & (at < taps.size)
        matrix = np.where(inside, taps[np.clip(at, 0, taps.size - 1)], np.float32(0))
        groups.append((int(seen[0]) + reach, matrix))
    return tuple(groups)
