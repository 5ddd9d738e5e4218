"""A row for every file, whatever it is: statuses and codes of bad input, and real recordings."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.signals import pink, voice
from speechcorpus.domain.measurement import Measurement
from speechcorpus.qc.measure import analyze
from speechcorpus.workflows.measure import measure_path
from speechcorpus.workflows.measure_files import find_inputs, measure_inputs


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    samples = voice(seed=1, duration_s=4, rate_hz=16000).samples
    soundfile.write(path, samples + pink(level_dbfs=-55, duration_s=4, rate_hz=16000, seed=1), 16000)
    return path


def test_a_file_is_measured_as_its_samples_are(take):
    row = measure_path(take)
    samples, _ = soundfile.read(take, dtype="int16")
    alone = analyze([samples], 16000, 1)
    assert (row.path, row.status, row.container, row.encoding) == ("take.wav", "ok", "wav", "pcm_16")
    assert row.sha256 == hashlib.sha256(take.read_bytes()).hexdigest()
    assert (row.bytes, row.claimed_frames, row.decoded_frames) == (take.stat().st_size, 64000, 64000)
    for name in ("noise_laeq_dbfs", "snr_db", "speech_s", "loudness_lufs", "settings_sha256", "spans"):
        assert getattr(row, name) == getattr(alone, name)


def test_wav_and_flac_of_the_same_samples_have_the_same_numbers(take):
    samples, _ = soundfile.read(take, dtype="int16")
    soundfile.write(take.with_suffix(".flac"), samples, 16000)
    about_the_file = ("path", "sha256", "bytes", "container")
    wav, flac = (measure_path(path).to_row() for path in (take, take.with_suffix(".flac")))
    assert [key for key in wav if wav[key] != flac[key]] == list(about_the_file)


def test_a_header_that_never_learned_its_length_is_partial_and_measured_whole(take):
    data = bytearray(take.read_bytes())
    data[40:44] = b"\xff" * 4
    take.write_bytes(data)
    row = measure_path(take)
    assert (row.status, row.error_code, row.claimed_frames) == ("partial", "length-mismatch", None)
    assert row.decoded_frames == 64000


def test_half_a_flac_is_partial_and_what_came_out_is_measured(take):
    samples, _ = soundfile.read(take, dtype="int16")
    flac = take.with_suffix(".flac")
    soundfile.write(flac, samples, 16000)
    flac.write_bytes(flac.read_bytes()[: flac.stat().st_size // 2])
    row = measure_path(flac)
    assert (row.status, row.error_code, row.claimed_frames) == ("partial", "truncated", 64000)
    assert 0 < row.decoded_frames < 64000
    assert row.level_dbfs is not None


def test_not_a_number_is_refused_with_what_the_header_said(tmp_path: Path):
    samples = np.zeros(16000, dtype=np.float32)
    samples[100] = np.nan
    soundfile.write(tmp_path / "x.wav", samples, 16000, subtype="FLOAT")
    row = measure_path(tmp_path / "x.wav")
    assert (row.status, row.error_code, row.rate_hz, row.claimed_frames) == (
        "refused",
        "non-finite",
        16000,
        16000,
    )
    assert (row.container, row.level_dbfs, row.decoded_frames) == (None, None, None)


def test_a_small_file_that_unpacks_to_hours_is_measured_within_the_budget_and_refused_beyond(tmp_path: Path):
    with soundfile.SoundFile(tmp_path / "x.flac", "w", 16000, 1) as file:
        for _ in range(20):
            file.write(np.zeros(16000 * 60, dtype=np.int16))
    assert (tmp_path / "x.flac").stat().st_size < 300_000
    row = measure_path(tmp_path / "x.flac")
    assert (row.status, row.duration_s, row.level_dbfs, row.snr_db) == ("ok", 1200.0, -120.0, None)
    assert measure_path(tmp_path / "x.flac", max_duration_s=1199).error_code == "too-long"


def test_a_decoder_held_up_is_stopped_by_its_budget_even_when_the_header_claims_nothing(take):
    data = bytearray(take.read_bytes())
    data[40:44] = b"\0" * 4
    take.write_bytes(data)
    assert measure_path(take, max_duration_s=3.9).error_code == "too-long"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"just words", "not-audio"), (b"RF64" + bytes(90), "format-not-allowed")],
)
def test_a_refused_file_has_a_row_with_its_hash(data, code, tmp_path: Path):
    (tmp_path / "x.wav").write_bytes(data)
    row = measure_path(tmp_path / "x.wav")
    assert (row.status, row.error_code) == ("refused", code)
    assert row.sha256 == hashlib.sha256(data).hexdigest()
    assert Measurement.from_row(json.loads(json.dumps(row.to_row(), allow_nan=False))) == row


def test_what_cannot_be_opened_is_a_row_without_a_hash(tmp_path: Path):
    row = measure_path(tmp_path / "nowhere.wav")
    assert (row.status, row.error_code, row.sha256, row.bytes) == ("refused", "unreadable", None, None)


def test_folders_are_walked_in_the_order_of_bytes_and_loops_are_named(tmp_path: Path, take):
    for name in ("b.flac", "B.wav", "a/z.WAV", "é.wav", "notes.txt", "a/old.mp3"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "in" / "a" / "loop").symlink_to("..")
    inputs = find_inputs([tmp_path / "in"])
    names = ["B.wav", "a/loop", "a/old.mp3", "a/z.WAV", "b.flac", "é.wav"]
    assert [one.name for one in inputs] == names
    rows = list(measure_inputs(inputs, jobs=2))
    assert [row.path for row in rows] == names
    assert rows[1].error_detail == "a folder that leads back into itself"
    assert {row.error_code for row in rows} == {"empty", "unreadable"}


def test_a_name_that_is_no_utf8_shows_its_bytes(tmp_path: Path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav")
    Path(path).write_bytes(b"")
    assert find_inputs([tmp_path])[0].name == "\\xff.wav"
    row = next(measure_inputs(find_inputs([tmp_path])))
    assert row.error_code == "empty"


def test_real_speech_and_real_noise_get_sensible_rows(shared: Path):
    rows = {row.path: row for row in measure_inputs(find_inputs([shared / "audio"]), jobs=2)}
    assert len(rows) >= 19
    assert {row.status for row in rows.values()} == {"ok"}
    for path, row in rows.items():
        assert -100 < row.noise_laeq_dbfs < -20, path
        assert json.loads(json.dumps(row.to_row(), allow_nan=False))["rate_hz"] == 16000
        if path.startswith("speech/"):
            assert row.speech_ratio > 0.5, path
            assert row.snr_db > 5, path
            assert (row.clip_runs, row.dropout_count, row.repeat_count) == (0, 0, 0), path
