"""Two tracks of one dialogue: who speaks when, who leaks into whom, and whether both keep the same time.

These fields belong to a sitting, not to a file's row. A positive offset says that the second track is late.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from speechcorpus.dsp.arrays import HOP_S, HOPS_PER_S, BoolArray, FloatArray, IntArray
from speechcorpus.dsp.defects.channels import leak_db
from speechcorpus.dsp.runs import runs
from speechcorpus.qc.sync import Sync

OVER_LEAK = 10**0.6  # 6 dB: what a track holds above the other one's leak is its own
OVER_ROOM = 2.0  # 3 dB: the detector still says speech a little after its end
LATE_HOPS = 2
BRIDGED_HOPS = 15  # 0.3 s: between syllables nobody stops speaking
SHORTEST_HOPS = 5  # 0.1 s
SHORTEST_REPLY_HOPS = 50  # 1 s: a "mhm" ends nobody's turn
LONGEST_PAUSE_HOPS = 150  # 3 s: what follows is another turn
SHARE_HOPS = 600 * HOPS_PER_S  # the share is that of 10 minutes
SHARE_STEP_HOPS = 60 * HOPS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One track of a dialogue."""

    z: FloatArray  # (hops,), mean squares free of DC
    speech: BoolArray  # (hops,), by the voice detector, which hears the other side's leak as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """The pair fields of a sitting; None wherever there is nothing to say."""

    overlap_pct: float | None  # of the time in which anybody speaks
    share_pct: float | None  # of the first track, in the most one-sided 10 minutes
    turn_s: float | None  # the longest turn of either
    first_bleed_db: float | None  # the second one in the first track, re the first one's voice in it
    second_bleed_db: float | None
    sync_offset_ms: float | None
    drift_ppm: float | None

    @property
    def bleed_db(self) -> float | None:
        """The worse of the two tracks."""
        both = (self.first_bleed_db, self.second_bleed_db)
        return max((bleed for bleed in both if bleed is not None), default=None)


def dialogue(
    first: Side, second: Side, sync: Sync | None, *, ways_s: tuple[float, float] = (0.0, 0.0)
) -> Dialogue:
    """Return the pair fields.

    Parameters
    ----------
    first, second : tracks of one sitting; the longer one is cut to the shorter
    sync : from `sync.SyncFinder`; None if the tracks share no sound, or lie side by side already
    ways_s : how long a leak of each of the two is on its way into the other's track: through the air, or
        through a call and out of a headphone
    """
    one, two = aligned(first, second, sync.offset_s if sync else 0.0)
    from_one, from_two = (_arriving(side, way_s) for side, way_s in zip((one, two), ways_s, strict=True))
    leaks = leak_db(from_one.z, two.z, from_one.speech), leak_db(from_two.z, one.z, from_two.speech)
    a, b = own_speech(one, from_two, leaks[1]), own_speech(two, from_one, leaks[0])
    spoken = int(np.count_nonzero(a | b))
    bleeds = bleeds_db((one, two), (a, b), leaks)
    return Dialogue(
        overlap_pct=float(100 * np.count_nonzero(a & b) / spoken) if spoken else None,
        share_pct=most_one_sided_pct(a, b),
        turn_s=longest_turn_s(a, b) if spoken else None,
        first_bleed_db=bleeds[0],
        second_bleed_db=bleeds[1],
        sync_offset_ms=sync.largest_ms if sync else None,
        drift_ppm=sync.drift_ppm if sync else None,
    )


def bleeds_db(
    sides: tuple[Side, Side], own: tuple[BoolArray, BoolArray], leaks_db: tuple[float | None, float | None]
) -> tuple[float | None, float | None]:
    """Return how loud the other one is in each track, re its own speaker's voice in it.

    Both are levels of one microphone, so how far each of the two is turned up does not matter. None where
    the other one is never heard alone, or the own one never speaks.

    Parameters
    ----------
    own : when each of the two speaks
    leaks_db : how loud each of the two arrives in the other's track, re their own one
    """
    first, second = (_voice_db(side, speaks) for side, speaks in zip(sides, own, strict=True))
    if first is None or second is None:
        return None, None
    into_second, into_first = leaks_db
    return (
        None if into_first is None else into_first + second - first,
        None if into_second is None else into_second + first - second,
    )


