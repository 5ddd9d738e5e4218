"""Calibration, bands and room tone on a row made by hand: every number can be checked on paper."""

import json
import math
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.measurement import SPANS_A_KIND, Measurement, Span
from speechcorpus.noise.band import DEFAULT_BANDS, Band, Bands
from speechcorpus.noise.calibration import Calibration
from speechcorpus.qc.calibrated import calibrated
from speechcorpus.qc.facts import Facts

CALIBRATOR = Calibration(id="c", offset_db=100.0, method="calibrator", u_db=1.0)
LEVELS_DBFS = st.floats(-90, -20).map(lambda level: round(level, 2))
SECONDS_DBFS = st.lists(st.none() | LEVELS_DBFS, max_size=12).map(tuple)
OFFSETS_DB = st.floats(80, 120).map(lambda offset: round(offset, 2))


def take(**changes: object) -> Measurement:
    """Twelve seconds with a background of 48 dB(A) under `CALIBRATOR`."""
    row = Measurement(
        path="item.wav",
        status="ok",
        analyser="x",
        analyser_version="0",
        settings_sha256="",
        rate_hz=16_000,
        decoded_frames=12 * 16_000,
        laeq_dbfs=-30.0,
        la90_dbfs=-53.0,
        noise_laeq_dbfs=-52.0,
        noise_la90_dbfs=-53.0,
        noise_method="gap",
        noise_gap_kept_s=4.0,
        noise_spread_db=1.0,
        noise_se_db=1.0,
        gap_se_db=0.2,
        snr_db=30.0,
    )
    return replace(row, **changes)


def tone(**changes: object) -> Measurement:
    """Five seconds of a room at 46 dB(A), known within 0.4 dB."""
    changes = {"noise_laeq_dbfs": -54.0, "la90_dbfs": -54.5, "gap_se_db": 0.4} | changes
    return take(decoded_frames=5 * 16_000, **changes)


def judged(row: Measurement, **given_: object) -> Measurement:
    return calibrated(row, **{"calibration": CALIBRATOR, "bands": DEFAULT_BANDS} | given_)


@st.composite
def rows(draw):
    method = draw(st.sampled_from(["gap", "la90"]))
    return take(
        noise_laeq_dbfs=draw(LEVELS_DBFS),
        la90_dbfs=draw(st.none() | LEVELS_DBFS),
        noise_method=method,
        noise_se_db=draw(st.floats(1, 4).map(lambda se: round(se, 2))),
        noise_seconds_dbfs=draw(SECONDS_DBFS),
    )


@given(
    row=rows(), offset_db=OFFSETS_DB, room=st.none() | st.just(tone()), required=st.none() | st.just("low")
)
def test_a_journalled_record_is_judged_as_at_measuring_time(row, offset_db, room, required):
    calibration = replace(CALIBRATOR, offset_db=offset_db)
    wanted = {"calibration": calibration, "required_band": required}
    kept = Measurement.from_row(json.loads(json.dumps(row.to_record())))
    kept_tone = room and Measurement.from_row(json.loads(json.dumps(room.to_record())))
    assert judged(kept, room_tone=kept_tone, **wanted) == judged(row, room_tone=room, **wanted)


@given(row=rows(), room=rows(), required=st.sampled_from([None, "low", "medium", "high"]))
def test_facts_of_a_verdict_keep_all_that_a_room_tone_says(row, room, required):
    facts = Facts(style="read", band="low", calibration=CALIBRATOR, room_tone=room)
    kept = Facts.from_document(facts.to_document()).room_tone
    assert judged(row, room_tone=kept, required_band=required) == judged(
        row, room_tone=room, required_band=required
    )


def test_facts_of_before_rows_had_seconds_are_still_read():
    document = json.loads(Facts(style="read", band="low", room_tone=tone()).to_document())
    for key in ("gap_se_db", "noise_seconds_dbfs"):
        del document["room_tone"][key]
    assert Facts.from_document(json.dumps(document)).room_tone == tone(gap_se_db=None)


@given(row=rows(), shift_db=st.integers(-30, 30), required=st.sampled_from([None, "low", "medium", "high"]))
def test_moving_the_calibration_and_the_edges_together_changes_no_verdict(row, shift_db, required):
    moved = Bands(
        unit="dBA",
        bands=tuple(
            replace(
                band,
                low=None if band.low is None else band.low + shift_db,
                high=None if band.high is None else band.high + shift_db,
            )
            for band in DEFAULT_BANDS.bands
        ),
    )
    louder = replace(CALIBRATOR, offset_db=CALIBRATOR.offset_db + shift_db)
    before = judged(row, required_band=required)
    after = judged(row, calibration=louder, bands=moved, required_band=required)
    for name in ("band", "band_status", "band_margin_db", "band_out_ratio", "noise_uncertainty_db"):
        assert getattr(after, name) == getattr(before, name), name
    for old, new in zip(before.spans, after.spans, strict=True):
        assert new.measured == pytest.approx(old.measured + shift_db, abs=0.011)
        assert replace(new, measured=0) == replace(old, measured=0)


