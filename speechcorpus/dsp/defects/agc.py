"""Gain that pumps: a device turns the background up while nobody speaks.

Right after speech the gain is still low, at the end of a long pause it is high: the background seems to
rise. Levels are medians of 20 ms, so that a knock or the onset of a word does not count.
"""

from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, FloatArray
from speechcorpus.dsp.columns import AnyPowers
from speechcorpus.dsp.level import power_dbfs
from speechcorpus.dsp.runs import runs

SHORTEST_GAP_HOPS = HOPS_PER_S
FEWEST_GAPS = 2
EARLY_HOPS = (5, 15)  # 0.1 to 0.3 s after speech
LATE_HOPS = 20  # the last 0.4 s
GUARD_HOPS = 3  # a word begins a little before the detector says so
ABOVE_GAP_DB = 10.0
HANG_OVER_HOPS = 8  # webrtcvad goes on saying speech for up to 0.1 s; a dying tail may add to that


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpedGap:
    """One gap (hops, end exclusive) and by how much its background rose."""

    start_hop: int
    end_hop: int
    rise_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pumping:
    """Median rise over all gaps of a second or more, and each of them."""

    pumping_db: float
    gaps: tuple[PumpedGap, ...]


def pumping(a_powers: AnyPowers, speech: BoolArray) -> Pumping | None:
    """Return how much the background rises in the gaps after speech, or None for fewer than two of 1 s.

    Parameters
    ----------
    a_powers : shape (frames,), A-weighted mean square of each frame
    speech : shape (hops,), whether each hop holds speech

    Examples
    --------
    >>> speech = np.tile(np.repeat([True, False], [50, 100]), 2)
    >>> levels_dbfs = np.tile(np.concatenate((np.full(50, -20.0), np.arange(100) / 10 - 60)), 2)
    >>> found = pumping(10 ** (levels_dbfs[:-1] / 10), speech)
    >>> round(found.pumping_db, 1), [(gap.start_hop, gap.end_hop) for gap in found.gaps]
    (7.9, [(50, 150), (200, 300)])
    """
    pauses = runs(~speech)
    long = pauses[(pauses[:, 0] > 0) & (pauses[:, 1] - pauses[:, 0] >= SHORTEST_GAP_HOPS)]
    if len(long) < FEWEST_GAPS:
        return None
    gaps = tuple(_gap(a_powers, start, end, last=end == speech.size) for start, end in long.tolist())
    return Pumping(pumping_db=float(np.median([gap.rise_db for gap in gaps])), gaps=gaps)


def _gap(a_powers: AnyPowers, start: int, end: int, *, last: bool) -> PumpedGap:
    """`last`: no word follows whose beginning could be mistaken for background."""
    first = max(0, start - 2 * HANG_OVER_HOPS)
    # of six hours all levels would take 9 MB
    around_dbfs = power_dbfs(a_powers[first : start + EARLY_HOPS[1]])
    spoke = first + _speech_end(around_dbfs, start - first)
    quiet_end = end if last else end - GUARD_HOPS
    # frame i lies in the hops i and i + 1, hence one frame less than hops
    early_dbfs = np.median(around_dbfs[spoke - first + EARLY_HOPS[0] : spoke - first + EARLY_HOPS[1] - 1])
    late_dbfs = np.median(power_dbfs(a_powers[quiet_end - LATE_HOPS : quiet_end - 1]))
    return PumpedGap(start_hop=spoke, end_hop=end, rise_db=float(late_dbfs - early_dbfs))


def _speech_end(levels_dbfs: FloatArray, start: int) -> int:
    """First hop after the voice itself, which the detector's hang-over may have passed by up to 0.16 s.

    That is where the level fell for good to 10 dB above the gap, or to the middle between speech and gap.
    """
    tail = levels_dbfs[max(0, start - 2 * HANG_OVER_HOPS) : start]
    gap_dbfs = np.median(levels_dbfs[start : start + EARLY_HOPS[1]])
    loud = np.flatnonzero(tail > min((tail.max() + gap_dbfs) / 2, gap_dbfs + ABOVE_GAP_DB))
    fallen = start - tail.size + int(loud[-1]) + 1 if loud.size else start
    return max(fallen, start - HANG_OVER_HOPS)
