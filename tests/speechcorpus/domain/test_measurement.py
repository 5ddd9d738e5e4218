"""The row type: its keys, in the order of the specification, and what it refuses."""

import json
from typing import get_args

import pytest

from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import RECORD_ONLY, Measurement, Span, SpanKind, rounded

KEYS = (
    "path status error_code error_detail sha256 bytes analyser analyser_version settings_sha256 container "
    "encoding rate_hz channels claimed_frames decoded_frames duration_s level_dbfs laeq_dbfs la10_dbfs "
    "la50_dbfs la90_dbfs la95_dbfs laf_max_dbfs las_max_dbfs noise_laeq_dbfs noise_la90_dbfs noise_method "
    "noise_gap_s noise_gap_kept_s noise_spread_db noise_se_db noise_octave_63_dbfs noise_octave_125_dbfs "
    "noise_octave_250_dbfs noise_octave_500_dbfs noise_octave_1000_dbfs noise_octave_2000_dbfs "
    "noise_octave_4000_dbfs noise_octave_8000_dbfs noise_octave_partial_hz calibration_id calibration_db "
    "calibration_u_db noise_laeq_dba noise_la90_dba laeq_dba noise_uncertainty_db band required_band "
    "band_status band_margin_db band_out_ratio vad_backend speech_s speech_ratio speech_level_dbfs "
    "longest_pause_s head_silence_s tail_silence_s head_cut tail_cut snr_db snr_a_db snr_segmental_db "
    "loudness_lufs peak_dbfs true_peak_dbtp clip_runs clip_runs_per_min clipped_s clipped_ratio "
    "full_scale_ratio dc_ratio bandwidth_hz bandwidth_cliff_hz hf_ratio_db hum_hz hum_db dropout_count "
    "dropout_s repeat_count agc_pumping_db gap_zero_ratio click_count clicks_per_min pop_count "
    "burst_count reverb_t60_s reverb_class echo_delay_s echo_level_db channel_identical "
    "channel_correlation channel_delay_s channel_bleed_db spans spans_left_out"
)


def row(**fields: object) -> Measurement:
    return Measurement(
        path="a", status="ok", analyser="x", analyser_version="0", settings_sha256="", **fields
    )


def test_the_keys_are_those_of_the_specification_in_its_order():
    assert list(row().to_row()) == KEYS.split()


def test_a_row_gives_itself_back_with_its_spans():
    span = Span.at("clip", 10, 14, rate_hz=16000, channel=1, measured=4, unit="samples")
    full = row(spans=(span,), head_cut=True, snr_db=3.5)
    assert Measurement.from_row(full.to_row()) == full
    assert full.to_row()["spans"] == [
        {"kind": "clip", "start_s": 0.001, "end_s": 0.001, "start_sample": 10, "end_sample": 14, "channel": 1,
         "measured": 4.0, "unit": "samples"}
    ]  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_row_never_holds_what_is_not_a_number(value):
    with pytest.raises(SignalError, match="snr_db is"):
        row(snr_db=value)


def test_a_row_with_missing_or_unknown_keys_is_refused_by_name():
    wrong = row().to_row() | {"timbre": 1}
    del wrong["peak_dbfs"]
    with pytest.raises(SignalError, match="peak_dbfs, timbre"):
        Measurement.from_row(wrong)


SECONDS = {"gap_se_db": 0.21, "noise_seconds_dbfs": (-61.2, None, -60.87)}


def test_a_record_gives_its_seconds_back_through_json():
    full = row(**SECONDS)
    assert Measurement.from_row(json.loads(json.dumps(full.to_record()))) == full
    assert list(full.to_record()) == [*KEYS.split(), *RECORD_ONLY]


def test_what_is_shown_has_no_seconds_and_is_still_read():
    assert row(**SECONDS).to_row() == row().to_row()
    assert Measurement.from_row(row(**SECONDS).to_row()) == row()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_second_is_never_what_is_not_a_number(value):
    with pytest.raises(SignalError, match="noise_seconds_dbfs has"):
        row(noise_seconds_dbfs=(-60.0, value))


def test_every_kind_of_span_of_the_specification_has_its_name():
    kinds = "clip dropout repeat click pop burst head-cut tail-cut long-pause band-out hum agc"
    assert " ".join(get_args(SpanKind)) == kinds


def test_a_rounded_zero_has_no_sign():
    assert str(rounded("snr_db", -0.001)) == "0.0"
    assert str(rounded("dc_ratio", -0.0)) == "0.0"
