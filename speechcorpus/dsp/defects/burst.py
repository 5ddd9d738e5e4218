"""Bursts: a door, a cough, a cup: something short and loud between words, close to speech.

The voice detector calls nearly every burst speech, so it is not asked about them: what stands alone between
two stretches of background and does not repeat itself at the pitch of a voice is a burst. What joins speech
without falling back to the background first is none.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import HOP_S, BoolArray, Floats
from speechcorpus.dsp.level import exceeded_dbfs, short_leq
from speechcorpus.dsp.runs import runs, spread

OVER_GAP_DB = 15.0  # over the LA50 of the gaps
SMOOTH_FRAMES = 5  # 100 ms
SHORTEST_FRAMES = 5  # over 0.1 s a level is judged, and the t that ends a word is shorter
LONGEST_FRAMES = 50  # 1 s
BEFORE_FRAMES, BEFORE_DB = 3, 5.0  # 60 ms before it begins what bursts is not there yet
SUDDEN = 0.4  # and its first 100 ms are within 4 dB of its loudest: a breath swells
NEAR_HOPS = 10  # speech at most 0.2 s away
MOST_VOICED = 0.15  # of its hops: of a word more are, of what rings or by chance, fewer
FEWEST_VOICED = 3  # hops of a run of speech: one repeats itself by chance
LOWEST_DBFS = -90.0  # of the background: in digital silence nothing is a burst


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """One burst, and how far its loudest 100 ms stand above the LA50 of the gaps."""

    start_s: float
    end_s: float
    over_db: float


def bursts(
    a_powers: Floats, speech: BoolArray, gap: BoolArray, *, voiced: Callable[[], BoolArray] | None = None
) -> list[Burst]:
    """Return the bursts, in time order.

    Parameters
    ----------
    a_powers : shape (frames,), A-weighted mean squares, frames = hops − 1
    speech : shape (hops,), whether the voice detector hears speech
    gap : shape (frames,), frames away from speech (`noise.floor.gap_frames`), before any trimming
    voiced : returns shape (hops,), where the signal repeats itself (`Voicing.finish`); asked only where
        something stands alone. None: all that the voice detector hears counts as voice

    Examples
    --------
    >>> a, speech, voiced = np.full(199, 1e-6), np.zeros(200, dtype=bool), np.zeros(200, dtype=bool)
    >>> speech[20:110], voiced[20:80], a[20:79], a[88:103] = True, True, 1e-3, 1e-4
    >>> found = bursts(a, speech, ~speech[1:] & ~speech[:-1], voiced=lambda: voiced)
    >>> [(round(b.start_s, 2), round(b.end_s, 2), round(b.over_db)) for b in found]
    [(1.77, 2.07, 20)]
    """
    quiet = short_leq(a_powers[gap])
    if quiet.size == 0 or a_powers.size < SMOOTH_FRAMES or not speech.any():
        return []
    gap_power = 10 ** (max(exceeded_dbfs(quiet, 50)[0], LOWEST_DBFS) / 10)
    limit = gap_power * 10 ** (OVER_GAP_DB / 10)
    alone = _alone(a_powers, limit)
    if not alone:
        return []
    repeats = voiced() if voiced else speech
    unvoiced = {(start, end) for start, end, _ in alone if repeats[start:end].mean() <= MOST_VOICED}
    near = spread(_spoken(speech, repeats, unvoiced), NEAR_HOPS)
    return [
        # a frame spans two hops; its energy lies around their border
        Burst(
            start_s=(start + 0.5) * HOP_S,
            end_s=(end + 0.5) * HOP_S,
            over_db=float(10 * np.log10(highest / gap_power)),
        )
        for start, end, highest in alone
        if (start, end) in unvoiced and near[start : end + 1].any()
    ]


def _alone(a_powers: Floats, limit: float) -> list[tuple[int, int, float]]:
    """First and one-past-last frame of what stands out for 1 s at most, and its loudest 100 ms.

    Breaks of less than 100 ms are no breaks: one burst is one.
    """
    loud = runs(a_powers > limit)
    if not len(loud):
        return []
    apart = np.flatnonzero(loud[1:, 0] - loud[:-1, 1] >= SMOOTH_FRAMES)
    starts, ends = loud[[0, *(apart + 1)], 0], loud[[*apart, -1], 1]
    size = ends - starts
    sized = (size >= SHORTEST_FRAMES) & (size <= LONGEST_FRAMES)
    if not sized.any():
        return []
    found = zip(starts[sized].tolist(), ends[sized].tolist(), strict=True)
    highest = [(start, end, _highest(a_powers, start, end)) for start, end in found]
    return [one for one in highest if one[2] > limit and _sudden(a_powers, one[0], one[2], limit)]


def _highest(a_powers: Floats, start: int, end: int) -> float:
    """The loudest 100 ms about these frames."""
    around = a_powers[max(0, start - SMOOTH_FRAMES // 2) : end + SMOOTH_FRAMES // 2]
    return float(np.convolve(around, np.full(SMOOTH_FRAMES, 1 / SMOOTH_FRAMES), mode="valid").max())


def _sudden(a_powers: Floats, start: int, highest: float, limit: float) -> bool:
    """Whether it rises from the background to its height at once; at a file's start nobody can tell."""
    if start < BEFORE_FRAMES:
        return False
    quiet = limit * 10 ** ((BEFORE_DB - OVER_GAP_DB) / 10)
    first = a_powers[start : start + SMOOTH_FRAMES].mean()
    return bool(a_powers[start - BEFORE_FRAMES : start - 1].max() <= quiet and first >= SUDDEN * highest)


def _spoken(speech: BoolArray, voiced: BoolArray, unvoiced: set[tuple[int, int]]) -> BoolArray:
    """Hops of speech: each run that the detector heard, without what stands alone, if it is voiced.

    The detector hears speech for a while longer after every sound; after a burst that is none.
    """
    spoken = speech.copy()
    for start, end in unvoiced:
        spoken[start : end + 1] = False
    for start, end in runs(spoken).tolist():
        if np.count_nonzero(voiced[start:end]) < min(FEWEST_VOICED, end - start):
            spoken[start:end] = False
    return spoken
