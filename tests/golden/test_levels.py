"""Levels of signals whose answers are known on paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.signals import a_weighted_level_dbfs, pink, sine, voice, white
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.level import la90_dbfs, laeq_dbfs
from speechcorpus.dsp.low_octaves import low_octave_powers
from speechcorpus.dsp.voice import voice_activity
from speechcorpus.dsp.weighting import OCTAVES_HZ, a_weighting_db, octave_edges_hz
from speechcorpus.noise.floor import FloorSettings, background
from speechcorpus.qc.measure import Settings, analyze
from speechcorpus.qc.tracks import read_tracks

RATES_HZ = (16000, 44100, 48000)
LEVELS = (
    "level_dbfs",
    "laeq_dbfs",
    "la10_dbfs",
    "la50_dbfs",
    "la90_dbfs",
    "laf_max_dbfs",
    "loudness_lufs",
    "peak_dbfs",
)
CLASS_1 = {25.0: (-2.0, 2.5), 31.5: (-1.5, 1.5), 40.0: (-1.0, 1.0), 50.0: (-1.0, 1.0), 63.0: (-1.0, 1.0)}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [25.0, 40, 63, 80, 125, 250, 500, 1000, 2000, 4000, 7200])
def test_a_sine_reads_its_level_and_its_a_weighting(frequency_hz, rate_hz):
    tone = sine(frequency_hz, level_dbfs=-20, duration_s=4, rate_hz=rate_hz)
    row = analyze([tone], rate_hz, 1)
    off_db = row.laeq_dbfs - (-20 + a_weighting_db(np.array([frequency_hz]))[0])
    low, high = CLASS_1.get(frequency_hz, (-0.1, 0.1))
    assert row.level_dbfs == pytest.approx(-20, abs=0.01)
    assert low < off_db < high


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("make", [white, pink])
def test_noise_reads_what_the_formula_over_its_spectrum_says(make, rate_hz):
    noise = make(level_dbfs=-30, duration_s=10, rate_hz=rate_hz, seed=5)
    assert laeq_dbfs(noise, rate_hz) == pytest.approx(a_weighted_level_dbfs(noise, rate_hz), abs=0.1)
    assert analyze([noise], rate_hz, 1).level_dbfs == pytest.approx(-30, abs=0.1)


@pytest.mark.parametrize("rate_hz", [8000, 22050, 24000, 32000, 96000])
@pytest.mark.parametrize("share_of_rate", [None, 0.1, 0.45])
def test_a_sine_reads_the_same_at_the_other_rates(share_of_rate, rate_hz):
    frequency_hz = 80.0 if share_of_rate is None else share_of_rate * rate_hz
    row = analyze(
        [sine(frequency_hz, level_dbfs=-20, duration_s=4, rate_hz=rate_hz)],
        rate_hz,
        1,
        Settings(depth="core"),
    )
    weighted_dbfs = -20 + a_weighting_db(np.array([frequency_hz]))[0]
    assert row.level_dbfs == pytest.approx(-20, abs=0.01)
    assert row.laeq_dbfs == pytest.approx(weighted_dbfs, abs=0.1)


@given(gain_db=st.floats(-40, 20), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_turning_a_recording_up_moves_every_level_by_the_same_and_leaves_snr_alone(gain_db, seed):
    spoken = voice(seed=seed, duration_s=3, rate_hz=16000).samples
    # float32 spectra round by 1e-7 of a frame's power: what moves with the gain is held to 1e-6 in float64
    take = spoken + white(level_dbfs=-50, duration_s=3, rate_hz=16000, seed=seed)
    louder = take * 10 ** (gain_db / 20)
    for made in (
        lambda x: 10 * np.log10(np.mean(np.square(x))),
        lambda x: a_weighted_level_dbfs(x, 16000),
    ):
        assert made(louder) - made(take) == pytest.approx(gain_db, abs=1e-6)
    assert laeq_dbfs(louder, 16000) - laeq_dbfs(take, 16000) == pytest.approx(gain_db, abs=2e-5)
    assert la90_dbfs(louder, 16000) - la90_dbfs(take, 16000) == pytest.approx(gain_db, abs=2e-5)
    speech = voice_activity(take, 16000)
    floors = [
        background(frame_powers(x, 16000)[:, A], x.reshape(-1, 320).var(axis=1), speech, FloorSettings())
        for x in (take, louder)
    ]
    assert floors[1].laeq_dbfs - floors[0].laeq_dbfs == pytest.approx(gain_db, abs=2e-5)
    assert floors[1].se_db == pytest.approx(floors[0].se_db, abs=2e-5)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_polarity_and_channel_order_change_no_level(seed):
    left = voice(seed=seed, duration_s=2, rate_hz=16000).samples
    right = white(level_dbfs=-40, duration_s=2, rate_hz=16000, seed=seed)
    core = Settings(depth="core")
    there = analyze([np.stack((left, right), axis=1)], 16000, 2, core)
    swapped = analyze([np.stack((right, left), axis=1)], 16000, 2, core)
    turned = analyze([np.stack((-left, -right), axis=1)], 16000, 2, core)
    for name in LEVELS:
        # the detector hears samples of 16 bits, and rounding is not symmetric to half an LSB: levels are
        assert getattr(swapped, name) == getattr(there, name), name
        assert getattr(turned, name) == pytest.approx(getattr(there, name), abs=0.01), name


@pytest.mark.parametrize("hops", [5, 50])
def test_a_level_does_not_mind_where_in_the_file_the_sound_lies(hops):
    tone = np.pad(sine(1000, level_dbfs=-20, duration_s=1, rate_hz=16000), 16000)
    there, later = (frame_powers(x, 16000)[:, A] for x in (tone, np.pad(tone, (hops * 320, 0))))
    assert later[hops:] == pytest.approx(there, rel=1e-5, abs=1e-14)


def test_the_level_of_two_recordings_in_a_row_is_the_energy_mean_of_both():
    one = white(level_dbfs=-30, duration_s=4, rate_hz=16000, seed=1)
    other = pink(level_dbfs=-45, duration_s=4, rate_hz=16000, seed=2)
    apart = [analyze([x], 16000, 1) for x in (one, other)]
    joined = analyze([np.concatenate((one, other))], 16000, 1)
    for name in ("level_dbfs", "laeq_dbfs"):
        mean_power = np.mean([10 ** (getattr(row, name) / 10) for row in apart])
        assert getattr(joined, name) == pytest.approx(10 * np.log10(mean_power), abs=0.05), name


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("make", [white, pink])
def test_octaves_of_noise_are_within_three_tenths_of_a_db(make, rate_hz):
    noise = make(level_dbfs=-30, duration_s=40, rate_hz=rate_hz, seed=6)
    tracks = read_tracks([noise], rate_hz, 1, Settings(floor=FloorSettings()))
    read_db = 10 * np.log10(tracks.octave_powers(np.ones(tracks.a.size, dtype=bool)))
    power = 2 * np.square(np.abs(np.fft.rfft(noise))) / noise.size**2
    frequency_hz = np.fft.rfftfreq(noise.size, 1 / rate_hz)
    for level_db, nominal_hz in zip(read_db, OCTAVES_HZ, strict=True):
        low_hz, high_hz = octave_edges_hz(nominal_hz)
        truth_db = 10 * np.log10(power[(frequency_hz >= low_hz) & (frequency_hz < high_hz)].sum())
        assert level_db == pytest.approx(truth_db, abs=0.3), nominal_hz


def test_a_low_octave_shows_a_burst_in_the_hop_where_it_was():
    tone = np.zeros(32000)
    tone[16000:22400] = sine(125, level_dbfs=-20, duration_s=0.4, rate_hz=16000)
    powers = low_octave_powers(tone, 16000)[:, 1]
    half = 0.5 * powers.max()
    assert np.flatnonzero(powers > half)[[0, -1]] == pytest.approx([50, 69], abs=2)


def test_thirty_percent_quiet_shows_in_la90_and_seventy_percent_loud_in_la50():
    quiet = white(level_dbfs=-60, duration_s=3, rate_hz=16000, seed=1)
    loud = white(level_dbfs=-40, duration_s=7, rate_hz=16000, seed=2)
    row = analyze([np.concatenate((quiet, loud))], 16000, 1)
    assert row.la90_dbfs == pytest.approx(laeq_dbfs(quiet, 16000), abs=0.2)
    assert row.la50_dbfs == pytest.approx(laeq_dbfs(loud, 16000), abs=0.2)
    assert row.la10_dbfs == pytest.approx(laeq_dbfs(loud, 16000), abs=0.2)


def test_a_dc_offset_is_named_and_changes_nothing_else():
    noise = pink(level_dbfs=-40, duration_s=4, rate_hz=16000, seed=3)
    plain, shifted = analyze([noise], 16000, 1), analyze([noise + 0.02], 16000, 1)
    assert shifted.dc_ratio - plain.dc_ratio == pytest.approx(0.02, abs=1e-4)
    for name in ("level_dbfs", "laeq_dbfs", "la90_dbfs", "noise_laeq_dbfs", "loudness_lufs"):
        assert getattr(shifted, name) == pytest.approx(getattr(plain, name), abs=0.011), name
