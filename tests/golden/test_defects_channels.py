"""Pairs of channels made by formula: the same twice, one late, one leaking into the other."""

import numpy as np
import pytest

from benchmarks.signals import pink, voice, white
from speechcorpus.dsp.arrays import RATES_HZ
from speechcorpus.dsp.defects.channels import ChannelPair, bleed_db
from speechcorpus.dsp.voice import voice_activity


def facts(first, second, rate_hz, block_s: float = 5.0):
    pair, block = ChannelPair(rate_hz), round(block_s * rate_hz)
    for start in range(0, first.size, block):
        pair.push(first[start : start + block], second[start : start + block])
    return pair.finish()


def spoken(seed: int, rate_hz: int, duration_s: float = 6) -> np.ndarray:
    noise = pink(level_dbfs=-60, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    return voice(seed=seed, duration_s=duration_s, rate_hz=rate_hz).samples + noise


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("late_s", [0.005, -0.0213, 0.38])
def test_a_late_channel_is_measured_to_a_millisecond(late_s, rate_hz):
    sound, late = spoken(3, rate_hz), round(late_s * rate_hz)
    found = facts(sound, np.roll(sound, late), rate_hz)
    assert found.delay_s == pytest.approx(late_s, abs=0.001)
    assert found.identical is False


@pytest.mark.parametrize("kind", [np.int16, np.float64])
def test_the_same_channel_twice_is_identical_until_one_bit_differs(kind):
    sound = np.rint(spoken(1, 16000) * 32768).astype(np.int16).astype(kind)
    found = facts(sound, sound.copy(), 16000)
    assert (found.identical, found.delay_s) == (True, 0.0)
    assert found.correlation == pytest.approx(1.0)
    other = sound.copy()
    other[-1] += 1
    found = facts(sound, other, 16000)
    assert found.identical is False
    assert found.delay_s == pytest.approx(0.0, abs=1e-4)


def test_correlation_is_one_for_a_gain_minus_one_upside_down_and_none_for_silence():
    sound = spoken(2, 16000)
    assert facts(sound, 0.3 * sound + 0.01, 16000).correlation == pytest.approx(1.0)
    upside_down = facts(sound, -sound, 16000)
    assert (upside_down.correlation, upside_down.delay_s) == (pytest.approx(-1.0), pytest.approx(0, abs=1e-4))
    silent = facts(sound, np.zeros_like(sound), 16000)
    assert (silent.correlation, silent.delay_s) == (None, None)
    assert ChannelPair(16000).finish() is None


def test_two_channels_that_share_nothing_have_no_delay():
    one, two = (white(level_dbfs=-30, duration_s=10, rate_hz=16000, seed=seed) for seed in (1, 2))
    found = facts(one, two, 16000)
    assert found.delay_s is None
    assert facts(one + 0.1, two + 0.1, 16000).delay_s is None  # nor is a DC offset shared sound
    assert abs(found.correlation) < 0.02


def test_how_samples_arrive_changes_nothing_that_is_reported():
    sound = spoken(4, 16000, 12)
    second = np.roll(sound, 80) + 0.01 * sound
    whole, parts = facts(sound, second, 16000), facts(sound, second, 16000, block_s=0.731)
    assert parts.delay_s == pytest.approx(whole.delay_s, abs=1e-9)
    assert parts.correlation == pytest.approx(whole.correlation, abs=1e-9)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
@pytest.mark.parametrize("leak_db", [-10, -15, -30])
def test_what_leaks_into_the_other_channel_is_measured_while_one_speaks_alone(leak_db, rate_hz):
    for seed in (1, 2):
        turns = [voice(seed=seed + n, duration_s=4, rate_hz=rate_hz).samples for n in range(4)]
        quiet = np.zeros_like(turns[0])
        one = np.concatenate((turns[0], quiet, turns[2], quiet))
        two = np.concatenate((quiet, turns[1], quiet, turns[3]))
        leak = 10 ** (leak_db / 20)
        noise = [pink(level_dbfs=-70, duration_s=16, rate_hz=rate_hz, seed=seed + n) for n in (8, 9)]
        sides = (one + leak * two + noise[0], two + leak * one + noise[1])
        z = [np.square(side).reshape(-1, rate_hz // 50).mean(axis=1) for side in sides]
        assert bleed_db(*z, *(voice_activity(side, rate_hz) for side in sides)) == pytest.approx(
            leak_db, abs=2
        )


def test_nobody_alone_means_no_bleed():
    nothing = np.zeros(100, dtype=bool)
    assert bleed_db(np.full(100, 1e-6), np.full(100, 1e-6), nothing, nothing) is None
