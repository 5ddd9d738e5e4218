"""Two channels side by side: the same twice, one late, or one leaking into the other."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from speechcorpus.dsp.arrays import BoolArray, FloatArray, hop_samples
from speechcorpus.dsp.columns import AnyPowers
from speechcorpus.dsp.peak import Samples

LOWEST_RATE_HZ = 4000  # of the signals that lags are found on: a quarter of a millisecond a step
WINDOW_S = 5
FARTHEST_S = 0.4
LOWEST_CORRELATION = 0.05  # of the peak: below it the channels share nothing
MOST_HOPS = 180_000  # an hour
SMOOTH_HOPS = 5  # levels of 100 ms, so that a few milliseconds of delay do not matter
OVER_NOISE = 10.0  # 10 dB
NOISE_PERCENT = 2  # in a lively dialogue somebody is heard nine tenths of the time
LEAST_HOPS = 10  # 0.2 s of one speaker alone
SUMMED_AT_ONCE = 1 << 16  # samples
AT_ONCE = 1 << 15  # hops; of six hours a copy in float64 takes 9 MB

ComplexArray = NDArray[np.complex128]
OverNoise = tuple[NDArray[np.float32], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """How two channels relate; a positive delay says that the second one is late."""

    identical: bool
    correlation: float | None  # None: one of them is silent
    delay_s: float | None  # None: they share nothing


class ChannelPair:
    """Compares two channels, block by block, in bounded memory."""

    def __init__(self, rate_hz: int) -> None:
        self._lags = CrossSpectra(rate_hz)
        self._cross: ComplexArray | None = None
        self._energy: FloatArray = np.zeros(2)
        self._identical = True
        self._samples = 0
        self._sums: FloatArray = np.zeros(5)  # of first, second, first², second², first·second

    def push(self, first: Samples, second: Samples) -> None:
        """Take the next samples of both, shape (n,) each, of one scale."""
        if first.size == 0:
            return
        same = bool(np.array_equal(first, second))
        self._identical = self._identical and same
        for at in range(0, first.size, SUMMED_AT_ONCE):
            here = slice(at, at + SUMMED_AT_ONCE)
            one = first[here].astype(np.float64)
            two = one if same else second[here].astype(np.float64)
            self._sums += (one.sum(), two.sum(), one @ one, two @ two, one @ two)
        self._samples += first.size
        for window in self._lags.push(first, first if same else second):
            self._add(window)

    def finish(self) -> ChannelFacts | None:
        """Return the facts, or None without samples."""
        if self._samples == 0:
            return None
        for window in self._lags.finish():
            self._add(window)
        delay_s = 0.0 if self._identical else self._delay_s()
        return ChannelFacts(identical=self._identical, correlation=self._correlation(), delay_s=delay_s)

    def _add(self, window: "Window") -> None:
        self._cross = window.cross if self._cross is None else self._cross + window.cross
        self._energy += window.energy

    def _delay_s(self) -> float | None:
        if self._cross is None or not self._energy.all():
            return None
        alike = np.abs(self._lags.correlation(self._cross)) / math.sqrt(float(self._energy.prod()))
        at = int(alike.argmax())
        return self._lags.lag_s(alike, at) if alike[at] >= LOWEST_CORRELATION else None

    def _correlation(self) -> float | None:
        first, second, first_2, second_2, product = self._sums / self._samples
        spreads = (first_2 - first**2) * (second_2 - second**2)
        return float((product - first * second) / math.sqrt(spreads)) if spreads > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Cross-spectrum of up to 5 s of two signals, and the energy of each."""

    cross: ComplexArray
    energy: FloatArray


