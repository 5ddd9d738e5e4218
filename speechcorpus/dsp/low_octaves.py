"""The octaves 63 and 125 Hz, which the bins of a 40 ms frame cannot resolve (they read up to 0.8 dB low)."""

from functools import lru_cache

import numpy as np
from scipy.signal import butter, firwin, sosfilt, sosfreqz

from speechcorpus.dsp.arrays import HOPS_PER_S, Float32Array, FloatArray, checked, hop_samples
from speechcorpus.dsp.weighting import octave_edges_hz

LOW_OCTAVES_HZ = (63, 125)
ORDER = 5  # of the Butterworth prototype: within +0.07 dB on white and pink noise; order 3 reads +0.19
HALF_LENGTH = 3  # of the decimating filter, in output samples: 60 dB down where it would fold below 180 Hz
KAISER_BETA = 5.65


def low_rate_hz(rate_hz: int) -> int:
    """Return 1000 Hz, or 1050 Hz for the 11.025 kHz family: 20 or 21 samples a hop."""
    return 1050 if rate_hz % 11025 == 0 else 1000


class LowOctaves:
    """Mean power of two octaves in every hop of one channel, block by block."""

    def __init__(self, rate_hz: int) -> None:
        hop_samples(rate_hz)
        self._low_hz = low_rate_hz(rate_hz)
        self._factor = rate_hz // self._low_hz
        self._taps = _decimator(self._factor)
        self._sections, self._delay_hops = zip(*(_band(o, self._low_hz) for o in LOW_OCTAVES_HZ), strict=True)
        self._states = [np.zeros((sections.shape[0], 2)) for sections in self._sections]
        self._left: FloatArray = np.empty(0)
        self._products: Float32Array = np.zeros((HALF_LENGTH, 2 * HALF_LENGTH + 1), dtype=np.float32)
        self._low: FloatArray = np.empty((0, len(LOW_OCTAVES_HZ)))
        self._hops: list[FloatArray] = []

    def push(self, samples: FloatArray) -> None:
        """Take the next samples, any number."""
        buffer = np.concatenate((self._left, samples))
        whole = buffer.size // self._factor * self._factor
        self._left = buffer[whole:].copy()
        if whole:
            self._filter(self._decimated(buffer[:whole]))

    def finish(self, hops: int) -> FloatArray:
        """Return the powers of the first `hops` hops, shape (hops, 2), free of the filters' delay."""
        longest = max(self._delay_hops) + 1
        self.push(np.zeros((longest * self._low_hz // HOPS_PER_S + HALF_LENGTH) * self._factor))
        powers = np.concatenate(self._hops) if self._hops else np.empty((0, len(LOW_OCTAVES_HZ)))
        columns = [powers[late : late + hops, band] for band, late in enumerate(self._delay_hops)]
        return np.stack(columns, axis=1)

    def _decimated(self, samples: FloatArray) -> FloatArray:
        # one narrow matmul: row i holds the dot products of `factor` samples with each part of the filter
        fresh = samples.reshape(-1, self._factor).astype(np.float32) @ self._taps
        products = np.concatenate((self._products, fresh))
        count = products.shape[0] - 2 * HALF_LENGTH
        if count <= 0:
            self._products = products
            return np.empty(0)
        self._products = products[count:].copy()
        parts = [products[part : part + count, part] for part in range(products.shape[1])]
        return np.asarray(np.sum(parts, axis=0, dtype=np.float64))

    def _filter(self, low: FloatArray) -> None:
        if low.size == 0:
            return
        bands = []
        for band, sections in enumerate(self._sections):
            filtered, self._states[band] = sosfilt(sections, low, zi=self._states[band])
            bands.append(np.square(filtered))
        power = np.concatenate((self._low, np.stack(bands, axis=1)))
        per_hop = self._low_hz // HOPS_PER_S
        whole = power.shape[0] // per_hop * per_hop
        self._low = power[whole:].copy()
        self._hops.append(power[:whole].reshape(-1, per_hop, len(LOW_OCTAVES_HZ)).mean(axis=1))


def low_octave_powers(samples: FloatArray, rate_hz: int) -> FloatArray:
    """Return the mean power in the octaves 63 and 125 Hz of every hop, shape (n//H, 2)."""
    octaves = LowOctaves(rate_hz)
    array = checked(samples)
    octaves.push(array)
    return octaves.finish(array.size // hop_samples(rate_hz))


@lru_cache
def _decimator(factor: int) -> Float32Array:
    """The filter in parts of `factor` taps, shape (factor, 2·half + 1): part p looks p − half rows on."""
    taps = firwin(2 * HALF_LENGTH * factor + 1, 1 / factor, window=("kaiser", KAISER_BETA))
    padded = np.concatenate((taps, np.zeros(factor - 1)))
    return np.ascontiguousarray(padded.reshape(-1, factor).T, dtype=np.float32)


@lru_cache
def _band(nominal_hz: int, low_hz: int) -> tuple[FloatArray, int]:
    """Sections of the band-pass, and its group delay at the middle in whole hops."""
    edges_hz = octave_edges_hz(nominal_hz)
    sections = butter(ORDER, edges_hz, btype="bandpass", fs=low_hz, output="sos")
    middle_hz = np.sqrt(edges_hz[0] * edges_hz[1])
    _, response = sosfreqz(sections, worN=[middle_hz - 0.1, middle_hz + 0.1], fs=low_hz)
    turned = -np.angle(response[1] / response[0])
    delay_s = turned / (2 * np.pi * 0.2)
    return np.asarray(sections), round(float(delay_s) * HOPS_PER_S)
