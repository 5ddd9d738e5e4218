"""Long recordings are worked through in parts: what comes out is what it would be at once."""

import numpy as np
import pytest
from scipy.signal import lfilter

from benchmarks.signals import pink
from speechcorpus.dsp.columns import powers_of
from speechcorpus.dsp.defects.pop import AT_ONCE, pops
from speechcorpus.dsp.level import level_dbfs, weighted_maximum_dbfs
from speechcorpus.qc.measure import analyze
from speechcorpus.qc.settings import DEFAULT_SETTINGS
from speechcorpus.qc.tracks import read_tracks

RATE_HZ = 8000
LONG_S = 400  # more frames than octaves are summed at once


@pytest.fixture(scope="module")
def minutes():
    part = pink(level_dbfs=-40, duration_s=50, rate_hz=RATE_HZ, seed=6)
    slope = np.repeat(np.linspace(0.2, 1.0, LONG_S // 50), part.size)
    return np.stack((np.tile(part, LONG_S // 50) * slope, np.tile(part[::-1], LONG_S // 50)), axis=1)


def test_the_octaves_of_a_long_gap_are_the_mean_over_its_frames(minutes):
    tracks = read_tracks([minutes], RATE_HZ, 2, DEFAULT_SETTINGS)
    kept = np.arange(tracks.a.size) % 7 < 3
    high = powers_of(tracks.octaves)[kept].mean(axis=0, dtype=np.float64)
    spoken_of = [powers_of(one.low_octaves).astype(np.float64) for one in tracks.channels]
    low = [(hops[:-1][kept] + hops[1:][kept]).mean(axis=0) / 2 for hops in spoken_of]
    expected = np.concatenate((np.mean(low, axis=0), high))
    assert tracks.octave_powers(kept) == pytest.approx(expected, rel=1e-6)


def test_the_channels_mean_and_sum_leave_the_channels_as_they_were(minutes):
    both = read_tracks([minutes], RATE_HZ, 2, DEFAULT_SETTINGS)
    for number, one in enumerate(both.channels):
        alone = read_tracks([minutes[:, number]], RATE_HZ, 1, DEFAULT_SETTINGS)
        assert one.a[:] == pytest.approx(alone.a, rel=0.0012)  # levels in hundredths of a dB
        assert one.z[:] == pytest.approx(alone.z, rel=0.0025)
        assert (one.low_octaves == alone.channels[0].low_octaves).all()
    sides = [read_tracks([minutes[:, number]], RATE_HZ, 1, DEFAULT_SETTINGS) for number in range(2)]
    assert both.a == pytest.approx((sides[0].a + sides[1].a) / 2)
    assert both.k == pytest.approx(sides[0].k + sides[1].k)
    assert both.z == pytest.approx((sides[0].z + sides[1].z) / 2, rel=0.0025)
    assert both.z.mean() == pytest.approx((sides[0].z.mean() + sides[1].z.mean()) / 2, rel=1e-4)


def test_a_constant_that_sets_in_late_is_heard_in_two_channels_as_in_one(minutes):
    late = minutes + np.where(np.arange(len(minutes)) > len(minutes) // 2, 0.1, 0.0)[:, None]
    both = read_tracks([late], RATE_HZ, 2, DEFAULT_SETTINGS)
    for number, one in enumerate(both.channels):
        alone = read_tracks([late[:, number]], RATE_HZ, 1, DEFAULT_SETTINGS)
        assert one.z[:] == pytest.approx(alone.z, rel=0.0025)


def test_fast_and_slow_go_on_where_a_part_ends():
    powers = np.random.default_rng(7).exponential(1e-5, 100_000).astype(np.float32)
    powers[32_760:32_768] = powers[65_530:65_538] = 1e-3  # at the end of a part, and across one
    for time_constant_s in (0.125, 1.0):
        rise = -np.expm1(-0.02 / time_constant_s)
        start = [(1 - rise) * float(powers[0])]
        smooth, _ = lfilter([rise], [1, rise - 1], powers.astype(np.float64), zi=start)
        expected = level_dbfs(float(smooth.max()))
        assert weighted_maximum_dbfs(powers, time_constant_s=time_constant_s) == pytest.approx(expected)


def test_the_low_octaves_together_are_the_sum_of_both(minutes):
    (one,) = read_tracks([minutes[:, 0]], RATE_HZ, 1, DEFAULT_SETTINGS).channels
    assert one.low_power.size > 1 << 14
    assert one.low_power == pytest.approx(powers_of(one.low_octaves).sum(axis=1))


@pytest.mark.parametrize("at", [AT_ONCE - 3, AT_ONCE - 2, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1])
def test_a_pop_is_found_once_where_one_part_ends_and_another_begins(at):
    low = np.full((2 * AT_ONCE + 100, 2), 1e-8, dtype=np.float32)
    low[at : at + 2] = 1e-5
    a_powers = np.full(low.shape[0] - 1, 1e-6, dtype=np.float32)
    assert pops(low, a_powers).places == [(at, at + 2)]


@pytest.mark.parametrize(("lesser", "higher"), [(-2, 2), (1, -3)])
def test_the_lesser_of_two_thumps_is_none_though_a_part_ends_between_them(lesser, higher):
    low = np.full((2 * AT_ONCE + 100, 2), 1e-8, dtype=np.float32)
    low[AT_ONCE + lesser], low[AT_ONCE + higher] = 1e-5, 3e-5
    a_powers = np.full(low.shape[0] - 1, 1e-6, dtype=np.float32)
    assert pops(low, a_powers).places == [(AT_ONCE + higher, AT_ONCE + higher + 1)]


def test_a_segmental_ratio_is_the_mean_over_all_speech(minutes):
    """Four times the same recording, and so no other number; the speech of all goes beyond one part."""
    mono = minutes[: 350 * RATE_HZ, 1] * np.tile(np.repeat([1.0, 0.01], 8000), 175)
    once, often = analyze([mono], RATE_HZ, 1), analyze([mono] * 4, RATE_HZ, 1)
    assert 32_768 * 0.02 < often.speech_s == pytest.approx(4 * once.speech_s, rel=0.01)
    assert often.snr_segmental_db == pytest.approx(once.snr_segmental_db, abs=0.05)
