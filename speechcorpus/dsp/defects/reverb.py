"""Reverberation: how fast the level dies away where speech ends.

A voice may fade as slowly as it likes, but no sound dies faster than the room lets it. So an offset is where
the level, after its last peak, falls fastest; the voice detector's own end comes later, by some hops in a dry
room and by half a second in a church.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from speechcorpus.dsp.arrays import HOP_S, BoolArray, FloatArray, Floats
from speechcorpus.dsp.level import power_dbfs
from speechcorpus.dsp.runs import runs

ReverbClass = Literal["dry", "medium", "wet"]

FEWEST_DECAYS = 3
ABOVE_NOISE_DB = 20.0
FROM_DB, TO_DB = -5.0, -25.0  # re the level at the offset
CLEAR_OF_NOISE_DB = (
    5.0  # a fall ends before the noise bends it: at an offset 20 dB above, that is after 15 dB
)
PEAK_FRAMES = 4  # a peak is the loudest within 80 ms
LONGEST_FALL_FRAMES = 100  # looked at after the detector's end: 25 dB in 2 s is a T60 of 4.8 s
MEDIUM_S, WET_S = 0.4, 0.8
DECAY_DB = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverberation:
    """Median decay time over the usable speech offsets, to 0.1 s, and the class people are shown."""

    t60_s: float
    reverb_class: ReverbClass
    decays: int


def reverberation(a_powers: Floats, speech: BoolArray, noise_power: float) -> Reverberation | None:
    """Return the decay time of a room, or None for fewer than three usable decays.

    A decay is usable when its offset stands 20 dB above the background, and the level falls by 25 dB (or to
    5 dB above the background) before the next word.

    Parameters
    ----------
    a_powers : shape (frames,), A-weighted mean square of each frame
    speech : shape (hops,), whether each hop holds speech
    noise_power : A-weighted mean square of the background, >= 0

    Examples
    --------
    >>> speech = np.tile(np.repeat([True, False], [50, 50]), 3)
    >>> falling_db = np.tile(np.concatenate((np.full(45, -20.0), -20 - 1.5 * np.arange(55))), 3)
    >>> reverberation(10 ** (falling_db[:-1] / 10), speech, 1e-11)
    Reverberation(t60_s=0.8, reverb_class='medium', decays=3)
    """
    spoken = runs(speech[: a_powers.size])
    if len(spoken) < FEWEST_DECAYS:
        return None
    noise_db = float(power_dbfs(noise_power))
    ends = np.minimum(np.append(spoken[1:, 0], a_powers.size), spoken[:, 1] + LONGEST_FALL_FRAMES)
    falls = (
        _offset_fall(_over_noise_db(a_powers[start:end], noise_power), stop - start, noise_db)
        for (start, stop), end in zip(spoken.tolist(), ends.tolist(), strict=True)
    )
    times_s = [_t60_s(fall_db) for fall_db in falls if fall_db is not None]
    if len(times_s) < FEWEST_DECAYS:
        return None
    t60_s = round(float(np.median(times_s)), 1)
    return Reverberation(t60_s=t60_s, reverb_class=_class(t60_s), decays=len(times_s))


def _over_noise_db(a_powers: Floats, noise_power: float) -> FloatArray:
    """Levels without what the background adds: it would bend the lower end of a decay."""
    return power_dbfs(np.maximum(a_powers - noise_power, noise_power / 100))


def _offset_fall(levels_db: FloatArray, spoken: int, noise_db: float) -> FloatArray | None:
    """Levels re the offset, from there to the first frame 25 dB below it, or None if that is not to be seen.

    `levels_db` runs from the beginning of one speech run to the beginning of the next, `spoken` frames of it
    are speech.
    """
    peak = _last_peak(levels_db[:spoken], noise_db + ABOVE_NOISE_DB)
    if peak is None:
        return None
    after_db = levels_db[peak:]
    starts = np.flatnonzero(after_db >= noise_db + ABOVE_NOISE_DB)
    lowest_db = np.maximum(after_db[starts] + TO_DB, noise_db + CLEAR_OF_NOISE_DB)
    later = np.arange(after_db.size) - starts[:, np.newaxis]
    frames = np.where((after_db <= lowest_db[:, np.newaxis]) & (later > 0), later, np.inf).min(axis=1)
    speed = (after_db[starts] - lowest_db) / frames
    best = int(np.argmax(speed))
    if speed[best] == 0:
        return None
    offset = starts[best]
    return np.asarray(after_db[offset : offset + int(frames[best]) + 1] - after_db[offset])


def _last_peak(levels_db: FloatArray, least_db: float) -> int | None:
    """Last frame that is as loud as all within 80 ms, and loud enough."""
    padded = np.pad(levels_db, PEAK_FRAMES, constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * PEAK_FRAMES + 1).max(axis=1)
    peaks = np.flatnonzero((levels_db == around) & (levels_db >= least_db))
    return int(peaks[-1]) if peaks.size else None


def _t60_s(fall_db: FloatArray) -> float:
    """Time to fall by 60 dB along the straight line that fits from 5 dB below the offset on."""
    first = int(np.flatnonzero(fall_db[:-1] >= FROM_DB)[-1])
    time_s = HOP_S * np.arange(fall_db.size - first)
    return DECAY_DB / -float(np.polyfit(time_s, fall_db[first:], 1)[0])


def _class(t60_s: float) -> ReverbClass:
    if t60_s < MEDIUM_S:
        return "dry"
    return "medium" if t60_s <= WET_S else "wet"
