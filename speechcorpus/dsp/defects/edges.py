"""How a recording begins and ends: silence around the speech, and whether speech was cut."""

from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import HOP_S, BoolArray, Floats
from speechcorpus.dsp.level import power_dbfs
from speechcorpus.dsp.runs import runs

EDGE_HOPS = 3  # the first or last 50 ms lie in three hops and two frames
EDGE_FRAMES = 2
ABOVE_NOISE_DB = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Seconds before the first and after the last speech, whether each end is cut, and pauses `[start, end)`
    in hops."""

    head_silence_s: float
    tail_silence_s: float
    head_cut: bool
    tail_cut: bool
    pauses: list[tuple[int, int]]


def edges(a_powers: Floats, speech: BoolArray, *, noise_dbfs: float, duration_s: float) -> Edges | None:
    """Return the edges of a recording, or None without speech.

    Parameters
    ----------
    a_powers : shape (frames,), A-weighted mean squares
    speech : shape (hops,)
    noise_dbfs : A level of the background
    """
    spoken = runs(speech)
    if spoken.size == 0:
        return None
    return Edges(
        head_silence_s=float(spoken[0, 0]) * HOP_S,
        tail_silence_s=duration_s - float(spoken[-1, 1]) * HOP_S,
        head_cut=_cut(speech[:EDGE_HOPS], a_powers[:EDGE_FRAMES], noise_dbfs),
        tail_cut=_cut(speech[-EDGE_HOPS:], a_powers[-EDGE_FRAMES:], noise_dbfs),
        pauses=[(int(end), int(start)) for end, start in zip(spoken[:-1, 1], spoken[1:, 0], strict=True)],
    )


def _cut(speech: BoolArray, a_powers: Floats, noise_dbfs: float) -> bool:
    return bool(speech.any() or np.max(power_dbfs(a_powers)) > noise_dbfs + ABOVE_NOISE_DB)
