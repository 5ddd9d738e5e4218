"""Recordings whose background is known: clean speech and noise of a known A level, mixed by a seed.

The truth is the A level of the noise part alone over the whole file, speech included: what a sound level
meter beside a silent speaker would read. Noise that moves while someone speaks is therefore part of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks import signals
from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, FloatArray
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.level import power_dbfs
from speechcorpus.dsp.runs import runs

RATE_HZ = 16_000
SNRS_DB = (0, 5, 10, 15, 20, 25, 30, 35, 40)
EDGES_DBA = (40.0, 55.0, 70.0)
FROM_EDGE_DB = (-3.0, -1.0, -0.5, 0.5, 1.0, 3.0)
STATIONARY = ("pink", "white", "room")
FORMULA_S = (4.0, 12.0)
SPEECH_DBFS = (-30.0, -20.0)
ROOMS_DBA = (32.0, 75.0)

DOMINATES_DB = 15.0  # real recordings have a floor of their own; ours must lie this far above it
SPEECH_BELOW_LOUD_DB = 35.0  # a hop of clean speech counts as speech down to here below its loud hops …
SPEECH_ABOVE_FLOOR_DB = 8.0  # … and this far above its own floor
CLOSURE_HOPS = 5  # the silence inside a stop consonant is speech

Group = Literal["general", "edge", "tight"]
"""Each noise at each SNR; levels round the edges of the bands; recordings cut off at their words."""

T60_S, DIRECT_DB = (0.2, 0.7), (0.0, 9.0)  # every second speaker sits in a room that answers

MakeNoise = Callable[[np.random.Generator, int], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Clean speech, which hops of 20 ms hold it, and the A power of its own background."""

    name: str
    samples: FloatArray
    speaks: BoolArray
    own_power: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to mix."""

    group: Group
    noise: str
    snr_db: float
    level_dba: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """One recording as a decoder would hand it over, and the answers.

    `speaks` is where words are, as a person would label them; `covers` also where the tail of a word in its
    room comes within 10 dB of the noise: what a perfect detector would keep out of a gap.
    """

    plan: Plan
    speech: str
    samples: NDArray[np.int16]
    speaks: BoolArray
    covers: BoolArray
    truth_dbfs: float
    truth_dba: float

    @property
    def offset_db(self) -> float:
        """Calibration of the imagined microphone: dB SPL less dBFS."""
        return self.truth_dba - self.truth_dbfs


def mixes(
    seed: int,
    *,
    repeats: int,
    speech: Path | None = None,
    noise: Path | None = None,
    only: Sequence[str] | None = None,
) -> Iterator[Mix]:
    """Yield the general set, the set round the edges of the bands and, of recorded speech, the tight set.

    `only` names the noises wanted; leaving the others out changes no mix.
    """
    spoken = [] if speech is None else [_labelled(path) for path in _audio(speech)]
    noises = {**_formula_noises(), **({} if noise is None else _recorded_noises(noise))}
    for number, plan in enumerate(_plans(noises, repeats=repeats, tight=bool(spoken))):
        if only is not None and plan.noise not in only:
            continue
        made = _mixed(np.random.default_rng((seed, number)), plan, noises[plan.noise], spoken)
        if made is not None:
            yield made


def _plans(noises: Iterable[str], *, repeats: int, tight: bool) -> Iterator[Plan]:
    for kind in noises:
        for snr_db in SNRS_DB:
            for _ in range(repeats):
                yield Plan(group="general", noise=kind, snr_db=snr_db)
            if tight:
                yield Plan(group="tight", noise=kind, snr_db=snr_db)
        for level_dba in (edge + distance for edge in EDGES_DBA for distance in FROM_EDGE_DB):
            yield Plan(group="edge", noise=kind, snr_db=lombard_snr_db(level_dba), level_dba=level_dba)


def lombard_snr_db(noise_dba: float) -> float:
    """SNR of a speaker at half a metre: 66 dB(A) in quiet, raised by half of what the noise exceeds 50 dB(A).

    Examples
    --------
    >>> [lombard_snr_db(level_dba) for level_dba in (40.0, 55.0, 70.0)]
    [26.0, 13.5, 6.0]
    """
    return 66.0 + max(0.0, noise_dba - 50.0) / 2 - noise_dba


def _mixed(rng: np.random.Generator, plan: Plan, make: MakeNoise, spoken: Sequence[Speech]) -> Mix | None:
    """One mix, or None where no recording is clean enough for that SNR."""
    for speech in _candidates(rng, plan, spoken):
        loud = np.repeat(speech.speaks, RATE_HZ // HOPS_PER_S)
        speech_power = float(np.mean(np.square(speech.samples[: loud.size][loud])))
        noise = make(rng, speech.samples.size)
        noise *= 10 ** (-plan.snr_db / 20) * np.sqrt(speech_power / np.mean(np.square(noise)))
        noise_power = 10 ** (signals.a_weighted_level_dbfs(noise, RATE_HZ) / 10)
        if speech.own_power * 10 ** (DOMINATES_DB / 10) > noise_power:
            continue
        gain = 10 ** (rng.uniform(*SPEECH_DBFS) / 20) / np.sqrt(speech_power)
        return Mix(
            plan=plan,
            speech=speech.name,
            samples=np.clip(np.rint(32768 * gain * (speech.samples + noise)), -32768, 32767).astype(np.int16),
            speaks=speech.speaks,
            covers=speech.speaks | _on_hops(frame_powers(speech.samples, RATE_HZ)[:, A] > 0.1 * noise_power),
            truth_dbfs=float(10 * np.log10((noise_power + speech.own_power) * gain**2)),
            truth_dba=rng.uniform(*ROOMS_DBA) if plan.level_dba is None else plan.level_dba,
        )
    return None


def _candidates(rng: np.random.Generator, plan: Plan, spoken: Sequence[Speech]) -> Iterator[Speech]:
    if not spoken:
        yield _in_a_room(rng, _formula_speech(rng))
    for index in rng.permutation(len(spoken)):
        yield spoken[index] if plan.group == "tight" else _in_a_room(rng, _with_ends(rng, spoken[index]))


def _formula_speech(rng: np.random.Generator) -> Speech:
    seed, duration_s = int(rng.integers(2**31)), float(rng.uniform(*FORMULA_S))
    made = signals.voice(seed=seed, duration_s=duration_s, rate_hz=RATE_HZ)
    return Speech(name="voice", samples=made.samples, speaks=made.speaks)


def _formula_noises() -> dict[str, MakeNoise]:
    makers = (
        signals.pink, signals.white, signals.room, signals.babble, signals.impulsive, signals.moving
    )  # fmt: skip

    def bound(make: Callable[..., FloatArray]) -> MakeNoise:
        return lambda rng, size: make(
            level_dbfs=0, duration_s=size / RATE_HZ, rate_hz=RATE_HZ, seed=int(rng.integers(2**20))
        )

    return {make.__name__: bound(make) for make in makers}


def _recorded_noises(folder: Path) -> dict[str, MakeNoise]:
    def bound(samples: FloatArray) -> MakeNoise:
        return lambda rng, size: np.resize(np.roll(samples, -int(rng.integers(samples.size))), size).copy()

    return {path.stem: bound(_read(path)) for path in _audio(folder)}


def _labelled(path: Path) -> Speech:
    """Clean speech with labels from its own level: nobody has labelled it by ear."""
    samples = _read(path)
    powers = frame_powers(samples, RATE_HZ)[:, A]
    levels_dbfs = power_dbfs(powers)
    own_power = float(np.mean(powers[levels_dbfs <= np.percentile(levels_dbfs, 10)]))
    lowest_dbfs = max(
        float(np.percentile(levels_dbfs, 95)) - SPEECH_BELOW_LOUD_DB,
        float(power_dbfs(own_power)) + SPEECH_ABOVE_FLOOR_DB,
    )
    frames = levels_dbfs > lowest_dbfs
    for start, end in runs(~frames):
        if start > 0 and end < frames.size and end - start <= CLOSURE_HOPS:
            frames[start:end] = True
    return Speech(name=path.stem, samples=samples, speaks=_on_hops(frames), own_power=own_power)


def _with_ends(rng: np.random.Generator, speech: Speech) -> Speech:
    """The pauses before and after it that a recorder asks for."""
    hops = rng.integers(15, 40, 2)  # 0.3 to 0.8 s
    samples = np.pad(speech.samples, tuple(hops * (RATE_HZ // HOPS_PER_S)))
    return replace(speech, samples=samples, speaks=np.pad(speech.speaks, tuple(hops)))


def _in_a_room(rng: np.random.Generator, speech: Speech) -> Speech:
    if rng.random() < 0.5:
        return speech
    t60_s, direct_db = rng.uniform(*T60_S), rng.uniform(*DIRECT_DB)
    heard = signals.reverberant(
        speech.samples, RATE_HZ, t60_s=t60_s, direct_db=direct_db, seed=int(rng.integers(2**31))
    )
    return replace(speech, samples=heard, own_power=speech.own_power * (1 + 10 ** (-direct_db / 10)))


def _on_hops(frames: BoolArray) -> BoolArray:
    return np.concatenate((frames, frames[-1:]))  # frame i is centred between hops i and i + 1


def _audio(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".flac", ".wav"))


def _read(path: Path) -> FloatArray:
    samples, rate_hz = soundfile.read(path, always_2d=True)
    if rate_hz != RATE_HZ:
        raise ValueError(f"{path} is at {rate_hz} Hz; the mixes are made at {RATE_HZ} Hz")
    return np.asarray(samples.mean(axis=1))
