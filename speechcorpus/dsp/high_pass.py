"""The three high-passes of the A-curve over long signals: a few samples at a time, all at once.

A recursive filter over b samples is a matrix: what comes out is `T·x + O·s`, what it remembers afterwards
`P·s + R·x`. Only the memory has to be carried from one group of b samples to the next, so all samples go
through one matrix product and the recursion runs over n/b steps: twice as fast as sample by sample.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from speechcorpus.dsp.arrays import Float32Array, FloatArray, Floats, hop_samples
from speechcorpus.dsp.scan import Recursion
from speechcorpus.dsp.weighting import high_pass_radii

LARGEST_GROUP = 32  # larger ones multiply more, smaller ones have more steps to carry


class HighPass:
    """Filters one channel, whole hops at a time; the first sample counts as if it had always been there."""

    def __init__(self, rate_hz: int) -> None:
        self._group = _group(rate_hz)
        self._state: Floats | None = None

    def push(self, samples: Float32Array, out: Float32Array) -> None:
        """Write the filtered samples to `out`.

        Parameters
        ----------
        samples, out : shape (n,), n a multiple of the hop
        """
        if samples.size == 0:
            return
        group = self._group
        grouped = samples.reshape(-1, group.size)
        start = group.settled * samples[0] if self._state is None else self._state
        states = group.carried.run(grouped @ group.remembered, start)
        filtered = np.matmul(grouped, group.of_samples, out=out.reshape(grouped.shape))
        filtered += states[:-1] @ group.of_state
        self._state = states[-1].copy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The filter over `size` samples as matrices."""

    size: int
    of_samples: Float32Array  # (size, size)
    of_state: Float32Array  # (3, size)
    remembered: Float32Array  # (size, 3)
    carried: Recursion  # of the memory, from group to group
    settled: Float32Array  # (3,): memory of an endless input of 1


@lru_cache
def _group(rate_hz: int) -> Group:
    hop = hop_samples(rate_hz)
    size = max(divisor for divisor in range(1, LARGEST_GROUP + 1) if hop % divisor == 0)
    silence, nothing = np.zeros(size), np.zeros(len(high_pass_radii(rate_hz)))
    impulses = [_run(rate_hz, impulse, nothing) for impulse in np.eye(size)]
    echoes = [_run(rate_hz, silence, state) for state in np.eye(nothing.size)]
    return Group(
        size=size,
        of_samples=np.array([out for out, _ in impulses], dtype=np.float32),
        of_state=np.array([out for out, _ in echoes], dtype=np.float32),
        remembered=np.array([state for _, state in impulses], dtype=np.float32),
        carried=Recursion(np.array([state for _, state in echoes]).T, np.float32),
        settled=np.array([-(1 + high_pass_radii(rate_hz)[0]) / 2, 0.0, 0.0], dtype=np.float32),
    )


def _run(rate_hz: int, samples: FloatArray, state: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Filter sample by sample: what comes out, and the memory of each section afterwards."""
    out, after = samples.copy(), state.copy()
    for section, radius in enumerate(high_pass_radii(rate_hz)):
        gain = (1 + radius) / 2
        for at, sample in enumerate(out):
            out[at] = gain * sample + after[section]
            after[section] = radius * out[at] - gain * sample
    return out, after
