"""Every allowed encoding gives its samples back exactly."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import read_header
from speechcorpus.domain.errors import SignalError


def noise(frames: int, channels: int) -> np.ndarray:
    return np.random.default_rng(2).integers(-30000, 30000, (frames, channels)) / 32768


def decoded(path: Path, max_frames: int = 10**9) -> np.ndarray:
    return np.concatenate(list(Decoder(path, read_header(path), max_frames=max_frames)))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("suffix", "subtype", "dtype"),
    [("wav", "PCM_16", np.int16), ("wav", "PCM_24", np.float32), ("wav", "FLOAT", np.float32),
     ("flac", "PCM_16", np.int16), ("flac", "PCM_24", np.float32)],
)  # fmt: skip
def test_samples_come_out_as_they_went_in(suffix, subtype, dtype, channels, tmp_path: Path):
    samples = noise(90_000, channels)  # more than one block of 5 s at 16 kHz
    soundfile.write(tmp_path / f"x.{suffix}", samples, 16000, subtype=subtype)
    out = decoded(tmp_path / f"x.{suffix}")
    assert out.dtype == dtype
    assert np.array_equal(out / 32768 if dtype == np.int16 else out, samples)


def test_more_frames_than_the_budget_stop_the_decoder(tmp_path: Path):
    soundfile.write(tmp_path / "x.flac", noise(90_000, 1), 16000)
    with pytest.raises(SignalError, match="more than 80000 frames") as refused:
        decoded(tmp_path / "x.flac", max_frames=80_000)
    assert refused.value.code == "too-long"


def test_half_a_flac_gives_nearly_half_of_its_samples(tmp_path: Path):
    samples = noise(64_000, 1)
    soundfile.write(tmp_path / "x.flac", samples, 16000)
    data = (tmp_path / "x.flac").read_bytes()
    (tmp_path / "x.flac").write_bytes(data[: len(data) // 2])
    decoder = Decoder(tmp_path / "x.flac", read_header(tmp_path / "x.flac"), max_frames=10**9)
    out = np.concatenate(list(decoder))
    assert 24_000 < out.shape[0] < 32_000
    assert np.array_equal(out / 32768, samples[: out.shape[0]])
    assert decoder.fault
