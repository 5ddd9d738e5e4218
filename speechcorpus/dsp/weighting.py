"""Weights of frequencies: A (IEC 61672-1), K (BS.1770-4) and octaves (IEC 61260-1), for the bins of a frame.

The three lowest poles of A run as one-pole high-passes in the time domain, before the frames; a bin's
weight is what is left to do. Weights on the bins alone would read +5.5 dB at 25 Hz: the window smears
energy across the steep slope there.
"""

import math

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import FloatArray, hop_samples

# IEC 61672-1:2013, Annex E: pole frequencies; the first and the last count twice; four zeros at DC.
A_POLE_1_HZ = 20.598997
A_POLE_2_HZ = 107.65265
A_POLE_3_HZ = 737.86223
A_POLE_4_HZ = 12194.217
A_GAIN_DB = 2.000

HIGH_PASS_POLES_HZ = (A_POLE_1_HZ, A_POLE_1_HZ, A_POLE_2_HZ)
"""Poles that run in the time domain, in this order."""

# BS.1770-4, tables 1 and 2: the standard gives them at 48 kHz only, so 48 kHz is where we evaluate them.
K_RATE_HZ = 48_000
K_SHELF_B = (1.53512485958697, -2.69169618940638, 1.19839281085285)
K_SHELF_A = (1.0, -1.69065929318241, 0.73248077421585)
K_HIGH_PASS_B = (1.0, -2.0, 1.0)
K_HIGH_PASS_A = (1.0, -1.99004745483398, 0.99007225036621)

OCTAVES_HZ = (63, 125, 250, 500, 1000, 2000, 4000, 8000)
BIN_OCTAVES_HZ = OCTAVES_HZ[2:]
"""Octaves that the bins can resolve; 63 and 125 Hz need `dsp/low_octaves.py`."""


def a_weighting_db(frequency_hz: FloatArray) -> FloatArray:
    """Return the A-weighting of each frequency.

    Analytic form of IEC 61672-1:2013, Annex E, normalised to 0 dB at 1 kHz.

    Parameters
    ----------
    frequency_hz : shape (n,), each > 0

    Returns
    -------
    gain_db : shape (n,), to be added to an unweighted level

    Raises
    ------
    SignalError : `signal.frequency` if any frequency is not positive

    Examples
    --------
    >>> a_weighting_db(np.array([100.0, 1000.0, 8000.0])).round(1).tolist()
    [-19.1, 0.0, -1.1]
    """
    if not np.all(np.asarray(frequency_hz) > 0):
        raise SignalError("signal.frequency", "A-weighting is defined for frequencies above 0 Hz")
    squared = np.square(np.asarray(frequency_hz, dtype=np.float64))
    numerator = A_POLE_4_HZ**2 * squared**2
    outer = (squared + A_POLE_1_HZ**2) * (squared + A_POLE_4_HZ**2)
    inner = np.sqrt((squared + A_POLE_2_HZ**2) * (squared + A_POLE_3_HZ**2))
    return np.asarray(20 * np.log10(numerator / (outer * inner)) + A_GAIN_DB)


def high_pass_radii(rate_hz: int) -> tuple[float, float, float]:
    """Return the pole radius `exp(-2πf/rate)` of each time-domain high-pass, in running order.

    Section: `y[n] = (1 + r)/2 · (x[n] − x[n−1]) + r·y[n−1]`. The first section starts with `x[−1] = x[0]`,
    as if the first sample had always been there, so a DC offset makes no click.
    """
    r1, r2, r3 = (math.exp(-2 * math.pi * pole_hz / rate_hz) for pole_hz in HIGH_PASS_POLES_HZ)
    return r1, r2, r3


def high_pass_coefficients(rate_hz: int) -> tuple[FloatArray, FloatArray]:
    """Return numerator and denominator, shape (4,) each, of the three sections in one filter."""
    b, a = np.ones(1), np.ones(1)
    for radius in high_pass_radii(rate_hz):
        b = np.convolve(b, (1 + radius) / 2 * np.array([1.0, -1.0]))
        a = np.convolve(a, np.array([1.0, -radius]))
    return b, a


