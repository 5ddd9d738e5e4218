"""Filters made of matrices are the filters of the textbook, sample for sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, firwin, lfilter, sosfilt

from speechcorpus.dsp.arrays import RATES_HZ, hop_samples
from speechcorpus.dsp.band_pass import BandPasses
from speechcorpus.dsp.high_pass import HighPass
from speechcorpus.dsp.resample import low_pass
from speechcorpus.dsp.scan import one_pole
from speechcorpus.dsp.weighting import high_pass_coefficients, octave_edges_hz


@given(
    count=st.integers(0, 9000), pole=st.floats(0.0, 0.9999), start=st.floats(-9, 9), seed=st.integers(0, 99)
)
def test_a_recursion_in_groups_is_the_recursion(count, pole, start, seed):
    steps = np.random.default_rng(seed).standard_normal(count)
    expected = lfilter([1.0], [1.0, -pole], steps, zi=[pole * start])[0] if count else steps
    assert one_pole(steps, pole, start) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_high_passes_are_those_of_the_a_curve_however_the_hops_arrive(rate_hz):
    hop = hop_samples(rate_hz)
    samples = (0.3 + 0.1 * np.random.default_rng(1).standard_normal(40 * hop)).astype(np.float32)
    b, a = high_pass_coefficients(rate_hz)
    settled = np.cumsum(b[:0:-1])[::-1] * samples[0]
    expected, _ = lfilter(b, a, samples.astype(np.float64), zi=settled)
    high_pass, out = HighPass(rate_hz), np.empty_like(samples)
    for start, end in ((0, 7), (7, 8), (8, 40)):
        high_pass.push(samples[start * hop : end * hop], out=out[start * hop : end * hop])
    assert out == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("low_hz", [1000, 1050])
def test_the_low_octaves_are_butterworth_band_passes_however_the_hops_arrive(low_hz):
    hop, bands_hz = low_hz // 50, tuple(octave_edges_hz(nominal_hz) for nominal_hz in (63, 125))
    samples = np.random.default_rng(2).standard_normal(300 * hop)
    band_passes, hops = BandPasses(bands_hz, 5, low_hz, hop), samples.reshape(-1, hop)
    found = np.concatenate([band_passes.push(part) for part in (hops[:1], hops[1:130], hops[130:])])
    for band, edges_hz in enumerate(bands_hz):
        expected = sosfilt(butter(5, edges_hz, btype="bandpass", fs=low_hz, output="sos"), samples)
        assert found[:, band].reshape(-1) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("count", "cutoff"), [(25, 1 / 3), (289, 1 / 48), (3529, 1 / 441)])
def test_the_low_pass_is_the_windowed_sinc(count, cutoff):
    assert low_pass(count, cutoff, 5.65) == pytest.approx(
        firwin(count, cutoff, window=("kaiser", 5.65)), abs=1e-12
    )
