"""The recordings that the benchmarks run over: a formula voice in noise of a known A level, as FLAC."""

import json
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.signals import a_weighted_level_dbfs, pink, voice
from speechcorpus.dsp.arrays import FloatArray

CLIPS, CLIP_S, CLIP_RATE_HZ = 720, 5, 16_000
DISTINCT = 48
HOUR_S, LONGEST_S, HOUR_RATE_HZ = 3600, 21_600, 48_000
SNRS_DB = (10, 20, 30)
TRUTH = "truth.json"


def make_clips(folder: Path) -> None:
    """Write 720 clips of 5 s at 16 kHz, and the true A level of the noise in each."""
    truth: dict[str, float] = {}
    for number in range(CLIPS):
        name = f"clip-{number:04}.flac"
        if number < DISTINCT:
            samples, noise_dbfs = _mixed(number, CLIP_S, CLIP_RATE_HZ)
            soundfile.write(folder / name, samples, CLIP_RATE_HZ, subtype="PCM_16")
            truth[name] = noise_dbfs
        else:
            source = f"clip-{number % DISTINCT:04}.flac"
            (folder / name).write_bytes((folder / source).read_bytes())
            truth[name] = truth[source]
    (folder / TRUTH).write_text(json.dumps(truth))


def make_hour(folder: Path) -> None:
    """Write one recording of an hour at 48 kHz: ten minutes, six times."""
    _write_minutes(folder / "hour.flac", HOUR_S // 60)


def make_long(folder: Path) -> None:
    """Write one recording of six hours at 48 kHz, the longest that is accepted."""
    _write_minutes(folder / "long.flac", LONGEST_S // 60)


def _write_minutes(path: Path, minutes: int) -> None:
    parts = [_mixed(seed, 60, HOUR_RATE_HZ)[0] for seed in range(10)]
    with soundfile.SoundFile(path, "w", HOUR_RATE_HZ, 1, subtype="PCM_16") as file:
        for number in range(minutes):
            file.write(parts[number % len(parts)])


def _mixed(seed: int, duration_s: int, rate_hz: int) -> tuple[FloatArray, float]:
    level_dbfs = -24.0 - SNRS_DB[seed % len(SNRS_DB)]
    noise = pink(level_dbfs=level_dbfs, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    spoken = voice(seed=seed, duration_s=duration_s, rate_hz=rate_hz).samples
    return np.clip(spoken + noise, -1, 1), a_weighted_level_dbfs(noise, rate_hz)
