"""The header check: every kind of file that is not ours to decode, made by formula."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechcorpus.audio.header import check_header, read_header
from speechcorpus.audio.wav import canonical_header
from speechcorpus.domain.errors import SignalError


def wav(
    frames: int = 1000,
    *,
    rate_hz=16000,
    channels=1,
    tag=1,
    bits=16,
    claimed: int | None = None,
    more: bytes = b"",
) -> bytes:
    frame_bytes = channels * bits // 8
    size = frames * frame_bytes
    form = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits)
    data = struct.pack("<4sI", b"data", size if claimed is None else claimed) + bytes(size)
    body = b"WAVE" + struct.pack("<4sI", b"fmt ", len(form)) + form + data + more
    return b"RIFF" + struct.pack("<I", len(body)) + body


def flac(frames: int = 1000, *, rate_hz=16000, channels=1, subtype="PCM_16") -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(1).normal(0, 0.1, (frames, channels))
    soundfile.write(file, noise, rate_hz, format="FLAC", subtype=subtype)
    return file.getvalue()


def claiming(data: bytes, frames: int) -> bytes:
    packed = int.from_bytes(data[18:26], "big") >> 36 << 36 | frames
    return data[:18] + packed.to_bytes(8, "big") + data[26:]


REFUSED = {
    "empty": (b"", "empty"),
    "a wav without samples": (wav(0), "empty"),
    "text": (b"not a sound, only words", "not-audio"),
    "a page": (b"<!doctype html><title>404</title>", "not-audio"),
    "an mp3": (b"ID3\x04\x00" + bytes(400), "not-audio"),
    "half a header": (wav()[:20], "not-audio"),
    "no data chunk": (wav()[:36], "not-audio"),
    "a tiny format chunk": (b"RIFF\x20\0\0\0WAVEfmt \x04\0\0\0" + bytes(4) + b"data\0\0\0\0", "not-audio"),
    "rf64": (b"RF64" + wav()[4:], "format-not-allowed"),
    "big-endian": (b"RIFX" + wav()[4:], "format-not-allowed"),
    "adpcm": (wav(tag=2, bits=4, channels=2), "format-not-allowed"),
    "8 bits": (wav(bits=8), "format-not-allowed"),
    "64 bits": (wav(tag=3, bits=64), "format-not-allowed"),
    "ogg": (b"OggS" + bytes(60), "format-not-allowed"),
    "flac without its first block": (b"fLaC\x04" + bytes(60), "not-audio"),
    "half a streaminfo": (flac()[:20], "not-audio"),
    "8-bit flac": (flac(subtype="PCM_S8"), "format-not-allowed"),
    "rate 0": (wav(rate_hz=0), "rate-not-allowed"),
    "rate 11025": (flac(rate_hz=11025), "rate-not-allowed"),
    "no channel": (wav(channels=0, claimed=2000), "channels-not-allowed"),
    "1024 channels": (wav(10, channels=1024), "channels-not-allowed"),
    "5 channels": (flac(channels=5), "channels-not-allowed"),
    "2^36 frames": (claiming(flac(), 2**36 - 1), "too-long"),
    "a wav that claims half a day": (wav(claimed=2**31), "too-long"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_we_do_not_decode_is_refused_by_code(kind, tmp_path: Path):
    data, code = REFUSED[kind]
    (tmp_path / "x.flac").write_bytes(data)
    with pytest.raises(SignalError) as refused:
        check_header(read_header(tmp_path / "x.flac"), max_duration_s=21600)
    assert refused.value.code == code


def test_the_refusal_names_the_facts(tmp_path: Path):
    (tmp_path / "x.flac").write_bytes(claiming(flac(), 2**36 - 1))
    with pytest.raises(SignalError, match="claimed 68719476735 frames"):
        check_header(read_header(tmp_path / "x.flac"), max_duration_s=21600)


@pytest.mark.parametrize(
    ("data", "encoding", "channels", "rate_hz"),
    [
        (wav(), "pcm_16", 1, 16000),
        (wav(bits=24, channels=2, rate_hz=48000), "pcm_24", 2, 48000),
        (wav(tag=3, bits=32), "float_32", 1, 16000),
        (flac(channels=2, rate_hz=44100), "pcm_16", 2, 44100),
        (flac(subtype="PCM_24", rate_hz=96000), "pcm_24", 1, 96000),
    ],
)
def test_what_we_do_decode_says_what_it_is(data, encoding, channels, rate_hz, tmp_path: Path):
    (tmp_path / "x").write_bytes(data)
    header = read_header(tmp_path / "x")
    check_header(header, max_duration_s=21600)
    assert (header.encoding, header.channels, header.rate_hz) == (encoding, channels, rate_hz)
    assert (header.claimed_frames, header.length_fault) == (1000, None)


def test_an_extensible_header_and_notes_after_the_samples_are_in_order(tmp_path: Path):
    file = tmp_path / "x.wav"
    soundfile.write(file, np.zeros((500, 2)), 48000, format="WAVEX", subtype="PCM_24")
    assert read_header(file).encoding == "pcm_24"
    file.write_bytes(wav(501, more=b"LIST\x04\0\0\0abcd"))
    assert read_header(file).length_fault is None


@pytest.mark.parametrize(
    ("claimed", "frames", "frames_there"),
    [(0, None, 1000), (0xFFFFFFFF, None, 1000), (4000, 2000, 1000), (600, 300, 300)],
)
def test_a_length_that_is_not_true_is_a_fault_and_the_bytes_decide(
    claimed, frames, frames_there, tmp_path: Path
):
    (tmp_path / "x.wav").write_bytes(wav(1000, claimed=claimed))
    header = read_header(tmp_path / "x.wav")
    assert header.claimed_frames == frames
    assert header.data_bytes == 2 * frames_there
    assert "2000 are there" in header.length_fault


def test_what_is_no_file_is_unreadable(tmp_path: Path):
    for path in (tmp_path, tmp_path / "nowhere.wav", Path("/dev/zero")):
        with pytest.raises(SignalError) as refused:
            read_header(path)
        assert refused.value.code == "unreadable"


def test_the_canonical_header_is_44_bytes_that_every_reader_understands(tmp_path: Path):
    samples = np.arange(-500, 500, dtype="<i2")
    (tmp_path / "x.wav").write_bytes(
        canonical_header(rate_hz=48000, channels=1, frames=1000) + samples.tobytes()
    )
    read, rate_hz = soundfile.read(tmp_path / "x.wav", dtype="int16")
    assert rate_hz == 48000
    assert np.array_equal(read, samples)
    with pytest.raises(SignalError, match="do not fit"):
        canonical_header(rate_hz=48000, channels=1, frames=2**31)
