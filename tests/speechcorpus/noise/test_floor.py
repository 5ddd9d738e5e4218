"""The gap estimator on powers made by hand."""

import numpy as np
import pytest

from speechcorpus.noise.floor import FloorSettings, background, energy_se_db, gap_frames, trimmed

SETTINGS = FloorSettings()


def test_the_guard_keeps_60_ms_away_from_speech_on_both_sides():
    speech = np.zeros(30, dtype=bool)
    speech[15:18] = True
    gap_hops = set(np.flatnonzero(gap_frames(speech, SETTINGS)))
    assert gap_hops == set(range(2, 11)) | set(range(21, 29))


def test_the_trim_drops_what_stands_out_and_keeps_steady_noise_whole():
    rng = np.random.default_rng(1)
    steady_dbfs = rng.normal(-60, 0.8, 200)
    steady_dbfs[50:60] = -40
    kept = trimmed(10 ** (steady_dbfs / 10), np.ones(200, dtype=bool), SETTINGS)
    assert np.flatnonzero(~kept).tolist() == list(range(50, 60))


def test_less_than_300_ms_of_gap_falls_back_to_la90_of_everything():
    powers, hops = np.full(49, 1e-5), np.full(50, 1e-4)
    speech = np.ones(50, dtype=bool)
    floor = background(powers, hops, speech, SETTINGS)
    assert (floor.method, floor.se_db, floor.gap_s, floor.la90_dbfs) == ("la90", 2.0, 0.0, None)
    assert floor.laeq_dbfs == pytest.approx(-50)
    assert floor.z_power == pytest.approx(1e-4)


def test_a_gap_of_300_ms_is_enough():
    speech = np.ones(60, dtype=bool)
    speech[20:43] = False
    floor = background(np.full(59, 1e-5), np.full(60, 1e-4), speech, SETTINGS)
    assert (floor.method, floor.gap_kept_s, floor.se_db) == ("gap", pytest.approx(0.32), 1.0)
    speech[20:22] = True
    assert background(np.full(59, 1e-5), np.full(60, 1e-4), speech, SETTINGS).method == "la90"


def test_less_than_300_ms_of_audio_has_no_background():
    assert background(np.full(13, 1e-5), np.full(14, 1e-4), np.zeros(14, dtype=bool), SETTINGS) is None


def test_steadier_and_longer_noise_is_known_better():
    rng = np.random.default_rng(2)
    short, long = rng.gamma(20, 1, 20), rng.gamma(20, 1, 500)
    assert energy_se_db(long) < energy_se_db(short) < energy_se_db(rng.gamma(2, 1, 20))
    assert energy_se_db(np.full(9, 3.0)) == 0.0
    assert energy_se_db(np.repeat(rng.gamma(20, 1, 100), 5)) > energy_se_db(rng.gamma(20, 1, 500))


def test_a_background_far_above_the_quiet_tenth_of_the_file_is_doubted():
    levels_dbfs = np.concatenate((np.full(30, -70.0), np.linspace(-52, -50, 120)))
    floor = background(
        10 ** (levels_dbfs[1:] / 10), 10 ** (levels_dbfs / 10), np.zeros(150, dtype=bool), SETTINGS
    )
    assert floor.spread_db > 10
    assert floor.se_db > 3
