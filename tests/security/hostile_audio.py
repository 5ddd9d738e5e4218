"""Hostile recordings made by formula: lying headers, bombs, samples that are no numbers, two files in one."""

import io
import struct
import zipfile

import numpy as np
import soundfile

from tests.speechcorpus.audio.test_header import claiming, flac, wav

RATE_HZ = 16_000


def page() -> bytes:
    """A page with a script in it, for a browser that guesses types."""
    return b"<!doctype html><script>alert(1)</script>"


def archive() -> bytes:
    """A ZIP archive, which is read from its end."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("../../etc/cron.d/x", "* * * * * root true\n")
    return file.getvalue()


def floats(*values: float) -> bytes:
    """A float WAV that repeats these samples for a second."""
    return _with_samples(wav(RATE_HZ, tag=3, bits=32), np.resize(np.float32(values), RATE_HZ).tobytes())


def _with_samples(file: bytes, data: bytes) -> bytes:
    return file[:44] + data


def bomb() -> bytes:
    """A FLAC of silence that unpacks to four thousand times its size, and claims none of it."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros(60 * RATE_HZ, dtype=np.int16), RATE_HZ, format="FLAC")
    return claiming(file.getvalue(), 0)


def flac_with(block: int, data: bytes) -> bytes:
    """A FLAC with one more metadata block behind STREAMINFO."""
    made = flac(4_000)
    first = bytes([made[4] & 0x7F]) + made[5:42]
    return made[:4] + first + bytes([block]) + len(data).to_bytes(3, "big") + data + made[42:]


def corpus() -> dict[str, bytes]:
    """Return the recordings by name."""
    sound = flac(8_000)
    return {
        "a length that ends before the samples": wav(8_000, claimed=100),
        "a length far beyond the file": wav(8_000, claimed=2**32 - 1),
        "a length of nothing": wav(8_000, claimed=0),
        "a RIFF length of nothing": wav(8_000)[:4] + bytes(4) + wav(8_000)[8:],
        "two format chunks": wav(8_000)[:36] + wav(8_000, rate_hz=48_000)[12:],
        "a data chunk inside a data chunk": wav(4_000, more=wav(4_000)),
        "a chunk that is its own end": b"RIFF" + struct.pack("<I", 40) + b"WAVE" + b"LIST" + b"\xff" * 32,
        "samples that are no numbers": floats(float("nan")),
        "samples without bound": floats(float("inf"), -float("inf")),
        "samples beyond all measure": floats(3e38, -3e38),
        "samples next to nothing": floats(1e-45),
        "24 bits that end in mid-sample": wav(8_000, bits=24)[:-1],
        "a FLAC of silence that unpacks to minutes": bomb(),
        "a FLAC that claims 2^36 frames": claiming(sound, 2**36 - 1),
        "a FLAC that claims more than it has": claiming(sound, 16_000),
        "half a FLAC": sound[: len(sound) // 2],
        "a FLAC whose frames are noise": sound[:60] + np.random.default_rng(1).bytes(len(sound) - 60),
        "a FLAC with a picture of 16 MiB": flac_with(6, bytes(1 << 20)),
        "a FLAC with a comment without end": flac_with(4, b"\xff" * 64),
        "a sound and an archive": wav(8_000, more=archive()),
        "a sound and a page": wav(8_000, more=page()),
        "a page and a sound": page() + wav(8_000),
        "an archive": archive(),
        "a program": b"\x7fELF" + bytes(400),
    }


def mutants(seed: int, most: int) -> list[bytes]:
    """Return good files with some bytes changed, cut or doubled."""
    rng, made = np.random.default_rng(seed), []
    for whole in (wav(2_000), flac(2_000), wav(2_000, tag=3, bits=32)):
        for _ in range(most):
            spoilt = bytearray(whole)
            for at in rng.integers(0, min(len(spoilt), 120), 3):
                spoilt[at] = int(rng.integers(0, 256))
            made.append(bytes(spoilt[: int(rng.integers(1, len(spoilt)))] if rng.random() < 0.3 else spoilt))
    return made
