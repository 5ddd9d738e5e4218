"""What the live meter showed, held against the measuring engine on the very same samples."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import FloatArray, hop_samples
from speechcorpus.dsp.frames import A, FrameKernel
from speechcorpus.dsp.level import exceeded_dbfs, leq_dbfs, short_leq
from speechcorpus.dsp.peak import Samples, full_scale

MOST_READINGS = 15_000  # one a second: more than the longest take has
FRAMES_1_S, FRAMES_10_S = 50, 500
SETTLED_S = 0.1  # the filters of the take's own beginning have died away
LEVEL = re.compile(r"-?\d{1,3}(\.\d{1,4})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of the live meter: A-weighted levels up to `sample` of the take."""

    sample: int
    laeq_1s_dbfs: float
    la90_10s_dbfs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterCheck:
    """How far the live meter was off: the worst of all windows that lie in the take."""

    compared: int
    off_db: float | None  # meter less engine, of the larger amount; None if nothing could be compared
    at_sample: int | None


def readings_of(meter: Sequence[Mapping[str, object]]) -> tuple[Reading, ...]:
    """Return the readings of a manifest that can be read.

    Examples
    --------
    >>> readings_of([{"sample": 48000, "laeq_1s_dbfs": "-61.20", "la90_10s_dbfs": "-63.05"}, {"sample": 1}])
    (Reading(sample=48000, laeq_1s_dbfs=-61.2, la90_10s_dbfs=-63.05),)
    """
    found = (_reading(entry) for entry in meter[:MOST_READINGS])
    return tuple(reading for reading in found if reading is not None)


def check_meter(blocks: Iterable[Samples], rate_hz: int, readings: Sequence[Reading]) -> MeterCheck:
    """Return how far the readings are from the engine's own levels of the same samples.

    The meter's frames began with the stream, not with the take: where its readings end says where. A window
    that began before the take is passed over.

    Parameters
    ----------
    blocks : of one channel, each of shape (n,), as decoded
    """
    hop = hop_samples(rate_hz)
    begins = Counter(reading.sample % hop for reading in readings)
    phase = begins.most_common(1)[0][0] if begins else 0
    powers = _a_powers(blocks, rate_hz, phase) if readings else np.empty(0)
    worst, compared = (0.0, 0), 0
    for reading in readings:
        last, odd = divmod(reading.sample - phase, hop)  # its last frame ends there
        if odd or phase + (last - FRAMES_1_S - 1) * hop < SETTLED_S * rate_hz or last - 1 > powers.size:
            continue
        compared += 1
        worst = max(
            worst, (_off_db(powers[: last - 1], reading), reading.sample), key=lambda off: abs(off[0])
        )
    off_db, at_sample = worst
    if not compared:
        return MeterCheck(compared=0, off_db=None, at_sample=None)
    return MeterCheck(compared=compared, off_db=round(off_db, 2), at_sample=at_sample)


def _reading(entry: Mapping[str, object]) -> Reading | None:
    sample, *levels = (entry.get(key) for key in ("sample", "laeq_1s_dbfs", "la90_10s_dbfs"))
    texts = [level for level in levels if isinstance(level, str) and LEVEL.fullmatch(level)]
    if not isinstance(sample, int) or sample <= 0 or len(texts) < len(levels):
        return None
    return Reading(sample=sample, laeq_1s_dbfs=float(texts[0]), la90_10s_dbfs=float(texts[1]))


def _a_powers(blocks: Iterable[Samples], rate_hz: int, phase: int) -> FloatArray:
    kernel, found, skip = FrameKernel(rate_hz), [], phase
    for block in blocks:
        fresh, skip = block[skip:], max(0, skip - block.size)
        if fresh.size:
            floats = np.asarray(fresh, dtype=np.float32) * np.float32(1 / full_scale(fresh))
            found.append(kernel.push(floats)[:, A])
    return np.concatenate(found).astype(np.float64) if found else np.empty(0)


def _off_db(powers: FloatArray, reading: Reading) -> float:
    """Return the larger of the two differences; ten seconds are compared where the take has them."""
    off_db = reading.laeq_1s_dbfs - leq_dbfs(powers[-FRAMES_1_S:])
    if powers.size < FRAMES_10_S + FRAMES_1_S:
        return off_db
    la90_dbfs = exceeded_dbfs(short_leq(powers[-FRAMES_10_S:]), 90)[0]
    return max(off_db, reading.la90_10s_dbfs - la90_dbfs, key=abs)
