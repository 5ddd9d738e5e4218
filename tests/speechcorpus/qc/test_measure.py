"""One row, whatever the blocks; complete, finite, and the same after a round trip."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.signals import pink, voice
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import Measurement
from speechcorpus.noise.band import DEFAULT_BANDS, Band, Bands
from speechcorpus.noise.calibration import Calibration
from speechcorpus.noise.floor import FloorSettings
from speechcorpus.qc.measure import DEFAULT_SETTINGS, Settings, analyze, calibrated
from speechcorpus.workflows.measure_report import parquet_schema

RATES_HZ = (8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)
ABSOLUTE = ("level_dbfs", "laeq_dbfs", "la10_dbfs", "la50_dbfs", "la90_dbfs", "la95_dbfs", "laf_max_dbfs",
            "las_max_dbfs", "loudness_lufs", "peak_dbfs")  # fmt: skip


def take(seed: int = 1, duration_s: float = 7.3, rate_hz: int = 16000) -> np.ndarray:
    hiss = pink(level_dbfs=-55, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    return voice(seed=seed, duration_s=duration_s, rate_hz=rate_hz).samples + hiss


WHOLE = {rate_hz: take(rate_hz=rate_hz) for rate_hz in (16000, 44100)}


@settings(max_examples=12, deadline=None)
@given(
    rate_hz=st.sampled_from([16000, 44100]), cuts=st.lists(st.floats(0, 1), max_size=5), as_pcm=st.booleans()
)
def test_a_row_is_the_same_however_the_recording_is_cut_into_blocks(rate_hz, cuts, as_pcm):
    samples = WHOLE[rate_hz]
    if as_pcm:
        samples = np.rint(samples * 32767).astype(np.int16)
    pieces = np.split(samples, sorted(int(cut * samples.size) for cut in cuts))
    assert analyze(pieces, rate_hz, 1) == analyze([samples], rate_hz, 1)


@settings(max_examples=8, deadline=None)
@given(gain_db=st.floats(-10, 0))
def test_turning_a_recording_down_moves_its_levels_and_leaves_its_ratios(gain_db):
    before = analyze([WHOLE[16000]], 16000, 1)
    after = analyze([WHOLE[16000] * 10 ** (gain_db / 20)], 16000, 1)
    for name in ABSOLUTE:
        assert getattr(after, name) - getattr(before, name) == pytest.approx(gain_db, abs=0.011), name
    if after.speech_s == before.speech_s:  # the detector itself may turn with the level
        assert after.snr_db == pytest.approx(before.snr_db, abs=0.011)
        assert after.noise_laeq_dbfs - before.noise_laeq_dbfs == pytest.approx(gain_db, abs=0.011)


@st.composite
def hostile(draw):
    """Silence, steps, noise of any level, absurd floats; from nothing to 2 s; 1 or 2 channels."""
    rate_hz = draw(st.sampled_from(RATES_HZ))
    channels = draw(st.sampled_from([1, 2]))
    size = draw(st.integers(0, 2 * rate_hz))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    scale = draw(st.sampled_from([0.0, 1e-9, 1e-4, 0.1, 1.0, 1e30]))
    block = (rng.standard_normal((size, channels)) * scale).astype(np.float32)
    if size and draw(st.booleans()):
        block[: size // 2] = draw(st.sampled_from([0.0, 1.0, -1.0]))
    if draw(st.booleans()):
        block = np.clip(block * 32768, -32768, 32767).astype(np.int16)
    return block, rate_hz, channels


@settings(max_examples=60, deadline=None)
@given(sound=hostile())
def test_no_signal_whatever_puts_a_nan_into_a_row_and_every_row_survives_json_and_parquet(sound):
    block, rate_hz, channels = sound
    row = analyze([block], rate_hz, channels)
    text = json.dumps(row.to_record(), allow_nan=False)
    assert Measurement.from_row(json.loads(text)) == row
    table = pa.Table.from_pylist([row.to_row()], schema=parquet_schema())
    assert Measurement.from_row(table.to_pylist()[0]).to_row() == row.to_row()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_every_allowed_rate_is_measured(rate_hz):
    row = analyze([take(rate_hz=rate_hz, duration_s=4)], rate_hz, 1)
    assert row.noise_laeq_dbfs == pytest.approx(-60, abs=3)
    assert row.noise_octave_1000_dbfs is not None
    assert (row.noise_octave_8000_dbfs is None) == (rate_hz == 8000)
    assert row.noise_octave_partial_hz == {8000: 4000, 16000: 8000, 22050: 8000}.get(rate_hz)


def test_two_equal_channels_are_one_but_for_loudness():
    mono = analyze([WHOLE[16000]], 16000, 1).to_row()
    both = analyze([np.stack((WHOLE[16000], WHOLE[16000]), axis=1)], 16000, 2).to_row()
    assert both.pop("loudness_lufs") == pytest.approx(mono.pop("loudness_lufs") + 3.01, abs=0.011)
    assert (both["channel_identical"], both["channel_correlation"], both["channel_delay_s"]) == (
        True,
        1.0,
        0.0,
    )
    for row in (mono, both):
        for name in [name for name in row if name.startswith("channel") or name == "spans"]:
            row.pop(name)
    assert both == mono


def test_channels_in_anti_phase_keep_their_speech():
    mono = analyze([WHOLE[16000]], 16000, 1)
    both = analyze([np.stack((WHOLE[16000], -WHOLE[16000]), axis=1)], 16000, 2)
    assert both.speech_s == pytest.approx(mono.speech_s, abs=0.1)
    assert both.level_dbfs == mono.level_dbfs


def test_the_worst_channel_is_the_one_that_counts():
    bad = np.clip(WHOLE[16000] * 30, -1, 1)
    row = analyze([np.stack((WHOLE[16000], bad), axis=1)], 16000, 2)
    assert row.peak_dbfs == 0.0
    assert row.clip_runs > 0
    assert {span.channel for span in row.spans if span.kind == "clip"} == {1}


def test_less_than_a_frame_has_only_peak_dc_and_clipping():
    row = analyze([np.full(500, 0.5)], 16000, 1)
    assert (row.duration_s, row.peak_dbfs, row.dc_ratio, row.clip_runs) == (0.031, -6.02, 0.5, 0)
    assert (row.level_dbfs, row.noise_laeq_dbfs, row.speech_s, row.la90_dbfs) == (None,) * 4


def test_digital_silence_is_minus_120_without_snr_or_loudness():
    row = analyze([np.zeros(32000, dtype=np.int16)], 16000, 1)
    assert (row.level_dbfs, row.noise_laeq_dbfs, row.peak_dbfs) == (-120.0, -120.0, -120.0)
    assert (row.snr_db, row.loudness_lufs, row.speech_s) == (None, None, 0.0)


def test_nothing_at_all_is_a_row_of_nulls():
    row = analyze([], 16000, 1)
    assert (row.decoded_frames, row.duration_s, row.peak_dbfs) == (0, None, None)


def test_samples_that_are_no_numbers_are_refused_by_code():
    with pytest.raises(SignalError) as refused:
        analyze([np.array([0.0, np.inf], dtype=np.float32)], 16000, 1)
    assert refused.value.code == "signal.finite"


def test_every_setting_changes_the_hash_of_the_settings():
    others = [Settings(vad_mode=1), Settings(floor=FloorSettings(guard_s=0.08)),
              Settings(floor=FloorSettings(trim_db=5.0)), Settings(depth="core"),
              Settings(vad_backend="silero-second"), Settings(edges_dbfs=(-50.0,))]  # fmt: skip
    assert len({one.sha256 for one in [*others, DEFAULT_SETTINGS]}) == 7
    assert analyze([], 16000, 1, others[0]).settings_sha256 == others[0].sha256


def test_calibration_of_a_stored_row_is_calibration_at_measuring_time():
    row = analyze([WHOLE[16000]], 16000, 1)
    stored = Measurement.from_row(json.loads(json.dumps(row.to_record())))
    calibration = Calibration(id="c7", offset_db=104.2, method="reference-meter", u_db=2.0)
    wanted = {"calibration": calibration, "bands": DEFAULT_BANDS, "required_band": "medium"}
    judged = calibrated(stored, **wanted)
    assert judged == calibrated(row, **wanted)
    assert judged.noise_laeq_dba == pytest.approx(row.noise_laeq_dbfs + 104.2)
    assert judged.laeq_dba == pytest.approx(row.laeq_dbfs + 104.2)
    assert judged.required_band == "medium"


def test_without_a_calibration_there_is_no_sound_pressure_and_no_band_in_dba():
    judged = calibrated(analyze([WHOLE[16000]], 16000, 1), bands=DEFAULT_BANDS, required_band="low")
    assert (judged.noise_laeq_dba, judged.band, judged.band_status) == (None, None, None)
    assert judged.noise_uncertainty_db == 2.0


def test_bands_in_dbfs_need_no_calibration_and_add_no_doubt():
    bands = Bands(
        unit="dBFS", bands=(Band(name="quiet", low=None, high=-50), Band(name="loud", low=-50, high=None))
    )
    row = analyze([WHOLE[16000]], 16000, 1)
    calibration = Calibration(id="c", offset_db=100, method="model-table", u_db=5.0)
    for judged in (calibrated(row, bands=bands), calibrated(row, bands=bands, calibration=calibration)):
        assert (judged.band, judged.band_status) == ("quiet", "inside")
        assert judged.band_margin_db == pytest.approx(-50 - row.noise_laeq_dbfs, abs=0.01)


def test_a_band_nobody_defined_is_an_error_with_the_names_there_are():
    row = analyze([], 16000, 1)
    with pytest.raises(SignalError, match="low, medium, high"):
        calibrated(row, bands=DEFAULT_BANDS, required_band="silent")
    with pytest.raises(SignalError, match="there are no bands"):
        calibrated(row, required_band="low")


def test_measuring_imports_nothing_heavy():
    heavy = {"librosa", "matplotlib", "numba", "onnxruntime", "ray", "pyloudnorm"}
    code = f"import sys, speechcorpus.workflows.measure; print({heavy} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
