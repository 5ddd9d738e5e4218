"""A voice in noise of a known level: the whole point of the house."""

from dataclasses import fields

import numpy as np
import pytest
import webrtcvad

from benchmarks.signals import a_weighted_level_dbfs, pink, room, voice, white
from speechcorpus.dsp.voice import voice_activity
from speechcorpus.noise.band import DEFAULT_BANDS
from speechcorpus.noise.calibration import Calibration
from speechcorpus.qc.measure import Settings, analyze, calibrated

CORE = Settings(depth="core")
SPEECH_DBFS = -24.0


def mixed(*, snr_db: float, rate_hz: int, seed: int, make=white, duration_s: float = 10):
    spoken = voice(seed=seed, duration_s=duration_s, rate_hz=rate_hz, level_dbfs=SPEECH_DBFS)
    noise = make(level_dbfs=SPEECH_DBFS - snr_db, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    return spoken, noise


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize("snr_db", [5, 10, 20, 40])
def test_the_background_behind_a_voice_is_found_within_half_a_db(snr_db, rate_hz):
    for seed in (1, 2):
        spoken, noise = mixed(snr_db=snr_db, rate_hz=rate_hz, seed=seed)
        row = analyze([spoken.samples + noise], rate_hz, 1)
        assert row.noise_method == "gap"
        assert row.noise_laeq_dbfs == pytest.approx(a_weighted_level_dbfs(noise, rate_hz), abs=0.5)
        assert row.snr_db == pytest.approx(snr_db, abs=0.6)
        assert row.speech_level_dbfs == pytest.approx(SPEECH_DBFS, abs=1.0)


@pytest.mark.parametrize("snr_db", [0, 10, 30])
def test_pink_noise_is_found_or_the_fall_back_is_named(snr_db):
    spoken, noise = mixed(snr_db=snr_db, rate_hz=16000, seed=3, make=pink)
    row = analyze([spoken.samples + noise], 16000, 1)
    off_db = abs(row.noise_laeq_dbfs - a_weighted_level_dbfs(noise, 16000))
    assert off_db < (0.5 if row.noise_method == "gap" else 3.5)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
@pytest.mark.parametrize("snr_db", [5, 20])
def test_the_voice_detector_is_far_better_than_chance(snr_db, rate_hz):
    spoken, noise = mixed(snr_db=snr_db, rate_hz=rate_hz, seed=4)
    heard = voice_activity(spoken.samples + noise, rate_hz)
    f1 = 2 * (heard & spoken.speaks).sum() / (heard.sum() + spoken.speaks.sum())
    assert f1 >= 0.90  # calling everything speech would give 0.75


@pytest.mark.parametrize(
    ("level_dba", "band", "status"),
    [(37.0, "low", "inside"), (39.0, "low", "borderline"), (41.0, "medium", "borderline"),
     (47.0, "medium", "inside"), (56.0, "high", "borderline"), (62.0, "high", "inside"),
     (71.0, "above", "borderline"), (75.0, "above", "outside")],
)  # fmt: skip
def test_noise_near_an_edge_is_borderline_and_never_refused(level_dba, band, status):
    spoken, noise = mixed(snr_db=15, rate_hz=16000, seed=5)
    row = analyze([spoken.samples + noise], 16000, 1)
    calibration = Calibration(
        id="c1", offset_db=level_dba - row.noise_laeq_dbfs, method="calibrator", u_db=1.0
    )
    judged = calibrated(row, calibration=calibration, bands=DEFAULT_BANDS)
    assert (judged.noise_laeq_dba, judged.band, judged.band_status) == (level_dba, band, status)
    assert judged.noise_uncertainty_db == pytest.approx(2 * np.hypot(0.5, row.noise_se_db), abs=0.005)


def test_a_room_tone_stands_in_where_speech_left_no_pause():
    made = voice(seed=6, duration_s=10, rate_hz=16000)
    words = np.array_split(made.samples[np.repeat(made.speaks, 320)], 12)
    # pauses of 0.2 s: long enough to be a tenth of the time, too short for the guard
    talking = np.concatenate([np.concatenate((word, np.zeros(3200))) for word in words])
    room = white(level_dbfs=-40, duration_s=talking.size / 16000, rate_hz=16000, seed=6)
    take = analyze([talking + room], 16000, 1)
    tone = analyze([white(level_dbfs=-40, duration_s=5, rate_hz=16000, seed=7)], 16000, 1)
    assert (take.noise_method, tone.noise_method) == ("la90", "gap")
    replaced = calibrated(take, room_tone=tone)
    assert replaced.noise_method == "room_tone"
    assert replaced.noise_laeq_dbfs == pytest.approx(a_weighted_level_dbfs(room, 16000), abs=0.3)
    assert 0.3 <= replaced.noise_se_db < 0.5


def test_a_room_tone_of_another_room_changes_nothing():
    take = analyze([white(level_dbfs=-30, duration_s=3, rate_hz=16000, seed=8)], 16000, 1)
    other = analyze([white(level_dbfs=-36, duration_s=5, rate_hz=16000, seed=9)], 16000, 1)
    assert calibrated(take, room_tone=other).noise_method == take.noise_method


@pytest.mark.parametrize("level_dbfs", [-65, -50, -35])
def test_a_take_does_not_begin_with_speech_that_the_detector_only_imagines(level_dbfs):
    noise = pink(level_dbfs=level_dbfs, duration_s=2, rate_hz=16000, seed=2)
    assert not voice_activity(noise, 16000)[:20].any()  # an unprimed webrtcvad calls hops 0 to 4 speech


@pytest.mark.parametrize("cut_s", [0.02, 0.1, 0.3, 0.7])
def test_a_take_cut_inside_speech_begins_with_speech(cut_s):
    spoken, noise = mixed(snr_db=30, rate_hz=16000, seed=9, duration_s=4)
    first = np.flatnonzero(spoken.speaks)[0] * 320 + round(cut_s * 16000)
    row = analyze([(spoken.samples + noise)[first:]], 16000, 1)
    assert row.head_silence_s < 0.15
    assert row.head_cut is True


@pytest.mark.parametrize("snr_db", range(0, 45, 5))
@pytest.mark.parametrize("make", [white, pink, room])
def test_steady_noise_of_any_kind_is_found_from_snr_5_up_and_bounded_below(snr_db, make):
    spoken, noise = mixed(snr_db=snr_db, rate_hz=16000, seed=11, make=make)
    row = analyze([spoken.samples + noise], 16000, 1)
    off_db = abs(row.noise_laeq_dbfs - a_weighted_level_dbfs(noise, 16000))
    assert off_db < (0.5 if row.noise_method == "gap" else 3.5)
    assert off_db <= row.noise_uncertainty_db
    if snr_db >= 10:
        assert row.noise_method == "gap"


@pytest.mark.parametrize("edge_dba", [40.0, 55.0, 70.0])
@pytest.mark.parametrize("from_edge_db", [-3.0, -1.0, -0.5, 0.5, 1.0, 3.0])
def test_noise_round_an_edge_gets_the_verdict_that_paper_gives(edge_dba, from_edge_db):
    truth_dba = edge_dba + from_edge_db
    spoken, noise = mixed(snr_db=20, rate_hz=16000, seed=12)
    row = analyze([spoken.samples + noise], 16000, 1)
    offset_db = truth_dba - a_weighted_level_dbfs(noise, 16000)
    calibration = Calibration(id="c1", offset_db=offset_db, method="calibrator", u_db=1.0)
    judged = calibrated(row, calibration=calibration, bands=DEFAULT_BANDS)
    assert judged.noise_uncertainty_db == 2.24  # 2·√(0.5² + 1²)
    assert judged.band == next((b.name for b in DEFAULT_BANDS.bands if truth_dba in b), "above")
    expected = "borderline" if abs(from_edge_db) < 2 else "outside" if truth_dba > 72 else "inside"
    assert judged.band_status == expected


def test_a_constant_offset_leaves_the_snr_alone():
    spoken, noise = mixed(snr_db=20, rate_hz=16000, seed=13)
    take = spoken.samples + noise
    plain, shifted = analyze([take], 16000, 1), analyze([take + 0.02], 16000, 1)
    assert shifted.dc_ratio - plain.dc_ratio == pytest.approx(0.02, abs=1e-4)
    assert shifted.snr_db == pytest.approx(plain.snr_db, abs=0.011)  # the row shows two decimals


def test_a_detector_fed_with_slices_of_a_wrong_length_would_be_caught_by_the_labels():
    spoken, noise = mixed(snr_db=20, rate_hz=16000, seed=14)
    take = spoken.samples + noise
    pcm = np.rint(take * 32768).astype(np.int16)
    detector = webrtcvad.Vad(2)
    data = memoryview(pcm.tobytes())
    # the slip: steps counted in samples where bytes are meant, so it hears half the file, at half the pace
    slipped = np.array(
        [detector.is_speech(bytes(data[at : at + 640]), 16000) for at in range(0, pcm.size, 320)]
    )
    hops = spoken.speaks.size

    def f1(heard):
        return 2 * (heard & spoken.speaks).sum() / (heard.sum() + spoken.speaks.sum())

    assert f1(voice_activity(take, 16000)) >= 0.90
    assert f1(slipped[:hops]) < 0.75  # no better than calling everything speech


def test_channels_in_anti_phase_keep_their_speech():
    spoken, noise = mixed(snr_db=25, rate_hz=16000, seed=15)
    take = spoken.samples + noise
    mono = analyze([take], 16000, 1)
    stereo = analyze([np.stack((take, -take), axis=1)], 16000, 2)  # a mid signal would be silence
    assert stereo.speech_s == pytest.approx(mono.speech_s, abs=0.1)
    assert stereo.noise_laeq_dbfs == pytest.approx(mono.noise_laeq_dbfs, abs=0.1)
    assert stereo.snr_db == pytest.approx(mono.snr_db, abs=0.1)


def test_a_recording_twice_in_stereo_reads_as_in_mono_but_for_loudness():
    spoken, noise = mixed(snr_db=25, rate_hz=16000, seed=16)
    take = spoken.samples + noise
    mono = analyze([take], 16000, 1, CORE)
    dual = analyze([np.stack((take, take), axis=1)], 16000, 2, CORE)
    differing = {f.name for f in fields(mono) if getattr(mono, f.name) != getattr(dual, f.name)}
    assert differing <= {"channels", "loudness_lufs", "channel_identical", "channel_correlation"}
    assert dual.loudness_lufs == pytest.approx(mono.loudness_lufs + 3.01, abs=0.011)
