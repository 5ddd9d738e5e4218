"""How far two people's tracks are apart by each way of laying them side by side.

`python -m benchmarks.alignment [--seeds 5] [--check]`. Every clock is made by formula (`two_clocks`): the
error is what `record.alignment` says about a sample less where it was spoken, the largest of the whole talk.
Sound is held against the clocks in ten minutes of two formula voices, with a microphone that is 60 ms late.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.talks import RATE_HZ as TALK_HZ
from benchmarks.talks import Talk
from benchmarks.talks import made_talk as made_voices
from benchmarks.two_clocks import FAR, ONE_HOST, Conditions, MadeTake, made_talk
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.qc.two_tracks import HeardTogether, two_tracks
from speechcorpus.record.alignment import Alignment, align
from speechcorpus.record.exchanges import Link
from speechcorpus.record.track_clock import Timeline, TrackClock

TIMESTAMPS_OFF_S = 0.35  # either way: what a browser's own timestamps were off for good, once it had started
HOST_BAR_MS, FAR_BAR_MS = 1.0, 20.0
LATE_S, AIR_S = 0.06, 0.004
CONDITIONS: Mapping[str, Conditions] = {
    "one host, 10 min": replace(ONE_HOST, duration_s=600.0),
    "1 h, 50 ppm, 200 ms jitter, 10 % lost": FAR,
    "the same, 35 ms there and 10 back": replace(FAR, way_ms=(35.0, 10.0)),
    "the same, and one page loaded anew": replace(FAR, way_ms=(35.0, 10.0), reloaded_at_s=1800.0),
    "the same, and 0.8 s of sound lost": replace(FAR, way_ms=(35.0, 10.0), gap=(700.0, 0.8)),
}
Method = Callable[[MadeTake, MadeTake, np.random.Generator], Alignment | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One method, and its largest error in milliseconds under each of the conditions."""

    name: str
    worst_ms: tuple[float, ...]


