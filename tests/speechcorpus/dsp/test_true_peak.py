"""True peak: the crest between the samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.dsp.true_peak import PHASES, TruePeak, true_peak_dbtp


def faded_tone(period: float, phase_degrees: float, size: int = 9600) -> np.ndarray:
    n = np.arange(size)
    fade = np.minimum(1, np.minimum(n, n[::-1]) / 2000)
    return fade * np.sin(2 * np.pi * n / period + np.radians(phase_degrees))


@pytest.mark.parametrize(
    ("period", "phase_degrees"), [(4, 0), (4, 45), (6, 0), (6, 30), (6, 60), (8, 0), (8, 67.5), (20, 9)]
)
def test_a_tone_reads_its_amplitude_wherever_the_samples_fall(period, phase_degrees):
    read_dbtp = true_peak_dbtp(faded_tone(period, phase_degrees))
    assert -0.4 <= read_dbtp <= 0.2  # EBU Tech 3341


def test_a_quarter_of_the_rate_hides_three_db_from_the_samples():
    tone = faded_tone(4, 45)
    assert 20 * np.log10(np.abs(tone).max()) == pytest.approx(-3.01, abs=0.01)
    assert true_peak_dbtp(tone) > -0.4


@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 400), max_size=6))
def test_blocks_do_not_matter(seed, cuts):
    noise = np.clip(0.4 * np.random.default_rng(seed).standard_normal(400), -1, 1)
    meter = TruePeak()
    for block in np.split(noise, sorted(set(cuts) - {0, 400})):
        meter.push(block, low=float(block.min()), high=float(block.max()))
    assert meter.true_peak_dbtp == pytest.approx(true_peak_dbtp(noise), abs=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
def test_looking_only_beside_loud_samples_misses_nothing_that_counts(seed):
    noise = np.clip(0.4 * np.random.default_rng(seed).standard_normal(300), -1, 1)
    padded = np.concatenate((np.zeros(11), noise, np.zeros(11)))
    everywhere = np.abs(np.lib.stride_tricks.sliding_window_view(padded, 12) @ PHASES).max()
    whole_dbtp = 20 * np.log10(max(everywhere, np.abs(noise).max()))
    assert true_peak_dbtp(noise) == pytest.approx(whole_dbtp, abs=1e-9)


def test_a_loud_last_sample_rings_on_into_the_silence_after_it():
    rising = np.array([0.0] * 20 + [0.9, 0.9])
    longer = np.concatenate((rising, np.zeros(20)))
    assert true_peak_dbtp(rising) == pytest.approx(true_peak_dbtp(longer), abs=1e-9)
    assert true_peak_dbtp(rising) > 20 * np.log10(0.9)


def test_silence_and_nothing_read_the_floor():
    assert true_peak_dbtp(np.zeros(100)) == -120
    assert true_peak_dbtp(np.empty(0)) == -120
