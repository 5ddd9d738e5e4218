"""Butterworth band-passes over whole hops, as matrices: what the octaves 63 and 125 Hz are measured by.

The filter is split into its poles. A hop's output is then a matrix of its samples and of what each pole
remembers of the hops before; only that memory, a complex number a pole, goes from hop to hop.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import FloatArray

ComplexArray = NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poles:
    """`H(z) = direct + Σ 2·Re(residue/(1 − pole/z))`, of each conjugate pair the upper one."""

    poles: ComplexArray
    residues: ComplexArray
    direct: float

    def response(self, turn: float) -> complex:
        """Return the response at an angle in radians a sample."""
        delay = np.exp(-1j * turn)
        upper = self.residues / (1 - self.poles * delay)
        lower = self.residues.conj() / (1 - self.poles.conj() * delay)
        return complex(self.direct + (upper + lower).sum())


class BandPass:
    """Filters whole hops of one channel, block by block."""

    def __init__(self, edges_hz: tuple[float, float], order: int, rate_hz: int, hop: int) -> None:
        self._matrices = _matrices(edges_hz, order, rate_hz, hop)
        self._state: ComplexArray = np.zeros(order, dtype=np.complex128)

    def push(self, hops: FloatArray) -> FloatArray:
        """Return the filtered hops, shape (n, hop)."""
        of_samples, remembered, of_state, step = self._matrices
        memory = np.empty((hops.shape[0] + 1, step.size), dtype=np.complex128)
        memory[0] = self._state
        memory[1:] = hops @ remembered
        _carry(memory, step)
        self._state = memory[-1]
        filtered = hops @ of_samples
        filtered += (memory[:-1] @ of_state).real
        return np.asarray(filtered)


def butterworth_poles(edges_hz: tuple[float, float], order: int, rate_hz: int) -> Poles:
    """Return a Butterworth band-pass by the bilinear transform; zeros lie at DC and at half the rate.

    Examples
    --------
    >>> middle = butterworth_poles((44.7, 89.1), 5, 1000).response(2 * np.pi * 63 / 1000)
    >>> round(abs(middle), 3)
    1.0
    """
    low, high = (2 * rate_hz * np.tan(np.pi * edge / rate_hz) for edge in edges_hz)
    prototype = np.exp(1j * np.pi * (2 * np.arange(order) + order + 1) / (2 * order))
    half = prototype * (high - low) / 2
    root = np.sqrt(half**2 - low * high)
    analog = np.concatenate((half + root, half - root))
    poles = (2 * rate_hz + analog) / (2 * rate_hz - analog)
    gain = ((high - low) ** order * (2 * rate_hz) ** order / np.prod(2 * rate_hz - analog)).real
    upper = poles[poles.imag > 0]
    # zeros: `order` at 1 and as many at −1
    tops = gain * (1 - 1 / upper) ** order * (1 + 1 / upper) ** order
    bottoms = [np.prod(1 - poles[poles != pole] / pole) for pole in upper]
    direct = gain * (-1.0) ** order / np.prod(poles).real
    return Poles(poles=upper, residues=tops / np.array(bottoms), direct=float(direct))


def _carry(memory: ComplexArray, step: ComplexArray) -> None:
    """Turn what each hop adds into what is there after it, `m[k] += step·m[k − 1]`, by doubling distances."""
    distance, factor = 1, step
    while distance < memory.shape[0]:
        memory[distance:] += factor * memory[:-distance].copy()
        distance, factor = 2 * distance, factor * factor


@lru_cache
def _matrices(
    edges_hz: tuple[float, float], order: int, rate_hz: int, hop: int
) -> tuple[FloatArray, ComplexArray, ComplexArray, ComplexArray]:
    parts = butterworth_poles(edges_hz, order, rate_hz)
    powers = parts.poles[:, np.newaxis] ** np.arange(hop + 1)  # (poles, hop + 1)
    impulse = 2 * (parts.residues[:, np.newaxis] * powers[:, :hop]).sum(axis=0).real
    impulse[0] += parts.direct
    later = np.subtract.outer(np.arange(hop), np.arange(hop)).T
    of_samples = np.where(later >= 0, impulse[np.maximum(later, 0)], 0.0)
    of_state = 2 * parts.residues[:, np.newaxis] * powers[:, 1:]
    return of_samples, powers[:, :hop][:, ::-1].T.copy(), of_state, powers[:, hop]