U_DB = 2.24  # 2·√((1/2)² + 1²), two decimals


@pytest.mark.parametrize("edge", [40.0, 55.0, 70.0])
@pytest.mark.parametrize(
    ("away_db", "status"),
    [(0.5, "borderline"), (1.0, "borderline"), (2.24, "borderline"), (2.25, "inside"), (3.0, "inside")],
)
def test_beside_an_edge_both_sides_are_treated_alike(edge, away_db, status):
    beneath = next(band.name for band in DEFAULT_BANDS.bands if band.high == edge)
    out = "borderline" if status == "borderline" else "outside"
    for level, wanted in ((edge - away_db, status), (edge + away_db, out)):
        row = judged(take(noise_laeq_dbfs=round(level - 100, 2)), required_band=beneath)
        assert (row.band_status, row.noise_uncertainty_db) == (wanted, U_DB)
        assert row.band_margin_db == pytest.approx(away_db if level < edge else -away_db)


@given(away_db=st.floats(0, 12).map(lambda db: round(db, 2)), edge=st.sampled_from([40.0, 55.0]))
def test_borderline_is_symmetric(away_db, edge):
    lower, upper = (judged(take(noise_laeq_dbfs=round(edge - 100 + sign * away_db, 2))) for sign in (-1, 1))
    required = judged(take(noise_laeq_dbfs=round(edge - 100 + away_db, 2)), required_band=lower.band)
    if away_db > 0:
        assert (lower.band_status == "borderline") == (required.band_status == "borderline")
        assert (lower.band_status == "borderline") == (upper.band_status == "borderline")


@pytest.mark.parametrize(("u_db", "se_db"), [(1.0, 1.0), (2.0, 1.0), (3.0, 2.0), (5.0, 1.4), (0.0, 2.0)])
def test_the_uncertainty_of_a_row_is_that_of_calibration_and_estimate(u_db, se_db):
    row = judged(take(noise_se_db=se_db), calibration=replace(CALIBRATOR, u_db=u_db))
    assert row.noise_uncertainty_db == pytest.approx(math.sqrt(u_db**2 + 4 * se_db**2), abs=0.0051)


def test_without_a_calibration_no_field_speaks_of_sound_pressure():
    row = calibrated(take(noise_seconds_dbfs=(-40.0,)), bands=DEFAULT_BANDS, required_band="low")
    assert (row.noise_laeq_dba, row.noise_la90_dba, row.laeq_dba) == (None, None, None)
    assert (row.calibration_id, row.calibration_db, row.calibration_u_db) == (None, None, None)
    assert (row.band, row.band_status, row.band_margin_db, row.band_out_ratio) == (None,) * 4
    assert (row.required_band, row.noise_uncertainty_db, row.spans) == ("low", 2.0, ())


def test_without_a_background_there_is_nothing_to_compare():
    row = judged(take(noise_laeq_dbfs=None, noise_se_db=None, noise_method=None), required_band="low")
    assert (row.noise_laeq_dba, row.noise_uncertainty_db, row.band, row.band_status) == (None,) * 4
    assert row.laeq_dba == 70.0


def test_edges_in_dbfs_are_judged_without_the_doubt_of_a_calibration():
    bands = Bands(
        unit="dBFS", bands=(Band(name="quiet", low=None, high=-50), Band(name="loud", low=-50, high=None))
    )
    seconds = (-52.0, -47.99, -48.0)
    for calibration in (None, replace(CALIBRATOR, u_db=5.0)):
        row = judged(take(noise_seconds_dbfs=seconds), calibration=calibration, bands=bands)
        assert (row.band, row.band_status, row.noise_uncertainty_db) == ("quiet", "borderline", 2.0)
        assert row.band_out_ratio == 0.333333
        assert [(span.kind, span.start_s, span.measured, span.unit) for span in row.spans] == [
            ("band-out", 1.0, -47.99, "dBFS")
        ]


def test_the_share_of_seconds_out_of_band_is_of_those_that_were_heard():
    #          48    57.2   57.25   -    37.75   37.9  (medium is 40 to 55, U is 2.24)
    seconds = (-52.0, -42.8, -42.75, None, -62.25, -62.1)
    row = judged(take(noise_seconds_dbfs=seconds))
    assert row.band_out_ratio == 0.4
    assert judged(take(noise_seconds_dbfs=(None, None))).band_out_ratio is None
    assert judged(take()).band_out_ratio is None


def test_the_seconds_are_held_against_the_band_that_was_asked_for():
    seconds = (-52.0,) * 3 + (-70.0,)
    row = judged(take(noise_seconds_dbfs=seconds), required_band="low")
    assert (row.band, row.required_band, row.band_out_ratio) == ("medium", "low", 0.75)


def test_above_every_band_the_seconds_are_held_against_the_nearest():
    row = judged(take(noise_laeq_dbfs=-20.0, noise_seconds_dbfs=(-20.0, -40.0)))
    assert (row.band, row.band_status, row.band_out_ratio) == ("above", "outside", 0.5)


