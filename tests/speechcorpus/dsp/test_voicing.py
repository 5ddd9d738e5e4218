"""Voicing: what repeats itself at the pitch of a voice, and what does not."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.signals import pink, sine, voice, white
from speechcorpus.dsp.arrays import RATES_HZ
from speechcorpus.dsp.defects.voicing import HELD_S, VOICED, WHOLE, Voicing
from speechcorpus.dsp.low_octaves import LowOctaves, low_rate_hz


def voiced(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    voicing = Voicing(low_rate_hz(rate_hz))
    voicing.push(LowOctaves(rate_hz).push(samples.astype(np.float32)))
    return voicing.finish(samples.size // (rate_hz // 50))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("make", [white, pink])
def test_noise_hardly_ever_repeats_itself_and_a_voice_mostly_does(make, rate_hz):
    assert voiced(make(level_dbfs=-30, duration_s=20, rate_hz=rate_hz, seed=3), rate_hz).mean() < 0.01
    for seed in range(3):
        made = voice(seed=seed, duration_s=5, rate_hz=rate_hz)
        assert voiced(made.samples, rate_hz)[made.speaks].mean() > 0.5


@pytest.mark.parametrize("pitch_hz", [85, 100, 133, 180, 222, 260, 320])
def test_every_pitch_of_a_voice_is_one(pitch_hz):
    tone = sum(sine(k * pitch_hz, level_dbfs=-30, duration_s=1, rate_hz=16000) for k in range(1, 5))
    assert voiced(tone, 16000)[2:-2].all()


def test_rumble_and_silence_are_no_voice():
    rumble = white(level_dbfs=-40, duration_s=4, rate_hz=1000, seed=1)
    rumble = np.convolve(rumble, np.ones(30) / 30, mode="same")  # what changes slowly correlates with itself
    voicing = Voicing(1000)
    voicing.push(rumble)
    assert voicing.finish(200).mean() < 0.15
    assert not voiced(np.zeros(16000), 16000).any()


def correlate(signal: np.ndarray, at: int) -> float:
    """The definition: the highest correlation of 60 ms with what lies 3, 3.5, 4 … 12 ms before."""
    steps = np.diff(signal)
    part = steps[at : at + 60]
    early = [steps[at - lag : at - lag + 60] for lag in range(3, 13)]
    early += [one + other for one, other in pairwise(early)]
    return max(float(part @ one / np.sqrt((part @ part) * (one @ one))) for one in early)


def test_it_agrees_with_the_definition_where_a_sound_is_steady():
    signal = np.random.default_rng(5).standard_normal(4000)
    signal[2000:] += 2 * np.sin(2 * np.pi * np.arange(2000) / 7.3)
    voicing = Voicing(1000)
    voicing.push(signal)
    said = voicing.finish(200)
    slow = np.array([correlate(signal, 20 * (hop - 1) - 1) for hop in range(2, 198)])
    sure = np.abs(slow - VOICED / WHOLE) > 0.06
    assert sure.mean() > 0.6
    np.testing.assert_array_equal(said[2:198][sure], slow[sure] > VOICED / WHOLE)


@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 45000), max_size=6))
def test_blocks_do_not_matter_nor_how_much_is_held(seed, cuts):
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal(45000)
    signal[::9] += 2
    whole, parts = Voicing(1000), Voicing(1000)
    whole.push(signal)
    for block in np.split(signal, sorted(set(cuts))):
        parts.push(block)
    said, again = whole.finish(2250), parts.finish(2250)
    assert (said != again).sum() <= 2  # sums of float32 in another order
    assert 0.05 < said.mean() < 0.95


def test_no_more_than_half_a_minute_is_held():
    voicing = Voicing(1000)
    for number in range(50):
        voicing.push(np.full(5000, float(number)))
        assert sum(part.size for part in voicing._held) < HELD_S * 1000
    assert voicing.finish(12500).shape == (12500,)
