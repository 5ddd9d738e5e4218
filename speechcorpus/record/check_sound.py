"""A sound check's take, measured once: all that calibrations and device checks are reckoned from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, Float32Array, FloatArray
from speechcorpus.dsp.defects.agc import pumping
from speechcorpus.dsp.defects.bandwidth import bandwidth
from speechcorpus.dsp.defects.codes import codes_used
from speechcorpus.dsp.frames import A, FrameKernel
from speechcorpus.dsp.level import power_dbfs, short_leq
from speechcorpus.dsp.runs import runs
from speechcorpus.dsp.spectrum import SpectrumSums
from speechcorpus.dsp.voice import VoiceActivity

SHORTEST_ZEROS_S = 0.010
MOST_ZERO_RUNS = 200
FULL_SCALE = np.float32(1 / 32768)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSound:
    """Levels are A-weighted; None is what the take could not tell (too little speech, too few samples).

    Zero runs are the longest ones of 10 ms or more, in order, as samples [start, end).
    """

    rate_hz: int
    frames: int
    seconds_dbfs: tuple[float, ...]  # of each whole second
    levels_dbfs: tuple[float, ...]  # of each 100 ms
    cliff_hz: float | None
    upsampled_from_hz: float | None
    bandwidth_hz: float | None
    zero_runs: tuple[tuple[int, int], ...]
    codes_used: float | None
    pumping_db: float | None

    def to_record(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "CheckSound":
        """Return what `to_record` wrote, also after it was JSON.

        Examples
        --------
        >>> heard = hear(np.ones(16_000, dtype=np.int16), 16_000)
        >>> CheckSound.from_record(heard.to_record()) == heard
        True
        """
        lists = {name: tuple(record[name]) for name in ("seconds_dbfs", "levels_dbfs")}
        zero_runs = tuple((int(start), int(end)) for start, end in record["zero_runs"])
        return cls(**{**record, **lists, "zero_runs": zero_runs})


def hear(samples: NDArray[np.int16], rate_hz: int) -> CheckSound:
    """Return what a take tells of levels, bandwidth, holes and gain.

    Parameters
    ----------
    samples : shape (n,), as they lie in the file

    Raises
    ------
    SignalError : `signal.rate`

    Examples
    --------
    >>> tone = 3277 * np.sin(2 * np.pi * 1000 * np.arange(32_000) / 16_000)
    >>> hear(tone.astype(np.int16), 16_000).seconds_dbfs
    (-23.01, -23.01)
    """
    floats = samples * FULL_SCALE
    floats -= floats.mean() if floats.size else 0  # no meter hears DC
    kernel, voice, sums = FrameKernel(rate_hz), VoiceActivity(rate_hz), SpectrumSums(rate_hz)
    speech = np.concatenate((voice.push(samples), voice.finish()))
    squares = kernel.squares(floats)
    a_powers = kernel.weighted(squares)[:, A].astype(np.float64)
    sums.decide(speech)
    sums.push(squares)
    reach = bandwidth(sums.finish(), rate_hz)
    return CheckSound(
        rate_hz=rate_hz,
        frames=samples.size,
        seconds_dbfs=_seconds(a_powers, samples.size // rate_hz),
        levels_dbfs=_rounded(power_dbfs(short_leq(a_powers))),
        cliff_hz=reach.cliff_hz if reach else None,
        upsampled_from_hz=reach.upsampled_from_hz if reach else None,
        bandwidth_hz=reach.bandwidth_hz if reach else None,
        zero_runs=_zero_runs(samples, rate_hz),
        codes_used=codes_used(samples),
        pumping_db=_pumping_db(a_powers, speech[: a_powers.size + 1]),
    )


def _seconds(a_powers: FloatArray, count: int) -> tuple[float, ...]:
    """Level of each whole second; the last one has a frame less where the take ends with it."""
    means = [a_powers[at * HOPS_PER_S : (at + 1) * HOPS_PER_S].mean() for at in range(count)]
    return _rounded(power_dbfs(np.array(means)))


def _rounded(levels_dbfs: FloatArray) -> tuple[float, ...]:
    return tuple(levels_dbfs.round(2).tolist())


def _zero_runs(samples: NDArray[np.int16], rate_hz: int) -> tuple[tuple[int, int], ...]:
    found = runs(samples == 0)
    long = found[found[:, 1] - found[:, 0] >= SHORTEST_ZEROS_S * rate_hz].tolist()
    longest = sorted(long, key=lambda run: run[0] - run[1])[:MOST_ZERO_RUNS]
    return tuple((start, end) for start, end in sorted(longest))


def _pumping_db(a_powers: Float32Array | FloatArray, speech: BoolArray) -> float | None:
    found = pumping(a_powers, speech)
    return None if found is None else round(found.pumping_db, 2)
