from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.measurement import Measurement, Span
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.level import leq_dbfs
from speechcorpus.record.compare import ROWS, compare_calibration, compare_device_check, compare_stored
from speechcorpus.record.compare_sound import Heard, compare_heard, explained_frames, zero_runs_of
from speechcorpus.record.manifest import Capture, Manifest, Marker
from speechcorpus.record.readings import MeterCheck, Reading, check_meter, readings_of

RATE_HZ = 16_000
HOP = RATE_HZ // 50
OFF = {"echoCancellation": "off", "noiseSuppression": "off", "autoGainControl": "off"}
CAPTURE = Capture(
    path="mstp",
    seen=32_000,
    delivered=32_000,
    total=32_000,
    lost_frames=0,
    processing=OFF,
    recorder="0.1.0",
    ended_by="stop",
)
MANIFEST = Manifest(
    take="t",
    sitting="s",
    rate_hz=RATE_HZ,
    channels=1,
    frames=32_000,
    chunks=("ab" * 32,),
    take_sha256="ab" * 32,
    capture=CAPTURE,
    markers=(),
    events=(),
    clock={},
    meter=(),
    calibration=None,
    device_check=None,
)
ROW = Measurement(
    path="",
    status="ok",
    analyser="a",
    analyser_version="1",
    settings_sha256="0" * 64,
    noise_gap_s=0.0,
    noise_gap_kept_s=0.0,
)
NO_METER = MeterCheck(compared=0, off_db=None, at_sample=None)


def stored(manifest):
    return {row.row: row for row in compare_stored(manifest, master_sha256="ab" * 32, elapsed_s=9.5)}


def heard(manifest=MANIFEST, *, zeros=(), meter=NO_METER, **row):
    found = compare_heard(manifest, Heard(zeros=zeros, meter=meter, row=replace(ROW, **row)))
    return {each.row: each for each in found}


def gap(at, lost_ms=100):
    return Marker(kind="gap", at_sample=at, prompt_id=None, lost_ms=lost_ms)


def hole(start, end, kind="dropout"):
    return Span.at(kind, start, end, rate_hz=RATE_HZ, channel=None, measured=1, unit="samples")


@given(
    seen=st.none() | st.integers(0, 99),
    delivered=st.none() | st.integers(0, 99),
    total=st.none() | st.integers(0, 99),
    lost=st.integers(0, 9),
)
def test_any_difference_between_the_counts_is_ours_and_none_of_them_is_believed_alone(
    seen, delivered, total, lost
):
    capture = replace(CAPTURE, seen=seen, delivered=delivered, total=total, lost_frames=lost)
    row = stored(replace(MANIFEST, capture=capture))["counts"]
    known = [count for count in (seen, delivered, total) if count is not None]
    if lost or len(set(known)) > 1:
        assert (row.says, row.code) == ("ours", "platform.capture-overrun")
        assert row.measured["lost_frames"] == max(lost, max(known, default=0) - min(known, default=0))
    else:
        assert (row.says, row.code) == ("unknown" if None in (delivered, total) else "agrees", None)


def test_every_row_comes_once_and_in_its_order():
    rows = [*stored(MANIFEST), *heard(), compare_calibration(None, used=None, fault=None).row]
    assert (*rows, compare_device_check(None, passed=None).row) == ROWS


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 50)), max_size=4))
def test_zeros_agree_only_with_the_very_same_zeros(runs):
    spans = tuple((start, start + length) for start, length in runs)
    events = tuple({"kind": "zeros", "at_sample": a, "samples": b - a} for a, b in spans)
    claimed = replace(MANIFEST, events=events)
    assert zero_runs_of(events) == spans
    assert heard(claimed, zeros=spans)["zeros"].says == "agrees"
    assert heard(claimed, zeros=(*spans, (2000, 2400)))["zeros"].says == "differs"


@pytest.mark.parametrize(
    ("lost", "gaps", "holes", "frames"),
    [
        (7, (), (), 7),
        (7, (), (hole(900, 1000),), 7),
        (0, (gap(16_000),), (hole(16_100, 16_400),), 1600),
        (0, (gap(16_000),), (hole(16_100, 16_400), hole(15_000, 15_100, "repeat")), 1600),
        (0, (gap(16_000), gap(30_000)), (hole(16_100, 16_400), hole(30_100, 30_200)), 3200),
        (0, (gap(16_000),), (hole(16_100, 16_400), hole(30_000, 30_100)), 0),
        (0, (gap(16_000),), (), 0),
        (0, (gap(16_000),), (hole(16_100, 16_400, "burst"),), 0),
        (0, (), (hole(16_100, 16_400),), 0),
    ],
)
def test_a_gap_explains_the_holes_beside_it_and_nothing_else(lost, gaps, holes, frames):
    manifest = replace(MANIFEST, markers=gaps, capture=replace(CAPTURE, lost_frames=lost))
    assert explained_frames(manifest, holes) == frames
    moved = [
        replace(each, start_sample=each.start_sample - 900, end_sample=each.end_sample - 900)
        for each in holes
    ]
    assert explained_frames(manifest, moved, first_sample=900) == frames


