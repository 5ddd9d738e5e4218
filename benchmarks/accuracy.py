"""Accuracy of the noise level on recordings whose background is known.

`python -m benchmarks.accuracy --seed S [--speech DIR --noise DIR] [--silero] [--json] [--check]`.
Constants are tuned on seed 1 and reported on seed 2; a figure of the tuning seed is never published.

Beside the detector stand the limit (the same estimator, told where the speech is) and the usual pipeline.
Without `--speech` the speaker is the formula voice, without `--noise` all noises are formulas.
"""

import argparse
import json
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.mixes import EDGES_DBA, RATE_HZ, Mix, mixes
from benchmarks.qualities import Answer, fitted, qualities
from speechcorpus.dsp.arrays import BoolArray
from speechcorpus.noise.floor import background
from speechcorpus.qc.measure import DEFAULT_SETTINGS, Settings, analyze
from speechcorpus.qc.tracks import read_tracks


def webrtc(mix: Mix) -> Answer:
    """The row of the default settings."""
    tracks = read_tracks([mix.samples], RATE_HZ, 1, DEFAULT_SETTINGS)
    row = analyze([mix.samples], RATE_HZ, 1)
    return _answer(mix, row.noise_laeq_dbfs, row.noise_se_db, tracks.speech)


def silero_second(mix: Mix) -> Answer:
    """The row with a second stage, which knows the edges of the bands."""
    edges_dbfs = tuple(edge - mix.offset_db for edge in EDGES_DBA)
    row = analyze([mix.samples], RATE_HZ, 1, Settings(vad_backend="silero-second", edges_dbfs=edges_dbfs))
    return _answer(mix, row.noise_laeq_dbfs, row.noise_se_db)


def perfect(mix: Mix) -> Answer:
    """The limit: the same estimator, told where speech covers the noise."""
    tracks = read_tracks([mix.samples], RATE_HZ, 1, DEFAULT_SETTINGS)
    floor = background(tracks.a, tracks.z, fitted(mix.covers, tracks.z.size), DEFAULT_SETTINGS.floor)
    return _answer(mix, floor.laeq_dbfs if floor else None, floor.se_db if floor else None)


def usual(mix: Mix) -> Answer:
    """The usual pipeline, from a file as it wants it."""
    from benchmarks.naive import measure

    with tempfile.TemporaryDirectory(prefix="sc-accuracy-") as folder:
        path = Path(folder) / "mix.wav"
        soundfile.write(path, mix.samples, RATE_HZ, subtype="PCM_16")
        with np.errstate(divide="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # librosa takes the logarithm of 0 Hz
            return _answer(mix, measure(path), None)


def _answer(
    mix: Mix, level_dbfs: float | None, se_db: float | None, speech: BoolArray | None = None
) -> Answer:
    if level_dbfs is None:
        raise ValueError(f"{mix.speech} + {mix.plan.noise}: nothing was measured")
    return Answer(mix=mix, level_dbfs=level_dbfs, se_db=se_db, speech=speech)


def table(made: Iterable[Mix], *, silero: bool) -> dict[str, dict[str, float | None]]:
    """Return every quality of every way of measuring."""
    ways = {"webrtc": webrtc, **({"silero-second": silero_second} if silero else {})}
    ways |= {"limit": perfect, "usual way": usual}
    answers: dict[str, list[Answer]] = {way: [] for way in ways}
    for mix in made:
        for way, measure in ways.items():
            answers[way].append(measure(mix))
    return {way: {q.name: q.value(some) for q in qualities()} for way, some in answers.items()}


def missed(found: dict[str, dict[str, float | None]]) -> list[str]:
    """Return what is worse than its bar, in words."""
    return [
        f"{way}: {q.name} is {value:.2f}"
        for way in ("webrtc", "silero-second")
        for q in qualities()
        if way in found and not q.holds(value := found[way][q.name], second=way == "silero-second")
    ]


def _show(found: dict[str, dict[str, float | None]]) -> None:
    print(f"| {'quality':36} | {'bar':>6} | " + " | ".join(f"{way:>13}" for way in found) + " |")
    print("| --- | --- | " + " | ".join("---" for _ in found) + " |")
    for q in qualities():
        shown = [found[way][q.name] for way in found]
        cells = [f"{'–' if value is None else f'{value:.2f}':>13}" for value in shown]
        bar = "" if q.bar == np.inf else f"{q.bar:g}"
        print(f"| {q.name:36} | {bar:>6} | " + " | ".join(cells) + " |")


def main() -> None:
    """Make the mixes, measure them in every way, print; with `--check` exit 1 on a missed bar."""
    parser = argparse.ArgumentParser(prog="benchmarks.accuracy", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--speech", type=Path, help="a folder of clean speech at 16 kHz")
    parser.add_argument("--noise", type=Path, help="a folder of recorded noise at 16 kHz")
    parser.add_argument("--repeats", type=int, default=3, help="mixes of each noise at each SNR")
    parser.add_argument("--silero", action="store_true", help="also with the second stage")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    made = mixes(options.seed, repeats=options.repeats, speech=options.speech, noise=options.noise)
    found = table(made, silero=options.silero)
    if options.json:
        print(json.dumps({"seed": options.seed, "found": found, "missed": missed(found)}))
    else:
        _show(found)
        print("\n".join(f"missed: {line}" for line in missed(found)))
    if options.check and missed(found):
        sys.exit(1)


if __name__ == "__main__":
    main()