def high_pass_power(frequency_hz: FloatArray, rate_hz: int) -> FloatArray:
    """Return `abs(H)²` of the three digital high-passes at each frequency, shape (n,)."""
    cosine = np.cos(2 * np.pi * np.asarray(frequency_hz, dtype=np.float64) / rate_hz)
    power: FloatArray = np.ones_like(cosine)
    for radius in high_pass_radii(rate_hz):
        power *= ((1 + radius) / 2) ** 2 * (2 - 2 * cosine) / (1 - 2 * radius * cosine + radius**2)
    return np.asarray(power)


def k_weighting_power(frequency_hz: FloatArray) -> FloatArray:
    """Return `abs(H)²` of the K-weighting of BS.1770-4 (its 48 kHz biquads), shape (n,).

    Above 24 kHz the value at 24 kHz holds. 10·log10 of it is +0.691 dB near 1 kHz.
    """
    angle = 2 * np.pi * np.minimum(np.asarray(frequency_hz, dtype=np.float64), K_RATE_HZ / 2) / K_RATE_HZ
    power = np.ones_like(angle)
    for b, a in ((K_SHELF_B, K_SHELF_A), (K_HIGH_PASS_B, K_HIGH_PASS_A)):
        power *= _biquad_power(b, angle) / _biquad_power(a, angle)
    return np.asarray(power)


def octave_edges_hz(nominal_hz: int) -> tuple[float, float]:
    """Return lower and upper edge of an octave band, base 10 (IEC 61260-1:2014, 5.2 to 5.6).

    Examples
    --------
    >>> [round(edge, 1) for edge in octave_edges_hz(1000)]
    [707.9, 1412.5]
    """
    middle_hz = 1000 * 10 ** (0.3 * (OCTAVES_HZ.index(nominal_hz) - OCTAVES_HZ.index(1000)))
    return middle_hz * 10**-0.15, middle_hz * 10**0.15


def bin_frequencies_hz(rate_hz: int) -> FloatArray:
    """Return the frequency of each bin of a 40 ms frame, shape (hop + 1,): steps of 25 Hz."""
    return np.arange(hop_samples(rate_hz) + 1, dtype=np.float64) * 25.0


def bin_weights(rate_hz: int) -> FloatArray:
    """Return every weight of `abs(X)²`, shape (hop + 1, 8): A, K, then the octaves 250 to 8000 Hz.

    Parseval's factors are in (`c_k / (N·H)`: DC and Nyquist once, all other bins twice), and each weight
    is divided by what the time-domain high-passes already took, so a column's sum is a mean power.
    """
    frequency_hz = bin_frequencies_hz(rate_hz)
    hop = hop_samples(rate_hz)
    count = np.full(hop + 1, 2.0)
    count[[0, -1]] = 1.0
    weights = np.zeros((hop + 1, 2 + len(BIN_OCTAVES_HZ)))
    weights[1:, 0] = 10 ** (a_weighting_db(frequency_hz[1:]) / 10)
    weights[1:, 1] = k_weighting_power(frequency_hz[1:])
    for column, nominal_hz in enumerate(BIN_OCTAVES_HZ, start=2):
        weights[1:, column] = _overlap(frequency_hz[1:], nominal_hz)
    weights[1:] /= high_pass_power(frequency_hz[1:], rate_hz)[:, np.newaxis]
    return np.asarray(weights * count[:, np.newaxis] / (2 * hop * hop))


def _overlap(frequency_hz: FloatArray, nominal_hz: int) -> FloatArray:
    """Share of each 25 Hz bin that lies inside the octave: a bin on an edge is split."""
    low_hz, high_hz = octave_edges_hz(nominal_hz)
    half_hz = (frequency_hz[1] - frequency_hz[0]) / 2
    inside = np.minimum(frequency_hz + half_hz, high_hz) - np.maximum(frequency_hz - half_hz, low_hz)
    return np.asarray(np.clip(inside / (2 * half_hz), 0.0, 1.0))


def _biquad_power(coefficients: tuple[float, float, float], angle: FloatArray) -> FloatArray:
    response = np.polynomial.polynomial.polyval(np.exp(-1j * angle), coefficients)
    return np.asarray(np.square(np.abs(response)), dtype=np.float64)