def main(argv: list[str] | None = None) -> int:
    """Print both tables; return 1 if `--check` finds a missed bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(argv)
    lines = [_line(name, method, options.seeds) for name, method in METHODS.items()]
    print("| method, largest error in ms | " + " | ".join(CONDITIONS) + " |")
    print("| --- |" + " --- |" * len(CONDITIONS))
    for line in lines:
        print(f"| {line.name} | " + " | ".join(f"{each:.3g}" for each in line.worst_ms) + " |")
    print()
    _print_sound()
    host_ms, *far_ms = lines[-1].worst_ms
    return int(options.check and (host_ms > HOST_BAR_MS or max(far_ms) > FAR_BAR_MS))


def _line(name: str, method: Method, seeds: int) -> Line:
    return Line(name=name, worst_ms=tuple(_worst_ms(each, method, seeds) for each in CONDITIONS.values()))


def _worst_ms(conditions: Conditions, method: Method, seeds: int) -> float:
    worst = 0.0
    for seed in range(seeds):
        first, others = made_talk(conditions, seed=seed)
        for other in others:
            found = method(first, other, np.random.default_rng(seed))
            worst = max(worst, np.inf if found is None else error_ms(first, other, found))
    return worst


def error_ms(first: MadeTake, second: MadeTake, found: Alignment) -> float:
    """Return the largest distance between where a sample is said to be and where it was spoken."""
    samples = np.linspace(0, first.frames, 4000)
    truth = second.places(first.spoken_s(samples))
    both = (truth >= 0) & (truth <= second.frames)
    return float(1000 * np.abs(found.to_other(samples) - truth)[both].max() / second.rate_hz)


def _fitted(first: MadeTake, second: MadeTake, _: np.random.Generator) -> Alignment | None:
    return align(first.tells(), second.tells())


def _first_arrival(first: MadeTake, second: MadeTake, _: np.random.Generator) -> Alignment | None:
    return align(*(_placed(each, 1e6 * each.first_arrival_s) for each in (first, second)))


def _timestamps(first: MadeTake, second: MadeTake, rng: np.random.Generator) -> Alignment | None:
    off_us = 1e6 * TIMESTAMPS_OFF_S * rng.uniform(-1, 1, 2)
    lines = [each.tells() for each in (first, second)]
    starts = [line.arrivals.at_us(0) if line.arrivals else 0.0 for line in lines]
    one, two = (
        _placed(take, at + off) for take, at, off in zip((first, second), starts, off_us, strict=True)
    )
    return align(one, two)


def _walls(first: MadeTake, second: MadeTake, _: np.random.Generator) -> Alignment | None:
    return align(*(replace(each.tells(), exchanges=()) for each in (first, second)))


def _without_slope(first: MadeTake, second: MadeTake, _: np.random.Generator) -> Alignment | None:
    flat = [_flat(each.tells()) for each in (first, second)]
    return align(*flat)


def _flat(told: TrackClock) -> TrackClock:
    line = told.arrivals
    return told if line is None else replace(told, arrivals=replace(line, slope=0.0))


def _placed(take: MadeTake, began_us: float) -> TrackClock:
    """Return what a take tells with another place of its line, which then has no slope."""
    told = _flat(take.tells())
    line = told.arrivals
    moved = None if line is None else replace(line, starts=(0,), offsets_us=(began_us,))
    return replace(told, arrivals=moved, timeline=replace(told.timeline, cuts=(), lost_s=()))


METHODS: Mapping[str, Method] = {
    "wall clocks": _walls,
    "timestamps of the sound (error as seen in a browser)": _timestamps,
    "arrival of the first packet": _first_arrival,
    "lower envelope, no slope": _without_slope,
    "lower envelope with slope (built)": _fitted,
}


def _print_sound() -> None:
    print("| the second microphone is 60 ms late | by the clocks, ms | with sound, ms | by | left, ms |")
    print("| --- | --- | --- | --- | --- |")
    for name, talk in {
        "leak of −20 dB through the air": Talk(bleed_db=-20, way_s=AIR_S),
        "leak of −40 dB through the air": Talk(bleed_db=-40, way_s=AIR_S),
        "leak of −20 dB, out of headphones, 180 ms late": Talk(bleed_db=-20, way_s=0.18),
        "nothing shared": Talk(bleed_db=-200),
    }.items():
        made = replace(talk, late_s=LATE_S, drift_ppm=50.0, duration_s=600)
        found = _heard(made)
        placed, left = found.settled.alignment, found.settled.left_ms
        error = _voice_error_ms(made, placed)
        shown = "nobody knows" if left is None else f"{left:.2g}"
        print(f"| {name} | {1000 * LATE_S:.3g} | {error:.2g} | {placed.method} | {shown} |")


def _heard(talk: Talk) -> HeardTogether:
    made = made_voices(talk)
    link = Link(at_us=0.0, ahead_us=0.0, slope=0.0, spread_us=200.0, rtt_us=4e3, windows=10, exchanges=600)
    line = Timeline(rate_hz=TALK_HZ, frames=made.first.size)
    clocks = Alignment(
        offset_s=0.0,
        drift_ppm=talk.drift_ppm,
        uncertainty_ms=2.5,
        method="exchanges",
        first=line,
        second=line,
        link=link,
    )
    return two_tracks(_blocks(made.first), _blocks(made.second), clocks)


def _voice_error_ms(talk: Talk, placed: Alignment) -> float:
    at_s = np.linspace(0, talk.duration_s, 100)
    truth = at_s * (1 + 1e-6 * talk.drift_ppm) + talk.late_s
    return float(1000 * np.abs(placed.later_s(at_s) - truth).max())


def _blocks(samples: FloatArray) -> list[np.ndarray[tuple[int], np.dtype[np.int16]]]:
    codes = np.rint(samples * 32767).astype(np.int16)
    return [codes[at : at + 5 * TALK_HZ] for at in range(0, codes.size, 5 * TALK_HZ)]


if __name__ == "__main__":
    sys.exit(main())
