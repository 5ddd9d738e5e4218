"""How far two recordings are the same one: whatever was shifted, made louder, or cut at its edges."""

import math

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import FloatArray

LOW_HZ, HIGH_HZ = 100, 1800  # below lies hum; above, clocks that differ by 20 in a million spoil the phase
LAGS_PER_PERIOD = 4  # of the highest frequency


def likeness(first: FloatArray, first_rate_hz: int, second: FloatArray, second_rate_hz: int) -> float:
    """Return the greatest correlation of two recordings over all shifts, 0 to 1.

    1 is one recording and its shifted, louder or inverted copy; noise in one of them that lies r dB below its
    speech leaves 1 / √(1 + 10^(-r/10)). Two readings of a sentence by one voice stay far below: their
    waves do not run alike for longer than a vowel. Silence is like nothing.

    Parameters
    ----------
    first, second : shape (n,), the rates may differ

    Raises
    ------
    SignalError : `signal.finite`, for samples that are none

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(0, 0.1, 8000)
    >>> round(likeness(noise, 8000, 0.5 * noise[400:], 8000), 2)
    0.98
    >>> likeness(noise, 8000, np.random.default_rng(2).normal(0, 0.1, 8000), 8000) < 0.2
    True
    """
    # so long that the end of one never meets the beginning of the other; a whole number of bins a hertz
    whole_s = math.ceil(first.size / first_rate_hz + second.size / second_rate_hz) or 1
    mine, theirs = (_band(x, r, whole_s) for x, r in ((first, first_rate_hz), (second, second_rate_hz)))
    shared = min(mine.size, theirs.size)
    energies = float(np.vdot(mine, mine).real), float(np.vdot(theirs, theirs).real)
    if not all(map(math.isfinite, energies)):
        raise SignalError("signal.finite", "a recording holds samples that are no numbers")
    if not all(energies):
        return 0.0
    cross = mine[:shared] * np.conj(theirs[:shared])
    # one-sided: its magnitude is the envelope of the correlation, which a turned phase leaves alone
    lags = np.fft.ifft(cross, LAGS_PER_PERIOD * HIGH_HZ * whole_s) * (LAGS_PER_PERIOD * HIGH_HZ * whole_s)
    return min(1.0, float(np.abs(lags).max()) / math.sqrt(energies[0] * energies[1]))


def _band(samples: FloatArray, rate_hz: int, whole_s: int) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    spectrum = np.fft.rfft(samples, whole_s * rate_hz) / rate_hz
    band: np.ndarray[tuple[int], np.dtype[np.complex128]] = spectrum[LOW_HZ * whole_s : HIGH_HZ * whole_s]
    return band