class CrossSpectra:
    """Cross-spectra of two signals in windows of 5 s, at 4 to 8 kHz; any split into blocks will do."""

    def __init__(self, rate_hz: int) -> None:
        self._factor = low_factor(rate_hz)
        self._low_hz = rate_hz / self._factor
        self._window = WINDOW_S * rate_hz
        self._farthest = round(FARTHEST_S * self._low_hz)
        self._size = next_fast_len(self._window // self._factor + self._farthest, real=True)
        self._left: tuple[Samples, Samples] = (np.empty(0), np.empty(0))

    def push(self, first: Samples, second: Samples) -> list[Window]:
        """Return the windows that these samples complete, shape (n,) each, any n."""
        one, two = (
            np.concatenate((left, fresh)) if left.size else fresh
            for left, fresh in zip(self._left, (first, second), strict=True)
        )
        whole = one.size // self._window * self._window
        self._left = (one[whole:].copy(), two[whole:].copy())
        starts = range(0, whole, self._window)
        return [self._of(one[at : at + self._window], two[at : at + self._window]) for at in starts]

    def finish(self) -> list[Window]:
        """Return the last window, if the samples fill a step of it."""
        one, two = self._left
        return [self._of(one, two)] if one.size >= self._factor else []

    def correlation(self, cross: ComplexArray) -> FloatArray:
        """Return the correlation at every lag from −400 to 400 ms."""
        whole = irfft(cross, self._size)
        return np.concatenate((whole[-self._farthest :], whole[: self._farthest + 1]))

    def lag_s(self, alike: FloatArray, at: int) -> float:
        """Return the lag of a peak, from the parabola through it and its neighbours."""
        part = 0.0
        if 0 < at < alike.size - 1:
            before, top, after = alike[at - 1 : at + 2]
            bend = before - 2 * top + after
            part = 0.5 * (before - after) / bend if bend < 0 else 0.0
        return float(at + part - self._farthest) / self._low_hz

    def _of(self, first: Samples, second: Samples) -> Window:
        one = self._low(first)
        two = one if second is first else self._low(second)
        spectrum = rfft(one, self._size)
        other = spectrum if two is one else rfft(two, self._size)
        cross = np.multiply(other, spectrum.conj(), dtype=np.complex128)
        return Window(cross=cross, energy=np.array([one @ one, two @ two], dtype=np.float64))

    def _low(self, samples: Samples) -> NDArray[np.float32]:
        # means of a few samples: what folds is as late in one channel as in the other
        whole = samples.size // self._factor * self._factor
        rows = samples[:whole].astype(np.float32).reshape(-1, self._factor)
        low = rows @ np.full(self._factor, 1 / self._factor, dtype=np.float32)
        return np.asarray(low - low.mean())


def low_factor(rate_hz: int) -> int:
    """Return the largest divisor of a hop that keeps 4 kHz.

    Examples
    --------
    >>> [rate_hz / low_factor(rate_hz) for rate_hz in (8000, 22050, 44100, 48000)]
    [4000.0, 7350.0, 4900.0, 4000.0]
    """
    hop = hop_samples(rate_hz)
    return max(d for d in range(1, rate_hz // LOWEST_RATE_HZ + 1) if hop % d == 0)


def bleed_db(
    first_z: AnyPowers, second_z: AnyPowers, first_speech: BoolArray, second_speech: BoolArray
) -> float | None:
    """Return the quieter channel's level re the louder one's while only the louder one speaks.

    The worse of the two directions; None where neither ever speaks alone for 0.2 s.

    Parameters
    ----------
    first_z, second_z : shape (hops,), mean squares free of DC
    first_speech, second_speech : shape (hops,)
    """
    if not (_speaks(first_speech) or _speaks(second_speech)):
        return None
    one, two = _over_noise(first_z), _over_noise(second_z)
    step = _step(first_speech.size)
    both = (_leak_db(one, two, first_speech[::step]), _leak_db(two, one, second_speech[::step]))
    return max((leak for leak in both if leak is not None), default=None)


def leak_db(talker_z: AnyPowers, other_z: AnyPowers, speech: BoolArray) -> float | None:
    """Return how loud a talker arrives in the other channel, re the own one; None if never heard alone.

    The voice detector hears a leak as speech too, so who speaks alone is told by level. Where both speak
    the two lie closer together: such hops are the lower tail of the differences, and are left out.
    A leak below the other channel's noise reads as a tenth of that noise at most.
    """
    if not _speaks(speech):
        return None
    return _leak_db(_over_noise(talker_z), _over_noise(other_z), speech[:: _step(speech.size)])


def _speaks(speech: BoolArray) -> bool:
    return speech.size >= SMOOTH_HOPS and bool(speech.any())


def _leak_db(talks: OverNoise, hears: OverNoise, speech: BoolArray) -> float | None:
    (talker, talker_noise), (other, other_noise) = talks, hears
    least = np.float32(max(0.1 * other_noise, 1e-12))
    alone = speech & (talker > np.float32(OVER_NOISE * talker_noise)) & (talker >= least) & (talker >= other)
    if np.count_nonzero(alone) < LEAST_HOPS:
        return None
    alone &= talker >= np.median(talker[alone], overwrite_input=True)
    apart_db = 10 * np.log10(talker[alone] / np.maximum(other[alone], least))
    apart_db = np.sort(apart_db[apart_db >= np.median(apart_db) - max(3.0, 0.25 * np.median(apart_db))])
    tenth = apart_db.size // 10
    return -float(apart_db[tenth : apart_db.size - tenth].mean())


def _over_noise(z_powers: AnyPowers) -> OverNoise:
    """Powers of 100 ms less the noise, and the noise: the power exceeded 98 % of the time."""
    step, half = _step(z_powers.size), SMOOTH_HOPS // 2
    parts = []
    for at in range(0, z_powers.size, AT_ONCE):
        first, here = max(0, at - half), min(AT_ONCE, z_powers.size - at)
        sums = np.convolve(z_powers[first : at + AT_ONCE + half], np.full(SMOOTH_HOPS, 1 / SMOOTH_HOPS))
        parts.append(sums[at - first + half :][:here][-at % step :: step].astype(np.float32))
    smooth = np.concatenate(parts)
    noise = float(np.percentile(smooth, NOISE_PERCENT))
    smooth -= np.float32(noise)
    return smooth, max(noise, 1e-12)


def _step(hops: int) -> int:
    """How many hops lie from one that is looked at to the next: beyond an hour, not all of them are."""
    return 1 + hops // MOST_HOPS
