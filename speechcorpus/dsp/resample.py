"""From the file's rate to the voice detector's, block by block.

The detector looks at 80 to 4000 Hz, so the filter only has to keep what folds there (above 12 kHz) 60 dB
down.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.signal import firwin, upfirdn

from speechcorpus.dsp.arrays import Float32Array

HALF_LENGTH = 4  # of the filter, in output samples
KAISER_BETA = 5.65
GROUP = 16  # output samples that one row of the decimator's product makes


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
    """Streaming polyphase FIR from one rate to another; output k lies exactly at input `k·down/up`."""

    def __init__(self, rate_hz: int, to_hz: int) -> None:
        common = math.gcd(rate_hz, to_hz)
        self._up, self._down = to_hz // common, rate_hz // common
        self._taps = _low_pass(self._up, self._down)
        self._half = HALF_LENGTH * self._down  # a multiple of `down`, so outputs fall on the grid
        self._reach = -(-self._half // self._up)  # input samples that an output looks ahead or back
        self._buffer: Float32Array = np.zeros(0, dtype=np.float32)
        self._start = 0  # input index of the buffer's first sample, a multiple of `down`
        self._done = 0

    def push(self, samples: Float32Array) -> Float32Array:
        """Return the output samples that are now complete."""
        self._buffer = np.concatenate((self._buffer, samples))
        ready = ((self._start + self._buffer.size - 1 - self._reach) * self._up) // self._down + 1
        count = max(0, ready - self._done)
        if count == 0:
            return np.empty(0, dtype=np.float32)
        filtered = upfirdn(self._taps, self._buffer, self._up, self._down)
        first = self._done - self._start * self._up // self._down + HALF_LENGTH
        self._done += count
        self._forget()
        return np.asarray(filtered[first : first + count], dtype=np.float32)

    def finish(self) -> Float32Array:
        """Return the last output samples, as if silence followed."""
        return self.push(np.zeros(self._reach, dtype=np.float32))

    def _forget(self) -> None:
        needed = self._done * self._down // self._up - self._reach
        keep_from = max(0, needed // self._down * self._down)
        self._buffer = self._buffer[keep_from - self._start :].copy()
        self._start = keep_from


@lru_cache
def _low_pass(up: int, down: int) -> Float32Array:
    taps = firwin(2 * HALF_LENGTH * down + 1, min(1 / up, 1 / down), window=("kaiser", KAISER_BETA))
    return np.asarray(taps * up, dtype=np.float32)


@lru_cache
def _decimating(down: int) -> Float32Array:
    """What a row of samples gives to its own 16 outputs, and beside it to the 16 before: (16·down, 32)."""
    taps, row = _low_pass(1, down), GROUP * down
    matrix = np.zeros((2 * row, GROUP), dtype=np.float32)
    for output in range(GROUP):
        matrix[output * down : output * down + taps.size, output] = taps
    return np.ascontiguousarray(np.hstack((matrix[:row], matrix[row:])))
