"""The octaves 63 and 125 Hz, which the bins of a 40 ms frame cannot resolve (they read up to 0.8 dB low)."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided

from speechcorpus.dsp.arrays import HOPS_PER_S, Float32Array, FloatArray, checked, hop_samples
from speechcorpus.dsp.band_pass import BandPasses, butterworth_poles
from speechcorpus.dsp.columns import CentiDb, Column, centi_db, powers_of
from speechcorpus.dsp.resample import low_pass
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
        hop = self._low_hz // HOPS_PER_S
        bands_hz = tuple(octave_edges_hz(octave) for octave in LOW_OCTAVES_HZ)
        self._bands = BandPasses(bands_hz, ORDER, self._low_hz, hop)
        self._delay_hops = [_delay_hops(o, self._low_hz) for o in LOW_OCTAVES_HZ]
        self._left: Float32Array = np.empty(0, dtype=np.float32)
        self._products: Float32Array = np.zeros((HALF_LENGTH, 2 * HALF_LENGTH + 1), dtype=np.float32)
        self._low: FloatArray = np.empty(0)  # decimated, not yet filtered: whole hops are filtered together
        self._hops = Column(np.int16, len(LOW_OCTAVES_HZ))

    def push(self, samples: Float32Array) -> FloatArray:
        """Take the next samples, any number; return the decimated signal that they complete."""
        self._filter(self._low.size)
        return self._take(samples)

    def finish(self, hops: int) -> CentiDb:
        """Return the levels of the first `hops` hops, shape (hops, 2), free of the filters' delay."""
        per_hop = self._low_hz // HOPS_PER_S
        self._take(np.zeros((HALF_LENGTH + 1) * self._factor, dtype=np.float32))
        there = self._low.size + self._hops.rows.shape[0] * per_hop
        missing = (hops + max(self._delay_hops) + 1) * per_hop - there
        self._low = np.concatenate((self._low, np.zeros(max(0, missing))))
        self._filter(self._low.size)
        levels: CentiDb = self._hops.rows
        for band, late in enumerate(self._delay_hops):  # in place: of six hours a copy is 4 MB
            levels[:hops, band] = levels[late : late + hops, band]
        return levels[:hops]

    def _take(self, samples: Float32Array) -> FloatArray:
        buffer = np.concatenate((self._left, samples)) if self._left.size else samples
        whole = buffer.size // self._factor * self._factor
        self._left = buffer[whole:].copy()
        low = self._decimated(buffer[:whole])
        self._low = np.concatenate((self._low, low))
        return low

    def _decimated(self, samples: Float32Array) -> FloatArray:
        # one narrow matmul: row i holds the dot products of `factor` samples with each part of the filter
        fresh = samples.reshape(-1, self._factor) @ self._taps
        products = np.concatenate((self._products, fresh))
        count = products.shape[0] - 2 * HALF_LENGTH
        if count <= 0:
            self._products = products
            return np.empty(0)
        self._products = products[count:].copy()
        row, item = products.strides
        parts = as_strided(products, (count, products.shape[1]), (row, row + item))  # part p from row p on
        return np.asarray(np.add.reduce(parts, axis=1, dtype=np.float64))

    def _filter(self, count: int) -> None:
        per_hop = self._low_hz // HOPS_PER_S
        whole = count // per_hop * per_hop
        if whole == 0:
            return
        filtered = self._bands.push(self._low[:whole].reshape(-1, per_hop))
        powers = np.einsum("ijk,ijk->ij", filtered, filtered) / per_hop
        self._low = self._low[whole:]
        self._hops.append(centi_db(powers))


def low_octave_powers(samples: FloatArray, rate_hz: int) -> Float32Array:
    """Return the mean power in the octaves 63 and 125 Hz of every hop, shape (n//H, 2)."""
    octaves = LowOctaves(rate_hz)
    array = checked(samples)
    octaves.push(array.astype(np.float32))
    return powers_of(octaves.finish(array.size // hop_samples(rate_hz)))


@lru_cache
def _decimator(factor: int) -> Float32Array:
    """The filter in parts of `factor` taps, shape (factor, 2·half + 1): part p looks p − half rows on."""
    taps = low_pass(2 * HALF_LENGTH * factor + 1, 1 / factor, KAISER_BETA)
    padded = np.concatenate((taps, np.zeros(factor - 1)))
    return np.asarray(padded.reshape(-1, factor).T, dtype=np.float32, order="C")


@lru_cache
def _delay_hops(nominal_hz: int, low_hz: int) -> int:
    """Group delay of the band-pass at its middle, in whole hops."""
    edges_hz = octave_edges_hz(nominal_hz)
    poles = butterworth_poles(edges_hz, ORDER, low_hz)
    middle_hz = np.sqrt(edges_hz[0] * edges_hz[1])
    before, after = (poles.response(2 * np.pi * (middle_hz + off_hz) / low_hz) for off_hz in (-0.1, 0.1))
    delay_s = -np.angle(after / before) / (2 * np.pi * 0.2)
    return round(float(delay_s) * HOPS_PER_S)
