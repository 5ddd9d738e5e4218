"""The released clip: right rate, right length, the same bytes every time, and decodable."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.signals import sine, voice
from speechcorpus.audio.check import decode_check, decode_checks
from speechcorpus.audio.clip import encode_clip
from speechcorpus.audio.wav import canonical_header
from speechcorpus.domain.errors import SignalError


def item(path: Path, samples: np.ndarray, rate_hz: int = 48000) -> Path:
    pcm = np.rint(samples * 32767).astype("<i2")
    path.write_bytes(canonical_header(rate_hz=rate_hz, channels=1, frames=pcm.size) + pcm.tobytes())
    return path


@pytest.mark.parametrize("rate_hz", [44100, 48000])
def test_a_clip_is_16_khz_mono_flac_and_the_same_bytes_every_time(rate_hz, tmp_path: Path):
    samples = voice(seed=1, duration_s=3, rate_hz=rate_hz).samples
    clip = encode_clip(item(tmp_path / "a.wav", samples, rate_hz), rate_hz=16000)
    assert encode_clip(tmp_path / "a.wav", rate_hz=16000) == clip
    (tmp_path / "a.flac").write_bytes(clip.flac)
    info = soundfile.info(tmp_path / "a.flac")
    assert (info.frames, info.samplerate, info.channels, info.subtype) == (48000, 16000, 1, "PCM_16")
    assert (clip.frames, clip.rate_hz) == (48000, 16000)
    assert "VHQ" in clip.encoder


def test_resampling_keeps_a_tone_and_removes_what_would_fold(tmp_path: Path):
    for frequency_hz, expected_dbfs in ((1000, -20), (7000, -20), (9000, -110)):
        tone = sine(frequency_hz, level_dbfs=-20, duration_s=1, rate_hz=48000)
        clip = encode_clip(item(tmp_path / "a.wav", tone), rate_hz=16000)
        (tmp_path / "a.flac").write_bytes(clip.flac)
        out = soundfile.read(tmp_path / "a.flac")[0][2000:-2000]
        level_dbfs = 10 * np.log10(np.mean(out**2) + 1e-12)
        assert level_dbfs == pytest.approx(expected_dbfs, abs=0.1 if frequency_hz < 8000 else 15)


def test_an_item_at_the_rate_keeps_its_samples_and_full_scale_does_not_wrap(tmp_path: Path):
    square = np.sign(sine(440, level_dbfs=0, duration_s=1, rate_hz=16000))
    clip = encode_clip(item(tmp_path / "a.wav", square, 16000), rate_hz=16000)
    (tmp_path / "a.flac").write_bytes(clip.flac)
    assert decode_check(tmp_path / "a.flac").pcm_md5 == decode_check(tmp_path / "a.wav").pcm_md5
    loud = np.sign(sine(440, level_dbfs=0, duration_s=1, rate_hz=48000))
    (tmp_path / "b.flac").write_bytes(encode_clip(item(tmp_path / "b.wav", loud), rate_hz=16000).flac)
    out = soundfile.read(tmp_path / "b.flac")[0]
    assert np.abs(np.diff(np.sign(out))).sum() / 2 == pytest.approx(880, abs=3)


def test_a_stereo_item_or_half_a_file_is_no_clip(tmp_path: Path):
    soundfile.write(tmp_path / "two.wav", np.zeros((100, 2)), 48000)
    with pytest.raises(SignalError, match="mono, not 2"):
        encode_clip(tmp_path / "two.wav", rate_hz=16000)
    whole = item(tmp_path / "a.wav", np.zeros(48000)).read_bytes()
    (tmp_path / "half.wav").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SignalError, match="are there"):
        encode_clip(tmp_path / "half.wav", rate_hz=16000)


def test_a_check_tells_what_came_out_and_a_flipped_bit_shows(tmp_path: Path):
    samples = voice(seed=2, duration_s=2, rate_hz=16000).samples
    soundfile.write(tmp_path / "a.flac", samples, 16000, subtype="PCM_24")
    check = decode_check(tmp_path / "a.flac")
    assert (check.frames, check.rate_hz, check.channels) == (32000, 16000, 1)
    data = bytearray((tmp_path / "a.flac").read_bytes())
    data[30] ^= 1  # inside the MD5 of STREAMINFO
    (tmp_path / "a.flac").write_bytes(data)
    with pytest.raises(SignalError, match="STREAMINFO says") as broken:
        decode_check(tmp_path / "a.flac")
    assert broken.value.code == "audio.md5"
    (tmp_path / "a.flac").write_bytes(data[: len(data) // 2])
    with pytest.raises(SignalError) as broken:
        decode_check(tmp_path / "a.flac")
    assert broken.value.code == "truncated"


def test_files_checked_together_are_answered_in_order_and_one_fault_is_nobody_elses(tmp_path: Path):
    rng = np.random.default_rng(5)
    paths = [tmp_path / f"{number}.flac" for number in range(5)]
    for number, path in enumerate(paths):
        soundfile.write(path, rng.integers(-9000, 9000, 4000 + number, dtype=np.int16), 16000)
    paths[1].write_bytes(b"no sound at all")
    whole = paths[3].read_bytes()
    paths[3].write_bytes(whole[: len(whole) // 2])
    found = decode_checks(paths)
    assert [getattr(each, "frames", None) for each in found] == [4000, None, 4002, None, 4004]
    assert [each.code for each in found if isinstance(each, SignalError)] == ["not-audio", "truncated"]
    assert found[0] == decode_check(paths[0])
    assert decode_checks([]) == []
