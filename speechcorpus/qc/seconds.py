"""The tracks of a whole recording second by second: for curves and lanes, and for when a band was left."""

import json
from dataclasses import asdict

import numpy as np

from speechcorpus.domain.measurement import SecondTracks
from speechcorpus.dsp.arrays import HOP_S, HOPS_PER_S, BoolArray, Floats
from speechcorpus.dsp.level import power_dbfs
from speechcorpus.dsp.runs import runs

AT_ONCE = 1000 * HOPS_PER_S  # frames: of six hours a copy takes 4 MB
FEWEST_FRAMES = 5  # 0.1 s of gap: of less, nothing is said about a second

Levels = tuple[float | None, ...]


def second_levels(
    a_powers: Floats, chosen: BoolArray, *, fewest_frames: int, step: int = HOPS_PER_S
) -> Levels:
    """Return the level of the chosen frames in each second, None where there are fewer of them.

    Parameters
    ----------
    step : frames of a window, one second of them; a divisor of 50,000

    Examples
    --------
    >>> powers = np.repeat([1e-4, 1e-5, 1e-6], 50)
    >>> second_levels(powers, powers < 5e-5, fewest_frames=5)
    (None, -50.0, -60.0)
    """
    levels: list[float | None] = []
    for at in range(0, a_powers.size, AT_ONCE):
        here, heard = a_powers[at : at + AT_ONCE], chosen[at : at + AT_ONCE]
        starts = np.arange(0, here.size, step)
        counts = np.add.reduceat(heard, starts, dtype=np.int64)
        levels_dbfs = power_dbfs(np.add.reduceat(here * heard, starts) / np.maximum(counts, 1)).round(2)
        levels += [
            level if count >= fewest_frames else None
            for level, count in zip(levels_dbfs.tolist(), counts.tolist(), strict=True)
        ]
    return tuple(levels)


def second_tracks(a_powers: Floats, speech: BoolArray, noise_seconds_dbfs: Levels) -> SecondTracks:
    """Return background, level and speech of a recording."""
    everything = np.ones(a_powers.size, dtype=np.bool_)
    return SecondTracks(
        noise_laeq_dbfs=noise_seconds_dbfs,
        laeq_dbfs=second_levels(a_powers, everything, fewest_frames=1),
        speech=tuple((start, end) for start, end in (runs(speech) * HOP_S).round(3).tolist()),
    )


def tracks_to_bytes(tracks: SecondTracks) -> bytes:
    """Return the tracks as they travel from a child and lie in a journal."""
    return json.dumps(asdict(tracks)).encode()


def tracks_from_bytes(data: bytes) -> SecondTracks:
    """Return what `tracks_to_bytes` wrote.

    Examples
    --------
    >>> tracks = SecondTracks(noise_laeq_dbfs=(None, -51.2), laeq_dbfs=(-24.0, -30.1), speech=((0.5, 1.72),))
    >>> tracks_from_bytes(tracks_to_bytes(tracks)) == tracks
    True
    """
    values = json.loads(data)
    return SecondTracks(
        noise_laeq_dbfs=tuple(values["noise_laeq_dbfs"]),
        laeq_dbfs=tuple(values["laeq_dbfs"]),
        speech=tuple((start_s, end_s) for start_s, end_s in values["speech"]),
    )
