"""A talk of two people on two devices: real voices in turn, a track each, and what their browsers tell."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.two_clocks import Conditions, MadeTake, made_talk
from tests.dialogue import Pair
from tests.stage import RATE_HZ, SentTake, spoken

NEAR = Conditions(
    rate_hz=RATE_HZ,
    crystal_ppm=0.0,
    clock_ppm=0.0,
    way_ms=(2.0, 2.0),
    jitter_ms=3.0,
    packet_s=0.05,
    later_s=1.25,
)
PAUSE_S = 0.6


@dataclass(frozen=True, kw_only=True)
class Tracks:
    """Both tracks as PCM, what their browsers tell, and when each of the two speaks."""

    first: bytes
    second: bytes
    clocks: tuple[MadeTake, MadeTake]
    turns: tuple[tuple[str, float, float], ...]  # who, from and to, in seconds of the first

    @property
    def later_s(self) -> float:
        return self.clocks[1].began_s

    def send(self, two: Pair, *, seats: str = "12", **manifest: object) -> tuple[SentTake, ...]:
        """Store the takes of these seats, in this order."""
        sides = {
            "1": (two.holder, self.first, self.clocks[0]),
            "2": (two.partner, self.second, self.clocks[1]),
        }
        takes = []
        for seat in seats:
            actor, pcm, made = sides[seat]
            takes.append(two.take_of(actor, pcm, clock=made.clock, **manifest))
        return tuple(takes)


def talk_of_two(
    shared: Path, *, bleed_db: float = -60.0, seeds: str = "0123", conditions: Conditions = NEAR
) -> Tracks:
    """Both speak in turn; each of them leaks into the other's microphone."""
    said = [np.frombuffer(spoken(shared, seed=int(seed), edge_s=0), "<i2") / 32768 for seed in seeds]
    turns, at_s = [], 2.0
    for number, clip in enumerate(said):
        turns.append(("12"[number % 2], at_s, at_s + clip.size / RATE_HZ))
        at_s = turns[-1][2] + PAUSE_S
    frames = round((at_s + 1) * RATE_HZ)
    voices = {who: np.zeros(frames) for who in "12"}
    for clip, (who, start_s, _) in zip(said, turns, strict=True):
        start = round(start_s * RATE_HZ)
        voices[who][start : start + clip.size] = clip
    made = replace(conditions, duration_s=frames / RATE_HZ - conditions.later_s)
    one, (two,) = made_talk(replace(made, duration_s=frames / RATE_HZ), seed=1)
    leak, later = 10 ** (bleed_db / 20), round(conditions.later_s * RATE_HZ)
    first = voices["1"] + leak * voices["2"]
    second = (voices["2"] + leak * voices["1"])[later:]
    return Tracks(first=_pcm(first, 7), second=_pcm(second, 8), clocks=(one, two), turns=tuple(turns))


def _pcm(samples, seed: int) -> bytes:
    room = np.random.default_rng(seed).normal(0, 10 ** (-62 / 20), samples.size)
    return (np.clip(samples + room, -1, 1) * 32767).astype("<i2").tobytes()
