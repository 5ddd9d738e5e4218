"""Long-term spectra: one of the speech and one of the gaps, summed while the samples pass by.

Which frames are speech is known a little later than their spectra (the voice detector lags a few hops, and
a gap must lie 60 ms away from speech on both sides), so a handful of frames waits for the decision.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from speechcorpus.dsp.arrays import BoolArray, Float32Array, FloatArray, checked, hop_samples
from speechcorpus.dsp.frames import FrameKernel
from speechcorpus.dsp.weighting import bin_frequencies_hz, high_pass_power

CELL_HZ = 100
BINS_PER_CELL = 4
GUARD_HOPS = 3  # 60 ms, as in `noise.floor`
SKIPPED_HOPS = 2  # the first 40 ms are no gap: detector and filters settle
AHEAD_HOPS = GUARD_HOPS + 1  # a frame's second hop, and the guard after it


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSpectra:
    """Mean power per frame in cells of 100 Hz, shape (cells,): their sum is a mean square.

    Cell c sums the 25 Hz bins 4c to 4c + 3 (about `[100c, 100c + 100)` Hz; DC is left out of cell 0), and
    what the three high-passes took is given back. Without any frame of a kind its powers are 0.
    """

    speech_power: FloatArray
    gap_power: FloatArray
    speech_frames: int
    gap_frames: int


class SpectrumSums:
    """Two running sums over the bins of one channel: speech frames (both hops speak) and gap frames."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._sums = np.zeros((2, 2 * (hop_samples(rate_hz) + 1)))
        self._counts = np.zeros(2, dtype=np.int64)
        self._waiting: list[Float32Array] = []
        self._speech: BoolArray = np.zeros(GUARD_HOPS, dtype=np.bool_)  # from GUARD_HOPS before `_first` on
        self._first = 0  # the first frame that waits

    def push(self, squares: Float32Array) -> None:
        """Take the spectra of the next frames.

        It is cheapest when the hops of these frames were decided before: then only the last few are copied.

        Parameters
        ----------
        squares : shape (frames, 2·(hop + 1)), squared real and imaginary part of each bin side by side
        """
        self._waiting.append(squares)
        self._settle()
        self._waiting = [part.copy() for part in self._waiting]  # the caller may use its array again

    def decide(self, speech: BoolArray) -> None:
        """Take the decisions of the next hops, shape (hops,)."""
        self._speech = np.concatenate((self._speech, speech))
        self._settle()

    def finish(self) -> MeanSpectra:
        """Return the mean spectra; hops that nobody decided hold no speech."""
        missing = sum(part.shape[0] for part in self._waiting) + GUARD_HOPS + AHEAD_HOPS - self._speech.size
        self.decide(np.zeros(max(0, missing), dtype=np.bool_))
        means = self._sums @ _cells(self._rate_hz) / np.maximum(self._counts, 1)[:, np.newaxis]
        return MeanSpectra(
            speech_power=means[0],
            gap_power=means[1],
            speech_frames=int(self._counts[0]),
            gap_frames=int(self._counts[1]),
        )

    def _settle(self) -> None:
        """Add up every waiting frame whose hops, and those around it, are decided."""
        while self._waiting:
            decided = self._speech.size - GUARD_HOPS - AHEAD_HOPS
            part = self._waiting[0]
            count = min(decided, part.shape[0])
            if count > 0:
                masks = self._masks(count)
                self._sums += masks.astype(np.float32) @ part[:count]
                self._counts += masks.sum(axis=1)
                self._speech = self._speech[count:]
                self._first += count
                self._waiting[0] = part[count:]
            if count < part.shape[0]:
                return
            self._waiting.pop(0)

    def _masks(self, count: int) -> BoolArray:
        """Speech and gap of the first waiting frames, shape (2, count)."""
        speech, reach = self._speech, GUARD_HOPS + AHEAD_HOPS
        total = np.concatenate(([0], np.cumsum(speech[: count + reach])))
        gap = total[reach + 1 :] == total[:count]
        gap[: max(0, SKIPPED_HOPS - self._first)] = False
        spoken = speech[GUARD_HOPS : GUARD_HOPS + count] & speech[AHEAD_HOPS : AHEAD_HOPS + count]
        return np.stack((spoken, gap))


def mean_spectra(samples: FloatArray, rate_hz: int, speech: BoolArray) -> MeanSpectra:
    """Return the mean spectra of a whole signal.

    Parameters
    ----------
    samples : shape (n,)
    speech : shape (n//H,), whether each 20 ms hop holds speech

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1050 * np.arange(16000) / 16000)
    >>> spectra = mean_spectra(tone, 16000, np.ones(50, dtype=np.bool_))
    >>> int(np.argmax(spectra.speech_power)), round(float(spectra.speech_power.sum()), 3)
    (10, 0.5)
    """
    sums = SpectrumSums(rate_hz)
    sums.decide(speech)
    sums.push(FrameKernel(rate_hz).squares(checked(samples).astype(np.float32)))
    return sums.finish()


@lru_cache
def _cells(rate_hz: int) -> FloatArray:
    """What turns the sums of squares into cells, shape (2·(hop + 1), cells)."""
    hop = hop_samples(rate_hz)
    weight = np.zeros(hop + 1)
    weight[1:] = 2 / high_pass_power(bin_frequencies_hz(rate_hz)[1:], rate_hz) / (2 * hop * hop)
    cells = np.zeros((hop + 1, hop // BINS_PER_CELL))
    bins = np.arange(cells.shape[1] * BINS_PER_CELL)
    cells[bins, bins // BINS_PER_CELL] = weight[bins]
    return np.repeat(cells, 2, axis=0)
