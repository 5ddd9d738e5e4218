"""Echo: a copy of the voice 20 to 400 ms late, from a loudspeaker or a wall, by the cepstrum.

A copy `a` times as high and `D` late puts a ripple `1 + a² + 2a·cos(ωD)` on the power spectrum, so the
cepstrum (the spectrum of its logarithm) has a peak of height `a` at `D`. Averaged over windows the words
fade, which change, and the copy stays.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.fft import irfft, rfft

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, Float32Array, FloatArray

RATE_HZ = 8000
WINDOWS = 20
HELD = 2 * WINDOWS  # so that those without speech can be left out at the end
SHORTEST_SPEECH_HOPS = 150  # 3 s
WINDOW_SPEECH_HOPS = 15  # 0.3 s
FIRST_S, LAST_S = 0.020, 0.400
OVER_MAD = 6.0
LOWEST_PEAK = 0.08  # clean voices, made and real, reach 0.065; 6 × MAD alone is passed by chance
PITCH_END_S, PITCH_DOUBT = 0.040, 0.6
# noise fills the ripple, and of a late copy a part lies outside the window: measured, ±2 dB over ten voices
LOST_DB, LOST_DB_A_S = 3.0, 22.5
_FIRST, _LAST = round(FIRST_S * RATE_HZ), round(LAST_S * RATE_HZ)
SILENCE = 1e-10  # of a cell of the spectrum, mean square: keeps the logarithm of zeros finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """How late the copy is, and its level re the voice."""

    delay_s: float
    level_db: float


class EchoFinder:
    """Holds windows of 1 s of one channel: all at first, then every second, every fourth …

    Which windows are held depends on their number alone, so the split into blocks does not matter; 40 at
    most (1.3 MB), however long the file.
    """

    def __init__(self, rate_hz: int) -> None:
        if rate_hz not in (RATE_HZ, 2 * RATE_HZ):
            raise SignalError(
                "signal.rate", f"echoes are sought at 8 or 16 kHz, not {rate_hz}", rate_hz=rate_hz
            )
        self._step = rate_hz // RATE_HZ
        self._size = rate_hz
        self._left: FloatArray = np.empty(0)
        self._number = 0
        self._stride = 1
        self._windows: dict[int, Float32Array] = {}  # by the second they begin at

    def push(self, samples: FloatArray) -> None:
        """Take the next samples, shape (n,), any n."""
        buffer = np.concatenate((self._left, samples)) if self._left.size else samples
        whole = buffer.size // self._size * self._size
        for start in range(0, whole, self._size):
            if self._number % self._stride == 0:
                # every second sample without a filter: what folds carries the same echo, and the voice is low
                self._hold(buffer[start : start + self._size : self._step].astype(np.float32))
            self._number += 1
        self._left = buffer[whole:].copy()

    def finish(self, speech: BoolArray) -> Echo | None:
        """Return the echo, or None with less than 3 s of speech or where none stands out.

        Parameters
        ----------
        speech : shape (hops,), whether each 20 ms hop holds speech
        """
        if np.count_nonzero(speech) < SHORTEST_SPEECH_HOPS:
            return None
        spoken = {at: int(speech[at * HOPS_PER_S : (at + 1) * HOPS_PER_S].sum()) for at in self._windows}
        usable = [at for at in self._windows if spoken[at] >= WINDOW_SPEECH_HOPS]
        most = sorted(usable, key=lambda at: (-spoken[at], at))[:WINDOWS]
        return _peak(np.stack([self._windows[at] for at in sorted(most)])) if most else None

    def _hold(self, window: Float32Array) -> None:
        self._windows[self._number] = window
        if len(self._windows) > HELD:
            self._stride *= 2
            self._windows = {at: held for at, held in self._windows.items() if at % self._stride == 0}


def cepstrum(windows: Float32Array) -> FloatArray:
    """Return the mean power cepstrum of at most 20 windows, shape (windows, n) → (n//2 + 1,).

    A copy `a` times as high and `D` samples late stands in it as a peak of height `a` at `D`.
    """
    count, size = windows.shape
    parts = rfft(windows, axis=1, overwrite_x=True).view(np.float32)
    np.square(parts, out=parts)
    powers = parts[:, ::2] + parts[:, 1::2]
    powers += np.float32(SILENCE * size)
    # the logarithm of the product of all windows: one instead of twenty, and far from the ends of float64
    product = np.multiply.reduce(powers, axis=0, dtype=np.float64)
    logs = (np.log(product) / count).astype(np.float32)
    return np.asarray(irfft(logs, size)[: size // 2 + 1], dtype=np.float64)


def _peak(windows: Float32Array) -> Echo | None:
    """The highest of 20 to 400 ms; one that falls between two cells lies in both."""
    found = cepstrum(windows)[_FIRST - 1 : _LAST + 2]
    at = 1 + int((found[1:-1] * _doubt()).argmax())
    height = float(np.sqrt(np.square(found[at - 1 : at + 2]).sum()))
    if height * _doubt()[at - 1] <= LOWEST_PEAK:
        return None  # nearly every clean file: the median below would cost a fifth of the whole
    if found[at] <= OVER_MAD * float(np.median(np.abs(found))):  # their own median is next to 0
        return None
    delay_s = (_FIRST - 1 + at) / RATE_HZ
    lost_db = LOST_DB + LOST_DB_A_S * delay_s
    return Echo(delay_s=delay_s, level_db=float(20 * np.log10(height)) + lost_db)


@lru_cache
def _doubt() -> FloatArray:
    """Multiples of a steady pitch reach up to 40 ms, so what lies there counts for less."""
    delay_s = np.arange(_FIRST, _LAST + 1) / RATE_HZ
    return np.where(delay_s < PITCH_END_S, PITCH_DOUBT, 1.0)
