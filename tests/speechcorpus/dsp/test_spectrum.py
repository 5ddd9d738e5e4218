"""Long-term spectra: what they add up to, and that nobody can tell how the samples came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.signals import sine, white
from speechcorpus.dsp.frames import sine_window
from speechcorpus.dsp.spectrum import MeanSpectra, SpectrumSums, mean_spectra
from speechcorpus.noise.floor import FloorSettings, gap_frames

RATE_HZ = 8000
BINS = 2 * (RATE_HZ // 50 + 1)


def squares(frames: int, seed: int = 1) -> np.ndarray:
    return np.square(np.random.default_rng(seed).standard_normal((frames, BINS))).astype(np.float32)


def summed(parts: list[np.ndarray], decisions: list[np.ndarray], *, decide_first: bool) -> MeanSpectra:
    sums = SpectrumSums(RATE_HZ)
    for part, speech in zip(parts, decisions, strict=True):
        if decide_first:
            sums.decide(speech)
        sums.push(part)
        part.fill(np.nan)  # the caller may use its array again
        if not decide_first:
            sums.decide(speech)
    return sums.finish()


@settings(deadline=None, max_examples=40)
@given(
    speech=st.lists(st.booleans(), min_size=61, max_size=61),
    cuts=st.lists(st.integers(0, 60), min_size=2, max_size=2),
    late=st.lists(st.integers(0, 61), min_size=2, max_size=2),
    decide_first=st.booleans(),
)
def test_neither_the_split_nor_late_decisions_change_the_sums(speech, cuts, late, decide_first):
    frames, decisions = squares(60), np.array(speech)
    whole = summed([frames.copy()], [decisions], decide_first=True)
    parts = [part.copy() for part in np.split(frames, sorted(cuts))]
    split = summed(parts, np.split(decisions, sorted(late)), decide_first=decide_first)
    assert (split.speech_frames, split.gap_frames) == (whole.speech_frames, whole.gap_frames)
    np.testing.assert_allclose(split.speech_power, whole.speech_power, rtol=1e-5)
    np.testing.assert_allclose(split.gap_power, whole.gap_power, rtol=1e-5)


@settings(deadline=None)
@given(speech=st.lists(st.booleans(), min_size=4, max_size=80))
def test_gaps_are_those_of_the_noise_floor_before_its_trim(speech):
    decisions = np.array(speech)
    frames = squares(decisions.size - 1)
    spectra = summed([frames.copy()], [decisions], decide_first=False)
    gap = gap_frames(decisions, FloorSettings())
    spoken = decisions[:-1] & decisions[1:]
    assert (spectra.gap_frames, spectra.speech_frames) == (gap.sum(), spoken.sum())
    marked = np.where(gap[:, np.newaxis], frames, 0)
    other = summed([marked.astype(np.float32)], [decisions], decide_first=False)
    np.testing.assert_allclose(other.gap_power, spectra.gap_power, rtol=1e-5)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 48000])
def test_the_cells_of_white_noise_are_level_and_add_up_to_its_power(rate_hz):
    noise = white(level_dbfs=-30, duration_s=10, rate_hz=rate_hz, seed=1)
    spectra = mean_spectra(noise, rate_hz, np.zeros(500, dtype=np.bool_))
    assert spectra.gap_power.size == rate_hz // 200
    assert 10 * np.log10(spectra.gap_power.sum()) == pytest.approx(-30, abs=0.25)
    level_db = 10 * np.log10(spectra.gap_power[1:])
    assert level_db.max() - level_db.min() < 2.0  # also at the bottom, where the high-passes took most
    assert not spectra.speech_power.any()


def test_a_tone_lies_in_its_own_cell():
    tone = sine(3325, level_dbfs=-20, duration_s=2, rate_hz=16000)
    spectra = mean_spectra(tone, 16000, np.ones(100, dtype=np.bool_))
    assert 10 * np.log10(spectra.speech_power[33]) == pytest.approx(-20, abs=0.5)


def test_a_signal_shorter_than_a_frame_has_no_spectrum():
    spectra = mean_spectra(np.zeros(sine_window(16000).size - 1), 16000, np.zeros(1, dtype=np.bool_))
    assert (spectra.speech_frames, spectra.gap_frames) == (0, 0)
    assert not spectra.speech_power.any()