def test_a_run_of_seconds_out_of_band_is_a_place_among_the_others():
    clip, late = (
        Span.at("clip", at, at + 5, rate_hz=16_000, channel=0, measured=5, unit="samples")
        for at in (40_000, 150_000)
    )
    seconds = (-52.0, -52.0, -52.0, -40.0, None, -37.0, -52.0)
    row = judged(take(noise_seconds_dbfs=seconds, spans=(clip, late), spans_left_out=3))
    assert [span.kind for span in row.spans] == ["clip", "band-out", "clip"]
    assert row.spans_left_out == 3
    assert asdict(row.spans[1]) == {
        "kind": "band-out",
        "start_s": 3.0,
        "end_s": 6.0,
        "start_sample": 48_000,
        "end_sample": 96_000,
        "channel": None,
        "measured": 61.75,  # 10·log10((10^6.0 + 10^6.3)/2)
        "unit": "dBA",
    }


def test_a_place_ends_with_the_recording():
    row = judged(take(noise_seconds_dbfs=(-52.0, -30.0), decoded_frames=24_000))
    assert (row.spans[0].start_s, row.spans[0].end_s, row.spans[0].end_sample) == (1.0, 1.5, 24_000)


def test_of_more_than_200_places_the_longest_are_kept_and_the_others_counted():
    seconds = (-30.0, -52.0) * 150 + (-30.0, -30.0, -52.0) * 100
    row = judged(take(noise_seconds_dbfs=seconds, decoded_frames=len(seconds) * 16_000, spans_left_out=1))
    lengths_s = [span.end_s - span.start_s for span in row.spans]
    assert (len(lengths_s), row.spans_left_out) == (SPANS_A_KIND, 51)
    assert (lengths_s.count(2.0), lengths_s.count(1.0)) == (100, 100)
    assert [span.start_s for span in row.spans] == sorted(span.start_s for span in row.spans)


SPEECH_WITHOUT_PAUSE = {"noise_method": "la90", "noise_se_db": 2.0, "noise_gap_kept_s": 0.1}


def test_a_room_tone_stands_in_for_a_take_without_pauses():
    row = judged(take(**SPEECH_WITHOUT_PAUSE), room_tone=tone())
    assert (row.noise_method, row.noise_laeq_dbfs, row.noise_laeq_dba) == ("room_tone", -54.0, 46.0)
    assert (row.noise_se_db, row.noise_spread_db) == (0.4, -1.0)
    assert row.noise_uncertainty_db == 1.28  # 2·√(0.5² + 0.4²)
    assert (row.band, row.band_status, row.band_margin_db) == ("medium", "inside", 6.0)


def test_a_room_tone_decides_a_verdict_near_an_edge():
    near = take(noise_laeq_dbfs=-58.5)
    assert judged(near).band_status == "borderline"
    row = judged(near, room_tone=tone())
    assert (row.noise_method, row.band_status, row.noise_laeq_dba) == ("room_tone", "inside", 46.0)


def test_a_clear_verdict_from_pauses_needs_no_room_tone():
    assert judged(take(), room_tone=tone()) == judged(take())


@pytest.mark.parametrize(
    ("changes", "stands_in"),
    [
        ({}, True),
        ({"la90_dbfs": -56.0}, True),
        ({"la90_dbfs": -56.01}, False),
        ({"la90_dbfs": -49.99}, False),
        ({"la90_dbfs": None}, False),
        ({"noise_gap_kept_s": 2.0}, True),
        ({"noise_gap_kept_s": 1.98}, False),
        ({"noise_method": "la90"}, False),
        ({"noise_laeq_dbfs": None, "noise_method": None, "noise_se_db": None, "gap_se_db": None}, False),
    ],
)
def test_a_room_tone_has_a_say_only_if_it_is_long_and_of_this_room(changes, stands_in):
    row = judged(take(**SPEECH_WITHOUT_PAUSE), room_tone=tone(**changes))
    assert (row.noise_method == "room_tone") is stands_in


def test_a_take_of_half_a_second_cannot_be_compared_with_a_room_tone():
    row = judged(take(**SPEECH_WITHOUT_PAUSE, la90_dbfs=None), room_tone=tone())
    assert row.noise_method == "la90"


@pytest.mark.parametrize(("gap_se_db", "se_db"), [(0.1, 0.3), (0.3, 0.3), (0.7, 0.7), (None, 1.0)])
def test_a_room_tone_is_known_as_well_as_its_scatter_says_and_never_better_than_0_3_db(gap_se_db, se_db):
    row = judged(take(**SPEECH_WITHOUT_PAUSE), room_tone=tone(gap_se_db=gap_se_db))
    assert row.noise_se_db == se_db


def test_a_room_tone_changes_neither_the_seconds_nor_the_ratios_of_the_take():
    row = take(**SPEECH_WITHOUT_PAUSE, noise_seconds_dbfs=(-52.0, -30.0))
    after = judged(row, room_tone=tone(noise_seconds_dbfs=(-20.0,) * 5))
    assert (after.band_out_ratio, len(after.spans)) == (0.5, 1)
    assert (after.snr_db, after.noise_la90_dbfs, after.la90_dbfs) == (30.0, -53.0, -53.0)