@pytest.mark.parametrize(
    ("states", "row", "says", "code"),
    [
        ({}, {}, "agrees", None),
        ({"autoGainControl": "on"}, {}, "agrees", "audio.processing-on"),
        ({"autoGainControl": "on"}, {"agc_pumping_db": 9.0}, "agrees", "audio.processing-on"),
        ({"autoGainControl": "unreported"}, {}, "unknown", None),
        ({}, {"agc_pumping_db": 6.0, "gap_zero_ratio": 0.2}, "agrees", None),
        ({}, {"agc_pumping_db": 6.1}, "differs", "audio.gain-pumping"),
        ({}, {"gap_zero_ratio": 0.21}, "differs", None),
    ],
)
def test_processing_is_believed_where_it_is_admitted_and_heard_where_it_is_not(states, row, says, code):
    capture = replace(CAPTURE, processing={**OFF, **states})
    found = heard(replace(MANIFEST, capture=capture), **row)["processing"]
    assert (found.says, found.code) == (says, code)


@pytest.mark.parametrize(
    ("off_db", "says"), [(0.3, "agrees"), (-0.3, "agrees"), (0.31, "ours"), (-0.31, "ours")]
)
def test_a_meter_may_be_a_third_of_a_decibel_off(off_db, says):
    assert heard(meter=MeterCheck(compared=4, off_db=off_db, at_sample=9))["meter"].says == says


@pytest.mark.parametrize(
    ("ended_by", "status", "says"),
    [
        ("stop", "inside", "agrees"),
        ("stop", "borderline", "agrees"),
        ("stop", "outside", "differs"),
        ("band", "outside", "agrees"),
        ("stop", None, "unknown"),
    ],
)
def test_an_open_gate_is_held_against_the_band_that_was_measured(ended_by, status, says):
    manifest = replace(MANIFEST, capture=replace(CAPTURE, ended_by=ended_by))
    level = None if status is None else 41.0
    assert heard(manifest, band_status=status, noise_laeq_dba=level)["gate"].says == says


@pytest.mark.parametrize(
    ("claimed", "used", "says"),
    [
        (None, None, "unknown"),
        ("a", "a", "agrees"),
        ("a", None, "differs"),
        (None, "a", "differs"),
        ("a", "b", "differs"),
    ],
)
def test_the_calibration_that_holds_is_believed(claimed, used, says):
    assert compare_calibration(claimed, used=used, fault=None).says == says


def test_a_device_check_is_ours_not_the_one_that_was_reported():
    assert compare_device_check("a", passed=True).says == "agrees"
    assert compare_device_check("a", passed=False).says == "differs"
    assert compare_device_check("a", passed=None).says == "differs"


def noise(seconds, seed):
    return np.random.default_rng(seed).integers(-900, 900, round(seconds * RATE_HZ)).astype(np.int16)


@settings(max_examples=25)
@given(
    phase=st.integers(0, HOP - 1), seed=st.integers(0, 99), size=st.integers(700, 9000), off=st.floats(-3, 3)
)
def test_the_meter_is_compared_frame_for_frame_whatever_the_blocks_and_wherever_the_take_began(
    phase, seed, size, off
):
    samples = noise(4, seed)
    powers = frame_powers(samples[phase:] / 32768, RATE_HZ)[:, A]
    levels = {frames: leq_dbfs(powers[frames - 50 : frames]) + off for frames in (60, 110, 160, powers.size)}
    readings = [
        Reading(sample=phase + (frames + 1) * HOP, laeq_1s_dbfs=level, la90_10s_dbfs=-99.0)
        for frames, level in levels.items()
    ]
    blocks = [samples[at : at + size] for at in range(0, samples.size, size)]
    check = check_meter(blocks, RATE_HZ, readings)
    assert check.compared == 4
    assert check.off_db == pytest.approx(off, abs=0.011)


def test_ten_seconds_are_compared_where_the_take_has_them():
    samples = noise(12, 1)
    level = leq_dbfs(frame_powers(samples / 32768, RATE_HZ)[-50:, A])
    end = samples.size // HOP * HOP
    check = check_meter(
        [samples], RATE_HZ, [Reading(sample=end, laeq_1s_dbfs=level, la90_10s_dbfs=level + 5)]
    )
    assert check.off_db == pytest.approx(5, abs=0.6)


@given(
    st.lists(
        st.builds(
            Reading, sample=st.integers(1, 10**6), laeq_1s_dbfs=st.floats(-99, 0), la90_10s_dbfs=st.just(0.0)
        ),
        max_size=5,
    )
)
def test_readings_from_anywhere_are_compared_or_passed_over(readings):
    check = check_meter([noise(1.5, 3)], RATE_HZ, readings)
    assert (check.off_db is None) == (check.compared == 0)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["sample", "laeq_1s_dbfs", "la90_10s_dbfs"]),
            st.integers() | st.text() | st.none(),
        )
    )
)
def test_readings_in_any_shape_are_read_or_passed_over(meter):
    assert len(readings_of(meter)) <= len(meter)
