"""The gap estimator on powers made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from speechcorpus.noise.floor import (
    FloorSettings,
    background,
    energy_se_db,
    gap_frames,
    swell_se_db,
    trimmed,
)

SETTINGS = FloorSettings()
FRAMES = 399  # 8 s


def swelling_dbfs(swing_db, *, period_s=1.0):
    """A level that goes up and down by `swing_db` in all."""
    return -60 + swing_db / 2 * np.sin(2 * np.pi * np.arange(FRAMES) / (50 * period_s))


def half_spoken(levels_dbfs, settings=SETTINGS):
    """Background of a recording whose middle half is speech, 30 dB above the noise."""
    speech = np.zeros(levels_dbfs.size + 1, dtype=bool)
    speech[speech.size // 4 : 3 * speech.size // 4] = True
    powers = 10 ** (levels_dbfs / 10) + 1e-3 * speech[1:]
    return background(powers, np.append(powers, powers[-1]), speech, settings)


def alone(levels_dbfs):
    """Background of a recording without speech."""
    powers = 10 ** (levels_dbfs / 10)
    return background(powers, np.append(powers, powers[-1]), np.zeros(powers.size + 1, dtype=bool), SETTINGS)


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
    assert (floor.method, floor.se_db, floor.gap_s, floor.la90_dbfs) == ("la90", 1.5, 0.0, None)
    assert floor.laeq_dbfs == pytest.approx(-50)
    assert floor.z_power == pytest.approx(1e-4)


def test_a_gap_of_300_ms_is_enough():
    speech = np.ones(60, dtype=bool)
    speech[20:43] = False
    floor = background(np.full(59, 1e-5), np.full(60, 1e-4), speech, SETTINGS)
    assert (floor.method, floor.gap_kept_s) == ("gap", pytest.approx(0.32))
    speech[20:22] = True
    assert background(np.full(59, 1e-5), np.full(60, 1e-4), speech, SETTINGS).method == "la90"


@pytest.mark.parametrize(("gap_s", "se_db"), [(0.43, 1.83), (1.18, 1.0), (4.18, 1.0)])
def test_a_short_gap_says_less_about_the_noise_that_speech_covers(gap_s, se_db):
    hops = round(gap_s * 50)
    speech = np.ones(hops + 60, dtype=bool)
    speech[30 : 30 + hops] = False
    settings = replace(SETTINGS, shortest_gap_s=0.2)
    steady = np.full(speech.size - 1, 1e-5)
    floor = background(steady, np.full(speech.size, 1e-4), speech, settings)
    assert floor.se_db == pytest.approx(max(1.0, 1 / np.sqrt(floor.gap_kept_s)))
    assert floor.se_db == pytest.approx(se_db, abs=0.1)


def test_la90_far_below_la50_is_doubted_since_it_may_be_a_quiet_syllable():
    loud_dbfs = np.concatenate((np.full(20, -60.0), np.full(79, -35.0)))
    talking = np.ones(100, dtype=bool)
    floor = background(10 ** (loud_dbfs / 10), np.full(100, 1e-3), talking, SETTINGS)
    assert floor.method == "la90"
    assert floor.se_db == pytest.approx(25 / 5, abs=0.1)


def test_noise_that_drifts_by_6_db_survives_the_trim_and_a_tail_of_speech_does_not():
    drifting_dbfs = np.linspace(-63, -57, 200)
    drifting_dbfs[90:94] = (-40, -44, -47, -49)
    kept = trimmed(10 ** (drifting_dbfs / 10), np.ones(200, dtype=bool), SETTINGS)
    assert np.flatnonzero(~kept).tolist() == [90, 91, 92, 93]


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
    drift_only = replace(SETTINGS, swell_factor=0.0)
    floor = background(
        10 ** (levels_dbfs[1:] / 10), 10 ** (levels_dbfs / 10), np.zeros(150, dtype=bool), drift_only
    )
    assert floor.spread_db > 10
    assert floor.se_db > 3


@pytest.mark.parametrize("scatter_db", [0.0, 0.3, 0.7, 1.0, 1.4])
def test_steady_noise_is_known_as_well_as_if_nothing_swelled(scatter_db):
    levels_dbfs = np.random.default_rng(3).normal(-60, scatter_db, FRAMES)  # of 20 ms: 100 ms halve it
    without = replace(SETTINGS, swell_factor=0.0)
    assert half_spoken(levels_dbfs).se_db == half_spoken(levels_dbfs, without).se_db


def test_the_more_the_pauses_swell_the_less_is_known_of_what_speech_covers():
    ses_db = [half_spoken(swelling_dbfs(swing_db)).se_db for swing_db in (0, 1, 2, 3, 4, 6, 12)]
    assert ses_db == sorted(ses_db)
    assert ses_db[0] == ses_db[1] == 1.0
    assert 1.0 < ses_db[3] < ses_db[4]
    assert ses_db[-1] > SETTINGS.highest_swell_se_db


def test_a_longer_or_larger_heard_part_says_more():
    def se_db(heard_s, unheard):
        return swell_se_db(1.0, heard_s=heard_s, unheard=unheard, settings=SETTINGS)

    assert se_db(8, 0.5) == pytest.approx(se_db(2, 0.5) / 2)
    assert se_db(4, 0.2) == pytest.approx(se_db(4, 0.8) / 2)
    assert swell_se_db(30.0, heard_s=0.3, unheard=1.0, settings=SETTINGS) == SETTINGS.highest_swell_se_db


def test_swells_that_were_heard_from_end_to_end_are_in_the_level_and_not_in_doubt():
    whole, half = alone(swelling_dbfs(6)), half_spoken(swelling_dbfs(6))
    assert whole.gap_kept_s == pytest.approx(FRAMES / 50, abs=0.05)
    assert whole.se_db < 2 < half.se_db


def test_as_a_room_tone_swelling_noise_says_little_and_steady_noise_all():
    steady_dbfs = np.random.default_rng(4).normal(-60, 0.8, FRAMES)
    assert alone(steady_dbfs).gap_se_db < 0.1
    assert alone(swelling_dbfs(6)).gap_se_db > 3


def test_a_gain_changes_no_standard_error():
    for make in (half_spoken, alone):
        quiet, loud = make(swelling_dbfs(4) - 30), make(swelling_dbfs(4) + 20)
        assert quiet.gap_se_db == pytest.approx(loud.gap_se_db, abs=1e-6)
    talking = np.ones(FRAMES + 1, dtype=bool)
    ses_db = [
        background(10 ** (level / 10), np.full(FRAMES + 1, 1e-3), talking, SETTINGS).se_db
        for level in (swelling_dbfs(4) - 30, swelling_dbfs(4) + 20)
    ]
    assert ses_db[0] == pytest.approx(ses_db[1])


def test_without_a_gap_a_quiet_tail_that_scatters_is_doubted():
    talking = np.ones(FRAMES + 1, dtype=bool)
    ses_db = []
    for swing_db in (0, 2, 6, 12):
        powers = 10 ** (swelling_dbfs(swing_db) / 10)
        floor = background(powers, np.full(FRAMES + 1, 1e-3), talking, SETTINGS)
        assert floor.method == "la90"
        ses_db.append(floor.se_db)
    assert ses_db[0] == SETTINGS.la90_se_db
    assert ses_db == sorted(set(ses_db))
    assert ses_db[-1] < 4.5
