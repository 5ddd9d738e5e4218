"""Two people's tracks of one talk, made by formula: turns, overlap, leaks and both clocks are known."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.signals import pink, voice
from speechcorpus.dsp.arrays import BoolArray, FloatArray

RATE_HZ = 16_000
TURN_S = 4.0
HOP = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeTalk:
    """Both tracks and, for every sample of the first one's time, whether each of the two speaks."""

    first: FloatArray
    second: FloatArray
    speaks: tuple[BoolArray, BoolArray]

    @property
    def overlap_pct(self) -> float:
        """The share of the time in which anybody speaks."""
        one, two = self.speaks
        return float(100 * np.count_nonzero(one & two) / np.count_nonzero(one | two))

    @property
    def share_pct(self) -> float:
        """The first one's share of all speech."""
        one, two = (np.count_nonzero(each) for each in self.speaks)
        return float(100 * one / (one + two))


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How a talk is made; `t` of the first track is at `t · (1 + drift) + late_s` of the second."""

    bleed_db: float = -60.0  # of the other one in each track, re its own speaker
    overlap: float = 0.1  # of a turn, into the other's
    late_s: float = 0.0
    drift_ppm: float = 0.0
    way_s: float = 0.0  # that a leak takes: through the air, or through the call
    one_way: bool = False  # only the first one leaks, into the second track
    second_gain_db: float = 0.0  # how much further the second microphone is turned up
    duration_s: int = 60
    room_dbfs: float = -65.0
    seed: int = 1


def made_talk(talk: Talk) -> MadeTalk:
    """Return both tracks: each speaks 4 s in turn, and on into the other's turn for a share of it."""
    time_s = np.arange(talk.duration_s * RATE_HZ) / RATE_HZ
    gates = _turns(time_s, talk.overlap)
    fade = np.full(RATE_HZ // 100, 100 / RATE_HZ)
    one, two = (
        _speech(talk.seed + 50 * number, talk.duration_s) * np.convolve(gate, fade, "same")
        for number, gate in enumerate(gates)
    )
    leak, way = 10 ** (talk.bleed_db / 20), round(talk.way_s * RATE_HZ)
    first = one + (0.0 if talk.one_way else leak) * _later(two, way)
    second = two + leak * _later(one, way)
    heard_s = (time_s - talk.late_s) / (1 + 1e-6 * talk.drift_ppm)
    second = np.interp(heard_s, time_s, second) + _room(talk, 1)
    return MadeTalk(
        first=first + _room(talk, 0), second=second * 10 ** (talk.second_gain_db / 20), speaks=gates
    )


def _turns(time_s: FloatArray, overlap: float) -> tuple[BoolArray, BoolArray]:
    phase_s, longer_s = time_s % (2 * TURN_S), TURN_S * overlap
    second = (phase_s >= TURN_S) | ((time_s >= 2 * TURN_S) & (phase_s < longer_s))
    return phase_s < TURN_S + longer_s, second


@cache
def _speech(seed: int, duration_s: int) -> FloatArray:
    """A voice without pauses."""
    made = voice(seed=seed, duration_s=2 * duration_s, rate_hz=RATE_HZ)
    hops = made.samples[: made.speaks.size * HOP].reshape(-1, HOP)
    return np.asarray(hops[made.speaks].ravel()[: duration_s * RATE_HZ])


def _later(samples: FloatArray, count: int) -> FloatArray:
    return np.concatenate((np.zeros(count), samples[: samples.size - count]))


def _room(talk: Talk, number: int) -> FloatArray:
    return pink(
        level_dbfs=talk.room_dbfs, duration_s=talk.duration_s, rate_hz=RATE_HZ, seed=talk.seed + number
    )