def on_one_clock(side: Side, places: FloatArray) -> Side:
    """Return a side at the hops of another one; silent where it has none.

    Parameters
    ----------
    places : shape (hops,), in hops of this side

    Examples
    --------
    >>> side = Side(z=np.array([1.0, 2.0, 3.0]), speech=np.array([True, False, True]))
    >>> on_one_clock(side, np.array([-0.5, 0.4, 2.9, 3.0])).z.tolist()
    [0.0, 1.0, 3.0, 0.0]
    """
    at = np.floor(places).astype(np.int64)
    inside = (at >= 0) & (at < side.z.size)
    here = at.clip(0, max(0, side.z.size - 1))
    if side.z.size == 0:
        return Side(z=np.zeros(at.size), speech=np.zeros(at.size, dtype=np.bool_))
    return Side(z=np.where(inside, side.z[here], 0.0), speech=inside & side.speech[here])


def aligned(first: Side, second: Side, offset_s: float) -> tuple[Side, Side]:
    """Return both sides without what one has before the other, to a hop, and equally long."""
    late = round(offset_s * HOPS_PER_S)
    starts = max(0, -late), max(0, late)
    count = max(0, min(first.z.size - starts[0], second.z.size - starts[1]))
    one, two = (
        Side(z=side.z[at : at + count], speech=side.speech[at : at + count])
        for side, at in zip((first, second), starts, strict=True)
    )
    return one, two


def own_speech(side: Side, other: Side, leak_db_into: float | None) -> BoolArray:
    """Return the hops in which this side itself speaks, shape (hops,).

    Parameters
    ----------
    other : as late as it arrives here
    leak_db_into : how loud the other side arrives in this track, re its own track; None if it never does
    """
    leak = 0.0 if leak_db_into is None else 10 ** (leak_db_into / 10)
    # the leak may be a hop or two early or late: sound travels, and tracks are aligned to a hop only
    nearby = maximum_filter1d(other.z, 2 * LATE_HOPS + 1) if other.z.size else other.z
    heard = side.speech & (side.z > OVER_LEAK * leak * nearby) & (side.z > OVER_ROOM * _room(side))
    held = heard.copy()
    for start, end in runs(~heard):
        if start > 0 and end < heard.size and end - start <= BRIDGED_HOPS:
            held[start:end] = True
    for start, end in runs(held):
        if end - start < SHORTEST_HOPS:
            held[start:end] = False
    return held


def most_one_sided_pct(first: BoolArray, second: BoolArray) -> float | None:
    """Return the first one's share of all speech, in the 10 minutes where it is furthest from a half.

    Examples
    --------
    >>> hops = np.arange(1000)
    >>> most_one_sided_pct(hops < 300, hops >= 900)
    75.0
    """
    both = np.stack((first, second), axis=1)
    sums: IntArray = np.concatenate((np.zeros((1, 2), np.int64), np.cumsum(both, axis=0, dtype=np.int64)))
    starts = np.arange(0, max(1, first.size - SHARE_HOPS + 1), SHARE_STEP_HOPS)
    spoken = sums[np.minimum(starts + SHARE_HOPS, first.size)] - sums[starts]
    spoken = spoken[spoken.sum(axis=1) > 0]
    if spoken.size == 0:
        return None
    shares = spoken[:, 0] / spoken.sum(axis=1)
    return 100 * float(shares[np.abs(shares - 0.5).argmax()])


def longest_turn_s(first: BoolArray, second: BoolArray) -> float:
    """Return the longest time that one speaks on without a pause of 3 s or a reply of 1 s."""
    return max(_longest_turn_s(first, second), _longest_turn_s(second, first))


def _longest_turn_s(own: BoolArray, other: BoolArray) -> float:
    replies = [(int(s), int(e)) for s, e in runs(other & ~own) if e - s >= SHORTEST_REPLY_HOPS]
    ends = [start for start, _ in replies]
    longest, began, before = 0, 0, -LONGEST_PAUSE_HOPS - 1
    for start, end in runs(own).tolist():
        replied = np.searchsorted(ends, before) < np.searchsorted(ends, start)
        if replied or start - before > LONGEST_PAUSE_HOPS:
            began = start
        longest, before = max(longest, end - began), end
    return longest * HOP_S


def _voice_db(side: Side, speaks: BoolArray) -> float | None:
    """Return the level of what a side speaks itself, less the room around it."""
    if np.count_nonzero(speaks) < SHORTEST_HOPS:
        return None
    power = float(np.mean(side.z[speaks])) - _room(side)
    return 10 * float(np.log10(power)) if power > 0 else None


def _room(side: Side) -> float:
    """Return the power of a track while nobody speaks."""
    quiet = side.z[~side.speech]
    return float(np.median(quiet)) if quiet.size else 0.0


def _arriving(side: Side, way_s: float) -> Side:
    """Return a side as late as a leak of it arrives."""
    late = round(way_s * HOPS_PER_S)
    return on_one_clock(side, np.arange(-late, side.z.size - late, dtype=np.float64))
