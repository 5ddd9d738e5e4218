"""A spectrogram to look at: the power of every frame in steps of 50 Hz up to 8 kHz, in two-decibel codes.

It is made of the frames that levels are made of (`dsp.frames`): what a curve shows at a moment lies in the
column above it.
"""

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import FLOOR_DBFS, Float32Array, hop_samples
from speechcorpus.dsp.frames import FrameKernel
from speechcorpus.dsp.level import FLOOR_POWER
from speechcorpus.dsp.weighting import bin_frequencies_hz, high_pass_power

ROW_HZ = 50
BINS_PER_ROW = 2
HIGHEST_HZ = 8000  # what tells speech and noise apart lies below; above, a row would be the same at any rate
DB_A_CODE = 2  # no eye tells a finer step of colour, and a byte says it in a third of the space
LOUDEST_CODE = 63

Codes = NDArray[np.uint8]


def spectrogram_rows(rate_hz: int) -> int:
    """Return how many rows a spectrogram has: 160, fewer where half the rate is below 8 kHz.

    Examples
    --------
    >>> [spectrogram_rows(rate_hz) for rate_hz in (8_000, 16_000, 48_000)]
    [80, 160, 160]
    """
    return min(HIGHEST_HZ // ROW_HZ, hop_samples(rate_hz) // BINS_PER_ROW)


class Spectrogram:
    """Columns of one channel, one each 20 ms, block by block.

    Row r holds the power of `[50r, 50r + 50)` Hz; what the three high-passes of the frames took is given
    back, so that all rows of a frame together are its mean square below 8 kHz.
    """

    def __init__(self, rate_hz: int) -> None:
        self._kernel = FrameKernel(rate_hz)
        self._rows = spectrogram_rows(rate_hz)
        self._weights = _weights(rate_hz, self._rows)

    def push(self, samples: Float32Array) -> Codes:
        """Return the columns that these samples complete, shape (frames, rows).

        Parameters
        ----------
        samples : shape (n,), the next samples, in [-1, 1]
        """
        squares = self._kernel.squares(samples)[:, : self._weights.size]
        squares *= self._weights
        powers = squares.reshape(-1, self._rows, 2 * BINS_PER_ROW).sum(axis=2)
        return codes_of(powers)


def codes_of(powers: Float32Array) -> Codes:
    """Return powers as codes: 0 is −120 dBFS or less, each step 2 dB more, 60 full scale.

    Examples
    --------
    >>> codes_of(np.array([0.0, 1e-12, 1e-11, 1e-6, 1.0, 10.0], np.float32)).tolist()
    [0, 0, 5, 30, 60, 63]
    """
    levels_dbfs = 10 * np.log10(np.maximum(powers, np.float32(FLOOR_POWER)))
    codes = np.rint((levels_dbfs - FLOOR_DBFS) / DB_A_CODE)
    return np.clip(codes, 0, LOUDEST_CODE).astype(np.uint8)


def loudest_of(groups: Codes) -> Codes:
    """Return the loudest of each group of columns: nothing short disappears in an hour.

    Parameters
    ----------
    groups : shape (groups, n, rows)
    """
    return np.asarray(groups.max(axis=1))


def _weights(rate_hz: int, rows: int) -> Float32Array:
    """What each squared real or imaginary part counts, shape (2·bins,): Parseval's, and no DC."""
    hop, bins = hop_samples(rate_hz), rows * BINS_PER_ROW
    weights = np.zeros(bins)
    taken = high_pass_power(bin_frequencies_hz(rate_hz)[1:bins], rate_hz)
    weights[1:] = 2 / taken / (2 * hop * hop)
    return np.repeat(weights, 2).astype(np.float32)
