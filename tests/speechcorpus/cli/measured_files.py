"""Files for `speechcorpus measure`, made by formula: many good clips, and every kind of bad one."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.signals import pink, voice

RATE_HZ = 16_000


def make_clips(folder: Path, count: int, *, duration_s: int = 2) -> None:
    """Write clips that all differ: twelve voices, each with a noise of its own."""
    folder.mkdir(exist_ok=True)
    voices = [voice(seed=seed, duration_s=duration_s, rate_hz=RATE_HZ).samples for seed in range(12)]
    hiss = pink(level_dbfs=-50, duration_s=2 * duration_s, rate_hz=RATE_HZ, seed=1)
    for number in range(count):
        noise = np.roll(hiss, 97 * number)[: duration_s * RATE_HZ]
        samples = np.clip(voices[number % 12] + noise, -1, 1)
        soundfile.write(folder / f"clip-{number:04}.flac", samples, RATE_HZ, subtype="PCM_16")


def noise(frames: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.1, (frames, channels))


def sound(frames: int = 16_000, *, form: str = "WAV", subtype: str = "PCM_16", rate_hz: int = RATE_HZ,
          channels: int = 1) -> bytes:  # fmt: skip
    """Return a file of noise."""
    file = io.BytesIO()
    soundfile.write(file, noise(frames, channels), rate_hz, format=form, subtype=subtype)
    return file.getvalue()


def wav(*, rate_hz: int = RATE_HZ, channels: int = 1, tag: int = 1, bits: int = 16, size: int = 32_000,
        claimed: int | None = None) -> bytes:  # fmt: skip
    """Return a WAV file whose header says what it is told."""
    frame_bytes = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame_bytes % 2**32, frame_bytes, bits)
    data = np.random.default_rng(4).integers(-3000, 3000, size // 2, dtype="<i2").tobytes()
    head = struct.pack("<4sI", b"data", size if claimed is None else claimed)
    body = b"WAVE" + struct.pack("<4sI", b"fmt ", len(form)) + form + head + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def floats(value: float, at: int, *, frames: int = 16_000) -> bytes:
    """Return a float WAV with one sample that is this value."""
    samples = noise(frames)[:, 0].astype("<f4")
    samples[at] = value
    file = io.BytesIO()
    soundfile.write(file, samples, RATE_HZ, format="WAV", subtype="FLOAT")
    return file.getvalue()


def claiming(frames: int, *, rate_hz: int = RATE_HZ) -> bytes:
    """Return a FLAC file whose STREAMINFO claims that many frames."""
    data = sound(form="FLAC", rate_hz=rate_hz)
    packed = int.from_bytes(data[18:26], "big") >> 36 << 36 | frames
    return data[:18] + packed.to_bytes(8, "big") + data[26:]


def without_length(data: bytes) -> bytes:
    """Return a WAV file whose writer never came back to say how long it is."""
    at = data.index(b"data") + 4
    return data[:at] + bytes(4) + data[at + 4 :]


def cut(data: bytes, share: float) -> bytes:
    """Return the first part of a file."""
    return data[: int(len(data) * share)]


def silence(minutes: int) -> bytes:
    """Return hours of digital silence in a few kilobytes."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", RATE_HZ, 1, format="FLAC") as out:
        for _ in range(minutes):
            out.write(np.zeros(RATE_HZ * 60, dtype=np.int16))
    return file.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str, str | None]] = {
    "nothing.wav": (lambda: b"", "refused", "empty"),
    "no-samples.wav": (lambda: wav(size=0), "refused", "empty"),
    "text.wav": (lambda: b"not a sound, only words", "refused", "not-audio"),
    "text.flac": (lambda: "錄音在哪裡？".encode(), "refused", "not-audio"),
    "page.wav": (lambda: b"<!doctype html><title>404</title>", "refused", "not-audio"),
    "page.flac": (lambda: b"\n<html>", "refused", "not-audio"),
    "mp3.flac": (lambda: sound(form="MP3", subtype="MPEG_LAYER_III"), "refused", "not-audio"),
    "mp3-tagged.flac": (lambda: b"ID3\x04\x00" + bytes(400), "refused", "not-audio"),
    "adpcm-ima.wav": (lambda: sound(subtype="IMA_ADPCM"), "refused", "format-not-allowed"),
    "adpcm-ms.wav": (lambda: sound(subtype="MS_ADPCM"), "refused", "format-not-allowed"),
    "double.wav": (lambda: sound(subtype="DOUBLE"), "refused", "format-not-allowed"),
    "double-stereo.wav": (lambda: sound(subtype="DOUBLE", channels=2), "refused", "format-not-allowed"),
    "rf64.wav": (lambda: sound(form="RF64"), "refused", "format-not-allowed"),
    "rf64-head.wav": (lambda: b"RF64" + wav()[4:], "refused", "format-not-allowed"),
    "rate-0.wav": (lambda: wav(rate_hz=0), "refused", "rate-not-allowed"),
    "rate-odd.wav": (lambda: wav(rate_hz=15_999), "refused", "rate-not-allowed"),
    "rate-odd.flac": (lambda: sound(form="FLAC", rate_hz=11_025), "refused", "rate-not-allowed"),
    "rate-top.wav": (lambda: wav(rate_hz=2**32 - 1), "refused", "rate-not-allowed"),
    "channels-0.wav": (lambda: wav(channels=0, claimed=32_000), "refused", "channels-not-allowed"),
    "channels-3.flac": (lambda: sound(form="FLAC", channels=3), "refused", "channels-not-allowed"),
    "channels-1024.wav": (lambda: wav(channels=1024), "refused", "channels-not-allowed"),
    "channels-65535.wav": (lambda: wav(channels=0xFFFF, bits=8), "refused", None),
    "claims-2-36.flac": (lambda: claiming(2**36 - 1), "refused", "too-long"),
    "claims-a-day.flac": (lambda: claiming(86_400 * RATE_HZ), "refused", "too-long"),
    "longer.wav": (lambda: wav(claimed=64_000), "partial", "length-mismatch"),
    "much-longer.wav": (lambda: wav(claimed=2**28), "partial", "length-mismatch"),
    "shorter.wav": (lambda: wav(claimed=16_000), "partial", "length-mismatch"),
    "one-frame-claimed.wav": (lambda: wav(claimed=2), "partial", "length-mismatch"),
    "claims-0.wav": (lambda: wav(claimed=0), "partial", "length-mismatch"),
    "claims-0-float.wav": (lambda: without_length(sound(subtype="FLOAT")), "partial", "length-mismatch"),
    "claims-ffffffff.wav": (lambda: wav(claimed=0xFFFFFFFF), "partial", "length-mismatch"),
    "claims-ffffffff-24.wav": (lambda: wav(claimed=0xFFFFFFFF, bits=24), "partial", "length-mismatch"),
    "half.flac": (lambda: cut(sound(form="FLAC", frames=64_000), 0.5), "partial", "truncated"),
    "most-24.flac": (
        lambda: cut(sound(form="FLAC", subtype="PCM_24", frames=64_000), 0.8), "partial", "truncated",
    ),
    "nan.wav": (lambda: floats(float("nan"), 100), "refused", "non-finite"),
    "nan-last.wav": (lambda: floats(float("nan"), 15_999), "refused", "non-finite"),
    "inf.wav": (lambda: floats(float("inf"), 5_000), "refused", "non-finite"),
    "minus-inf.wav": (lambda: floats(float("-inf"), 0), "refused", "non-finite"),
    "silence.flac": (lambda: silence(1), "ok", None),
    "silence-20-min.flac": (lambda: silence(20), "ok", None),
    "sample.wav": (lambda: sound(1), "ok", None),
    "sample.flac": (lambda: sound(1, form="FLAC"), "ok", None),
    "39-ms.wav": (lambda: sound(624), "ok", None),
    "39-ms.flac": (lambda: sound(624, form="FLAC"), "ok", None),
}  # fmt: skip
"""Every kind of bad input of which a file can be made: how, the status of its row, its code (None: any)."""


def make_bad(folder: Path) -> None:
    """Write one file of every kind."""
    folder.mkdir(exist_ok=True)
    for name, (made, _, _) in BAD.items():
        (folder / name).write_bytes(made())
