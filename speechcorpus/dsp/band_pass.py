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

Edges = tuple[float, float]
ComplexArray = NDArray[np.complexfloating[Any, Any]]
Ladder = tuple[tuple[int, ComplexArray], ...]

FORGOTTEN = 1e-18


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


class BandPasses:
    """Filters whole hops of one channel through several bands at once, block by block."""

    def __init__(self, bands_hz: tuple[Edges, ...], order: int, rate_hz: int, hop: int) -> None:
        self._remembered, self._of_both, self._ladder = _matrices(bands_hz, order, rate_hz, hop)
        self._shape = (len(bands_hz), hop)
        self._state: ComplexArray = np.zeros(order * len(bands_hz), dtype=np.complex128)

    def push(self, hops: FloatArray) -> FloatArray:
        """Return the filtered hops, shape (n, bands, hop)."""
        count, hop = hops.shape
        memory = np.empty((count + 1, self._state.size), dtype=np.complex128)
        memory[0] = self._state
        memory.view(np.float64)[1:] = hops @ self._remembered
        _carry(memory, self._ladder)
        self._state = memory[-1].copy()
        both = np.empty((count, hop + 2 * self._state.size))
        both[:, :hop] = hops
        both[:, hop:] = memory.view(np.float64)[:-1]
        return np.asarray((both @ self._of_both).reshape(count, *self._shape))


def butterworth_poles(edges_hz: Edges, order: int, rate_hz: int) -> Poles:
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


def _carry(memory: ComplexArray, ladder: Ladder) -> None:
    """Turn what each hop adds into what is there after it, `m[k] += step·m[k − 1]`, by doubling distances."""
    for distance, factor in ladder:
        if distance >= memory.shape[0]:
            return
        memory[distance:] += factor * memory[:-distance]


def _ladder(step: ComplexArray) -> Ladder:
    """Factors over 1, 2, 4 … hops, as far as they leave anything behind in 64-bit numbers."""
    rungs, distance = [], 1
    while np.abs(step).max() > FORGOTTEN:
        rungs.append((distance, step))
        distance, step = 2 * distance, step * step
    return tuple(rungs)


@lru_cache
def _matrices(
    bands_hz: tuple[Edges, ...], order: int, rate_hz: int, hop: int
) -> tuple[FloatArray, FloatArray, Ladder]:
    """What a hop adds to the memory, what hop and memory come out as, and what is left of memories.

    Real and imaginary part of a memory lie side by side.
    """
    remembered, of_samples, of_memory, step = [], [], [], []
    memories = 2 * order
    for band, edges_hz in enumerate(bands_hz):
        parts = butterworth_poles(edges_hz, order, rate_hz)
        powers = parts.poles[:, np.newaxis] ** np.arange(hop + 1)  # (poles, hop + 1)
        impulse = 2 * (parts.residues[:, np.newaxis] * powers[:, :hop]).sum(axis=0).real
        impulse[0] += parts.direct
        later = np.subtract.outer(np.arange(hop), np.arange(hop)).T
        of_samples.append(np.where(later >= 0, impulse[np.maximum(later, 0)], 0.0))
        of_state = np.zeros((len(bands_hz) * memories, hop))
        heard = 2 * parts.residues[:, np.newaxis] * powers[:, 1:]
        own = of_state[band * memories : (band + 1) * memories]
        own[::2], own[1::2] = heard.real, -heard.imag  # the real part of the product
        of_memory.append(of_state)
        remembered.append(powers[:, :hop][:, ::-1].T.copy().view(np.float64))
        step.append(powers[:, hop])
    of_both = np.vstack((np.hstack(of_samples), np.hstack(of_memory)))
    return np.hstack(remembered), of_both, _ladder(np.concatenate(step))
