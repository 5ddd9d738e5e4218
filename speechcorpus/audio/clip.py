"""The released form of an item: resampled once, encoded once, mono FLAC of 16 bits."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from speechcorpus.audio.child import cpu_limit_s, shared_children
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import check_header, read_header
from speechcorpus.domain.errors import SignalError

COMPRESSION_LEVEL = 0.625  # of libsndfile's 0 to 1: FLAC level 5, libFLAC's own default
LONGEST_S = 3600.0
TASK = "speechcorpus.audio.clip:encode_in_child"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedClip:
    """Bytes of a FLAC file, and what made them."""

    flac: bytes
    frames: int
    rate_hz: int
    encoder: str


def encode_clip(item_wav: Path, *, rate_hz: int) -> EncodedClip:
    """Return an item's audio at the release's rate, from inside a limited child.

    Resampled by soxr at very high quality, rounded to 16 bits without dither, so the same item gives the
    same bytes with the same encoder. An item already at the rate keeps its samples.

    Raises
    ------
    SignalError : a code of `domain/measurement.ERROR_CODES` for a file that cannot be decoded whole,
        `channels-not-allowed` unless it is mono
    """
    header = read_header(item_wav)
    check_header(header, max_duration_s=LONGEST_S)
    if header.channels != 1:
        raise SignalError("channels-not-allowed", f"a clip is mono, not {header.channels} channels")
    arguments = {"path": str(item_wav), "rate_hz": rate_hz}
    answer = shared_children().call(TASK, arguments, cpu_s=cpu_limit_s(header.claimed_s))
    return EncodedClip(flac=answer.data, **answer.values)


def encode_in_child(path: str, rate_hz: int) -> tuple[dict[str, Any], bytes]:
    """The work itself; values and the FLAC bytes."""
    header = read_header(Path(path))
    decoder = Decoder(Path(path), header, max_frames=round(LONGEST_S * header.rate_hz))
    blocks = [block[:, 0] for block in decoder]
    if decoder.fault or header.length_fault or not blocks:
        raise SignalError("truncated", header.length_fault or decoder.fault or "no samples")
    samples = _at_rate(np.concatenate(blocks), header.rate_hz, rate_hz)
    flac = io.BytesIO()
    soundfile.write(
        flac, samples, rate_hz, format="FLAC", subtype="PCM_16", compression_level=COMPRESSION_LEVEL
    )
    return {"frames": samples.size, "rate_hz": rate_hz, "encoder": _encoder()}, flac.getvalue()


def _at_rate(samples: np.ndarray[Any, Any], from_hz: int, to_hz: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    if from_hz == to_hz and samples.dtype == np.int16:
        return samples
    floats = samples / 32768 if samples.dtype == np.int16 else samples.astype(np.float64)
    resampled = soxr.resample(floats, from_hz, to_hz, quality="VHQ")
    return np.asarray(np.clip(np.rint(resampled * 32768), -32768, 32767), dtype=np.int16)


def _encoder() -> str:
    sndfile = soundfile.__libsndfile_version__
    return f"soxr {soxr.__version__} VHQ, libsndfile {sndfile} FLAC PCM_16 level {COMPRESSION_LEVEL * 8:g}"
