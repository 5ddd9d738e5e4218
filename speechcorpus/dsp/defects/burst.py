"""Bursts: a door, a cough, a cup: something short and loud between words, close to speech.

Speech itself ends above the background, and the voice detector is sometimes late. What joins speech without
falling back to the background first is therefore no burst.
"""

from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import HOP_S, BoolArray, Floats
from speechcorpus.dsp.level import exceeded_dbfs, short_leq
from speechcorpus.dsp.runs import runs, spread

OVER_GAP_DB = 15.0  # over the LA50 of the gaps
SMOOTH_FRAMES = 5  # 100 ms
LONGEST_FRAMES = 50  # 1 s
NEAR_HOPS = 10  # speech at most 0.2 s away
LOWEST_DBFS = -90.0  # of the background: in digital silence nothing is a burst


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """One burst, and how far its loudest 100 ms stand above the LA50 of the gaps."""

    start_s: float
    end_s: float
    over_db: float


def bursts(a_powers: Floats, speech: BoolArray, gap: BoolArray) -> list[Burst]:
    """Return the bursts, in time order.

    Parameters
    ----------
    a_powers : shape (frames,), A-weighted mean squares, frames = hops − 1
    speech : shape (hops,)
    gap : shape (frames,), frames away from speech (`noise.floor.gap_frames`), before any trimming

    Examples
    --------
    >>> a, speech = np.full(199, 1e-6), np.zeros(200, dtype=bool)
    >>> speech[20:80], a[88:103] = True, 1e-4
    >>> found = bursts(a, speech, ~speech[1:] & ~speech[:-1])
    >>> [(round(b.start_s, 2), round(b.end_s, 2), round(b.over_db)) for b in found]
    [(1.77, 2.07, 20)]
    """
    quiet = short_leq(a_powers[gap])
    if quiet.size == 0 or a_powers.size < SMOOTH_FRAMES or not speech.any():
        return []
    gap_power = 10 ** (max(exceeded_dbfs(quiet, 50)[0], LOWEST_DBFS) / 10)
    limit = gap_power * 10 ** (OVER_GAP_DB / 10)
    loud = a_powers > limit
    spoken = speech[:-1] | speech[1:]
    if not (loud & ~spoken).any():
        return []
    smooth = np.convolve(a_powers, np.full(SMOOTH_FRAMES, 1 / SMOOTH_FRAMES), mode="same")
    near = spread(spoken, NEAR_HOPS)
    found = []
    for start, end in runs(_held(loud)).tolist():
        highest = float(smooth[start:end].max())
        alone = not spoken[start:end].any() and bool(near[start:end].any())
        if alone and end - start <= LONGEST_FRAMES and highest > limit:
            # a frame spans two hops; its energy lies around their border
            times = {"start_s": (start + 0.5) * HOP_S, "end_s": (end + 0.5) * HOP_S}
            found.append(Burst(over_db=float(10 * np.log10(highest / gap_power)), **times))
    return found


def _held(loud: BoolArray) -> BoolArray:
    """Frames above the limit, with breaks of less than 100 ms between them filled: one burst is one."""
    held = loud.copy()
    for start, end in runs(~loud):
        if start > 0 and end < loud.size and end - start < SMOOTH_FRAMES:
            held[start:end] = True
    return held
