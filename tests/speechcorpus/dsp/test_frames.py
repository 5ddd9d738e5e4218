"""The kernel: blocks leave no seam, float32 costs no accuracy, filters start quietly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import rfft
from scipy.signal import lfilter, lfilter_zi

from benchmarks.signals import sine, white
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import RATES_HZ
from speechcorpus.dsp.frames import A, FrameKernel, frame_powers, sine_window
from speechcorpus.dsp.level import laeq_dbfs
from speechcorpus.dsp.weighting import bin_weights, high_pass_coefficients


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 16000), max_size=6), seed=st.integers(0, 1000))
def test_powers_are_the_same_however_the_signal_is_cut(cuts, seed):
    noise = white(level_dbfs=-30, duration_s=1, rate_hz=16000, seed=seed)
    kernel = FrameKernel(16000)
    pieces = [kernel.push(piece) for piece in np.split(noise, sorted(cuts))]
    assert np.allclose(np.concatenate(pieces), frame_powers(noise, 16000), rtol=1e-5)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_float32_spectra_agree_with_float64_within_five_thousandths_of_a_db(rate_hz):
    hop = rate_hz // 50
    noise = white(level_dbfs=-60, duration_s=1, rate_hz=rate_hz, seed=3)
    noise += sine(50, level_dbfs=-10, duration_s=1, rate_hz=rate_hz)  # a strong hum under a faint hiss
    b, a = high_pass_coefficients(rate_hz)
    filtered, _ = lfilter(b, a, noise, zi=lfilter_zi(b, a) * noise[0])
    framed = np.lib.stride_tricks.sliding_window_view(filtered, 2 * hop)[::hop] * sine_window(rate_hz)
    exact = np.square(np.abs(rfft(framed))) @ bin_weights(rate_hz)
    ours = frame_powers(noise, rate_hz)
    heard = exact > 0
    assert np.abs(10 * np.log10(ours[heard] / exact[heard])).max() < 0.005


def test_a_second_has_49_frames_and_39_ms_have_none():
    assert frame_powers(np.zeros(8000), 8000).shape == (49, 8)
    assert frame_powers(np.zeros(319), 8000).shape == (0, 8)


def test_a_dc_offset_makes_no_click_at_the_start():
    assert laeq_dbfs(np.full(16000, 0.5), 16000) == -120.0


def test_a_constant_offset_does_not_move_the_a_level():
    noise = white(level_dbfs=-60, duration_s=2, rate_hz=16000, seed=1)
    assert laeq_dbfs(noise + 0.02, 16000) == pytest.approx(laeq_dbfs(noise, 16000), abs=0.05)


@given(gain_db=st.floats(-40, 0), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_every_frame_moves_with_the_gain(gain_db, seed):
    noise = white(level_dbfs=-30, duration_s=0.5, rate_hz=16000, seed=seed)
    moved = frame_powers(noise * 10 ** (gain_db / 20), 16000)[:, A]
    assert np.allclose(10 * np.log10(moved / frame_powers(noise, 16000)[:, A]), gain_db, atol=1e-4)


def test_samples_that_are_no_numbers_and_rates_we_do_not_know_are_refused():
    with pytest.raises(SignalError, match="finite"):
        frame_powers(np.array([0.0, np.nan]), 16000)
    with pytest.raises(SignalError, match="shape"):
        frame_powers(np.zeros((4, 2)), 16000)
    with pytest.raises(SignalError, match="11025 Hz"):
        frame_powers(np.zeros(100), 11025)
